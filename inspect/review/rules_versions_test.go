package review

import (
	"testing"

	"zhicha/inspect"
)

func TestResolves(t *testing.T) {
	version := func(no int, state, correction string) inspect.Version {
		return inspect.Version{Version: no, State: state, Report: inspect.Report{Inspectors: []string{"insp-1"}, Correction: correction}}
	}
	waits := []inspect.Version{version(1, "current", ""), version(2, "held", "更正"), version(3, "held", "")}
	settled := []inspect.Version{version(1, "superseded", ""), version(2, "current", "更正")}
	for name, c := range map[string]struct {
		state      inspect.VisitState
		history    []inspect.Version
		keep       int
		by, reason string
		frozen     bool
		rule       string
	}{
		"the correction":                          {state: inspect.VisitHeld, history: waits, keep: 2},
		"the current one":                         {state: inspect.VisitHeld, history: waits, keep: 1},
		"one without a reason for it":             {state: inspect.VisitHeld, history: waits, keep: 3},
		"in place of an approved one":             {state: inspect.VisitApproved, history: waits, keep: 2},
		"the approved one":                        {state: inspect.VisitApproved, history: waits, keep: 1},
		"in place of an approved one, unreasoned": {state: inspect.VisitApproved, history: waits, keep: 3, rule: "visit.no-correction"},
		"nothing waits":                           {state: inspect.VisitApproved, history: settled, keep: 2, rule: "visit.not-held"},
		"no such version":                         {state: inspect.VisitHeld, history: waits, keep: 4, rule: "visit.no-version"},
		"blank reason":                            {state: inspect.VisitHeld, history: waits, keep: 2, reason: " ", rule: "visit.reason"},
		"after the score":                         {state: inspect.VisitApproved, history: waits, keep: 2, frozen: true, rule: "visit.frozen"},
		"after the score, the current one":        {state: inspect.VisitApproved, history: waits, keep: 1, frozen: true, rule: "visit.frozen"},
		"by an inspector of it":                   {state: inspect.VisitHeld, history: waits, keep: 1, by: "insp-1", rule: "visit.own"},
	} {
		if c.reason == "" {
			c.reason = "更正属实"
		}
		chosen, err := resolves(&inspect.StandingVisit{State: c.state}, c.history, c.keep, c.by, c.reason, c.frozen)
		if ruleOf(err) != c.rule || err == nil && chosen.Version != c.keep {
			t.Errorf("%s: %v %v", name, chosen, err)
		}
	}
}
