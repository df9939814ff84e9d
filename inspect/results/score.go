package results

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ledger"
	"zhicha/inspect/score"
	"zhicha/inspect/store"
)

// Score computes the scores of a wave from its approved visits and keeps the result with its
// digest. Only primary legs of a random wave are scored.
func Score(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int) (*score.Result, inspect.Digest, error) {
	if _, err := c.Acts(who, inspect.RoleScorer); err != nil {
		return nil, inspect.Digest{}, err
	}
	var r *score.Result
	var d inspect.Digest
	err := c.Update(ctx, func(tx *store.Tx) error {
		var err error
		if r, err = compute(c, tx, wave); err != nil {
			return err
		}
		var raw []byte
		if raw, d, err = r.Freeze(); err != nil {
			return err
		}
		now := c.Now()
		if err := tx.PutScore(wave, who.ID, d.String(), raw, now); err != nil {
			return err
		}
		return campaign.Enter(tx, now, ledger.Score{Wave: wave, Score: d, Scored: r.National.Visits, Left: len(r.Unscored)})
	})
	return r, d, err
}

// Explain computes the wave's scores as they stand and traces every point a region lost.
// Internal: it names counties.
func Explain(ctx context.Context, c *campaign.Campaign, wave int, region string) (*score.Explanation, error) {
	if region == "CN" {
		region = score.National
	}
	if _, ok := inspect.RegionByCode(region); !ok && region != score.National {
		return nil, inspect.Misuse("score.unknown-region", "Region", region)
	}
	var e *score.Explanation
	err := c.View(ctx, func(tx *store.Tx) error {
		r, err := compute(c, tx, wave)
		if err != nil {
			return err
		}
		e, _ = r.Explain(region)
		return nil
	})
	return e, err
}

func compute(c *campaign.Campaign, tx *store.Tx, wave int) (*score.Result, error) {
	if err := c.AllOpen(tx, wave); err != nil {
		return nil, err
	}
	list, err := c.ChecklistOf(tx, wave)
	if err != nil {
		return nil, err
	}
	_, r, err := c.Committed(tx, wave)
	if err != nil {
		return nil, err
	}
	if !score.Scored(r.Kind) {
		return nil, inspect.Refuse("score.kind", "Wave", wave, "Kind", r.Kind)
	}
	in := score.Input{Checklist: list, Rules: score.RulesOf(r.Rules)}
	if in.Counties, err = tx.Counties(wave); err != nil {
		return nil, err
	}
	legs, err := tx.Legs(wave)
	if err != nil {
		return nil, err
	}
	visits, err := tx.Visits(wave)
	if err != nil {
		return nil, err
	}
	in.Planned, in.Visits = score.Select(legs, visits)
	if len(in.Visits) == 0 {
		return nil, inspect.Refuse("score.nothing", "Wave", wave)
	}
	return score.Compute(in)
}

// LastScore returns the wave's newest kept result.
func LastScore(tx *store.Tx, wave int) (*score.Result, time.Time, error) {
	s, ok, err := tx.LastScore(wave)
	if err != nil || !ok {
		return nil, time.Time{}, cmp.Or[error](err, inspect.Refuse("score.none", "Wave", wave))
	}
	var r score.Result
	return &r, s.At, json.Unmarshal(s.Body, &r)
}
