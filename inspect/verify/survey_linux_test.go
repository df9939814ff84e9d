package verify

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"zhicha/inspect"
	"zhicha/inspect/frame"
	"zhicha/site"
)

// watched tells which files were opened.
type watched struct {
	fs.FS
	opened []string
}

func (w *watched) Open(name string) (fs.File, error) {
	w.opened = append(w.opened, name)
	return w.FS.Open(name)
}

func (w *watched) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(w.FS, name) }
func (w *watched) ReadLink(name string) (string, error)   { return fs.ReadLink(w.FS, name) }

// Pipes, devices, links, sparse giants and files of no known kind are named and never opened, wherever
// they lie: a pipe that is opened waits for ever.
func TestWhatIsNoFileIsNeverOpened(t *testing.T) {
	folder := newWorld(t, tiny).publish()
	dir := t.TempDir()
	if err := os.CopyFS(dir, folder); err != nil {
		t.Fatal(err)
	}
	if r, err := Folder(os.DirFS(dir), Options{}); err != nil || !r.Verified {
		t.Fatal(err, r)
	}
	giant := func(size int64) func(path string) error {
		return func(path string) error {
			f, err := os.Create(path)
			if err == nil {
				err = f.Truncate(size)
			}
			return err
		}
	}
	pipe := func(path string) error { return syscall.Mkfifo(path, 0o600) }
	for _, c := range []struct {
		name, rule string
		put        func(path string) error
	}{
		{"manifest.json", "verify.file-kind", pipe}, {"index.html", "verify.file-kind", pipe}, {"rounds/1/record.json", "verify.file-kind", pipe},
		{"log/checkpoint", "verify.file-kind", pipe}, {"log/tile/entries/000", "verify.file-kind", pipe}, {"log/pipe", "verify.file-kind", pipe}, {"new.html", "verify.file-kind", pipe},
		{"data/regions.json", "verify.file-kind", func(path string) error { return os.Symlink("/dev/zero", path) }},
		{"rounds/1", "verify.file-kind", func(path string) error { return os.Symlink("/proc/self", path) }},
		{"log", "verify.file-kind", func(path string) error { return os.Symlink("/proc/self", path) }},
		{"new.socket", "verify.file-kind", func(path string) error {
			s, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
			if err == nil {
				err = syscall.Bind(s, &syscall.SockaddrUnix{Name: path})
				syscall.Close(s)
			}
			return err
		}},
		{"manifest.json", "verify.file-large", giant(1 << 40)}, {"index.html", "verify.file-large", giant(1 << 40)}, {"log/checkpoint", "verify.file-large", giant(2 << 20)},
		{"rounds/1/legs.json", "verify.file-large", giant(2<<20 + 1)}, {"new.exe", "verify.file-extra", giant(1 << 40)}, {"log/tile/0/000.exe", "verify.file-large", giant(1 << 40)},
	} {
		t.Run(c.name+" "+c.rule, func(t *testing.T) {
			if len(dir) > 60 && strings.HasSuffix(c.name, ".socket") {
				t.Skip("the path is too long for a socket")
			}
			path := filepath.Join(dir, c.name)
			if err := os.Rename(path, path+"~"); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			aside := filepath.Join(t.TempDir(), "aside")
			os.Rename(path+"~", aside)
			defer func() {
				os.RemoveAll(path)
				os.Rename(aside, path)
			}()
			if err := c.put(path); err != nil {
				t.Fatal(err)
			}
			w := &watched{FS: os.DirFS(dir)}
			r, err := Folder(w, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if r.Verified || !slices.Contains(rules(r), c.rule) {
				t.Errorf("%v", rules(r))
			}
			if slices.Contains(w.opened, c.name) {
				t.Errorf("%s was opened", c.name)
			}
		})
	}
}

func TestTooMuchIsNotJudged(t *testing.T) {
	for what, put := range map[string]func(f fstest.MapFS){
		"files": func(f fstest.MapFS) {
			for i := range maxFiles + 1 {
				f[filepath.Join("x", string(rune('a'+i%26)), strings.Repeat("y", 1+i/26%200)+string(rune(0x4e00+i%20000))+string(rune(0x4e00+i/20000))+".html")] = &fstest.MapFile{}
			}
		},
		"depth": func(f fstest.MapFS) { f[strings.Repeat("d/", maxDepth+1)+"x.html"] = &fstest.MapFile{} },
	} {
		folder := newWorld(t, tiny).publish()
		put(folder)
		_, err := Folder(folder, Options{})
		if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != "verify.too-much" || inspect.ExitStatus(err) != 3 {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A file that grows after the survey is read no further than one byte beyond what it was.
func TestGrowingFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "index.html")
	if err := os.WriteFile(name, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := survey(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := fs.ReadFile(s, "index.html"); err != nil || len(data) != len("short")+1 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

// allocated is how many bytes f asks for in all, freed or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// The smallest elements that a file of the largest size can hold become less than 256 MB.
func TestSmallElementsStaySmall(t *testing.T) {
	list := func(element, name string) []byte {
		return []byte("[" + strings.TrimSuffix(strings.Repeat(element+",", int(limitOf(name))/(len(element)+1)-1), ",") + "]")
	}
	for what, read := range map[string]func(){
		"legs":   func() { strict(list("{}", "rounds/1/legs.json"), new([]leg), nil) },
		"teams":  func() { strict(list("{}", "rounds/1/teams.json"), new([]inspect.Team), nil) },
		"nulls":  func() { strict(list("null", "rounds/1/teams.json"), new([]inspect.Team), nil) },
		"nested": func() { strict(list(`{"members":[0,0,0,0,0,0]}`, "rounds/1/teams.json"), new([]inspect.Team), nil) },
		"public": func() {
			v := &verifier{fsys: surveyOf(t, fstest.MapFS{site.PublicData: {Data: list("{}", site.PublicData)}}), manifest: &manifest{}, whole: true}
			c := &Check{}
			if v.checkPublic(c); len(c.Problems) == 0 {
				t.Error("results without end were read")
			}
		},
		"counties": func() {
			frame.ReadCounties("counties.csv", []byte(strings.Join(frame.Columns, ",")+"\n"+strings.Repeat("a\n", int(limitOf("rounds/1/counties.csv"))/2-100)))
		},
		"manifest": func() {
			var b strings.Builder
			for i := 0; b.Len() < int(limitOf(manifestName))-100; i++ {
				fmt.Fprintf(&b, `"%x":"%064x",`, i, i)
			}
			parseManifest([]byte(`{"files":{` + strings.TrimSuffix(b.String(), ",") + `}}`))
		},
	} {
		n := allocated(read)
		t.Logf("%s: %d MB", what, n>>20)
		if n > 256<<20 {
			t.Errorf("%s takes %d MB", what, n>>20)
		}
	}
}

func surveyOf(t *testing.T, fsys fs.FS) *surveyed {
	t.Helper()
	s, err := survey(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
