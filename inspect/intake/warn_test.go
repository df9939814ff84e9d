package intake

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
)

const long = "门口张贴了关爱服务热线，孩子能说出儿童主任的联系方式"

// warned judges the reports and returns the warnings of the last one, by rule.
func warned(t *testing.T, k Known, reports ...inspect.Report) (map[string]*inspect.Problem, Decision) {
	t.Helper()
	d := Judge(returned(reports...), k).Visits[len(reports)-1]
	out := map[string]*inspect.Problem{}
	for _, w := range d.Warnings {
		if out[w.Rule] != nil {
			t.Errorf("%s was told twice", w.Rule)
		}
		out[w.Rule] = w
	}
	return out, d
}

// with is a report after a change.
func with(i int, change func(r *inspect.Report)) inspect.Report {
	r := report(i)
	change(&r)
	return r
}

// What is worth a look is told with its place, and never refuses.
func TestWorthALook(t *testing.T) {
	at := func(day, clock string) time.Time {
		m, _ := time.ParseInLocation("2006-01-02 15:04", day+" "+clock, inspect.Beijing)
		return m
	}
	for name, c := range map[string]struct {
		rule, cell, field string
		grade             inspect.Grade
		rep               inspect.Report
	}{
		"no arrival": {"intake.time-missing", "D8", "arrived", inspect.GradeB, with(0, func(r *inspect.Report) { r.Arrived = time.Time{} })},
		"no leaving": {"intake.time-missing", "D9", "left", inspect.GradeB, with(0, func(r *inspect.Report) { r.Left = time.Time{} })},
		"after the leg": {"intake.after-leg", "D8", "arrived", inspect.GradeA, with(0, func(r *inspect.Report) {
			r.Arrived, r.Left = at("2023-01-13", "10:00"), at("2023-01-13", "10:40")
		})},
		"an official at a household": {"intake.official-present", "", "present[1]", inspect.GradeB, with(0, func(r *inspect.Report) { r.Present = []string{"child", "child_director"} })},
		"an escort to a village":     {"intake.escort-unexplained", "", "escort", inspect.GradeB, with(3, func(r *inspect.Report) { r.Present = []string{"county_official"} })},
		"an id in a note":            {"intake.personal", "", "A1-01.note", inspect.GradeA, with(0, func(r *inspect.Report) { r.Answers[0].Note = "电话13812345678" })},
		"an id in a finding": {"intake.personal", "", "observations[0].fact", inspect.GradeA, with(0, func(r *inspect.Report) {
			r.Observations = []inspect.Observation{{Kind: inspect.Practice, Fact: "户主证件11010519491231002X"}}
		})},
	} {
		t.Run(name, func(t *testing.T) {
			k := known()
			k.Now = k.Now.AddDate(0, 0, 7)
			got, d := warned(t, k, c.rep)
			w := got[c.rule]
			if d.State != Accepted || d.Grade != c.grade || len(got) != 1 || w == nil || w.Cell != c.cell || w.Field != c.field || w.File != "x.xlsx" {
				t.Errorf("%s, grade %s, warnings %v", d.State, d.Grade, d.Warnings)
			}
			if w != nil && (strings.Contains(w.Error(), "138") || strings.Contains(w.Error(), "11010")) {
				t.Errorf("the message repeats the data: %v", w)
			}
		})
	}
	escorted := with(3, func(r *inspect.Report) { r.Present, r.Escort = []string{"county_official"}, "interpreter" })
	if got, _ := warned(t, known(), escorted); len(got) != 0 {
		t.Errorf("an escort with a reason: %v", got)
	}
}

// A refusal does not repeat what looks like personal data either.
func TestWithheld(t *testing.T) {
	bad := with(0, func(r *inspect.Report) { r.Present = []string{"村主任13812345678"} })
	bad.Problems = inspect.Problems{inspect.Reject("workbook.time", inspect.Place{}, "Value", "13812345678")}
	for _, p := range Judge(returned(bad), known()).Visits[0].Problems {
		if p.Args["Value"] != "…" {
			t.Errorf("%v", p)
		}
	}
	fine := with(0, func(r *inspect.Report) { r.Present = []string{"热心人"} })
	if p := Judge(returned(fine), known()).Visits[0].Problems[0]; p.Args["Value"] != "热心人" {
		t.Errorf("%v", p)
	}
}

// The order household, village, township, county is looked at wherever the other report is.
func TestOrderUpwards(t *testing.T) {
	early := func(i int) inspect.Report { // before every other
		return with(i, func(r *inspect.Report) {
			r.Arrived, r.Left = r.Arrived.Add(-10*time.Hour), r.Left.Add(-10*time.Hour)
		})
	}
	village := known()
	for i := range 3 { // the village of the households
		village.Visits[i].Unit = village.Visits[3].Unit
	}
	for name, c := range map[string]struct {
		known   Known
		reports []inspect.Report
		there   []inspect.Report
		lower   string
	}{
		"in order":                 {village, []inspect.Report{report(0), report(3), report(4), report(6)}, nil, ""},
		"the office before":        {village, []inspect.Report{report(0), early(6)}, nil, "1-007-01"},
		"the office before, known": {village, []inspect.Report{report(0)}, []inspect.Report{early(6)}, "1-007-01"},
		"the village before":       {village, []inspect.Report{report(0), early(3)}, nil, "1-007-01"},
		"another village before":   {known(), []inspect.Report{report(0), early(3)}, nil, ""},
		"the township before":      {village, []inspect.Report{report(3), early(4)}, nil, "1-007-04"},
		"an institution before":    {village, []inspect.Report{report(3), early(5)}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			k := c.known
			k.Current = map[string]Current{}
			for _, r := range c.there {
				k.Current[r.Visit] = Current{Report: r}
			}
			got, _ := warned(t, k, c.reports...)
			w := got["intake.order-upwards"]
			if (w != nil) != (c.lower != "") || w != nil && w.Args["Lower"] != c.lower {
				t.Errorf("%v", w)
			}
		})
	}
}

// An inspector in two places is found across the team's legs too.
func TestTwoPlacesAcrossLegs(t *testing.T) {
	k := known()
	other := report(3)
	other.Visit = "1-009-02"
	k.Others = []inspect.Report{other}
	if got, _ := warned(t, k, report(3)); got["intake.two-places"] == nil || got["intake.two-places"].Args["Other"] != "1-009-02" {
		t.Errorf("%v", got)
	}
	k.Others[0].Inspectors = []string{"I-3"}
	if got, _ := warned(t, k, report(3)); len(got) != 0 {
		t.Errorf("other people: %v", got)
	}
}

// Texts that were copied and adjusted are found; stock phrases are not.
func TestCopied(t *testing.T) {
	said := func(i int, text string) inspect.Report {
		return with(i, func(r *inspect.Report) { r.Observations = []inspect.Observation{{Kind: inspect.Practice, Fact: text}} })
	}
	for name, c := range map[string]struct {
		a, b string
		want bool
	}{
		"word for word":       {long, long, true},
		"with another number": {long + "，第3户", long + "，第12户", true},
		"another text":        {long, "屋内取暖用煤炉，烟道完好，已装一氧化碳报警器，家长能说明用法", false},
		"a stock phrase":      {"未见异常", "未见异常", false},
	} {
		got, _ := warned(t, known(), said(0, c.a), said(3, c.b))
		if w := got["intake.copied"]; (w != nil) != c.want || w != nil && (w.Args["Other"] != "1-007-01" || w.Field != "observations[0].fact") {
			t.Errorf("%s: %v", name, w)
		}
		if first := Judge(returned(said(0, c.a), said(3, c.b)), known()).Visits[0]; len(first.Warnings) > 0 {
			t.Errorf("%s: the first one is warned too: %v", name, first.Warnings)
		}
	}
	k := known()
	k.Others = []inspect.Report{with(0, func(r *inspect.Report) { r.Visit, r.Answers[0].Note = "1-009-01", long })}
	k.Others[0].Arrived, k.Others[0].Left = time.Time{}, time.Time{}
	if got, _ := warned(t, k, with(0, func(r *inspect.Report) { r.Answers[0].Note = long })); got["intake.copied"] == nil {
		t.Error("a copy from another leg was not found")
	}
}

// full is a report at which nothing is wanting.
func full(i int) inspect.Report {
	return with(i, func(r *inspect.Report) {
		for n := range r.Answers {
			it := cl.Item(r.Answers[n].Item)
			values := []string{"5/5", "0/5", fmt.Sprint(it.Answer.Max)}
			for _, o := range it.Answer.Options {
				values = append(values, o.Code)
			}
			for _, v := range values {
				r.Answers[n].Value = v
				if num, den, ok := it.Fraction(r.Answers[n]); ok && num == den {
					break
				}
			}
		}
	})
}

// A run of visits without a single shortcoming is told once, at its end.
func TestFullMarks(t *testing.T) {
	for name, c := range map[string]struct {
		reports []inspect.Report
		want    int
	}{
		"five in a row":   {[]inspect.Report{full(0), full(1), full(2), full(3), full(4)}, 5},
		"four in a row":   {[]inspect.Report{full(0), full(1), full(2), full(3)}, 0},
		"one was wanting": {[]inspect.Report{full(0), full(1), with(2, func(r *inspect.Report) { r.Answers = full(2).Answers; r.Answers[0].Value = "no" }), full(3), full(4), full(5)}, 0},
	} {
		told := 0
		for _, d := range Judge(returned(c.reports...), known()).Visits {
			for _, w := range d.Warnings {
				if w.Rule == "intake.full-marks" {
					told++
					if w.Args["Count"] != c.want || d.Report.Visit != "1-007-05" {
						t.Errorf("%s: %s %v", name, d.Report.Visit, w)
					}
				}
			}
		}
		if (told == 1) != (c.want > 0) {
			t.Errorf("%s: told %d times", name, told)
		}
	}
}

// A photo proves what it shows where and when it was taken.
func TestPhotos(t *testing.T) {
	photo := func(i int, seed string, at time.Time) inspect.Photo {
		return inspect.Photo{Visit: report(i).Visit, SHA256: inspect.DigestOf([]byte(seed)), At: at, Field: "photos[" + seed + "]"}
	}
	during := report(0).Arrived.Add(time.Minute)
	seen := known()
	seen.Photos = map[inspect.Digest]string{inspect.DigestOf([]byte("1")): "1-003-02"}
	same := known()
	same.Photos = map[inspect.Digest]string{inspect.DigestOf([]byte("1")): "1-007-01"}
	for name, c := range map[string]struct {
		known  Known
		photos []inspect.Photo
		rule   string
		other  any
		grade  inspect.Grade
	}{
		"sound":                    {known(), []inspect.Photo{photo(0, "1", during)}, "", nil, inspect.GradeA},
		"of its own visit":         {same, []inspect.Photo{photo(0, "1", during)}, "", nil, inspect.GradeA},
		"twice at one visit":       {known(), []inspect.Photo{photo(0, "1", during), photo(0, "1", during)}, "", nil, inspect.GradeA},
		"of another visit":         {known(), []inspect.Photo{photo(3, "1", during), photo(0, "1", during)}, "intake.photo-again", "1-007-04", inspect.GradeA},
		"of a visit in the office": {seen, []inspect.Photo{photo(0, "1", during)}, "intake.photo-again", "1-003-02", inspect.GradeA},
		"without a time":           {known(), []inspect.Photo{photo(0, "1", time.Time{})}, "intake.photo-timeless", nil, inspect.GradeB},
		"of the day before":        {known(), []inspect.Photo{photo(0, "1", during.AddDate(0, 0, -1))}, "intake.photo-time", nil, inspect.GradeB},
	} {
		t.Run(name, func(t *testing.T) {
			rep := report(0)
			ret := returned(rep)
			ret.Photos = c.photos
			d := Judge(ret, c.known).Visits[0]
			if d.State != Accepted || d.Grade != c.grade || (c.rule == "") != (len(d.Warnings) == 0) {
				t.Fatalf("%s %s %v", d.State, d.Grade, d.Warnings)
			}
			if c.rule != "" && (len(d.Warnings) != 1 || d.Warnings[0].Rule != c.rule || d.Warnings[0].Args["Other"] != c.other || d.Warnings[0].Field != "photos[1]") {
				t.Errorf("%v", d.Warnings)
			}
		})
	}
}

// The return as a whole: the clock it was written by, and sheets that are gone.
func TestWholeReturn(t *testing.T) {
	k := known()
	for name, c := range map[string]struct {
		change func(r *inspect.Return)
		rules  string
	}{
		"nothing":          {func(r *inspect.Return) { r.Made = k.Now }, ""},
		"a clock ahead":    {func(r *inspect.Return) { r.Made = k.Now.Add(time.Hour) }, "intake.clock-ahead"},
		"a clock put back": {func(r *inspect.Return) { r.Made = r.Reports[0].Left.Add(-time.Hour) }, "intake.clock-moved"},
		"all sheets there": {func(r *inspect.Return) {
			r.Blank = []string{"1-007-03", "1-007-04", "1-007-05", "1-007-06", "1-007-07"}
		}, ""},
		"one sheet is gone": {func(r *inspect.Return) { r.Blank = []string{"1-007-03", "1-007-05", "1-007-06", "1-007-07"} }, "intake.sheet-missing"},
	} {
		ret := returned(report(0), report(1))
		c.change(ret)
		v := Judge(ret, k)
		var rules []string
		for _, w := range v.Warnings {
			rules = append(rules, w.Rule)
		}
		if strings.Join(rules, " ") != c.rules || v.Visits[0].State != Accepted {
			t.Errorf("%s: %v", name, v.Warnings)
		}
	}
}

// A visit of another packet is named with the packet it belongs to.
func TestVisitElsewhere(t *testing.T) {
	k := known()
	k.Elsewhere = map[string]int{"1-008-01": 8, "1-007-01": 7}
	d := Judge(returned(with(0, func(r *inspect.Report) { r.Visit = "1-008-01" })), k).Visits[0]
	if d.State != Refused || len(d.Problems) != 1 || d.Problems[0].Rule != "intake.visit-elsewhere" || d.Problems[0].Args["Other"] != 8 {
		t.Errorf("%s %v", d.State, d.Problems)
	}
}

// What was received before is known by its content, whatever its place in the history.
func TestVersions(t *testing.T) {
	note := func(s string, revision int) inspect.Report {
		return with(0, func(r *inspect.Report) {
			r.Answers[0].Note, r.Revision = s, revision
			if revision > 1 {
				r.Correction = "更正"
			}
		})
	}
	version := func(r inspect.Report, held bool) Version { return Version{ContentDigest(&r), r.Revision, held} }
	first, second, third, held := note("一", 1), note("二", 2), note("三", 3), note("另", 3)
	k := known()
	k.Current[third.Visit] = Current{Report: third, Digest: ContentDigest(&third), Past: []Version{version(first, false), version(second, false), version(third, false), version(held, true)}}
	for name, c := range map[string]struct {
		rep     inspect.Report
		state   State
		problem string
		warning string
	}{
		"the newest again":               {third, Unchanged, "", ""},
		"an older one again":             {second, Unchanged, "", "intake.older"},
		"the held one again":             {held, Unchanged, "", "intake.held-already"},
		"an edit of an older one":        {note("四", 2), Held, "intake.stale", ""},
		"another edit of the second":     {note("四", 3), Held, "intake.conflict", ""},
		"an edit of the newest":          {note("四", 4), Held, "", "intake.newer"},
		"back to the first, as a change": {note("一", 4), Held, "", "intake.newer"},
	} {
		d := Judge(returned(c.rep), k).Visits[0]
		if d.State != c.state || ruleOf(d.Problems) != c.problem || ruleOf(d.Warnings) != c.warning {
			t.Errorf("%s: %s %v %v", name, d.State, d.Problems, d.Warnings)
		}
		if c.problem != "" && d.Problems[0].Sheet+d.Problems[0].Cell != "封面B10" {
			t.Errorf("%s stands at %v", name, d.Problems[0].Place)
		}
	}
}

func ruleOf(ps inspect.Problems) string {
	if len(ps) == 0 {
		return ""
	}
	return ps[0].Rule
}
