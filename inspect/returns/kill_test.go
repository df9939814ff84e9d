package returns_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/store"
)

var (
	kills       = flag.Int("kills", 8, "how often TestKilledIntake kills the command")
	killReturns = flag.Int("kill-returns", 24, "over how many returns")
)

// buildFlags are those of the command: it is built with the race detector where the tests are.
var buildFlags = []string{"build"}

// command is the real command, built once.
var command = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "zhicha-kill-")
	if err != nil {
		return "", err
	}
	exe := filepath.Join(dir, "zhicha")
	out, err := exec.Command("go", append(buildFlags, "-o", exe, "zhicha/cmd/zhicha")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return exe, nil
})

// drop is a campaign whose teams have handed in a file each: every third from the form, with photos,
// the rest workbooks.
func drop(t *testing.T, n int) (fresh, returns string) {
	t.Helper()
	plan := rehearsal.FieldPlan(n)
	fresh, returns = filepath.Join(t.TempDir(), "c"), t.TempDir()
	c := rehearsal.FieldworkIn(t, fresh, plan, rehearsal.Env())
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	err := campaign.InParallel(t.Context(), n, func(i int) error {
		leg := i + 1
		if leg%3 == 0 {
			data := rehearsal.NewFormReturn(t, plan, leg, rehearsal.Picture(t, leg), rehearsal.Picture(t, -leg)).Sealed(t)
			return os.WriteFile(filepath.Join(returns, fmt.Sprintf("R-%03d.zhicha", leg)), data, 0o600)
		}
		path := filepath.Join(returns, fmt.Sprintf("P-%03d.xlsx", leg))
		rehearsal.FieldPacket(t, path, plan, leg)
		rehearsal.FieldFill(t, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return fresh, returns
}

// intakeCommand is the command over the returns.
func intakeCommand(ctx context.Context, exe, dir, returns string) *exec.Cmd {
	return exec.CommandContext(ctx, exe, "--dir", dir, "--json", "intake", "--as", "draw-1", "--now", "2023-03-01T09:00:00+08:00", returns)
}

// acknowledged is what the command printed of a file.
type acknowledged struct {
	File     string         `json:"file"`
	Repeated bool           `json:"repeated"`
	Visits   map[string]int `json:"visits"`
	Problems []any          `json:"problems"`
}

// outcome is everything a campaign holds after intake that a repetition must not change: the times of
// the clock are the same in every run here.
type outcome struct {
	Visits   []inspect.StandingVisit
	History  map[string][]inspect.Version
	Findings []inspect.Finding
	Entries  []string
	Evidence map[string]inspect.Digest
}

func outcomeOf(t *testing.T, dir string) outcome {
	t.Helper()
	c, err := campaign.Open(t.Context(), dir, rehearsal.Env())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	o := outcome{History: map[string][]inspect.Version{}, Evidence: map[string]inspect.Digest{}}
	err = c.View(t.Context(), func(tx *store.Tx) (err error) {
		if o.Visits, err = tx.Visits(1); err != nil {
			return err
		}
		for _, v := range o.Visits {
			if o.History[v.ID], err = tx.History(v.ID); err != nil {
				return err
			}
		}
		if o.Findings, err = tx.Findings(1); err != nil {
			return err
		}
		entries, err := tx.Entries()
		for _, e := range entries {
			o.Entries = append(o.Entries, e.Kind+" "+string(e.Body))
		}
		return err
	})
	err = errors.Join(err, filepath.WalkDir(c.Path(campaign.EvidenceDir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		var digest inspect.Digest
		if err := digest.UnmarshalText([]byte(d.Name())); err != nil {
			return nil // cut off before it had its name
		}
		data, err := rehearsal.Evidence(t, c, "review-1", digest)
		o.Evidence[d.Name()] = inspect.DigestOf(data)
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// checkAcknowledged holds the campaign to what the command has printed so far.
func checkAcknowledged(t *testing.T, dir string, acked map[string]acknowledged) {
	t.Helper()
	o := outcomeOf(t, dir)
	filed := map[int]int{}
	for _, v := range o.Visits {
		if v.Report != nil {
			filed[v.Leg]++
		}
		if n := len(o.History[v.ID]); n > 1 {
			t.Fatalf("visit %s was counted %d times", v.ID, n)
		}
	}
	for file, a := range acked {
		var leg int
		fmt.Sscanf(filepath.Base(file)[2:], "%d", &leg)
		if filed[leg] < a.Visits["accepted"] {
			t.Fatalf("%s was acknowledged with %d reports, and %d are there", file, a.Visits["accepted"], filed[leg])
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := inspect.DigestOf(data); o.Evidence[d.String()] != d {
			t.Fatalf("%s was acknowledged, and its evidence is not there whole", file)
		}
	}
}

// runKilled runs the command and kills it a random while after it has taken in so many files anew; it
// returns what was printed, and whether the command had finished before.
func runKilled(t *testing.T, cmd *exec.Cmd, after int, wait time.Duration, acked map[string]acknowledged) (done bool) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	kill := func() { time.AfterFunc(wait, func() { cmd.Process.Kill() }) }
	if after == 0 {
		kill()
	}
	lines, fresh := bufio.NewReader(out), 0
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // a line without its end was not printed yet
		}
		var a acknowledged
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if a.File == "" || a.Repeated {
			continue
		}
		if len(a.Problems) > 0 {
			t.Fatalf("%s: %v", a.File, a.Problems)
		}
		acked[a.File] = a
		if fresh++; fresh == after {
			kill()
		}
	}
	return cmd.Wait() == nil
}

// The command is killed again and again, at any moment of its work. What it had acknowledged is there,
// nothing is there twice, and in the end the campaign is the one that an undisturbed run gives.
func TestKilledIntake(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the command and kills it many times")
	}
	exe, err := command()
	if err != nil {
		t.Fatal(err)
	}
	fresh, returns := drop(t, *killReturns)
	whole, killed := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "killed")
	for _, dir := range []string{whole, killed} {
		if err := rehearsal.CopyFolder(dir, fresh); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	if out, err := intakeCommand(t.Context(), exe, whole, returns).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	perFile := time.Since(began) / time.Duration(*killReturns)
	r := rand.New(rand.NewPCG(1, uint64(*kills)))
	acked := map[string]acknowledged{}
	hit, cut := 0, 0
	for range *kills {
		// before the first file, or after a few: so few that the returns last for all the kills
		after := r.IntN(1 + 2**killReturns/(*kills+1))
		if runKilled(t, intakeCommand(t.Context(), exe, killed, returns), after, time.Duration(r.Int64N(int64(2*perFile)+1)), acked) {
			continue
		}
		hit++
		if left, _ := filepath.Glob(filepath.Join(killed, campaign.EvidenceDir, "*", ".new-*")); len(left) > 0 {
			cut++
		}
		checkAcknowledged(t, killed, acked)
	}
	if hit < *kills/2 {
		t.Errorf("only %d of %d kills found the command at work", hit, *kills)
	}
	before := len(acked)
	if out, err := intakeCommand(t.Context(), exe, killed, returns).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%d returns, %s a file undisturbed; %d kills, %d at work, %d left a file half written; %d files acknowledged before the last run", *killReturns, perFile.Round(time.Millisecond), *kills, hit, cut, before)
	if diff := cmp.Diff(outcomeOf(t, whole), outcomeOf(t, killed)); diff != "" {
		t.Errorf("the campaign differs from an undisturbed one:\n%s", diff)
	}
}

// Two intakes over one folder at once give what one gives.
func TestTwoIntakesAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the command")
	}
	exe, err := command()
	if err != nil {
		t.Fatal(err)
	}
	fresh, returns := drop(t, 18)
	whole := filepath.Join(t.TempDir(), "whole")
	if err := rehearsal.CopyFolder(whole, fresh); err != nil {
		t.Fatal(err)
	}
	if out, err := intakeCommand(t.Context(), exe, whole, returns).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if out, err := intakeCommand(t.Context(), exe, fresh, returns).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	wg.Wait()
	one, several := outcomeOf(t, whole), outcomeOf(t, fresh)
	if strings.Join(one.Entries, "\n") == "" || len(one.Evidence) == 0 {
		t.Fatal("nothing was taken in")
	}
	byText := cmp.Transformer("sorted", func(s []string) map[string]int { // their order is that of the race
		out := map[string]int{}
		for _, e := range s {
			out[e]++
		}
		return out
	})
	if diff := cmp.Diff(one.Entries, several.Entries, byText); diff != "" {
		t.Error(diff)
	}
	one.Entries, several.Entries = nil, nil
	if diff := cmp.Diff(one, several); diff != "" {
		t.Errorf("the campaign differs from one with a single intake:\n%s", diff)
	}
}
