package review

import (
	"cmp"
	"context"

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
			if _, _, err := c.Committed(tx, v.Wave); err != nil {
				return nil, err
			}
			if err := decide(tx, out, &v, inspect.Decision{Visit: id, Digest: v.Digest, Decision: decision, By: p.ID,
				Key: ledger.KeyFingerprint(p.Key), Reason: reason, Time: now}); err != nil {
				return nil, err
			}
			c.Worked(i+1, len(ids))
		}
		if len(out.Approved) == 0 {
			return out, nil
		}
		return out, campaign.Enter(tx, now, ledger.Approval{Visits: len(out.Approved), By: campaign.PersonHash(p.Person)})
	})
}

// decide takes one decision about one visit. A visit that two reviewers judge moves at the first
// decision in a way that does not tell what it was.
func decide(tx *store.Tx, out *Reviewed, v *inspect.StandingVisit, d inspect.Decision) error {
	codings, err := tx.VisitCodings(v.ID)
	if err != nil {
		return err
	}
	o, err := judge(v, &d, presentOnly(v, codings))
	if err != nil {
		return err
	}
	if o.Coding {
		if err := tx.PutCoding(d); err != nil {
			return err
		}
	}
	list := map[inspect.VisitState]*[]string{inspect.VisitCoded: &out.Waiting, inspect.VisitDisputed: &out.Disputed,
		inspect.VisitSentBack: &out.Returned, inspect.VisitApproved: &out.Approved}[o.State]
	*list = append(*list, v.ID)
	if err := tx.SetVisitState(v.ID, o.State); err != nil || o.State == inspect.VisitCoded || o.State == inspect.VisitDisputed {
		return err
	}
	if err := tx.PutReview(v.ID, d.Digest, d.Decision, d.By, d.Reason, d.Time); err != nil || o.State != inspect.VisitApproved {
		return err
	}
	return submitFindings(tx, v.ID, d.By)
}

// submitFindings moves the findings drafted from a visit's report on its approval.
func submitFindings(tx *store.Tx, visit, by string) error {
	drafts, err := tx.VisitFindings(visit)
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
	return tx.ReplaceFindings(visit, drafts)
}
