package frame

import (
	"iter"
	"slices"
	"sort"
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
func Build(rows ...iter.Seq2[Row, error]) (*Frame, error) { return build(0, rows...) }

// build is Build told how many villages to expect.
func build(expect int, rows ...iter.Seq2[Row, error]) (*Frame, error) {
	b := builder{}
	b.units.units = make([]inspect.Unit, 0, expect)
	b.units.marks = make([]mark, 0, expect)
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
	for _, t := range []*table{&b.counties, &b.townships, &b.units} {
		if !sort.IsSorted(t) {
			sort.Sort(t)
		}
		b.twice(t)
	}
	f := &Frame{Counties: b.counties.units, Townships: b.townships.units, units: b.units.units}
	if len(f.Counties) == 0 && len(b.check.kept) == 0 {
		return nil, inspect.Problems{inspect.Reject("frame.empty", inspect.Place{})}
	}
	b.check.parents(f, b.place)
	if err := b.check.err(); err != nil {
		return nil, err
	}
	return f.finish(), nil
}

type builder struct {
	check                      checker
	counties, townships, units table
	sources                    []inspect.Place
	fields                     [width]string
}

// mark is where a unit came from: a place without its line, and the line.
type mark struct{ source, line int32 }

// table sorts units together with their marks.
type table struct {
	units []inspect.Unit
	marks []mark
}

func (t *table) Len() int { return len(t.units) }
func (t *table) Swap(i, j int) {
	t.units[i], t.units[j] = t.units[j], t.units[i]
	t.marks[i], t.marks[j] = t.marks[j], t.marks[i]
}
func (t *table) Less(i, j int) bool {
	if c := compare(&t.units[i], &t.units[j]); c != 0 {
		return c < 0
	}
	a, b := t.marks[i], t.marks[j]
	return a.source < b.source || a.source == b.source && a.line < b.line
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
	for i, s := range row.Fields {
		b.fields[i] = strings.TrimSpace(s)
	}
	fill(b.fields[:])
	u := b.check.unit(b.fields[:])
	t := &b.units
	switch u.Kind {
	case "":
		return
	case inspect.CO:
		t = &b.counties
	case inspect.TS:
		t = &b.townships
	}
	t.units = append(t.units, u)
	t.marks = append(t.marks, b.mark(row.At))
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

func (b *builder) mark(at inspect.Place) mark {
	line := int32(at.Line)
	at = inspect.Place{File: at.File, Sheet: at.Sheet}
	last := len(b.sources) - 1
	if last < 0 || b.sources[last] != at {
		if last = slices.Index(b.sources, at); last < 0 {
			last = len(b.sources)
			b.sources = append(b.sources, at)
		}
	}
	return mark{int32(last), line}
}

// place tells where a row of a canonical table came from.
func (b *builder) place(t Table, i int) inspect.Place {
	m := [tables]*table{&b.counties, &b.townships, &b.units}[t].marks[i]
	at := b.sources[m.source]
	at.Line = int(m.line)
	return at
}

// twice reports rows with the key of the row before them.
func (b *builder) twice(t *table) {
	for i := 1; i < len(t.units); i++ {
		if compare(&t.units[i-1], &t.units[i]) != 0 {
			continue
		}
		m := t.marks[i]
		b.check.at = b.sources[m.source]
		b.check.at.Line = int(m.line)
		first := b.sources[t.marks[i-1].source]
		first.Line = int(t.marks[i-1].line)
		b.check.bad(colID, "frame.twice", "Kind", string(t.units[i].Kind), "ID", t.units[i].ID, "First", first.String())
	}
}

// parents checks that the parents of every unit laid out stand in the frame and agree with it.
func (c *checker) parents(f *Frame, place func(Table, int) inspect.Place) {
	for t, units := range [...][]inspect.Unit{Townships: f.Townships, Units: f.units} {
		var p *inspect.Unit
		for i := range units {
			var ok bool
			if p, ok = f.parent(&units[i], p); !ok {
				c.at = place(Table(t), i)
				c.kin(&units[i], p)
			}
		}
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
