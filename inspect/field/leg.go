package field

import (
	"context"
	"os"
	"slices"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/frame"
	"zhicha/inspect/ledger"
	"zhicha/inspect/plan"
	"zhicha/inspect/store"
)

// SuspendLeg notes why nothing more of a leg may be handed out; an empty reason and lift true let
// it go on.
func SuspendLeg(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave, no int, reason string, lift bool) error {
	return actOnLeg(ctx, c, who, wave, no, reason, func(tx *store.Tx, l *inspect.StandingLeg, p *campaign.Acting) error {
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
	}, func(act ledger.LegAct) ledger.Body {
		if lift {
			return ledger.Resumption{LegAct: act}
		}
		return ledger.Suspension{LegAct: act}
	})
}

// ExcludeLeg keeps a leg, one whose target is suspected to have leaked say, and leaves it out of
// the scores. It stands among the planned visits, so that the loss shows in the coverage.
func ExcludeLeg(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave, no int, reason string) error {
	return actOnLeg(ctx, c, who, wave, no, reason, func(tx *store.Tx, l *inspect.StandingLeg, p *campaign.Acting) error {
		if l.Excluded != "" {
			return inspect.Refuse("leg.excluded", "Leg", no, "Reason", l.Excluded)
		}
		if err := campaign.NotFrozen(tx, wave); err != nil {
			return err
		}
		return tx.ExcludeLeg(wave, no, reason, p.ID, c.Now())
	}, func(act ledger.LegAct) ledger.Body { return ledger.Exclusion{LegAct: act} })
}

// actOnLeg lets a reviewer decide about a leg, with a reason, and logs it as body says.
func actOnLeg(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave, no int, reason string,
	act func(*store.Tx, *inspect.StandingLeg, *campaign.Acting) error, body func(ledger.LegAct) ledger.Body) error {
	p, err := c.Acts(who, inspect.RoleReviewer)
	if err != nil {
		return err
	}
	if reason == "" {
		return inspect.Misuse("leg.reason")
	}
	salt, err := c.NewSalt()
	if err != nil {
		return err
	}
	return c.Update(ctx, func(tx *store.Tx) error {
		if err := c.Made(tx, wave); err != nil {
			return err
		}
		l, err := plan.LegOf(tx, wave, no)
		if err != nil {
			return err
		}
		if err := act(tx, &l, p); err != nil {
			return err
		}
		kind := body(ledger.LegAct{}).Kind()
		return c.EnterDecided(tx, p, salt, c.Now(), wave, [][]string{ledger.LegActRow(kind, wave, no, p.ID, reason)}, func(root inspect.Digest) ledger.Body {
			return body(ledger.LegAct{Wave: wave, Leg: no, By: campaign.PersonHash(p.Person), Root: root})
		})
	})
}

// rewritePackets writes the packets of some legs again, as their visits stand, under the codes they
// had: what was handed out before still sends the team to the old place.
func rewritePackets(ctx context.Context, c *campaign.Campaign, f *frame.Frame, wave int, legs []int) ([]string, error) {
	in, err := inputsFor(ctx, c, wave)
	if err != nil {
		return nil, err
	}
	if in.room, err = roomFor(c, f, in); err != nil {
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
	return writePackets(ctx, c, outfits, in, formatsOf(c, wave, legs[0]))
}

// formatsOf are the formats in which a packet was written before.
func formatsOf(c *campaign.Campaign, wave, leg int) (out []string) {
	for i, name := range []string{formFile(wave, leg), RungFile(wave, leg, inspect.RungVillage)} { // in the order of Formats
		if _, err := os.Stat(c.Path(name)); err == nil {
			out = append(out, Formats[i])
		}
	}
	return out
}

// CloseLegs notes that nothing more is expected of a leg. Visits without an approved report need
// a reason, which is kept with the leg.
func CloseLegs(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int, numbers []int, reason string) error {
	p, err := c.Acts(who, inspect.RoleReviewer)
	if err != nil {
		return err
	}
	salt, err := c.NewSalt()
	if err != nil {
		return err
	}
	numbers = slices.Sorted(slices.Values(numbers))
	return c.Update(ctx, func(tx *store.Tx) error {
		legs, err := tx.Legs(wave)
		if err != nil {
			return err
		}
		now, body, rows := c.Now(), ledger.Closing{Wave: wave, Legs: numbers, By: campaign.PersonHash(p.Person)}, [][]string{}
		for _, no := range numbers {
			i := slices.IndexFunc(legs, func(l inspect.StandingLeg) bool { return l.No == no })
			if i < 0 {
				return inspect.Misuse("leg.unknown", "Leg", no, "Wave", wave)
			}
			l := &legs[i]
			if l.Sealed() { // what it was to visit would be lost
				return inspect.Refuse("leg.sealed", "Leg", no)
			}
			if err := l.MayClose(reason); err != nil {
				return err
			}
			if err := tx.CloseLeg(wave, no, p.ID, reason, now); err != nil {
				return err
			}
			l.Closed = now // named twice, it is closed already
			visits, err := tx.LegVisits(wave, no)
			if err != nil {
				return err
			}
			body.Visits, body.Approved = body.Visits+l.Visits, body.Approved+l.Approved
			rows = append(rows, ledger.ClosingRows(wave, no, p.ID, reason, visits)...)
		}
		if len(numbers) == 0 {
			return nil
		}
		return c.EnterDecided(tx, p, salt, now, wave, rows, func(root inspect.Digest) ledger.Body { body.Root = root; return body })
	})
}
