package ceremony

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/draw"
	"zhicha/inspect/store"
)

// Commit fixes everything the draw reads and returns D, the digest to print and publish. It
// refuses until the check is authorised (R01), the frame frozen (R02) and every input in order.
func Commit(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int) (inspect.Digest, error) {
	if _, err := c.Acts(who, inspect.RoleDrawer); err != nil {
		return inspect.Digest{}, err
	}
	var d inspect.Digest
	err := c.Update(ctx, func(tx *store.Tx) error {
		if _, done, err := tx.Wave(wave); err != nil || done {
			return cmp.Or[error](err, inspect.Refuse("plan.committed", "Wave", wave))
		}
		r, err := record(c, tx, wave)
		if err != nil {
			return err
		}
		if err := draw.CheckRecord(r); err != nil {
			return err
		}
		now := c.Now()
		if err := r.Beacon.CheckLead(now); err != nil {
			return err
		}
		raw, err := inspect.CanonicalJSON(r)
		if err != nil {
			return err
		}
		d = inspect.DigestOf(raw)
		if err := tx.CommitWave(wave, raw, now); err != nil {
			return err
		}
		paper, err := commitSheet(c, r, d)
		if err != nil {
			return err
		}
		if err := c.KeepTeams(tx, r); err != nil {
			return err
		}
		name := c.Path(campaign.CeremonyDir, fmt.Sprintf("commit-%d", wave))
		return errors.Join(campaign.WriteFile(name+".html", paper, 0o644), campaign.WriteFile(name+".json", append(raw, '\n'), 0o644))
	})
	return d, err
}

// record puts together what a draw of the wave reads, from the folder as it stands.
func record(c *campaign.Campaign, tx *store.Tx, wave int) (*draw.Record, error) {
	w, err := c.Config.Wave(wave)
	if err != nil {
		return nil, err
	}
	frozen, err := c.Frozen(tx, w)
	if err != nil {
		return nil, err
	}
	list, err := c.Checklist()
	if err != nil {
		return nil, err
	}
	teams, err := c.TeamsDigest(tx, wave)
	if err != nil {
		return nil, err
	}
	calendar, err := c.Calendar()
	if err != nil {
		return nil, err
	}
	parties, err := tx.Parties(wave)
	if err != nil {
		return nil, err
	}
	r := &draw.Record{
		Algorithm: draw.Algorithm, Campaign: c.Config.Campaign.ID, Wave: wave, Kind: w.Kind, Plan: c.Config.Authority.PlanNo,
		Frame: frozen, Checklist: list.Digest(), Teams: teams, Calendar: inspect.DigestOf(calendar.Canonical()),
		Window: w.Window, Closed: w.ClosedDays, LegDays: w.Assign.LegDays, Hours: w.Hours, Assign: w.Assign,
		Beacon:   draw.Beacon{Event: w.Ceremony.Beacon.EventZh, Issue: w.Ceremony.Beacon.Issue, At: w.Ceremony.Beacon.At.In(inspect.Beijing), Rule: w.Ceremony.Beacon.Rule},
		RevealBy: w.Ceremony.RevealBy,
	}
	design, err := inspect.CanonicalJSON(w.Design)
	if err != nil {
		return nil, err
	}
	r.Design = inspect.DigestOf(design)
	for _, p := range w.Ceremony.Parties {
		i := slices.IndexFunc(parties, func(x store.Party) bool { return x.ID == p.ID })
		if i < 0 {
			return nil, inspect.Refuse("plan.party-missing", "ID", p.ID, "Wave", wave)
		}
		party, err := fromParty(parties[i], p.NameZh)
		if err != nil {
			return nil, err
		}
		r.Parties = append(r.Parties, party)
	}
	slices.SortFunc(r.Parties, func(a, b draw.Party) int { return strings.Compare(a.ID, b.ID) })
	for _, p := range c.Config.People {
		if slices.Contains(p.Roles, inspect.RoleCustodian) {
			r.Custodians = append(r.Custodians, draw.Custodian{ID: p.ID, Body: p.Body, Recipient: p.Key})
		}
	}
	slices.SortFunc(r.Custodians, func(a, b draw.Custodian) int { return strings.Compare(a.ID, b.ID) })
	return r, nil
}
