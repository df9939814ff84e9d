package review

import (
	"slices"

	"zhicha/inspect"
)

// What a reviewer can decide.
const (
	Approved = "approved" // the findings drafted from the report are thereby submitted
	Returned = "returned" // a corrected report is then expected; needs a reason
	Resolved = "resolved" // which of several versions holds; needs a reason
	Adopted  = "adopted"  // by a correction: a version that waited becomes the current, approved one
)

// outcome is what a decision about a visit's present report comes to.
type outcome struct {
	State  inspect.VisitState // where the visit stands then
	Coding bool               // it is one of two blind decisions, and kept as such
}

// judge says what a decision comes to, or refuses it. before are the decisions that either of two
// reviewers took about the same report.
//
// A report is decided about once it was submitted, and by nobody who wrote it. One that is drawn for
// two coders (R19) moves at the first decision without telling what it was; it is settled where the
// second, by another person with another key, is the same. Where they differ a third person approves
// it and says why; to send it back needs no third person: the team answers, and both judge anew.
func judge(v *inspect.StandingVisit, d *inspect.Decision, before []inspect.Decision) (outcome, error) {
	waits := v.State == inspect.VisitSubmitted || v.State == inspect.VisitCoded || v.State == inspect.VisitDisputed
	if v.Report == nil || d.Decision == Approved && !waits {
		return outcome{}, inspect.Refuse("visit.not-submitted", "ID", v.ID, "State", string(v.State))
	}
	if slices.Contains(v.Report.Inspectors, d.By) {
		return outcome{}, inspect.Refuse("visit.own", "ID", v.ID, "Person", d.By)
	}
	settled := outcome{State: inspect.VisitApproved}
	if d.Decision == Returned {
		settled.State = inspect.VisitSentBack
	}
	earlier := slices.IndexFunc(before, func(x inspect.Decision) bool { return sameCoder(&x, d) })
	switch {
	case blind(v) && earlier >= 0:
		return outcome{}, inspect.Refuse("visit.coded", "ID", v.ID, "Person", before[earlier].By)
	case blind(v) && len(before) == 0:
		return outcome{State: inspect.VisitCoded, Coding: true}, nil
	case blind(v) && before[0].Decision != d.Decision:
		return outcome{State: inspect.VisitDisputed, Coding: true}, nil
	case blind(v):
		settled.Coding = true
	case v.State == inspect.VisitDisputed && d.Reason == "":
		return outcome{}, inspect.Misuse("visit.dispute-reason", "ID", v.ID)
	case v.State == inspect.VisitDisputed && earlier >= 0 && d.Decision == Approved:
		return outcome{}, inspect.Refuse("visit.dispute-third", "ID", v.ID, "Person", before[earlier].By)
	}
	return settled, nil
}

// blind reports whether two reviewers are judging a visit without sight of each other.
func blind(v *inspect.StandingVisit) bool {
	return v.State == inspect.VisitCoded || v.Second && v.State == inspect.VisitSubmitted
}

// sameCoder reports whether two decisions are one person's, under whatever id.
func sameCoder(a, b *inspect.Decision) bool { return a.By == b.By || a.Key == b.Key }

// presentOnly are the decisions about the visit's present report; what was decided about an earlier
// version counts no more.
func presentOnly(v *inspect.StandingVisit, all []inspect.Decision) []inspect.Decision {
	return slices.DeleteFunc(slices.Clone(all), func(d inspect.Decision) bool { return d.Digest != v.Digest })
}

// forApproval reports whether a reviewer can approve a visit without giving a reason: it was
// submitted, or waits for a second coder who is somebody else.
func forApproval(v *inspect.StandingVisit, me *inspect.Decision, before []inspect.Decision) bool {
	mine := slices.ContainsFunc(before, func(d inspect.Decision) bool { return sameCoder(&d, me) })
	return v.State == inspect.VisitSubmitted || v.State == inspect.VisitCoded && !mine
}

// visible are the decisions about a visit that the person as may see, oldest first. While two
// reviewers judge, each sees only their own, also of what was decided about an earlier version.
func visible(v *inspect.StandingVisit, codings, reviews []inspect.Decision, as string) (out []inspect.Decision) {
	for _, d := range codings {
		if !blind(v) || d.By == as {
			out = append(out, d)
		}
	}
	for _, r := range reviews { // the second coder's decision also settled the visit: it is one
		if !slices.ContainsFunc(codings, func(d inspect.Decision) bool {
			return d.By == r.By && d.Digest == r.Digest && d.Decision == r.Decision && d.Reason == r.Reason
		}) {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b inspect.Decision) int { return a.Time.Compare(b.Time) })
	return out
}
