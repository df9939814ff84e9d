package estimate

import (
	"errors"
	"fmt"
)

// Lonely says what a stratum with a single first-stage unit adds to a variance (the names are
// those of Lumley's survey package, where "centre" is called adjust and "fail" fail).
type Lonely string

// The rules. Fail is the default of a design that says nothing.
const (
	Fail      Lonely = "fail"      // an error
	Certainty Lonely = "certainty" // nothing: the unit was sure to be in the sample
	Centre    Lonely = "centre"    // its squared distance from the mean of all units
	Average   Lonely = "average"   // the mean of what the strata with more units add
	Collapse  Lonely = "collapse"  // it joins the next stratum, the last one the stratum before
)

// ErrLonely is returned, wrapped, for a stratum with one unit under the rule Fail.
var ErrLonely = errors.New("stratum with a single first-stage unit")

// Known reports whether l is one of the five rules.
func (l Lonely) Known() bool {
	switch l {
	case Fail, Certainty, Centre, Average, Collapse:
		return true
	}
	return false
}

// PSU is a first-stage unit's expanded linearised value; see Mean.Influence.
type PSU struct {
	Stratum string
	E       float64
	In      bool // it has data, and counts towards the degrees of freedom
}

// Variance returns Σ over strata of n/(n−1)·Σ(e − ē)², the with-replacement variance of the
// statistic whose linearised values are given, and its degrees of freedom: units with data less
// strata with data. Units of a stratum must stand together.
func Variance(units []PSU, lonely Lonely) (v float64, df int, err error) {
	strata := split(units)
	if lonely == Collapse {
		strata = collapse(strata)
	}
	var single [][]PSU
	many := 0
	for _, s := range strata {
		df += max(0, within(s)-1)
		if len(s) == 1 {
			single = append(single, s)
			continue
		}
		many++
		v += float64(spread(s, mean(s)) * float64(len(s)) / float64(len(s)-1))
	}
	for _, s := range single {
		switch lonely {
		case Certainty, Collapse, Average:
		case Centre:
			v += spread(s, mean(units))
		default:
			return 0, 0, fmt.Errorf("stratum %q: %w", s[0].Stratum, ErrLonely)
		}
	}
	if lonely == Average && many > 0 {
		v *= float64(len(strata)) / float64(many)
	}
	return v, df, nil
}

// split cuts the units where the stratum changes.
func split(units []PSU) (strata [][]PSU) {
	start := 0
	for i := range units {
		if i+1 == len(units) || units[i+1].Stratum != units[i].Stratum {
			strata = append(strata, units[start:i+1])
			start = i + 1
		}
	}
	return strata
}

// collapse joins each stratum of one with the next, the last with the one before.
func collapse(strata [][]PSU) (out [][]PSU) {
	var open []PSU
	for _, s := range strata {
		open = append(open[:len(open):len(open)], s...)
		if len(open) > 1 {
			out, open = append(out, open), nil
		}
	}
	if last := len(out) - 1; len(open) > 0 && last >= 0 {
		out[last] = append(out[last][:len(out[last]):len(out[last])], open...)
	} else if len(open) > 0 {
		out = append(out, open)
	}
	return out
}

func within(units []PSU) (n int) {
	for _, u := range units {
		if u.In {
			n++
		}
	}
	return n
}

func mean(units []PSU) float64 {
	sum := 0.0
	for _, u := range units {
		sum += u.E
	}
	return sum / float64(len(units))
}

func spread(units []PSU, centre float64) (sum float64) {
	for _, u := range units {
		d := u.E - centre
		sum += float64(d * d)
	}
	return sum
}
