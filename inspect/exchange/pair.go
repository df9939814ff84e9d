package exchange

import (
	"zhicha/inspect"
	"zhicha/inspect/estimate"
)

// Pair gathers by item what both graded, and returns how many units both checked. What either
// could not verify is no grade.
func Pair(ours, theirs []Unit, byItem map[string][]estimate.Judged) (units int) {
	other := map[inspect.UnitKey]map[string]string{}
	for _, u := range theirs {
		other[inspect.UnitKey{Kind: u.Kind, ID: u.Unit}] = u.Grades
	}
	for _, u := range ours {
		grades, both := other[inspect.UnitKey{Kind: u.Kind, ID: u.Unit}]
		if !both {
			continue
		}
		units++
		for item, mine := range u.Grades {
			if their, ok := grades[item]; ok && mine != inspect.NotVerified && their != inspect.NotVerified {
				byItem[item] = append(byItem[item], estimate.Judged{A: mine, B: their})
			}
		}
	}
	return units
}
