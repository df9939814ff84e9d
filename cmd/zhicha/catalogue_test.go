package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"zhicha/inspect"
	"zhicha/inspect/say"
	"zhicha/templates"
)

// catalogue reads every sentence of a language, and in which file it stands, or files.
func catalogue(t *testing.T, lang string) (texts, files map[string]string) {
	t.Helper()
	names, err := fs.Glob(templates.FS, "locale/*."+lang+".yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no catalogue for %s: %v", lang, err)
	}
	texts, files = map[string]string{}, map[string]string{}
	for _, name := range names {
		data, err := fs.ReadFile(templates.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]string
		if err := yaml.Unmarshal(data, &m); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for k, v := range m {
			texts[k], files[k] = v, strings.TrimSpace(files[k]+" "+name)
		}
	}
	return texts, files
}

var variable = regexp.MustCompile(`\{\{[^{}]*?\.([A-Z][A-Za-z0-9]*)`)

// variables are what a sentence puts in, sorted.
func variables(text string) []string {
	set := map[string]bool{}
	for _, m := range variable.FindAllStringSubmatch(text, -1) {
		set[m[1]] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// spoken are values that are text in one language themselves, so that only one of two sentences
// can put them in.
var spoken = []string{"Zh", "En", "Name"}

func unspoken(vars []string) []string {
	return slices.DeleteFunc(vars, func(v string) bool { return slices.Contains(spoken, v) })
}

// Both languages say the same things with the same values.
func TestCataloguesAgree(t *testing.T) {
	zh, zhFile := catalogue(t, "zh-CN")
	en, enFile := catalogue(t, "en")
	for _, k := range slices.Sorted(maps.Keys(zh)) {
		if _, ok := en[k]; !ok {
			t.Errorf("%s stands in %s and has no English", k, zhFile[k])
			continue
		}
		if a, b := unspoken(variables(zh[k])), unspoken(variables(en[k])); !slices.Equal(a, b) && !strings.HasSuffix(k, "-template") {
			t.Errorf("%s: zh-CN puts in %q, en %q", k, a, b)
		}
		if strings.TrimSpace(zh[k]) == "" || strings.TrimSpace(en[k]) == "" {
			t.Errorf("%s is empty", k)
		}
		if strings.Contains(zhFile[k], " ") {
			t.Errorf("%s stands in %s", k, zhFile[k])
		}
		if a, b := strings.ReplaceAll(zhFile[k], "zh-CN", "en"), enFile[k]; a != b {
			t.Errorf("%s stands in %s but in %s", k, zhFile[k], b)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(en)) {
		if _, ok := zh[k]; !ok {
			t.Errorf("%s stands in %s and has no Chinese", k, enFile[k])
		}
	}
}

// asked is a place in the source where a sentence is asked for.
type asked struct {
	at     string
	rule   bool            // a Problem's: it needs a way out too
	names  map[string]bool // of the values given
	closed bool            // every value is named here; none is added on the way
}

// saying are the functions that take the id of a sentence; all others that take one make Problems.
var saying = []string{"Text", "tell", "optional", "Lookup", "worded"}

// source walks every Go file of the module that is no test and collects the ids it asks for.
func source(t *testing.T) (ids map[string][]asked, prefixes map[string]bool) {
	t.Helper()
	zh, _ := catalogue(t, "zh-CN")
	room := map[string]bool{}
	for k := range zh {
		room[k[:strings.IndexByte(k+".", '.')]] = true
	}
	id := regexp.MustCompile(`^[a-z]+(\.[a-z0-9_-]+)+$`)
	prefix := regexp.MustCompile(`^[a-z]+\.([a-z.-]*[.-])?$`)
	ids, prefixes = map[string][]asked{}, map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".git") || d.Name() == "testdata" || d.Name() == "gen") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				callee := called(n)
				i := slices.IndexFunc(n.Args, func(a ast.Expr) bool {
					s, ok := literal(a)
					return ok && id.MatchString(s) && room[s[:strings.IndexByte(s, '.')]] && !slices.Contains(extensions, filepath.Ext(s))
				})
				if i < 0 || slices.Contains(notSaying, callee) {
					return true
				}
				s, _ := literal(n.Args[i])
				a := asked{at: set.Position(n.Pos()).String(), rule: !slices.Contains(saying, callee), names: map[string]bool{}, closed: n.Ellipsis == token.NoPos}
				a.closed = a.closed && (!a.rule || slices.Contains(direct, callee))
				if callee == "Fail" {
					a.names["Cause"] = true
				}
				for _, arg := range n.Args[i+1:] {
					if v, ok := literal(arg); ok {
						a.names[v] = true
					}
				}
				ids[s] = append(ids[s], a)
			case *ast.AssignStmt: // rule := "room.rule", told apart before it is raised
				for i, l := range n.Lhs {
					name, ok := l.(*ast.Ident)
					if !ok || i >= len(n.Rhs) || name.Name != "rule" && name.Name != "id" && name.Name != "verdict" {
						continue
					}
					if s, ok := literal(n.Rhs[i]); ok && id.MatchString(s) {
						ids[s] = append(ids[s], asked{at: set.Position(n.Pos()).String(), rule: name.Name == "rule"})
					}
				}
			case *ast.BinaryExpr:
				if s, ok := literal(n.X); ok && n.Op == token.ADD && prefix.MatchString(s) {
					prefixes[s] = true
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids, prefixes
}

// direct are the functions that make a Problem of what they are given and add nothing.
var direct = []string{"Reject", "Refuse", "Misuse", "Fail"}

// extensions tell the name of a file from an id.
var extensions = []string{".yaml", ".html", ".css", ".svg", ".md", ".csv", ".xlsx", ".db", ".txt"}

// notSaying take file names and fields, not sentences.
var notSaying = []string{"path", "Join", "Stat", "SetString", "field", "Path", "HasPrefix", "HasSuffix", "CutPrefix", "TrimPrefix"}

func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil
}

// Every id in the source has its sentence, every rule its way out, and every sentence gets the
// values it puts in.
func TestEveryIDIsWorded(t *testing.T) {
	ids, _ := source(t)
	rules := 0
	for _, lang := range []string{"zh-CN", "en"} {
		texts, _ := catalogue(t, lang)
		for _, id := range slices.Sorted(maps.Keys(ids)) {
			for _, a := range ids[id] {
				text, ok := texts[id]
				if !ok {
					t.Errorf("%s: %s has no sentence in %s", a.at, id, lang)
					continue
				}
				fix, ok := texts[id+".fix"]
				if a.rule && !ok && id != "command.failed" {
					t.Errorf("%s: %s has no way out in %s", a.at, id, lang)
				}
				if a.rule {
					rules++
				}
				for _, v := range variables(text + fix) {
					if a.closed && !a.names[v] {
						t.Errorf("%s: %s in %s puts in %s, which is not given", a.at, id, lang, v)
					}
				}
			}
		}
	}
	if rules < 300 {
		t.Errorf("only %d rules found: is the source still read?", rules)
	}
}

// Ids that are put together have a sentence for every value they can end with.
func TestEveryFamilyIsWorded(t *testing.T) {
	families := map[string][]string{
		"kind.":           kinds(),
		"team.":           {string(inspect.Provincial), string(inspect.ThirdParty), string(inspect.National)},
		"finding.kind.":   {string(inspect.ProblemFound), string(inspect.Hazard), string(inspect.Practice), string(inspect.Lead)},
		"finding.state.":  {string(inspect.FindingDraft), string(inspect.FindingSubmitted), string(inspect.FindingVerified), string(inspect.FindingDismissed)},
		"visit.state.":    quoted(t, "../../inspect/report.go", `VisitState = "([a-z]+)"`),
		"demo.":           append(quoted(t, "../../inspect/demo/demo.go", `\{"([a-z]+)", d\.`), "init", "begin", "end"),
		"status.next.":    quoted(t, "../../inspect/status/rules.go", `, "([a-z-]+)"\},\n`),
		"status.":         quoted(t, "status.go", `line\("([a-z-]+)"|\{"([a-z]+)", s\.`),
		"publish.":        quoted(t, "publish.go", `\{"([a-z]+)", func`),
		"intake.":         quoted(t, "../../inspect/intake/intake.go", `State += "([a-z]+)"`),
		"score.reason.":   quoted(t, "../../inspect/score/band.go", `[A-Z][A-Za-z]+ += "([a-z_-]+)"`),
		"score.unscored.": quoted(t, "../../inspect/score/score.go", `(?:Incomplete|NoRegister|NothingDue) += "([a-z_-]+)"`),
		"frame.note.":     quoted(t, "../../inspect/frame/national.go", `Reason += "([a-z_]+)"`),
	}
	for _, lang := range []string{"zh-CN", "en"} {
		texts, _ := catalogue(t, lang)
		for prefix, ends := range families {
			if len(ends) == 0 {
				t.Errorf("%s has no values: is the source still read?", prefix)
			}
			for _, e := range ends {
				if _, ok := texts[prefix+e]; !ok {
					t.Errorf("%s%s has no sentence in %s", prefix, e, lang)
				}
			}
		}
	}
}

func kinds() (out []string) {
	for _, k := range inspect.Kinds {
		out = append(out, string(k))
	}
	return out
}

// quoted returns what the groups of pattern match in a file of source.
func quoted(t *testing.T, file, pattern string) (out []string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(data), -1) {
		out = append(out, strings.Join(m[1:], ""))
	}
	return out
}

// Every command says in both languages what it does, and everything that can be run shows how.
func TestEveryCommandIsWorded(t *testing.T) {
	for _, lang := range []string{"zh-CN", "en"} {
		texts, _ := catalogue(t, lang)
		for id, cmd := range commands(t, lang) {
			if _, ok := texts[id]; !ok {
				t.Errorf("%s: %s has no sentence", lang, id)
			}
			if !cmd.HasSubCommands() && cmd.Example == "" {
				t.Errorf("%s: %s has no example", lang, id)
			}
			for _, line := range strings.Split(cmd.Example, "\n") {
				if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "zhicha ") {
					t.Errorf("%s: %s: the example %q does not begin with zhicha", lang, id, line)
				}
			}
		}
	}
}

// commands are the commands of the tree by the id of their sentence.
func commands(t *testing.T, lang string) map[string]*cobra.Command {
	t.Helper()
	say, err := say.New(lang)
	if err != nil {
		t.Fatal(err)
	}
	a := &app{lang: lang, say: say}
	out := map[string]*cobra.Command{}
	var walk func(c *cobra.Command, id string)
	walk = func(c *cobra.Command, id string) {
		out["command."+id] = c
		for _, sub := range c.Commands() {
			name := sub.Name()
			if _, own := say.Lookup("command."+name, nil); c.HasParent() && !(own && sub.HasSubCommands()) {
				name = c.Name() + "-" + name
			}
			walk(sub, name)
		}
	}
	walk(a.root(), "zhicha")
	return out
}

// Nothing in the command's own catalogues is left over.
func TestNoSentenceIsLeftOver(t *testing.T) {
	ids, prefixes := source(t)
	tree := commands(t, "en")
	texts, files := catalogue(t, "en")
	for _, k := range slices.Sorted(maps.Keys(texts)) {
		if f := filepath.Base(files[k]); f != "command.en.yaml" && f != "campaign.en.yaml" {
			continue
		}
		base := k
		for _, tail := range []string{".fix", ".long", ".example"} {
			base = strings.TrimSuffix(base, tail)
		}
		used := ids[base] != nil || tree[base] != nil || base == "command.failed" || base == "command.usage" // both put together
		for p := range prefixes {
			used = used || p != "command." && strings.HasPrefix(k, p)
		}
		if !used {
			t.Errorf("%s: %s is used nowhere", files[k], k)
		}
	}
}

// A sentence is never shown with a hole in it, whatever the language.
func TestProblemInWords(t *testing.T) {
	p := inspect.Reject("config.unknown-key", inspect.Place{File: "config.yaml", Line: 7, Field: "stratm"}, "Key", "stratm", "Nearest", "stratum")
	for lang, want := range map[string][3]string{
		"zh-CN": {"config.yaml，第 7 行，stratm：", "stratm", "stratum"},
		"en":    {"config.yaml, line 7, stratm: ", "stratm", "stratum"},
	} {
		say, err := say.New(lang)
		if err != nil {
			t.Fatal(err)
		}
		got := say.Problem(p)
		if got.At != want[0] || !strings.Contains(got.Message, want[1]) || !strings.Contains(got.WayOut, want[2]) || got.Class != 5 {
			t.Errorf("%s: %+v", lang, got)
		}
		if s := fmt.Sprint(say.Text("no.such-id", "N", 3)); !strings.Contains(s, "no.such-id") || !strings.Contains(s, "3") {
			t.Errorf("%s: an unknown id is shown as %q", lang, s)
		}
	}
	if _, err := say.New("fr"); err == nil {
		t.Error("a language without a catalogue was taken")
	}
}

// The roles the help names are the roles there are.
func TestRolesInHelp(t *testing.T) {
	for _, lang := range []string{"zh-CN", "en"} {
		texts, _ := catalogue(t, lang)
		for _, r := range inspect.Roles {
			if !strings.Contains(texts["flag.role"], r) && r != "inspector" {
				t.Errorf("%s: flag.role does not name %s", lang, r)
			}
		}
	}
}
