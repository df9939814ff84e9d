package campaign

import (
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/draw"
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

// elsewhere is when other waves visit townships.
func elsewhere(tx *store.Tx, wave int) (map[string][]inspect.Date, error) {
	waves, err := tx.Waves()
	if err != nil {
		return nil, err
	}
	out := map[string][]inspect.Date{}
	for _, no := range waves {
		if no == wave {
			continue
		}
		visits, err := tx.Visits(no)
		if err != nil {
			return nil, err
		}
		for _, v := range visits {
			if v.Kind == inspect.TS && v.State != inspect.VisitSubstituted {
				out[v.Unit] = append(out[v.Unit], v.Day)
			}
		}
	}
	return out, nil
}

// relieve lets every township of a plan just opened that another wave visits too close in time give
// way to its reserve (R07). Where there is no reserve the township stays: leaving it out would bend
// the sample.
func (c *Campaign) relieve(tx *store.Tx, plan *inspect.Plan, r *draw.Record) error {
	days, err := elsewhere(tx, plan.Wave)
	if err != nil || len(days) == 0 || r.Kind == "lookback" || r.Kind == "topup" {
		return err
	}
	f, err := c.readFrozen(r.Wave, r.Frame)
	if err != nil {
		return err
	}
	pool, err := c.reserves(tx, plan, f, r.Kind)
	if err != nil {
		return err
	}
	for _, leg := range plan.Legs {
		for i := range plan.Visits {
			v := &plan.Visits[i]
			if v.Leg != leg.No || v.Kind != inspect.TS || !leg.Primary() || !tooSoon(days[v.Unit], inspect.Window{From: v.Day, To: v.Day}) {
				continue
			}
			if err := c.relieveOne(tx, f, pool, leg, v.Unit); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Campaign) relieveOne(tx *store.Tx, f *frame.Frame, pool *reserves, leg inspect.Leg, township string) error {
	g, err := giving(tx, f, leg.Wave, leg.No, township)
	if err != nil {
		return err
	}
	before, err := tx.Substitutions(leg.Wave)
	if err != nil {
		return err
	}
	s := store.Substitution{Wave: leg.Wave, No: len(before) + 1, Leg: leg.No, Reason: burden}
	if _, ok, err := c.replace(tx, pool, g, &s); err != nil || !ok {
		return err
	}
	return tx.Append(c.env.Now(), "leg-substituted", map[string]any{"wave": s.Wave, "leg": s.Leg, "no": s.No,
		"stage": stages[s.Kind], "reason": s.Reason, "change": changeDigest(&s)})
}
