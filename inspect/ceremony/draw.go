package ceremony

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
	"zhicha/inspect/ledger"
	"zhicha/inspect/plan"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
)

// Drawn is what may be told of a draw before anybody travels.
type Drawn struct {
	Plan    inspect.Digest `json:"plan"`
	Legs    int            `json:"legs"`
	Overlap int            `json:"overlap"`
	Sealed  []string       `json:"sealed"`
}

// Draw makes the draw, once: it recomputes the commit record from the folder and refuses when
// anything committed has changed, derives the stage keys from the parties' shares, selects,
// assigns, and seals the plan to custodians of two bodies. Nothing of the plan stays in the clear.
// keys are two custodians' keys, needed only for a party that brought no shares.
func Draw(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int, keys campaign.Custody) (*Drawn, error) {
	if _, err := c.Acts(who, inspect.RoleDrawer); err != nil {
		return nil, err
	}
	if err := forgetLeft(ctx, c, wave); err != nil {
		return nil, err
	}
	in, err := campaign.View(ctx, c, func(tx *store.Tx) (*inputs, error) { return gather(c, tx, wave) })
	if err != nil {
		return nil, err
	}
	stageKeys, err := stageKeys(c, in.record, in.wave.Beacon, keys)
	if err != nil {
		return nil, err
	}
	drawn, salt, trees, err := plan.Make(in.record, stageKeys, in.frame, in.design, in.teams)
	if err != nil {
		return nil, err
	}
	out, err := sealPlan(c, drawn, salt, in)
	if err != nil {
		return nil, err
	}
	now := c.Now()
	paper, err := drawSheet(c, in.record, inspect.DigestOf(in.wave.Record), in.wave.Beacon, out, trees, now)
	if err != nil {
		return nil, err
	}
	if err := campaign.WriteFile(c.Path(campaign.CeremonyDir, fmt.Sprintf("draw-%d.html", wave)), paper, 0o600); err != nil {
		return nil, err
	}
	// everything lies sealed on disk; a crash before this note is repaired by drawing again, which
	// gives the same plan
	err = c.Update(ctx, func(tx *store.Tx) error {
		if _, _, err := mayDraw(c, tx, wave); err != nil {
			return err
		}
		return enterDraw(tx, out, len(drawn.Legs), trees, wave, now)
	})
	if err != nil {
		return nil, err
	}
	return out, forgetSecrets(c, wave)
}

// inputs are what a draw reads, all of it as it was committed to.
type inputs struct {
	wave   store.Wave
	record *draw.Record
	frame  *frame.Frame
	design inspect.Design
	teams  []inspect.Team
}

// gather reads the inputs of a draw and refuses when anything committed has changed.
func gather(c *campaign.Campaign, tx *store.Tx, wave int) (in *inputs, err error) {
	in = &inputs{}
	if in.wave, in.record, err = mayDraw(c, tx, wave); err != nil {
		return nil, err
	}
	var reading errgroup.Group // the frame is large: it is read while the rest is compared
	reading.Go(func() (err error) {
		in.frame, err = c.ReadFrozen(wave, in.record.Frame)
		return err
	})
	if err := errors.Join(unchanged(c, tx, in.record), reading.Wait()); err != nil {
		return nil, err
	}
	in.design, in.teams, err = c.CommittedInputs(tx, in.record)
	return in, err
}

// mayDraw refuses a second draw, one after the reveal and one before the beacon.
func mayDraw(c *campaign.Campaign, tx *store.Tx, wave int) (store.Wave, *draw.Record, error) {
	st, r, err := c.Committed(tx, wave)
	if err != nil {
		return st, nil, err
	}
	if !st.Drawn.IsZero() {
		return st, nil, inspect.Refuse("plan.drawn", "Wave", wave, "At", st.Drawn.Format(time.DateTime))
	}
	if err := campaign.NotRevealed(tx, wave); err != nil {
		return st, nil, err
	}
	if st.Beacon == "" {
		return st, nil, inspect.Refuse("plan.no-beacon", "Wave", wave)
	}
	return st, r, nil
}

// forgetLeft takes away the shares that a draw killed at its very end has left: nothing else brings
// anybody back here.
func forgetLeft(ctx context.Context, c *campaign.Campaign, wave int) error {
	st, err := campaign.View(ctx, c, func(tx *store.Tx) (store.Wave, error) {
		st, _, err := tx.Wave(wave)
		return st, err
	})
	if err != nil || st.Drawn.IsZero() {
		return err
	}
	return forgetSecrets(c, wave)
}

// forgetSecrets takes what the parties brought off the machine once the draw is made: with the frame,
// the design and the beacon public, they are the plan. The deposits serve the reveal.
func forgetSecrets(c *campaign.Campaign, wave int) error {
	secrets, err := SecretsLeft(c, wave)
	if err != nil || len(secrets) == 0 {
		return err
	}
	for _, name := range secrets {
		if rerr := os.Remove(name); rerr != nil {
			err = errors.Join(err, campaign.CannotWrite(name, rerr))
		}
	}
	if err = errors.Join(err, campaign.SyncFolder(c.Path(campaign.SecretsDir))); err != nil {
		return inspect.Fail("plan.secrets-left", err, "Wave", wave, "Dir", c.Path(campaign.SecretsDir))
	}
	return nil
}

// SecretsLeft are the files that hold the parties' shares of a wave, and in a demonstration their secrets.
func SecretsLeft(c *campaign.Campaign, wave int) ([]string, error) {
	brought, err := campaign.Matching(c.Path(campaign.SecretsDir, PartySharesFile(wave, "*")))
	if err != nil {
		return nil, err
	}
	secrets, err := campaign.Matching(c.Path(campaign.SecretsDir, PartySecretFile(wave, "*")+"*"))
	return append(brought, secrets...), err
}

// unchanged refuses when the folder no longer gives the record that was committed.
func unchanged(c *campaign.Campaign, tx *store.Tx, committed *draw.Record) error {
	now, err := record(c, tx, committed.Wave)
	if err != nil {
		return err
	}
	now.Custodians = committed.Custodians // a later appointment or retirement, which the log has, changes nothing that was signed
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

// sealPlan writes the sealed envelopes. A repeated draw, which gives the same plan, writes them again.
func sealPlan(c *campaign.Campaign, drawn *inspect.Plan, salt [32]byte, in *inputs) (*Drawn, error) {
	raw, err := plan.SealedText(drawn, salt)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(c.Sweep(campaign.SealedDir), c.Sweep(campaign.CeremonyDir)); err != nil {
		return nil, err
	}
	envelopes, err := seal.Seal(seal.Pad(raw, plan.Room(in.design, len(drawn.Legs))), campaign.CustodiansOf(in.record))
	if err != nil {
		return nil, err
	}
	out := &Drawn{Plan: inspect.DigestOf(raw)}
	for _, e := range envelopes {
		name := fmt.Sprintf("plan-%d.%s+%s.age", drawn.Wave, e.Bodies[0], e.Bodies[1])
		if err := campaign.WriteFile(c.Path(campaign.SealedDir, name), e.Data, 0o600); err != nil {
			return nil, err
		}
		out.Sealed = append(out.Sealed, campaign.SealedDir+"/"+name)
	}
	for i := range drawn.Legs {
		if drawn.Legs[i].Primary() {
			out.Legs++
		} else {
			out.Overlap++
		}
	}
	return out, nil
}

// enterDraw notes the draw. What is noted in the clear is the same for every draw from this record,
// but for digests.
func enterDraw(tx *store.Tx, out *Drawn, legs int, trees map[inspect.Stage]*draw.StageTree, wave int, now time.Time) error {
	committed := map[inspect.Stage]inspect.Digest{}
	for stage, tree := range trees {
		committed[stage] = tree.Commitment(stage)
	}
	if err := tx.SetDrawn(wave, out.Plan.String(), legs, now); err != nil {
		return err
	}
	return campaign.Enter(tx, now, ledger.Draw{Wave: wave, Plan: out.Plan, Legs: out.Legs, Overlap: out.Overlap, Stages: committed})
}
