package frame

import (
	"fmt"
	"iter"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"zhicha/inspect"
)

// CheckCodes passes rows on and adds a Problem after each whose code is not in the national table
// of 2023-06-30: unknown, superseded, or excluded from every frame. Institutions have ids of
// their own, so their area code is looked up instead.
func CheckCodes(rows iter.Seq2[Row, error]) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		known, err := readRegister()
		if err != nil {
			yield(Row{}, err)
			return
		}
		for row, err := range rows {
			if !yield(row, err) {
				return
			}
			if err != nil || len(row.Fields) != width {
				continue
			}
			if p := known.unknown(row); p != nil && !yield(Row{}, p) {
				return
			}
		}
	}
}

// register holds the codes of the national table: without names and parents they take little room beside the
// table that is held against them.
type register struct {
	counties *Frame                  // without the levels below
	below    map[inspect.Kind]string // the codes of a level in their order, twelve digits each
}

func readRegister() (*register, error) {
	counties, err := OfficialCounties()
	if err != nil {
		return nil, err
	}
	codes := map[inspect.Kind][]byte{}
	for row, err := range NationalRows() {
		if err != nil {
			return nil, err
		}
		kind := inspect.Kind(row.Fields[colKind])
		codes[kind] = append(codes[kind], row.Fields[colID]...)
	}
	return &register{(&Frame{Counties: counties}).finish(), map[inspect.Kind]string{inspect.TS: share(codes[inspect.TS]), inspect.VC: share(codes[inspect.VC])}}, nil
}

// has reports whether a division stands in the table.
func (r *register) has(kind inspect.Kind, code string) bool {
	if kind == inspect.CO {
		_, ok := r.counties.County(code)
		return ok
	}
	codes := r.below[kind]
	_, ok := sort.Find(len(codes)/12, func(i int) int { return strings.Compare(code, codes[12*i:12*i+12]) })
	return ok
}

// unknown returns a Problem if the row's code is well formed and not in the table.
func (r *register) unknown(row Row) *inspect.Problem {
	kind := inspect.Kind(strings.ToUpper(strings.TrimSpace(row.Fields[colKind])))
	col := colID
	if kind == inspect.WI {
		col = colArea
	}
	code := strings.TrimSpace(row.Fields[col])
	at := row.At
	at.Field = Columns[col]
	if !kind.Known() || kind == inspect.HH || !isCode(code) && !strings.HasPrefix(code, inspect.XPCC) {
		return nil // reported by Build
	}
	for _, n := range r.counties.Notes {
		if n.Note == Excluded && strings.HasPrefix(code, strings.TrimRight(n.ID, "0")) {
			return inspect.Reject("frame.excluded", at, "Code", code, "Name", n.Name)
		}
	}
	if kind == inspect.WI && r.lies(code) || kind != inspect.WI && r.has(kind, code) {
		return nil
	}
	return inspect.Reject("frame.unknown-code", at, "Kind", string(kind), "Code", code)
}

// lies reports whether a code of any level is known.
func (r *register) lies(code string) bool {
	return slices.ContainsFunc(r.counties.Areas, func(a Area) bool { return a.Code == code }) ||
		r.has(inspect.CO, code) || r.has(inspect.TS, code) || r.has(inspect.VC, code)
}

// Official returns the number of counties, townships and villages that each reporting unit has in
// the official table, after the exclusions and with the XPCC's own apart from 65.
func Official() []Count {
	var counts []Count
	for _, r := range smallTable("counts.csv", 4) {
		var n [3]int
		for i := range n {
			n[i], _ = strconv.Atoi(r[1+i])
		}
		counts = append(counts, Count{ReportingUnit: r[0], Counties: n[0], Townships: n[1], Villages: n[2]})
	}
	return counts
}

// CheckCounts compares a frame with the official table, reporting unit by reporting unit, and returns every difference:
// one of national scope, or what a frame holds of the units named. An office's own frame has no such table.
func (f *Frame) CheckCounts(only ...string) error {
	have := map[string]Count{}
	_, units := f.Counts()
	for _, c := range units {
		have[c.ReportingUnit] = c
	}
	var ps inspect.Problems
	for _, want := range Official() {
		if len(only) > 0 && !slices.Contains(only, want.ReportingUnit) {
			continue
		}
		c := have[want.ReportingUnit]
		for _, x := range []struct {
			kind       inspect.Kind
			have, want int
		}{{inspect.CO, c.Counties, want.Counties}, {inspect.TS, c.Townships, want.Townships}, {inspect.VC, c.Villages, want.Villages}} {
			if x.have != x.want {
				ps = append(ps, inspect.Reject("frame.count", inspect.Place{},
					"Unit", want.ReportingUnit, "Kind", string(x.kind), "Have", fmt.Sprint(x.have), "Want", fmt.Sprint(x.want)))
			}
		}
	}
	return ps.Err()
}

// OfficialCounties are the counties of the national frame with their sizes, in order of id, without
// the levels below. They are read once; nobody may change them.
var OfficialCounties = sync.OnceValues(func() ([]inspect.Unit, error) {
	text, err := inflate("counties.csv.gz")
	if err != nil {
		return nil, err
	}
	units, _, err := ReadCounties("national/counties", []byte(text))
	return units, err
})
