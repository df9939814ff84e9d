package returns_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/field"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/returns"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
	"zhicha/inspect/workbook"
)

// forged is a filled workbook of a leg after somebody changed it.
func forged(t *testing.T, leg int, change func(set func(sheet, cell, text string), e *workbook.Editor)) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "P.xlsx")
	rehearsal.FieldPacket(t, path, rehearsal.FieldPlan(8), leg)
	rehearsal.FieldFill(t, path)
	e, err := workbook.OpenEditor(path, "")
	if err != nil {
		t.Fatal(err)
	}
	change(func(sheet, cell, text string) {
		if err := e.SetCell(sheet, cell, text); err != nil {
			t.Fatal(err)
		}
	}, e)
	if err := e.Save(nil, path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The cells of the meta sheet: B8 the packet's secret, B9 to B12 those of its four visits.
const (
	campaignCell, waveCell, packetCell, secretCell = "B2", "B3", "B4", "B8"
)

var sheets = []string{"01 家庭", "02 家庭", "03 村（居）委会", "04 未保办"}

// relabelled makes another team's file speak of a packet and its visits, as somebody would who has not
// opened that packet.
func relabelled(packet int, first string) func(set func(sheet, cell, text string), e *workbook.Editor) {
	return func(set func(sheet, cell, text string), _ *workbook.Editor) {
		set("meta", packetCell, fmt.Sprint(packet))
		for i, sheet := range sheets {
			id := fmt.Sprintf("1-%s-%02d", first, i+1)
			set(sheet, "B1", id)
			set("meta", fmt.Sprintf("A%d", 9+i), "secret "+id)
		}
	}
}

// told is everything intake says of a file, as people and programmes read it, without its path.
func told(t *testing.T, taken []returns.Taken, path string) string {
	t.Helper()
	raw, err := json.Marshal(taken)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range taken {
		for _, p := range slices.Concat(x.Problems, x.Warnings) {
			raw = fmt.Appendf(raw, "\n%s %d %v", p.Error(), p.Class, p.Args)
		}
	}
	return strings.ReplaceAll(string(raw), path, "FILE")
}

// takeIn hands one file in and returns what is told of it.
func takeIn(t *testing.T, c *campaign.Campaign, data []byte) (string, []returns.Taken) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "back.xlsx")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	taken, err := returns.TakeIn(t.Context(), c, rehearsal.Who(c, "draw-1"), 1, []string{path})
	if err != nil {
		t.Fatal(err)
	}
	return told(t, taken, path), taken
}

// stood is what a campaign holds of returns.
type stood struct{ reports, unproven, entries int }

func standing(t *testing.T, c *campaign.Campaign) (s stood) {
	t.Helper()
	err := c.View(t.Context(), func(tx *store.Tx) error {
		s = stood{}
		visits, err := tx.Visits(1)
		if err != nil {
			return err
		}
		for _, v := range visits {
			h, err := tx.History(v.ID)
			if err != nil {
				return err
			}
			s.reports += len(h)
		}
		u, err := tx.Unproven(1)
		if err != nil {
			return err
		}
		s.unproven = len(u)
		all, err := tx.Entries()
		s.entries = len(all)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A return that does not prove where it comes from is kept as it came and counts for nothing, however it
// was made; nothing of it reaches the ledger, and it comes twice in vain.
func TestHostileReturns(t *testing.T) {
	of := func(campaign string, wave int) func(set func(sheet, cell, text string), e *workbook.Editor) {
		return func(set func(sheet, cell, text string), _ *workbook.Editor) { // another office's or wave's master gives other secrets
			for i, visit := range []string{"", "1-007-01", "1-007-02", "1-007-03", "1-007-04"} {
				set("meta", fmt.Sprintf("B%d", 8+i), seal.ReturnSecret([32]byte{9}, campaign, wave, 7, visit))
			}
		}
	}
	for name, c := range map[string]struct {
		leg    int
		change func(set func(sheet, cell, text string), e *workbook.Editor)
		kept   int // reports that are proven all the same
	}{
		"another team's file under this packet's name": {leg: 2, change: relabelled(7, "007")},
		"under a packet that does not exist":           {leg: 2, change: relabelled(907, "907")},
		"another packet's secret": {leg: 7, change: func(set func(sheet, cell, text string), _ *workbook.Editor) {
			set("meta", secretCell, rehearsal.FieldSecret(8, ""))
		}},
		"another wave's file":           {leg: 7, change: of("winter-care-2023", 2)},
		"another campaign's file":       {leg: 7, change: of("winter-care-2022", 1)},
		"a file that says another wave": {leg: 7, change: func(set func(sheet, cell, text string), _ *workbook.Editor) { set("meta", waveCell, "2") }},
		"a file that says another campaign": {leg: 7, change: func(set func(sheet, cell, text string), _ *workbook.Editor) {
			set("meta", campaignCell, "winter-care-2022")
		}},
		"without secrets": {leg: 7, change: func(set func(sheet, cell, text string), _ *workbook.Editor) {
			for i := range 5 {
				set("meta", fmt.Sprintf("B%d", 8+i), "")
			}
		}},
		"two visits' secrets swapped": {leg: 7, kept: 2, change: func(set func(sheet, cell, text string), _ *workbook.Editor) {
			set("meta", "B9", rehearsal.FieldSecret(7, "1-007-02"))
			set("meta", "B10", rehearsal.FieldSecret(7, "1-007-01"))
		}},
		"a sheet of another team's workbook": {leg: 7, kept: 3, change: func(set func(sheet, cell, text string), _ *workbook.Editor) { set(sheets[0], "B1", "1-002-01") }},
		"with the secret it has there": {leg: 7, kept: 3, change: func(set func(sheet, cell, text string), _ *workbook.Editor) {
			set(sheets[0], "B1", "1-002-01")
			set("meta", "A9", "secret 1-002-01")
			set("meta", "B9", rehearsal.FieldSecret(2, "1-002-01"))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			office, data := rehearsal.Fieldwork(t, 8), forged(t, c.leg, c.change)
			before := standing(t, office)
			first, taken := takeIn(t, office, data)
			want := map[string]int{returns.Unproven: 4 - c.kept}
			if c.kept > 0 {
				want["accepted"] = c.kept
			}
			if !maps.Equal(taken[0].Visits, want) || rehearsal.RuleOf(taken[0].Problems.Err()) != "intake.unproven" {
				t.Errorf("%v, want %v: %s", taken[0].Visits, want, first)
			}
			after := standing(t, office)
			if after.unproven != 1 || after.reports != before.reports+c.kept || (after.entries == before.entries) != (c.kept == 0) {
				t.Errorf("before %+v, after %+v", before, after)
			}
			if got, err := rehearsal.Evidence(t, office, "review-2", inspect.DigestOf(data)); err != nil || !bytes.Equal(got, data) {
				t.Errorf("the evidence is not as it came: %v", err)
			}
			again, _ := takeIn(t, office, data)
			if now := standing(t, office); now != after {
				t.Errorf("once more: %+v, before %+v", now, after)
			}
			if c.kept == 0 && again != first {
				t.Errorf("told once more:\n%s\nat first:\n%s", again, first)
			}
		})
	}
}

// What intake tells of a return without proof is the same, byte for byte, whether the visits it names are
// planned, whether the household it names is the one whose turn it is, and whether its packet exists,
// was released, or its leg was closed.
func TestHostileReturnLearnsNothing(t *testing.T) {
	household := func(set func(sheet, cell, text string), e *workbook.Editor, lines ...int) {
		for i, line := range lines {
			v := e.Visits()[i]
			r := inspect.Report{Inspectors: e.Team(), Arrived: v.Day.Time().Add(10 * 3600e9), Left: v.Day.Time().Add(11 * 3600e9), Register: 20, Household: line}
			if err := e.SetHeader(v.ID, &r); err != nil {
				t.Fatal(err)
			}
		}
	}
	turn := func(e *workbook.Editor) (out []int) {
		for _, v := range e.Visits()[:2] {
			out = append(out, v.Order(20)[v.Slot-1])
		}
		return out
	}
	packet := func(said string) string { return strings.ReplaceAll(said, `"packet":907`, `"packet":7`) }
	closed := func(c *campaign.Campaign) {
		if err := c.Update(t.Context(), func(tx *store.Tx) error { return tx.CloseLeg(1, 7, "review-1", "演示数据", c.Now()) }); err != nil {
			t.Fatal(err)
		}
	}
	var first string
	for i, x := range []struct {
		name   string
		before func(c *campaign.Campaign)
		change func(set func(sheet, cell, text string), e *workbook.Editor)
	}{
		{"visits as planned, the households whose turn it is", nil, func(set func(sheet, cell, text string), e *workbook.Editor) {
			household(set, e, turn(e)...)
			relabelled(7, "007")(set, e)
		}},
		{"other households", nil, func(set func(sheet, cell, text string), e *workbook.Editor) {
			household(set, e, turn(e)[1], turn(e)[0])
			relabelled(7, "007")(set, e)
		}},
		{"visits nobody planned", nil, relabelled(7, "907")},
		{"visits of another packet", nil, relabelled(7, "008")},
		{"a packet that does not exist", nil, relabelled(907, "907")},
		{"a leg that was closed", closed, relabelled(7, "007")},
		{"a visit that was filed", func(c *campaign.Campaign) {
			takeIn(t, c, forged(t, 7, func(func(sheet, cell, text string), *workbook.Editor) {}))
		}, relabelled(7, "007")},
	} {
		c := rehearsal.Fieldwork(t, 8)
		if x.before != nil {
			x.before(c)
		}
		said, _ := takeIn(t, c, forged(t, 2, x.change))
		if said = packet(said); i == 0 {
			first = said
		}
		if said != first {
			t.Errorf("%s:\n%s\nwant\n%s", x.name, said, first)
		}
		for _, word := range []string{"1-007", "1-907", "1-008", "户"} {
			if strings.Contains(said, word) {
				t.Errorf("%s: names %q: %s", x.name, word, said)
			}
		}
	}
}

// Two people with different keys decide about a return without proof, and only when both admit it is its
// content judged, and told.
func TestSettle(t *testing.T) {
	c := rehearsal.Fieldwork(t, 8)
	data := forged(t, 7, func(set func(sheet, cell, text string), e *workbook.Editor) {
		set("meta", secretCell, "")
		v := e.Visits()[3]
		if err := e.SetAnswer(v.ID, inspect.Answer{Item: v.Items[0].Code, Value: "还可以"}); err != nil {
			t.Fatal(err)
		}
	})
	takeIn(t, c, data)
	digest := inspect.DigestOf(data).String()
	settle := func(who, decision, reason string) (*returns.Settled, string) {
		t.Helper()
		s, err := returns.Settle(t.Context(), c, rehearsal.Who(c, who), 1, digest[:10], decision, reason)
		return s, rehearsal.RuleOf(err)
	}
	for _, x := range [][4]string{{"draw-1", returns.Admitted, "x", "campaign.role"}, {"review-1", returns.Admitted, " ", "visit.reason"}, {"review-1", "", "x", "unproven.decision"}} {
		if _, rule := settle(x[0], x[1], x[2]); rule != x[3] {
			t.Errorf("%v: %s", x, rule)
		}
	}
	if _, err := returns.Settle(t.Context(), c, rehearsal.Who(c, "review-1"), 1, digest[:7], returns.Admitted, "x"); rehearsal.RuleOf(err) != "unproven.unknown" {
		t.Errorf("seven digits: %v", err)
	}
	before := standing(t, c)
	evidence := c.Path(campaign.EvidenceDir, digest[:2], digest)
	kept, err := os.ReadFile(evidence)
	if err != nil {
		t.Fatal(err)
	}
	// another file, closed to the same people, is not what was kept
	other := forged(t, 7, func(func(sheet, cell, text string), *workbook.Editor) {})
	if err := errors.Join(os.Remove(evidence), c.KeepEvidence(inspect.DigestOf(data), other)); err != nil {
		t.Fatal(err)
	}
	if _, rule := settle("review-1", returns.Admitted, "已电话核实"); rule != "campaign.evidence-altered" {
		t.Errorf("another file lies there: %s", rule)
	}
	if err := os.WriteFile(evidence, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	s, rule := settle("review-1", returns.Admitted, "已电话核实")
	if rule != "" || s.Decision != "" || s.Taken != nil || standing(t, c) != before {
		t.Fatalf("the first: %+v %s", s, rule)
	}
	if _, rule := settle("review-1", returns.Admitted, "再说一遍"); rule != "unproven.twice" {
		t.Errorf("the same person: %s", rule)
	}
	if s, rule = settle("review-2", returns.Dismissed, "笔迹不符"); rule != "" || s.Decision != "" { // they differ: a third decides
		t.Fatalf("the second: %+v %s", s, rule)
	}
	if s, rule = settle("review-3", returns.Admitted, "当面核对"); rule != "" || s.Decision != returns.Admitted || s.Taken == nil {
		t.Fatalf("the third: %+v %s", s, rule)
	}
	if got := outcomesOf([]returns.Taken{*s.Taken}); got != "accepted=3 refused=1" {
		t.Errorf("admitted: %s %v", got, s.Taken.Problems)
	}
	if _, rule := settle("review-2", returns.Dismissed, "x"); rule != "unproven.settled" {
		t.Errorf("afterwards: %s", rule)
	}
	list, err := returns.UnprovenOf(t.Context(), c, 1)
	if err != nil || len(list) != 1 || list[0].Decision != returns.Admitted || len(list[0].Acts) != 3 || list[0].By != "draw-1" || list[0].Packet != 7 {
		t.Errorf("%+v, %v", list, err)
	}
	entries, err := c.Entries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	last := entries[len(entries)-1]
	if by := campaign.PersonHash(rehearsal.Must(c.Appointed("review-3"))); last.Kind != "return-received" || !strings.Contains(string(last.Body), by.String()) {
		t.Errorf("the last entry is %s %s", last.Kind, last.Body)
	}
}

// What two people dismissed is kept, and stays dismissed however often it comes.
func TestSettleDismissed(t *testing.T) {
	c := rehearsal.Fieldwork(t, 8)
	data := forged(t, 2, relabelled(7, "007"))
	first, _ := takeIn(t, c, data)
	for _, who := range []string{"review-1", "review-2"} {
		if _, err := returns.Settle(t.Context(), c, rehearsal.Who(c, who), 1, inspect.DigestOf(data).String(), returns.Dismissed, "检查组未交过此文件"); err != nil {
			t.Fatal(err)
		}
	}
	if again, _ := takeIn(t, c, data); again != first || standing(t, c).reports != 0 {
		t.Errorf("after it was dismissed: %s, %+v", again, standing(t, c))
	}
}

// What was filed changes by nobody's hand alone: an edit waits, the filed one stays current, an older one
// comes back in vain.
func TestEditedAfterFiling(t *testing.T) {
	c := rehearsal.Fieldwork(t, 8)
	edit := func(revision int, reason, note string) []byte {
		return forged(t, 7, func(set func(sheet, cell, text string), e *workbook.Editor) {
			if err := e.SetRevision(revision, reason); err != nil {
				t.Fatal(err)
			}
			set(sheets[0], "I34", note)
		})
	}
	filed := edit(1, "", "")
	takeIn(t, c, filed)
	current := func() (v inspect.StandingVisit) {
		for _, v = range rehearsal.Must(c.Visits(t.Context(), 1, 7)) {
			if v.ID == "1-007-01" {
				break
			}
		}
		return v
	}
	before := current()
	for i, x := range []struct {
		data    []byte
		outcome string
		rule    string
	}{
		{filed, "", ""},
		{edit(1, "", "改"), "held=1 unchanged=3", "intake.conflict"},
		{edit(1, "", "改"), "held=1 unchanged=3", "intake.conflict"}, // as it was refused in part, it is read again
		{edit(2, "", "再改"), "refused=1 unchanged=3", "intake.correction-reason"},
		{edit(2, "补记", "再改"), "held=1 unchanged=3", "intake.newer"},
	} {
		said, taken := takeIn(t, c, x.data)
		if i == 2 {
			x.outcome, x.rule = "unchanged=4", "intake.held-already"
		}
		if outcomesOf(taken) != x.outcome || x.rule != "" && !strings.Contains(said, x.rule) || taken[0].Repeated != (i == 0) {
			t.Errorf("%d: %q %s", i, outcomesOf(taken), said)
		}
		if now := current(); now.Digest != before.Digest || now.State != map[bool]inspect.VisitState{true: inspect.VisitSubmitted, false: inspect.VisitHeld}[i == 0] {
			t.Errorf("%d: current %s %s, before %s", i, now.Digest, now.State, before.Digest)
		}
	}
	n := 0
	for _, e := range rehearsal.Must(c.Entries(t.Context())) {
		if e.Kind == "return-received" {
			n++
		}
	}
	if n != 3 { // filed, the conflict, the correction
		t.Errorf("%d entries", n)
	}
}

// A workbook closed with its code is told apart: altered, under a code of another, in the clear.
func TestClosedWorkbook(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 23)
	o.Commit(1)
	_, err := ceremony.Draw(t.Context(), o.Campaign, o.Who("draw-1"), 1, campaign.Custody{})
	o.OK(err)
	w, err := o.Config.Wave(1)
	o.OK(err)
	o.Now = w.Window.From.Time()
	o.Make(1)
	o.Open(1)
	o.Now = w.Window.To.Add(1).Time()
	closed := rehearsal.Must(os.ReadFile(o.Filled(o.Path(field.RungFile(1, 2, inspect.RungVillage)), o.Code(1, 2))))
	altered := bytes.Clone(closed)
	altered[len(altered)*3/4] ^= 1
	other := rehearsal.Must(os.ReadFile(o.Path(field.RungFile(1, 2, inspect.RungProvince)))) // another code's
	before := standing(t, o.Campaign)
	for rule, data := range map[string][]byte{"workbook.altered": altered, "workbook.wrong-code": other} {
		if said, _ := takeIn(t, o.Campaign, data); !strings.Contains(said, rule) || standing(t, o.Campaign) != before {
			t.Errorf("want %s: %s", rule, said)
		}
	}
	open, err := workbook.Decrypt("x", closed, func(yield func(string) bool) { yield(o.Code(1, 2)) })
	o.OK(err)
	for i, data := range [][]byte{closed, open} {
		said, taken := takeIn(t, o.Campaign, data)
		if taken[0].Clear != (i == 1) || strings.Contains(said, "intake.clear") != (i == 1) || len(taken[0].Problems) > 0 {
			t.Errorf("%d: %s", i, said)
		}
	}
}
