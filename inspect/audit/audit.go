package audit

import (
	"context"
	"slices"
	"strconv"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/draw"
	"zhicha/inspect/field"
	"zhicha/inspect/ledger"
	"zhicha/inspect/plan"
	"zhicha/inspect/results"
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
	Returns       int              `json:"returns"`        // files judged again as they came
	Reports       int              `json:"reports"`        // that they gave
	Findings      int              `json:"findings"`       // drafted again
	Score         inspect.Digest   `json:"score,omitzero"` // of the frozen score computed again
	Outcome       string           `json:"outcome"`
	Fingerprint   string           `json:"fingerprint"` // of the auditor's key
	Signed        bool             `json:"signed"`
	Mismatches    inspect.Problems `json:"-"`
}

// Signing says of what outcome the auditor signs a statement.
type Signing int

// A match, whatever comes of it, or nothing: to compare once more takes no statement.
const (
	SignMatch Signing = iota
	SignAny
	SignNothing
)

// Run opens the parties' deposits with two custodians' keys, draws the whole plan again and
// compares it with what was logged and with the visits made. The auditor's signed statement of the
// outcome goes into the ledger, once for each auditor and score, where sign asks for it.
// With a mismatch the audit is returned together with an error.
func Run(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int, keys campaign.Custody, sign Signing) (*Report, error) {
	p, err := c.Acts(who, inspect.RoleAuditor)
	if err != nil {
		return nil, err
	}
	busy := map[int]map[string][]inspect.Date{}
	for _, w := range c.Config.Waves {
		if _, busy[w.No], err = field.StandingElsewhere(ctx, c, w.No, w.Kind, keys); err != nil {
			return nil, err
		}
	}
	out, err := campaign.View(ctx, c, func(tx *store.Tx) (*Report, error) {
		return compare(c, tx, p.Secret, wave, keys, busy, sign != SignNothing)
	})
	if err == nil {
		err = c.Saw(ctx, p, inspect.SawAudit, strconv.Itoa(wave))
	}
	if err != nil {
		return nil, err
	}
	again, err := play(ctx, c, p, wave)
	if err != nil {
		return nil, err
	}
	published, err := comparePublished(ctx, c, wave)
	if err != nil {
		return nil, err
	}
	out.Mismatches = slices.Concat(out.Mismatches, again.differs, published)
	if out.Returns, out.Score = again.returns, again.score; len(out.Mismatches) > 0 {
		out.Outcome = ledger.Mismatch
	}
	out.Reports, out.Findings = len(again.again["report"].of(wave).rows), len(again.again["finding"].of(wave).rows)
	var mismatch error
	if n := len(out.Mismatches); n > 0 {
		x := inspect.Refuse("plan.audit-mismatch", "Wave", wave, "N", n)
		x.Class, mismatch = inspect.Unverified, x
		if sign == SignMatch {
			return out, mismatch
		}
	}
	if sign == SignNothing {
		return out, mismatch
	}
	salt, err := c.NewSalt()
	if err != nil {
		return nil, err
	}
	err = c.Update(ctx, func(tx *store.Tx) error {
		if err := campaign.BindAccess(tx, c.Now(), salt); err != nil {
			return err
		}
		if err := notAudited(tx, wave, out.Fingerprint, out.Score); err != nil {
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

// compare gathers what was committed, logged and done, draws again, and compares; it writes nothing. busy are, of
// each wave, the townships that others visit at the time.
func compare(c *campaign.Campaign, tx *store.Tx, secret string, wave int, keys campaign.Custody, busy map[int]map[string][]inspect.Date, signs bool) (*Report, error) {
	st, r, err := c.Committed(tx, wave)
	if err != nil {
		return nil, err
	}
	key, err := ledger.AuditorKey(secret)
	if err != nil {
		return nil, err
	}
	if err := mayAudit(tx, &st, ledger.KeyFingerprint(key), signs); err != nil {
		return nil, err
	}
	a, err := again(c, tx, &st, r, keys, busy[wave])
	if err != nil {
		return nil, err
	}
	a.out.Stages, a.out.Fingerprint = ledger.DeeperStages, ledger.KeyFingerprint(key)
	if err := a.compareOthers(c, tx, keys, busy); err != nil {
		return nil, err
	}
	rows, err := tx.Accesses()
	if err != nil {
		return nil, err
	}
	a.out.Mismatches = append(a.out.Mismatches, inspect.ProblemsOf(campaign.CheckAccesses(rows, 0, inspect.Digest{}))...)
	if a.out.Outcome = ledger.Match; len(a.out.Mismatches) > 0 {
		a.out.Outcome = ledger.Mismatch
	}
	return &a.out, nil
}

// again draws a wave again and holds it against what stands.
func again(c *campaign.Campaign, tx *store.Tx, st *store.Wave, r *draw.Record, keys campaign.Custody, busy map[string][]inspect.Date) (*auditing, error) {
	done, err := gather(c, tx, st, r)
	if err != nil {
		return nil, err
	}
	done.busy = busy
	for unit, days := range busy { // of waves that lie sealed still
		done.elsewhere[unit] = append(done.elsewhere[unit], days...)
	}
	stageKeys, err := openKeys(c, r, st.Beacon, keys)
	if err != nil {
		return nil, err
	}
	drawn, salt, trees, err := plan.Make(r, stageKeys, done.frame, done.design, done.teams)
	if err != nil {
		return nil, err
	}
	raw, err := plan.SealedText(drawn, salt)
	if err != nil {
		return nil, err
	}
	a := &auditing{record: r, done: done, salt: salt, out: Report{Wave: r.Wave, Plan: inspect.DigestOf(raw)}}
	a.compareLog(trees)
	a.compareField(drawn)
	return a, nil
}

// compareOthers draws the other waves that went out again too: by their visits townships were passed over.
func (a *auditing) compareOthers(c *campaign.Campaign, tx *store.Tx, keys campaign.Custody, busy map[int]map[string][]inspect.Date) error {
	waves, err := tx.Waves()
	if err != nil {
		return err
	}
	for _, no := range waves {
		visits, err := tx.Visits(no)
		if err != nil {
			return err
		}
		if no == a.record.Wave || len(visits) == 0 {
			continue
		}
		st, r, err := c.Committed(tx, no)
		if err != nil {
			return err
		}
		other, err := again(c, tx, &st, r, keys, busy[no])
		if err != nil {
			return err
		}
		if n := len(other.out.Mismatches); n > 0 { // by their number alone: what they name may not have been revealed
			a.differs("audit.other-wave", "Wave", no, "N", n)
		}
	}
	return nil
}

// openKeys are the keys of all stages, from the parties' deposits.
func openKeys(c *campaign.Campaign, r *draw.Record, beacon string, keys campaign.Custody) (_ map[inspect.Stage]inspect.Key, err error) {
	all := map[string]map[inspect.Stage]draw.Share{}
	for _, p := range r.Parties {
		if all[p.ID], err = ceremony.OpenDeposit(c, r, p.ID, keys); err != nil {
			return nil, err
		}
	}
	out, err := ceremony.KeysOf(r, beacon, all)
	return out, unproved(err)
}

// gather reads what the audit compares.
func gather(c *campaign.Campaign, tx *store.Tx, st *store.Wave, r *draw.Record) (d done, err error) {
	d.plan = st.Plan
	entries, err := tx.Entries()
	if err != nil {
		return d, err
	}
	register := c.Register(entries)
	d.signed, d.id = register.SignedBefore, register.ID
	if d.frame, err = c.ReadFrozen(r.Wave, r.Frame); err != nil {
		return d, err
	}
	if d.design, d.teams, err = c.CommittedInputs(tx, r); err != nil {
		return d, err
	}
	if err = campaign.EachBody(tx, func(_ time.Time, b ledger.Draw) {
		if b.Wave == r.Wave {
			d.drawn = b
		}
	}); err != nil {
		return d, err
	}
	for _, e := range entries {
		if b, err := ledger.Decode[ledger.Substitution](e.Body); e.Kind == string(ledger.LegSubstituted) && err == nil && b.Wave == r.Wave {
			d.changes, d.seqs, d.times = append(d.changes, b), append(d.seqs, e.Seq), append(d.times, e.Time)
		}
	}
	if d.legs, err = tx.Legs(r.Wave); err != nil {
		return d, err
	}
	if d.visits, err = tx.VisitsInTurn(r.Wave); err != nil {
		return d, err
	}
	if d.substitutions, err = tx.Substitutions(r.Wave); err != nil {
		return d, err
	}
	waves, err := tx.Waves()
	if err != nil {
		return d, err
	}
	d.elsewhere = map[string][]inspect.Date{}
	for _, no := range waves {
		visits, err := tx.Visits(no)
		if err != nil {
			return d, err
		}
		for _, v := range visits {
			if no != r.Wave && v.Kind == inspect.TS {
				d.elsewhere[v.Unit] = append(d.elsewhere[v.Unit], v.Day)
			}
		}
	}
	d.counties, err = tx.Counties(r.Wave)
	return d, err
}

// unproved makes a refusal what it is to an auditor: a proof that does not hold.
func unproved(err error) error {
	for _, p := range inspect.ProblemsOf(err) {
		p.Class = inspect.Unverified
	}
	return err
}

// mayAudit refuses before the reveal, when somebody could still be warned, and of one who signs a second
// statement on one wave.
func mayAudit(tx *store.Tx, st *store.Wave, fingerprint string, signs bool) error {
	shares, err := tx.Reveals(st.No)
	if err != nil {
		return err
	}
	if shares[inspect.StageCounty] == nil || shares[inspect.StageAssign] == nil {
		return inspect.Refuse("plan.audit-early", "Wave", st.No)
	}
	if st.Drawn.IsZero() {
		return inspect.Refuse("packet.not-drawn", "Wave", st.No)
	}
	if !signs {
		return nil
	}
	score, err := results.LoggedDigest(tx, st.No)
	if err != nil {
		return err
	}
	return notAudited(tx, st.No, fingerprint, score)
}

// notAudited refuses an auditor's second statement on one wave and the same score.
func notAudited(tx *store.Tx, wave int, fingerprint string, score inspect.Digest) error {
	audits, err := campaign.AuditsOf(tx, wave)
	for _, x := range audits {
		if x.Fingerprint() == fingerprint && x.Statement.Score == score {
			return inspect.Refuse("plan.audited", "Wave", wave, "At", x.Statement.Time)
		}
	}
	return err
}

// enter signs the statement and enters it.
func enter(c *campaign.Campaign, tx *store.Tx, out *Report, secret string) error {
	now := c.Now()
	signed, err := ledger.SignStatement(ledger.Statement{Campaign: c.Config.Campaign.ID, Wave: out.Wave, Stages: out.Stages, Plan: out.Plan,
		Visits: out.Visits, Substitutions: out.Substitutions, Returns: out.Returns, Reports: out.Reports, Findings: out.Findings, Score: out.Score, Mismatches: len(out.Mismatches), Outcome: out.Outcome,
		Time: now.In(inspect.Beijing).Format("2006-01-02T15:04:05-07:00")}, secret)
	if err != nil {
		return err
	}
	return campaign.Enter(tx, now, signed)
}
