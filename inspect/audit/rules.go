package audit

import (
	"maps"
	"slices"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
	"zhicha/inspect/ledger"
	"zhicha/inspect/plan"
)

// done is what a wave's draw is held against: as committed, as logged, and as it stands.
type done struct {
	frame  *frame.Frame
	design inspect.Design
	teams  []inspect.Team
	busy   map[string][]inspect.Date // when other waves visit townships

	elsewhere map[string][]inspect.Date // and were to, whatever became of it

	plan    string // digest, as noted at the draw
	drawn   ledger.Draw
	changes []ledger.Substitution
	seqs    []int64 // of the changes
	times   []time.Time
	signed  func(seq int64, id string, of inspect.Digest, roles []string, text string) (string, bool)
	id      func(person inspect.Digest) string // whose key has that hash

	legs          []inspect.StandingLeg
	visits        []inspect.StandingVisit
	substitutions []inspect.Substitution
	counties      []inspect.CountyDraw
}

// auditing follows a plan drawn again through the substitutions to what should stand in the
// database, and names every difference.
type auditing struct {
	record *draw.Record
	done   done
	salt   [32]byte // of the sealed text
	out    Report

	pool     *plan.Reserves
	legs     map[int]inspect.Leg
	due      map[int][]due // by leg: every visit it ever called for
	counties map[string]inspect.CountyDraw
	made     map[string]inspect.StandingVisit // visits in the database by id
	second   map[string]bool                  // visits for a second coder; nil where the wave has none marked
}

// due is a visit that the draw and the substitutions call for.
type due struct {
	inspect.Visit
	gone bool            // its unit gave way
	made [2]inspect.Date // of what came with a substitution: the days on which that may have been worked out
}

func (a *auditing) differs(rule string, args ...any) {
	p := inspect.Refuse(rule, args...)
	p.Class = inspect.Unverified
	a.out.Mismatches = append(a.out.Mismatches, p)
}

// compareLog holds the plan drawn again against what was logged on the day of the draw.
func (a *auditing) compareLog(trees map[inspect.Stage]*draw.StageTree) {
	if a.out.Plan != a.done.drawn.Plan || a.out.Plan.String() != a.done.plan {
		a.differs("audit.plan", "Got", a.out.Plan, "Want", a.done.drawn.Plan)
	}
	for _, stage := range inspect.Stages {
		tree := trees[stage]
		if tree == nil {
			continue // assign and schedule draw no units
		}
		if got := tree.Commitment(stage); got != a.done.drawn.Stages[stage] {
			a.differs("audit.stage", "Stage", string(stage), "Got", got, "Want", a.done.drawn.Stages[stage])
		}
	}
}

// compareField holds legs, counties, visits and household reports against the plan. A wave that
// never went out has none of them, and nothing to compare.
func (a *auditing) compareField(drawn *inspect.Plan) {
	if len(a.done.legs)+len(a.done.visits) == 0 {
		return
	}
	a.expect(drawn)
	for i := range a.done.substitutions {
		a.follow(&a.done.substitutions[i])
	}
	a.unlogged()
	a.compareLegs(a.done.legs)
	a.compareVisits()
	a.compareCounties(a.done.counties)
}

// expect sets out from the plan as drawn.
func (a *auditing) expect(drawn *inspect.Plan) {
	drawn.SpreadOrders()
	a.pool = plan.NewReserves(drawn, a.done.frame, a.done.design, nil, nil)
	a.legs, a.due, a.counties, a.made = map[int]inspect.Leg{}, map[int][]due{}, map[string]inspect.CountyDraw{}, map[string]inspect.StandingVisit{}
	for _, l := range drawn.Legs {
		a.legs[l.No] = l
	}
	for _, c := range drawn.Counties {
		a.counties[c.County] = c
	}
	for _, v := range drawn.Visits {
		a.due[v.Leg] = append(a.due[v.Leg], due{Visit: v})
	}
	a.second = draw.SecondCoder(draw.SecondKey(a.salt), drawn.PrimaryVisits(), a.record.Rules.SecondCoder)
	for _, v := range a.done.visits {
		a.made[v.ID] = v
	}
}

// follow accounts for one substitution: it was approved and logged, its unit was on the leg, and
// what came in its place is what the reserves give, in order.
func (a *auditing) follow(s *inspect.Substitution) {
	a.logs(s)
	leg, ok := a.legs[s.Leg]
	gone := inspect.UnitKey{Kind: s.Kind, ID: s.Replaced}
	if !ok || !leg.Primary() || !slices.ContainsFunc(a.standing(s.Leg), func(v inspect.Visit) bool { return v.Kind != inspect.HH && v.UnitKey() == gone }) {
		a.differs("audit.no-unit", "No", s.No, "Leg", s.Leg, "Unit", s.Replaced)
		return
	}
	a.pool.When = inspect.Window{From: leg.Start, To: leg.Start.Add(max(leg.Days, 1) - 1)}
	// townships that another wave visits at the time are passed over (R07); one that has come to do
	// so only since was not, one that no longer does was
	expected := ""
	for _, days := range []map[string][]inspect.Date{nil, a.done.busy, a.done.elsewhere} {
		a.pool.Busy = days
		after, reserve, ok := a.pool.Substitute(a.pool.Standing(a.standing(s.Leg)), gone)
		if !ok {
			continue
		}
		if expected == "" {
			expected = reserve.Unit
		}
		if added := a.standIns(after, s.Leg); reserve.Unit == s.Reserve && a.wereMade(added) {
			a.apply(s, gone, after, added)
			a.out.Substitutions++
			return
		}
	}
	a.differs("audit.reserve", "No", s.No, "Leg", s.Leg, "Unit", s.Reserve, "Expected", expected)
}

// standing are the visits of a leg whose units have not given way.
func (a *auditing) standing(leg int) (out []inspect.Visit) {
	for _, v := range a.due[leg] {
		if !v.gone {
			out = append(out, v.Visit)
		}
	}
	return out
}

// standIns are the visits that a substitution brings to a primary leg and to what overlaps it.
func (a *auditing) standIns(after *draw.County, primary int) (out []inspect.Visit) {
	for _, no := range slices.Sorted(maps.Keys(a.legs)) {
		if no != primary && a.legs[no].Twin != primary {
			continue
		}
		last := 0
		for _, v := range a.due[no] {
			last = max(last, v.Seq)
		}
		out = append(out, plan.Fresh(after, a.standing(no), a.legs[no], last, "")...)
	}
	return out
}

// wereMade reports whether the visits went to these units.
func (a *auditing) wereMade(visits []inspect.Visit) bool {
	return !slices.ContainsFunc(visits, func(v inspect.Visit) bool {
		made, ok := a.made[v.ID]
		return !ok || made.Visit.UnitKey() != v.UnitKey()
	})
}

// apply lets a unit give way in what is expected.
func (a *auditing) apply(s *inspect.Substitution, gone inspect.UnitKey, after *draw.County, added []inspect.Visit) {
	for no, leg := range a.legs {
		if no != s.Leg && leg.Twin != s.Leg {
			continue
		}
		for i := range a.due[no] {
			if v := &a.due[no][i]; plan.Beneath(a.done.frame, &v.Visit, gone) {
				v.gone = true
			}
		}
		if gone.Kind == inspect.CO {
			leg.County = after.Unit.ID
			a.legs[no] = leg
		}
	}
	made := a.madeOn(s)
	for _, v := range added {
		a.due[v.Leg] = append(a.due[v.Leg], due{Visit: v, made: made})
		a.pool.Taken[v.UnitKey()] = true
	}
	if gone.Kind != inspect.CO {
		return
	}
	delete(a.counties, gone.ID)
	if all, err := draw.InclusionProbabilities(a.done.frame.Counties, a.pool.Design); err == nil { // the draw has computed them
		i := slices.IndexFunc(all, func(x draw.Inclusion) bool { return x.Unit.ID == after.Unit.ID })
		after.Pi = all[i].Pi
		a.counties[after.Unit.ID] = after.Draw()
	}
}

// logs holds a substitution against the ledger: its reason, who approved it before, and the digest
// of what changed. What the tool itself does to spare a township needs nobody's approval.
func (a *auditing) logs(s *inspect.Substitution) {
	change := slices.IndexFunc(a.done.changes, func(e ledger.Substitution) bool {
		return e.No == s.No && e.Leg == s.Leg && e.Change == plan.ChangeDigest(s)
	})
	known := slices.ContainsFunc(plan.LegReasons, func(r inspect.Coded) bool { return r.Code == s.Reason })
	if change < 0 || !known {
		a.differs("audit.unlogged", "No", s.No, "Leg", s.Leg, "Unit", s.Replaced)
		return
	}
	if s.Reason == plan.Burden && a.done.changes[change].Reason == plan.Burden {
		i := slices.IndexFunc(a.due[s.Leg], func(d due) bool { return d.Kind == inspect.TS && d.Unit == s.Replaced })
		if s.Kind != inspect.TS || i < 0 || !plan.Burdened(a.done.elsewhere[s.Replaced], a.due[s.Leg][i].Day) {
			a.differs("audit.burden", "No", s.No, "Leg", s.Leg, "Unit", s.Replaced)
		}
		return
	}
	need, have := plan.ApprovalsNeeded(s.Kind), 0
	for i, e := range a.done.changes[:change] {
		if e.No == s.No && e.Leg == s.Leg && e.Change == (inspect.Digest{}) && e.Reason == s.Reason && e.Stage == plan.StageOf[s.Kind] {
			have = max(have, a.approvers(s, e.Approvals, a.done.seqs[i]))
		}
	}
	if have < need {
		a.differs("audit.approval", "No", s.No, "Leg", s.Leg, "Need", need, "Have", have)
	}
}

// approvers counts the people, whatever keys they had, whose logged approval is signed by the key by which they could
// approve when the entry was added; none where one is named who did not.
func (a *auditing) approvers(s *inspect.Substitution, by []inspect.Digest, seq int64) int {
	text, people := plan.SubstitutionText(a.record.Campaign, s), map[string]bool{}
	for _, person := range by {
		if !slices.ContainsFunc(s.Approvals, func(signed string) bool {
			opened, ok := a.done.signed(seq, "", person, plan.ApproverRoles, signed)
			return ok && opened == text
		}) {
			return 0
		}
		people[a.done.id(person)] = true
	}
	return len(people)
}

// madeOn are the day on which a substitution was entered and, where that was just after midnight, the day before: on one of
// them it was worked out whom to visit when.
func (a *auditing) madeOn(s *inspect.Substitution) (days [2]inspect.Date) {
	for i, e := range a.done.changes {
		if e.No == s.No && e.Leg == s.Leg && e.Change == plan.ChangeDigest(s) {
			days = [2]inspect.Date{inspect.DateOf(a.done.times[i].Add(-10 * time.Minute)), inspect.DateOf(a.done.times[i])}
		}
	}
	return days
}

// unlogged names changes in the ledger that the database has no substitution for.
func (a *auditing) unlogged() {
	for _, e := range a.done.changes {
		if e.Change != (inspect.Digest{}) && !slices.ContainsFunc(a.done.substitutions, func(s inspect.Substitution) bool { return s.No == e.No && plan.ChangeDigest(&s) == e.Change }) {
			a.differs("audit.no-substitution", "No", e.No, "Leg", e.Leg)
		}
	}
}
