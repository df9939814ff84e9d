package audit

import (
	"context"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/draw"
	"zhicha/inspect/field"
	"zhicha/inspect/ledger"
	"zhicha/inspect/plan"
	"zhicha/inspect/store"
)

// Report is what a wave's deeper stages showed when they were opened to an auditor. Mismatches name
// places: they are for the auditor's own screen and go nowhere else.
type Report struct {
	Wave          int              `json:"wave"`
	Stages        []inspect.Stage  `json:"stages"`
	Plan          inspect.Digest   `json:"plan"` // of the plan drawn again
	Legs          int              `json:"legs"`
	Visits        int              `json:"visits"`     // compared with those drawn
	Households    int              `json:"households"` // reports whose register line was compared with the drawn order
	Substitutions int              `json:"substitutions"`
	Outcome       string           `json:"outcome"`
	Fingerprint   string           `json:"fingerprint"` // of the auditor's key
	Signed        bool             `json:"signed"`
	Mismatches    inspect.Problems `json:"-"`
}

// Run opens the parties' deposits with two custodians' keys, draws the whole plan again and
// compares it with what was logged and with the visits made. The auditor's signed statement of the
// outcome goes into the ledger, once for each auditor; one of a mismatch only where signMismatch
// asks for it. With a mismatch the audit is returned together with an error.
func Run(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int, keys campaign.Custody, signMismatch bool) (*Report, error) {
	p, err := c.Acts(who, inspect.RoleAuditor)
	if err != nil {
		return nil, err
	}
	kind := ""
	if w, err := c.Config.Wave(wave); err == nil { // a wave that is none is refused below
		kind = w.Kind
	}
	_, busy, err := field.StandingElsewhere(ctx, c, wave, kind, keys)
	if err != nil {
		return nil, err
	}
	out, err := campaign.View(ctx, c, func(tx *store.Tx) (*Report, error) { return compare(c, tx, p.Secret, wave, keys, busy) })
	if err != nil {
		return nil, err
	}
	var mismatch error
	if n := len(out.Mismatches); n > 0 {
		x := inspect.Refuse("plan.audit-mismatch", "Wave", wave, "N", n)
		x.Class, mismatch = inspect.Unverified, x
		if !signMismatch {
			return out, mismatch
		}
	}
	err = c.Update(ctx, func(tx *store.Tx) error {
		if err := notAudited(tx, wave, out.Fingerprint); err != nil {
			return err
		}
		return enter(c, tx, out, p.Secret)
	})
	if err != nil {
		return nil, err
	}
	out.Signed = true
	return out, mismatch
}

// compare compares, and writes nothing.
func compare(c *campaign.Campaign, tx *store.Tx, secret string, wave int, keys campaign.Custody, busy map[string][]inspect.Date) (*Report, error) {
	st, r, err := c.Committed(tx, wave)
	if err != nil {
		return nil, err
	}
	key, err := ledger.AuditorKey(secret)
	if err != nil {
		return nil, err
	}
	a := &auditing{tx: tx, campaign: c, record: r, busy: busy, out: Report{Wave: wave, Stages: ledger.DeeperStages, Fingerprint: ledger.KeyFingerprint(key)}}
	if err := a.mayAudit(&st); err != nil {
		return nil, err
	}
	all := map[string]map[inspect.Stage]draw.Share{}
	for _, p := range r.Parties {
		if all[p.ID], err = ceremony.OpenDeposit(c, r, p.ID, keys); err != nil {
			return nil, err
		}
	}
	stageKeys, err := ceremony.KeysOf(r, st.Beacon, all)
	if err != nil {
		return nil, unproved(err)
	}
	if a.frame, err = c.ReadFrozen(wave, r.Frame); err != nil {
		return nil, err
	}
	design, teams, err := c.CommittedInputs(r)
	if err != nil {
		return nil, err
	}
	drawn, salt, trees, err := plan.Make(r, stageKeys, a.frame, design, teams)
	if err != nil {
		return nil, err
	}
	raw, err := plan.SealedText(drawn, salt)
	if err != nil {
		return nil, err
	}
	a.out.Plan, a.salt = inspect.DigestOf(raw), salt
	a.compareLog(&st, trees)
	if err := a.compareField(drawn); err != nil {
		return nil, err
	}
	if a.out.Outcome = ledger.Match; len(a.out.Mismatches) > 0 {
		a.out.Outcome = ledger.Mismatch
	}
	return &a.out, nil
}

// unproved makes a refusal what it is to an auditor: a proof that does not hold.
func unproved(err error) error {
	for _, p := range inspect.ProblemsOf(err) {
		p.Class = inspect.Unverified
	}
	return err
}

// mayAudit refuses before the reveal, when somebody could still be warned, and an auditor's second
// statement on one wave. It finds the entries to compare with.
func (a *auditing) mayAudit(st *store.Wave) error {
	shares, err := a.tx.Reveals(a.out.Wave)
	if err != nil {
		return err
	}
	if shares[inspect.StageCounty] == nil || shares[inspect.StageAssign] == nil {
		return inspect.Refuse("plan.audit-early", "Wave", a.out.Wave)
	}
	if st.Drawn.IsZero() {
		return inspect.Refuse("packet.not-drawn", "Wave", a.out.Wave)
	}
	if err := notAudited(a.tx, a.out.Wave, a.out.Fingerprint); err != nil {
		return err
	}
	return campaign.EachEntry(a.tx, a.out.Wave, func(kind string, e campaign.Logged) {
		switch kind {
		case "drawn":
			a.drawn = e
		case "leg-substituted":
			a.changes = append(a.changes, e)
		}
	})
}

// notAudited refuses an auditor's second statement on one wave.
func notAudited(tx *store.Tx, wave int, fingerprint string) error {
	audits, err := campaign.AuditsOf(tx, wave)
	for _, x := range audits {
		if x.Fingerprint() == fingerprint {
			return inspect.Refuse("plan.audited", "Wave", wave, "At", x.Statement.Time)
		}
	}
	return err
}

// compareLog holds the plan drawn again against what was logged on the day of the draw.
func (a *auditing) compareLog(st *store.Wave, trees map[inspect.Stage]*draw.StageTree) {
	if a.out.Plan != a.drawn.Plan || a.out.Plan.String() != st.Plan {
		a.differs("audit.plan", "Got", a.out.Plan, "Want", a.drawn.Plan)
	}
	for _, stage := range inspect.Stages {
		tree := trees[stage]
		if tree == nil {
			continue // assign and schedule draw no units
		}
		if got := tree.Commitment(stage); got != a.drawn.Stages[stage] {
			a.differs("audit.stage", "Stage", string(stage), "Got", got, "Want", a.drawn.Stages[stage])
		}
	}
}

// enter signs the statement and enters it.
func enter(c *campaign.Campaign, tx *store.Tx, out *Report, secret string) error {
	now := c.Now()
	signed, err := ledger.SignStatement(ledger.Statement{Campaign: c.Config.Campaign.ID, Wave: out.Wave, Stages: out.Stages, Plan: out.Plan,
		Visits: out.Visits, Substitutions: out.Substitutions, Mismatches: len(out.Mismatches), Outcome: out.Outcome,
		Time: now.In(inspect.Beijing).Format("2006-01-02T15:04:05-07:00")}, secret)
	if err != nil {
		return err
	}
	return tx.Append(now, string(ledger.Audited), signed)
}
