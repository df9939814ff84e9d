package campaign

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
	"zhicha/inspect/workbook"
)

// PacketMake opens the sealed plan with the keys of two custodians of different bodies, takes its
// legs and visits into the database and writes one workbook per leg. It can be repeated.
func (c *Campaign) PacketMake(ctx context.Context, as string, wave int, keyFiles []string) (files []string, err error) {
	if _, err := c.actor(as, "drawer"); err != nil {
		return nil, err
	}
	plan, err := c.openPlan(ctx, wave, keyFiles)
	if err != nil {
		return nil, err
	}
	in, err := c.packetInputs(ctx, wave)
	if err != nil {
		return nil, err
	}
	if err := c.openInto(ctx, plan); err != nil {
		return nil, err
	}
	if plan, err = c.standingPlan(ctx, wave, nil); err != nil {
		return nil, err
	}
	if err := c.writePackets(ctx, plan, in); err != nil {
		return nil, err
	}
	for i := range plan.Legs {
		files = append(files, packetFile(wave, plan.Legs[i].No))
	}
	return files, nil
}

// openInto takes an opened plan into the database, once. Townships that were checked too recently
// give way to their reserves.
func (c *Campaign) openInto(ctx context.Context, plan *inspect.Plan) error {
	return c.db.Update(ctx, func(tx *store.Tx) error {
		st, r, err := c.committed(tx, plan.Wave)
		if err != nil || !st.Opened.IsZero() {
			return err
		}
		if err := notRevealed(tx, plan.Wave); err != nil {
			return err
		}
		now := c.env.Now()
		if err := tx.PutPlan(plan, now); err != nil {
			return err
		}
		if err := tx.Append(now, "rung-released", map[string]any{"wave": plan.Wave, "packets": len(plan.Legs)}); err != nil {
			return err
		}
		return c.relieve(tx, plan, r)
	})
}

// packetFile is a packet's name below the campaign folder: a number and nothing else. Waves after
// the first have a folder of their own.
func packetFile(wave, leg int) string {
	if wave == 1 {
		return filepath.Join(packetsDir, workbook.FileName(leg))
	}
	return filepath.Join(packetsDir, fmt.Sprintf("wave-%d", wave), workbook.FileName(leg))
}

// openPlan opens whichever envelope the two keys fit and checks that it holds the plan drawn.
func (c *Campaign) openPlan(ctx context.Context, wave int, keyFiles []string) (*inspect.Plan, error) {
	var st store.Wave
	if err := c.db.View(ctx, func(tx *store.Tx) (err error) {
		st, _, err = c.committed(tx, wave)
		return err
	}); err != nil {
		return nil, err
	}
	if st.Drawn.IsZero() {
		return nil, inspect.Refuse("packet.not-drawn", "Wave", wave)
	}
	raw, err := openSealed(c.path(sealedDir, fmt.Sprintf("plan-%d.*.age", wave)), keyFiles)
	if err != nil {
		return nil, err
	}
	raw = seal.Unpad(raw)
	if inspect.DigestOf(raw).String() != st.Plan {
		return nil, inspect.Refuse("packet.other-plan", "Wave", wave)
	}
	var sealed sealedPlan
	if err := json.Unmarshal(raw, &sealed); err != nil {
		return nil, err
	}
	sealed.Plan.SpreadOrders()
	return sealed.Plan, nil
}

// matching lists the files that fit a pattern in the last part of a path; the folders before it
// may have names that look like patterns.
func matching(path string) ([]string, error) {
	dir, pattern := filepath.Split(path)
	names, err := fs.Glob(os.DirFS(dir), pattern)
	for i := range names {
		names[i] = filepath.Join(dir, names[i])
	}
	return names, err
}

// openSealed opens whichever of the envelopes the keys of two custodians fit.
func openSealed(pattern string, keyFiles []string) ([]byte, error) {
	if len(keyFiles) != 2 {
		return nil, inspect.Misuse("packet.two-keys", "N", len(keyFiles))
	}
	var keys [2]string
	for i, f := range keyFiles {
		raw, err := os.ReadFile(f)
		if err != nil {
			return nil, inspect.Fail("campaign.read", err, "File", f)
		}
		keys[i] = string(raw)
	}
	envelopes, err := matching(pattern)
	if err != nil || len(envelopes) == 0 {
		return nil, orElse(err, inspect.Fail("packet.no-envelope", os.ErrNotExist, "File", filepath.Base(pattern)))
	}
	var refused error
	for _, name := range envelopes {
		sealed, err := os.ReadFile(name)
		if err != nil {
			return nil, inspect.Fail("campaign.read", err, "File", name)
		}
		plain, err := seal.Open(sealed, keys)
		if err == nil {
			return plain, nil
		}
		refused = err
	}
	return nil, refused
}

// packetInputs are what a packet holds beside its leg's visits.
type packetInputs struct {
	list  *checklist.Checklist
	teams map[int][]string // team → roster ids
}

func (c *Campaign) packetInputs(ctx context.Context, wave int) (in packetInputs, err error) {
	if in.list, err = c.committedChecklist(ctx, wave); err != nil {
		return in, err
	}
	inspectors, _, err := c.Roster(wave)
	in.teams = map[int][]string{}
	for _, i := range inspectors {
		in.teams[i.Team] = append(in.teams[i.Team], i.ID)
	}
	return in, err
}

// byLeg sorts a plan's visits by leg, keeping their order.
func byLeg(plan *inspect.Plan) map[int][]inspect.Visit {
	out := map[int][]inspect.Visit{}
	for _, v := range plan.Visits {
		out[v.Leg] = append(out[v.Leg], v)
	}
	return out
}

func (c *Campaign) writePackets(ctx context.Context, plan *inspect.Plan, in packetInputs) error {
	visits := byLeg(plan)
	if err := os.MkdirAll(filepath.Dir(c.path(packetFile(plan.Wave, 1))), 0o700); err != nil {
		return err
	}
	var done atomic.Int64
	return inParallel(ctx, plan.Legs, func(leg inspect.Leg) error {
		var out bytes.Buffer
		err := workbook.WritePacket(&out, workbook.Packet{
			Campaign: c.Config.Campaign.ID, Title: c.Config.Campaign.TitleZh, Office: c.Config.office(leg.Start).NameZh,
			Demo: c.Config.Campaign.Demo, Leg: leg, Visits: visits[leg.No], Team: in.teams[leg.Team], Checklist: in.list,
		})
		if err != nil {
			return err
		}
		c.env.progress(int(done.Add(1)), len(plan.Legs))
		return writeFile(c.path(packetFile(leg.Wave, leg.No)), out.Bytes(), 0o600)
	})
}

// inParallel calls f for every item on all cores and returns the first error.
func inParallel[T any](ctx context.Context, items []T, f func(T) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(cores())
	for _, item := range items {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return f(item)
		})
	}
	return g.Wait()
}

// Legs returns the legs of an opened wave with where they stand.
func (c *Campaign) Legs(ctx context.Context, wave int) (legs []store.Leg, err error) {
	err = c.db.View(ctx, func(tx *store.Tx) error {
		if err := c.opened(tx, wave); err != nil {
			return err
		}
		legs, err = tx.Legs(wave)
		return err
	})
	return legs, err
}

// opened refuses until two custodians opened the wave's plan.
func (c *Campaign) opened(tx *store.Tx, wave int) error {
	st, ok, err := tx.Wave(wave)
	if err == nil && (!ok || st.Opened.IsZero()) {
		return inspect.Refuse("plan.not-opened", "Wave", wave)
	}
	return err
}

// LegClose notes that nothing more is expected of a leg. Visits without an approved report need
// a reason, which is kept with the leg.
func (c *Campaign) LegClose(ctx context.Context, as string, wave int, numbers []int, reason string) error {
	if _, err := c.actor(as, reviewer); err != nil {
		return err
	}
	return c.db.Update(ctx, func(tx *store.Tx) error {
		legs, err := tx.Legs(wave)
		if err != nil {
			return err
		}
		byNo := map[int]store.Leg{}
		for _, l := range legs {
			byNo[l.No] = l
		}
		for _, no := range numbers {
			l, ok := byNo[no]
			switch {
			case !ok:
				return inspect.Misuse("leg.unknown", "Leg", no, "Wave", wave)
			case !l.Closed.IsZero():
				return inspect.Refuse("leg.closed", "Leg", no, "At", l.Closed.Format(time.DateTime))
			case l.Approved < l.Visits && reason == "":
				return inspect.Refuse("leg.unfinished", "Leg", no, "Missing", l.Visits-l.Approved)
			}
			if err := tx.CloseLeg(wave, no, reason, c.env.Now()); err != nil {
				return err
			}
		}
		return nil
	})
}
