package campaign_test

import (
	"io/fs"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/store"
)

func accesses(t testing.TB, c *campaign.Campaign) []inspect.Access {
	t.Helper()
	return rehearsal.Must(campaign.View(t.Context(), c, (*store.Tx).Accesses))
}

// What somebody was shown is on record: who, by which key, what and when; what nobody was shown is not.
func TestAccessRecord(t *testing.T) {
	t.Parallel()
	c := holding(t)
	if n, head, err := headOf(t, c); n != 0 || head != (inspect.Digest{}) || err != nil {
		t.Errorf("at first: %d %s %v", n, head, err)
	}
	d := keep(t, c, []byte("kept"))
	for _, id := range []string{"review-1", "custody-1", "draw-1"} {
		rehearsal.Evidence(t, c, id, d)
	}
	if _, err := c.Grant(t.Context(), rehearsal.Who(c, "audit-1")); err != nil {
		t.Fatal(err)
	}
	for id, rule := range map[string]string{"score-1": "campaign.role", "": "campaign.as"} {
		if _, err := c.Accesses(t.Context(), rehearsal.Who(c, id), ""); rehearsal.RuleOf(err) != rule {
			t.Errorf("%q: %v", id, err)
		}
	}
	got, err := c.Accesses(t.Context(), rehearsal.Who(c, "draw-1"), "")
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	keys := map[string]bool{}
	for _, a := range got {
		said = append(said, a.Person+" "+a.Act+" "+a.Object)
		if keys[a.Key] = true; a.Key == "" || !a.Time.Equal(rehearsal.Start) {
			t.Errorf("%+v", a)
		}
	}
	want := []string{"review-1 evidence " + d.String(), "custody-1 evidence " + d.String(), "audit-1 access-grant review-1 audit-1 custody-1", "draw-1 access-list "}
	if !slices.Equal(said, want) || len(keys) != 4 {
		t.Errorf("%q by %d keys", said, len(keys))
	}
	if own, err := c.Accesses(t.Context(), rehearsal.Who(c, "custody-1"), "review-1"); err != nil || len(own) != 1 || own[0] != got[0] {
		t.Errorf("one person's: %+v, %v", own, err)
	}
	if n, head, err := headOf(t, c); n != 5 || head != accesses(t, c)[4].Hash || err != nil {
		t.Errorf("at last: %d %s %v", n, head, err)
	}
}

func headOf(t testing.TB, c *campaign.Campaign) (n int, head inspect.Digest, err error) {
	t.Helper()
	err = c.View(t.Context(), func(tx *store.Tx) (err error) { n, head, err = tx.AccessHead(); return err })
	return n, head, err
}

// Whoever changes, adds, moves or takes out a line is seen at that line; whoever cuts off the end, or makes
// the whole chain anew, beside a head that somebody kept.
func TestCheckAccesses(t *testing.T) {
	t.Parallel()
	whole := chain(t, 6)
	if err := campaign.CheckAccesses(whole, 6, whole[5].Hash); err != nil {
		t.Fatal(err)
	}
	forged := chain(t, 6)
	for _, x := range []struct {
		what string
		at   int
		bend func(rows []inspect.Access) []inspect.Access
	}{
		{"another person", 3, func(r []inspect.Access) []inspect.Access { r[2].Person = "review-9"; return r }},
		{"another key", 1, func(r []inspect.Access) []inspect.Access { r[0].Key = ""; return r }},
		{"another act", 6, func(r []inspect.Access) []inspect.Access { r[5].Act = inspect.SawAudit; return r }},
		{"another object", 2, func(r []inspect.Access) []inspect.Access { r[1].Object = "x"; return r }},
		{"another time", 4, func(r []inspect.Access) []inspect.Access { r[3].Time = r[3].Time.Add(time.Second); return r }},
		{"a line out", 3, func(r []inspect.Access) []inspect.Access { return slices.Delete(r, 2, 3) }},
		{"the first out", 1, func(r []inspect.Access) []inspect.Access { return r[1:] }},
		{"a line twice", 4, func(r []inspect.Access) []inspect.Access { return slices.Insert(r, 3, r[2]) }},
		{"two lines changed over", 2, func(r []inspect.Access) []inspect.Access { r[1], r[2] = r[2], r[1]; return r }},
		{"a line hashed anew", 4, func(r []inspect.Access) []inspect.Access {
			r[2].Object = "x"
			r[2].Hash = rehearsal.Must(r[2].Chained())
			return r
		}},
		{"cut off", 6, func(r []inspect.Access) []inspect.Access { return r[:5] }},
		{"made anew", 6, func(r []inspect.Access) []inspect.Access {
			forged[0].Person, forged[0].Hash = "nobody", inspect.Digest{}
			return linked(t, forged)
		}},
	} {
		err := campaign.CheckAccesses(x.bend(slices.Clone(whole)), 6, whole[5].Hash)
		ps := inspect.ProblemsOf(err)
		if len(ps) != 1 || ps[0].Rule != "campaign.access-broken" || ps[0].Args["N"] != x.at || inspect.ExitStatus(err) != 3 {
			t.Errorf("%s: %v, want line %d", x.what, err, x.at)
		}
	}
}

func chain(t *testing.T, n int) (rows []inspect.Access) {
	for i := range n {
		rows = append(rows, inspect.Access{Seq: i + 1, Time: rehearsal.Start, Person: "review-1", Key: "k", Act: inspect.SawPlaces, Object: "1-001-01"})
	}
	return linked(t, rows)
}

func linked(t *testing.T, rows []inspect.Access) []inspect.Access {
	t.Helper()
	var prev inspect.Digest
	for i := range rows {
		rows[i].Prev = prev
		rows[i].Hash = rehearsal.Must(rows[i].Chained())
		prev = rows[i].Hash
	}
	return rows
}

// The database itself forbids changing and deleting; who goes round that is named when somebody looks.
func TestAccessBentInDatabase(t *testing.T) {
	t.Parallel()
	c := holding(t)
	d := keep(t, c, []byte("kept"))
	for range 3 {
		if _, err := rehearsal.Evidence(t, c, "review-1", d); err != nil {
			t.Fatal(err)
		}
	}
	o := &rehearsal.Office{Campaign: c, T: t}
	for _, q := range []string{"UPDATE access SET person = 'x'", "DELETE FROM access WHERE seq = 2"} {
		if err := rehearsal.TrySQL(c, q); err == nil {
			t.Errorf("%s: it was done", q)
		}
	}
	o.SQL("DROP TRIGGER access_no_update")
	if o.SQL("UPDATE access SET person = 'review-2' WHERE seq = 2") != 1 {
		t.Fatal("nothing was bent")
	}
	rows, err := c.Accesses(t.Context(), rehearsal.Who(c, "audit-1"), "")
	if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != "campaign.access-broken" || ps[0].Args["N"] != 2 || len(rows) != 4 {
		t.Errorf("%d lines, %v", len(rows), err)
	}
}

// private reports every file and folder of a campaign that others may read, but what goes to teams and to
// the public.
func private(t *testing.T, dir string) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path == filepath.Join(dir, campaign.PacketsDir) || path == filepath.Join(dir, campaign.PublicDir) {
			return fs.SkipDir
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		seen++
		if want := map[bool]fs.FileMode{true: 0o700, false: 0o600}[e.IsDir()]; info.Mode().Perm() != want {
			t.Errorf("%s is %o", path, info.Mode().Perm())
		}
		return nil
	})
	if err != nil || seen < 20 {
		t.Errorf("%d files, %v", seen, err)
	}
}
