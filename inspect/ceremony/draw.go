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
// anything committed has changed, derives the stage keys from the parties' secrets, selects,
// assigns, and seals the plan to custodians of two bodies. Nothing of the plan stays in the clear.
// keys are two custodians' keys, needed only for a party that brought no secret.
func Draw(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int, keys campaign.Custody) (*Drawn, error) {
	if _, err := c.Acts(who, inspect.RoleDrawer); err != nil {
		return nil, err
	}
	var out *Drawn
	err := c.Update(ctx, func(tx *store.Tx) error {
		st, r, err := mayDraw(c, tx, wave)
		if err != nil {
			return err
		}
		var f *frame.Frame
		var reading errgroup.Group // the frame is large: it is read while the rest is compared
		reading.Go(func() (err error) {
			f, err = c.ReadFrozen(r.Wave, r.Frame)
			return err
		})
		if err := errors.Join(unchanged(c, tx, r), reading.Wait()); err != nil {
			return err
		}
		keys, err := stageKeys(c, r, st.Beacon, keys)
		if err != nil {
			return err
		}
		design, teams, err := c.CommittedInputs(r)
		if err != nil {
			return err
		}
		plan, salt, commitment, err := plan.Make(r, keys, f, design, teams)
		if err != nil {
			return err
		}
		if out, err = sealPlan(c, tx, plan, salt, commitment, r); err != nil {
			return err
		}
		paper, err := drawSheet(c, r, inspect.DigestOf(st.Record), st.Beacon, out, commitment, c.Now())
		if err != nil {
			return err
		}
		return campaign.WriteFile(c.Path(campaign.CeremonyDir, fmt.Sprintf("draw-%d.html", wave)), paper, 0o644)
	})
	if err != nil {
		return nil, err
	}
	return out, forgetSecrets(c, wave)
}

// mayDraw refuses a second draw, one after the reveal and one before the beacon. A draw killed at
// its very end has left the parties' secrets; nothing else brings anybody back here.
func mayDraw(c *campaign.Campaign, tx *store.Tx, wave int) (store.Wave, *draw.Record, error) {
	st, r, err := c.Committed(tx, wave)
	if err != nil {
		return st, nil, err
	}
	if !st.Drawn.IsZero() {
		if err := forgetSecrets(c, wave); err != nil {
			return st, nil, err
		}
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

// forgetSecrets takes the parties' secrets off the machine once the draw is made: with the frame,
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

// SecretsLeft are the files that hold the parties' secrets of a wave.
func SecretsLeft(c *campaign.Campaign, wave int) ([]string, error) {
	return campaign.Matching(c.Path(campaign.SecretsDir, fmt.Sprintf("wave-%d-*.secret*", wave)))
}

// unchanged refuses when the folder no longer gives the record that was committed.
func unchanged(c *campaign.Campaign, tx *store.Tx, committed *draw.Record) error {
	now, err := record(c, tx, committed.Wave)
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

// sealPlan writes the sealed envelopes, then notes the draw: a crash in between leaves envelopes
// that the repeated draw, which gives the same plan, writes again. What is noted in the clear is
// the same for every draw from this record, but for digests.
func sealPlan(c *campaign.Campaign, tx *store.Tx, drawn *inspect.Plan, salt [32]byte, stages map[inspect.Stage]*draw.StageTree, r *draw.Record) (*Drawn, error) {
	raw, err := plan.SealedText(drawn, salt)
	if err != nil {
		return nil, err
	}
	w, err := c.Config.Wave(drawn.Wave)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(c.Sweep(campaign.SealedDir), c.Sweep(campaign.CeremonyDir)); err != nil {
		return nil, err
	}
	envelopes, err := seal.Seal(seal.Pad(raw, plan.Room(w.Design, len(drawn.Legs))), campaign.CustodiansOf(r))
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
	committed := map[string]any{}
	for stage, tree := range stages {
		committed[string(stage)] = tree.Commitment(stage)
	}
	now := c.Now()
	if err := tx.SetDrawn(drawn.Wave, out.Plan.String(), len(drawn.Legs), now); err != nil {
		return nil, err
	}
	return out, tx.Append(now, "drawn", map[string]any{"wave": drawn.Wave, "plan": out.Plan, "legs": out.Legs, "overlap": out.Overlap, "stages": committed})
}
