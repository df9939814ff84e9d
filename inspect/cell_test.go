package inspect

import "testing"

func TestSafeCell(t *testing.T) {
	for _, s := range []string{"=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠a", "=HYPERLINK(\"x\")"} {
		if got := SafeCell(s); got != "'"+s || SafeCell(got) != got {
			t.Errorf("%q: %q", s, got)
		}
	}
	for _, s := range []string{"", "a", "1", "a=1", "'=1", "110101000000", "北京市", "–", "—", "a-1"} {
		if SafeCell(s) != s {
			t.Errorf("%q was changed to %q", s, SafeCell(s))
		}
	}
}
