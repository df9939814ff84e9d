package field_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/checklist"
	"zhicha/inspect/field"
	"zhicha/inspect/form"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/returns"
	"zhicha/inspect/seal"
)

// maySealPackets are the files in which two waves that differ only in the secrets may differ once
// their packets were made.
var maySealPackets = regexp.MustCompile(rehearsal.MaySeal.String() + `|^packets/P-\d{3}(\.html|-[123]\.xlsx)$`)

// TestPacketsSealed extends the law of secrecy at rest to the packets: made, they tell of the plan
// neither by a byte nor by their names, number or length.
func TestPacketsSealed(t *testing.T) {
	if testing.Short() {
		t.Skip("two ceremonies on a frame of three municipalities take some seconds")
	}
	ctx := context.Background()
	var trees [2]map[string][]byte
	for i, secret := range []byte{10, 11} {
		dir, c, now := rehearsal.Drawn(t, 1, secret)
		now.Set("2023-01-06T09:00")
		_, err := field.MakePackets(ctx, c, rehearsal.Who(c, "draw-1"), field.MakeAct{Wave: 1, Formats: []string{field.WorkbookFormat}, Keys: rehearsal.Keys(dir)})
		rehearsal.Check(t, err)
		_, err = field.MakePackets(ctx, c, rehearsal.Who(c, "draw-1"), field.MakeAct{Wave: 1, Only: []int{1, 7, 13}, Formats: []string{field.FormFormat}, Keys: rehearsal.Keys(dir)})
		rehearsal.Check(t, err)
		rehearsal.Check(t, c.Close())
		trees[i] = rehearsal.Tree(t, dir)
	}
	for name, x := range trees[0] {
		y, ok := trees[1][name]
		switch {
		case !ok:
			t.Errorf("%s is in one folder only", name)
		case bytes.Equal(x, y):
		case !maySealPackets.MatchString(name):
			t.Errorf("%s differs with the secrets", name)
		case len(x) != len(y) && !strings.HasSuffix(name, "ceremony/draw-1.html") && !strings.HasSuffix(name, "ceremony/commit-1.html"):
			t.Errorf("%s has %d bytes in one folder and %d in the other", name, len(x), len(y))
		}
	}
	if len(trees[0]) != len(trees[1]) {
		t.Errorf("%d files and %d files", len(trees[0]), len(trees[1]))
	}
	for _, pattern := range []string{`^packets/P-0\d\d\.html$`, `-1\.xlsx$`, `-2\.xlsx$`, `-3\.xlsx$`, `^sealed/leg-`, `^sealed/codes-`} {
		lengths, n := map[int]bool{}, 0
		for name, data := range trees[0] {
			if regexp.MustCompile(pattern).MatchString(name) {
				lengths[len(data)], n = true, n+1
			}
		}
		if n < 3 || len(lengths) != 1 && pattern != `^packets/P-0\d\d\.html$` || len(lengths) > 2 { // but for the digits of a form's number
			t.Errorf("%s: %d files have lengths %v", pattern, n, slices.Collect(maps.Keys(lengths)))
		}
	}

	// once its days have come the plan is known; none of it stood in a packet, or beside it
	dir, c, now := rehearsal.Drawn(t, 1, 10)
	_, err := field.MakePackets(ctx, c, rehearsal.Who(c, "draw-1"), field.MakeAct{Wave: 1, Only: []int{1}, Keys: rehearsal.Keys(dir)})
	rehearsal.Check(t, err)
	now.Set("2023-01-20T09:00")
	_, err = field.OpenBooks(ctx, c, rehearsal.Who(c, "draw-1"), 1, "", inspect.RungVillage, rehearsal.Keys(dir))
	rehearsal.Check(t, err)
	visits, err := c.Visits(ctx, 1, 0)
	rehearsal.Check(t, err)
	if len(visits) < 100 {
		t.Fatalf("%d visits were drawn", len(visits))
	}
	for name, data := range trees[0] {
		for _, v := range visits {
			for _, told := range []string{v.Unit, v.Places.County, v.Places.Township, v.Places.Village} {
				if len(told) >= 9 && bytes.Contains(data, []byte(told)) {
					t.Fatalf("%s told of %s before its day", name, told)
				}
			}
		}
	}
}

// TestLadder walks the disclosure ladder: a book a day, a rung at a time, each in the log before its
// code is known, and everything out of order or before its time refused without a trace.
func TestLadder(t *testing.T) {
	if testing.Short() {
		t.Skip("a ceremony on a frame of three municipalities takes some seconds")
	}
	ctx := context.Background()
	dir, c, now := rehearsal.Drawn(t, 5, 50)
	keys := rehearsal.Keys(dir)
	refused := func(what, rule string, act func() error) {
		t.Helper()
		before, err := c.Entries(ctx)
		rehearsal.Check(t, err)
		if ps := inspect.ProblemsOf(act()); len(ps) != 1 || ps[0].Rule != rule {
			t.Errorf("%s: %v, want %s", what, ps, rule)
		}
		if after, _ := c.Entries(ctx); len(after) != len(before) {
			t.Errorf("%s left an entry", what)
		}
	}
	release := func(rung inspect.Rung, packets ...int) func() error {
		return func() error {
			_, err := field.ReleaseRung(ctx, c, rehearsal.Who(c, "draw-1"), 1, packets, rung)
			return err
		}
	}
	open := func(day inspect.Date, rung ...inspect.Rung) func() error {
		return func() error {
			_, err := field.OpenBooks(ctx, c, rehearsal.Who(c, "draw-1"), 1, day, append(rung, "")[0], keys)
			return err
		}
	}
	refused("a book before there are packets", "plan.not-opened", open(""))
	refused("one key", "packet.two-keys", func() error {
		_, err := field.MakePackets(ctx, c, rehearsal.Who(c, "draw-1"), field.MakeAct{Wave: 1, Keys: rehearsal.Keys(dir, "custody-1")})
		return err
	})
	refused("a format there is not", "packet.format", func() error {
		_, err := field.MakePackets(ctx, c, rehearsal.Who(c, "draw-1"), field.MakeAct{Wave: 1, Formats: []string{"pdf"}, Keys: keys})
		return err
	})
	made, err := field.MakePackets(ctx, c, rehearsal.Who(c, "draw-1"), field.MakeAct{Wave: 1, Only: []int{1, 2}, Keys: keys})
	rehearsal.Check(t, err)
	if want := []string{"packets/P-001.html", "packets/P-001-1.xlsx", "packets/P-001-2.xlsx", "packets/P-001-3.xlsx"}; !slices.Equal(made.Files[:4], want) || len(made.Files) != 8 {
		t.Errorf("made %v", made.Files)
	}
	refused("a packet there is not", "packet.no-such", func() error {
		_, err := field.MakePackets(ctx, c, rehearsal.Who(c, "draw-1"), field.MakeAct{Wave: 1, Only: []int{99}, Keys: keys})
		return err
	})
	refused("a code of a closed book", "packet.book-closed", release(inspect.RungProvince, 1))
	refused("a code of no packet", "packet.no-such", release(inspect.RungProvince, 99))
	now.Set("2023-01-06T08:00")
	refused("tomorrow's book", "packet.book-early", open("2023-01-07"))
	rehearsal.Check(t, open("2023-01-06")())
	first, err := c.Legs(ctx, 1)
	rehearsal.Check(t, err)
	if len(first) == 0 {
		t.Fatal("nothing starts on the first day of the window; choose another seed")
	}
	for _, l := range first {
		if l.Start != "2023-01-07" || l.County != "" || l.Region == "" || !l.Sealed() {
			t.Errorf("leg %d of %s came out of the book of 2023-01-06: %+v", l.No, l.Start, l)
		}
	}
	no := first[0].No
	rehearsal.Check(t, open("2023-01-06")()) // again: nothing new
	refused("a book of a rung there is not", "packet.rung-unknown", open("2023-01-06", "household"))
	refused("a leg whose units nobody knows closed", "leg.sealed", func() error {
		return field.CloseLegs(ctx, c, rehearsal.Who(c, "review-1"), 1, []int{no}, "演示数据")
	})
	refused("a unit of it giving way", "leg.sealed", func() error {
		_, err := field.Substitute(ctx, c, rehearsal.Who(c, "draw-1"), field.SubstituteAct{Wave: 1, Leg: no, Unit: "110101000000", Reason: "road_blocked", Keys: keys})
		return err
	})
	refused("county before province", "packet.rung-order", release(inspect.RungCounty, no))
	refused("province in the morning", "packet.rung-early", release(inspect.RungProvince, no))
	refused("a rung there is not", "packet.rung-unknown", release("household", no))
	now.Set("2023-01-06T17:00")
	refused("one of them closed", "packet.book-closed", release(inspect.RungProvince, no, otherLeg(first)))
	rehearsal.Check(t, release(inspect.RungProvince, no)())
	rehearsal.Check(t, release(inspect.RungProvince, no)()) // a bad line
	refused("county the evening before", "packet.rung-early", release(inspect.RungCounty, no))
	now.Set("2023-01-07T06:30")
	refused("village before county", "packet.rung-order", release(inspect.RungVillage, no))
	refused("county out of a closed book", "packet.rung-closed", release(inspect.RungCounty, no))
	rehearsal.Check(t, open("")())
	rehearsal.Check(t, release(inspect.RungCounty, no)())
	refused("village out of a closed book", "packet.rung-closed", release(inspect.RungVillage, no))
	if legs, err := c.Legs(ctx, 1); err != nil || !legs[slices.IndexFunc(legs, func(l inspect.StandingLeg) bool { return l.No == no })].Sealed() {
		t.Errorf("the units are known in the morning: %v", err)
	}
	rehearsal.Check(t, open("", inspect.RungVillage)())
	told, err := field.ReleaseRung(ctx, c, rehearsal.Who(c, "draw-1"), 1, []int{no}, inspect.RungVillage)
	rehearsal.Check(t, err)
	entries, err := c.Entries(ctx)
	rehearsal.Check(t, err)
	last := entries[len(entries)-1]
	if want := fmt.Sprintf(`"rung":"village","told":[%d]`, no); last.Kind != "rung-released" || !strings.Contains(string(last.Body), want) || !strings.Contains(string(last.Body), `"by":"`) {
		t.Errorf("logged %s", last.Body)
	}

	// the codes are those of the packets, also of packets made again
	spares, err := field.SpareCodes(ctx, c, rehearsal.Who(c, "draw-1"), 1, []int{no, otherLeg(first)}, keys)
	rehearsal.Check(t, err)
	if len(spares) != 2 || !slices.ContainsFunc(spares, func(s field.Spare) bool { return s.Packet == no && s.Codes[inspect.RungVillage] == told[0].Code }) {
		t.Errorf("spares %+v, told %+v", spares, told)
	}
	if _, err := field.SpareCodes(ctx, c, rehearsal.Who(c, "draw-1"), 1, []int{no}, rehearsal.Keys(dir, "custody-1", "custody-1")); inspect.ExitStatus(err) != int(inspect.Refused) {
		t.Errorf("spares with one custodian's key twice: %v", err)
	}
	refused("revealed while legs are sealed", "packet.still-sealed", func() error {
		return ceremony.Reveal(ctx, c, rehearsal.Who(c, "draw-1"), 1, []inspect.Stage{inspect.StageCounty}, keys)
	})
	now.Set("2023-01-20T08:00")
	rehearsal.Check(t, open("", inspect.RungVillage)())
	all, err := c.Legs(ctx, 1)
	rehearsal.Check(t, err)
	if len(all) < 18 {
		t.Errorf("%d legs came out of the books", len(all))
	}
}

// TestRungAtRest searches every byte of the database, its log and its free pages after each opening: nothing
// of a rung stands there before its own book was opened, by two custodians.
func TestRungAtRest(t *testing.T) {
	if testing.Short() {
		t.Skip("a ceremony on a frame of three municipalities takes some seconds")
	}
	ctx := context.Background()
	dir, c, now := rehearsal.Drawn(t, 5, 50)
	keys := rehearsal.Keys(dir)
	_, err := field.MakePackets(ctx, c, rehearsal.Who(c, "draw-1"), field.MakeAct{Wave: 1, Only: []int{1}, Formats: []string{field.WorkbookFormat}, Keys: keys})
	rehearsal.Check(t, err)
	drawn, err := field.OpenPlan(ctx, c, 1, keys)
	rehearsal.Check(t, err)
	var numbers []int
	for _, l := range drawn.Legs {
		numbers = append(numbers, l.No)
	}
	spares, err := field.SpareCodes(ctx, c, rehearsal.Who(c, "draw-1"), 1, numbers, keys)
	rehearsal.Check(t, err)
	// what each rung of a leg tells that no outer one does
	told := map[int]map[inspect.Rung][]string{}
	for _, s := range spares {
		told[s.Packet] = map[inspect.Rung][]string{}
		for rung, code := range s.Codes {
			told[s.Packet][rung] = append(told[s.Packet][rung], string(code))
		}
	}
	starts := map[int]inspect.Date{}
	for _, l := range drawn.Legs {
		told[l.No][inspect.RungCounty] = append(told[l.No][inspect.RungCounty], l.County)
		starts[l.No] = l.Start
	}
	for _, v := range drawn.Visits {
		for _, text := range []string{v.Unit, v.Places.Township, v.Places.Village, v.Places.Name} {
			if len(text) >= 9 && v.Kind != inspect.CO {
				told[v.Leg][inspect.RungVillage] = append(told[v.Leg][inspect.RungVillage], text)
			}
		}
	}
	search := func(when string, may func(leg int, rung inspect.Rung) bool) {
		t.Helper()
		known := map[string]bool{}
		for no, rungs := range told {
			for rung, texts := range rungs {
				for _, text := range texts {
					known[text] = known[text] || may(no, rung)
				}
			}
		}
		var all []byte
		for _, name := range rehearsal.Must(filepath.Glob(filepath.Join(dir, "campaign.db*"))) {
			all = append(all, rehearsal.Must(os.ReadFile(name))...)
		}
		seen, hidden := 0, 0
		for text, open := range known {
			switch is := bytes.Contains(all, []byte(text)); {
			case open && is:
				seen++
			case !open && is:
				t.Errorf("%s: the database holds %s", when, text)
			case !open:
				hidden++
			}
		}
		if when != "before the first book" && (seen == 0 || hidden == 0) {
			t.Errorf("%s: %d texts were found, %d not: the search finds nothing", when, seen, hidden)
		}
	}
	search("before the first book", func(int, inspect.Rung) bool { return false })
	steps := []struct {
		when, at string
		rung     inspect.Rung
		may      func(leg int, rung inspect.Rung) bool
	}{
		{"on the eve", "2023-01-06T08:00", "", func(leg int, rung inspect.Rung) bool {
			return rung == inspect.RungProvince && starts[leg] == "2023-01-07"
		}},
		{"in the morning", "2023-01-07T06:00", "", func(leg int, rung inspect.Rung) bool {
			return rung == inspect.RungProvince && starts[leg] <= "2023-01-08" || rung == inspect.RungCounty && starts[leg] == "2023-01-07"
		}},
		{"on arrival", "2023-01-07T09:00", inspect.RungVillage, func(leg int, rung inspect.Rung) bool {
			return rung == inspect.RungProvince && starts[leg] <= "2023-01-08" || starts[leg] == "2023-01-07"
		}},
	}
	for _, s := range steps {
		now.Set(s.at)
		_, err := field.OpenBooks(ctx, c, rehearsal.Who(c, "draw-1"), 1, "", s.rung, keys)
		rehearsal.Check(t, err)
		search(s.when, s.may)
	}
}

// otherLeg is a leg that is not among those opened.
func otherLeg(opened []inspect.StandingLeg) int {
	for no := 1; ; no++ {
		if !slices.ContainsFunc(opened, func(l inspect.StandingLeg) bool { return l.No == no }) {
			return no
		}
	}
}

// TestFormsBack takes in what a form sends back, under whatever name, and refuses an altered file.
func TestFormsBack(t *testing.T) {
	if testing.Short() {
		t.Skip("a ceremony on a frame of three municipalities takes some seconds")
	}
	ctx := context.Background()
	dir, c, now := rehearsal.Drawn(t, 5, 50)
	_, err := field.MakePackets(ctx, c, rehearsal.Who(c, "draw-1"), field.MakeAct{Wave: 1, Only: []int{1}, Keys: rehearsal.Keys(dir)})
	rehearsal.Check(t, err)
	now.Set("2023-01-21T09:00")
	packets, err := field.OpenBooks(ctx, c, rehearsal.Who(c, "draw-1"), 1, "", inspect.RungVillage, rehearsal.Keys(dir))
	rehearsal.Check(t, err)
	for _, rung := range inspect.Rungs {
		_, err := field.ReleaseRung(ctx, c, rehearsal.Who(c, "draw-1"), 1, packets, rung)
		rehearsal.Check(t, err)
	}
	visits, err := c.Visits(ctx, 1, 0)
	rehearsal.Check(t, err)
	legs, err := c.Legs(ctx, 1)
	rehearsal.Check(t, err)
	team := []string{fmt.Sprintf("i-%02d0", legs[0].Team), fmt.Sprintf("i-%02d1", legs[0].Team)}
	back := filepath.Join(t.TempDir(), "改了名字(1).txt")
	rehearsal.Check(t, os.WriteFile(back, filed(t, dir, c.Config.Campaign.ID, visits, team), 0o600))
	taken, err := returns.TakeIn(ctx, c, rehearsal.Who(c, "draw-1"), 1, []string{back, back})
	rehearsal.Check(t, err)
	if len(taken) != 1 || taken[0].Visits["accepted"] != 1 || len(taken[0].Alarms) != 1 || len(taken[0].Problems) > 0 {
		t.Errorf("got %+v: %v", taken, taken[0].Problems)
	}
	altered := filed(t, dir, c.Config.Campaign.ID, visits, team)
	altered[len(altered)-1] ^= 1
	rehearsal.Check(t, os.WriteFile(back, altered, 0o600))
	taken, err = returns.TakeIn(ctx, c, rehearsal.Who(c, "draw-1"), 1, []string{back})
	rehearsal.Check(t, err)
	if len(taken[0].Problems) != 1 || taken[0].Problems[0].Rule != "form.altered" {
		t.Errorf("an altered file: %v", taken[0].Problems)
	}
}

// filed is what the form of packet 1 sends back for its county office, with a child in danger.
func filed(t *testing.T, dir, campaign string, visits []inspect.StandingVisit, team []string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "secrets/return-1.key"))
	rehearsal.Check(t, err)
	master, err := hex.DecodeString(strings.TrimSpace(string(raw)))
	rehearsal.Check(t, err)
	key, err := seal.ReturnKey([32]byte(master), campaign, 1, 1)
	rehearsal.Check(t, err)
	i := slices.IndexFunc(visits, func(v inspect.StandingVisit) bool { return v.Leg == 1 && v.Kind == inspect.CO })
	v, list := visits[i], checklist.Default()
	arrived := v.Day.Time().Add(11 * time.Hour)
	r := inspect.Report{Visit: v.ID, Inspectors: team, Arrived: arrived, Left: arrived.Add(time.Hour), Present: []string{"county_official"}, Revision: 1,
		Observations: []inspect.Observation{{Kind: inspect.Hazard, Severity: "S4", Fact: "演示数据：儿童无人看护，已报告。"}}}
	for _, item := range list.ItemsFor(inspect.CO) {
		a := inspect.Answer{Item: item.Code, Method: item.Methods[0]}
		switch item.Answer.Type {
		case checklist.Count:
			a.Value = "0"
		case checklist.Ratio:
			a.Value = "4/5"
		default:
			a.Value = item.Answer.Options[0].Code
		}
		r.Answers = append(r.Answers, a)
	}
	content, err := json.Marshal(map[string]any{"form": form.Form, "checklist": list.Digest(), "made": arrived, "agent": "", "opened": []any{}, "registers": []any{},
		"reports": []any{r}, "passed": []any{}, "alarms": []any{map[string]any{"visit": v.ID, "observation": 0, "to": []string{"police"}, "at": arrived, "receipt": ""}},
		"photos": []any{}, "drafts": nil})
	rehearsal.Check(t, err)
	head := fmt.Appendf(nil, `{"schema":%q,"campaign":%q,"wave":1,"packet":1,"key":%q}`+"\n", form.Schema, campaign, seal.KeyID(key))
	content = append(binary.BigEndian.AppendUint32(nil, uint32(len(content))), content...)
	box, err := seal.SealWith(rand.Reader, key, head, content)
	rehearsal.Check(t, err)
	return append(head, box...)
}
