package site

import (
	"fmt"
	"html/template"

	"zhicha/inspect/document"
	"zhicha/inspect/release"
	"zhicha/site/chart"
)

// docPath is where a document stands.
func docPath(d release.Document) string { return document.KindOf(d.Kind).Folder + "/" + d.ID + ".html" }

// planPages lists the pages.
func (s *site) planPages() {
	s.add(page{Path: "index.html", Name: "home", Nav: "index.html", Title: "首页", inner: homeChart})
	s.planRegions()
	s.planIndicators()
	s.planDocuments()
	for _, w := range s.Waves {
		s.add(page{Path: fmt.Sprintf("rounds/%d.html", w.No), Name: "round", Nav: "methods/index.html",
			Title: fmt.Sprintf("第%d批次", w.No), Crumbs: []crumb{{"methods/index.html", "方法"}}, Body: w})
	}
	s.add(page{Path: "methods/index.html", Name: "methods", Nav: "methods/index.html", Title: "方法"})
	s.add(page{Path: s.MethodPath(), Name: "method", Nav: "methods/index.html",
		Title: "方法第" + s.Method.Version + "版", Crumbs: []crumb{{"methods/index.html", "方法"}}})
	s.add(page{Path: "corrections.html", Name: "corrections", Nav: "methods/index.html", Title: "更正", Crumbs: []crumb{{"methods/index.html", "方法"}}})
	s.add(page{Path: "data/index.html", Name: "data", Nav: "data/index.html", Title: "数据"})
	s.add(page{Path: "verify.html", Name: "verify", Nav: "verify.html", Title: "验证"})
	s.add(page{Path: "accessibility.html", Name: "accessibility", Title: "无障碍说明"})
	s.add(page{Path: "404.html", Name: "missing", Title: "没有找到这个页面"})
}

func (s *site) add(p page) {
	p.site = s
	if p.Path != "index.html" {
		p.Crumbs = append(append([]crumb{{"index.html", "首页"}}, p.Crumbs...), crumb{"", p.Title})
	}
	s.pages = append(s.pages, p)
}

// MethodPath is the page of the method the scores follow.
func (s *site) MethodPath() string { return "methods/" + s.Method.Version + ".html" }

// homeChart is the map of the nation, of another territory its results in official order; one reporting unit alone is
// compared with nobody.
func homeChart(p *page) (template.HTML, error) {
	switch {
	case p.Territory == nil:
		return chart.TileGrid(p.regions(), p.bands)
	case len(p.Regions) > 1:
		return chart.Intervals(p.regions(), p.bands)
	}
	return "", nil
}

// regions are the reporting units as the figures of the page show them.
func (p *page) regions() []chart.Region {
	out := make([]chart.Region, 0, len(p.Regions))
	for _, r := range p.Regions {
		out = append(out, chart.Region{Code: r.Code, Name: r.NameZh, Short: r.Short, Href: p.Root() + "regions/" + r.Code + ".html",
			Known: r.Known, Score: r.Score, Low: r.Low, High: r.High, Bands: r.Bands})
	}
	return out
}

// regionBody is what the page of a reporting unit shows beside the site itself.
type regionBody struct {
	release.Region
	Groups      []itemGroup
	Practices   []release.Document
	Corrections []release.Correction
}

// itemGroup is a section with its items.
type itemGroup struct {
	release.Section
	National release.Section
	Items    []release.Item
}

// groups orders items below their sections, which must be in checklist order already.
func (s *site) groups(sections []release.Section, items []release.Item) []itemGroup {
	var out []itemGroup
	for _, sec := range sections {
		g := itemGroup{Section: sec, National: s.sections[sec.Code]}
		for _, i := range items {
			if i.Section == sec.Code {
				g.Items = append(g.Items, i)
			}
		}
		out = append(out, g)
	}
	return out
}

func (s *site) planRegions() {
	const nav = "regions/index.html"
	s.add(page{Path: nav, Name: "regions", Nav: nav, Title: "各地结果",
		inner: func(p *page) (template.HTML, error) { return chart.Intervals(p.regions(), p.bands) }})
	for _, r := range s.Regions {
		b := regionBody{Region: r, Groups: s.groups(r.Sections, r.Items)}
		for _, d := range s.byKind[document.Practice] {
			if d.Region == r.Code {
				b.Practices = append(b.Practices, d)
			}
		}
		for _, c := range s.Corrections {
			if c.Moves = c.Of(r.Code); len(c.Moves) > 0 {
				b.Corrections = append(b.Corrections, c)
			}
		}
		p := page{Path: "regions/" + r.Code + ".html", Name: "region", Nav: nav, Title: r.NameZh,
			Crumbs: []crumb{{nav, "各地结果"}}, Body: b,
			Article: &article{Published: day(s.AsOf), Source: s.Campaign.OfficeZh}}
		if len(r.Sections) > 0 {
			p.inner = func(p *page) (template.HTML, error) { return barsChart(p.Land().NameZh, b) }
		}
		s.add(p)
	}
}

func barsChart(land string, b regionBody) (template.HTML, error) {
	bars := make([]chart.Bar, 0, len(b.Groups))
	for _, g := range b.Groups {
		bars = append(bars, chart.Bar{Name: g.NameZh, Known: g.Known, Score: g.Score, Low: g.Low, High: g.High,
			NationalKnown: g.National.Known, National: g.National.Score})
	}
	return chart.Bars(land, b.NameZh, bars)
}

// indicatorBody is what the page of an item shows: the item and every region's result on it.
type indicatorBody struct {
	release.Item
	SectionName string
	Rows        []indicatorRow
}

type indicatorRow struct {
	Code, Name string
	release.Estimate
}

func (s *site) planIndicators() {
	const nav = "indicators/index.html"
	s.add(page{Path: nav, Name: "indicators", Nav: nav, Title: "检查指标", Body: s.groups(s.Sections, s.Items)})
	rows := map[string][]indicatorRow{}
	for _, r := range s.Regions {
		byCode := map[string]release.Estimate{}
		for _, i := range r.Items {
			byCode[i.Code] = i.Estimate
		}
		for _, i := range s.Items {
			rows[i.Code] = append(rows[i.Code], indicatorRow{r.Code, r.NameZh, byCode[i.Code]})
		}
	}
	for _, i := range s.Items {
		s.add(page{Path: "indicators/" + i.Code + ".html", Name: "indicator", Nav: nav, Title: i.Code + " " + i.NameZh,
			Crumbs: []crumb{{nav, "检查指标"}}, Body: indicatorBody{i, s.sections[i.Section].NameZh, rows[i.Code]}})
	}
}

// listBody is an index of documents: by year, or practices by section.
type listBody struct {
	Kind   string
	Groups []listGroup
}

type listGroup struct {
	Title     string
	Documents []release.Document
}

// documentBody is a document and the names of what it refers to.
type documentBody struct {
	release.Document
	RegionName string
	TopicName  string
}

func (s *site) planDocuments() {
	for _, k := range document.Kinds {
		kind, nav := k.Name, k.Folder+"/index.html"
		s.add(page{Path: nav, Name: "list", Nav: nav, Title: k.Title, Body: listBody{kind, s.listGroups(kind)}})
		for _, d := range s.byKind[kind] {
			b := documentBody{Document: d, TopicName: s.sections[d.Topic].NameZh}
			for _, r := range s.Regions {
				if r.Code == d.Region {
					b.RegionName = r.NameZh
				}
			}
			s.add(page{Path: docPath(d), Name: "document", Nav: nav, Title: d.Title, Body: b,
				Crumbs: []crumb{{nav, k.Title}}, inner: renderDocument,
				Article: &article{Published: string(d.Date), Source: d.Issuer}})
		}
	}
}

func renderDocument(p *page) (template.HTML, error) {
	b := p.Body.(documentBody)
	html, err := document.Render([]byte(b.Markdown))
	return template.HTML(html), err // sanitised by document.Render
}

func (s *site) listGroups(kind string) (out []listGroup) {
	docs := s.byKind[kind]
	group := func(title string, in func(release.Document) bool) {
		g := listGroup{Title: title}
		for _, d := range docs {
			if in(d) {
				g.Documents = append(g.Documents, d)
			}
		}
		if len(g.Documents) > 0 {
			out = append(out, g)
		}
	}
	if !document.KindOf(kind).Slug {
		for _, y := range years(docs) {
			group(fmt.Sprintf("%d年", y), func(d release.Document) bool { return d.Year == y })
		}
		return out
	}
	for _, sec := range s.Sections {
		group(sec.NameZh, func(d release.Document) bool { return d.Topic == sec.Code })
	}
	group("其他", func(d release.Document) bool { return s.sections[d.Topic].Code == "" })
	return out
}
