package ceremony

import (
	"context"
	"encoding/hex"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/draw"
	"zhicha/inspect/ledger"
	"zhicha/inspect/store"
)

// Reveal publishes the shares of a wave's county and assign stages, so that anyone can recompute
// which counties were drawn and which region's team went there. It is refused while a leg is
// open, and before the committed window has ended for a plan that was never opened. Deeper stages
// say where children live and are refused.
func Reveal(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int, stages []inspect.Stage, keys campaign.Custody) error {
	if _, err := c.Acts(who, inspect.RoleDrawer); err != nil {
		return err
	}
	for _, s := range stages {
		if !slices.Contains(inspect.Stages, s) {
			return inspect.Misuse("plan.unknown-stage", "Stage", string(s))
		}
		if !slices.Contains(campaign.PublicStages, s) {
			return inspect.Refuse("plan.reveal-deeper", "Stage", string(s))
		}
	}
	return c.Update(ctx, func(tx *store.Tx) error {
		_, r, err := c.Committed(tx, wave)
		if err != nil {
			return err
		}
		if err := c.MayReveal(tx, wave); err != nil {
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
		all, err := shares(c, r, keys)
		if err != nil {
			return err
		}
		for _, stage := range campaign.PublicStages { // in their own order, however often one was named
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
			body := ledger.Reveal{Wave: wave, Stage: stage, Shares: shares}
			if stage == inspect.StageCounty {
				if body.Substituted, err = countySubstitutions(tx, wave); err != nil {
					return err
				}
			}
			if err := campaign.Enter(tx, now, body); err != nil {
				return err
			}
		}
		return nil
	})
}

// countySubstitutions is what the reveal of the county stage opens: drawn ∪ reserves = reported.
func countySubstitutions(tx *store.Tx, wave int) (out []ledger.Opened, err error) {
	all, err := tx.Substitutions(wave)
	for _, s := range all {
		if s.Kind == inspect.CO {
			out = append(out, ledger.Opened{No: s.No, Leg: s.Leg, Replaced: s.Replaced, Reserve: s.Reserve, Salt: s.Salt})
		}
	}
	return out, err
}
