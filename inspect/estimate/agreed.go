package estimate

import (
	"math"
)

// Agreed is one agreement, rounded for people.
type Agreed struct {
	N       int      `json:"n"`       // grades given by both; what either could not verify is left out
	Alike   int      `json:"alike"`   //
	Percent float64  `json:"percent"` // one decimal
	Kappa   *float64 `json:"kappa"`   // two decimals; null where there is none to compute
	Small   bool     `json:"small"`   // too few to say much
}

func Summarise(judged []Judged) Agreed {
	a := Agree(judged)
	out := Agreed{N: a.N, Alike: a.Agreed, Percent: math.Round(10*a.Percent()) / 10, Small: a.Small}
	if a.Known {
		kappa := math.Round(100*a.Kappa) / 100
		out.Kappa = &kappa
	}
	return out
}
