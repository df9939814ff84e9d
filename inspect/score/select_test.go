package score

import (
	"fmt"
	"maps"
	"testing"

	"zhicha/inspect"
)

// Every way a visit may stand, on every kind of leg.
func TestSelect(t *testing.T) {
	leg := func(no, twin int, excluded string) inspect.StandingLeg {
		return inspect.StandingLeg{Leg: inspect.Leg{No: no, Twin: twin, Region: "11", County: "c"}, Excluded: excluded}
	}
	legs := []inspect.StandingLeg{leg(1, 0, ""), leg(2, 1, ""), leg(3, 0, "演示数据")}
	var visits []inspect.StandingVisit
	for _, l := range []int{1, 2, 3, 9} {
		for _, s := range inspect.VisitStates {
			v := inspect.StandingVisit{State: s, Report: &inspect.Report{Visit: string(s)}, Grade: inspect.GradeA}
			v.Leg, v.ID = l, fmt.Sprint(l, s)
			visits = append(visits, v)
		}
	}
	planned, counted, excluded := Select(legs, visits)
	standing := len(inspect.VisitStates) - 1 // all but the one that gave way
	if !maps.Equal(planned, map[string]int{"11": 2 * standing}) {
		t.Errorf("planned %v, want %d of each primary leg", planned, standing)
	}
	if len(counted) != 1 || counted[0].Leg != 1 || counted[0].Report.Visit != string(inspect.VisitApproved) || counted[0].Region != "11" || counted[0].County != "c" {
		t.Errorf("counted %+v", counted)
	}
	if len(excluded) != 1 || excluded[0].Region != "11" || excluded[0].Reason != LegExcluded {
		t.Errorf("excluded %+v", excluded)
	}
	how := map[string]int{}
	for _, row := range AccountRows(legs, visits, excluded) {
		how[row[1]]++
	}
	if want := map[string]int{Counted: 1, LegExcluded: 1, Missing: 2 * (standing - 1)}; !maps.Equal(how, want) {
		t.Errorf("accounted for as %v, want %v", how, want)
	}
}

func TestScored(t *testing.T) {
	for kind, want := range map[string]bool{"random": true, "redraw": true, "lookback": false, "topup": false, "": false} {
		if Scored(kind) != want {
			t.Errorf("%q: %v", kind, !want)
		}
	}
}
