package score

import (
	"math"
	"slices"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/estimate"
)

// The limits are numbers the office has published; changing one is a change of method.
func TestDefaultRules(t *testing.T) {
	want := Rules{Confidence: 95, Variance: "with_replacement", Lonely: "fail", MinCounties: 6, MinVisits: 8, MaxHalf: 10}
	if got := DefaultRules(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// just is a region that barely earns a band: six counties, eight visits, a degree of freedom, and
// a half-width of ten points.
func just() Region {
	return Region{Code: "11", Estimate: Estimate{Known: true, Score: 70, Low: 70, High: 70, Half: 10, DF: 1, Counties: 6, Visits: 8}}
}

// At each limit a region still has its band; a step beyond it has none, and the reason is the
// first that applies.
func TestBandLimits(t *testing.T) {
	in := Input{Checklist: small(), Rules: DefaultRules()}
	for name, c := range map[string]struct {
		change func(r *Region)
		reason string // empty: it has a band
	}{
		"at every limit":          {func(*Region) {}, ""},
		"five counties":           {func(r *Region) { r.Counties = 5 }, FewCounties},
		"seven counties":          {func(r *Region) { r.Counties = 7 }, ""},
		"seven visits":            {func(r *Region) { r.Visits = 7 }, FewVisits},
		"nine visits":             {func(r *Region) { r.Visits = 9 }, ""},
		"half shows 10.0":         {func(r *Region) { r.Half = 10.0499 }, ""},
		"half shows 10.1":         {func(r *Region) { r.Half = 10.05 }, Wide},
		"no degree of freedom":    {func(r *Region) { r.DF = 0 }, Wide},
		"one degree of freedom":   {func(r *Region) { r.DF = 1 }, ""},
		"nothing scored":          {func(r *Region) { r.Known = false }, NoData},
		"few counties and visits": {func(r *Region) { r.Counties, r.Visits, r.Half, r.Low = 5, 7, 11, 0 }, FewCounties},
		"few visits and wide":     {func(r *Region) { r.Visits, r.Half, r.Low = 7, 11, 0 }, FewVisits},
		"wide and across cuts":    {func(r *Region) { r.Half, r.Low, r.High = 11, 0, 100 }, Wide},
		"across cuts":             {func(r *Region) { r.Low, r.High = 0, 100 }, TwoCuts},
	} {
		r := just()
		c.change(&r)
		got := in.finish(r)
		if got.Reason != c.reason || (len(got.Bands) > 0) != (c.reason == "") {
			t.Errorf("%s: %v (%q), want %q", name, got.Bands, got.Reason, c.reason)
		}
	}
}

// A cut belongs to the band above it, and what is compared is what is printed.
func TestCuts(t *testing.T) {
	in := Input{Checklist: small(), Rules: DefaultRules()}
	for at, want := range map[Decimal]string{100: "excellent", 90: "excellent", 89.95: "excellent", 89.9499: "good", 80: "good", 79.95: "good", 79.9499: "pass",
		60: "pass", 59.95: "pass", 59.9499: "fail", 59: "fail", 0: "fail", -.1: "fail"} {
		if got := in.Checklist.Bands[in.band(at)].Code; got != want {
			t.Errorf("%v is %s, want %s", float64(at), got, want)
		}
	}
	for _, c := range []struct {
		low, high Decimal
		want      []string
	}{
		{80, 89.94, []string{"good"}},
		{80, 89.95, []string{"excellent", "good"}},
		{79.94, 89.94, []string{"good", "pass"}},
		{79.94, 90, nil},
		{80, 100, []string{"excellent", "good"}},
		{59.94, 79.94, []string{"pass", "fail"}},
		{59.94, 80, nil},
		{0, 59.94, []string{"fail"}},
	} {
		r := just()
		r.Low, r.High = c.low, c.high
		if got := in.finish(r); !slices.Equal(got.Bands, c.want) || (got.Reason == TwoCuts) != (c.want == nil) {
			t.Errorf("%v–%v: %v (%q), want %v", c.low, c.high, got.Bands, got.Reason, c.want)
		}
	}
}

// Bonus and penalty shift the score and both ends alike, stop at 0 and 100, and leave the
// half-width, which belongs to the sample, as it is.
func TestAdjustmentStopsAtTheEnds(t *testing.T) {
	for _, c := range []struct {
		a         Adjustment
		from, end [3]Decimal // score, low, high
	}{
		{Adjustment{Bonus: 3}, [3]Decimal{70, 60, 80}, [3]Decimal{73, 63, 83}},
		{Adjustment{Penalty: 5}, [3]Decimal{70, 60, 80}, [3]Decimal{65, 55, 75}},
		{Adjustment{Bonus: 3, Penalty: 5}, [3]Decimal{70, 60, 80}, [3]Decimal{68, 58, 78}},
		{Adjustment{Bonus: 3}, [3]Decimal{97, 96.5, 98}, [3]Decimal{100, 99.5, 100}},
		{Adjustment{Penalty: 5}, [3]Decimal{5, 4.5, 5.5}, [3]Decimal{0, 0, .5}},
	} {
		in := Input{Checklist: small(), Rules: DefaultRules(), Adjustments: map[string]Adjustment{"11": c.a}}
		r := just()
		r.Score, r.Low, r.High, r.Sample = c.from[0], c.from[1], c.from[2], c.from[0]
		got := in.finish(r)
		if end := [3]Decimal{got.Score, got.Low, got.High}; end != c.end || got.Half != 10 || got.Sample != c.from[0] ||
			got.Bonus != Decimal(c.a.Bonus) || got.Penalty != Decimal(c.a.Penalty) {
			t.Errorf("%+v on %v: %+v", c.a, c.from, got.Estimate)
		}
	}
}

// What the office may enter: a confidence of 50 to 99 per cent, a bonus up to 3 and a penalty up
// to 5 points, the limits themselves included.
func TestInputLimits(t *testing.T) {
	for confidence, ok := range map[int]bool{49: false, 50: true, 51: true, 98: true, 99: true, 100: false} {
		in := byHand()
		in.Rules.Confidence = confidence
		if _, err := Compute(in); (err == nil) != ok {
			t.Errorf("confidence %d: %v", confidence, err)
		}
	}
	for _, c := range []struct {
		a    Adjustment
		want []string
	}{
		{Adjustment{}, nil},
		{Adjustment{Bonus: 3, Penalty: 5}, nil},
		{Adjustment{Bonus: 2.9, Penalty: 4.9}, nil},
		{Adjustment{Bonus: .1, Penalty: .1}, nil},
		{Adjustment{Bonus: 3.01}, []string{"score.bonus"}},
		{Adjustment{Bonus: -.01}, []string{"score.bonus"}},
		{Adjustment{Bonus: math.NaN()}, []string{"score.bonus"}},
		{Adjustment{Penalty: 5.01}, []string{"score.penalty"}},
		{Adjustment{Penalty: -.01}, []string{"score.penalty"}},
		{Adjustment{Penalty: math.Inf(1)}, []string{"score.penalty"}},
	} {
		in := byHand()
		in.Adjustments = map[string]Adjustment{"11": c.a}
		_, err := Compute(in)
		wantRules(t, err, c.want...)
	}
}

// A county is drawn with a probability above 0 and at most 1, and has a size; a visit has a weight
// above 0; g is the size over the probability.
func TestExpansionLimits(t *testing.T) {
	for _, c := range []struct {
		size     int64
		num, den string
		g        float64 // 0: no probability
	}{
		{100, "1", "1", 100}, {100, "1", "4", 400}, {100, "10", "25", 250}, {1, "1", "1", 1}, {3, "2", "3", 4.5}, {100, "2", "1", 0}, {100, "0", "1", 0}, {100, "-1", "1", 0},
		{100, "1", "0", 0}, {0, "1", "2", 0}, {-1, "1", "2", 0}, {100, "x", "1", 0}, {100, "1", "x", 0},
	} {
		if g, ok := expansion(draw("11", "a", c.size, c.num, c.den)); ok != (c.g > 0) || g != c.g {
			t.Errorf("%+v: %v %v", c, g, ok)
		}
	}
	for _, c := range []struct {
		num, den int64
		ok       bool
	}{{1, 1, true}, {1, 100, true}, {0, 1, false}, {1, 0, false}, {-1, 1, false}, {1, -1, false}, {-1, -1, false}} {
		in := byHand()
		in.Visits[0].WeightNum, in.Visits[0].WeightDen = c.num, c.den
		if _, err := Compute(in); (err == nil) != c.ok {
			t.Errorf("weight %d/%d: %v", c.num, c.den, err)
		}
	}
}

// A confirmed red line caps what the unit itself scores at 59 and raises nothing.
func TestRedLineCap(t *testing.T) {
	in := Input{Checklist: small(), RedLines: []RedLine{{"a", "T1-01"}, {"b", "T1-01"}, {"c", "T1-01"}, {"d", "T1-01"}}}
	units := []Unit{{Visit: "a", Score: 58}, {Visit: "b", Score: 59}, {Visit: "c", Score: 59.1}, {Visit: "d", Score: 100}, {Visit: "e", Score: 100}}
	in.capUnits(units)
	want := []Unit{{"a", 58, true}, {"b", 59, true}, {"c", 59, true}, {"d", 59, true}, {"e", 100, false}}
	if !slices.Equal(units, want) {
		t.Errorf("%+v, want %+v", units, want)
	}
}

// A red line moves each of a region's bands one down, once, the worst staying where it is; a
// region without a band has none to lose, and another region keeps its own.
func TestLowering(t *testing.T) {
	for _, c := range []struct{ from, to []string }{
		{[]string{"excellent"}, []string{"good"}},
		{[]string{"excellent", "good"}, []string{"good", "pass"}},
		{[]string{"good", "pass"}, []string{"pass", "fail"}},
		{[]string{"pass", "fail"}, []string{"fail"}},
		{[]string{"fail"}, []string{"fail"}},
		{nil, nil},
	} {
		in := Input{Checklist: small(), RedLines: []RedLine{{"v", "T1-01"}, {"v", "T1-02"}}, Visits: []Visit{visit("v", "11", "a", inspect.HH), visit("w", "12", "b", inspect.HH)}}
		r := &Result{Regions: []Region{{Code: "11", Bands: c.from}, {Code: "12", Bands: c.from}}}
		in.lowerBands(r)
		if !slices.Equal(r.Regions[0].Bands, c.to) || r.Regions[0].Lowered != (len(c.from) > 0) {
			t.Errorf("%v became %v (%v), want %v", c.from, r.Regions[0].Bands, r.Regions[0].Lowered, c.to)
		}
		if !slices.Equal(r.Regions[1].Bands, c.from) || r.Regions[1].Lowered {
			t.Errorf("another region: %v became %v", c.from, r.Regions[1].Bands)
		}
	}
}

// lonely is region 11 with two counties that differ and region 12 with a single one: g = 100, 100
// and 300; y = 1, 0 and 1. The nation's mean is 400/500 = 0.8 and its linearised values, in
// points, are 4, −16 and 12.
//
//	11 alone: 2·(10² + 10²) = 400, with one degree of freedom
//	certainty 400; centre 400 + 12² = 544 (the mean of all is 0); average 400·2/1 = 800
//	collapse: all three in one, 3/2·(4² + 16² + 12²) = 624, with two degrees of freedom
func lonely(rule estimate.Lonely) Input {
	in := Input{Checklist: small(), Rules: DefaultRules(),
		Counties: []inspect.CountyDraw{draw("11", "a", 100, "1", "1"), draw("11", "b", 100, "1", "1"), draw("12", "c", 300, "1", "1")},
		Visits:   []Visit{visit("1", "11", "a", inspect.HH, "T1-01=yes"), visit("2", "11", "b", inspect.HH, "T1-01=no"), visit("3", "12", "c", inspect.HH, "T1-01=yes")}}
	in.Rules.Lonely = rule
	return in
}

// A region with a single county has a score and no precision, whatever the rule; the rule decides
// what the region adds to the variance of the nation.
func TestSingleCounty(t *testing.T) {
	for rule, want := range map[estimate.Lonely]struct {
		v  float64
		df int
	}{estimate.Certainty: {400, 1}, estimate.Centre: {544, 1}, estimate.Average: {800, 1}, estimate.Collapse: {624, 2}} {
		r := compute(t, lonely(rule))
		if one := r.Regions[1]; one.Score != 100 || one.SE != 0 || one.DF != 0 || one.Low != 0 || one.High != 100 || one.Half != 50 || one.Counties != 1 {
			t.Errorf("%s: the single county is known as %+v", rule, one.Estimate)
		}
		for _, it := range r.Regions[1].Items[:1] {
			if it.Score != 100 || it.SE != 0 || it.DF != 0 || it.Low != 0 || it.High != 100 || it.Half != 50 {
				t.Errorf("%s: its item is known as %+v", rule, it.Estimate)
			}
		}
		if two := r.Regions[0]; two.Score != 50 || math.Abs(float64(two.SE)-50) > 1e-9 || two.DF != 1 {
			t.Errorf("%s: the other region: %+v", rule, two.Estimate)
		}
		if n := r.National; math.Abs(float64(n.Score)-80) > 1e-9 || math.Abs(float64(n.SE*n.SE)-want.v) > 1e-9 || n.DF != want.df {
			t.Errorf("%s: nation %v, V %v with %d, want V %v with %d", rule, n.Score, n.SE*n.SE, n.DF, want.v, want.df)
		}
	}
	_, err := Compute(lonely(estimate.Fail))
	wantRules(t, err, "score.lonely")
}

// Without a degree of freedom nothing is known of the precision, also where the rule gives a
// variance: two regions of one county each, about their common mean.
func TestNoDegreeOfFreedom(t *testing.T) {
	in := lonely(estimate.Centre)
	in.Counties, in.Visits = in.Counties[1:], in.Visits[1:]
	if n := compute(t, in).National; n.DF != 0 || n.SE != 0 || n.Low != 0 || n.High != 100 || n.Half != 50 {
		t.Errorf("%+v", n.Estimate)
	}
}

// Every one of the regions with a single county is named, first, middle and last.
func TestEverySingleCountyIsNamed(t *testing.T) {
	in := Input{Checklist: small(), Rules: DefaultRules(), Counties: []inspect.CountyDraw{draw("11", "a", 1, "1", "1"), draw("12", "b", 1, "1", "1"), draw("12", "c", 1, "1", "1"),
		draw("13", "d", 1, "1", "1"), draw("14", "e", 1, "1", "1")}}
	_, err := Compute(in)
	var got []string
	for _, p := range inspect.ProblemsOf(err) {
		got = append(got, p.Args["County"].(string))
	}
	if !slices.Equal(got, []string{"a", "d", "e"}) {
		t.Errorf("named %v", got)
	}
}

// Households that are not the first in order are a share of the households that were scored.
func TestSubstitutedShare(t *testing.T) {
	in := byHand()
	for i := range in.Visits {
		in.Visits[i].Report.Substitution = "away" // at a village or an office it means nothing
	}
	in.Visits[1].Report.Substitution = ""
	r := compute(t, in)
	if got := float64(r.Regions[0].Substituted); math.Abs(got-2.0/3) > 1e-12 {
		t.Errorf("%v, want 2 of 3", got)
	}
	in.Visits = slices.DeleteFunc(in.Visits, func(v Visit) bool { return v.Kind == inspect.HH })
	if got := compute(t, in).Regions[0].Substituted; got != 0 {
		t.Errorf("%v without a household", got)
	}
}
