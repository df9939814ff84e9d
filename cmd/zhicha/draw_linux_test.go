package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhicha/inspect/rehearsal"
)

// eve is a province's campaign on the eve of its draw, made by the command itself.
func eve(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "c")
	small, err := filepath.Abs("testdata/small.csv")
	check(t, err)
	const early, late = "2023-01-03T09:00:00+08:00", "2023-01-05T21:30:00+08:00"
	zhicha(t, "init", "--demo", dir)
	config := filepath.Join(dir, "config.yaml")
	data, err := os.ReadFile(config)
	check(t, err)
	data = []byte(strings.NewReplacer(`plan_no: ""`, `plan_no: "演示数据〔1〕号"`, `approver: ""`, `approver: "演示数据"`, `approved_on: ""`, `approved_on: "2023-01-01"`, "level: national  ", "level: province  ", `area: "" `, `area: "64" `,
		"counties: 6 ", "counties: 2 ", "townships: 2 ", "townships: 1 ", "overlap_percent: 10", "overlap_percent: 0").Replace(string(data)))
	check(t, os.WriteFile(config, data, 0o600))
	for _, p := range []string{"draw-1 --role drawer", "witness-1 --role witness", "witness-2 --role witness", "review-1 --role reviewer", "custody-1 --role custodian --body office",
		"custody-2 --role custodian --body discipline"} {
		zhicha(t, append([]string{"--dir", dir, "person", "new"}, strings.Fields(p)...)...)
	}
	zhicha(t, "--dir", dir, "frame", "import", small, "--as", "draw-1")
	zhicha(t, "--dir", dir, "frame", "freeze", "--as", "draw-1", "--now", early)
	book, err := roster([]byte("insp-1a,1,,third_party,woman,\ninsp-1b,1,,third_party,man,\ninsp-2a,2,,national,woman,\ninsp-2b,2,,national,man,\n"))
	check(t, err)
	teams := filepath.Join(t.TempDir(), "teams.xlsx")
	check(t, os.WriteFile(teams, book, 0o600))
	zhicha(t, "--dir", dir, "roster", "import", teams, "--as", "draw-1")
	parties := []string{"office", "discipline", "evaluator"}
	for _, p := range parties {
		zhicha(t, "--dir", dir, "plan", "party", "new", p)
		zhicha(t, "--dir", dir, "plan", "party", "add", "--as", "draw-1", filepath.Join(dir, "secrets/wave-1-"+p+".party.json"))
	}
	zhicha(t, "--dir", dir, "plan", "commit", "--as", "draw-1", "--now", early)
	for _, p := range parties {
		brought := filepath.Join(dir, "ceremony")
		zhicha(t, "plan", "party", "sign", "--record", filepath.Join(brought, "commit-1.json"), "--secret", filepath.Join(dir, "secrets/wave-1-"+p+".secret"), "--out", brought)
		zhicha(t, "plan", "party", "share", "--record", filepath.Join(brought, "commit-1.json"), "--secret", filepath.Join(dir, "secrets/wave-1-"+p+".secret"), "--out", filepath.Join(dir, "secrets"))
		zhicha(t, "--dir", dir, "plan", "party", "add", "--as", "draw-1", "--now", early, filepath.Join(brought, "wave-1-"+p+".signature"), filepath.Join(brought, "deposit-1-"+p+".discipline+office.age"))
	}
	for _, w := range []string{"witness-1", "witness-2"} {
		zhicha(t, "--dir", dir, "plan", "beacon", "ssq/2023003/08-17-19-23-26-28/05", "--as", w, "--now", late)
	}
	return dir
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func zhicha(t *testing.T, args ...string) []byte {
	t.Helper()
	out, err := exec.Command("zhicha", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("zhicha %q: %v\n%s", args, err, out)
	}
	return out
}

// drawing is the command that draws, with a folder of its own for temporary files.
func drawing(dir, tmp string, before ...string) *exec.Cmd {
	args := append(before, "zhicha", "--dir", dir, "--json", "plan", "draw", "--as", "draw-1", "--now", "2023-01-05T21:30:00+08:00")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp)
	return cmd
}

// afterwards holds a folder in which a draw was cut short against the law of secrecy, repeats the
// draw and compares. told is what the plan tells of.
func afterwards(t *testing.T, what, dir, tmp, plan string, told []string) {
	t.Helper()
	tellsNothing(t, what, dir, told)
	tellsNothing(t, what, tmp, told)
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("%s: TMPDIR holds %v, %v", what, left, err)
	}
	out, err := drawing(dir, tmp).Output()
	if made := bytes.Contains(out, []byte(`"rule":"plan.drawn"`)); err != nil && !made {
		t.Errorf("%s: the repeated draw: %v %s", what, err, out)
	}
	var entries []struct {
		Kind string
		Body struct{ Plan string }
	}
	check(t, json.Unmarshal(zhicha(t, "--dir", dir, "--json", "ledger", "show"), &entries))
	drawn := 0
	for _, e := range entries {
		if e.Kind == "drawn" {
			if drawn++; e.Body.Plan != plan {
				t.Errorf("%s: drew %s, want %s", what, e.Body.Plan, plan)
			}
		}
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*/.new-*"))
	secrets, _ := filepath.Glob(filepath.Join(dir, "secrets/*.secret*"))
	brought, _ := filepath.Glob(filepath.Join(dir, "secrets/shares-*"))
	secrets = append(secrets, brought...)
	if drawn != 1 || len(left)+len(secrets) > 0 {
		t.Errorf("%s: %d draws noted, left behind: %v %v", what, drawn, left, secrets)
	}
	// what is sealed opens, in whatever state the first attempt left it
	zhicha(t, "--dir", dir, "packet", "make", "--format", "workbook", "--as", "draw-1", "--now", "2023-01-06T20:00:00+08:00",
		"--key", filepath.Join(dir, "secrets/custody-1.key"), "--key", filepath.Join(dir, "secrets/custody-2.key"))
}

func tellsNothing(t *testing.T, what, dir string, told []string) {
	t.Helper()
	check(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, text := range told {
			if bytes.Contains(data, []byte(text)) {
				t.Errorf("%s: %s tells of %s", what, path, text)
			}
		}
		return err
	}))
}

// reference draws in a copy of dir and returns the plan's digest, what the plan tells of, and how
// long the draw took.
func reference(t *testing.T, dir string) (plan string, told []string, took time.Duration) {
	t.Helper()
	whole := filepath.Join(t.TempDir(), "whole")
	check(t, rehearsal.CopyFolder(whole, dir))
	began := time.Now()
	out, err := drawing(whole, t.TempDir()).Output()
	took = time.Since(began)
	var drawn struct{ Plan string }
	check(t, err)
	check(t, json.Unmarshal(out, &drawn))
	keys := filepath.Join(whole, "secrets/custody-1.key") + "," + filepath.Join(whole, "secrets/custody-2.key")
	zhicha(t, "--dir", whole, "packet", "make", "--as", "draw-1", "--now", "2023-01-06T20:00:00+08:00", "--format", "workbook", "--key", keys)
	zhicha(t, "--dir", whole, "packet", "open", "--as", "draw-1", "--now", "2023-01-20T08:00:00+08:00", "--key", keys)
	var visits []struct{ ID string }
	check(t, json.Unmarshal(zhicha(t, "--dir", whole, "--json", "visit", "list"), &visits))
	for _, listed := range visits {
		var shown struct {
			Visit struct {
				Unit   string
				Places struct{ County, Township, Village string }
				Order  []int
			}
		}
		check(t, json.Unmarshal(zhicha(t, "--dir", whole, "--json", "visit", "show", listed.ID, "--places", "--as", "review-1"), &shown))
		v := shown.Visit
		told = append(told, v.Unit)
		for _, name := range []string{v.Places.County, v.Places.Township, v.Places.Village} {
			if len(name) >= 9 {
				told = append(told, name)
			}
		}
		if len(v.Order) > 3 {
			told = append(told, fmt.Sprintf("%d,%d,%d,%d", v.Order[0], v.Order[1], v.Order[2], v.Order[3]))
		}
	}
	if len(told) < 10 {
		t.Fatalf("the plan tells of %v only", told)
	}
	return drawn.Plan, told, took
}

// A draw killed at any moment leaves nothing that tells of it, and is repeated.
func TestDrawKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes a province's draw twenty times")
	}
	dir := eve(t)
	plan, told, took := reference(t, dir)
	random := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	killed := 0
	for i := range 8 {
		c, tmp := filepath.Join(t.TempDir(), "c"), t.TempDir()
		check(t, rehearsal.CopyFolder(c, dir))
		cmd := drawing(c, tmp)
		check(t, cmd.Start())
		at := time.Duration(float64(took) * (float64(i) + random.Float64()) / 8)
		time.AfterFunc(at, func() { cmd.Process.Kill() })
		if err := cmd.Wait(); err != nil {
			killed++
		}
		afterwards(t, fmt.Sprintf("killed after %v of %v", at, took), c, tmp, plan, told)
	}
	if killed == 0 {
		t.Error("every draw was over before it could be killed")
	}
}

// A disk that is full midway leaves nothing either, and the message tells of a file and no place.
func TestDrawOnFullDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes a province's draw ten times")
	}
	dir := eve(t)
	plan, told, _ := reference(t, dir)
	failed := 0
	for _, blocks := range []int{0, 64, 128, 100000} { // of at least 512 bytes: nothing, part of an envelope, all
		c, tmp := filepath.Join(t.TempDir(), "c"), t.TempDir()
		check(t, rehearsal.CopyFolder(c, dir))
		what := fmt.Sprintf("with %d blocks", blocks)
		out, err := drawing(c, tmp, "sh", "-c", fmt.Sprintf(`ulimit -f %d; exec "$@"`, blocks), "sh").Output()
		if err != nil {
			failed++
		}
		for _, text := range told {
			if bytes.Contains(out, []byte(text)) {
				t.Errorf("%s: the message tells of %s: %s", what, text, out)
			}
		}
		afterwards(t, what, c, tmp, plan, told)
	}
	if failed < 2 || failed == 4 {
		t.Errorf("%d of 4 draws failed", failed)
	}
}
