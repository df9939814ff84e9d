package audit

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ledger"
	"zhicha/inspect/store"
)

// since is a line of the access record, of which it is known how many entries the log had when it was added.
type since struct {
	act, object string
	after       int64
}

// lastLines are the numbers of the last line of the access record about an act and its object.
func (p *played) lastLines() map[string]int {
	t, out := p.stands["access"], map[string]int{}
	for _, row := range t.rows {
		n, _ := strconv.Atoi(t.raw(row, "seq"))
		k := t.cell(row, "act") + " " + t.cell(row, "object")
		out[k] = max(out[k], n)
	}
	return out
}

// compareOrder holds such lines against what others knew when they decided: nobody dates a first decision, or a roster, back
// before what was decided already, since whoever saw more of the log saw its line too.
func (p *played) compareOrder() {
	lines := p.lastLines()
	for _, x := range p.since {
		n := lines[x.act+" "+x.object]
		if slices.ContainsFunc(p.known, func(k ledger.Decided) bool { return k.Log > x.after && k.Lines < n }) {
			p.add("audit.rewritten", "Table", "access", "N", n)
		}
	}
}

// comparePending names what came back before the score was frozen, and that nobody judged: whoever hid it then, so that the
// freeze did not refuse, cannot put it back.
func (p *played) comparePending(unproven []inspect.Unproven) {
	if p.frozen.Entry == "" {
		return
	}
	lines := p.lastLines()
	pending := func(act, digest string) {
		if n := lines[act+" "+inspect.Kept(p.wave, digest)]; n <= p.frozen.Lines {
			p.add("audit.pending", "File", digest)
		}
	}
	for _, u := range unproven {
		if u.Decision == "" {
			pending(inspect.KeptApart, u.Digest)
		}
	}
	told := map[string]bool{}
	for _, e := range p.entries {
		b, err := ledger.Decode[ledger.Release](e.Body)
		if e.Kind == string(ledger.RungReleased) && err == nil && b.Wave == p.wave && b.Rung == inspect.RungVillage && e.Seq <= p.frozen.Log {
			for _, leg := range b.Told {
				told[strconv.Itoa(leg)] = true
			}
		}
	}
	waiting := p.stands["waiting"].of(p.wave)
	for _, row := range waiting.rows {
		if told[waiting.raw(row, "leg")] {
			pending(inspect.KeptWaiting, waiting.cell(row, "digest"))
		}
	}
}

// compareRosters holds the rosters of the wave, by which returns are judged, against what the access record tells of
// them: the record of a commit has the team table alone, which says nothing of who is in a team.
func (p *played) compareRosters() {
	var told []string
	t, rosters := p.stands["access"], map[int]string{}
	for _, row := range t.rows {
		if object := t.cell(row, "object"); t.cell(row, "act") == inspect.KeptRoster && strings.HasPrefix(object, fmt.Sprintf("%d/", p.wave)) {
			n, _ := strconv.Atoi(t.raw(row, "seq"))
			rosters[n] = object
		}
	}
	for _, n := range slices.Sorted(maps.Keys(rosters)) {
		told = append(told, rosters[n])
		_, rest, _ := strings.Cut(rosters[n], "/")
		after, _, _ := strings.Cut(rest, "/")
		at, _ := strconv.ParseInt(after, 10, 64)
		p.since = append(p.since, since{inspect.KeptRoster, rosters[n], at})
	}
	if !slices.Equal(p.rosters(), told) {
		p.add("audit.cell", "Table", "input", "Row", "roster", "Column", "content")
	}
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
