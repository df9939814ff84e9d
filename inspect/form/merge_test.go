package form

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// kept reads a visit's draft out of a file that the page exports.
func (p *phone) kept(visit string, file string) (d map[string]any) {
	p.t.Helper()
	p.visit("#/export", "#export")
	p.tap("export")
	p.until(`document.getElementById('exported').innerText.includes('` + file + `')`)
	_, enc, err := ReadReturn(file, p.downloaded(file), ours)
	if err != nil {
		p.t.Fatal(err)
	}
	var all []map[string]any
	if err := json.Unmarshal(enc.Drafts, &all); err != nil {
		p.t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(d map[string]any) bool { return d["visit"] == visit })
	if i < 0 {
		p.t.Fatalf("no draft of %s", visit)
	}
	return all[i]
}

// Two inspectors who shared the items of one visit put their halves together: what only one has is
// taken, what both answered differently is listed and stays as it is here.
func TestJoinTwoHalves(t *testing.T) {
	leg := leg()
	p, _ := unlocked(t)
	p.visit("#/v/3/basics", "#inspectors-T03-3")
	p.tap("inspectors-T03-3")
	p.answerNA("#/v/3/item/1") // the colleague answered this one too, and otherwise
	theirs := draft(leg, 2, true)
	items := leg.Checklist.ItemsFor("VC")
	answers := theirs["answers"].(map[string]any)
	for _, it := range items[4:10] {
		delete(answers, it.Code)
	}
	p.answerNA("#/v/3/item/6") // and this one only here
	theirs["findings"] = []any{map[string]any{"kind": "problem", "item": "", "severity": "S2", "fact": "水井无盖", "fixed": false, "photos": []any{}}}
	p.takeIn(part(t, theirs))
	p.wait("#conflict-3")
	p.has("#conflict-3", "答案不同的 1 项")
	p.has("#conflict-3", items[0].Code)
	p.has("#conflict-3", "本机：不适用")
	p.shot("31-join")
	p.tap("join-3")
	p.until(`document.activeElement.id === 'settled-3'`)
	p.saved()
	got := p.kept("1-007-03", "R-007-1.zhicha")
	answer := func(i int) string {
		a, _ := got["answers"].(map[string]any)[items[i].Code].(map[string]any)
		s, _ := a["value"].(string)
		return s
	}
	if answer(0) != "na" || answer(5) != "na" || answer(6) != "" || answer(2) != answers[items[2].Code].(map[string]any)["value"] {
		t.Errorf("answers %v", slices.Sorted(maps.Keys(got["answers"].(map[string]any))))
	}
	if len(got["answers"].(map[string]any)) != len(answers)+1 {
		t.Errorf("%d answers of %d and one", len(got["answers"].(map[string]any)), len(answers))
	}
	if s := jsonOf(t, got["inspectors"]); s != `["T03-1","T03-2","T03-3"]` || got["arrived"] != "2023-01-08T09:40" || len(got["findings"].([]any)) != 1 || got["revision"] != 1.0 {
		t.Errorf("%s %v %v %v", s, got["arrived"], got["findings"], got["revision"])
	}
	p.takeIn(part(t, theirs)) // once more: nothing is doubled
	p.wait("#conflict-3")
	p.tap("join-3")
	p.saved()
	if again := p.kept("1-007-03", "R-007-2.zhicha"); len(again["findings"].([]any)) != 1 {
		t.Errorf("findings doubled: %v", again["findings"])
	}
	p.clean()
}

// Where a side was exported already, whatever is chosen becomes the next version with its reason, so
// that the office does not get two reports of one version.
func TestChoiceAfterExportSupersedes(t *testing.T) {
	leg := leg()
	for tap, want := range map[string]struct {
		mine, theirs int // exported up to that version
		revision     float64
		reason       string
	}{
		"mine":   {0, 1, 2, "留本机的一份"},
		"theirs": {1, 0, 2, "改用同事的一份"},
		"join":   {1, 2, 3, "与同事的部分合并"},
	} {
		p, _ := unlocked(t)
		mine, theirs := draft(leg, 3, true), draft(leg, 3, false)
		mine["exported"], mine["state"] = want.mine, "closed"
		theirs["exported"], theirs["revision"], theirs["state"] = want.theirs, max(1, want.theirs), "closed"
		p.takeIn(part(t, mine))
		p.until(`document.getElementById('imported').innerText.includes('第4站：已导入')`)
		p.takeIn(part(t, theirs))
		p.wait("#conflict-4")
		p.tap(tap + "-4")
		p.saved()
		got := p.kept("1-007-04", "R-007-1.zhicha")
		if got["revision"] != want.revision || got["correction"] != want.reason {
			t.Errorf("%s: version %v, %v", tap, got["revision"], got["correction"])
		}
		p.clean()
		p.close()
	}
}

// Files that hold nothing to merge, other counts of the register, and files that are none, are named.
func TestImportSaysWhatItFound(t *testing.T) {
	p, _ := unlocked(t)
	p.lockCount("40") // the sample says 41
	p.takeIn(part(t))
	p.until(`document.getElementById('imported').innerText.includes('本机 40，对方 41')`)
	good, err := os.ReadFile(part(t))
	if err != nil {
		t.Fatal(err)
	}
	good[len(good)-1] ^= 1
	dir := t.TempDir()
	for name, x := range map[string]struct {
		data []byte
		says string
	}{"altered.zhicha": {good, "altered.zhicha：文件被改动或不完整"}, "P-007.xlsx": {[]byte("PK\x03\x04 workbook\n"), "P-007.xlsx：这不是回传文件"}} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, x.data, 0o600); err != nil {
			t.Fatal(err)
		}
		p.do(chromedp.SetUploadFiles(chromedp.CSS("#import"), []string{file}))
		p.until(`document.getElementById('imported').innerText.includes('` + x.says + `')`)
	}
	p.visit("#/v/1/household", "#locked")
	p.has("#locked", "名册 40 户")
	p.clean()

	q, _ := unlocked(t)
	q.takeIn(part(t))
	q.until(`document.getElementById('imported').innerText.includes('已导入对方锁定的 41 户')`)
	q.takeIn(part(t))
	q.until(`document.getElementById('imported').innerText.includes('没有可合并的内容')`)
	q.visit("#/export", "#nothing")
	if strings.Contains(q.text("#app"), "导出\n") || value[bool](q, `!!document.getElementById('export')`) {
		t.Error("nothing can be exported, and yet there is a button")
	}
	q.clean()
}
