package campaign

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/assign"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
)

// NewParty makes a party's fresh secret for the wave and its signing key, both kept by the party
// in secrets/, and stores what the commit record lists: the verifier key and the commitments.
func (c *Campaign) NewParty(ctx context.Context, id string, wave int) (secretFile string, err error) {
	w, err := c.Config.wave(wave)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(w.Ceremony.Parties, func(p Party) bool { return p.ID == id })
	if i < 0 {
		return "", inspect.Misuse("plan.unknown-party", "ID", id, "Wave", wave)
	}
	var secret draw.Secret
	if _, err := io.ReadFull(c.env.Rand, secret[:]); err != nil {
		return "", err
	}
	skey, vkey, err := note.GenerateKey(c.env.Rand, id)
	if err != nil {
		return "", err
	}
	party := draw.Party{ID: id, Name: w.Ceremony.Parties[i].NameZh, Key: vkey, Commitments: map[inspect.Stage]inspect.Digest{}}
	for _, s := range inspect.Stages {
		party.Commitments[s] = draw.Commitment(draw.ShareOf(secret, c.Config.Campaign.ID, wave, id, s), c.Config.Campaign.ID, wave, id, s)
	}
	body, err := json.Marshal(party)
	if err != nil {
		return "", err
	}
	secretFile = c.secretFile(wave, id)
	return secretFile, c.db.Update(ctx, func(tx *store.Tx) error {
		if _, done, err := tx.Wave(wave); err != nil || done {
			return cmpErr(err, inspect.Refuse("plan.committed", "Wave", wave))
		}
		if ps, err := tx.Parties(wave); err != nil || ps[id] != nil {
			return cmpErr(err, inspect.Refuse("plan.party-exists", "ID", id, "Wave", wave))
		}
		if err := tx.PutParty(wave, id, body); err != nil {
			return err
		}
		return createFile(secretFile, []byte(hex.EncodeToString(secret[:])+"\n"+skey+"\n"))
	})
}

// cmpErr is err, or otherwise where there is none.
func cmpErr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

func (c *Campaign) secretFile(wave int, party string) string {
	return c.path(secretsDir, fmt.Sprintf("wave-%d-%s.secret", wave, party))
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
		if err := tx.Append(now, "draw-committed", map[string]any{"wave": wave, "record": d}); err != nil {
			return err
		}
		return writeFile(c.path(ceremonyDir, fmt.Sprintf("commit-%d.json", wave)), append(raw, '\n'), 0o644)
	})
	return d, err
}

// record puts together what a draw of the wave reads, from the folder as it stands.
func (c *Campaign) record(tx *store.Tx, wave int) (*draw.Record, error) {
	w, err := c.Config.wave(wave)
	if err != nil {
		return nil, err
	}
	frozen, err := c.frozen(tx)
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
		raw, ok := parties[p.ID]
		if !ok {
			return nil, inspect.Refuse("plan.party-missing", "ID", p.ID, "Wave", wave)
		}
		var party draw.Party
		if err := json.Unmarshal(raw, &party); err != nil {
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
		if st.Beacon != "" {
			return inspect.Refuse("plan.beacon-stands", "Wave", wave, "Value", st.Beacon)
		}
		typed, err := tx.Beacons(wave)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(typed, func(t store.Typed) bool { return t.Typist == p.ID }) {
			return inspect.Refuse("plan.beacon-same-person", "ID", p.ID)
		}
		first := value
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
	Plan     inspect.Digest       `json:"plan"`
	Legs     int                  `json:"legs"`
	Overlap  int                  `json:"overlap"`
	Visits   map[inspect.Kind]int `json:"visits"`
	Sealed   []string             `json:"sealed"`
	Reseated int                  `json:"reseated"`
}

// Draw makes the draw, once: it recomputes the commit record from the folder and refuses when
// anything committed has changed, derives the stage keys from the parties' secrets, selects,
// assigns, and seals the plan to custodians of two bodies. Nothing of the plan stays in the clear.
func (c *Campaign) Draw(ctx context.Context, as string, wave int) (*Drawn, error) {
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
		f, err := c.readFrozen(r.Frame)
		if err != nil {
			return err
		}
		plan, reseated, err := c.plan(r, st.Beacon, f)
		if err != nil {
			return err
		}
		plan.Drawn = c.env.Now().In(inspect.Beijing).Truncate(time.Second)
		out, err = c.sealPlan(tx, plan, r)
		if err == nil {
			out.Reseated = reseated
		}
		return err
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
	for k := range y {
		if string(x[k]) != string(y[k]) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// plan is the draw itself: keys, selection, assignment, visits.
func (c *Campaign) plan(r *draw.Record, beacon string, f *frame.Frame) (*inspect.Plan, int, error) {
	w, err := c.Config.wave(r.Wave)
	if err != nil {
		return nil, 0, err
	}
	keys, err := c.stageKeys(r, beacon)
	if err != nil {
		return nil, 0, err
	}
	sample, err := draw.Select(f.Counties, f, w.Design, func(s inspect.Stage) inspect.Key { return keys[s] })
	if err != nil {
		return nil, 0, err
	}
	_, teams, err := c.Roster(r.Wave)
	if err != nil {
		return nil, 0, err
	}
	in := assign.Input{Wave: r.Wave, Teams: teams, Rule: w.Assign, Hours: w.Hours, Window: w.Window, Closed: w.ClosedDays,
		LegDays: w.Assign.LegDays, Assign: keys[inspect.StageAssign], Schedule: keys[inspect.StageSchedule]}
	plan := &inspect.Plan{Wave: r.Wave, Reserves: sample.Reserves}
	byID := map[string]*draw.County{}
	for i := range sample.Counties {
		county := &sample.Counties[i]
		byID[county.Unit.ID] = county
		plan.Counties = append(plan.Counties, county.Draw())
		in.Legs = append(in.Legs, assign.LegNeed{County: county.Unit.ID, Region: county.Unit.ReportingUnit})
	}
	assigned, err := assign.Assign(in)
	if err != nil {
		return nil, 0, err
	}
	plan.Legs = assigned.Legs
	for _, leg := range assigned.Legs {
		plan.Visits = append(plan.Visits, byID[leg.County].Visits(leg)...)
	}
	return plan, assigned.Counter, nil
}

// stageKeys reads every party's secret and derives all stage keys.
func (c *Campaign) stageKeys(r *draw.Record, beacon string) (map[inspect.Stage]inspect.Key, error) {
	secrets := map[string]draw.Secret{}
	for _, p := range r.Parties {
		raw, err := os.ReadFile(c.secretFile(r.Wave, p.ID))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, inspect.Refuse("plan.secret-missing", "ID", p.ID, "File", c.secretFile(r.Wave, p.ID))
		}
		line, _, _ := strings.Cut(string(raw), "\n")
		b, derr := hex.DecodeString(strings.TrimSpace(line))
		if err := errors.Join(err, derr); err != nil || len(b) != len(draw.Secret{}) {
			return nil, inspect.Refuse("plan.secret-malformed", "ID", p.ID, "File", c.secretFile(r.Wave, p.ID))
		}
		secrets[p.ID] = draw.Secret(b)
	}
	keys := map[inspect.Stage]inspect.Key{}
	for _, s := range inspect.Stages {
		shares := map[string]draw.Share{}
		for id, secret := range secrets {
			shares[id] = draw.ShareOf(secret, r.Campaign, r.Wave, id, s)
		}
		key, err := r.StageKey(s, beacon, shares)
		if err != nil {
			return nil, err
		}
		keys[s] = key
	}
	return keys, nil
}

// sealPlan writes the sealed envelopes, then notes the draw: a crash in between leaves envelopes
// that the repeated draw, which gives the same plan, writes again.
func (c *Campaign) sealPlan(tx *store.Tx, plan *inspect.Plan, r *draw.Record) (*Drawn, error) {
	raw, err := inspect.CanonicalJSON(plan)
	if err != nil {
		return nil, err
	}
	var custodians []seal.Custodian
	for _, x := range r.Custodians {
		custodians = append(custodians, seal.Custodian{ID: x.ID, Body: x.Body, Recipient: x.Recipient})
	}
	envelopes, err := seal.Seal(raw, custodians)
	if err != nil {
		return nil, err
	}
	out := &Drawn{Plan: inspect.DigestOf(raw), Visits: map[inspect.Kind]int{}}
	for _, e := range envelopes {
		name := fmt.Sprintf("plan-%d.%s+%s.age", plan.Wave, e.Bodies[0], e.Bodies[1])
		if err := writeFile(c.path(sealedDir, name), e.Data, 0o600); err != nil {
			return nil, err
		}
		out.Sealed = append(out.Sealed, sealedDir+"/"+name)
	}
	primary := map[int]bool{}
	for i := range plan.Legs {
		primary[plan.Legs[i].No] = plan.Legs[i].Primary()
		if plan.Legs[i].Primary() {
			out.Legs++
		} else {
			out.Overlap++
		}
	}
	for i := range plan.Visits {
		if primary[plan.Visits[i].Leg] {
			out.Visits[plan.Visits[i].Kind]++
		}
	}
	if err := tx.SetDrawn(plan.Wave, out.Plan.String(), plan.Drawn); err != nil {
		return nil, err
	}
	return out, tx.Append(plan.Drawn, "drawn", map[string]any{"wave": plan.Wave, "plan": out.Plan, "legs": out.Legs, "overlap": out.Overlap, "visits": out.Visits})
}
