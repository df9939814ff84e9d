package score

import (
	"math"
	"slices"

	"zhicha/inspect/checklist"
	"zhicha/inspect/estimate"
)

// part is a weighted sum of cells: an item, a section or the whole.
type part struct {
	estimate.Total
	weight  float64
	perCell []int // the cells in it that have data
}

func (p *part) add(cell int, weight int64, m estimate.Mean) {
	p.weight += float64(weight)
	p.perCell = append(p.perCell, cell)
	p.Add(float64(100*weight), m)
}

// cellMean is the mean of a cell over a run of counties.
func (s *sample) cellMean(cell int, at span) (estimate.Mean, bool) {
	values := make([]estimate.Value, 0, at.to-at.from)
	for i := at.from; i < at.to; i++ {
		y, _, ok := s.counties[i].mean(cell)
		values = append(values, estimate.Value{G: s.counties[i].g, Y: y, In: ok})
	}
	return estimate.Hajek(values)
}

// mean is the county's mean of a cell and the weight behind it.
func (c *county) mean(cell int) (y, weight float64, ok bool) {
	for _, a := range c.answers[cell] {
		y += float64(a.weight * a.credit)
		weight += a.weight
	}
	if weight == 0 {
		return 0, 0, false
	}
	return y / weight, weight, true
}

// region computes everything of one run of counties, and the linearised composite per county.
func (s *sample) region(code string, at span, rules Rules, lonely estimate.Lonely) (Region, []float64) {
	out := Region{Code: code, Bands: []string{}}
	var whole part
	items, sections := make([]part, len(s.list.Items)), make([]part, len(s.list.Sections))
	for i, c := range s.cells {
		m, ok := s.cellMean(i, at)
		if !ok {
			continue
		}
		section := slices.IndexFunc(s.list.Sections, func(x checklist.Section) bool { return x.Code == s.list.Items[c.item].Section })
		for _, p := range []*part{&whole, &items[c.item], &sections[section]} {
			p.add(i, c.weight, m)
		}
	}
	est := estimator{s, at, rules, lonely, whole.weight, make([]bool, len(s.visits))}
	for i := range items {
		it := &s.list.Items[i]
		e := est.estimate(&items[i], true)
		out.Items = append(out.Items, Item{it.Code, it.Section, e, e.Score / 100, est.share(&items[i]), est.lost(&items[i], e.Score)})
	}
	for i := range sections {
		e := est.estimate(&sections[i], false)
		out.Sections = append(out.Sections, Section{s.list.Sections[i].Code, e, est.share(&sections[i]), est.lost(&sections[i], e.Score)})
	}
	out.Estimate = est.estimate(&whole, false)
	out.Sample = out.Score
	out.Substituted = s.substituted(at)
	if !out.Known {
		return out, nil
	}
	return out, whole.Over(whole.weight).Influence
}

// substituted is the share of scored household visits that were substitutes.
func (s *sample) substituted(at span) Decimal {
	households, substituted := 0, 0
	for _, c := range s.counties[at.from:at.to] {
		households += c.households
		substituted += c.substituted
	}
	if households == 0 {
		return 0
	}
	return Decimal(float64(substituted) / float64(households))
}

// estimator gives parts of one run of counties their estimates.
type estimator struct {
	*sample
	at     span
	rules  Rules
	lonely estimate.Lonely
	total  float64 // weight of all cells with data

	visited []bool // by visit; scratch
}

// share is the part's weight in points of 100.
func (e estimator) share(p *part) Decimal {
	if e.total == 0 {
		return 0
	}
	return Decimal(100 * p.weight / e.total)
}

func (e estimator) lost(p *part, score Decimal) Decimal { return e.share(p) * (100 - score) / 100 }

// estimate gives the part's score and interval: Korn–Graubard for items, which are proportions
// and may be 0 or 1, t for what averages many of them.
func (e estimator) estimate(p *part, proportion bool) (out Estimate) {
	if p.weight == 0 {
		return Estimate{}
	}
	mean := p.Over(p.weight)
	clear(e.visited)
	units := make([]estimate.PSU, 0, e.at.to-e.at.from)
	out = Estimate{Known: true, Score: Decimal(min(max(mean.Mean, 0), 100))}
	for i, c := range e.counties[e.at.from:e.at.to] {
		in := false
		for _, cell := range p.perCell {
			for _, a := range c.answers[cell] {
				in = true
				if !e.visited[a.visit] {
					e.visited[a.visit] = true
					out.Visits++
				}
			}
		}
		if in {
			out.Counties++
		}
		units = append(units, estimate.PSU{Stratum: c.Region, E: mean.Influence[i], In: in})
	}
	v, df, err := estimate.Variance(units, e.lonely)
	if err != nil || df < 1 {
		v, df = 0, 0
	}
	confidence := float64(e.rules.Confidence) / 100
	iv := estimate.TInterval(mean.Mean, v, df, confidence, 0, 100)
	if proportion {
		iv = estimate.KornGraubard(float64(out.Score)/100, v/1e4, out.Visits, df, confidence)
		iv = estimate.Interval{Low: 100 * iv.Low, High: 100 * iv.High, Half: 100 * iv.Half}
	}
	out.Low, out.High, out.Half, out.SE, out.DF = Decimal(iv.Low), Decimal(iv.High), Decimal(iv.Half), Decimal(math.Sqrt(v)), df
	return out
}

// at0 is z[i], and 0 where nothing was scored.
func at0(z []float64, i int) Decimal {
	if i >= len(z) {
		return 0
	}
	return Decimal(z[i])
}
