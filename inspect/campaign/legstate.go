package campaign

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/store"
)

// LegSuspend notes why nothing more of a leg may be handed out; an empty reason and lift true let
// it go on.
func (c *Campaign) LegSuspend(ctx context.Context, as string, wave, no int, reason string, lift bool) error {
	return c.actOnLeg(ctx, as, wave, no, reason, func(tx *store.Tx, l *store.Leg, p *Person) error {
		switch {
		case !l.Closed.IsZero():
			return inspect.Refuse("leg.closed", "Leg", no, "At", l.Closed.Format(time.DateTime))
		case lift && l.Suspended == "":
			return inspect.Refuse("leg.not-suspended", "Leg", no)
		case !lift && l.Suspended != "":
			return inspect.Refuse("leg.suspended", "Leg", no, "Reason", l.Suspended)
		case lift:
			return tx.SuspendLeg(wave, no, "", p.ID, reason, c.env.Now())
		}
		return tx.SuspendLeg(wave, no, reason, p.ID, reason, c.env.Now())
	})
}

// LegExclude keeps a leg, one whose target is suspected to have leaked say, and leaves it out of
// the scores. It stands among the planned visits, so that the loss shows in the coverage.
func (c *Campaign) LegExclude(ctx context.Context, as string, wave, no int, reason string) error {
	return c.actOnLeg(ctx, as, wave, no, reason, func(tx *store.Tx, l *store.Leg, p *Person) error {
		if l.Excluded != "" {
			return inspect.Refuse("leg.excluded", "Leg", no, "Reason", l.Excluded)
		}
		return tx.ExcludeLeg(wave, no, reason, p.ID, c.env.Now())
	})
}

// actOnLeg lets a reviewer decide about a leg, with a reason.
func (c *Campaign) actOnLeg(ctx context.Context, as string, wave, no int, reason string, act func(*store.Tx, *store.Leg, *Person) error) error {
	p, err := c.actor(as, reviewer)
	if err != nil {
		return err
	}
	if reason == "" {
		return inspect.Misuse("leg.reason")
	}
	return c.db.Update(ctx, func(tx *store.Tx) error {
		if err := c.opened(tx, wave); err != nil {
			return err
		}
		l, err := legOf(tx, wave, no)
		if err != nil {
			return err
		}
		return act(tx, &l, p)
	})
}

// mayGo refuses what would be handed out of a suspended leg.
func mayGo(l *store.Leg) error {
	if l.Suspended != "" && l.Closed.IsZero() {
		return inspect.Refuse("leg.suspended", "Leg", l.No, "Reason", l.Suspended)
	}
	return nil
}

// standingPlan is an opened plan as it stands: without what gave way to a reserve, and bottom-up
// within each leg (R11). only names the legs wanted; nil wants all.
func (c *Campaign) standingPlan(ctx context.Context, wave int, only []int) (*inspect.Plan, error) {
	p := &inspect.Plan{Wave: wave}
	err := c.db.View(ctx, func(tx *store.Tx) error {
		legs, err := tx.Legs(wave)
		if err != nil {
			return err
		}
		for i := range legs {
			if only != nil && !slices.Contains(only, legs[i].No) {
				continue
			}
			if err := mayGo(&legs[i]); err != nil {
				return err
			}
			p.Legs = append(p.Legs, legs[i].Leg)
		}
		visits, err := tx.Visits(wave)
		for i := range visits {
			if visits[i].State != inspect.VisitSubstituted && (only == nil || slices.Contains(only, visits[i].Leg)) {
				p.Visits = append(p.Visits, visits[i].Visit)
			}
		}
		return err
	})
	slices.SortStableFunc(p.Visits, func(a, b inspect.Visit) int {
		return cmp.Or(cmp.Compare(a.Leg, b.Leg), cmp.Compare(slices.Index(inspect.Kinds, a.Kind), slices.Index(inspect.Kinds, b.Kind)), cmp.Compare(a.Seq, b.Seq))
	})
	return p, err
}

// rewritePackets writes the packets of some legs again, as their visits stand.
func (c *Campaign) rewritePackets(ctx context.Context, wave int, legs []int) (files []string, err error) {
	plan, err := c.standingPlan(ctx, wave, legs)
	if err != nil {
		return nil, err
	}
	in, err := c.packetInputs(ctx, wave)
	if err != nil {
		return nil, err
	}
	for _, no := range legs {
		files = append(files, filepath.ToSlash(packetFile(wave, no)))
		// the form still sends the team to the old place; zhicha packet form writes it anew
		if err := os.Remove(c.path(formFile(wave, no))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return files, c.writePackets(ctx, plan, in)
}
