package returns_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zhicha/inspect/rehearsal"
	"zhicha/inspect/returns"
)

// Files are listed in order, once, and without what file systems and office programs leave.
func TestReturnFiles(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []string{"b.xlsx", "a.xlsx", ".DS_Store", "~$b.xlsx", "Thumbs.db", "sub/c.xlsx"} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(dir, n)), 0o700), os.WriteFile(filepath.Join(dir, n), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := returns.ReturnFiles([]string{filepath.Join(dir, "sub"), dir, filepath.Join(dir, "a.xlsx")})
	var names []string
	for _, f := range got {
		rel, _ := filepath.Rel(dir, f.Name)
		names = append(names, rel)
	}
	if err != nil || !slices.Equal(names, []string{"a.xlsx", "b.xlsx", filepath.Join("sub", "c.xlsx")}) {
		t.Errorf("listed %q, %v", names, err)
	}
	if _, err := returns.ReturnFiles([]string{filepath.Join(dir, "nowhere")}); rehearsal.RuleOf(err) != "campaign.read" {
		t.Errorf("a file that is not there: %v", err)
	}
}

// entry is a file to pack.
type entry struct {
	name string
	data []byte
}

// archive packs entries into a zip file on disk and lists it.
func archive(t *testing.T, entries ...entry) []returns.ReturnFile {
	t.Helper()
	path := filepath.Join(t.TempDir(), "r.zip")
	if err := os.WriteFile(path, packed(t, entries...), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := returns.ReturnFiles([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		files[i].Name = strings.TrimPrefix(files[i].Name, filepath.Dir(path)+string(filepath.Separator))
	}
	return files
}

func packed(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range entries {
		f, err := w.CreateHeader(&zip.FileHeader{Name: e.name, Method: zip.Deflate, NonUTF8: true})
		if err == nil {
			_, err = f.Write(e.data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// outcomes are the files' names, each with its rule or its content.
func readAll(files []returns.ReturnFile) (out []string) {
	for _, f := range files {
		data, err := f.Read()
		if err != nil {
			out = append(out, f.Name+" "+rehearsal.RuleOf(err))
			continue
		}
		out = append(out, f.Name+"="+string(data[:min(len(data), 8)]))
	}
	return out
}

// A name inside an archive is shown and nothing else; what is good beside a bad entry is read.
func TestArchiveEntries(t *testing.T) {
	big := make([]byte, returns.MaxReturn+1)
	for name, c := range map[string]struct {
		entries []entry
		want    []string
	}{
		"names that lead elsewhere": {[]entry{{"../../P-1.xlsx", []byte("a")}, {`C:\回传\P-2.xlsx`, []byte("b")}, {"/etc/P-3.xlsx", []byte("c")}},
			[]string{"r.zip/../../P-1.xlsx=a", "r.zip/C:/回传/P-2.xlsx=b", "r.zip//etc/P-3.xlsx=c"}},
		"names that collide":       {[]entry{{"P-07.xlsx", []byte("a")}, {"p-07.XLSX", []byte("b")}, {"P-07.xlsx", []byte("c")}}, []string{"r.zip/P-07.xlsx=a", "r.zip/p-07.XLSX=b", "r.zip/P-07.xlsx=c"}},
		"names in GBK":             {[]entry{{"\xbb\xd8\xb4\xab/P-1.xlsx", []byte("a")}}, []string{"r.zip/回传/P-1.xlsx=a"}},
		"names that turn the line": {[]entry{{"P\u202exslx.7\x1b[2J", []byte("a")}}, []string{"r.zip/Pxslx.7[2J=a"}},
		"what macOS and Office leave": {[]entry{{"__MACOSX/._P-1.xlsx", []byte("x")}, {"a/~$P-1.xlsx", []byte("x")}, {"a/.DS_Store", []byte("x")}, {"a/", nil}, {"a/P-1.xlsx", []byte("a")}},
			[]string{"r.zip/a/P-1.xlsx=a"}},
		"an archive inside":  {[]entry{{"in.zip", packed(t, entry{"P-1.xlsx", []byte("a")})}, {"P-2.xlsx", []byte("b")}}, []string{"r.zip/in.zip intake.archive-nested", "r.zip/P-2.xlsx=b"}},
		"a workbook inside":  {[]entry{{"P-1.xlsx", packed(t, entry{"xl/workbook.xml", []byte("a")})}}, []string{"r.zip/P-1.xlsx=PK\x03\x04\x14\x00\x08\x00"}},
		"an entry too large": {[]entry{{"bomb", big}, {"P-2.xlsx", []byte("b")}}, []string{"r.zip/bomb intake.too-large", "r.zip/P-2.xlsx=b"}},
		"too much in all": {[]entry{{"1", big[1:]}, {"2", big[1:]}, {"3", big[1:]}, {"4", big[1:]}, {"5", []byte("e")}},
			[]string{"r.zip/1=" + zeros8, "r.zip/2=" + zeros8, "r.zip/3=" + zeros8, "r.zip/4=" + zeros8, "r.zip/5 intake.archive-large"}},
		"other kinds of archive": {[]entry{{"a.rar", []byte("Rar!\x1a\x07\x01\x00")}, {"a.7z", []byte("7z\xbc\xaf\x27\x1c")}}, []string{"r.zip/a.rar intake.archive-kind", "r.zip/a.7z intake.archive-kind"}},
		"nothing":                {nil, []string{"r.zip intake.archive-empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := readAll(archive(t, c.entries...)); !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

const zeros8 = "\x00\x00\x00\x00\x00\x00\x00\x00"

func TestArchiveOfMany(t *testing.T) {
	var entries []entry
	for i := range returns.MaxArchiveEntries + 2 {
		entries = append(entries, entry{fmt.Sprint(i), nil})
	}
	got := readAll(archive(t, entries...))
	if n := len(got); n != returns.MaxArchiveEntries+1 || got[n-1] != "r.zip intake.archive-many" || got[n-2] != fmt.Sprintf("r.zip/%d=", returns.MaxArchiveEntries-1) {
		t.Errorf("%d files, the last %q", n, got[n-1])
	}
}

// What was done to an archive's bytes is told of the entry it was done to, or of the whole.
func TestArchiveDamaged(t *testing.T) {
	good := packed(t, entry{"P-1.xlsx", bytes.Repeat([]byte("abcdefgh"), 99)}, entry{"P-2.xlsx", []byte("b")})
	second := bytes.Index(good, []byte("P-2.xlsx")) - 30
	for name, c := range map[string]struct {
		change func(b []byte) []byte
		want   []string
	}{
		"cut off": {func(b []byte) []byte { return b[:len(b)/2] }, []string{"r.zip intake.archive-damaged"}},
		"altered": {func(b []byte) []byte { b[40] ^= 0xff; return b }, []string{"r.zip/P-1.xlsx intake.archive-damaged", "r.zip/P-2.xlsx=b"}},
		"locked":  {func(b []byte) []byte { b[bytes.LastIndex(b, []byte("PK\x01\x02"))+8] |= 1; return b }, []string{"r.zip/P-1.xlsx=abcdefgh", "r.zip/P-2.xlsx intake.archive-encrypted"}},
		"an unknown method": {func(b []byte) []byte { b[bytes.LastIndex(b, []byte("PK\x01\x02"))+10] = 14; b[second+8] = 14; return b },
			[]string{"r.zip/P-1.xlsx=abcdefgh", "r.zip/P-2.xlsx intake.archive-method"}},
		"a size that is none": {func(b []byte) []byte { // says it has 4 bytes unpacked, and has more
			copy(b[bytes.Index(b, []byte("PK\x01\x02"))+24:], []byte{4, 0, 0, 0})
			return b
		}, []string{"r.zip/P-1.xlsx intake.archive-damaged", "r.zip/P-2.xlsx=b"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "r.zip")
			if err := os.WriteFile(path, c.change(bytes.Clone(good)), 0o600); err != nil {
				t.Fatal(err)
			}
			files, err := returns.ReturnFiles([]string{path})
			if err != nil {
				t.Fatal(err)
			}
			for i := range files {
				files[i].Name = strings.TrimPrefix(files[i].Name, filepath.Dir(path)+string(filepath.Separator))
			}
			if got := readAll(files); !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestBatches(t *testing.T) {
	heavy, light := returns.ReturnFile{Size: returns.MaxReturn}, returns.ReturnFile{Size: 1}
	var got []int
	for _, b := range returns.Batches([]returns.ReturnFile{heavy, heavy, light, light, light, light, light, heavy}, 4) {
		got = append(got, len(b))
	}
	if !slices.Equal(got, []int{1, 1, 4, 1, 1}) {
		t.Errorf("batches of %v", got)
	}
}

// Whatever the bytes, listing and reading end, and every error is one that people are told.
func FuzzReturnFiles(f *testing.F) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	e, _ := w.Create("P-1.xlsx")
	io.WriteString(e, "a")
	w.Close()
	f.Add(out.Bytes())
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "r.zip")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		files, err := returns.ReturnFiles([]string{path})
		if err != nil || len(files) == 0 {
			t.Fatalf("%d files, %v", len(files), err)
		}
		for _, r := range files {
			if _, err := r.Read(); err != nil && rehearsal.RuleOf(err) == "" {
				t.Fatalf("not a problem: %v", err)
			}
		}
	})
}
