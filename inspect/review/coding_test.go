package review_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"slices"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/form"
	"zhicha/inspect/intake"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/review"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
)

// coding is an office whose wave came back, with three reviewers and the visits of one leg marked
// for a second coder; nothing is reviewed yet.
func coding(t *testing.T, seed byte) (o *rehearsal.Office, ids []string) {
	t.Helper()
	o = rehearsal.NewOffice(t, seed)
	for _, id := range []string{"review-2", "review-3"} {
		o.Appoint(id, inspect.RoleReviewer, "")
	}
	o.Draw(1)
	o.Submit(1, rehearsal.Best)
	_, _, alone := o.Overlapped()
	o.SQL(rehearsal.SetJSON("visit", "$.second", "json('true')", fmt.Sprintf("leg = %d", alone)))
	for _, v := range o.Visits(1, alone) {
		ids = append(ids, v.ID)
	}
	return o, ids
}

func decide(o *rehearsal.Office, as, decision, reason string, ids ...string) (*review.Reviewed, error) {
	return review.Decide(o.T.Context(), o.Campaign, o.Who(as), ids, decision, reason)
}

func state(o *rehearsal.Office, id string) inspect.VisitState {
	o.T.Helper()
	return shown(o, "", id).Visit.State
}

func shown(o *rehearsal.Office, as, id string) *review.VisitView {
	o.T.Helper()
	v, err := review.Show(o.T.Context(), o.Campaign, o.Who(as), id, false)
	o.OK(err)
	return v
}

// Two who decide alike settle a visit; until then nobody sees what the first decided, but the first.
func TestSecondCoderAgrees(t *testing.T) {
	t.Parallel()
	o, ids := coding(t, 40)
	approvals := len(o.Entries("visit-approved"))
	for _, decision := range []string{review.Approved, review.Returned} {
		id := ids[0]
		if decision == review.Returned {
			id = ids[1]
		}
		got, err := decide(o, "review-1", decision, "演示数据", id)
		o.OK(err)
		if !slices.Equal(got.Waiting, []string{id}) || len(got.Approved)+len(got.Returned) > 0 || state(o, id) != inspect.VisitCoded {
			t.Errorf("%s by the first: %+v, %s", decision, got, state(o, id))
		}
		for as, sees := range map[string]int{"": 0, "review-2": 0, "review-3": 0, "review-1": 1} {
			if d := shown(o, as, id).Decisions; len(d) != sees {
				t.Errorf("%q sees %v before the second decided", as, d)
			}
		}
		o.Refused("the first again", "visit.coded", func() error { _, err := decide(o, "review-1", decision, "演示数据", id); return err })
		o.Refused("the first the other way", "visit.coded", func() error { _, err := decide(o, "review-1", review.Approved, "", id); return err })
		got, err = decide(o, "review-2", decision, "演示数据", id)
		o.OK(err)
		want := map[string]inspect.VisitState{review.Approved: inspect.VisitApproved, review.Returned: inspect.VisitSentBack}[decision]
		if len(got.Approved)+len(got.Returned) != 1 || state(o, id) != want {
			t.Errorf("%s by both: %+v, %s", decision, got, state(o, id))
		}
		if d := shown(o, "", id).Decisions; len(d) != 2 || d[0].By != "review-1" || d[1].By != "review-2" {
			t.Errorf("afterwards everybody sees %v", d)
		}
	}
	for _, f := range shown(o, "", ids[0]).Findings {
		if f.State != inspect.FindingSubmitted {
			t.Errorf("finding %s is %s", f.ID, f.State)
		}
	}
	// the first decision is not in the ledger: its count would tell what it was. With the second it is bound
	if log := o.Entries("visit-approved")[approvals:]; len(log) != 1 || !strings.Contains(log[0], `"visits":1`) {
		t.Errorf("logged %q", log)
	}
	for kind, id := range map[string]string{"visit-approved": ids[0], "visit-returned": ids[1]} {
		decision := strings.TrimPrefix(kind, "visit-")
		rows := o.Rows(kind)
		for _, by := range []string{"review-1", "review-2"} {
			want := []string{id, shown(o, "", id).Visit.Digest, decision, by, "演示数据"}
			if len(rows) != 2 || !slices.ContainsFunc(rows, func(r []string) bool { return slices.Equal(r, want) }) {
				t.Errorf("%s binds %q, want %q", kind, rows, want)
			}
		}
	}
}

// Two who differ leave the visit to a third, who says why; to send it back needs no third.
func TestSecondCoderDiffers(t *testing.T) {
	t.Parallel()
	o, ids := coding(t, 41)
	for i, id := range ids[:2] {
		first, second := review.Approved, review.Returned
		if i == 1 {
			first, second = review.Returned, review.Approved
		}
		_, err := decide(o, "review-1", first, "演示数据", id)
		o.OK(err)
		got, err := decide(o, "review-2", second, "演示数据", id)
		o.OK(err)
		if !slices.Equal(got.Disputed, []string{id}) || state(o, id) != inspect.VisitDisputed || len(shown(o, "review-3", id).Decisions) != 2 {
			t.Fatalf("%+v, %s", got, state(o, id))
		}
	}
	o.Refused("a third without a reason", "visit.dispute-reason", func() error { _, err := decide(o, "review-3", review.Approved, "", ids[0]); return err })
	for _, as := range []string{"review-1", "review-2"} {
		o.Refused("one of the two", "visit.dispute-third", func() error { _, err := decide(o, as, review.Approved, "演示数据", ids[0]); return err })
	}
	_, err := decide(o, "review-3", review.Approved, "演示数据：证据充分", ids[0])
	o.OK(err)
	_, err = decide(o, "review-2", review.Returned, "演示数据：补充核查方式", ids[1])
	o.OK(err)
	if state(o, ids[0]) != inspect.VisitApproved || state(o, ids[1]) != inspect.VisitSentBack {
		t.Errorf("settled as %s and %s", state(o, ids[0]), state(o, ids[1]))
	}
	s, err := review.Second(t.Context(), o.Campaign, 1)
	o.OK(err)
	if s.Marked != len(ids) || s.Agreed.N != 2 || s.Agreed.Alike != 0 || s.Agreed.Kappa == nil || *s.Agreed.Kappa != -1 || !s.Agreed.Small || s.Disputed != 0 {
		t.Errorf("agreement %+v", s)
	}
}

// Reports that were not drawn for it need one decision; a batch of both is all or nothing.
func TestSecondCoderBatch(t *testing.T) {
	t.Parallel()
	o, ids := coding(t, 42)
	primary, _, alone := o.Overlapped()
	plain := o.Visits(1, primary)[0].ID
	got, err := decide(o, "review-1", review.Approved, "", plain, ids[0])
	o.OK(err)
	if !slices.Equal(got.Approved, []string{plain}) || !slices.Equal(got.Waiting, ids[:1]) {
		t.Errorf("%+v", got)
	}
	o.Refused("with one judged already", "visit.coded", func() error { _, err := decide(o, "review-1", review.Approved, "", ids[1], ids[0]); return err })
	mine, err := review.ToReview(t.Context(), o.Campaign, o.Who("review-1"), 1, alone)
	o.OK(err)
	theirs, err := review.ToReview(t.Context(), o.Campaign, o.Who("review-2"), 1, alone)
	o.OK(err)
	if !slices.Equal(mine, ids[1:]) || !slices.Equal(theirs, ids) {
		t.Errorf("review-1 may judge %v, review-2 %v", mine, theirs)
	}
	rows, err := review.List(t.Context(), o.Campaign, 1, review.VisitFilter{State: inspect.VisitCoded, Grade: inspect.GradeA})
	o.OK(err)
	if len(rows) != 1 || rows[0].ID != ids[0] || !rows[0].Second {
		t.Errorf("waiting are %v", rows)
	}
	for rule, f := range map[string]review.VisitFilter{"visit.filter": {State: "done"}} {
		if _, err := review.List(t.Context(), o.Campaign, 1, f); rehearsal.RuleOf(err) != rule {
			t.Errorf("%+v: %v", f, err)
		}
	}
	if rows, err := review.List(t.Context(), o.Campaign, 1, review.VisitFilter{Grade: inspect.GradeC}); err != nil || len(rows) != 0 {
		t.Errorf("of grade C: %v, %v", rows, err)
	}
}

// A corrected report is judged anew by both: what was decided about the earlier one counts no
// more, and stays unseen as long as either is to judge.
func TestSecondCoderOfACorrection(t *testing.T) {
	t.Parallel()
	o, ids := coding(t, 43)
	_, err := decide(o, "review-1", review.Approved, "", ids[0])
	o.OK(err)
	o.Tx(func(tx *store.Tx) error {
		v, _, err := tx.Visit(ids[0])
		o.OK(err)
		r := *v.Report
		r.Revision, r.Correction, r.Left = 2, "演示数据：更正", r.Left.Add(time.Minute)
		if err := tx.PutReport(&r, false, intake.ContentDigest(&r).String(), inspect.GradeA, "file-1-"+fmt.Sprint(v.Leg), o.Now); err != nil {
			return err
		}
		return tx.SetVisitState(v.ID, inspect.VisitSubmitted)
	})
	if d := shown(o, "review-2", ids[0]).Decisions; len(d) != 0 {
		t.Errorf("the second sees %v of the earlier version", d)
	}
	_, err = decide(o, "review-1", review.Approved, "", ids[0])
	o.OK(err)
	if state(o, ids[0]) != inspect.VisitCoded {
		t.Errorf("the visit is %s", state(o, ids[0]))
	}
	_, err = decide(o, "review-2", review.Approved, "", ids[0])
	o.OK(err)
	v := shown(o, "", ids[0])
	if v.Visit.State != inspect.VisitApproved || len(v.History) != 2 || v.History[1].Report.Correction != "演示数据：更正" || v.History[0].File != "x" {
		t.Errorf("%s, history %+v", v.Visit.State, v.History)
	}
}

// Whoever judges signs the digest of a report: nobody is shown another under it.
func TestReportIsItsDigest(t *testing.T) {
	t.Parallel()
	o, ids := coding(t, 45)
	o.SQL(rehearsal.SetJSON("report", "$.answers", "json('[]')", "visit = '"+ids[0]+"'"))
	o.Refused("a decision", "visit.bent", func() error {
		_, err := decide(o, "review-1", review.Returned, "演示数据：没有答案", ids[0])
		return err
	})
	o.Refused("a look", "visit.bent", func() error {
		_, err := review.Show(t.Context(), o.Campaign, o.Who("review-1"), ids[0], false)
		return err
	})
	_, err := decide(o, "review-1", review.Approved, "", ids[1])
	o.OK(err)
}

// Another id for the same key is the same person; whoever made the visit judges none of it.
func TestSecondCoderIsSomebodyElse(t *testing.T) {
	t.Parallel()
	o, ids := coding(t, 44)
	first, err := decide(o, "review-1", review.Approved, "", ids[0])
	o.OK(err)
	if len(first.Waiting) != 1 {
		t.Fatal(first)
	}
	// the office renames a person in its configuration and hands out the old key
	o.SQL("UPDATE coding SET by = 'somebody'")
	o.Refused("another's name for it", "campaign.undecided", func() error { _, err := decide(o, "review-1", review.Approved, "", ids[0]); return err })
	o.SQL(rehearsal.SetJSON("report", "$.inspectors[0]", "'review-2'", "visit = '"+ids[1]+"'"))
	for _, v := range o.Visits(1, 0) {
		if v.ID == ids[1] {
			o.SQL("UPDATE report SET digest = '" + intake.ContentDigest(v.Report).String() + "' WHERE visit = '" + v.ID + "'")
		}
	}
	for _, decision := range []string{review.Approved, review.Returned} {
		o.Refused("an inspector of the visit", "visit.own", func() error { _, err := decide(o, "review-2", decision, "演示数据", ids[1]); return err })
	}
	o.Refused("a reviewer who is none", "campaign.role", func() error { _, err := decide(o, "score-1", review.Approved, "", ids[0]); return err })
	o.Refused("a look under another's name", "campaign.role", func() error {
		_, err := review.Show(t.Context(), o.Campaign, o.Who("score-1"), ids[0], false)
		return err
	})
}

// A reviewer sees evidence and no place, unless asked for.
func TestVisitWithoutPlaces(t *testing.T) {
	t.Parallel()
	o, ids := coding(t, 45)
	hidden, err := json.Marshal(shown(o, "review-1", ids[0]))
	o.OK(err)
	o.Refused("places without a key", "campaign.as", func() error {
		_, err := review.Show(t.Context(), o.Campaign, o.Who(""), ids[0], true)
		return err
	})
	v, err := review.Show(t.Context(), o.Campaign, o.Who("review-2"), ids[0], true)
	o.OK(err)
	var seen []inspect.Access
	o.Tx(func(tx *store.Tx) (err error) { seen, err = tx.Accesses(); return err })
	if last := seen[len(seen)-1]; last.Person != "review-2" || last.Act != inspect.SawPlaces || last.Object != ids[0] {
		t.Errorf("on record: %+v", last)
	}
	rows, err := review.List(t.Context(), o.Campaign, 1, review.VisitFilter{})
	o.OK(err)
	for _, r := range rows {
		if r.Unit != "" || r.Places != (inspect.Places{}) {
			t.Fatalf("a list tells where %s is", r.ID)
		}
	}
	for _, told := range []string{v.Visit.Unit, v.Visit.Places.Region, v.Visit.Places.County, v.Visit.Places.Township} {
		if told == "" || bytes.Contains(hidden, []byte(told)) {
			t.Errorf("%q is told, or was never known", told)
		}
	}
	if !slices.Contains(v.Why, "no-time") || len(v.History) != 1 || v.History[0].Report.Inspectors[0] != "insp-1a" {
		t.Errorf("why %v, history %+v", v.Why, v.History)
	}
}

// Photos and mandatory reports that a form enclosed stand with their visit.
func TestVisitPhotos(t *testing.T) {
	t.Parallel()
	o, ids := coding(t, 46)
	v := shown(o, "", ids[0])
	var shot bytes.Buffer
	o.OK(jpeg.Encode(&shot, image.NewGray(image.Rect(0, 0, 8, 8)), nil))
	photo := shot.Bytes()
	data := formReturn(o, v.Visit.Leg, *v.Visit.Report, photo)
	d := inspect.DigestOf(data)
	o.OK(o.KeepEvidence(d, data))
	o.Tx(func(tx *store.Tx) error {
		if err := tx.PutReturned(inspect.Returned{Digest: d.String(), Name: "back.txt", Wave: 1, Leg: v.Visit.Leg, Complete: true, Received: o.Now}); err != nil {
			return err
		}
		for range 2 { // the same alarm in the file and in its repetition
			if _, err := tx.PutAlarm(ids[0], o.Now, []string{"police", "township"}, "12", d.String()); err != nil {
				return err
			}
		}
		return tx.PutReport(v.Visit.Report, false, intake.ContentDigest(v.Visit.Report).String(), inspect.GradeA, d.String(), o.Now)
	})
	o.SQL("UPDATE report SET returned = '" + d.String() + "' WHERE visit = '" + ids[0] + "'")
	o.Tx(func(tx *store.Tx) error {
		return tx.PutPhoto(inspect.DigestOf(photo).String(), ids[0], o.Now, d.String())
	})
	// without a key a photo is known to be there, and nothing more
	if hidden := shown(o, "", ids[0]); len(hidden.Photos) != 1 || hidden.Photos[0] != (review.VisitPhoto{SHA256: inspect.DigestOf(photo), At: hidden.Photos[0].At}) ||
		!hidden.Photos[0].At.Equal(o.Now) || !slices.Equal(hidden.Closed, []string{d.String()}) {
		t.Errorf("without a key: %+v, closed %v", hidden.Photos, hidden.Closed)
	}
	got := shown(o, "review-2", ids[0])
	if len(got.Photos) != 1 || got.Photos[0].SHA256 != inspect.DigestOf(photo) || got.Photos[0].Size != len(photo) || got.Photos[0].Type != "image/jpeg" {
		t.Errorf("photos %+v", got.Photos)
	}
	if len(got.Alarms) != 1 || got.Alarms[0].Receipt != "12" || !slices.Equal(got.Alarms[0].Told, []string{"police", "township"}) || !got.Alarms[0].At.Equal(o.Now) {
		t.Errorf("alarms %+v", got.Alarms)
	}
}

// formReturn is what an offline form sends back: one report and one photo.
func formReturn(o *rehearsal.Office, leg int, r inspect.Report, photo []byte) []byte {
	o.T.Helper()
	master, err := o.ReturnMaster(1)
	o.OK(err)
	key, err := seal.ReturnKey(master, o.Config.Campaign.ID, 1, leg)
	o.OK(err)
	r.Arrived, r.Left = o.Now.Add(-time.Hour), o.Now
	r.Observations = []inspect.Observation{{Kind: inspect.Hazard, Severity: "S3", Fact: "演示数据"}} // what the photo shows
	content, err := json.Marshal(map[string]any{"form": form.Form, "checklist": checklist.Default().Digest(), "made": o.Now, "agent": "", "opened": []any{},
		"registers": []any{}, "reports": []any{r}, "passed": []any{}, "alarms": []any{}, "drafts": nil,
		"photos": []any{map[string]any{"visit": r.Visit, "observation": 0, "sha256": inspect.DigestOf(photo), "type": "image/jpeg", "size": len(photo), "at": o.Now}}})
	o.OK(err)
	head := fmt.Appendf(nil, `{"schema":%q,"campaign":%q,"wave":1,"packet":%d,"key":%q}`+"\n", form.Schema, o.Config.Campaign.ID, leg, seal.KeyID(key))
	content = append(append(binary.BigEndian.AppendUint32(nil, uint32(len(content))), content...), photo...)
	box, err := seal.SealWith(o.Rand, key, head, content)
	o.OK(err)
	return append(head, box...)
}
