package finding

import (
	"slices"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/checklist"

	"pgregory.net/rapid"
)

func named(code, zh string) checklist.Named {
	return checklist.Named{Code: code, Text: checklist.Text{Zh: zh}}
}

// list has an item of each type of answer.
func list() *checklist.Checklist {
	choice := checklist.Domain{Type: checklist.Choice, Options: []checklist.Option{
		{Named: named("safe", "未见隐患"), Fraction: 100}, {Named: named("minor", "有一般隐患"), Fraction: 40}, {Named: named("grave", "有重大隐患"), Fraction: 0}}}
	return &checklist.Checklist{
		Severities: []checklist.Severity{{Named: named("S1", "提示"), NextWave: true}, {Named: named("S2", "一般"), WorkingDays: 10},
			{Named: named("S3", "较重"), WorkingDays: 3}, {Named: named("S4", "紧急"), Hours: 24}},
		Items: []checklist.Item{
			{Named: named("A6-02", "用气与取暖安全"), Section: "A6", Kinds: []inspect.Kind{"HH"}, Methods: []string{"OBS"}, Severity: "S4", Answer: choice, RedLine: &checklist.Text{}},
			{Named: named("A6-07", "居住安全排查到户"), Section: "A6", Kinds: []inspect.Kind{"HH", "VC"}, Methods: []string{"INT-G"}, Severity: "S1", Answer: choice},
			{Named: named("A6-08", "隐患及时排除"), Section: "A6", Kinds: []inspect.Kind{"HH", "VC"}, Methods: []string{"OBS", "X"}, Severity: "S3",
				Answer: checklist.Domain{Type: checklist.Ratio, Numerator: checklist.Text{Zh: "已排除"}, Denominator: checklist.Text{Zh: "应排除"}, FullAt: 100, ZeroAt: 50}},
			{Named: named("A1-02", "走访内容完整"), Section: "A1", Kinds: []inspect.Kind{"HH"}, Methods: []string{"INT-G"}, Severity: "S2",
				Answer: checklist.Domain{Type: checklist.Count, Max: 4, Unit: checklist.Text{Zh: "项"}}},
		},
	}
}

var left = time.Date(2023, 1, 12, 16, 30, 0, 0, inspect.Beijing) // a Thursday

func report(answers ...string) inspect.Report {
	r := inspect.Report{Arrived: left.Add(-time.Hour), Left: left}
	for _, a := range answers {
		item, value, _ := strings.Cut(a, "=")
		r.Answers = append(r.Answers, inspect.Answer{Item: item, Value: value})
	}
	return r
}

func TestDraft(t *testing.T) {
	calendar, err := inspect.ParseCalendar("h.csv", strings.NewReader("date,kind\n2023-01-13,off\n2023-01-14,work\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := report("A1-02=3", "A6-08=2/4", "A6-07=minor", "A6-02=grave")
	r.Observations = []inspect.Observation{
		{Kind: inspect.Hazard, Severity: "S3", Fact: "院墙开裂", Fixed: true},
		{Kind: inspect.Practice, Severity: "S2", Fact: "邻里轮流照看"},
		{Kind: inspect.Lead, Item: "A1-02", Fact: "反映补贴未到账"}}
	v := inspect.Visit{ID: "1-007-03", Kind: inspect.HH}
	got := Draft(v, "52", r, list(), calendar)
	end := func(day int) time.Time { return time.Date(2023, 1, day, 23, 59, 59, 0, inspect.Beijing) }
	base := inspect.Finding{Visit: "1-007-03", Region: "52", Unit: inspect.HH, State: inspect.FindingDraft, Found: left}
	want := []inspect.Finding{
		{ID: "1-007-03-A6-02", Item: "A6-02", Kind: inspect.Hazard, Severity: "S4", Fact: "用气与取暖安全：有重大隐患", Origin: FromAnswer, Due: left.Add(24 * time.Hour)},
		{ID: "1-007-03-A6-07", Item: "A6-07", Kind: inspect.ProblemFound, Severity: "S1", Fact: "居住安全排查到户：有一般隐患", Origin: FromAnswer},
		// 13 January is off and Saturday 14 works: the third working day is Tuesday 17.
		{ID: "1-007-03-A6-08", Item: "A6-08", Kind: inspect.Hazard, Severity: "S3", Fact: "隐患及时排除：应排除4，已排除2", Origin: FromAnswer, Due: end(17)},
		{ID: "1-007-03-A1-02", Item: "A1-02", Kind: inspect.ProblemFound, Severity: "S1", Fact: "走访内容完整：3项（满分为4项）", Origin: FromAnswer},
		{ID: "1-007-03-1", Kind: inspect.Hazard, Severity: "S3", Fact: "院墙开裂", Origin: FromInspector, Fixed: true, Due: end(17)},
		{ID: "1-007-03-2", Kind: inspect.Practice, Fact: "邻里轮流照看", Origin: FromInspector},
		{ID: "1-007-03-3", Item: "A1-02", Kind: inspect.Lead, Fact: "反映补贴未到账", Origin: FromInspector},
	}
	if len(got) != len(want) {
		t.Fatalf("%d drafts, want %d: %+v", len(got), len(want), got)
	}
	for i, w := range want {
		w.Visit, w.Region, w.Unit, w.State, w.Found = base.Visit, base.Region, base.Unit, base.State, base.Found
		if got[i] != w {
			t.Errorf("draft %d\n got %+v\nwant %+v", i, got[i], w)
		}
	}
	v.Kind = inspect.VC
	if got := Draft(v, "52", report("A6-08=0/4"), list(), calendar); len(got) != 1 || got[0].Kind != inspect.ProblemFound {
		t.Errorf("at a village: %+v", got)
	}
}

// Ten working days over the embedded example: without rows Monday to Friday count.
func TestDueWithoutRows(t *testing.T) {
	got := Draft(inspect.Visit{ID: "v", Kind: inspect.HH}, "52", report("A1-02=0"), list(), new(inspect.Calendar))
	if want := time.Date(2023, 1, 26, 23, 59, 59, 0, inspect.Beijing); len(got) != 1 || !got[0].Due.Equal(want) {
		t.Errorf("due %v, want %v", got, want)
	}
}

// Every answer below full credit makes exactly one draft with a severity, every other answer
// none; what a unit is not asked makes none either.
func TestOneDraftPerLoss(t *testing.T) {
	values := map[string][]string{"A6-02": {"safe", "minor", "grave", "na", "unverified"}, "A6-07": {"safe", "grave", "na"},
		"A6-08": {"4/4", "3/4", "0/1", "unverified"}, "A1-02": {"4", "3", "0", "na"}}
	full := []string{"safe", "4/4", "4", "na", "unverified"}
	rapid.Check(t, func(t *rapid.T) {
		cl, r, kind := list(), report(), rapid.SampledFrom(inspect.Kinds).Draw(t, "kind")
		want := map[string]bool{}
		for i := range cl.Items {
			it := &cl.Items[i]
			value := rapid.SampledFrom(values[it.Code]).Draw(t, it.Code)
			r.Answers = append(r.Answers, inspect.Answer{Item: it.Code, Value: value})
			if slices.Contains(it.Kinds, kind) && !slices.Contains(full, value) {
				want[it.Code] = true
			}
		}
		got := Draft(inspect.Visit{ID: "v", Kind: kind}, "11", r, cl, new(inspect.Calendar))
		if len(got) != len(want) {
			t.Fatalf("%d drafts, want %d", len(got), len(want))
		}
		for _, f := range got {
			if !want[f.Item] || f.Severity == "" || f.Fact == "" || f.ID != "v-"+f.Item {
				t.Fatalf("%+v", f)
			}
		}
	})
}

func TestTransition(t *testing.T) {
	act := Act{By: "review-1", Inspectors: []string{"i-1", "i-2"}, Reason: "重复记录"}
	for _, c := range []struct {
		from, to inspect.FindingState
		change   func(*Act)
		rule     string // empty: allowed
	}{
		{inspect.FindingDraft, inspect.FindingSubmitted, nil, ""},
		{inspect.FindingDraft, inspect.FindingSubmitted, func(a *Act) { a.By = "i-1" }, ""},
		{inspect.FindingSubmitted, inspect.FindingVerified, func(a *Act) { a.Reason = "" }, ""},
		{inspect.FindingSubmitted, inspect.FindingDismissed, nil, ""},
		{inspect.FindingDraft, inspect.FindingVerified, nil, "finding.step"},
		{inspect.FindingVerified, inspect.FindingSubmitted, nil, "finding.step"},
		{inspect.FindingDismissed, inspect.FindingVerified, nil, "finding.step"},
		{inspect.FindingVerified, "issued", nil, "finding.step"},
		{inspect.FindingDraft, inspect.FindingSubmitted, func(a *Act) { a.By = " " }, "finding.nobody"},
		{inspect.FindingSubmitted, inspect.FindingVerified, func(a *Act) { a.By = "i-2" }, "finding.own-work"},
		{inspect.FindingSubmitted, inspect.FindingDismissed, func(a *Act) { a.By = "i-2" }, "finding.own-work"},
		{inspect.FindingSubmitted, inspect.FindingDismissed, func(a *Act) { a.Reason = "　" }, "finding.no-reason"},
	} {
		by := act
		if c.change != nil {
			c.change(&by)
		}
		f := inspect.Finding{ID: "1-001-01-A1-01", State: c.from}
		got, err := Transition(f, c.to, by)
		ps := inspect.ProblemsOf(err)
		switch {
		case c.rule == "" && (err != nil || got.State != c.to):
			t.Errorf("%s → %s: %v, %v", c.from, c.to, got.State, err)
		case c.rule != "" && (len(ps) != 1 || ps[0].Rule != c.rule || ps[0].Class != inspect.Refused || got != f):
			t.Errorf("%s → %s: %v, want %s", c.from, c.to, err, c.rule)
		}
	}
	if Next(inspect.FindingVerified) != nil || len(Next(inspect.FindingSubmitted)) != 2 {
		t.Error("Next does not list the steps")
	}
}

// The embedded checklist's worst answers make a draft each, with a fact and a severity.
func TestEmbeddedChecklist(t *testing.T) {
	cl := checklist.Default()
	for _, kind := range inspect.Kinds {
		r, want := report(), 0
		for _, it := range cl.ItemsFor(kind) {
			a := inspect.Answer{Item: it.Code}
			switch d := &it.Answer; d.Type {
			case checklist.Count:
				a.Value = "0"
			case checklist.Ratio:
				a.Value = "0/3"
			default:
				a.Value = d.Options[len(d.Options)-1].Code
			}
			if num, den, _ := it.Fraction(a); num < den { // items that only encourage never deduct
				want++
			}
			r.Answers = append(r.Answers, a)
		}
		got := Draft(inspect.Visit{ID: "v", Kind: kind}, "11", r, cl, new(inspect.Calendar))
		if len(got) != want || want == 0 {
			t.Errorf("%s: %d drafts, want %d", kind, len(got), want)
		}
		for _, f := range got {
			if f.Severity == "" || !strings.Contains(f.Fact, "：") || f.Due.IsZero() != (f.Severity == "S1") {
				t.Errorf("%+v", f)
			}
		}
	}
}
