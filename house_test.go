package zhicha_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rooms holds the house: for every package of the module what it may import of the module beyond
// zhicha/inspect. A package that is not listed is not part of the house.
var rooms = map[string][]string{
	"zhicha":           {},
	"zhicha/templates": {},
	"zhicha/inspect":   {},

	"zhicha/inspect/frame":     {},
	"zhicha/inspect/frame/gen": {"zhicha/inspect/frame"}, // the generator of the embedded frame, a command
	"zhicha/inspect/checklist": {},
	"zhicha/inspect/draw":      {"zhicha/inspect/frame"},
	"zhicha/inspect/assign":    {},
	"zhicha/inspect/seal":      {},
	"zhicha/inspect/workbook":  {"zhicha/inspect/checklist"},
	"zhicha/inspect/form":      {"zhicha/inspect/seal", "zhicha/inspect/checklist", "zhicha/templates"},
	"zhicha/inspect/intake":    {"zhicha/inspect/checklist", "zhicha/inspect/privacy"}, // a text that names a child is told before it is kept
	"zhicha/inspect/finding":   {"zhicha/inspect/checklist"},
	"zhicha/inspect/estimate":  {},
	"zhicha/inspect/score":     {"zhicha/inspect/estimate", "zhicha/inspect/checklist", "zhicha/inspect/privacy"}, // no small count is published
	"zhicha/inspect/privacy":   {},
	"zhicha/inspect/document":  {"zhicha/templates", "zhicha/inspect/say"},
	// a score carries its checklist and its estimates, so what takes in a score meets both
	"zhicha/inspect/release": {"zhicha/inspect/privacy", "zhicha/inspect/document", "zhicha/inspect/score", "zhicha/inspect/checklist", "zhicha/inspect/estimate"},
	"zhicha/inspect/ledger":  {},
	"zhicha/inspect/verify":  in("ledger", "draw", "assign", "frame", "plan", "score", "checklist", "document", "release", "zhicha/site"), // what is published is made again
	"zhicha/inspect/store":   {},
	"zhicha/inspect/say":     in("zhicha/templates"),

	// what the office decides, and what follows from it; pure
	"zhicha/inspect/config":   {},
	"zhicha/inspect/exchange": in("checklist", "estimate", "frame"), // what it pairs is judged by estimate
	"zhicha/inspect/plan":     in("draw", "assign", "frame"),

	// the open folder; the reference configuration stands in the module's root
	"zhicha/inspect/campaign": in("config", "store", "ledger", "seal", "frame", "draw", "checklist", "workbook", "privacy", "zhicha"),

	// the office's use cases, one room per phase; each enters what it did in the ledger
	"zhicha/inspect/prepare":  in("ledger", "campaign", "config", "store", "results", "frame", "plan", "draw", "assign", "estimate", "score", "workbook"),
	"zhicha/inspect/ceremony": in("campaign", "config", "store", "plan", "draw", "assign", "frame", "seal", "ledger", "zhicha/templates"),
	"zhicha/inspect/field":    in("ledger", "campaign", "config", "store", "plan", "draw", "frame", "seal", "form", "workbook", "checklist"),
	"zhicha/inspect/returns":  in("ledger", "campaign", "config", "store", "intake", "finding", "form", "workbook", "seal", "checklist"),
	"zhicha/inspect/review":   in("campaign", "config", "store", "returns", "plan", "intake", "finding", "form", "estimate", "ledger", "checklist"),
	"zhicha/inspect/results":  in("ledger", "campaign", "store", "review", "exchange", "plan", "score", "estimate", "checklist", "frame", "privacy"),
	"zhicha/inspect/publish":  in("campaign", "config", "store", "results", "release", "document", "privacy", "ledger", "draw", "score", "checklist", "frame", "workbook", "zhicha/site"),
	"zhicha/inspect/audit": in("campaign", "config", "store", "ceremony", "field", "returns", "review", "plan", "draw", "document", "frame", "ledger", "results",
		"publish", "release", "zhicha/site"), // what is published is made again
	"zhicha/inspect/status": in("campaign", "store", "prepare", "ceremony", "field", "returns", "review", "publish", "frame"),

	// its people read the public nouns: the checklist of their workbook, the counties of the embedded frame
	"zhicha/inspect/demo": in("campaign", "prepare", "ceremony", "field", "returns", "review", "results", "publish", "audit", "workbook", "checklist", "frame", "zhicha"),
	// plays an office for tests, and only tests may import it: no room lists it
	"zhicha/inspect/rehearsal": in("campaign", "prepare", "ceremony", "field", "returns", "review", "results", "publish", "store", "frame", "checklist",
		"draw", "form", "intake", "ledger", "seal", "workbook", "zhicha"),

	"zhicha/site":       {"zhicha/inspect/say", "zhicha/inspect/workbook", "zhicha/inspect/score", "zhicha/site/chart", "zhicha/inspect/release", "zhicha/inspect/document", "zhicha/templates"},
	"zhicha/site/chart": {"zhicha/templates"},
	// a command names what a use case returns: a checklist, a score
	"zhicha/cmd/zhicha": in("campaign", "prepare", "ceremony", "field", "returns", "review", "results", "publish", "audit", "status", "demo", "verify",
		"plan", "say", "checklist", "estimate", "score", "zhicha/site", "zhicha/templates"),
}

// in spells rooms below inspect by their short names; a name with zhicha/ before it, or zhicha itself, is whole.
func in(short ...string) []string {
	var out []string
	for _, s := range short {
		if s != "zhicha" && !strings.HasPrefix(s, "zhicha/") {
			s = "zhicha/inspect/" + s
		}
		out = append(out, s)
	}
	return out
}

// pure rooms decide; they must not reach for the clock, the disk or the network themselves.
var pure = []string{"draw", "assign", "intake", "finding", "estimate", "score", "privacy", "plan", "config", "exchange"}

// impure are the packages by which they would.
var impure = []string{"os", "os/exec", "net", "net/http", "math/rand", "math/rand/v2", "crypto/rand", "database/sql", "io/ioutil"}

// never holds what a package must not reach even through others: what has never met a plan
// cannot leak one.
var never = map[string][]string{
	"zhicha/site":           in("seal", "store", "campaign"),
	"zhicha/inspect/verify": in("seal", "store", "campaign"),
}

// owners holds the libraries that only one room may import.
var owners = map[string]string{
	"github.com/xuri/excelize/v2": "zhicha/inspect/workbook",
	"modernc.org/sqlite":          "zhicha/inspect/store",
	"github.com/spf13/cobra":      "zhicha/cmd/zhicha",
	"github.com/spf13/viper":      "zhicha/inspect/config",
}

// pkg is what the go command tells of a package.
type pkg struct {
	ImportPath string
	Doc        string
	Standard   bool
	Imports    []string
	Deps       []string
}

// breaches returns every way in which pkgs, a package and all it depends on, break the house.
func breaches(pkgs []pkg) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	standard := map[string]bool{"C": true, "unsafe": true}
	for _, p := range pkgs {
		standard[p.ImportPath] = standard[p.ImportPath] || p.Standard
	}
	there := map[string]bool{}
	for _, p := range pkgs {
		there[p.ImportPath] = true
	}
	for _, room := range slices.Sorted(maps.Keys(rooms)) {
		if !there[room] {
			say("%s is listed and not there", room)
		}
	}
	for _, p := range pkgs {
		if p.ImportPath != "zhicha" && !strings.HasPrefix(p.ImportPath, "zhicha/") {
			continue
		}
		allowed, listed := rooms[p.ImportPath]
		if !listed {
			say("%s is not a room of the house", p.ImportPath)
		}
		if p.Doc == "" {
			say("%s has no package comment", p.ImportPath)
		}
		room := strings.TrimPrefix(p.ImportPath, "zhicha/inspect/")
		for _, i := range p.Imports {
			own := i == "zhicha" || strings.HasPrefix(i, "zhicha/")
			switch {
			case own && i != "zhicha/inspect" && !slices.Contains(allowed, i):
				say("%s imports %s", p.ImportPath, i)
			case p.ImportPath == "zhicha/inspect" && !standard[i]:
				say("zhicha/inspect imports %s, which is not in the standard library", i)
			case owners[i] != "" && owners[i] != p.ImportPath:
				say("%s imports %s, which only %s may", p.ImportPath, i, owners[i])
			case slices.Contains(pure, room) && slices.Contains(impure, i):
				say("%s is pure and imports %s", p.ImportPath, i)
			}
		}
		for _, d := range never[p.ImportPath] {
			if slices.Contains(p.Deps, d) {
				say("%s reaches %s", p.ImportPath, d)
			}
		}
	}
	return out
}

// gates holds what only one place may do, since it is safe there alone, and who else may.
var gates = []struct{ call, way, but string }{
	// of a file only so much is read, and no pipe; the others read what they made themselves
	{"os.ReadFile(", "campaign.Read", "inspect/rehearsal inspect/demo inspect/workbook/editor.go inspect/workbook/testdata inspect/frame/gen site/write.go"},
	// a text must not begin a formula; the others make tables that are read in again
	{"csv.NewWriter(", "SafeCell(", "inspect/rehearsal inspect/demo inspect/frame/gen"},
	{".NewStreamWriter(", "SafeCell(", ""},
}

// Whoever calls what a gate guards goes through the gate.
func TestGates(t *testing.T) {
	seen := make([]bool, len(gates))
	for _, top := range []string{"inspect", "cmd", "site"} {
		err := filepath.WalkDir(top, func(name string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			raw, err := os.ReadFile(name)
			for i, g := range gates {
				free := slices.ContainsFunc(strings.Fields(g.but), func(p string) bool { return strings.HasPrefix(filepath.ToSlash(name), p) })
				if bytes.Contains(raw, []byte(g.call)) {
					if seen[i] = true; !free && !bytes.Contains(raw, []byte(g.way)) {
						t.Errorf("%s calls %s…) past %s", name, g.call, g.way)
					}
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if slices.Contains(seen, false) {
		t.Errorf("a gate guards nothing: %v", seen)
	}
}

func TestHouse(t *testing.T) {
	pkgs := load(t)
	if len(pkgs) < 100 {
		t.Fatalf("the go command lists %d packages", len(pkgs))
	}
	for _, b := range breaches(pkgs) {
		t.Error(b)
	}
}

// Every rule is broken once, in a copy of the real graph, and has to be seen.
func TestHouseSeesBreaches(t *testing.T) {
	real := load(t)
	if len(breaches(real)) > 0 {
		t.Skip("the house itself is broken; see TestHouse")
	}
	for _, c := range []struct {
		in      string
		change  func(p *pkg)
		mention string
	}{
		{"zhicha/inspect/draw", imports("zhicha/inspect/store"), "draw imports zhicha/inspect/store"},
		{"zhicha/inspect/estimate", imports("zhicha/inspect/checklist"), "estimate imports zhicha/inspect/checklist"},
		{"zhicha/site", imports("zhicha/inspect/campaign"), "site imports zhicha/inspect/campaign"},
		{"zhicha/site", func(p *pkg) { p.Deps = append(p.Deps, "zhicha/inspect/seal") }, "site reaches zhicha/inspect/seal"},
		{"zhicha/inspect", imports("golang.org/x/text/width"), "not in the standard library"},
		{"zhicha/inspect/demo", imports("github.com/xuri/excelize/v2"), "which only zhicha/inspect/workbook may"},
		{"zhicha/inspect/campaign", imports("modernc.org/sqlite"), "which only zhicha/inspect/store may"},
		{"zhicha/inspect/score", imports("os"), "is pure and imports os"},
		{"zhicha/inspect/seal", func(p *pkg) { p.Doc = "" }, "seal has no package comment"},
		{"zhicha/inspect/demo", imports("zhicha/inspect/store"), "demo imports zhicha/inspect/store"},
		{"zhicha/cmd/zhicha", imports("zhicha/inspect/rehearsal"), "zhicha imports zhicha/inspect/rehearsal"},
		{"zhicha/inspect/plan", imports("crypto/rand"), "plan is pure and imports crypto/rand"},
		{"zhicha/inspect/review", imports("zhicha/inspect/publish"), "review imports zhicha/inspect/publish"},
	} {
		planted := slices.Clone(real)
		i := slices.IndexFunc(planted, func(p pkg) bool { return p.ImportPath == c.in })
		if i < 0 {
			t.Fatalf("no package %s", c.in)
		}
		c.change(&planted[i])
		if got := breaches(planted); len(got) != 1 || !strings.Contains(got[0], c.mention) {
			t.Errorf("%s: want one breach with %q, got %q", c.in, c.mention, got)
		}
	}
}

// A package under another name is neither a room nor there.
func TestHouseSeesMovedRooms(t *testing.T) {
	planted := load(t)
	i := slices.IndexFunc(planted, func(p pkg) bool { return p.ImportPath == "zhicha/inspect/seal" })
	planted[i].ImportPath = "zhicha/inspect/util"
	got := breaches(planted)
	for _, want := range []string{"zhicha/inspect/util is not a room of the house", "zhicha/inspect/seal is listed and not there"} {
		if !slices.Contains(got, want) {
			t.Errorf("want %q among %q", want, got)
		}
	}
}

// A file whose name begins with rules says who may do what, and takes values only: it can be read, tested and
// shown without a folder.
func TestRulesTakeValues(t *testing.T) {
	files, err := filepath.Glob("inspect/*/rules*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no room has rules: ", err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			path, _ := strconv.Unquote(i.Path.Value)
			if slices.Contains(impure, path) || path == "zhicha/inspect/store" || path == "zhicha/inspect/campaign" {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}

func imports(path string) func(*pkg) {
	return func(p *pkg) { p.Imports = append(slices.Clone(p.Imports), path) }
}

// load asks the go command for every package and all they depend on.
func load(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Doc,Standard,Imports,Deps", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	raw, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var out []pkg
	for dec := json.NewDecoder(bytes.NewReader(raw)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
}

// topLevel is what may lie in the module's root.
var topLevel = []string{"inspect", "templates", "site", "cmd", "config.yaml", "config.go", "go.mod", "go.sum", "house_test.go",
	"README*", "LICENSE", "CONTRIBUTING.md", ".ci", ".git", ".gitignore", ".gitattributes", ".golangci.y*ml", "staticcheck.conf",
	"demo-campaign", "zhicha"} // the last two are what the README's commands leave, and are not kept

// stray returns the names that have no place in the root.
func stray(names []string) []string {
	var out []string
	for _, n := range names {
		if !slices.ContainsFunc(topLevel, func(p string) bool { ok, _ := path.Match(p, n); return ok }) {
			out = append(out, n)
		}
	}
	return out
}

func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	for _, n := range stray(names) {
		t.Errorf("%s does not belong in the root", n)
	}
	if got := stray([]string{"go.mod", "README.zh-CN.md", "util", "main.go"}); !slices.Equal(got, []string{"util", "main.go"}) {
		t.Errorf("planted strays: %q", got)
	}
}
