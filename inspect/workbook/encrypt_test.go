package workbook

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"zhicha/inspect"
)

var update = flag.Bool("update", false, "write testdata/locked anew")

// vectorCode closes the files in testdata/locked.
const vectorCode = "8841027039356611240817"

// What was closed opens, here and in excelize, whatever its length; and no block of it comes twice.
func TestEncrypt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.SampledFrom([]int{0, 1, 15, 16, 17, 4095, 4096, 4097, 8192}), rapid.IntRange(0, 70_000)).Draw(t, "length")
		plain := bytes.Repeat([]byte{rapid.Byte().Draw(t, "byte")}, n)
		code := rapid.StringMatching(`[0-9a-zA-Z县 𠀋]{1,30}`).Draw(t, "code")
		file, err := encryptSpun(rand.NewChaCha8([32]byte{rapid.Byte().Draw(t, "seed")}), plain, code, rapid.IntRange(0, 20).Draw(t, "spins"))
		if err != nil {
			t.Fatal(err)
		}
		for name, open := range map[string]func() ([]byte, error){
			"here":     func() ([]byte, error) { return Decrypt("x.xlsx", file, slices.Values([]string{"9" + code, code})) },
			"excelize": func() ([]byte, error) { return excelize.Decrypt(file, &excelize.Options{Password: code}) },
		} {
			if got, err := open(); err != nil || !bytes.Equal(got, plain) {
				t.Fatalf("%s: %d bytes of %d: %v", name, len(got), n, err)
			}
		}
	})
}

// A password that nobody could type, and randomness that runs out, close nothing.
func TestEncryptRefuses(t *testing.T) {
	for name, password := range map[string]string{"no password": "", "a long one": strings.Repeat("1", 256)} {
		if _, err := encrypt(chance(name), []byte("PK"), password); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := encrypt(bytes.NewReader(make([]byte, 143)), []byte("PK"), "1"); err == nil {
		t.Error("a file was closed without its keys")
	}
}

// repeated counts the blocks of 16 bytes in the packages of files that come more than once.
func repeated(t testing.TB, files ...[]byte) (n int) {
	t.Helper()
	seen := map[[16]byte]bool{}
	for _, file := range files {
		box, err := stream(file, "EncryptedPackage", int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		for box = box[8:]; len(box) >= 16; box = box[16:] {
			if seen[[16]byte(box)] {
				n++
			}
			seen[[16]byte(box)] = true
		}
	}
	return n
}

// The padding of a rung shows nowhere, as it does under standard encryption.
func TestNoBlockRepeats(t *testing.T) {
	for _, r := range inspect.Rungs {
		var files [][]byte
		for _, p := range []Packet{packet(7), packet(8)} {
			var out bytes.Buffer
			if err := WriteRung(chance(p.Campaign), &out, p, r, vectorCode, 128<<10); err != nil {
				t.Fatal(err)
			}
			files = append(files, out.Bytes())
		}
		for _, file := range files {
			if n := repeated(t, file); n > 0 {
				t.Errorf("%s: %d blocks repeat", r, n)
			}
		}
	}
	padded := append(filled(t), bytes.Repeat([]byte(" "), 4096)...)
	standard, err := excelize.Encrypt(padded, &excelize.Options{Password: vectorCode})
	if err != nil {
		t.Fatal(err)
	}
	if n := repeated(t, standard); n < 200 {
		t.Errorf("this test sees %d blocks repeat where 255 do", n)
	}
}

// The streams about the package are those Excel writes, byte for byte.
func TestDataSpaces(t *testing.T) {
	file, err := encrypt(chance("x"), []byte("PK"), "1")
	if err != nil {
		t.Fatal(err)
	}
	got := streamsOf(t, file)
	for name, want := range map[string]string{
		"DataSpaces/Version":                                         "3c0000004d006900630072006f0073006f00660074002e0043006f006e007400610069006e00650072002e004400610074006100530070006100630065007300010000000100000001000000",
		"DataSpaces/DataSpaceMap":                                    "08000000010000006800000001000000000000002000000045006e0063007200790070007400650064005000610063006b00610067006500320000005300740072006f006e00670045006e006300720079007000740069006f006e004400610074006100530070006100630065000000",
		"DataSpaces/DataSpaceInfo/StrongEncryptionDataSpace":         "0800000001000000320000005300740072006f006e00670045006e006300720079007000740069006f006e005400720061006e00730066006f0072006d000000",
		"DataSpaces/TransformInfo/StrongEncryptionTransform/Primary": "58000000010000004c0000007b00460046003900410033004600300033002d0035003600450046002d0034003600310033002d0042004400440035002d003500410034003100430031004400300037003200340036007d004e0000004d006900630072006f0073006f00660074002e0043006f006e007400610069006e00650072002e0045006e006300720079007000740069006f006e005400720061006e00730066006f0072006d00000001000000010000000100000000000000000000000000000004000000",
	} {
		if hex.EncodeToString([]byte(got[name])) != want {
			t.Errorf("%s: %x", name, got[name])
		}
	}
	checkSectors(t, file)
	if len(got) != 6 {
		t.Errorf("%d streams", len(got))
	}
}

// lockedVectors are the files in testdata/locked: one as it is written, the others with one byte of it
// changed, the n-th of a mark, or cut off.
var lockedVectors = []struct {
	name, mark string
	n          int
	code, rule string
}{
	{"whole", "", 0, vectorCode, ""},
	{"whole", "", 0, "8841027039356611240800", "workbook.wrong-code"},
	{"whole", "", 0, "", "workbook.encrypted"},
	{"package", "package", 4500, vectorCode, "workbook.altered"},
	{"package-size", "package", 0, vectorCode, "workbook.altered"},
	{"hmac", ` encryptedHmacValue="`, 30, vectorCode, "workbook.altered"},
	{"hmac-key", ` encryptedHmacKey="`, 30, vectorCode, "workbook.altered"},
	{"info-key", ` encryptedKeyValue="`, 25, vectorCode, "workbook.altered"},
	{"info-salt", ` hashAlgorithm="SHA512" saltValue="`, 40, vectorCode, "workbook.altered"},
	{"info-verifier", ` encryptedVerifierHashInput="`, 35, vectorCode, "workbook.wrong-code"}, // nobody can tell these apart
	{"info-no-hmac", `<dataIntegrity `, 5, vectorCode, "workbook.cipher"},
	{"info-version", "\x04\x00\x04\x00\x40\x00\x00\x00<?xml", 2, vectorCode, "workbook.cipher"},
	{"cut", "cut", 0, vectorCode, "workbook.damaged"},
}

// Files that fail in one way each say which: a code that is missing, a wrong one, an altered file.
func TestLockedVectors(t *testing.T) {
	path := func(name string) string { return filepath.Join("testdata", "locked", name+".xlsx") }
	if *update {
		writeLocked(t, path)
	}
	whole := fileOf(t, path("whole"))
	for _, v := range lockedVectors {
		data := fileOf(t, path(v.name))
		changed := 0
		for i := range data {
			if data[i] != whole[i] {
				changed++
			}
		}
		if changed > 1 || changed == 0 && v.name != "whole" && len(data) == len(whole) {
			t.Errorf("%s differs in %d bytes", v.name, changed)
		}
		codes := []string{v.code}
		if v.code == "" {
			codes = nil
		}
		plain, err := Decrypt(v.name, data, slices.Values(codes))
		if ps := inspect.ProblemsOf(err); v.rule != "" && (len(ps) != 1 || ps[0].Rule != v.rule || plain != nil) {
			t.Errorf("%s: want %s, got %v", v.name, v.rule, err)
		} else if v.rule == "" {
			if _, openErr := open(v.name, plain, returnPart); err != nil || openErr != nil {
				t.Errorf("%s: %v, %v", v.name, err, openErr)
			}
			if again, err := encrypt(chance("locked"), plain, vectorCode); err != nil || !bytes.Equal(again, whole) {
				t.Errorf("the same workbook, code and randomness do not give the same file any more: %v", err)
			}
		}
	}
}

func writeLocked(t *testing.T, path func(string) string) {
	t.Helper()
	plain, err := RungWorkbook(packet(7), inspect.RungCounty)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := encrypt(chance("locked"), plain, vectorCode)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range lockedVectors {
		data := bytes.Clone(whole)
		mark := []byte(v.mark)
		if v.mark == "package" {
			mark = binary.LittleEndian.AppendUint64(nil, uint64(len(plain)))
		}
		switch at := bytes.Index(data, mark); {
		case v.mark == "cut":
			data = data[:len(data)/2]
		case at < 0:
			t.Fatalf("%s: no %q", v.name, v.mark)
		case v.mark != "" && data[at+v.n] == 'A':
			data[at+v.n] = 'B'
		case v.mark == "package" && v.n == 0:
			data[at] ^= 1
		case v.mark != "":
			data[at+v.n] = 'A'
		}
		if err := os.MkdirAll(filepath.Dir(path(v.name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path(v.name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzAgile alters what EncryptionInfo and the package hold. Nothing opens but what was closed.
func FuzzAgile(f *testing.F) {
	plain := bytes.Repeat([]byte("plain"), 2000)
	file, err := encryptSpun(chance("fuzz"), plain, "1", 10)
	if err != nil {
		f.Fatal(err)
	}
	streams := streamsOf(f, file)
	f.Add([]byte(streams["EncryptionInfo"]), []byte(streams["EncryptedPackage"]))
	streams = streamsOf(f, fileOf(f, "testdata/locked/whole.xlsx"))
	f.Add([]byte(streams["EncryptionInfo"]), []byte(streams["EncryptedPackage"]))
	f.Fuzz(func(t *testing.T, info, box []byte) {
		l, err := readLock(info)
		if err != nil {
			return
		}
		agile, ok := l.(*agileLock)
		if !ok || agile.spins > 50 || !agile.opens("1") {
			return
		}
		if got, err := agile.decrypt(box); err == nil && !bytes.Equal(got, plain) {
			t.Fatalf("%d bytes were read that nobody closed", len(got))
		}
	})
}

// What it costs to close a packet, here and by excelize.
func BenchmarkEncrypt(b *testing.B) {
	plain, err := RungWorkbook(packet(7), inspect.RungVillage)
	if err != nil {
		b.Fatal(err)
	}
	if plain, err = pad(plain, 160<<10); err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		close func() ([]byte, error)
	}{
		{"here", func() ([]byte, error) { return encrypt(chance("x"), plain, vectorCode) }},
		{"excelize", func() ([]byte, error) { return excelize.Encrypt(plain, &excelize.Options{Password: vectorCode}) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(plain)))
			for b.Loop() {
				if _, err := c.close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What it costs to write a rung, from the packet to the closed file.
func BenchmarkWriteRung(b *testing.B) {
	p := packet(7)
	for _, r := range inspect.Rungs {
		size, err := RungSize(p, r)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(string(r), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var out bytes.Buffer
				if err := WriteRung(chance("x"), &out, p, r, vectorCode, size); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
