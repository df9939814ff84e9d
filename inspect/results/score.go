package results

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ledger"
	"zhicha/inspect/score"
	"zhicha/inspect/store"
)

// Compute computes the wave's scores as they stand, and keeps nothing.
func Compute(ctx context.Context, c *campaign.Campaign, wave int) (*score.Result, error) {
	return campaign.View(ctx, c, func(tx *store.Tx) (*score.Result, error) {
		g, err := gather(c, tx, wave)
		if err != nil {
			return nil, err
		}
		return g.compute()
	})
}

// Frozen is a score as it was kept.
type Frozen struct {
	*score.Result
	Digest inspect.Digest
	At     time.Time
}

// Freeze computes the scores of a wave whose legs are closed from its approved visits, keeps the
// result and enters what it was made of. From then on the wave changes by corrections only; to freeze
// it again changes nothing. Only primary legs of a random wave are scored.
func Freeze(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int) (*Frozen, error) {
	p, err := c.Acts(who, inspect.RoleScorer)
	if err != nil {
		return nil, err
	}
	salts, err := newSalts(c)
	if err != nil {
		return nil, err
	}
	return campaign.Update(ctx, c, func(tx *store.Tx) (*Frozen, error) {
		g, err := gather(c, tx, wave)
		if err != nil {
			return nil, err
		}
		if open := g.open(); len(open) > 0 {
			return nil, inspect.Refuse("release.open-legs", "N", len(open), "First", open[0])
		}
		r, err := g.compute()
		if err != nil {
			return nil, err
		}
		if last, ok, err := tx.LastScore(wave); err != nil || ok {
			_, d, err2 := r.Freeze()
			if err = cmp.Or(err, err2); err != nil || d.String() == last.Digest {
				return &Frozen{r, d, last.At}, err
			}
			return nil, bent(wave, last, d)
		}
		if err := nothingPending(tx, wave); err != nil {
			return nil, err
		}
		if err := campaign.BindAccess(tx, c.Now(), salts.access); err != nil {
			return nil, err
		}
		return g.freeze(tx, r, p.ID, 0, salts, c.Now(), func(rows [][]string, body func(root inspect.Digest) ledger.Body) error {
			return c.EnterDecided(tx, p, salts.reports, c.Now(), wave, rows, body)
		})
	})
}

// nothingPending refuses to score a wave of which something came back that nobody has judged: what was told of after the score
// could have been left out of it.
func nothingPending(tx *store.Tx, wave int) error {
	unproven, err := tx.Unproven(wave)
	if err != nil {
		return err
	}
	for _, u := range unproven {
		if u.Decision == "" {
			return inspect.Refuse("score.unproven", "Wave", wave, "File", u.Name, "Digest", u.Digest[:8])
		}
	}
	waiting, err := tx.Waiting(wave)
	if err != nil {
		return err
	}
	released, err := tx.Releases(wave)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		if _, told := released[w.Leg][inspect.RungVillage]; told {
			return inspect.Refuse("score.waiting", "Wave", wave, "File", w.Name, "Leg", w.Leg)
		}
	}
	return nil
}

// bent refuses to go on from a wave that no longer gives what was frozen: somebody changed it outside a
// correction.
func bent(wave int, last store.Score, now inspect.Digest) error {
	p := inspect.Refuse("score.bent", "Wave", wave, "Frozen", last.Digest, "Now", now.String())
	p.Class = inspect.Unverified
	return p
}

// salts hide what a frozen score publishes, and the visits behind it.
type salts struct{ public, reports, access ledger.Salt }

func newSalts(c *campaign.Campaign) (s salts, err error) {
	for _, one := range []*ledger.Salt{&s.public, &s.reports, &s.access} {
		if *one, err = c.NewSalt(); err != nil {
			return s, err
		}
	}
	return s, nil
}

// entering enters a body with the root over rows.
type entering func(rows [][]string, body func(root inspect.Digest) ledger.Body) error

// freeze keeps a result and enters it; correction is the number of the one it follows.
func (g *gathered) freeze(tx *store.Tx, r *score.Result, by string, correction int, salts salts, now time.Time, enter entering) (*Frozen, error) {
	raw, d, err := r.Freeze()
	if err != nil {
		return nil, err
	}
	public, err := g.published(tx, r)
	if err != nil {
		return nil, err
	}
	body, err := Entry(g.wave, correction, r, public, salts.public)
	if err != nil {
		return nil, err
	}
	shown, err := inspect.CanonicalJSON(public)
	if err != nil {
		return nil, err
	}
	err = tx.PutScore(store.Score{Wave: g.wave, At: now, By: by, Digest: d.String(), Body: raw, Public: shown, Salt: hex.EncodeToString(salts.public[:]), Correction: correction})
	if err != nil {
		return nil, err
	}
	return &Frozen{r, d, now}, enter(score.AccountRows(g.legs, g.visits, r.Unscored), func(root inspect.Digest) ledger.Body {
		body.Reports = root
		return body
	})
}

// published is what is published of a result, with the findings as they stand: those of visits that are approved
// now. One sent back after it was approved leaves none.
func (g *gathered) published(tx *store.Tx, r *score.Result) (*score.Published, error) {
	found, err := tx.ApprovedFindings(g.wave)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(f inspect.Finding) bool { return f.State == inspect.FindingDraft })
	p := r.Published()
	p.Count(found, g.minCount)
	return &p, nil
}

// Entry is what is entered of a result and of what is published of it, but for the root over the visits.
func Entry(wave, correction int, r *score.Result, public *score.Published, salt ledger.Salt) (ledger.Score, error) {
	_, d, err := r.Freeze()
	if err != nil {
		return ledger.Score{}, err
	}
	rules, err := inspect.CanonicalJSON(r.Rules)
	if err != nil {
		return ledger.Score{}, err
	}
	out := ledger.Score{Wave: wave, No: correction, Score: d, Checklist: r.Checklist, Rules: inspect.DigestOf(rules),
		Planned: r.National.Planned, Scored: r.National.Visits, Left: r.National.Left, Missing: r.National.Missing}
	for i := range r.Regions {
		if r.Regions[i].Bonus != 0 || r.Regions[i].Penalty != 0 {
			out.Adjustments++
		}
	}
	for _, u := range r.Units {
		if u.Capped {
			out.RedLines++
		}
	}
	out.Public, err = public.Digest(salt)
	return out, err
}

// Explain computes the wave's scores as they stand and traces every point a region lost.
// Internal: it names counties.
func Explain(ctx context.Context, c *campaign.Campaign, wave int, region string) (*score.Explanation, error) {
	if region == "CN" {
		region = score.National
	}
	land, err := c.Territory(wave)
	if err != nil {
		return nil, err
	}
	if _, ok := land.Unit(region); !ok && region != score.National {
		return nil, inspect.Misuse("score.unknown-region", "Region", region)
	}
	r, err := Compute(ctx, c, wave)
	if err != nil {
		return nil, err
	}
	e, _ := r.Explain(region)
	return e, nil
}

// gathered is what a wave's scores are made from.
type gathered struct {
	wave   int
	in     score.Input // but for what follows from legs and visits
	legs   []inspect.StandingLeg
	visits []inspect.StandingVisit

	minCount int // smallest count that may be published
}

func gather(c *campaign.Campaign, tx *store.Tx, wave int) (*gathered, error) {
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
	g := &gathered{wave: wave, minCount: r.Rules.MinCount, in: score.Input{Checklist: list, Rules: score.RulesOf(r.Rules)}}
	if g.in.Counties, err = tx.Counties(wave); err != nil {
		return nil, err
	}
	if g.legs, err = tx.Legs(wave); err != nil {
		return nil, err
	}
	g.visits, err = tx.Visits(wave)
	return g, err
}

func (g *gathered) compute() (*score.Result, error) {
	in := g.in
	in.Planned, in.Visits, in.Excluded = score.Select(g.legs, g.visits)
	if len(in.Visits) == 0 {
		return nil, inspect.Refuse("score.nothing", "Wave", g.wave)
	}
	return score.Compute(in)
}

// open are the numbers of the legs that are not closed.
func (g *gathered) open() (out []int) {
	for _, l := range g.legs {
		if l.Closed.IsZero() {
			out = append(out, l.No)
		}
	}
	return out
}

// LastScore returns the wave's newest kept result.
func LastScore(tx *store.Tx, wave int) (*score.Result, time.Time, error) {
	s, ok, err := tx.LastScore(wave)
	if err != nil || !ok {
		return nil, time.Time{}, cmp.Or[error](err, inspect.Refuse("score.none", "Wave", wave))
	}
	if got := inspect.DigestOf(s.Body); got.String() != s.Digest {
		return nil, time.Time{}, bent(wave, s, got)
	}
	var r score.Result
	return &r, s.At, json.Unmarshal(s.Body, &r)
}

// Stands refuses a frozen score that is not what the wave's visits give, or not what the log says was
// frozen: somebody has changed something outside a correction.
func Stands(c *campaign.Campaign, tx *store.Tx, wave int) error {
	last, ok, err := tx.LastScore(wave)
	if err != nil || !ok {
		return cmp.Or[error](err, inspect.Refuse("score.none", "Wave", wave))
	}
	g, err := gather(c, tx, wave)
	if err != nil {
		return err
	}
	r, err := g.compute()
	if err != nil {
		return err
	}
	raw, d, err := r.Freeze()
	if err != nil {
		return err
	}
	salt, err := hex.DecodeString(last.Salt)
	if err != nil || len(salt) != len(ledger.Salt{}) || d.String() != last.Digest || !bytes.Equal(raw, last.Body) {
		return bent(wave, last, d)
	}
	public, err := g.published(tx, r)
	if err != nil {
		return err
	}
	want, err := Entry(wave, last.Correction, r, public, ledger.Salt(salt))
	if err != nil {
		return err
	}
	if shown, err := inspect.CanonicalJSON(public); err != nil || !bytes.Equal(shown, last.Public) {
		return bent(wave, last, d)
	}
	logged, err := Logged(tx, wave)
	if want.Reports = logged.Reports; err == nil && logged != want {
		err = bent(wave, last, d)
	}
	return err
}

// Logged is what the log says of the wave's last frozen score; zero where none was frozen.
func Logged(tx *store.Tx, wave int) (last ledger.Score, err error) {
	err = campaign.EachBody(tx, func(_ time.Time, b ledger.Score) {
		if b.Wave == wave {
			last = b
		}
	})
	return last, err
}

// LoggedDigest is the digest of that entry, by which an auditor names it; zero where none was frozen.
func LoggedDigest(tx *store.Tx, wave int) (d inspect.Digest, err error) {
	last, err := Logged(tx, wave)
	if err != nil || last == (ledger.Score{}) {
		return d, err
	}
	return last.Digest()
}
