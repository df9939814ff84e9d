package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every check, caveat and kind of entry that a report can name has its words in both languages.
func TestReportIsWorded(t *testing.T) {
	files, err := filepath.Glob("../../inspect/verify/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var checks, caveats []string
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		checks = append(checks, quoted(t, f, `\.check\("([a-z-]+)"|\{"([a-z-]+)", r\.check`)...)
		caveats = append(caveats, quoted(t, f, `[^.]add\("([a-z-]+)"`)...)
		caveats = append(caveats, quoted(t, f, `range \[\]string\{"([a-z-]+)", "`)...)
	}
	caveats = append(caveats, "visits", "means", "second-log", "frame", "postponed")
	kinds := quoted(t, "../../inspect/ledger/entry.go", `Kind += "([a-z-]+)"`)
	for what, n := range map[string]int{"checks": len(checks) - 17, "caveats": len(caveats) - 11, "kinds": len(kinds) - 15} {
		if n < 0 {
			t.Errorf("%s: %d fewer than there are: is the source still read?", what, -n)
		}
	}
	for _, lang := range []string{"zh-CN", "en"} {
		texts, _ := catalogue(t, lang)
		for prefix, ids := range map[string][]string{"verify.check.": checks, "verify.ok.": checks, "verify.caveat.": caveats, "verify.kind.": kinds} {
			for _, id := range ids {
				if texts[prefix+id] == "" {
					t.Errorf("%s%s has no words in %s", prefix, id, lang)
				}
			}
			for k := range texts {
				if id, ok := strings.CutPrefix(k, prefix); ok && !slices.Contains(ids, id) {
					t.Errorf("%s in %s: nothing asks for it", k, lang)
				}
			}
		}
	}
}
