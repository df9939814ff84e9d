package draw

import (
	"math/big"

	"zhicha/inspect"
)

// Preview is what a design means before anything is drawn.
type Preview struct {
	Legs     int                  // primary legs, one per drawn county
	Visits   map[inspect.Kind]int // expected number over all possible draws, rounded half up
	Strata   []StratumPreview     // in byte order of code
	Certain  int                  // counties that are drawn whatever happens
	TakeAll  int                  // strata with no more counties than are drawn
	Smallest *big.Rat             // least π of any county
	Largest  *big.Rat             // greatest π
}

// StratumPreview is one stratum's part of a Preview.
type StratumPreview struct {
	Code     string
	Counties int // N
	Drawn    int // min(n, N)
	Capped   int // counties whose π stands at the cap
	Smallest *big.Rat
	Largest  *big.Rat
}

// PreviewOf computes the figures of a design on a frame.
func PreviewOf(counties []inspect.Unit, below Below, d inspect.Design) (*Preview, error) {
	if err := CheckDesign(d); err != nil {
		return nil, err
	}
	strata, err := strataOf(counties, d)
	if err != nil {
		return nil, err
	}
	p := &Preview{Visits: map[inspect.Kind]int{}}
	expected := map[inspect.Kind]*big.Rat{}
	for _, kind := range inspect.Kinds {
		expected[kind] = new(big.Rat)
	}
	one := big.NewRat(1, 1)
	for _, s := range strata {
		sp := StratumPreview{Code: s.code, Counties: len(s.units), Drawn: s.take, Capped: s.high}
		for i := range s.units {
			pi := s.pi(i)
			sp.Smallest, sp.Largest = lesser(sp.Smallest, pi), greater(sp.Largest, pi)
			if pi.Cmp(one) == 0 {
				p.Certain++
			}
			expect(expected, pi, &s.units[i], below, d)
		}
		if s.take == len(s.units) {
			p.TakeAll++
		}
		p.Legs += s.take
		p.Smallest, p.Largest = lesser(p.Smallest, sp.Smallest), greater(p.Largest, sp.Largest)
		p.Strata = append(p.Strata, sp)
	}
	half := big.NewRat(1, 2)
	for _, kind := range inspect.Kinds {
		e := expected[kind].Add(expected[kind], half)
		p.Visits[kind] = int(new(big.Int).Quo(e.Num(), e.Denom()).Int64())
	}
	return p, nil
}

// expect adds to the expected visits what a county drawn with probability pi contributes.
func expect(sum map[inspect.Kind]*big.Rat, pi *big.Rat, u *inspect.Unit, below Below, d inspect.Design) {
	add := func(kind inspect.Kind, num, den int) {
		part := new(big.Rat).Mul(pi, big.NewRat(int64(num), int64(max(den, 1))))
		sum[kind].Add(sum[kind], part)
	}
	townships := below.TownshipsOf(u.ID)
	take, villages := min(d.Townships, len(townships)), 0
	for _, t := range townships {
		villages += min(d.Villages, len(below.VillagesOf(t.ID)))
	}
	institutions := 0
	for _, w := range below.InstitutionsOf(u.Prefecture()) {
		if w.ReportingUnit == u.ReportingUnit {
			institutions++
		}
	}
	add(inspect.CO, 1, 1)
	add(inspect.TS, take, 1)
	add(inspect.VC, take*villages, len(townships))
	add(inspect.HH, take*villages*d.Households, len(townships))
	add(inspect.WI, min(d.Institutions, institutions), 1)
}

func lesser(a, b *big.Rat) *big.Rat {
	if a == nil || b.Cmp(a) < 0 {
		return b
	}
	return a
}

func greater(a, b *big.Rat) *big.Rat {
	if a == nil || b.Cmp(a) > 0 {
		return b
	}
	return a
}
