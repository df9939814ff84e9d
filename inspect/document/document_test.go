package document

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"zhicha/inspect"
)

const goodNotice = `---
kind: notice
title: 关于抽查情况的通报
date: 2023-02-01
year: 2023
no: 3
number: 国未保办发〔2023〕3号
issuer: 抽查办公室
to: 各省
summary: 一句话
---

正文。

## 一、总体情况
`

const goodPractice = `---
kind: practice
id: night-watch
title: 邻里守望
date: 2023-02-01
issuer: 抽查办公室
region: 44
topic: A3
summary: 一句话
confirmed: 2023-01-20
consent: 2023-01-21
---
## 主要做法
甲
## 受益对象
乙
## 所需投入
丙
## 复制条件
丁
## 核实情况
戊
`

func TestParse(t *testing.T) {
	for _, text := range []string{goodNotice, "\ufeff" + strings.ReplaceAll(goodNotice, "\n", "\r\n")} {
		d, err := Parse("n.md", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if ps := Check(d); len(ps) > 0 {
			t.Errorf("good notice: %v", ps)
		}
		if d.Key() != "2023/3" || d.Title != "关于抽查情况的通报" || d.BodyLine != 12 || d.Digest != inspect.DigestOf([]byte(text)) {
			t.Errorf("parsed %+v", d)
		}
	}
	d, err := Parse("p.md", []byte(goodPractice))
	if err != nil {
		t.Fatal(err)
	}
	if ps := Check(d); len(ps) > 0 || d.Region != "44" || d.Key() != "night-watch" {
		t.Errorf("good practice: %v, %+v", ps, d)
	}
}

// Each case breaks a good document in one way and names the problem, its line and its field.
func TestProblems(t *testing.T) {
	for _, c := range []struct {
		base, old, new string
		rule           string
		line           int
		field          string
	}{
		{goodNotice, "---\nkind", "kind", "document.front", 1, ""},
		{goodNotice, "正文。", "正\xa1文。", "document.encoding", 1, ""},
		{goodNotice, "title: 关于", "title: a: 关于", "document.yaml", 3, ""},
		{goodNotice, "no: 3", "no: 三", "document.yaml", 6, ""},
		{goodNotice, "no: 3\n", "no: 3\nnumer: 4\n", "document.field", 7, "numer"},
		{goodNotice, "title", "titel", "document.field", 3, "titel"},
		{goodNotice, "kind: notice", "kind: decree", "document.kind", 2, "kind"},
		{goodNotice, "to: 各省\n", "", "document.required", 1, "to"},
		{goodNotice, "no: 3", "no: 0", "document.required", 6, "no"},
		{goodNotice, "title: 关于", "title: \"甲\\n乙\"\n#", "document.line", 3, "title"},
		{goodNotice, "2023-02-01", "2023-02-30", "document.date", 4, "date"},
		{goodNotice, "〔2023〕3号", "[2023]第03号", "document.number", 7, "number"},
		{goodNotice, "正文。\n\n## 一、总体情况\n", " \n", "document.empty", 12, ""},
		{goodNotice, "正文。", "数据为〔待填：数据〕。", "document.blank", 13, ""},
		{goodNotice, "正文。", "机密★10年", "document.secret", 13, ""},
		{goodNotice, "## 一", "# 一", "document.heading", 15, ""},
		{goodNotice, "正文。", "正文<u>甲</u>。", "document.html", 13, ""},
		{goodNotice, "正文。", "<div>\n甲\n</div>", "document.html", 13, ""},
		{goodNotice, "正文。", "![](a.png)", "document.image", 13, ""},
		{goodPractice, "id: night-watch", "id: 守望", "document.slug", 3, "id"},
		{goodPractice, "topic: A3", "topic: a-3", "document.topic", 8, "topic"},
		{goodPractice, "## 复制条件", "## 条件", "document.part", 13, ""},
	} {
		text := strings.Replace(c.base, c.old, c.new, 1)
		d, err := Parse("f.md", []byte(text))
		ps := inspect.ProblemsOf(err)
		if err == nil {
			ps = Check(d)
		}
		if len(ps) == 0 {
			t.Errorf("%s: no problem", c.rule)
			continue
		}
		i := slices.IndexFunc(ps, func(p *inspect.Problem) bool { return p.Rule == c.rule })
		if i < 0 || ps[i].Line != c.line || ps[i].Field != c.field || ps[i].File != "f.md" {
			t.Errorf("want %s at %d %q, got %v", c.rule, c.line, c.field, ps)
		}
	}
}

// Ordinary prose about secrets is no marking.
func TestSecretProse(t *testing.T) {
	d, err := Parse("n.md", []byte(strings.Replace(goodNotice, "正文。", "检查不涉及国家秘密，抽签号保密到当日。", 1)))
	if err != nil || len(Check(d)) > 0 {
		t.Errorf("%v %v", err, Check(d))
	}
}

// Every rule has its sentence and its way out in both languages, and none is left over.
func TestLocale(t *testing.T) {
	var used []string
	for _, f := range []string{"document.go", "check.go", "draft.go"} {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"(document\.[a-z]+)"`).FindAllStringSubmatch(string(src), -1) {
			used = append(used, m[1], m[1]+".fix")
		}
	}
	slices.Sort(used)
	used = slices.Compact(used)
	for _, lang := range []string{"zh-CN", "en"} {
		data, err := os.ReadFile("../../templates/locale/document." + lang + ".yaml")
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

func facts() Facts {
	m := Measure{Known: true, Score: 84.24, Low: 82, High: 86.5}
	return Facts{Campaign: "2023年关爱服务活动*抽查*检查", Notice: "国未保办发〔2022〕13号", Office: "抽查办公室", Land: "全国", To: "各省办公室",
		Date: "2023-02-01", Year: 2023, No: 3, Window: inspect.Window{From: "2023-01-07", To: "2023-01-20"},
		Regions: 32, Counties: 192, Planned: 2304, Approved: 2251, Confidence: 95, National: m, ReplyDays: 10,
		Sections:  []Result{{Name: "走访探视", Measure: m, Lost: 2.1}, {Name: "组织领导"}},
		Problems:  []Result{{Name: "资金|到账", Section: "救助帮扶", Measure: m, Lost: 1.2, Regions: 3}},
		Bands:     []Band{{[]string{"优秀"}, []string{"北京市"}}, {[]string{"良好", "合格"}, []string{"天津市", "河北省"}}, {[]string{"不合格"}, nil}},
		Unbanded:  []string{"新疆生产建设兵团"},
		Deadlines: []Deadline{{Severity: "紧急（重大）", Limit: LimitHours, Hours: 24}, {Severity: "较重", Limit: LimitDays, Days: 3}},
		Practices: []string{"邻里守望"},
		Practice: PracticeFacts{ID: "night-watch", Title: "邻里守望", Region: "44", RegionName: "广东省", Topic: "A3",
			TopicName: "关爱", What: "每晚敲门", Benefits: "独居儿童", Cost: "无", Conditions: "邻里就近", Confirmation: "电话回访"}}
}

// A draft from full facts is fit for signature but for what only people can say.
func TestDraft(t *testing.T) {
	for kind, open := range map[string][]string{Notice: nil, Briefing: nil, Practice: {"confirmed", "consent"}} {
		text, err := Draft(kind, facts())
		if err != nil {
			t.Fatal(err)
		}
		again, _ := Draft(kind, facts())
		if !bytes.Equal(text, again) {
			t.Errorf("%s: two drafts differ", kind)
		}
		d, err := Parse(kind+".md", text)
		if err != nil {
			t.Fatalf("%s: %v\n%s", kind, err, text)
		}
		var got []string
		for _, p := range Check(d) {
			got = append(got, p.Field)
		}
		if !slices.Equal(got, open) {
			t.Errorf("%s: open %v, want %v\n%s", kind, got, open, text)
		}
		page, err := Render([]byte(d.Body))
		if err != nil || bytes.Contains(page, []byte("**")) || bytes.Contains(text, []byte("<no value>")) {
			t.Errorf("%s: %v\n%s", kind, err, page)
		}
	}
}

func TestDraftNotice(t *testing.T) {
	text, err := Draft(Notice, facts())
	if err != nil {
		t.Fatal(err)
	}
	d, _ := Parse("n.md", text)
	page, _ := Render([]byte(d.Body))
	for _, want := range []string{
		"2023年1月7日至2023年1月20日", "<strong>84.2分</strong>", `<td align="left">组织领导</td>`, "样本不足",
		"<strong>资金|到账</strong>（救助帮扶）", "3个报告单位的该项得分低于60分",
		"<strong>良好或合格：</strong>天津市、河北省。", "<strong>不合格：</strong>无。", "<strong>不评等次：</strong>新疆生产建设兵团。",
		"紧急（重大）问题立即处置，24小时内报告；较重问题3个工作日内整改到位。",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	if d.Title != "关于2023年关爱服务活动*抽查*检查情况的通报" {
		t.Errorf("title %q", d.Title)
	}
}

// A practice without facts keeps blanks, and blanks keep it from being signed.
func TestDraftBlanks(t *testing.T) {
	f := facts()
	f.Practice.Benefits, f.Practice.Title = "", " "
	text, err := Draft(Practice, f)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse("p.md", text)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, p := range Check(d) {
		if p.Rule == "document.blank" {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d blanks, want 2: %v", n, Check(d))
	}
	if _, err := Draft("decree", f); inspect.ExitStatus(err) != 2 {
		t.Errorf("unknown kind: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(goodNotice))
	f.Add([]byte(goodPractice))
	f.Add([]byte("---\n&a [*a]\n---\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := Parse("f.md", data)
		if err != nil {
			if len(inspect.ProblemsOf(err)) == 0 {
				t.Fatalf("error without a problem: %v", err)
			}
			return
		}
		for _, p := range Check(d) {
			if p.Line < 1 {
				t.Fatalf("no line: %v", p)
			}
		}
		if _, err := Render([]byte(d.Body)); err != nil {
			t.Fatal(err)
		}
	})
}

func ExampleRender() {
	html, _ := Render([]byte("**整改要求：**各地"))
	fmt.Print(string(html))
	// Output: <p><strong>整改要求：</strong>各地</p>
}
