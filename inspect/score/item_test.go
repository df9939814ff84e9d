package score

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/estimate"
)

// six are six counties of the same weight with one household each.
func six(values ...string) Input {
	in := Input{Checklist: small(), Rules: DefaultRules()}
	for i, v := range values {
		county := fmt.Sprintf("11-%d", i)
		in.Counties = append(in.Counties, draw("11", county, 100, "1", "2"))
		in.Visits = append(in.Visits, visit(fmt.Sprint(i), "11", county, inspect.HH, "T1-01="+v))
	}
	return in
}

// An item is a proportion and has the interval of Korn and Graubard; a section and the whole are
// means of many and have that of Student's t. With two of six counties in order, p = 1/3 and
//
//	V = 6/5·(2·(2/3)² + 4·(1/3)²)/6² = 2/45, p(1−p)/V = 5 = n_eff (n − 1 = df)
//	Clopper–Pearson on 5 draws with 5/3 hits: 0.03124263 to 0.81271292
//	t(5) = 2.5705818, so that the whole is 33.33 ± 54.1926234, cut off at 0
//
// With all six in order the item's lower bound is 0.025^(1/6) = 0.54074187.
func TestItemsAreProportions(t *testing.T) {
	for _, c := range []struct {
		values          []string
		score, low      float64
		high, half      float64
		tLow, tHi, tHlf float64
	}{
		{[]string{"yes", "no", "no", "yes", "no", "no"}, 100.0 / 3, 3.124263480, 81.271291844, (81.271291844 - 3.124263480) / 2, 0, 100.0/3 + 54.1926234, 54.1926234},
		{[]string{"yes", "yes", "yes", "yes", "yes", "yes"}, 100, 54.074187356, 100, (100 - 54.074187356) / 2, 100, 100, 0},
		{[]string{"no", "no", "no", "no", "no", "no"}, 0, 0, 100 - 54.074187356, (100 - 54.074187356) / 2, 0, 0, 0},
	} {
		r := compute(t, six(c.values...)).Regions[0]
		near := func(what string, got Decimal, want float64) {
			if math.Abs(float64(got)-want) > 1e-5 {
				t.Errorf("%v: %s is %v, want %v", c.values, what, float64(got), want)
			}
		}
		it := r.Items[0]
		near("item", it.Score, c.score)
		near("mean", it.Mean, c.score/100)
		near("item low", it.Low, c.low)
		near("item high", it.High, c.high)
		near("item half", it.Half, c.half)
		for what, e := range map[string]Estimate{"section": r.Sections[0].Estimate, "whole": r.Estimate} {
			near(what, e.Score, c.score)
			near(what+" low", e.Low, c.tLow)
			near(what+" high", e.High, c.tHi)
			near(what+" half", e.Half, c.tHlf)
		}
		if it.DF != 5 || it.Visits != 6 || it.Counties != 6 {
			t.Errorf("%v: %+v", c.values, it.Estimate)
		}
	}
}

// The confidence the office chose is the one that is used: t(5) at 80 per cent is 1.4758840.
func TestConfidence(t *testing.T) {
	in := six("yes", "no", "no", "yes", "no", "no")
	in.Rules.Confidence = 80
	if got := float64(compute(t, in).Regions[0].Half); math.Abs(got-1.4758840*100*math.Sqrt(2.0/45)) > 1e-5 {
		t.Errorf("half-width %v", got)
	}
}

// A cell's weight is the item's share for the kind, exactly, over one denominator for all; a kind
// with no share has no cell.
func TestCellWeights(t *testing.T) {
	list := small()
	list.Items[0].Kinds = []inspect.Kind{inspect.HH, inspect.VC, inspect.TS}                   // a third of 60 each, but for
	list.Items[0].KindWeights = map[inspect.Kind]int{inspect.HH: 4, inspect.VC: 3}             // 4/7, 3/7 and nothing
	list.Items[1].KindWeights, list.Items[1].Weight = nil, 5                                   // 5/2 each
	list.Items[2].Kinds = []inspect.Kind{inspect.CO, inspect.WI, inspect.TS, inspect.VC, "HH"} // a fifth of 20 each
	var got []string
	for _, c := range cellsOf(list) {
		got = append(got, fmt.Sprint(list.Items[c.item].Code, " ", c.kind, " ", c.weight))
	}
	want := []string{ // of 14: 240/7 = 480/14, 180/7 = 360/14, 5/2 = 35/14, 4 = 56/14
		"T1-01 HH 480", "T1-01 VC 360", "T1-02 VC 35", "T1-02 CO 35", "T2-01 HH 56", "T2-01 VC 56", "T2-01 TS 56", "T2-01 WI 56", "T2-01 CO 56"}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// Regions stand in official order: by code, those of the XPCC last.
func TestOrderOfRegions(t *testing.T) {
	in := Input{Checklist: small(), Rules: DefaultRules(), Planned: map[string]int{"zz": 1, "BT": 1, "65": 1, "11": 1, "66": 1, "54": 1}}
	in.Rules.Lonely = estimate.Certainty
	in.Counties = []inspect.CountyDraw{draw("zz", "d", 1, "1", "1"), draw("BT", "c", 1, "1", "1"), draw("11", "b", 1, "1", "1"), draw("66", "a", 1, "1", "1")}
	r := compute(t, in)
	var regions, counties []string
	for _, x := range r.Regions {
		regions = append(regions, x.Code)
	}
	for _, x := range r.Counties {
		counties = append(counties, x.Code)
	}
	if !slices.Equal(regions, []string{"11", "54", "65", "66", "BT", "zz"}) || !slices.Equal(counties, []string{"b", "a", "c", "d"}) {
		t.Errorf("regions %v, counties %v", regions, counties)
	}
}

// Where nothing was scored nothing weighs, nothing is lost, and no county deviates.
func TestNothingScored(t *testing.T) {
	in := Input{Checklist: small(), Rules: DefaultRules(), Counties: []inspect.CountyDraw{draw("11", "a", 1, "1", "1"), draw("11", "b", 1, "1", "1")}}
	r := compute(t, in)
	if x := r.Regions[0]; x.Known || x.Reason != NoData || x.Score != 0 || x.Sample != 0 || x.Visits != 0 {
		t.Errorf("%+v", x.Estimate)
	}
	for _, it := range r.Regions[0].Items {
		if it.Known || it.Weight != 0 || it.Lost != 0 || it.Mean != 0 {
			t.Errorf("%+v", it)
		}
	}
	for _, c := range r.Counties {
		if c.Z != 0 || c.Nation != 0 || c.G != 1 {
			t.Errorf("%+v", c)
		}
	}
}

// explained is region 11 of byHand explained, with a visit more that could not be scored, in
// region 12.
func explained(t *testing.T, region string) *Explanation {
	t.Helper()
	in := byHand()
	in.Rules.Lonely = estimate.Certainty
	in.Counties = append(in.Counties, draw("12", "x", 100, "1", "2"))
	in.Visits = append(in.Visits, visit("1-003-01", "12", "x", inspect.HH, "T1-01=unverified"), visit("1-002-03", "11", "h2", inspect.VC))
	in.Visits[1].Report.Answers = append(in.Visits[1].Report.Answers, inspect.Answer{Item: "T1-02", Value: "yes", Method: "OBS"},
		inspect.Answer{Item: "T1-01", Value: "partly", Method: "OBS"})
	e, ok := compute(t, in).Explain(region)
	if !ok {
		t.Fatal("no explanation")
	}
	return e
}

// Every lost point leads back to the answer that lost it. In byHand, with h1's second household
// now at partly (the last of two answers counts), its mean is (3·1 + 1·½)/4 = 0.875; households
// carry 60 points, and h1 has two thirds of g:
//
//	h1 60·⅔·(1 − 0.875) = 5, all of it by 1-001-02; h2 60·⅓·1 = 20
func TestExplainByHand(t *testing.T) {
	e := explained(t, "11")
	var items []string
	for _, it := range e.Items {
		items = append(items, it.Item)
	}
	if !slices.Equal(items, []string{"T1-01", "T1-02", "T2-01"}) || len(e.Items[1].Cells) != 2 {
		t.Fatalf("items %v, T1-02 %+v", items, e.Items[1].Cells)
	}
	cell := e.Items[0].Cells[0]
	if len(cell.Counties) != 2 || len(cell.Counties[0].Losses) != 1 || len(cell.Counties[1].Losses) != 1 {
		t.Fatalf("%+v", cell)
	}
	h1, h2 := cell.Counties[0], cell.Counties[1]
	for what, d := range map[string][2]float64{
		"item": {float64(e.Items[0].Lost), 25}, "weight": {float64(cell.Weight), 60}, "mean": {float64(cell.Mean), 0.875 * 2 / 3},
		"h1 share": {float64(h1.Share), 2.0 / 3}, "h1 mean": {float64(h1.Mean), 0.875}, "h1": {float64(h1.Lost), 5}, "h2": {float64(h2.Lost), 20},
		"1-001-02": {float64(h1.Losses[0].Lost), 5}, "1-002-01": {float64(h2.Losses[0].Lost), 20},
	} {
		if math.Abs(d[0]-d[1]) > 1e-9 {
			t.Errorf("%s: %v, want %v", what, d[0], d[1])
		}
	}
	if h1.Losses[0].Visit != "1-001-02" || h1.Losses[0].Value != "partly" || h2.Losses[0].Value != "no" || cell.Visits != 3 || h1.Visits != 2 {
		t.Errorf("%+v %+v", h1, h2)
	}
	villages := e.Items[1].Cells[0] // h2's village could not be scored: it is not there at all
	if len(villages.Counties) != 1 || villages.Counties[0].Share != 1 || villages.Visits != 1 || villages.Lost != 0 || len(villages.Counties[0].Losses) != 0 {
		t.Errorf("villages: %+v", villages)
	}
}

// What was left out is told of the region it is in, and of all in the nation's explanation.
func TestExplainLeftOut(t *testing.T) {
	for region, want := range map[string][]string{"11": {"1-002-03"}, "12": {"1-003-01"}, National: {"1-002-03", "1-003-01"}} {
		var got []string
		for _, u := range explained(t, region).Left {
			got = append(got, u.Visit)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: left out %v, want %v", region, got, want)
		}
	}
	if e := explained(t, "12"); len(e.Items) != 0 {
		t.Errorf("a region without a scored visit explains %+v", e.Items)
	}
}

// An answer is worth something only by a method of the checklist, and a visit whose grade is C is
// worth nothing: both are as good as unverified.
func TestUnverifiedWeighs(t *testing.T) {
	for name, c := range map[string]struct {
		change func(v *Visit, list *checklist.Checklist)
		scored bool
	}{
		"one item in four unverified": {func(v *Visit, _ *checklist.Checklist) { v.Report.Answers[0].Value = "unverified" }, true},
		"by a method that is not":     {func(v *Visit, _ *checklist.Checklist) { v.Report.Answers[0].Method = "ORAL" }, true},
		"just over a quarter":         {func(v *Visit, l *checklist.Checklist) { v.Report.Answers[0].Value = "unverified"; l.Items[2].Weight-- }, false},
		"not applicable is not due":   {func(v *Visit, l *checklist.Checklist) { v.Report.Answers[0].Value = "na"; l.Items[2].Weight = 1 }, true},
		"the last answer of two holds": {func(v *Visit, _ *checklist.Checklist) {
			v.Report.Answers = append(v.Report.Answers, inspect.Answer{Item: "T2-01", Value: "unverified"})
		}, false},
	} {
		in := byHand()
		in.Checklist.Items[2].Weight = 30 // three times T1-02's share for offices
		c.change(&in.Visits[3], in.Checklist)
		r := compute(t, in)
		if (len(r.Unscored) == 0) != c.scored {
			t.Errorf("%s: %+v", name, r.Unscored)
		}
	}
}
