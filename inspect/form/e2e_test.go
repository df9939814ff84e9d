package form

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
)

// onDisk writes the packet where a browser can open it.
func onDisk(t testing.TB, p Packet) (file string, s Secrets) {
	t.Helper()
	html, s := write(t, p)
	file = filepath.Join(t.TempDir(), FileName(p.Leg.No))
	if err := os.WriteFile(file, html, 0o600); err != nil {
		t.Fatal(err)
	}
	return file, s
}

// jpeg is a photo of one grey pixel; unlike photo's, its bytes do not depend on an encoder.
var jpeg, _ = base64.StdEncoding.DecodeString("/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AVN//2Q==")

// answerTo is what the inspector of this test answers to the i-th item, and the ids to tap for it.
func answerTo(it *checklist.Item, i int) (a inspect.Answer, taps []string, texts [][2]string) {
	a = inspect.Answer{Item: it.Code, Method: it.Methods[i%len(it.Methods)]}
	switch {
	case i == 1:
		return inspect.Answer{Item: it.Code, Value: inspect.NotVerified, Reason: "no_access"}, []string{"special-unverified", "reason-no_access"}, nil
	case i == 4:
		return inspect.Answer{Item: it.Code, Value: inspect.NotApplicable, Reason: "no_such_case"}, []string{"special-na", "reason-no_such_case"}, nil
	case it.Answer.Type == checklist.Count:
		a.Value = fmt.Sprint(i % (it.Answer.Max + 1))
		taps = []string{"answer-" + a.Value}
	case it.Answer.Type == checklist.Ratio:
		a.Value = fmt.Sprintf("%d/%d", i, i+3)
		texts = [][2]string{{"num", fmt.Sprint(i)}, {"den", fmt.Sprint(i + 3)}}
	default:
		a.Value = it.Answer.Options[i%len(it.Answer.Options)].Code
		taps = []string{"answer-" + a.Value}
	}
	return a, append(taps, "method-"+a.Method), texts
}

// fill answers items from to before upto on the cards and returns what it answered.
func (p *phone) fill(kind inspect.Kind, from, upto int) (out []inspect.Answer) {
	p.t.Helper()
	items := checklist.Default().ItemsFor(kind)
	for i, it := range items[from:min(upto, len(items))] {
		a, taps, texts := answerTo(it, from+i)
		p.until(fmt.Sprintf(`(document.querySelector('.step')||{innerText:''}).innerText.includes(%q)`, it.Code))
		for _, x := range texts {
			p.set(x[0], x[1])
		}
		for _, id := range taps {
			if from+i < 3 { // the first by hand, the rest as fast as the page takes it
				p.tap(id)
				continue
			}
			p.eval(fmt.Sprintf(`document.getElementById(%q).click()`, id))
		}
		if from+i == 2 {
			p.shot(string(kind) + "-item-answered")
			p.tap2("summary")
			p.typeIn("note", "墙上贴有\"联系卡\"，电话可拨通 <b>")
			a.Note = "墙上贴有\"联系卡\"，电话可拨通 <b>"
		}
		if it.Answer.Type == checklist.Ratio && i < 12 {
			p.shot(string(kind) + "-item-ratio")
		}
		p.eval(`document.getElementById('next').click()`)
		out = append(out, a)
	}
	return out
}

// tap2 taps the first element of a selector.
func (p *phone) tap2(css string) { p.t.Helper(); p.do(chromedp.Click(chromedp.CSS(css))) }

func beijing(s string) time.Time {
	at, err := time.ParseInLocation("2006-01-02T15:04", s, inspect.Beijing)
	if err != nil {
		panic(err)
	}
	return at
}

// A leg is unlocked rung by rung, two visits are filled, the browser is killed midway and loses
// nothing, and what the office reads is what was typed.
func TestLegFromUnlockToReturn(t *testing.T) {
	leg := leg()
	file, s := onDisk(t, leg)
	profile := t.TempDir()
	p := switchOn(t, profile)
	p.open(file)
	p.shot("01-start")
	p.unlockRungs(s)

	p.tap("visit-1")
	p.wait("#go-basics")
	p.shot("05-visit")
	want := inspect.Report{Visit: "1-007-01", Inspectors: []string{"T03-1", "T03-3"}, Arrived: beijing("2023-01-08T09:40"), Left: beijing("2023-01-08T10:15"),
		Present: []string{"child", "guardian", "resident"}, Revision: 1}
	p.basics(want)
	p.household(&want, leg.Visits[0].Order)
	p.tap("next")
	want.Answers = p.fill(inspect.HH, 0, 12)
	p.saved()
	p.clean()
	p.kill()

	p = switchOn(t, profile)
	p.open(file)
	p.typeIn("code", s.Village.String()) // the newest code alone opens everything again
	p.tap("open")
	p.wait("#visits")
	p.shot("10-reopened")
	p.has("#visit-1", "12 / 27")
	p.tap("visit-1")
	p.tap("go-items")
	want.Answers = append(want.Answers, p.fill(inspect.HH, 12, 99)...)
	p.hazard(&want)
	p.closeVisit("1")

	other := inspect.Report{Visit: "1-007-03", Inspectors: []string{"T03-1", "T03-2"}, Arrived: beijing("2023-01-08T11:00"), Left: beijing("2023-01-08T12:30"),
		Present: []string{"resident", "township_official"}, Escort: "interpreter", Revision: 1}
	p.tap("up")
	p.tap("visit-3")
	p.basics(other)
	other.Answers = p.fill(inspect.VC, 0, 99)
	p.danger(&other)
	p.tap("go-review")
	p.closeVisit("3")
	p.check(p.export(), leg, want, other)
	p.clean()
}

func (p *phone) unlockRungs(s Secrets) {
	p.t.Helper()
	p.typeIn("code", s.County.String())
	p.wait("#open:not([disabled])")
	p.tap("open")
	p.until(`document.getElementById('code-state').innerText.includes('打不开')`)
	p.shot("02-other-code")
	p.eval(`document.getElementById('code').value=''`)
	p.typeIn("code", s.Province.String()[:26]+"0")
	p.shot("02-slip")
	p.eval(`document.getElementById('code').value=''`)
	p.unlock(s.Province.String())
	p.has("h1", "甘肃省")
	p.shot("03-province")
	p.unlock(s.County.String())
	p.has("h1", "演示县")
	p.unlock(s.Village.String())
	p.wait("#visits")
	p.shot("04-visits")
}

func (p *phone) basics(want inspect.Report) {
	p.t.Helper()
	p.tap("go-basics")
	p.wait("#arrived")
	p.set("arrived", want.Arrived.Format("2006-01-02T15:04"))
	for _, id := range want.Inspectors {
		p.tap("inspectors-" + id)
	}
	for _, c := range want.Present {
		p.tap("present-" + c)
	}
	if want.Escort != "" {
		p.tap("escort-" + want.Escort)
	}
	p.set("left", want.Left.Format("2006-01-02T15:04"))
	p.shot("06-basics")
	p.tap("next")
}

// household counts 41 lines, finds nobody at the first and goes to the second.
func (p *phone) household(want *inspect.Report, order []int) {
	p.t.Helper()
	order = slices.DeleteFunc(slices.Clone(order), func(n int) bool { return n > 41 })
	p.wait("#count")
	if n := value[int](p, `document.querySelectorAll('#line').length`); n != 0 {
		p.t.Error("a line is shown before the count is locked")
	}
	p.typeIn("count", "41")
	p.shot("07-count")
	p.tap("lock-count")
	p.has("#line", fmt.Sprintf("第 %d 户", order[0]))
	p.shot("08-line")
	p.tap("pass-nobody_home")
	p.until(fmt.Sprintf(`document.getElementById('line').innerText.includes('第 %d 户')`, order[1]))
	p.tap("here")
	p.shot("09-household")
	want.Register, want.Household, want.Substitution = 41, order[1], "nobody_home"
}

func (p *phone) hazard(want *inspect.Report) {
	p.t.Helper()
	p.wait("#add-hazard")
	p.tap("add-hazard")
	p.wait("#severity-S3")
	p.tap("severity-S3")
	p.typeIn("fact", "灶间液化气软管老化，儿童王小明的床紧邻灶台")
	p.wait(".warn:not([hidden])")
	p.shot("11-warned")
	p.eval(`document.getElementById('fact').value=''`)
	fact := "灶间液化气软管老化，床紧邻灶台"
	p.typeIn("fact", fact)
	p.tap("fixed-yes")
	p.do(chromedp.SetUploadFiles(chromedp.CSS("#photo"), []string{photo(p.t)}))
	p.until(`[...document.images].some(i => i.naturalWidth === 320)`)
	p.shot("12-finding")
	p.tap("done")
	p.wait("#finding-1")
	p.shot("13-findings")
	p.tap("go-review")
	want.Observations = []inspect.Observation{{Kind: inspect.Hazard, Severity: "S3", Fact: fact, Fixed: true}}
}

// danger begins a mandatory report and sees that the visit cannot be closed before it says who was called.
func (p *phone) danger(want *inspect.Report) {
	p.t.Helper()
	p.tap("e1")
	p.wait("#begin-e1")
	p.shot("14-danger")
	p.tap("begin-e1")
	fact := "一名幼儿独自在家，炉火未熄"
	p.typeIn("fact", fact)
	p.shot("15-sheet")
	p.tap("done")
	p.tap("go-review")
	p.has("#blanks", "向谁报告、何时报告")
	if value[bool](p, `!!document.getElementById('finish')`) {
		p.t.Error("the visit can be closed and nobody was called")
	}
	p.shot("16-review-blank")
	p.tap2("#blanks a")
	p.wait("#to-police")
	p.tap("to-police")
	p.tap("to-civil_affairs")
	p.set("called", "2023-01-08T11:20")
	p.typeIn("receipt", "20230108-15")
	p.printed()
	p.tap("done")
	p.wait("#finding-1")
	want.Observations = []inspect.Observation{{Kind: inspect.Hazard, Severity: "S4", Fact: fact}}
}

// printed looks at what the printer gets: the sheet, filled, and nothing of the screen.
func (p *phone) printed() {
	p.t.Helper()
	p.media("print")
	defer p.media("")
	sheet := p.text("body")
	for _, part := range []string{"强制报告单", "演示数据", "演示县", "1-007-03", "一名幼儿独自在家", "公安机关（110）、民政部门", "2023-01-08 11:20", "20230108-15", "T03-1、T03-2", "受理人签字"} {
		if !strings.Contains(sheet, part) {
			p.t.Errorf("the sheet lacks %q: %s", part, sheet)
		}
	}
	if strings.Contains(sheet, "好了") || strings.Contains(sheet, "English") {
		p.t.Errorf("the printer gets the screen: %s", sheet)
	}
	p.shot("15-sheet-printed")
}

func (p *phone) closeVisit(seq string) {
	p.t.Helper()
	p.wait("#verdict")
	p.shot("17-review-" + seq)
	p.tap("finish")
	p.wait("#save-visit")
	p.shot("18-closed-" + seq)
}

func (p *phone) export() []byte {
	p.t.Helper()
	p.tap("up")
	p.tap("to-export")
	p.wait("#export")
	p.shot("19-export")
	p.tap("export")
	p.until(`document.getElementById('exported').innerText.includes('R-007-1.zhicha')`)
	return p.downloaded("R-007-1.zhicha")
}

// check reads the return as the office does.
func (p *phone) check(file []byte, leg Packet, want ...inspect.Report) {
	t := p.t
	t.Helper()
	ret, enc, err := ReadReturn("R-007-1(1).zhicha", file, ours)
	if err != nil {
		t.Fatal(err)
	}
	if len(ret.Problems) > 0 || ret.Campaign != leg.Campaign || ret.Wave != 1 || ret.Packet != 7 || ret.Form != Form || ret.Checklist != leg.Checklist.Digest() {
		t.Errorf("return %+v", ret)
	}
	asWritten := func(list []inspect.Report) string {
		b, err := json.MarshalIndent(list, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if diff := cmp.Diff(asWritten(want), asWritten(ret.Reports)); diff != "" {
		t.Errorf("reports differ from what was typed (-typed +read):\n%s", diff)
	}
	for _, rep := range ret.Reports {
		for _, a := range rep.Answers {
			if p := leg.Checklist.Item(a.Item).CheckAnswer(a); p != nil {
				t.Errorf("%s: %v", rep.Visit, p)
			}
		}
	}
	taken, err := os.ReadFile(photo(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(enc.Photos) != 1 || !bytes.Equal(enc.Photos[0].Data, taken) || enc.Photos[0].Visit != "1-007-01" || enc.Photos[0].Type != "image/jpeg" {
		t.Errorf("photos %+v", enc.Photos)
	}
	if len(enc.Alarms) != 1 || !slices.Equal(enc.Alarms[0].To, []string{"police", "civil_affairs"}) || !enc.Alarms[0].At.Equal(beijing("2023-01-08T11:20")) || enc.Alarms[0].Receipt != "20230108-15" {
		t.Errorf("alarms %+v", enc.Alarms)
	}
	if len(enc.Registers) != 1 || enc.Registers[0].Count != 41 || enc.Registers[0].Village != leg.Visits[0].Unit || enc.Registers[0].At.IsZero() {
		t.Errorf("registers %+v", enc.Registers)
	}
	if len(enc.Passed) != 1 || enc.Passed[0].Reason != "nobody_home" {
		t.Errorf("passed %+v", enc.Passed)
	}
	var rungs []string
	for i, o := range enc.Opened {
		rungs = append(rungs, o.Rung)
		if since := time.Since(o.At); since < 0 || since > 10*time.Minute || i > 0 && o.At.Before(enc.Opened[i-1].At) {
			t.Errorf("%s opened at %s", o.Rung, o.At)
		}
	}
	if !slices.Equal(rungs, []string{Province, County, Village}) {
		t.Errorf("rungs opened: %q", rungs)
	}
}
