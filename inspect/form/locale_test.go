package form

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every rule of this room, and of the packet's half of seal, has its sentence and its way out in
// both languages, and no other has.
func TestEveryRuleIsWorded(t *testing.T) {
	rules := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(files, "../seal/packet.go") {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"((?:form|seal)\.[a-z-]+)"`).FindAllSubmatch(b, -1) {
			rules[string(m[1])] = true
		}
	}
	if len(rules) < 20 {
		t.Fatalf("only %d rules found: is the source still read?", len(rules))
	}
	for _, lang := range []string{"zh-CN", "en"} {
		b, err := os.ReadFile("../../templates/locale/form." + lang + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		worded := map[string]bool{}
		for _, m := range regexp.MustCompile(`(?m)^((?:form|seal)\.[a-z-]+(?:\.fix)?): ".+"$`).FindAllSubmatch(b, -1) {
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
