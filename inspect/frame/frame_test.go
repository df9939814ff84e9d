package frame

import (
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"zhicha/inspect"
)

// small is a sound frame of two reporting units: a county, 东莞 without counties, two of the XPCC,
// one of them without a code, and an institution each for 13 and BT. All names and sizes are made up.
const small = `kind,id,name,area_code,reporting_unit,county,township,size,risk
CO,130102000000,甲区,130102000000,13,130102000000,,900,2
TS,130102001000,甲一街道,130102001000,13,130102000000,130102001000,,
VC,130102001001,甲一社区居委会,130102001001,13,130102000000,130102001000,,
VC,130102001002,莫𡐓村委会,130102001002,13,130102000000,130102001000,,
WI,W-2,甲儿童福利院（演示数据）,130100000000,13,130102000000,,,
CO,441900000000,东莞市,441900000000,44,441900000000,,5000,
TS,441900003000,东街道,441900003000,44,441900000000,441900003000,,
VC,441900003001,东社区,441900003001,44,441900000000,441900003000,,
CO,BT6501,兵团驻某市团场,650100000000,BT,BT6501,,2,
TS,650103501000,兵团一团,650103501000,BT,BT6501,650103501000,,
VC,650103501001,一连,650103501001,BT,BT6501,650103501000,,
TS,650106501000,兵团二团,650106501000,BT,BT6501,650106501000,,
VC,650106501001,二连,650106501001,BT,BT6501,650106501000,,
CO,659001000000,丙市,659001000000,BT,659001000000,,1,
TS,659001001000,丙街道,659001001000,BT,659001000000,659001001000,,
VC,659001001001,丙社区,659001001001,BT,659001000000,659001001000,,
WI,W-1,丙救助站（演示数据）,659001001000,BT,659001000000,,,3
`

func rowsOf(t testing.TB, text string) iter.Seq2[Row, error] {
	t.Helper()
	rows, _, err := ReadCSV("f.csv", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func mustBuild(t testing.TB, text string) *Frame {
	t.Helper()
	f, err := Build(rowsOf(t, text))
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	return f
}

func ids(units []inspect.Unit) string {
	var out []string
	for _, u := range units {
		out = append(out, u.ID)
	}
	return strings.Join(out, " ")
}

func TestLookups(t *testing.T) {
	f := mustBuild(t, small)
	for _, c := range []struct{ what, have, want string }{
		{"counties", ids(f.Counties), "130102000000 441900000000 659001000000 BT6501"},
		{"villages before institutions", ids(slices.Collect(f.Units())[4:]), "650106501001 659001001001 W-1 W-2"},
		{"townships of a county", ids(f.TownshipsOf("130102000000")), "130102001000"},
		{"townships of a county without a code", ids(f.TownshipsOf("BT6501")), "650103501000 650106501000"},
		{"townships of nowhere", ids(f.TownshipsOf("999999000000")), ""},
		{"villages", ids(f.VillagesOf("130102001000")), "130102001001 130102001002"},
		{"villages of nowhere", ids(f.VillagesOf("130102002000")), ""},
		{"institutions", ids(f.InstitutionsOf("1301")), "W-2"},
		{"institutions of the XPCC lie in its area", ids(f.InstitutionsOf("6590")), "W-1"},
		{"institutions of nowhere", ids(f.InstitutionsOf("4419")), ""},
	} {
		if c.have != c.want {
			t.Errorf("%s: %q, want %q", c.what, c.have, c.want)
		}
	}
	if u, ok := f.County("441900000000"); !ok || u.Size != 5000 || u.Township != "" {
		t.Errorf("county: %+v %v", u, ok)
	}
	if u, ok := f.Township("650103501000"); !ok || u.ReportingUnit != inspect.XPCC || u.County != "BT6501" {
		t.Errorf("township: %+v %v", u, ok)
	}
	if _, ok := f.County("110101000000"); ok {
		t.Error("an unknown county was found")
	}
	if _, ok := f.Unit(inspect.HH, "130102001001"); ok {
		t.Error("a household was found")
	}
}

func TestCounts(t *testing.T) {
	total, units := mustBuild(t, small).Counts()
	if want := (Count{"", 3, 4, 4, 5, 6, 2}); total != want {
		t.Errorf("total %+v, want %+v", total, want)
	}
	if len(units) != 4 || units[2] != (Count{"65", 1, 2, 0, 0, 0, 0}) || units[3] != (Count{"BT", 0, 0, 2, 3, 3, 1}) {
		t.Errorf("units %+v", units)
	}
}

// The digest depends on the rows, not on their order, file or spelling of what follows from the rest.
func TestOrderAndFillDoNotMatter(t *testing.T) {
	want := mustBuild(t, small).Digests()
	lines := strings.SplitAfter(strings.TrimSuffix(small, "\n"), "\n")
	body := lines[1:]
	body[len(body)-1] += "\n"
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		r.Shuffle(len(body), func(i, j int) { body[i], body[j] = body[j], body[i] })
		cut := r.IntN(len(body))
		f, err := Build(rowsOf(t, lines[0]+strings.Join(body[:cut], "")+"\n"), rowsOf(t, lines[0]+strings.Join(body[cut:], "")))
		if err != nil {
			t.Fatal(err)
		}
		if f.Digests() != want {
			t.Fatal("the digest depends on the order of rows")
		}
	}
	short := strings.NewReplacer("13,130102000000,,900", "13,,,900", "CO,441900", " co,441900", "130102000000,130102001000,,\nVC,130102001001", "130102000000,,,\nVC,130102001001").Replace(small)
	if short == small || mustBuild(t, short).Digests() != want {
		t.Error("an own id left blank changes the digest")
	}
	other := strings.Replace(small, ",900,2", ",901,2", 1)
	if d := mustBuild(t, other).Digests(); d.Frame == want.Frame || d.Counties == want.Counties || d.Units != want.Units {
		t.Error("a size belongs to the digest of its table and to that of the frame")
	}
}

func TestAreasAndNotes(t *testing.T) {
	f := mustBuild(t, small)
	var names []string
	for _, a := range f.Areas {
		names = append(names, a.Name)
	}
	want := []string{"河北省", "广东省", "新疆维吾尔自治区", "石家庄市", "东莞市", "乌鲁木齐市", "自治区直辖县级行政区划"}
	if !slices.Equal(names, want) {
		t.Errorf("areas %v", names)
	}
	if len(f.Notes) != 0 {
		t.Errorf("notes on sizes that are the office's own: %v", f.Notes)
	}
}
