package field

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/form"
	"zhicha/inspect/ledger"
	"zhicha/inspect/plan"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
)

// OpenBooks opens the code books that are asked for on a day (see inspect.Book.Asked) with the keys of two
// custodians of different bodies, and takes what they hold into the database: without a rung those of the
// province and the county that may be told by its end, and all of the days before; the villages of the day
// itself where rung says so, once a team has arrived. Books that are open already are left alone. A day that
// has not come is refused. It returns the packets of which a book was opened.
func OpenBooks(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int, day inspect.Date, rung inspect.Rung, keys campaign.Custody) (packets []int, err error) {
	p, err := c.Acts(who, inspect.RoleDrawer)
	if err != nil {
		return nil, err
	}
	if rung != "" && !slices.Contains(inspect.Rungs, rung) {
		return nil, inspect.Misuse("packet.rung-unknown", "Rung", string(rung))
	}
	now := c.Now()
	if today := inspect.DateOf(now); day == "" {
		day = today
	} else if day > today {
		return nil, inspect.Refuse("packet.book-early", "Day", string(day), "Today", string(today))
	}
	closed, err := campaign.View(ctx, c, func(tx *store.Tx) ([]inspect.Book, error) {
		if err := cmp.Or[error](c.Made(tx, wave), campaign.NotRevealed(tx, wave)); err != nil {
			return nil, err
		}
		return ClosedBooks(c, tx, wave)
	})
	if err != nil {
		return nil, err
	}
	for _, b := range closed {
		if !b.Asked(day, rung) {
			continue
		}
		opened, err := OpenBook(c, wave, b, keys)
		if err != nil {
			return nil, err
		}
		own, err := TakeBook(ctx, c, p, wave, opened)
		if err != nil {
			return nil, err
		}
		packets = append(packets, own...)
	}
	slices.Sort(packets)
	return slices.Compact(packets), nil
}

// TakeBook stores what a book brought, and who had it opened.
func TakeBook(ctx context.Context, c *campaign.Campaign, p *campaign.Acting, wave int, b *OpenedBook) (packets []int, err error) {
	salt, err := c.NewSalt()
	if err != nil {
		return nil, err
	}
	return campaign.Update(ctx, c, func(tx *store.Tx) (packets []int, err error) {
		now := c.Now()
		if err := tx.PutBook(wave, b.Book, now); err != nil {
			return nil, err
		}
		for _, line := range b.lines {
			if line.Leg != nil {
				if err := tx.PutLeg(line.Leg); err != nil {
					return nil, err
				}
			}
			packets = append(packets, line.Packet)
		}
		for i := range b.legs {
			if err := tx.PutLegs(&b.legs[i].Plan); err != nil {
				return nil, err
			}
		}
		for _, line := range b.lines {
			if err := tx.PutCode(wave, line.Packet, b.Rung, string(line.Code)); err != nil {
				return nil, err
			}
		}
		for _, l := range b.legs { // a change may touch two legs, so that both must be there
			for i := range l.Changes {
				if err := storeChange(c, tx, l.Changes[i]); err != nil {
					return nil, err
				}
			}
		}
		slices.Sort(packets)
		if err := c.Seen(tx, p, inspect.SawBook, objects(wave, packets, b.Rung)...); err != nil {
			return nil, err
		}
		if err := campaign.Enter(tx, now, ledger.BookOpened(wave, b.Book, len(packets))); err != nil {
			return nil, err
		}
		return packets, campaign.BindAccess(tx, now, salt)
	})
}

// storeChange stores a change that was worked out before its day, and logs it.
func storeChange(c *campaign.Campaign, tx *store.Tx, ch plan.Change) error {
	before, err := tx.Substitutions(ch.Wave)
	if err != nil {
		return err
	}
	ch.No = len(before) + 1
	now := c.Now()
	if err := putChange(tx, &ch, now); err != nil {
		return err
	}
	return campaign.Enter(tx, now, ledger.SubstitutionRelieved(ch.Wave, ch.Leg, ch.No, plan.StageOf[ch.Kind], ch.Reason, plan.ChangeDigest(&ch.Substitution)))
}

// objects are packets as the access record names them: wave/leg, or wave/leg/rung.
func objects(wave int, packets []int, rung inspect.Rung) (out []string) {
	for _, no := range packets {
		o := fmt.Sprintf("%d/%d", wave, no)
		if rung != "" {
			o += "/" + string(rung)
		}
		out = append(out, o)
	}
	return out
}

// Told is an unlock code as it may be read out.
type Told struct {
	Packet int          `json:"packet"`
	Rung   inspect.Rung `json:"rung"`
	Code   seal.Code    `json:"code"`
}

// ReleaseRung releases a rung of the packets named: that it was told, to whom and when, is in the
// log before the codes are returned. It refuses a leg whose book is closed, that is suspended or
// closed, and a rung out of order or before its time; then it tells none of them.
func ReleaseRung(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int, packets []int, rung inspect.Rung) ([]Told, error) {
	p, err := c.Acts(who, inspect.RoleDrawer)
	if err != nil {
		return nil, err
	}
	return campaign.Update(ctx, c, func(tx *store.Tx) (out []Told, err error) {
		if err := cmp.Or[error](c.Made(tx, wave), campaign.NotRevealed(tx, wave)); err != nil {
			return nil, err
		}
		codes, err := tx.Codes(wave)
		if err != nil {
			return nil, err
		}
		released, err := tx.Releases(wave)
		if err != nil {
			return nil, err
		}
		legs, err := tx.Legs(wave)
		if err != nil {
			return nil, err
		}
		st, _, err := tx.Wave(wave)
		if err != nil {
			return nil, err
		}
		now := c.Now()
		for _, no := range packets {
			if err := mayRelease(legs, st, no, rung, released[no], now); err != nil {
				return nil, err
			}
			if codes[no][rung] == "" {
				return nil, inspect.Refuse("packet.rung-closed", "Packet", no, "Rung", string(rung))
			}
			if err := tx.PutRelease(wave, no, rung, p.ID, now); err != nil {
				return nil, err
			}
			out = append(out, Told{no, rung, seal.Code(codes[no][rung])})
		}
		if err := c.Seen(tx, p, inspect.SawRung, objects(wave, packets, rung)...); err != nil {
			return nil, err
		}
		return out, campaign.Enter(tx, now, ledger.RungTold(wave, rung, packets, campaign.PersonHash(p.Person)))
	})
}

// mayRelease refuses a packet whose book is closed, whose leg is suspended or closed, and a rung out of
// order or before its time.
func mayRelease(legs []inspect.StandingLeg, wave store.Wave, no int, rung inspect.Rung, released map[inspect.Rung]time.Time, now time.Time) error {
	i := slices.IndexFunc(legs, func(l inspect.StandingLeg) bool { return l.No == no })
	switch {
	case i < 0 && (no < 1 || no > wave.Legs):
		return inspect.Misuse("packet.no-such", "Wave", wave.No, "Packet", no)
	case i < 0:
		return inspect.Refuse("packet.book-closed", "Packet", no)
	case !legs[i].Closed.IsZero():
		return inspect.Refuse("leg.closed", "Leg", no, "At", legs[i].Closed.Format(time.DateTime))
	}
	return cmp.Or[error](legs[i].MayGo(), legs[i].CheckRelease(rung, released, now))
}

// Spare are the codes of one packet, rung by rung, to carry along for a night without a telephone.
type Spare struct {
	Packet int                        `json:"packet"`
	Start  inspect.Date               `json:"start"` // first day of the leg
	Codes  map[inspect.Rung]seal.Code `json:"codes"`
}

// SpareCodes opens every code book and returns all codes of the packets named. That they were
// shown is in the log before they are returned; what comes back from such a packet waits until its
// last rung is released. Codes of a suspended leg are refused.
func SpareCodes(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int, packets []int, keys campaign.Custody) ([]Spare, error) {
	p, err := c.Acts(who, inspect.RoleDrawer)
	if err != nil {
		return nil, err
	}
	if err := c.View(ctx, func(tx *store.Tx) error { return cmp.Or[error](c.Made(tx, wave), campaign.NotRevealed(tx, wave)) }); err != nil {
		return nil, err
	}
	outfits, _, err := outfits(ctx, c, MakeAct{Wave: wave, Only: packets, Keys: keys})
	if err != nil {
		return nil, err
	}
	// the keys must fit even where every book was opened before
	if _, err := OpenPlan(ctx, c, wave, keys); err != nil {
		return nil, err
	}
	return campaign.Update(ctx, c, func(tx *store.Tx) (out []Spare, err error) {
		for _, o := range outfits {
			out = append(out, Spare{o.leg.No, o.leg.Start, o.codes})
		}
		if err := c.Seen(tx, p, inspect.SawCodes, objects(wave, packets, "")...); err != nil {
			return nil, err
		}
		return out, campaign.Enter(tx, c.Now(), ledger.SparesShown(wave, packets, campaign.PersonHash(p.Person)))
	})
}

// WritePaper writes the forms of packets as pages to print, for a day without a phone: the same
// items, answers and codes, to be copied into the form or the workbook afterwards. Paper cannot be
// sealed, so it is refused before the last rung was released.
func WritePaper(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int, packets []int) (files []string, err error) {
	p, err := c.Acts(who, inspect.RoleDrawer)
	if err != nil {
		return nil, err
	}
	in, err := inputsFor(ctx, c, wave)
	if err != nil {
		return nil, err
	}
	var outfits []outfit
	err = c.View(ctx, func(tx *store.Tx) error {
		if err := cmp.Or[error](c.Made(tx, wave), campaign.NotRevealed(tx, wave)); err != nil {
			return err
		}
		released, err := tx.Releases(wave)
		if err != nil {
			return err
		}
		for _, no := range packets {
			if released[no][inspect.RungVillage].IsZero() {
				return inspect.Refuse("packet.paper-early", "Packet", no)
			}
		}
		outfits, err = openOutfits(tx, wave, packets)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := c.Saw(ctx, p, inspect.SawPaper, objects(wave, packets, "")...); err != nil {
		return nil, err
	}
	for _, o := range outfits {
		var page bytes.Buffer
		if err := form.WritePaper(&page, formPacket(c, o, in)); err != nil {
			return files, err
		}
		name := filepath.Join(packetDir(wave), fmt.Sprintf("P-%03d-paper.html", o.leg.No))
		if err := campaign.WriteFile(c.Path(name), page.Bytes(), 0o600); err != nil {
			return files, err
		}
		files = append(files, filepath.ToSlash(name))
	}
	return files, nil
}
