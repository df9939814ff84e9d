package plan

import (
	"io"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/frame"
)

// Burden is the reason of LegReasons that the tool gives by itself.
const Burden = "burden"

// rest is how many days must lie between two waves' visits to one township (R07).
const rest = 14

// tooSoon reports whether a visit on any day of w would come too close to one of days.
func tooSoon(days []inspect.Date, w inspect.Window) bool {
	return slices.ContainsFunc(days, func(d inspect.Date) bool { return d.Days(w.From) <= rest && w.To.Days(d) <= rest })
}

// Burdened reports whether a visit on a day would come too close to one of days.
func Burdened(days []inspect.Date, day inspect.Date) bool {
	return tooSoon(days, inspect.Window{From: day, To: day})
}

// TooNear reports whether a township could be visited twice within the days of rest.
func TooNear(a, b inspect.Window) bool {
	return a.From.Days(b.To) >= -rest && b.From.Days(a.To) >= -rest
}

// Relieve lets every township of a plan that another wave visits too close in time give way to its
// reserve (R07). Where there is no reserve the township stays: leaving it out would bend the sample.
func Relieve(legs Legs, f *frame.Frame, pool *Reserves, today inspect.Date, rand io.Reader) (out []Change, err error) {
	for _, leg := range legs.legs {
		for _, v := range legs.Visits[leg.No] {
			if v.Kind != inspect.TS || !leg.Primary() || !Burdened(pool.Busy[v.Unit], v.Day) {
				continue
			}
			g, err := DepartureOf(legs, f, leg.Wave, leg.No, v.Unit)
			if err != nil {
				return nil, err
			}
			ch, ok, err := WorkOut(pool, g, inspect.Substitution{Wave: leg.Wave, Leg: leg.No, Reason: Burden}, today, rand)
			if err != nil {
				return nil, err
			}
			if ok {
				legs.Apply(ch)
				out = append(out, *ch)
			}
		}
	}
	return out, nil
}
