package audit_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/audit"
	"zhicha/inspect/campaign"
	"zhicha/inspect/publish"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/results"
	"zhicha/inspect/review"
	"zhicha/inspect/store"
)

// free are the columns that decide nothing, each with the reason why.
var free = map[string]string{
	"report.received": "the second in which a row was written; the file's own time is compared",
	"score.no":        "counts rows",
	"book.time":       "the entry has it",
	"release.by":      "the entry has it", "release.time": "the entry has it",
	"code.wave": "opens workbooks, which prove themselves", "code.leg": "the same", "code.province": "the same", "code.county": "the same", "code.village": "the same",
	"beacon.typist": "who typed; both typed alike", "beacon.time": "the entry has it",
	"party.signed": "the entry has the time of the last", "party.body": "the record has the party; the file is what it came in",
	"reveal.time":  "the entry has it",
	"deposit.wave": "opened again, or the audit fails", "deposit.party": "the same", "deposit.name": "the same", "deposit.digest": "the same",
	"substitution.time":   "the entry has it",
	"import.received":     "when it came",
	"correction.proposed": "when it was proposed; it holds from its confirmation on",
	"meta.key":            "checked where it is used", "meta.value": "checked where it is used",
	"visit.seq": "an order of rows; the body has it", "visit.kind": "the body has it", "visit.leg": "the body has it",
	"returned.name": "what somebody called the file",
	"waiting.name":  "nobody has judged it yet", "waiting.leg": "the same", "waiting.received": "the same", "waiting.by": "the same",
	"signature.time": "a review has no time; of a signature the entry has",
	"entry.seq":      "numbers the rows",
}

// finished is an office at its end: a leg that two teams visited, units that gave way, a visit sent back and
// filed again, a correction of the score, a signed document, a site.
func finished(t *testing.T) *rehearsal.Office {
	t.Helper()
	o := visited(t, 40, "second_coder_percent: 10", "second_coder_percent: 30")
	_, err := results.Freeze(t.Context(), o.Campaign, o.Who("score-1"), 1)
	o.OK(err)
	var x *results.Correction
	for _, v := range o.Visits(1, 0) { // the first without which the score is another
		if v.State == inspect.VisitApproved {
			x, err = results.Propose(t.Context(), o.Campaign, o.Who("score-1"), 1, []results.Change{{Visit: v.ID, Decision: review.Returned}}, "演示数据：一处检查退回")
			if rehearsal.RuleOf(err) != "score.correct-nothing" {
				break
			}
		}
	}
	o.OK(err)
	_, err = results.Confirm(t.Context(), o.Campaign, o.Who("sign-1"), 1, x.No)
	o.OK(err)
	path, err := publish.Draft(t.Context(), o.Campaign, o.Who("draft-1"), "notice", 1, publish.PracticeSource{})
	o.OK(err)
	text := rehearsal.Must(os.ReadFile(o.Path(path)))
	o.OK(os.WriteFile(o.Path(path), regexp.MustCompile(`【[^】]*】`).ReplaceAll(text, []byte("演示数据")), 0o600))
	o.OK(publish.Review(t.Context(), o.Campaign, o.Who("review-1"), o.Path(path)))
	o.OK(publish.Sign(t.Context(), o.Campaign, o.Who("sign-1"), o.Path(path)))
	_, err = publish.BuildSite(t.Context(), o.Campaign, o.Who("publish-1"), 1)
	o.OK(err)
	got, err := audits(o, "audit-1")
	if err != nil {
		t.Fatalf("%v %v", err, []*inspect.Problem(got.Mismatches))
	}
	_, err = o.Checkpoint(t.Context())
	o.OK(err)
	if got.Returns == 0 || got.Reports == 0 || got.Score == (inspect.Digest{}) {
		t.Fatalf("%+v", got)
	}
	return o
}

// Whoever can write the database can change any cell, and drop any row, and every one of them that decides
// anything is named by an audit; so is a byte of a file of evidence.
func TestEveryCell(t *testing.T) {
	if testing.Short() {
		t.Skip("audits a small office a hundred times")
	}
	t.Parallel()
	o := finished(t)
	columns, filled := map[string][]string{}, map[string]bool{}
	o.Tx(func(tx *store.Tx) error {
		for _, name := range rehearsal.Must(tx.Tables()) {
			cols, rows, err := tx.Table(name)
			if err != nil {
				return err
			}
			columns[name], filled[name] = cols, len(rows) > 0
		}
		return nil
	})
	o.OK(o.Close())
	named := func(t *testing.T, what, change string) {
		x := o.Copied(t)
		if x.Forced(change) == 0 {
			t.Skip("nothing there to change")
		}
		got, err := audit.Run(t.Context(), x.Campaign, x.Who("audit-2"), 1, x.Keys(), audit.SignMatch)
		if err == nil {
			t.Errorf("%s: not found: %+v", what, got)
		}
	}
	for name, cols := range columns {
		if !filled[name] {
			t.Logf("%s is empty", name)
			continue
		}
		for _, column := range cols {
			cell := name + "." + column
			if _, ok := free[cell]; ok {
				continue
			}
			t.Run(cell, func(t *testing.T) {
				t.Parallel()
				named(t, cell, fmt.Sprintf(`UPDATE OR REPLACE %s SET %q = CASE typeof(%q) WHEN 'integer' THEN %q + 1 WHEN 'blob' THEN CAST(substr(%q, 1, length(%q) - 2) || '7' || substr(%q, -1) AS BLOB)
					WHEN 'null' THEN CASE WHEN (SELECT type FROM pragma_table_info('%s') WHERE name = '%s') = 'BLOB' THEN X'00' ELSE '2023-01-01T00:00:00+08:00' END
					ELSE %q || '1' END WHERE rowid = (SELECT max(rowid) FROM %s)`, name, column, column, column, column, column, column, name, column, column, name))
			})
		}
		t.Run(name+" less a row", func(t *testing.T) {
			t.Parallel()
			if slices.Contains([]string{"code", "meta", "deposit", "beacon"}, name) {
				return
			}
			named(t, name+" less a row", fmt.Sprintf("DELETE FROM %s WHERE rowid = (SELECT max(rowid) FROM %s)", name, name))
		})
	}
	for name, change := range map[string]string{
		"a trigger":    "CREATE TRIGGER help AFTER INSERT ON report BEGIN DELETE FROM finding WHERE visit = new.visit; END",
		"a constraint": "CREATE UNIQUE INDEX few ON finding (id, visit)",
		"a column":     "ALTER TABLE finding ADD COLUMN g TEXT",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := o.Copied(t)
			x.SQL(change)
			got, err := audit.Run(t.Context(), x.Campaign, x.Who("audit-2"), 1, x.Keys(), audit.SignMatch)
			if got == nil || !slices.ContainsFunc(got.Mismatches, func(p *inspect.Problem) bool { return p.Rule == "audit.schema" }) {
				t.Errorf("%v %+v", err, got)
			}
		})
	}
	t.Run("who settled it, turned round", func(t *testing.T) {
		t.Parallel() // the rows under a root are sorted before they are hashed: their order says nothing
		named(t, "who settled it", `UPDATE root SET rows = (SELECT json_group_array(json(value)) FROM (SELECT value FROM json_each(rows) ORDER BY key DESC));
			UPDATE review SET by = (SELECT by FROM coding WHERE coding.visit = review.visit AND coding.by <> review.by) WHERE EXISTS (SELECT 1 FROM coding WHERE coding.visit = review.visit AND coding.by <> review.by)`)
	})
	t.Run("a text that nobody reviewed", func(t *testing.T) {
		t.Parallel()
		named(t, "a text that nobody reviewed", "DELETE FROM signature WHERE role = 'reviewer'")
	})
	for _, bend := range [][2]string{{`("code":"township"[^}]*"n":)`, "${1}9"}, {`("officeZh":")`, "${1}某"}, {`("demo":true,"feedMax":)`, "${1}1"}, {`("legs":)`, "${1}1"}} {
		t.Run("published "+bend[0], func(t *testing.T) {
			t.Parallel()
			x := o.Copied(t)
			path := x.Path(campaign.PublicDir, "data", "public.json")
			raw := rehearsal.Must(os.ReadFile(path))
			bent := regexp.MustCompile(bend[0]).ReplaceAll(raw, []byte(bend[1]))
			if bytes.Equal(bent, raw) {
				t.Fatal("nothing changed")
			}
			x.OK(os.WriteFile(path, bent, 0o600))
			got, err := audit.Run(t.Context(), x.Campaign, x.Who("audit-2"), 1, x.Keys(), audit.SignMatch)
			if got == nil || !slices.ContainsFunc(got.Mismatches, func(p *inspect.Problem) bool { return p.Rule == "audit.published" }) {
				t.Errorf("%v %+v", err, got)
			}
		})
	}
	t.Run("evidence", func(t *testing.T) {
		t.Parallel()
		x := o.Copied(t)
		files := rehearsal.Must(filepath.Glob(x.Path(campaign.EvidenceDir, "*", "*")))
		data := rehearsal.Must(os.ReadFile(files[0]))
		data[len(data)/2] ^= 1
		x.OK(os.WriteFile(files[0], data, 0o600))
		got, err := audit.Run(t.Context(), x.Campaign, x.Who("audit-2"), 1, x.Keys(), audit.SignMatch)
		if err == nil || got != nil && !slices.ContainsFunc(got.Mismatches, func(p *inspect.Problem) bool { return strings.Contains(p.Error(), filepath.Base(files[0])) }) {
			t.Errorf("%v %+v", err, got)
		}
	})
}

// The end of the log that nobody has cosigned can be written anew by whoever has the log's key: but not before
// what somebody decided afterwards, who signed how far log and access record had come.
func TestRewrittenEnd(t *testing.T) {
	t.Parallel()
	o := finished(t)
	o.OK(o.Close())
	rewritten := func(t *testing.T, change string, bend func(store.Entry) store.Entry) (rules []string) {
		x := o.Copied(t)
		if change != "" && x.SQL(change) == 0 {
			t.Fatal("nothing changed")
		}
		var head inspect.Digest
		for _, e := range rehearsal.Must(x.Campaign.Entries(t.Context())) {
			e = bend(e)
			head = e.Chained(head)
			x.Forced(fmt.Sprintf("UPDATE entry SET time = '%s', body = CAST('%s' AS BLOB), chain = '%s' WHERE seq = %d",
				e.Time.Format(time.RFC3339), e.Body, head, e.Seq))
		}
		x.OK(os.RemoveAll(x.Path(campaign.LedgerDir))) // as if no checkpoint was ever made
		got, err := audit.Run(t.Context(), x.Campaign, x.Who("audit-2"), 1, x.Keys(), audit.SignMatch)
		if got == nil {
			t.Fatal(err)
		}
		for _, p := range got.Mismatches {
			rules = append(rules, p.Rule)
		}
		slices.Sort(rules)
		return slices.Compact(rules)
	}
	same := func(e store.Entry) store.Entry { return e }
	hash := func(id string) string { return campaign.PersonHash(rehearsal.Must(o.Appointed(id))).String() }
	for name, x := range map[string]struct {
		change string
		bend   func(store.Entry) store.Entry
		want   []string
	}{
		"as it was": {"", same, nil},
		"another took a return in": {"UPDATE returned SET by = 'review-1'", func(e store.Entry) store.Entry {
			if e.Kind == "return-received" {
				e.Body = []byte(strings.ReplaceAll(string(e.Body), hash("draw-1"), hash("review-1")))
			}
			return e
		}, []string{"audit.rewritten"}},
		"another told the codes": {"", func(e store.Entry) store.Entry {
			if e.Kind == "rung-released" {
				e.Body = []byte(strings.ReplaceAll(string(e.Body), hash("draw-1"), hash("sign-1")))
			}
			return e
		}, []string{"audit.rewritten"}},
		"decided a minute later": {"", func(e store.Entry) store.Entry {
			if e.Kind == "leg-closed" {
				e.Time = e.Time.Add(time.Minute)
			}
			return e
		}, []string{"audit.rewritten", "audit.undecided"}},
		"packets that were never made": {"", func(e store.Entry) store.Entry {
			if e.Kind == "rung-released" && strings.Contains(string(e.Body), `"packets"`) && !strings.Contains(string(e.Body), `"book"`) {
				e.Body = []byte(`{"book":"2023-01-08","packets":0,"rung":"province","wave":1}`)
			}
			return e
		}, []string{"audit.no-packets"}},
		"scored a minute later": {"", func(e store.Entry) store.Entry {
			if e.Kind == "score-frozen" && strings.Contains(string(e.Body), `"no":1`) {
				e.Time = e.Time.Add(time.Minute)
			}
			return e
		}, []string{"audit.undecided"}},
		"a text signed a minute later, after the last decision": {"UPDATE signature SET time = strftime('%Y-%m-%dT%H:%M:%S', time, '+1 minute') || '+08:00' WHERE role = 'signer'", func(e store.Entry) store.Entry {
			if e.Kind == "published" && strings.Contains(string(e.Body), "document") {
				e.Time = e.Time.Add(time.Minute)
			}
			return e
		}, []string{"audit.cell"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := rewritten(t, x.change, x.bend)
			for _, rule := range x.want {
				if !slices.Contains(got, rule) {
					t.Errorf("%v, want %v", got, x.want)
				}
			}
			if x.want == nil && got != nil {
				t.Errorf("%v", got)
			}
		})
	}
}
