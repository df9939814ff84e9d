package verify

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
	"zhicha/inspect/release"
	"zhicha/inspect/score"
	"zhicha/site"
)

var (
	worlds = flag.Int("worlds", 10, "how many random worlds both verifiers judge")
	seed   = flag.Uint64("seed", 1, "of the random worlds")
	every  = flag.Bool("every", false, "both verifiers judge every forgery besides")
)

// tables are all forgeries, by what they are about, and the scale of the worlds they bend.
var tables = []struct {
	about string
	scale scale
	lies  []forgery
	own   bool // they suit worlds of this scale alone
}{
	{"the draw", tiny, forgeries, false}, {"a beacon of the next issue", waited, bentPostponements, true}, {"counties that gave way", larger, bentChanges, true},
	{"people", tiny, bentPeople, false}, {"texts taken back", tiny, bentWithdrawals, false},
	{"audits", tiny, forgedAudits, false}, {"scores, texts and pages", tiny, bentScores, false},
}

// onlyRebuilding are the forgeries that show only when the site is made again: verify.py says that it has not checked.
var onlyRebuilding = []string{"a page rewritten", "a page added", "a workbook rewritten", "the feed rewritten"}

// told is a world as both verifiers get to see it.
type told struct {
	name   string
	folder fstest.MapFS
	blind  bool // what is wrong shows only when the site is made again
}

// random is a scale drawn at random.
func random(rng *rand.Rand) scale {
	s := scale{regions: 3 + rng.IntN(3), counties: 3 + rng.IntN(6), drawn: 2 + rng.IntN(5), overlap: 20 + 20*rng.IntN(2), xpcc: rng.IntN(2) == 0, wide: 50,
		rules: inspect.Rules{Confidence: 50 + rng.IntN(50), Variance: score.WithReplacement, Lonely: "certainty", MinCounties: 2 + rng.IntN(5), MinVisits: 1 + rng.IntN(30), MaxHalf: 1 + rng.IntN(60), SecondCoder: 10, MinCount: 10}}
	s.rules.Lonely = []string{"fail", "certainty", "centre", "average", "collapse"}[rng.IntN(5)]
	s.xpcc = s.xpcc && s.regions > 2 // 11 and 12 are those that are lied about
	if rng.IntN(3) == 0 {
		s.stratum, s.wide, s.drawn = "prefecture", 2+rng.IntN(3), 2
		s.rules.Lonely = []string{"certainty", "centre", "average", "collapse"}[rng.IntN(4)] // some have one county
	}
	s.postponed = rng.IntN(4) == 0
	uneven, bonus, red := rng.IntN(2) == 0, rng.IntN(3) == 0, rng.IntN(3) == 0
	lost := rng.IntN(40)
	s.found = func(in *score.Input) {
		if uneven { // some visits have no report, and one leg was excluded
			in.Visits = slices.Delete(in.Visits, lost%len(in.Visits), min(lost%len(in.Visits)+3, len(in.Visits)))
			v := in.Visits[0]
			in.Visits, in.Excluded = in.Visits[1:], append(in.Excluded, score.Unscored{Visit: v.ID, Region: v.Region, Reason: score.LegExcluded})
		}
		if bonus {
			in.Adjustments = map[string]score.Adjustment{}
			for _, c := range in.Counties {
				if _, other := in.Adjustments[c.Region]; len(in.Adjustments) < 2 && !other {
					in.Adjustments[c.Region] = score.Adjustment{Bonus: float64(2 * (1 - len(in.Adjustments))), Penalty: float64(4 * len(in.Adjustments))}
				}
			}
		}
		if red {
			in.RedLines = []score.RedLine{{Visit: in.Visits[len(in.Visits)-1].ID, Item: in.Checklist.Items[0].Code}}
		}
	}
	return s
}

// unread are the members of the public data that verify.py says it takes as they are: the checklist's names and
// limits, what the pages say of office and frame, and intervals and counts that rest on reports.
var unread = regexp.MustCompile(`^(campaign\.(titleZh|titleEn|notice|officeZh|officeEn|hotline|column|feedMax)|frame\.(rows|exclusions).*|checklist|` +
	`(regions\.)?(sections|items)\.(nameZh|nameEn|ref|questionZh|basis|basisRef|rule|kinds|methods|severity|redLine)|` +
	`regions\.(nameEn|short)|regions\.reply|method\.(bands\..*|bonusMax|penaltyMax|redLineCap))$`)

// bend changes one member of the public data, whichever, and makes the site and, if fit is set, the
// log's entry say the same. It returns the path of the member.
func (w *world) bend(rng *rand.Rand, fit bool) string {
	type leaf struct {
		of  any // map or list
		key any
	}
	raw, err := json.Marshal(w.public)
	if err != nil {
		w.t.Fatal(err)
	}
	for {
		var tree any
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		if err := d.Decode(&tree); err != nil {
			w.t.Fatal(err)
		}
		leaves := map[string][]leaf{}
		var walk func(path string, of, key, v any)
		walk = func(path string, of, key, v any) {
			switch v := v.(type) {
			case map[string]any:
				for k, x := range v {
					walk(strings.TrimPrefix(path+"."+k, "."), v, k, x)
				}
			case []any:
				for i, x := range v {
					walk(path, v, i, x)
				}
			case nil:
			default:
				leaves[path] = append(leaves[path], leaf{of, key})
			}
		}
		walk("", nil, nil, tree)
		paths := slices.Sorted(maps.Keys(leaves))
		path := paths[rng.IntN(len(paths))]
		slices.SortFunc(leaves[path], func(a, b leaf) int { return cmp.Compare(fmt.Sprint(a.key, a.of), fmt.Sprint(b.key, b.of)) })
		l := leaves[path][rng.IntN(len(leaves[path]))]
		bent := func(v any) any {
			switch v := v.(type) {
			case bool:
				return !v
			case json.Number:
				return json.Number(fmt.Sprint(1 + rng.IntN(90)))
			default:
				return []string{"x" + v.(string), "1" + v.(string), "2026-12-09", "2026-12-09T08:00:00+08:00", strings.Repeat("ab", 32), "7.125000"}[rng.IntN(6)]
			}
		}
		switch of := l.of.(type) {
		case map[string]any:
			of[l.key.(string)] = bent(of[l.key.(string)])
		case []any:
			of[l.key.(int)] = bent(of[l.key.(int)])
		}
		other, err := json.Marshal(tree)
		if err != nil {
			w.t.Fatal(err)
		}
		var p release.Public
		if json.Unmarshal(other, &p) != nil {
			continue // nothing that could be written
		}
		if written, err := json.Marshal(p); err != nil || bytes.Equal(written, raw) {
			continue
		}
		if _, err := site.Build(p, site.Options{}); err != nil {
			continue
		}
		if w.public = p; fit && path != "scores.salt" {
			w.find(ledger.ScoreFrozen).body = w.frozen(&p.Scores[len(p.Scores)-1])
		}
		return path
	}
}

// tell makes a world at random, and in two of three a lie about it.
func tell(t *testing.T, i int, rng *rand.Rand) told {
	s := random(rng)
	w := newWorld(t, s)
	out := told{name: fmt.Sprintf("world %d", i)}
	does := func(what string, of int, do func()) {
		if rng.IntN(of) == 0 {
			out.name += ", " + what
			do()
		}
	}
	if !s.postponed {
		does("a private frame", 4, w.hideFrame)
	}
	does("a county gave way", 4, func() {
		if slices.ContainsFunc(w.reserve, func(r inspect.Reserve) bool { return r.Kind == inspect.CO && r.Within == "12" && r.Order == 1 }) {
			w.substituted(1)
		}
	})
	does("audited", 3, func() {
		w.audits(50, func(s *ledger.Statement) {
			if w.index(ledger.LegSubstituted) >= 0 {
				s.Substitutions = 1
			}
		})
	})
	does("corrected", 3, w.correct)
	does("another edition", 6, func() { w.edition = "zhicha site 1" })
	lie := rng.IntN(5)
	if lie == 0 {
		path := w.bend(rng, rng.IntN(2) == 0)
		out.name, out.blind = out.name+", another "+path, unread.MatchString(path)
	}
	does("a lie", []int{1 << 30, 1, 1, 1 << 30}[min(lie, 3)], func() {
		table := tables[rng.IntN(len(tables))]
		f := table.lies[rng.IntN(len(table.lies))]
		if table.own { // asks for its own world
			w = newWorld(t, table.scale)
		}
		out.name += ": " + f.name
		out.blind = slices.Contains(onlyRebuilding, f.name)
		f.lie(w)
	})
	when := at(23, 10)
	does("a wave to come", 5, func() {
		w.second([]string{"2027-01-31", "2026-12-24"}[rng.IntN(2)], ledger.Drawn)
		when = at(26, 10)
	})
	out.folder = w.publishAt(when)
	return out
}

// second verifier, in plain Python, on several folders at once: what it says of each, in order.
func python(t *testing.T, all []told) []string {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("there is no python3 here: the second verifier cannot run")
	}
	root := t.TempDir()
	args := []string{"../draw/testdata/verify.py", "folder"}
	for i, x := range all {
		dir := filepath.Join(root, fmt.Sprint(i))
		for name, f := range x.folder {
			file := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, f.Data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		args = append(args, dir)
	}
	var errors bytes.Buffer
	cmd := exec.Command("python3", args...)
	cmd.Stderr = &errors
	out, err := cmd.Output() // 3 where any is unsound
	said := strings.Split(string(out), "FOLDER ")[1:]
	if len(said) != len(all) || errors.Len() > 0 {
		t.Fatalf("%d of %d folders judged: %v\n%s", len(said), len(all), err, errors.String())
	}
	return said
}

// compare lets both verifiers judge and names every folder on which they differ.
func compare(t *testing.T, all []told) {
	t.Helper()
	for i, said := range python(t, all) {
		x, other := all[i], strings.Contains(said, "VERDICT: everything checked above agrees")
		r := judge(t, x.folder, Options{})
		var failed []string
		for line := range strings.Lines(said) {
			if strings.HasPrefix(line, "FAIL") {
				failed = append(failed, line)
			}
		}
		switch {
		case x.blind && other && strings.Contains(said, "NOT checked: pages, workbook, feed"):
		case r.Verified != other:
			t.Errorf("%s: verify %v %v, verify.py %v\n%s", x.name, r.Verified, rules(r), other, strings.Join(failed, ""))
		default:
			t.Logf("%s: %v", x.name, other)
		}
	}
}

// Two programs, of which one was written from the texts alone, never differ about a folder.
func TestTwoVerifiersAgree(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(*seed, 7))
	var all []told
	for i := range *worlds {
		all = append(all, tell(t, i, rng))
	}
	for _, x := range editions(t) {
		all = append(all, told{x.name, x.world(t).publish(), false})
	}
	if *every {
		for _, table := range tables {
			for _, f := range table.lies {
				w := newWorld(t, table.scale)
				f.lie(w)
				all = append(all, told{f.name, w.publish(), slices.Contains(onlyRebuilding, f.name)})
			}
		}
	}
	compare(t, all)
}
