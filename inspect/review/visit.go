package review

import (
	"cmp"
	"context"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/finding"
	"zhicha/inspect/ledger"
	"zhicha/inspect/store"
)

// Reviewed is what a reviewer's decisions came to, by visit id.
type Reviewed struct {
	Approved []string `json:"approved,omitempty"`
	Returned []string `json:"returned,omitempty"`
	Waiting  []string `json:"waiting,omitempty"`  // for the second of two reviewers
	Disputed []string `json:"disputed,omitempty"` // the two differ: a third one decides
}

// Approve approves the current reports of visits, all or none.
func Approve(ctx context.Context, c *campaign.Campaign, who campaign.Actor, ids []string) error {
	_, err := Decide(ctx, c, who, ids, Approved, "")
	return err
}

// What a reviewer can decide.
const (
	Approved = "approved" // the findings drafted from the report are thereby submitted
	Returned = "returned" // a corrected report is then expected; needs a reason
)

// Decide takes a reviewer's decision about the current reports of visits, all or none. The
// reviewer was no inspector of the visit. A visit that is for a second coder is settled once two
// reviewers decided alike without sight of each other; where they differ, a third one approves it
// with a reason, or anybody sends it back.
func Decide(ctx context.Context, c *campaign.Campaign, who campaign.Actor, ids []string, decision, reason string) (*Reviewed, error) {
	if decision == Returned && reason == "" {
		return nil, inspect.Misuse("visit.reason")
	}
	p, err := c.Acts(who, inspect.RoleReviewer)
	if err != nil {
		return nil, err
	}
	return campaign.Update(ctx, c, func(tx *store.Tx) (*Reviewed, error) {
		out, now := &Reviewed{}, c.Now()
		for i, id := range ids {
			v, ok, err := tx.Visit(id)
			if err != nil || !ok {
				return nil, cmp.Or[error](err, inspect.Misuse("visit.unknown", "ID", id))
			}
			if err := decide(c, tx, out, &v, p, inspect.Decision{Visit: id, Digest: v.Digest, Decision: decision, By: p.ID,
				Key: ledger.KeyFingerprint(p.Key), Reason: reason, Time: now}); err != nil {
				return nil, err
			}
			c.Worked(i+1, len(ids))
		}
		if len(out.Approved) == 0 {
			return out, nil
		}
		return out, tx.Append(now, "visit-approved", map[string]any{"visits": len(out.Approved), "by": campaign.PersonHash(p.Person)})
	})
}

// decide takes one decision about one visit.
func decide(c *campaign.Campaign, tx *store.Tx, out *Reviewed, v *inspect.StandingVisit, p *campaign.Acting, d inspect.Decision) error {
	waits := v.State == inspect.VisitSubmitted || v.State == inspect.VisitCoded || v.State == inspect.VisitDisputed
	if v.Report == nil || d.Decision == Approved && !waits {
		return inspect.Refuse("visit.not-submitted", "ID", v.ID, "State", string(v.State))
	}
	if slices.Contains(v.Report.Inspectors, p.ID) {
		return inspect.Refuse("visit.own", "ID", v.ID, "Person", p.ID)
	}
	if v.State == inspect.VisitCoded || v.Second && v.State == inspect.VisitSubmitted {
		return code(c, tx, out, v, d)
	}
	if v.State == inspect.VisitDisputed {
		if err := mayAdjudicate(tx, v, &d); err != nil {
			return err
		}
	}
	return settle(c, tx, out, v, d)
}

// settle moves the visit and, on approval, its findings.
func settle(c *campaign.Campaign, tx *store.Tx, out *Reviewed, v *inspect.StandingVisit, d inspect.Decision) error {
	if err := tx.PutReview(v.ID, d.Digest, d.Decision, d.By, d.Reason, d.Time); err != nil {
		return err
	}
	if d.Decision == Returned {
		out.Returned = append(out.Returned, v.ID)
		return tx.SetVisitState(v.ID, inspect.VisitSentBack)
	}
	out.Approved = append(out.Approved, v.ID)
	if err := tx.SetVisitState(v.ID, inspect.VisitApproved); err != nil {
		return err
	}
	drafts, err := tx.VisitFindings(v.ID)
	if err != nil {
		return err
	}
	for i := range drafts {
		moved, err := finding.Transition(drafts[i], inspect.FindingSubmitted, finding.Act{By: d.By})
		if err != nil {
			return err
		}
		drafts[i] = moved
	}
	return tx.ReplaceFindings(v.ID, drafts)
}
