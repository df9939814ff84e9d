package draw

import (
	"math/big"

	"zhicha/inspect"
)

// Chance is why a county can or cannot be chosen: its inclusion probability with what made it so.
type Chance struct {
	Inclusion
	Of, Drawn int  // counties in its stratum, and drawn from them
	Certain   bool // its whole stratum is taken
	Capped    bool // held at the cap of 3/4
	Floored   bool // its size is below a quarter of the stratum's mean, and counts as that
}

// Chances explains every inclusion probability of a design, in the order of all.
func Chances(all []Inclusion, d inspect.Design) []Chance {
	type stratum struct {
		n     int
		total int64
	}
	strata := map[string]stratum{}
	for _, x := range all {
		s := strata[x.Stratum]
		strata[x.Stratum] = stratum{s.n + 1, s.total + x.Unit.Size}
	}
	out := make([]Chance, 0, len(all))
	for _, x := range all {
		s := strata[x.Stratum]
		c := Chance{Inclusion: x, Of: s.n, Drawn: min(d.Counties, s.n)}
		if c.Certain = c.Of <= c.Drawn; !c.Certain {
			c.Capped = x.Pi.Cmp(big.NewRat(3, 4)) == 0
			c.Floored = 4*int64(s.n)*x.Unit.Size < s.total
		}
		out = append(out, c)
	}
	return out
}
