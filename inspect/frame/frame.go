package frame

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"zhicha/inspect"
)

// Area is a province or a prefecture that has counties in the frame. Areas give names; they are
// neither drawn nor digested. The code alone is no key: 441900000000 is a prefecture here and a
// county as well.
type Area struct {
	Code  string // 12 digits
	Name  string
	Level int // 1 province, 2 prefecture
}

// Frame is a checked frame. All slices are in canonical order and must not be changed.
type Frame struct {
	Areas     []Area         // sorted by level, then code
	Counties  []inspect.Unit // CO, sorted by id
	Townships []inspect.Unit // TS, sorted by id
	Notes     []Note         // what was left out of the national frame and what is unusual in it

	// The third table stays the text that was checked, without its header: a draw wants some thousands of
	// 600,000 rows, and laid out they would take more than twice the memory, and longer than the draw.
	text string

	institutions []inspect.Unit // WI by id
	byCity       []inspect.Unit // WI by prefecture, then id
	byCounty     []int32        // Townships by county, then id: those of a BT county are not neighbours by id
}

// finish derives what is not part of the canonical tables.
func (f *Frame) finish() *Frame {
	f.byCounty = make([]int32, len(f.Townships))
	for i := range f.byCounty {
		f.byCounty[i] = int32(i)
	}
	slices.SortStableFunc(f.byCounty, func(a, b int32) int { return cmp.Compare(f.Townships[a].County, f.Townships[b].County) })
	f.institutions = slices.Collect(unfold(seek(f.text, "WI,")))
	f.byCity = slices.Clone(f.institutions)
	slices.SortStableFunc(f.byCity, func(a, b inspect.Unit) int { return cmp.Compare(a.Prefecture(), b.Prefecture()) })
	f.Areas = f.areas()
	f.Notes = f.notes()
	return f
}

// Unit returns the unit of that kind and id.
func (f *Frame) Unit(kind inspect.Kind, id string) (inspect.Unit, bool) {
	var table []inspect.Unit
	switch kind {
	case inspect.CO:
		table = f.Counties
	case inspect.TS:
		table = f.Townships
	case inspect.VC:
		table = f.VillagesOf(id[:min(9, len(id))] + "000")
	case inspect.WI:
		table = f.institutions
	}
	if u := find(table, id); u != nil {
		return *u, true
	}
	return inspect.Unit{}, false
}

// County returns the county office with that id.
func (f *Frame) County(id string) (inspect.Unit, bool) { return f.Unit(inspect.CO, id) }

// Township returns the township station with that id.
func (f *Frame) Township(id string) (inspect.Unit, bool) { return f.Unit(inspect.TS, id) }

// Units yields the third table: VC sorted by id, then WI sorted by id.
func (f *Frame) Units() iter.Seq[inspect.Unit] { return unfold(f.text) }

// Villages yields every village and residents' committee, sorted by id.
func (f *Frame) Villages() iter.Seq[inspect.Unit] {
	return unfold(strings.TrimSuffix(f.text, seek(f.text, "WI,")))
}

// Institutions returns every institution, sorted by id.
func (f *Frame) Institutions() []inspect.Unit { return f.institutions }

// TownshipsOf returns the townships of a county, sorted by id.
func (f *Frame) TownshipsOf(county string) (units []inspect.Unit) {
	from, _ := slices.BinarySearchFunc(f.byCounty, county, func(i int32, s string) int { return cmp.Compare(f.Townships[i].County, s) })
	for _, i := range f.byCounty[from:] {
		if f.Townships[i].County != county {
			break
		}
		units = append(units, f.Townships[i])
	}
	return units
}

// VillagesOf returns the villages of a township, sorted by id. They are neighbours, because a
// village's code begins with the nine digits of its township.
func (f *Frame) VillagesOf(township string) []inspect.Unit {
	nine, ok := strings.CutSuffix(township, "000")
	if !ok || len(nine) != 9 {
		return nil
	}
	rows, prefix, n := seek(f.text, "VC,"+nine), "VC,"+nine, 0
	for strings.HasPrefix(rows[n:], prefix) {
		n += strings.IndexByte(rows[n:], '\n') + 1
	}
	return slices.Collect(unfold(rows[:n]))
}

// InstitutionsOf returns the institutions that lie in a prefecture, given by its first four digits,
// whoever answers for them: in Xinjiang they may belong to 65 or to BT.
func (f *Frame) InstitutionsOf(prefecture string) []inspect.Unit {
	return span(f.byCity, prefecture, (*inspect.Unit).Prefecture)
}

// span returns the run of units whose key is want; the units are sorted by key.
func span(units []inspect.Unit, want string, key func(*inspect.Unit) string) []inspect.Unit {
	from, _ := slices.BinarySearchFunc(units, want, func(u inspect.Unit, s string) int { return cmp.Compare(key(&u), s) })
	to := from
	for to < len(units) && key(&units[to]) == want {
		to++
	}
	return units[from:to:to]
}

// find returns the unit with that id in a table of one kind, or nil.
func find(table []inspect.Unit, id string) *inspect.Unit {
	i, ok := slices.BinarySearchFunc(table, id, func(u inspect.Unit, id string) int { return strings.Compare(u.ID, id) })
	if !ok {
		return nil
	}
	return &table[i]
}

// Count is how many rows of each level answer to one reporting unit, or in all.
type Count struct {
	ReportingUnit string `json:"reportingUnit,omitempty"` // empty: the whole frame
	Provinces     int    `json:"provinces"`
	Prefectures   int    `json:"prefectures"`
	Counties      int    `json:"counties"`
	Townships     int    `json:"townships"`
	Villages      int    `json:"villages"`
	Institutions  int    `json:"institutions"`
}

// Counts returns the rows of the whole frame and those of each reporting unit that has any, in
// official order. Provinces and prefectures are those with a county in the frame; BT has none.
func (f *Frame) Counts() (total Count, units []Count) {
	by := make(map[string]*Count, len(inspect.Regions))
	of := func(code string) *Count {
		if by[code] == nil {
			by[code] = &Count{ReportingUnit: code}
		}
		return by[code]
	}
	for i := range f.Areas {
		switch c := of(f.Areas[i].Code[:2]); f.Areas[i].Level {
		case 1:
			c.Provinces++
		default:
			c.Prefectures++
		}
	}
	for i := range f.Counties {
		of(f.Counties[i].ReportingUnit).Counties++
	}
	for i := range f.Townships {
		of(f.Townships[i].ReportingUnit).Townships++
	}
	for u := range f.Units() {
		if u.Kind == inspect.VC {
			of(u.ReportingUnit).Villages++
		} else {
			of(u.ReportingUnit).Institutions++
		}
	}
	for _, r := range inspect.Regions {
		if c := by[r.Code]; c != nil {
			units = append(units, *c)
			total.Provinces += c.Provinces
			total.Prefectures += c.Prefectures
			total.Counties += c.Counties
			total.Townships += c.Townships
			total.Villages += c.Villages
			total.Institutions += c.Institutions
		}
	}
	return total, units
}
