package checklist

import (
	"bytes"
	"strings"
	"testing"

	"zhicha/inspect"
)

// mutate returns the embedded checklist with the first occurrence of old replaced.
func mutate(t testing.TB, old, replacement string) []byte {
	t.Helper()
	if !bytes.Contains(Embedded(), []byte(old)) {
		t.Fatalf("the embedded checklist has no %q", old)
	}
	return bytes.Replace(Embedded(), []byte(old), []byte(replacement), 1)
}

// lineOf is the line of the n-th line after the one on which s first stands in the embedded list.
func lineOf(t testing.TB, s string, after int) int {
	t.Helper()
	before, _, ok := bytes.Cut(Embedded(), []byte(s))
	if !ok {
		t.Fatalf("the embedded checklist has no %q", s)
	}
	return bytes.Count(before, []byte("\n")) + 1 + after
}

const firstYes = `{ code: "yes", fraction: 1.0, zh: "来过家里，当面见到了孩子", en: "Came to the home and saw the child" }`

// One mistake each. The mistake stands `after` lines below the start of old.
var badLists = []struct {
	rule, old, new string
	after          int
}{
	{"checklist.syntax", "version: 1\n", "version: [\n", 0}, // where the bracket opens
	{"checklist.syntax", "version: 1\n", "version: 1\n  x: 2\n", 1},
	{"checklist.syntax", "version: 1\n", "version: 1\n- x\n", -2}, // where the block begins
	{"checklist.documents", "version: 1\n", "version: 1\n---\n", -9},
	{"checklist.alias", "section: A1\n", "section: &a A1\n    note: *a\n", 1},
	{"checklist.field-unknown", "bonus_max: 3", "bonus_maxx: 3", 0},
	{"checklist.field-twice", "bonus_max: 3\n", "bonus_max: 3\nbonus_max: 3\n", 1},
	{"checklist.not-integer", "bonus_max: 3", "bonus_max: three", 0},
	{"checklist.not-boolean", "primary: false", "primary: perhaps", 0},
	{"checklist.not-text", "source:\n  doc_no: 国未保办发〔2022〕13号", "source:\n  doc_no: [x]", 1},
	{"checklist.not-structure", "kinds: [HH]", "kinds: HH", 0},
	{"checklist.schema", "schema: checklist/1", "schema: checklist/9", 0},
	{"checklist.missing", "  en: \"Spot-check indicators", "  en: \"\" # \"Spot-check indicators", 0},
	{"checklist.missing", "      zh: 这个寒假春节，有没有人到家里来看孩子、当面和孩子说话？\n", "", -1},
	{"checklist.range", "version: 1", "version: 0", 0},
	{"checklist.range", "red_line_cap: 59", "red_line_cap: 101", 0},
	{"checklist.range", "max: 4", "max: 0", 0},
	{"checklist.notice-missing", "doc_no: 国未保办发〔2022〕13号", "doc_no: 国未保办发〔2026〕1号", -1},
	{"checklist.code", "id: winter-care-2023", "id: winter care", 0},
	{"checklist.code-twice", "code: A1-02", "code: A1-01", 0},
	{"checklist.code-twice", "code: partly", `code: "yes"`, 0},
	{"checklist.code-twice", "methods: [INT-C, INT-G]", "methods: [INT-C, INT-C]", 0},
	{"checklist.code-twice", "kinds: [VC, TS, CO]", "kinds: [VC, TS, VC]", 0},
	{"checklist.kind-unknown", "{ code: HH,", "{ code: XX,", 0},
	{"checklist.severities", "  - { code: S1, zh: \"提示\", en: \"advisory\", next_wave: true }\n", "", -1},
	{"checklist.deadline", "working_days: 10 }", "working_days: 10, hours: 5 }", 0},
	{"checklist.deadline", ", next_wave: true", "", 0},
	{"checklist.escalation-deadline", "    same_day: true\n", "", -6},
	{"checklist.bands-order", "min: 80", "min: 95", 0},
	{"checklist.bands-floor", "min: 0 }", "min: 10 }", -4},
	{"checklist.sections-sum", "weight: 16 }", "weight: 15 }", -1},
	{"checklist.items-sum", "weight: 4\n", "weight: 3\n", -21},
	{"checklist.section-sum", "weight: 16 }", "weight: 15 }", 0},
	{"checklist.section-unknown", "section: A1\n", "section: C1\n", 0},
	{"checklist.prefix", "code: A1-02", "code: A2-02", 0},
	{"checklist.prefix", "code: A1-02", "code: A1-2", 0},
	{"checklist.basis", "basis: 寒假春节期间儿童去向", "basis: 寒暑假儿童去向", 0},
	{"checklist.severity-unknown", "severity: S3", "severity: S9", 0},
	{"checklist.escalation-unknown", "escalation: E2", "escalation: E9", 0},
	{"checklist.kinds-none", "kinds: [HH]", "kinds: []", 0},
	{"checklist.kind-undeclared", "kinds: [HH]", "kinds: [HX]", 0},
	{"checklist.kind-foreign", "question_at:\n      VC:", "question_at:\n      CO:", 1},
	{"checklist.kind-foreign", "kinds: [HH]", "kinds: [HH]\n    kind_weights: { HH: 1, CO: 1 }", 1},
	{"checklist.range", "kinds: [HH, VC]", "kinds: [HH, VC]\n    kind_weights: { HH: 1 }", 1},
	{"checklist.methods-none", "methods: [INT-C, INT-G]", "methods: []", 0},
	{"checklist.method-unknown", "methods: [INT-C, INT-G]", "methods: [INT-C, GUESS]", 0},
	{"checklist.method-oral", "methods: [INT-C, INT-G]", "methods: [INT-C, ORAL]", 0},
	{"checklist.method-oral", "{ code: DEMO,", "{ code: ORAL,", 0},
	{"checklist.answer-type", "type: ypn", "type: maybe", 0},
	{"checklist.answer-field", "max: 4", "max: 4\n      zero_at: 3", 1},
	{"checklist.thresholds", "zero_at: 70", "zero_at: 100", -1},
	{"checklist.counted", "        - { zh: \"假期去哪里\", en: \"where the child spends the holiday\" }\n", "", -3},
	{"checklist.option-reserved", "code: partly", "code: na", 0},
	{"checklist.fraction", "fraction: 0.5", "fraction: 0.505", 0},
	{"checklist.fraction", "fraction: 0.5", "fraction: 1.5", 0},
	{"checklist.fraction", "fraction: 0.5", "fraction: half", 0},
	{"checklist.fraction", "fraction: 0.5, ", "", 0},
	{"checklist.options-order", firstYes, strings.Replace(firstYes, "1.0", "0.9", 1), 0},
	{"checklist.options-order", "fraction: 0.0", "fraction: 0.1", 0},
	{"checklist.options-few", "        - " + firstYes + "\n", "", -1},
	{"checklist.ypn", "code: partly", "code: half", -2},
}

func TestParseRejects(t *testing.T) {
	for _, b := range badLists {
		t.Run(strings.TrimPrefix(b.rule, "checklist."), func(t *testing.T) {
			data := mutate(t, b.old, b.new)
			if b.rule == "checklist.options-few" { // leave one option only
				partly := Embedded()[bytes.Index(Embedded(), []byte("        - { code: partly")):]
				partly = partly[:bytes.IndexByte(partly, '\n')+1]
				data = bytes.Replace(data, partly, nil, 1)
			}
			_, err := Parse("bad.yaml", data)
			ps := inspect.ProblemsOf(err)
			want := max(lineOf(t, b.old, b.after), 1)
			for _, p := range ps {
				if p.Rule == b.rule && p.Line == want && p.File == "bad.yaml" && p.Class == inspect.Rejected {
					return
				}
			}
			t.Errorf("want %s on line %d, got:", b.rule, want)
			for _, p := range ps {
				t.Errorf("  %v", p)
			}
		})
	}
}

func TestParseOddInput(t *testing.T) {
	for rule, data := range map[string]string{
		"checklist.empty":         "# only a comment\n",
		"checklist.not-structure": "just a text",
		"checklist.syntax":        "schema: \xb6\xbd\xb2\xe9\n",
		"checklist.missing":       "schema: checklist/1\n",
	} {
		_, err := Parse("odd.yaml", []byte(data))
		ps := inspect.ProblemsOf(err)
		if len(ps) == 0 || ps[0].Rule != rule || ps[0].Line != 1 {
			t.Errorf("%q: got %v, want %s on line 1", data, ps, rule)
		}
	}
}

func TestParseTellsAllAtOnce(t *testing.T) {
	data := mutate(t, "weight: 4\n", "weight: 3\n")
	data = bytes.Replace(data, []byte("severity: S2"), []byte("severity: S7"), 1)
	data = bytes.Replace(data, []byte("methods: [CALL]"), []byte("methods: [ORAL]"), 1)
	_, err := Parse("three.yaml", data)
	got := map[string]bool{}
	line := 0
	for _, p := range inspect.ProblemsOf(err) {
		got[p.Rule] = true
		if p.Line < line {
			t.Errorf("%v stands before its turn", p)
		}
		line = p.Line
	}
	for _, rule := range []string{"checklist.items-sum", "checklist.section-sum", "checklist.severity-unknown", "checklist.method-oral"} {
		if !got[rule] {
			t.Errorf("%s is not reported", rule)
		}
	}
}

func TestParseOwnNotice(t *testing.T) {
	own := "doc_no: 演示〔2027〕1号\n  text: |\n    " + strings.ReplaceAll(Notice(), "\n", "\n    ")
	if _, err := Parse("own.yaml", mutate(t, "doc_no: 国未保办发〔2022〕13号", own)); err != nil {
		t.Errorf("a checklist that brings its own notice: %v", inspect.ProblemsOf(err))
	}
}

// smallest is a whole checklist with one item.
const smallest = `schema: checklist/1
id: smallest
version: 1
title: {zh: 演示, en: demonstration}
source: {doc_no: 国未保办发〔2022〕13号, title: 通知}
provenance: {zh: 演示, en: demonstration}
kinds: [{code: HH, zh: 入户, en: household}]
methods: [{code: OBS, zh: 查看, en: look, primary: true}]
severities:
- {code: S1, zh: 提示, en: advisory, next_wave: true}
- {code: S2, zh: 一般, en: general, working_days: 10}
- {code: S3, zh: 较重, en: serious, working_days: 3}
- {code: S4, zh: 紧急, en: urgent, hours: 24}
bands: [{code: pass, zh: 合格, en: pass, min: 60}, {code: fail, zh: 不合格, en: fail, min: 0}]
red_line_cap: 59
sections: [{code: A1, ref: 二（一）, zh: 走访, en: visits, weight: 100}]
items:
- code: A1-01
  section: A1
  zh: 走访
  en: visit
  question: {zh: 来过吗, en: did they come}
  basis: 走访探视
  basis_ref: 二（一）
  kinds: [HH]
  methods: [OBS]
  answer:
    type: choice
    options: [{code: a, fraction: 1, zh: 来过, en: came}, {code: b, fraction: 0.25, zh: 不全, en: half}, {code: c, fraction: 0.0, zh: 没有, en: no}]
  rule: {zh: 来过得满分, en: came earns all}
  weight: 100
  severity: S2
`

func TestParseSmallest(t *testing.T) {
	c, err := Parse("smallest.yaml", []byte(smallest))
	if err != nil {
		t.Fatal(inspect.ProblemsOf(err))
	}
	if n, d, ok := c.Items[0].Fraction(inspect.Answer{Value: "b"}); n != 1 || d != 4 || !ok {
		t.Errorf("0.25 is %d/%d %v", n, d, ok)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(smallest))
	f.Add([]byte("schema: checklist/1\nitems: [{code: A1-01, answer: {type: ratio}}]\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("items: [{answer: {options: [{fraction: .5}, {fraction: [1]}]}}]\n---\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("fuzz.yaml", data)
		if (c == nil) == (err == nil) {
			t.Fatalf("checklist %v with error %v", c, err)
		}
		if err != nil {
			for _, p := range inspect.ProblemsOf(err) {
				if p.Line < 1 || p.File != "fuzz.yaml" || p.Class != inspect.Rejected {
					t.Fatalf("problem without a place: %+v", p)
				}
			}
			return
		}
		c.Digest() // must hold for whatever Parse accepts
	})
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := Parse("embedded", embedded); err != nil {
			b.Fatal(err)
		}
	}
}
