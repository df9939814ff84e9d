package release_test

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

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
			k.Scores[0].Result.National.Estimate = score.Estimate{Known: true, Score: 78.15, Low: 74.849, High: 81.25, Half: 9, SE: 3, DF: 5,
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
		k.Scores[0].Result.National.Sections = []score.Section{{Code: "A1", Estimate: scored(50), Weight: 16.05, Lost: 8.25}}
		k.Scores[0].Result.National.Items = []score.Item{{Code: "A1-01", Section: "A1", Estimate: scored(50), Weight: 3.04, Lost: 1.55}}
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
			k.Scores[0].Result.National.Items = append(k.Scores[0].Result.National.Items, score.Item{Code: list.Items[i].Code, Section: list.Items[i].Section})
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
		regions(k, []score.Region{{Code: "11", Reason: score.NoData}, {Code: "12", Reason: score.FewCounties}, {Code: "13", Reason: score.FewVisits},
			{Code: "14", Reason: score.Wide}, {Code: "15", Reason: score.TwoCuts}, {Code: "21", Bands: []string{"good"}},
			{Code: "22", Bands: []string{"good"}, Lowered: true}})
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

// What is shown is made from what was frozen and from nothing else: shown again it is the same, and
// whatever else is put into it is overwritten.
func TestShownFromFrozen(t *testing.T) {
	p := built(t, func(k *release.Known) {
		regions(k, []score.Region{{Code: "11", Estimate: scored(81), Bands: []string{"good"}}, {Code: "12", Estimate: scored(70)}})
		k.Scores[0].Result.Count(slices.Repeat([]inspect.Finding{{Region: "11", Kind: inspect.ProblemFound, Severity: "S3"}}, 40), 10)
	})
	want, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	p.National.Score, p.Regions[0].Low, p.Regions[1].Bands, p.Method.Confidence, p.AsOf = 99, 99, []string{"excellent"}, 50, time.Time{}
	p.Regions, p.Findings = slices.Delete(p.Regions, 20, 21), nil
	release.Show(&p, checklist.Default())
	if got, err := json.Marshal(p); err != nil || !bytes.Equal(got, want) {
		t.Errorf("shown again: %v\n%s\n%s", err, got, want)
	}
}

// A correction shows what changed for whom, between its score and the one before.
func TestCorrectionsShow(t *testing.T) {
	p := built(t, func(k *release.Known) {
		regions(k, []score.Region{{Code: "11", Estimate: scored(81.04)}, {Code: "12", Estimate: scored(70)}})
		k.Scores = append(k.Scores, release.Scores{No: 1, Result: score.Published{Rules: k.Scores[0].Result.Rules, Regions: []score.PublishedRegion{
			{Region: score.Region{Code: "11", Estimate: scored(79.96)}}, {Region: score.Region{Code: "12", Estimate: scored(70.04)}}}}})
		k.Corrected = []release.Corrected{{No: 1, At: time.Date(2023, 2, 1, 9, 0, 0, 0, inspect.Beijing), Reason: "演示数据"}}
	})
	c := p.Corrections
	if len(c) != 1 || c[0].Date != "2023-02-01" || len(c[0].Moves) != 1 || len(c[0].Of("11")) != 1 || len(c[0].Of("12")) != 0 ||
		c[0].Moves[0].Before.Score != 81 || c[0].Moves[0].After.Score != 80 || c[0].Moves[0].Name != "北京市" || p.Regions[0].Score != 80 {
		t.Errorf("%+v", c)
	}
	k := known(t)
	k.Corrected = []release.Corrected{{No: 1, Reason: "电话13800138000"}}
	if _, err := release.Build(k); err == nil {
		t.Error("a telephone number stands in a correction")
	}
}

// regions puts results of regions into the frozen score.
func regions(k *release.Known, list []score.Region) {
	for _, r := range list {
		k.Scores[0].Result.Regions = append(k.Scores[0].Result.Regions, score.PublishedRegion{Region: r})
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
		k.Scores[0].Result.Rules = score.Rules{Confidence: 90, Variance: "v", Lonely: "l", MinCounties: 2, MinVisits: 3, MaxHalf: 4}
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
}

// Personal data is told with the line it stands on, wherever in the document.
func TestWhereItStands(t *testing.T) {
	doc := briefing(t, fit+"\n第一段。\n\n电话13800138000。\n\n电话13900139000。\n")
	doc.Title = "标题\n电话13700137000" // a title stands on no line of its own
	var got []inspect.Place
	for _, p := range release.CheckDocument(doc, &inspect.Nation, known(t).Sealed) {
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

// A practice is told of a reporting unit of the territory, and of no other place.
func TestRegionOfAPractice(t *testing.T) {
	doc := briefing(t, fit)
	doc.Region = "44"
	says := func(land *inspect.Territory) bool {
		return slices.ContainsFunc(release.CheckDocument(doc, land, known(t).Sealed), func(p *inspect.Problem) bool { return p.Rule == "release.region" && p.Field == "region" })
	}
	if says(&inspect.Nation) || !says(&inspect.Territory{NameZh: "宁夏回族自治区", Units: []inspect.Region{{Code: "6401"}}}) {
		t.Error("another region's practice was let through, or its own was not")
	}
}
