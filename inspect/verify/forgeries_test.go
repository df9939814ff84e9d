package verify

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
)

var rewrite = flag.Bool("rewrite", false, "write FORGERIES.md anew")

// beyond are forgeries that leave a folder sound in itself, with who finds them instead. Where lie is
// given, a test holds that verify really cannot see it.
var beyond = []struct {
	name                         string
	lie                          func(*world)
	audit, witness, since, sheet bool
	other                        string
}{
	{name: "an answer changed between intake and score", audit: true},
	{name: "a return written by whoever holds the office's key of returns", other: "call-backs, the team's own copy"},
	{name: "the first of two decisions of two coders, or about a return without proof, in a reviewer's name", audit: true},
	{name: "the end of the log that nobody has cosigned, before a decision that somebody signed", audit: true},
	{name: "a decision that was never taken, or taken by somebody else", audit: true},
	{name: "a visit left out of the score without a reason", audit: true},
	{name: "a bonus within the limits that nobody granted", audit: true},
	{name: "a village, institution or household that was not drawn", audit: true},
	{name: "a substitution below the county out of order", audit: true},
	{name: "an interval of a section, within sense", audit: true, lie: func(w *world) { w.region("11").Sections[0].Low -= .5; w.refreeze() }},
	{name: "a count of findings, also in the log", audit: true, lie: func(w *world) {
		w.public.Scores[0].Result.Findings[0].N, w.public.Scores[0].Result.Regions[0].Findings[0].N = 40, 40
		w.refreeze()
	}},
	{name: "the office's name, or how many townships the frame has", audit: true},
	{name: "a trigger or a constraint in the database that bends what an audit plays again", audit: true},
	{name: "the first of two decisions taken away, or a return that was set aside, before anybody decides anything else", other: "that reviewer; the team, which kept its file"},
	{name: "the first of two decisions taken away, or a return that was set aside, once anybody decided anything", audit: true},
	{name: "another time of a frozen score or of a signed text, after the last decision", audit: true},
	{name: "one of two people who decides alone: of two coders, of two who differ, about a return without proof", audit: true},
	{name: "more decided anew by who confirms a correction than was proposed", audit: true},
	{name: "a key that somebody gave up, given to another in config.yaml", audit: true},
	{name: "a return that waited, or a file that tells of a child in danger, thrown away", audit: true},
	{name: "another folder than the one that lies in the office, with numbers that no stranger can compute", audit: true},
	{name: "a trigger that hides under a name of SQLite's own, or of an index", audit: true},
	{name: "the entry of packets made in another shape, so that nothing is played", audit: true},
	{name: "a correction proposed and confirmed by one person under two keys, or one that was given up", audit: true},
	{name: "a township spared by a visit of another wave that was made up for that moment", audit: true},
	{name: "another roster under the same team table, also dated back: who counts as an inspector of a team", audit: true},
	{name: "one reviewer as two: under a key that they gave up and that stands in config.yaml as somebody else's", audit: true},
	{name: "an inspector's own visits approved under an id that config.yaml gives their key later", audit: true},
	{name: "a first decision of somebody who had left, dated back", audit: true},
	{name: "a return kept from those who judge until the score is frozen, and put back", audit: true},
	{name: "another report shown to a reviewer than the one whose digest they sign", other: "review refuses what is not its digest; not where the program is another"},
	{name: "false pages said to be of another edition of the program", other: "verify says that pages were not compared", audit: true},
	{name: "an index of the database that says another thing than its table", audit: true},
	{name: "a suspension, an exclusion or a closing in another reviewer's name", audit: true},
	{name: "a first score frozen by somebody who may only confirm corrections", audit: true},
	{name: "another day of a visit that came in another's place", audit: true},
	{name: "other pages published after an audit: its statement speaks of plan, field and score", other: "another audit"},
	{name: "a visit that did not take place", other: "grades of evidence, call-backs"},
	{name: "a beacon that was not the one drawn", other: "the official announcement", lie: func(w *world) {
		w.beacon = strings.Replace(w.beacon, "/07", "/09", 1)
		w.entries = w.entries[:w.index(ledger.DrawCommitted)+1]
		w.draw()
		w.finish()
	}},
	{name: "a commit signed again after the beacon, with times to fit", witness: true, since: true, sheet: true, lie: func(w *world) {
		w.record.Plan = "演示〔2026〕2号"
		w.sign()
		w.entries = w.entries[:w.index(ledger.DrawCommitted)+1]
		w.draw()
		w.finish()
	}},
	{name: "another log shown to others", witness: true, since: true},
	{name: "the end of the log taken back and written otherwise", witness: true, since: true, lie: func(w *world) {
		w.find(ledger.LegClosed).body["root"] = inspect.DigestOf([]byte("another"))
	}},
	{name: "an older state put back", since: true},
	{name: "a decision about a visit, a leg or a return in a reviewer's name", audit: true},
	{name: "a return without proof admitted, or dismissed, by nobody", audit: true},
	{name: "the access record shortened or written anew", audit: true},
	{name: "the access record, or a version that was held, written out of the log's end before anybody has a checkpoint of it", witness: true, since: true},
	{name: "packets denied, so that nothing is played again", audit: true},
	{name: "a township replaced to spare it, where nobody else comes", audit: true},
	{name: "another reason of a correction, or another proposer", audit: true},
	{name: "other counts of approved or closed visits than were decided", audit: true},
	{name: "a text that its drafter or reviewer did not sign", audit: true},
	{name: "titles, office names and rows of the frame on the pages", other: "open: compare with the notice and the printed sheet"},
	{name: "everything anew under another log's key", sheet: true, other: "`--key`"},
}

// What is said to be beyond verify is beyond it.
func TestBeyond(t *testing.T) {
	t.Parallel()
	for _, f := range beyond {
		if f.lie == nil {
			continue
		}
		w := newWorld(t, tiny)
		f.lie(w)
		if r := judge(t, w.publish(), Options{}); !r.Verified {
			t.Errorf("%s: found, by %v", f.name, rules(r))
		}
	}
}

// FORGERIES.md says of every forgery in the tables of the tests who finds it, and nothing else.
func TestForgeriesList(t *testing.T) {
	var b strings.Builder
	b.WriteString(`# Forgeries, and who finds them

Made from the tables of the tests (` + "`go test ./inspect/verify -run TestForgeriesList -rewrite`" + `); do not edit. Whoever forges holds every key of
the office, the log's among them, and publishes anew: manifest, log and pages say the same as the lie, and yet it does not hold. Where the lie is about
what two people signed, theirs are the keys that are not held. *verify* is ` + "`zhicha verify`" + `, with the
rule by which it finds the forgery; *verify.py* is ` + "`inspect/draw/testdata/verify.py`" + `, written from the specifications alone.
`)
	mark := func(yes bool) string {
		if yes {
			return "✓"
		}
		return "·"
	}
	seen := map[string]bool{}
	for _, table := range tables {
		fmt.Fprintf(&b, "\n## About %s\n\n| forgery | verify | verify.py |\n| --- | --- | --- |\n", table.about)
		for _, f := range table.lies {
			rule, second := "`"+f.rule+"`", "✓"
			if f.rule == "" {
				rule = "✓"
			}
			if slices.Contains(onlyRebuilding, f.name) {
				second = "not checked"
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", f.name, rule, second)
			if seen[f.name] {
				t.Errorf("two forgeries are called %q", f.name)
			}
			seen[f.name] = true
		}
	}
	for _, name := range onlyRebuilding {
		if !seen[name] {
			t.Errorf("%q stands in no table", name)
		}
	}
	b.WriteString(`
## What a folder alone cannot show

Here the folder is sound in itself, and neither verifier finds anything. *Audit* is an auditor with the deeper stages and the records (SPEC.md, §15),
*witness* a cosignature on the log, *since* ` + "`zhicha verify --since`" + ` with a former copy, *sheet* the printed D.

| forgery | audit | witness | since | sheet | else |
| --- | --- | --- | --- | --- | --- |
`)
	for _, f := range beyond {
		if !f.audit && !f.witness && !f.since && !f.sheet && f.other == "" {
			t.Errorf("nobody finds %q", f.name)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", f.name, mark(f.audit), mark(f.witness), mark(f.since), mark(f.sheet), f.other)
	}
	if *rewrite {
		if err := os.WriteFile("FORGERIES.md", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stands, err := os.ReadFile("FORGERIES.md")
	if err != nil || string(stands) != b.String() {
		t.Errorf("FORGERIES.md is not what the tables say: run with -rewrite (%v)", err)
	}
}
