package review

import (
	"testing"
	"time"

	"zhicha/inspect"
)

// said is a decision about the present report, whose digest is d.
func said(by, key, decision string) inspect.Decision {
	return inspect.Decision{Visit: "1-001-01", Digest: "d", Decision: decision, By: by, Key: key}
}

func ruleOf(err error) string {
	if ps := inspect.ProblemsOf(err); len(ps) == 1 {
		return ps[0].Rule
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestJudge(t *testing.T) {
	report := &inspect.Report{Inspectors: []string{"insp-1", "review-3"}}
	one := said("review-1", "k1", Approved)
	back := said("review-1", "k1", Returned)
	for what, c := range map[string]struct {
		state  inspect.VisitState
		second bool
		report *inspect.Report
		d      inspect.Decision
		before []inspect.Decision
		want   outcome
		rule   string
	}{
		"approved":                    {state: inspect.VisitSubmitted, d: one, want: outcome{State: inspect.VisitApproved}},
		"sent back":                   {state: inspect.VisitSubmitted, d: back, want: outcome{State: inspect.VisitSentBack}},
		"approved twice":              {state: inspect.VisitApproved, d: one, rule: "visit.not-submitted"},
		"sent back after all":         {state: inspect.VisitApproved, d: back, want: outcome{State: inspect.VisitSentBack}},
		"held":                        {state: inspect.VisitHeld, d: one, rule: "visit.not-submitted"},
		"nothing there":               {state: inspect.VisitOpen, report: &inspect.Report{}, d: one, rule: "visit.not-submitted"},
		"by one who wrote it":         {state: inspect.VisitSubmitted, d: said("review-3", "k3", Approved), rule: "visit.own"},
		"sent back by who wrote it":   {state: inspect.VisitSubmitted, d: said("review-3", "k3", Returned), rule: "visit.own"},
		"the first of two":            {state: inspect.VisitSubmitted, second: true, d: one, want: outcome{inspect.VisitCoded, true}},
		"the first of two sends back": {state: inspect.VisitSubmitted, second: true, d: back, want: outcome{inspect.VisitCoded, true}},
		"the second agrees":           {state: inspect.VisitCoded, second: true, d: said("review-2", "k2", Approved), before: []inspect.Decision{one}, want: outcome{inspect.VisitApproved, true}},
		"the second sends back too":   {state: inspect.VisitCoded, second: true, d: said("review-2", "k2", Returned), before: []inspect.Decision{back}, want: outcome{inspect.VisitSentBack, true}},
		"the second differs":          {state: inspect.VisitCoded, second: true, d: said("review-2", "k2", Returned), before: []inspect.Decision{one}, want: outcome{inspect.VisitDisputed, true}},
		"one person twice":            {state: inspect.VisitCoded, second: true, d: one, before: []inspect.Decision{one}, rule: "visit.coded"},
		"one key under two ids":       {state: inspect.VisitCoded, second: true, d: said("review-2", "k1", Approved), before: []inspect.Decision{one}, rule: "visit.coded"},
		"one id with two keys":        {state: inspect.VisitCoded, second: true, d: said("review-1", "k9", Approved), before: []inspect.Decision{one}, rule: "visit.coded"},
		"a dispute without reason":    {state: inspect.VisitDisputed, second: true, d: said("review-4", "k4", Approved), before: []inspect.Decision{one, said("review-2", "k2", Returned)}, rule: "visit.dispute-reason"},
		"a dispute by one of the two": {state: inspect.VisitDisputed, second: true, d: because(said("review-2", "k2", Approved)), before: []inspect.Decision{one, said("review-2", "k2", Returned)}, rule: "visit.dispute-third"},
		"one of the two sends it back": {state: inspect.VisitDisputed, second: true, d: because(said("review-2", "k2", Returned)), before: []inspect.Decision{one, said("review-2", "k2", Returned)},
			want: outcome{State: inspect.VisitSentBack}},
		"a third settles it": {state: inspect.VisitDisputed, second: true, d: because(said("review-4", "k4", Approved)), before: []inspect.Decision{one, said("review-2", "k2", Returned)},
			want: outcome{State: inspect.VisitApproved}},
	} {
		v := &inspect.StandingVisit{State: c.state, Report: report, Digest: "d"}
		v.Second = c.second
		if c.report != nil {
			v.Report = nil
		}
		got, err := judge(v, &c.d, c.before)
		if ruleOf(err) != c.rule || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v, %q", what, got, err, c.want, c.rule)
		}
	}
}

func because(d inspect.Decision) inspect.Decision { d.Reason = "演示数据"; return d }

// What was decided about an earlier version counts no more.
func TestPresentOnly(t *testing.T) {
	old := said("review-1", "k1", Approved)
	old.Digest = "before"
	all := []inspect.Decision{old, said("review-2", "k2", Approved)}
	if got := presentOnly(&inspect.StandingVisit{Digest: "d"}, all); len(got) != 1 || got[0].By != "review-2" || len(all) != 2 || all[0].By != "review-1" {
		t.Errorf("%+v of %+v", got, all)
	}
}

func TestForApproval(t *testing.T) {
	me := &inspect.Decision{By: "review-1", Key: "k1"}
	before := []inspect.Decision{said("review-1", "k1", Approved)}
	for _, c := range []struct {
		state  inspect.VisitState
		before []inspect.Decision
		want   bool
	}{
		{inspect.VisitSubmitted, nil, true}, {inspect.VisitCoded, nil, true}, {inspect.VisitCoded, before, false},
		{inspect.VisitDisputed, nil, false}, {inspect.VisitApproved, nil, false}, {inspect.VisitOpen, nil, false},
	} {
		if got := forApproval(&inspect.StandingVisit{State: c.state}, me, c.before); got != c.want {
			t.Errorf("%s with %d decisions: %v", c.state, len(c.before), got)
		}
	}
}

// Of two blind decisions nobody sees the other's; once both are there everybody sees both, and the one
// that settled the visit once.
func TestVisible(t *testing.T) {
	at := func(d inspect.Decision, minute int) inspect.Decision {
		d.Time = time.Date(2023, 1, 20, 9, minute, 0, 0, inspect.Beijing)
		return d
	}
	one, two := at(said("review-1", "k1", Approved), 1), at(said("review-2", "k2", Approved), 2)
	settled := two
	settled.Key = ""
	resolved := at(said("review-3", "", "resolved"), 0)
	v := &inspect.StandingVisit{State: inspect.VisitCoded}
	v.Second = true
	for as, want := range map[string]int{"": 0, "review-1": 1, "review-2": 0} {
		if got := visible(v, []inspect.Decision{one}, nil, as); len(got) != want {
			t.Errorf("%q sees %+v", as, got)
		}
	}
	v.State = inspect.VisitApproved
	got := visible(v, []inspect.Decision{one, two}, []inspect.Decision{settled, resolved}, "")
	if len(got) != 3 || got[0].By != "review-3" || got[1].By != "review-1" || got[2].By != "review-2" {
		t.Errorf("%+v", got)
	}
}
