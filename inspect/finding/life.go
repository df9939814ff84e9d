package finding

import (
	"slices"
	"strings"

	"zhicha/inspect"
)

// Act is who moves a finding, and why.
type Act struct {
	By         string   // person id
	Inspectors []string // of the finding's visit: their own work is not theirs to review
	Reason     string   // required to dismiss
}

// next lists where a finding may go from each state.
var next = map[inspect.FindingState][]inspect.FindingState{
	inspect.FindingDraft:     {inspect.FindingSubmitted},
	inspect.FindingSubmitted: {inspect.FindingVerified, inspect.FindingDismissed},
}

// Next returns the states a finding may move to; none from a final one.
func Next(from inspect.FindingState) []inspect.FindingState { return slices.Clone(next[from]) }

// Transition returns f in the state to, or the rule that forbids the step, as a Problem of class
// Refused. f itself is not changed.
func Transition(f inspect.Finding, to inspect.FindingState, act Act) (inspect.Finding, error) {
	review := to == inspect.FindingVerified || to == inspect.FindingDismissed
	switch {
	case !slices.Contains(next[f.State], to):
		return f, inspect.Refuse("finding.step", "ID", f.ID, "From", string(f.State), "To", string(to))
	case strings.TrimSpace(act.By) == "":
		return f, inspect.Refuse("finding.nobody", "ID", f.ID, "To", string(to))
	case review && slices.Contains(act.Inspectors, act.By):
		return f, inspect.Refuse("finding.own-work", "ID", f.ID, "By", act.By)
	case to == inspect.FindingDismissed && strings.TrimSpace(act.Reason) == "":
		return f, inspect.Refuse("finding.no-reason", "ID", f.ID)
	}
	f.State = to
	return f, nil
}
