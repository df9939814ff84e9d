package review

import (
	"cmp"
	"context"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/finding"
	"zhicha/inspect/intake"
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
	approved, err := c.NewSalt()
	if err != nil {
		return nil, err
	}
	returned, err := c.NewSalt()
	if err != nil {
		return nil, err
	}
	return campaign.Update(ctx, c, func(tx *store.Tx) (*Reviewed, error) {
		register, err := c.RegisterNow(tx)
		if err != nil {
			return nil, err
		}
		out, now, rows, wave := &Reviewed{}, c.Now(), map[inspect.VisitState][][]string{}, 0
		for i, id := range ids {
			v, ok, err := tx.Visit(id)
			if err != nil || !ok {
				return nil, cmp.Or[error](err, inspect.Misuse("visit.unknown", "ID", id))
			}
			switch {
			case i == 0:
				wave = v.Wave
				if _, _, err := c.Committed(tx, wave); err != nil {
					return nil, err
				}
				if err := campaign.NotFrozen(tx, wave); err != nil {
					return nil, err
				}
			case v.Wave != wave:
				return nil, inspect.Misuse("visit.waves", "ID", id)
			}
			state, settled, err := decide(c, tx, p, register, out, &v, inspect.Decision{Visit: id, Digest: v.Digest, Decision: decision, By: p.ID,
				Key: ledger.KeyFingerprint(p.Key), Reason: reason, Time: now})
			if err != nil {
				return nil, err
			}
			rows[state] = append(rows[state], settled...)
			c.Worked(i+1, len(ids))
		}
		return out, enter(c, tx, now, p, wave, out, rows, approved, returned)
	})
}

// enter logs what was settled, each of the two under a root of its own. What the first of two
// reviewers decided is not logged before the second has: an entry would tell what it was.
func enter(c *campaign.Campaign, tx *store.Tx, now time.Time, p *campaign.Acting, wave int, out *Reviewed, rows map[inspect.VisitState][][]string, approved, returned ledger.Salt) error {
	by := campaign.PersonHash(p.Person)
	if n := len(out.Approved); n > 0 {
		err := c.EnterDecided(tx, p, approved, now, wave, rows[inspect.VisitApproved], func(root inspect.Digest) ledger.Body {
			return ledger.Approval{Wave: wave, Visits: n, By: by, Root: root}
		})
		if err != nil {
			return err
		}
	}
	if n := len(out.Returned); n > 0 {
		return c.EnterDecided(tx, p, returned, now, wave, rows[inspect.VisitSentBack], func(root inspect.Digest) ledger.Body {
			return ledger.SentBack{Wave: wave, Visits: n, By: by, Root: root}
		})
	}
	return nil
}

// decide takes one decision about one visit. A visit that two reviewers judge moves at the first
// decision in a way that does not tell what it was. It returns where the visit stands then and, where
// that is settled, every decision that settled it, as rows.
func decide(c *campaign.Campaign, tx *store.Tx, p *campaign.Acting, register *campaign.Register, out *Reviewed, v *inspect.StandingVisit, d inspect.Decision) (inspect.VisitState, [][]string, error) {
	codings, err := tx.VisitCodings(v.ID)
	if err != nil {
		return "", nil, err
	}
	if err := asFiled(v); err != nil {
		return "", nil, err
	}
	present := presentOnly(v, codings)
	if err := register.MustBeDecided(v.Wave, present); err != nil {
		return "", nil, err
	}
	if blind(v) {
		if d.Note, err = c.DecideFirst(tx, p, v.Wave, d); err != nil {
			return "", nil, err
		}
	}
	o, err := code(tx, v, d, present)
	if err != nil {
		return "", nil, err
	}
	list := map[inspect.VisitState]*[]string{inspect.VisitCoded: &out.Waiting, inspect.VisitDisputed: &out.Disputed,
		inspect.VisitSentBack: &out.Returned, inspect.VisitApproved: &out.Approved}[o.State]
	*list = append(*list, v.ID)
	if o.State == inspect.VisitCoded || o.State == inspect.VisitDisputed {
		return o.State, nil, nil
	}
	return o.State, ledger.DecisionRows(append(present, d)), Settle(tx, d)
}

// asFiled refuses a report that is not what its digest says: whoever signs a digest has seen what it stands for.
func asFiled(v *inspect.StandingVisit) error {
	if v.Report == nil || intake.ContentDigest(v.Report).String() == v.Digest {
		return nil
	}
	p := inspect.Refuse("visit.bent", "ID", v.ID)
	p.Class = inspect.Unverified
	return p
}

// code keeps a decision that is one of two about a report, and lets the visit wait where it settles nothing yet.
func code(tx *store.Tx, v *inspect.StandingVisit, d inspect.Decision, present []inspect.Decision) (outcome, error) {
	o, err := judge(v, &d, present)
	if err != nil || !o.Coding {
		return o, err
	}
	if err := tx.PutCoding(d); err != nil || o.State != inspect.VisitCoded && o.State != inspect.VisitDisputed {
		return o, err
	}
	return o, tx.SetVisitState(v.ID, o.State)
}

// Code takes one of two decisions about a report once more, in the copy of an audit, and reports whether the second
// settled it.
func Code(tx *store.Tx, d inspect.Decision) (settled bool, err error) {
	v, before, err := present(tx, d)
	if err != nil {
		return false, err
	}
	o, err := code(tx, v, d, before)
	if err == nil && !o.Coding {
		err = inspect.Refuse("visit.not-submitted", "ID", d.Visit, "State", string(v.State))
	}
	return o.State == inspect.VisitApproved || o.State == inspect.VisitSentBack, err
}

// Judged refuses, in the copy of an audit, what nobody could have decided alone about a report: a decision that is
// one of two (Code), of somebody who inspected, about a visit that is not to be reviewed.
func Judged(tx *store.Tx, d inspect.Decision) error {
	v, before, err := present(tx, d)
	if err != nil {
		return err
	}
	o, err := judge(v, &d, before)
	if err == nil && o.Coding {
		err = inspect.Refuse("visit.not-submitted", "ID", d.Visit, "State", string(v.State))
	}
	return err
}

// present is the visit that a decision is about, with what was decided before about the same report, its present one.
func present(tx *store.Tx, d inspect.Decision) (*inspect.StandingVisit, []inspect.Decision, error) {
	v, ok, err := tx.Visit(d.Visit)
	if err != nil || !ok {
		return nil, nil, cmp.Or[error](err, inspect.Misuse("visit.unknown", "ID", d.Visit))
	}
	if d.Digest != v.Digest {
		return nil, nil, inspect.Refuse("visit.not-submitted", "ID", d.Visit, "State", string(v.State))
	}
	codings, err := tx.VisitCodings(d.Visit)
	return &v, presentOnly(&v, codings), err
}

// Settle lets a decision stand: the visit moves, and with an approval the findings drafted from its
// report are submitted.
func Settle(tx *store.Tx, d inspect.Decision) error {
	state := inspect.VisitApproved
	if d.Decision == Returned {
		state = inspect.VisitSentBack
	}
	if err := tx.SetVisitState(d.Visit, state); err != nil {
		return err
	}
	if err := tx.PutReview(d.Visit, d.Digest, d.Decision, d.By, d.Reason, d.Time); err != nil || d.Decision == Returned {
		return err
	}
	return submitFindings(tx, d.Visit, d.By)
}

// submitFindings moves the findings drafted from a visit's report on its approval.
func submitFindings(tx *store.Tx, visit, by string) error {
	drafts, err := tx.VisitFindings(visit)
	if err != nil {
		return err
	}
	for i := range drafts {
		if drafts[i].State != inspect.FindingDraft { // approved before, and sent back since
			continue
		}
		moved, err := finding.Transition(drafts[i], inspect.FindingSubmitted, finding.Act{By: by})
		if err != nil {
			return err
		}
		drafts[i] = moved
	}
	return tx.ReplaceFindings(visit, drafts)
}
