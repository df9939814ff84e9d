package ledger

import (
	"slices"

	"zhicha/inspect"
)

// Reason says in a word why something published was taken back. Its words stand in no entry: they
// could hold what must be taken back.
type Reason string

// The reasons.
const (
	ReasonError      Reason = "error"      // what it says is wrong
	ReasonPrivacy    Reason = "privacy"    // it says who or where somebody is
	ReasonSuperseded Reason = "superseded" // a later text takes its place
)

// Reasons lists every reason.
var Reasons = []Reason{ReasonError, ReasonPrivacy, ReasonSuperseded}

// Withdrawal is the body of withdrawn: two people took a signed text back.
type Withdrawal struct {
	Document inspect.Digest `json:"document"` // of its text, as it was published
	Reason   Reason         `json:"reason"`
	Signed
}

// Kind is Withdrawn.
func (Withdrawal) Kind() Kind { return Withdrawn }

// Under is the same body, signed by these.
func (b Withdrawal) Under(s Signed) Joint { b.Signed = s; return b }

// Check returns what makes no sense in b.
func (b Withdrawal) Check() error {
	return check(b, claim{"document", isSet(b.Document)}, claim{"reason", slices.Contains(Reasons, b.Reason)}, claim{"by", isTwo(b.By)}, b.claim())
}

// isTwo reports whether a list names two different persons.
func isTwo(by []inspect.Digest) bool {
	return len(by) == 2 && isSet(by[0]) && isSet(by[1]) && by[0] != by[1]
}
