package intake

import (
	"slices"
	"strings"
	"unicode"

	"zhicha/inspect"
)

// Bounds on what looks alike. Stock phrases are short; a run of full marks shorter than this is
// what good places look like.
const (
	copiedLetters = 20 // letters a text needs before its likeness means anything
	copiedShare   = 90 // per cent of pairs of letters two texts share
	marksRun      = 5  // visits in a row
	marksAnswers  = 5  // answers a visit needs to count among them
)

// reportOf is a visit's report in this return, or else the one already there.
func (j *judge) reportOf(visit string) (rep *inspect.Report, here bool) {
	for i := range j.ret.Reports {
		if j.ret.Reports[i].Visit == visit {
			return &j.ret.Reports[i], true
		}
	}
	if cur, ok := j.known.Current[visit]; ok && cur.Report.Visit != "" {
		return &cur.Report, false
	}
	return nil, false
}

// others are the reports of the leg's other visits, then those of the team's other legs.
func (c *check) others(yield func(o *inspect.Report, v *inspect.Visit, here bool) bool) {
	for i := range c.known.Visits {
		v := &c.known.Visits[i]
		if v.ID == c.rep.Visit {
			continue
		}
		if o, here := c.reportOf(v.ID); o != nil && !yield(o, v, here) {
			return
		}
	}
	for i := range c.known.Others {
		if !yield(&c.known.Others[i], nil, false) {
			return
		}
	}
}

// elsewhere warns where an inspector is at another visit at the same time.
func (c *check) elsewhere() {
	if c.rep.Arrived.IsZero() || c.rep.Left.IsZero() {
		return
	}
	c.others(func(o *inspect.Report, _ *inspect.Visit, _ bool) bool {
		if o.Arrived.IsZero() || o.Left.IsZero() || !o.Arrived.Before(c.rep.Left) || !c.rep.Arrived.Before(o.Left) {
			return true
		}
		for _, id := range c.rep.Inspectors {
			if slices.Contains(o.Inspectors, id) {
				c.warn("arrived", "intake.two-places", "Inspector", id, "Other", o.Visit)
				return false
			}
		}
		return true
	})
}

// upwards warns where the order household, village, township, county was not kept: who is
// above must not learn of the visit before those below were seen. Of two reports in one return the
// upper one carries the warning.
func (c *check) upwards(v *inspect.Visit) {
	if c.rep.Arrived.IsZero() {
		return
	}
	c.others(func(o *inspect.Report, ov *inspect.Visit, here bool) bool {
		switch {
		case ov == nil || o.Arrived.IsZero() || o.Arrived.After(c.known.Now.Add(clockSlack)): // not to be believed
		case below(v, ov) && c.rep.Arrived.Before(o.Arrived):
			c.warn("arrived", "intake.order-upwards", "Visit", v.ID, "Lower", ov.ID)
			return false
		case !here && below(ov, v) && o.Arrived.Before(c.rep.Arrived):
			c.warn("arrived", "intake.order-upwards", "Visit", ov.ID, "Lower", v.ID)
			return false
		}
		return true
	})
}

// below tells whether a unit must be visited before the upper one; institutions stand beside the
// ladder, and the county office comes last of all.
func below(upper, lower *inspect.Visit) bool {
	switch upper.Kind {
	case inspect.VC:
		return lower.Kind == inspect.HH && lower.Unit == upper.Unit
	case inspect.TS:
		return (lower.Kind == inspect.HH || lower.Kind == inspect.VC) && lower.Places.Township == upper.Places.Township
	case inspect.CO:
		return lower.Kind != inspect.CO
	}
	return false
}

// copied warns where a text reads like one of another visit. Of two reports in one return the
// later one carries the warning.
func (c *check) copied() {
	own := texts(c.rep)
	at := slices.IndexFunc(c.ret.Reports, func(r inspect.Report) bool { return r.Visit == c.rep.Visit })
	c.others(func(o *inspect.Report, _ *inspect.Visit, here bool) bool {
		if here && slices.IndexFunc(c.ret.Reports, func(r inspect.Report) bool { return r.Visit == o.Visit }) > at {
			return true
		}
		alike, first := 0, ""
		for _, theirs := range texts(o) {
			for i := range own {
				if own[i].item == theirs.item && like(own[i].pairs, theirs.pairs) {
					if alike++; alike == 1 {
						first = own[i].field
					}
				}
			}
		}
		if alike > 0 {
			c.warn(first, "intake.copied", "Other", o.Visit, "Count", alike)
		}
		return true
	})
}

// prose is a text of a report that is long enough to be compared.
type prose struct {
	field, item string // an observation has no item here: its fact may be copied anywhere
	pairs       map[[2]rune]int
}

func texts(rep *inspect.Report) (out []prose) {
	add := func(field, item, text string) {
		letters := []rune(strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) {
				return r
			}
			return -1 // numbers differ where a text was copied and adjusted
		}, text))
		if len(letters) < copiedLetters {
			return
		}
		p := prose{field, item, map[[2]rune]int{}}
		for i := range letters[1:] {
			p.pairs[[2]rune{letters[i], letters[i+1]}]++
		}
		out = append(out, p)
	}
	for i := range rep.Answers {
		add(rep.Answers[i].Item+".note", rep.Answers[i].Item, rep.Answers[i].Note)
	}
	for i := range rep.Observations {
		add(factField(i), "", rep.Observations[i].Fact)
	}
	return out
}

// like compares two texts by the pairs of letters they share (Dice's coefficient).
func like(a, b map[[2]rune]int) bool {
	shared, all := 0, 0
	for pair, n := range a {
		shared += min(n, b[pair])
		all += n
	}
	for _, n := range b {
		all += n
	}
	return 200*shared >= copiedShare*all
}

// fullMarks warns where a visit stands in a run of visits at which nothing whatever was wanting.
func (c *check) fullMarks(v *inspect.Visit) {
	visits := slices.Clone(c.known.Visits)
	slices.SortFunc(visits, func(a, b inspect.Visit) int { return a.Seq - b.Seq })
	at := slices.IndexFunc(visits, func(o inspect.Visit) bool { return o.ID == v.ID })
	full := func(i int) bool {
		if i < 0 || i >= len(visits) {
			return false
		}
		rep, _ := c.reportOf(visits[i].ID)
		return rep != nil && c.allFull(rep)
	}
	if !full(at) {
		return
	}
	first, last := at, at
	for full(first - 1) {
		first--
	}
	for full(last + 1) {
		last++
	}
	for i := at + 1; i <= last; i++ { // told once, at the last of them that is in this return
		if _, here := c.reportOf(visits[i].ID); here {
			return
		}
	}
	if last-first+1 >= marksRun {
		c.warn("visit", "intake.full-marks", "Count", last-first+1, "First", visits[first].ID, "Last", visits[last].ID)
	}
}

func (c *check) allFull(rep *inspect.Report) bool {
	real := 0
	for _, a := range rep.Answers {
		it := c.known.Checklist.Item(a.Item)
		if it == nil {
			continue
		}
		num, den, ok := it.Fraction(a)
		switch {
		case ok && num < den:
			return false
		case ok:
			real++
		}
	}
	return real >= marksAnswers
}
