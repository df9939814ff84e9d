package inspect

import (
	"cmp"
	"slices"
	"time"
)

// What stands of a campaign: its legs, visits and decisions as a database keeps them and as rules
// read them. They live here so that a rule takes values and never a database.

// StandingLeg is a leg with where it stands.
type StandingLeg struct {
	Leg
	Closed time.Time `json:"closed"`
	Reason string    `json:"reason,omitempty"`
	// why it is suspended, or kept and not scored; empty where it is not
	Suspended string `json:"suspended,omitempty"`
	Excluded  string `json:"excluded,omitempty"`
	Visits    int    `json:"visits"` // without those that gave way to a reserve
	Filed     int    `json:"filed"`  // visits with an accepted report
	Approved  int    `json:"approved"`
}

// Sealed reports whether the units of the leg are known to nobody yet: its last code book is closed.
func (l *StandingLeg) Sealed() bool { return l.Visits == 0 }

// StandingVisit is a planned visit with where it stands and, once filed, its current report.
type StandingVisit struct {
	Visit
	State    VisitState `json:"state"`
	Report   *Report    `json:"report,omitempty"`
	Digest   string     `json:"digest,omitempty"` // of the report's content
	Grade    Grade      `json:"grade,omitempty"`
	Received time.Time  `json:"received"`
}

// Version is one report received for a visit.
type Version struct {
	Version  int       `json:"version"`
	State    string    `json:"state"`
	Digest   string    `json:"digest"`
	Grade    Grade     `json:"grade"`
	Received time.Time `json:"received"`
	File     string    `json:"file"`            // name of the file it came in
	Returned string    `json:"returned"`        // SHA-256 of that file, under which it is kept
	By       string    `json:"by"`              // who took it in
	Clear    bool      `json:"clear,omitempty"` // the file came without encryption
	Report   Report    `json:"report"`
}

// Decision is what one person decided about one report.
type Decision struct {
	Visit    string    `json:"visit"`
	Digest   string    `json:"digest"` // of the report's content
	Decision string    `json:"decision"`
	By       string    `json:"by"`
	Key      string    `json:"key,omitempty"` // fingerprint of the person's key; of codings only
	Reason   string    `json:"reason,omitempty"`
	Time     time.Time `json:"time"`
	Note     string    `json:"-"` // signed by whoever decided; of codings and of unproven returns
}

// Alarm is a mandatory report: a child in danger, and who was called when.
type Alarm struct {
	At      time.Time `json:"at"`
	Told    []string  `json:"told"` // codes
	Receipt string    `json:"receipt,omitempty"`
}

// Substitution is one unit that gave way to the next in order. Internal: it names both.
type Substitution struct {
	Wave      int      `json:"wave"`
	No        int      `json:"no"` // from 1 in each wave
	Leg       int      `json:"leg"`
	Kind      Kind     `json:"kind"`
	Replaced  string   `json:"replaced"`
	Reserve   string   `json:"reserve"`
	Reason    string   `json:"reason"`
	Salt      string   `json:"salt"`      // 64 hexadecimal digits: opens the digest in the ledger
	Approvals []string `json:"approvals"` // signed notes
}

// Signature is one person's act on one version of a document.
type Signature struct {
	Document string    `json:"document"`
	Digest   string    `json:"digest"`
	Role     string    `json:"role"`
	By       string    `json:"by"`
	Time     time.Time `json:"time"`
	Note     string    `json:"note"`
}

// Waiting is a return that came before the last rung of its leg was logged.
type Waiting struct {
	Digest   string    `json:"digest"` // SHA-256 of the file, which is kept as evidence
	Name     string    `json:"name"`
	Leg      int       `json:"leg"`
	Received time.Time `json:"received"`
	By       string    `json:"by"` // who took it in
}

// Returned is a file that was taken in.
type Returned struct {
	Digest    string // SHA-256
	Name      string
	Wave, Leg int
	Received  time.Time
	Complete  bool   // nothing of it was refused, so a repetition has nothing to add
	By        string // who took it in
	Clear     bool   // it came without encryption
}

// Unproven is a return that does not prove where it comes from. Two people decide whether it is judged.
type Unproven struct {
	Wave     int        `json:"wave"`
	Digest   string     `json:"digest"` // SHA-256 of the file, which is kept as evidence
	Name     string     `json:"name"`
	Packet   int        `json:"packet"`  // as the file says
	Reports  int        `json:"reports"` // how many of its reports are not proven
	Received time.Time  `json:"received"`
	By       string     `json:"by"`                 // who took it in
	Decision string     `json:"decision,omitempty"` // what two people decided alike
	Acts     []Decision `json:"acts,omitempty"`
}

// HeldVersion is a version of a visit's report that waits for a reviewer.
type HeldVersion struct {
	Visit    string     `json:"visit"`
	Version  int        `json:"version"`
	Received time.Time  `json:"received"`
	State    VisitState `json:"state"` // of the visit
}

// MayGo refuses what would be handed out of a suspended leg.
func (l *StandingLeg) MayGo() error {
	if l.Suspended != "" && l.Closed.IsZero() {
		return Refuse("leg.suspended", "Leg", l.No, "Reason", l.Suspended)
	}
	return nil
}

// MayClose refuses to close a leg that is closed, or has visits without an approved report for which
// there is no reason.
func (l *StandingLeg) MayClose(reason string) error {
	switch {
	case !l.Closed.IsZero():
		return Refuse("leg.closed", "Leg", l.No, "At", l.Closed.Format(time.DateTime))
	case l.Approved < l.Visits && reason == "":
		return Refuse("leg.unfinished", "Leg", l.No, "Missing", l.Visits-l.Approved)
	}
	return nil
}

// Standing are the visits that have not given way to a reserve, bottom-up (R11).
func Standing(visits []StandingVisit) []Visit {
	out := Planned(slices.DeleteFunc(slices.Clone(visits), func(v StandingVisit) bool { return v.State == VisitSubstituted }))
	slices.SortStableFunc(out, func(a, b Visit) int {
		return cmp.Or(cmp.Compare(slices.Index(Kinds, a.Kind), slices.Index(Kinds, b.Kind)), cmp.Compare(a.Seq, b.Seq))
	})
	return out
}

// Planned are the visits as planned, without where they stand.
func Planned(visits []StandingVisit) []Visit {
	out := make([]Visit, len(visits))
	for i, v := range visits {
		out[i] = v.Visit
	}
	return out
}
