package frame

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"zhicha/inspect"
)

// The largest table read: bytes, uncompressed, and rows of all tables together. The national frame has 53
// million bytes and 665,000 rows. A row of more fields than maxFields, or more bytes than maxRow, is told
// before it is cut: every field takes 16 bytes, and a table may be nothing but commas, or one name.
const (
	maxText   = 64 << 20
	maxRows   = 800_000
	maxFields = 256
	maxRow    = 64 << 10
)

// Encoding is how the text of a file was written, for reporting.
type Encoding string

// The encodings ReadCSV accepts. GBK files are read as GB18030, its superset.
const (
	UTF8    Encoding = "UTF-8"
	UTF8BOM Encoding = "UTF-8 BOM"
	GBK     Encoding = "GBK"
)

// ReadCSV reads a table in UTF-8, with or without BOM, or GBK, plain or in gzip, and says which
// encoding it was. The columns may stand in any order, but all of Columns and no other. Rows are
// yielded lazily, a Problem in place of a row that cannot be split. A header that is repeated is
// skipped, so that a frozen frame can be read as well. name is only for saying where a problem is.
func ReadCSV(name string, data io.Reader) (iter.Seq2[Row, error], Encoding, error) {
	raw, err := readAll(name, data)
	if err != nil {
		return nil, "", err
	}
	text, enc, err := decode(name, raw)
	if err != nil {
		return nil, "", err
	}
	at := inspect.Place{File: name}
	lines := splitLines
	if strings.IndexByte(text, '"') >= 0 {
		lines = splitQuoted
		if err := wide(at, text); err != nil {
			return nil, enc, err
		}
	}
	head := Header{}
	for first, err := range lines(at, text) {
		if err != nil {
			return nil, enc, err
		}
		if head, err = ParseHeader(first.At, first.Fields); err != nil {
			return nil, enc, err
		}
		break
	}
	if head.from == nil {
		return nil, enc, inspect.Problems{inspect.Reject("frame.empty", at)}
	}
	return func(yield func(Row, error) bool) {
		for row, err := range lines(at, text) {
			if err == nil {
				if head.is(row.Fields) {
					continue
				}
				row, err = head.Row(row.At, row.Fields)
			}
			if !yield(row, err) {
				return
			}
		}
	}, enc, nil
}

// readAll reads a file into memory, out of gzip if it is one, up to maxText bytes.
func readAll(name string, r io.Reader) ([]byte, error) {
	at := inspect.Place{File: name}
	size := sizeOf(r)
	b := bufio.NewReader(r)
	head, _ := b.Peek(2)
	if bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		var raw []byte
		if err == nil {
			raw, err = slurp(z, min(8*size, maxText)) // tables of divisions shrink to about an eighth
		}
		if err != nil {
			return nil, inspect.Problems{inspect.Reject("frame.gzip", at, "Cause", err.Error())}
		}
		if len(raw) > maxText {
			return nil, inspect.Problems{inspect.Reject("frame.too-large", at, "Limit", maxText>>20)}
		}
		return raw, nil
	}
	raw, err := slurp(b, size)
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", name, err)
	}
	if len(raw) > maxText {
		return nil, inspect.Problems{inspect.Reject("frame.too-large", at, "Limit", maxText>>20)}
	}
	return raw, nil
}

// sizeOf is how many bytes a file has, up to maxText; 0 where r is none.
func sizeOf(r io.Reader) int {
	if file, ok := r.(fs.File); ok {
		if info, err := file.Stat(); err == nil {
			return int(min(info.Size(), maxText))
		}
	}
	return 0
}

// slurp reads up to maxText bytes and one; in one piece where there are expect bytes at most.
func slurp(r io.Reader, expect int) ([]byte, error) {
	b := make([]byte, max(expect, 1<<12)+1)
	fetch(b)
	n := 0
	for {
		m, err := r.Read(b[n:]) // not ReadFull, which takes a text that was cut off for a whole one
		if n += m; err == io.EOF {
			return b[:n], nil
		}
		if err != nil || n > maxText {
			return b[:n], err
		}
		if n == len(b) {
			b = append(b, make([]byte, min(len(b), maxText+1-len(b)))...)
		}
	}
}

// decode tells UTF-8 from GBK by validity: Chinese text in GBK is practically never valid UTF-8.
// A NUL byte means a workbook, a picture or UTF-16.
func decode(name string, raw []byte) (string, Encoding, error) {
	at := inspect.Place{File: name}
	if i := bytes.IndexByte(raw, 0); i >= 0 {
		at.Line = 1 + bytes.Count(raw[:i], []byte("\n"))
		return "", "", inspect.Problems{inspect.Reject("frame.not-text", at)}
	}
	rest, bom := bytes.CutPrefix(raw, []byte("\ufeff"))
	if utf8.Valid(rest) {
		if bom {
			return share(rest), UTF8BOM, nil
		}
		return share(rest), UTF8, nil
	}
	// at most half as long again: one piece
	text, err := slurp(simplifiedchinese.GB18030.NewDecoder().Reader(bytes.NewReader(raw)), min(len(raw)+len(raw)/2, maxText))
	if len(text) > maxText {
		return "", "", inspect.Problems{inspect.Reject("frame.too-large", at, "Limit", maxText>>20)}
	}
	if i := bytes.IndexRune(text, utf8.RuneError); bom || err != nil || i >= 0 {
		at.Line = 1 + bytes.Count(text[:max(i, 0)], []byte("\n"))
		return "", "", inspect.Problems{inspect.Reject("frame.encoding", at)}
	}
	return share(text), GBK, nil
}

// splitLines splits text without quotation marks, sharing its memory. Blank lines are skipped.
func splitLines(at inspect.Place, text string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		var fields []string
		for line := 1; text != ""; line++ {
			var s string
			s, text, _ = strings.Cut(text, "\n")
			s = strings.TrimSuffix(s, "\r")
			if strings.Trim(s, ", \t") == "" {
				continue
			}
			at.Line = line
			if n := strings.Count(s, ",") + 1; n > maxFields {
				if !yield(Row{}, inspect.Reject("frame.fields", at, "Have", n, "Want", width)) {
					return
				}
				continue
			}
			if n := len(s); n > maxRow {
				if !yield(Row{}, inspect.Reject("frame.row-long", at, "Have", n, "Most", maxRow)) {
					return
				}
				continue
			}
			fields = fields[:0]
			for {
				i := strings.IndexByte(s, ',')
				if i < 0 {
					break
				}
				fields = append(fields, s[:i])
				s = s[i+1:]
			}
			fields = append(fields, s)
			if !yield(Row{at, fields}, nil) {
				return
			}
		}
	}
}

// wide finds a row of too many fields or bytes in text with quotation marks.
func wide(at inspect.Place, text string) error {
	quoted, fields, row, first := false, 1, 0, 1 // where a row begins, and in which line
	at.Line = 1
	for i := range len(text) {
		if i-row > maxRow {
			at.Line = first
			return inspect.Problems{inspect.Reject("frame.row-long", at, "Have", i-row, "Most", maxRow)}
		}
		switch text[i] {
		case '"':
			quoted = !quoted
		case '\n':
			if at.Line++; !quoted {
				fields, row, first = 1, i+1, at.Line
			}
		case ',':
			if !quoted {
				fields++
			}
			if fields > maxFields {
				return inspect.Problems{inspect.Reject("frame.fields", at, "Have", fields, "Want", width)}
			}
		}
	}
	return nil
}

// splitQuoted splits text by RFC 4180. A broken quotation mark ends the reading, because nobody
// can say where the next row begins.
func splitQuoted(at inspect.Place, text string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = -1
		r.ReuseRecord = true
		for {
			fields, err := r.Read()
			if err == io.EOF {
				return
			}
			if broken := (*csv.ParseError)(nil); errors.As(err, &broken) {
				at.Line = broken.Line
				yield(Row{}, inspect.Reject("frame.quote", at))
				return
			}
			if strings.Trim(strings.Join(fields, ""), " \t") == "" {
				continue
			}
			at.Line, _ = r.FieldPos(0)
			if !yield(Row{at, fields}, nil) {
				return
			}
		}
	}
}

// Header knows where a foreign table keeps each of Columns.
type Header struct {
	from  []int    // for each of Columns, its place in the table
	names []string // the header as it stood
	out   []string // reused for every row
}

// ParseHeader reads a header row: all of Columns, in any order and any case, and no other.
func ParseHeader(at inspect.Place, cells []string) (Header, error) {
	var ps inspect.Problems
	h := Header{from: slices.Repeat([]int{-1}, width), names: slices.Clone(cells), out: make([]string, width)}
	for i, cell := range cells {
		name := strings.ToLower(strings.TrimSpace(cell))
		switch col := slices.Index(Columns, name); {
		case col < 0:
			ps = append(ps, inspect.Reject("frame.column-unknown", at, "Column", strings.TrimSpace(cell), "Columns", strings.Join(Columns, ",")))
		case h.from[col] >= 0:
			ps = append(ps, inspect.Reject("frame.column-twice", at, "Column", name))
		default:
			h.from[col] = i
		}
	}
	for col, i := range h.from {
		if i < 0 {
			ps = append(ps, inspect.Reject("frame.column-missing", at, "Column", Columns[col]))
		}
	}
	return h, ps.Err()
}

// Len is the number of cells a row has; a reader that drops empty cells at a row's end pads to it.
func (h *Header) Len() int { return len(h.names) }

func (h *Header) is(cells []string) bool { return slices.Equal(cells, h.names) }

// Row puts the cells of a row into the order of Columns. The row's fields are valid until the
// next call.
func (h *Header) Row(at inspect.Place, cells []string) (Row, error) {
	if len(cells) != len(h.names) {
		return Row{}, inspect.Reject("frame.fields", at, "Have", len(cells), "Want", len(h.names))
	}
	for col, i := range h.from {
		h.out[col] = cells[i]
	}
	return Row{at, h.out}, nil
}
