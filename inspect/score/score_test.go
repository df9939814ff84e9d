package score

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/estimate"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// small is a checklist of three items: T1-01 at households (60), T1-02 at villages and offices
// (20), T2-01 at offices (20).
func small() *checklist.Checklist {
	named := func(code string) checklist.Named { return checklist.Named{Code: code} }
	options := func() checklist.Domain {
		return checklist.Domain{Type: checklist.YesPartlyNo, Options: []checklist.Option{
			{Named: named("yes"), Fraction: 100}, {Named: named("partly"), Fraction: 50}, {Named: named("no"), Fraction: 0}}}
	}
	item := func(code string, weight int, kinds ...inspect.Kind) checklist.Item {
		return checklist.Item{Named: named(code), Section: code[:2], Kinds: kinds, Weight: weight, Answer: options(), Severity: "S2"}
	}
	return &checklist.Checklist{
		Sections:   []checklist.Section{{Named: named("T1"), Weight: 80}, {Named: named("T2"), Weight: 20}},
		Items:      []checklist.Item{item("T1-01", 60, inspect.HH), item("T1-02", 20, inspect.VC, inspect.CO), item("T2-01", 20, inspect.CO)},
		Methods:    []checklist.Method{{Named: named("OBS"), Primary: true}, {Named: named("DOC")}},
		Bands:      []checklist.Band{{Named: named("excellent"), Min: 90}, {Named: named("good"), Min: 80}, {Named: named("pass"), Min: 60}, {Named: named("fail")}},
		RedLineCap: 59, BonusMax: 3, PenaltyMax: 5,
	}
}

func visit(id, region, county string, kind inspect.Kind, answers ...string) Visit {
	v := Visit{Visit: inspect.Visit{ID: id, Kind: kind, WeightNum: 1, WeightDen: 1}, Region: region, County: county, Grade: inspect.GradeA}
	v.Report.Register = 1
	for _, a := range answers {
		item, value, _ := strings.Cut(a, "=")
		v.Report.Answers = append(v.Report.Answers, inspect.Answer{Item: item, Value: value, Method: "OBS"})
	}
	return v
}

func draw(region, county string, size int64, num, den string) inspect.CountyDraw {
	return inspect.CountyDraw{Region: region, County: county, Name: county, Size: size, PiNum: num, PiDen: den}
}

// byHand: two counties of one region, g = 100/(1/2) = 200 and 50/(1/2) = 100.
//
//	households (w 60): h1 has yes with weight 3 and no with weight 1, mean 0.75; h2 no, 0.
//	  (200·0.75 + 100·0)/300 = 0.5
//	T1-02 at villages (w 10): h1 yes, h2 without one: 1
//	T1-02 at offices (w 10) and T2-01 (w 20): h1 partly, h2 yes: (200·0.5 + 100·1)/300 = 2/3
//	score 60·0.5 + 10·1 + 30·2/3 = 60
//
// Linearised, in points: households h1 60·200·(0.75−0.5)/300 = 10, h2 −10; offices
// h1 30·200·(0.5−2/3)/300 = −10/3, h2 10/3; so z = ±20/3 and V = 2/1·2·(20/3)² = 1600/9.
func byHand() Input {
	wide := visit("1-001-01", "11", "h1", inspect.HH, "T1-01=yes")
	wide.WeightNum, wide.WeightDen, wide.Report.Register = 3, 2, 2
	wide.Report.Substitution = "away"
	return Input{
		Checklist: small(),
		Counties:  []inspect.CountyDraw{draw("11", "h1", 100, "1", "2"), draw("11", "h2", 50, "2", "4")},
		Visits: []Visit{wide,
			visit("1-001-02", "11", "h1", inspect.HH, "T1-01=no"),
			visit("1-001-03", "11", "h1", inspect.VC, "T1-02=yes"),
			visit("1-001-04", "11", "h1", inspect.CO, "T1-02=partly", "T2-01=partly"),
			visit("1-002-01", "11", "h2", inspect.HH, "T1-01=no"),
			visit("1-002-02", "11", "h2", inspect.CO, "T1-02=yes", "T2-01=yes")},
		Planned: map[string]int{"11": 7, "12": 7},
		Rules:   DefaultRules(),
	}
}

func compute(t testing.TB, in Input) *Result {
	t.Helper()
	r, err := Compute(in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestByHand(t *testing.T) {
	r := compute(t, byHand())
	got := r.Regions[0]
	for what, d := range map[string][2]float64{
		"score": {float64(got.Score), 60}, "se": {float64(got.SE), 40.0 / 3}, "half": {float64(got.Half), 12.706204736 * 40 / 3},
		"substituted": {float64(got.Substituted), 1.0 / 3}, "item 1 mean": {float64(got.Items[0].Mean), 0.5},
		"item 1 lost": {float64(got.Items[0].Lost), 30}, "item 2 mean": {float64(got.Items[1].Mean), 5.0 / 6},
		"item 2 lost": {float64(got.Items[1].Lost), 10.0 / 3}, "item 3 lost": {float64(got.Items[2].Lost), 20.0 / 3},
		"section 1": {float64(got.Sections[0].Score), 100 * (40 + 20.0/3) / 80}, "section 1 weight": {float64(got.Sections[0].Weight), 80},
		"g": {float64(r.Counties[0].G), 200}, "z": {float64(r.Counties[0].Z), 20.0 / 3}, "national z": {float64(r.Counties[1].Nation), -20.0 / 3},
		"unit": {float64(r.Units[3].Score), 50},
	} {
		if math.Abs(d[0]-d[1]) > 1e-9*max(1, d[1]) {
			t.Errorf("%s = %v, want %v", what, d[0], d[1])
		}
	}
	if got.Visits != 6 || got.Planned != 7 || got.Counties != 2 || got.DF != 1 || got.Items[0].Visits != 3 || r.National.Planned != 14 {
		t.Errorf("counts: %+v", got.Estimate)
	}
	if len(r.Regions) != 2 || r.Regions[1].Known || r.Regions[1].Reason != NoData || got.Reason != FewCounties || len(got.Bands) != 0 {
		t.Errorf("regions: %+v", r.Regions)
	}
	if r.National.Score != got.Score {
		t.Errorf("national %v is not that of the only region %v", r.National.Score, got.Score)
	}
}

// A cell nobody answered drops out, and what is left still makes 100.
func TestEmptyCellDropsOut(t *testing.T) {
	in := byHand()
	in.Visits = slices.DeleteFunc(in.Visits, func(v Visit) bool { return v.Kind == inspect.CO })
	r := compute(t, in).Regions[0]
	if r.Items[2].Known || r.Items[2].Weight != 0 || r.Items[2].Lost != 0 {
		t.Errorf("empty item: %+v", r.Items[2])
	}
	if want := 100 * (60*0.5 + 10) / 70.0; math.Abs(float64(r.Score)-want) > 1e-9 {
		t.Errorf("score %v, want %v", r.Score, want)
	}
}

func TestLeftOut(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Visit)
		reason string // empty: scored
	}{
		"n/a leaves the denominator":      {func(v *Visit) { v.Report.Answers[0] = inspect.Answer{Item: "T1-02", Value: "na"} }, ""},
		"all n/a":                         {func(v *Visit) { v.Report.Answers[0].Value, v.Report.Answers[1].Value = "na", "na" }, NothingDue},
		"a third unverified":              {func(v *Visit) { v.Report.Answers[0].Value = "unverified" }, Incomplete},
		"blank is unverified":             {func(v *Visit) { v.Report.Answers = v.Report.Answers[1:] }, Incomplete},
		"outside the domain":              {func(v *Visit) { v.Report.Answers[1].Value = "perhaps" }, Incomplete},
		"an original record counts":       {func(v *Visit) { v.Report.Answers[1].Method = "DOC" }, ""},
		"grade C":                         {func(v *Visit) { v.Grade = inspect.GradeC }, Incomplete},
		"grade B counts":                  {func(v *Visit) { v.Grade = inspect.GradeB }, ""},
		"unverified after n/a is the all": {func(v *Visit) { v.Report.Answers[0].Value, v.Report.Answers[1].Value = "na", "unverified" }, Incomplete},
	} {
		in := byHand()
		c.change(&in.Visits[3])
		r := compute(t, in)
		switch {
		case c.reason == "" && len(r.Unscored) > 0:
			t.Errorf("%s: left out: %+v", name, r.Unscored)
		case c.reason != "" && !slices.Equal(r.Unscored, []Unscored{{"1-001-04", "11", c.reason}}):
			t.Errorf("%s: %+v, want %s", name, r.Unscored, c.reason)
		}
	}
	in := byHand()
	in.Visits[0].Report.Register = 0
	if r := compute(t, in); len(r.Unscored) != 1 || r.Unscored[0].Reason != NoRegister {
		t.Errorf("no register: %+v", r.Unscored)
	}
}

// Exactly a quarter unverified is still complete; more is not.
func TestQuarter(t *testing.T) {
	for weight, reason := range map[int]string{30: "", 29: Incomplete} {
		in := byHand()
		in.Checklist.Items[2].Weight = weight // against 10 for T1-02 at an office
		in.Visits[3].Report.Answers[0].Value = "unverified"
		if r := compute(t, in); (len(r.Unscored) > 0) != (reason != "") {
			t.Errorf("10 of %d unverified: %+v", weight+10, r.Unscored)
		}
	}
}

// even gives a region n counties, each with a household that said yes and an office that scores as told.
func even(region string, n int, office ...string) (counties []inspect.CountyDraw, visits []Visit) {
	for i := range n {
		county := fmt.Sprintf("%s-%02d", region, i)
		counties = append(counties, draw(region, county, 1000, "1", "10"))
		visits = append(visits, visit(county+"-1", region, county, inspect.HH, "T1-01=yes"),
			visit(county+"-2", region, county, inspect.CO, "T1-02="+office[i%len(office)], "T2-01="+office[i%len(office)]))
	}
	return counties, visits
}

func TestBands(t *testing.T) {
	for _, c := range []struct {
		name   string
		n      int
		office []string
		want   []string
		reason string
	}{
		{"sure", 6, []string{"yes"}, []string{"excellent"}, ""},
		{"five counties", 5, []string{"yes"}, nil, FewCounties},
		{"constant at a cut", 6, []string{"partly"}, []string{"good"}, ""}, // 60 + 15 of 90: 83.3
		{"across one cut", 12, []string{"yes", "yes", "partly"}, []string{"excellent", "good"}, ""},
		{"wide", 6, []string{"yes", "no"}, nil, Wide},
		{"across two cuts", 20, []string{"yes", "yes", "yes", "yes", "no", "no", "no", "partly", "partly", "partly"}, nil, TwoCuts}, // 85 ± 6.7
	} {
		in := Input{Checklist: small(), Rules: DefaultRules()}
		in.Counties, in.Visits = even("11", c.n, c.office...)
		r := compute(t, in).Regions[0]
		if !slices.Equal(r.Bands, c.want) || r.Reason != c.reason {
			t.Errorf("%s: %v (%q) for %.1f–%.1f, want %v (%q)", c.name, r.Bands, r.Reason, r.Low, r.High, c.want, c.reason)
		}
	}
}

func TestRedLineAndAdjustment(t *testing.T) {
	in := Input{Checklist: small(), Rules: DefaultRules(), Planned: map[string]int{"11": 12, "12": 12}}
	in.Counties, in.Visits = even("11", 6, "yes")
	more, visits := even("12", 6, "partly")
	in.Counties, in.Visits = append(in.Counties, more...), append(in.Visits, visits...)
	in.RedLines = []RedLine{{"11-00-1", "T1-01"}, {"11-01-1", "T1-01"}}
	in.Adjustments = map[string]Adjustment{"12": {Bonus: 1, Penalty: 5}}
	r := compute(t, in)
	if got := r.Regions[0]; !got.Lowered || !slices.Equal(got.Bands, []string{"good"}) || got.Score != 100 {
		t.Errorf("red line: %v lowered %v", got.Bands, got.Lowered)
	}
	if got := r.Regions[1]; got.Lowered || got.Score != got.Sample-4 || got.Low != got.Score || !slices.Equal(got.Bands, []string{"pass"}) {
		t.Errorf("adjustment: %+v %v", got.Estimate, got.Bands)
	}
	if !r.Units[0].Capped || r.Units[0].Score != 59 || r.Units[1].Capped {
		t.Errorf("units: %+v", r.Units[:2])
	}
	in.Planned["12"] = 13
	if got := compute(t, in).Regions[0]; got.Lowered {
		t.Error("a band was lowered though more visits were planned elsewhere")
	}
	in.Adjustments["12"] = Adjustment{Bonus: 3.5, Penalty: math.NaN()}
	_, err := Compute(in)
	wantRules(t, err, "score.bonus", "score.penalty")
}

func wantRules(t *testing.T, err error, want ...string) {
	t.Helper()
	var got []string
	for _, p := range inspect.ProblemsOf(err) {
		got = append(got, p.Rule)
	}
	if !slices.Equal(got, want) {
		t.Errorf("problems %v, want %v", got, want)
	}
}

func TestProblems(t *testing.T) {
	for want, change := range map[string]func(*Input){
		"score.variance":       func(in *Input) { in.Rules.Variance = "jackknife" },
		"score.lonely-unknown": func(in *Input) { in.Rules.Lonely = "remove" },
		"score.confidence":     func(in *Input) { in.Rules.Confidence = 100 },
		"score.probability":    func(in *Input) { in.Counties[0].PiNum = "3" },
		"score.county-twice":   func(in *Input) { in.Counties = append(in.Counties, in.Counties[0]) },
		"score.visit-twice":    func(in *Input) { in.Visits = append(in.Visits, in.Visits[0]) },
		"score.county-unknown": func(in *Input) { in.Visits[0].Region = "12" },
		"score.weight":         func(in *Input) { in.Visits[0].WeightDen = 0 },
		"score.lonely":         func(in *Input) { in.Counties = append(in.Counties, draw("12", "x", 1, "1", "1")) },
		"score.red-line":       func(in *Input) { in.RedLines = []RedLine{{"9-001-01", "T1-01"}} },
	} {
		in := byHand()
		change(&in)
		_, err := Compute(in)
		wantRules(t, err, want)
	}
	in := byHand()
	in.Counties = append(in.Counties, draw("12", "x", 1, "1", "1"))
	in.Visits = append(in.Visits, visit("1-003-01", "12", "x", inspect.HH, "T1-01=yes"))
	in.Rules.Lonely = estimate.Certainty
	if r := compute(t, in).Regions[1]; !r.Known || r.DF != 0 || r.Low != 0 || r.High != 100 || r.Reason != FewCounties {
		t.Errorf("one county has an interval: %+v", r.Estimate)
	}
}

func TestRound1(t *testing.T) {
	for d, want := range map[Decimal]float64{78.15: 78.2, 78.149999999999991: 78.2, 78.1499: 78.1, -0.05: -0.1, -0.0499: 0, 64.35: 64.4, 99.95: 100, 0: 0,
		99.949999: 99.9, 99.9499999: 100, 0.05: 0.1, 0.049999: 0, 0.0499999: 0.1} {
		if got := d.Round1(); got != want {
			t.Errorf("Round1(%v) = %v, want %v", float64(d), got, want)
		}
	}
	if b, _ := Decimal(math.Copysign(0, -1)).MarshalText(); string(b) != "0.000000" {
		t.Errorf("negative zero is written %s", b)
	}
}

// anyInput draws an input with missing answers, missing visits and several regions.
func anyInput(t *rapid.T) Input {
	in := Input{Checklist: small(), Rules: DefaultRules()}
	in.Rules.Lonely = rapid.SampledFrom([]estimate.Lonely{estimate.Certainty, estimate.Centre, estimate.Average, estimate.Collapse}).Draw(t, "lonely")
	values := rapid.SampledFrom([]string{"yes", "partly", "no", "na", "unverified"})
	for _, region := range []string{"BT", "65", "11"} {
		for i := range rapid.IntRange(0, 4).Draw(t, "counties") {
			county := fmt.Sprintf("%s-%d", region, i)
			size := rapid.Int64Range(1, 1e6).Draw(t, "size")
			in.Counties = append(in.Counties, draw(region, county, size, fmt.Sprint(rapid.IntRange(1, 9).Draw(t, "num")), "9"))
			for j, k := range inspect.Kinds {
				v := visit(fmt.Sprintf("%s-%d", county, j), region, county, k)
				v.WeightNum, v.WeightDen = rapid.Int64Range(1, 50).Draw(t, "wn"), rapid.Int64Range(1, 7).Draw(t, "wd")
				v.Report.Register = rapid.IntRange(0, 40).Draw(t, "register")
				for _, it := range in.Checklist.ItemsFor(k) {
					v.Report.Answers = append(v.Report.Answers, inspect.Answer{Item: it.Code, Value: values.Draw(t, "value"), Method: "OBS"})
				}
				in.Visits = append(in.Visits, v)
			}
		}
	}
	return in
}

// The sum of the parts is the whole: items and sections lose what the score lacks, their weights
// make 100, and the explanation loses the same down to the single answer.
func TestPartsMakeTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, err := Compute(anyInput(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, region := range append(slices.Clone(r.Regions), r.National) {
			if !region.Known {
				continue
			}
			var items, sections, weights, traced, answers Decimal
			for _, it := range region.Items {
				items += it.Lost
				weights += it.Weight
			}
			for _, s := range region.Sections {
				sections += s.Lost
			}
			e, ok := r.Explain(region.Code)
			if !ok {
				t.Fatal("no explanation")
			}
			for _, it := range e.Items {
				traced += it.Lost
				for _, c := range it.Cells {
					for _, county := range c.Counties {
						for _, a := range county.Losses {
							answers += a.Lost
						}
					}
				}
			}
			for _, sum := range []Decimal{items, sections, traced, answers, 100 - weights + (100 - region.Sample)} {
				if math.Abs(float64(sum-(100-region.Sample))) > 1e-9 {
					t.Fatalf("%q: a sum is %v, lost %v", region.Code, sum, 100-region.Sample)
				}
			}
			if region.Low > region.Score || region.Score > region.High || region.Low < 0 || region.High > 100 {
				t.Fatalf("%q: %+v", region.Code, region.Estimate)
			}
		}
	})
}

// What is published per county is enough to recompute every region's variance.
func TestVarianceFromPublishedData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, err := Compute(anyInput(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, region := range r.Regions {
			var z []float64
			sum, squares := 0.0, 0.0
			for _, c := range r.Counties {
				if c.Region == region.Code {
					z = append(z, float64(c.Z))
					sum += float64(c.Z)
				}
			}
			n := float64(len(z))
			for _, x := range z {
				squares += (x - sum/n) * (x - sum/n)
			}
			if want := n / (n - 1) * squares; region.DF > 0 && math.Abs(float64(region.SE*region.SE)-want) > 1e-8*max(1, want) {
				t.Fatalf("%s: V %v, recomputed %v", region.Code, region.SE*region.SE, want)
			}
		}
	})
}

// Order of input is irrelevant, to the last bit.
func TestOrderIsIrrelevant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyInput(t)
		a, err := Compute(in)
		if err != nil {
			t.Fatal(err)
		}
		shuffled := in
		shuffled.Counties = rapid.Permutation(in.Counties).Draw(t, "counties")
		shuffled.Visits = rapid.Permutation(in.Visits).Draw(t, "visits")
		b, err := Compute(shuffled)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, b, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".sample" }, cmp.Ignore())); diff != "" {
			t.Fatal(diff)
		}
		fa, da, errA := a.Freeze()
		fb, db, errB := b.Freeze()
		if errA != nil || errB != nil || da != db || !bytes.Equal(fa, fb) {
			t.Fatal("frozen forms differ", errA, errB)
		}
	})
}

func TestFreezeSeesEveryChange(t *testing.T) {
	in := byHand()
	_, before, err := compute(t, in).Freeze()
	if err != nil {
		t.Fatal(err)
	}
	in.Visits[5].Report.Answers[1].Value = "partly"
	if _, after, _ := compute(t, in).Freeze(); before == after {
		t.Error("another answer, the same digest")
	}
}

func TestExplainUnknown(t *testing.T) {
	r := compute(t, byHand())
	if _, ok := r.Explain("99"); ok {
		t.Error("explained a region that is not there")
	}
	if _, err := Compute(Input{Checklist: small(), Rules: Rules{}}); len(inspect.ProblemsOf(err)) != 3 || errors.Is(err, nil) {
		t.Errorf("empty rules: %v", err)
	}
}

// BenchmarkNational scores a national wave: 32 regions, 192 counties, 2,304 visits.
func BenchmarkNational(b *testing.B) {
	in := Input{Checklist: checklist.Default(), Rules: DefaultRules()}
	for _, r := range inspect.Regions {
		for c := range 6 {
			county := fmt.Sprintf("%s%04d", r.Code, c)
			in.Counties = append(in.Counties, draw(r.Code, county, int64(1000+c), "6", "97"))
			for i, k := range []inspect.Kind{"HH", "HH", "HH", "HH", "HH", "HH", "VC", "VC", "TS", "TS", "WI", "CO"} {
				v := visit(fmt.Sprintf("%s-%02d", county, i), r.Code, county, k)
				for j, it := range in.Checklist.ItemsFor(k) {
					v.Report.Answers = append(v.Report.Answers, fullOrNot(it, (i+j+c)%4 > 0))
				}
				in.Visits = append(in.Visits, v)
			}
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if r := compute(b, in); r.National.Visits != len(in.Visits) {
			b.Fatal(r.National.Visits, len(r.Unscored))
		}
	}
}

func fullOrNot(it *checklist.Item, full bool) inspect.Answer {
	a := inspect.Answer{Item: it.Code, Method: "OBS"}
	d := &it.Answer
	switch {
	case d.Type == checklist.Count && full:
		a.Value = fmt.Sprint(d.Max)
	case d.Type == checklist.Count:
		a.Value = "0"
	case d.Type == checklist.Ratio && full:
		a.Value = "10/10"
	case d.Type == checklist.Ratio:
		a.Value = "0/10"
	case full:
		a.Value = d.Options[0].Code
	default:
		a.Value = d.Options[len(d.Options)-1].Code
	}
	return a
}
