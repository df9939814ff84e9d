package frame

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"zhicha/inspect"
)

// Columns are the columns of every table, in canonical order.
var Columns = []string{"kind", "id", "name", "area_code", "reporting_unit", "county", "township", "size", "risk"}

// The places of the columns in Columns.
const (
	colKind = iota
	colID
	colName
	colArea
	colRegion
	colCounty
	colTownship
	colSize
	colRisk
	width
)

var header = strings.Join(Columns, ",") + "\n"

// Table names one of the three canonical tables.
type Table int

// The tables, in the order in which they are written and digested.
const (
	Counties Table = iota
	Townships
	Units
	tables
)

// body returns a canonical table without its header.
func (f *Frame) body(t Table) string {
	if t == Units {
		return f.text
	}
	var b []byte
	for _, u := range [...][]inspect.Unit{Counties: f.Counties, Townships: f.Townships}[t] {
		b = appendUnit(b, &u)
	}
	return share(b)
}

// Digests are the digests of the three tables and of the frame: the SHA-256 of the three, in
// the order counties, townships, units, as 3 × 32 bytes.
type Digests struct {
	Counties  inspect.Digest `json:"counties"`
	Townships inspect.Digest `json:"townships"`
	Units     inspect.Digest `json:"units"`
	Frame     inspect.Digest `json:"frame"`
}

func combine(d [tables]inspect.Digest) Digests {
	return Digests{d[Counties], d[Townships], d[Units], inspect.DigestOf(slices.Concat(d[0][:], d[1][:], d[2][:]))}
}

// Digests computes the digests of the canonical tables.
func (f *Frame) Digests() Digests {
	var d [tables]inspect.Digest
	for t := range tables {
		h := sha256.New()
		f.WriteTable(h, t) // a hash never fails
		h.Sum(d[t][:0])
	}
	return combine(d)
}

// WriteTable writes one canonical table, header and rows, uncompressed.
func (f *Frame) WriteTable(w io.Writer, t Table) error {
	for _, s := range []string{header, f.body(t)} {
		if _, err := w.Write(view(s)); err != nil {
			return fmt.Errorf("write frame: %w", err)
		}
	}
	return nil
}

func appendUnit(b []byte, u *inspect.Unit) []byte {
	for _, s := range [...]string{string(u.Kind), u.ID, u.Name, u.AreaCode, u.ReportingUnit, u.County, u.Township} {
		b = append(append(b, s...), ',')
	}
	if u.Size > 0 {
		b = strconv.AppendInt(b, u.Size, 10)
	}
	b = append(b, ',')
	if u.Risk > 0 {
		b = strconv.AppendInt(b, int64(u.Risk), 10)
	}
	return append(b, '\n')
}

// memberRows is how many rows a gzip member holds. The value is part of the file's bytes.
const memberRows = 1 << 15

// Write writes the frozen frame, frame.csv.gz: the three tables one after another. The file is
// several gzip members, each naming its own length in an extra field (as BGZF does), so that
// members can be read side by side; any gzip program reads the whole. The bytes carry neither
// time nor name and depend on the frame alone.
func (f *Frame) Write(w io.Writer) error {
	var parts []func() []byte
	for t := range tables {
		first, rows := header, f.body(t)
		for {
			n := 0
			for i := 0; i < memberRows && n < len(rows); i++ {
				n += strings.IndexByte(rows[n:], '\n') + 1
			}
			part, top := rows[:n], first
			parts = append(parts, func() []byte { return member(top, part) })
			if first, rows = "", rows[n:]; rows == "" {
				break
			}
		}
	}
	done := make([][]byte, len(parts))
	sideBySide(len(parts), func(i int) { done[i] = parts[i]() })
	for _, b := range done {
		if _, err := w.Write(b); err != nil {
			return fmt.Errorf("write frame: %w", err)
		}
	}
	return nil
}

// member compresses some rows into a gzip member that knows its own length.
func member(top, rows string) []byte {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, 6) // 6 is a valid level
	z.Extra = slices.Concat(memberMark, make([]byte, 4))
	z.Write(view(top)) // a buffer never fails
	z.Write(view(rows))
	z.Close()
	binary.LittleEndian.PutUint32(out.Bytes()[memberLen:], uint32(out.Len()))
	return out.Bytes()
}

// memberMark is the extra subfield ZC of four bytes; its value stands at memberLen, after the ten
// fixed bytes of the header, the field's length and the mark itself (RFC 1952, 2.3.1.1).
var memberMark = []byte{'Z', 'C', 4, 0}

const memberLen = 10 + 2 + 4

// sideBySide calls do for 0 to n-1 on every core.
func sideBySide(n int, do func(int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}
