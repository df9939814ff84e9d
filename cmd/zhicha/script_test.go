package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/text/encoding/simplifiedchinese"

	"zhicha/inspect"
	"zhicha/inspect/workbook"
)

func TestMain(m *testing.M) {
	testscript.Main(stage{m}, map[string]func(){"zhicha": func() { os.Exit(run()) }})
}

// stage runs the tests and clears away what was played for all of them.
type stage struct{ *testing.M }

func (s stage) Run() int {
	code := s.M.Run()
	if err := played.clear(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}

// TestScripts runs the real command as an office would, one script to a group of commands. Beside
// testscript's own words the scripts know
//
//	exits N zhicha …        the command ends with status N
//	refused N DIR zhicha …  so it does, and not a byte below DIR has changed
//	json PATH=REGEXP …      every line of the last output is JSON, and one of them has these values
//	capture NAME PATH       sets $NAME to a value of the last output's first line of JSON
//	edit FILE OLD NEW       replaces the one place where OLD stands
//	gbk, gzip, xlsx, roster FROM TO  make an input of a text in the script
//	demo [copy DIR]         a whole campaign, played once for all scripts: $DEMO, or a copy to work on
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			small, err := filepath.Abs("testdata/small.csv")
			env.Setenv("SMALL", small)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exits,
			"refused": refused,
			"json":    jsonHas,
			"edit":    edit,
			"capture": capture,
			"gbk":     convert(simplifiedchinese.GBK.NewEncoder().Bytes),
			"gzip":    convert(zipped),
			"xlsx":    convert(sheet),
			"roster":  convert(roster),
			"demo":    played.command,
		},
	})
}

// ended runs args and returns what the command ended with.
func ended(ts *testscript.TestScript, args []string) int {
	err := ts.Exec(args[0], args[1:]...)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	ts.Fatalf("%v", err)
	return -1
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N zhicha …")
	}
	if got := ended(ts, args[1:]); strconv.Itoa(got) != args[0] {
		ts.Fatalf("status %d, want %s", got, args[0])
	}
}

func refused(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || args[0] == "0" {
		ts.Fatalf("usage: refused N DIR zhicha …")
	}
	dir := ts.MkAbs(args[1])
	before, err := tree(dir)
	ts.Check(err)
	exits(ts, false, append(args[:1:1], args[2:]...))
	after, err := tree(dir)
	ts.Check(err)
	for name := range before {
		if before[name] != after[name] {
			ts.Fatalf("%s was changed or removed", name)
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			ts.Fatalf("%s was left behind", name)
		}
	}
}

// tree is every file below dir with its digest.
func tree(dir string) (map[string]inspect.Digest, error) {
	out := map[string]inspect.Digest{}
	return out, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		out[path] = inspect.DigestOf(data)
		return err
	})
}

func jsonHas(ts *testscript.TestScript, neg bool, args []string) {
	text := strings.TrimSpace(ts.ReadFile("stdout"))
	found := false
	for line := range strings.Lines(text) {
		var v any
		dec := json.NewDecoder(strings.NewReader(line))
		dec.UseNumber()
		if err := dec.Decode(&v); err != nil || dec.More() {
			ts.Fatalf("not one JSON value to a line: %q: %v", line, err)
		}
		match := true
		for _, a := range args {
			path, want, _ := strings.Cut(a, "=")
			ok, err := regexp.MatchString("^(?:"+want+")$", at(v, path))
			ts.Check(err)
			match = match && ok
		}
		found = found || match
	}
	if found == neg {
		ts.Fatalf("no line with %q (or one, where none should be) in\n%s", args, text)
	}
}

// at is the value at a path of keys and numbers, as text; objects and lists as JSON.
func at(v any, path string) string {
	for key := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[key]
		case []any:
			if i, err := strconv.Atoi(key); err == nil && i < len(x) {
				v = x[i]
			} else {
				return ""
			}
		default:
			return ""
		}
	}
	switch x := v.(type) {
	case nil:
		return "null"
	case string:
		return x
	}
	raw, _ := json.Marshal(v)
	return string(raw)
}

func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME PATH")
	}
	var v any
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	dec.UseNumber()
	ts.Check(dec.Decode(&v))
	ts.Setenv(args[0], at(v, args[1]))
}

func edit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	name := ts.MkAbs(args[0])
	data, err := os.ReadFile(name)
	ts.Check(err)
	if n := strings.Count(string(data), args[1]); n != 1 {
		ts.Fatalf("%q stands %d times in %s", args[1], n, args[0])
	}
	ts.Check(os.WriteFile(name, []byte(strings.Replace(string(data), args[1], args[2], 1)), 0o600))
}

// convert makes a script command of a function from one file's bytes to another's.
func convert(f func([]byte) ([]byte, error)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 2 {
			ts.Fatalf("usage: … FROM TO")
		}
		data, err := os.ReadFile(ts.MkAbs(args[0]))
		ts.Check(err)
		out, err := f(data)
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), out, 0o600))
	}
}

func zipped(data []byte) ([]byte, error) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(data)
	err = errors.Join(err, z.Close())
	return out.Bytes(), err
}

// sheet turns CSV into a workbook of one sheet, every cell a text.
func sheet(data []byte) ([]byte, error) {
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, err
	}
	t := workbook.Table{Name: "frame"}
	for _, name := range rows[0] {
		t.Columns = append(t.Columns, workbook.Column{Name: name})
	}
	for _, row := range rows[1:] {
		cells := make([]any, len(row))
		for i, c := range row {
			cells[i] = c
		}
		t.Rows = append(t.Rows, cells)
	}
	var out bytes.Buffer
	err = workbook.WriteTable(&out, []workbook.Table{t})
	return out.Bytes(), err
}

// roster fills the roster's template with lines of "id,team,home,kind,woman or man,recusals".
func roster(data []byte) ([]byte, error) {
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, err
	}
	var people []inspect.Inspector
	for _, r := range rows {
		team, err := strconv.Atoi(r[1])
		if err != nil {
			return nil, err
		}
		people = append(people, inspect.Inspector{ID: r[0], Name: "演示数据" + strings.ToUpper(r[0]), Team: team, Home: r[2],
			Kind: inspect.TeamKind(r[3]), Woman: r[4] == "woman", Recusals: strings.Fields(r[5])})
	}
	var out bytes.Buffer
	err = workbook.WriteRosterTemplate(&out, people, inspect.Regions, true)
	return out.Bytes(), err
}

// demonstration is a whole campaign, played once by the command itself when a test first asks.
type demonstration struct {
	once  sync.Once
	above string // a folder of its own
	dir   string
	steps []byte // told as JSON, a line each
	err   error
}

var played demonstration

func (d *demonstration) play() error {
	d.once.Do(func() {
		var exe string
		if d.above, d.err = os.MkdirTemp("", "played"); d.err != nil {
			return
		}
		if exe, d.err = exec.LookPath("zhicha"); d.err != nil {
			return
		}
		d.dir = filepath.Join(d.above, "demo")
		cmd := exec.Command(exe, "demo", "--no-serve", "--json", "--dir", d.dir)
		cmd.Env = append(os.Environ(), "ZHICHA_LANG=")
		if d.steps, d.err = cmd.Output(); d.err != nil {
			d.err = fmt.Errorf("demo: %w\n%s", d.err, d.steps)
			return
		}
		d.err = os.WriteFile(d.dir+".steps", d.steps, 0o600)
	})
	return d.err
}

func (d *demonstration) clear() error {
	if d.above == "" {
		return nil
	}
	return os.RemoveAll(d.above)
}

func (d *demonstration) command(ts *testscript.TestScript, neg bool, args []string) {
	if err := d.play(); err != nil {
		ts.Fatalf("%v", err)
	}
	ts.Setenv("DEMO", d.dir)
	ts.Setenv("STEPS", d.dir+".steps")
	if len(args) == 2 && args[0] == "copy" {
		ts.Check(copyTree(d.dir, ts.MkAbs(args[1])))
	} else if neg || len(args) != 0 {
		ts.Fatalf("usage: demo [copy DIR]")
	}
}

// copyTree copies a campaign without what only piles up: evidence, returns and packets.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if rel == "evidence" || rel == "returns" || rel == "packets" {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		if strings.HasSuffix(rel, "-shm") || strings.HasSuffix(rel, "-wal") { // come and go while another script reads
			return nil
		}
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer in.Close()
		out, err := os.OpenFile(filepath.Join(to, rel), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(out, in)
		return errors.Join(err, out.Close())
	})
}
