package score

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
)

// cell is an item on a kind of unit.
type cell struct {
	item   int // index into the checklist's items
	kind   inspect.Kind
	weight int64 // in units common to all cells
}

// seen is one answer that counts.
type seen struct {
	visit  int // index into sample.visits
	weight float64
	credit float64 // 0–1
}

// county is a drawn county with the answers of its visits, cell by cell.
type county struct {
	inspect.CountyDraw
	g           float64
	answers     [][]seen // by cell
	visits      int      // scored
	households  int      // scored
	substituted int      // of these, substitutes
}

// sample is the input put in order: counties by region and id, visits by id, cells in checklist
// order and then in the order of kinds, so that every sum runs the same way.
type sample struct {
	list     *checklist.Checklist
	cells    []cell
	counties []county
	visits   []Visit
	units    []Unit
	unscored []Unscored
}

func newSample(in Input) (*sample, error) {
	s := &sample{list: in.Checklist, cells: cellsOf(in.Checklist)}
	var ps inspect.Problems
	if p := s.addCounties(in.Counties); p != nil {
		ps = append(ps, p...)
	}
	s.visits = slices.SortedFunc(slices.Values(in.Visits), func(a, b Visit) int { return cmp.Compare(a.ID, b.ID) })
	for i := range s.visits {
		if i > 0 && s.visits[i].ID == s.visits[i-1].ID {
			ps = append(ps, inspect.Reject("score.visit-twice", inspect.Place{}, "Visit", s.visits[i].ID))
		} else if p := s.addVisit(i); p != nil {
			ps = append(ps, p)
		}
	}
	return s, ps.Err()
}

// cellsOf brings all weights to one denominator, so that sums of weights are exact.
func cellsOf(list *checklist.Checklist) (cells []cell) {
	common := int64(1)
	for i := range list.Items {
		for _, k := range inspect.Kinds {
			_, den := list.Items[i].KindWeight(k)
			common *= den / gcd(common, den)
		}
	}
	for i := range list.Items {
		for _, k := range inspect.Kinds {
			if num, den := list.Items[i].KindWeight(k); num > 0 {
				cells = append(cells, cell{i, k, num * (common / den)})
			}
		}
	}
	return cells
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func (s *sample) addCounties(draws []inspect.CountyDraw) (ps inspect.Problems) {
	for _, d := range draws {
		g, ok := expansion(d)
		if !ok {
			ps = append(ps, inspect.Reject("score.probability", inspect.Place{}, "County", d.County, "Num", d.PiNum, "Den", d.PiDen, "Size", d.Size))
		}
		s.counties = append(s.counties, county{CountyDraw: d, g: g, answers: make([][]seen, len(s.cells))})
	}
	slices.SortFunc(s.counties, func(a, b county) int {
		return cmp.Or(strings.Compare(a.Region, b.Region), cmp.Compare(a.County, b.County))
	})
	for i := 1; i < len(s.counties); i++ {
		if s.counties[i].County == s.counties[i-1].County {
			ps = append(ps, inspect.Reject("score.county-twice", inspect.Place{}, "County", s.counties[i].County))
		}
	}
	return ps
}

// expansion is g = size/π. It is not ok unless the size is positive and 0 < π ≤ 1.
func expansion(d inspect.CountyDraw) (float64, bool) {
	num, ok1 := new(big.Int).SetString(d.PiNum, 10)
	den, ok2 := new(big.Int).SetString(d.PiDen, 10)
	if !ok1 || !ok2 || num.Sign() <= 0 || num.Cmp(den) > 0 || d.Size <= 0 {
		return 0, false
	}
	g, _ := new(big.Rat).SetFrac(den.Mul(den, big.NewInt(d.Size)), num).Float64()
	return g, true
}

func (s *sample) addVisit(i int) *inspect.Problem {
	v := &s.visits[i]
	at := slices.IndexFunc(s.counties, func(c county) bool { return c.County == v.County && c.Region == v.Region })
	if at < 0 {
		return inspect.Reject("score.county-unknown", inspect.Place{}, "Visit", v.ID, "County", v.County, "Region", v.Region)
	}
	if v.WeightNum <= 0 || v.WeightDen <= 0 {
		return inspect.Reject("score.weight", inspect.Place{}, "Visit", v.ID, "Num", v.WeightNum, "Den", v.WeightDen)
	}
	weight := float64(v.WeightNum) / float64(v.WeightDen)
	if v.Kind == inspect.HH {
		weight *= float64(v.Report.Register)
	}
	credits, reason := s.judge(v)
	if reason == "" && weight <= 0 {
		reason = NoRegister
	}
	if reason != "" {
		s.unscored = append(s.unscored, Unscored{v.ID, v.Region, reason})
		return nil
	}
	c := &s.counties[at]
	c.visits++
	if v.Kind == inspect.HH {
		c.households++
		if v.Report.Substitution != "" {
			c.substituted++
		}
	}
	var earned, due float64
	for _, cr := range credits {
		c.answers[cr.cell] = append(c.answers[cr.cell], seen{i, weight, cr.credit})
		earned += float64(float64(s.cells[cr.cell].weight) * cr.credit)
		due += float64(s.cells[cr.cell].weight)
	}
	s.units = append(s.units, Unit{Visit: v.ID, Score: Decimal(100 * earned / due)})
	return nil
}

type credit struct {
	cell   int
	credit float64
}

// judge returns the credit of every answer that counts, or why the visit cannot be scored. An
// item left blank is unverified: not knowing is never better than knowing.
func (s *sample) judge(v *Visit) (credits []credit, reason string) {
	answers := make(map[string]inspect.Answer, len(v.Report.Answers))
	for _, a := range v.Report.Answers {
		answers[a.Item] = a
	}
	var due, unverified int64
	for i, c := range s.cells {
		item := &s.list.Items[c.item]
		a := answers[item.Code]
		if c.kind != v.Kind || a.Value == inspect.NotApplicable {
			continue
		}
		due += c.weight
		num, den, ok := item.Fraction(a)
		if !ok || s.list.Method(a.Method) == nil || v.Grade == inspect.GradeC {
			unverified += c.weight
			continue
		}
		credits = append(credits, credit{i, float64(num) / float64(den)})
	}
	switch {
	case due == 0:
		return nil, NothingDue
	case 4*unverified > due:
		return nil, Incomplete
	}
	return credits, ""
}
