package estimate

import "math"

// Expected is what is assumed of scores before anything is known.
type Expected struct {
	SD  float64 // of one visit's score, points
	ICC float64 // correlation of two visits to one county, 0–1
}

// CountyVariance is the variance of the mean of visits visits to one county, in points squared:
// SD²·(ICC + (1 − ICC)/visits) (Kish 1965, section 5.4).
func (e Expected) CountyVariance(visits float64) float64 {
	return e.SD * e.SD * (e.ICC + (1-e.ICC)/visits)
}

// HalfWidth is the half-width to expect of the interval for a mean of counties counties with
// visits visits each. It is infinite for a single county.
func (e Expected) HalfWidth(counties int, visits, confidence float64) float64 {
	if counties < 2 {
		return math.Inf(1)
	}
	return T(confidence, counties-1) * math.Sqrt(e.CountyVariance(visits)/float64(counties))
}

// CountiesFor is the least number of counties with visits visits each whose expected half-width
// is at most half; 0 where a thousand would not do.
func (e Expected) CountiesFor(half, visits, confidence float64) int {
	for n := 2; n <= 1000; n++ {
		if e.HalfWidth(n, visits, confidence) <= half {
			return n
		}
	}
	return 0
}
