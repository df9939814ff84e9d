package form

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
		if n := strings.Count(text, "演示数据"); n != len(p.Visits) {
			t.Errorf("%s: marked %d times for %d visits", lang, n, len(p.Visits))
		}
		for _, v := range p.Visits {
			if !strings.Contains(text, v.ID) {
				t.Errorf("%s: %s is missing", lang, v.ID)
			}
		}
		sheets := strings.Split(text, "<section>")
		for _, it := range p.Checklist.ItemsFor("HH") {
			if !strings.Contains(sheets[1], ">"+it.Code+"<") {
				t.Errorf("%s: %s is missing on the household's sheet", lang, it.Code)
			}
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

// The paper prints on A4 in the browser, under its own policy.
func TestPaperPrints(t *testing.T) {
	var out bytes.Buffer
	if err := WritePaper(&out, leg()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "paper.html")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	p := borrow(t)
	p.do(chromedp.Navigate("file://" + file))
	p.pdf("paper")
	p.clean()
}
