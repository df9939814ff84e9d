package review

import (
	"context"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/estimate"
	"zhicha/inspect/ledger"
	"zhicha/inspect/store"
)

// code takes one of the two decisions about a visit for a second coder (R19). The first is kept
// and moves nothing that would tell what it was; the second settles the visit where both agree.
func code(c *campaign.Campaign, tx *store.Tx, out *Reviewed, v *inspect.StandingVisit, d inspect.Decision) error {
	before, err := codingsOf(tx, v)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(before, func(x inspect.Decision) bool { return sameCoder(&x, &d) }); i >= 0 {
		return inspect.Refuse("visit.coded", "ID", v.ID, "Person", before[i].By)
	}
	if err := tx.PutCoding(d); err != nil {
		return err
	}
	switch {
	case len(before) == 0:
		out.Waiting = append(out.Waiting, v.ID)
		return tx.SetVisitState(v.ID, inspect.VisitCoded)
	case before[0].Decision == d.Decision:
		return settle(c, tx, out, v, d)
	}
	out.Disputed = append(out.Disputed, v.ID)
	return tx.SetVisitState(v.ID, inspect.VisitDisputed)
}

// codingsOf are the decisions of either reviewer about the visit's present report; what was
// decided about an earlier version counts no more.
func codingsOf(tx *store.Tx, v *inspect.StandingVisit) ([]inspect.Decision, error) {
	all, err := tx.VisitCodings(v.ID)
	return slices.DeleteFunc(all, func(d inspect.Decision) bool { return d.Digest != v.Digest }), err
}

// sameCoder reports whether two decisions are one person's, under whatever id.
func sameCoder(a, b *inspect.Decision) bool { return a.By == b.By || a.Key == b.Key }

// mayAdjudicate lets a third person settle what two decided differently, and say why. To send the
// report back needs no third person: the team answers, and both judge anew.
func mayAdjudicate(tx *store.Tx, v *inspect.StandingVisit, d *inspect.Decision) error {
	if d.Reason == "" {
		return inspect.Misuse("visit.dispute-reason", "ID", v.ID)
	}
	before, err := codingsOf(tx, v)
	if i := slices.IndexFunc(before, func(x inspect.Decision) bool { return sameCoder(&x, d) }); err == nil && i >= 0 && d.Decision == Approved {
		return inspect.Refuse("visit.dispute-third", "ID", v.ID, "Person", before[i].By)
	}
	return err
}

// ToReview are the visits of a leg that a reviewer can approve without giving a reason:
// submitted ones, and those that wait for a second coder who is somebody else.
func ToReview(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave, leg int) (ids []string, err error) {
	p, err := c.Acts(who, inspect.RoleReviewer)
	if err != nil {
		return nil, err
	}
	me := &inspect.Decision{By: p.ID, Key: ledger.KeyFingerprint(p.Key)}
	err = c.View(ctx, func(tx *store.Tx) error {
		visits, err := tx.LegVisits(wave, leg)
		for i := range visits {
			v := &visits[i]
			before, err := codingsOf(tx, v)
			if err != nil {
				return err
			}
			mine := slices.ContainsFunc(before, func(d inspect.Decision) bool { return sameCoder(&d, me) })
			if v.State == inspect.VisitSubmitted || v.State == inspect.VisitCoded && !mine {
				ids = append(ids, v.ID)
			}
		}
		return err
	})
	return ids, err
}

// SecondCoding is how far the review of the second coders' sample has come, and how far the two
// reviewers agree: on what was decided about the same report, both blind.
type SecondCoding struct {
	Marked   int             `json:"marked"`   // visits in the sample
	Waiting  int             `json:"waiting"`  // for the second reviewer
	Disputed int             `json:"disputed"` // for a third one
	Agreed   estimate.Agreed `json:"agreed"`   // over all reports that two decided about
}

// Second counts for a wave.
func Second(ctx context.Context, c *campaign.Campaign, wave int) (s *SecondCoding, err error) {
	err = c.View(ctx, func(tx *store.Tx) error {
		s, err = SecondOf(tx, wave)
		return err
	})
	return s, err
}

func SecondOf(tx *store.Tx, wave int) (*SecondCoding, error) {
	visits, err := tx.Visits(wave)
	if err != nil {
		return nil, err
	}
	s := &SecondCoding{}
	for _, v := range visits {
		if v.Second && v.State != inspect.VisitSubstituted {
			s.Marked++
		}
		if v.State == inspect.VisitCoded {
			s.Waiting++
		}
		if v.State == inspect.VisitDisputed {
			s.Disputed++
		}
	}
	codings, err := tx.Codings(wave)
	var judged []estimate.Judged
	first := map[[2]string]string{}
	for _, d := range codings { // oldest first within a visit
		report := [2]string{d.Visit, d.Digest}
		if one, ok := first[report]; ok {
			judged = append(judged, estimate.Judged{A: one, B: d.Decision})
		}
		first[report] = d.Decision
	}
	s.Agreed = estimate.Summarise(judged)
	return s, err
}
