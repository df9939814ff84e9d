package release

import (
	"cmp"
	"fmt"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/document"
	"zhicha/inspect/score"
)

// commonProblems is how many items a draft names as common problems.
const commonProblems = 8

// Facts adds what a draft may say of the results: the nation, its sections and weakest items,
// and the bands of the reporting units in official order. Nothing below that level goes in.
func Facts(f document.Facts, r *score.Result, cl *checklist.Checklist) document.Facts {
	f.National = measure(r.National.Estimate)
	for _, s := range r.National.Sections {
		f.Sections = append(f.Sections, document.Result{Name: cl.Section(s.Code).Zh, Measure: measure(s.Estimate), Lost: s.Lost.Round1()})
	}
	f.Problems = weakest(r, cl)
	f.Bands, f.Unbanded = banded(r, cl)
	for i := range r.Regions {
		if r.Regions[i].Visits > 0 {
			f.Regions++
		}
	}
	for _, s := range slices.Backward(cl.Severities) {
		f.Deadlines = append(f.Deadlines, document.Deadline{Severity: s.Zh, Text: deadline(s)})
	}
	return f
}

func measure(e score.Estimate) document.Measure {
	return document.Measure{Known: e.Known, Score: e.Score.Round1(), Low: e.Low.Round1(), High: e.High.Round1()}
}

// weakest returns the items that cost the nation most points.
func weakest(r *score.Result, cl *checklist.Checklist) []document.Result {
	items := slices.Clone(r.National.Items)
	slices.SortStableFunc(items, func(a, b score.Item) int { return cmp.Compare(b.Lost, a.Lost) })
	var out []document.Result
	for _, i := range items[:min(commonProblems, len(items))] {
		if !i.Known || i.Lost.Round1() == 0 {
			break
		}
		item := cl.Item(i.Code)
		res := document.Result{Name: item.Zh, Section: cl.Section(item.Section).Zh, Measure: measure(i.Estimate), Lost: i.Lost.Round1()}
		for j := range r.Regions {
			for _, own := range r.Regions[j].Items {
				if own.Code == i.Code && own.Known && own.Score.Round1() < 60 {
					res.Regions++
				}
			}
		}
		out = append(out, res)
	}
	return out
}

func banded(r *score.Result, cl *checklist.Checklist) (bands []document.Band, unbanded []string) {
	names := map[string][]string{}
	for _, region := range inspect.Regions {
		s, ok := r.Region(region.Code)
		if !ok || len(s.Bands) == 0 {
			unbanded = append(unbanded, region.NameZh)
			continue
		}
		name := bandName(s.Bands, cl)
		names[name] = append(names[name], region.NameZh)
	}
	for i, b := range cl.Bands {
		steps := []string{b.Zh}
		if i+1 < len(cl.Bands) {
			steps = append(steps, bandName([]string{b.Code, cl.Bands[i+1].Code}, cl))
		}
		for _, name := range steps {
			if regions := names[name]; regions != nil {
				bands = append(bands, document.Band{Name: name, Regions: regions})
			}
		}
	}
	return bands, unbanded
}

// bandName joins the names of one band, or of two where the interval crosses a cut.
func bandName(codes []string, cl *checklist.Checklist) string {
	out := ""
	for _, code := range codes {
		i := slices.IndexFunc(cl.Bands, func(b checklist.Band) bool { return b.Code == code })
		if out != "" {
			out += "或"
		}
		out += cl.Bands[i].Zh
	}
	return out
}

func deadline(s checklist.Severity) string {
	switch {
	case s.Hours > 0 && s.WrittenWithinHours > 0:
		return fmt.Sprintf("立即处置，%d小时内书面报告，%d小时内跟进到位", s.WrittenWithinHours, s.Hours)
	case s.Hours > 0:
		return fmt.Sprintf("立即处置，%d小时内报告", s.Hours)
	case s.WorkingDays > 0:
		return fmt.Sprintf("%d个工作日内整改到位", s.WorkingDays)
	}
	return "下一批次检查前整改到位"
}
