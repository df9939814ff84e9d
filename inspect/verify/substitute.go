package verify

import (
	"encoding/hex"
	"maps"
	"slices"

	"zhicha/inspect"
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
	var opened []substitution
	if e := r.log.revealed[inspect.StageCounty]; e != nil {
		opened = slices.Clone(e.Opened)
	}
	for _, e := range r.log.substituted {
		if e.Stage != inspect.StageCounty || e.Change == nil {
			continue
		}
		i := slices.IndexFunc(opened, func(s substitution) bool { return s.No == e.No && s.Leg == e.Leg })
		if i < 0 || changeDigest(&opened[i]) != *e.Change {
			c.fail("verify.change-unopened", logDir, "Seq", e.Seq, "Leg", e.Leg)
			continue
		}
		if !r.approved(e) {
			c.fail("verify.change-unapproved", logDir, "Seq", e.Seq, "Leg", e.Leg)
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

// changeDigest is what the log holds of a substitution before the reveal:
//
//	SHA-256(LP("zhicha/1 substituted", salt, "CO", replaced, reserve))
func changeDigest(s *substitution) inspect.Digest {
	salt, err := hex.DecodeString(s.Salt)
	if err != nil || len(salt) != 32 {
		return inspect.Digest{}
	}
	return inspect.DigestOf(inspect.LP("zhicha/1 substituted", string(salt), string(inspect.CO), s.Replaced, s.Reserve))
}

// approved reports whether two people approved a county's substitution before it was made.
func (r *round) approved(change *entry) bool {
	return slices.ContainsFunc(r.log.substituted, func(e *entry) bool {
		by := slices.Clone(e.Approvals)
		slices.SortFunc(by, func(a, b inspect.Digest) int { return slices.Compare(a[:], b[:]) })
		return e.No == change.No && e.Leg == change.Leg && e.Stage == inspect.StageCounty && e.Seq < change.Seq && len(slices.Compact(by)) >= 2
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
