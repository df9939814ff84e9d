package results

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ledger"
	"zhicha/inspect/privacy"
	"zhicha/inspect/review"
	"zhicha/inspect/score"
	"zhicha/inspect/store"
)

// Correction is a numbered change 更正 of a wave whose score was frozen: one person proposes it, sees what
// it changes for whom, and another confirms exactly that. Changes name visits: they are internal. The
// reason and the moves are published.
type Correction struct {
	Wave     int            `json:"wave"`
	No       int            `json:"no"`
	Reason   string         `json:"reason"`
	Changes  []Change       `json:"changes"`
	Visits   int            `json:"visits"`       // how many are decided about anew
	Proposed string         `json:"proposed"`     // by whom
	Key      string         `json:"key"`          // verifier key of theirs
	Signed   string         `json:"signed"`       // signed note of theirs on all that was proposed
	By       string         `json:"by,omitempty"` // who confirmed it
	Before   inspect.Digest `json:"before"`       // of the frozen result
	After    inspect.Digest `json:"after"`        // of the one that follows
	Moves    []score.Move   `json:"moves"`        // in official order, the nation first
}

// Change is one thing that is decided anew: about a visit's report, or to leave a leg unscored.
type Change struct {
	Visit    string `json:"visit,omitempty"`
	Leg      int    `json:"leg,omitempty"`
	Version  int    `json:"version,omitempty"` // of its reports, where one is adopted
	Decision string `json:"decision"`          // of a visit review.Approved, Returned or Adopted, of a leg score.LegExcluded
}

// Propose works out what changes would do to a frozen score and keeps the proposal, in place of an
// earlier one that nobody confirmed. Nothing is decided yet.
func Propose(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int, changes []Change, reason string) (*Correction, error) {
	p, err := c.Acts(who, inspect.RoleScorer)
	if err != nil {
		return nil, err
	}
	if reason == "" || len(changes) == 0 {
		return nil, inspect.Misuse("score.correct-empty")
	}
	return campaign.Update(ctx, c, func(tx *store.Tx) (*Correction, error) {
		if err := publishable(c, tx, reason); err != nil {
			return nil, err
		}
		x := &Correction{Wave: wave, Reason: reason, Changes: changes, Proposed: p.ID, Key: p.Key}
		if _, err := x.workOut(c, tx); err != nil {
			return nil, err
		}
		if len(x.Moves) == 0 && x.Before == x.After {
			return nil, inspect.Refuse("score.correct-nothing", "Wave", wave)
		}
		text, err := x.text(c.Config.Campaign.ID)
		if err != nil {
			return nil, err
		}
		if x.Signed, err = p.Sign(text); err != nil {
			return nil, err
		}
		raw, err := json.Marshal(x)
		if err != nil {
			return nil, err
		}
		// an earlier proposal is given up by this one: nobody can confirm it any more
		if err := c.Seen(tx, p, inspect.DidPropose, fmt.Sprintf("%d/%d/%s", wave, x.No, inspect.DigestOf([]byte(x.Signed)))); err != nil {
			return nil, err
		}
		return x, tx.PutCorrection(wave, x.No, raw, c.Now())
	})
}

// Confirm puts a proposed correction in force: a second person, with another key, has seen the same
// moves. It is refused where anything has changed since it was proposed.
func Confirm(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave, no int) (*Correction, error) {
	p, err := c.Acts(who, inspect.RoleSigner)
	if err != nil {
		return nil, err
	}
	hide, err := newSalts(c)
	if err != nil {
		return nil, err
	}
	decisions, err := c.NewSalt()
	if err != nil {
		return nil, err
	}
	return campaign.Update(ctx, c, func(tx *store.Tx) (*Correction, error) {
		x, err := proposal(tx, wave, no)
		if err != nil {
			return nil, err
		}
		if x.Proposed == p.ID || ledger.KeyFingerprint(x.Key) == ledger.KeyFingerprint(p.Key) {
			return nil, inspect.Refuse("score.correct-same", "ID", p.ID)
		}
		if err := x.checkSigned(c); err != nil {
			return nil, err
		}
		if err := publishable(c, tx, x.Reason); err != nil {
			return nil, err
		}
		seen := *x
		g, err := x.workOut(c, tx)
		if err != nil {
			return nil, err
		}
		if x.No != seen.No || x.Before != seen.Before || x.After != seen.After {
			return nil, inspect.Refuse("score.correct-moved", "No", no)
		}
		x.By = p.ID
		return x, x.enter(c, tx, g, p, hide, decisions)
	})
}

// text is what the proposer signs: the digest of all that is proposed.
func (x Correction) text(campaign string) (string, error) {
	x.Signed, x.By = "", ""
	raw, err := inspect.CanonicalJSON(x)
	return fmt.Sprintf("zhicha/1 correction\n%s\n%s\n", campaign, inspect.DigestOf(raw)), err
}

// Proposed reads a correction as it is kept: what its proposer signed of it, and the note.
func Proposed(campaign string, raw []byte) (text, signed string, err error) {
	var x Correction
	if err := json.Unmarshal(raw, &x); err != nil {
		return "", "", err
	}
	text, err = x.text(campaign)
	return text, x.Signed, err
}

// checkSigned refuses a proposal that is not as a scorer of the office signed it: who can write to the
// database cannot be both of the two.
func (x Correction) checkSigned(c *campaign.Campaign) error {
	text, err := x.text(c.Config.Campaign.ID)
	if err != nil {
		return err
	}
	p, err := c.Appointed(x.Proposed)
	known := err == nil && p.Key == x.Key && slices.Contains(p.Roles, inspect.RoleScorer)
	verifier, err := note.NewVerifier(x.Key)
	if err == nil && known {
		if n, err := note.Open([]byte(x.Signed), note.VerifierList(verifier)); err == nil && n.Text == text {
			return nil
		}
	}
	return inspect.Refuse("score.correct-unsigned", "No", x.No, "ID", x.Proposed)
}

// proposal is the correction of that number, which nobody has confirmed yet.
func proposal(tx *store.Tx, wave, no int) (*Correction, error) {
	all, err := tx.Corrections(wave)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if s.No == no && s.Confirmed.IsZero() {
			var x Correction
			return &x, json.Unmarshal(s.Body, &x)
		}
	}
	return nil, inspect.Misuse("score.correct-unknown", "No", no, "Wave", wave)
}

// workOut fills in the number, the digests and the moves, from the wave as it stands.
func (x *Correction) workOut(c *campaign.Campaign, tx *store.Tx) (*gathered, error) {
	scores, err := tx.Scores(x.Wave)
	if err != nil {
		return nil, err
	}
	if len(scores) == 0 {
		return nil, inspect.Refuse("score.none", "Wave", x.Wave)
	}
	x.No = len(scores) // one for each score after the first
	g, err := gather(c, tx, x.Wave)
	if err != nil {
		return nil, err
	}
	before, err := g.compute()
	if err != nil {
		return nil, err
	}
	if _, x.Before, err = before.Freeze(); err != nil {
		return nil, err
	}
	if last := scores[len(scores)-1]; x.Before.String() != last.Digest {
		return nil, bent(x.Wave, last, x.Before)
	}
	if x.Visits, err = g.apply(x.Changes, tx.History); err != nil {
		return nil, err
	}
	after, err := g.compute()
	if err != nil {
		return nil, err
	}
	_, x.After, err = after.Freeze()
	x.Moves = score.Moves(before.Published(), after.Published())
	return g, err
}

// apply makes changes to what scores are made from, and counts the visits decided about. history are the
// versions of a visit's report.
func (g *gathered) apply(changes []Change, history func(visit string) ([]inspect.Version, error)) (visits int, err error) {
	for _, ch := range changes {
		n := 0
		for i := range g.legs {
			if l := &g.legs[i]; ch.Leg != 0 && l.No == ch.Leg && l.Excluded == "" && ch.Decision == score.LegExcluded {
				l.Excluded, n = ch.Decision, l.Visits
			}
		}
		for i := range g.visits {
			v := &g.visits[i]
			if ch.Leg != 0 || v.ID != ch.Visit || v.Report == nil {
				continue
			}
			switch {
			case ch.Decision == review.Returned && v.State == inspect.VisitApproved:
				v.State, n = inspect.VisitSentBack, 1
			case ch.Decision == review.Approved && (v.State == inspect.VisitSentBack || v.State == inspect.VisitSubmitted):
				v.State, n = inspect.VisitApproved, 1
			case ch.Decision == review.Adopted && v.State == inspect.VisitApproved:
				versions, err := history(v.ID)
				if err != nil {
					return 0, err
				}
				for _, h := range versions {
					if h.Version == ch.Version && h.Digest != v.Digest {
						v.Report, v.Digest, v.Grade, n = &h.Report, h.Digest, h.Grade, 1
					}
				}
			}
		}
		if n == 0 {
			return 0, inspect.Misuse("score.correct-change", "Visit", ch.Visit, "Leg", ch.Leg, "Decision", ch.Decision)
		}
		visits += n
	}
	return visits, nil
}

// enter carries the changes out and logs them with the score that follows.
func (x *Correction) enter(c *campaign.Campaign, tx *store.Tx, g *gathered, p *campaign.Acting, hide salts, decisions ledger.Salt) error {
	now := c.Now()
	rows, err := x.Rows(tx, p.ID)
	if err != nil {
		return err
	}
	for i, ch := range x.Changes {
		if ch.Leg != 0 {
			if err := tx.ExcludeLeg(x.Wave, ch.Leg, x.Reason, p.ID, now); err != nil {
				return err
			}
			continue
		}
		d := inspect.Decision{Visit: ch.Visit, Digest: rows[i][1], Decision: ch.Decision, By: p.ID, Reason: x.Reason, Time: now}
		if err := review.Again(c, tx, d); err != nil {
			return err
		}
	}
	proposed := inspect.DigestOf([]byte(x.Key))
	if err := c.EnterDecided(tx, p, decisions, now, x.Wave, rows, func(root inspect.Digest) ledger.Body {
		return ledger.Correction{Wave: x.Wave, No: x.No, Before: x.Before, After: x.After, Text: inspect.DigestOf([]byte(x.Reason)),
			By: []inspect.Digest{proposed, campaign.PersonHash(p.Person)}, Visits: x.Visits, Root: root}
	}); err != nil {
		return err
	}
	raw, err := json.Marshal(x)
	if err != nil {
		return err
	}
	if err := tx.ConfirmCorrection(x.Wave, x.No, raw, now); err != nil {
		return err
	}
	r, err := g.compute()
	if err != nil {
		return err
	}
	_, err = g.freeze(tx, r, p.ID, x.No, hide, now, func(rows [][]string, body func(root inspect.Digest) ledger.Body) error {
		return c.EnterDecided(tx, p, hide.reports, now, x.Wave, rows, body)
	})
	return err
}

// Rows are what the entry of a correction binds that a person confirms: a row for each change, about the report as it
// stands then.
func (x *Correction) Rows(tx *store.Tx, by string) (rows [][]string, err error) {
	adopted := map[string]string{} // digests, by visit
	for _, ch := range x.Changes {
		if ch.Leg != 0 {
			rows = append(rows, ledger.LegActRow(ledger.LegExcluded, x.Wave, ch.Leg, by, x.Reason))
			continue
		}
		v, ok, err := tx.Visit(ch.Visit)
		if err != nil || !ok {
			return nil, cmp.Or[error](err, inspect.Misuse("visit.unknown", "ID", ch.Visit))
		}
		digest := cmp.Or(adopted[ch.Visit], v.Digest)
		if ch.Decision == review.Adopted {
			history, err := tx.History(ch.Visit)
			if err != nil {
				return nil, err
			}
			i := slices.IndexFunc(history, func(h inspect.Version) bool { return h.Version == ch.Version })
			if i < 0 {
				return nil, inspect.Misuse("visit.no-version", "ID", ch.Visit, "Version", ch.Version)
			}
			digest = history[i].Digest
			adopted[ch.Visit] = digest
		}
		rows = append(rows, ledger.DecisionRows([]inspect.Decision{{Visit: ch.Visit, Digest: digest, Decision: ch.Decision, By: by, Reason: x.Reason}})...)
	}
	return rows, nil
}

// AllCorrections are those of a wave, in force or proposed, by number: who confirms one looks at it first.
func AllCorrections(ctx context.Context, c *campaign.Campaign, wave int) ([]Correction, error) {
	return campaign.View(ctx, c, func(tx *store.Tx) ([]Correction, error) {
		all, _, err := Corrections(tx, wave)
		return all, err
	})
}

// Corrections are those of a wave, in force or proposed, by number.
func Corrections(tx *store.Tx, wave int) (out []Correction, confirmed []time.Time, err error) {
	all, err := tx.Corrections(wave)
	for _, s := range all {
		var x Correction
		if err := json.Unmarshal(s.Body, &x); err != nil {
			return nil, nil, err
		}
		out, confirmed = append(out, x), append(confirmed, s.Confirmed)
	}
	return out, confirmed, err
}

// publishable refuses a text that may not stand on a page.
func publishable(c *campaign.Campaign, tx *store.Tx, text string) error {
	sealed, err := campaign.SealedNames(tx)
	if err != nil {
		return err
	}
	return privacy.Check(text, sealed, inspect.Place{Field: "reason"}).Err()
}
