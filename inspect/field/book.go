package field

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/draw"
	"zhicha/inspect/plan"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
)

// A wave whose packets were made lies in sealed/ in two kinds of file. A leg's file holds its part of
// the plan and is closed with a key of its own. A code book holds one rung of one day: the codes of the legs
// that may be told it then, with what that rung tells, and is closed to two custodians of different bodies.
// The book of the province has the leg without its county, that of the county which one it is, and that of
// the village the key of the leg's file, in which the units are. There is a book of every rung for every
// day, and all books and all legs have one length, so that they tell nothing. Whatever is opened goes into
// the database, so nothing of a rung is there before its book is.

// sealedLeg is what a leg's file holds.
type sealedLeg struct {
	Plan    inspect.Plan  `json:"plan"`    // one leg, its county, its visits as drawn, orders folded
	Changes []plan.Change `json:"changes"` // what gave way when the packets were made
}

// bookLine is what a code book says of one packet.
type bookLine struct {
	Packet int          `json:"packet"`
	Code   seal.Code    `json:"code"`
	Leg    *inspect.Leg `json:"leg,omitempty"` // of the province without its county, of the county with it
	Key    string       `json:"key,omitempty"` // of the village: opens the leg's file
}

// OpenedBook is a code book as it was opened, and for that of a village the legs with their visits as they
// stand.
type OpenedBook struct {
	inspect.Book
	lines []bookLine
	legs  []heldLeg
}

// heldLeg is a leg out of the sealed files, with all its codes.
type heldLeg struct {
	packet int
	codes  map[inspect.Rung]seal.Code
	sealedLeg
	visits []inspect.StandingVisit
}

const lineRoom = 320 // more bytes than a line of a book takes

func legFile(wave, leg int) string { return fmt.Sprintf("leg-%d-%03d.age", wave, leg) }

func bookFile(wave int, b inspect.Book) string {
	return fmt.Sprintf("codes-%d-%s-%s", wave, b.Day, b.Rung)
}

// closeLegs seals every leg of a plan and the code books of the wave. What a killed attempt left is
// overwritten.
func closeLegs(c *campaign.Campaign, r *draw.Record, whole *inspect.Plan, changes []plan.Change) error {
	w, err := c.Config.Wave(r.Wave)
	if err != nil {
		return err
	}
	books := map[inspect.Book][]bookLine{}
	for _, leg := range whole.Legs {
		key, recipient, err := seal.NewKey(c.Rand)
		if err != nil {
			return err
		}
		for _, rung := range inspect.Rungs {
			line := bookLine{Packet: leg.No}
			if line.Code, err = seal.NewCode(c.Rand); err != nil {
				return err
			}
			switch known := leg; rung {
			case inspect.RungProvince:
				known.County = ""
				line.Leg = &known
			case inspect.RungCounty:
				line.Leg = &known
			default:
				line.Key = key
			}
			books[leg.Book(rung)] = append(books[leg.Book(rung)], line)
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
	}
	all := inspect.Books(r.Window)
	for b := range books {
		if !slices.Contains(all, b) {
			return errors.New("a leg starts outside the wave's window")
		}
	}
	for _, b := range all {
		if err := closeBook(c, r, b, books[b], lineRoom*(1+len(whole.Legs))); err != nil {
			return err
		}
	}
	return nil
}

func closeBook(c *campaign.Campaign, r *draw.Record, b inspect.Book, lines []bookLine, room int) error {
	raw, err := json.Marshal(lines)
	if err != nil {
		return err
	}
	envelopes, err := seal.Seal(seal.Pad(raw, room), campaign.CustodiansOf(r))
	if err != nil {
		return err
	}
	for _, e := range envelopes {
		name := fmt.Sprintf("%s.%s+%s.age", bookFile(r.Wave, b), e.Bodies[0], e.Bodies[1])
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
		all.Visits[legs[i].packet] = plan.LegsOf(&legs[i].Plan).Visits[legs[i].packet]
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
		legs[i].visits = all.Visits[legs[i].packet]
	}
	return legs
}

// OpenBook opens a code book, and with that of a village the files of its legs.
func OpenBook(c *campaign.Campaign, wave int, b inspect.Book, keys campaign.Custody) (*OpenedBook, error) {
	raw, err := keys.Open(c.Path(campaign.SealedDir, bookFile(wave, b)+".*.age"))
	if err != nil {
		return nil, err
	}
	out := &OpenedBook{Book: b}
	if err := json.Unmarshal(raw, &out.lines); err != nil {
		return nil, err
	}
	if b.Rung != inspect.RungVillage {
		return out, nil
	}
	for _, line := range out.lines {
		data, err := campaign.Read(c.Path(campaign.SealedDir, legFile(wave, line.Packet)), campaign.Book)
		if err != nil {
			return nil, err
		}
		l := heldLeg{packet: line.Packet, codes: map[inspect.Rung]seal.Code{b.Rung: line.Code}}
		plain, err := seal.OpenTo(data, line.Key)
		if err == nil {
			err = json.Unmarshal(plain, &l.sealedLeg)
		}
		if err != nil || len(l.Plan.Legs) != 1 || l.Plan.Legs[0].No != line.Packet {
			return nil, inspect.Refuse("packet.leg-altered", "File", campaign.SealedDir+"/"+legFile(wave, line.Packet))
		}
		out.legs = append(out.legs, l)
	}
	out.legs = stand(out.legs)
	return out, nil
}

// sealedLegs opens, in memory alone, the legs of a wave whose units are not in the database, and all their
// codes; none where the wave's packets were not made or all its books were opened.
func sealedLegs(ctx context.Context, c *campaign.Campaign, wave int, keys campaign.Custody) ([]heldLeg, error) {
	closed, err := campaign.View(ctx, c, func(tx *store.Tx) ([]inspect.Book, error) { return ClosedBooks(c, tx, wave) })
	if err != nil {
		return nil, err
	}
	closed = slices.DeleteFunc(closed, func(b inspect.Book) bool { return b.Rung != inspect.RungVillage })
	held := make([][]heldLeg, len(closed))
	err = campaign.InParallel(ctx, len(closed), func(i int) error {
		b, err := OpenBook(c, wave, closed[i], keys)
		if err != nil {
			return err
		}
		first := inspect.Leg{Start: closed[i].Day}
		for _, rung := range inspect.Rungs[:2] {
			outer, err := OpenBook(c, wave, first.Book(rung), keys)
			if err != nil {
				return err
			}
			for _, line := range outer.lines {
				if i := slices.IndexFunc(b.legs, func(l heldLeg) bool { return l.packet == line.Packet }); i >= 0 {
					b.legs[i].codes[rung] = line.Code
				}
			}
		}
		held[i] = b.legs
		return nil
	})
	return slices.Concat(held...), err
}

// ClosedBooks are the code books that nobody opened yet, in the order in which they come.
func ClosedBooks(c *campaign.Campaign, tx *store.Tx, wave int) ([]inspect.Book, error) {
	st, ok, err := tx.Wave(wave)
	if err != nil || !ok || st.Opened.IsZero() {
		return nil, err
	}
	_, r, err := c.Committed(tx, wave)
	if err != nil {
		return nil, err
	}
	open, err := tx.Books(wave)
	return slices.DeleteFunc(inspect.Books(r.Window), func(b inspect.Book) bool { return slices.Contains(open, b) }), err
}
