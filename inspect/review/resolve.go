package review

import (
	"cmp"
	"context"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/plan"
	"zhicha/inspect/returns"
	"zhicha/inspect/store"
)

// Resolve settles a conflict: the reviewer names the version of the report that holds, and why.
// The other stays in the history.
func Resolve(ctx context.Context, c *campaign.Campaign, who campaign.Actor, id string, version int, reason string) error {
	p, err := c.Acts(who, inspect.RoleReviewer)
	if err != nil {
		return err
	}
	if reason == "" {
		return inspect.Misuse("visit.reason")
	}
	list, err := c.Checklist()
	if err != nil {
		return err
	}
	calendar, err := c.Calendar()
	if err != nil {
		return err
	}
	return c.Update(ctx, func(tx *store.Tx) error {
		v, ok, err := tx.Visit(id)
		if err != nil || !ok {
			return cmp.Or[error](err, inspect.Misuse("visit.unknown", "ID", id))
		}
		if _, _, err := c.Committed(tx, v.Wave); err != nil {
			return err
		}
		if v.State != inspect.VisitHeld {
			return inspect.Refuse("visit.not-held", "ID", id, "State", string(v.State))
		}
		chosen, ok, err := tx.SetCurrent(id, version)
		if err != nil || !ok {
			return cmp.Or[error](err, inspect.Misuse("visit.no-version", "ID", id, "Version", version))
		}
		leg, err := plan.LegOf(tx, v.Wave, v.Leg)
		if err != nil {
			return err
		}
		if err := tx.PutReview(id, chosen.Digest, "resolved", p.ID, reason, c.Now()); err != nil {
			return err
		}
		return returns.MakeCurrent(c, tx, v.Visit, chosen.Report, leg.Region, list, calendar)
	})
}
