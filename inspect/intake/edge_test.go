package intake

import (
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
)

// told are the rules of what was found wrong, or worth a look, with one report.
func told(k Known, rep inspect.Report) (problems, warnings string) {
	d := Judge(returned(rep), k).Visits[0]
	return rulesOf(d.Problems), rulesOf(d.Warnings)
}

func rulesOf(ps inspect.Problems) string {
	var out []string
	for _, p := range ps {
		out = append(out, p.Rule)
	}
	return strings.Join(out, " ")
}

// A visit lasts from ten minutes to six hours, within a clock's fifteen minutes of now, and from
// the day before the leg to its last day; the limits themselves are inside.
func TestTimesAtTheirLimits(t *testing.T) {
	day := inspect.Date("2023-01-08").Time()
	now := known().Now // at 20:00 on the fifth and last day
	for name, c := range map[string]struct {
		arrived time.Time
		stay    time.Duration
		problem string
		warning string
	}{
		"ten minutes":         {day.Add(10 * time.Hour), 10 * time.Minute, "", ""},
		"a second less":       {day.Add(10 * time.Hour), 10*time.Minute - time.Second, "", "intake.visit-short"},
		"a second":            {day.Add(10 * time.Hour), time.Second, "", "intake.visit-short"},
		"no time at all":      {day.Add(10 * time.Hour), 0, "intake.left-before-arrived", ""},
		"six hours":           {day.Add(10 * time.Hour), 6 * time.Hour, "", ""},
		"a second more":       {day.Add(10 * time.Hour), 6*time.Hour + time.Second, "", "intake.visit-long"},
		"the day before":      {day.Add(-24 * time.Hour), time.Hour, "", ""},
		"two days before":     {day.Add(-24*time.Hour - time.Second), time.Hour, "intake.before-leg", ""},
		"the last day":        {day.Add(4*24*time.Hour + 10*time.Hour), time.Hour, "", ""},
		"the day after":       {day.Add(5 * 24 * time.Hour), time.Hour, "", "intake.after-leg"},
		"fifteen minutes off": {now.Add(-time.Hour), time.Hour + 15*time.Minute, "", ""},
		"a second beyond":     {now.Add(-time.Hour), time.Hour + 15*time.Minute + time.Second, "intake.future", ""},
	} {
		k := known()
		if name == "the day after" {
			k.Now = now.AddDate(0, 0, 1)
		}
		rep := with(3, func(r *inspect.Report) { r.Arrived, r.Left = c.arrived, c.arrived.Add(c.stay) })
		if p, w := told(k, rep); p != c.problem || w != c.warning {
			t.Errorf("%s: problems %q, warnings %q", name, p, w)
		}
	}
	k := known()
	k.Leg.Days, k.Now = 0, now.AddDate(0, 0, 30) // a leg without an end
	if p, w := told(k, with(3, func(r *inspect.Report) {
		r.Arrived, r.Left = now.AddDate(0, 0, 20), now.AddDate(0, 0, 20).Add(time.Hour)
	})); p+w != "" {
		t.Errorf("without an end: %q %q", p, w)
	}
}

// One time alone is judged like both; no stay can be told from it.
func TestOneTimeAlone(t *testing.T) {
	k := known()
	for name, c := range map[string]struct {
		arrived, left time.Time
		problem       string
		field         string
	}{
		"arrival ahead": {arrived: k.Now.Add(16 * time.Minute), problem: "intake.future", field: "arrived"},
		"leaving ahead": {left: k.Now.Add(16 * time.Minute), problem: "intake.future", field: "left"},
		"arrival early": {arrived: k.Leg.Start.Add(-2).Time(), problem: "intake.before-leg", field: "arrived"},
		"leaving early": {left: k.Leg.Start.Add(-2).Time(), problem: "intake.before-leg", field: "left"},
		"arrival":       {arrived: k.Leg.Start.Time()},
		"leaving":       {left: k.Leg.Start.Time()},
	} {
		d := Judge(returned(with(3, func(r *inspect.Report) { r.Arrived, r.Left = c.arrived, c.left })), k).Visits[0]
		if rulesOf(d.Problems) != c.problem || rulesOf(d.Warnings) != "intake.time-missing" || c.problem != "" && d.Problems[0].Field != c.field {
			t.Errorf("%s: %v %v", name, d.Problems, d.Warnings)
		}
	}
}

// Two inspectors make a visit, and the same one twice is one.
func TestTwoInspectors(t *testing.T) {
	for name, c := range map[string]struct {
		ids  []string
		want string
	}{
		"nobody":             {nil, "intake.inspectors-few"},
		"one":                {[]string{"I-1"}, "intake.inspectors-few"},
		"one twice":          {[]string{"I-1", "I-1"}, "intake.inspectors-few"},
		"two":                {[]string{"I-2", "I-1"}, ""},
		"two, one twice":     {[]string{"I-2", "I-1", "I-2"}, ""},
		"three":              {[]string{"I-1", "I-2", "I-3"}, ""},
		"one and a stranger": {[]string{"I-1", "I-9"}, "intake.inspector-foreign"},
	} {
		if p, _ := told(known(), with(3, func(r *inspect.Report) { r.Inspectors = c.ids })); p != c.want {
			t.Errorf("%s: %q, want %q", name, p, c.want)
		}
	}
}

// The register has a line at least, and the household's is one of them, the last included; lines
// beyond the register are passed over without a reason.
func TestRegisterLimits(t *testing.T) {
	for name, c := range map[string]struct {
		register, household int
		want                string
	}{
		"no register":      {0, 12, "intake.register-missing"},
		"below nothing":    {-1, 12, "intake.register-missing"},
		"no household":     {12, 0, "intake.household-missing"},
		"below a line":     {12, -1, "intake.household-missing"},
		"the last line":    {12, 12, ""},
		"beyond the last":  {11, 12, "intake.household-over"},
		"the only line":    {1, 1, ""},
		"the first of two": {2, 1, ""},
		"not its turn":     {2, 2, "intake.household-skipped"},
		"the next line":    {11, 3, ""},
		"far too long":     {40, 12, ""},
	} {
		if p, w := told(known(), with(0, func(r *inspect.Report) { r.Register, r.Household = c.register, c.household })); p != c.want || w != "" && c.want == "" {
			t.Errorf("%s: %q %q, want %q", name, p, w, c.want)
		}
	}
}

// The turn is counted over the households of the same village that come before, known or not.
func TestWhoseTurn(t *testing.T) {
	first := with(0, func(r *inspect.Report) {}) // line 12, the first of order
	for name, c := range map[string]struct {
		change    func(k *Known)
		household int
		reason    string
		want      string
	}{
		"third, second unknown":        {func(*Known) {}, 7, "", ""},
		"third, the second's":          {func(*Known) {}, 3, "", "intake.household-order"},
		"third, one too far":           {func(*Known) {}, 1, "", "intake.household-skipped"},
		"the first is another village": {func(k *Known) { k.Visits[0].Unit = "other" }, 7, "", ""},
		"the first has no line": {func(k *Known) {
			k.Current["1-007-01"] = Current{Report: with(0, func(r *inspect.Report) { r.Household = 0 })}
		}, 7, "", ""},
		"the first went further": {func(k *Known) {
			k.Current["1-007-01"] = Current{Report: with(0, func(r *inspect.Report) { r.Household = 9 })}
		}, 2, "", "intake.household-order"},
		"and the one after it": {func(k *Known) {
			k.Current["1-007-01"] = Current{Report: with(0, func(r *inspect.Report) { r.Household = 9 })}
		}, 5, "", ""},
		"a later slot means nothing": {func(k *Known) {
			k.Visits[1].Slot = 4
			k.Current["1-007-02"] = Current{Report: with(1, func(r *inspect.Report) { r.Household = 11 })}
		}, 7, "", ""},
		"at the end of the order": {func(k *Known) {
			k.Current["1-007-01"] = Current{Report: with(0, func(r *inspect.Report) { r.Household = 11 })}
		}, 10, "", "intake.household-order"},
	} {
		k := known()
		k.Current[first.Visit] = Current{Report: first}
		c.change(&k)
		p, _ := told(k, with(2, func(r *inspect.Report) { r.Household, r.Substitution = c.household, c.reason }))
		if p != c.want {
			t.Errorf("%s: %q, want %q", name, p, c.want)
		}
	}
}
