package finding

import (
	"slices"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
)

// dueOf is the time limit of an observation of that severity, found at that moment.
func dueOf(t *testing.T, kind inspect.FindingKind, severity string, found time.Time, calendar *inspect.Calendar) time.Time {
	t.Helper()
	r := inspect.Report{Left: found, Observations: []inspect.Observation{{Kind: kind, Severity: severity, Fact: "f"}}}
	got := Draft(inspect.Visit{ID: "v", Kind: inspect.HH}, "52", r, list(), calendar)
	if len(got) != 1 {
		t.Fatalf("%+v", got)
	}
	return got[0].Due
}

// Working days are counted from the day after, in Beijing whatever clock the time is told by, to
// the last second of the last of them; hours from the moment itself, day or night.
func TestDeadlines(t *testing.T) {
	at := func(month, day, hour, minute, second int) time.Time {
		return time.Date(2023, time.Month(month), day, hour, minute, second, 0, inspect.Beijing)
	}
	calendar, err := inspect.ParseCalendar("h.csv", strings.NewReader("date,kind\n2023-01-23,off\n2023-01-24,off\n2023-01-25,off\n2023-01-26,off\n2023-01-27,off\n2023-01-28,work\n2023-01-29,work\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		kind     inspect.FindingKind
		severity string
		found    time.Time
		due      time.Time // zero: none
	}{
		"the first second of a Monday": {inspect.ProblemFound, "S3", at(1, 9, 0, 0, 0), at(1, 12, 23, 59, 59)},
		"the last second of a Monday":  {inspect.ProblemFound, "S3", at(1, 9, 23, 59, 59), at(1, 12, 23, 59, 59)},
		"by another clock":             {inspect.ProblemFound, "S3", at(1, 9, 0, 0, 0).UTC(), at(1, 12, 23, 59, 59)},
		"on a Friday":                  {inspect.ProblemFound, "S3", at(1, 13, 9, 0, 0), at(1, 18, 23, 59, 59)},
		"on a Saturday":                {inspect.ProblemFound, "S3", at(1, 14, 9, 0, 0), at(1, 18, 23, 59, 59)},
		"before the festival":          {inspect.ProblemFound, "S3", at(1, 19, 9, 0, 0), at(1, 29, 23, 59, 59)}, // Friday 20, then the two days worked
		"ten days":                     {inspect.Hazard, "S2", at(1, 2, 9, 0, 0), at(1, 16, 23, 59, 59)},
		"a day and a night":            {inspect.Hazard, "S4", at(1, 21, 23, 30, 0), at(1, 22, 23, 30, 0)},
		"the next wave":                {inspect.Hazard, "S1", at(1, 2, 9, 0, 0), time.Time{}},
		"no such severity":             {inspect.Hazard, "S5", at(1, 2, 9, 0, 0), time.Time{}},
		"nobody knows when":            {inspect.Hazard, "S4", time.Time{}, time.Time{}},
		"nor for days":                 {inspect.Hazard, "S2", time.Time{}, time.Time{}},
		"a practice has no limit":      {inspect.Practice, "S4", at(1, 2, 9, 0, 0), time.Time{}},
		"a lead has none":              {inspect.Lead, "S4", at(1, 2, 9, 0, 0), time.Time{}},
	} {
		if got := dueOf(t, c.kind, c.severity, c.found, calendar); !got.Equal(c.due) {
			t.Errorf("%s: due %v, want %v", name, got, c.due)
		}
	}
}

// An hour and a working day are limits too, and of the two the hours hold.
func TestShortestDeadlines(t *testing.T) {
	cl := list()
	at := time.Date(2023, 1, 9, 9, 0, 0, 0, inspect.Beijing) // a Monday
	for _, c := range []struct {
		severity checklist.Severity
		want     time.Time
	}{
		{checklist.Severity{Hours: 1}, at.Add(time.Hour)},
		{checklist.Severity{WorkingDays: 1}, time.Date(2023, 1, 10, 23, 59, 59, 0, inspect.Beijing)},
		{checklist.Severity{Hours: 1, WorkingDays: 1}, at.Add(time.Hour)},
	} {
		c.severity.Named = named("S1", "提示")
		cl.Severities[0] = c.severity
		if got := due(inspect.Finding{Kind: inspect.Hazard, Severity: "S1", Found: at}, cl, new(inspect.Calendar)); !got.Equal(c.want) {
			t.Errorf("%+v: %v, want %v", c.severity, got, c.want)
		}
	}
}

// Found is when the team left, or else arrived; a report without either still makes its drafts.
func TestFoundWhen(t *testing.T) {
	for name, c := range map[string]struct{ arrived, left, want time.Time }{
		"left":        {left.Add(-time.Hour), left, left},
		"arrived":     {left.Add(-time.Hour), time.Time{}, left.Add(-time.Hour)},
		"nobody said": {},
	} {
		r := report("A6-02=grave")
		r.Arrived, r.Left = c.arrived, c.left
		got := Draft(inspect.Visit{ID: "v", Kind: inspect.HH}, "52", r, list(), new(inspect.Calendar))
		due := c.want
		if !due.IsZero() {
			due = due.Add(24 * time.Hour)
		}
		if len(got) != 1 || !got[0].Found.Equal(c.want) || !got[0].Due.Equal(due) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A hair below full credit makes a draft, full credit none; at nothing the severity is the item's,
// above it one lower.
func TestLossAtTheLimit(t *testing.T) {
	for value, severity := range map[string]string{"A6-08=999/1000": "S2", "A6-08=1000/1000": "", "A6-08=501/1000": "S2", "A6-08=500/1000": "S3", "A6-08=0/1": "S3",
		"A1-02=3": "S1", "A1-02=4": "", "A1-02=0": "S2", "A1-02=1": "S1"} {
		got := Draft(inspect.Visit{ID: "v", Kind: inspect.HH}, "52", report(value), list(), new(inspect.Calendar))
		if (len(got) > 0) != (severity != "") || len(got) > 0 && got[0].Severity != severity {
			t.Errorf("%s: %+v, want %q", value, got, severity)
		}
	}
	// an answer given twice is the first of them: a report that has it is refused before
	got := Draft(inspect.Visit{ID: "v", Kind: inspect.HH}, "52", report("A1-02=4", "A1-02=0"), list(), new(inspect.Calendar))
	if len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// A hazard is what is seen with one's own eyes, in a home, of its safety; each of the three is
// needed.
func TestHazards(t *testing.T) {
	for _, c := range []struct {
		at      inspect.Kind
		section string
		methods []string
		want    inspect.FindingKind
	}{
		{inspect.HH, "A6", []string{"OBS"}, inspect.Hazard},
		{inspect.HH, "A6", []string{"INT-G", "OBS"}, inspect.Hazard},
		{inspect.HH, "A6", []string{"INT-G"}, inspect.ProblemFound},
		{inspect.HH, "A5", []string{"OBS"}, inspect.ProblemFound},
		{inspect.VC, "A6", []string{"OBS"}, inspect.ProblemFound},
		{inspect.CO, "A6", []string{"OBS"}, inspect.ProblemFound},
	} {
		if got := kindOf(&checklist.Item{Section: c.section, Methods: c.methods}, c.at); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// Only who reviews must be somebody else; a step says where it stands, and nothing follows the end.
func TestLifeEndsThere(t *testing.T) {
	for state, want := range map[inspect.FindingState][]inspect.FindingState{
		inspect.FindingDraft:     {inspect.FindingSubmitted},
		inspect.FindingSubmitted: {inspect.FindingVerified, inspect.FindingDismissed},
		inspect.FindingVerified:  nil, inspect.FindingDismissed: nil, "": nil,
	} {
		if got := Next(state); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", state, got, want)
		}
	}
	steps := Next(inspect.FindingSubmitted)
	steps[0] = "issued"
	if Next(inspect.FindingSubmitted)[0] != inspect.FindingVerified {
		t.Error("what Next handed out changed the life itself")
	}
}
