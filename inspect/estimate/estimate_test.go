package estimate

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tol {
		t.Errorf("%s = %.9g, want %.9g", what, got, want)
	}
}

// By hand: g = 2, 1, 1 and y = 0.5, 1, 0. Σgy = 2, Σg = 4, mean 0.5. Influences are
// 2·0/4, 1·0.5/4, 1·(−0.5)/4 = 0, 1/8, −1/8. One stratum, n = 3: V = 3/2·(1/64 + 1/64) = 3/64.
func TestHajekByHand(t *testing.T) {
	m, ok := Hajek([]Value{{2, 0.5, true}, {1, 1, true}, {1, 0, true}})
	if !ok || m.Units != 3 {
		t.Fatal(m, ok)
	}
	near(t, "mean", m.Mean, 0.5, 0)
	if want := []float64{0, 0.125, -0.125}; !slices.Equal(m.Influence, want) {
		t.Errorf("influence = %v, want %v", m.Influence, want)
	}
	v, df, err := Variance([]PSU{{"a", 0, true}, {"a", .125, true}, {"a", -.125, true}}, Fail)
	if err != nil || df != 2 {
		t.Fatal(df, err)
	}
	near(t, "variance", v, 3.0/64, 1e-17)
	iv := TInterval(50, 100*100*v, df, 0.95, 0, 100)
	near(t, "half", iv.Half, 4.302652730*math.Sqrt(468.75), 1e-6)
	near(t, "low", iv.Low, 0, 0)
}

// A unit without data keeps its place: it adds to n/(n−1), not to the mean.
func TestDomainKeepsAllUnits(t *testing.T) {
	m, _ := Hajek([]Value{{1, 1, true}, {1, 0, true}, {5, 9, false}})
	near(t, "mean", m.Mean, 0.5, 0)
	v, df, _ := Variance([]PSU{{"a", m.Influence[0], true}, {"a", m.Influence[1], true}, {"a", m.Influence[2], false}}, Fail)
	near(t, "variance", v, 1.5*2*0.0625, 1e-17) // 3/2·(¼² + ¼²)
	if df != 1 {
		t.Errorf("df = %d, want 1", df)
	}
	if _, ok := Hajek([]Value{{1, 1, false}, {0, 1, true}}); ok {
		t.Error("a mean over no weight")
	}
}

// The textbook case: equal weights in one stratum give the variance of a simple random sample's
// mean, s²/n. 3, 5, 10, 14: mean 8, s² = (25+9+4+36)/3 = 74/3, s²/4 = 6.1666….
func TestEqualWeightsGiveSampleVariance(t *testing.T) {
	m, _ := Hajek([]Value{{7, 3, true}, {7, 5, true}, {7, 10, true}, {7, 14, true}})
	units := make([]PSU, 4)
	for i, e := range m.Influence {
		units[i] = PSU{"s", e, true}
	}
	v, _, _ := Variance(units, Fail)
	near(t, "variance", v, 74.0/12, 1e-12)
}

// Strata a: −1, 1 (adds 2·2 = 4), b: 3 alone, c: −2, 0 (adds 2·2 = 4, about −1). The mean of all
// five is 0.2, so centre adds 2.8² = 7.84; average scales 8 by 3/2; collapse joins b with c:
// 3, −2, 0 about ⅓ have squares 64/9 + 49/9 + 1/9 = 114/9, times 3/2 is 19.
func TestLonely(t *testing.T) {
	units := []PSU{{"a", -1, true}, {"a", 1, true}, {"b", 3, true}, {"c", -2, true}, {"c", 0, true}}
	for _, c := range []struct {
		rule Lonely
		v    float64
		df   int
	}{{Certainty, 8, 2}, {Centre, 15.84, 2}, {Average, 12, 2}, {Collapse, 23, 3}} {
		v, df, err := Variance(units, c.rule)
		if err != nil || df != c.df {
			t.Errorf("%s: df %d, want %d; %v", c.rule, df, c.df, err)
		}
		near(t, string(c.rule), v, c.v, 1e-12)
	}
	if _, _, err := Variance(units, Fail); !errors.Is(err, ErrLonely) {
		t.Errorf("fail: %v", err)
	}
	last := []PSU{{"a", -1, true}, {"a", 1, true}, {"b", 3, true}}
	if v, df, _ := Variance(last, Collapse); df != 2 || v != 12 { // −1, 1, 3 about 1: 8·3/2
		t.Errorf("collapse of the last: v %v df %d", v, df)
	}
	if v, df, err := Variance(last[2:], Collapse); v != 0 || df != 0 || err != nil {
		t.Errorf("collapse of the only one: %v %d %v", v, df, err)
	}
}

// Quantiles from printed tables of Student's t.
func TestT(t *testing.T) {
	near(t, "t(.95,1)", T(.95, 1), 12.706205, 1e-5)
	near(t, "t(.95,5)", T(.95, 5), 2.570582, 1e-6)
	near(t, "t(.90,10)", T(.90, 10), 1.812461, 1e-6)
	near(t, "t(.95,160)", T(.95, 160), 1.974902, 1e-6)
}

// With the variance of simple random sampling and df = n−1 the intervals are the classical ones:
// Clopper–Pearson of 3 in 10 is (0.06674, 0.65245); Wilson's is (0.10779, 0.60322). At 0 of 10
// Clopper–Pearson's upper bound is 1 − 0.025^(1/10) = 0.30850, Wilson's z²/(n+z²) = 0.27753.
func TestProportionsClassical(t *testing.T) {
	v := 0.3 * 0.7 / 10
	kg, w := KornGraubard(.3, v, 10, 9, .95), Wilson(.3, v, 10, 9, .95)
	near(t, "kg low", kg.Low, 0.06674, 1e-5)
	near(t, "kg high", kg.High, 0.65245, 1e-5)
	near(t, "wilson low", w.Low, 0.10779, 1e-5)
	near(t, "wilson high", w.High, 0.60322, 1e-5)
	near(t, "kg high at 0", KornGraubard(0, 0, 10, 9, .95).High, 1-math.Pow(.025, .1), 1e-9)
	near(t, "kg low at 1", KornGraubard(1, 0, 10, 9, .95).Low, math.Pow(.025, .1), 1e-9)
	near(t, "wilson high at 0", Wilson(0, 0, 10, 9, .95).High, 0.277533, 1e-6)
}

// 36 observations in 6 clusters, all 1: t(35)/t(5) = 2.030108/2.570582, so the effective size is
// 36·0.623708 = 22.4532 and the bound 0.025^(1/22.4532) = 0.848468.
func TestBoundAtOneWithClusters(t *testing.T) {
	size := EffectiveSize(1, 0, 36, 5, .95)
	near(t, "effective size", size, 22.4532, 1e-3)
	near(t, "low", KornGraubard(1, 0, 36, 5, .95).Low, math.Pow(.025, 1/size), 1e-9)
	near(t, "low", KornGraubard(1, 0, 36, 5, .95).Low, 0.848468, 1e-4)
}

func TestNothingKnown(t *testing.T) {
	for _, iv := range []Interval{KornGraubard(.4, 0, 9, 0, .95), Wilson(.4, .01, 1, 3, .95), TInterval(.4, 0, 0, .95, 0, 1)} {
		if iv.Low != 0 || iv.High != 1 {
			t.Errorf("%+v is not the whole scale", iv)
		}
	}
}

// Intervals hold their estimate and stay on the scale, whatever the design.
func TestIntervalLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 400).Draw(t, "n")
		df := rapid.IntRange(1, n-1).Draw(t, "df")
		p := float64(rapid.IntRange(0, 100).Draw(t, "p")) / 100
		v := rapid.Float64Range(0, 0.25).Draw(t, "v")
		conf := float64(rapid.SampledFrom([]int{80, 90, 95, 99}).Draw(t, "conf")) / 100
		for name, iv := range map[string]Interval{
			"kg": KornGraubard(p, v, n, df, conf), "wilson": Wilson(p, v, n, df, conf), "t": TInterval(p, v, df, conf, 0, 1),
		} {
			if !(iv.Low >= 0 && iv.Low <= p+1e-9 && p-1e-9 <= iv.High && iv.High <= 1) {
				t.Fatalf("%s: %v outside %+v", name, p, iv)
			}
			if name != "t" && !(iv.Low < iv.High) {
				t.Fatalf("%s: empty %+v", name, iv)
			}
		}
	})
}

// Linearised values sum to 0, and doubling every weight changes nothing.
func TestHajekLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "n")
		values, doubled := make([]Value, n), make([]Value, n)
		for i := range values {
			values[i] = Value{rapid.Float64Range(0.01, 1e6).Draw(t, "g"), rapid.Float64Range(0, 1).Draw(t, "y"), rapid.Bool().Draw(t, "in")}
			doubled[i] = values[i]
			doubled[i].G *= 2
		}
		m, ok := Hajek(values)
		if !ok {
			return
		}
		sum := 0.0
		for _, e := range m.Influence {
			sum += e
		}
		if math.Abs(sum) > 1e-12 {
			t.Fatalf("influences sum to %g", sum)
		}
		if d, _ := Hajek(doubled); d.Mean != m.Mean || !slices.Equal(d.Influence, m.Influence) {
			t.Fatal("scale of weights matters")
		}
	})
}
