package release

import (
	"cmp"
	"slices"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/document"
	"zhicha/inspect/score"
)

// commonProblems is how many items a draft names as common problems.
const commonProblems = 8

// Facts adds what a draft may say of the results: the nation, its sections and weakest items,
// and the bands of the reporting units in official order. Nothing below that level goes in.
func Facts(f document.Facts, r *score.Result, cl *checklist.Checklist, land *inspect.Territory) document.Facts {
	f.Land, f.To = land.NameZh, addressees(land)
	f.National = measure(r.National.Estimate)
	for _, s := range r.National.Sections {
		f.Sections = append(f.Sections, document.Result{Name: cl.Section(s.Code).Zh, Measure: measure(s.Estimate), Lost: s.Lost.Round1()})
	}
	f.Problems = weakest(r, cl)
	f.Bands, f.Unbanded = banded(r, cl, land)
	for i := range r.Regions {
		if r.Regions[i].Visits > 0 {
			f.Regions++
		}
	}
	for _, s := range slices.Backward(cl.Severities) {
		f.Deadlines = append(f.Deadlines, deadline(s))
	}
	return f
}

// addressees are the offices a notice goes to: those of the reporting units.
func addressees(land *inspect.Territory) string {
	const office = "未成年人保护工作领导小组（委员会）办公室"
	if told(*land) == nil {
		return "各省、自治区、直辖市" + office + "，新疆生产建设兵团未成年人保护工作领导小组办公室"
	}
	var names []string
	for _, r := range land.Units {
		names = append(names, r.NameZh)
	}
	return strings.Join(names, "、") + office
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

// banded lists the reporting units by band, the best first; between two bands stand those whose
// interval crosses the cut. Units without a band, or outside the sample, are listed by themselves.
func banded(r *score.Result, cl *checklist.Checklist, land *inspect.Territory) (bands []document.Band, unbanded []string) {
	regions := map[[2]string][]string{}
	for _, region := range land.Units {
		s, ok := r.Region(region.Code)
		if !ok || len(s.Bands) == 0 {
			unbanded = append(unbanded, region.NameZh)
			continue
		}
		codes := [2]string{s.Bands[0], s.Bands[len(s.Bands)-1]}
		regions[codes] = append(regions[codes], region.NameZh)
	}
	for i, b := range cl.Bands {
		if own := regions[[2]string{b.Code, b.Code}]; own != nil {
			bands = append(bands, document.Band{Names: []string{b.Zh}, Regions: own})
		}
		if i+1 == len(cl.Bands) {
			break
		}
		next := cl.Bands[i+1]
		if between := regions[[2]string{b.Code, next.Code}]; between != nil {
			bands = append(bands, document.Band{Names: []string{b.Zh, next.Zh}, Regions: between})
		}
	}
	return bands, unbanded
}

// deadline is how long a problem of a severity may stand.
func deadline(s checklist.Severity) document.Deadline {
	d := document.Deadline{Severity: s.Zh, Hours: s.Hours, Written: s.WrittenWithinHours, Days: s.WorkingDays}
	switch {
	case s.Hours > 0 && s.WrittenWithinHours > 0:
		d.Limit = document.LimitWritten
	case s.Hours > 0:
		d.Limit = document.LimitHours
	case s.WorkingDays > 0:
		d.Limit = document.LimitDays
	default:
		d.Limit = document.LimitWave
	}
	return d
}
