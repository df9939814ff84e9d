package campaign

import (
	"context"
	"encoding/hex"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/draw"
	"zhicha/inspect/store"
)

// publicStages are the stages whose shares are published; the deeper ones say where children live
// and are opened to auditors only.
var publicStages = []inspect.Stage{inspect.StageCounty, inspect.StageAssign}

// Reveal publishes the shares of a wave's county and assign stages, so that anyone can recompute
// which counties were drawn and which region's team went there. It is refused while a leg is
// open, and before the committed window has ended for a plan that was never opened. Deeper stages
// say where children live and are refused.
func (c *Campaign) Reveal(ctx context.Context, as string, wave int, stages []inspect.Stage, keyFiles []string) error {
	if _, err := c.actor(as, "drawer"); err != nil {
		return err
	}
	for _, s := range stages {
		if !slices.Contains(inspect.Stages, s) {
			return inspect.Misuse("plan.unknown-stage", "Stage", string(s))
		}
		if !slices.Contains(publicStages, s) {
			return inspect.Refuse("plan.reveal-deeper", "Stage", string(s))
		}
	}
	return c.Update(ctx, func(tx *store.Tx) error {
		_, r, err := c.committed(tx, wave)
		if err != nil {
			return err
		}
		if err := c.mayReveal(tx, wave); err != nil {
			return err
		}
		before, err := tx.Reveals(wave)
		if err != nil {
			return err
		}
		for _, stage := range stages {
			if before[stage] != nil {
				return inspect.Refuse("plan.revealed", "Stage", string(stage), "Wave", wave)
			}
		}
		all, err := c.shares(r, keyFiles)
		if err != nil {
			return err
		}
		for _, stage := range publicStages { // in their own order, however often one was named
			if !slices.Contains(stages, stage) {
				continue
			}
			shares := map[string]string{}
			for _, p := range r.Parties {
				share := all[p.ID][stage]
				if draw.Commitment(share, r.Campaign, r.Wave, p.ID, stage) != p.Commitments[stage] {
					return inspect.Refuse("draw.share-wrong", "Party", p.ID, "Stage", string(stage))
				}
				shares[p.ID] = hex.EncodeToString(share[:])
			}
			now := c.Now()
			if err := tx.PutReveal(wave, stage, shares, now); err != nil {
				return err
			}
			body := map[string]any{"wave": wave, "stage": stage, "shares": shares}
			if stage == inspect.StageCounty {
				moved, err := countySubstitutions(tx, wave)
				if err != nil {
					return err
				}
				if len(moved) > 0 {
					body["substituted"] = moved
				}
			}
			if err := tx.Append(now, "revealed", body); err != nil {
				return err
			}
		}
		return nil
	})
}

// mayReveal refuses while somebody could still be warned.
func (c *Campaign) mayReveal(tx *store.Tx, wave int) error {
	st, r, err := c.committed(tx, wave)
	if err != nil {
		return err
	}
	if st.Opened.IsZero() {
		if end := r.Window.To.Add(1).Time(); c.Now().Before(end) {
			return inspect.Refuse("plan.reveal-early", "Until", end.Format("2006-01-02 15:04"))
		}
		return nil
	}
	if err := c.allOpen(tx, wave); err != nil {
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

// notRevealed refuses acts of the ceremony and the field once the wave's shares are public: they
// would be drawn, or sent out, under everybody's eyes.
func notRevealed(tx *store.Tx, wave int) error {
	revealed, err := tx.Reveals(wave)
	if err == nil && len(revealed) > 0 {
		return inspect.Refuse("plan.after-reveal", "Wave", wave)
	}
	return err
}
