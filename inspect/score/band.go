package score

import "slices"

// The reasons there is no band.
const (
	NoData      = "no-data"
	FewCounties = "few-counties"
	FewVisits   = "few-visits"
	Wide        = "wide"     // the interval is wider than the rule allows
	TwoCuts     = "two-cuts" // the interval crosses two cuts: three bands say nothing
)

// finish applies the region's bonus and penalty, constants that shift score and ends alike, and
// gives the band. What is compared is what is printed: one decimal.
func (in *Input) finish(r Region) Region {
	if !r.Known {
		r.Reason = NoData
		return r
	}
	a := in.Adjustments[r.Code]
	r.Bonus, r.Penalty = Decimal(a.Bonus), Decimal(a.Penalty)
	for _, end := range []*Decimal{&r.Score, &r.Low, &r.High} {
		*end = min(max(*end+r.Bonus-r.Penalty, 0), 100)
	}
	return in.graded(r)
}

// graded gives a region the band that its score earns, or the reason why there is none.
func (in *Input) graded(r Region) Region {
	if !r.Known {
		r.Reason = NoData
		return r
	}
	low, high := in.band(r.Low), in.band(r.High)
	switch {
	case r.Counties < in.Rules.MinCounties:
		r.Reason = FewCounties
	case r.Visits < in.Rules.MinVisits:
		r.Reason = FewVisits
	case r.DF < 1 || r.Half.Round1() > float64(in.Rules.MaxHalf):
		r.Reason = Wide
	case low-high > 1:
		r.Reason = TwoCuts
	default:
		for b := high; b <= low; b++ {
			r.Bands = append(r.Bands, in.Checklist.Bands[b].Code)
		}
	}
	return r
}

// band is the index of the band a score falls in; the best is 0.
func (in *Input) band(d Decimal) int {
	for i, b := range in.Checklist.Bands {
		if d.Round1() >= float64(b.Min) {
			return i
		}
	}
	return len(in.Checklist.Bands) - 1
}

// capUnits caps the own score of every unit with a confirmed red line.
func (in *Input) capUnits(units []Unit) {
	for _, l := range in.RedLines {
		for i := range units {
			if units[i].Visit == l.Visit {
				units[i].Capped = true
				units[i].Score = min(units[i].Score, Decimal(in.Checklist.RedLineCap))
			}
		}
	}
}

// lowerBands lowers the band of every region with a confirmed red line by one, once and last,
// and only where all regions were to get the same number of visits: more visits find more.
func (in *Input) lowerBands(r *Result) {
	for _, n := range in.Planned {
		for _, other := range in.Planned {
			if n != other {
				return
			}
		}
	}
	for i := range r.Regions {
		region := &r.Regions[i]
		red := slices.ContainsFunc(in.RedLines, func(l RedLine) bool {
			return slices.ContainsFunc(in.Visits, func(v Visit) bool { return v.ID == l.Visit && v.Region == region.Code })
		})
		if red && len(region.Bands) > 0 {
			region.Bands, region.Lowered = in.lower(region.Bands), true
		}
	}
}

// lower moves each band one down; the last stays where it is.
func (in *Input) lower(bands []string) (out []string) {
	all := in.Checklist.Bands
	for i := range all {
		if slices.Contains(bands, all[i].Code) {
			out = append(out, all[min(i+1, len(all)-1)].Code)
		}
	}
	return slices.Compact(out)
}
