package status

import "slices"

// next is the first step that is not done.
func (s *Status) next() string {
	steps := []struct {
		open bool
		step string
	}{
		{s.Frame == nil, "frame-import"},
		{s.Frame != nil && !s.Frame.Frozen, "frame-freeze"},
		{s.Teams == 0, "roster"},
		{s.Wave.Parties.Done < s.Wave.Parties.All, "party"},
		{s.Wave.Committed == nil, "commit"},
		{len(s.Wave.Owed) > 0, "sign-commit"},
		{s.Wave.Beacon == "", "beacon"},
		{s.Wave.Drawn == nil, "draw"},
		{s.Wave.Opened == nil, "packets"},
		{s.BooksDue, "books"},
		{s.ToRelease > 0, "release"},
		{s.Visits.Held > 0, "held"},
		{s.Visits.Filed < s.Visits.Planned && s.Legs.Done < s.Legs.All, "intake"},
		{s.Scored == nil && s.Second.Disputed > 0, "adjudicate"},
		{s.Scored == nil && s.Visits.Approved < s.Visits.Filed, "approve"}, // later a correction may have sent one back
		{s.Legs.Done < s.Legs.All, "close"},
		{!s.Wave.Revealed, "reveal"},
		{s.Scored == nil, "score"},
		{s.Proposed > 0, "confirm"},
		{s.Documents.Done < s.Documents.All, "sign"},
		{!s.Published, "build"},
	}
	i := slices.IndexFunc(steps, func(x struct {
		open bool
		step string
	}) bool {
		return x.open
	})
	if i < 0 {
		return "done"
	}
	return steps[i].step
}
