package site

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/document"
	"zhicha/inspect/release"
	"zhicha/inspect/score"
)

// sample is a whole campaign's public data, made up from a fixed seed and marked so: every
// reporting unit but 西藏, which is unscored, and every kind of band.
func sample() release.Public {
	rnd := rand.New(rand.NewPCG(7, 2023))
	cl := checklist.Default()
	p := release.Public{
		Campaign: release.Campaign{ID: "winter-care-2023", TitleZh: "2023年寒假春节期间困境儿童关爱服务活动抽查检查",
			Notice: "国未保办发〔2022〕13号", OfficeZh: "国务院未成年人保护工作领导小组办公室", Hotline: "12345", Demo: true, FeedMax: 2},
		AsOf: time.Date(2023, 1, 25, 9, 0, 0, 0, inspect.Beijing),
		Waves: []release.Wave{{No: 1, Kind: "random", Window: inspect.Window{From: "2023-01-07", To: "2023-01-20"},
			Commit: inspect.DigestOf([]byte("D")), Beacon: "ssq/2023003/01-05-11-18-22-30/07",
			Committed: time.Date(2023, 1, 3, 15, 0, 0, 0, inspect.Beijing), Drawn: time.Date(2023, 1, 6, 10, 0, 0, 0, inspect.Beijing),
			Design:  inspect.Design{Stratum: "reporting_unit", Counties: 6, Townships: 2, Villages: 1, Households: 3, Institutions: 1, Reserves: 2},
			Parties: []string{"抽查办公室", "机关纪检", "第三方评估"}, Legs: 192, Overlap: 19, Planned: 2304, Approved: 2251, Scored: 2228}},
		Frame: release.Frame{Digest: inspect.DigestOf([]byte("frame")), Rows: []release.Count{{Code: "CO", LabelZh: "县（市、区、旗）", N: 2990},
			{Code: "TS", LabelZh: "乡镇（街道）", N: 41352}, {Code: "VC", LabelZh: "村（居）", N: 620902}},
			Exclusions: []release.Exclusion{{Code: "460300", Name: "三沙市", Reason: "没有常住儿童统计"}}},
		Method: release.Method{Version: "1", Checklist: inspect.DigestOf([]byte("cl")), Confidence: 95, Variance: "with_replacement", Lonely: "fail",
			Bands: []release.BandCut{{Code: "excellent", Zh: "优秀", Min: 90}, {Code: "good", Zh: "良好", Min: 80},
				{Code: "pass", Zh: "合格", Min: 60}, {Code: "fail", Zh: "不合格", Min: 0}},
			MinCounty: 6, MinVisits: 8, MaxHalf: 10, BonusMax: 3, PenaltyMax: 5, RedLineCap: 59, MinCount: 10},
	}
	p.National = measure(rnd, 83.4, 1.8, 2228, 2304)
	p.National.Counties, p.National.Substituted = 186, .064
	p.Sections, p.Items = parts(rnd, cl, p.National.Score, 1)
	for n, r := range inspect.Regions {
		reg := release.Region{Code: r.Code, NameZh: r.NameZh, NameEn: r.NameEn, Short: r.Short}
		if r.Code == "54" {
			reg.Planned, reg.BandNote = 72, "few-counties"
		} else {
			reg.Estimate = measure(rnd, 62+float64((n*13)%34), 4+float64(n%5), 70, 72)
			reg.Counties, reg.Substituted = 6, float64(n%9)/100
			reg.Bands = bandsOf(p.Method.Bands, reg.Low, reg.High)
			reg.Sections, reg.Items = parts(rnd, cl, reg.Score, 5)
			reg.Findings = tallies(rnd, 12)
		}
		p.Regions = append(p.Regions, reg)
	}
	p.Regions[0].Reply = "已核对，整改方案将于10个工作日内报送。"
	p.Findings = tallies(rnd, 400)
	before, after := release.Showing{Known: true, Score: 76.1, Low: 72, High: 80.2, Visits: 70, Bands: []string{"良好", "合格"}}, release.Showing{Known: true, Score: 76.4, Low: 72.4, High: 80.4, Visits: 69, Bands: []string{"良好", "合格"}}
	p.Corrections = []release.Correction{{No: 1, Date: "2023-01-28", Text: "一处检查不是应查的对象，不再计分。", Moves: []release.Move{{Region: "44", Name: "广东省", Before: before, After: after}}},
		{No: 2, Date: "2023-02-06", Text: "经复核，一条线路出发前消息外泄，整条线路的检查不再计分；该线路原计划检查的各处列入未交检查数，其余各处的结果不受影响。", Moves: []release.Move{
			{Name: "", Before: release.Showing{Known: true, Score: 83.4, Low: 81.6, High: 85.2, Visits: 2227, Bands: []string{}}, After: release.Showing{Known: true, Score: 83.5, Low: 81.7, High: 85.3, Visits: 2215, Bands: []string{}}},
			{Region: "BT", Name: "新疆生产建设兵团", Before: before, After: release.Showing{Bands: []string{}}},
			{Region: "45", Name: "广西壮族自治区", Before: before, After: after}}}}
	slices.Reverse(p.Corrections)
	p.Scores = []release.Scores{{At: p.AsOf, Salt: strings.Repeat("00", 32)}}
	p.Checklist = checklist.Embedded()
	for _, r := range p.Regions {
		addRecompute(rnd, p.Result(), r)
	}
	p.Scores = frozen(p.Scores)
	p.Documents = sampleDocuments(p, cl)
	return p
}

// frozen are scores as they are read from what was kept: with six decimals.
func frozen(scores []release.Scores) (out []release.Scores) {
	raw, err := json.Marshal(scores)
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		panic(err)
	}
	return out
}

func round1(x float64) float64 { return math.Round(x*10) / 10 }

func measure(rnd *rand.Rand, at, half float64, n, planned int) release.Estimate {
	at = min(max(at+rnd.NormFloat64(), 0), 100)
	return release.Estimate{Known: true, Score: round1(at), Low: round1(max(0, at-half)), High: round1(min(100, at+half)), Visits: n, Planned: planned}
}

func bandsOf(cuts []release.BandCut, low, high float64) (codes []string) {
	of := func(x float64) string {
		for _, c := range cuts {
			if x >= c.Min {
				return c.Code
			}
		}
		return ""
	}
	return slices.Compact([]string{of(high), of(low)})
}

func parts(rnd *rand.Rand, cl *checklist.Checklist, at, spread float64) (secs []release.Section, items []release.Item) {
	for _, s := range cl.Sections {
		e := measure(rnd, at+rnd.NormFloat64()*spread, spread+1, 60, 72)
		secs = append(secs, release.Section{Code: s.Code, NameZh: s.Zh, Ref: s.Ref, Weight: float64(s.Weight), Estimate: e,
			Lost: round1(float64(s.Weight) * (100 - e.Score) / 100)})
	}
	for i := range cl.Items {
		it := &cl.Items[i]
		e := measure(rnd, at+rnd.NormFloat64()*2*spread, 3*spread, 36, 36)
		if i == 40 && spread > 1 {
			e = release.Estimate{}
		}
		o := release.Item{Code: it.Code, Section: it.Section, NameZh: it.Zh, QuestionZh: it.Question.Zh, Basis: it.Basis, BasisRef: it.BasisRef,
			Rule: it.Rule.Zh, Severity: it.Severity, RedLine: it.RedLine != nil, Weight: float64(it.Weight), Estimate: e,
			Lost: round1(float64(it.Weight) * (100 - e.Score) / 100)}
		for _, k := range cl.Kinds {
			if slices.Contains(it.Kinds, inspect.Kind(k.Code)) {
				o.Kinds = append(o.Kinds, k.Zh)
			}
		}
		for _, m := range cl.Methods {
			if slices.Contains(it.Methods, m.Code) {
				o.Methods = append(o.Methods, m.Zh)
			}
		}
		items = append(items, o)
	}
	return secs, items
}

func tallies(rnd *rand.Rand, around int) (out []score.Tally) {
	for _, kind := range []string{"problem", "hazard"} {
		for _, sev := range []string{"S4", "S3", "S2", "S1"} {
			n := rnd.IntN(2 * around)
			out = append(out, score.Tally{Kind: kind, Severity: sev, N: n, Hidden: n < 10})
		}
	}
	return append(out, score.Tally{Kind: "practice", N: around})
}

func addRecompute(rnd *rand.Rand, p *score.Published, r release.Region) {
	if len(r.Items) == 0 {
		return
	}
	out := score.PublishedRegion{Region: score.Region{Code: r.Code}}
	for range r.Counties {
		out.Z, out.Nation = append(out.Z, score.Decimal(rnd.NormFloat64())), append(out.Nation, score.Decimal(rnd.NormFloat64()))
	}
	for _, i := range r.Items {
		out.Items = append(out.Items, score.Item{Code: i.Code, Section: i.Section, Mean: score.Decimal(i.Score / 100), Weight: score.Decimal(i.Weight),
			Estimate: score.Estimate{Known: i.Known, Visits: i.Visits}})
	}
	p.Regions = append(p.Regions, out)
}

// sampleDocuments drafts one of each kind as an office would, through the drafts of the house.
func sampleDocuments(p release.Public, cl *checklist.Checklist) (docs []release.Document) {
	f := document.Facts{Campaign: p.Campaign.TitleZh, Notice: p.Campaign.Notice, Office: p.Campaign.OfficeZh, Date: "2023-01-30",
		Year: 2023, No: 3, Window: p.Waves[0].Window, Regions: 32, Counties: 192, Planned: 2304, Approved: 2251, Confidence: 95,
		National: document.Measure{Known: true, Score: p.National.Score, Low: p.National.Low, High: p.National.High}, ReplyDays: 10,
		Unbanded:  []string{"西藏自治区"},
		Deadlines: []document.Deadline{{Severity: "紧急（重大）", Limit: document.LimitHours, Hours: 24}, {Severity: "较重", Limit: document.LimitDays, Days: 3}, {Severity: "一般", Limit: document.LimitDays, Days: 10}},
		Practices: []string{"邻里守望敲门制度"},
		Practice: document.PracticeFacts{ID: "night-watch", Title: "邻里守望敲门制度", Region: "44", RegionName: "广东省", Topic: "A3", TopicName: cl.Sections[2].Zh,
			What: "村（居）组织相邻住户在寒潮期间每晚敲门一次，查看取暖和照料情况。", Benefits: "父母在外地过年的留守儿童家庭。", Cost: "无需新增经费。",
			Conditions: "住户相邻、有可以委托的邻居；散居地区不适用。", Confirmation: "检查组向监护人电话回访核实。"}}
	for _, s := range p.Sections {
		f.Sections = append(f.Sections, document.Result{Name: s.NameZh, Measure: document.Measure{Known: s.Known, Score: s.Score, Low: s.Low, High: s.High}, Lost: s.Lost})
	}
	worst := slices.SortedStableFunc(slices.Values(p.Items), func(a, b release.Item) int { return cmp.Compare(b.Lost, a.Lost) })
	for n, i := range worst[:5] {
		f.Problems = append(f.Problems, document.Result{Name: i.NameZh, Section: i.Section, Measure: document.Measure{Known: true, Score: i.Score}, Lost: i.Lost, Regions: n})
	}
	for _, names := range [][]string{{"优秀"}, {"优秀", "良好"}, {"良好"}, {"良好", "合格"}, {"合格"}, {"合格", "不合格"}, {"不合格"}} {
		b := document.Band{Names: names}
		for _, r := range p.Regions {
			var words []string
			for _, c := range r.Bands {
				for _, cut := range p.Method.Bands {
					if cut.Code == c {
						words = append(words, cut.Zh)
					}
				}
			}
			if slices.Equal(words, names) {
				b.Regions = append(b.Regions, r.NameZh)
			}
		}
		f.Bands = append(f.Bands, b)
	}
	for _, k := range document.Kinds {
		kind := k.Name
		text, err := document.Draft(kind, f)
		if err != nil {
			panic(err)
		}
		d, err := document.Parse(kind+".md", text)
		if err != nil {
			panic(fmt.Sprintf("%v\n%s", err, text))
		}
		out := release.Document{Kind: d.Kind, ID: d.Key(), Year: d.Year, No: d.No, Title: d.Title, Date: d.Date, Issuer: d.Issuer,
			To: d.To, Region: d.Region, Topic: d.Topic, Summary: d.Summary, Markdown: d.Body, Digest: d.Digest}
		if kind == document.Notice {
			out.Number = "国未保办发〔2023〕3号"
		}
		docs = append(docs, out)
	}
	return docs
}
