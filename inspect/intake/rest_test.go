package intake

import (
	"testing"
	"time"

	"zhicha/inspect"
)

// A leg of one day ends on it, and the warning says on which day a leg ended.
func TestLastDayOfTheLeg(t *testing.T) {
	for days, end := range map[int]string{1: "2023-01-08", 2: "2023-01-09", 5: "2023-01-12"} {
		k := known()
		k.Leg.Days, k.Now = days, k.Now.AddDate(0, 0, 30)
		for after := range 2 {
			at := k.Leg.Start.Add(days - 1 + after).Time().Add(10 * time.Hour)
			got, d := warned(t, k, with(3, func(r *inspect.Report) { r.Arrived, r.Left = at, at.Add(time.Hour) }))
			if w := got["intake.after-leg"]; (w != nil) != (after == 1) || w != nil && w.Args["End"] != end {
				t.Errorf("%d days, %d after: %v", days, after, d.Warnings)
			}
		}
	}
	rep := with(3, func(r *inspect.Report) { r.Arrived, r.Left = time.Time{}, time.Time{} })
	if p, w := told(known(), rep); p != "" || w != "intake.time-missing intake.time-missing" {
		t.Errorf("without any time: %q %q", p, w)
	}
}

// What the reader reported of a cell is not reported again; what it reported of another cell, or
// of none, silences nothing.
func TestReportedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		cell   string
		change func(r *inspect.Report)
		want   string
	}{
		"the same cell":    {"D30", func(r *inspect.Report) { r.Household = 0 }, "x"},
		"another cell":     {"Z99", func(r *inspect.Report) { r.Household = 0 }, "x intake.household-missing"},
		"no cell":          {"", func(r *inspect.Report) { r.Household = 0 }, "x intake.household-missing"},
		"no cell and none": {"", func(r *inspect.Report) { r.Register = 0 }, "x intake.register-missing"},
	} {
		rep := with(0, c.change)
		rep.Problems = inspect.Problems{inspect.Reject("x", inspect.Place{Cell: c.cell})}
		if p, _ := told(known(), rep); p != c.want {
			t.Errorf("%s: %q, want %q", name, p, c.want)
		}
	}
	for rule, method := range map[string]string{"checklist.method-missing": "", "checklist.method-unfit": "SYS"} {
		d := Judge(returned(with(0, func(r *inspect.Report) { r.Answers[0].Method = method })), known()).Visits[0]
		if len(d.Problems) != 1 || d.Problems[0].Rule != rule || d.Problems[0].Cell != "G40" {
			t.Errorf("%s: %v", rule, d.Problems)
		}
	}
}

// An observation may name an item of the unit's kind, and no other.
func TestObservationsItem(t *testing.T) {
	for item, want := range map[string]string{"": "", "A1-01": "", "B1-01": "intake.finding-item", "A9-99": "intake.finding-item"} {
		p, _ := told(known(), with(0, func(r *inspect.Report) {
			r.Observations = []inspect.Observation{{Kind: inspect.Practice, Fact: "f", Item: item}}
		}))
		if p != want {
			t.Errorf("%q: %q, want %q", item, p, want)
		}
	}
}

// The escort that needs a reason is the highest who was there, in whatever order they were named.
func TestHighestIsNamed(t *testing.T) {
	for _, present := range [][]string{{"higher_official", "child_director"}, {"child_director", "higher_official"}, {"county_official", "higher_official", "child"}} {
		got, _ := warned(t, known(), with(0, func(r *inspect.Report) { r.Present = present }))
		if w := got["intake.escort-unexplained"]; w == nil || w.Args["Capacity"] != "higher_official" {
			t.Errorf("%v: %v", present, w)
		}
	}
}

// A report answers for its own photos only, and for each once; another photo of another visit is
// no copy.
func TestPhotosOfOthers(t *testing.T) {
	photo := func(i int, seed string) inspect.Photo {
		return inspect.Photo{Visit: report(i).Visit, SHA256: inspect.DigestOf([]byte(seed)), Field: "photos[" + seed + "]"}
	}
	timed := func(p inspect.Photo) inspect.Photo { p.At = report(0).Arrived; return p }
	for name, c := range map[string]struct {
		photos []inspect.Photo
		want   string
	}{
		"another's is timeless":    {[]inspect.Photo{photo(3, "1"), timed(photo(0, "2"))}, ""},
		"its own, twice":           {[]inspect.Photo{photo(0, "1"), photo(0, "1")}, "intake.photo-timeless"},
		"its own, two":             {[]inspect.Photo{photo(0, "1"), photo(0, "2")}, "intake.photo-timeless intake.photo-timeless"},
		"the later one is warned":  {[]inspect.Photo{timed(photo(0, "1")), photo(3, "1")}, ""},
		"the earlier one is named": {[]inspect.Photo{photo(3, "1"), timed(photo(0, "1"))}, "intake.photo-again"},
	} {
		ret := returned(report(0))
		ret.Photos = c.photos
		if got := rulesOf(Judge(ret, known()).Visits[0].Warnings); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Households of another village say nothing of the turn; one that went to line 1 does; and at the
// end of the order no line is expected any more.
func TestTurnAfterOthers(t *testing.T) {
	for name, c := range map[string]struct {
		unit     string // of the first
		line     int    // it went to
		slot     int
		line2    int
		want     string
		expected any
	}{
		"another village went far": {"other", 9, 2, 7, "", nil},
		"the same went far":        {"", 9, 2, 7, "intake.household-order", 5},
		"it went to line one":      {"", 1, 2, 2, "", nil},
		"and before it":            {"", 1, 2, 9, "intake.household-order", 2},
		"the end of the order":     {"", 11, 1, 3, "intake.household-order", 0},
	} {
		k := known()
		if c.unit != "" {
			k.Visits[0].Unit = c.unit
		}
		k.Current["1-007-01"] = Current{Report: with(0, func(r *inspect.Report) { r.Household = c.line })}
		d := Judge(returned(with(c.slot, func(r *inspect.Report) { r.Household, r.Substitution = c.line2, "away" })), k).Visits[0]
		if rulesOf(d.Problems) != c.want && c.want != "" || c.want == "" && len(d.Problems) > 0 || c.want != "" && d.Problems[0].Args["Expected"] != c.expected {
			t.Errorf("%s: %v", name, d.Problems)
		}
	}
}

// A plan without the packet refuses it, number 0 included; packet 1 is a packet like any other.
func TestFirstPacket(t *testing.T) {
	k := known()
	k.Leg = inspect.Leg{}
	ret := returned(report(0))
	ret.Packet = 0
	if v := Judge(ret, k); !v.Foreign || v.Problems[0].Rule != "intake.packet-unknown" {
		t.Errorf("%v", v.Problems)
	}
	k = known()
	k.Leg.No, ret.Packet = 1, 1
	if v := Judge(ret, k); v.Foreign {
		t.Errorf("%v", v.Problems)
	}
}

// What came before is found wherever it stands in the history, by content, up to the revision it
// has or the newest one has; an edit of an older version says which it was made from.
func TestHistoryAtItsEnds(t *testing.T) {
	version := func(note string, revision int) inspect.Report {
		return with(0, func(r *inspect.Report) {
			r.Answers[0].Note, r.Revision = note, revision
			if revision > 1 {
				r.Correction = "更正"
			}
		})
	}
	newest := version("三", 3)
	past := func(first, other bool) []Version {
		var out []Version
		for i, r := range []inspect.Report{version("一", 1), version("二", 2), newest} {
			out = append(out, Version{ContentDigest(&r), r.Revision, i == 0 && first || i == 1 && other})
		}
		return out
	}
	for name, c := range map[string]struct {
		past    []Version
		rep     inspect.Report
		state   State
		warning string
		problem string
	}{
		"the first again":                   {past(false, false), version("一", 1), Unchanged, "intake.older", ""},
		"the first was held":                {past(true, false), version("一", 1), Unchanged, "intake.held-already", ""},
		"the second was held":               {past(false, true), version("二", 2), Unchanged, "intake.held-already", ""},
		"the first under a later number":    {past(false, false), version("一", 3), Unchanged, "intake.older", ""},
		"the first as the newest of all":    {past(false, false), version("一", 4), Held, "intake.newer", ""},
		"something else made from an older": {past(false, false), version("五", 2), Held, "", "intake.stale"},
	} {
		k := known()
		k.Current[newest.Visit] = Current{Report: newest, Digest: ContentDigest(&newest), Past: c.past}
		d := Judge(returned(c.rep), k).Visits[0]
		if d.State != c.state || ruleOf(d.Warnings) != c.warning || ruleOf(d.Problems) != c.problem {
			t.Errorf("%s: %s %v %v", name, d.State, d.Warnings, d.Problems)
		}
		if c.problem != "" && (d.Problems[0].Args["Base"] != 1 || d.Problems[0].Args["Current"] != 3) {
			t.Errorf("%s: %v", name, d.Problems[0].Args)
		}
	}
}

// The same report again has its grade again; of a visit the leg does not hold it has none.
func TestUnchangedHasItsGrade(t *testing.T) {
	k := known()
	rep := report(0)
	stray := with(0, func(r *inspect.Report) { r.Visit = "9-999-99" })
	for _, r := range []inspect.Report{rep, stray} {
		k.Current[r.Visit] = Current{Report: r, Digest: ContentDigest(&r)}
	}
	v := Judge(returned(rep, stray), k).Visits
	if v[0].State != Unchanged || v[0].Grade != inspect.GradeA || v[1].State != Unchanged || v[1].Grade != "" {
		t.Errorf("%s %q, %s %q", v[0].State, v[0].Grade, v[1].State, v[1].Grade)
	}
	short := with(0, func(r *inspect.Report) { r.Left = r.Arrived.Add(time.Minute) })
	if w := Warnings(&short, known()); rulesOf(w) != "intake.visit-short" { // of the leg's first visit too
		t.Errorf("%v", w)
	}
}

// Every other report is looked at, not the first alone: here the one that matters comes third,
// and among the team's other legs second.
func TestEveryOtherReport(t *testing.T) {
	k := known()
	same := with(6, func(r *inspect.Report) { r.Arrived, r.Left = report(5).Arrived, report(5).Left })
	got, _ := warned(t, k, report(0), report(3), report(5), same)
	if w := got["intake.two-places"]; w == nil || w.Args["Other"] != "1-007-06" {
		t.Errorf("%v", got)
	}
	k.Others = []inspect.Report{with(0, func(r *inspect.Report) { r.Visit = "1-009-01" }), with(3, func(r *inspect.Report) { r.Visit = "1-009-02" })}
	if got, _ := warned(t, k, report(3)); got["intake.two-places"] == nil || got["intake.two-places"].Args["Other"] != "1-009-02" {
		t.Errorf("%v", got)
	}
}

// From one time alone neither two places nor the order can be told, on either side.
func TestNothingToldFromOneTime(t *testing.T) {
	started := func(i int) inspect.Report { return with(i, func(r *inspect.Report) { r.Arrived = time.Time{} }) }
	for name, reports := range map[string][]inspect.Report{
		"this one has no arrival":  {report(3), started(6)},
		"the other has no arrival": {started(6), report(5)},
	} {
		got, _ := warned(t, known(), reports...)
		if got["intake.two-places"] != nil || got["intake.order-upwards"] != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Runs follow the order of visits, whatever order they are known in; they may end with the leg;
// and a visit at which something was wanting stands in none.
func TestRunsOfFullMarks(t *testing.T) {
	k := known()
	for i, j := 0, len(k.Visits)-1; i < j; i, j = i+1, j-1 {
		k.Visits[i], k.Visits[j] = k.Visits[j], k.Visits[i]
	}
	got, _ := warned(t, k, full(2), full(3), full(4), full(5), full(6))
	if w := got["intake.full-marks"]; w == nil || w.Args["First"] != "1-007-03" || w.Args["Last"] != "1-007-07" || w.Args["Count"] != 5 {
		t.Errorf("%v", got)
	}
	shuffled := known()
	shuffled.Visits[0], shuffled.Visits[6] = shuffled.Visits[6], shuffled.Visits[0]
	if got, _ := warned(t, shuffled, full(1), full(2), full(3), full(4), full(5)); got["intake.full-marks"] == nil {
		t.Error("a run was not found among visits in another order")
	}
	if got, _ := warned(t, shuffled, full(6), full(1), full(2), full(3), full(4)); got["intake.full-marks"] != nil {
		t.Error("a run was found where there is none")
	}
	wanting, worse := full(5), false
	for n := range wanting.Answers {
		for _, o := range cl.Item(wanting.Answers[n].Item).Answer.Options {
			if o.Fraction < 100 && !worse {
				wanting.Answers[n].Value, worse = o.Code, true
			}
		}
	}
	if !worse {
		t.Fatal("no item of an institution can be wanting")
	}
	if got, _ := warned(t, known(), full(0), full(1), full(2), full(3), full(4), wanting); got["intake.full-marks"] != nil {
		t.Error("told of a visit at which something was wanting")
	}
}
