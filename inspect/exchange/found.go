package exchange

import (
	"cmp"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
)

// Found grades every unit that approved visits of primary legs saw, by kind, then id; of two visits to
// one unit the first counts. Households and excluded legs stay out.
func Found(legs []inspect.StandingLeg, visits []inspect.StandingVisit, list *checklist.Checklist) (out []Unit) {
	counts := map[int]bool{}
	for _, l := range legs {
		counts[l.No] = l.Primary() && l.Excluded == ""
	}
	seen := map[inspect.UnitKey]bool{}
	for i := range visits {
		v := &visits[i]
		at := inspect.UnitKey{Kind: v.Kind, ID: v.Unit}
		if v.Kind == inspect.HH || v.State != inspect.VisitApproved || !counts[v.Leg] || seen[at] {
			continue
		}
		seen[at] = true
		u := Unit{Kind: v.Kind, Unit: v.Unit, Grades: map[string]string{}}
		for _, a := range v.Report.Answers {
			if item := list.Item(a.Item); item != nil {
				u.Grades[a.Item] = grade(item, a)
			}
		}
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b Unit) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Unit, b.Unit)) })
	return out
}
