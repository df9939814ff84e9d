package campaign

import (
	"cmp"
	"context"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/store"
)

// Resolve settles a conflict: the reviewer names the version of the report that holds, and why.
// The other stays in the history.
func (c *Campaign) Resolve(ctx context.Context, as, id string, version int, reason string) error {
	p, err := c.actor(as, reviewer)
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
		if v.State != inspect.VisitHeld {
			return inspect.Refuse("visit.not-held", "ID", id, "State", string(v.State))
		}
		chosen, ok, err := tx.SetCurrent(id, version)
		if err != nil || !ok {
			return cmp.Or[error](err, inspect.Misuse("visit.no-version", "ID", id, "Version", version))
		}
		leg, err := legOf(tx, v.Wave, v.Leg)
		if err != nil {
			return err
		}
		if err := tx.PutReview(id, chosen.Digest, "resolved", p.ID, reason, c.Now()); err != nil {
			return err
		}
		return c.current(tx, v.Visit, chosen.Report, leg.Region, list, calendar)
	})
}

func legOf(src legSource, wave, no int) (inspect.StandingLeg, error) {
	legs, err := src.Legs(wave)
	i := slices.IndexFunc(legs, func(l inspect.StandingLeg) bool { return l.No == no })
	if err != nil || i < 0 {
		return inspect.StandingLeg{}, cmp.Or[error](err, inspect.Misuse("leg.unknown", "Leg", no, "Wave", wave))
	}
	return legs[i], nil
}
