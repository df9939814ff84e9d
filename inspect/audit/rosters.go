package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/store"
)

// compareRosters holds the rosters of the wave, by which returns are judged, against what the access record tells of
// them: the record of a commit has the team table alone, which says nothing of who is in a team.
func (p *played) compareRosters() {
	var told []string
	for _, r := range p.since {
		told = append(told, r.object)
	}
	if !slices.Equal(p.rosters(), told) {
		p.add("audit.cell", "Table", "input", "Row", "roster", "Column", "content")
	}
}

// rosterLine is a line of the access record that tells of a roster of the wave.
type rosterLine struct {
	seq    int
	after  int64 // how many entries the log had when it came to hold
	object string
}

func (p *played) rosterLines() (out []rosterLine) {
	t := p.stands["access"]
	for _, row := range t.rows {
		object := t.cell(row, "object")
		if rest, ok := strings.CutPrefix(object, fmt.Sprintf("%d/", p.wave)); ok && t.cell(row, "act") == inspect.KeptRoster {
			l := rosterLine{object: object}
			l.seq, _ = strconv.Atoi(t.raw(row, "seq"))
			after, _, _ := strings.Cut(rest, "/")
			l.after, _ = strconv.ParseInt(after, 10, 64)
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(a, b rosterLine) int { return cmp.Compare(a.seq, b.seq) })
	return out
}

// rosters are the wave's rosters as they are kept, in order, each as the access record would name it.
func (p *played) rosters() (out []string) {
	t, kept := p.stands["input"].of(p.wave), map[int]string{}
	for _, row := range t.rows {
		if t.cell(row, "part") == "roster" {
			no, _ := strconv.Atoi(t.raw(row, "no"))
			after, _ := strconv.ParseInt(t.raw(row, "after"), 10, 64)
			kept[no] = campaign.RosterLine(p.wave, store.Input{After: after, Content: t.blob(row, "content")})
		}
	}
	for no := 1; kept[no] != "" || no <= len(kept); no++ {
		out = append(out, kept[no])
	}
	return out
}
