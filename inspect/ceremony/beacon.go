package ceremony

import (
	"context"
	"strings"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
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
		if now.Before(r.Beacon.At) {
			return false, inspect.Refuse("plan.beacon-before", "At", r.Beacon.At.Format(time.DateTime))
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
		if err := r.Beacon.Accept(first, value); err != nil {
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
