package ceremony

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/assign"
	"zhicha/inspect/campaign"
	"zhicha/inspect/draw"
	"zhicha/inspect/plan"
	"zhicha/inspect/store"
)

// Commit fixes everything the draw reads and returns D, the digest to print and publish. It
// refuses until the check is authorised (R01), the frame frozen (R02) and every input in order.
func Commit(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int) (inspect.Digest, error) {
	p, err := c.Acts(who, inspect.RoleDrawer)
	if err != nil {
		return inspect.Digest{}, err
	}
	if err := papersLeft(ctx, c, wave); err != nil {
		return inspect.Digest{}, err
	}
	if err := feasible(ctx, c, wave); err != nil {
		return inspect.Digest{}, err
	}
	return campaign.Update(ctx, c, func(tx *store.Tx) (d inspect.Digest, err error) {
		if _, done, err := tx.Wave(wave); err != nil || done {
			return d, cmp.Or[error](err, inspect.Refuse("plan.committed", "Wave", wave))
		}
		r, err := record(c, tx, wave)
		if err != nil {
			return d, err
		}
		if err := draw.CheckRecord(r); err != nil {
			return d, err
		}
		now := c.Now()
		if err := r.Beacon.CheckLead(now); err != nil {
			return d, err
		}
		raw, err := inspect.CanonicalJSON(r)
		if err != nil {
			return d, err
		}
		if err := errors.Join(tx.CommitWave(wave, raw, now), c.KeepInputs(tx, p, r), c.NoteSettings(tx, wave)); err != nil {
			return d, err
		}
		tx.After(func() error { return writePapers(c, r, raw) })
		return inspect.DigestOf(raw), nil
	})
}

// feasible refuses what could only fail after the beacon, when nothing can be changed and a lottery is spent: an assignment that
// the teams cannot keep, and a score whose variance cannot be told.
func feasible(ctx context.Context, c *campaign.Campaign, wave int) error {
	var r *draw.Record
	var teams []inspect.Team
	err := c.View(ctx, func(tx *store.Tx) (err error) {
		if _, done, err := tx.Wave(wave); err != nil || done {
			return err // which refuses by itself
		}
		if r, err = record(c, tx, wave); err != nil {
			return err
		}
		roster, err := c.Roster(tx, wave)
		if err == nil {
			teams = roster[0].Teams
		}
		return err
	})
	if err != nil || r == nil || draw.CheckRecord(r) != nil {
		return err
	}
	if a := c.Config.Authority; a.Approver == "" || a.ApprovedOn == "" || inspect.Date(a.ApprovedOn) > inspect.DateOf(c.Now()) {
		return inspect.Refuse("plan.authority", "Approver", a.Approver, "On", a.ApprovedOn)
	}
	w, err := c.Config.Wave(wave)
	if err != nil {
		return err
	}
	f, _, err := c.OpenFrame(w)
	if err != nil {
		return err
	}
	if alone := plan.Alone(f.Counties, w.Design); r.Kind == "random" && r.Rules.Lonely == "fail" && len(alone) > 0 {
		return inspect.Refuse("plan.lonely", "Wave", wave, "N", len(alone), "Strata", strings.Join(alone, ", "))
	}
	kept, why, err := plan.Try(f.Counties, w.Design, assign.Input{Wave: wave, Teams: teams, Rule: r.Assign, Hours: r.Hours, Window: r.Window, Closed: r.Closed, LegDays: r.LegDays})
	if err != nil || why == nil {
		return err
	}
	return append(inspect.Problems{inspect.Refuse("plan.trials", "Wave", wave, "Kept", kept, "N", plan.Trials)}, inspect.ProblemsOf(why)...)
}

// papersLeft writes the papers of a commit that was killed before it could: whoever commits again is
// refused, and finds them.
func papersLeft(ctx context.Context, c *campaign.Campaign, wave int) error {
	st, err := campaign.View(ctx, c, func(tx *store.Tx) (store.Wave, error) {
		st, _, err := tx.Wave(wave)
		return st, err
	})
	if err != nil || st.Record == nil {
		return err
	}
	if _, err := os.Stat(c.Path(recordFile(wave))); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	r, _, err := plan.ParseRecord(recordFile(wave), st.Record)
	if err != nil {
		return err
	}
	return writePapers(c, r, st.Record)
}

// recordFile is the commit record for the parties to sign, below the campaign folder.
func recordFile(wave int) string { return fmt.Sprintf("%s/commit-%d.json", campaign.CeremonyDir, wave) }

// writePapers writes what a commit leaves on disk, the record last: where it is there, so is the rest.
func writePapers(c *campaign.Campaign, r *draw.Record, raw []byte) error {
	paper, err := commitSheet(c, r, inspect.DigestOf(raw))
	if err != nil {
		return err
	}
	if err := campaign.WriteFile(c.Path(campaign.CeremonyDir, fmt.Sprintf("commit-%d.html", r.Wave)), paper, 0o600); err != nil {
		return err
	}
	return campaign.WriteFile(c.Path(recordFile(r.Wave)), append(slices.Clone(raw), '\n'), 0o600)
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
	calendar, err := c.Calendar(tx, wave)
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
		Beacon: draw.Beacon{Event: w.Ceremony.Beacon.EventZh, Issue: w.Ceremony.Beacon.Issue, At: w.Ceremony.Beacon.At.In(inspect.Beijing), Rule: w.Ceremony.Beacon.Rule},
		Rules:  c.Config.Rules(), RevealBy: w.Ceremony.RevealBy,
	}
	design, err := inspect.CanonicalJSON(w.Design)
	if err != nil {
		return nil, err
	}
	r.Design = inspect.DigestOf(design)
	people, err := c.People() // not whom an edit of config.yaml would seal the plan to
	if err != nil {
		return nil, err
	}
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
	for _, p := range people {
		if slices.Contains(p.Roles, inspect.RoleCustodian) {
			r.Custodians = append(r.Custodians, draw.Custodian{ID: p.ID, Body: p.Body, Recipient: p.Key})
		}
	}
	slices.SortFunc(r.Custodians, func(a, b draw.Custodian) int { return strings.Compare(a.ID, b.ID) })
	return r, nil
}
