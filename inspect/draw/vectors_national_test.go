package draw_test

import (
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/assign"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
)

// nationalInput is all that a stranger needs besides the national frame, frame.csv.gz.
type nationalInput struct {
	Secrets map[string]inspect.Digest `json:"secrets"`
	Record  draw.Record               `json:"record"`
	Beacon  string                    `json:"beacon"`
	Design  inspect.Design            `json:"design"`
	Teams   []inspect.Team            `json:"teams"`
}

// nationalWant holds digests of canonical JSON, so that a difference can be found stage by stage.
type nationalWant struct {
	Frame        frame.Digests                    `json:"frame"`
	D            inspect.Digest                   `json:"d"`
	Keys         map[inspect.Stage]inspect.Digest `json:"keys"`
	Counts       map[inspect.Kind]int             `json:"counts"`
	Counties     inspect.Digest                   `json:"counties"`     // ids in the order of the sample
	Townships    inspect.Digest                   `json:"townships"`    // likewise
	Villages     inspect.Digest                   `json:"villages"`     // likewise
	Institutions inspect.Digest                   `json:"institutions"` // likewise, county by county
	Orders       inspect.Digest                   `json:"orders"`       // of the villages, a list of lists
	Reserves     inspect.Digest                   `json:"reserves"`
	Draws        inspect.Digest                   `json:"draws"` // counties of the plan
	Trees        map[inspect.Stage]treeWant       `json:"trees"`
	Counter      int                              `json:"counter"`
	Seating      inspect.Digest                   `json:"seating"`
	Pairs        inspect.Digest                   `json:"pairs"` // in the form of assign-small.json
	Legs         inspect.Digest                   `json:"legs"`
	Visits       inspect.Digest                   `json:"visits"`
	Plan         inspect.Digest                   `json:"plan"`
	PlanBytes    int                              `json:"planBytes"`
	FirstCounty  string                           `json:"firstCounty"`
	FirstLeg     inspect.Leg                      `json:"firstLeg"`
}

func freshNational(t *testing.T) nationalInput {
	in := nationalInput{Secrets: secrets(), Record: record(), Beacon: beacon,
		Design: inspect.Design{Stratum: "reporting_unit", Counties: 6, Townships: 2, Villages: 1, Households: 3, Institutions: 1, Reserves: 2}}
	for i := range 80 {
		team := inspect.Team{No: i + 1, Kind: inspect.Provincial, Inspectors: 2, Women: 1, Capacity: 4}
		switch {
		case i < 64:
			team.Home = inspect.Regions[i%32].Code
		case i < 78:
			team.Kind, team.Languages = inspect.ThirdParty, []string{"bo"}
		default:
			team.Kind = inspect.National
		}
		if i%9 == 4 {
			team.LastRegion = []string{inspect.Regions[(i*7+3)%32].Code}
		}
		in.Teams = append(in.Teams, team)
	}
	f, err := frame.National()
	if err != nil {
		t.Fatal(err)
	}
	in.bind(t, f.Digests())
	return in
}

// bind fills in the digests of what the draw reads; their places in the record.
func (in *nationalInput) bind(t *testing.T, d frame.Digests) {
	in.Record.Frame = draw.FrameDigests{Frame: d.Frame, Counties: d.Counties, Townships: d.Townships, Units: d.Units}
	in.Record.Design, in.Record.Teams = digestOf(t, in.Design), digestOf(t, in.Teams)
}

func computeNational(t *testing.T, in nationalInput) (out nationalWant) {
	f, err := frame.National()
	if err != nil {
		t.Fatal(err)
	}
	out.Frame = f.Digests()
	bound := in
	bound.bind(t, out.Frame)
	if canonical(t, bound.Record) != canonical(t, in.Record) {
		t.Error("the record does not hold the digests of frame, design and teams")
	}
	if out.D, err = in.Record.D(); err != nil {
		t.Fatal(err)
	}
	keys := stageKeys(t, &in.Record, in.Beacon, in.Secrets)
	out.Keys = map[inspect.Stage]inspect.Digest{}
	for s, k := range keys {
		out.Keys[s] = inspect.Digest(k)
	}
	s, err := draw.Select(f.Counties, f, in.Design, func(s inspect.Stage) inspect.Key { return keys[s] })
	if err != nil {
		t.Fatal(err)
	}
	out.sample(t, s, keys)
	out.plan(t, &in, s, keys)
	return out
}

// sample digests the lists of the selection.
func (w *nationalWant) sample(t *testing.T, s *draw.Sample, keys map[inspect.Stage]inspect.Key) {
	counties, townships, villages, institutions, orders := []string{}, []string{}, []string{}, []string{}, [][]int{}
	for _, c := range s.Counties {
		counties = append(counties, c.Unit.ID)
		for _, town := range c.Townships {
			townships = append(townships, town.Unit.ID)
			for _, v := range town.Villages {
				villages, orders = append(villages, v.Unit.ID), append(orders, v.Order)
			}
		}
		for _, i := range c.Institutions {
			institutions = append(institutions, i.ID)
		}
	}
	w.Counts, w.FirstCounty = s.Counts(), counties[0]
	w.Counties, w.Townships, w.Villages = digestOf(t, counties), digestOf(t, townships), digestOf(t, villages)
	w.Institutions, w.Orders, w.Reserves = digestOf(t, institutions), digestOf(t, orders), digestOf(t, s.Reserves)
	w.Trees = map[inspect.Stage]treeWant{}
	for stage, tree := range s.Trees(func(s inspect.Stage) inspect.Key { return keys[s] }) {
		w.Trees[stage] = treeWant{tree.Size(), tree.Root(), tree.Commitment(stage)}
	}
}

// plan assigns the legs and digests the whole plan.
func (w *nationalWant) plan(t *testing.T, in *nationalInput, s *draw.Sample, keys map[inspect.Stage]inspect.Key) {
	r := &in.Record
	plan := inspect.Plan{Wave: r.Wave, Reserves: s.Reserves}
	a := assign.Input{Wave: r.Wave, Teams: in.Teams, Rule: r.Assign, Hours: r.Hours, Window: r.Window, Closed: r.Closed,
		LegDays: r.LegDays, Assign: keys[inspect.StageAssign], Schedule: keys[inspect.StageSchedule]}
	counties := map[string]*draw.County{}
	for i := range s.Counties {
		c := &s.Counties[i]
		counties[c.Unit.ID] = c
		plan.Counties = append(plan.Counties, c.Draw())
		a.Legs = append(a.Legs, assign.LegNeed{County: c.Unit.ID, Region: c.Unit.ReportingUnit})
	}
	res, err := assign.Assign(a)
	if err != nil {
		t.Fatal(err)
	}
	m, err := assign.Match(a)
	if err != nil {
		t.Fatal(err)
	}
	pairs := []pairWant{}
	for _, p := range m.Pairs {
		pairs = append(pairs, pairWant{p.County, p.Team, p.Second})
	}
	plan.Legs = res.Legs
	for _, leg := range res.Legs {
		plan.Visits = append(plan.Visits, counties[leg.County].Visits(leg)...)
	}
	w.Counter, w.FirstLeg, w.Seating, w.Pairs = res.Counter, res.Legs[0], digestOf(t, res.Seating), digestOf(t, pairs)
	w.Draws, w.Legs, w.Visits, w.Plan = digestOf(t, plan.Counties), digestOf(t, plan.Legs), digestOf(t, plan.Visits), digestOf(t, plan)
	w.PlanBytes = len(canonical(t, plan))
}
