package intake

import (
	"fmt"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/privacy"
)

// officials warns of who from above was there. At a household that weakens whatever was said; at
// any other unit, and from the township upwards, somebody came along, which needs one of the
// reasons that are allowed.
func (c *check) officials(kind inspect.Kind) {
	at := slices.IndexFunc(c.rep.Present, func(code string) bool { return levelOf(code) > ownLevel[kind] })
	if at < 0 {
		return
	}
	highest := slices.MaxFunc(c.rep.Present, func(a, b string) int { return levelOf(a) - levelOf(b) })
	if kind == inspect.HH {
		c.warn(fmt.Sprintf("present[%d]", at), "intake.official-present", "Capacity", c.rep.Present[at])
	}
	if c.rep.Escort == "" && (kind != inspect.HH || levelOf(highest) > ownLevel[inspect.VC]) {
		c.warn("escort", "intake.escort-unexplained", "Capacity", highest)
	}
}

// photos looks at what came with the report: a photo that another visit brought already, and one
// whose time is not the visit's.
func (c *check) photos() {
	seen := map[inspect.Digest]bool{}
	for i := range c.ret.Photos {
		p := &c.ret.Photos[i]
		if p.Visit != c.rep.Visit || seen[p.SHA256] {
			continue
		}
		seen[p.SHA256] = true
		at := c.place(p.Field)
		if other := c.photoElsewhere(i); other != "" {
			c.warnings = append(c.warnings, inspect.Reject("intake.photo-again", at, "Digest", p.SHA256.Fingerprint(), "Visit", p.Visit, "Other", other))
		}
		in, out := c.rep.Arrived, c.rep.Left
		switch {
		case p.At.IsZero():
			c.doubtful = true
			c.warnings = append(c.warnings, inspect.Reject("intake.photo-timeless", at, "Digest", p.SHA256.Fingerprint()))
		case !in.IsZero() && p.At.Before(in.Add(-clockSlack)), !out.IsZero() && p.At.After(out.Add(clockSlack)), p.At.After(c.known.Now.Add(clockSlack)):
			c.doubtful = true
			c.warnings = append(c.warnings, inspect.Reject("intake.photo-time", at, "Digest", p.SHA256.Fingerprint(), "Time", minutes(p.At)))
		}
	}
}

// photoElsewhere is the visit that has the same photo: one that is known, or one listed before.
func (c *check) photoElsewhere(i int) string {
	p := &c.ret.Photos[i]
	if other, ok := c.known.Photos[p.SHA256]; ok && other != p.Visit {
		return other
	}
	for _, o := range c.ret.Photos[:i] {
		if o.SHA256 == p.SHA256 && o.Visit != p.Visit {
			return o.Visit
		}
	}
	return ""
}

// whole looks at the return as one: the clock it was written by, and sheets that are gone.
func (j *judge) whole() (warnings inspect.Problems) {
	at := inspect.Place{File: j.ret.File}
	if made := j.ret.Made; !made.IsZero() {
		last := made
		for i := range j.ret.Reports {
			if left := j.ret.Reports[i].Left; left.After(last) {
				last = left
			}
		}
		switch {
		case made.After(j.known.Now.Add(clockSlack)):
			warnings = append(warnings, inspect.Reject("intake.clock-ahead", at, "Made", minutes(made), "Now", minutes(j.known.Now)))
		case last.After(made.Add(clockSlack)):
			warnings = append(warnings, inspect.Reject("intake.clock-moved", at, "Made", minutes(made), "Left", minutes(last)))
		}
	}
	if j.ret.Blank == nil {
		return warnings
	}
	for i := range j.known.Visits {
		id := j.known.Visits[i].ID
		if rep, _ := j.reportOf(id); rep == nil && !slices.Contains(j.ret.Blank, id) {
			warnings = append(warnings, inspect.Reject("intake.sheet-missing", at, "Visit", id))
		}
	}
	return warnings
}

// personal warns of what looks like personal data in texts that may be published one day. The
// message says where and of what kind, never what.
func (c *check) personal() {
	look := func(field, text string) {
		if hits := privacy.Scan(text, privacy.Context{}); len(hits) > 0 {
			c.warn(field, "intake.personal", "Type", string(hits[0].Type), "Count", len(hits))
		}
	}
	for i := range c.rep.Answers {
		look(c.rep.Answers[i].Item+".note", c.rep.Answers[i].Note)
	}
	for i := range c.rep.Observations {
		look(factField(i), c.rep.Observations[i].Fact)
	}
}

func factField(i int) string { return fmt.Sprintf("observations[%d].fact", i) }

// withhold takes what looks like personal data out of what messages would repeat of a cell.
func withhold(ps inspect.Problems) {
	for _, p := range ps {
		for _, name := range []string{"Value", "Formula", "Inspector", "Visit"} {
			if s, ok := p.Args[name].(string); ok && len(privacy.Scan(s, privacy.Context{})) > 0 {
				p.Args[name] = "…"
			}
		}
	}
}
