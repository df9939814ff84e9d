package ceremony_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/field"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/status"
	"zhicha/inspect/store"
)

// committed is an office on the eve of its draw, with custodians of three bodies: three envelopes
// and a sheet are written. Its database is at rest.
func committedOffice(t *testing.T, seed byte) *rehearsal.Office {
	t.Helper()
	o := rehearsal.NewOffice(t, seed)
	o.Appoint("custody-3", "custodian", "evaluation")
	o.Commit(1)
	o.OK(o.Close())
	return o
}

// telling is everything below the nation that a plan tells of, as it would stand in the clear.
func telling(plan *inspect.Plan) (out []string) {
	for _, v := range plan.Visits {
		out = append(out, v.Unit)
		for _, name := range []string{v.Places.County, v.Places.Township, v.Places.Village} {
			if len(name) >= 9 { // shorter ones are words too
				out = append(out, name)
			}
		}
		if len(v.Order) > 0 {
			out = append(out, strings.Trim(fmt.Sprint(v.Order[:3]), "[]"), strings.ReplaceAll(strings.Trim(fmt.Sprint(v.Order[:3]), "[]"), " ", ","))
		}
	}
	return append(out, `"visits"`, `"reserves"`)
}

// tellsNothing checks that nothing of the plan stands in the clear below dir, and that nothing is
// half-written. The frame's own table is packed, and the committed files hold no unit.
func tellsNothing(t *testing.T, what, dir string, told []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if strings.HasPrefix(d.Name(), ".new-") {
			t.Errorf("%s: %s was left", what, path)
		}
		data, err := os.ReadFile(path)
		for _, text := range told {
			if bytes.Contains(data, []byte(text)) {
				t.Errorf("%s: %s tells of %s", what, path, text)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// obstacles are what can stop a draw at each of its writes: with the file that is in the way, or
// the change of the database that fails. clear takes it away again.
var obstacles = []struct {
	name, rule string
	path       string // becomes a folder that nothing can replace
	sql        string
}{
	{"the first envelope", "campaign.write", "sealed/plan-1.discipline+evaluation.age", ""},
	{"the second envelope", "campaign.write", "sealed/plan-1.discipline+office.age", ""},
	{"the third envelope", "campaign.write", "sealed/plan-1.evaluation+office.age", ""},
	{"the note of the draw", "", "", "CREATE TRIGGER stop BEFORE UPDATE OF drawn ON wave BEGIN SELECT RAISE(ABORT, 'disk full'); END"},
	{"the entry", "", "", "CREATE TRIGGER stop BEFORE INSERT ON entry BEGIN SELECT RAISE(ABORT, 'disk full'); END"},
	{"the sheet", "campaign.write", "ceremony/draw-1.html", ""},
	{"the secrets' removal", "plan.secrets-left", "secrets/wave-1-evaluator.secret.html", ""},
}

// A draw stopped at any of its writes tells nothing in the folder, beside it or in its message;
// repeated, it gives the same plan and leaves no secret behind.
func TestDrawFailsAtEveryWrite(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes the draw of a province two dozen times")
	}
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	said := map[string][]string{}
	seeds := []byte{30, 31}
	for _, seed := range seeds {
		o := committedOffice(t, seed)
		whole := o.Copied(t)
		want, err := ceremony.Draw(t.Context(), whole.Campaign, whole.Who("draw-1"), 1, campaign.Custody{})
		o.OK(err)
		plan, err := field.OpenPlan(t.Context(), whole.Campaign, 1, o.Keys())
		o.OK(err)
		told := telling(plan)
		for _, x := range obstacles {
			c := o.Copied(t)
			remove := obstruct(c, x.path, x.sql)
			_, err := ceremony.Draw(t.Context(), c.Campaign, c.Who("draw-1"), 1, campaign.Custody{})
			if ps := inspect.ProblemsOf(err); err == nil || x.rule != "" && (len(ps) != 1 || ps[0].Rule != x.rule) {
				t.Fatalf("%s: %v", x.name, err)
			}
			said[x.name] = append(said[x.name], strings.ReplaceAll(err.Error(), c.Dir, ""))
			for _, text := range told {
				if strings.Contains(err.Error(), text) {
					t.Errorf("%s: the message tells of %s: %v", x.name, text, err)
				}
			}
			tellsNothing(t, x.name, c.Dir, told)
			if seed != seeds[0] { // a second set of secrets is there to compare the messages
				continue
			}
			remove()
			again(c, t, x.name, want)
			tellsNothing(t, x.name+", repeated", c.Dir, told)
			if left, err := ceremony.SecretsLeft(c.Campaign, 1); err != nil || len(left) > 0 {
				t.Errorf("%s: secrets %v, %v", x.name, left, err)
			}
		}
	}
	tellsNothing(t, "TMPDIR", tmp, nil)
	for what, messages := range said {
		if len(messages) != 2 || messages[0] != messages[1] {
			t.Errorf("%s: the message depends on the secrets: %q", what, messages)
		}
	}
}

// obstruct puts something in the draw's way.
func obstruct(o *rehearsal.Office, path, sql string) (remove func()) {
	o.T.Helper()
	if sql != "" {
		o.SQL(sql)
		return func() { o.SQL("DROP TRIGGER stop") }
	}
	path = o.Path(path)
	kept, err := os.ReadFile(path)
	there := err == nil
	o.OK(os.RemoveAll(path))
	o.OK(os.MkdirAll(filepath.Join(path, "in the way"), 0o700))
	return func() {
		o.OK(os.RemoveAll(path))
		if there {
			o.OK(os.WriteFile(path, kept, 0o600))
		}
	}
}

// again repeats the draw. One that had come to its end was made: it says so, and cleans up.
func again(o *rehearsal.Office, t *testing.T, what string, want *ceremony.Drawn) {
	t.Helper()
	drawn := false
	o.Tx(func(tx *store.Tx) error {
		st, _, err := tx.Wave(1)
		drawn = !st.Drawn.IsZero()
		return err
	})
	got, err := ceremony.Draw(t.Context(), o.Campaign, o.Who("draw-1"), 1, campaign.Custody{})
	switch {
	case drawn && rehearsal.RuleOf(err) != "plan.drawn":
		t.Errorf("%s: a second draw: %v", what, err)
	case !drawn && (err != nil || got.Plan != want.Plan):
		t.Errorf("%s: drew %+v, want %s: %v", what, got, want.Plan, err)
	}
	plan, err := field.OpenPlan(t.Context(), o.Campaign, 1, o.Keys())
	if err != nil || len(plan.Legs) != want.Legs+want.Overlap {
		t.Errorf("%s: what is sealed does not open: %v", what, err)
	}
	if n := len(o.Entries("drawn")); n != 1 {
		t.Errorf("%s: %d entries", what, n)
	}
}

// What a killed process had half written is gone after the repetition, and what it had sealed is
// written anew.
func TestDrawSweeps(t *testing.T) {
	t.Parallel()
	o := committedOffice(t, 32).Copied(t)
	half := []string{o.Path(campaign.SealedDir, ".new-1234"), o.Path(campaign.CeremonyDir, ".new-5678")}
	for _, name := range half {
		o.OK(os.WriteFile(name, []byte("half"), 0o600))
	}
	stale := o.Path(campaign.SealedDir, "plan-1.discipline+office.age")
	o.OK(os.WriteFile(stale, []byte("stale"), 0o600))
	_, err := ceremony.Draw(t.Context(), o.Campaign, o.Who("draw-1"), 1, campaign.Custody{})
	o.OK(err)
	for _, name := range half {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("%s is still there", name)
		}
	}
	if _, err := field.OpenPlan(t.Context(), o.Campaign, 1, o.Keys()); err != nil {
		t.Errorf("the stale envelope was kept: %v", err)
	}
}

// A party's secret has no place at an office that does not only play: with it whoever has the frame could draw
// the wave's plan, and sign what follows as that party.
func TestSecretAtTheOffice(t *testing.T) {
	t.Parallel()
	o := committedOffice(t, 34).Copied(t)
	before := o.Tree()
	o.Config.Campaign.Demo = false
	if _, err := ceremony.Draw(t.Context(), o.Campaign, o.Who("draw-1"), 1, o.Keys()); rehearsal.RuleOf(err) != "plan.secret-here" {
		t.Errorf("drawn beside a secret: %v", err)
	}
	if !maps.Equal(before, o.Tree()) {
		t.Error("something was left behind")
	}
	for _, name := range rehearsal.Must(filepath.Glob(o.Path(campaign.SecretsDir, "wave-1-*.secret*"))) {
		o.OK(os.Remove(name))
	}
	if _, err := ceremony.Draw(t.Context(), o.Campaign, o.Who("draw-1"), 1, campaign.Custody{}); err != nil {
		t.Errorf("with what the parties brought: %v", err)
	}
}

// Secrets that outlived their draw are told of, and go with the next call, which draws nothing.
func TestSecretsLeft(t *testing.T) {
	t.Parallel()
	o := committedOffice(t, 33).Copied(t)
	secret := o.Path(campaign.SecretsDir, ceremony.PartySharesFile(1, "office"))
	kept, err := os.ReadFile(secret)
	o.OK(err)
	_, err = ceremony.Draw(t.Context(), o.Campaign, o.Who("draw-1"), 1, campaign.Custody{})
	o.OK(err)
	o.OK(os.WriteFile(secret, kept, 0o600)) // as a kill between the commit and the removal leaves it
	s, err := status.Of(t.Context(), o.Campaign, 1)
	o.OK(err)
	if len(s.Wave.Secrets) != 1 || s.Wave.Secrets[0] != secret {
		t.Errorf("status tells of %v", s.Wave.Secrets)
	}
	if _, err := ceremony.Draw(t.Context(), o.Campaign, o.Who("draw-1"), 1, campaign.Custody{}); rehearsal.RuleOf(err) != "plan.drawn" {
		t.Errorf("drawn again: %v", err)
	}
	if _, err := os.Stat(secret); err == nil {
		t.Error("the secret is still there")
	}
}
