package campaign

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"zhicha/inspect"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
)

// MakeAct says which packets of a wave to write.
type MakeAct struct {
	Wave    int
	Only    []int    // numbers; every packet where empty
	Formats []string // of Formats; both where empty
	Keys    []string // key files of two custodians of different bodies
}

// The formats of a packet; both give the same report.
const (
	FormFormat     = "form"     // one offline HTML file, a layer per rung
	WorkbookFormat = "workbook" // an encrypted workbook per rung
)

// Formats lists them.
var Formats = []string{FormFormat, WorkbookFormat}

// Made is what PacketMake wrote.
type Made struct {
	Files []string `json:"files"`
	Held  []int    `json:"held,omitempty"` // packets left out: their legs are suspended or closed
}

// PacketMake opens the sealed plan with the keys of two custodians of different bodies, in memory
// alone, and writes the packets, sealed. The first time it takes the plan apart: a sealed file for
// every leg and a sealed code book for every day; nothing of the plan reaches the database. It can
// be repeated: the codes stay, so that packets handed out already are still good.
func (c *Campaign) PacketMake(ctx context.Context, as string, a MakeAct) (*Made, error) {
	if _, err := c.actor(as, "drawer"); err != nil {
		return nil, err
	}
	for _, f := range a.Formats {
		if !slices.Contains(Formats, f) {
			return nil, inspect.Misuse("packet.format", "Format", f, "Allowed", strings.Join(Formats, ", "))
		}
	}
	plan, err := c.openSealedPlan(ctx, a.Wave, a.Keys)
	if err != nil {
		return nil, err
	}
	in, err := c.packetInputs(ctx, a.Wave)
	if err != nil {
		return nil, err
	}
	r, f, err := c.waveForPackets(ctx, a.Wave)
	if err != nil {
		return nil, err
	}
	if in.room, err = c.roomFor(f, in); err != nil {
		return nil, err
	}
	if err := c.takeApart(ctx, r, f, plan, a.Keys); err != nil {
		return nil, err
	}
	outfits, held, err := c.outfits(ctx, a)
	if err != nil {
		return nil, err
	}
	files, err := c.writePackets(ctx, outfits, in, a.Formats)
	return &Made{files, held}, err
}

// waveForPackets returns the record and the frame of a drawn wave that still has something to hide.
func (c *Campaign) waveForPackets(ctx context.Context, wave int) (r *draw.Record, f *frame.Frame, err error) {
	err = c.View(ctx, func(tx *store.Tx) error {
		if err := notRevealed(tx, wave); err != nil {
			return err
		}
		_, r, err = c.committed(tx, wave)
		return err
	})
	if err == nil {
		f, err = c.readFrozen(wave, r.Frame)
	}
	return r, f, err
}

// takeApart seals the plan leg by leg and day by day, once. Townships that were checked too recently
// give way to their reserves first. The database notes it when everything sealed is on disk.
func (c *Campaign) takeApart(ctx context.Context, r *draw.Record, f *frame.Frame, sealed *sealedPlan, keys []string) error {
	plan := sealed.Plan
	var st store.Wave
	err := c.View(ctx, func(tx *store.Tx) (err error) {
		st, _, err = tx.Wave(r.Wave)
		return err
	})
	if err != nil || !st.Opened.IsZero() {
		return err
	}
	taken, busy, err := c.standingElsewhere(ctx, r.Wave, r.Kind, keys)
	if err != nil {
		return err
	}
	design, err := c.committedDesign(r)
	if err != nil {
		return err
	}
	pool := newReserves(plan, f, design, taken, busy)
	if err := c.markSecond(sealed); err != nil {
		return err
	}
	plan.SpreadOrders()
	changes, err := relieve(legsOf(plan), f, pool, inspect.DateOf(c.Now()), c.Rand)
	if err != nil {
		return err
	}
	if err := c.closeLegs(r, plan, changes); err != nil {
		return err
	}
	return c.Update(ctx, func(tx *store.Tx) error {
		now := c.Now()
		if err := tx.SetOpened(r.Wave, now); err != nil {
			return err
		}
		return tx.Append(now, "rung-released", map[string]any{"wave": r.Wave, "packets": len(plan.Legs)})
	})
}

// markSecond marks the visits that a second coder judges too.
func (c *Campaign) markSecond(sealed *sealedPlan) error {
	salt, err := hex.DecodeString(sealed.Salt)
	if err != nil || len(salt) != 32 {
		return fmt.Errorf("sealed plan: malformed salt")
	}
	second := draw.SecondCoder(draw.SecondKey([32]byte(salt)), sealed.Plan.PrimaryVisits(), c.Config.Review.SecondCoderPercent)
	for i := range sealed.Plan.Visits {
		v := &sealed.Plan.Visits[i]
		v.Second = second[v.ID]
	}
	return nil
}

// outfit is a leg with what its packet is made from.
type outfit struct {
	leg    inspect.Leg
	visits []inspect.Visit // as they stand, bottom-up
	codes  map[inspect.Rung]seal.Code
}

// outfits gathers the packets asked for, from the database for the days that have come and from the
// sealed files for the others.
func (c *Campaign) outfits(ctx context.Context, a MakeAct) (out []outfit, held []int, err error) {
	asked := func(no int) bool { return len(a.Only) == 0 || slices.Contains(a.Only, no) }
	var known []int
	err = c.View(ctx, func(tx *store.Tx) error {
		legs, err := tx.Legs(a.Wave)
		if err != nil {
			return err
		}
		for i := range legs {
			known = append(known, legs[i].No)
			switch {
			case !asked(legs[i].No):
			case len(a.Only) == 0 && (legs[i].Suspended != "" || !legs[i].Closed.IsZero()):
				held = append(held, legs[i].No)
			default:
				o, err := outfitOf(tx, &legs[i])
				if err != nil {
					return err
				}
				out = append(out, o)
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	sealed, err := c.sealedLegs(ctx, a.Wave, a.Keys)
	if err != nil {
		return nil, nil, err
	}
	for _, l := range sealed {
		known = append(known, l.Packet)
		if asked(l.Packet) {
			out = append(out, outfit{l.Plan.Legs[0], standing(l.visits), l.Codes})
		}
	}
	for _, no := range a.Only {
		if !slices.Contains(known, no) {
			return nil, nil, inspect.Misuse("packet.no-such", "Wave", a.Wave, "Packet", no)
		}
	}
	slices.SortFunc(out, func(x, y outfit) int { return x.leg.No - y.leg.No })
	return out, held, nil
}

// openOutfits gathers legs whose days have come.
func openOutfits(tx *store.Tx, wave int, legs []int) (out []outfit, err error) {
	for _, no := range legs {
		l, err := legOf(tx, wave, no)
		if err != nil {
			return nil, err
		}
		o, err := outfitOf(tx, &l)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

// outfitOf gathers a leg whose day has come.
func outfitOf(tx *store.Tx, l *inspect.StandingLeg) (outfit, error) {
	if err := mayGo(l); err != nil {
		return outfit{}, err
	}
	visits, err := tx.LegVisits(l.Wave, l.No)
	if err != nil {
		return outfit{}, err
	}
	codes, err := tx.Codes(l.Wave)
	out := outfit{l.Leg, standing(visits), map[inspect.Rung]seal.Code{}}
	for rung, code := range codes[l.No] {
		out.codes[rung] = seal.Code(code)
	}
	return out, err
}

// openPlan opens the sealed plan.
func (c *Campaign) openPlan(ctx context.Context, wave int, keyFiles []string) (*inspect.Plan, error) {
	sealed, err := c.openSealedPlan(ctx, wave, keyFiles)
	if err != nil {
		return nil, err
	}
	return sealed.Plan, nil
}

// openSealedPlan opens whichever envelope the two keys fit and checks that it holds the plan drawn.
func (c *Campaign) openSealedPlan(ctx context.Context, wave int, keyFiles []string) (*sealedPlan, error) {
	var st store.Wave
	if err := c.View(ctx, func(tx *store.Tx) (err error) {
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
	return &sealed, nil
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
		return nil, cmp.Or[error](err, inspect.Fail("packet.no-envelope", os.ErrNotExist, "File", filepath.Base(pattern)))
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

// inParallel calls f for 0 … n-1 on all cores and returns the first error.
func inParallel(ctx context.Context, n int, f func(i int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(cores())
	for i := range n {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return f(i)
		})
	}
	return g.Wait()
}

// numbers writes packet numbers for a message.
func numbers(list []int) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = strconv.Itoa(n)
	}
	return strings.Join(out, ", ")
}
