package field

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
	"zhicha/inspect/ledger"
	"zhicha/inspect/plan"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
)

// MakeAct says which packets of a wave to write.
type MakeAct struct {
	Wave    int
	Only    []int            // numbers; every packet where empty
	Formats []string         // of Formats; both where empty
	Keys    campaign.Custody // of two custodians of different bodies
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

// MakePackets opens the sealed plan with the keys of two custodians of different bodies, in memory
// alone, and writes the packets, sealed. The first time it takes the plan apart: a sealed file for
// every leg and a sealed code book for every day; nothing of the plan reaches the database. It can
// be repeated: the codes stay, so that packets handed out already are still good.
func MakePackets(ctx context.Context, c *campaign.Campaign, who campaign.Actor, a MakeAct) (*Made, error) {
	if _, err := c.Acts(who, inspect.RoleDrawer); err != nil {
		return nil, err
	}
	for _, f := range a.Formats {
		if !slices.Contains(Formats, f) {
			return nil, inspect.Misuse("packet.format", "Format", f, "Allowed", strings.Join(Formats, ", "))
		}
	}
	in, err := inputsFor(ctx, c, a.Wave)
	if err != nil {
		return nil, err
	}
	r, f, err := waveForPackets(ctx, c, a.Wave)
	if err != nil {
		return nil, err
	}
	var sealed *plan.Sealed
	if err := campaign.InParallel(ctx, 2, func(i int) (err error) {
		if i == 0 {
			sealed, err = openSealedPlan(ctx, c, a.Wave, a.Keys)
		} else {
			in.room, err = roomFor(c, f, in)
		}
		return err
	}); err != nil {
		return nil, err
	}
	if err := takeApart(ctx, c, r, f, sealed, a.Keys); err != nil {
		return nil, err
	}
	outfits, held, err := outfits(ctx, c, a)
	if err != nil {
		return nil, err
	}
	files, err := writePackets(ctx, c, outfits, in, a.Formats)
	return &Made{files, held}, err
}

// waveForPackets returns the record and the frame of a drawn wave that still has something to hide.
func waveForPackets(ctx context.Context, c *campaign.Campaign, wave int) (r *draw.Record, f *frame.Frame, err error) {
	err = c.View(ctx, func(tx *store.Tx) error {
		if err := campaign.NotRevealed(tx, wave); err != nil {
			return err
		}
		_, r, err = c.Committed(tx, wave)
		return err
	})
	if err == nil {
		f, err = c.ReadFrozen(wave, r.Frame)
	}
	return r, f, err
}

// takeApart seals the plan leg by leg and day by day, once. Townships that were checked too recently
// give way to their reserves first. The database notes it when everything sealed is on disk.
func takeApart(ctx context.Context, c *campaign.Campaign, r *draw.Record, f *frame.Frame, sealed *plan.Sealed, keys campaign.Custody) error {
	drawn := sealed.Plan
	var st store.Wave
	err := c.View(ctx, func(tx *store.Tx) (err error) {
		st, _, err = tx.Wave(r.Wave)
		return err
	})
	if err != nil || !st.Opened.IsZero() {
		return err
	}
	taken, busy, err := StandingElsewhere(ctx, c, r.Wave, r.Kind, keys)
	if err != nil {
		return err
	}
	design, err := c.CommittedDesign(r)
	if err != nil {
		return err
	}
	pool := plan.NewReserves(drawn, f, design, taken, busy)
	if err := markSecond(sealed, r.Rules.SecondCoder); err != nil {
		return err
	}
	drawn.SpreadOrders()
	changes, err := plan.Relieve(plan.LegsOf(drawn), f, pool, inspect.DateOf(c.Now()), c.Rand)
	if err != nil {
		return err
	}
	if err := closeLegs(c, r, drawn, changes); err != nil {
		return err
	}
	return c.Update(ctx, func(tx *store.Tx) error {
		now := c.Now()
		if err := tx.SetOpened(r.Wave, now); err != nil {
			return err
		}
		return campaign.Enter(tx, now, ledger.PacketsMade(r.Wave, len(drawn.Legs)))
	})
}

// markSecond marks the visits that a second coder judges too.
func markSecond(sealed *plan.Sealed, percent int) error {
	salt, err := hex.DecodeString(sealed.Salt)
	if err != nil || len(salt) != 32 {
		return fmt.Errorf("sealed plan: malformed salt")
	}
	second := draw.SecondCoder(draw.SecondKey([32]byte(salt)), sealed.Plan.PrimaryVisits(), percent)
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
func outfits(ctx context.Context, c *campaign.Campaign, a MakeAct) (out []outfit, held []int, err error) {
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
			case legs[i].Sealed():
				if err := legs[i].MayGo(); err != nil {
					return err
				}
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
	sealed, err := sealedLegs(ctx, c, a.Wave, a.Keys)
	if err != nil {
		return nil, nil, err
	}
	for _, l := range sealed {
		known = append(known, l.packet)
		if asked(l.packet) && !slices.Contains(held, l.packet) {
			out = append(out, outfit{l.Plan.Legs[0], inspect.Standing(l.visits), l.codes})
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
		l, err := plan.LegOf(tx, wave, no)
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
	if err := l.MayGo(); err != nil {
		return outfit{}, err
	}
	visits, err := tx.LegVisits(l.Wave, l.No)
	if err != nil {
		return outfit{}, err
	}
	codes, err := tx.Codes(l.Wave)
	out := outfit{l.Leg, inspect.Standing(visits), map[inspect.Rung]seal.Code{}}
	for rung, code := range codes[l.No] {
		out.codes[rung] = seal.Code(code)
	}
	return out, err
}

// OpenPlan opens the sealed plan.
func OpenPlan(ctx context.Context, c *campaign.Campaign, wave int, keys campaign.Custody) (*inspect.Plan, error) {
	sealed, err := openSealedPlan(ctx, c, wave, keys)
	if err != nil {
		return nil, err
	}
	return sealed.Plan, nil
}

// openSealedPlan opens whichever envelope the two keys fit and checks that it holds the plan drawn.
func openSealedPlan(ctx context.Context, c *campaign.Campaign, wave int, keys campaign.Custody) (*plan.Sealed, error) {
	var st store.Wave
	if err := c.View(ctx, func(tx *store.Tx) (err error) {
		st, _, err = c.Committed(tx, wave)
		return err
	}); err != nil {
		return nil, err
	}
	if st.Drawn.IsZero() {
		return nil, inspect.Refuse("packet.not-drawn", "Wave", wave)
	}
	raw, err := keys.Open(c.Path(campaign.SealedDir, fmt.Sprintf("plan-%d.*.age", wave)))
	if err != nil {
		return nil, err
	}
	raw = seal.Unpad(raw)
	if inspect.DigestOf(raw).String() != st.Plan {
		return nil, inspect.Refuse("packet.other-plan", "Wave", wave)
	}
	var sealed plan.Sealed
	if err := json.Unmarshal(raw, &sealed); err != nil {
		return nil, err
	}
	return &sealed, nil
}
