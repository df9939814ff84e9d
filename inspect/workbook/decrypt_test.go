package workbook

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"github.com/xuri/excelize/v2"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
)

const fieldCode = "8841 0270 3935 6611 2408 17" // the password of ../returns/testdata/bad/02-password.xlsx

// locked is the filled packet under a password, by standard encryption.
func locked(t testing.TB, password string) []byte {
	t.Helper()
	data, err := excelize.Encrypt(filled(t), &excelize.Options{Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func fileOf(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A return under one of the codes reads like the one without, and is known by the file as it came.
func TestReadLockedReturn(t *testing.T) {
	office := fileOf(t, "../returns/testdata/bad/02-password.xlsx")
	for name, data := range map[string][]byte{"excelize": locked(t, fieldCode), "LibreOffice": office} {
		ret, err := ReadReturn("x.xlsx", data, checklist.Default(), slices.Values([]string{"1", fieldCode, "2"}))
		if err != nil || len(ret.Reports) < 3 || len(ret.Problems) > 0 || ret.Digest != inspect.DigestOf(data) {
			t.Errorf("%s: %v, %+v", name, err, ret)
		}
	}
}

// What does not open says why, and what to do.
func TestLocked(t *testing.T) {
	data := locked(t, fieldCode)
	other := bytes.Clone(data)
	at := bytes.Index(other, []byte{3, 0, 2, 0, 0x24, 0, 0, 0})
	other[at+2] = 3 // extensible encryption, which nobody here knows
	spinning := bytes.Replace(fileOf(t, "testdata/agile.xlsx"), []byte(`spinCount="100000"`), []byte(`spinCount="999999"`), -1)
	some := func(codes ...string) func(func(string) bool) { return slices.Values(codes) }
	for name, c := range map[string]struct {
		data  []byte
		codes func(func(string) bool)
		rule  string
	}{
		"no codes at all":      {data, nil, "workbook.encrypted"},
		"none known":           {data, some(), "workbook.encrypted"},
		"none fits":            {data, some("1", "2", "8841027039356611240817"), "workbook.wrong-code"},
		"an unknown lock":      {other, some(fieldCode), "workbook.cipher"},
		"a lock that spins":    {spinning, some("password"), "workbook.cipher"},
		"cut off":              {data[:len(data)/8], some(fieldCode), "workbook.damaged"},
		"no password, no code": {filled(t), nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decrypt("x.xlsx", c.data, c.codes)
			ps := inspect.ProblemsOf(err)
			if c.rule == "" && err != nil || c.rule != "" && (len(ps) != 1 || ps[0].Rule != c.rule || ps[0].File != "x.xlsx") {
				t.Errorf("want %q, got %v", c.rule, err)
			}
		})
	}
}

// Files that Excel itself locked, in both ways, open by their password and by no other.
func TestExcelLocks(t *testing.T) {
	for _, name := range []string{"testdata/agile.xlsx", "testdata/standard.xlsx"} {
		data := fileOf(t, name)
		plain, err := Decrypt(name, data, slices.Values([]string{"Password", "password"}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := open(name, plain, returnPart); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := Decrypt(name, data, slices.Values([]string{"Password"})); len(inspect.ProblemsOf(err)) == 0 || inspect.ProblemsOf(err)[0].Rule != "workbook.wrong-code" {
			t.Errorf("%s with a wrong password: %v", name, err)
		}
	}
}

// A panic of the reader is a damaged file, never the end of the programme.
func TestGuard(t *testing.T) {
	err := func() (err error) {
		defer guard(inspect.Place{File: "x.xlsx"}, &err)
		panic("index out of range")
	}()
	if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != "workbook.damaged" || ps[0].File != "x.xlsx" {
		t.Errorf("%v", err)
	}
}

func FuzzDecrypt(f *testing.F) {
	f.Add(locked(f, "1"))
	f.Add(fileOf(f, "testdata/agile.xlsx"))
	for _, v := range lockedVectors {
		f.Add(fileOf(f, "testdata/locked/"+v.name+".xlsx"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := Decrypt("x.xlsx", data, slices.Values([]string{"1", vectorCode})); err != nil && len(inspect.ProblemsOf(err)) == 0 {
			t.Fatalf("not a problem: %v", err)
		}
	})
}

// What a code costs that does not fit.
func BenchmarkCode(b *testing.B) {
	for name, data := range map[string][]byte{"standard": locked(b, fieldCode), "agile": fileOf(b, "testdata/agile.xlsx"), "ours": fileOf(b, "testdata/locked/whole.xlsx")} {
		b.Run(name, func(b *testing.B) {
			info, err := stream(data, "EncryptionInfo", 1<<16)
			if err != nil {
				b.Fatal(err)
			}
			l, err := readLock(info)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if l.opens("1") {
					b.Fatal("opened")
				}
			}
		})
	}
}
