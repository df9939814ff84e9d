package campaign

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/assign"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
)

// cmpErr is err, or otherwise where there is none.
func cmpErr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// Commit fixes everything the draw reads and returns D, the digest to print and publish. It
// refuses until the check is authorised (R01), the frame frozen (R02) and every input in order.
func (c *Campaign) Commit(ctx context.Context, as string, wave int) (inspect.Digest, error) {
	if _, err := c.actor(as, "drawer"); err != nil {
		return inspect.Digest{}, err
	}
	var d inspect.Digest
	err := c.db.Update(ctx, func(tx *store.Tx) error {
		if _, done, err := tx.Wave(wave); err != nil || done {
			return cmpErr(err, inspect.Refuse("plan.committed", "Wave", wave))
		}
		r, err := c.record(tx, wave)
		if err != nil {
			return err
		}
		if err := draw.CheckRecord(r); err != nil {
			return err
		}
		now := c.env.Now()
		if err := r.Beacon.CheckLead(now); err != nil {
			return err
		}
		raw, err := inspect.CanonicalJSON(r)
		if err != nil {
			return err
		}
		d = inspect.DigestOf(raw)
		if err := tx.CommitWave(wave, raw, now); err != nil {
			return err
		}
		paper, err := c.commitSheet(r, d)
		if err != nil {
			return err
		}
		if err := c.keepTeams(r); err != nil {
			return err
		}
		name := c.path(ceremonyDir, fmt.Sprintf("commit-%d", wave))
		return errors.Join(writeFile(name+".html", paper, 0o644), writeFile(name+".json", append(raw, '\n'), 0o644))
	})
	return d, err
}

// teamsFile is where the public team table of a wave is kept until the reveal publishes it.
func teamsFile(wave int) string { return fmt.Sprintf("%s/teams-%d.json", ceremonyDir, wave) }

// keepTeams keeps the team table as committed, since the roster may change for the next wave.
func (c *Campaign) keepTeams(r *draw.Record) error {
	_, teams, err := c.Roster(r.Wave)
	if err != nil {
		return err
	}
	raw, err := inspect.CanonicalJSON(teams)
	if err != nil {
		return err
	}
	return writeFile(c.path(teamsFile(r.Wave)), raw, 0o600)
}

// record puts together what a draw of the wave reads, from the folder as it stands.
func (c *Campaign) record(tx *store.Tx, wave int) (*draw.Record, error) {
	w, err := c.Config.wave(wave)
	if err != nil {
		return nil, err
	}
	frozen, err := c.frozen(tx, w)
	if err != nil {
		return nil, err
	}
	list, err := c.Checklist()
	if err != nil {
		return nil, err
	}
	_, teams, err := c.Roster(wave)
	if err != nil {
		return nil, err
	}
	calendar, err := c.Calendar()
	if err != nil {
		return nil, err
	}
	parties, err := tx.Parties(wave)
	if err != nil {
		return nil, err
	}
	r := &draw.Record{
		Algorithm: draw.Algorithm, Campaign: c.Config.Campaign.ID, Wave: wave, Kind: w.Kind, Plan: c.Config.Authority.PlanNo,
		Frame: frozen, Checklist: list.Digest(), Calendar: inspect.DigestOf(calendar.Canonical()),
		Window: w.Window, Closed: w.ClosedDays, LegDays: w.Assign.LegDays, Hours: w.Hours, Assign: w.Assign,
		Beacon:   draw.Beacon{Event: w.Ceremony.Beacon.EventZh, Issue: w.Ceremony.Beacon.Issue, At: w.Ceremony.Beacon.At.In(inspect.Beijing), Rule: w.Ceremony.Beacon.Rule},
		RevealBy: w.Ceremony.RevealBy,
	}
	for _, x := range []struct {
		of   any
		into *inspect.Digest
	}{{w.Design, &r.Design}, {teams, &r.Teams}} {
		raw, err := inspect.CanonicalJSON(x.of)
		if err != nil {
			return nil, err
		}
		*x.into = inspect.DigestOf(raw)
	}
	for _, p := range w.Ceremony.Parties {
		i := slices.IndexFunc(parties, func(x store.Party) bool { return x.ID == p.ID })
		if i < 0 {
			return nil, inspect.Refuse("plan.party-missing", "ID", p.ID, "Wave", wave)
		}
		party, err := fromParty(parties[i], p.NameZh)
		if err != nil {
			return nil, err
		}
		r.Parties = append(r.Parties, party)
	}
	slices.SortFunc(r.Parties, func(a, b draw.Party) int { return strings.Compare(a.ID, b.ID) })
	for _, p := range c.Config.People {
		if slices.Contains(p.Roles, "custodian") {
			r.Custodians = append(r.Custodians, draw.Custodian{ID: p.ID, Body: p.Body, Recipient: p.Key})
		}
	}
	slices.SortFunc(r.Custodians, func(a, b draw.Custodian) int { return strings.Compare(a.ID, b.ID) })
	return r, nil
}

// Beacon takes one person's reading of the beacon. The first is kept; the second must come from
// somebody else, agree, and match the committed rule. It reports whether the beacon now stands.
func (c *Campaign) Beacon(ctx context.Context, as string, wave int, value string) (stands bool, err error) {
	p, err := c.actor(as, "witness")
	if err != nil {
		return false, err
	}
	err = c.db.Update(ctx, func(tx *store.Tx) error {
		st, r, err := c.committed(tx, wave)
		if err != nil {
			return err
		}
		now := c.env.Now()
		if now.Before(r.Beacon.At) {
			return inspect.Refuse("plan.beacon-before", "At", r.Beacon.At.Format(time.DateTime))
		}
		owed, last, err := c.missing(tx, r)
		if err != nil {
			return err
		}
		if len(owed) > 0 {
			return inspect.Refuse("plan.unsigned", "Wave", wave, "Missing", strings.Join(owed, ", "))
		}
		if err := r.Beacon.CheckLead(last); err != nil {
			return err
		}
		if st.Beacon != "" {
			return inspect.Refuse("plan.beacon-stands", "Wave", wave, "Value", st.Beacon)
		}
		typed, err := tx.Beacons(wave)
		if err != nil {
			return err
		}
		first := value
		if len(typed) > 0 && typed[0].Typist == p.ID {
			if typed[0].Value == value {
				return inspect.Refuse("plan.beacon-same-person", "ID", p.ID)
			}
			typed = nil // the first typist mends a slip before the second has agreed
		}
		if len(typed) > 0 {
			first = typed[0].Value
		}
		if err := r.Beacon.Accept(first, value); err != nil {
			return err
		}
		if err := tx.PutBeacon(wave, p.ID, value, now); err != nil || len(typed) == 0 {
			return err
		}
		stands = true
		if err := tx.SetBeacon(wave, value); err != nil {
			return err
		}
		return tx.Append(now, "beacon", map[string]any{"wave": wave, "value": value})
	})
	return stands, err
}

// committed returns a committed wave and its record.
func (c *Campaign) committed(tx *store.Tx, wave int) (store.Wave, *draw.Record, error) {
	st, ok, err := tx.Wave(wave)
	if err != nil || !ok {
		return st, nil, cmpErr(err, inspect.Refuse("plan.not-committed", "Wave", wave))
	}
	var r draw.Record
	if err := json.Unmarshal(st.Record, &r); err != nil {
		return st, nil, err
	}
	r.Beacon.At = r.Beacon.At.In(inspect.Beijing)
	return st, &r, nil
}

// Drawn is what may be told of a draw before anybody travels.
type Drawn struct {
	Plan    inspect.Digest `json:"plan"`
	Legs    int            `json:"legs"`
	Overlap int            `json:"overlap"`
	Sealed  []string       `json:"sealed"`
}

// Draw makes the draw, once: it recomputes the commit record from the folder and refuses when
// anything committed has changed, derives the stage keys from the parties' secrets, selects,
// assigns, and seals the plan to custodians of two bodies. Nothing of the plan stays in the clear.
// keyFiles are two custodians' keys, needed only for a party that brought no secret.
func (c *Campaign) Draw(ctx context.Context, as string, wave int, keyFiles []string) (*Drawn, error) {
	if _, err := c.actor(as, "drawer"); err != nil {
		return nil, err
	}
	var out *Drawn
	err := c.db.Update(ctx, func(tx *store.Tx) error {
		st, r, err := c.committed(tx, wave)
		if err != nil {
			return err
		}
		if !st.Drawn.IsZero() {
			return inspect.Refuse("plan.drawn", "Wave", wave, "At", st.Drawn.Format(time.DateTime))
		}
		if st.Beacon == "" {
			return inspect.Refuse("plan.no-beacon", "Wave", wave)
		}
		if err := c.unchanged(tx, r); err != nil {
			return err
		}
		f, err := c.readFrozen(r.Wave, r.Frame)
		if err != nil {
			return err
		}
		plan, commitment, err := c.plan(r, st.Beacon, f, keyFiles)
		if err != nil {
			return err
		}
		if out, err = c.sealPlan(tx, plan, commitment, r); err != nil {
			return err
		}
		paper, err := c.drawSheet(r, inspect.DigestOf(st.Record), st.Beacon, out, commitment, c.env.Now())
		if err != nil {
			return err
		}
		return writeFile(c.path(ceremonyDir, fmt.Sprintf("draw-%d.html", wave)), paper, 0o644)
	})
	return out, err
}

// unchanged refuses when the folder no longer gives the record that was committed.
func (c *Campaign) unchanged(tx *store.Tx, committed *draw.Record) error {
	now, err := c.record(tx, committed.Wave)
	if err != nil {
		return err
	}
	a, err1 := inspect.CanonicalJSON(now)
	b, err2 := inspect.CanonicalJSON(committed)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if string(a) != string(b) {
		return inspect.Refuse("plan.changed", "Wave", committed.Wave, "Parts", strings.Join(changedParts(a, b), ", "))
	}
	return nil
}

// changedParts names the top-level fields in which two canonical records differ.
func changedParts(a, b []byte) []string {
	var x, y map[string]json.RawMessage
	json.Unmarshal(a, &x)
	json.Unmarshal(b, &y)
	var out []string
	for _, keys := range []map[string]json.RawMessage{x, y} {
		for k := range keys {
			if string(x[k]) != string(y[k]) {
				out = append(out, k)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// plan is the draw itself: keys, selection, assignment, visits. stages commits to what each stage
// chose.
func (c *Campaign) plan(r *draw.Record, beacon string, f *frame.Frame, keyFiles []string) (plan *inspect.Plan, stages map[inspect.Stage]*draw.StageTree, err error) {
	w, err := c.Config.wave(r.Wave)
	if err != nil {
		return nil, nil, err
	}
	keys, err := c.stageKeys(r, beacon, keyFiles)
	if err != nil {
		return nil, nil, err
	}
	key := func(s inspect.Stage) inspect.Key { return keys[s] }
	sample, err := draw.Select(f.Counties, f, w.Design, key)
	if err != nil {
		return nil, nil, err
	}
	_, teams, err := c.Roster(r.Wave)
	if err != nil {
		return nil, nil, err
	}
	in := assign.Input{Wave: r.Wave, Teams: teams, Rule: w.Assign, Hours: w.Hours, Window: w.Window, Closed: w.ClosedDays,
		LegDays: w.Assign.LegDays, Assign: keys[inspect.StageAssign], Schedule: keys[inspect.StageSchedule]}
	plan = &inspect.Plan{Wave: r.Wave, Reserves: sample.Reserves}
	byID := map[string]*draw.County{}
	for i := range sample.Counties {
		county := &sample.Counties[i]
		byID[county.Unit.ID] = county
		plan.Counties = append(plan.Counties, county.Draw())
		in.Legs = append(in.Legs, assign.LegNeed{County: county.Unit.ID, Region: county.Unit.ReportingUnit})
	}
	assigned, err := assign.Assign(in)
	if err != nil {
		return nil, nil, err
	}
	plan.Legs = assigned.Legs
	for _, leg := range assigned.Legs {
		plan.Visits = append(plan.Visits, byID[leg.County].Visits(leg)...)
	}
	return plan, sample.Trees(key), nil
}

// shares returns every party's shares: from the secret files that parties brought to secrets/,
// and for a party that did not, from its deposit, which takes two custodians' keys.
func (c *Campaign) shares(r *draw.Record, keyFiles []string) (map[string]map[inspect.Stage]draw.Share, error) {
	out := map[string]map[inspect.Stage]draw.Share{}
	for _, p := range r.Parties {
		file := c.path(secretsDir, PartySecretFile(r.Wave, p.ID))
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) && len(keyFiles) > 0 {
			if out[p.ID], err = c.openDeposit(r, p.ID, keyFiles); err != nil {
				return nil, err
			}
			continue
		}
		s, err := readSecret(file)
		if err != nil {
			return nil, err
		}
		if s.campaign != r.Campaign || s.wave != r.Wave || s.party != p.ID {
			return nil, inspect.Refuse("plan.sign-other", "Campaign", s.campaign, "Wave", s.wave, "Party", s.party)
		}
		out[p.ID] = map[inspect.Stage]draw.Share{}
		for _, stage := range inspect.Stages {
			out[p.ID][stage] = s.share(stage)
		}
	}
	return out, nil
}

// openDeposit opens a party's deposited shares.
func (c *Campaign) openDeposit(r *draw.Record, party string, keyFiles []string) (map[inspect.Stage]draw.Share, error) {
	pattern := c.path(sealedDir, fmt.Sprintf("deposit-%d-%s.*.age", r.Wave, party))
	raw, err := openSealed(pattern, keyFiles)
	if err != nil {
		return nil, err
	}
	var d struct {
		Shares map[inspect.Stage]string `json:"shares"`
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, err
	}
	out := map[inspect.Stage]draw.Share{}
	for stage, text := range d.Shares {
		b, err := hex.DecodeString(text)
		if err != nil || len(b) != len(draw.Share{}) {
			return nil, inspect.Refuse("draw.share-wrong", "Party", party, "Stage", stage)
		}
		out[stage] = draw.Share(b)
	}
	return out, nil
}

// stageKeys derives all stage keys, checking every share against its commitment.
func (c *Campaign) stageKeys(r *draw.Record, beacon string, keyFiles []string) (map[inspect.Stage]inspect.Key, error) {
	all, err := c.shares(r, keyFiles)
	if err != nil {
		return nil, err
	}
	keys := map[inspect.Stage]inspect.Key{}
	for _, stage := range inspect.Stages {
		shares := map[string]draw.Share{}
		for id, own := range all {
			shares[id] = own[stage]
		}
		if keys[stage], err = r.StageKey(stage, beacon, shares); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// sealPlan writes the sealed envelopes, then notes the draw: a crash in between leaves envelopes
// that the repeated draw, which gives the same plan, writes again. What is noted in the clear is
// the same for every draw from this record, but for digests.
func (c *Campaign) sealPlan(tx *store.Tx, plan *inspect.Plan, stages map[inspect.Stage]*draw.StageTree, r *draw.Record) (*Drawn, error) {
	raw, err := inspect.CanonicalJSON(plan)
	if err != nil {
		return nil, err
	}
	w, err := c.Config.wave(plan.Wave)
	if err != nil {
		return nil, err
	}
	envelopes, err := seal.Seal(seal.Pad(raw, planRoom(w.Design, len(plan.Legs))), custodiansOf(r))
	if err != nil {
		return nil, err
	}
	out := &Drawn{Plan: inspect.DigestOf(raw)}
	for _, e := range envelopes {
		name := fmt.Sprintf("plan-%d.%s+%s.age", plan.Wave, e.Bodies[0], e.Bodies[1])
		if err := writeFile(c.path(sealedDir, name), e.Data, 0o600); err != nil {
			return nil, err
		}
		out.Sealed = append(out.Sealed, sealedDir+"/"+name)
	}
	for i := range plan.Legs {
		if plan.Legs[i].Primary() {
			out.Legs++
		} else {
			out.Overlap++
		}
	}
	committed := map[string]any{}
	for stage, tree := range stages {
		committed[string(stage)] = tree.Commitment(stage)
	}
	now := c.env.Now()
	if err := tx.SetDrawn(plan.Wave, out.Plan.String(), now); err != nil {
		return nil, err
	}
	return out, tx.Append(now, "drawn", map[string]any{"wave": plan.Wave, "plan": out.Plan, "legs": out.Legs, "overlap": out.Overlap, "stages": committed})
}

// planRoom is more bytes than any plan of the design with that many legs takes, so that a sealed
// plan's length tells nothing of what was drawn.
func planRoom(d inspect.Design, legs int) int {
	const visit, order, reserve, leg = 800, 4096, 200, 800
	villages := d.Townships * d.Villages
	visits := villages*(d.Households+1) + d.Townships + d.Institutions + 1
	reserves := d.Reserves * (3 + d.Reserves) * (1 + d.Townships + villages)
	return (1 + legs) * (leg + visits*visit + villages*order + reserves*reserve)
}
