package campaign

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
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
)

// coding is an office whose wave came back, with three reviewers and the visits of one leg marked
// for a second coder; nothing is reviewed yet.
func coding(t *testing.T, seed byte) (o *office, ids []string) {
	t.Helper()
	o = newOffice(t, seed)
	for _, id := range []string{"review-2", "review-3"} {
		_, err := o.NewPerson(id, []string{reviewer}, "")
		o.ok(err)
	}
	o.draw(1)
	o.submit(1, best)
	_, _, alone := o.overlapped()
	o.sql(set("visit", "$.second", "json('true')", fmt.Sprintf("leg = %d", alone)))
	for _, v := range o.visits(1, alone) {
		ids = append(ids, v.ID)
	}
	return o, ids
}

func (o *office) decide(as, decision, reason string, ids ...string) (*Reviewed, error) {
	return o.VisitReview(o.t.Context(), as, ids, decision, reason)
}

func (o *office) state(id string) inspect.VisitState {
	o.t.Helper()
	return o.shown("", id).Visit.State
}

func (o *office) shown(as, id string) *VisitView {
	o.t.Helper()
	v, err := o.Visit(o.t.Context(), as, id, false)
	o.ok(err)
	return v
}

// Two who decide alike settle a visit; until then nobody sees what the first decided, but the first.
func TestSecondCoderAgrees(t *testing.T) {
	t.Parallel()
	o, ids := coding(t, 40)
	approvals := len(o.entries("visit-approved"))
	for _, decision := range []string{Approved, Returned} {
		id := ids[0]
		if decision == Returned {
			id = ids[1]
		}
		got, err := o.decide("review-1", decision, "演示数据", id)
		o.ok(err)
		if !slices.Equal(got.Waiting, []string{id}) || len(got.Approved)+len(got.Returned) > 0 || o.state(id) != inspect.VisitCoded {
			t.Errorf("%s by the first: %+v, %s", decision, got, o.state(id))
		}
		for as, sees := range map[string]int{"": 0, "review-2": 0, "review-3": 0, "review-1": 1} {
			if d := o.shown(as, id).Decisions; len(d) != sees {
				t.Errorf("%q sees %v before the second decided", as, d)
			}
		}
		o.refused("the first again", "visit.coded", func() error { _, err := o.decide("review-1", decision, "演示数据", id); return err })
		o.refused("the first the other way", "visit.coded", func() error { _, err := o.decide("review-1", Approved, "", id); return err })
		got, err = o.decide("review-2", decision, "演示数据", id)
		o.ok(err)
		want := map[string]inspect.VisitState{Approved: inspect.VisitApproved, Returned: inspect.VisitSentBack}[decision]
		if len(got.Approved)+len(got.Returned) != 1 || o.state(id) != want {
			t.Errorf("%s by both: %+v, %s", decision, got, o.state(id))
		}
		if d := o.shown("", id).Decisions; len(d) != 2 || d[0].By != "review-1" || d[1].By != "review-2" {
			t.Errorf("afterwards everybody sees %v", d)
		}
	}
	for _, f := range o.shown("", ids[0]).Findings {
		if f.State != inspect.FindingSubmitted {
			t.Errorf("finding %s is %s", f.ID, f.State)
		}
	}
	// the first decision is not in the ledger: its count would tell what it was
	if log := o.entries("visit-approved")[approvals:]; len(log) != 1 || !strings.Contains(log[0], `"visits":1`) {
		t.Errorf("logged %q", log)
	}
}

// Two who differ leave the visit to a third, who says why; to send it back needs no third.
func TestSecondCoderDiffers(t *testing.T) {
	t.Parallel()
	o, ids := coding(t, 41)
	for i, id := range ids[:2] {
		first, second := Approved, Returned
		if i == 1 {
			first, second = Returned, Approved
		}
		_, err := o.decide("review-1", first, "演示数据", id)
		o.ok(err)
		got, err := o.decide("review-2", second, "演示数据", id)
		o.ok(err)
		if !slices.Equal(got.Disputed, []string{id}) || o.state(id) != inspect.VisitDisputed || len(o.shown("review-3", id).Decisions) != 2 {
			t.Fatalf("%+v, %s", got, o.state(id))
		}
	}
	o.refused("a third without a reason", "visit.dispute-reason", func() error { _, err := o.decide("review-3", Approved, "", ids[0]); return err })
	for _, as := range []string{"review-1", "review-2"} {
		o.refused("one of the two", "visit.dispute-third", func() error { _, err := o.decide(as, Approved, "演示数据", ids[0]); return err })
	}
	_, err := o.decide("review-3", Approved, "演示数据：证据充分", ids[0])
	o.ok(err)
	_, err = o.decide("review-2", Returned, "演示数据：补充核查方式", ids[1])
	o.ok(err)
	if o.state(ids[0]) != inspect.VisitApproved || o.state(ids[1]) != inspect.VisitSentBack {
		t.Errorf("settled as %s and %s", o.state(ids[0]), o.state(ids[1]))
	}
	s, err := o.SecondCoding(t.Context(), 1)
	o.ok(err)
	if s.Marked != len(ids) || s.Agreed.N != 2 || s.Agreed.Alike != 0 || s.Agreed.Kappa == nil || *s.Agreed.Kappa != -1 || !s.Agreed.Small || s.Disputed != 0 {
		t.Errorf("agreement %+v", s)
	}
}

// Reports that were not drawn for it need one decision; a batch of both is all or nothing.
func TestSecondCoderBatch(t *testing.T) {
	t.Parallel()
	o, ids := coding(t, 42)
	primary, _, alone := o.overlapped()
	plain := o.visits(1, primary)[0].ID
	got, err := o.decide("review-1", Approved, "", plain, ids[0])
	o.ok(err)
	if !slices.Equal(got.Approved, []string{plain}) || !slices.Equal(got.Waiting, ids[:1]) {
		t.Errorf("%+v", got)
	}
	o.refused("with one judged already", "visit.coded", func() error { _, err := o.decide("review-1", Approved, "", ids[1], ids[0]); return err })
	mine, err := o.VisitsToReview(t.Context(), "review-1", 1, alone)
	o.ok(err)
	theirs, err := o.VisitsToReview(t.Context(), "review-2", 1, alone)
	o.ok(err)
	if !slices.Equal(mine, ids[1:]) || !slices.Equal(theirs, ids) {
		t.Errorf("review-1 may judge %v, review-2 %v", mine, theirs)
	}
	rows, err := o.VisitRows(t.Context(), 1, VisitFilter{State: inspect.VisitCoded, Grade: inspect.GradeA})
	o.ok(err)
	if len(rows) != 1 || rows[0].ID != ids[0] || !rows[0].Second {
		t.Errorf("waiting are %v", rows)
	}
	for rule, f := range map[string]VisitFilter{"visit.filter": {State: "done"}} {
		if _, err := o.VisitRows(t.Context(), 1, f); ruleOf(err) != rule {
			t.Errorf("%+v: %v", f, err)
		}
	}
	if rows, err := o.VisitRows(t.Context(), 1, VisitFilter{Grade: inspect.GradeC}); err != nil || len(rows) != 0 {
		t.Errorf("of grade C: %v, %v", rows, err)
	}
}

// A corrected report is judged anew by both: what was decided about the earlier one counts no
// more, and stays unseen as long as either is to judge.
func TestSecondCoderOfACorrection(t *testing.T) {
	t.Parallel()
	o, ids := coding(t, 43)
	_, err := o.decide("review-1", Approved, "", ids[0])
	o.ok(err)
	o.tx(func(tx *store.Tx) error {
		v, _, err := tx.Visit(ids[0])
		o.ok(err)
		r := *v.Report
		r.Revision, r.Correction = 2, "演示数据：更正"
		if err := tx.PutReport(&r, false, "corrected", inspect.GradeA, "file-1-"+fmt.Sprint(v.Leg), o.now); err != nil {
			return err
		}
		return tx.SetVisitState(v.ID, inspect.VisitSubmitted)
	})
	if d := o.shown("review-2", ids[0]).Decisions; len(d) != 0 {
		t.Errorf("the second sees %v of the earlier version", d)
	}
	_, err = o.decide("review-1", Approved, "", ids[0])
	o.ok(err)
	if o.state(ids[0]) != inspect.VisitCoded {
		t.Errorf("the visit is %s", o.state(ids[0]))
	}
	_, err = o.decide("review-2", Approved, "", ids[0])
	o.ok(err)
	v := o.shown("", ids[0])
	if v.Visit.State != inspect.VisitApproved || len(v.History) != 2 || v.History[1].Report.Correction != "演示数据：更正" || v.History[0].File != "x" {
		t.Errorf("%s, history %+v", v.Visit.State, v.History)
	}
}

// Another id for the same key is the same person; whoever made the visit judges none of it.
func TestSecondCoderIsSomebodyElse(t *testing.T) {
	t.Parallel()
	o, ids := coding(t, 44)
	first, err := o.decide("review-1", Approved, "", ids[0])
	o.ok(err)
	if len(first.Waiting) != 1 {
		t.Fatal(first)
	}
	// the office renames a person in its configuration and hands out the old key
	o.sql("UPDATE coding SET by = 'somebody'")
	o.refused("the same key", "visit.coded", func() error { _, err := o.decide("review-1", Approved, "", ids[0]); return err })
	o.sql(set("report", "$.inspectors[0]", "'review-2'", "visit = '"+ids[1]+"'"))
	for _, decision := range []string{Approved, Returned} {
		o.refused("an inspector of the visit", "visit.own", func() error { _, err := o.decide("review-2", decision, "演示数据", ids[1]); return err })
	}
	o.refused("a reviewer who is none", "campaign.role", func() error { _, err := o.decide("score-1", Approved, "", ids[0]); return err })
	o.refused("a look under another's name", "campaign.role", func() error { _, err := o.Visit(t.Context(), "score-1", ids[0], false); return err })
}

// A reviewer sees evidence and no place, unless asked for.
func TestVisitWithoutPlaces(t *testing.T) {
	t.Parallel()
	o, ids := coding(t, 45)
	hidden, err := json.Marshal(o.shown("review-1", ids[0]))
	o.ok(err)
	v, err := o.Visit(t.Context(), "", ids[0], true)
	o.ok(err)
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
	v := o.shown("", ids[0])
	var shot bytes.Buffer
	o.ok(jpeg.Encode(&shot, image.NewGray(image.Rect(0, 0, 8, 8)), nil))
	photo := shot.Bytes()
	data := o.formReturn(v.Visit.Leg, *v.Visit.Report, photo)
	d := inspect.DigestOf(data)
	o.ok(o.keepEvidence(d, data))
	o.tx(func(tx *store.Tx) error {
		if err := tx.PutReturned(d.String(), "back.txt", 1, v.Visit.Leg, true, o.now); err != nil {
			return err
		}
		for range 2 { // the same alarm in the file and in its repetition
			if err := tx.PutAlarm(ids[0], o.now, []string{"police", "township"}, "12", d.String()); err != nil {
				return err
			}
		}
		return tx.PutReport(v.Visit.Report, false, "photographed", inspect.GradeA, d.String(), o.now)
	})
	o.sql("UPDATE report SET returned = '" + d.String() + "' WHERE visit = '" + ids[0] + "'")
	got := o.shown("", ids[0])
	if len(got.Photos) != 1 || got.Photos[0].SHA256 != inspect.DigestOf(photo) || got.Photos[0].Size != len(photo) || got.Photos[0].Type != "image/jpeg" {
		t.Errorf("photos %+v", got.Photos)
	}
	if len(got.Alarms) != 1 || got.Alarms[0].Receipt != "12" || !slices.Equal(got.Alarms[0].Told, []string{"police", "township"}) || !got.Alarms[0].At.Equal(o.now) {
		t.Errorf("alarms %+v", got.Alarms)
	}
}

// formReturn is what an offline form sends back: one report and one photo.
func (o *office) formReturn(leg int, r inspect.Report, photo []byte) []byte {
	o.t.Helper()
	master, err := o.returnMaster(1)
	o.ok(err)
	key, err := seal.ReturnKey(master, o.Config.Campaign.ID, 1, leg)
	o.ok(err)
	r.Arrived, r.Left = o.now.Add(-time.Hour), o.now
	r.Observations = []inspect.Observation{{Kind: inspect.Hazard, Severity: "S3", Fact: "演示数据"}} // what the photo shows
	content, err := json.Marshal(map[string]any{"form": form.Form, "checklist": checklist.Default().Digest(), "made": o.now, "agent": "", "opened": []any{},
		"registers": []any{}, "reports": []any{r}, "passed": []any{}, "alarms": []any{}, "drafts": nil,
		"photos": []any{map[string]any{"visit": r.Visit, "observation": 0, "sha256": inspect.DigestOf(photo), "type": "image/jpeg", "size": len(photo), "at": o.now}}})
	o.ok(err)
	head := fmt.Appendf(nil, `{"schema":%q,"campaign":%q,"wave":1,"packet":%d,"key":%q}`+"\n", form.Schema, o.Config.Campaign.ID, leg, seal.KeyID(key))
	content = append(append(binary.BigEndian.AppendUint32(nil, uint32(len(content))), content...), photo...)
	box, err := seal.SealWith(o.Rand, key, head, content)
	o.ok(err)
	return append(head, box...)
}
