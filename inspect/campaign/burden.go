package campaign

import (
	"context"
	"io"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/frame"
	"zhicha/inspect/store"
)

// burden is the reason of LegReasons that the tool gives by itself.
const burden = "burden"

// rest is how many days must lie between two waves' visits to one township (R07).
const rest = 14

// tooSoon reports whether a visit on any day of w would come too close to one of days.
func tooSoon(days []inspect.Date, w inspect.Window) bool {
	return slices.ContainsFunc(days, func(d inspect.Date) bool { return d.Days(w.From) <= rest && w.To.Days(d) <= rest })
}

// standingElsewhere is what must be known beside a wave's own plan before a reserve is opened: the
// visits of the wave whatever became of them, and when other waves visit townships. What is sealed
// still is opened with the custodians' keys, in memory alone.
func (c *Campaign) standingElsewhere(ctx context.Context, wave int, kind string, keys []string) (own []inspect.Visit, busy map[string][]inspect.Date, err error) {
	var waves []int
	visits := map[int][]inspect.StandingVisit{}
	err = c.View(ctx, func(tx *store.Tx) error {
		if waves, err = tx.Waves(); err != nil {
			return err
		}
		for _, no := range waves {
			if visits[no], err = tx.Visits(no); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	own, busy = plain(visits[wave]), map[string][]inspect.Date{}
	for _, no := range waves {
		alone := kind == "lookback" || kind == "topup" // they go where others have been on purpose
		if no != wave && (alone || !c.near(no, wave)) {
			continue
		}
		sealed, err := c.sealedLegs(ctx, no, keys)
		if err != nil {
			return nil, nil, err
		}
		for _, l := range sealed {
			visits[no] = append(visits[no], l.visits...)
			if no == wave {
				own = append(own, plain(l.visits)...)
			}
		}
		for _, v := range visits[no] {
			if no != wave && v.Kind == inspect.TS && v.State != inspect.VisitSubstituted {
				busy[v.Unit] = append(busy[v.Unit], v.Day)
			}
		}
	}
	return own, busy, nil
}

// near reports whether two waves are in the field close enough in time to burden a township twice.
func (c *Campaign) near(a, b int) bool {
	x, err1 := c.Config.wave(a)
	y, err2 := c.Config.wave(b)
	return err1 == nil && err2 == nil && tooNear(x.Window, y.Window)
}

// tooNear reports whether a township could be visited twice within the days of rest.
func tooNear(a, b inspect.Window) bool {
	return a.From.Days(b.To) >= -rest && b.From.Days(a.To) >= -rest
}

// relieve lets every township of a plan that another wave visits too close in time give way to its
// reserve (R07). Where there is no reserve the township stays: leaving it out would bend the sample.
func relieve(legs planLegs, f *frame.Frame, pool *reserves, today inspect.Date, rand io.Reader) (out []change, err error) {
	for _, leg := range legs.legs {
		for _, v := range legs.visits[leg.No] {
			if v.Kind != inspect.TS || !leg.Primary() || !tooSoon(pool.busy[v.Unit], inspect.Window{From: v.Day, To: v.Day}) {
				continue
			}
			g, err := giving(legs, f, leg.Wave, leg.No, v.Unit)
			if err != nil {
				return nil, err
			}
			ch, ok, err := workOut(pool, g, inspect.Substitution{Wave: leg.Wave, Leg: leg.No, Reason: burden}, today, rand)
			if err != nil {
				return nil, err
			}
			if ok {
				legs.change(ch)
				out = append(out, *ch)
			}
		}
	}
	return out, nil
}

// planLegs are legs that are not in the database, looked up like those that are.
type planLegs struct {
	legs   []inspect.StandingLeg
	visits map[int][]inspect.StandingVisit
}

func legsOf(p *inspect.Plan) planLegs {
	out := planLegs{visits: map[int][]inspect.StandingVisit{}}
	for _, l := range p.Legs {
		out.legs = append(out.legs, inspect.StandingLeg{Leg: l})
	}
	for _, v := range p.Visits {
		out.visits[v.Leg] = append(out.visits[v.Leg], inspect.StandingVisit{Visit: v, State: inspect.VisitOpen})
	}
	return out
}

// Legs returns all of them: they are of one wave.
func (p planLegs) Legs(int) ([]inspect.StandingLeg, error) { return p.legs, nil }

// LegVisits returns the visits of one.
func (p planLegs) LegVisits(_, leg int) ([]inspect.StandingVisit, error) { return p.visits[leg], nil }

// change does in memory what change.store does in the database.
func (p planLegs) change(ch *change) {
	for leg, visits := range p.visits {
		for i := range visits {
			if slices.Contains(ch.Gone, visits[i].ID) {
				p.visits[leg][i].State = inspect.VisitSubstituted
			}
		}
	}
	for _, v := range ch.Added {
		p.visits[v.Leg] = append(p.visits[v.Leg], inspect.StandingVisit{Visit: v, State: inspect.VisitOpen})
	}
}
