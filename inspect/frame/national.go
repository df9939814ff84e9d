package frame

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/csv"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"

	"zhicha/inspect"
)

// national holds what gen makes: counties.csv.gz, the canonical table; tree.gz, the levels below;
// areas.csv, notes.csv and counts.csv.
//
//go:embed national
var national embed.FS

// National returns the national frame, checked like any other: 31 provinces and the XPCC, as of
// 2023-06-30. It is made anew at every call, and takes some tenths of a second.
func National() (*Frame, error) { return Build(NationalRows()) }

// NationalRows yields the national frame as rows, so that an office can add its institutions.
func NationalRows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		counties, err := inflate("counties.csv.gz")
		if err != nil {
			yield(Row{}, err)
			return
		}
		region := map[string]string{}
		for row, err := range splitLines(inspect.Place{File: "national/counties"}, counties) {
			if err == nil && row.At.Line == 1 {
				continue
			}
			if err == nil {
				region[row.Fields[colID]] = row.Fields[colRegion]
			}
			if !yield(row, err) {
				return
			}
		}
		tree, err := inflate("tree.gz")
		if err != nil {
			yield(Row{}, err)
			return
		}
		treeRows(tree, region, yield)
	}
}

// Within leaves of rows those that lie in an area (inspect.InArea), and counts the others in left: counties, which come first, and
// what belongs to them.
func Within(rows iter.Seq2[Row, error], area string, left *int) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		inside := map[string]bool{} // counties
		for row, err := range rows {
			if err == nil {
				f := row.Fields
				if f[colKind] == string(inspect.CO) {
					inside[f[colID]] = inspect.InArea(f[colRegion], f[colArea], area)
				}
				if county := cmp.Or(f[colCounty], f[colID]); !inside[county] {
					*left++
					continue
				}
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// treeRows expands tree.gz. A township is a line of its code, a space, its name and, where its county
// is not the one its code says, a tab and that county's id; a village is a line of its last three
// digits and its name, below its township. Leaving out what a row shares with its township keeps the
// file at a few megabytes.
func treeRows(text string, region map[string]string, yield func(Row, error) bool) {
	var county, township, answers string
	f := make([]string, width)
	at := inspect.Place{File: "national/tree"}
	for line, s := range numbered(text) {
		at.Line = line
		switch {
		case len(s) > 13 && s[12] == ' ':
			name, other, moved := strings.Cut(s[13:], "\t")
			township, county = s[:12], s[:6]+"000000"
			if moved {
				county = other
			}
			answers = region[county]
			f[colKind], f[colID], f[colName], f[colTownship] = "TS", township, name, township
		case len(s) > 3 && township != "":
			f[colKind], f[colID], f[colName], f[colTownship] = "VC", township[:9]+s[:3], s[3:], township
		default:
			yield(Row{}, fmt.Errorf("national frame: malformed line %d", line))
			return
		}
		f[colArea], f[colRegion], f[colCounty] = f[colID], answers, county
		if !yield(Row{at, f}, nil) {
			return
		}
	}
}

// numbered yields the lines of a text with their numbers from 1.
func numbered(text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for n := 1; text != ""; n++ {
			var s string
			if s, text, _ = strings.Cut(text, "\n"); !yield(n, s) {
				return
			}
		}
	}
}

// inflate returns an embedded gzip file as text.
func inflate(name string) (string, error) {
	b, err := national.ReadFile("national/" + name)
	if err != nil {
		return "", fmt.Errorf("national frame: %w", err)
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return "", fmt.Errorf("national frame %q: %w", name, err)
	}
	var out bytes.Buffer
	out.Grow(4 * len(b))
	if _, err := out.ReadFrom(z); err != nil {
		return "", fmt.Errorf("national frame %q: %w", name, err)
	}
	return share(out.Bytes()), nil
}

// Reason says why a unit has a note.
type Reason string

// The reasons.
const (
	Excluded        Reason = "excluded"         // left out of the frame
	SizeImputed     Reason = "size_imputed"     // no census count: computed from the committees
	SizeCommittees  Reason = "size_committees"  // the size measure is the number of committees (XPCC)
	DevelopmentZone Reason = "development_zone" // a county-level row that is no administrative division
)

// Note is an exclusion, or a flag on a unit that is kept.
type Note struct {
	Kind   inspect.Kind
	ID     string
	Name   string
	Note   Reason
	Size   int64  // the size the note speaks of; 0 for exclusions and development zones
	Detail string // Chinese: why it is left out, or how the size was computed
}

// embeddedNotes and embeddedAreas are the small tables beside the national frame. They are
// made by gen and tested; a malformed one is a broken build.
var (
	embeddedNotes = sync.OnceValue(func() (notes []Note) {
		for _, r := range smallTable("notes.csv", 6) {
			size, _ := strconv.ParseInt(r[4], 10, 64)
			notes = append(notes, Note{inspect.Kind(r[0]), r[1], r[2], Reason(r[3]), size, r[5]})
		}
		return notes
	})
	embeddedAreas = sync.OnceValue(func() (areas []Area) {
		for _, r := range smallTable("areas.csv", 3) {
			level, _ := strconv.Atoi(r[2])
			areas = append(areas, Area{r[0], r[1], level})
		}
		return areas
	})
)

// smallTable reads an embedded CSV file without its header.
func smallTable(name string, columns int) [][]string {
	b, err := national.ReadFile("national/" + name)
	if err != nil {
		panic("national frame " + name + ": " + err.Error())
	}
	r := csv.NewReader(bytes.NewReader(b))
	r.FieldsPerRecord = columns
	rows, err := r.ReadAll()
	if err != nil {
		panic("national frame " + name + ": " + err.Error())
	}
	return rows[min(1, len(rows)):] // an empty file stands there before gen has run once
}

// areas returns the provinces and prefectures in which the frame has counties.
func (f *Frame) areas() (areas []Area) {
	holds := map[string]bool{}
	for i := range f.Counties {
		holds[f.Counties[i].AreaCode[:2]] = true
		holds[f.Counties[i].AreaCode[:4]] = true
	}
	for _, a := range embeddedAreas() {
		if holds[a.Code[:2*a.Level]] {
			areas = append(areas, a)
		}
	}
	return areas
}

// notes returns what applies to this frame: exclusions from the reporting units it holds, and flags on
// units that stand in it, those about a size only where the size is still the same.
func (f *Frame) notes() (notes []Note) {
	holds := map[string]bool{}
	for i := range f.Counties {
		holds[f.Counties[i].ReportingUnit] = true
	}
	for _, n := range embeddedNotes() {
		u := find(f.Counties, n.ID)
		if n.Note == Excluded && u == nil && holds[n.ID[:2]] || n.Note != Excluded && u != nil && (n.Size == 0 || n.Size == u.Size) {
			notes = append(notes, n)
		}
	}
	return notes
}
