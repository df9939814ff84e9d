package form

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// part of the tree that a screen reader reads.
type voice struct {
	role, name, described string
	focused               bool
}

// voices is what a screen reader finds on the screen.
func (p *phone) voices() (out []voice) {
	p.t.Helper()
	tree, err := chromedp.Call(p.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		p.t.Fatal(err)
	}
	text := func(v *accessibility.Value) (s string) {
		if v != nil {
			_ = json.Unmarshal(v.Value, &s)
		}
		return s
	}
	for _, n := range tree.Nodes {
		if n.Ignored {
			continue
		}
		v := voice{role: text(n.Role), name: text(n.Name), described: text(n.Description)}
		for _, x := range n.Properties {
			v.focused = v.focused || x.Name == "focused" && string(x.Value.Value) == "true"
		}
		out = append(out, v)
	}
	return out
}

func (p *phone) hears(role, name string) voice {
	p.t.Helper()
	all := p.voices()
	i := slices.IndexFunc(all, func(v voice) bool { return v.role == role && strings.Contains(v.name, name) })
	if i < 0 {
		p.t.Errorf("no %s is heard that says %q: %+v", role, name, all)
		return voice{}
	}
	return all[i]
}

// A screen reader hears a name for everything that can be touched, lands on the heading of every new
// screen, and is told of saving and of trouble.
func TestScreenReader(t *testing.T) {
	p, _ := unlocked(t, fullWhenAsked)
	touch := []string{"button", "link", "radio", "checkbox", "textbox", "combobox", "spinbutton", "DisclosureTriangle", "progressbar", "navigation", "radiogroup", "group"}
	for _, at := range []string{"#/v/3", "#/v/1/basics", "#/v/1/household", "#/v/3/item/2", "#/v/3/item/1", "#/v/3/findings", "#/v/3/e1", "#/v/3/review", "#/import", "#/export", "#/"} {
		p.eval(`location.hash = '` + at + `'`)
		p.until(`location.hash === '` + at + `' && document.activeElement.tagName === 'H1'`)
		heard := false
		for _, v := range p.voices() {
			if slices.Contains(touch, v.role) && strings.TrimSpace(v.name) == "" && (v.role != "group") {
				t.Errorf("%s: a %s without a name", at, v.role)
			}
			heard = heard || v.role == "heading" && v.focused && v.name != ""
		}
		if !heard {
			t.Errorf("%s: the reader is not at a heading", at)
		}
	}
	p.visit("#/v/1/item/1", "#answer")
	question := p.text("h1")
	if h := p.hears("heading", question); !h.focused || !strings.Contains(h.described, "1 / 27 · A1-01") {
		t.Errorf("the card begins with %+v", h)
	}
	p.hears("group", question)
	p.hears("radio", "来过家里")
	p.eval(`document.getElementById('special-na').click()`)
	p.hears("group", "原因")
	p.eval(`document.getElementById('reason-no_such_case').click()`)
	p.saved()
	p.hears("status", "")
	if !slices.ContainsFunc(p.voices(), func(v voice) bool { return v.name == "已保存" }) {
		t.Error("saving is not said")
	}
	p.eval(`sessionStorage.full = 1; document.getElementById('special-unverified').click()`)
	p.until(`!!document.getElementById('alarm-storage')`)
	p.hears("alert", "")
	if !slices.ContainsFunc(p.voices(), func(v voice) bool { return strings.Contains(v.name, "手机存储已满") }) {
		t.Error("a full storage is not said")
	}
	p.clean()
}

// Saving is not announced at every tap: the words beside the number stay as they are.
func TestSavingIsNotChatter(t *testing.T) {
	p, _ := unlocked(t)
	p.answerNA("#/v/3/item/1")
	p.saved()
	p.until(`document.getElementById('saved').textContent === '已保存'`)
	p.eval(`window.changes = 0; new MutationObserver(list => { window.changes += list.filter(m => m.addedNodes.length && m.addedNodes[0].data !== '已保存').length; })
		.observe(document.getElementById('saved'), {childList: true, subtree: true, characterData: true})`)
	for _, at := range []string{"#/v/3/item/2", "#/v/3/item/3"} {
		p.answerNA(at)
		p.saved()
	}
	if n := value[int](p, `window.changes`); n > 0 {
		t.Errorf("%d changes are read out", n)
	}
	p.clean()
}

// press presses a key on what has the focus, after it was seen to be id.
func (p *phone) press(id, keys string) {
	p.t.Helper()
	p.until(`(document.activeElement || {}).id === '` + id + `'`)
	p.do(chromedp.KeyEvent(keys))
}

// Everything can be done with the keyboard, and the focus is never lost.
func TestKeyboard(t *testing.T) {
	leg := leg()
	leg.Lang, leg.Visits = "en", leg.Visits[:4]
	file, s := onDisk(t, leg)
	p := borrow(t)
	p.open(file)
	p.do(chromedp.Focus(chromedp.CSS("#code")), chromedp.KeyEvent(s.Province.String()+"\r"))
	p.until(`document.querySelector('h1').innerText.includes('Gansu')`)
	p.press("code", s.County.String()+"\r")
	p.until(`document.querySelector('h1').innerText.includes('演示县')`)
	p.press("code", s.Village.String()+"\r")
	p.until(`!!document.getElementById('visits') && document.activeElement.tagName === 'H1'`)

	p.do(chromedp.KeyEvent("\t\r")) // the first visit
	p.until(`location.hash === '#/v/1' && document.activeElement.tagName === 'H1'`)
	p.do(chromedp.KeyEvent("\t\t\r"))
	p.until(`location.hash === '#/v/1/household' && document.activeElement.tagName === 'H1'`)
	p.do(chromedp.KeyEvent("\t"))
	p.press("count", "41\t")
	p.press("lock-count", "\r")
	p.press("line", "\t") // what was tapped is gone, and the reader is at the line
	p.press("here", "\r")
	p.press("line", "\t\t")
	p.press("next", "\r")
	p.until(`location.hash === '#/v/1/item/1' && document.activeElement.tagName === 'H1'`)
	p.do(chromedp.KeyEvent("\t"))
	p.press("answer-yes", " ")
	p.until(`document.getElementById('answer-yes').checked`)
	p.do(chromedp.KeyEvent("\t"))
	p.until(`document.activeElement.name === 'method'`)
	p.do(chromedp.KeyEvent(" "))
	p.until(`document.getElementById('next').classList.contains('primary')`)
	if value[string](p, `getComputedStyle(document.activeElement.nextElementSibling).outlineStyle`) == "none" {
		t.Error("the focus is not seen")
	}
	p.clean()
}

// Whoever asks for less motion gets none.
func TestReducedMotion(t *testing.T) {
	file, _ := onDisk(t, leg())
	p := borrow(t)
	p.open(file)
	p.eval(`document.body.append(document.createElement('progress'))`)
	p.until(`getComputedStyle(document.querySelector('progress')).animationName === 'run'`)
	must(t)(chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}}))
	p.until(`getComputedStyle(document.querySelector('progress')).animationName === 'none'`)
	if n := value[int](p, `document.getAnimations().length`); n > 0 {
		t.Errorf("%d things move", n)
	}
}

var pdfPage = regexp.MustCompile(`/Type\s*/Page\b[^s]`)

// pdf prints what is on the screen, as the browser's own menu does.
func (p *phone) pdf(name string) []byte {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 90*time.Second)
	defer cancel()
	yes := true
	res, err := chromedp.Call(ctx, cdppage.PrintToPDF, cdppage.PrintToPDFParams{PreferCSSPageSize: &yes, PrintBackground: &yes})
	if err != nil {
		p.t.Fatal(err)
	}
	p.keepFile(name+".pdf", res.Data)
	return res.Data
}

// The mandatory report is one page, also where the facts are told at length; and a screen without a
// sheet does not print as a blank page.
func TestPrint(t *testing.T) {
	p, _ := unlocked(t)
	p.visit("#/v/3/e1", "#begin-e1")
	p.tap("begin-e1")
	p.wait("#to-police")
	p.set("fact", strings.Repeat("一名幼儿独自在家，炉火未熄，门从外面锁着。", 40))
	p.tap("to-police")
	p.set("called", "2023-01-08T11:20")
	if n := len(pdfPage.FindAll(p.pdf("sheet"), -1)); n != 1 {
		t.Errorf("the sheet has %d pages", n)
	}
	p.visit("#/v/3/review", "#verdict")
	p.media("print")
	p.has("body", "未作答")
	if strings.Contains(p.text("body"), "儿童有危险") {
		t.Error("buttons are printed")
	}
	p.clean()
}
