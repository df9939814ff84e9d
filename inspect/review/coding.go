package review

import (
	"context"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/estimate"
	"zhicha/inspect/ledger"
	"zhicha/inspect/store"
)

// ToReview are the visits of a leg that a reviewer can approve without giving a reason:
// submitted ones, and those that wait for a second coder who is somebody else.
func ToReview(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave, leg int) (ids []string, err error) {
	p, err := c.Acts(who, inspect.RoleReviewer)
	if err != nil {
		return nil, err
	}
	me := &inspect.Decision{By: p.ID, Key: ledger.KeyFingerprint(p.Key)}
	return campaign.View(ctx, c, func(tx *store.Tx) (ids []string, err error) {
		visits, err := tx.LegVisits(wave, leg)
		for i := range visits {
			v := &visits[i]
			codings, err := tx.VisitCodings(v.ID)
			if err != nil {
				return nil, err
			}
			if forApproval(v, me, presentOnly(v, codings)) {
				ids = append(ids, v.ID)
			}
		}
		return ids, err
	})
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

// SecondOf counts for a wave, inside a transaction.
func SecondOf(tx *store.Tx, wave int) (*SecondCoding, error) {
	states, marked, err := tx.VisitCounts(wave)
	if err != nil {
		return nil, err
	}
	s := &SecondCoding{Waiting: states[inspect.VisitCoded], Disputed: states[inspect.VisitDisputed]}
	for state, n := range marked {
		if state != inspect.VisitSubstituted {
			s.Marked += n
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
