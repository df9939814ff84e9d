package form

import (
	"bytes"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

func TestPaperAsksTheSame(t *testing.T) {
	p := leg()
	for lang, words := range map[string][]string{"zh": {"现场检查记录", "怎么得知", "户序"}, "en": {"Record of a visit", "Learned by", "Household order"}} {
		p.Lang = lang
		var out bytes.Buffer
		if err := WritePaper(&out, p); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		sheets := strings.Split(text, "<section ")
		if n := strings.Count(text, "演示数据"); n != len(sheets)-1+2 || len(sheets) != 1+len(p.Visits)+2+1 { // with the pages' edge and ground; two orders, one report
			t.Errorf("%s: marked %d times on %d sheets", lang, n, len(sheets)-1)
		}
		for _, v := range p.Visits {
			if !strings.Contains(text, v.ID) {
				t.Errorf("%s: %s is missing", lang, v.ID)
			}
		}
		for _, it := range p.Checklist.ItemsFor("HH") {
			if !strings.Contains(sheets[1], ">"+it.Code+"<") {
				t.Errorf("%s: %s is missing on the household's sheet", lang, it.Code)
			}
			for _, o := range it.Answer.Options {
				if !strings.Contains(sheets[1], `<span class="code">`+o.Code+"</span>") {
					t.Errorf("%s: %s lacks its answer %s", lang, it.Code, o.Code)
				}
			}
		}
		if strings.Contains(sheets[1], `class="bands"`) || !strings.Contains(sheets[2], `class="bands"`) {
			t.Errorf("%s: the order does not stand on a page of its own behind the household's", lang)
		}
		if strings.Contains(text, "ORAL") || strings.Contains(text, "ZgotmplZ") {
			t.Errorf("%s: a method that does not exist, or text the template refused", lang)
		}
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("%s: %q is missing", lang, w)
			}
		}
	}
}

// The order stands in full for small registers and never names a line beyond the span.
func TestPaperOrder(t *testing.T) {
	got := bands(inText("zh"), leg().Visits[0].Order)
	if first := strings.Fields(got[0].Lines); got[0].Range != "1–10户" || len(first) != 10 {
		t.Errorf("%+v", got[0])
	}
	if last := strings.Fields(got[7].Lines); len(last) != orderShown {
		t.Errorf("%d lines", len(last))
	}
}

// The paper prints on A4 in the browser, under its own policy: every page says which packet it is of,
// how many there are and that it is a demonstration; no item is cut by the end of a page.
func TestPaperPrints(t *testing.T) {
	var out bytes.Buffer
	leg := leg()
	if err := WritePaper(&out, leg); err != nil {
		t.Fatal(err)
	}
	p := borrow(t)
	p.do(chromedp.Navigate("file://" + inFile(t, "paper.html", out.Bytes())))
	pdf := p.pdf("paper")
	p.clean()
	pages := pdfText(t, inFile(t, "paper.pdf", pdf))
	items := 0
	for i, page := range pages {
		for _, part := range []string{"P-007", "演示数据", fmt.Sprintf("第 %d 页，共 %d 页", i+1, len(pages)), "不得向被检查地区透露"} {
			if !strings.Contains(page, part) {
				t.Errorf("page %d lacks %q", i+1, part)
			}
		}
		begun, ended := len(itemCode.FindAllString(page, -1)), strings.Count(page, "☐ 未核实 原因")
		if begun != ended {
			t.Errorf("page %d begins %d items and ends %d", i+1, begun, ended)
		}
		items += ended
	}
	want := 0
	for _, v := range leg.Visits {
		want += len(leg.Checklist.ItemsFor(v.Kind))
	}
	if items != want {
		t.Errorf("%d items of %d are printed", items, want)
	}
	if last := pages[len(pages)-1]; !strings.Contains(last, "强制报告单") || strings.Contains(last, "检查指标") {
		t.Errorf("the last page is not the mandatory report: %s", last)
	}
	for i, page := range pages { // whoever writes the count down does not see the order
		if strings.Contains(page, "依次走访名册第几户") && strings.Contains(page, "清点时间\n") {
			t.Errorf("page %d shows the order beside the count", i+1)
		}
	}
}

// Nothing is wider than the page in either language: the browser would shrink all of it.
func TestPaperFitsItsWidth(t *testing.T) {
	leg := leg()
	p := borrow(t)
	for _, leg.Lang = range []string{"zh", "en"} {
		var out bytes.Buffer
		if err := WritePaper(&out, leg); err != nil {
			t.Fatal(err)
		}
		p.do(chromedp.EmulateViewport(688, 1000), chromedp.Navigate("file://"+inFile(t, "paper.html", out.Bytes()))) // 182 mm
		must(t)(chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
		for _, wide := range value[[]string](p, `[...document.querySelectorAll('section *')].filter(e => e.getBoundingClientRect().right > 688 || e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)
			.slice(0, 8).map(e => e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 40))`) {
			t.Errorf("%s: %s", leg.Lang, wide)
		}
	}
}

var itemCode = regexp.MustCompile(`(?m)^\s*[AB]\d-\d\d\b`)

// pdfText is what the pages of a PDF say, laid out as they are.
func pdfText(t testing.TB, file string) []string {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext (poppler-utils) is not installed")
	}
	text, err := exec.Command(tool, "-layout", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\f"), "\f")
}
