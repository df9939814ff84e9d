package review_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/returns"
	"zhicha/inspect/review"
	"zhicha/inspect/store"
	"zhicha/inspect/workbook"
)

// handIn lets the team of leg 7 hand in its workbook, the first answer's note and the revision as given.
func handIn(t *testing.T, c *campaign.Campaign, revision int, reason, note string) returns.Taken {
	t.Helper()
	path := filepath.Join(t.TempDir(), "P.xlsx")
	rehearsal.FieldPacket(t, path, rehearsal.FieldPlan(8), 7)
	rehearsal.FieldFill(t, path)
	e, err := workbook.OpenEditor(path, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.SetRevision(revision, reason); err != nil {
		t.Fatal(err)
	}
	if err := e.SetCell("01 家庭", "I34", note); err != nil {
		t.Fatal(err)
	}
	if err := e.Save(nil, path); err != nil {
		t.Fatal(err)
	}
	taken, err := returns.TakeIn(t.Context(), c, rehearsal.Who(c, "draw-1"), 1, []string{path})
	if err != nil {
		t.Fatal(err)
	}
	return taken[0]
}

const changed = "1-007-01"

func seen(t *testing.T, c *campaign.Campaign) *review.VisitView {
	t.Helper()
	return rehearsal.Must(review.Show(t.Context(), c, rehearsal.Who(c, "review-1"), changed, false))
}

// stands is a visit's state, and what each version is.
func stands(t *testing.T, c *campaign.Campaign) string {
	t.Helper()
	v := seen(t, c)
	out := string(v.Visit.State)
	for _, h := range v.History {
		out += " " + h.State
	}
	return out
}

func freeze(t *testing.T, c *campaign.Campaign) {
	t.Helper()
	if err := c.Update(t.Context(), func(tx *store.Tx) error {
		return tx.PutScore(store.Score{Wave: 1, By: "score-1", Digest: "d", Body: []byte("{}"), Public: []byte("{}"), At: c.Now()})
	}); err != nil {
		t.Fatal(err)
	}
}

// A newer version waits beside the current one, and the reviewer is shown what it changes. One that was
// approved gives way only to a reasoned correction, which is reviewed anew; history keeps every version.
func TestNewerVersionWaits(t *testing.T) {
	c := rehearsal.Fieldwork(t, 8)
	ctx, reviewer := t.Context(), rehearsal.Who(c, "review-1")
	handIn(t, c, 1, "", "")
	handIn(t, c, 2, "补记", "二")
	if got := stands(t, c); got != "held current held" {
		t.Fatal(got)
	}
	v := seen(t, c)
	if v.Visit.Report.Revision != 1 || len(v.Changes) != 1 || v.Changes[0].Old != 1 || v.Changes[0].New != 2 || v.Changes[0].Correction != "补记" || len(v.Changes[0].Differences) != 1 {
		t.Fatalf("%+v", v.Changes)
	}
	if d := v.Changes[0].Differences[0]; d.Field != v.Visit.Report.Answers[0].Item || d.New != d.Old+" | 二" {
		t.Errorf("%+v", d)
	}
	if len(v.Warnings) == 0 || v.Warnings[len(v.Warnings)-1].Rule != "intake.clear" || !v.History[0].Clear || v.History[0].By != "draw-1" {
		t.Errorf("in the clear: %v %+v", v.Warnings, v.History[0])
	}
	if err := review.Approve(ctx, c, reviewer, []string{changed}); rehearsal.RuleOf(err) != "visit.not-submitted" {
		t.Errorf("approved while another version waits: %v", err)
	}
	resolve := func(keep int, reason string) string {
		return rehearsal.RuleOf(review.Resolve(ctx, c, reviewer, changed, keep, reason))
	}
	for _, x := range []struct {
		keep         int
		reason, rule string
	}{{2, "", "visit.reason"}, {9, "x", "visit.no-version"}, {2, "更正属实", ""}, {1, "x", "visit.not-held"}} {
		if rule := resolve(x.keep, x.reason); rule != x.rule {
			t.Errorf("keep %d %q: %s", x.keep, x.reason, rule)
		}
	}
	if got := stands(t, c); got != "submitted superseded current" {
		t.Fatal(got)
	}
	if err := review.Approve(ctx, c, reviewer, []string{changed}); err != nil {
		t.Fatal(err)
	}

	// approved: what comes now takes nothing away
	handIn(t, c, 2, "", "无由")
	handIn(t, c, 3, "再补", "三")
	if got := stands(t, c); got != "approved superseded current held held" {
		t.Fatal(got)
	}
	held := rehearsal.Must(review.Held(ctx, c, 1))
	if len(held) != 2 || held[1].Visit != changed || held[1].Version != 4 || held[1].State != inspect.VisitApproved {
		t.Errorf("%+v", held)
	}
	if rule := resolve(3, "x"); rule != "visit.no-correction" {
		t.Errorf("without its reason: %s", rule)
	}
	if rule := resolve(2, "不采纳"); rule != "" || stands(t, c) != "approved superseded current superseded superseded" {
		t.Errorf("kept as approved: %s, %s", rule, stands(t, c))
	}
	handIn(t, c, 4, "又补", "四")
	if rule := resolve(5, "更正属实"); rule != "" || stands(t, c) != "submitted superseded superseded superseded superseded current" {
		t.Errorf("accepted: %s, %s", rule, stands(t, c))
	}
}

// Once the score was frozen nothing supersedes, not even what was sent back; what waits enters through Adopt.
func TestVersionAfterScore(t *testing.T) {
	c := rehearsal.Fieldwork(t, 8)
	ctx, reviewer := t.Context(), rehearsal.Who(c, "review-1")
	handIn(t, c, 1, "", "")
	if err := review.Approve(ctx, c, reviewer, []string{changed}); err != nil {
		t.Fatal(err)
	}
	freeze(t, c)
	if taken := handIn(t, c, 2, "补记", "二"); rehearsal.RuleOf(taken.Problems.Err()) != "intake.frozen" {
		t.Errorf("%v", taken.Problems)
	}
	if got := stands(t, c); got != "approved current held" {
		t.Fatal(got)
	}
	if err := review.Resolve(ctx, c, reviewer, changed, 2, "更正属实"); rehearsal.RuleOf(err) != "visit.frozen" {
		t.Errorf("resolved: %v", err)
	}
	adoption := review.Adoption{Visit: changed, Version: 2, By: "review-1", Reason: "第1号更正", At: time.Now()}
	if err := c.Update(ctx, func(tx *store.Tx) error { return review.Adopt(c, tx, adoption) }); err != nil {
		t.Fatal(err)
	}
	v := seen(t, c)
	if got := stands(t, c); got != "approved superseded current" || v.Visit.Report.Revision != 2 {
		t.Errorf("adopted: %s %+v", got, v.Visit.Report)
	}
	for _, f := range v.Findings {
		if f.State != inspect.FindingSubmitted {
			t.Errorf("%s is %s", f.ID, f.State)
		}
	}
	if adoption.Version = 9; rehearsal.RuleOf(c.Update(ctx, func(tx *store.Tx) error { return review.Adopt(c, tx, adoption) })) != "visit.no-version" {
		t.Error("a version that is not there was adopted")
	}
}

// A report that was sent back is replaced by its correction at once: it is read like a first one, beside
// the old.
func TestCorrectionOfSentBack(t *testing.T) {
	c := rehearsal.Fieldwork(t, 8)
	handIn(t, c, 1, "", "")
	if _, err := review.Decide(t.Context(), c, rehearsal.Who(c, "review-1"), []string{changed}, review.Returned, "补充"); err != nil {
		t.Fatal(err)
	}
	handIn(t, c, 2, "已补充", "二")
	if got := stands(t, c); got != "submitted superseded current" || len(seen(t, c).Changes) != 1 {
		t.Error(got)
	}
}

// Every field in which two versions can differ is named, and what means the same is not.
func TestCompare(t *testing.T) {
	at := time.Date(2023, 1, 8, 10, 0, 0, 0, inspect.Beijing)
	old := inspect.Report{Inspectors: []string{"a", "b"}, Arrived: at, Left: at.Add(time.Hour), Present: []string{"x", "y"}, Register: 20, Household: 3,
		Answers: []inspect.Answer{{Item: "A1", Value: "yes", Method: "O"}, {Item: "A2", Value: "no", Method: "O"}}, Observations: []inspect.Observation{{Kind: inspect.Hazard, Severity: "S2", Fact: "f"}}}
	same := old
	same.Inspectors, same.Present, same.Arrived = []string{"b", "a"}, []string{"y", "x"}, at.UTC()
	same.Answers = []inspect.Answer{old.Answers[1], old.Answers[0]}
	if d := review.Compare(&old, &same); len(d) > 0 {
		t.Errorf("the same: %+v", d)
	}
	other := inspect.Report{Inspectors: []string{"a", "c"}, Arrived: at.Add(time.Minute), Left: at.Add(2 * time.Hour), Present: []string{"x"}, Escort: "e", Register: 21, Substitution: "s",
		Answers: []inspect.Answer{{Item: "A1", Value: "yes", Method: "C", Note: "n"}, {Item: "A3", Value: "1"}}, Observations: []inspect.Observation{{Kind: inspect.Hazard, Severity: "S2", Fact: "f", Fixed: true}, {Fact: "g"}}}
	got := fmt.Sprint(review.Compare(&old, &other))
	want := "[{inspectors a b a c} {arrived 2023-01-08 10:00:00 2023-01-08 10:01:00} {left 2023-01-08 11:00:00 2023-01-08 12:00:00} {present x y x} {escort  e} {register 20 21} {household 3 } {substitution  s} " +
		"{A1 yes | O yes | C | n} {A2 no | O } {A3  1} {observations[1] hazard | S2 | f hazard | S2 | f | fixed} {observations[2]  g}]"
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
