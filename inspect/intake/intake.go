package intake

import (
	"cmp"
	"slices"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
)

// State is what becomes of one report.
type State string

// The states.
const (
	Accepted   State = "accepted"   // the first sound report of its visit
	Unchanged  State = "unchanged"  // the same content as the one already there
	Superseded State = "superseded" // a correction with a reason of one that was sent back: replaces it
	Held       State = "held"       // sound, but not what is there already: it stays, and people decide
	Refused    State = "refused"    // something is wrong with it
)

// Known is what the office knows when a return arrives.
type Known struct {
	Campaign  string
	Wave      int
	Form      string // the one layout that is accepted
	Checklist *checklist.Checklist
	Leg       inspect.Leg               // of the return's packet; zero where the plan has no such packet
	Visits    []inspect.Visit           // of the leg
	Team      []string                  // roster ids of the leg's inspectors
	Current   map[string]Current        // what is already there, by visit
	Others    []inspect.Report          // what the same team filed for its other legs
	Elsewhere map[string]int            // the wave's visits → their packets, so that a stray one can be named
	Photos    map[inspect.Digest]string // photos already there → the visit they came with
	Closed    time.Time                 // when the leg was closed; zero while it is open
	Frozen    bool                      // the wave's score was frozen: nothing more becomes current by itself
	Now       time.Time
}

// Current is the report a visit has already.
type Current struct {
	Report   inspect.Report
	Digest   inspect.Digest // ContentDigest of Report
	Approved bool           // a reviewer has approved it
	SentBack bool           // a reviewer has sent it back: a corrected one is expected
	Past     []Version      // every version received, this one among them
}

// Version is one report received for a visit, by its content.
type Version struct {
	Digest   inspect.Digest
	Revision int
	Held     bool // it waits for a reviewer
}

// Verdict is the judgement on a return.
type Verdict struct {
	Foreign  bool             // it belongs elsewhere: every report is refused
	Problems inspect.Problems // with the return as a whole
	Warnings inspect.Problems // with the return as a whole, worth a look
	Visits   []Decision       // one for each report, in the order of the return
}

// Decision is the judgement on one report.
type Decision struct {
	State    State
	Report   inspect.Report
	Digest   inspect.Digest
	Grade    inspect.Grade    // empty where the report is refused
	Problems inspect.Problems // why it is refused or held
	Warnings inspect.Problems // worth a reviewer's look
}

// Judge judges a return. What is good in it is accepted whatever else is wrong with it, unless it
// belongs to another campaign, wave, packet, form or checklist, or its leg was closed. After the wave's
// score was frozen a closed leg's reports are held all the same: a correction may need them.
func Judge(ret *inspect.Return, known Known) Verdict {
	if !known.Closed.IsZero() && !known.Frozen {
		p := inspect.Refuse("intake.leg-closed", "Leg", ret.Packet, "At", known.Closed.Format(time.DateTime))
		p.File = ret.File
		return Verdict{Problems: inspect.Problems{p}}
	}
	j := &judge{ret: ret, known: &known, visits: map[string]*inspect.Visit{}}
	for i := range known.Visits {
		j.visits[known.Visits[i].ID] = &known.Visits[i]
	}
	out := Verdict{Problems: j.belongs()}
	out.Foreign = len(out.Problems) > 0
	out.Problems = append(out.Problems, ret.Problems...)
	for i := range ret.Reports {
		rep := &ret.Reports[i]
		d := Decision{Report: *rep, Digest: ContentDigest(rep)}
		if out.Foreign {
			d.State = Refused
		} else {
			j.decide(&d)
		}
		withhold(d.Problems)
		withhold(d.Warnings)
		out.Visits = append(out.Visits, d)
	}
	if !out.Foreign {
		out.Warnings = j.whole()
	}
	withhold(out.Problems)
	return out
}

type judge struct {
	ret    *inspect.Return
	known  *Known
	visits map[string]*inspect.Visit
}

// belongs checks what the return says it belongs to.
func (j *judge) belongs() inspect.Problems {
	var ps inspect.Problems
	reject := func(rule string, args ...any) {
		ps = append(ps, inspect.Reject(rule, inspect.Place{File: j.ret.File}, args...))
	}
	k, r := j.known, j.ret
	switch {
	case r.Campaign != k.Campaign:
		reject("intake.campaign", "Campaign", r.Campaign, "Expected", k.Campaign)
	case r.Wave != k.Wave:
		reject("intake.wave", "Wave", r.Wave, "Expected", k.Wave)
	case k.Leg.No == 0 || r.Packet != k.Leg.No:
		reject("intake.packet-unknown", "Packet", r.Packet)
	case r.Form != k.Form:
		reject("intake.form", "Form", r.Form, "Expected", k.Form)
	case r.Checklist != k.Checklist.Digest():
		reject("intake.checklist", "Checklist", r.Checklist.Fingerprint(), "Expected", k.Checklist.Digest().Fingerprint())
	}
	return ps
}

// decide judges the report in d by itself, then against what is already there.
func (j *judge) decide(d *Decision) {
	cur, have := j.known.Current[d.Report.Visit]
	if have && cur.Digest == d.Digest && len(d.Report.Problems) == 0 {
		d.State = Unchanged
		if v := j.visits[d.Report.Visit]; v != nil {
			d.Grade = Grade(&d.Report, v.Kind, j.known.Checklist)
		}
		return
	}
	c := &check{judge: j, rep: &d.Report, problems: slices.Clone(d.Report.Problems)}
	v := j.visits[d.Report.Visit]
	switch leg := j.known.Elsewhere[d.Report.Visit]; {
	case v != nil:
		c.all(v)
		if d.Grade = Grade(&d.Report, v.Kind, j.known.Checklist); d.Grade == inspect.GradeA && c.doubtful {
			d.Grade = inspect.GradeB
		}
	case leg != 0 && leg != j.ret.Packet:
		c.reject("visit", "intake.visit-elsewhere", "Visit", d.Report.Visit, "Packet", j.ret.Packet, "Other", leg)
	case !c.reported("visit"):
		c.reject("visit", "intake.visit-unknown", "Visit", d.Report.Visit, "Packet", j.ret.Packet)
	}
	d.Problems, d.Warnings, d.State = c.problems, c.warnings, Accepted
	switch {
	case len(c.problems) > 0:
		d.State, d.Grade = Refused, ""
	case have || j.known.Frozen:
		c.succeed(d, &cur)
	}
}

// succeed settles what becomes of a sound report whose visit has another one already, or that comes after
// the score was frozen. Whatever says something else than what is there waits until a reviewer has seen
// the difference; only in place of one that was sent back it is taken, since it is read like a first one.
func (c *check) succeed(d *Decision, cur *Current) {
	rev, was := d.Report.Revision, cur.Report.Revision
	past := slices.IndexFunc(cur.Past, func(v Version) bool { return v.Digest == d.Digest && rev <= max(v.Revision, was) })
	switch {
	case past >= 0 && cur.Past[past].Held: // it is there, and waits
		c.warn("revision", "intake.held-already", "Visit", d.Report.Visit)
		d.State = Unchanged
	case past >= 0: // a version that was corrected since came once more
		c.warn("revision", "intake.older", "Visit", d.Report.Visit, "Revision", cur.Past[past].Revision, "Current", was)
		d.State = Unchanged
	case was > 0 && rev > was && d.Report.Correction == "":
		c.reject("correction", "intake.correction-reason", "Revision", rev)
		d.State, d.Grade = Refused, ""
	case c.known.Frozen:
		c.reject("revision", "intake.frozen", "Visit", d.Report.Visit)
		d.State = Held
	case was == 0:
	case cur.Approved:
		c.reject("revision", "intake.approved", "Visit", d.Report.Visit)
		d.State = Held
	case rev > was && cur.SentBack:
		d.State = Superseded
	case rev > was:
		c.warn("revision", "intake.newer", "Visit", d.Report.Visit, "Revision", rev, "Current", was)
		d.State = Held
	case rev < was: // whoever wrote it had a version before them that was not the newest
		c.reject("revision", "intake.stale", "Visit", d.Report.Visit, "Revision", rev, "Base", rev-1, "Current", was)
		d.State = Held
	default:
		c.reject("revision", "intake.conflict", "Visit", d.Report.Visit, "Revision", rev, "Current", was)
		d.State = Held
	}
	d.Problems, d.Warnings = c.problems, c.warnings
}

// ContentDigest is the SHA-256 of what a report says: its canonical JSON without the revision and
// its reason, answers by item, people in order of code. The same content typed in another order,
// or sent again under another file name, has the same digest.
func ContentDigest(rep *inspect.Report) inspect.Digest {
	r := *rep
	r.Revision, r.Correction = 0, ""
	r.Arrived, r.Left = r.Arrived.In(inspect.Beijing).Truncate(time.Second), r.Left.In(inspect.Beijing).Truncate(time.Second)
	r.Inspectors = sorted(r.Inspectors)
	r.Present = sorted(r.Present)
	r.Answers = append([]inspect.Answer{}, r.Answers...)
	slices.SortStableFunc(r.Answers, func(a, b inspect.Answer) int { return cmp.Compare(a.Item, b.Item) })
	b, err := inspect.CanonicalJSON(&r)
	if err != nil {
		panic(err) // a report holds strings, whole numbers and times of day only
	}
	return inspect.DigestOf(b)
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(append([]string{}, list...))) }

// ownLevel is the rung a kind of unit stands on; whoever comes from a higher one is an official
// to it.
var ownLevel = map[inspect.Kind]int{inspect.HH: 0, inspect.VC: 1, inspect.TS: 2, inspect.WI: 2, inspect.CO: 3}

// Grade is the strength of a report's evidence: A where some answer was learned by a primary
// method and nobody from a rung above the unit was present; B where somebody was, or a time or the
// household is missing, or a photo was taken at another time than the visit; C where no answer was learned by a primary method.
func Grade(rep *inspect.Report, kind inspect.Kind, cl *checklist.Checklist) inspect.Grade {
	grade, _ := GradeWhy(rep, kind, cl)
	return grade
}

// GradeWhy returns the grade and why it is no better: codes of no-primary, official, no-time and
// no-household; none for grade A.
func GradeWhy(rep *inspect.Report, kind inspect.Kind, cl *checklist.Checklist) (grade inspect.Grade, why []string) {
	primary := slices.ContainsFunc(rep.Answers, func(a inspect.Answer) bool {
		m := cl.Method(a.Method)
		return m != nil && m.Primary && a.Value != inspect.NotApplicable && a.Value != inspect.NotVerified
	})
	official := slices.ContainsFunc(rep.Present, func(code string) bool { return levelOf(code) > ownLevel[kind] })
	for _, x := range []struct {
		code string
		is   bool
	}{
		{"no-primary", !primary}, {"official", official}, {"no-time", rep.Arrived.IsZero() || rep.Left.IsZero()},
		{"no-household", kind == inspect.HH && rep.Household == 0},
	} {
		if x.is {
			why = append(why, x.code)
		}
	}
	switch {
	case !primary:
		return inspect.GradeC, why
	case len(why) > 0:
		return inspect.GradeB, why
	}
	return inspect.GradeA, nil
}

// Warnings are what a reviewer should look at again in a report that was accepted, judged beside
// the others of its leg that known holds.
func Warnings(rep *inspect.Report, known Known) inspect.Problems {
	i := slices.IndexFunc(known.Visits, func(v inspect.Visit) bool { return v.ID == rep.Visit })
	if i < 0 {
		return nil
	}
	ret := &inspect.Return{Packet: known.Leg.No, Reports: []inspect.Report{*rep}}
	c := &check{judge: &judge{ret: ret, known: &known}, rep: rep}
	c.all(&known.Visits[i])
	return c.warnings
}

// levelOf is a capacity's level, -1 for an unknown one.
func levelOf(code string) int {
	for _, c := range inspect.Capacities {
		if c.Code == code {
			return c.Level
		}
	}
	return -1
}
