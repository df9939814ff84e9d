package draw

import (
	"encoding/json"
	"testing"
	"time"

	"zhicha/inspect"
)

func goodRecord() *Record {
	digest := func(s string) inspect.Digest { return inspect.DigestOf([]byte(s)) }
	r := &Record{
		Algorithm: Algorithm, Campaign: "winter-care-2023", Wave: 1, Kind: "random", Plan: "抽查方案2023-1",
		Frame:  FrameDigests{digest("f"), digest("c"), digest("t"), digest("u")},
		Design: digest("d"), Checklist: digest("l"), Teams: digest("m"), Calendar: digest("k"),
		Window: inspect.Window{From: "2023-01-07", To: "2023-01-20"}, Closed: []inspect.Date{"2023-01-14"}, LegDays: 3,
		Hours:      []inspect.Hours{{From: "10:00", To: "17:00"}},
		Assign:     inspect.AssignRule{Region: "reporting_unit", TeamMin: 2, LegsPerTeamMax: 4, LegDays: 3},
		Custodians: []Custodian{{"custody-1", "office", "age1a"}, {"custody-2", "discipline", "age1b"}},
		Beacon: Beacon{Event: "中国福利彩票双色球开奖结果", Issue: "2023003", At: time.Date(2023, 1, 5, 21, 15, 0, 0, inspect.Beijing),
			Rule: "ssq/[0-9]{7}/[0-9]{2}(-[0-9]{2}){5}/[0-9]{2}"},
		Rules: inspect.Rules{Confidence: 95, Variance: "with_replacement", Lonely: "fail", MinCounties: 6, MinVisits: 8, MaxHalf: 10, SecondCoder: 10, MinCount: 10}, RevealBy: "2023-02-28",
	}
	for i, secret := range secretsOf(1, 2, 3) {
		p := Party{ID: partyIDs[i], Name: partyIDs[i], Key: "key-" + partyIDs[i], Commitments: map[inspect.Stage]inspect.Digest{}}
		for _, s := range inspect.Stages {
			p.Commitments[s] = Commitment(ShareOf(secret, r.Campaign, r.Wave, p.ID, s), r.Campaign, r.Wave, p.ID, s)
		}
		r.Parties = append(r.Parties, p)
	}
	return r
}

func TestCheckRecord(t *testing.T) {
	if err := CheckRecord(goodRecord()); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*Record){
		"draw.no-authority": func(r *Record) { r.Plan = "" },
		"draw.assign":       func(r *Record) { r.Assign.Region = "township" },
		"draw.algorithm":    func(r *Record) { r.Algorithm = "zhicha/2" },
		"draw.campaign":     func(r *Record) { r.Campaign = "Winter Care" },
		"draw.wave":         func(r *Record) { r.Wave = 0 },
		"draw.kind":         func(r *Record) { r.Kind = "lucky" },
		"draw.no-digest":    func(r *Record) { r.Frame.Units = inspect.Digest{} },
		"draw.window":       func(r *Record) { r.Window.From = "2023-01-21" },
		"draw.reveal-by":    func(r *Record) { r.RevealBy = "2023-01-20" },
		"draw.closed":       func(r *Record) { r.Closed = []inspect.Date{"2023-01-15", "2023-01-14"} },
		"draw.leg-days":     func(r *Record) { r.LegDays = 0 },
		"draw.hours":        func(r *Record) { r.Hours[0].To = "9:00" },
		"draw.beacon":       func(r *Record) { r.Beacon.Rule = "(" },
		"draw.beacon-late":  func(r *Record) { r.Beacon.At = time.Date(2023, 1, 7, 0, 0, 0, 0, inspect.Beijing) },
		"draw.beacon-zone":  func(r *Record) { r.Beacon.At = r.Beacon.At.UTC() },
		"draw.rules":        func(r *Record) { r.Rules.MinCount = 9 },
		"draw.few-parties":  func(r *Record) { r.Parties = r.Parties[1:] },
		"draw.party":        func(r *Record) { r.Parties[1].Key = "" },
		"draw.commitments":  func(r *Record) { r.Parties[1].Commitments["lunch"] = inspect.DigestOf(nil) },
		"draw.commitment":   func(r *Record) { r.Parties[1].Commitments["county"] = r.Parties[0].Commitments["county"] },
		"draw.order":        func(r *Record) { r.Parties[0], r.Parties[1] = r.Parties[1], r.Parties[0] },
		"draw.same-key":     func(r *Record) { r.Parties[1].Key = r.Parties[0].Key },
		"draw.custodian":    func(r *Record) { r.Custodians[0].Recipient = "" },
		"draw.few-bodies":   func(r *Record) { r.Custodians[1].Body = "office" },
	} {
		r := goodRecord()
		spoil(r)
		if ps := inspect.ProblemsOf(CheckRecord(r)); len(ps) != 1 || ps[0].Rule != want {
			t.Errorf("got %v, want %s alone", ps, want)
		}
	}
}

// TestRecordSurvivesJSON: D of the record as read back from disk is D of the record as made.
func TestRecordSurvivesJSON(t *testing.T) {
	r := goodRecord()
	d, err := r.D()
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Record
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if e, err := back.D(); err != nil || e != d {
		t.Errorf("D is %s and after a round trip %s, %v", d, e, err)
	}
	back.LegDays++
	if e, _ := back.D(); e == d {
		t.Error("another record has the same D")
	}
}

func TestStageKeyChecksShares(t *testing.T) {
	r := goodRecord()
	d, _ := r.D()
	shares := map[string]Share{}
	ordered := sharesOf(secretsOf(1, 2, 3), r.Campaign, r.Wave, inspect.StageAssign)
	for i, id := range partyIDs {
		shares[id] = ordered[i]
	}
	k, err := r.StageKey(inspect.StageAssign, "b", shares)
	if err != nil || k != StageKey(ordered, "b", r.Campaign, r.Wave, inspect.StageAssign, d) {
		t.Fatalf("key %x, %v", k, err)
	}
	if _, err := r.StageKey(inspect.StageSchedule, "b", shares); rule(err) != "draw.share-wrong" {
		t.Errorf("a share of another stage: %v", err)
	}
	delete(shares, "office")
	if _, err := r.StageKey(inspect.StageAssign, "b", shares); rule(err) != "draw.share-missing" {
		t.Errorf("a missing share: %v", err)
	}
}

func TestBeacon(t *testing.T) {
	b := goodRecord().Beacon
	const good = "ssq/2023003/01-05-11-18-22-30/07"
	for _, c := range []struct{ first, second, want string }{
		{good, good, ""},
		{"ssq/2023004/01-05-11-18-22-30/07", "ssq/2023004/01-05-11-18-22-30/07", "draw.beacon-issue"}, // nobody has postponed
		{good, "ssq/2023003/01-05-11-18-22-31/07", "draw.beacon-differs"},
		{good + "\n", good + "\n", "draw.beacon-rule"},
		{"x" + good, "x" + good, "draw.beacon-rule"},
		{"ssq/2023005/01-05-11-18-22-30/07", "ssq/2023005/01-05-11-18-22-30/07", "draw.beacon-issue"}, // waited for a convenient one
		{"ssq/2023002/01-05-11-18-22-30/07", "ssq/2023002/01-05-11-18-22-30/07", "draw.beacon-issue"},
	} {
		if err := b.Accept(c.first, c.second); rule(err) != c.want {
			t.Errorf("%q and %q: %v, want %q", c.first, c.second, err, c.want)
		}
	}
	later := b.At.Add(48 * time.Hour)
	next, err := b.Next(later)
	if err != nil || next.Issue != "2023004" || !next.At.Equal(later) || next.Rule != b.Rule {
		t.Errorf("%+v, %v", next, err)
	}
	if err := next.Accept("ssq/2023004/01-05-11-18-22-30/07", "ssq/2023004/01-05-11-18-22-30/07"); err != nil {
		t.Error(err)
	}
	if err := next.Accept(good, good); rule(err) != "draw.beacon-issue" {
		t.Errorf("the postponed issue still counts: %v", err)
	}
	for _, issue := range []string{"999", "a", ""} {
		b := b
		b.Issue = issue
		if _, err := b.Next(later); rule(err) != "draw.beacon-next" {
			t.Errorf("%q: %v", issue, err)
		}
	}
	if _, err := b.Next(b.At); rule(err) != "draw.beacon-next" {
		t.Errorf("not later: %v", err)
	}
	for piece, want := range map[string]bool{"ssq": false, "2023003": false, "07": false, "01-05": false, "09-10-11": false, "f0A9": false,
		"": true, "05-01": true, "01-01": true, "1-05": true, "a-b": true, "01-": true, "01,05": true, "01 05": true, "０１": true, "01-05-03": true} {
		if ambiguous(piece) != want {
			t.Errorf("%q: %v", piece, !want)
		}
	}
	if err := b.CheckLead(b.At.Add(-24 * time.Hour)); err != nil {
		t.Errorf("24 hours: %v", err)
	}
	if err := b.CheckLead(b.At.Add(-24*time.Hour + time.Second)); rule(err) != "draw.beacon-early" {
		t.Errorf("a second less: %v", err)
	}
}

func rule(err error) string {
	if ps := inspect.ProblemsOf(err); len(ps) > 0 {
		return ps[0].Rule
	}
	return ""
}
