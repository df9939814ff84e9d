package campaign

import (
	"context"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/finding"
	"zhicha/inspect/store"
)

// Visits returns the visits of a wave, or of one of its legs where leg is not 0.
func (c *Campaign) Visits(ctx context.Context, wave, leg int) (visits []store.Visit, err error) {
	err = c.db.View(ctx, func(tx *store.Tx) error {
		if err := c.made(tx, wave); err != nil {
			return err
		}
		if leg != 0 {
			visits, err = tx.LegVisits(wave, leg)
		} else {
			visits, err = tx.Visits(wave)
		}
		return err
	})
	return visits, err
}

// Visit returns one visit with everything received for it and the findings drafted from it.
func (c *Campaign) Visit(ctx context.Context, id string) (v store.Visit, history []store.Version, findings []inspect.Finding, err error) {
	err = c.db.View(ctx, func(tx *store.Tx) error {
		var ok bool
		if v, ok, err = tx.Visit(id); err != nil || !ok {
			return orElse(err, inspect.Misuse("visit.unknown", "ID", id))
		}
		if history, err = tx.History(id); err != nil {
			return err
		}
		findings, err = tx.VisitFindings(id)
		return err
	})
	return v, history, findings, err
}

// VisitApprove approves the current reports of visits, all or none. The reviewer was no inspector
// of the visit. The findings drafted from a report are thereby submitted.
func (c *Campaign) VisitApprove(ctx context.Context, as string, ids []string) error {
	return c.review(ctx, as, ids, "approved", "", func(v *store.Visit) *inspect.Problem {
		if v.State != inspect.VisitSubmitted {
			return inspect.Refuse("visit.not-submitted", "ID", v.ID, "State", string(v.State))
		}
		return nil
	})
}

// VisitReturn sends reports back with a reason; a corrected one is then expected.
func (c *Campaign) VisitReturn(ctx context.Context, as string, ids []string, reason string) error {
	if reason == "" {
		return inspect.Misuse("visit.reason")
	}
	return c.review(ctx, as, ids, "returned", reason, func(v *store.Visit) *inspect.Problem {
		if v.Report == nil {
			return inspect.Refuse("visit.not-submitted", "ID", v.ID, "State", string(v.State))
		}
		return nil
	})
}

func (c *Campaign) review(ctx context.Context, as string, ids []string, decision, reason string, guard func(*store.Visit) *inspect.Problem) error {
	p, err := c.actor(as, reviewer)
	if err != nil {
		return err
	}
	return c.db.Update(ctx, func(tx *store.Tx) error {
		now := c.env.Now()
		for i, id := range ids {
			v, ok, err := tx.Visit(id)
			if err != nil || !ok {
				return orElse(err, inspect.Misuse("visit.unknown", "ID", id))
			}
			if bad := guard(&v); bad != nil {
				return bad
			}
			if slices.Contains(v.Report.Inspectors, p.ID) {
				return inspect.Refuse("visit.own", "ID", id, "Person", p.ID)
			}
			if err := tx.PutReview(id, v.Digest, decision, p.ID, reason, now); err != nil {
				return err
			}
			if err := c.reviewed(tx, &v, decision, p.ID); err != nil {
				return err
			}
			c.env.progress(i+1, len(ids))
		}
		if decision != "approved" {
			return nil
		}
		return tx.Append(now, "visit-approved", map[string]any{"visits": len(ids), "by": personHash(p)})
	})
}

// reviewed moves the visit and, on approval, its findings.
func (c *Campaign) reviewed(tx *store.Tx, v *store.Visit, decision, by string) error {
	if decision != "approved" {
		return tx.SetVisitState(v.ID, inspect.VisitSentBack)
	}
	if err := tx.SetVisitState(v.ID, inspect.VisitApproved); err != nil {
		return err
	}
	drafts, err := tx.VisitFindings(v.ID)
	if err != nil {
		return err
	}
	for i := range drafts {
		moved, err := finding.Transition(drafts[i], inspect.FindingSubmitted, finding.Act{By: by})
		if err != nil {
			return err
		}
		drafts[i] = moved
	}
	return tx.ReplaceFindings(v.ID, drafts)
}

// personHash stands for a person in the ledger: the digest of the key, never a name.
func personHash(p *Person) inspect.Digest { return inspect.DigestOf([]byte(p.Key)) }

// Findings returns the findings of a wave by id.
func (c *Campaign) Findings(ctx context.Context, wave int) (fs []inspect.Finding, err error) {
	err = c.db.View(ctx, func(tx *store.Tx) error {
		fs, err = tx.Findings(wave)
		return err
	})
	return fs, err
}
