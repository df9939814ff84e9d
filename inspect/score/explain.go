package score

import "zhicha/inspect"

// Explanation leads every lost point of a result back to answers. It is internal: it names
// counties and visits, and n per cell is small enough to point at a household.
type Explanation struct {
	Region string     `json:"region"`
	Sample Decimal    `json:"sample"` // 100 less the sum of Items' Lost
	Items  []ItemLoss `json:"items"`
	Left   []Unscored `json:"left"` // visits that were left out
}

// ItemLoss is what one item lost, the sum of its cells' losses. Items without data are left out.
type ItemLoss struct {
	Item  string     `json:"item"`
	Lost  Decimal    `json:"lost"` // points
	Cells []CellLoss `json:"cells"`
}

// CellLoss is what an item lost at one kind of unit, the sum of its counties' losses.
type CellLoss struct {
	Kind     inspect.Kind `json:"kind"`
	Weight   Decimal      `json:"weight"` // points of 100
	Mean     Decimal      `json:"mean"`   // 0–1
	Lost     Decimal      `json:"lost"`   // points
	Visits   int          `json:"visits"`
	Counties []CountyLoss `json:"counties"`
}

// CountyLoss is what one county lost in a cell, the sum of its answers' losses.
type CountyLoss struct {
	County string       `json:"county"`
	Name   string       `json:"name"`
	Share  Decimal      `json:"share"` // its share of g among the counties with data, 0–1
	Mean   Decimal      `json:"mean"`  // 0–1
	Visits int          `json:"visits"`
	Lost   Decimal      `json:"lost"` // points
	Losses []AnswerLoss `json:"losses"`
}

// AnswerLoss is what one answer lost; its finding has the id visit-item.
type AnswerLoss struct {
	Visit string  `json:"visit"`
	Value string  `json:"value"`
	Lost  Decimal `json:"lost"` // points
}

// Explain traces a region's lost points, or the nation's for National. It is not ok for a region
// that is not part of the result, and for a result that was not made by Compute.
func (r *Result) Explain(region string) (*Explanation, bool) {
	res, ok := r.Region(region)
	if !ok || r.sample == nil {
		return nil, false
	}
	s, at := r.sample, span{0, len(r.sample.counties)}
	if region != National {
		at = s.span(region)
	}
	e := &Explanation{Region: region, Sample: res.Sample}
	for _, u := range s.unscored {
		if region == National || u.Region == region {
			e.Left = append(e.Left, u)
		}
	}
	total := 0.0
	for i, c := range s.cells {
		if _, ok := s.cellMean(i, at); ok {
			total += float64(c.weight)
		}
	}
	for i, c := range s.cells {
		loss, ok := s.cellLoss(i, at, 100*float64(c.weight)/total)
		if !ok {
			continue
		}
		code := s.list.Items[c.item].Code
		if n := len(e.Items); n == 0 || e.Items[n-1].Item != code {
			e.Items = append(e.Items, ItemLoss{Item: code})
		}
		item := &e.Items[len(e.Items)-1]
		item.Cells = append(item.Cells, loss)
		item.Lost += loss.Lost
	}
	return e, true
}

// cellLoss traces a cell that carries points of 100.
func (s *sample) cellLoss(cell int, at span, points float64) (CellLoss, bool) {
	mean, ok := s.cellMean(cell, at)
	if !ok {
		return CellLoss{}, false
	}
	out := CellLoss{Kind: s.cells[cell].kind, Weight: Decimal(points), Mean: Decimal(mean.Mean)}
	g := 0.0
	for _, c := range s.counties[at.from:at.to] {
		if len(c.answers[cell]) > 0 {
			g += c.g
		}
	}
	item := s.list.Items[s.cells[cell].item].Code
	for i := at.from; i < at.to; i++ {
		c := &s.counties[i]
		y, weight, ok := c.mean(cell)
		if !ok {
			continue
		}
		share := c.g / g
		loss := CountyLoss{County: c.County, Name: c.Name, Share: Decimal(share), Mean: Decimal(y), Visits: len(c.answers[cell])}
		for _, a := range c.answers[cell] {
			if a.credit < 1 {
				lost := Decimal(points * share * a.weight * (1 - a.credit) / weight)
				loss.Losses = append(loss.Losses, AnswerLoss{s.visits[a.visit].ID, s.visits[a.visit].value(item), lost})
				loss.Lost += lost
			}
		}
		out.Visits += loss.Visits
		out.Lost += loss.Lost
		out.Counties = append(out.Counties, loss)
	}
	return out, true
}

// value is the visit's answer to an item.
func (v *Visit) value(item string) (value string) {
	for _, a := range v.Report.Answers {
		if a.Item == item {
			value = a.Value // the last one, as in judge
		}
	}
	return value
}
