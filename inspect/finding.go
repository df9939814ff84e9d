package inspect

import "time"

// FindingKind is problem 问题, hazard 隐患, practice 好做法 or lead 线索.
type FindingKind string

// The kinds of finding.
const (
	ProblemFound FindingKind = "problem"
	Hazard       FindingKind = "hazard"
	Practice     FindingKind = "practice"
	Lead         FindingKind = "lead"
)

// FindingState is a place in a finding's life.
type FindingState string

// The states before a finding is issued; the life after that is not open yet.
const (
	FindingDraft     FindingState = "draft"
	FindingSubmitted FindingState = "submitted"
	FindingVerified  FindingState = "verified"
	FindingDismissed FindingState = "dismissed"
)

// Finding 发现 is one thing seen at one visit that should change, or be copied.
type Finding struct {
	ID       string       `json:"id"` // visit-item, or visit-n for what inspectors added: 1-007-03-A6-02
	Visit    string       `json:"visit"`
	Region   string       `json:"region"`
	Unit     Kind         `json:"unit"`
	Item     string       `json:"item,omitempty"`
	Kind     FindingKind  `json:"kind"`
	Severity string       `json:"severity,omitempty"`
	Fact     string       `json:"fact"`   // from the answer's option text, or the inspector's words; internal
	Origin   string       `json:"origin"` // answer or inspector
	Fixed    bool         `json:"fixed,omitempty"`
	State    FindingState `json:"state"`
	Found    time.Time    `json:"found"`
	Due      time.Time    `json:"due"` // zero where the severity has no deadline of its own
}
