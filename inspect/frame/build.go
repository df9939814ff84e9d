package frame

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
	"strings"

	"zhicha/inspect"
)

// Row is a row of a foreign table: where it stands, and its fields in the order of Columns. The
// slice may be overwritten by the next row.
type Row struct {
	At     inspect.Place
	Fields []string
}

// Build makes a frame of the rows of any number of tables, in any order. It checks every row,
// every parent and every key, and returns all that is wrong as inspect.Problems (a hundred of them
// and the number of the rest). A Problem among the rows is gathered like its own; any other error
// ends the work at once.
func Build(rows ...iter.Seq2[Row, error]) (*Frame, error) {
	b := builder{}
	n := 0
	for _, seq := range rows {
		for row, err := range seq {
			if n++; n > maxRows {
				return nil, inspect.Problems{inspect.Reject("frame.too-many", row.At, "Max", maxRows)}
			}
			if err == nil {
				b.add(row)
				continue
			}
			ps := inspect.ProblemsOf(err)
			if ps == nil {
				return nil, err
			}
			for _, p := range ps {
				b.check.add(p)
			}
		}
	}
	for t := range b.tables {
		slices.SortFunc(b.tables[t].marks, b.tables[t].compare)
		b.twice(&b.tables[t])
	}
	f := &Frame{Counties: slices.Collect(b.tables[Counties].units), Townships: slices.Collect(b.tables[Townships].units)}
	if len(f.Counties) == 0 && len(b.check.kept) == 0 {
		return nil, inspect.Problems{inspect.Reject("frame.empty", inspect.Place{})}
	}
	sound := len(b.check.kept) == 0
	sideBySide(2, func(i int) {
		if i == 0 {
			if sound {
				f.text = b.tables[Units].text() // in vain where a parent is wrong, which is rare
			}
			return
		}
		for _, t := range []*table{&b.tables[Townships], &b.tables[Units]} {
			b.check.parents(f, t.units, func(i int) inspect.Place { return b.place(t.marks[i]) })
		}
	})
	if err := b.check.err(); err != nil {
		return nil, err
	}
	return f.finish(), nil
}

type builder struct {
	check   checker
	tables  [tables]table
	sources []inspect.Place
}

// table gathers rows. It keeps their text, packed, since the units of a nation would fill more than twice
// the memory, and in blocks, since a text in one piece is copied whenever it grows.
type table struct {
	blocks [][]byte
	marks  []mark
	size   int  // bytes in the blocks
	masked bool // see mask
}

// mark is where a row stands in the blocks and where it came from: a place without its line, and the line.
type mark struct{ block, at, source, line int32 }

// A row that is wrong is kept as well, so that its children are not called orphans. Where a field of it holds
// what ends fields and rows, bytes that no text in UTF-8 has stand in for those.
var (
	mask   = strings.NewReplacer(",", "\xff", "\n", "\xfe")
	unmask = strings.NewReplacer("\xff", ",", "\xfe", "\n")
)

// blockMax is how large the blocks of a large table are.
const blockMax = 1 << 20

func (t *table) add(fields *[width]string, source, line int32) {
	size := width
	for _, s := range fields {
		size += len(s)
	}
	last := len(t.blocks) - 1
	if last < 0 || cap(t.blocks[last])-len(t.blocks[last]) < size {
		t.blocks = append(t.blocks, make([]byte, 0, max(size, min(t.size, blockMax))))
		last++
	}
	b := t.blocks[last]
	if len(t.marks) == cap(t.marks) {
		t.marks = slices.Grow(t.marks, len(t.marks)+1) // twice as many: smaller steps would copy a nation's marks five times
	}
	t.marks = append(t.marks, mark{int32(last), int32(len(b)), source, line})
	row := joined(b, fields)[len(b):]
	if bytes.Count(row, []byte(",")) != width-1 || bytes.IndexByte(row, '\n') != size-1 {
		t.masked = true
		var plain [width]string
		for i, s := range fields {
			plain[i] = mask.Replace(s)
		}
		joined(b, &plain)
	}
	t.blocks[last] = b[:len(b)+size]
	t.size += size
}

func joined(b []byte, fields *[width]string) []byte {
	for _, s := range fields {
		b = append(append(b, s...), ',')
	}
	b[len(b)-1] = '\n'
	return b
}

// row is the text of a row with its line feed.
func (t *table) row(m mark) string {
	b := t.blocks[m.block][m.at:]
	return share(b[:bytes.IndexByte(b, '\n')+1])
}

// key is what the row is sorted by: its kind, of two letters, and its id.
func (t *table) key(m mark) (kind, id string) {
	s := share(t.blocks[m.block][m.at:])
	kind, s = s[:2], s[3:]
	if id = s[:strings.IndexByte(s, ',')]; t.masked {
		id = unmask.Replace(id)
	}
	return kind, id
}

// compare is the order of rows inside a table, and of equal ones the order in which they came.
func (t *table) compare(a, b mark) int {
	kindA, idA := t.key(a)
	kindB, idB := t.key(b)
	if c := cmp.Or(strings.Compare(kindA, kindB), strings.Compare(idA, idB)); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.line, b.line))
}

// units yields what could be read of the rows, in their order.
func (t *table) units(yield func(inspect.Unit) bool) {
	var fields [width]string
	for _, m := range t.marks {
		s := t.row(m)
		cut(s[:len(s)-1], &fields)
		if t.masked {
			for i, s := range fields {
				fields[i] = unmask.Replace(s)
			}
		}
		if !yield(unit(&fields)) {
			return
		}
	}
}

// text is the canonical text of rows without a problem.
func (t *table) text() string {
	out := make([]byte, t.size)
	fetch(out)
	rest := out
	for _, m := range t.marks {
		rest = rest[copy(rest, t.row(m)):]
	}
	return share(out)
}

// compare is the canonical order of rows inside a table.
func compare(a, b *inspect.Unit) int {
	if c := strings.Compare(string(a.Kind), string(b.Kind)); c != 0 {
		return c
	}
	return strings.Compare(a.ID, b.ID)
}

func (b *builder) add(row Row) {
	b.check.at = row.At
	if len(row.Fields) != width {
		b.check.add(inspect.Reject("frame.fields", row.At, "Have", len(row.Fields), "Want", width))
		return
	}
	var fields [width]string // of this call: what stays would hold the whole text that its row was cut from
	for i, s := range row.Fields {
		fields[i] = strings.TrimSpace(s)
	}
	fill(fields[:])
	if t := tableOf(b.check.unit(fields[:]).Kind); t >= 0 {
		b.tables[t].add(&fields, b.source(row.At), int32(row.At.Line))
	}
}

// fill spares an office what follows from the rest: a unit's own id as its county or township.
func fill(f []string) {
	f[colKind] = strings.ToUpper(f[colKind])
	switch {
	case f[colKind] == string(inspect.CO) && f[colCounty] == "":
		f[colCounty] = f[colID]
	case f[colKind] == string(inspect.TS) && f[colTownship] == "":
		f[colTownship] = f[colID]
	}
}

// source is the number of a place, its line apart.
func (b *builder) source(at inspect.Place) int32 {
	at = inspect.Place{File: at.File, Sheet: at.Sheet}
	last := len(b.sources) - 1
	if last < 0 || b.sources[last] != at {
		if last = slices.Index(b.sources, at); last < 0 {
			last = len(b.sources)
			b.sources = append(b.sources, at)
		}
	}
	return int32(last)
}

// place tells where a row came from.
func (b *builder) place(m mark) inspect.Place {
	at := b.sources[m.source]
	at.Line = int(m.line)
	return at
}

// twice reports rows with the key of the row before them.
func (b *builder) twice(t *table) {
	var lastKind, lastID string
	for i, m := range t.marks {
		kind, id := t.key(m)
		if i > 0 && id == lastID && kind == lastKind {
			b.check.at = b.place(m)
			b.check.bad(colID, "frame.twice", "Kind", kind, "ID", id, "First", b.place(t.marks[i-1]).String())
		}
		lastKind, lastID = kind, id
	}
}

// parents checks that the parents of units in their order stand in the frame and agree with them.
func (c *checker) parents(f *Frame, units iter.Seq[inspect.Unit], place func(i int) inspect.Place) {
	var p *inspect.Unit
	i := 0
	for u := range units {
		var ok bool
		if p, ok = f.parent(&u, p); !ok {
			c.at = place(i)
			c.kin(&u, p)
		}
		i++
	}
}

// parent finds a unit's parent and reports whether it agrees with it. near is the parent of the
// row before, which mostly is the same.
func (f *Frame) parent(u, near *inspect.Unit) (p *inspect.Unit, ok bool) {
	if u.Kind != inspect.VC {
		p = find(f.Counties, u.County)
		return p, p != nil && p.ReportingUnit == u.ReportingUnit
	}
	if p = near; p == nil || p.ID != u.Township {
		p = find(f.Townships, u.Township)
	}
	return p, p != nil && p.ReportingUnit == u.ReportingUnit && p.County == u.County
}

// kin says what is wrong between a unit and its parent.
func (c *checker) kin(u, parent *inspect.Unit) {
	col, id := colCounty, u.County
	if u.Kind == inspect.VC {
		col, id = colTownship, u.Township
	}
	switch {
	case parent == nil:
		c.bad(col, "frame.orphan", "ID", u.ID, "Parent", id)
	case parent.ReportingUnit != u.ReportingUnit:
		c.bad(colRegion, "frame.parent-region", "ID", u.ID, "Unit", u.ReportingUnit, "Parent", id, "Want", parent.ReportingUnit)
	default:
		c.bad(colCounty, "frame.parent-county", "ID", u.ID, "County", u.County, "Parent", id, "Want", parent.County)
	}
}
