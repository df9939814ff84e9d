package form

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	jpegs "image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"zhicha/inspect"
)

// draft is what a colleague's form holds of a visit.
func draft(leg Packet, i int, complete bool) map[string]any {
	v := &leg.Visits[i]
	answers := map[string]any{}
	for k, it := range leg.Checklist.ItemsFor(v.Kind) {
		if a, _, _ := answerTo(it, k); complete || k < 3 {
			answers[it.Code] = map[string]any{"value": a.Value, "method": a.Method, "reason": a.Reason, "note": "同事填写"}
		}
	}
	return map[string]any{"visit": v.ID, "revision": 1, "correction": "", "exported": 0, "state": "open", "changed": "2023-01-08T10:00:00",
		"arrived": "2023-01-08T09:40", "left": "2023-01-08T10:15", "inspectors": []string{"T03-1", "T03-2"}, "present": []string{"child"}, "escort": "",
		"tries": []any{}, "household": 0, "answers": answers, "findings": []any{}}
}

// part writes the file that a colleague exported.
func part(t testing.TB, drafts ...map[string]any) string {
	t.Helper()
	c := changed(func(c map[string]any) {
		c["reports"], c["alarms"], c["passed"], c["photos"] = []any{}, []any{}, []any{}, []any{}
		list := []any{}
		for _, d := range drafts {
			list = append(list, d)
		}
		c["drafts"] = list
	})
	key, _ := ours("winter-2023", 1, 7)
	file := filepath.Join(t.TempDir(), "R-007-1.zhicha")
	if err := os.WriteFile(file, returnFile(t, "winter-2023", 1, 7, key, c), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func (p *phone) takeIn(files ...string) {
	p.t.Helper()
	p.eval(`location.hash = '#/import'`)
	p.do(chromedp.WaitReady(chromedp.CSS("#import")), chromedp.SetUploadFiles(chromedp.CSS("#import"), files))
}

func (p *phone) visit(hash, css string) {
	p.t.Helper()
	p.eval(`location.hash = '` + hash + `'`)
	p.wait(css)
}

// A colleague's part is merged visit by visit; where both filled one, people choose.
func TestImportOfAColleaguesPart(t *testing.T) {
	leg := leg()
	file, s := onDisk(t, leg)
	p := borrow(t)
	p.open(file)
	p.unlock(s.Province.String(), s.County.String(), s.Village.String())
	p.visit("#/v/3/item/1", "#answer")
	p.eval(`document.getElementById('special-na').click()`)
	p.takeIn(part(t, draft(leg, 2, true), draft(leg, 3, true)))
	p.wait("#conflict-3")
	p.shot("20-conflict")
	p.has("#imported", "第4站：已导入")
	p.has("#conflict-3", "两边都填了")
	p.tap("theirs-3")
	p.visit("#/", "#visits")
	p.has("#visit-3", "21 / 21")
	p.has("#visit-4", "13 / 13")
	p.takeIn(part(t, draft(leg, 3, true)))
	p.until(`document.getElementById('imported').innerText.includes('第4站：两边相同')`)

	foreign := filepath.Join(t.TempDir(), "R-008-1.zhicha")
	for _, r := range readVectors(t).Returns {
		if r.Name == "other packet" {
			if err := os.WriteFile(foreign, r.File, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.takeIn(foreign)
	p.until(`document.getElementById('imported').innerText.includes('属于别的活动、批次或检查包')`)
	p.do(chromedp.Reload(), chromedp.WaitReady(chromedp.CSS("html[data-ready]")))
	p.visit("#/", "#visits")
	p.has("#visit-4", "13 / 13")
	p.clean()
}

// A closed visit that was exported is changed only with a reason, as a new revision.
func TestCorrectionAfterExport(t *testing.T) {
	leg := leg()
	leg.Visits = leg.Visits[3:4]
	leg.Visits[0].Seq = 1
	file, s := onDisk(t, leg)
	p := borrow(t)
	p.open(file)
	p.unlock(s.Province.String(), s.County.String(), s.Village.String())
	p.takeIn(part(t, draft(leg, 0, true)))
	p.until(`document.getElementById('imported').innerText.includes('已导入')`)
	p.visit("#/v/1/review", "#finish")
	p.tap("finish")
	p.wait("#save-visit")
	p.tap("save-visit")
	p.until(`document.getElementById('saved-file').innerText.includes('R-007-1.zhicha')`)
	p.downloaded("R-007-1.zhicha")
	p.tap("reopen") // at once, without leaving the screen: what was exported is not changed unsaid
	p.until(`!document.getElementById('why-missing').hidden`)
	p.visit("#/v/1/item/1", "#answer")
	p.until(`document.querySelector('#answer input').disabled`) // a closed visit cannot be changed
	p.visit("#/v/1", "#why")
	p.tap("reopen")
	p.has("#app", "已完成")
	p.typeIn("why", "数错一项")
	p.tap("reopen")
	p.wait("#go-review")
	p.visit("#/v/1/item/1", "#answer")
	p.eval(`document.getElementById('special-na').click(); document.getElementById('reason-no_such_case').click()`)
	p.visit("#/v/1/review", "#finish")
	p.tap("finish")
	p.wait("#save-visit")
	p.tap("save-visit")
	p.visit("#/", "#lock")
	p.tap("lock")
	p.wait("#code") // and the packet is shut again
	ret, _, err := ReadReturn("2", p.downloaded("R-007-2.zhicha"), ours)
	if err != nil || len(ret.Reports) != 1 || ret.Reports[0].Revision != 2 || ret.Reports[0].Correction != "数错一项" || ret.Reports[0].Answers[0].Value != inspect.NotApplicable {
		t.Errorf("%+v, %v", ret, err)
	}
	p.clean()
}

// The second tab of a packet can only read, and writes once the first is closed.
func TestSecondTabIsReadOnly(t *testing.T) {
	file, s := onDisk(t, leg())
	p := borrow(t)
	p.open(file)
	p.unlock(s.Province.String(), s.County.String(), s.Village.String())
	ctx, cancel := chromedp.NewContext(p.ctx)
	defer cancel()
	second := &phone{t: t, ctx: ctx, downloads: p.downloads}
	second.prepare()
	second.open(file)
	second.until(`!!document.getElementById('alarm-tab') && document.getElementById('code').disabled`)
	second.shot("21-second-tab")
	p.do(chromedp.Navigate("about:blank"))
	second.until(`!!document.documentElement && document.documentElement.dataset.ready === 'yes' && !document.getElementById('alarm-tab') && !document.getElementById('code').disabled`)
	second.clean()
}

// What a viewer cannot do is said before the first answer, and nothing is pretended.
func TestMissingAbilities(t *testing.T) {
	file, s := onDisk(t, leg())
	t.Run("storage", func(t *testing.T) {
		p := borrow(t)
		p.before(`Object.defineProperty(window, 'indexedDB', {value: undefined})`)
		p.open(file)
		p.has("#test-storage", "不可用")
		p.has("#alarm-storage", "答案就会丢失")
		p.shot("22-no-storage")
		p.unlock(s.Province.String(), s.County.String(), s.Village.String())
		p.visit("#/v/3/item/1", "#answer")
		p.eval(`document.getElementById('special-na').click(); document.getElementById('reason-no_such_case').click()`)
		p.visit("#/", "#visits")
		p.has("#visit-3", "1 / 21")
		p.clean()
	})
	t.Run("full", func(t *testing.T) {
		p := borrow(t)
		p.before(`const put = IDBObjectStore.prototype.put; window.full = false;
			IDBObjectStore.prototype.put = function (...a) { if (window.full) throw new DOMException('full', 'QuotaExceededError'); return put.apply(this, a); }`)
		p.open(file)
		p.unlock(s.Province.String(), s.County.String(), s.Village.String())
		p.visit("#/v/3/item/1", "#answer")
		p.eval(`window.full = true; document.getElementById('special-na').click()`)
		p.until(`!!document.getElementById('alarm-storage')`)
		p.has("#alarm-storage", "存储已满")
		p.shot("24-full")
		p.eval(`window.full = false; document.getElementById('reason-no_such_case').click()`)
		p.until(`!document.getElementById('alarm-storage')`)
		p.clean()
	})
}

// photo is a real photo, large enough to be looked at.
func photo(t testing.TB) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for i := range 320 * 240 {
		img.Set(i%320, i/320, color.RGBA{uint8(i % 320 / 2), uint8(i / 320), 90, 255})
	}
	var b bytes.Buffer
	if err := jpegs.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "IMG.jpg")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

var everyScreen = []string{"#/", "#/export", "#/import", "#/v/1", "#/v/1/basics", "#/v/1/household", "#/v/1/item/1", "#/v/1/item/2", "#/v/3/item/2", "#/v/3/item/11",
	"#/v/3", "#/v/3/findings", "#/v/3/finding/1", "#/v/3/e1", "#/v/3/e1/2", "#/v/3/review"}

// Every screen, in both languages and at twice the text size, fits the width of a phone, names its
// fields, and has targets that a cold finger hits.
func TestEveryScreenFitsAndIsNamed(t *testing.T) {
	leg := longNames()
	file, s := onDisk(t, leg)
	p := borrow(t)
	p.open(file)
	p.unlock(s.Province.String(), s.County.String(), s.Village.String())
	p.takeIn(part(t, draft(leg, 2, false)))
	p.until(`document.getElementById('imported').innerText.includes('已导入')`)
	p.visit("#/v/3/findings", "#add-problem")
	p.tap("add-problem")
	p.wait("#photo")
	p.do(chromedp.SetUploadFiles(chromedp.CSS("#photo"), []string{photo(t)}))
	p.until(`[...document.images].some(i => i.naturalWidth === 320)`)
	p.visit("#/v/3/e1", "#begin-e1")
	p.tap("begin-e1")
	p.wait("#to-police")
	for _, lang := range []string{"zh", "en"} {
		if lang == "en" {
			p.tap("lang")
			p.until(`document.documentElement.lang === 'en'`)
		}
		for _, look := range []struct {
			size  string
			width int64
		}{{"100%", 390}, {"200%", 390}, {"100%", 320}} {
			size := look.size
			p.do(chromedp.EmulateViewport(look.width, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
			p.eval(`document.documentElement.style.fontSize = '` + size + `'`)
			for i, at := range everyScreen {
				p.eval(`location.hash = '` + at + `'`)
				p.until(`location.hash === '` + at + `' && !!document.querySelector('#app *')`)
				p.judge(fmt.Sprintf("%s %s of %d px, %s", lang, size, look.width, at))
				p.shot(fmt.Sprintf("s-%s-%d-%s-%02d", lang, look.width, strings.Trim(size, "%"), i))
			}
		}
	}
	p.clean()
}

// longNames is a leg whose places have names as long as there are.
func longNames() Packet {
	p := leg()
	p.Office = "国务院未成年人保护工作领导小组办公室抽查检查演示办公室"
	p.Visits = p.Visits[:4]
	for i := range p.Visits {
		v := &p.Visits[i]
		v.Places = inspect.Places{Region: "新疆维吾尔自治区", County: "演示蒙古自治州演示哈萨克自治县", Township: "演示哈萨克族蒙古族民族乡", Village: "演示布拉克艾日克村村民委员会（原演示牧场）"}
		v.Places.Name = v.Places.Village
	}
	return p
}

func (p *phone) judge(where string) {
	p.t.Helper()
	for _, w := range value[[]string](p, `new Promise(done => requestAnimationFrame(() => {
		const wrong = [], seen = e => e.getClientRects().length > 0;
		if (document.documentElement.scrollWidth > innerWidth) wrong.push('is ' + document.documentElement.scrollWidth + ' px wide');
		const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
		for (const id of ids) if (ids.filter(x => x === id).length > 1) wrong.push('id ' + id + ' twice');
		for (const e of document.querySelectorAll('input,textarea,select')) {
			const name = e.labels && e.labels[0] ? e.labels[0].textContent : e.getAttribute('aria-label');
			if (!name || !name.trim()) wrong.push(e.id + ' has no name');
			const r = (e.closest('label.choice') || e).getBoundingClientRect();
			if (seen(e) && r.height < 48) wrong.push(e.id + ' is ' + r.height + ' px high');
		}
		for (const e of document.querySelectorAll('button,a.button,a.row,nav a,summary')) {
			const r = e.getBoundingClientRect();
			if (seen(e) && (r.height < 47.5 || r.width < 48)) wrong.push((e.id || e.innerText) + ' is ' + r.width + ' by ' + r.height);
			if (seen(e) && !e.innerText.trim()) wrong.push(e.id + ' says nothing');
		}
		for (const f of document.querySelectorAll('fieldset')) if (!f.querySelector('legend').innerText.trim() && seen(f)) wrong.push(f.id + ' has no legend');
		if (document.querySelectorAll('#app h1').length !== 1 && !document.querySelector('#app .sheet')) wrong.push('not one heading');
		const rgb = c => (c.match(/[\d.]+/g) || []).map(Number), light = c => { const [r, g, b] = c.map(x => { x /= 255; return x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4; });
			return .2126 * r + .7152 * g + .0722 * b; };
		for (const e of document.querySelectorAll('body *')) {
			if (!seen(e) || !e.checkVisibility() || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
			let behind = e, back; // the nearest ground that is not clear
			do { back = rgb(getComputedStyle(behind).backgroundColor); behind = behind.parentElement; } while (behind && back[3] === 0);
			const pair = [light(rgb(getComputedStyle(e).color)), light(back[3] === 0 ? [255, 255, 255] : back)].sort((a, b) => b - a), ratio = (pair[0] + .05) / (pair[1] + .05);
			if (ratio < 4.5) wrong.push('contrast ' + ratio.toFixed(2) + ': ' + e.textContent.slice(0, 20));
		}
		if (document.documentElement.lang === 'en') {
			const zh = [...document.querySelectorAll('#app button,#app a,#app legend,#app label,#app h1,#app h2')].filter(e => /[一-龥]/.test(e.innerText.replace(/演示\S*/g, '')));
			for (const e of zh) wrong.push('Chinese in English: ' + e.innerText.slice(0, 40));
		}
		done(wrong);
	}))`) {
		p.t.Errorf("%s: %s", where, w)
	}
}

// BenchmarkPhone measures, with all twelve visits of a leg loaded, how long the packet takes to open
// and a tap to be answered by a painted frame.
func BenchmarkPhone(t *testing.B) {
	leg := leg()
	for len(leg.Visits) < 12 {
		v := leg.Visits[2]
		v.ID, v.Seq = fmt.Sprintf("1-007-%02d", len(leg.Visits)+1), len(leg.Visits)+1
		leg.Visits = append(leg.Visits, v)
	}
	file, s := onDisk(t, leg)
	p := borrow(t)
	start := time.Now()
	p.open(file)
	opening := time.Since(start)
	p.unlock(s.Province.String(), s.County.String(), s.Village.String())
	var all []map[string]any
	for i := range leg.Visits {
		all = append(all, draft(leg, i, true))
	}
	p.takeIn(part(t, all...))
	p.until(`document.getElementById('imported').innerText.includes('第12站：已导入')`)
	p.eval(`location.hash = '#/v/1/item/1'`)
	p.wait("#answer")
	took := value[[]float64](p, `(async () => {
		const frame = () => new Promise(r => requestAnimationFrame(() => setTimeout(r))), out = [];
		const tap = async id => { const from = performance.now(); document.getElementById(id).click(); await frame(); out.push(performance.now() - from); };
		for (let i = 0; i < 20; i++) {
			const options = [...document.querySelectorAll('#answer input[type=radio]')];
			for (const o of options) await tap(o.id);
			await tap('special-na');
			await tap('next');
			await new Promise(r => setTimeout(r, 5));
		}
		for (const to of ['#/', '#/v/1', '#/v/1/review', '#/v/12/item/21', '#/export']) {
			const from = performance.now();
			location.hash = to;
			await new Promise(r => addEventListener('hashchange', r, {once: true}));
			await frame();
			out.push(performance.now() - from);
		}
		return out;
	})()`)
	worst, sum := 0.0, 0.0
	for _, ms := range took {
		worst, sum = max(worst, ms), sum+ms
	}
	t.ReportMetric(float64(opening.Milliseconds()), "ms/open")
	t.ReportMetric(sum/float64(len(took)), "ms/tap")
	t.ReportMetric(worst, "ms/worst-tap")
	p.clean()
}

// The policy holds in the browser: what is slipped into the page does not run, load or style.
func TestPolicyHolds(t *testing.T) {
	file, _ := onDisk(t, leg())
	p := borrow(t)
	p.open(file)
	p.clean()
	p.eval(`{const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s);
		document.body.insertAdjacentHTML('beforeend', '<p id=slip style="color:red" onclick="window.ran=1">x</p><img src="file:///etc/hostname">');
		document.getElementById('slip').click()}`)
	breaches := func() int {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.faults)
	}
	// the browser names what it did not do: once it has named all, nothing more is to come
	for began := time.Now(); breaches() < 3 && time.Since(began) < patience; time.Sleep(25 * time.Millisecond) {
	}
	if value[bool](p, `!!window.ran || getComputedStyle(document.getElementById('slip')).color === 'rgb(255, 0, 0)'`) {
		t.Error("what was slipped in ran")
	}
	if n := breaches(); n < 3 {
		t.Errorf("the browser named %d breaches", n)
	}
}
