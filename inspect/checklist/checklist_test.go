package checklist

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"zhicha/inspect"
)

func TestEmbedded(t *testing.T) {
	c, err := Parse("embedded", Embedded())
	if err != nil {
		t.Fatalf("embedded checklist: %v", inspect.ProblemsOf(err))
	}
	if len(c.Items) != 59 || len(c.Sections) != 11 {
		t.Errorf("%d items in %d sections, want 59 in 11", len(c.Items), len(c.Sections))
	}
	for k, want := range map[inspect.Kind]int{inspect.HH: 27, inspect.VC: 21, inspect.TS: 13, inspect.WI: 6, inspect.CO: 18} {
		if got := len(c.ItemsFor(k)); got != want {
			t.Errorf("%s: %d items, want %d", k, got, want)
		}
	}
	red := 0
	for _, it := range c.Items {
		if it.RedLine != nil {
			red++
			if it.Severity != "S4" || it.Escalation == "" {
				t.Errorf("%s: a red line of severity %q with escalation %q", it.Code, it.Severity, it.Escalation)
			}
		}
	}
	if red != 8 {
		t.Errorf("%d red lines, want 8", red)
	}
	if strings.Contains(string(Embedded()), "督查") {
		t.Error("the activity is 抽查检查, never 督查")
	}
}

func TestLookups(t *testing.T) {
	c := Default()
	if c != Default() {
		t.Error("Default parses twice")
	}
	if it := c.Item("A6-02"); it == nil || it.Weight != 3 || it.Escalation != "E1" {
		t.Errorf("A6-02: %+v", it)
	}
	if s := c.Severity("S4"); s == nil || s.Hours != 24 || s.WrittenWithinHours != 2 {
		t.Errorf("S4: %+v", s)
	}
	if s := c.Severity("S3"); s == nil || s.WorkingDays != 3 {
		t.Errorf("S3: %+v", s)
	}
	if s := c.Severity("S1"); s == nil || !s.NextWave {
		t.Errorf("S1: %+v", s)
	}
	if m := c.Method("DOC"); m == nil || m.Primary {
		t.Errorf("DOC: %+v", m)
	}
	if s := c.Section("B4"); s == nil || s.In("zh-CN") != "长效机制" || s.In("en") != "Long-term mechanism" {
		t.Errorf("B4: %+v", s)
	}
	if c.Item("Z9-99") != nil || c.Section("Z9") != nil || c.Method(Oral) != nil || c.Severity("S5") != nil || c.Escalation("E9") != nil || c.Kind("XX") != nil {
		t.Error("an unknown code was found")
	}
	if c.Kind(inspect.HH) == nil || c.Escalation("E3").WithinHours != 24 {
		t.Error("HH or E3 is missing")
	}
	it := c.Item("A6-07")
	if it.QuestionFor(inspect.HH) == it.Question || it.QuestionFor(inspect.VC) != it.Question {
		t.Error("A6-07 is worded wrongly at a household or a village")
	}
}

func TestDigestIsOfMeaning(t *testing.T) {
	want := Default().Digest()
	var tree map[string]any // its keys come out in another order, without comments
	if err := yaml.Unmarshal(Embedded(), &tree); err != nil {
		t.Fatal(err)
	}
	again, err := yaml.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse("again", again)
	if err != nil {
		t.Fatal(inspect.ProblemsOf(err))
	}
	if c.Digest() != want {
		t.Error("comments, white space or the order of keys changed the digest")
	}
	for _, change := range [][2]string{{"fraction: 0.3", "fraction: 0.31"}, {"zero_at: 99", "zero_at: 98"}, {"有没有人到家里来", "有没有人来家里"}} {
		c, err := Parse("changed", mutate(t, change[0], change[1]))
		if err != nil {
			t.Fatal(inspect.ProblemsOf(err))
		}
		if c.Digest() == want {
			t.Errorf("changing %q to %q left the digest as it was", change[0], change[1])
		}
	}
}

func TestKindWeight(t *testing.T) {
	it := &Item{Weight: 2, Kinds: []inspect.Kind{inspect.VC, inspect.TS, inspect.CO}}
	if n, d := it.KindWeight(inspect.TS); n != 2 || d != 3 {
		t.Errorf("equal split: %d/%d, want 2/3", n, d)
	}
	if n, d := it.KindWeight(inspect.HH); n != 0 || d != 1 {
		t.Errorf("foreign kind: %d/%d, want 0/1", n, d)
	}
	it.KindWeights = map[inspect.Kind]int{inspect.VC: 3, inspect.TS: 2, inspect.CO: 1}
	if n, d := it.KindWeight(inspect.VC); n != 1 || d != 1 {
		t.Errorf("stated shares: %d/%d, want 1/1", n, d)
	}
}

// Every rule the code can raise has its sentence and its way out in both languages, and no
// sentence is left over.
func TestLocale(t *testing.T) {
	rules := map[string]bool{}
	literal := regexp.MustCompile(`"(checklist\.[a-z-]+)"`)
	for _, file := range []string{"parse.go", "check.go", "check_item.go", "answer.go"} {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range literal.FindAllStringSubmatch(string(src), -1) {
			rules[m[1]], rules[m[1]+".fix"] = true, true
		}
	}
	slot := regexp.MustCompile(`{{\.\w+}}`)
	used := map[string][]string{}
	for _, lang := range []string{"zh-CN", "en"} {
		b, err := os.ReadFile("../../templates/locale/checklist." + lang + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]string
		if err := yaml.Unmarshal(b, &texts); err != nil {
			t.Fatal(err)
		}
		for rule := range rules {
			if texts[rule] == "" {
				t.Errorf("%s: no text for %s", lang, rule)
			}
		}
		for rule, text := range texts {
			if !rules[rule] {
				t.Errorf("%s: %s is never raised", lang, rule)
			}
			names := slices.Sorted(slices.Values(slot.FindAllString(text, -1)))
			names = slices.Compact(names)
			if other, ok := used[rule]; ok && !slices.Equal(names, other) {
				t.Errorf("%s: the languages use different values: %v and %v", rule, other, names)
			}
			used[rule] = names
		}
	}
}
