package score

import (
	"zhicha/inspect"
	"zhicha/inspect/estimate"
)

// Scored reports whether waves of a kind are scored: those whose units chance alone chose. Where a
// look-back or a top-up goes, somebody has been before.
func Scored(kind string) bool { return kind == "random" || kind == "redraw" }

// Select is which visits of a wave count, and how many were planned in each reporting unit: those of
// primary legs that did not give way to a reserve are planned; of these the approved ones count,
// unless their leg was excluded. An excluded leg stays among the planned, so that the loss shows.
func Select(legs []inspect.StandingLeg, visits []inspect.StandingVisit) (planned map[string]int, counted []Visit) {
	byNo := map[int]*inspect.StandingLeg{}
	for i := range legs {
		byNo[legs[i].No] = &legs[i]
	}
	planned = map[string]int{}
	for i := range visits {
		v := &visits[i]
		leg := byNo[v.Leg]
		if leg == nil || !leg.Primary() || v.State == inspect.VisitSubstituted {
			continue
		}
		planned[leg.Region]++
		if v.State == inspect.VisitApproved && leg.Excluded == "" {
			counted = append(counted, Visit{Visit: v.Visit, Region: leg.Region, County: leg.County, Report: *v.Report, Grade: v.Grade})
		}
	}
	return planned, counted
}

// RulesOf are the rules that a wave committed to, as far as scores are concerned.
func RulesOf(r inspect.Rules) Rules {
	return Rules{Confidence: r.Confidence, Variance: r.Variance, Lonely: estimate.Lonely(r.Lonely), MinCounties: r.MinCounties, MinVisits: r.MinVisits, MaxHalf: r.MaxHalf}
}
