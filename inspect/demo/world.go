package demo

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/workbook"
)

// world is how well children are looked after in the made-up country the inspectors travel. What
// they find depends on the seed and on where they are, and on nothing the draw decided: an
// overlap team finds nearly the same.
type world struct{ seed uint64 }

// at is the randomness of one thing in the world, the same whenever it is asked.
func (w world) at(parts ...string) *rand.Rand {
	return rand.New(rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "world %d %q", w.seed, parts))))
}

// quality is the chance that something is in order at a place, before the item is known: regions
// differ a little, counties more, visits most.
func (w world) quality(place, visit string) float64 {
	parts := strings.Fields(place)
	region, county := parts[0], strings.Join(parts[:min(2, len(parts))], " ")
	return 0.79 + 0.07*w.at("region", region).NormFloat64() + 0.05*w.at("county", county).NormFloat64() + 0.07*w.at("visit", place, visit).NormFloat64()
}

// ease is how much easier than others an item is to have in order.
func (w world) ease(item string) float64 { return 0.07 * w.at("item", item).NormFloat64() }

// visit fills in a visit's sheet as a team would who found what the world holds there.
func (w world) visit(e *workbook.Editor, v *workbook.FormVisit, day agenda, register map[string]int) error {
	r := w.at("answers", v.Place, fmt.Sprint(v.Kind, v.Slot))
	report := inspect.Report{Inspectors: e.Team()[:2], Present: present[v.Kind]}
	if r.IntN(12) == 0 && v.Kind != inspect.CO {
		report.Present = append(report.Present[:len(report.Present):len(report.Present)], escort[v.Kind])
	}
	report.Arrived, report.Left = day.next(v, r)
	if v.Kind == inspect.HH {
		w.household(v, &report, register, r)
	}
	if err := e.SetHeader(v.ID, &report); err != nil {
		return err
	}
	quality := w.quality(v.Place, fmt.Sprint(v.Kind, v.Slot))
	for _, item := range v.Items {
		a := answer(item, quality+w.ease(item.Code), r)
		if err := e.SetAnswer(v.ID, a); err != nil {
			return err
		}
	}
	for _, o := range observations(v, quality, r) {
		if err := e.AddFinding(v.ID, o); err != nil {
			return err
		}
	}
	return nil
}

// present is who is usually there, and escort who sometimes comes along unasked.
var (
	present = map[inspect.Kind][]string{
		inspect.HH: {"child", "guardian"}, inspect.VC: {"child_director"}, inspect.TS: {"child_supervisor"},
		inspect.WI: {"staff"}, inspect.CO: {"county_official"},
	}
	escort = map[inspect.Kind]string{inspect.HH: "village_cadre", inspect.VC: "township_official", inspect.TS: "county_official", inspect.WI: "county_official"}
)

// household takes the next line of the village's register in the printed order; now and then
// nobody is at home and the one after it is taken.
func (w world) household(v *workbook.FormVisit, r *inspect.Report, taken map[string]int, chance *rand.Rand) {
	r.Register = 12 + w.at("register", v.Place).IntN(60)
	order := v.Order(r.Register)
	i := taken[v.Place]
	if i < v.Slot-1 {
		i = v.Slot - 1
	}
	if chance.IntN(10) == 0 {
		i, r.Substitution = i+1, "nobody_home"
	}
	taken[v.Place] = i + 1
	r.Household = order[i]
}

// answer chooses an answer: full marks with chance p, else something less, now and then that the
// question does not arise or could not be checked.
func answer(item workbook.FormItem, p float64, r *rand.Rand) inspect.Answer {
	a := inspect.Answer{Item: item.Code, Method: item.Methods[r.IntN(min(2, len(item.Methods)))].Code}
	switch n := r.IntN(100); {
	case item.Code == "B2-06": // nothing to re-check in the first round
		return inspect.Answer{Item: item.Code, Value: inspect.NotApplicable, Reason: "first_round"}
	case n < 4:
		return inspect.Answer{Item: item.Code, Value: inspect.NotApplicable, Reason: "no_such_case"}
	case n < 6:
		return inspect.Answer{Item: item.Code, Value: inspect.NotVerified, Reason: "no_access"}
	}
	full := r.Float64() < p
	switch item.Type {
	case checklist.Count:
		n := item.Max
		if !full {
			n = max(0, n-1-r.IntN(max(1, n-1)))
		}
		a.Value = fmt.Sprint(n)
	case checklist.Ratio:
		den := 5 + r.IntN(16)
		num := den
		if !full {
			num -= 1 + r.IntN(max(1, den/3))
		}
		a.Value = fmt.Sprintf("%d/%d", num, den)
	default:
		options := item.Options[:len(item.Options)-2] // na and unverified stand last
		i := 0
		if !full {
			i = 1 + min(r.IntN(len(options)), r.IntN(len(options)))%(len(options)-1)
		}
		a.Value = options[i].Code
	}
	return a
}

// observations are what inspectors add in their own words.
func observations(v *workbook.FormVisit, quality float64, r *rand.Rand) (out []inspect.Observation) {
	if v.Kind == inspect.HH && r.Float64() > quality+0.08 {
		out = append(out, inspect.Observation{Item: "A6-02", Kind: inspect.Hazard, Severity: "S3", Fact: "演示数据：取暖炉排烟管接口松动，已提醒并当场加固。", Fixed: true})
	}
	if v.Kind == inspect.TS && r.IntN(25) == 0 {
		out = append(out, inspect.Observation{Item: "B3-01", Kind: inspect.Practice, Fact: "演示数据：工作站设立假期热线回访制度，逐户回访并留存记录。"})
	}
	return out
}

// agenda keeps a team's clock: it arrives after the hour at which visits begin and needs time
// from one place to the next.
type agenda map[inspect.Date]time.Time

func (a agenda) next(v *workbook.FormVisit, r *rand.Rand) (arrived, left time.Time) {
	arrived, ok := a[v.Day]
	if !ok {
		arrived, _ = time.ParseInLocation("2006-01-02 15:04", string(v.Day)+" "+v.From, inspect.Beijing)
	}
	arrived = arrived.Add(time.Duration(5+r.IntN(20)) * time.Minute)
	left = arrived.Add(time.Duration(25+r.IntN(35)) * time.Minute)
	a[v.Day] = left.Add(15 * time.Minute)
	return arrived, left
}
