package returns

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/intake"
	"zhicha/inspect/ledger"
	"zhicha/inspect/store"
)

// Unproven is what becomes of a report that does not prove where it comes from, beside the states of
// intake: nobody has judged it.
const Unproven = "without-proof"

// apart is what was set apart of a return.
type apart struct {
	reports int
	says    *inspect.Problem
}

// setApart keeps a return that does not prove where it comes from, all of it or some reports, and returns
// what is left to judge: nil where nothing is. A file that two people had admitted is left whole.
func setApart(c *campaign.Campaign, tx *store.Tx, r *received, k *knownPlan) (*inspect.Return, *apart, error) {
	ret := *r.ret
	n, known := intake.Unproven(&ret, k.secret)
	if known && n == 0 {
		return r.ret, nil, nil
	}
	digest := ret.Digest.String()
	if admitted, err := tx.Admitted(k.wave, digest); err != nil || admitted {
		return r.ret, nil, err
	}
	if err := c.KeepEvidence(ret.Digest, r.data); err != nil {
		return nil, nil, err
	}
	kept, err := tx.PutUnproven(inspect.Unproven{Wave: k.wave, Digest: digest, Name: filepath.Base(r.name), Packet: ret.Packet, Reports: n, Received: c.Now(), By: k.by.ID})
	if err == nil && kept {
		err = c.Seen(tx, &campaign.Acting{Person: k.by}, inspect.KeptApart, inspect.Kept(k.wave, digest))
	}
	out := &apart{n, inspect.Reject("intake.unproven", inspect.Place{File: r.name})}
	if err != nil || !known {
		return nil, out, err
	}
	return &ret, out, nil
}

// UnprovenOf are the returns of a wave that did not prove where they come from, with what was decided.
func UnprovenOf(ctx context.Context, c *campaign.Campaign, wave int) ([]inspect.Unproven, error) {
	return campaign.View(ctx, c, func(tx *store.Tx) ([]inspect.Unproven, error) { return tx.Unproven(wave) })
}

// Settled is what an act about an unproven return came to.
type Settled struct {
	Digest   string `json:"digest"`
	Decision string `json:"decision,omitempty"` // empty: another person has yet to decide alike
	Taken    *Taken `json:"taken,omitempty"`    // where it was admitted: what intake made of it
}

// Settle takes one reviewer's decision about a return that did not prove where it comes from, by its digest
// or the beginning of it. Once two people with different keys decided alike it is settled; where they
// admit it, it is judged there and then, and they are told what is wrong with it.
func Settle(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int, digest, decision, reason string) (*Settled, error) {
	p, err := c.Acts(who, inspect.RoleReviewer)
	if err != nil {
		return nil, err
	}
	list, err := UnprovenOf(ctx, c, wave)
	if err != nil {
		return nil, err
	}
	found := -1
	for i := range list {
		if len(digest) >= 8 && strings.HasPrefix(list[i].Digest, digest) {
			if found >= 0 {
				return nil, inspect.Misuse("unproven.unknown", "Digest", digest)
			}
			found = i
		}
	}
	if found < 0 {
		return nil, inspect.Misuse("unproven.unknown", "Digest", digest)
	}
	k, err := planFor(ctx, c, wave)
	if err != nil {
		return nil, err
	}
	k.by = p.Person
	r := readAny(c, returnFile{Name: list[found].Name, Read: func() ([]byte, error) { return c.ReadEvidence(p, list[found].Digest) }}, k)
	switch { // nobody judges what cannot be seen as it came
	case r.err != nil:
		return nil, r.err
	case r.ret == nil || r.ret.Digest.String() != list[found].Digest:
		return nil, inspect.Refuse("unproven.evidence", "Digest", short(list[found].Digest))
	}
	salt, err := c.NewSalt()
	if err != nil {
		return nil, err
	}
	return campaign.Update(ctx, c, func(tx *store.Tx) (*Settled, error) {
		now, err := tx.Unproven(wave)
		if err != nil {
			return nil, err
		}
		u := &now[found] // none is ever taken away
		d := inspect.Decision{Digest: u.Digest, Decision: decision, By: p.ID, Key: ledger.KeyFingerprint(p.Key), Reason: strings.TrimSpace(reason), Time: c.Now()}
		register, err := c.RegisterNow(tx)
		if err != nil {
			return nil, err
		}
		if err := register.MustBeDecided(wave, u.Acts); err != nil {
			return nil, err
		}
		both, err := settles(u, &d, inspectorsOf(r.ret))
		if err != nil {
			return nil, err
		}
		if d.Note, err = c.DecideFirst(tx, p, wave, d); err != nil {
			return nil, err
		}
		s := &Settled{Digest: u.Digest}
		// what is wrong with the file is told once this is on disk
		if err := errors.Join(c.Seen(tx, p, inspect.SawEvidence, u.Digest), tx.PutUnprovenAct(wave, d)); err != nil || !both {
			return s, err
		}
		s.Decision = decision
		if err := enterJudgement(c, tx, salt, p, wave, append(u.Acts, d)); err != nil {
			return s, err
		}
		if err := tx.SettleUnproven(wave, u.Digest, decision); err != nil || decision != Admitted {
			return s, err
		}
		t, err := takeWith(c, tx, &r, k)
		s.Taken = &t
		return s, err
	})
}

func inspectorsOf(ret *inspect.Return) (all []string) {
	for i := range ret.Reports {
		all = append(all, ret.Reports[i].Inspectors...)
	}
	return all
}

// enterJudgement binds every decision about a return that two people settled, the last of them by p.
func enterJudgement(c *campaign.Campaign, tx *store.Tx, salt ledger.Salt, p *campaign.Acting, wave int, acts []inspect.Decision) error {
	last := acts[len(acts)-1]
	i := slices.IndexFunc(acts, func(x inspect.Decision) bool { return x.Decision == last.Decision }) // settles found one
	first, err := c.Appointed(acts[i].By)
	if err != nil {
		return err
	}
	return c.EnterDecided(tx, p, salt, last.Time, wave, ledger.DecisionRows(acts), func(root inspect.Digest) ledger.Body {
		return ledger.Judgement{Wave: wave, By: []inspect.Digest{campaign.PersonHash(first), campaign.PersonHash(p.Person)}, Root: root}
	})
}
