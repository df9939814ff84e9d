package finding

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
)

// Origins of a finding.
const (
	FromAnswer    = "answer"
	FromInspector = "inspector"
)

// safetySection is the section of home and living-environment safety.
const safetySection = "A6"

// Draft returns the draft findings of a report, those of answers in checklist order, then those
// of inspectors in the order they were written. The same report gives the same ids. Found is
// when the team left, or arrived where that is missing.
func Draft(v inspect.Visit, region string, report inspect.Report, list *checklist.Checklist, calendar *inspect.Calendar) []inspect.Finding {
	found := report.Left
	if found.IsZero() {
		found = report.Arrived
	}
	base := inspect.Finding{Visit: v.ID, Region: region, Unit: v.Kind, State: inspect.FindingDraft, Found: found}
	var out []inspect.Finding
	for _, it := range list.ItemsFor(v.Kind) {
		i := slices.IndexFunc(report.Answers, func(a inspect.Answer) bool { return a.Item == it.Code })
		if i < 0 {
			continue
		}
		num, den, ok := it.Fraction(report.Answers[i])
		if !ok || num >= den {
			continue
		}
		f := base
		f.ID, f.Item, f.Origin = v.ID+"-"+it.Code, it.Code, FromAnswer
		f.Kind, f.Severity = kindOf(it, v.Kind), it.SeverityOf(num, den)
		f.Fact = fact(it, report.Answers[i].Value)
		f.Due = due(f, list, calendar)
		out = append(out, f)
	}
	for i, o := range report.Observations {
		f := base
		f.ID, f.Item, f.Origin = fmt.Sprintf("%s-%d", v.ID, i+1), o.Item, FromInspector
		f.Kind, f.Fact, f.Fixed = o.Kind, o.Fact, o.Fixed
		if dated(o.Kind) {
			f.Severity = o.Severity
		}
		f.Due = due(f, list, calendar)
		out = append(out, f)
	}
	return out
}

// kindOf is hazard for what inspectors see with their own eyes in a home (an observed item of
// the safety section, at a household), and problem for everything else: a village's paper about
// a hazard is a matter of work done badly, not a danger in itself.
func kindOf(it *checklist.Item, at inspect.Kind) inspect.FindingKind {
	if at == inspect.HH && it.Section == safetySection && slices.Contains(it.Methods, "OBS") {
		return inspect.Hazard
	}
	return inspect.ProblemFound
}

// dated reports whether findings of that kind have a severity and a time limit.
func dated(k inspect.FindingKind) bool { return k == inspect.ProblemFound || k == inspect.Hazard }

// due is the time limit of the severity: hours from the moment of finding, or the end of the
// last working day, the day of finding not counted. Zero where the next wave is soon enough.
func due(f inspect.Finding, list *checklist.Checklist, calendar *inspect.Calendar) time.Time {
	s := list.Severity(f.Severity)
	switch {
	case s == nil || !dated(f.Kind) || f.Found.IsZero():
		return time.Time{}
	case s.Hours > 0:
		return f.Found.Add(time.Duration(s.Hours) * time.Hour)
	case s.WorkingDays > 0:
		return calendar.Deadline(inspect.DateOf(f.Found), s.WorkingDays)
	}
	return time.Time{}
}

// fact states an answer in Chinese: the item's name, and what was answered.
func fact(it *checklist.Item, value string) string {
	d := &it.Answer
	switch d.Type {
	case checklist.Count:
		return fmt.Sprintf("%s：%s%s（满分为%d%s）", it.Zh, value, d.Unit.Zh, d.Max, d.Unit.Zh)
	case checklist.Ratio:
		num, den, _ := strings.Cut(value, "/")
		return fmt.Sprintf("%s：%s%s，%s%s", it.Zh, d.Denominator.Zh, den, d.Numerator.Zh, num)
	}
	return it.Zh + "：" + d.Option(value).Zh
}
