package release_test

import (
	"fmt"
	"slices"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/document"
	"zhicha/inspect/release"
	"zhicha/inspect/score"
)

func scored(at float64) score.Estimate {
	return score.Estimate{Known: true, Score: score.Decimal(at), Low: score.Decimal(at - 2), High: score.Decimal(at + 2)}
}

// result is a score of the embedded checklist in which the n-th item has cost the nation lost[n]
// points, and nothing else has been seen.
func result(list *checklist.Checklist, lost ...float64) *score.Result {
	r := &score.Result{Rules: score.DefaultRules(), National: score.Region{Estimate: scored(80)}}
	for i := range list.Items {
		it := score.Item{Code: list.Items[i].Code, Section: list.Items[i].Section}
		if i < len(lost) {
			it.Estimate, it.Lost = scored(70), score.Decimal(lost[i])
		}
		r.National.Items = append(r.National.Items, it)
	}
	return r
}

func names(results []document.Result) (out []string) {
	for _, r := range results {
		out = append(out, r.Name)
	}
	return out
}

// The eight items that cost most are named, the most costly first and those that cost the same in
// the order of the checklist; what rounds to no loss at all, or was never seen, is not.
func TestWeakestItems(t *testing.T) {
	list := checklist.Default()
	zh := func(at ...int) (out []string) {
		for _, i := range at {
			out = append(out, list.Items[i].Zh)
		}
		return out
	}
	for name, c := range map[string]struct {
		lost []float64
		want []string
	}{
		"nothing seen":       {nil, nil},
		"nothing lost":       {[]float64{0, 0}, nil},
		"by loss":            {[]float64{.5, 2, 1}, zh(1, 2, 0)},
		"ties stay in order": {[]float64{1, 2, 1, 2}, zh(1, 3, 0, 2)},
		"rounds to nothing":  {[]float64{.0499, .05, .3}, zh(2, 1)},
		"exactly eight":      {[]float64{8, 7, 6, 5, 4, 3, 2, 1}, zh(0, 1, 2, 3, 4, 5, 6, 7)},
		"the ninth":          {[]float64{9, 8, 7, 6, 5, 4, 3, 2, 1}, zh(0, 1, 2, 3, 4, 5, 6, 7)},
	} {
		f := release.Facts(document.Facts{}, result(list, c.lost...), list, &inspect.Nation)
		if got := names(f.Problems); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	f := release.Facts(document.Facts{}, result(list, 1.25), list, &inspect.Nation)
	want := document.Result{Name: list.Items[0].Zh, Section: list.Section(list.Items[0].Section).Zh, Lost: 1.3,
		Measure: document.Measure{Known: true, Score: 70, Low: 68, High: 72}}
	if len(f.Problems) != 1 || f.Problems[0] != want {
		t.Errorf("%+v, want %+v", f.Problems, want)
	}
}

// A unit is counted as weak in an item where the score it shows is under 60: 59.9 is, and 60.0 is
// not, also where 60.0 is what 59.95 rounds to. Another item and an unknown score do not count.
func TestUnderSixty(t *testing.T) {
	list := checklist.Default()
	code := list.Items[0].Code
	for name, c := range map[string]struct {
		own  score.Item
		want int
	}{
		"59.9":                 {score.Item{Code: code, Estimate: scored(59.9)}, 1},
		"shows 59.9":           {score.Item{Code: code, Estimate: scored(59.9499)}, 1},
		"shows 60.0":           {score.Item{Code: code, Estimate: scored(59.95)}, 0},
		"60":                   {score.Item{Code: code, Estimate: scored(60)}, 0},
		"well under":           {score.Item{Code: code, Estimate: scored(12)}, 1},
		"unknown":              {score.Item{Code: code}, 0},
		"weak in another item": {score.Item{Code: list.Items[1].Code, Estimate: scored(12)}, 0},
	} {
		r := result(list, 1)
		r.Regions = []score.Region{{Code: "11", Items: []score.Item{c.own}}, {Code: "12", Items: []score.Item{{Code: code, Estimate: scored(90)}}}}
		f := release.Facts(document.Facts{}, r, list, &inspect.Nation)
		if len(f.Problems) != 1 || f.Problems[0].Regions != c.want {
			t.Errorf("%s: %+v, want %d regions", name, f.Problems, c.want)
		}
	}
}

// The facts of the nation are rounded as they are shown, and a unit was checked where a visit to
// it was scored.
func TestFactsOfTheNation(t *testing.T) {
	list := checklist.Default()
	r := result(list)
	r.National.Estimate = score.Estimate{Known: true, Score: 78.15, Low: 74.849, High: 81.25, Visits: 30}
	r.National.Sections = []score.Section{{Code: "A1", Estimate: scored(66.66), Lost: 2.35}, {Code: "A2"}}
	r.Regions = []score.Region{{Code: "11", Estimate: score.Estimate{Visits: 1}}, {Code: "12"}, {Code: "13", Estimate: score.Estimate{Visits: 9}}}
	f := release.Facts(document.Facts{Planned: 40}, r, list, &inspect.Nation)
	if want := (document.Measure{Known: true, Score: 78.2, Low: 74.8, High: 81.3}); f.National != want {
		t.Errorf("nation: %+v, want %+v", f.National, want)
	}
	want := []document.Result{{Name: list.Section("A1").Zh, Measure: document.Measure{Known: true, Score: 66.7, Low: 64.7, High: 68.7}, Lost: 2.4}, {Name: list.Section("A2").Zh}}
	if !slices.Equal(f.Sections, want) {
		t.Errorf("sections: %+v, want %+v", f.Sections, want)
	}
	if f.Regions != 2 || f.Planned != 40 {
		t.Errorf("%d regions, %d planned", f.Regions, f.Planned)
	}
}

// Units stand under their band in official order, those that two bands come into question for
// between the two; whoever has none, or was not in the sample, is listed as without.
func TestBandedUnits(t *testing.T) {
	list := checklist.Default()
	r := result(list)
	for code, bands := range map[string][]string{"13": {"good"}, "11": {"good"}, "12": {"good", "pass"}, "14": {"excellent", "good"},
		"15": {"fail"}, "21": {"pass", "fail"}, "22": {}, "23": nil} {
		r.Regions = append(r.Regions, score.Region{Code: code, Bands: bands, Estimate: scored(80)})
	}
	f := release.Facts(document.Facts{}, r, list, &inspect.Nation)
	zh := func(code string) string { region, _ := inspect.Nation.Unit(code); return region.NameZh }
	var got []string
	for _, b := range f.Bands {
		got = append(got, fmt.Sprint(b.Names, b.Regions))
	}
	if want := []string{fmt.Sprint([]string{"优秀", "良好"}, []string{zh("14")}), fmt.Sprint([]string{"良好"}, []string{zh("11"), zh("13")}),
		fmt.Sprint([]string{"良好", "合格"}, []string{zh("12")}), fmt.Sprint([]string{"合格", "不合格"}, []string{zh("21")}),
		fmt.Sprint([]string{"不合格"}, []string{zh("15")})}; !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	var without []string
	for _, region := range inspect.Regions {
		if !slices.Contains([]string{"11", "12", "13", "14", "15", "21"}, region.Code) {
			without = append(without, region.NameZh)
		}
	}
	if !slices.Equal(f.Unbanded, without) {
		t.Errorf("without a band: %q\nwant %q", f.Unbanded, without)
	}
}

// Deadlines go from the gravest severity down, each with the code of its sort of limit.
func TestDeadlines(t *testing.T) {
	list := *checklist.Default()
	named := func(zh string) checklist.Named { return checklist.Named{Text: checklist.Text{Zh: zh}} }
	list.Severities = []checklist.Severity{{Named: named("甲"), NextWave: true}, {Named: named("乙"), WorkingDays: 1},
		{Named: named("丙"), Hours: 1}, {Named: named("丁"), Hours: 1, WrittenWithinHours: 1},
		{Named: named("戊"), WorkingDays: 2, WrittenWithinHours: 1}}
	f := release.Facts(document.Facts{}, result(&list), &list, &inspect.Nation)
	want := []document.Deadline{{Severity: "戊", Limit: "days", Written: 1, Days: 2}, {Severity: "丁", Limit: "written", Hours: 1, Written: 1}, {Severity: "丙", Limit: "hours", Hours: 1},
		{Severity: "乙", Limit: "days", Days: 1}, {Severity: "甲", Limit: "wave"}}
	if !slices.Equal(f.Deadlines, want) {
		t.Errorf("%+v\nwant %+v", f.Deadlines, want)
	}
}
