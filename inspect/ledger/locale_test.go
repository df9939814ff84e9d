package ledger

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every rule of this room has its sentence and its way out in both languages, and no other has.
func TestEveryRuleIsWorded(t *testing.T) {
	rules := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"(ledger\.[a-z-]+)"`).FindAllSubmatch(b, -1) {
			rules[string(m[1])] = true
		}
	}
	for _, lang := range []string{"zh-CN", "en"} {
		b, err := os.ReadFile("../../templates/locale/ledger." + lang + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		worded := map[string]bool{}
		for _, m := range regexp.MustCompile(`(?m)^(ledger\.[a-z-]+(?:\.fix)?): ".+"$`).FindAllSubmatch(b, -1) {
			worded[string(m[1])] = true
		}
		for r := range rules {
			if !worded[r] || !worded[r+".fix"] {
				t.Errorf("%s: %s lacks its sentence or its way out", lang, r)
			}
		}
		if len(worded) != 2*len(rules) {
			t.Errorf("%s: %d entries for %d rules", lang, len(worded), len(rules))
		}
	}
}
