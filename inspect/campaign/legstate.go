package campaign

import (
	"cmp"
	"context"
	"os"
	"slices"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/frame"
	"zhicha/inspect/store"
)

// LegSuspend notes why nothing more of a leg may be handed out; an empty reason and lift true let
// it go on.
func (c *Campaign) LegSuspend(ctx context.Context, as string, wave, no int, reason string, lift bool) error {
	return c.actOnLeg(ctx, as, wave, no, reason, func(tx *store.Tx, l *inspect.StandingLeg, p *Person) error {
		switch {
		case !l.Closed.IsZero():
			return inspect.Refuse("leg.closed", "Leg", no, "At", l.Closed.Format(time.DateTime))
		case lift && l.Suspended == "":
			return inspect.Refuse("leg.not-suspended", "Leg", no)
		case !lift && l.Suspended != "":
			return inspect.Refuse("leg.suspended", "Leg", no, "Reason", l.Suspended)
		case lift:
			return tx.SuspendLeg(wave, no, "", p.ID, reason, c.Now())
		}
		return tx.SuspendLeg(wave, no, reason, p.ID, reason, c.Now())
	})
}

// LegExclude keeps a leg, one whose target is suspected to have leaked say, and leaves it out of
// the scores. It stands among the planned visits, so that the loss shows in the coverage.
func (c *Campaign) LegExclude(ctx context.Context, as string, wave, no int, reason string) error {
	return c.actOnLeg(ctx, as, wave, no, reason, func(tx *store.Tx, l *inspect.StandingLeg, p *Person) error {
		if l.Excluded != "" {
			return inspect.Refuse("leg.excluded", "Leg", no, "Reason", l.Excluded)
		}
		return tx.ExcludeLeg(wave, no, reason, p.ID, c.Now())
	})
}

// actOnLeg lets a reviewer decide about a leg, with a reason.
func (c *Campaign) actOnLeg(ctx context.Context, as string, wave, no int, reason string, act func(*store.Tx, *inspect.StandingLeg, *Person) error) error {
	p, err := c.actor(as, reviewer)
	if err != nil {
		return err
	}
	if reason == "" {
		return inspect.Misuse("leg.reason")
	}
	return c.Update(ctx, func(tx *store.Tx) error {
		if err := c.made(tx, wave); err != nil {
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
func mayGo(l *inspect.StandingLeg) error {
	if l.Suspended != "" && l.Closed.IsZero() {
		return inspect.Refuse("leg.suspended", "Leg", l.No, "Reason", l.Suspended)
	}
	return nil
}

// standing are the visits that have not given way to a reserve, bottom-up (R11).
func standing(visits []inspect.StandingVisit) []inspect.Visit {
	out := plain(slices.DeleteFunc(slices.Clone(visits), func(v inspect.StandingVisit) bool { return v.State == inspect.VisitSubstituted }))
	slices.SortStableFunc(out, func(a, b inspect.Visit) int {
		return cmp.Or(cmp.Compare(slices.Index(inspect.Kinds, a.Kind), slices.Index(inspect.Kinds, b.Kind)), cmp.Compare(a.Seq, b.Seq))
	})
	return out
}

// rewritePackets writes the packets of some legs again, as their visits stand, under the codes they
// had: what was handed out before still sends the team to the old place.
func (c *Campaign) rewritePackets(ctx context.Context, f *frame.Frame, wave int, legs []int) ([]string, error) {
	in, err := c.packetInputs(ctx, wave)
	if err != nil {
		return nil, err
	}
	if in.room, err = c.roomFor(f, in); err != nil {
		return nil, err
	}
	var outfits []outfit
	err = c.View(ctx, func(tx *store.Tx) error {
		outfits, err = openOutfits(tx, wave, legs)
		return err
	})
	if err != nil {
		return nil, err
	}
	return c.writePackets(ctx, outfits, in, c.formatsOf(wave, legs[0]))
}

// formatsOf are the formats in which a packet was written before.
func (c *Campaign) formatsOf(wave, leg int) (out []string) {
	for i, name := range []string{formFile(wave, leg), rungFile(wave, leg, inspect.RungVillage)} { // in the order of Formats
		if _, err := os.Stat(c.path(name)); err == nil {
			out = append(out, Formats[i])
		}
	}
	return out
}

// Legs returns the legs whose day has come, with where they stand.
func (c *Campaign) Legs(ctx context.Context, wave int) (legs []inspect.StandingLeg, err error) {
	err = c.View(ctx, func(tx *store.Tx) error {
		if err := c.made(tx, wave); err != nil {
			return err
		}
		legs, err = tx.Legs(wave)
		return err
	})
	return legs, err
}

// LegClose notes that nothing more is expected of a leg. Visits without an approved report need
// a reason, which is kept with the leg.
func (c *Campaign) LegClose(ctx context.Context, as string, wave int, numbers []int, reason string) error {
	if _, err := c.actor(as, reviewer); err != nil {
		return err
	}
	return c.Update(ctx, func(tx *store.Tx) error {
		legs, err := tx.Legs(wave)
		if err != nil {
			return err
		}
		byNo := map[int]inspect.StandingLeg{}
		for _, l := range legs {
			byNo[l.No] = l
		}
		for _, no := range numbers {
			l, ok := byNo[no]
			switch {
			case !ok:
				return inspect.Misuse("leg.unknown", "Leg", no, "Wave", wave)
			case !l.Closed.IsZero():
				return inspect.Refuse("leg.closed", "Leg", no, "At", l.Closed.Format(time.DateTime))
			case l.Approved < l.Visits && reason == "":
				return inspect.Refuse("leg.unfinished", "Leg", no, "Missing", l.Visits-l.Approved)
			}
			if err := tx.CloseLeg(wave, no, reason, c.Now()); err != nil {
				return err
			}
		}
		return nil
	})
}
