package campaign

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/draw"
	"zhicha/inspect/store"
)

// Commit fixes everything the draw reads and returns D, the digest to print and publish. It
// refuses until the check is authorised (R01), the frame frozen (R02) and every input in order.
func (c *Campaign) Commit(ctx context.Context, as string, wave int) (inspect.Digest, error) {
	if _, err := c.actor(as, "drawer"); err != nil {
		return inspect.Digest{}, err
	}
	var d inspect.Digest
	err := c.Update(ctx, func(tx *store.Tx) error {
		if _, done, err := tx.Wave(wave); err != nil || done {
			return cmp.Or[error](err, inspect.Refuse("plan.committed", "Wave", wave))
		}
		r, err := c.record(tx, wave)
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
		paper, err := c.commitSheet(r, d)
		if err != nil {
			return err
		}
		if err := c.keepTeams(tx, r); err != nil {
			return err
		}
		name := c.path(ceremonyDir, fmt.Sprintf("commit-%d", wave))
		return errors.Join(writeFile(name+".html", paper, 0o644), writeFile(name+".json", append(raw, '\n'), 0o644))
	})
	return d, err
}

// teamsFile is where the public team table of a wave is kept until the reveal publishes it.
func teamsFile(wave int) string { return fmt.Sprintf("%s/teams-%d.json", ceremonyDir, wave) }

// keepTeams keeps the team table as committed, since the roster may change for the next wave, and
// notes which roster gave it.
func (c *Campaign) keepTeams(tx *store.Tx, r *draw.Record) error {
	_, teams, err := c.Roster(r.Wave)
	if err != nil {
		return err
	}
	raw, err := inspect.CanonicalJSON(teams)
	if err != nil {
		return err
	}
	roster, err := os.ReadFile(c.path(rosterFile))
	if err != nil {
		return err
	}
	return errors.Join(writeFile(c.path(teamsFile(r.Wave)), raw, 0o600), tx.SetMeta(rosterMeta(r.Wave), inspect.DigestOf(roster).String()))
}

// rosterMeta is where the digest of the roster that a wave committed to is kept.
func rosterMeta(wave int) string { return fmt.Sprintf("roster-%d", wave) }

// teamsDigest is the digest of the team table that the roster gives. The very file that was committed
// to gives the table it gave then; any other is read.
func (c *Campaign) teamsDigest(tx *store.Tx, wave int) (d inspect.Digest, err error) {
	was, err := tx.Meta(rosterMeta(wave))
	if err != nil {
		return d, err
	}
	if data, err := os.ReadFile(c.path(rosterFile)); err == nil && was != "" && was == inspect.DigestOf(data).String() {
		_, r, err := c.committed(tx, wave)
		if err != nil {
			return d, err
		}
		return r.Teams, nil
	}
	_, teams, err := c.Roster(wave)
	if err != nil {
		return d, err
	}
	raw, err := inspect.CanonicalJSON(teams)
	return inspect.DigestOf(raw), err
}

// record puts together what a draw of the wave reads, from the folder as it stands.
func (c *Campaign) record(tx *store.Tx, wave int) (*draw.Record, error) {
	w, err := c.Config.wave(wave)
	if err != nil {
		return nil, err
	}
	frozen, err := c.frozen(tx, w)
	if err != nil {
		return nil, err
	}
	list, err := c.Checklist()
	if err != nil {
		return nil, err
	}
	teams, err := c.teamsDigest(tx, wave)
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
		if slices.Contains(p.Roles, "custodian") {
			r.Custodians = append(r.Custodians, draw.Custodian{ID: p.ID, Body: p.Body, Recipient: p.Key})
		}
	}
	slices.SortFunc(r.Custodians, func(a, b draw.Custodian) int { return strings.Compare(a.ID, b.ID) })
	return r, nil
}

// committed returns a committed wave and its record.
func (c *Campaign) committed(tx *store.Tx, wave int) (store.Wave, *draw.Record, error) {
	st, ok, err := tx.Wave(wave)
	if err != nil || !ok {
		return st, nil, cmp.Or[error](err, inspect.Refuse("plan.not-committed", "Wave", wave))
	}
	var r draw.Record
	if err := json.Unmarshal(st.Record, &r); err != nil {
		return st, nil, err
	}
	r.Beacon.At = r.Beacon.At.In(inspect.Beijing)
	return st, &r, nil
}
