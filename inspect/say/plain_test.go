package say

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

const nasty = "a\x1b[2Jb\x07c\x7fd\u009b31me\u202ef\u2066g\u2028h\ri\x00j\x9bk\tl"

func TestPlain(t *testing.T) {
	for _, c := range [][2]string{
		{nasty, "a[2Jbcd31mefghijk l"}, {"两行\n第二行\n", "两行\n第二行\n"}, {"", ""}, {"😀\u200d", "😀\u200d"}, {"\xe4\xbd", ""}, {"\ufffd", "\ufffd"},
	} {
		for _, size := range []int{1, 2, 3, 1 << 10} { // however the text is cut
			var b bytes.Buffer
			w := Plain(&b)
			for in := []byte(c[0]); len(in) > 0; in = in[min(size, len(in)):] {
				if n, err := w.Write(in[:min(size, len(in))]); n != min(size, len(in)) || err != nil {
					t.Fatal(n, err)
				}
			}
			if b.String() != c[1] {
				t.Errorf("%q in pieces of %d: %q", c[0], size, b.String())
			}
		}
	}
}

func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{nasty: "a[2Jbcd31mefg hijk l", "名单\n已核对通过": "名单 已核对通过", "a": "a"} {
		if got := OneLine(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestEscapeJSON(t *testing.T) {
	text := strings.ToValidUTF8(nasty, "")
	raw, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	safe := EscapeJSON(append(raw, '\n'))
	var back string
	if err := json.Unmarshal(safe, &back); err != nil || back != text {
		t.Errorf("%v: %q", err, back)
	}
	if strings.ContainsFunc(strings.TrimSuffix(string(safe), "\n"), hostile) {
		t.Errorf("%q", safe)
	}
}

func FuzzPlain(f *testing.F) {
	f.Add([]byte(nasty), 3)
	f.Fuzz(func(t *testing.T, in []byte, cut int) {
		cut = min(max(cut, 0), len(in))
		var b bytes.Buffer
		w := Plain(&b)
		w.Write(in[:cut])
		w.Write(in[cut:])
		if !utf8.Valid(b.Bytes()) || strings.ContainsFunc(strings.ReplaceAll(b.String(), "\n", ""), hostile) {
			t.Errorf("%q came out of %q", b.String(), in)
		}
	})
}
