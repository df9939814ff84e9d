package site

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"golang.org/x/net/html"

	"zhicha/inspect"
	"zhicha/inspect/release"
)

var preview = flag.String("preview", "", "folder to write a site from made-up data into")

// TestPreview writes a site to look at: go test ./site -run TestPreview -preview DIR.
func TestPreview(t *testing.T) {
	if *preview == "" {
		t.Skip("no -preview folder given")
	}
	stats, err := Write(*preview, build(t, sample()))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", stats)
}

func build(t testing.TB, p release.Public) []File {
	t.Helper()
	files, err := Build(p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// page finds and parses one page.
func pageOf(t testing.TB, files []File, path string) *html.Node {
	t.Helper()
	i := slices.IndexFunc(files, func(f File) bool { return f.Path == path })
	if i < 0 {
		t.Fatalf("no page %q", path)
	}
	n, err := html.Parse(bytes.NewReader(files[i].Data))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// in returns the elements below n that match a selector: tag, .class and #id, descendants by a space.
func in(n *html.Node, selector string) []*html.Node {
	at := []*html.Node{n}
	for _, step := range strings.Fields(selector) {
		var next []*html.Node
		for _, a := range at {
			for d := range a.Descendants() {
				if d.Type == html.ElementNode && matches(d, step) && !slices.Contains(next, d) {
					next = append(next, d)
				}
			}
		}
		at = next
	}
	return at
}

var step = regexp.MustCompile(`[.#]?[^.#]+`)

func matches(n *html.Node, selector string) bool {
	for _, part := range step.FindAllString(selector, -1) {
		switch part[0] {
		case '.':
			if !slices.Contains(strings.Fields(attr(n, "class")), part[1:]) {
				return false
			}
		case '#':
			if attr(n, "id") != part[1:] {
				return false
			}
		default:
			if n.Data != part {
				return false
			}
		}
	}
	return true
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// one returns the text of the single element that matches.
func one(t *testing.T, n *html.Node, selector string) string {
	t.Helper()
	got := in(n, selector)
	if len(got) != 1 {
		t.Fatalf("%d elements match %q", len(got), selector)
	}
	return textOf(got[0])
}

// What every page owes its reader.
func TestEveryPage(t *testing.T) {
	files := build(t, sample())
	pages := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Path, ".html") {
			continue
		}
		pages++
		n := pageOf(t, files, f.Path)
		if h := in(n, "h1"); len(h) != 1 || textOf(h[0]) == "" {
			t.Errorf("%s: %d headings of the first level", f.Path, len(h))
		}
		if attr(in(n, "html")[0], "lang") != "zh-CN" {
			t.Errorf("%s: no language", f.Path)
		}
		if got := textOf(in(n, "footer .danger")[0]); !strings.Contains(got, "110") || !strings.Contains(got, "12345") {
			t.Errorf("%s: danger says %q", f.Path, got)
		}
		if one(t, n, ".demo strong") != "演示数据" {
			t.Errorf("%s: not marked as a demonstration", f.Path)
		}
		if len(in(n, "script")) > 0 || len(in(n, "#main")) != 1 {
			t.Errorf("%s: a script, or no main part", f.Path)
		}
	}
	// six on their own, regions, indicators, three lists with a document each, a round, the method twice
	if want := 6 + 33 + 60 + 6 + 1 + 2; pages != want {
		t.Errorf("%d pages, want %d", pages, want)
	}
	if ps := Check(files); len(ps) > 0 {
		t.Errorf("%d problems: %v", len(ps), ps)
	}
}

// Every reporting unit has its page, in official order, with all a score must be shown with.
func TestRegions(t *testing.T) {
	p := sample()
	files := build(t, p)
	index := in(pageOf(t, files, "regions/index.html"), "tbody tr")
	if len(index) != 32 {
		t.Fatalf("%d rows", len(index))
	}
	for i, r := range p.Regions {
		if got := textOf(in(index[i], "th")[0]); got != r.NameZh {
			t.Errorf("row %d is %s, want %s", i, got, r.NameZh)
		}
		n := pageOf(t, files, "regions/"+r.Code+".html")
		if one(t, n, "h1") != r.NameZh || len(in(n, ".split .facts div")) != 6 || !strings.Contains(one(t, n, "p.basis"), "样本仅反映抽查点情况") {
			t.Errorf("%s: heading, facts or caution missing", r.NameZh)
		}
		for _, id := range []string{"#reply", "#corrections", "#found"} {
			one(t, n, id)
		}
		big, svg, rows := one(t, n, ".big"), len(in(n, "svg")), len(in(n, "tbody tr"))
		if r.Known && (big != fmt.Sprintf("%.1f分", r.Score) || svg != 1 || rows < 11+11+59 || len(in(n, ".tags .band")) != len(r.Bands)) {
			t.Errorf("%s: %s, %d figures, %d rows", r.NameZh, big, svg, rows)
		}
		if !r.Known && (big != "样本不足" || svg != 0 || one(t, n, ".tags .band") != "不评等次") {
			t.Errorf("%s: %s, %d figures", r.NameZh, big, svg)
		}
	}
	guangdong := pageOf(t, files, "regions/44.html")
	if got := in(guangdong, "section ul.news li"); len(got) != 1 || !strings.HasPrefix(textOf(got[0]), "邻里守望敲门制度") {
		t.Errorf("practice: %d", len(got))
	}
	if got := one(t, pageOf(t, files, "regions/11.html"), "blockquote"); got != p.Regions[0].Reply {
		t.Errorf("reply %q", got)
	}
}

// A correction stands on a page of its own, on that of the method, and on that of whom it concerns, each
// time with its number, date, reason, and what was before and after.
func TestCorrections(t *testing.T) {
	p := sample()
	files := build(t, p)
	first := []string{"2023年1月28日", "一处检查不是应查的对象，不再计分。", "广东省", "76.1分区间72.0～80.2计分70处良好或合格", "76.4分区间72.4～80.4计分69处良好或合格"}
	for path, want := range map[string][][]string{
		"corrections.html": {{"第2号更正"}, {"第1号更正"}}, "methods/1.html": {{"第2号更正"}, {"第1号更正"}},
		"regions/44.html": {{"第1号更正"}}, "regions/BT.html": {{"第2号更正"}}, "regions/11.html": {},
	} {
		n := pageOf(t, files, path)
		var heads []*html.Node
		for _, h := range append(in(n, "section h2"), in(n, "section h3")...) {
			if strings.HasSuffix(textOf(h), "号更正") {
				heads = append(heads, h)
			}
		}
		if len(heads) != len(want) || len(in(n, "table.moves")) != len(want) {
			t.Errorf("%s: %d corrections, %d tables", path, len(heads), len(in(n, "table.moves")))
			continue
		}
		for i, h := range heads {
			if textOf(h) != want[i][0] {
				t.Errorf("%s: %s stands where %s should", path, textOf(h), want[i][0])
			}
		}
		text := textOf(in(n, "main")[0])
		concerned := path != "regions/BT.html" && path != "regions/11.html"
		if strings.Contains(text, first[1]) != concerned {
			t.Errorf("%s: the first correction shows: %v", path, !concerned)
		}
		for _, part := range first {
			if concerned && !strings.Contains(text, part) {
				t.Errorf("%s: %q is missing", path, part)
			}
		}
	}
	n := pageOf(t, files, "corrections.html")
	if rows := in(n, "table.moves tbody tr"); len(rows) != 4 || textOf(rows[0]) != "全国83.4分区间81.6～85.2计分2227处83.5分区间81.7～85.3计分2215处" ||
		!strings.HasSuffix(textOf(rows[1]), "样本不足不评等次") {
		t.Errorf("rows %d: %s", len(rows), textOf(rows[0]))
	}
	one(t, n, "#no-1")
	if got := one(t, pageOf(t, files, "regions/11.html"), "p.empty"); got != "得分冻结以来，没有涉及本地的更正。" {
		t.Errorf("beside a correction of others: %s", got)
	}
	p.Corrections = append([]release.Correction{{No: 3, Date: "2023-02-08", Text: "演示数据：改正一处记录的核实方式。"}}, p.Corrections...)
	if got := textOf(in(pageOf(t, build(t, p), "corrections.html"), "section")[0]); !strings.Contains(got, "公布的得分、区间和等次都没有变化") {
		t.Errorf("without moves: %s", got)
	}
	p.Corrections = nil
	for _, path := range []string{"corrections.html", "methods/1.html"} {
		if got := textOf(in(pageOf(t, build(t, p), path), "main")[0]); !strings.Contains(got, "得分冻结以来没有更正。") || strings.Contains(got, "号更正") {
			t.Errorf("%s without any: %s", path, got)
		}
	}
}

// The file of all public data gives the same data again, to the byte, and the same site.
func TestPublicDataRoundTrips(t *testing.T) {
	files := build(t, sample())
	at := func(files []File, path string) []byte {
		i := slices.IndexFunc(files, func(f File) bool { return f.Path == path })
		return files[i].Data
	}
	data := at(files, PublicData)
	var p release.Public
	if err := json.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(p)
	if err != nil || !bytes.Equal(append(again, '\n'), data) {
		t.Errorf("written again it differs: %v", err)
	}
	for i, f := range build(t, p) {
		if f.Path != files[i].Path || !bytes.Equal(f.Data, files[i].Data) {
			t.Errorf("%s differs", f.Path)
		}
	}
}

func TestIndicatorsAndDocuments(t *testing.T) {
	p := sample()
	files := build(t, p)
	if n := pageOf(t, files, "indicators/index.html"); len(in(n, "tbody tr")) != len(p.Items) || len(p.Items) != 59 {
		t.Errorf("%d indicators listed", len(in(n, "tbody tr")))
	}
	for _, i := range p.Items {
		n := pageOf(t, files, "indicators/"+i.Code+".html")
		if len(in(n, "tbody tr")) != 32 || !strings.HasPrefix(one(t, n, "blockquote"), i.Basis) || len(in(n, "h1 .red")) == 1 != i.RedLine {
			t.Errorf("%s: rows, basis or red line", i.Code)
		}
	}
	n := pageOf(t, files, "notices/2023/3.html")
	if one(t, n, ".number") != "国未保办发〔2023〕3号" || len(in(n, ".text h2")) != 5 || len(in(n, ".text table tbody tr")) != 11 {
		t.Error("notice: number, parts or table")
	}
	for name, want := range map[string]string{"ArticleTitle": p.Documents[0].Title, "PubDate": "2023-01-30", "ContentSource": p.Campaign.OfficeZh,
		"SiteName": p.Campaign.TitleZh, "ColumnName": "通报"} {
		i := slices.IndexFunc(in(n, "meta"), func(m *html.Node) bool { return attr(m, "name") == name })
		if i < 0 || attr(in(n, "meta")[i], "content") != want {
			t.Errorf("meta %s", name)
		}
	}
}

// A campaign with nothing in it yet gives whole pages that say so.
func TestEmpty(t *testing.T) {
	files := build(t, release.Public{Method: release.Method{Version: "1"}})
	for _, p := range Check(files) {
		t.Error(p)
	}
	for path, want := range map[string]string{"notices/index.html": "还没有发布通报。", "practices/index.html": "还没有发布好做法。",
		"methods/index.html": "还没有开展抽查。", "verify.html": "还没有公布的指纹。"} {
		if got := in(pageOf(t, files, path), "p.empty"); len(got) == 0 || textOf(got[0]) != want {
			t.Errorf("%s does not say %s", path, want)
		}
	}
	if len(in(pageOf(t, files, "index.html"), ".demo")) > 0 {
		t.Error("marked as a demonstration")
	}
}

// The same input gives the same bytes, on one core and on many, whatever the order of documents.
func TestSameBytes(t *testing.T) {
	a := build(t, sample())
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p := sample()
	slices.Reverse(p.Documents)
	b := build(t, p)
	if !slices.EqualFunc(a, b, func(x, y File) bool { return x.Path == y.Path && bytes.Equal(x.Data, y.Data) }) {
		t.Error("two builds differ")
	}
	if !slices.IsSortedFunc(a, byPath) {
		t.Error("files are not sorted")
	}
}

// Text that tries to be markup stays text, wherever it comes from.
func TestHostileText(t *testing.T) {
	evil := `"><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}`
	p := sample()
	p.Campaign.TitleZh, p.Campaign.OfficeZh, p.Campaign.Column, p.Campaign.Hotline = evil, evil, evil, `"onclick="x`
	p.Regions[0].NameZh, p.Regions[0].Short, p.Regions[0].Reply, p.Regions[0].BandNote = evil, evil, evil, evil
	p.Items[0].NameZh, p.Items[0].Basis, p.Sections[0].NameZh, p.Waves[0].Beacon = evil, evil, evil, evil
	for i := range p.Documents {
		d := &p.Documents[i]
		d.Title, d.Summary, d.Issuer, d.To, d.Number = evil, evil, evil, evil, evil
		d.Markdown = evil + "\n\n[x](javascript:alert(1)) <b style=x onclick=y>z</b>\n\n" + d.Markdown
	}
	files := build(t, p)
	for _, f := range files {
		if !strings.HasSuffix(f.Path, ".html") {
			continue
		}
		n := pageOf(t, files, f.Path)
		if len(in(n, "script"))+len(in(n, "img")) > 0 {
			t.Errorf("%s: markup came alive", f.Path)
		}
	}
	for _, p := range Check(files) {
		t.Error(p)
	}
	i := slices.IndexFunc(files, func(f File) bool { return f.Path == "feeds/all.atom" })
	if bytes.Contains(files[i].Data, []byte("<script")) {
		t.Error("feed carries a script")
	}
}

func TestBuildRejects(t *testing.T) {
	for _, c := range []struct {
		rule  string
		spoil func(*release.Public)
	}{
		{"site.name", func(p *release.Public) { p.Documents[1].ID = "../../x" }},
		{"site.name", func(p *release.Public) { p.Method.Version = "" }},
		{"site.name", func(p *release.Public) { p.Items[3].Code = "a/b" }},
		{"site.number", func(p *release.Public) { p.Documents[0].ID = "2023/../x" }},
		{"site.kind", func(p *release.Public) { p.Documents[0].Kind = "special" }},
		{"site.twice", func(p *release.Public) { p.Documents = append(p.Documents, p.Documents[0]) }},
	} {
		p := sample()
		c.spoil(&p)
		_, err := Build(p, Options{})
		if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != c.rule {
			t.Errorf("want %s, got %v", c.rule, err)
		}
	}
}

// Every rule has its sentence and its way out in both languages, and none is left over.
func TestLocale(t *testing.T) {
	var used []string
	for _, f := range []string{"site.go", "data.go", "write.go", "check.go"} {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"(site\.[a-z]+)"`).FindAllStringSubmatch(string(src), -1) {
			if m[1] != "site.css" {
				used = append(used, m[1], m[1]+".fix")
			}
		}
	}
	slices.Sort(used)
	used = slices.Compact(used)
	for _, lang := range []string{"zh-CN", "en"} {
		data, err := os.ReadFile("../templates/locale/site." + lang + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		var have map[string]string
		if err := yaml.Unmarshal(data, &have); err != nil {
			t.Fatal(err)
		}
		var keys []string
		for k := range have {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		if !slices.Equal(keys, used) {
			t.Errorf("%s: catalogue %v\nrules %v", lang, keys, used)
		}
	}
}

func BenchmarkBuildSite(b *testing.B) {
	p := sample()
	b.ReportAllocs()
	for b.Loop() {
		build(b, p)
	}
}

// What was withdrawn is told by its digest, the two dates and a reason in words; nothing is where nothing was.
func TestWithdrawn(t *testing.T) {
	p := sample()
	if n := pageOf(t, build(t, p), "corrections.html"); len(in(n, "table.withdrawn")) != 0 || len(in(n, "#withdrawn")) != 0 {
		t.Error("a list of none")
	}
	d := inspect.DigestOf([]byte("x"))
	for _, r := range []string{"error", "privacy", "superseded"} {
		p.Withdrawn = append(p.Withdrawn, release.Withdrawn{Document: d, Signed: "2023-01-25", Date: "2023-02-03", Reason: r})
	}
	rows := in(pageOf(t, build(t, p), "corrections.html"), "table.withdrawn tbody tr")
	for i, reason := range []string{"内容有误", "涉及个人信息", "已由新文件代替"} {
		if want := d.String() + "2023年1月25日2023年2月3日" + reason; len(rows) != 3 || textOf(rows[i]) != want {
			t.Fatalf("%d rows, want %q", len(rows), want)
		}
	}
}
