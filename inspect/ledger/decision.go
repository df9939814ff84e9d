package ledger

import "zhicha/inspect"

// The bodies of what is decided after the draw. What a decision is about is told by a salted root
// alone (Root); FORMAT.md lists the rows under each.

// Approval is the body of visit-approved: a reviewer settled visits.
type Approval struct {
	Wave   int            `json:"wave"`
	Visits int            `json:"visits"` // how many, at least one
	By     inspect.Digest `json:"by"`
	Root   inspect.Digest `json:"root"` // over every decision about the reports approved
}

// Kind is VisitApproved.
func (Approval) Kind() Kind { return VisitApproved }

// Check returns what makes no sense in b.
func (b Approval) Check() error {
	return check(b, claim{"wave", b.Wave >= 1}, claim{"visits", b.Visits >= 1}, claim{"by", isSet(b.By)}, claim{"root", isSet(b.Root)})
}

// SentBack is the body of visit-returned: a reviewer asked for reports anew.
type SentBack Approval

// Kind is VisitReturned.
func (SentBack) Kind() Kind { return VisitReturned }

// Check returns what makes no sense in b.
func (b SentBack) Check() error { return Approval(b).Check() }

// Resolved is the body of visit-resolved: a reviewer settled which version of a report holds.
type Resolved Approval

// Kind is VisitResolved.
func (Resolved) Kind() Kind { return VisitResolved }

// Check returns what makes no sense in b.
func (b Resolved) Check() error { return Approval(b).Check() }

// LegAct is what somebody decided about one leg, and why.
type LegAct struct {
	Wave int            `json:"wave"`
	Leg  int            `json:"leg"`
	By   inspect.Digest `json:"by"`
	Root inspect.Digest `json:"root"` // over the decision and its reason
}

// Check returns what makes no sense in b.
func (b LegAct) Check() error {
	return check(b, claim{"wave", b.Wave >= 1}, claim{"leg", b.Leg >= 1}, claim{"by", isSet(b.By)}, claim{"root", isSet(b.Root)})
}

// Suspension is the body of leg-suspended: nothing more of a leg is handed out.
type Suspension struct{ LegAct }

// Kind is LegSuspended.
func (Suspension) Kind() Kind { return LegSuspended }

// Resumption is the body of leg-resumed: a suspended leg goes on.
type Resumption struct{ LegAct }

// Kind is LegResumed.
func (Resumption) Kind() Kind { return LegResumed }

// Exclusion is the body of leg-excluded: a leg is kept and not scored.
type Exclusion struct{ LegAct }

// Kind is LegExcluded.
func (Exclusion) Kind() Kind { return LegExcluded }

// Closing is the body of leg-closed: nothing more is expected of legs.
type Closing struct {
	Wave     int            `json:"wave"`
	Legs     []int          `json:"legs"` // ascending
	By       inspect.Digest `json:"by"`
	Visits   int            `json:"visits"`   // of these legs that did not give way
	Approved int            `json:"approved"` // of these
	Root     inspect.Digest `json:"root"`     // over every visit of theirs as it stands, and the reason
}

// Kind is LegClosed.
func (Closing) Kind() Kind { return LegClosed }

// Check returns what makes no sense in b.
func (b Closing) Check() error {
	ascending := len(b.Legs) > 0 && b.Legs[0] >= 1
	for i := 1; i < len(b.Legs); i++ {
		ascending = ascending && b.Legs[i-1] < b.Legs[i]
	}
	return check(b, claim{"wave", b.Wave >= 1}, claim{"legs", ascending}, claim{"by", isSet(b.By)},
		claim{"visits", b.Visits >= 0}, claim{"approved", b.Approved >= 0 && b.Approved <= b.Visits}, claim{"root", isSet(b.Root)})
}

// Score is the body of score-frozen: how every number of a wave was made, and from what. Planned is
// the sum of Scored, Left and Missing.
type Score struct {
	Wave        int            `json:"wave"`
	No          int            `json:"no,omitempty"` // of the correction that it follows; none the first time
	Score       inspect.Digest `json:"score"`        // of the result as kept
	Public      inspect.Digest `json:"public"`       // of the part that is published, salted
	Checklist   inspect.Digest `json:"checklist"`
	Rules       inspect.Digest `json:"rules"`   // of the rules of scoring, canonical
	Reports     inspect.Digest `json:"reports"` // root over every visit planned: what was scored, what was left out and why, what is missing
	Planned     int            `json:"planned"` // visits of primary legs that did not give way
	Scored      int            `json:"scored"`  // count in the national score
	Left        int            `json:"left"`    // approved and left out
	Missing     int            `json:"missing"` // not approved
	RedLines    int            `json:"redLines"`
	Adjustments int            `json:"adjustments"` // reporting units with a bonus or a penalty
}

// Kind is ScoreFrozen.
func (Score) Kind() Kind { return ScoreFrozen }

// Digest is the digest of the whole entry, by which an auditor names it: what is published of the score and the counts
// among it.
func (b Score) Digest() (inspect.Digest, error) {
	raw, err := inspect.CanonicalJSON(b)
	return inspect.DigestOf(raw), err
}

// Check returns what makes no sense in b.
func (b Score) Check() error {
	return check(b, claim{"wave", b.Wave >= 1}, claim{"no", b.No >= 0}, claim{"score", isSet(b.Score)}, claim{"public", isSet(b.Public)},
		claim{"checklist", isSet(b.Checklist)}, claim{"rules", isSet(b.Rules)}, claim{"reports", isSet(b.Reports)},
		claim{"scored", b.Scored >= 0}, claim{"left", b.Left >= 0}, claim{"missing", b.Missing >= 0},
		claim{"planned", b.Planned == b.Scored+b.Left+b.Missing}, claim{"redLines", b.RedLines >= 0}, claim{"adjustments", b.Adjustments >= 0})
}

// Correction is the body of corrected: what changed after a score was frozen, by two people. The
// score that follows it has its number.
type Correction struct {
	Wave   int              `json:"wave"`
	No     int              `json:"no"`     // counts the corrections of the wave
	Before inspect.Digest   `json:"before"` // the score as it was
	After  inspect.Digest   `json:"after"`  // the score as it is
	Text   inspect.Digest   `json:"text"`   // of the reason, which is published
	By     []inspect.Digest `json:"by"`     // who proposed it, who confirmed it
	Visits int              `json:"visits"` // decided about anew
	Root   inspect.Digest   `json:"root"`   // over these decisions
}

// Kind is Corrected.
func (Correction) Kind() Kind { return Corrected }

// Check returns what makes no sense in b.
func (b Correction) Check() error {
	return check(b, claim{"wave", b.Wave >= 1}, claim{"no", b.No >= 1}, claim{"before", isSet(b.Before)}, claim{"after", isSet(b.After)},
		claim{"text", isSet(b.Text)}, claim{"by", len(b.By) == 2 && isSet(b.By[0]) && isSet(b.By[1]) && b.By[0] != b.By[1]},
		claim{"visits", b.Visits >= 1}, claim{"root", isSet(b.Root)})
}

// Judgement is the body of return-judged: two people decided what becomes of a return that did not prove where
// it comes from.
type Judgement struct {
	Wave int              `json:"wave"`
	By   []inspect.Digest `json:"by"`   // the two who decided alike
	Root inspect.Digest   `json:"root"` // over every decision about it; see DecisionRows
}

// Kind is ReturnJudged.
func (Judgement) Kind() Kind { return ReturnJudged }

// Check returns what makes no sense in b.
func (b Judgement) Check() error {
	return check(b, claim{"wave", b.Wave >= 1}, claim{"by", isTwo(b.By)}, claim{"root", isSet(b.Root)})
}
