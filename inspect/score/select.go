package score

import (
	"cmp"

	"zhicha/inspect"
	"zhicha/inspect/estimate"
)

// Scored reports whether waves of a kind are scored: those whose units chance alone chose. Where a
// look-back or a top-up goes, somebody has been before.
func Scored(kind string) bool { return kind == "random" || kind == "redraw" }

// Select is which visits of a wave count, and how many were planned in each reporting unit: those of
// primary legs that did not give way to a reserve are planned; of these the approved ones count,
// unless their leg was excluded. An excluded leg stays among the planned, so that the loss shows.
func Select(legs []inspect.StandingLeg, visits []inspect.StandingVisit) (planned map[string]int, counted []Visit, excluded []Unscored) {
	planned = map[string]int{}
	eachPlanned(legs, visits, func(leg *inspect.StandingLeg, v *inspect.StandingVisit) {
		planned[leg.Region]++
		switch {
		case v.State != inspect.VisitApproved:
		case leg.Excluded != "":
			excluded = append(excluded, Unscored{v.ID, leg.Region, LegExcluded})
		default:
			counted = append(counted, Visit{Visit: v.Visit, Region: leg.Region, County: leg.County, Report: *v.Report, Grade: v.Grade})
		}
	})
	return planned, counted, excluded
}

// eachPlanned calls do for every visit planned, with its leg.
func eachPlanned(legs []inspect.StandingLeg, visits []inspect.StandingVisit, do func(*inspect.StandingLeg, *inspect.StandingVisit)) {
	byNo := map[int]*inspect.StandingLeg{}
	for i := range legs {
		byNo[legs[i].No] = &legs[i]
	}
	for i := range visits {
		v := &visits[i]
		if leg := byNo[v.Leg]; leg != nil && leg.Primary() && v.State != inspect.VisitSubstituted {
			do(leg, v)
		}
	}
}

// What became of a visit in AccountRows, where it is not a reason of Unscored.
const (
	Counted = "scored"
	Missing = "missing" // it has no approved report
)

// AccountRows accounts for every visit planned: its id, what became of it in a result that left out
// unscored, and the digest and grade of its report. They are what the entry score-frozen commits to.
func AccountRows(legs []inspect.StandingLeg, visits []inspect.StandingVisit, unscored []Unscored) (rows [][]string) {
	left := map[string]string{}
	for _, u := range unscored {
		left[u.Visit] = u.Reason
	}
	eachPlanned(legs, visits, func(_ *inspect.StandingLeg, v *inspect.StandingVisit) {
		how := cmp.Or(left[v.ID], Counted)
		if v.State != inspect.VisitApproved {
			how = Missing
		}
		rows = append(rows, []string{v.ID, how, v.Digest, string(v.Grade)})
	})
	return rows
}

// RulesOf are the rules that a wave committed to, as far as scores are concerned.
func RulesOf(r inspect.Rules) Rules {
	return Rules{Confidence: r.Confidence, Variance: r.Variance, Lonely: estimate.Lonely(r.Lonely), MinCounties: r.MinCounties, MinVisits: r.MinVisits, MaxHalf: r.MaxHalf}
}
