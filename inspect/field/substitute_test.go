package field_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/draw"
	"zhicha/inspect/field"
	"zhicha/inspect/plan"
	"zhicha/inspect/publish"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/results"
	"zhicha/inspect/returns"
	"zhicha/inspect/score"
	"zhicha/inspect/store"
	"zhicha/inspect/verify"
	"zhicha/inspect/workbook"
)

// nextOf is the reserve the sealed plan has next for a unit, by its order alone.
func nextOf(o *rehearsal.Office, kind inspect.Kind, within string, place int) string {
	o.T.Helper()
	plan, err := field.OpenPlan(o.T.Context(), o.Campaign, 1, o.Keys())
	o.OK(err)
	i := slices.IndexFunc(plan.Reserves, func(r inspect.Reserve) bool {
		return r.Kind == kind && r.Within == within && r.Order == place
	})
	if i < 0 {
		o.T.Fatalf("no reserve %d of %s within %s", place, kind, within)
	}
	return plan.Reserves[i].Unit
}

// byState splits the visits of a leg.
func byState(o *rehearsal.Office, leg int) (standing, gone []inspect.StandingVisit) {
	for _, v := range o.Visits(1, leg) {
		if v.State == inspect.VisitSubstituted {
			gone = append(gone, v)
		} else {
			standing = append(standing, v)
		}
	}
	return standing, gone
}

// A township gives way to the next in order with its villages and households, on both legs of an
// overlap; a second one takes the one after.
func TestSubstituteTownship(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 1)
	o.Draw(1)
	primary, twin, _ := o.Overlapped()
	before := o.Visits(1, primary)
	county := o.Unit(1, primary, inspect.CO)
	entries := len(o.Entries("leg-substituted"))
	for round := 1; round <= 2; round++ {
		unit := o.Unit(1, primary, inspect.TS)
		if round == 2 { // the reserve gives way in its turn
			unit = nextOf(o, inspect.TS, county, 1)
		}
		got, err := field.Substitute(t.Context(), o.Campaign, o.Who("draw-1"), o.Act(twin, unit, "review-1"))
		o.OK(err)
		want := nextOf(o, inspect.TS, county, round)
		if got.No != round || !slices.Equal(got.Legs, []int{primary, twin}) || got.Kind != inspect.TS || len(got.Replaced) != 6 || len(got.Visits) != 6 {
			t.Fatalf("round %d: %+v", round, got)
		}
		for _, leg := range got.Legs {
			standing, gone := byState(o, leg)
			if len(standing) != len(before) || len(gone) != 3*round {
				t.Fatalf("leg %d: %d stand, %d gave way", leg, len(standing), len(gone))
			}
			fresh := standing[len(standing)-3:]
			if fresh[0].Seq != len(before)+3*(round-1)+1 || fresh[2].Unit != want || fresh[1].Unit != fresh[0].Unit || fresh[0].Unit[:9] != want[:9] {
				t.Errorf("leg %d: new visits %s %s %s, want township %s", leg, fresh[0].ID, fresh[1].ID, fresh[2].Unit, want)
			}
			if i := slices.IndexFunc(gone, func(v inspect.StandingVisit) bool { return v.Kind == inspect.HH }); !slices.Equal(gone[i].Order, fresh[0].Order) || len(fresh[0].Order) != draw.Lines {
				t.Error("the households' order was not taken over")
			}
			if fresh[0].Day != gone[0].Day || fresh[2].Day != gone[2].Day {
				t.Errorf("new visits are due on %s and %s", fresh[0].Day, fresh[2].Day)
			}
			if fresh[2].WeightNum != gone[2].WeightNum || fresh[2].WeightDen != gone[2].WeightDen {
				t.Errorf("a township's weight is now %d/%d", fresh[2].WeightNum, fresh[2].WeightDen)
			}
		}
	}
	// every approval was logged before the change it allowed; no place is named
	log := o.Entries("leg-substituted")[entries:]
	if len(log) != 4 || !strings.Contains(log[0], "approvals") || !strings.Contains(log[1], "change") {
		t.Fatalf("logged %q", log)
	}
	for _, e := range log {
		if regexp.MustCompile(`"64[0-9]{10}"`).MatchString(e) || strings.Contains(e, "review-1") {
			t.Errorf("the entry tells too much: %s", e)
		}
	}
}

// A village takes its household orders over, an institution is the next of its prefecture.
func TestSubstituteBelow(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 2)
	o.Draw(1)
	_, _, alone := o.Overlapped()
	f, _, err := o.OpenFrame(nil)
	o.OK(err)
	village := o.Unit(1, alone, inspect.VC)
	u, _ := f.Unit(inspect.VC, village)
	want := nextOf(o, inspect.VC, u.Township, 1)
	got, err := field.Substitute(t.Context(), o.Campaign, o.Who("draw-1"), o.Act(alone, village, "privacy-1"))
	o.OK(err)
	if standing, gone := byState(o, alone); len(gone) != 2 || got.Kind != inspect.VC || standing[len(standing)-1].Unit != want {
		t.Errorf("%+v", got)
	}
	institution := o.Unit(1, alone, inspect.WI)
	county, _ := f.County(o.Unit(1, alone, inspect.CO))
	want = nextOf(o, inspect.WI, county.Prefecture(), 1)
	_, err = field.Substitute(t.Context(), o.Campaign, o.Who("draw-1"), o.Act(alone, institution, "review-1"))
	o.OK(err)
	if got := o.Unit(1, alone, inspect.WI); got != want {
		t.Errorf("institution %s, want %s", got, want)
	}
}

// A county gives way with two approvals: its legs, what is scored and what the reveal opens follow.
func TestSubstituteCounty(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 3)
	o.Draw(1)
	primary, twin, _ := o.Overlapped()
	county := o.Unit(1, primary, inspect.CO)
	want := nextOf(o, inspect.CO, "64", 1)
	before := o.Visits(1, primary)
	got, err := field.Substitute(t.Context(), o.Campaign, o.Who("draw-1"), o.Act(primary, county, "review-1", "privacy-1"))
	o.OK(err)
	if len(got.Visits) != 2*len(before) || len(got.Replaced) != 2*len(before) {
		t.Errorf("%+v", got)
	}
	for _, no := range []int{primary, twin} {
		leg, err := legOfNow(o, no)
		o.OK(err)
		if leg.County != want || o.Unit(1, no, inspect.CO) != want || leg.Visits != len(before) {
			t.Errorf("leg %+v, want county %s", leg, want)
		}
	}
	o.Report(1, rehearsal.Best)
	r, err := results.Compute(t.Context(), o.Campaign, 1)
	o.OK(err)
	if len(r.Counties) != 4 || !slices.ContainsFunc(r.Counties, func(c score.County) bool { return c.Code == want && c.Visits == len(before) }) {
		t.Errorf("scored counties are %+v", r.Counties)
	}
	if r.National.Planned != r.National.Visits {
		t.Errorf("%d planned, %d visited", r.National.Planned, r.National.Visits)
	}
	legs, err := o.Legs(t.Context(), 1)
	o.OK(err)
	for _, l := range legs {
		o.OK(field.CloseLegs(t.Context(), o.Campaign, o.Who("review-1"), 1, []int{l.No}, ""))
	}
	o.OK(ceremony.Reveal(t.Context(), o.Campaign, o.Who("draw-1"), 1, campaign.PublicStages, o.Keys()))
	opens(o, county, want)
	// a stranger with the published folder finds the reserve explained
	_, err = results.Freeze(t.Context(), o.Campaign, o.Who("score-1"), 1)
	o.OK(err)
	_, err = publish.BuildSite(t.Context(), o.Campaign, o.Who("publish-1"), 1)
	o.OK(err)
	report, err := verify.Folder(os.DirFS(o.Path(campaign.PublicDir)), verify.Options{})
	o.OK(err)
	raw, err := json.Marshal(report)
	o.OK(err)
	if !report.Verified || !strings.Contains(string(raw), `"Substituted":1`) {
		t.Errorf("verified: %v", report.Problems())
	}
}

// opens checks as a stranger would that the reveal explains the substitution that was logged.
func opens(o *rehearsal.Office, replaced, reserve string) {
	o.T.Helper()
	var revealed struct {
		Substituted []struct {
			No                      int
			Replaced, Reserve, Salt string
		}
	}
	o.OK(json.Unmarshal([]byte(o.Entries("revealed")[0]), &revealed))
	var logged struct {
		No     int
		Change string
	}
	log := o.Entries("leg-substituted")
	o.OK(json.Unmarshal([]byte(log[len(log)-1]), &logged))
	if len(revealed.Substituted) != 1 {
		o.T.Fatalf("revealed %+v", revealed)
	}
	s := revealed.Substituted[0]
	d := plan.ChangeDigest(&inspect.Substitution{Kind: inspect.CO, Replaced: s.Replaced, Reserve: s.Reserve, Salt: s.Salt})
	if s.No != logged.No || s.Replaced != replaced || s.Reserve != reserve || d.String() != logged.Change {
		o.T.Errorf("revealed %+v, logged %+v", s, logged)
	}
}

func legOfNow(o *rehearsal.Office, no int) (l inspect.StandingLeg, err error) {
	err = o.View(o.T.Context(), func(tx *store.Tx) (err error) { l, err = plan.LegOf(tx, 1, no); return err })
	return l, err
}

// Whatever is refused leaves no trace: no entry, no file, no visit.
func TestSubstituteRefused(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 4)
	ctx := t.Context()
	o.Refused("before the draw", "plan.not-opened", func() error {
		_, err := field.Substitute(ctx, o.Campaign, o.Who("draw-1"), o.Act(1, "640104000000", "review-1"))
		return err
	})
	o.Draw(1)
	primary, _, alone := o.Overlapped()
	county, township, village := o.Unit(1, alone, inspect.CO), o.Unit(1, alone, inspect.TS), o.Unit(1, alone, inspect.VC)
	try := func(what, rule, as string, a field.SubstituteAct) {
		t.Helper()
		o.Refused(what, rule, func() error { _, err := field.Substitute(ctx, o.Campaign, o.Who(as), a); return err })
	}
	with := func(a field.SubstituteAct, change func(*field.SubstituteAct)) field.SubstituteAct {
		change(&a)
		return a
	}
	try("by a reviewer", "campaign.role", "review-1", o.Act(alone, township, "review-1"))
	try("without approval", "leg.approvals", "draw-1", o.Act(alone, township))
	try("a county with one approval", "leg.approvals", "draw-1", o.Act(alone, county, "review-1"))
	try("a county with the same approval twice", "leg.approvals", "draw-1", o.Act(alone, county, "review-1", "review-1"))
	try("approved by who draws", "leg.approver", "draw-1", o.Act(alone, township, "draw-1"))
	o.OK(o.ChangeRoles(t.Context(), "draw-1", []string{inspect.RoleDrawer, inspect.RoleReviewer}, o.Who("sign-1"), o.Who("privacy-1")))
	try("approved by who draws and reviews", "leg.approver", "draw-1", o.Act(alone, township, "draw-1"))
	try("approved by a scorer", "leg.approver", "draw-1", o.Act(alone, county, "review-1", "score-1"))
	try("approved by nobody", "campaign.unknown-person", "draw-1", o.Act(alone, township, "nobody"))
	try("an unknown reason", "leg.reason-unknown", "draw-1", with(o.Act(alone, township, "review-1"), func(a *field.SubstituteAct) { a.Reason = "weather" }))
	try("a unit elsewhere", "leg.no-unit", "draw-1", o.Act(alone, o.Unit(1, primary, inspect.TS), "review-1"))
	try("a leg there is not", "leg.unknown", "draw-1", o.Act(99, township, "review-1"))
	try("one key", "packet.two-keys", "draw-1", with(o.Act(alone, township, "review-1"), func(a *field.SubstituteAct) { a.Keys = o.Keys("custody-1") }))
	try("one custodian twice", "seal.cannot-open", "draw-1", with(o.Act(alone, township, "review-1"), func(a *field.SubstituteAct) { a.Keys = o.Keys("custody-1", "custody-1") }))
	try("a key that is none", "seal.key", "draw-1", with(o.Act(alone, township, "review-1"), func(a *field.SubstituteAct) { a.Keys = o.Keys("custody-1", "draw-1") }))

	o.Tx(func(tx *store.Tx) error {
		i := slices.IndexFunc(visitsIn(o, tx, alone), func(v inspect.StandingVisit) bool { return v.Kind == inspect.VC && v.Unit == village })
		return tx.SetVisitState(visitsIn(o, tx, alone)[i].ID, inspect.VisitSubmitted)
	})
	f, _, err := o.OpenFrame(nil)
	o.OK(err)
	u, _ := f.Unit(inspect.VC, village)
	for what, a := range map[string]field.SubstituteAct{"the village": o.Act(alone, village, "review-1"), "its township": o.Act(alone, u.Township, "review-1"),
		"its county": o.Act(alone, county, "review-1", "privacy-1")} {
		try(what+" after a report", "leg.reported", "draw-1", a)
	}
	other := o.Unit(1, primary, inspect.TS)
	o.OK(field.SuspendLeg(ctx, o.Campaign, o.Who("review-1"), 1, primary, "演示数据", false))
	try("on a suspended leg", "leg.suspended", "draw-1", o.Act(primary, other, "review-1"))
	o.OK(field.CloseLegs(ctx, o.Campaign, o.Who("review-1"), 1, []int{primary}, "演示数据"))
	try("on a closed leg", "leg.closed", "draw-1", o.Act(primary, other, "review-1"))
}

func visitsIn(o *rehearsal.Office, tx *store.Tx, leg int) []inspect.StandingVisit {
	return rehearsal.Must(tx.LegVisits(1, leg))
}

// When the reserves run out the unit stays; what remains is that the seal was opened.
func TestSubstituteRunsOut(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 5)
	o.Draw(1)
	_, _, alone := o.Overlapped()
	for range 2 {
		_, err := field.Substitute(t.Context(), o.Campaign, o.Who("draw-1"), o.Act(alone, o.Unit(1, alone, inspect.TS), "review-1"))
		o.OK(err)
	}
	standing, _ := byState(o, alone)
	entries := len(o.Entries("leg-substituted"))
	_, err := field.Substitute(t.Context(), o.Campaign, o.Who("draw-1"), o.Act(alone, o.Unit(1, alone, inspect.TS), "review-1"))
	if rehearsal.RuleOf(err) != "leg.no-reserve" {
		t.Errorf("a third reserve of two: %v", err)
	}
	if now, _ := byState(o, alone); !slices.EqualFunc(now, standing, func(a, b inspect.StandingVisit) bool { return a.ID == b.ID }) {
		t.Error("the visits have changed")
	}
	if got := len(o.Entries("leg-substituted")); got != entries+1 {
		t.Errorf("%d entries more", got-entries)
	}
}

// The packet written again asks for what stands, office last; a return of the old one loses only
// what gave way.
func TestSubstitutedPacket(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 6)
	o.Draw(1)
	_, _, alone := o.Overlapped()
	old := filepath.Join(t.TempDir(), "old.xlsx")
	data, err := os.ReadFile(o.Path(field.RungFile(1, alone, inspect.RungVillage)))
	o.OK(err)
	o.OK(os.WriteFile(old, data, 0o600))
	got, err := field.Substitute(t.Context(), o.Campaign, o.Who("draw-1"), o.Act(alone, o.Unit(1, alone, inspect.VC), "review-1"))
	o.OK(err)
	fresh := o.Path(field.RungFile(1, alone, inspect.RungVillage))
	e, err := workbook.OpenEditor(fresh, o.Code(1, alone))
	o.OK(err)
	standing, _ := byState(o, alone)
	if n := len(e.Visits()); n != len(standing) || e.Visits()[n-1].Kind != inspect.CO || e.Visits()[0].Kind != inspect.HH {
		t.Errorf("the new packet has %d visits of %d", n, len(standing))
	}
	// a repeated packet make gives the same packet, not the one drawn
	o.Make(1)
	again, err := workbook.OpenEditor(fresh, o.Code(1, alone))
	o.OK(err)
	if diff := cmp.Diff(ids(e), ids(again)); diff != "" {
		t.Errorf("packet make brought the old visits back: %s", diff)
	}
	for path, refused := range map[string]int{old: 2, fresh: 0} {
		back := o.Filled(path, o.Code(1, alone))
		o.Now = o.Now.AddDate(0, 0, 10)
		taken, err := returns.TakeIn(t.Context(), o.Campaign, rehearsal.Who(o.Campaign, "draw-1"), 1, []string{back})
		o.OK(err)
		if taken[0].Visits["refused"] != refused || refused > 0 && rehearsal.RuleOf(taken[0].Problems) != "intake.visit-unknown" {
			t.Errorf("%s: %v, %v", filepath.Base(path), taken[0].Visits, taken[0].Problems)
		}
	}
	if standing, _ := byState(o, alone); slices.ContainsFunc(standing, func(v inspect.StandingVisit) bool { return v.State == inspect.VisitOpen }) {
		t.Errorf("visits %v are open still", got.Visits)
	}
}

func ids(e *workbook.Editor) (out []string) {
	for _, v := range e.Visits() {
		out = append(out, v.ID)
	}
	return out
}

// A suspended leg gets no packet until it goes on; an excluded one is kept, counted as planned and
// not scored.
func TestSuspendAndExclude(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 7)
	o.Draw(1)
	ctx := t.Context()
	_, _, alone := o.Overlapped()
	o.Refused("without a reason", "leg.reason", func() error { return field.SuspendLeg(ctx, o.Campaign, o.Who("review-1"), 1, alone, "", false) })
	o.Refused("by the drawer", "campaign.role", func() error { return field.SuspendLeg(ctx, o.Campaign, o.Who("draw-1"), 1, alone, "x", false) })
	o.Refused("lifting nothing", "leg.not-suspended", func() error { return field.SuspendLeg(ctx, o.Campaign, o.Who("review-1"), 1, alone, "x", true) })
	o.OK(field.SuspendLeg(ctx, o.Campaign, o.Who("review-1"), 1, alone, "演示数据：疫情", false))
	o.Refused("suspended twice", "leg.suspended", func() error { return field.SuspendLeg(ctx, o.Campaign, o.Who("review-1"), 1, alone, "x", false) })
	o.Refused("a packet", "leg.suspended", func() error {
		_, err := field.MakePackets(ctx, o.Campaign, o.Who("draw-1"), field.MakeAct{Wave: 1, Only: []int{alone}, Keys: o.Keys()})
		return err
	})
	o.Refused("a code", "leg.suspended", func() error {
		_, err := field.ReleaseRung(ctx, o.Campaign, o.Who("draw-1"), 1, []int{alone}, inspect.RungVillage)
		return err
	})
	o.Refused("spare codes", "leg.suspended", func() error {
		_, err := field.SpareCodes(ctx, o.Campaign, o.Who("draw-1"), 1, []int{alone}, o.Keys())
		return err
	})
	if made := o.Make(1); !slices.Equal(made.Held, []int{alone}) { // the others do not wait for it
		t.Errorf("left out: %v", made.Held)
	}
	if l, _ := legOfNow(o, alone); l.Suspended != "演示数据：疫情" {
		t.Errorf("leg is %+v", l)
	}
	o.OK(field.SuspendLeg(ctx, o.Campaign, o.Who("review-1"), 1, alone, "演示数据：解除", true))
	if made := o.Make(1, alone); len(made.Held) > 0 || len(made.Files) != 3 {
		t.Errorf("after it goes on: %+v", made)
	}
	o.Report(1, rehearsal.Best)
	all, err := results.Compute(ctx, o.Campaign, 1)
	o.OK(err)
	o.Refused("excluded by the scorer", "campaign.role", func() error { return field.ExcludeLeg(ctx, o.Campaign, o.Who("score-1"), 1, alone, "x") })
	o.OK(field.ExcludeLeg(ctx, o.Campaign, o.Who("review-1"), 1, alone, "演示数据：疑似泄露"))
	o.Refused("excluded twice", "leg.excluded", func() error { return field.ExcludeLeg(ctx, o.Campaign, o.Who("review-1"), 1, alone, "x") })
	rest, err := results.Compute(ctx, o.Campaign, 1)
	o.OK(err)
	l, _ := legOfNow(o, alone)
	if rest.National.Visits != all.National.Visits-l.Visits || rest.National.Planned != all.National.Planned {
		t.Errorf("scored %d of %d, before %d of %d; the leg has %d", rest.National.Visits, rest.National.Planned, all.National.Visits, all.National.Planned, l.Visits)
	}
	if l.Approved != l.Visits || l.Excluded == "" {
		t.Errorf("the leg is %+v", l)
	}
	// each act is an entry that binds who did it and why, and tells neither
	no := strconv.Itoa(alone)
	for kind, why := range map[string]string{"leg-suspended": "演示数据：疫情", "leg-resumed": "演示数据：解除", "leg-excluded": "演示数据：疑似泄露"} {
		if rows := o.Rows(kind); len(rows) != 1 || !slices.Equal(rows[0], []string{kind, "1", no, "review-1", why}) {
			t.Errorf("%s binds %q", kind, rows)
		}
		if body := o.Entries(kind)[0]; strings.Contains(body, "演示") || strings.Contains(body, "review-1") {
			t.Errorf("%s tells %s", kind, body)
		}
	}
	o.OK(field.CloseLegs(ctx, o.Campaign, o.Who("review-1"), 1, []int{alone}, ""))
	rows, visits := o.Rows("leg-closed"), o.Visits(1, alone)
	if len(rows) != 1+len(visits) || !slices.ContainsFunc(rows, func(r []string) bool { return slices.Equal(r, []string{visits[0].ID, "approved", visits[0].Digest}) }) {
		t.Errorf("leg-closed binds %q", rows)
	}
	o.Refused("closed twice at once", "leg.closed", func() error {
		other := alone%2 + 1
		return field.CloseLegs(ctx, o.Campaign, o.Who("review-1"), 1, []int{other, other}, "演示数据")
	})
}
