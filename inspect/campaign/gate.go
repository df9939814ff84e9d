package campaign

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/draw"
	"zhicha/inspect/privacy"
	"zhicha/inspect/store"
)

// Committed returns a committed wave and its record, and refuses a configuration that says anything
// else than what the wave committed to: every act on a committed wave comes through here.
func (c *Campaign) Committed(tx *store.Tx, wave int) (store.Wave, *draw.Record, error) {
	st, ok, err := tx.Wave(wave)
	if err != nil || !ok {
		return st, nil, cmp.Or[error](err, inspect.Refuse("plan.not-committed", "Wave", wave))
	}
	var r draw.Record
	if err := json.Unmarshal(st.Record, &r); err != nil {
		return st, nil, err
	}
	r.Beacon.At = r.Beacon.At.In(inspect.Beijing)
	return st, &r, c.asCommitted(tx, &r, wave)
}

// Legs returns the legs whose day has come, with where they stand.
func (c *Campaign) Legs(ctx context.Context, wave int) (legs []inspect.StandingLeg, err error) {
	err = c.View(ctx, func(tx *store.Tx) error {
		if err := c.Made(tx, wave); err != nil {
			return err
		}
		legs, err = tx.Legs(wave)
		return err
	})
	return legs, err
}

// numbers writes packet numbers for a message.
func numbers(list []int) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = strconv.Itoa(n)
	}
	return strings.Join(out, ", ")
}

// Made refuses until the wave's packets were made.
func (c *Campaign) Made(tx *store.Tx, wave int) error {
	st, ok, err := tx.Wave(wave)
	if err == nil && (!ok || st.Opened.IsZero()) {
		return inspect.Refuse("plan.not-opened", "Wave", wave)
	}
	if err == nil {
		_, _, err = c.Committed(tx, wave)
	}
	return err
}

// AllOpen refuses while a leg of the wave is sealed still: what speaks of the whole wave must not
// speak of a part.
func (c *Campaign) AllOpen(tx *store.Tx, wave int) error {
	if err := c.Made(tx, wave); err != nil {
		return err
	}
	st, _, err := tx.Wave(wave)
	if err != nil {
		return err
	}
	legs, err := tx.Legs(wave)
	if err != nil {
		return err
	}
	legs = slices.DeleteFunc(legs, func(l inspect.StandingLeg) bool { return l.Sealed() })
	if len(legs) < st.Legs {
		return inspect.Refuse("packet.still-sealed", "Wave", wave, "N", st.Legs-len(legs), "All", st.Legs)
	}
	return nil
}

// publicStages are the stages whose shares are published; the deeper ones say where children live
// and are opened to auditors only.
var PublicStages = []inspect.Stage{inspect.StageCounty, inspect.StageAssign}

// MayReveal refuses while somebody could still be warned.
func (c *Campaign) MayReveal(tx *store.Tx, wave int) error {
	st, r, err := c.Committed(tx, wave)
	if err != nil {
		return err
	}
	if st.Opened.IsZero() {
		if end := r.Window.To.Add(1).Time(); c.Now().Before(end) {
			return inspect.Refuse("plan.reveal-early", "Until", end.Format("2006-01-02 15:04"))
		}
		return nil
	}
	if err := c.AllOpen(tx, wave); err != nil {
		return err
	}
	legs, err := tx.Legs(wave)
	if err != nil {
		return err
	}
	var open []int
	for _, l := range legs {
		if l.Closed.IsZero() {
			open = append(open, l.No)
		}
	}
	if len(open) > 0 {
		return inspect.Refuse("plan.reveal-open", "N", len(open), "Legs", numbers(open[:min(5, len(open))]))
	}
	return nil
}

// NotRevealed refuses acts of the ceremony and the field once the wave's shares are public: they
// would be drawn, or sent out, under everybody's eyes.
func NotRevealed(tx *store.Tx, wave int) error {
	revealed, err := tx.Reveals(wave)
	if err == nil && len(revealed) > 0 {
		return inspect.Refuse("plan.after-reveal", "Wave", wave)
	}
	return err
}

// Visits returns the visits of a wave, or of one of its legs where leg is not 0.
func (c *Campaign) Visits(ctx context.Context, wave, leg int) (visits []inspect.StandingVisit, err error) {
	err = c.View(ctx, func(tx *store.Tx) error {
		if err := c.Made(tx, wave); err != nil {
			return err
		}
		if leg != 0 {
			visits, err = tx.LegVisits(wave, leg)
		} else {
			visits, err = tx.Visits(wave)
		}
		return err
	})
	return visits, err
}

// Findings returns the findings of a wave by id.
func (c *Campaign) Findings(ctx context.Context, wave int) (fs []inspect.Finding, err error) {
	err = c.View(ctx, func(tx *store.Tx) error {
		fs, err = tx.Findings(wave)
		return err
	})
	return fs, err
}

// NotFrozen refuses what would change a wave after its score was frozen: from then on there are
// numbered corrections only.
func NotFrozen(tx *store.Tx, wave int) error {
	s, ok, err := tx.LastScore(wave)
	if err != nil || !ok {
		return err
	}
	return inspect.Refuse("score.frozen", "Wave", wave, "At", s.At.Format(time.DateTime))
}

// SealedNames are the names and codes below county that a wave drew: none may be published.
func SealedNames(tx *store.Tx) (privacy.Context, error) {
	var ctx privacy.Context
	waves, err := tx.Waves()
	if err != nil {
		return ctx, err
	}
	for _, no := range waves {
		visits, err := tx.Visits(no)
		if err != nil {
			return ctx, err
		}
		for _, v := range visits {
			if v.Kind == inspect.CO {
				continue
			}
			ctx.Codes, ctx.Counties = append(ctx.Codes, v.Unit), append(ctx.Counties, v.Places.County)
			ctx.Names = append(ctx.Names, v.Places.Township, v.Places.Village, v.Places.Name)
		}
	}
	for _, list := range []*[]string{&ctx.Names, &ctx.Codes, &ctx.Counties} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
		*list = slices.DeleteFunc(*list, func(s string) bool { return s == "" })
	}
	return ctx, nil
}
