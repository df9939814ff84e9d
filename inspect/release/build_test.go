package release_test

import (
	"math"
	"slices"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/document"
	"zhicha/inspect/release"
	"zhicha/inspect/score"
)

// built is what comes out of the airlock after a change to what goes in.
func built(t *testing.T, change func(k *release.Known)) release.Public {
	t.Helper()
	k := known(t)
	change(&k)
	p, err := release.Build(k)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What is shown has one decimal, half away from zero, and a share one decimal of its per cent.
func TestShownNumbersAreRounded(t *testing.T) {
	for share, want := range map[score.Decimal]float64{0: 0, 1: 1, 1.0 / 3: .333, .0644: .064, .0645: .065, .00049: 0, .0005: .001} {
		p := built(t, func(k *release.Known) {
			k.Score.National.Estimate = score.Estimate{Known: true, Score: 78.15, Low: 74.849, High: 81.25, Half: 9, SE: 3, DF: 5,
				Visits: 12, Planned: 14, Counties: 3, Substituted: share}
		})
		if got := p.National.Substituted; math.Abs(got-want) > 1e-12 {
			t.Errorf("a share of %v is shown as %v, want %v", share, got, want)
		}
		p.National.Substituted = 0
		if want := (release.Estimate{Known: true, Score: 78.2, Low: 74.8, High: 81.3, Visits: 12, Planned: 14, Counties: 3}); p.National != want {
			t.Errorf("%+v, want %+v", p.National, want)
		}
	}
	p := built(t, func(k *release.Known) {
		k.Score.National.Sections = []score.Section{{Code: "A1", Estimate: scored(50), Weight: 16.05, Lost: 8.25}}
		k.Score.National.Items = []score.Item{{Code: "A1-01", Section: "A1", Estimate: scored(50), Weight: 3.04, Lost: 1.55}}
	})
	if s := p.Sections[0]; s.Code != "A1" || s.Weight != 16.1 || s.Lost != 8.3 || s.Score != 50 {
		t.Errorf("section: %+v", s)
	}
	list := checklist.Default()
	it := list.Item("A1-01")
	i := p.Items[0]
	if i.Code != it.Code || i.Weight != 3 || i.Lost != 1.6 || i.Score != 50 || i.RedLine != (it.RedLine != nil) || len(i.Kinds) != len(it.Kinds) || len(i.Methods) != len(it.Methods) {
		t.Errorf("item: %+v", i)
	}
}

// A red line shows where the checklist has one, and nowhere else.
func TestRedLinesShow(t *testing.T) {
	list := checklist.Default()
	p := built(t, func(k *release.Known) {
		for i := range list.Items {
			k.Score.National.Items = append(k.Score.National.Items, score.Item{Code: list.Items[i].Code, Section: list.Items[i].Section})
		}
	})
	red := 0
	for i, it := range p.Items {
		if it.RedLine != (list.Items[i].RedLine != nil) {
			t.Errorf("%s: red line %v", it.Code, it.RedLine)
		}
		if it.RedLine {
			red++
		}
	}
	if red == 0 || red == len(p.Items) {
		t.Errorf("%d of %d items have a red line", red, len(p.Items))
	}
}

// The note of a unit is the code of why it has no band, or that its band was lowered.
func TestBandNotes(t *testing.T) {
	p := built(t, func(k *release.Known) {
		k.Score.Regions = []score.Region{{Code: "11", Reason: score.NoData}, {Code: "12", Reason: score.FewCounties}, {Code: "13", Reason: score.FewVisits},
			{Code: "14", Reason: score.Wide}, {Code: "15", Reason: score.TwoCuts}, {Code: "21", Bands: []string{"good"}},
			{Code: "22", Bands: []string{"good"}, Lowered: true}}
	})
	want := map[string]string{"11": "no-data", "12": "few-counties", "13": "few-visits", "14": "wide", "15": "two-cuts", "21": "", "22": "lowered"}
	for _, r := range p.Regions {
		note, sampled := want[r.Code]
		if !sampled {
			note = "unsampled"
		}
		if r.BandNote != note {
			t.Errorf("%s: note %q, want %q", r.Code, r.BandNote, note)
		}
	}
}

// For recomputation a mean is published where there is one, of every unit by itself and not of
// the nation.
func TestOnlyKnownMeansArePublished(t *testing.T) {
	seen := func(code string, mean float64, visits int) score.Item {
		return score.Item{Code: code, Mean: score.Decimal(mean), Estimate: score.Estimate{Known: true, Visits: visits}}
	}
	p := built(t, func(k *release.Known) {
		k.Score.National.Items = []score.Item{seen("A1-01", .9, 9)}
		k.Score.Regions = []score.Region{{Code: "11", Items: []score.Item{seen("A1-01", .123456, 1), {Code: "A1-02"}}},
			{Code: "12", Items: []score.Item{{Code: "A1-01"}, seen("A1-02", 0, 3)}}}
	})
	want := []release.ItemMean{{Region: "11", Item: "A1-01", Mean: .123456, N: 1}, {Region: "12", Item: "A1-02", Mean: 0, N: 3}}
	if !slices.Equal(p.Method.ItemMeans, want) {
		t.Errorf("%+v, want %+v", p.Method.ItemMeans, want)
	}
}

// A single leg that is open holds everything up, and the first of them is named.
func TestOneOpenLeg(t *testing.T) {
	for _, open := range [][]int{{7}, {7, 9}} {
		k := known(t)
		k.Open = open
		_, err := release.Build(k)
		if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != "release.open-legs" || ps[0].Args["N"] != len(open) || ps[0].Args["First"] != 7 {
			t.Errorf("%v open: %v", open, err)
		}
	}
}

// The page on the method says the rules that were followed.
func TestMethodIsTold(t *testing.T) {
	list := checklist.Default()
	p := built(t, func(k *release.Known) {
		k.MinCount = 11
		k.Score.Rules = score.Rules{Confidence: 90, Variance: "v", Lonely: "l", MinCounties: 2, MinVisits: 3, MaxHalf: 4}
		k.Score.Counties = []score.County{{Region: "11", G: 2, Z: 3}, {Region: "11", G: 2, Z: 1}}
	})
	m := p.Method
	if m.Confidence != 90 || m.Variance != "v" || m.Lonely != "l" || m.MinCounty != 2 || m.MinVisits != 3 || m.MaxHalf != 4 || m.MinCount != 11 ||
		m.BonusMax != 3 || m.PenaltyMax != 5 || m.RedLineCap != 59 || m.Checklist != list.Digest() {
		t.Errorf("%+v", m)
	}
	if want := []release.BandCut{{Code: "excellent", Zh: "优秀", En: "excellent", Min: 90}, {Code: "good", Zh: "良好", En: "good", Min: 80},
		{Code: "pass", Zh: "合格", En: "pass", Min: 60}, {Code: "fail", Zh: "不合格", En: "fail"}}; !slices.Equal(m.Bands, want) {
		t.Errorf("bands %+v", m.Bands)
	}
	if len(m.RecomputeG) != 2 || m.RecomputeG[0].Z != 1 {
		t.Errorf("counties with the same weight keep their order: %+v", m.RecomputeG)
	}
}

// Ten findings may be shown and nine may not, in a unit as in the nation; findings of another
// sort, or of a unit that does not exist, are in no count.
func TestCountsAtTheLimit(t *testing.T) {
	tally := func(list []release.Tally, kind, severity string) release.Tally {
		i := slices.IndexFunc(list, func(c release.Tally) bool { return c.Kind == kind && c.Severity == severity })
		if i < 0 {
			t.Fatalf("no cell for %s %s", kind, severity)
		}
		return list[i]
	}
	for _, c := range []struct {
		kind     inspect.FindingKind
		severity string
	}{{inspect.ProblemFound, "S4"}, {inspect.ProblemFound, "S1"}, {inspect.Hazard, "S4"}, {inspect.Hazard, "S1"}, {inspect.Practice, ""}} {
		for n, hidden := range map[int]bool{0: false, 1: true, 9: true, 10: false, 11: false} {
			p := built(t, func(k *release.Known) {
				for range n {
					k.Findings = append(k.Findings, inspect.Finding{Region: "11", Kind: c.kind, Severity: c.severity})
				}
				for range 20 {
					k.Findings = append(k.Findings, inspect.Finding{Region: "99", Kind: c.kind, Severity: c.severity},
						inspect.Finding{Region: "11", Kind: inspect.Lead}, inspect.Finding{Region: "11", Kind: c.kind, Severity: "S9"})
				}
			})
			want := release.Tally{Kind: string(c.kind), Severity: c.severity, N: n, Hidden: hidden}
			if hidden {
				want.N = 0
			}
			if got := tally(p.Regions[0].Findings, string(c.kind), c.severity); got != want {
				t.Errorf("unit with %d of %s %s: %+v", n, c.kind, c.severity, got)
			}
			if got := tally(p.Findings, string(c.kind), c.severity); got != want {
				t.Errorf("nation with %d of %s %s: %+v", n, c.kind, c.severity, got)
			}
		}
	}
}

// One hidden cell is not left alone in its column: the smallest other one goes with it, so that
// the national count may stand.
func TestNoCountBySubtraction(t *testing.T) {
	p := built(t, func(k *release.Known) {
		for region, n := range map[string]int{"11": 9, "12": 30, "13": 20, "14": 10} {
			for range n {
				k.Findings = append(k.Findings, inspect.Finding{Region: region, Kind: inspect.ProblemFound, Severity: "S2"})
			}
		}
	})
	hidden := map[string]bool{}
	for _, r := range p.Regions {
		for _, c := range r.Findings {
			if c.Hidden {
				hidden[r.Code] = true
			}
		}
	}
	if len(hidden) != 2 || !hidden["11"] || !hidden["14"] {
		t.Errorf("hidden in %v, want 11 and 14", hidden)
	}
	for _, c := range p.Findings {
		if c.Kind == "problem" && c.Severity == "S2" && (c.Hidden || c.N != 69) {
			t.Errorf("nation: %+v", c)
		}
	}
}

// Personal data is told with the line it stands on, wherever in the document.
func TestWhereItStands(t *testing.T) {
	doc := briefing(t, fit+"\n第一段。\n\n电话13800138000。\n\n电话13900139000。\n")
	doc.Title = "标题\n电话13700137000" // a title stands on no line of its own
	var got []inspect.Place
	for _, p := range release.CheckDocument(doc, known(t).Sealed) {
		if p.Rule == "release.personal" {
			got = append(got, p.Place)
		}
	}
	file := doc.File
	if want := []inspect.Place{{File: file, Field: "title"}, {File: file, Line: 17}, {File: file, Line: 19}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// A refused document of its own says in which file it is; so does one that is only not signed.
func TestRefusalNamesTheFile(t *testing.T) {
	for _, spoil := range []func(s *release.Signed){func(s *release.Signed) { s.Reviewed = false }, func(s *release.Signed) { s.Signed = false },
		func(s *release.Signed) { s.Reviewed, s.Signed = false, false }} {
		k := known(t)
		spoil(&k.Documents[0])
		_, err := release.Build(k)
		if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].File != "content/briefings/2023-1.md" {
			t.Errorf("%v", ps)
		}
	}
	if p := built(t, func(*release.Known) {}); p.Documents[0].ID != "2023/1" || p.Documents[0].Kind != document.Briefing {
		t.Errorf("%+v", p.Documents[0])
	}
}
