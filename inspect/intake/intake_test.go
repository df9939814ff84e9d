package intake

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
)

var (
	cl    = checklist.Default()
	order = []int{12, 3, 40, 7, 1, 9, 2, 5, 4, 6, 8, 10, 11}
)

// known is a leg of three households in one village, the village, an institution and the office.
func known() Known {
	k := Known{
		Campaign: "winter-care-2023", Wave: 1, Form: "zhicha-form/1", Checklist: cl,
		Leg:     inspect.Leg{No: 7, Wave: 1, Start: "2023-01-08", Days: 5},
		Team:    []string{"I-1", "I-2", "I-3"},
		Current: map[string]Current{},
		Now:     inspect.Date("2023-01-12").Time().Add(20 * time.Hour),
	}
	for i, kind := range []inspect.Kind{inspect.HH, inspect.HH, inspect.HH, inspect.VC, inspect.TS, inspect.WI, inspect.CO} {
		v := inspect.Visit{ID: fmt.Sprintf("1-007-%02d", i+1), Wave: 1, Leg: 7, Seq: i + 1, Kind: kind, Unit: "u" + string(kind)}
		if kind == inspect.HH {
			v.Slot, v.Order = i+1, order
		}
		k.Visits = append(k.Visits, v)
	}
	return k
}

// report is a sound report of the visit at place i of known().
func report(i int) inspect.Report {
	k := known()
	v := &k.Visits[i]
	at := inspect.Date("2023-01-08").Time().Add(10*time.Hour + time.Duration(i)*45*time.Minute)
	rep := inspect.Report{
		Visit: v.ID, Inspectors: []string{"I-1", "I-2"}, Arrived: at, Left: at.Add(30 * time.Minute), Present: []string{"guardian"},
		Revision: 1, Sheet: "s", Cells: inspect.Cells{"arrived": "D8", "left": "D9", "household": "D30", "A1-01": "D40", "A1-01.method": "G40", "revision": "封面!B10", "correction": "封面!B11"},
	}
	if v.Kind == inspect.HH {
		rep.Register, rep.Household = 12, []int{12, 3, 7}[v.Slot-1]
	}
	for _, it := range cl.ItemsFor(v.Kind) {
		a := inspect.Answer{Item: it.Code, Value: "3/4", Method: it.Methods[0]}
		switch it.Answer.Type {
		case checklist.Count:
			a.Value = "1"
		case checklist.YesPartlyNo, checklist.Choice:
			a.Value = it.Answer.Options[0].Code
		}
		rep.Answers = append(rep.Answers, a)
	}
	return rep
}

func returned(reports ...inspect.Report) *inspect.Return {
	return &inspect.Return{File: "x.xlsx", Campaign: "winter-care-2023", Wave: 1, Packet: 7, Form: "zhicha-form/1", Checklist: cl.Digest(), Reports: reports}
}

func TestAcceptsEveryKind(t *testing.T) {
	var all []inspect.Report
	for i := range known().Visits {
		all = append(all, report(i))
	}
	v := Judge(returned(all...), known())
	if len(v.Problems) > 0 || len(v.Visits) != len(all) {
		t.Fatalf("%v, %d decisions", v.Problems, len(v.Visits))
	}
	for _, d := range v.Visits {
		if d.State != Accepted || len(d.Problems)+len(d.Warnings) > 0 || d.Grade == "" {
			t.Errorf("%s: %s %s %v %v", d.Report.Visit, d.State, d.Grade, d.Problems, d.Warnings)
		}
	}
}

func TestForeignReturns(t *testing.T) {
	for rule, change := range map[string]func(r *inspect.Return){
		"intake.campaign":       func(r *inspect.Return) { r.Campaign = "summer" },
		"intake.wave":           func(r *inspect.Return) { r.Wave = 2 },
		"intake.packet-unknown": func(r *inspect.Return) { r.Packet = 8 },
		"intake.form":           func(r *inspect.Return) { r.Form = "zhicha-form/0" },
		"intake.checklist":      func(r *inspect.Return) { r.Checklist = inspect.Digest{} },
	} {
		r := returned(report(0))
		change(r)
		v := Judge(r, known())
		if !v.Foreign || len(v.Problems) != 1 || v.Problems[0].Rule != rule || v.Problems[0].File != "x.xlsx" || v.Visits[0].State != Refused {
			t.Errorf("want %s, got %v, %s", rule, v.Problems, v.Visits[0].State)
		}
	}
}

func TestRefusals(t *testing.T) {
	day := inspect.Date("2023-01-08").Time()
	hh := func(change func(r *inspect.Report)) inspect.Report { r := report(0); change(&r); return r }
	for _, c := range []struct {
		rule, cell string
		rep        inspect.Report
	}{
		{"intake.visit-unknown", "", hh(func(r *inspect.Report) { r.Visit = "1-008-01" })},
		{"intake.inspectors-few", "", hh(func(r *inspect.Report) { r.Inspectors = []string{"I-1", "I-1"} })},
		{"intake.inspector-foreign", "", hh(func(r *inspect.Report) { r.Inspectors = append(r.Inspectors, "I-9") })},
		{"intake.capacity-unknown", "", hh(func(r *inspect.Report) { r.Present = []string{"村里的人"} })},
		{"intake.escort-unknown", "", hh(func(r *inspect.Report) { r.Escort = "热情" })},
		{"intake.left-before-arrived", "D9", hh(func(r *inspect.Report) { r.Left = r.Arrived })},
		{"intake.future", "D9", hh(func(r *inspect.Report) { r.Arrived, r.Left = day.AddDate(1, 0, 0), day.AddDate(1, 0, 0).Add(time.Hour) })},
		{"intake.before-leg", "D8", hh(func(r *inspect.Report) {
			r.Arrived, r.Left = day.AddDate(0, 0, -9), day.AddDate(0, 0, -9).Add(time.Hour)
		})},
		{"intake.register-missing", "", hh(func(r *inspect.Report) { r.Register = 0 })},
		{"intake.household-missing", "D30", hh(func(r *inspect.Report) { r.Household = 0 })},
		{"intake.household-over", "D30", hh(func(r *inspect.Report) { r.Household = 13 })},
		{"intake.household-skipped", "", hh(func(r *inspect.Report) { r.Household = 3 })},
		{"intake.substitution-unknown", "", hh(func(r *inspect.Report) { r.Household, r.Substitution = 3, "忙" })},
		{"intake.answer-missing", "D40", hh(func(r *inspect.Report) { r.Answers = r.Answers[1:] })},
		{"intake.answer-twice", "D40", hh(func(r *inspect.Report) { r.Answers = append(r.Answers, r.Answers[0]) })},
		{"intake.answer-irrelevant", "", hh(func(r *inspect.Report) { r.Answers = append(r.Answers, inspect.Answer{Item: "B1-01", Value: "yes"}) })},
		{"checklist.option-unknown", "D40", hh(func(r *inspect.Report) { r.Answers[0].Value = "也许" })},
		{"checklist.oral", "G40", hh(func(r *inspect.Report) { r.Answers[0].Method = checklist.Oral })},
		{"checklist.reason-missing", "", hh(func(r *inspect.Report) { r.Answers[0] = inspect.Answer{Item: "A1-01", Value: inspect.NotApplicable} })},
		{"intake.finding-kind", "", hh(func(r *inspect.Report) { r.Observations = []inspect.Observation{{Kind: "其他", Fact: "f"}} })},
		{"intake.finding-fact", "", hh(func(r *inspect.Report) { r.Observations = []inspect.Observation{{Kind: inspect.Practice}} })},
		{"intake.finding-item", "", hh(func(r *inspect.Report) {
			r.Observations = []inspect.Observation{{Kind: inspect.Practice, Fact: "f", Item: "B1-01"}}
		})},
		{"intake.finding-severity", "", hh(func(r *inspect.Report) { r.Observations = []inspect.Observation{{Kind: inspect.Hazard, Fact: "f"}} })},
		{"intake.finding-severity-idle", "", hh(func(r *inspect.Report) {
			r.Observations = []inspect.Observation{{Kind: inspect.Lead, Fact: "f", Severity: "S1"}}
		})},
	} {
		v := Judge(returned(c.rep, report(3)), known())
		d := v.Visits[0]
		if d.State != Refused || d.Grade != "" || len(d.Problems) != 1 || d.Problems[0].Rule != c.rule || d.Problems[0].Cell != c.cell {
			t.Errorf("want %s at %q, got %s %v", c.rule, c.cell, d.State, d.Problems)
		}
		if v.Visits[1].State != Accepted {
			t.Errorf("%s: the good report beside it was %s", c.rule, v.Visits[1].State)
		}
	}
}

func TestReaderProblemsRefuse(t *testing.T) {
	rep := report(0)
	rep.Arrived = time.Time{}
	rep.Problems = inspect.Problems{inspect.Reject("workbook.time", inspect.Place{Sheet: "s", Cell: "D8"})}
	d := Judge(returned(rep), known()).Visits[0]
	if d.State != Refused || len(d.Problems) != 1 || d.Problems[0].Rule != "workbook.time" {
		t.Errorf("a cell must be reported once: %s %v", d.State, d.Problems)
	}
}

func TestHouseholdOrder(t *testing.T) {
	visit := func(slot, household int, reason string) inspect.Report {
		r := report(slot - 1)
		r.Household, r.Substitution = household, reason
		return r
	}
	for name, c := range map[string]struct {
		reports []inspect.Report
		rule    string // of the last report; empty: accepted
		warning string
	}{
		"in turn":                      {reports: []inspect.Report{visit(1, 12, ""), visit(2, 3, ""), visit(3, 7, "")}},
		"after a substitution":         {reports: []inspect.Report{visit(1, 3, "nobody_home"), visit(2, 7, "")}},
		"out of turn":                  {reports: []inspect.Report{visit(1, 12, ""), visit(2, 7, "")}, rule: "intake.household-skipped"},
		"with a reason":                {reports: []inspect.Report{visit(1, 12, ""), visit(2, 7, "refused")}},
		"backwards":                    {reports: []inspect.Report{visit(1, 7, "away"), visit(2, 3, "")}, rule: "intake.household-order"},
		"the same one":                 {reports: []inspect.Report{visit(1, 12, ""), visit(2, 12, "")}, rule: "intake.household-twice"},
		"a reason without need":        {reports: []inspect.Report{visit(1, 12, "away")}, warning: "intake.substitution-idle"},
		"second alone":                 {reports: []inspect.Report{visit(2, 3, "")}},
		"second alone, first's":        {reports: []inspect.Report{visit(2, 12, "")}, rule: "intake.household-order"},
		"third after first, in turn":   {reports: []inspect.Report{visit(1, 12, ""), visit(3, 7, "")}},
		"third after first, too early": {reports: []inspect.Report{visit(1, 12, ""), visit(3, 3, "")}, rule: "intake.household-order"},
	} {
		v := Judge(returned(c.reports...), known())
		d := v.Visits[len(v.Visits)-1]
		if c.rule == "" && d.State != Accepted || c.rule != "" && (len(d.Problems) != 1 || d.Problems[0].Rule != c.rule) {
			t.Errorf("%s: want %q, got %s %v", name, c.rule, d.State, d.Problems)
		}
		if c.warning != "" && (len(d.Warnings) != 1 || d.Warnings[0].Rule != c.warning) {
			t.Errorf("%s: warnings %v", name, d.Warnings)
		}
	}
	other := visit(2, 3, "")
	other.Register = 13
	if d := Judge(returned(visit(1, 12, ""), other), known()).Visits[1]; len(d.Problems) != 1 || d.Problems[0].Rule != "intake.register-differs" {
		t.Errorf("two counts of one register: %v", d.Problems)
	}
}

func TestHistory(t *testing.T) {
	first, other := report(0), report(0)
	other.Answers[0].Note = "另有说明"
	for name, c := range map[string]struct {
		revision int
		reason   string
		approved bool
		same     bool
		sentBack bool
		frozen   bool
		state    State
		rule     string
		warns    string
	}{
		"same again":                  {revision: 1, same: true, state: Unchanged},
		"same, counted up":            {revision: 2, reason: "重发", same: true, state: Unchanged},
		"same, already approved":      {revision: 1, same: true, approved: true, state: Unchanged},
		"correction":                  {revision: 2, reason: "时间填错", state: Held, warns: "intake.newer"},
		"correction of one sent back": {revision: 2, reason: "时间填错", sentBack: true, state: Superseded},
		"sent back, no correction":    {revision: 1, sentBack: true, state: Held, rule: "intake.conflict"},
		"after the score":             {revision: 2, reason: "时间填错", sentBack: true, frozen: true, state: Held, rule: "intake.frozen"},
		"after the score, approved":   {revision: 2, reason: "时间填错", approved: true, frozen: true, state: Held, rule: "intake.frozen"},
		"after the score, the same":   {revision: 2, reason: "时间填错", same: true, frozen: true, state: Unchanged},
		"correction, no reason":       {revision: 2, state: Refused, rule: "intake.correction-reason"},
		"other content, same rev":     {revision: 1, state: Held, rule: "intake.conflict"},
		"correction, but approved":    {revision: 2, reason: "时间填错", approved: true, state: Held, rule: "intake.approved"},
	} {
		k := known()
		k.Current[first.Visit] = Current{Report: first, Digest: ContentDigest(&first), Approved: c.approved, SentBack: c.sentBack}
		k.Frozen, k.Closed = c.frozen, map[bool]time.Time{true: k.Now}[c.frozen]
		rep := other
		if c.same {
			rep = first
		}
		rep.Revision, rep.Correction = c.revision, c.reason
		d := Judge(returned(rep), k).Visits[0]
		if ruleOf(d.Warnings) != c.warns {
			t.Errorf("%s: warns %v", name, d.Warnings)
		}
		if d.State != c.state || c.rule == "" && len(d.Problems) > 0 || c.rule != "" && (len(d.Problems) != 1 || d.Problems[0].Rule != c.rule) {
			t.Errorf("%s: %s %v", name, d.State, d.Problems)
		}
		if c.rule != "" && d.Problems[0].Sheet != "封面" {
			t.Errorf("%s: stands at %v", name, d.Problems[0].Place)
		}
	}
}

func TestWarnings(t *testing.T) {
	short, long := report(3), report(3)
	short.Left = short.Arrived.Add(5 * time.Minute)
	long.Left = long.Arrived.Add(8 * time.Hour)
	for rule, rep := range map[string]inspect.Report{"intake.visit-short": short, "intake.visit-long": long} {
		d := Judge(returned(rep), known()).Visits[0]
		if d.State != Accepted || len(d.Warnings) != 1 || d.Warnings[0].Rule != rule {
			t.Errorf("%s: %s %v", rule, d.State, d.Warnings)
		}
	}
	two := report(4)
	two.Arrived, two.Left = report(3).Arrived, report(3).Left
	d := Judge(returned(report(3), two), known()).Visits[1]
	if len(d.Warnings) != 1 || d.Warnings[0].Rule != "intake.two-places" {
		t.Errorf("two places: %v", d.Warnings)
	}
}

// A stored report gives a reviewer the warnings that intake gave, beside the others as they stand.
func TestWarningsOfStored(t *testing.T) {
	short, two := report(3), report(4)
	short.Left = short.Arrived.Add(5 * time.Minute)
	two.Arrived, two.Left = short.Arrived, short.Left.Add(20*time.Minute)
	k := known()
	for _, r := range []inspect.Report{short, two, report(6)} {
		k.Current[r.Visit] = Current{Report: r, Digest: ContentDigest(&r)}
	}
	for _, c := range []struct {
		of   inspect.Report
		want []string
	}{{short, []string{"intake.visit-short", "intake.two-places"}}, {two, []string{"intake.two-places"}}, {report(6), nil}} {
		var got []string
		for _, p := range Warnings(&c.of, k) {
			got = append(got, p.Rule)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.of.Visit, got, c.want)
		}
	}
	elsewhere := report(3)
	elsewhere.Visit = "9-999-99"
	if w := Warnings(&elsewhere, k); w != nil {
		t.Errorf("a visit of another leg: %v", w)
	}
}

func TestContentDigest(t *testing.T) {
	a, b := report(0), report(0)
	slices.Reverse(b.Answers)
	slices.Reverse(b.Inspectors)
	b.Arrived = b.Arrived.UTC()
	b.Revision, b.Correction, b.Sheet, b.Cells = 3, "x", "other", nil
	if ContentDigest(&a) != ContentDigest(&b) {
		t.Error("order, revision and place must not matter")
	}
	b.Register++
	if ContentDigest(&a) == ContentDigest(&b) {
		t.Error("content must matter")
	}
	if b.Answers[0].Item < b.Answers[1].Item {
		t.Error("the report itself was reordered")
	}
}

func TestGrade(t *testing.T) {
	paper := report(3)
	for i := range paper.Answers {
		paper.Answers[i].Method = "DOC"
	}
	for _, c := range []struct {
		kind    inspect.Kind
		present []string
		change  func(r *inspect.Report)
		want    inspect.Grade
		why     string
	}{
		{inspect.HH, []string{"guardian", "child"}, nil, inspect.GradeA, ""},
		{inspect.HH, []string{"child_director"}, nil, inspect.GradeB, "official"},
		{inspect.VC, []string{"child_director", "village_cadre"}, nil, inspect.GradeA, ""},
		{inspect.VC, []string{"township_official"}, nil, inspect.GradeB, "official"},
		{inspect.TS, []string{"child_supervisor"}, nil, inspect.GradeA, ""},
		{inspect.TS, []string{"county_official"}, nil, inspect.GradeB, "official"},
		{inspect.CO, []string{"county_official"}, nil, inspect.GradeA, ""},
		{inspect.CO, []string{"higher_official"}, nil, inspect.GradeB, "official"},
		{inspect.HH, nil, func(r *inspect.Report) { r.Left = time.Time{} }, inspect.GradeB, "no-time"},
		{inspect.HH, nil, func(r *inspect.Report) { r.Household = 0 }, inspect.GradeB, "no-household"},
		{inspect.HH, nil, func(r *inspect.Report) { r.Answers = paper.Answers }, inspect.GradeC, "no-primary"},
	} {
		rep := report(0)
		rep.Answers[0].Method = "OBS"
		rep.Present = c.present
		if c.change != nil {
			c.change(&rep)
		}
		got, why := GradeWhy(&rep, c.kind, cl)
		if got != c.want || got != Grade(&rep, c.kind, cl) || strings.Join(why, " ") != c.why {
			t.Errorf("%s with %v: %s because %q, want %s because %q", c.kind, c.present, got, why, c.want, c.why)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	ret := returned(report(0), report(1), report(2), report(3), report(4), report(5), report(6))
	k := known()
	for b.Loop() {
		if v := Judge(ret, k); len(v.Visits) != 7 {
			b.Fatal(v.Problems)
		}
	}
}
