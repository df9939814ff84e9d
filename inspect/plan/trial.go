package plan

import (
	"fmt"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/assign"
	"zhicha/inspect/draw"
)

// Trials is how often an assignment is tried before anything is committed.
const Trials = 8

// Try draws the counties and assigns the teams under keys that stand for nothing, Trials times. It returns in how many of them every
// rule could be kept, and what stood in the way of the first in which they could not: once the beacon is there nothing can be
// changed any more. Of in, legs and keys are not read.
func Try(counties []inspect.Unit, design inspect.Design, in assign.Input) (kept int, why error, err error) {
	for i := range Trials {
		key := inspect.Key(inspect.DigestOf(inspect.LP("zhicha/1 trial", fmt.Sprint(i))))
		sample, err := draw.Select(counties, draw.Nothing{}, design, func(inspect.Stage) inspect.Key { return key })
		if err != nil {
			return 0, nil, err
		}
		in.Legs, in.Assign, in.Schedule = nil, key, key
		for k := range sample.Counties {
			in.Legs = append(in.Legs, assign.LegNeed{County: sample.Counties[k].Unit.ID, Region: sample.Counties[k].Stratum})
		}
		switch _, bad := assign.Match(in); {
		case bad == nil:
			kept++
		case inspect.ProblemsOf(bad) == nil:
			return 0, nil, bad
		case why == nil:
			why = bad
		}
	}
	return kept, why, nil
}

// Alone are the strata of which one county alone is drawn, by code: from it no variance can be told.
func Alone(counties []inspect.Unit, design inspect.Design) []string {
	n := map[string]int{}
	for i := range counties {
		n[counties[i].Stratum(design.Stratum)]++
	}
	var out []string
	for code, all := range n {
		if min(all, design.Counties) == 1 {
			out = append(out, code)
		}
	}
	slices.Sort(out)
	return out
}
