package frame

import (
	"io/fs"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"zhicha/inspect"
)

var loaded = sync.OnceValues(National)

func nation(t testing.TB) *Frame {
	t.Helper()
	f, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The published numbers of the 2023 table, level by level: 31, 342, 2,978, 41,352, 620,573.
// The frame leaves out 金门 (one row each at levels 3, 4, 5) and 三沙 (a prefecture with 3 counties,
// 5 townships, 10 villages) and adds the 11 counties of the XPCC that have no code.
func TestNationalCounts(t *testing.T) {
	f := nation(t)
	total, units := f.Counts()
	want := Count{"", 31, 342 - 1, 2978 - 1 - 3 + 11, 41352 - 1 - 5, 620573 - 1 - 10, 0}
	if total != want {
		t.Errorf("total %+v, want %+v", total, want)
	}
	if len(units) != len(inspect.Regions) {
		t.Errorf("%d reporting units", len(units))
	}
	if sum := total.Provinces + total.Prefectures + total.Counties + total.Townships + total.Villages + 1 + 3 + 18 - 11; sum != 665_276 {
		t.Errorf("%d divisions", sum)
	}
	if err := f.CheckCounts(); err != nil {
		t.Error(err)
	}
}

func TestKeysAtTwoLevels(t *testing.T) {
	f := nation(t)
	for code, name := range map[string]string{"441900000000": "东莞市", "442000000000": "中山市", "460400000000": "儋州市"} {
		c, ok := f.County(code)
		if !ok || c.Name != name || c.Size < 100_000 || len(f.TownshipsOf(code)) < 10 {
			t.Errorf("%s is its own county: %+v", name, c)
		}
		if !slices.Contains(f.Areas, Area{code, name, 2}) {
			t.Errorf("%s is a prefecture as well", name)
		}
	}
}

func TestExclusions(t *testing.T) {
	f := nation(t)
	var out []string
	for _, n := range f.Notes {
		if n.Note == Excluded {
			out = append(out, n.ID+n.Name)
			if n.Detail == "" {
				t.Errorf("%s is left out without a reason", n.Name)
			}
		}
	}
	if !slices.Equal(out, []string{"350527000000金门县", "460300000000三沙市"}) {
		t.Errorf("excluded %v", out)
	}
	for _, table := range [][]inspect.Unit{f.Counties, f.Townships, slices.Collect(f.Units())} {
		for i := range table {
			if strings.HasPrefix(table[i].ID, "350527") || strings.HasPrefix(table[i].ID, "4603") {
				t.Errorf("%+v is in the frame", table[i])
			}
		}
	}
	if _, ok := f.Township("350921106000"); !ok {
		t.Error("三沙镇 in Fujian is not 三沙市")
	}
}

func TestXPCC(t *testing.T) {
	f := nation(t)
	var cities, others []string
	for i := range f.Counties {
		c := &f.Counties[i]
		if c.ReportingUnit != inspect.XPCC {
			continue
		}
		committees := 0
		for _, town := range f.TownshipsOf(c.ID) {
			committees += len(f.VillagesOf(town.ID))
		}
		if c.Size != int64(committees) {
			t.Errorf("%s: size %d, %d committees", c.Name, c.Size, committees)
		}
		if strings.HasPrefix(c.ID, "6590") {
			cities = append(cities, c.ID[4:6])
			continue
		}
		others = append(others, c.ID)
		if c.AreaCode != c.ID[2:]+"00000000" || !strings.HasPrefix(c.Name, "新疆生产建设兵团驻") {
			t.Errorf("%+v", *c)
		}
	}
	if got := strings.Join(cities, " "); got != "01 02 03 04 05 06 07 08 09 10 11 12" {
		t.Errorf("cities %s", got)
	}
	if got := strings.Join(others, " "); got != "BT6501 BT6502 BT6504 BT6505 BT6523 BT6527 BT6528 BT6530 BT6540 BT6542 BT6543" {
		t.Errorf("counties without a code: %s", got)
	}
}

func TestRegiments(t *testing.T) {
	f := nation(t)
	regiments := 0
	for i := range f.Townships {
		u := &f.Townships[i]
		switch named := strings.Contains(u.Name, "兵团"); {
		case strings.HasPrefix(u.County, "BT"):
			regiments++
			if !named && u.Name != "第十师一八四团" || u.AreaCode[:4] != u.County[2:] {
				t.Errorf("%+v", *u)
			}
		case named && u.ReportingUnit != inspect.XPCC:
			t.Errorf("%+v answers to the wrong unit", *u)
		}
	}
	if regiments != 91+1 {
		t.Errorf("%d regiments", regiments)
	}
	if u, _ := f.Township("654226500000"); u.County != "BT6542" {
		t.Errorf("第十师一八四团: %+v", u)
	}
}

// Sizes against figures computed by hand from the census file.
func TestSizes(t *testing.T) {
	f := nation(t)
	flags := map[Reason]int{}
	imputed := map[string]Note{}
	for _, n := range f.Notes {
		flags[n.Note]++
		if n.Note == SizeImputed {
			imputed[n.ID] = n
		}
	}
	// 69 counties lack a size: 4 are excluded, 2 belong to the XPCC.
	if flags[SizeImputed] != 69-4-2 || flags[SizeCommittees] != 12+11 || flags[DevelopmentZone] != 124 {
		t.Errorf("flags %v", flags)
	}
	for _, c := range []struct {
		id      string
		size    int64
		imputed bool
	}{
		{"110101000000", 98290, false}, // census
		{"232762000000", 751, false},   // the smallest count of a county proper
		{"370572000000", 396, true},    // matched, but without a count of children
		{"620201000000", 13049, true},  // alone in its prefecture: the reporting unit's ratio
	} {
		u, _ := f.County(c.id)
		if _, flagged := imputed[c.id]; u.Size != c.size || flagged != c.imputed {
			t.Errorf("%s: size %d, flagged %v", u.Name, u.Size, flagged)
		}
	}
	for i := range f.Counties {
		if f.Counties[i].Size < 1 {
			t.Errorf("%s has no size", f.Counties[i].Name)
		}
	}
}

func TestZonesAreKeptAndFlagged(t *testing.T) {
	f := nation(t)
	for _, n := range f.Notes {
		if n.Note == DevelopmentZone {
			if _, ok := f.County(n.ID); !ok {
				t.Errorf("%s was dropped", n.Name)
			}
		}
	}
	if !slices.ContainsFunc(f.Notes, func(n Note) bool { return n.ID == "320576000000" && n.Note == DevelopmentZone }) {
		t.Error("苏州工业园区 is not flagged")
	}
}

func TestRareCharactersSurvive(t *testing.T) {
	f := nation(t)
	var beyond, private, brackets int
	for u := range f.Units() {
		name := u.Name
		if strings.ContainsFunc(name, func(r rune) bool { return r > 0xffff }) {
			beyond++
		}
		if strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(unicode.Co, r) }) {
			private++
		}
		if strings.ContainsAny(name, "()（）") {
			brackets++
		}
	}
	if beyond != 3 || private != 2 || brackets < 200 {
		t.Errorf("%d beyond the BMP, %d private, %d with brackets", beyond, private, brackets)
	}
	if u, _ := f.Unit(inspect.VC, "420602006207"); u.Name != "莫𡐓村委会" {
		t.Errorf("got %q", u.Name)
	}
}

func TestNationalShape(t *testing.T) {
	f := nation(t)
	single, most := 0, 0
	for i := range f.Townships {
		n := len(f.VillagesOf(f.Townships[i].ID))
		most = max(most, n)
		switch n {
		case 0:
			t.Errorf("%s has no village", f.Townships[i].Name)
		case 1:
			single++
		}
	}
	if single != 1630-4 || most != 170 { // 金门, 永兴, 永暑岛 and 中沙岛礁 are left out
		t.Errorf("%d townships with one village, at most %d", single, most)
	}
	for i := range f.Counties {
		if len(f.TownshipsOf(f.Counties[i].ID)) == 0 {
			t.Errorf("%s has no township", f.Counties[i].Name)
		}
	}
}

func TestEmbeddedIsSmall(t *testing.T) {
	var bytes int64
	err := fs.WalkDir(national, ".", func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			info, err := d.Info()
			if err != nil {
				return err
			}
			bytes += info.Size()
		}
		return err
	})
	if err != nil || bytes > 6<<20 {
		t.Errorf("%d bytes, %v", bytes, err)
	}
}

// An office's own frame keeps the national notes that concern it and no others.
func TestNotesOfAProvince(t *testing.T) {
	f, err := Build(only("35"))
	if err != nil {
		t.Fatal(err)
	}
	excluded, other := 0, 0
	for _, n := range f.Notes {
		switch {
		case n.ID == "350527000000":
			excluded++
		case n.ID[:2] != "35":
			other++
		}
	}
	if excluded != 1 || other != 0 || len(f.Areas) != 1+9 {
		t.Errorf("notes %v, areas %v", f.Notes, f.Areas)
	}
	if err := f.CheckCounts(); len(inspect.ProblemsOf(err)) != 31*3 {
		t.Errorf("one province of 32 passed as the nation: %v", err)
	}
}

// only yields the national rows of one reporting unit.
func only(unit string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for row, err := range NationalRows() {
			if (err != nil || row.Fields[colRegion] == unit) && !yield(row, err) {
				return
			}
		}
	}
}

func TestCheckCodes(t *testing.T) {
	text := header + `CO,120101000000,和平区,120101000000,12,120101000000,,1,
CO,120221000000,宁河县,120221000000,12,120221000000,,1,
CO,350527000000,金门县,350527000000,35,350527000000,,1,
CO,BT6531,兵团某地,653100000000,BT,BT6531,,1,
CO,BT6501,兵团某地,650100000000,BT,BT6501,,1,
WI,W-1,甲福利院（演示数据）,120100000000,12,120101000000,,,
WI,W-2,乙福利院（演示数据）,129900000000,12,120101000000,,,
`
	_, err := Build(CheckCodes(rowsOf(t, text)))
	var got []string
	for _, p := range inspect.ProblemsOf(err) {
		got = append(got, p.Error())
	}
	want := []string{
		"frame.unknown-code at f.csv:3:id: code=120221000000, kind=CO", // 宁河 became a district in 2015
		"frame.excluded at f.csv:4:id: code=350527000000, name=金门县",
		"frame.unknown-code at f.csv:5:id: code=BT6531, kind=CO",
		"frame.unknown-code at f.csv:8:area_code: code=129900000000, kind=WI",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %s", strings.Join(got, "\n"))
	}
}

// An office adds institutions to the national rows.
func TestInstitutionsJoinTheNation(t *testing.T) {
	own := rowsOf(t, header+"WI,W-1,某儿童福利院（演示数据）,110101000000,11,110101000000,,,\n")
	f, err := Build(NationalRows(), CheckCodes(own))
	if err != nil {
		t.Fatal(err)
	}
	d, base := f.Digests(), nation(t).Digests()
	if ids(f.InstitutionsOf("1101")) != "W-1" || d.Counties != base.Counties || d.Townships != base.Townships || d.Units == base.Units {
		t.Error("an institution changes the table of units and no other")
	}
}

// What lies in an area is what the whole frame says of it; the XPCC's stand apart from the region they lie in.
func TestWithin(t *testing.T) {
	whole, err := National()
	if err != nil {
		t.Fatal(err)
	}
	for _, area := range []string{"44", "65", inspect.XPCC, "6540", "640104"} {
		left := 0
		f, err := Build(Within(NationalRows(), area, &left))
		if err != nil {
			t.Fatalf("%s: %v", area, err)
		}
		var want []inspect.Unit
		for _, u := range whole.Counties {
			if u.ReportingUnit == area || u.ReportingUnit != inspect.XPCC && strings.HasPrefix(u.AreaCode, area) {
				want = append(want, u)
			}
		}
		if len(want) == 0 || !slices.Equal(f.Counties, want) {
			t.Errorf("%s: %d counties, want %d", area, len(f.Counties), len(want))
		}
		total, _ := f.Counts()
		all, _ := whole.Counts()
		if n := all.Counties + all.Townships + all.Villages - total.Counties - total.Townships - total.Villages; left != n {
			t.Errorf("%s: %d rows left out, want %d", area, left, n)
		}
		if err := f.CheckCounts(area); len(area) == 2 && err != nil {
			t.Errorf("%s: %v", area, err)
		}
	}
}
