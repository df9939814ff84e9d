package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"index/suffixarray"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/demo"
	"zhicha/inspect/frame"
	"zhicha/inspect/status"
	"zhicha/site"
)

var update = flag.Bool("update", false, "write testdata/public.sha256 anew")

// TestDemo looks at what the demonstration leaves: to the byte what the same seed left before, on
// whatever machine.
func TestDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("it plays a whole campaign, which takes half a minute")
	}
	t.Parallel()
	if err := played.play(); err != nil {
		t.Fatal(err)
	}
	dir := played.dir
	t.Run("same bytes", func(t *testing.T) { sameBytes(t, filepath.Join(dir, "public")) })
	t.Run("steps", func(t *testing.T) { checkSteps(t, dir, played.steps) })
	t.Run("status", func(t *testing.T) { checkStatus(t, dir) })
	t.Run("site", func(t *testing.T) { checkSite(t, filepath.Join(dir, "public")) })
	t.Run("no leak", func(t *testing.T) { checkLeaks(t, dir) })
	t.Run("sealed", func(t *testing.T) { checkSealed(t, dir) })
	t.Run("other seed", func(t *testing.T) { checkOtherSeed(t, dir) })
	t.Run("refuses a full folder", func(t *testing.T) {
		if ps := inspect.ProblemsOf(demo.Run(t.Context(), demo.Options{Dir: dir, Seed: 1, Wall: time.Now})); len(ps) == 0 || ps[0].Rule != "campaign.not-empty" {
			t.Errorf("a second run in the same folder: %v", ps)
		}
	})
}

// read returns every file below dir by its path there.
func read(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		out[filepath.ToSlash(rel)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sameBytes compares what is published with the digests of the last time somebody looked at it. Where a
// change is meant to alter what is published, they are written anew: go test ./cmd/zhicha -run TestDemo -update. Where
// the same data gives other pages, site.Edition must be another too: verify would take a folder that was
// published before for an altered one.
func sameBytes(t *testing.T, public string) {
	const kept = "testdata/public.sha256"
	files := read(t, public)
	now := []string{"made by " + site.Edition}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		now = append(now, inspect.DigestOf(files[name]).String()+"  "+name)
	}
	if data, err := os.ReadFile(kept); err == nil {
		before := strings.Split(strings.TrimSpace(string(data)), "\n")
		same := func(name string) bool {
			return slices.Contains(before, inspect.DigestOf(files[name]).String()+"  "+name)
		}
		if slices.Contains(before, now[0]) && same(site.PublicData) && !same("manifest.json") {
			t.Error("the same data gives other pages: count site.Edition up")
		}
	}
	if *update {
		if err := os.WriteFile(kept, []byte(strings.Join(now, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	before := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(before) < 100 {
		t.Fatalf("%s lists %d files", kept, len(before))
	}
	for _, line := range now {
		if !slices.Contains(before, line) {
			t.Errorf("not as before: %s", line)
		}
	}
	if len(now) != len(before) {
		t.Errorf("%d files, before %d", len(now), len(before))
	}
}

// Every step names what it left, and it is there; the mistakes made on purpose are refused.
func checkSteps(t *testing.T, dir string, told []byte) {
	refused := map[string]string{}
	for line := range bytes.Lines(told) {
		var s struct {
			Step    string
			Left    []string
			Refused []struct{ Rule string }
		}
		if err := json.Unmarshal(line, &s); err != nil {
			t.Fatal(err)
		}
		for _, left := range s.Left {
			if found, err := filepath.Glob(filepath.Join(dir, left)); err != nil || len(found) == 0 {
				t.Errorf("step %s says it left %s: %v", s.Step, left, err)
			}
		}
		for _, p := range s.Refused {
			refused[p.Rule] = s.Step
		}
	}
	for rule, step := range map[string]string{
		"checklist.sections-sum": "checklist", "draw.beacon-differs": "beacon", "plan.drawn": "redraw", "release.personal": "documents",
		"workbook.damaged": "intake", "workbook.not-xlsx": "intake",
	} {
		if refused[rule] != step {
			t.Errorf("%s was refused in step %q, want %q", rule, refused[rule], step)
		}
	}
}

func open(t *testing.T, dir string) *campaign.Campaign {
	t.Helper()
	c, err := campaign.Open(t.Context(), dir, campaign.Env{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func checkStatus(t *testing.T, dir string) {
	s, err := status.Of(t.Context(), open(t, dir), 1)
	if err != nil {
		t.Fatal(err)
	}
	r := s.Frame.Rows
	for what, ok := range map[string]bool{
		"frozen":     s.Frame.Frozen && s.Frame.Digest != inspect.Digest{},
		"provinces":  r.Provinces == 31,
		"rows":       r.Counties > 2900 && r.Townships > 40000 && r.Villages > 600000 && r.Institutions == r.Counties && r.Prefectures > 330,
		"legs":       s.Legs.All > 192 && s.Legs.Done == s.Legs.All,
		"visits":     s.Visits.Planned > 2300 && s.Visits.Approved == s.Visits.Filed && s.Visits.Filed == s.Visits.Planned-1 && s.Visits.Held == 0,
		"returns":    s.Returns >= s.Legs.All,
		"reports":    s.Reports == s.Visits.Filed,
		"findings":   s.Findings > 1000,
		"documents":  s.Documents.Done == 3 && s.Documents.All == 3,
		"published":  s.Published && s.Next == "done",
		"ceremony":   s.Wave.Committed != nil && s.Wave.Drawn != nil && s.Wave.Opened != nil && s.Wave.Parties.Done == 3,
		"not before": s.Wave.Committed.Before(s.Wave.BeaconAt) && !s.Wave.Drawn.Before(s.Wave.BeaconAt) && s.Wave.Opened.After(*s.Wave.Drawn),
	} {
		if !ok {
			t.Errorf("%s: %+v", what, s)
		}
	}
	var m map[string]any
	raw, err := json.Marshal(s)
	if err := errors.Join(err, json.Unmarshal(raw, &m)); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"wave", "frame", "legs", "visits", "returns", "reports", "findings", "published"} {
		if _, ok := m[key]; !ok {
			t.Errorf("status has no %q", key)
		}
	}
}

// The site passes its own check, and every page says that it is made up.
func checkSite(t *testing.T, public string) {
	var files []site.File
	pages := 0
	for path, data := range read(t, public) {
		if path == "log" || strings.HasPrefix(path, "log/") {
			continue // the ledger's tiles are checked by verification
		}
		files = append(files, site.File{Path: path, Data: data})
		if strings.HasSuffix(path, ".html") {
			pages++
			if !strings.Contains(string(data), "<strong>演示数据</strong>") {
				t.Errorf("%s does not say 演示数据", path)
			}
		}
	}
	for _, p := range site.Check(files) {
		t.Error(p)
	}
	for _, r := range inspect.Regions {
		if !slices.ContainsFunc(files, func(f site.File) bool { return f.Path == "regions/"+r.Code+".html" }) {
			t.Errorf("no page for %s", r.Code)
		}
	}
	if pages < 50 {
		t.Errorf("only %d pages", pages)
	}
}

// No name or code of anything drawn below county stands anywhere in what is published, whatever
// the file, workbooks unpacked.
func checkLeaks(t *testing.T, dir string) {
	visits, err := open(t, dir).Visits(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	secret := map[string]string{}
	add := func(s, id string) {
		if utf8.RuneCountInString(s) >= 3 {
			secret[s] = id
		}
	}
	for _, v := range visits {
		if v.Kind == inspect.CO {
			continue
		}
		add(v.Unit, v.ID)
		add(v.ID, v.ID)
		for _, name := range []string{v.Places.Township, v.Places.Village, v.Places.Name} {
			add(name, v.ID)
			add(stem(name), v.ID)
		}
	}
	if len(secret) < 3000 {
		t.Fatalf("only %d names and codes were drawn", len(secret))
	}
	published := unpacked(t, read(t, filepath.Join(dir, "public")))
	national, err := frame.National()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range national.Counties { // a township that is called like a county, or like a part of its name
		for name := range secret {
			if strings.Contains(c.Name, name) {
				delete(secret, name)
			}
		}
	}
	found := leaks(published, secret)
	for _, l := range found[:min(len(found), 20)] {
		t.Error(l)
	}
	for name, id := range secret { // the search finds what it looks for
		planted := map[string][]byte{"planted.html": []byte("<p>在" + name + "看到</p>")}
		if got := leaks(planted, map[string]string{name: id}); len(got) != 1 {
			t.Fatalf("planted %q: %q", name, got)
		}
		break
	}
}

// stem is a name without the ending that says what sort of place it is.
func stem(name string) string {
	for _, tail := range []string{"（演示数据）", "村民委员会", "居民委员会", "社区居委会", "村委会", "居委会", "社区", "街道办事处", "街道"} {
		if s, ok := strings.CutSuffix(name, tail); ok {
			return s
		}
	}
	return name
}

// leaks looks for every secret in every file. A name that is also a public word of the county
// level or above, and so part of a region's or an excluded county's name, is no leak.
func leaks(files map[string][]byte, secret map[string]string) []string {
	var public strings.Builder
	for _, r := range inspect.Regions {
		public.WriteString(r.NameZh + "\n" + r.Short + "\n")
	}
	in := holders(files)
	var out []string
	for name, id := range secret {
		if !strings.Contains(public.String(), name) {
			for _, path := range in(name) {
				out = append(out, path+" holds "+name+" of visit "+id)
			}
		}
	}
	slices.Sort(out)
	return out
}

// holders indexes files once, for thousands of names, and tells which of them hold one.
func holders(files map[string][]byte) func(name string) []string {
	paths := slices.Sorted(maps.Keys(files))
	var all []byte
	var ends []int
	for _, path := range paths {
		all = append(append(all, files[path]...), 0)
		ends = append(ends, len(all))
	}
	index := suffixarray.New(all)
	return func(name string) (out []string) {
		for _, at := range index.Lookup([]byte(name), -1) {
			i, exact := slices.BinarySearch(ends, at)
			if exact {
				i++
			}
			if !slices.Contains(out, paths[i]) {
				out = append(out, paths[i])
			}
		}
		return out
	}
}

// unpacked adds the parts of every workbook to the files.
func unpacked(t *testing.T, files map[string][]byte) map[string][]byte {
	t.Helper()
	books := 0
	for path, data := range files {
		if !strings.HasSuffix(path, ".xlsx") {
			continue
		}
		books++
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		delete(files, path)
		for _, part := range z.File {
			r, err := part.Open()
			if err != nil {
				t.Fatal(err)
			}
			raw, err := io.ReadAll(r)
			if err := errors.Join(err, r.Close()); err != nil {
				t.Fatal(err)
			}
			files[path+"!"+part.Name] = raw
		}
	}
	if books == 0 {
		t.Error("no workbook is published")
	}
	return files
}

// What is sealed and what is public early name no place.
func checkSealed(t *testing.T, dir string) {
	visits, err := open(t, dir).Visits(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, sub := range []string{"sealed", "ceremony"} {
		for name, data := range read(t, filepath.Join(dir, sub)) {
			files[sub+"/"+name] = data
		}
	}
	if len(files) < 8 {
		t.Fatalf("%d files", len(files))
	}
	in := holders(files)
	for _, v := range visits {
		if found := append(in(v.Unit), in(v.Places.Name)...); len(found) > 0 {
			t.Fatalf("%s holds the place of visit %s", found, v.ID)
		}
	}
}

// Another seed is another campaign: other secrets, so another commit, another beacon, another draw.
// It is enough to go as far as the draw.
func checkOtherSeed(t *testing.T, dir string) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	o := demo.Options{Dir: filepath.Join(t.TempDir(), "c"), Seed: 2, Wall: time.Now}
	o.Told = func(s demo.Step) {
		if s.ID == "draw" {
			stop()
		}
	}
	if err := demo.Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	one, err1 := status.Of(t.Context(), open(t, dir), 1)
	two, err2 := status.Of(t.Context(), open(t, o.Dir), 1)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if two.Wave.Drawn == nil || two.Wave.Opened != nil {
		t.Errorf("the second one stopped at %+v", two.Wave)
	}
	if one.Frame.Digest != two.Frame.Digest || one.Wave.Commit == two.Wave.Commit || one.Wave.Beacon == two.Wave.Beacon {
		t.Errorf("two seeds gave %+v and %+v", one.Wave, two.Wave)
	}
}
