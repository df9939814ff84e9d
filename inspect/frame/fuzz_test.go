package frame

import (
	"bytes"
	"strings"
	"testing"

	"zhicha/inspect"
)

// Whatever is read as CSV is either rejected with rules of this room or a frame that survives
// freezing unchanged.
func FuzzReadCSV(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("\ufeff" + small))
	f.Add([]byte(strings.Replace(small, "东莞市", `"东""莞"`, 1)))
	f.Add([]byte(header + "CO,1.1E+17,\xb6\xab\xdd\xb8,,,,,,\n"))
	f.Add(gzipped(f, []byte(small)))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, _, err := ReadCSV("f.csv", bytes.NewReader(data))
		var frame *Frame
		if err == nil {
			frame, err = Build(rows)
		}
		if err != nil {
			for _, p := range inspect.ProblemsOf(err) {
				if !strings.HasPrefix(p.Rule, "frame.") {
					t.Errorf("foreign rule %q", p.Rule)
				}
			}
			if len(inspect.ProblemsOf(err)) == 0 {
				t.Errorf("an error without a problem: %v", err)
			}
			return
		}
		var file bytes.Buffer
		if err := frame.Write(&file); err != nil {
			t.Fatal(err)
		}
		if _, d, err := Read("frame.csv.gz", &file); err != nil || d != frame.Digests() {
			t.Errorf("freezing changed the frame: %v", err)
		}
	})
}

// Whatever Read accepts is canonical: written again it gives the bytes that were read.
func FuzzRead(f *testing.F) {
	text := canonical(f, mustBuild(f, small))
	f.Add([]byte(text))
	f.Add([]byte(strings.Replace(text, ",900,", ",0900,", 1)))
	f.Add([]byte(header + header + header))
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, d, err := Read("frame.csv.gz", bytes.NewReader(data)) // uncompressed text is read as well
		if err != nil {
			return
		}
		if d != frame.Digests() {
			t.Error("the digest of what was read is not that of the frame")
		}
		if raw, err := readAll("", bytes.NewReader(data)); err != nil || canonical(t, frame) != string(raw) {
			t.Error("bytes that are not canonical were accepted")
		}
	})
}
