package verify

import (
	"encoding/hex"
	"maps"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
	"zhicha/inspect/plan"
)

// substitute follows every county from the draw to what the log lets stand in its place. A change
// was approved by two people before it was made, committed to on that day, and opened with the
// reveal; the reserve is the next in order of its stratum that was not taken.
func (r *round) substitute(c *Check) {
	r.now = map[string]string{}
	legs := map[string]int{}       // by drawn county that was substituted, its leg
	stratum := map[string]string{} // of each county that was ever visited
	for i := range r.sample.Counties {
		d := &r.sample.Counties[i]
		r.now[d.Unit.ID], stratum[d.Unit.ID] = d.Unit.ID, d.Stratum
	}
	var opened []ledger.Opened
	if e := r.log.revealed[inspect.StageCounty]; e != nil {
		opened = slices.Clone(e.Body.Substituted)
	}
	for _, e := range r.log.substituted {
		if e.Body.Stage != inspect.StageCounty || e.Body.Change == (inspect.Digest{}) {
			continue
		}
		i := slices.IndexFunc(opened, func(s ledger.Opened) bool { return s.No == e.Body.No && s.Leg == e.Body.Leg })
		if i < 0 || changeDigest(&opened[i]) != e.Body.Change {
			c.fail("verify.change-unopened", logDir, "Seq", e.Seq, "Leg", e.Body.Leg)
			continue
		}
		if !r.approved(e) {
			c.fail("verify.change-unapproved", logDir, "Seq", e.Seq, "Leg", e.Body.Leg)
		}
		s := opened[i]
		opened = slices.Delete(opened, i, i+1)
		within, ok := stratum[s.Replaced]
		next, left := r.nextReserve(within, stratum)
		drawn, stood := r.standing(s.Replaced)
		if !ok || !left || !stood || next != s.Reserve {
			c.fail("verify.reserve", logDir, "Seq", e.Seq, "Leg", s.Leg, "County", s.Reserve, "Want", next)
			continue
		}
		r.now[drawn], stratum[s.Reserve], legs[drawn] = s.Reserve, within, s.Leg
	}
	for _, drawn := range slices.Sorted(maps.Keys(legs)) {
		if no := legs[drawn]; no < 1 || no > len(r.legs) || r.legs[no-1].County != r.now[drawn] {
			c.fail("verify.leg", r.dir+"legs.json", "No", no, "County", r.now[drawn])
		}
	}
	c.say("Substituted", len(legs))
	for _, s := range opened {
		c.fail("verify.change-unlogged", logDir, "Leg", s.Leg, "County", s.Reserve)
	}
}

// changeDigest is what the log holds of a substitution before the reveal; of a salt that is none it is
// no digest.
func changeDigest(s *ledger.Opened) inspect.Digest {
	if salt, err := hex.DecodeString(s.Salt); err != nil || len(salt) != 32 {
		return inspect.Digest{}
	}
	return plan.ChangeDigest(&inspect.Substitution{Kind: inspect.CO, Replaced: s.Replaced, Reserve: s.Reserve, Salt: s.Salt})
}

// approved reports whether two people approved a county's substitution before it was made.
func (r *round) approved(change *entry[ledger.Substitution]) bool {
	return slices.ContainsFunc(r.log.substituted, func(e *entry[ledger.Substitution]) bool {
		by := slices.Clone(e.Body.Approvals)
		slices.SortFunc(by, func(a, b inspect.Digest) int { return slices.Compare(a[:], b[:]) })
		return e.Body.No == change.Body.No && e.Body.Leg == change.Body.Leg && e.Body.Stage == inspect.StageCounty && e.Seq < change.Seq && len(slices.Compact(by)) >= plan.ApprovalsNeeded(inspect.CO)
	})
}

// nextReserve is the first reserve of a stratum that was never visited.
func (r *round) nextReserve(stratum string, taken map[string]string) (string, bool) {
	for _, x := range r.sample.Reserves { // those of a stratum stand in order
		if _, used := taken[x.Unit]; x.Kind == inspect.CO && x.Within == stratum && !used {
			return x.Unit, true
		}
	}
	return "", false
}

// standing is the drawn county in whose place a county stands.
func (r *round) standing(county string) (string, bool) {
	for drawn, now := range r.now {
		if now == county {
			return drawn, true
		}
	}
	return "", false
}
