package estimate

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is a two-sided confidence interval.
type Interval struct {
	Low, High float64
	Half      float64 // half-width before clipping to the scale
}

// T is the quantile of Student's t that leaves (1−confidence)/2 above it; confidence is in (0, 1)
// and df at least 1.
func T(confidence float64, df int) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(df)}.Quantile(0.5 + confidence/2)
}

// TInterval is mean ± t·√v, clipped to the scale from lo to hi. Without a degree of freedom
// nothing is known, and it is the whole scale.
func TInterval(mean, v float64, df int, confidence, lo, hi float64) Interval {
	if df < 1 {
		return Interval{Low: lo, High: hi, Half: (hi - lo) / 2}
	}
	half := T(confidence, df) * math.Sqrt(v)
	return Interval{Low: max(lo, mean-half), High: min(hi, mean+half), Half: half}
}

// EffectiveSize is how many independent draws would say as much about a proportion p with
// design variance v as n observations did: p(1−p)/v, at most n, times (t(n−1)/t(df))² for the
// variance being itself an estimate (Korn and Graubard 1998). Where p is 0 or 1, or nothing
// varies, v says nothing and n takes its place (Parker et al. 2017). It is 0 without a degree of
// freedom or with fewer than two observations.
func EffectiveSize(p, v float64, n, df int, confidence float64) float64 {
	if df < 1 || n < 2 {
		return 0
	}
	size := float64(n)
	if p > 0 && p < 1 && v > 0 {
		size = min(size, p*(1-p)/v)
	}
	ratio := T(confidence, n-1) / T(confidence, df)
	return min(size*ratio*ratio, float64(n))
}

// KornGraubard is the Clopper–Pearson interval of a proportion p on its effective size. It is
// never empty: at 0 it has an upper bound above 0, at 1 a lower bound below 1.
func KornGraubard(p, v float64, n, df int, confidence float64) Interval {
	size := EffectiveSize(p, v, n, df, confidence)
	if size == 0 {
		return Interval{Low: 0, High: 1, Half: 0.5}
	}
	hits, tail := p*size, (1-confidence)/2
	out := Interval{Low: 0, High: 1}
	if p > 0 {
		out.Low = distuv.Beta{Alpha: hits, Beta: size - hits + 1}.Quantile(tail)
	}
	if p < 1 {
		out.High = distuv.Beta{Alpha: hits + 1, Beta: size - hits}.Quantile(1 - tail)
	}
	out.Half = (out.High - out.Low) / 2
	return out
}

// Wilson is the score interval of a proportion p on its effective size.
func Wilson(p, v float64, n, df int, confidence float64) Interval {
	size := EffectiveSize(p, v, n, df, confidence)
	if size == 0 {
		return Interval{Low: 0, High: 1, Half: 0.5}
	}
	z := distuv.UnitNormal.Quantile(0.5 + confidence/2)
	zz := z * z / size
	centre := (p + zz/2) / (1 + zz)
	half := z * math.Sqrt(p*(1-p)/size+zz/(4*size)) / (1 + zz)
	return Interval{Low: max(0, centre-half), High: min(1, centre+half), Half: half}
}
