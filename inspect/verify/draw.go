package verify

import (
	"fmt"
	"maps"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/assign"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
)

// leg is a row of legs.json: a county that was visited, and by which team.
type leg struct {
	No     int    `json:"no"`
	Region string `json:"region"`
	County string `json:"county"`
	Name   string `json:"name"`
	Team   int    `json:"team"`
	Home   string `json:"home"`
	Twin   int    `json:"twin"` // the primary leg that an overlap leg repeats; else 0
}

// checkInputs holds what the draw read against the digests committed and frozen.
func (r *round) checkInputs(c *Check) {
	if r.record == nil {
		c.skip()
		return
	}
	same := func(name string, got, want inspect.Digest) {
		if got != want {
			c.fail("verify.digest", r.dir+name, "Want", want, "Got", got)
		}
	}
	if design, raw, ok := load[inspect.Design](r.verifier, c, r.dir+"design.json", nil); ok {
		same("design.json", inspect.DigestOf(raw), r.record.Design)
		r.design = design
	}
	if teams, raw, ok := load[[]inspect.Team](r.verifier, c, r.dir+"teams.json", nil); ok {
		same("teams.json", inspect.DigestOf(raw), r.record.Teams)
		r.teams = *teams
		c.say("Teams", len(r.teams))
	}
	if raw, ok := r.read(c, r.dir+"counties.csv"); ok {
		counties, digest, err := frame.ReadCounties(r.dir+"counties.csv", raw)
		c.take(r.dir+"counties.csv", err)
		same("counties.csv", digest, r.record.Frame.Counties)
		r.counties = counties
		c.say("Counties", len(r.counties))
	}
	f := r.record.Frame
	same("record.json", f.Frame, inspect.DigestOf(slices.Concat(f.Counties[:], f.Townships[:], f.Units[:])))
	if h := r.verifier.log; h != nil && r.log.committed != nil && !slices.ContainsFunc(h.frozen, func(e *entry) bool {
		return e.Frame == f && e.Seq < r.log.committed.Seq
	}) {
		c.fail("verify.frame-not-frozen", r.dir+"record.json", "Digest", f.Frame)
	}
	if len(c.Problems) > 0 {
		r.design = nil
	}
}

// nothing stands below a county in what is published.
type nothing struct{}

func (nothing) TownshipsOf(string) []inspect.Unit    { return nil }
func (nothing) VillagesOf(string) []inspect.Unit     { return nil }
func (nothing) InstitutionsOf(string) []inspect.Unit { return nil }

// checkDraw draws the counties again and compares with what was logged on the day of the draw.
func (r *round) checkDraw(c *Check) {
	if r.design == nil || r.keys == nil {
		c.skip()
		return
	}
	key := func(s inspect.Stage) inspect.Key { return r.keys[s] }
	sample, err := draw.Select(r.counties, nothing{}, *r.design, key)
	if err != nil {
		c.take(r.dir+"design.json", err)
		return
	}
	r.sample = sample
	if e := r.log.drawn; e != nil {
		got := sample.Trees(key)[inspect.StageCounty].Commitment(inspect.StageCounty)
		if want := e.Stages[string(inspect.StageCounty)]; got != want {
			c.fail("verify.drawn", logDir, "Seq", e.Seq, "Want", want, "Got", got)
		}
	}
	c.say("Drawn", len(sample.Counties))
	c.say("Of", len(r.counties))
}

// checkLegs compares the counties drawn with the counties reported.
func (r *round) checkLegs(c *Check) {
	name := r.dir + "legs.json"
	legs, _, ok := load[[]leg](r.verifier, c, name, nil)
	if !ok {
		return
	}
	if r.sample == nil {
		c.skip()
		return
	}
	r.legs = *legs
	r.checkRows(c, name)
	visited, twins := map[string]leg{}, map[string]leg{}
	for _, l := range r.legs {
		seen := visited
		if l.Twin != 0 {
			seen = twins
		}
		if first, twice := seen[l.County]; twice {
			c.fail("verify.leg-twice", name, "No", l.No, "Other", first.No)
		}
		seen[l.County] = l
	}
	if e := r.log.drawn; e != nil && (e.Legs != len(visited) || e.Overlap != len(twins)) {
		c.fail("verify.leg-count", name, "Seq", e.Seq, "Legs", len(visited), "Overlap", len(twins), "WantLegs", e.Legs, "WantOverlap", e.Overlap)
	}
	r.checkCounties(c, name, visited)
	c.say("N", len(visited))
}

// checkRows holds each row of legs.json against the frame, the team table and the other rows.
func (r *round) checkRows(c *Check, name string) {
	counties, homes := map[string]*inspect.Unit{}, map[int]string{}
	for i := range r.counties {
		counties[r.counties[i].ID] = &r.counties[i]
	}
	for _, t := range r.teams {
		homes[t.No] = t.Home
	}
	for i, l := range r.legs {
		u, home := counties[l.County], ""
		known := false
		home, known = homes[l.Team]
		twinOK := l.Twin == 0 || l.Twin >= 1 && l.Twin <= len(r.legs) && r.legs[l.Twin-1].Twin == 0 && r.legs[l.Twin-1].County == l.County
		if l.No != i+1 || u == nil || l.Name != u.Name || l.Region != u.ReportingUnit || !known || l.Home != home || !twinOK {
			c.fail("verify.leg", name, "No", l.No, "County", l.County)
		}
	}
}

// checkCounties compares two sets. A drawn county may be missing only where the log says that the
// leg of the reserve which stands in for it was substituted; reserves come in order.
func (r *round) checkCounties(c *Check, name string, visited map[string]leg) {
	extra := maps.Clone(visited)
	missing := map[string][]string{} // by stratum
	for i := range r.sample.Counties {
		d := &r.sample.Counties[i]
		if _, ok := extra[d.Unit.ID]; !ok {
			missing[d.Stratum] = append(missing[d.Stratum], d.Unit.ID)
		}
		delete(extra, d.Unit.ID)
	}
	used := map[string]int{} // reserves of a stratum that the log accounts for
	for _, reserve := range r.sample.Reserves {
		l, ok := extra[reserve.Unit]
		if !ok || reserve.Kind != inspect.CO || len(missing[reserve.Within]) == 0 {
			continue
		}
		used[reserve.Within] += r.substitutions(l.No)
		if r.substitutions(l.No) == 0 || reserve.Order > used[reserve.Within] {
			continue
		}
		r.stands[reserve.Unit] = true
		missing[reserve.Within] = missing[reserve.Within][1:]
		delete(extra, reserve.Unit)
	}
	for _, stratum := range slices.Sorted(maps.Keys(missing)) {
		for _, id := range missing[stratum] {
			c.fail("verify.county-missing", name, "County", id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(extra)) {
		c.fail("verify.county-extra", name, "County", id, "No", extra[id].No)
	}
	c.say("Substituted", len(r.stands))
}

// substitutions is how often the log says that the county of a leg gave way.
func (r *round) substitutions(no int) int {
	n := 0
	for _, e := range r.log.substituted {
		if e.Leg == no && e.Replaced == inspect.CO {
			n++
		}
	}
	return n
}

// checkAssignment assigns the teams again and compares leg by leg. A reserve keeps the teams of
// the county it stands in for; which of its region's that was is not published.
func (r *round) checkAssignment(c *Check) {
	if r.sample == nil || r.legs == nil {
		c.skip()
		return
	}
	x := r.record
	in := assign.Input{Wave: x.Wave, Teams: r.teams, Rule: x.Assign, Hours: x.Hours, Window: x.Window, Closed: x.Closed,
		LegDays: x.LegDays, Assign: r.keys[inspect.StageAssign]}
	for i := range r.sample.Counties {
		u := &r.sample.Counties[i].Unit
		in.Legs = append(in.Legs, assign.LegNeed{County: u.ID, Region: u.ReportingUnit})
	}
	m, err := assign.Match(in)
	if err != nil {
		c.take(r.dir+"teams.json", err)
		return
	}
	got := r.pairs()
	var absent []assign.Pair // assigned, and substituted since
	for _, want := range m.Pairs {
		p, ok := got[want.County]
		switch {
		case !ok:
			absent = append(absent, want)
		case p != want:
			r.failPair(c, want, p)
		}
		delete(got, want.County)
	}
	for _, id := range slices.Sorted(maps.Keys(got)) {
		p := got[id]
		i := slices.IndexFunc(absent, func(a assign.Pair) bool {
			return a.Region == p.Region && a.Team == p.Team && a.Second == p.Second
		})
		if i < 0 || !r.stands[id] {
			r.failPair(c, assign.Pair{}, p)
			continue
		}
		absent = slices.Delete(absent, i, i+1)
	}
	for _, a := range absent {
		r.failPair(c, a, assign.Pair{County: a.County})
	}
	c.say("N", len(m.Pairs))
	c.say("Teams", len(r.teams))
}

// pairs is legs.json in the terms of the assignment.
func (r *round) pairs() map[string]assign.Pair {
	out := map[string]assign.Pair{}
	for _, l := range r.legs {
		p := out[l.County]
		p.County, p.Region = l.County, l.Region
		if l.Twin == 0 {
			p.Team = l.Team
		} else {
			p.Second = l.Team
		}
		out[l.County] = p
	}
	return out
}

func (r *round) failPair(c *Check, want, got assign.Pair) {
	c.fail("verify.team", r.dir+"legs.json", "County", got.County, "Want", teamsOf(want), "Got", teamsOf(got))
}

// teamsOf names the one or two teams of a county.
func teamsOf(p assign.Pair) string {
	switch {
	case p.Team == 0:
		return "–"
	case p.Second == 0:
		return fmt.Sprint(p.Team)
	}
	return fmt.Sprintf("%d + %d", p.Team, p.Second)
}
