package site

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/document"
	"zhicha/inspect/release"
	"zhicha/inspect/say"
	"zhicha/inspect/score"
	"zhicha/site/chart"
)

// funcs are what the templates may call: each turns one value into the words of a page.
var funcs = template.FuncMap{
	"one":        func(x float64) string { return fmt.Sprintf("%.1f", x) },
	"percent":    func(x float64) string { return fmt.Sprintf("%.1f%%", 100*x) },
	"interval":   interval,
	"day":        day,
	"minute":     func(t time.Time) string { return t.In(inspect.Beijing).Format("2006年1月2日15:04") },
	"date":       func(d inspect.Date) string { return d.Time().Format("2006年1月2日") },
	"docPath":    docPath,
	"severity":   func(code string) string { return cmp.Or(severities[code], "全部") },
	"finding":    func(code string) string { return cmp.Or(findings[code], code) },
	"severities": func() []string { return []string{"S4", "S3", "S2", "S1"} },
	"pivot":      pivot,
	"wave":       func(code string) string { return cmp.Or(waves[code], code) },
	"variance":   func(code string) string { return cmp.Or(variances[code], code) },
	"lonely":     func(code string) string { return cmp.Or(lonelies[code], code) },
	"stratum":    func(code string) string { return cmp.Or(strata[code], code) },
	"join":       strings.Join,
	"dict":       dict,
	"note":       note,
}

var (
	severities = map[string]string{"S1": "提示", "S2": "一般", "S3": "较重", "S4": "紧急（重大）"}
	findings   = map[string]string{"problem": "问题", "hazard": "隐患", "practice": "好做法", "lead": "线索"}
	waves      = map[string]string{"random": "随机抽查", "lookback": "回头看", "topup": "适时抽查", "redraw": "重新抽取"}
	variances  = map[string]string{"with_replacement": "县级单位按放回抽样计算方差"}
	lonelies   = map[string]string{"fail": "不计算，须先修改抽样设计", "certainty": "视为必选，不计方差", "centre": "以全国均值为中心计算",
		"average": "取其他层方差的平均值", "collapse": "与相邻的层合并"}
	strata = map[string]string{"reporting_unit": "报告单位", "prefecture": "地（市、州、盟）", "county": "县（市、区、旗）"}
)

// day is the Beijing day of an instant as it stands in meta tags and tables.
func day(t time.Time) string { return t.In(inspect.Beijing).Format(time.DateOnly) }

func interval(e release.Estimate) string {
	if !e.Known {
		return "—"
	}
	return fmt.Sprintf("%.1f～%.1f", e.Low, e.High)
}

// tallyRow is one kind of finding: a cell for S4 to S1 and one for counts without a severity; nil
// where nothing was counted.
type tallyRow struct {
	Kind  string
	Cells [5]*score.Tally
}

// pivot sets tallies out as one row a kind.
func pivot(list []score.Tally) []*tallyRow {
	var rows []*tallyRow
	for i, t := range list {
		at := slices.IndexFunc(rows, func(r *tallyRow) bool { return r.Kind == t.Kind })
		if at < 0 {
			at, rows = len(rows), append(rows, &tallyRow{Kind: t.Kind})
		}
		col := max(slices.Index([]string{"S4", "S3", "S2", "S1", ""}, t.Severity), 0)
		rows[at].Cells[col] = &list[i]
	}
	return rows
}

// dict hands a partial template more than one value.
func dict(pairs ...any) map[string]any {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return m
}

// Tags are the bands of a region as word and code.
func (s *site) Tags(codes []string) []chart.Band {
	var out []chart.Band
	for _, c := range codes {
		for _, b := range s.bands {
			if b.Code == c {
				out = append(out, b)
			}
		}
	}
	return out
}

// Latest are at most n documents of a kind.
func (s *site) Latest(kind string, n int) []release.Document {
	docs := s.byKind[kind]
	return docs[:min(n, len(docs))]
}

// SiteName is how the whole site is called in titles and meta tags.
func (s *site) SiteName() string { return cmp.Or(s.Campaign.Column, s.Campaign.TitleZh) }

// Menu is the navigation.
func (s *site) Menu() []crumb {
	menu := []crumb{{"index.html", "首页"}, {"regions/index.html", "各地结果"}, {"indicators/index.html", "检查指标"}}
	for _, k := range document.Kinds {
		menu = append(menu, crumb{k.Folder + "/index.html", k.Title})
	}
	return append(menu, crumb{"methods/index.html", "方法"}, crumb{"data/index.html", "数据"}, crumb{"verify.html", "验证"})
}

// legRow is a drawn county in words.
type legRow struct {
	Region, Name, Home string
	Team, Twin         int
}

// LegRows puts legs in official order: by region, county, and the second team after the first.
func (s *site) LegRows(legs []release.Leg) []legRow {
	rank := map[string]int{}
	names := map[string]string{}
	for i, r := range s.Land().Units {
		rank[r.Code], names[r.Code] = i, r.NameZh
	}
	sorted := slices.SortedFunc(slices.Values(legs), func(a, b release.Leg) int {
		return cmp.Or(cmp.Compare(rank[a.Region], rank[b.Region]), cmp.Compare(a.County, b.County), cmp.Compare(a.Twin, b.Twin))
	})
	out := make([]legRow, 0, len(sorted))
	for _, l := range sorted {
		out = append(out, legRow{names[l.Region], l.Name, cmp.Or(names[l.Home], "不属于任何地区"), l.Team, l.Twin})
	}
	return out
}

// note says why a region has no band.
func note(code string) string {
	text, _ := say.Chinese().Lookup("release.note."+code, nil)
	return cmp.Or(text, code)
}
