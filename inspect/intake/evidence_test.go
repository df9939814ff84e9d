package intake

import (
	"slices"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
)

// A photo belongs to the visit from fifteen minutes before it to fifteen minutes after it.
func TestPhotoTimesAtTheLimit(t *testing.T) {
	rep := report(0)
	for name, c := range map[string]struct {
		at   time.Time
		want string
	}{
		"before":        {rep.Arrived.Add(-15 * time.Minute), ""},
		"too early":     {rep.Arrived.Add(-15*time.Minute - time.Second), "intake.photo-time"},
		"after":         {rep.Left.Add(15 * time.Minute), ""},
		"too late":      {rep.Left.Add(15*time.Minute + time.Second), "intake.photo-time"},
		"without times": {rep.Left.Add(time.Hour), "intake.time-missing intake.time-missing"},
		"in the future": {known().Now.Add(15*time.Minute + time.Second), "intake.time-missing intake.time-missing intake.photo-time"},
	} {
		r := report(0)
		if strings.HasPrefix(c.want, "intake.time-missing") {
			r.Arrived, r.Left = time.Time{}, time.Time{}
		}
		ret := returned(r)
		ret.Photos = []inspect.Photo{{Visit: r.Visit, SHA256: inspect.DigestOf([]byte("1")), At: c.at, Field: "photos[1]"}}
		if got := rulesOf(Judge(ret, known()).Visits[0].Warnings); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// The clock of a return may run fifteen minutes ahead of the office's, and fifteen behind its
// last visit.
func TestClocksAtTheLimit(t *testing.T) {
	k := known()
	for name, c := range map[string]struct {
		made time.Time
		want string
	}{
		"ahead":        {k.Now.Add(15 * time.Minute), ""},
		"too far":      {k.Now.Add(15*time.Minute + time.Second), "intake.clock-ahead"},
		"behind":       {report(1).Left.Add(-15 * time.Minute), ""},
		"too far back": {report(1).Left.Add(-15*time.Minute - time.Second), "intake.clock-moved"},
		"not told":     {time.Time{}, ""},
	} {
		ret := returned(report(0), report(1))
		ret.Made = c.made
		if got := rulesOf(Judge(ret, k).Warnings); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A packet may say that it was opened fifteen minutes before its release was logged, and what was
// never opened or never released says nothing.
func TestOpenedAtTheLimit(t *testing.T) {
	at := inspect.Date("2023-01-08").Time().Add(8 * time.Hour)
	rung := inspect.Rungs[0]
	for name, c := range map[string]struct {
		opened, released time.Time
		want             string
	}{
		"after":         {at.Add(time.Hour), at, ""},
		"just before":   {at.Add(-15 * time.Minute), at, ""},
		"too early":     {at.Add(-15*time.Minute - time.Second), at, "intake.opened-early"},
		"not opened":    {time.Time{}, at, ""},
		"not released":  {at, time.Time{}, ""},
		"another clock": {at.UTC(), at, ""},
	} {
		ps := CheckOpened("p.html", map[inspect.Rung]time.Time{rung: c.opened}, map[inspect.Rung]time.Time{rung: c.released})
		if got := rulesOf(ps); got != c.want || got != "" && (ps[0].File != "p.html" || ps[0].Field != string(rung)) {
			t.Errorf("%s: %v, want %q", name, ps, c.want)
		}
	}
}

// Whoever leaves one place the moment they arrive at another was not in two; a second more, and
// they were.
func TestTwoPlacesAtTheLimit(t *testing.T) {
	one := report(3)
	for name, c := range map[string]struct {
		shift time.Duration // of the second visit's arrival from the first's leaving
		want  bool
	}{"the same moment": {0, false}, "a second earlier": {-time.Second, true}, "later": {time.Minute, false}, "before it": {-2 * time.Hour, false},
		"up to its start": {-60 * time.Minute, false}, "past its start": {-60*time.Minute + time.Second, true}} {
		two := with(5, func(r *inspect.Report) {
			r.Arrived = one.Left.Add(c.shift)
			r.Left = r.Arrived.Add(30 * time.Minute)
		})
		got, _ := warned(t, known(), one, two)
		if w := got["intake.two-places"]; (w != nil) != c.want || w != nil && w.Args["Other"] != one.Visit {
			t.Errorf("%s: %v", name, got)
		}
	}
	missing := with(5, func(r *inspect.Report) { r.Arrived, r.Left = one.Arrived, time.Time{} })
	if got, _ := warned(t, known(), one, missing); got["intake.two-places"] != nil {
		t.Error("told from one time alone")
	}
}

// At the same moment as those below is not before them.
func TestUpwardsAtTheLimit(t *testing.T) {
	for name, c := range map[string]struct {
		shift time.Duration
		want  bool
	}{"the same moment": {0, false}, "a second earlier": {-time.Second, true}, "a second later": {time.Second, false}} {
		office := with(6, func(r *inspect.Report) {
			r.Arrived = report(5).Arrived.Add(c.shift)
			r.Left = r.Arrived.Add(time.Hour)
		})
		got, _ := warned(t, known(), report(5), office)
		if (got["intake.order-upwards"] != nil) != c.want {
			t.Errorf("%s: %v", name, got)
		}
		k := known()
		k.Current[office.Visit] = Current{Report: office}
		got, _ = warned(t, k, report(5))
		if (got["intake.order-upwards"] != nil) != c.want {
			t.Errorf("%s, the office known already: %v", name, got)
		}
	}
	k := known()
	lower := with(5, func(r *inspect.Report) { r.Arrived = k.Now.Add(15*time.Minute + time.Second); r.Left = time.Time{} })
	k.Current[lower.Visit] = Current{Report: lower}
	if got, _ := warned(t, k, report(6)); got["intake.order-upwards"] != nil {
		t.Error("told from a time that has not come yet")
	}
	lower.Arrived = k.Now.Add(15 * time.Minute)
	k.Current[lower.Visit] = Current{Report: lower}
	if got, _ := warned(t, k, report(6)); got["intake.order-upwards"] == nil {
		t.Error("not told from a clock fifteen minutes ahead")
	}
}

// What stands below what: only what the order bottom-up says.
func TestBelow(t *testing.T) {
	place := func(k inspect.Kind, unit, township string) *inspect.Visit {
		return &inspect.Visit{Kind: k, Unit: unit, Places: inspect.Places{Township: township}}
	}
	var got []string
	for _, upper := range inspect.Kinds {
		for _, lower := range inspect.Kinds {
			if below(place(upper, "u", "t"), place(lower, "u", "t")) {
				got = append(got, string(upper+">"+lower))
			}
		}
	}
	slices.Sort(got)
	if want := []string{"CO>HH", "CO>TS", "CO>VC", "CO>WI", "TS>HH", "TS>VC", "VC>HH"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if below(place(inspect.VC, "u", "t"), place(inspect.HH, "v", "t")) || below(place(inspect.TS, "u", "t"), place(inspect.VC, "u", "s")) ||
		!below(place(inspect.TS, "u", "t"), place(inspect.HH, "v", "t")) || !below(place(inspect.CO, "u", "t"), place(inspect.HH, "v", "s")) {
		t.Error("another village's or township's units are told apart wrongly")
	}
}

// An escort needs a reason from the township upwards at a household, and from the rung above at
// any other unit; below that nobody came along.
func TestWhoCameAlong(t *testing.T) {
	for _, c := range []struct {
		visit   int
		present []string
		want    string
	}{
		{0, []string{"guardian", "police"}, ""},
		{0, []string{"child_director"}, "intake.official-present"},
		{0, []string{"child_supervisor"}, "intake.official-present intake.escort-unexplained"},
		{0, []string{"child_director", "county_official"}, "intake.official-present intake.escort-unexplained"},
		{3, []string{"village_cadre"}, ""},
		{3, []string{"township_official"}, "intake.escort-unexplained"},
		{4, []string{"township_official"}, ""},
		{4, []string{"county_official"}, "intake.escort-unexplained"},
		{5, []string{"township_official"}, ""},
		{5, []string{"county_official"}, "intake.escort-unexplained"},
		{6, []string{"county_official"}, ""},
		{6, []string{"higher_official"}, "intake.escort-unexplained"},
	} {
		if _, w := told(known(), with(c.visit, func(r *inspect.Report) { r.Present = c.present })); w != c.want {
			t.Errorf("visit %d with %v: %q, want %q", c.visit, c.present, w, c.want)
		}
		explained := with(c.visit, func(r *inspect.Report) { r.Present, r.Escort = c.present, "interpreter" })
		if _, w := told(known(), explained); w != strings.TrimSuffix(strings.TrimSuffix(c.want, "intake.escort-unexplained"), " ") {
			t.Errorf("visit %d with %v, explained: %q", c.visit, c.present, w)
		}
	}
}
