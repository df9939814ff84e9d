package campaign

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/draw"
	"zhicha/inspect/score"
	"zhicha/inspect/store"
	"zhicha/inspect/verify"
	"zhicha/inspect/workbook"
)

// nextOf is the reserve the sealed plan has next for a unit, by its order alone.
func (o *office) nextOf(kind inspect.Kind, within string, place int) string {
	o.t.Helper()
	plan, err := o.openPlan(o.t.Context(), 1, o.keys())
	o.ok(err)
	i := slices.IndexFunc(plan.Reserves, func(r inspect.Reserve) bool {
		return r.Kind == kind && r.Within == within && r.Order == place
	})
	if i < 0 {
		o.t.Fatalf("no reserve %d of %s within %s", place, kind, within)
	}
	return plan.Reserves[i].Unit
}

func (o *office) act(leg int, unit string, approvers ...string) SubstituteAct {
	return SubstituteAct{Wave: 1, Leg: leg, Unit: unit, Reason: "road_blocked", Keys: o.keys(), Approvers: approvers}
}

// byState splits the visits of a leg.
func (o *office) byState(leg int) (standing, gone []inspect.StandingVisit) {
	for _, v := range o.visits(1, leg) {
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
	o := newOffice(t, 1)
	o.draw(1)
	primary, twin, _ := o.overlapped()
	before := o.visits(1, primary)
	county := o.unit(1, primary, inspect.CO)
	entries := len(o.entries("leg-substituted"))
	for round := 1; round <= 2; round++ {
		unit := o.unit(1, primary, inspect.TS)
		if round == 2 { // the reserve gives way in its turn
			unit = o.nextOf(inspect.TS, county, 1)
		}
		got, err := o.Substitute(t.Context(), "draw-1", o.act(twin, unit, "review-1"))
		o.ok(err)
		want := o.nextOf(inspect.TS, county, round)
		if got.No != round || !slices.Equal(got.Legs, []int{primary, twin}) || got.Kind != inspect.TS || len(got.Replaced) != 6 || len(got.Visits) != 6 {
			t.Fatalf("round %d: %+v", round, got)
		}
		for _, leg := range got.Legs {
			standing, gone := o.byState(leg)
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
	log := o.entries("leg-substituted")[entries:]
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
	o := newOffice(t, 2)
	o.draw(1)
	_, _, alone := o.overlapped()
	f, _, err := o.openFrame(nil)
	o.ok(err)
	village := o.unit(1, alone, inspect.VC)
	u, _ := f.Unit(inspect.VC, village)
	want := o.nextOf(inspect.VC, u.Township, 1)
	got, err := o.Substitute(t.Context(), "draw-1", o.act(alone, village, "privacy-1"))
	o.ok(err)
	if standing, gone := o.byState(alone); len(gone) != 2 || got.Kind != inspect.VC || standing[len(standing)-1].Unit != want {
		t.Errorf("%+v", got)
	}
	institution := o.unit(1, alone, inspect.WI)
	county, _ := f.County(o.unit(1, alone, inspect.CO))
	want = o.nextOf(inspect.WI, county.Prefecture(), 1)
	_, err = o.Substitute(t.Context(), "draw-1", o.act(alone, institution, "review-1"))
	o.ok(err)
	if got := o.unit(1, alone, inspect.WI); got != want {
		t.Errorf("institution %s, want %s", got, want)
	}
}

// A county gives way with two approvals: its legs, what is scored and what the reveal opens follow.
func TestSubstituteCounty(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 3)
	o.draw(1)
	primary, twin, _ := o.overlapped()
	county := o.unit(1, primary, inspect.CO)
	want := o.nextOf(inspect.CO, "64", 1)
	before := o.visits(1, primary)
	got, err := o.Substitute(t.Context(), "draw-1", o.act(primary, county, "review-1", "privacy-1"))
	o.ok(err)
	if len(got.Visits) != 2*len(before) || len(got.Replaced) != 2*len(before) {
		t.Errorf("%+v", got)
	}
	for _, no := range []int{primary, twin} {
		leg, err := legOfNow(o, no)
		o.ok(err)
		if leg.County != want || o.unit(1, no, inspect.CO) != want || leg.Visits != len(before) {
			t.Errorf("leg %+v, want county %s", leg, want)
		}
	}
	o.report(1, best)
	r, _, err := o.Score(t.Context(), "score-1", 1)
	o.ok(err)
	if len(r.Counties) != 4 || !slices.ContainsFunc(r.Counties, func(c score.County) bool { return c.Code == want && c.Visits == len(before) }) {
		t.Errorf("scored counties are %+v", r.Counties)
	}
	if r.National.Planned != r.National.Visits {
		t.Errorf("%d planned, %d visited", r.National.Planned, r.National.Visits)
	}
	legs, err := o.Legs(t.Context(), 1)
	o.ok(err)
	for _, l := range legs {
		o.ok(o.LegClose(t.Context(), "review-1", 1, []int{l.No}, ""))
	}
	o.ok(o.Reveal(t.Context(), "draw-1", 1, publicStages, o.keys()))
	o.opens(county, want)
	// a stranger with the published folder finds the reserve explained
	_, err = o.SiteBuild(t.Context(), 1)
	o.ok(err)
	report, err := verify.Folder(os.DirFS(o.path(publicDir)), verify.Options{})
	o.ok(err)
	raw, err := json.Marshal(report)
	o.ok(err)
	if !report.Verified || !strings.Contains(string(raw), `"Substituted":1`) {
		t.Errorf("verified: %v", report.Problems())
	}
}

// opens checks as a stranger would that the reveal explains the substitution that was logged.
func (o *office) opens(replaced, reserve string) {
	o.t.Helper()
	var revealed struct {
		Substituted []struct {
			No                      int
			Replaced, Reserve, Salt string
		}
	}
	o.ok(json.Unmarshal([]byte(o.entries("revealed")[0]), &revealed))
	var logged struct {
		No     int
		Change string
	}
	log := o.entries("leg-substituted")
	o.ok(json.Unmarshal([]byte(log[len(log)-1]), &logged))
	if len(revealed.Substituted) != 1 {
		o.t.Fatalf("revealed %+v", revealed)
	}
	s := revealed.Substituted[0]
	d := changeDigest(&inspect.Substitution{Kind: inspect.CO, Replaced: s.Replaced, Reserve: s.Reserve, Salt: s.Salt})
	if s.No != logged.No || s.Replaced != replaced || s.Reserve != reserve || d.String() != logged.Change {
		o.t.Errorf("revealed %+v, logged %+v", s, logged)
	}
}

func legOfNow(o *office, no int) (l inspect.StandingLeg, err error) {
	err = o.View(o.t.Context(), func(tx *store.Tx) (err error) { l, err = legOf(tx, 1, no); return err })
	return l, err
}

// Whatever is refused leaves no trace: no entry, no file, no visit.
func TestSubstituteRefused(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 4)
	ctx := t.Context()
	o.refused("before the draw", "plan.not-opened", func() error {
		_, err := o.Substitute(ctx, "draw-1", o.act(1, "640104000000", "review-1"))
		return err
	})
	o.draw(1)
	primary, _, alone := o.overlapped()
	county, township, village := o.unit(1, alone, inspect.CO), o.unit(1, alone, inspect.TS), o.unit(1, alone, inspect.VC)
	try := func(what, rule, as string, a SubstituteAct) {
		t.Helper()
		o.refused(what, rule, func() error { _, err := o.Substitute(ctx, as, a); return err })
	}
	with := func(a SubstituteAct, change func(*SubstituteAct)) SubstituteAct { change(&a); return a }
	try("by a reviewer", "campaign.role", "review-1", o.act(alone, township, "review-1"))
	try("without approval", "leg.approvals", "draw-1", o.act(alone, township))
	try("a county with one approval", "leg.approvals", "draw-1", o.act(alone, county, "review-1"))
	try("a county with the same approval twice", "leg.approvals", "draw-1", o.act(alone, county, "review-1", "review-1"))
	try("approved by who draws", "leg.approver", "draw-1", o.act(alone, township, "draw-1"))
	o.Config.People[0].Roles = []string{"drawer", reviewer}
	try("approved by who draws and reviews", "leg.approver", "draw-1", o.act(alone, township, "draw-1"))
	try("approved by a scorer", "leg.approver", "draw-1", o.act(alone, county, "review-1", "score-1"))
	try("approved by nobody", "campaign.unknown-person", "draw-1", o.act(alone, township, "nobody"))
	try("an unknown reason", "leg.reason-unknown", "draw-1", with(o.act(alone, township, "review-1"), func(a *SubstituteAct) { a.Reason = "weather" }))
	try("a unit elsewhere", "leg.no-unit", "draw-1", o.act(alone, o.unit(1, primary, inspect.TS), "review-1"))
	try("a leg there is not", "leg.unknown", "draw-1", o.act(99, township, "review-1"))
	try("one key", "packet.two-keys", "draw-1", with(o.act(alone, township, "review-1"), func(a *SubstituteAct) { a.Keys = a.Keys[:1] }))
	try("one custodian twice", "seal.cannot-open", "draw-1", with(o.act(alone, township, "review-1"), func(a *SubstituteAct) { a.Keys[1] = a.Keys[0] }))
	try("a key that is none", "seal.key", "draw-1", with(o.act(alone, township, "review-1"), func(a *SubstituteAct) { a.Keys[1] = o.path(secretsDir, "draw-1.key") }))

	o.tx(func(tx *store.Tx) error {
		i := slices.IndexFunc(o.visitsIn(tx, alone), func(v inspect.StandingVisit) bool { return v.Kind == inspect.VC && v.Unit == village })
		return tx.SetVisitState(o.visitsIn(tx, alone)[i].ID, inspect.VisitSubmitted)
	})
	f, _, err := o.openFrame(nil)
	o.ok(err)
	u, _ := f.Unit(inspect.VC, village)
	for what, a := range map[string]SubstituteAct{"the village": o.act(alone, village, "review-1"), "its township": o.act(alone, u.Township, "review-1"),
		"its county": o.act(alone, county, "review-1", "privacy-1")} {
		try(what+" after a report", "leg.reported", "draw-1", a)
	}
	other := o.unit(1, primary, inspect.TS)
	o.ok(o.LegSuspend(ctx, "review-1", 1, primary, "演示数据", false))
	try("on a suspended leg", "leg.suspended", "draw-1", o.act(primary, other, "review-1"))
	o.ok(o.LegClose(ctx, "review-1", 1, []int{primary}, "演示数据"))
	try("on a closed leg", "leg.closed", "draw-1", o.act(primary, other, "review-1"))
}

func (o *office) visitsIn(tx *store.Tx, leg int) []inspect.StandingVisit {
	return must(tx.LegVisits(1, leg))
}

// When the reserves run out the unit stays; what remains is that the seal was opened.
func TestSubstituteRunsOut(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 5)
	o.draw(1)
	_, _, alone := o.overlapped()
	for range 2 {
		_, err := o.Substitute(t.Context(), "draw-1", o.act(alone, o.unit(1, alone, inspect.TS), "review-1"))
		o.ok(err)
	}
	standing, _ := o.byState(alone)
	entries := len(o.entries("leg-substituted"))
	_, err := o.Substitute(t.Context(), "draw-1", o.act(alone, o.unit(1, alone, inspect.TS), "review-1"))
	if ruleOf(err) != "leg.no-reserve" {
		t.Errorf("a third reserve of two: %v", err)
	}
	if now, _ := o.byState(alone); !slices.EqualFunc(now, standing, func(a, b inspect.StandingVisit) bool { return a.ID == b.ID }) {
		t.Error("the visits have changed")
	}
	if got := len(o.entries("leg-substituted")); got != entries+1 {
		t.Errorf("%d entries more", got-entries)
	}
}

// The packet written again asks for what stands, office last; a return of the old one loses only
// what gave way.
func TestSubstitutedPacket(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 6)
	o.draw(1)
	_, _, alone := o.overlapped()
	old := filepath.Join(t.TempDir(), "old.xlsx")
	data, err := os.ReadFile(o.path(rungFile(1, alone, inspect.RungVillage)))
	o.ok(err)
	o.ok(os.WriteFile(old, data, 0o600))
	got, err := o.Substitute(t.Context(), "draw-1", o.act(alone, o.unit(1, alone, inspect.VC), "review-1"))
	o.ok(err)
	fresh := o.path(rungFile(1, alone, inspect.RungVillage))
	e, err := workbook.OpenEditor(fresh, o.code(1, alone))
	o.ok(err)
	standing, _ := o.byState(alone)
	if n := len(e.Visits()); n != len(standing) || e.Visits()[n-1].Kind != inspect.CO || e.Visits()[0].Kind != inspect.HH {
		t.Errorf("the new packet has %d visits of %d", n, len(standing))
	}
	// a repeated packet make gives the same packet, not the one drawn
	o.make(1)
	again, err := workbook.OpenEditor(fresh, o.code(1, alone))
	o.ok(err)
	if diff := cmp.Diff(ids(e), ids(again)); diff != "" {
		t.Errorf("packet make brought the old visits back: %s", diff)
	}
	for path, refused := range map[string]int{old: 2, fresh: 0} {
		back := o.filled(path, o.code(1, alone))
		o.now = o.now.AddDate(0, 0, 10)
		taken, err := o.Intake(t.Context(), 1, []string{back})
		o.ok(err)
		if taken[0].Visits["refused"] != refused || refused > 0 && ruleOf(taken[0].Problems) != "intake.visit-unknown" {
			t.Errorf("%s: %v, %v", filepath.Base(path), taken[0].Visits, taken[0].Problems)
		}
	}
	if standing, _ := o.byState(alone); slices.ContainsFunc(standing, func(v inspect.StandingVisit) bool { return v.State == inspect.VisitOpen }) {
		t.Errorf("visits %v are open still", got.Visits)
	}
}

func ids(e *workbook.Editor) (out []string) {
	for _, v := range e.Visits() {
		out = append(out, v.ID)
	}
	return out
}

// filled fills a packet in, each visit an hour after the one before.
func (o *office) filled(path, code string) string {
	o.t.Helper()
	e, err := workbook.OpenEditor(path, code)
	o.ok(err)
	for i, v := range e.Visits() {
		at := v.Day.Time().Add(9*time.Hour + time.Duration(i%12)*time.Hour)
		r := inspect.Report{Inspectors: e.Team()[:2], Present: []string{"resident"}, Arrived: at, Left: at.Add(45 * time.Minute)}
		if v.Kind == inspect.HH {
			r.Register = 20
			r.Household = v.Order(20)[v.Slot-1]
		}
		o.ok(e.SetHeader(v.ID, &r))
		for _, item := range v.Items {
			a := inspect.Answer{Item: item.Code, Method: item.Methods[0].Code}
			switch item.Type {
			case checklist.Count:
				a.Value = "1"
			case checklist.Ratio:
				a.Value = "3/4"
			default:
				a.Value = item.Options[0].Code
			}
			o.ok(e.SetAnswer(v.ID, a))
		}
	}
	out := filepath.Join(o.t.TempDir(), filepath.Base(path))
	o.ok(e.Save(out))
	return out
}

// A suspended leg gets no packet until it goes on; an excluded one is kept, counted as planned and
// not scored.
func TestSuspendAndExclude(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 7)
	o.draw(1)
	ctx := t.Context()
	_, _, alone := o.overlapped()
	o.refused("without a reason", "leg.reason", func() error { return o.LegSuspend(ctx, "review-1", 1, alone, "", false) })
	o.refused("by the drawer", "campaign.role", func() error { return o.LegSuspend(ctx, "draw-1", 1, alone, "x", false) })
	o.refused("lifting nothing", "leg.not-suspended", func() error { return o.LegSuspend(ctx, "review-1", 1, alone, "x", true) })
	o.ok(o.LegSuspend(ctx, "review-1", 1, alone, "演示数据：疫情", false))
	o.refused("suspended twice", "leg.suspended", func() error { return o.LegSuspend(ctx, "review-1", 1, alone, "x", false) })
	o.refused("a packet", "leg.suspended", func() error {
		_, err := o.PacketMake(ctx, "draw-1", MakeAct{Wave: 1, Only: []int{alone}, Keys: o.keys()})
		return err
	})
	o.refused("a code", "leg.suspended", func() error {
		_, err := o.PacketRelease(ctx, "draw-1", 1, []int{alone}, inspect.RungVillage)
		return err
	})
	o.refused("spare codes", "leg.suspended", func() error { _, err := o.PacketSpares(ctx, "draw-1", 1, []int{alone}, o.keys()); return err })
	if made := o.make(1); !slices.Equal(made.Held, []int{alone}) { // the others do not wait for it
		t.Errorf("left out: %v", made.Held)
	}
	if l, _ := legOfNow(o, alone); l.Suspended != "演示数据：疫情" {
		t.Errorf("leg is %+v", l)
	}
	o.ok(o.LegSuspend(ctx, "review-1", 1, alone, "演示数据：解除", true))
	if made := o.make(1, alone); len(made.Held) > 0 || len(made.Files) != 3 {
		t.Errorf("after it goes on: %+v", made)
	}
	o.report(1, best)
	all, _, err := o.Score(ctx, "score-1", 1)
	o.ok(err)
	o.refused("excluded by the scorer", "campaign.role", func() error { return o.LegExclude(ctx, "score-1", 1, alone, "x") })
	o.ok(o.LegExclude(ctx, "review-1", 1, alone, "演示数据：疑似泄露"))
	o.refused("excluded twice", "leg.excluded", func() error { return o.LegExclude(ctx, "review-1", 1, alone, "x") })
	rest, _, err := o.Score(ctx, "score-1", 1)
	o.ok(err)
	l, _ := legOfNow(o, alone)
	if rest.National.Visits != all.National.Visits-l.Visits || rest.National.Planned != all.National.Planned {
		t.Errorf("scored %d of %d, before %d of %d; the leg has %d", rest.National.Visits, rest.National.Planned, all.National.Visits, all.National.Planned, l.Visits)
	}
	if l.Approved != l.Visits || l.Excluded == "" {
		t.Errorf("the leg is %+v", l)
	}
}
