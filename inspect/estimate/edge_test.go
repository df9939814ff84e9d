package estimate

import (
	"math"
	"testing"
)

// By hand: SD 20 and ICC 0.2 with 4 visits a county give 400·(0.2 + 0.8/4) = 160. Six counties
// leave five degrees of freedom: 2.5705818·√(160/6) = 13.2744; nine, 2.3060041·√(160/9) = 9.7230;
// eight, 2.3646243·√20 = 10.5749.
func TestExpected(t *testing.T) {
	e := Expected{SD: 20, ICC: 0.2}
	near(t, "county", e.CountyVariance(4), 160, 1e-12)
	near(t, "county with one visit", e.CountyVariance(1), 400, 1e-12)
	near(t, "county without likeness", Expected{SD: 20}.CountyVariance(4), 100, 1e-12)
	near(t, "county of one mind", Expected{SD: 20, ICC: 1}.CountyVariance(4), 400, 1e-12)
	near(t, "six counties", e.HalfWidth(6, 4, .95), 13.2744275, 1e-6)
	near(t, "two counties", e.HalfWidth(2, 4, .95), 12.706204736*math.Sqrt(80), 1e-6)
	for n, infinite := range map[int]bool{0: true, 1: true, 2: false} {
		if got := e.HalfWidth(n, 4, .95); math.IsInf(got, 1) != infinite {
			t.Errorf("%d counties: %v", n, got)
		}
	}
}

// The least number that will do is found at its edge: as many counties as give exactly the
// half-width asked for, and one more for a hair less.
func TestCountiesFor(t *testing.T) {
	e := Expected{SD: 20, ICC: 0.2}
	if got := e.CountiesFor(10, 4, .95); got != 9 {
		t.Errorf("10 points: %d counties, want 9", got)
	}
	for _, n := range []int{2, 3, 9, 1000} {
		half := e.HalfWidth(n, 4, .95)
		if got := e.CountiesFor(half, 4, .95); got != n {
			t.Errorf("exactly the half-width of %d: %d", n, got)
		}
		want := n + 1
		if n == 1000 {
			want = 0 // a thousand would not do
		}
		if got := e.CountiesFor(math.Nextafter(half, 0), 4, .95); got != want {
			t.Errorf("a hair less than that of %d: %d, want %d", n, got, want)
		}
	}
}

// 2k² objects are enough for k categories, with k at least 2; one less is few.
func TestFewObjects(t *testing.T) {
	table := func(k, n int) (out []Judged) {
		for i := range n {
			c := string(rune('a' + i%k))
			out = append(out, Judged{c, c})
		}
		return out
	}
	for _, c := range []struct {
		k, n  int
		small bool
	}{{1, 7, true}, {1, 8, false}, {2, 7, true}, {2, 8, false}, {3, 17, true}, {3, 18, false}, {4, 31, true}, {4, 32, false}} {
		if got := Agree(table(c.k, c.n)); got.Small != c.small {
			t.Errorf("%d objects in %d categories: small %v", c.n, c.k, got.Small)
		}
	}
	// a category that one rater alone uses is one too
	if got := Agree(append(table(2, 17), Judged{"a", "z"})); got.N != 18 || got.Small {
		t.Errorf("%+v", got)
	}
	if got := Agree(append(table(2, 16), Judged{"a", "z"})); got.N != 17 || !got.Small {
		t.Errorf("%+v", got)
	}
	if got := Agree([]Judged{{"a", "b"}}); !got.Known || got.Kappa != 0 {
		t.Errorf("one object graded differently: %+v", got)
	}
	if got := (Agreement{}).Percent(); got != 0 {
		t.Errorf("nobody agrees to %v per cent", got)
	}
	if got := (Agreement{N: 1, Agreed: 1}).Percent(); got != 100 {
		t.Errorf("one object: %v per cent", got)
	}
}

// The effective size is at most the number of observations, also after the correction for the
// degrees of freedom, and 0 where there is nothing to go by.
func TestEffectiveSizeLimits(t *testing.T) {
	for _, c := range []struct {
		what  string
		p, v  float64
		n, df int
		want  float64
	}{
		{"simple random sampling", .5, .25 / 10, 10, 9, 10},
		{"better than that", .5, .25 / 20, 10, 9, 10},
		{"half as good", .5, .25 / 5, 10, 9, 5},
		{"more degrees of freedom than draws", .5, .25 / 10, 10, 99, 10},
		{"nothing varies", .5, 0, 10, 9, 10},
		{"at 0", 0, .01, 10, 9, 10},
		{"at 1", 1, .01, 10, 9, 10},
		{"two observations", .5, .125, 2, 1, 2},
		{"one observation", .5, .25, 1, 1, 0},
		{"no degree of freedom", .5, .025, 10, 0, 0},
	} {
		near(t, c.what, EffectiveSize(c.p, c.v, c.n, c.df, .95), c.want, 1e-9)
	}
	// df 5 of 36: 0.25/0.01 = 25, times (2.0301079/2.5705818)² = 0.62370
	near(t, "clusters", EffectiveSize(.5, .01, 36, 5, .95), 25*math.Pow(2.030107928/2.570581836, 2), 1e-6)
}

// Half is half the width before it is cut off; at the ends of the scale an interval has one bound
// of its own.
func TestHalfWidths(t *testing.T) {
	iv := TInterval(98, 1, 5, .95, 0, 100)
	near(t, "half", iv.Half, 2.570581836, 1e-8)
	near(t, "low", iv.Low, 98-2.570581836, 1e-8)
	near(t, "high", iv.High, 100, 0)
	iv = TInterval(2, 1, 5, .95, 0, 100)
	near(t, "low", iv.Low, 0, 0)
	near(t, "high", iv.High, 2+2.570581836, 1e-8)
	near(t, "half at one degree of freedom", TInterval(50, .01, 1, .95, 0, 100).Half, 1.2706204736, 1e-9)
	if iv = TInterval(40, 9, 0, .95, 20, 80); iv != (Interval{20, 80, 30}) {
		t.Errorf("without a degree of freedom: %+v", iv)
	}
	kg := KornGraubard(.3, .021, 10, 9, .95)
	near(t, "kg half", kg.Half, (0.652453-0.066740)/2, 1e-5)
	w := Wilson(.3, .021, 10, 9, .95)
	near(t, "wilson half", w.Half, (0.603222-0.107789)/2, 1e-5)
	zero, one := KornGraubard(0, 0, 10, 9, .95), KornGraubard(1, 0, 10, 9, .95)
	if zero.Low != 0 || one.High != 1 || zero.Half != zero.High/2 || one.Half != (1-one.Low)/2 {
		t.Errorf("%+v %+v", zero, one)
	}
	if none := (Interval{0, 1, 0.5}); KornGraubard(.4, .1, 1, 3, .95) != none || Wilson(.4, .1, 9, 0, .95) != none {
		t.Error("nothing known is not the whole scale")
	}
	if w := Wilson(1, 0, 10, 9, .95); w.High != 1 || math.Abs(w.Low-10/(10+3.841458821)) > 1e-8 { // n/(n+z²)
		t.Errorf("wilson at 1: %+v", w)
	}
}

// A unit with no weight is no unit with data, and one with data but no weight has no influence.
func TestHajekWithoutWeight(t *testing.T) {
	m, ok := Hajek([]Value{{0, 1, true}, {2, 1, true}, {2, 0, true}, {3, 1, false}})
	if !ok || m.Units != 2 || m.Mean != 0.5 || m.Influence[0] != 0 || m.Influence[3] != 0 || m.Influence[1] != .25 {
		t.Errorf("%+v %v", m, ok)
	}
}

// A weighted sum keeps what the parts have in common: 2·A + 1·B over 3.
func TestTotal(t *testing.T) {
	var total Total
	total.Add(2, Mean{Mean: .5, Influence: []float64{.25, -.25}})
	total.Add(1, Mean{Mean: .2, Influence: []float64{-.1, .1}})
	m := total.Over(3)
	near(t, "sum", m.Mean, 0.4, 1e-15)
	near(t, "influence", m.Influence[0], 0.4/3, 1e-15)
	near(t, "influence", m.Influence[1], -0.4/3, 1e-15)
}

// Degrees of freedom count units with data, less a stratum where one has; a stratum without any
// takes none away.
func TestDegreesOfFreedom(t *testing.T) {
	for _, c := range []struct {
		units []PSU
		want  int
	}{
		{[]PSU{{"a", 0, true}, {"a", 0, true}}, 1},
		{[]PSU{{"a", 0, true}, {"a", 0, false}}, 0},
		{[]PSU{{"a", 0, false}, {"a", 0, false}}, 0},
		{[]PSU{{"a", 0, true}, {"a", 0, true}, {"b", 0, false}, {"b", 0, false}}, 1},
		{[]PSU{{"a", 0, true}, {"a", 0, true}, {"a", 0, true}, {"b", 0, true}, {"b", 0, true}}, 3},
		{nil, 0},
	} {
		if _, df, err := Variance(c.units, Fail); err != nil || df != c.want {
			t.Errorf("%v: df %d, %v; want %d", c.units, df, err, c.want)
		}
	}
}

// Lone strata at both ends and side by side: under collapse a and b make one, c joins d, and e
// joins c and d. About their means 1.5, and 3: 2·(0.25 + 0.25) = 1, 3/2·(4 + 0 + 4) = 12.
func TestCollapseInARow(t *testing.T) {
	units := []PSU{{"a", 1, true}, {"b", 2, true}, {"c", 1, true}, {"d", 3, true}, {"e", 5, true}}
	v, df, err := Variance(units, Collapse)
	if err != nil || df != 3 {
		t.Errorf("df %d, %v", df, err)
	}
	near(t, "v", v, 13, 1e-12)
	for rule, want := range map[Lonely]float64{Certainty: 0, Average: 0, Centre: 1.96 + 0.16 + 1.96 + 0.36 + 6.76} { // about 2.4
		v, df, err := Variance(units, rule)
		if err != nil || df != 0 {
			t.Errorf("%s: df %d, %v", rule, df, err)
		}
		near(t, string(rule), v, want, 1e-12)
	}
}

func TestRulesKnown(t *testing.T) {
	for l, want := range map[Lonely]bool{"fail": true, "certainty": true, "centre": true, "average": true, "collapse": true, "": false, "adjust": false} {
		if l.Known() != want {
			t.Errorf("%q known: %v", l, !want)
		}
	}
}
