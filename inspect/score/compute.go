package score

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/estimate"
)

// Compute scores the sample. The same input in any order gives the same result, bit for bit. It
// returns inspect.Problems where the input contradicts itself or a region has a single county
// and the rules say fail.
func Compute(in Input) (*Result, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	s, err := newSample(in)
	if err != nil {
		return nil, err
	}
	all := span{0, len(s.counties)}
	left := slices.SortedFunc(slices.Values(slices.Concat(s.unscored, in.Excluded)), func(a, b Unscored) int { return cmp.Compare(a.Visit, b.Visit) })
	r := &Result{Checklist: in.Checklist.Digest(), Rules: in.Rules, Units: s.units, Unscored: left, sample: s}
	if err := s.checkLonely(in.Rules.Lonely); err != nil {
		return nil, err
	}
	national, nation := s.region(National, all, in.Rules, in.Rules.Lonely)
	for _, n := range in.Planned {
		national.Planned += n
	}
	r.National = in.finish(account(national, left))
	for _, code := range in.regions() {
		at := s.span(code)
		region, z := s.region(code, at, in.Rules, estimate.Certainty) // one county alone leaves no degree of freedom
		region.Planned = in.Planned[code]
		r.Regions = append(r.Regions, in.finish(account(region, left)))
		for i, c := range s.counties[at.from:at.to] {
			r.Counties = append(r.Counties, County{c.Region, c.County, c.Name, Decimal(c.g), at0(z, i), at0(nation, at.from+i), c.visits})
		}
	}
	in.capUnits(r.Units)
	in.lowerBands(r)
	return r, nil
}

// account says what became of the visits planned that were not scored.
func account(r Region, left []Unscored) Region {
	for _, u := range left {
		if r.Code == National || r.Code == u.Region {
			r.Left++
		}
	}
	r.Missing = r.Planned - r.Visits - r.Left
	return r
}

// check finds rules that are not rules, and adjustments beyond what the checklist allows.
func (in *Input) check() error {
	var ps inspect.Problems
	if in.Rules.Variance != WithReplacement {
		ps = append(ps, inspect.Reject("score.variance", inspect.Place{Field: "score.variance"}, "Value", in.Rules.Variance))
	}
	if !in.Rules.Lonely.Known() {
		ps = append(ps, inspect.Reject("score.lonely-unknown", inspect.Place{Field: "score.lonely"}, "Value", string(in.Rules.Lonely)))
	}
	if c := in.Rules.Confidence; c < 50 || c > 99 {
		ps = append(ps, inspect.Reject("score.confidence", inspect.Place{Field: "score.confidence_percent"}, "Value", c))
	}
	for _, code := range slices.Sorted(maps.Keys(in.Adjustments)) {
		a := in.Adjustments[code]
		if !(a.Bonus >= 0 && a.Bonus <= float64(in.Checklist.BonusMax)) {
			ps = append(ps, inspect.Reject("score.bonus", inspect.Place{}, "Region", code, "Value", a.Bonus, "Max", in.Checklist.BonusMax))
		}
		if !(a.Penalty >= 0 && a.Penalty <= float64(in.Checklist.PenaltyMax)) {
			ps = append(ps, inspect.Reject("score.penalty", inspect.Place{}, "Region", code, "Value", a.Penalty, "Max", in.Checklist.PenaltyMax))
		}
	}
	known := map[string]bool{}
	for _, v := range in.Visits {
		known[v.ID] = true
	}
	for _, l := range in.RedLines {
		if !known[l.Visit] {
			ps = append(ps, inspect.Reject("score.red-line", inspect.Place{}, "Visit", l.Visit, "Item", l.Item))
		}
	}
	return ps.Err()
}

// regions are those with a county or a plan, in official order.
func (in *Input) regions() []string {
	set := map[string]bool{}
	for _, c := range in.Counties {
		set[c.Region] = true
	}
	for code := range in.Planned {
		set[code] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// span is a run of sample.counties.
type span struct{ from, to int }

func (s *sample) span(region string) span {
	from, _ := slices.BinarySearchFunc(s.counties, region, func(c county, code string) int { return strings.Compare(c.Region, code) })
	to := from
	for to < len(s.counties) && s.counties[to].Region == region {
		to++
	}
	return span{from, to}
}

// checkLonely names every region with a single county where that is an error.
func (s *sample) checkLonely(rule estimate.Lonely) error {
	var ps inspect.Problems
	for i, c := range s.counties {
		alone := (i == 0 || s.counties[i-1].Region != c.Region) && (i+1 == len(s.counties) || s.counties[i+1].Region != c.Region)
		if _, _, err := estimate.Variance([]estimate.PSU{{Stratum: c.Region}}, rule); alone && errors.Is(err, estimate.ErrLonely) {
			ps = append(ps, inspect.Reject("score.lonely", inspect.Place{}, "Region", c.Region, "County", c.County))
		}
	}
	return ps.Err()
}
