package intake

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"zhicha/inspect"
)

// Bounds on times. Inspectors' clocks are off by minutes; nobody checks a place for half a day.
const (
	clockSlack = 15 * time.Minute
	shortest   = 10 * time.Minute
	longest    = 6 * time.Hour
	earlyDays  = 1 // a team may set out this many days before its first day
)

// check gathers what is wrong with one report.
type check struct {
	*judge
	rep      *inspect.Report
	problems inspect.Problems
	warnings inspect.Problems
	doubtful bool // something weakens the evidence beyond who was present
}

// place is where a field of the report stood; cells of another sheet are kept as sheet!cell.
func (c *check) place(field string) inspect.Place {
	at := inspect.Place{File: c.ret.File, Sheet: c.rep.Sheet, Cell: c.rep.Cells[field], Field: field}
	if sheet, cell, other := strings.Cut(at.Cell, "!"); other {
		at.Sheet, at.Cell = sheet, cell
	}
	return at
}

func (c *check) reject(field, rule string, args ...any) {
	c.problems = append(c.problems, inspect.Reject(rule, c.place(field), args...))
}

func (c *check) warn(field, rule string, args ...any) {
	c.warnings = append(c.warnings, inspect.Reject(rule, c.place(field), args...))
}

func (c *check) all(v *inspect.Visit) {
	c.people()
	c.times()
	if v.Kind == inspect.HH {
		c.household(v)
	}
	c.answers(v.Kind)
	for i := range c.rep.Observations {
		c.observation(i, v.Kind)
	}
	c.officials(v.Kind)
	c.photos()
	c.upwards(v)
	c.elsewhere()
	c.copied()
	c.fullMarks(v)
	c.personal()
}

// people checks who made the visit and who was there.
func (c *check) people() {
	for i, id := range c.rep.Inspectors {
		if field := fmt.Sprintf("inspectors[%d]", i); !slices.Contains(c.known.Team, id) && !c.reported(field) {
			c.reject(field, "intake.inspector-foreign", "Inspector", id)
		}
	}
	if ids := slices.Compact(sorted(c.rep.Inspectors)); len(ids) < 2 {
		c.reject("inspectors", "intake.inspectors-few", "Count", len(ids))
	}
	for i, code := range c.rep.Present {
		if levelOf(code) < 0 {
			c.reject(fmt.Sprintf("present[%d]", i), "intake.capacity-unknown", "Value", code)
		}
	}
	if e := c.rep.Escort; e != "" && !coded(inspect.EscortReasons, e) {
		c.reject("escort", "intake.escort-unknown", "Value", e)
	}
}

func coded(list []inspect.Coded, code string) bool {
	return slices.ContainsFunc(list, func(c inspect.Coded) bool { return c.Code == code })
}

// times checks arrival and leaving. What the reader could not read it has reported already; a time
// that is missing weakens the evidence and no more.
func (c *check) times() {
	first, last := moment{"arrived", c.rep.Arrived}, moment{"left", c.rep.Left}
	for _, m := range []moment{first, last} {
		if m.at.IsZero() && !c.reported(m.field, "date") {
			c.warn(m.field, "intake.time-missing")
		}
	}
	both := !first.at.IsZero() && !last.at.IsZero()
	if first.at.IsZero() {
		first = last
	} else if last.at.IsZero() {
		last = first
	}
	if first.at.IsZero() {
		return
	}
	leg, day := &c.known.Leg, inspect.DateOf(first.at)
	switch stay := last.at.Sub(first.at); {
	case both && stay <= 0:
		c.reject("left", "intake.left-before-arrived", "Arrived", minutes(first.at), "Left", minutes(last.at))
	case last.at.After(c.known.Now.Add(clockSlack)):
		c.reject(last.field, "intake.future", "Time", minutes(last.at), "Now", minutes(c.known.Now))
	case day.Days(leg.Start) > earlyDays:
		c.reject(first.field, "intake.before-leg", "Time", minutes(first.at), "Start", string(leg.Start))
	case leg.Days > 0 && leg.Start.Days(day) >= leg.Days:
		c.warn(first.field, "intake.after-leg", "Time", minutes(first.at), "End", string(leg.Start.Add(leg.Days-1)))
	case both && stay < shortest:
		c.warn("left", "intake.visit-short", "Minutes", int(stay.Minutes()))
	case both && stay > longest:
		c.warn("left", "intake.visit-long", "Hours", int(stay.Hours()))
	}
}

// moment is a time of a report and the field it stood in.
type moment struct {
	field string
	at    time.Time
}

// minutes writes a time as people say it.
func minutes(at time.Time) string { return at.In(inspect.Beijing).Format("2006-01-02 15:04") }

// reported tells whether the reader has found fault with one of these fields' cells.
func (c *check) reported(fields ...string) bool {
	return slices.ContainsFunc(c.rep.Problems, func(p *inspect.Problem) bool {
		return slices.ContainsFunc(fields, func(f string) bool { return p.Cell != "" && p.Cell == c.rep.Cells[f] })
	})
}

// answers checks that every item of the kind is answered, once, within its domain, and no other.
func (c *check) answers(kind inspect.Kind) {
	cl := c.known.Checklist
	given := map[string]bool{}
	for i := range c.rep.Answers {
		a := &c.rep.Answers[i]
		it := cl.Item(a.Item)
		switch {
		case it == nil || !slices.Contains(it.Kinds, kind):
			c.reject(a.Item, "intake.answer-irrelevant", "Item", a.Item, "Kind", string(kind))
			continue
		case given[a.Item]:
			c.reject(a.Item, "intake.answer-twice", "Item", a.Item)
			continue
		}
		given[a.Item] = true
		if p := it.CheckAnswer(*a); p != nil && !c.reported(answerField(p.Rule, a.Item)) {
			p.Place = c.place(answerField(p.Rule, a.Item))
			p.Field = a.Item
			c.problems = append(c.problems, p)
		}
	}
	for _, it := range cl.ItemsFor(kind) {
		if !given[it.Code] && !c.reported(it.Code) {
			c.reject(it.Code, "intake.answer-missing", "Item", it.Code, "Name", it.Zh)
		}
	}
}

// answerField is the field of an answer that a rule of the checklist speaks of.
func answerField(rule, item string) string {
	switch {
	case rule == "checklist.oral", strings.HasPrefix(rule, "checklist.method"):
		return item + ".method"
	case strings.HasPrefix(rule, "checklist.reason"):
		return item + ".reason"
	}
	return item
}

// observation checks a finding that the inspectors wrote down themselves.
func (c *check) observation(i int, kind inspect.Kind) {
	o := &c.rep.Observations[i]
	field := fmt.Sprintf("observations[%d]", i)
	if !coded(inspect.FindingKinds, string(o.Kind)) {
		c.reject(field+".kind", "intake.finding-kind", "Value", string(o.Kind))
	}
	if strings.TrimSpace(o.Fact) == "" {
		c.reject(field+".fact", "intake.finding-fact")
	}
	if it := c.known.Checklist.Item(o.Item); o.Item != "" && (it == nil || !slices.Contains(it.Kinds, kind)) {
		c.reject(field+".item", "intake.finding-item", "Item", o.Item, "Kind", string(kind))
	}
	graded := o.Kind == inspect.ProblemFound || o.Kind == inspect.Hazard
	switch {
	case graded && c.known.Checklist.Severity(o.Severity) == nil:
		c.reject(field+".severity", "intake.finding-severity", "Value", o.Severity)
	case !graded && o.Severity != "":
		c.reject(field+".severity", "intake.finding-severity-idle", "Value", o.Severity)
	}
}
