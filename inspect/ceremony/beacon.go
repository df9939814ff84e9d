package ceremony

import (
	"context"
	"slices"
	"strings"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/draw"
	"zhicha/inspect/ledger"
	"zhicha/inspect/store"
)

// Beacon takes one person's reading of the beacon. The first is kept; the second must come from
// somebody else, agree, and match the committed rule. It reports whether the beacon now stands.
func Beacon(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int, value string) (stands bool, err error) {
	p, err := c.Acts(who, inspect.RoleWitness)
	if err != nil {
		return false, err
	}
	return campaign.Update(ctx, c, func(tx *store.Tx) (stands bool, err error) {
		st, r, err := c.Committed(tx, wave)
		if err != nil {
			return false, err
		}
		if err := campaign.NotRevealed(tx, wave); err != nil {
			return false, err
		}
		now := c.Now()
		beacon, _, err := counts(tx, wave, r)
		if err != nil {
			return false, err
		}
		if now.Before(beacon.At) {
			return false, inspect.Refuse("plan.beacon-before", "At", beacon.At.Format(time.DateTime))
		}
		owed, err := Missing(c, tx, r)
		if err != nil {
			return false, err
		}
		if len(owed) > 0 {
			return false, inspect.Refuse("plan.unsigned", "Wave", wave, "Missing", strings.Join(owed, ", "))
		}
		complete, err := campaign.Completed(tx, wave)
		if err != nil {
			return false, err
		}
		if err := r.Beacon.CheckLead(complete); err != nil {
			return false, err
		}
		if st.Beacon != "" {
			return false, inspect.Refuse("plan.beacon-stands", "Wave", wave, "Value", st.Beacon)
		}
		typed, err := tx.Beacons(wave)
		if err != nil {
			return false, err
		}
		first := value
		if len(typed) > 0 && typed[0].Typist == p.ID {
			if typed[0].Value == value {
				return false, inspect.Refuse("plan.beacon-same-person", "ID", p.ID)
			}
			typed = nil // the first typist mends a slip before the second has agreed
		}
		if len(typed) > 0 {
			first = typed[0].Value
		}
		if err := beacon.Accept(first, value); err != nil {
			return false, err
		}
		if err := tx.PutBeacon(wave, p.ID, value, now); err != nil || len(typed) == 0 {
			return false, err
		}
		if err := tx.SetBeacon(wave, value); err != nil {
			return false, err
		}
		return true, campaign.Enter(tx, now, ledger.BeaconValue{Wave: wave, Value: value})
	})
}

// counts is the beacon a wave waits for: the committed one or, where that gave no result, its next issue.
func counts(tx *store.Tx, wave int, r *draw.Record) (b draw.Beacon, postponed bool, err error) {
	entries, err := tx.EntriesOf(string(ledger.BeaconPostponed))
	if err != nil {
		return b, false, err
	}
	for _, e := range entries {
		body, err := ledger.Read[ledger.Postponement](e.Body)
		if err != nil {
			return b, false, inspect.Refuse("ledger.damaged", "Cause", err.Error())
		}
		if body.Wave == wave {
			b, err := r.Beacon.Next(body.At)
			return b, true, err
		}
	}
	return r.Beacon, false, nil
}

// Postpone lets two people say that the committed event gave no result, and when its next issue, which
// then counts, becomes public. It is refused once that issue may be known, and a second time.
func Postpone(ctx context.Context, c *campaign.Campaign, who, with campaign.Actor, wave int, at time.Time, why string) (draw.Beacon, error) {
	reason := ledger.PostponeReason(why)
	if !slices.Contains(ledger.PostponeReasons, reason) {
		return draw.Beacon{}, inspect.Misuse("plan.postpone-reason", "Reason", why)
	}
	by, err := c.Two(who, with)
	if err != nil {
		return draw.Beacon{}, err
	}
	return campaign.Update(ctx, c, func(tx *store.Tx) (none draw.Beacon, err error) {
		st, r, err := c.Committed(tx, wave)
		if err != nil {
			return none, err
		}
		if err := campaign.NotRevealed(tx, wave); err != nil {
			return none, err
		}
		if st.Beacon != "" {
			return none, inspect.Refuse("plan.beacon-stands", "Wave", wave, "Value", st.Beacon)
		}
		if b, postponed, err := counts(tx, wave, r); err != nil {
			return none, err
		} else if postponed {
			return none, inspect.Refuse("plan.postponed", "Issue", b.Issue, "At", b.At.Format(time.DateTime))
		}
		next, err := r.Beacon.Next(at)
		if err != nil {
			return none, err
		}
		now := c.Now()
		if now.Before(r.Beacon.At) || !now.Before(next.At) || !next.At.Before(r.Window.From.Time()) {
			return none, inspect.Refuse("plan.postpone-late", "From", r.Beacon.At.Format(time.DateTime), "At", next.At.Format(time.DateTime), "Window", r.Window.From)
		}
		_, err = campaign.Together(tx, now, ledger.Postponement{Wave: wave, Issue: next.Issue, At: next.At, Reason: reason}, by...)
		return next, err
	})
}
