package estimate

// Judged is how two raters graded one object, each by a category of the same scale.
type Judged struct{ A, B string }

// Agreement is how far two raters agree.
type Agreement struct {
	N      int     // objects graded by both
	Agreed int     // of these, graded alike
	Kappa  float64 // at most 1; 0 is what chance alone would give. Only where Known
	Known  bool    // false: no object, or both put every object into the same one category
	Small  bool    // fewer than 2k² objects for the k categories that occur: Kappa means little
}

// Percent is the share of objects graded alike, 0–100; 0 where there is none.
func (a Agreement) Percent() float64 {
	if a.N == 0 {
		return 0
	}
	return 100 * float64(a.Agreed) / float64(a.N)
}

// Agree computes percent agreement and Cohen's kappa, κ = (pₒ − pₑ)/(1 − pₑ), with pₑ from the two
// raters' own marginal shares (Cohen, "A coefficient of agreement for nominal scales", Educational
// and Psychological Measurement 20, 1960). It is computed in integers up to one last division, so
// that the order of the input decides nothing. Small follows the rule of 2k² objects (Cicchetti,
// "Assessing inter-rater reliability for rating scales", British Journal of Psychiatry 129, 1976),
// with k at least 2.
func Agree(judged []Judged) Agreement {
	out := Agreement{N: len(judged)}
	a, b, scale := map[string]int{}, map[string]int{}, map[string]bool{}
	for _, j := range judged {
		a[j.A]++
		b[j.B]++
		scale[j.A], scale[j.B] = true, true
		if j.A == j.B {
			out.Agreed++
		}
	}
	chance := 0 // n²·pₑ
	for category, n := range a {
		chance += n * b[category]
	}
	k := max(len(scale), 2)
	out.Small = out.N < 2*k*k
	if rest := out.N*out.N - chance; rest > 0 {
		out.Kappa, out.Known = float64(out.N*out.Agreed-chance)/float64(rest), true
	}
	return out
}
