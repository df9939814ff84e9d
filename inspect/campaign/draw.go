package campaign

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/assign"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"

	"golang.org/x/sync/errgroup"
)

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
	err := c.Update(ctx, func(tx *store.Tx) error {
		st, r, err := c.mayDraw(tx, wave)
		if err != nil {
			return err
		}
		var f *frame.Frame
		var reading errgroup.Group // the frame is large: it is read while the rest is compared
		reading.Go(func() (err error) {
			f, err = c.readFrozen(r.Wave, r.Frame)
			return err
		})
		if err := errors.Join(c.unchanged(tx, r), reading.Wait()); err != nil {
			return err
		}
		keys, err := c.stageKeys(r, st.Beacon, keyFiles)
		if err != nil {
			return err
		}
		design, teams, err := c.committedInputs(r)
		if err != nil {
			return err
		}
		plan, salt, commitment, err := makePlan(r, keys, f, design, teams)
		if err != nil {
			return err
		}
		if out, err = c.sealPlan(tx, plan, salt, commitment, r); err != nil {
			return err
		}
		paper, err := c.drawSheet(r, inspect.DigestOf(st.Record), st.Beacon, out, commitment, c.Now())
		if err != nil {
			return err
		}
		return writeFile(c.path(ceremonyDir, fmt.Sprintf("draw-%d.html", wave)), paper, 0o644)
	})
	if err != nil {
		return nil, err
	}
	return out, c.forgetSecrets(wave)
}

// mayDraw refuses a second draw, one after the reveal and one before the beacon. A draw killed at
// its very end has left the parties' secrets; nothing else brings anybody back here.
func (c *Campaign) mayDraw(tx *store.Tx, wave int) (store.Wave, *draw.Record, error) {
	st, r, err := c.committed(tx, wave)
	if err != nil {
		return st, nil, err
	}
	if !st.Drawn.IsZero() {
		if err := c.forgetSecrets(wave); err != nil {
			return st, nil, err
		}
		return st, nil, inspect.Refuse("plan.drawn", "Wave", wave, "At", st.Drawn.Format(time.DateTime))
	}
	if err := notRevealed(tx, wave); err != nil {
		return st, nil, err
	}
	if st.Beacon == "" {
		return st, nil, inspect.Refuse("plan.no-beacon", "Wave", wave)
	}
	return st, r, nil
}

// forgetSecrets takes the parties' secrets off the machine once the draw is made: with the frame,
// the design and the beacon public, they are the plan. The deposits serve the reveal.
func (c *Campaign) forgetSecrets(wave int) error {
	secrets, err := c.secretsLeft(wave)
	if err != nil || len(secrets) == 0 {
		return err
	}
	for _, name := range secrets {
		if rerr := os.Remove(name); rerr != nil {
			err = errors.Join(err, cannotWrite(name, rerr))
		}
	}
	if err = errors.Join(err, syncFolder(c.path(secretsDir))); err != nil {
		return inspect.Fail("plan.secrets-left", err, "Wave", wave, "Dir", c.path(secretsDir))
	}
	return nil
}

// secretsLeft are the files that hold the parties' secrets of a wave.
func (c *Campaign) secretsLeft(wave int) ([]string, error) {
	return matching(c.path(secretsDir, fmt.Sprintf("wave-%d-*.secret*", wave)))
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

// makePlan is the draw itself: selection, assignment, visits. stages commits to what each stage chose.
// It reads what was committed and nothing else, so that an auditor draws the same plan years later.
func makePlan(r *draw.Record, keys map[inspect.Stage]inspect.Key, f *frame.Frame, design inspect.Design, teams []inspect.Team) (plan *inspect.Plan, salt [32]byte, stages map[inspect.Stage]*draw.StageTree, err error) {
	key := func(s inspect.Stage) inspect.Key { return keys[s] }
	sample, err := draw.Select(f.Counties, f, design, key)
	if err != nil {
		return nil, salt, nil, err
	}
	var grown map[inspect.Stage]*draw.StageTree
	var trees sync.WaitGroup // they are grown while the legs are assigned
	trees.Go(func() { grown = sample.Trees(key) })
	defer trees.Wait()
	in := assign.Input{Wave: r.Wave, Teams: teams, Rule: r.Assign, Hours: r.Hours, Window: r.Window, Closed: r.Closed,
		LegDays: r.LegDays, Assign: keys[inspect.StageAssign], Schedule: keys[inspect.StageSchedule]}
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
		return nil, salt, nil, err
	}
	plan.Legs = assigned.Legs
	for _, leg := range assigned.Legs {
		plan.Visits = append(plan.Visits, byID[leg.County].Visits(leg)...)
	}
	trees.Wait()
	return plan, draw.Salt(keys[inspect.StageSchedule], "plan"), grown, nil
}

// committedDesign is the design of the configuration, which must be the one committed to.
func (c *Campaign) committedDesign(r *draw.Record) (inspect.Design, error) {
	w, err := c.Config.wave(r.Wave)
	if err != nil {
		return inspect.Design{}, err
	}
	raw, err := inspect.CanonicalJSON(w.Design)
	if err == nil && inspect.DigestOf(raw) != r.Design {
		err = inspect.Refuse("plan.changed", "Wave", r.Wave, "Parts", "design")
	}
	return w.Design, err
}

// committedInputs are what the draw reads beside record and frame, each as it was committed to.
func (c *Campaign) committedInputs(r *draw.Record) (design inspect.Design, teams []inspect.Team, err error) {
	if design, err = c.committedDesign(r); err != nil {
		return design, nil, err
	}
	teams, err = c.committedTeams(r)
	return design, teams, err
}

// sealedPlan is what is sealed and logged by digest: the plan, and a salt that follows from the
// schedule key, so that nobody finds out a small plan by trying.
type sealedPlan struct {
	Plan *inspect.Plan `json:"plan"`
	Salt string        `json:"salt"`
}

// sealedText is what the plan's digest is taken of.
func sealedText(plan *inspect.Plan, salt [32]byte) ([]byte, error) {
	bare := *plan
	bare.Visits = nil
	half := len(plan.Visits) / 2
	if half == 0 {
		bare.Visits = plan.Visits
	}
	var frame, first, second []byte
	var halves errgroup.Group // the visits are nearly all of it: they are encoded on two cores
	for _, x := range []struct {
		of   any
		into *[]byte
	}{{plan.Visits[:half], &first}, {plan.Visits[half:], &second}} {
		halves.Go(func() (err error) {
			*x.into, err = inspect.CanonicalJSON(x.of)
			return err
		})
	}
	frame, err := inspect.CanonicalJSON(sealedPlan{&bare, hex.EncodeToString(salt[:])})
	if err := errors.Join(err, halves.Wait()); err != nil || half == 0 {
		return frame, err
	}
	const place = `"visits":null` // quotes inside a string are escaped, so that it stands nowhere else
	before, after, _ := bytes.Cut(frame, []byte(place))
	return slices.Concat(before, []byte(`"visits":`), first[:len(first)-1], []byte(","), second[1:], after), nil
}

// sealPlan writes the sealed envelopes, then notes the draw: a crash in between leaves envelopes
// that the repeated draw, which gives the same plan, writes again. What is noted in the clear is
// the same for every draw from this record, but for digests.
func (c *Campaign) sealPlan(tx *store.Tx, plan *inspect.Plan, salt [32]byte, stages map[inspect.Stage]*draw.StageTree, r *draw.Record) (*Drawn, error) {
	raw, err := sealedText(plan, salt)
	if err != nil {
		return nil, err
	}
	w, err := c.Config.wave(plan.Wave)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(c.sweep(sealedDir), c.sweep(ceremonyDir)); err != nil {
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
	now := c.Now()
	if err := tx.SetDrawn(plan.Wave, out.Plan.String(), len(plan.Legs), now); err != nil {
		return nil, err
	}
	return out, tx.Append(now, "drawn", map[string]any{"wave": plan.Wave, "plan": out.Plan, "legs": out.Legs, "overlap": out.Overlap, "stages": committed})
}

// planRoom is more bytes than any plan of the design with that many legs takes, so that a sealed
// plan's length tells nothing of what was drawn.
func planRoom(d inspect.Design, legs int) int {
	const visit, order, reserve, leg = 500, 4096, 120, 500
	villages := d.Townships * d.Villages
	visits := villages*(d.Households+1) + d.Townships + d.Institutions + 1
	reserves := d.Reserves * (3 + d.Reserves) * (1 + d.Townships + villages)
	return (1 + legs) * (leg + visits*visit + villages*order + reserves*reserve)
}
