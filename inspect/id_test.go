package inspect

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestIsID(t *testing.T) {
	for _, s := range []string{"winter-care-2023", "a", "1", "draw-1", "custody-2", "com", "com10", "comx", "con-1", "lpt", "null", strings.Repeat("a", 64)} {
		if !IsID(s) {
			t.Errorf("%q is an id", s)
		}
	}
	for _, s := range []string{"", "-", "a-", "-a", "a--b", "A", "ａ", "é", "a b", "a.b", ".", "..", "../a", "a/b", `a\b`, "a:b", "a\x00", "a\n", "~", "con", "prn", "aux",
		"nul", "com0", "com1", "com9", "lpt1", "a+b", "a_b", "一", strings.Repeat("a", 65)} {
		if IsID(s) {
			t.Errorf("%q is no id", s)
		}
	}
}

// What is an id is one part of a path, whatever it is joined to.
func FuzzIsID(f *testing.F) {
	f.Add("draw-1")
	f.Add("../x")
	f.Fuzz(func(t *testing.T, s string) {
		if IsID(s) && (filepath.Base(s) != s || !filepath.IsLocal(s) || strings.ToLower(s) != s || len(s) > 64) {
			t.Errorf("%q", s)
		}
	})
}
