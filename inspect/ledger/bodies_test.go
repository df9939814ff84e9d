package ledger

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/frame"
)

// written is a body as the office writes it, as a map of its members and as its type.
type written struct {
	shape string
	bare  map[string]any
	typed Body
}

func of(text string) inspect.Digest { return inspect.DigestOf([]byte(text)) }

func share(text string) string { return of(text).String() }

// legActed is what suspends, resumes and excludes a leg.
var legActed = map[string]any{"wave": 1, "leg": 7, "by": of("review-1"), "root": of("root")}

// frozen is a score-frozen body with more members.
func frozen(more map[string]any) map[string]any {
	out := map[string]any{"wave": 1, "score": of("score"), "public": of("public"), "checklist": of("checklist"), "rules": of("rules"), "reports": of("reports"),
		"planned": 2306, "scored": 2304, "left": 1, "missing": 1, "redLines": 0, "adjustments": 0}
	maps.Copy(out, more)
	return out
}

// writtenBodies holds every shape of every kind that is entered.
func writtenBodies() []written {
	_, vkey := testKeys(testOrigin)
	skey, _ := testKeys("somebody")
	digests := frame.Digests{Counties: of("counties"), Townships: of("townships"), Units: of("units"), Frame: of("frame")}
	stages := map[string]any{}
	for _, s := range []inspect.Stage{"county", "township", "village", "institution", "household"} {
		stages[string(s)] = of(string(s))
	}
	shares := map[string]string{"discipline": share("a"), "office": share("b")}
	opened := []map[string]any{{"no": 1, "leg": 7, "replaced": "110101000000", "reserve": "110105000000", "salt": share("salt")}}
	by := []inspect.Digest{of("review-1"), of("audit-1")}
	signed := Signed{by, []string{signatureOf("review-1", "what was decided\n"), signatureOf("audit-1", "what was decided\n")}}
	alone := Signed{by[:1], signed.Signatures[:1]}
	audit := must(SignStatement(statement(), skey))
	return []written{
		{"of a campaign", map[string]any{"frame": digests, "log": vkey}, CampaignFrame(FrameDigests(digests), vkey, false)},
		{"of a campaign that is only played", map[string]any{"demo": true, "frame": digests, "log": vkey}, CampaignFrame(FrameDigests(digests), vkey, true)},
		{"of a wave", map[string]any{"wave": 2, "frame": digests}, WaveFrame(2, FrameDigests(digests))},
		{"", map[string]any{"person": of("p"), "key": keyOf("p"), "roles": []string{"auditor", "signer"}, "by": by, "signatures": signed.Signatures},
			Appointment{of("p"), keyOf("p"), []string{"auditor", "signer"}, inspect.Digest{}, signed}},
		{"a custodian at the freeze", map[string]any{"person": of("p"), "roles": []string{"custodian"}, "body": of("office"), "by": by[:1], "signatures": alone.Signatures},
			Appointment{of("p"), "", []string{"custodian"}, of("office"), alone}},
		{"", map[string]any{"wave": 1, "by": by, "root": of("root")}, Judgement{1, by, of("root")}},
		{"", map[string]any{"lines": 12, "root": of("root")}, AccessHead{12, of("root")}},
		{"", map[string]any{"person": of("p"), "by": by, "signatures": signed.Signatures}, Retirement{of("p"), signed}},
		{"", map[string]any{"before": of("p"), "after": of("q"), "key": keyOf("q"), "by": by, "signatures": signed.Signatures}, Replacement{of("p"), of("q"), keyOf("q"), signed}},
		{"of a custodian", map[string]any{"before": of("p"), "after": of("q"), "by": by, "signatures": signed.Signatures}, Replacement{of("p"), of("q"), "", signed}},
		{"", map[string]any{"wave": 1, "issue": "2026141", "at": "2027-01-05T21:15:00+08:00", "reason": "not-held", "by": by, "signatures": signed.Signatures},
			Postponement{1, "2026141", must(time.Parse(time.RFC3339, "2027-01-05T21:15:00+08:00")), NotHeld, signed}},
		{"", map[string]any{"wave": 1, "record": of("D"), "signatures": map[string]any{"discipline": of("a"), "office": of("b")}, "revealBy": inspect.Date("2027-01-31")},
			Commit{1, of("D"), map[string]inspect.Digest{"office": of("b"), "discipline": of("a")}, "2027-01-31"}},
		{"", map[string]any{"wave": 1, "value": "ssq/2026140/01-05-11-18-22-30/07"}, BeaconValue{1, "ssq/2026140/01-05-11-18-22-30/07"}},
		{"", map[string]any{"wave": 1, "plan": of("plan"), "legs": 192, "overlap": 20, "stages": stages}, Draw{1, of("plan"), 192, 20, map[inspect.Stage]inspect.Digest{
			"county": of("county"), "township": of("township"), "village": of("village"), "institution": of("institution"), "household": of("household")}}},
		{"packets made", map[string]any{"wave": 1, "packets": 212}, PacketsMade(1, 212)},
		{"a code book", map[string]any{"wave": 1, "book": inspect.Date("2026-12-05"), "rung": "village", "packets": 14}, BookOpened(1, inspect.Book{Day: "2026-12-05", Rung: inspect.RungVillage}, 14)},
		{"a code book without a packet", map[string]any{"wave": 1, "book": inspect.Date("2026-12-06"), "rung": "province", "packets": 0}, BookOpened(1, inspect.Book{Day: "2026-12-06", Rung: inspect.RungProvince}, 0)},
		{"a rung told", map[string]any{"wave": 1, "rung": inspect.RungCounty, "told": []int{7, 3}, "by": of("draw-1")}, RungTold(1, inspect.RungCounty, []int{7, 3}, of("draw-1"))},
		{"spares shown", map[string]any{"wave": 1, "spares": []int{3}, "by": of("draw-1")}, SparesShown(1, []int{3}, of("draw-1"))},
		{"approved", map[string]any{"wave": 1, "leg": 7, "no": 1, "stage": inspect.StageCounty, "reason": "disaster", "approvals": by},
			SubstitutionApproved(1, 7, 1, inspect.StageCounty, "disaster", by)},
		{"made", map[string]any{"wave": 1, "leg": 7, "no": 1, "stage": inspect.StageCounty, "change": of("change")}, SubstitutionMade(1, 7, 1, inspect.StageCounty, of("change"))},
		{"relieved", map[string]any{"wave": 1, "leg": 9, "no": 2, "stage": inspect.StageTownship, "reason": "burden", "change": of("change")},
			SubstitutionRelieved(1, 9, 2, inspect.StageTownship, "burden", of("change"))},
		{"", map[string]any{"wave": 1, "packet": 7, "reports": of("reports"), "visits": 12, "by": of("draw-1")}, Receipt{1, 7, of("reports"), 12, of("draw-1")}},
		{"", map[string]any{"wave": 1, "visits": 30, "by": of("review-1"), "root": of("root")}, Approval{1, 30, of("review-1"), of("root")}},
		{"", map[string]any{"wave": 1, "visits": 1, "by": of("review-1"), "root": of("root")}, SentBack{1, 1, of("review-1"), of("root")}},
		{"", map[string]any{"document": of("text"), "reason": ReasonPrivacy, "by": by, "signatures": signed.Signatures}, Withdrawal{of("text"), ReasonPrivacy, signed}},
		{"", map[string]any{"wave": 1, "visits": 1, "by": of("review-1"), "root": of("root")}, Resolved{1, 1, of("review-1"), of("root")}},
		{"", legActed, Suspension{LegAct{1, 7, of("review-1"), of("root")}}},
		{"", legActed, Resumption{LegAct{1, 7, of("review-1"), of("root")}}},
		{"", legActed, Exclusion{LegAct{1, 7, of("review-1"), of("root")}}},
		{"", map[string]any{"wave": 1, "legs": []int{3, 7}, "by": of("review-1"), "visits": 24, "approved": 23, "root": of("root")},
			Closing{1, []int{3, 7}, of("review-1"), 24, 23, of("root")}},
		{"", frozen(nil), Score{1, 0, of("score"), of("public"), of("checklist"), of("rules"), of("reports"), 2306, 2304, 1, 1, 0, 0}},
		{"after a correction", frozen(map[string]any{"no": 2}), Score{1, 2, of("score"), of("public"), of("checklist"), of("rules"), of("reports"), 2306, 2304, 1, 1, 0, 0}},
		{"", map[string]any{"wave": 1, "no": 2, "before": of("score"), "after": of("score 2"), "text": of("text"), "by": by, "visits": 3, "root": of("root")},
			Correction{1, 2, of("score"), of("score 2"), of("text"), by, 3, of("root")}},
		{"a text", map[string]any{"document": of("text"), "by": by, "signatures": signed.Signatures}, TextPublished(of("text"), signed)},
		{"a site", map[string]any{"wave": 1, "manifest": of("manifest")}, SitePublished(1, of("manifest"))},
		{"", map[string]any{"wave": 1, "stage": inspect.StageAssign, "shares": shares}, Reveal{1, inspect.StageAssign, shares, nil}},
		{"with substitutions", map[string]any{"wave": 1, "stage": inspect.StageCounty, "shares": shares, "substituted": opened},
			Reveal{1, inspect.StageCounty, shares, []Opened{{1, 7, "110101000000", "110105000000", share("salt")}}}},
		{"", map[string]any{"wave": 2, "statement": audit.Statement, "key": audit.Key, "signature": audit.Signature}, *audit},
	}
}

func (w written) name() string { return strings.TrimSpace(string(w.typed.Kind()) + " " + w.shape) }

// A typed body is written byte for byte as the map it stands for, and is read again as it was.
func TestBodies(t *testing.T) {
	for _, w := range writtenBodies() {
		bare, typed := must(inspect.CanonicalJSON(w.bare)), must(inspect.CanonicalJSON(w.typed))
		if string(bare) != string(typed) {
			t.Errorf("%s: the type writes\n%s, the map\n%s", w.name(), typed, bare)
		}
		if err := w.typed.Check(); err != nil {
			t.Errorf("%s: %v", w.name(), err)
		}
		if back, err := ReadBody(w.typed.Kind(), bare); err != nil || !reflect.DeepEqual(back, w.typed) {
			t.Errorf("%s: read as %+v, %v", w.name(), back, err)
		}
	}
}

// Every kind can be read but those of which no entry is made.
func TestReadBodyOfEveryKind(t *testing.T) {
	read := map[Kind]bool{}
	for _, w := range writtenBodies() {
		read[w.typed.Kind()] = true
	}
	for _, k := range Kinds {
		_, err := ReadBody(k, []byte("{}"))
		if read[k] == strings.Contains(fmt.Sprint(err), "no body is known") {
			t.Errorf("%s: %v", k, err)
		}
	}
	if _, err := Read[Draw]([]byte(`{"value":"x","wave":1}`)); err == nil {
		t.Error("a beacon was read as a draw")
	}
}

// FORMAT.md lists the members of every shape as they are written, and says what each of them means.
func TestFormatListsEveryBody(t *testing.T) {
	raw, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	listed, kind := map[string]bool{}, ""
	meant := map[string]bool{"key": true, "signature": true, "statement": true} // of audited, in words of its own
	for line := range strings.Lines(string(raw)) {
		cells := strings.Split(line, "|")
		if len(cells) == 6 { // kind, shape, members, wave
			if k := strings.Trim(cells[1], " `"); k != "" {
				kind = k
			}
			members, _, _ := strings.Cut(cells[3], ";")
			if strings.TrimSpace(cells[4]) == "yes" {
				members += "`wave`"
			}
			listed[kind+" "+strings.Join(codes(members), " ")] = true
		}
		if len(cells) == 5 { // member, type, meaning
			for _, m := range codes(cells[1]) {
				meant[m] = true
			}
		}
	}
	for _, w := range writtenBodies() {
		members := slices.Sorted(maps.Keys(w.bare))
		row := string(w.typed.Kind()) + " " + strings.Join(members, " ")
		if optional := "revealed shares stage substituted wave"; !listed[row] && !(w.typed.Kind() == Revealed && listed[optional]) {
			t.Errorf("FORMAT.md has no row %q", row)
		}
		for _, m := range members {
			if !meant[m] {
				t.Errorf("FORMAT.md does not say what %s of %s means", m, w.typed.Kind())
			}
		}
	}
}

// codes are the words in backquotes, sorted.
func codes(cell string) (out []string) {
	for i, part := range strings.Split(cell, "`") {
		if i%2 == 1 {
			out = append(out, part)
		}
	}
	slices.Sort(out)
	return out
}
