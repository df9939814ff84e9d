package frame

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"testing"

	"zhicha/inspect"
)

// smallest rows of two counties, one with an institution.
func subsetFrame(t *testing.T) *Frame {
	t.Helper()
	rows := [][]string{
		{"CO", "640104000000", "兴庆区", "640104000000", "64", "", "", "10", ""},
		{"CO", "640105000000", "西夏区", "640105000000", "64", "", "", "20", ""},
		{"TS", "640104001000", "甲街道", "640104001000", "64", "640104000000", "", "", ""},
		{"TS", "640105001000", "乙街道", "640105001000", "64", "640105000000", "", "", ""},
		{"TS", "640105002000", "丙街道", "640105002000", "64", "640105000000", "", "", ""},
		{"VC", "640104001002", "甲村", "640104001002", "64", "640104000000", "640104001000", "", ""},
		{"VC", "640105001002", "乙村", "640105001002", "64", "640105000000", "640105001000", "", ""},
		{"VC", "640105001003", "丙村", "640105001003", "64", "640105000000", "640105001000", "", ""},
		{"WI", "W1", "机构", "640104000000", "64", "640104000000", "", "", ""},
	}
	f, err := Build(func(yield func(Row, error) bool) {
		for i, r := range rows {
			if !yield(Row{At: inspect.Place{File: "f.csv", Line: i + 2}, Fields: r}, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A subset holds what was listed and what lies above it, and can be frozen and read like any frame.
func TestSubset(t *testing.T) {
	f := subsetFrame(t)
	got, err := f.Subset([]Key{{Kind: inspect.VC, ID: "640105001003"}, {Kind: inspect.WI, ID: "W1"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ got, want string }{
		{ids(got.Counties), "640104000000 640105000000"}, {ids(got.Townships), "640105001000"},
		{ids(slices.Collect(got.Units())), "640105001003 W1"}, {ids(got.TownshipsOf("640104000000")), ""},
		{ids(got.VillagesOf("640105001000")), "640105001003"}, {ids(got.InstitutionsOf("6401")), "W1"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	if u, _ := got.County("640105000000"); u.Size != 20 {
		t.Errorf("the county's size is now %d", u.Size)
	}
	if len(f.Counties) != 2 || len(f.Townships) != 3 || len(slices.Collect(f.Units())) != 4 {
		t.Error("the frame it was taken from has changed")
	}
	var file bytes.Buffer
	if err := got.Write(&file); err != nil {
		t.Fatal(err)
	}
	if _, d, err := Read("frame-2.csv.gz", &file); err != nil || d != got.Digests() {
		t.Errorf("read back %v, %v", d, err)
	}
}

func TestSubsetProblems(t *testing.T) {
	f := subsetFrame(t)
	at := inspect.Place{File: "units.csv", Line: 3}
	for rule, keys := range map[string][]Key{
		"frame.unknown":      {{Kind: inspect.CO, ID: "640104000000"}, {Kind: inspect.VC, ID: "640104000000", At: at}},
		"frame.listed-twice": {{Kind: inspect.WI, ID: "W1"}, {Kind: inspect.WI, ID: "W1", At: at}},
	} {
		got, err := f.Subset(keys)
		if ps := inspect.ProblemsOf(err); got != nil || len(ps) != 1 || ps[0].Rule != rule || ps[0].Place != at {
			t.Errorf("want %s at line 3, got %v", rule, err)
		}
	}
	if _, err := f.Subset([]Key{{Kind: inspect.HH, ID: "640104001002"}}); inspect.ProblemsOf(err)[0].Rule != "frame.unknown" {
		t.Errorf("a household was taken: %v", err)
	}
	if _, err := f.Subset(nil); inspect.ProblemsOf(err)[0].Rule != "frame.empty" {
		t.Errorf("an empty list was taken: %v", err)
	}
}

// Every digest is hidden on its own, and another salt gives other digests.
func TestSalted(t *testing.T) {
	d := subsetFrame(t).Digests()
	salt := [32]byte{1, 2, 3}
	got := d.Salted(salt)
	mac := hmac.New(sha256.New, salt[:])
	mac.Write([]byte("\x00\x00\x00\x05units"))
	if want := inspect.Digest(sha256.Sum256(append(mac.Sum(nil), d.Units[:]...))); got.Units != want {
		t.Errorf("units are committed as %s, want %s", got.Units, want)
	}
	all := []inspect.Digest{got.Counties, got.Townships, got.Units, got.Frame, d.Counties, d.Townships, d.Units, d.Frame, d.Salted([32]byte{1}).Frame}
	seen := map[inspect.Digest]bool{}
	for _, x := range all {
		seen[x] = true
	}
	if len(seen) != len(all) {
		t.Error("two of the digests are the same")
	}
}
