package frame

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/klauspost/compress/gzip"

	"zhicha/inspect"
)

// Read reads a frozen frame, as Write made it, and returns its digests, which are those of the
// bytes read. It is strict: bytes that are not canonical are rejected with the line, counted
// through all three tables. name is only for saying where a problem is.
func Read(name string, r io.Reader) (*Frame, Digests, error) {
	raw, err := slurp(r, sizeOf(r))
	if err != nil {
		return nil, Digests{}, fmt.Errorf("read %q: %w", name, err)
	}
	text, ok := unpack(raw)
	if !ok {
		if b, err := readAll(name, bytes.NewReader(raw)); err != nil {
			return nil, Digests{}, err
		} else {
			text = share(b)
		}
	}
	return parse(name, text)
}

// ReadCounties reads the canonical table of counties alone, uncompressed, and returns its digest:
// what a stranger needs to check the county stage of a draw.
func ReadCounties(name string, text []byte) ([]inspect.Unit, inspect.Digest, error) {
	p := parser{file: name}
	s := string(text)
	units := p.table(Counties, s, 1)
	if !utf8.ValidString(s) && p.err() == nil {
		p.broken(0)
	}
	return units, inspect.DigestOf(text), p.err()
}

// share views bytes that nobody will change again as a string, sparing a copy of the whole frame.
func share(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// view is the bytes of a string, which nobody may change.
func view(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// parse reads the three tables side by side with their digests.
func parse(name, text string) (*Frame, Digests, error) {
	p := parser{file: name}
	parts, lines := split(text)
	if parts == nil {
		p.broken(1)
		return nil, Digests{}, p.err()
	}
	var d [tables]inspect.Digest
	var f Frame
	var unsound []inspect.Unit
	sideBySide(2, func(i int) {
		if i == 0 {
			for t, part := range parts {
				d[t] = inspect.DigestOf(view(part))
			}
			return
		}
		f.Counties = p.table(Counties, parts[Counties], lines[Counties])
		f.Townships = p.table(Townships, parts[Townships], lines[Townships])
		switch body, ok := strings.CutPrefix(parts[Units], header); {
		case ok && f.sound(body):
			f.text = body
		case strings.Contains(parts[Units], "\n"+header): // a table too many
			p.broken(0)
		default:
			unsound = p.table(Units, parts[Units], lines[Units])
		}
	})
	if len(f.Counties) == 0 && len(p.kept) == 0 {
		p.add(inspect.Reject("frame.empty", inspect.Place{File: name}))
	}
	if len(p.kept) == 0 {
		for t, units := range [...][]inspect.Unit{Townships: f.Townships, Units: unsound} {
			p.parents(&f, slices.Values(units), func(i int) inspect.Place { return inspect.Place{File: name, Line: lines[t] + 1 + i} })
		}
	}
	if err := p.err(); err != nil {
		if !utf8.ValidString(text) { // rows without a problem are valid, which spares looking
			p = parser{file: name}
			p.broken(1)
		}
		return nil, Digests{}, p.err()
	}
	return f.finish(), combine(d), nil
}

// split cuts the text at its headers and says at which line each table begins.
func split(text string) (parts []string, lines [tables]int) {
	if !strings.HasPrefix(text, header) {
		return nil, lines
	}
	line := 1
	for t := range tables {
		part := text
		lines[t] = line
		if t < tables-1 { // the last and longest runs to the end; a header inside it is no row
			if end := strings.Index(text[len(header)-1:], "\n"+header); end >= 0 {
				part = text[:len(header)+end]
			}
			line += strings.Count(part, "\n")
		}
		parts = append(parts, part)
		text = text[len(part):]
		if (text == "") != (t == tables-1) {
			return nil, lines
		}
	}
	return parts, lines
}

// parser reads canonical tables.
type parser struct {
	checker
	file string
}

// broken reports a line that is not in canonical form; 0 stands for the file as a whole.
func (p *parser) broken(line int) {
	p.add(inspect.Reject("frame.frozen", inspect.Place{File: p.file, Line: line}))
}

// table reads one table whose header stands at a line. It stops at the first line whose form is
// broken, since the rest could not be trusted.
func (p *parser) table(t Table, text string, line int) []inspect.Unit {
	body, ok := strings.CutPrefix(text, header)
	if !ok || body != "" && !strings.HasSuffix(body, "\n") {
		p.broken(line)
		return nil
	}
	return p.rows(t, body, line, make([]inspect.Unit, 0, strings.Count(body, "\n")))
}

// sound reports, on every core, whether the body of the table of units has no problem in the form
// of its rows, their order or their parents. What is wrong is left to table and parents, which name
// the first.
func (f *Frame) sound(body string) bool {
	if !strings.HasSuffix(body, "\n") {
		return false
	}
	ends := cutRows(body)
	good := make([]bool, len(ends)-1)
	sideBySide(len(good), func(i int) {
		from := ends[i]
		if i > 0 { // from the row before, for the order
			from = strings.LastIndexByte(body[:from-1], '\n') + 1
		}
		good[i] = f.soundRows(body[from:ends[i+1]])
	})
	return !slices.Contains(good, false)
}

func (f *Frame) soundRows(body string) bool {
	var c checker
	var fields [width]string
	var last inspect.Unit
	var parent *inspect.Unit
	for body != "" {
		end := strings.IndexByte(body, '\n')
		ok := cut(body[:end], &fields)
		if ok {
			u := c.unit(fields[:])
			if parent, ok = f.parent(&u, parent); ok {
				ok = len(c.kept) == 0 && tableOf(u.Kind) == Units && compare(&last, &u) < 0
			}
			last = u
		}
		if !ok {
			return false
		}
		body = body[end+1:]
	}
	return true
}

// unfold yields the units of rows that were found sound; they share the rows' memory.
func unfold(body string) iter.Seq[inspect.Unit] {
	return func(yield func(inspect.Unit) bool) {
		var fields [width]string
		for body := body; body != ""; {
			end := strings.IndexByte(body, '\n')
			cut(body[:end], &fields)
			if body = body[end+1:]; !yield(unit(&fields)) {
				return
			}
		}
	}
}

// unit is the unit of a row whose fields are known.
func unit(f *[width]string) inspect.Unit {
	u := inspect.Unit{
		Kind: inspect.Kind(f[colKind]), ID: f[colID], Name: f[colName], AreaCode: f[colArea], ReportingUnit: f[colRegion],
		County: f[colCounty], Township: f[colTownship],
	}
	if f[colSize] != "" { // which is rare, and an error costs more than the whole row
		u.Size, _ = strconv.ParseInt(f[colSize], 10, 64)
	}
	if f[colRisk] != "" {
		u.Risk, _ = strconv.Atoi(f[colRisk])
	}
	return u
}

// cutRows cuts a table's body into parts of some size, a few for every core: each begins where the
// one before it ends.
func cutRows(body string) []int {
	ends := []int{0}
	for size, end := max(1<<16, len(body)/(4*runtime.GOMAXPROCS(0))), 0; end < len(body); ends = append(ends, end) {
		next := min(end+size, len(body)) - 1
		end = next + strings.IndexByte(body[next:], '\n') + 1
	}
	return ends
}

// seek returns the rows of a sound body from the first that is not before prefix.
func seek(body, prefix string) string {
	from, to := 0, len(body) // both begin a row
	for from < to {
		row := from + strings.LastIndexByte(body[from:(from+to)/2], '\n') + 1
		if body[row:] < prefix {
			from = row + strings.IndexByte(body[row:], '\n') + 1
		} else {
			to = row
		}
	}
	return body[from:]
}

// rows appends the rows of a table's body, the first of which stands after line.
func (p *parser) rows(t Table, body string, line int, units []inspect.Unit) []inspect.Unit {
	var fields [width]string
	for body != "" {
		line++
		end := strings.IndexByte(body, '\n')
		if !cut(body[:end], &fields) {
			p.broken(line)
			return units
		}
		body = body[end+1:]
		p.at = inspect.Place{File: p.file, Line: line}
		u := p.unit(fields[:])
		units = append(units, u)
		if n := len(units); tableOf(u.Kind) != t || n > 1 && compare(&units[n-2], &units[n-1]) >= 0 {
			p.broken(line)
			return units
		}
	}
	return units
}

func tableOf(k inspect.Kind) Table {
	switch k {
	case inspect.CO:
		return Counties
	case inspect.TS:
		return Townships
	case inspect.VC, inspect.WI:
		return Units
	}
	return -1
}

// cut splits a line into exactly nine fields.
func cut(s string, fields *[width]string) bool {
	for i := range width - 1 {
		end := strings.IndexByte(s, ',')
		if end < 0 {
			return false
		}
		fields[i], s = s[:end], s[end+1:]
	}
	fields[width-1] = s
	return strings.IndexByte(s, ',') < 0
}

// unpack decompresses the members of a file that Write made, side by side. It gives up, and leaves
// the file to the ordinary reader, if any member is not of that make.
func unpack(raw []byte) (string, bool) {
	type piece struct{ from, to, size, at int }
	var pieces []piece
	total := 0
	for from := 0; from < len(raw); {
		rest := raw[from:]
		if len(rest) < memberLen+4+8 || rest[0] != 0x1f || rest[1] != 0x8b || rest[3] != 4 || !bytes.Equal(rest[12:16], memberMark) {
			return "", false
		}
		n := int(binary.LittleEndian.Uint32(rest[memberLen:]))
		if n < memberLen+4+8 || n > len(rest) {
			return "", false
		}
		size := int(binary.LittleEndian.Uint32(rest[n-4:]))
		if total += size; size > 1032*n || total > maxText { // deflate cannot do better than 1032:1
			return "", false
		}
		pieces = append(pieces, piece{from, from + n, size, total - size})
		from += n
	}
	out := make([]byte, total)
	fetch(out)
	good := make([]bool, len(pieces))
	sideBySide(len(pieces), func(i int) {
		p := pieces[i]
		z, err := gzip.NewReader(bytes.NewReader(raw[p.from:p.to]))
		if err != nil {
			return
		}
		z.Multistream(false)
		if _, err := io.ReadFull(z, out[p.at:p.at+p.size]); err != nil {
			return
		}
		n, err := z.Read(make([]byte, 1)) // the end, where the checksum is compared
		good[i] = n == 0 && err == io.EOF
	})
	for _, ok := range good {
		if !ok {
			return "", false
		}
	}
	return share(out), len(pieces) > 0
}
