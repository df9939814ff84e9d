package draw

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"zhicha/inspect"
)

// stratum is the counties drawn from together, with their inclusion probabilities as integers
// over one common denominator.
type stratum struct {
	code  string
	units []inspect.Unit // sorted by id
	take  int            // how many are drawn: min(n, N)
	num   []*big.Int     // π = num/den, 0 < π ≤ 1
	den   *big.Int
	high  int // how many stand at the cap
}

// pi returns the inclusion probability of the i-th unit in lowest terms.
func (s *stratum) pi(i int) *big.Rat { return new(big.Rat).SetFrac(s.num[i], s.den) }

// strataOf groups the counties, in byte order of stratum and id, and gives each its π.
func strataOf(counties []inspect.Unit, d inspect.Design) ([]*stratum, error) {
	var found inspect.Problems
	sorted := slices.SortedFunc(slices.Values(counties), func(a, b inspect.Unit) int {
		return cmp.Or(strings.Compare(a.Stratum(d.Stratum), b.Stratum(d.Stratum)), strings.Compare(a.ID, b.ID))
	})
	var out []*stratum
	for i := range sorted {
		code := sorted[i].Stratum(d.Stratum)
		if len(out) == 0 || out[len(out)-1].code != code {
			out = append(out, &stratum{code: code})
		}
		s := out[len(out)-1]
		s.units = append(s.units, sorted[i])
	}
	for _, s := range out {
		if p := s.fix(d); p != nil {
			found = append(found, p)
		}
	}
	return out, found.Err()
}

// fix computes the inclusion probabilities of a stratum of N units of which n are drawn.
//
// A unit's drawing size is d = max(m, M/4N) × risk, m its size and M the stratum's total, here
// scaled by 4N to stay whole. π = n·d/Σd; whoever would exceed the cap κ gets κ, and the rest
// share what is left, until nobody exceeds it. κ is 3/4, so that no place is sure of a visit, or
// 1 where N < 2n. N ≤ n takes all, with π = 1.
func (s *stratum) fix(design inspect.Design) *inspect.Problem {
	n, size := int64(design.Counties), int64(len(s.units))
	s.take = int(min(n, size))
	s.num, s.den = make([]*big.Int, size), big.NewInt(1)
	if size <= n {
		for i := range s.num {
			s.num[i] = big.NewInt(1)
		}
		s.high = len(s.num)
		return nil
	}
	d, p := s.drawingSizes(design.Risk)
	if p != nil {
		return p
	}
	up, down := int64(3), int64(4) // κ
	if size < 2*n {
		up, down = 1, 1
	}
	s.shares(d, n, up, down)
	return nil
}

// shares solves π = (n − κ·capped)·d/Σd over the units below the cap κ = up/down; with the common
// denominator down·Σd both that and κ itself are whole numerators.
func (s *stratum) shares(d []*big.Int, n, up, down int64) {
	atCap := new(big.Int)
	for again := true; again; {
		again = false
		sum := new(big.Int)
		for i := range d {
			if s.num[i] != atCap {
				sum.Add(sum, d[i])
			}
		}
		rest := big.NewInt(down*n - up*int64(s.high))
		s.den = new(big.Int).Mul(sum, big.NewInt(down))
		atCap.Mul(sum, big.NewInt(up))
		for i := range d {
			if s.num[i] == atCap {
				continue
			}
			if s.num[i] = new(big.Int).Mul(rest, d[i]); s.num[i].Cmp(atCap) > 0 {
				s.num[i], again = atCap, true
				s.high++
			}
		}
	}
}

// drawingSizes returns max(4N·m, M) × risk of every unit. The floor of a quarter of the mean is
// what keeps a place with few children from being safe.
func (s *stratum) drawingSizes(useRisk bool) ([]*big.Int, *inspect.Problem) {
	total := new(big.Int)
	for _, u := range s.units {
		if u.Size < 0 {
			return nil, inspect.Reject("draw.unit-size", inspect.Place{}, "ID", u.ID, "Size", u.Size)
		}
		if useRisk && (u.Risk < 1 || u.Risk > 4) {
			return nil, inspect.Reject("draw.unit-risk", inspect.Place{}, "ID", u.ID, "Risk", u.Risk)
		}
		total.Add(total, big.NewInt(u.Size))
	}
	if total.Sign() == 0 {
		return nil, inspect.Reject("draw.no-sizes", inspect.Place{}, "Stratum", s.code)
	}
	scale := big.NewInt(4 * int64(len(s.units)))
	out := make([]*big.Int, len(s.units))
	for i, u := range s.units {
		out[i] = new(big.Int).Mul(scale, big.NewInt(u.Size))
		if out[i].Cmp(total) < 0 {
			out[i].Set(total)
		}
		if useRisk {
			out[i].Mul(out[i], big.NewInt(int64(u.Risk)))
		}
	}
	return out, nil
}

// Inclusion is how likely one county is to be drawn.
type Inclusion struct {
	Unit    inspect.Unit
	Stratum string
	Pi      *big.Rat // 0 < π ≤ 1
}

// InclusionProbabilities returns π of every county, in byte order of stratum and id.
func InclusionProbabilities(counties []inspect.Unit, d inspect.Design) ([]Inclusion, error) {
	if err := CheckDesign(d); err != nil {
		return nil, err
	}
	strata, err := strataOf(counties, d)
	if err != nil {
		return nil, err
	}
	out := make([]Inclusion, 0, len(counties))
	for _, s := range strata {
		for i, u := range s.units {
			out = append(out, Inclusion{Unit: u, Stratum: s.code, Pi: s.pi(i)})
		}
	}
	return out, nil
}
