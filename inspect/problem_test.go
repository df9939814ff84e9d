package inspect

import (
	"strings"
	"testing"
)

// A message repeats the beginning of what somebody sent, in whole characters.
func TestLongValue(t *testing.T) {
	long := strings.Repeat("长", 1_000_000)
	got := Reject("frame.column", Place{}, "Name", long, "N", 3).Args
	if name := got["Name"].(string); len(name) > maxArg+3 || !strings.HasSuffix(name, "长…") || got["N"] != 3 {
		t.Errorf("%d bytes, ends in %q", len(name), name[len(name)-9:])
	}
	if short := strings.Repeat("a", maxArg); Refuse("x", "Name", short).Args["Name"] != short {
		t.Error("a text that can be read was cut")
	}
}
