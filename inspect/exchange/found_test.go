package exchange_test

import (
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/exchange"
)

func TestFound(t *testing.T) {
	list := checklist.Default()
	item := list.Items[0]
	legs := []inspect.StandingLeg{{Leg: inspect.Leg{No: 1}}, {Leg: inspect.Leg{No: 2, Twin: 1}}, {Leg: inspect.Leg{No: 3}, Excluded: "演示数据"}}
	visit := func(leg int, kind inspect.Kind, unit string, state inspect.VisitState, option int) inspect.StandingVisit {
		v := inspect.StandingVisit{State: state, Report: &inspect.Report{Answers: []inspect.Answer{
			{Item: item.Code, Value: item.Answer.Options[option].Code}, {Item: "Z9-99", Value: "yes"}}}}
		v.Leg, v.Kind, v.Unit = leg, kind, unit
		return v
	}
	first, last := 0, len(item.Answer.Options)-1
	got := exchange.Found(legs, []inspect.StandingVisit{
		visit(1, inspect.VC, "b", inspect.VisitApproved, first),
		visit(1, inspect.VC, "b", inspect.VisitApproved, last), // a second visit to the unit
		visit(1, inspect.CO, "c", inspect.VisitApproved, first),
		visit(1, inspect.VC, "a", inspect.VisitApproved, last),
		visit(1, inspect.TS, "t", inspect.VisitSubmitted, first),
		visit(1, inspect.HH, "h", inspect.VisitApproved, first),
		visit(2, inspect.TS, "o", inspect.VisitApproved, first),
		visit(3, inspect.TS, "x", inspect.VisitApproved, first),
	}, list)
	want := []struct{ unit, grade string }{{"c", "1/1"}, {"a", "0/1"}, {"b", "1/1"}}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i, w := range want {
		if got[i].Unit != w.unit || len(got[i].Grades) != 1 || got[i].Grades[item.Code] != w.grade {
			t.Errorf("%d: %+v, want %+v", i, got[i], w)
		}
	}
}
