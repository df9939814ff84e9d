package audit_test

import (
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/audit"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/checklist"
	"zhicha/inspect/field"
	"zhicha/inspect/ledger"
	"zhicha/inspect/plan"
	"zhicha/inspect/prepare"
	"zhicha/inspect/publish"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/results"
	"zhicha/inspect/review"
	"zhicha/inspect/status"
	"zhicha/inspect/store"
	"zhicha/inspect/verify"
)

// visited is an office whose wave was drawn, had a unit of every kind give way, and came to its
// reveal; with two auditors.
func visited(t *testing.T, seed byte, settings ...string) *rehearsal.Office {
	t.Helper()
	ctx := t.Context()
	o := rehearsal.NewOffice(t, seed, settings...)
	for _, id := range []string{"audit-1", "audit-2"} {
		o.Appoint(id, "auditor", "")
	}
	o.Appoint("draft-1", "drafter", "")
	o.Draw(1)
	primary, twin, alone := o.Overlapped()
	var single []int
	legs, err := o.Legs(ctx, 1)
	o.OK(err)
	for _, l := range legs {
		if l.Primary() && l.No != primary && l.No != alone {
			single = append(single, l.No)
		}
	}
	for _, s := range []struct {
		leg       int
		kind      inspect.Kind
		approvers []string
	}{
		{alone, inspect.VC, []string{"review-1"}}, {alone, inspect.TS, []string{"privacy-1"}}, {alone, inspect.WI, []string{"review-1"}},
		{primary, inspect.CO, []string{"review-1", "privacy-1"}}, {twin, inspect.TS, []string{"review-1"}},
	} {
		legs := []int{s.leg}
		if s.leg == alone {
			legs = append(legs, single...)
		}
		var err error
		for _, leg := range legs { // the first with a reserve of that kind
			if _, err = field.Substitute(ctx, o.Campaign, o.Who("draw-1"), o.Act(leg, o.Unit(1, leg, s.kind), s.approvers...)); rehearsal.RuleOf(err) != "leg.no-reserve" {
				break
			}
		}
		o.OK(err)
	}
	o.Refused("with legs open", "plan.audit-early", func() error { _, err := audits(o, "audit-1"); return err })
	o.Return(1, poor)
	coded(o)
	o.CloseAll(1)
	o.Refused("before the reveal", "plan.audit-early", func() error { _, err := audits(o, "audit-1"); return err })
	o.OK(ceremony.Reveal(ctx, o.Campaign, o.Who("draw-1"), 1, campaign.PublicStages[:1], o.Keys()))
	o.Refused("with one stage revealed", "plan.audit-early", func() error { _, err := audits(o, "audit-1"); return err })
	o.OK(ceremony.Reveal(ctx, o.Campaign, o.Who("draw-1"), 1, campaign.PublicStages[1:], o.Keys()))
	return o
}

// coded lets a second reviewer decide about what two are to judge, alike about every third visit and otherwise
// about every third, which a third reviewer settles; the rest is left waiting.
func coded(o *rehearsal.Office) {
	o.T.Helper()
	n := 0
	for _, v := range o.Visits(1, 0) {
		if v.State != inspect.VisitCoded {
			continue
		}
		if n++; n == 1 {
			o.Appoint("review-2", inspect.RoleReviewer, "")
			o.Appoint("review-3", inspect.RoleReviewer, "")
		}
		decide := func(as, decision string) {
			_, err := review.Decide(o.T.Context(), o.Campaign, o.Who(as), []string{v.ID}, decision, "演示数据")
			o.OK(err)
		}
		switch n % 3 {
		case 0:
			decide("review-2", review.Approved)
		case 1:
			decide("review-2", review.Returned)
			decide("review-3", review.Approved)
		}
	}
}

// poor answers best but for one item in seven, of which a finding comes.
func poor(v *inspect.Visit, item *checklist.Item) string {
	if n := len(item.Answer.Options); n > 1 && (int(item.Code[len(item.Code)-1])+v.Seq)%7 == 0 {
		return item.Answer.Options[1].Code
	}
	return rehearsal.Best(v, item)
}

func audits(o *rehearsal.Office, as string) (*audit.Report, error) {
	return audit.Run(o.T.Context(), o.Campaign, o.Who(as), 1, o.Keys(), audit.SignMatch)
}

// An auditor who finds the visits to be those drawn signs so at once, one time, and the public
// learns of it by key and numbers.
func TestAudit(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	o := visited(t, 20)
	for what, c := range map[string]struct {
		as   string
		keys campaign.Custody
		rule string
	}{
		"by who draws":    {"draw-1", o.Keys(), "campaign.role"},
		"by nobody":       {"", o.Keys(), "campaign.as"},
		"with one key":    {"audit-1", o.Keys("custody-1"), "packet.two-keys"},
		"with one twice":  {"audit-1", o.Keys("custody-1", "custody-1"), "seal.cannot-open"},
		"with a bad key":  {"audit-1", o.Keys("custody-1", "audit-1"), "seal.key"},
		"without a stage": {"audit-1", campaign.Custody{}, "packet.two-keys"},
	} {
		o.Refused(what, c.rule, func() error {
			_, err := audit.Run(ctx, o.Campaign, o.Who(c.as), 1, c.keys, audit.SignMatch)
			return err
		})
	}
	got, err := audits(o, "audit-1")
	o.OK(err)
	legs, err := o.Legs(ctx, 1)
	o.OK(err)
	standing, households := 0, 0
	for _, v := range o.Visits(1, 0) {
		if v.State != inspect.VisitSubstituted {
			standing++
			if v.Kind == inspect.HH {
				households++
			}
		}
	}
	if !got.Signed || got.Outcome != ledger.Match || len(got.Mismatches) > 0 || got.Substitutions != 5 || got.Visits != standing ||
		got.Households != households || got.Legs != len(legs) {
		t.Fatalf("%+v; %d stand, %d households, %d legs", got, standing, households, len(legs))
	}
	entry := o.Entries("audited")[0]
	if regexp.MustCompile(`[0-9]{12}|audit-1`).MatchString(strings.ReplaceAll(entry, got.Plan.String(), "")) {
		t.Errorf("the entry tells too much: %s", entry)
	}
	o.Refused("a second time", "plan.audited", func() error { _, err := audits(o, "audit-1"); return err })
	again, err := audit.Run(ctx, o.Campaign, o.Who("audit-1"), 1, o.Keys(), audit.SignNothing)
	o.OK(err)
	if again.Signed || again.Outcome != got.Outcome || again.Visits != got.Visits || len(o.Entries("audited")) != 1 {
		t.Errorf("compared once more: %+v", again)
	}
	_, err = audits(o, "audit-2")
	o.OK(err)
	s, err := status.Of(ctx, o.Campaign, 1)
	o.OK(err)
	if a := s.Wave.Audits; len(a) != 2 || a[0].Fingerprint != got.Fingerprint || a[1].Fingerprint == got.Fingerprint || a[0].Visits != standing {
		t.Errorf("status tells %+v", a)
	}
	_, err = results.Freeze(ctx, o.Campaign, o.Who("score-1"), 1)
	o.OK(err)
	_, err = publish.BuildSite(ctx, o.Campaign, o.Who("publish-1"), 1)
	o.OK(err)
	report, err := verify.Folder(os.DirFS(o.Path(campaign.PublicDir)), verify.Options{})
	o.OK(err)
	if !report.Verified || len(report.Waves[0].Audits) != 2 {
		t.Errorf("verified: %v", report.Problems())
	}
	for _, page := range []string{"rounds/1.html", "verify.html"} {
		data, err := os.ReadFile(o.Path(campaign.PublicDir, page))
		o.OK(err)
		if text := string(data); !strings.Contains(text, got.Fingerprint) || !strings.Contains(text, "未发现不符") || !strings.Contains(text, "no mismatch") || strings.Contains(text, "audit-1") {
			t.Errorf("%s does not tell of the audit, or of too much", page)
		}
	}
}

// What the tool itself puts aside to spare a township (R07) is accounted for without approvals, in
// a wave over a frame that is not public; where others go on purpose nothing gives way.
func TestAuditOfBurden(t *testing.T) {
	t.Parallel()
	for kind, gives := range map[string]bool{"redraw": true, "lookback": false} {
		o := rehearsal.NewOffice(t, 8)
		o.Appoint("audit-1", "auditor", "")
		o.Draw(1)
		n := rehearsal.Second(kind)
		n.Units, n.From = o.Around(4), "2023-01-12"
		n.To = n.From.Add(13)
		made, err := prepare.AddWave(t.Context(), o.Campaign, o.Who("draw-1"), n)
		o.OK(err)
		o.Draw(made.No)
		o.Return(made.No, rehearsal.Best)
		o.CloseAll(made.No)
		o.OK(ceremony.Reveal(t.Context(), o.Campaign, o.Who("draw-1"), made.No, campaign.PublicStages, o.Keys()))
		got, err := audit.Run(t.Context(), o.Campaign, o.Who("audit-1"), made.No, o.Keys(), audit.SignMatch)
		o.OK(err)
		if got.Outcome != ledger.Match || gives != (got.Substitutions > 0) || got.Substitutions != len(o.Entries("leg-substituted")) {
			t.Errorf("%s: %+v", kind, got)
		}
		o.OK(o.Close()) // a visit of the first wave is moved to a township that the second is to spare
		x := tampered(o, `UPDATE visit SET body = CAST(json_set(CAST(body AS TEXT), '$.unit', '640104001000') AS BLOB) WHERE rowid = (SELECT max(rowid) FROM visit WHERE wave = 1 AND kind = 'TS')`)
		bent, err := audit.Run(t.Context(), x.Campaign, x.Who("audit-1"), made.No, x.Keys(), audit.SignNothing)
		if bent == nil || !slices.ContainsFunc(bent.Mismatches, func(p *inspect.Problem) bool { return p.Rule == "audit.other-wave" }) {
			t.Errorf("%s: %v %+v", kind, err, bent)
		}
	}
}

// tampered is a copy of the office in whose database somebody changed something.
func tampered(o *rehearsal.Office, change string) *rehearsal.Office {
	o.T.Helper()
	x := o.Copied(o.T)
	if x.SQL(change) == 0 {
		o.T.Fatalf("%s: changed nothing", change)
	}
	return x
}

// Whatever in the database is not what was drawn, or not accounted for, is named by its place and
// left unsigned, and nothing is written.
func TestAuditNames(t *testing.T) {
	t.Parallel()
	o := visited(t, 21)
	// the copies are made of a database at rest
	o.OK(o.Close())
	const (
		first = "id = (SELECT min(id) FROM visit WHERE kind = 'VC' AND state <> 'substituted')"
		house = "visit = (SELECT min(id) FROM visit WHERE kind = 'HH' AND state <> 'substituted')"
		lowHH = "id = (SELECT min(id) FROM visit WHERE kind = 'HH' AND state <> 'substituted')"
		added = "id = (SELECT max(id) FROM visit WHERE leg = (SELECT leg FROM visit WHERE state = 'substituted' ORDER BY id LIMIT 1))"
	)
	other := "(SELECT json_extract(CAST(body AS TEXT), '$.unit') FROM visit WHERE kind = 'VC' AND NOT " + first + " LIMIT 1)"
	for _, c := range []struct{ what, change, rule, names string }{
		{"a visit to another village", rehearsal.SetJSON("visit", "$.unit", other, first), "audit.visit", "unit"},
		{"a visit on another day", rehearsal.SetJSON("visit", "$.day", "'2023-01-06'", first), "audit.visit", "day"},
		{"another weight", rehearsal.SetJSON("visit", "$.weightNum", "7777", first), "audit.visit", "weight"},
		{"another name", rehearsal.SetJSON("visit", "$.places.name", "'别处'", first), "audit.visit", "places"},
		{"another order of households", "UPDATE visit SET turns = json_set(turns, '$[0]', 1000) WHERE " + lowHH, "audit.visit", "order"},
		{"a reserve of its own choice", rehearsal.SetJSON("visit", "$.unit", other, added), "audit.reserve", ""},
		{"a visit brought back", "UPDATE visit SET state = 'approved' WHERE id = (SELECT min(id) FROM visit WHERE state = 'substituted')", "audit.visit", "state"},
		{"packets denied", "UPDATE wave SET opened = NULL", "audit.cell", "opened"},
		{"a visit dropped", "UPDATE visit SET state = 'substituted' WHERE " + first, "audit.visit", "state"},
		{"a visit taken away", "DELETE FROM visit WHERE id IN (SELECT id FROM visit WHERE state = 'substituted' LIMIT 1)", "audit.visit-missing", ""},
		{"a visit too many", "INSERT INTO visit SELECT '1-001-99', wave, 1, 99, kind, state, CAST(json_set(CAST(body AS TEXT), '$.id', '1-001-99') AS BLOB), turns FROM visit WHERE " + first, "audit.visit-extra", "1-001-99"},
		{"a second coder's mark of its own choice", rehearsal.SetJSON("visit", "$.second", "json('true')", "id = (SELECT max(id) FROM visit)"), "audit.visit", "second"},
		{"another team", rehearsal.SetJSON("leg", "$.team", "99", "no = 1"), "audit.leg", "1"},
		{"a leg too many", "INSERT INTO leg (wave, no, body) SELECT wave, 77, CAST(json_set(CAST(body AS TEXT), '$.no', 77) AS BLOB) FROM leg WHERE no = 1", "audit.leg-extra", "77"},
		{"another probability", rehearsal.SetJSON("county", "$.piNum", "'1'", "id = (SELECT min(id) FROM county)"), "audit.county", ""},
		{"a county left out", "DELETE FROM county WHERE id = (SELECT min(id) FROM county)", "audit.county", ""},
		{"another household", rehearsal.SetJSON("report", "$.household", "json_extract(CAST(body AS TEXT), '$.household') % 20 + 1", house), "audit.household", ""},
		{"a line that the register has not", rehearsal.SetJSON("report", "$.household", "999", house), "audit.household", "999"},
		{"another reason", rehearsal.SetJSON("substitution", "$.reason", "'disaster'", "no = 1"), "audit.approval", "1"},
		{"a reason of its own", rehearsal.SetJSON("substitution", "$.reason", "'weather'", "no = 1"), "audit.unlogged", "1"},
		{"another salt", rehearsal.SetJSON("substitution", "$.salt", "'00'", "no = 2"), "audit.unlogged", "2"},
		{"another reserve", rehearsal.SetJSON("substitution", "$.reserve", "'640000000000'", "no = 2"), "audit.reserve", "640000000000"},
		{"an approval of nobody", rehearsal.SetJSON("substitution", "$.approvals", "json_array()", "no = 3"), "audit.approval", "3"},
		{"half the approvals of a county", rehearsal.SetJSON("substitution", "$.approvals", "json_remove(json_extract(CAST(body AS TEXT), '$.approvals'), '$[0]')", "no = 4"), "audit.approval", "4"},
		{"a substitution hidden", "DELETE FROM substitution WHERE no = 5", "audit.no-substitution", "5"},
		{"a substitution on another leg", rehearsal.SetJSON("substitution", "$.replaced", "'640000000000'", "no = 1"), "audit.no-unit", "640000000000"},
		{"another digest in the database", "UPDATE wave SET plan = '" + inspect.DigestOf(nil).String() + "'", "audit.plan", ""},
	} {
		t.Run(strings.ReplaceAll(c.what, " ", "-"), func(t *testing.T) {
			x := tampered(o, c.change)
			x.T = t
			var got *audit.Report
			x.Refused(c.what, "plan.audit-mismatch", func() (err error) { got, err = audits(x, "audit-1"); return err })
			if got == nil || got.Signed || got.Outcome != ledger.Mismatch {
				t.Fatalf("%+v", got)
			}
			i := slices.IndexFunc(got.Mismatches, func(p *inspect.Problem) bool {
				return p.Rule == c.rule && p.Class == inspect.Unverified && strings.Contains(p.Error(), c.names)
			})
			if i < 0 {
				t.Errorf("want %s %s, found %v", c.rule, c.names, []*inspect.Problem(got.Mismatches))
			}
		})
	}
}

// What was logged on the day of the draw holds whatever the database says later; the entries
// themselves cannot be changed, so a copy with other entries stands for another history.
func TestAuditOfAnotherDraw(t *testing.T) {
	t.Parallel()
	o := visited(t, 22)
	o.OK(o.Close())
	for rule, change := range map[string]string{
		"audit.plan":  rehearsal.SetJSON("entry", "$.plan", "'"+inspect.DigestOf(nil).String()+"'", "kind = 'drawn'"),
		"audit.stage": rehearsal.SetJSON("entry", "$.stages.village", "'"+inspect.DigestOf(nil).String()+"'", "kind = 'drawn'"),
	} {
		x := tampered(o, "DROP TRIGGER entry_no_update; "+change)
		got, err := audits(x, "audit-1")
		if rehearsal.RuleOf(err) != "plan.audit-mismatch" || !slices.ContainsFunc(got.Mismatches, func(p *inspect.Problem) bool { return p.Rule == rule }) {
			t.Errorf("%s: %+v, %v", rule, got, err)
		}
	}
}

// A mismatch is signed only where the auditor asks for it, and then told as one.
func TestAuditSignsMismatch(t *testing.T) {
	t.Parallel()
	o := visited(t, 23)
	o.OK(o.Close())
	x := tampered(o, rehearsal.SetJSON("leg", "$.team", "99", "no = 1"))
	got, err := audit.Run(t.Context(), x.Campaign, x.Who("audit-1"), 1, x.Keys(), audit.SignAny)
	if rehearsal.RuleOf(err) != "plan.audit-mismatch" || inspect.ExitStatus(err) != int(inspect.Unverified) || !got.Signed {
		t.Fatalf("%+v, %v", got, err)
	}
	a, err := ledger.ReadAudit([]byte(x.Entries("audited")[0]))
	x.OK(err)
	if a.Check() != nil || a.Statement.Outcome != ledger.Mismatch || a.Statement.Mismatches != len(got.Mismatches) {
		t.Errorf("%+v: %v", a, a.Check())
	}
	if _, err := audits(x, "audit-1"); rehearsal.RuleOf(err) != "plan.audited" {
		t.Errorf("a second statement: %v", err)
	}
}

// A deposit that does not open its commitment is no deposit.
func TestAuditOfForgedDeposit(t *testing.T) {
	t.Parallel()
	o := visited(t, 24)
	of := func(party string) string {
		return o.Path(campaign.SealedDir, plan.DepositName(1, party, [2]string{"discipline", "office"}))
	}
	theirs, err := os.ReadFile(of("evaluator"))
	o.OK(err)
	o.OK(os.WriteFile(of("office"), theirs, 0o600))
	o.Refused("the deposit of another party", "draw.share-wrong", func() error { _, err := audits(o, "audit-1"); return err })
	if _, err := audits(o, "audit-1"); inspect.ExitStatus(err) != int(inspect.Unverified) {
		t.Errorf("ends with %d", inspect.ExitStatus(err))
	}
}

// A wave that was drawn, called off and revealed has no visits to compare, and its draw to state.
func TestAuditOfCancelledWave(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 25)
	o.Appoint("audit-1", "auditor", "")
	o.Commit(1)
	_, err := ceremony.Draw(t.Context(), o.Campaign, o.Who("draw-1"), 1, campaign.Custody{})
	o.OK(err)
	w, err := o.Config.Wave(1)
	o.OK(err)
	o.Now = w.Window.To.Add(2).Time()
	o.OK(ceremony.Reveal(t.Context(), o.Campaign, o.Who("draw-1"), 1, campaign.PublicStages, o.Keys()))
	got, err := audits(o, "audit-1")
	o.OK(err)
	if got.Visits != 0 || got.Outcome != ledger.Match {
		t.Errorf("%+v", got)
	}
	var body map[string]any
	o.OK(json.Unmarshal([]byte(o.Entries("audited")[0]), &body))
	if body["wave"] != 1.0 {
		t.Errorf("entered %v", body)
	}
}

// Whoever holds the log's key and the database can write that a reviewer sent a visit back, rows, root, entry and
// all; what they cannot write is that reviewer's signature.
func TestDecidedInAnothersName(t *testing.T) {
	t.Parallel()
	o := visited(t, 26)
	var v inspect.StandingVisit
	for _, v = range o.Visits(1, 0) {
		if v.State == inspect.VisitApproved {
			break
		}
	}
	d := inspect.Decision{Visit: v.ID, Digest: v.Digest, Decision: review.Returned, By: "review-1", Reason: "演示数据", Time: o.Now}
	o.Tx(func(tx *store.Tx) error {
		root, err := campaign.Bind(tx, ledger.Salt{1}, ledger.DecisionRows([]inspect.Decision{d}))
		if err != nil {
			return err
		}
		by := campaign.PersonHash(rehearsal.Must(o.Appointed("review-1")))
		return errors.Join(review.Again(o.Campaign, tx, d), campaign.Enter(tx, o.Now, ledger.SentBack{Wave: 1, Visits: 1, By: by, Root: root}))
	})
	got, err := audits(o, "audit-1")
	if err == nil || got == nil || !slices.ContainsFunc(got.Mismatches, func(p *inspect.Problem) bool { return p.Rule == "audit.undecided" }) {
		t.Errorf("%v %v", err, got)
	}
}
