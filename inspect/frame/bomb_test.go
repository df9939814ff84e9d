package frame

import (
	"bytes"
	"compress/gzip"
	"io"
	"runtime"
	"strings"
	"testing"

	"zhicha/inspect"
)

// endless is a text without end; it counts what was read of it.
type endless struct {
	text string
	n    int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.text[(e.n+i)%len(e.text)]
	}
	e.n += len(p)
	return len(p), nil
}

// Of a table without end, plain, packed or in another encoding, so much is read and no more.
func TestBombs(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads a hundred million bytes")
	}
	header := strings.Join(Columns, ",") + "\n"
	packed := func(text string, size int64) io.Reader {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		io.CopyN(z, &endless{text: text}, size)
		z.Close()
		return &b
	}
	for name, r := range map[string]io.Reader{
		"plain": &endless{text: header}, "packed": packed(header, maxText+100), "zeros": packed("\x00", 1<<28),
		"rows": packed("a,,,,,,,,\n", maxText), "GBK": packed("\xc3\xfb", maxText-1),
		"commas": packed(header+"x"+strings.Repeat(",", maxText-len(header)-1), maxText), "a header of commas": packed("x,", maxText),
		"quoted commas": packed(header+"\"x\""+strings.Repeat(",", maxText-len(header)-3), maxText),
		"a name":        packed(header+"x"+strings.Repeat("y", maxText-len(header)-1), maxText), "quoted names": packed(header+strings.Repeat("CO,110101000000,\""+strings.Repeat(",", 20<<20)+"\",110101000000,11,,,5,\n", 3), 60<<20),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		rows, _, err := ReadCSV(name, r)
		if err == nil {
			_, err = Build(rows)
		}
		runtime.ReadMemStats(&after)
		if inspect.ProblemsOf(err) == nil {
			t.Errorf("%s: %v", name, err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 256<<20 {
			t.Errorf("%s: %d MB allocated", name, n>>20)
		} else {
			t.Logf("%s: %d MB allocated", name, n>>20)
		}
		if e, ok := r.(*endless); ok && e.n > maxText+1<<16 {
			t.Errorf("%s: %d bytes read", name, e.n)
		}
	}
}
