package verify

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/assign"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
	"zhicha/inspect/ledger"
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
		if r.record.Assign.Region != design.Stratum {
			c.fail("draw.assign", r.dir+"record.json")
		}
	}
	if teams, raw, ok := load[[]inspect.Team](r.verifier, c, r.dir+"teams.json", nil); ok {
		same("teams.json", inspect.DigestOf(raw), r.record.Teams)
		r.teams = *teams
		c.say("Teams", len(r.teams))
	}
	if raw, ok := r.read(c, r.dir+"counties.csv"); ok {
		counties, digest, err := frame.ReadCounties(r.dir+"counties.csv", raw)
		c.take(r.dir+"counties.csv", err)
		same("counties.csv", r.salted(c, digest), r.record.Frame.Counties)
		r.counties = counties
		c.say("Counties", len(r.counties))
	}
	f := r.record.Frame
	if r.reveal == nil || r.reveal.Salt == "" {
		same("record.json", f.Frame, inspect.DigestOf(slices.Concat(f.Counties[:], f.Townships[:], f.Units[:])))
	}
	if h := r.verifier.log; r.log.committed != nil && !slices.ContainsFunc(h.frozen, func(e *entry[ledger.Freeze]) bool {
		return frameOf(e.Body.Frame) == f && e.Seq < r.log.committed.Seq
	}) {
		c.fail("verify.frame-not-frozen", r.dir+"record.json", "Digest", f.Frame)
	}
	if len(c.Problems) > 0 {
		r.design = nil
	}
}

// frameOf are a frozen frame's digests in the terms of the commit record.
func frameOf(d ledger.FrameDigests) draw.FrameDigests {
	return draw.FrameDigests{Frame: d.Frame, Counties: d.Counties, Townships: d.Townships, Units: d.Units}
}

// salted is the digest under which a table of a frame that is not public was committed; for a
// public one, the digest itself.
func (r *round) salted(c *Check, d inspect.Digest) inspect.Digest {
	if r.reveal == nil || r.reveal.Salt == "" {
		return d
	}
	salt, err := hex.DecodeString(r.reveal.Salt)
	if err != nil || hex.EncodeToString(salt) != r.reveal.Salt || len(salt) != 32 {
		c.fail("verify.salt", r.dir+"reveal.json")
		return d
	}
	v := r.verifier
	v.private = append(v.private, r.no)
	return inspect.DigestOf(append(salt, d[:]...))
}

// checkDraw draws the counties again and compares with what was logged on the day of the draw.
func (r *round) checkDraw(c *Check) {
	if r.design == nil || r.keys == nil {
		c.skip()
		return
	}
	key := func(s inspect.Stage) inspect.Key { return r.keys[s] }
	sample, err := draw.Select(r.counties, draw.Nothing{}, *r.design, key)
	if err != nil {
		c.take(r.dir+"design.json", err)
		return
	}
	r.sample = sample
	if e := r.log.drawn; e != nil {
		got := sample.Trees(key)[inspect.StageCounty].Commitment(inspect.StageCounty)
		if want := e.Body.Stages[inspect.StageCounty]; got != want {
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
	if e := r.log.drawn; e != nil && (e.Body.Legs != len(visited) || e.Body.Overlap != len(twins)) {
		c.fail("verify.leg-count", name, "Seq", e.Seq, "Legs", len(visited), "Overlap", len(twins), "WantLegs", e.Body.Legs, "WantOverlap", e.Body.Overlap)
	}
	r.substitute(c)
	r.checkCounties(c, name, visited)
	c.say("N", len(visited))
}

// checkRows holds each row of legs.json against the frame, the team table and the other rows.
func (r *round) checkRows(c *Check, name string) {
	counties, homes, level := map[string]*inspect.Unit{}, map[int]string{}, ""
	if r.design != nil {
		level = r.design.Stratum
	}
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
		if l.No != i+1 || u == nil || l.Name != u.Name || l.Region != u.Stratum(level) || !known || l.Home != home || !twinOK {
			c.fail("verify.leg", name, "No", l.No, "County", l.County)
		}
	}
}

// checkCounties compares the counties reported with those drawn, as logged substitutions left them.
func (r *round) checkCounties(c *Check, name string, visited map[string]leg) {
	extra := maps.Clone(visited)
	for _, drawn := range slices.Sorted(maps.Keys(r.now)) {
		if _, ok := extra[r.now[drawn]]; !ok {
			c.fail("verify.county-missing", name, "County", r.now[drawn])
		}
		delete(extra, r.now[drawn])
	}
	for _, id := range slices.Sorted(maps.Keys(extra)) {
		c.fail("verify.county-extra", name, "County", id, "No", extra[id].No)
	}
}

// checkAssignment assigns the teams again and compares leg by leg. A reserve takes over
// the teams of the county it stands in for.
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
		in.Legs = append(in.Legs, assign.LegNeed{County: u.ID, Region: r.sample.Counties[i].Stratum})
	}
	m, err := assign.Match(in)
	if err != nil {
		c.take(r.dir+"teams.json", err)
		return
	}
	got := r.pairs()
	for _, want := range m.Pairs {
		want.County = r.now[want.County]
		if p := got[want.County]; p != want {
			c.fail("verify.team", r.dir+"legs.json", "County", want.County, "Want", teamsOf(want), "Got", teamsOf(p))
		}
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
