package field

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/draw"
	"zhicha/inspect/plan"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
)

// A wave whose packets were made lies in sealed/ in two kinds of file. A leg's file holds its part of
// the plan and is closed with a key of its own; a day's code book holds the keys of that day's legs
// and their unlock codes and is closed to two custodians of different bodies. There is a book for
// every day, and all books and all legs have one length, so that they tell nothing.

// sealedLeg is what a leg's file holds.
type sealedLeg struct {
	Plan    inspect.Plan  `json:"plan"`    // one leg, its county, its visits as drawn, orders folded
	Changes []plan.Change `json:"changes"` // what gave way when the packets were made
}

// bookLine is what a code book says of one packet.
type bookLine struct {
	Packet int                        `json:"packet"`
	Codes  map[inspect.Rung]seal.Code `json:"codes"`
	Key    string                     `json:"key"` // opens the leg's file
}

// heldLeg is an opened line with the leg it belongs to, and the visits as they stand.
type heldLeg struct {
	bookLine
	sealedLeg
	visits []inspect.StandingVisit
}

const lineRoom = 320 // more bytes than a line of a book takes

func legFile(wave, leg int) string { return fmt.Sprintf("leg-%d-%03d.age", wave, leg) }

func bookFile(wave int, day inspect.Date) string { return fmt.Sprintf("codes-%d-%s", wave, day) }

// bookDays are the days that have a code book: those before each day of the wave's window.
func bookDays(w inspect.Window) (out []inspect.Date) {
	for d := w.From.Add(-1); d < w.To; d = d.Add(1) {
		out = append(out, d)
	}
	return out
}

// closeLegs seals every leg of a plan and the code books of the wave. What a killed attempt left is
// overwritten.
func closeLegs(c *campaign.Campaign, r *draw.Record, whole *inspect.Plan, changes []plan.Change) error {
	w, err := c.Config.Wave(r.Wave)
	if err != nil {
		return err
	}
	books := map[inspect.Date][]bookLine{}
	for _, leg := range whole.Legs {
		line := bookLine{Packet: leg.No, Codes: map[inspect.Rung]seal.Code{}}
		for _, rung := range inspect.Rungs {
			if line.Codes[rung], err = seal.NewCode(c.Rand); err != nil {
				return err
			}
		}
		var recipient string
		if line.Key, recipient, err = seal.NewKey(c.Rand); err != nil {
			return err
		}
		raw, err := json.Marshal(partOf(whole, leg, changes))
		if err != nil {
			return err
		}
		data, err := seal.SealTo(seal.Pad(raw, plan.Room(w.Design, 1)), recipient)
		if err != nil {
			return err
		}
		if err := campaign.WriteFile(c.Path(campaign.SealedDir, legFile(r.Wave, leg.No)), data, 0o600); err != nil {
			return err
		}
		books[leg.BookDay()] = append(books[leg.BookDay()], line)
	}
	if !within(slices.Collect(maps.Keys(books)), bookDays(r.Window)) {
		return errors.New("a leg starts outside the wave's window")
	}
	for _, day := range bookDays(r.Window) {
		if err := closeBook(c, r, day, books[day], lineRoom*(1+len(whole.Legs))); err != nil {
			return err
		}
	}
	return nil
}

// within reports whether all of days are among those of all.
func within(days, all []inspect.Date) bool {
	return !slices.ContainsFunc(days, func(d inspect.Date) bool { return !slices.Contains(all, d) })
}

func closeBook(c *campaign.Campaign, r *draw.Record, day inspect.Date, lines []bookLine, room int) error {
	raw, err := json.Marshal(lines)
	if err != nil {
		return err
	}
	envelopes, err := seal.Seal(seal.Pad(raw, room), campaign.CustodiansOf(r))
	if err != nil {
		return err
	}
	for _, e := range envelopes {
		name := fmt.Sprintf("%s.%s+%s.age", bookFile(r.Wave, day), e.Bodies[0], e.Bodies[1])
		if err := campaign.WriteFile(c.Path(campaign.SealedDir, name), e.Data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// partOf is what one leg takes of a plan. A change belongs to the primary leg; an overlap leg starts
// on the same day, so that both come out of the same book.
func partOf(plan *inspect.Plan, leg inspect.Leg, changes []plan.Change) sealedLeg {
	out := sealedLeg{Plan: inspect.Plan{Wave: plan.Wave, Legs: []inspect.Leg{leg}}}
	for _, county := range plan.Counties {
		if county.County == leg.County {
			out.Plan.Counties = append(out.Plan.Counties, county)
		}
	}
	for _, v := range plan.Visits {
		if v.Leg == leg.No {
			out.Plan.Visits = append(out.Plan.Visits, v)
		}
	}
	out.Plan.FoldOrders()
	for _, ch := range changes {
		if ch.Leg == leg.No {
			p := inspect.Plan{Visits: slices.Clone(ch.Added)}
			p.FoldOrders()
			ch.Added = p.Visits
			out.Changes = append(out.Changes, ch)
		}
	}
	return out
}

// stand spreads what was folded and works out the visits as they stand.
func stand(legs []heldLeg) []heldLeg {
	all := plan.Legs{Visits: map[int][]inspect.StandingVisit{}}
	for i := range legs {
		legs[i].Plan.SpreadOrders()
		all.Visits[legs[i].Packet] = plan.LegsOf(&legs[i].Plan).Visits[legs[i].Packet]
	}
	for i := range legs {
		for k := range legs[i].Changes {
			ch := &legs[i].Changes[k]
			p := inspect.Plan{Visits: ch.Added}
			p.SpreadOrders()
			all.Apply(ch)
		}
	}
	for i := range legs {
		legs[i].visits = all.Visits[legs[i].Packet]
	}
	return legs
}

// OpenBook opens the code book of a day, and with it the files of its legs.
func OpenBook(c *campaign.Campaign, wave int, day inspect.Date, keys campaign.Custody) ([]heldLeg, error) {
	raw, err := keys.Open(c.Path(campaign.SealedDir, bookFile(wave, day)+".*.age"))
	if err != nil {
		return nil, err
	}
	var lines []bookLine
	if err := json.Unmarshal(raw, &lines); err != nil {
		return nil, err
	}
	var out []heldLeg
	for _, line := range lines {
		data, err := campaign.Read(c.Path(campaign.SealedDir, legFile(wave, line.Packet)), campaign.Book)
		if err != nil {
			return nil, err
		}
		l := heldLeg{bookLine: line}
		plain, err := seal.OpenTo(data, line.Key)
		if err == nil {
			err = json.Unmarshal(plain, &l.sealedLeg)
		}
		if err != nil || len(l.Plan.Legs) != 1 || l.Plan.Legs[0].No != line.Packet {
			return nil, inspect.Refuse("packet.leg-altered", "File", campaign.SealedDir+"/"+legFile(wave, line.Packet))
		}
		out = append(out, l)
	}
	return stand(out), nil
}

// sealedLegs opens, in memory alone, the legs of a wave that are not in the database; none where the
// wave's packets were not made or all its books were opened.
func sealedLegs(ctx context.Context, c *campaign.Campaign, wave int, keys campaign.Custody) ([]heldLeg, error) {
	var days []inspect.Date
	err := c.View(ctx, func(tx *store.Tx) (err error) {
		days, err = ClosedBooks(c, tx, wave)
		return err
	})
	var out []heldLeg
	for _, day := range days {
		if err == nil {
			var legs []heldLeg
			legs, err = OpenBook(c, wave, day, keys)
			out = append(out, legs...)
		}
	}
	return out, err
}

// ClosedBooks are the days whose code book nobody opened yet.
func ClosedBooks(c *campaign.Campaign, tx *store.Tx, wave int) ([]inspect.Date, error) {
	st, ok, err := tx.Wave(wave)
	if err != nil || !ok || st.Opened.IsZero() {
		return nil, err
	}
	_, r, err := c.Committed(tx, wave)
	if err != nil {
		return nil, err
	}
	open, err := tx.Books(wave)
	return slices.DeleteFunc(bookDays(r.Window), func(d inspect.Date) bool { return slices.Contains(open, d) }), err
}
