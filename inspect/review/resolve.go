package review

import (
	"cmp"
	"context"
	"slices"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ledger"
	"zhicha/inspect/plan"
	"zhicha/inspect/returns"
	"zhicha/inspect/store"
)

// Resolve settles which version of a visit's report holds where another one waits: the reviewer, who
// inspected nothing of it, names the version and why. The others stay in the history. An approved report
// gives way only to a correction that says why it was made, and the new one is then reviewed again; where
// the approved one holds, nothing changes. Once the wave's score was frozen nothing is settled here: what
// waits enters through a numbered correction (Adopt).
func Resolve(ctx context.Context, c *campaign.Campaign, who campaign.Actor, id string, version int, reason string) error {
	p, err := c.Acts(who, inspect.RoleReviewer)
	if err != nil {
		return err
	}
	salt, err := c.NewSalt()
	if err != nil {
		return err
	}
	return c.Update(ctx, func(tx *store.Tx) error {
		v, history, err := versionsOf(tx, id)
		if err != nil {
			return err
		}
		if _, _, err := c.Committed(tx, v.Wave); err != nil {
			return err
		}
		_, frozen, err := tx.LastScore(v.Wave)
		if err != nil {
			return err
		}
		chosen, err := resolves(&v, history, version, p.ID, reason, frozen)
		if err != nil {
			return err
		}
		d := inspect.Decision{Visit: id, Digest: chosen.Digest, Decision: Resolved, By: p.ID, Reason: reason, Time: c.Now()}
		if err := c.EnterDecided(tx, p, salt, d.Time, v.Wave, ledger.DecisionRows([]inspect.Decision{d}), func(root inspect.Digest) ledger.Body {
			return ledger.Resolved{Wave: v.Wave, Visits: 1, By: campaign.PersonHash(p.Person), Root: root}
		}); err != nil {
			return err
		}
		return Again(c, tx, d)
	})
}

// Again carries out a decision that was taken: now, or as an audit plays it once more. What approves a report or sends it
// back was judged before.
func Again(c *campaign.Campaign, tx *store.Tx, d inspect.Decision) error {
	if d.Decision == Approved || d.Decision == Returned {
		return Settle(tx, d)
	}
	v, history, err := versionsOf(tx, d.Visit)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(history, func(h inspect.Version) bool { return h.Digest == d.Digest })
	if i < 0 {
		return inspect.Misuse("visit.no-version", "ID", d.Visit, "Version", 0)
	}
	a := Adoption{Visit: d.Visit, Version: history[i].Version, By: d.By, Reason: d.Reason, At: d.Time}
	if d.Decision == Resolved {
		_, frozen, err := tx.LastScore(v.Wave)
		if err != nil {
			return err
		}
		if _, err := resolves(&v, history, a.Version, d.By, d.Reason, frozen); err != nil {
			return err
		}
	}
	switch {
	case d.Decision == Adopted:
		return Adopt(c, tx, a)
	case v.State == inspect.VisitApproved && history[i].State == "current": // the approved one holds
		if _, _, err := tx.SetCurrent(d.Visit, a.Version); err != nil {
			return err
		}
		return tx.PutReview(d.Visit, d.Digest, Resolved, d.By, d.Reason, d.Time)
	}
	return adopt(c, tx, &v, a)
}

// Adoption is a version of a report that becomes the current one.
type Adoption struct {
	Visit   string
	Version int
	By      string // id of whoever decided
	Reason  string
	At      time.Time
}

// Adopt makes a version of a report the current one whatever was scored: for a numbered correction, whose
// own rules say who may. A visit that was approved stays so, the findings of the new version being
// submitted at once, since whoever signed the correction has judged it; any other one waits for review.
func Adopt(c *campaign.Campaign, tx *store.Tx, a Adoption) error {
	v, _, err := versionsOf(tx, a.Visit)
	if err != nil {
		return err
	}
	if err := adopt(c, tx, &v, a); err != nil || v.State != inspect.VisitApproved {
		return err
	}
	if err := tx.SetVisitState(v.ID, inspect.VisitApproved); err != nil {
		return err
	}
	return submitFindings(tx, v.ID, a.By)
}

// adopt makes a version current and drafts its findings; the visit is to be reviewed.
func adopt(c *campaign.Campaign, tx *store.Tx, v *inspect.StandingVisit, a Adoption) error {
	list, err := c.ChecklistOf(tx, v.Wave)
	if err != nil {
		return err
	}
	calendar, err := c.Calendar(tx, v.Wave)
	if err != nil {
		return err
	}
	chosen, ok, err := tx.SetCurrent(v.ID, a.Version)
	if err != nil || !ok {
		return cmp.Or[error](err, inspect.Misuse("visit.no-version", "ID", v.ID, "Version", a.Version))
	}
	leg, err := plan.LegOf(tx, v.Wave, v.Leg)
	if err != nil {
		return err
	}
	if err := tx.PutReview(v.ID, chosen.Digest, Resolved, a.By, a.Reason, a.At); err != nil {
		return err
	}
	return returns.MakeCurrent(c, tx, v.Visit, chosen.Report, leg.Region, list, calendar)
}

// versionsOf is a visit with every version received for it.
func versionsOf(tx *store.Tx, id string) (inspect.StandingVisit, []inspect.Version, error) {
	v, ok, err := tx.Visit(id)
	if err != nil || !ok {
		return v, nil, cmp.Or[error](err, inspect.Misuse("visit.unknown", "ID", id))
	}
	history, err := tx.History(id)
	return v, history, err
}

// Held are the versions of a wave's reports that wait for a reviewer.
func Held(ctx context.Context, c *campaign.Campaign, wave int) ([]inspect.HeldVersion, error) {
	return campaign.View(ctx, c, func(tx *store.Tx) ([]inspect.HeldVersion, error) { return tx.HeldVersions(wave) })
}
