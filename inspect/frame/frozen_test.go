package frame

import (
	"bytes"
	"crypto/sha256"
	"reflect"
	"slices"
	"strings"
	"testing"

	"zhicha/inspect"
)

func canonical(t testing.TB, f *Frame) string {
	t.Helper()
	var b bytes.Buffer
	for tab := range tables {
		if err := f.WriteTable(&b, tab); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// The canonical form, byte for byte, and the digest rule, computed here by hand.
func TestCanonicalForm(t *testing.T) {
	f := mustBuild(t, small)
	parts := []string{
		header + `CO,130102000000,甲区,130102000000,13,130102000000,,900,2
CO,441900000000,东莞市,441900000000,44,441900000000,,5000,
CO,659001000000,丙市,659001000000,BT,659001000000,,1,
CO,BT6501,兵团驻某市团场,650100000000,BT,BT6501,,2,
`,
		header + `TS,130102001000,甲一街道,130102001000,13,130102000000,130102001000,,
TS,441900003000,东街道,441900003000,44,441900000000,441900003000,,
TS,650103501000,兵团一团,650103501000,BT,BT6501,650103501000,,
TS,650106501000,兵团二团,650106501000,BT,BT6501,650106501000,,
TS,659001001000,丙街道,659001001000,BT,659001000000,659001001000,,
`,
		header + `VC,130102001001,甲一社区居委会,130102001001,13,130102000000,130102001000,,
VC,130102001002,莫𡐓村委会,130102001002,13,130102000000,130102001000,,
VC,441900003001,东社区,441900003001,44,441900000000,441900003000,,
VC,650103501001,一连,650103501001,BT,BT6501,650103501000,,
VC,650106501001,二连,650106501001,BT,BT6501,650106501000,,
VC,659001001001,丙社区,659001001001,BT,659001000000,659001001000,,
WI,W-1,丙救助站（演示数据）,659001001000,BT,659001000000,,,3
WI,W-2,甲儿童福利院（演示数据）,130100000000,13,130102000000,,,
`,
	}
	if got := canonical(t, f); got != strings.Join(parts, "") {
		t.Errorf("canonical form:\n%s", got)
	}
	all := sha256.New()
	for _, p := range parts {
		sum := sha256.Sum256([]byte(p))
		all.Write(sum[:])
	}
	d := f.Digests()
	if !bytes.Equal(d.Frame[:], all.Sum(nil)) {
		t.Error("the frame digest is not the digest of the tables' digests")
	}
	counties, digest, err := ReadCounties("counties.csv", []byte(parts[0]))
	if err != nil || digest != d.Counties || !reflect.DeepEqual(counties, f.Counties) {
		t.Errorf("counties alone: %v", err)
	}
	if _, _, err := ReadCounties("counties.csv", []byte(parts[1])); err == nil {
		t.Error("townships read as counties")
	}
}

// laidOut is all that a frame tells, whether it was built or read.
func laidOut(f *Frame) []any {
	out := []any{f.Areas, f.Counties, f.Townships, slices.Collect(f.Units()), f.Notes}
	for _, c := range f.Counties {
		out = append(out, f.TownshipsOf(c.ID), f.InstitutionsOf(c.Prefecture()))
	}
	for _, t := range f.Townships {
		out = append(out, slices.Clone(f.VillagesOf(t.ID)))
	}
	for u := range f.Units() {
		found, ok := f.Unit(u.Kind, u.ID)
		out = append(out, found, ok)
	}
	for _, id := range []string{"", "1", "130102001", "130102001000", "130102001999", "999999999999"} {
		_, ok := f.Unit(inspect.VC, id)
		out = append(out, ok, len(f.VillagesOf(id)))
	}
	return out
}

func TestFreezeAndRead(t *testing.T) {
	f := mustBuild(t, small)
	var one, two bytes.Buffer
	if err := f.Write(&one); err != nil {
		t.Fatal(err)
	}
	if err := mustBuild(t, small).Write(&two); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("two writes differ")
	}
	if _, ok := unpack(one.Bytes()); !ok {
		t.Error("own members are not recognised")
	}
	for name, data := range map[string][]byte{"own": one.Bytes(), "another gzip": gzipped(t, []byte(canonical(t, f)))} {
		back, d, err := Read("frame.csv.gz", bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d != f.Digests() || !reflect.DeepEqual(laidOut(back), laidOut(f)) {
			t.Errorf("%s: the frame came back changed", name)
		}
	}
}

func TestReadIsStrict(t *testing.T) {
	text := canonical(t, mustBuild(t, small))
	lines := strings.SplitAfter(text, "\n")
	swapped := strings.Join(append([]string{lines[0], lines[2], lines[1]}, lines[3:]...), "")
	for _, c := range []struct{ name, text, rule string }{
		{"nothing", "", "frame.frozen"},
		{"order", swapped, "frame.frozen"},
		{"CRLF", strings.ReplaceAll(text, "\n", "\r\n"), "frame.frozen"},
		{"BOM", "\ufeff" + text, "frame.frozen"},
		{"last line feed", strings.TrimSuffix(text, "\n"), "frame.frozen"},
		{"a table missing", text[:strings.LastIndex(text, header)], "frame.frozen"},
		{"a table too many", text + header, "frame.frozen"},
		{"row twice", strings.Replace(text, lines[1], lines[1]+lines[1], 1), "frame.frozen"},
		{"row of another table", strings.Replace(text, lines[1], lines[1]+lines[6], 1), "frame.frozen"},
		{"quoted", strings.Replace(text, "东莞市", `"东莞市"`, 1), "frame.name"},
		{"a field more", strings.Replace(text, ",,900,2", ",,900,2,", 1), "frame.frozen"},
		{"blank line", strings.Replace(text, "\nCO", "\n\nCO", 1), "frame.frozen"},
		{"not UTF-8", strings.Replace(text, "东莞市", "\xb6\xab", 1), "frame.frozen"},
		{"size", strings.Replace(text, ",900,", ",0900,", 1), "frame.size"},
		{"space", strings.Replace(text, "东莞市", "东莞市 ", 1), "frame.name"},
		{"left blank", strings.Replace(text, "13,130102000000,,900", "13,,,900", 1), "frame.fixed-field"},
		{"orphan", strings.Replace(text, lines[1], "", 1), "frame.orphan"},
		{"empty", header + header + header, "frame.empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := Read("frame.csv.gz", bytes.NewReader(gzipped(t, []byte(c.text))))
			if ps := inspect.ProblemsOf(err); len(ps) == 0 || ps[0].Rule != c.rule {
				t.Errorf("got %v", err)
			}
		})
	}
}

// The line of a problem counts through all three tables.
func TestReadNamesTheLine(t *testing.T) {
	text := canonical(t, mustBuild(t, small))
	bad := strings.Replace(text, "VC,659001001001,丙社区,659001001001,BT", "VC,659001001001,丙社区,659001001001,44", 1)
	_, _, err := Read("x", bytes.NewReader(gzipped(t, []byte(bad))))
	want := 1 + strings.Count(text[:strings.Index(text, "VC,659001001001")], "\n")
	if ps := inspect.ProblemsOf(err); len(ps) == 0 || ps[0].Line != want || ps[0].Rule != "frame.region" {
		t.Errorf("got %v, want line %d", err, want)
	}
}

func TestDamagedFiles(t *testing.T) {
	var b bytes.Buffer
	sound := mustBuild(t, small)
	want := sound.Digests()
	if err := sound.Write(&b); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	for i := 0; i < len(whole); i++ {
		cut := append([]byte(nil), whole...)
		cut[i] ^= 0x20
		if _, d, err := Read("x", bytes.NewReader(cut)); err == nil && d != want {
			t.Fatalf("byte %d: a damaged file was read as another frame", i)
		}
		if _, _, err := Read("x", bytes.NewReader(whole[:i])); err == nil {
			t.Fatalf("%d of %d bytes were read as a whole frame", i, len(whole))
		}
	}
}
