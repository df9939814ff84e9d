package field

import (
	"context"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/plan"
	"zhicha/inspect/store"
)

// StandingElsewhere is what must be known beside a wave's own plan before a reserve is opened: the
// visits of the wave whatever became of them, and when other waves visit townships. What is sealed
// still is opened with the custodians' keys, in memory alone.
func StandingElsewhere(ctx context.Context, c *campaign.Campaign, wave int, kind string, keys campaign.Custody) (own []inspect.Visit, busy map[string][]inspect.Date, err error) {
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
	own, busy = inspect.Planned(visits[wave]), map[string][]inspect.Date{}
	for _, no := range waves {
		alone := kind == "lookback" || kind == "topup" // they go where others have been on purpose
		if no != wave && (alone || !near(c, no, wave)) {
			continue
		}
		sealed, err := sealedLegs(ctx, c, no, keys)
		if err != nil {
			return nil, nil, err
		}
		for _, l := range sealed {
			visits[no] = append(visits[no], l.visits...)
			if no == wave {
				own = append(own, inspect.Planned(l.visits)...)
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
func near(c *campaign.Campaign, a, b int) bool {
	x, err1 := c.Config.Wave(a)
	y, err2 := c.Config.Wave(b)
	return err1 == nil && err2 == nil && plan.TooNear(x.Window, y.Window)
}
