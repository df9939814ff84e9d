package audit

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/config"
	"zhicha/inspect/ledger"
	"zhicha/inspect/store"
)

// file is a return as the database notes it.
type file struct {
	digest, name, by string
	leg              int
	received         time.Time
	data             []byte
	take             func(*store.Tx, *config.Person) error
	err              error
}

// filesOf are the returns of a wave in the order in which they were taken in, and those of which an alarm is
// all that was kept.
func filesOf(stands map[string]table, wave int) (files, alarms []file) {
	known := map[string]bool{}
	t := stands["returned"].of(wave)
	for _, row := range t.rows {
		at, _ := time.Parse(time.RFC3339, t.cell(row, "received"))
		f := file{digest: t.cell(row, "digest"), name: t.cell(row, "name"), by: t.cell(row, "by"), received: at.In(inspect.Beijing)}
		fmt.Sscan(t.raw(row, "leg"), &f.leg)
		known[f.digest] = true
		files = append(files, f)
	}
	t = stands["alarm"].of(wave)
	for _, row := range t.rows {
		if d := t.cell(row, "returned"); !known[d] {
			known[d] = true
			alarms = append(alarms, file{digest: d, name: d})
		}
	}
	return files, alarms
}

// receive takes in the next file, or once more an earlier one of the packet: what was not all good the first
// time can be handed in again.
func (p *player) receive(e logged, b ledger.Receipt) error {
	if len(p.ready) == 0 {
		n := min(4*campaign.Cores(), len(p.files))
		batch := p.files[:n]
		p.files = p.files[n:]
		err := campaign.InParallel(p.ctx, n, func(i int) error {
			if f := &batch[i]; f.err == nil {
				if p.read(f); f.err == nil {
					f.take, f.data = p.replay.Read(f.name, f.data), nil
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		p.ready = batch
	}
	var tries []file // that may be meant
	next := len(p.ready) > 0 && p.ready[0].leg == b.Packet && !p.ready[0].received.After(e.Time)
	if next {
		tries = append(tries, p.ready[0])
	}
	for _, f := range p.taken {
		if f.leg == b.Packet {
			tries = append(tries, f)
		}
	}
	if len(tries) == 0 {
		p.add("audit.no-return", "Seq", e.Seq)
		return nil
	}
	meant := -1
	for i := 0; i < len(tries) && len(tries) > 1 && meant < 0; i++ {
		_, err := p.tx.Try(func() (bool, error) {
			if err := p.take(&tries[i], e, b, next && i == 0); err != nil {
				return false, err
			}
			last, err := p.tx.LastEntry()
			if r, bad := ledger.Decode[ledger.Receipt](last.Body); bad == nil && last.Kind == e.Kind && r.Reports == b.Reports {
				meant = i
			}
			return meant == i, err
		})
		if err != nil {
			return err
		}
	}
	if meant < 0 {
		meant = 0
		if err := p.take(&tries[0], e, b, next); err != nil {
			return err
		}
	}
	f := tries[meant]
	if f.err != nil {
		p.add("audit.return-unread", "File", f.digest, "Cause", f.err.Error())
	}
	if next && meant == 0 {
		p.ready[0] = file{} // its memory is free
		p.ready = p.ready[1:]
		p.returns++
	}
	p.taken = slices.DeleteFunc(p.taken, func(x file) bool { return x.digest == f.digest })
	p.taken = slices.Insert(p.taken, 0, file{digest: f.digest, name: f.name, by: f.by, leg: f.leg}) // the last first
	return nil
}

// take takes a file in, for the first time or once more.
func (p *player) take(f *file, e logged, b ledger.Receipt, first bool) error {
	*p.clock = f.received
	if !first {
		*p.clock = e.Time
		if p.read(f); f.err == nil {
			f.take, f.data = p.replay.Read(f.name, f.data), nil
		}
	}
	if errors.Is(f.err, campaign.ErrClosed) {
		return f.err // nothing is wrong with the file: another holder has to grant it first
	}
	by := &config.Person{ID: f.by}
	if id, key := p.register.Whose(b.By); id == f.by || !first { // whatever key they have now; whoever admitted it took it in then
		by.ID, by.Key = id, key
	}
	if f.err == nil {
		f.err = f.take(p.tx, by)
	}
	return nil
}

// read reads a file of evidence, whose name is the digest of its content.
func (p *player) read(f *file) {
	f.data, f.err = p.c.ReadEvidence(p.who, f.digest)
}

// apart sets a return apart once more that did not prove where it comes from, and decides about it as people did.
func (p *player) apart(u *inspect.Unproven) error {
	if p.aside[u.Digest] {
		return nil
	}
	p.aside[u.Digest] = true
	f := file{digest: u.Digest, name: u.Name}
	if p.read(&f); f.err == nil {
		*p.clock = u.Received
		f.err = p.replay.Apart(p.tx, u, f.data)
	}
	switch {
	case errors.Is(f.err, campaign.ErrClosed):
		return f.err
	case f.err != nil:
		p.add("audit.unproven", "File", u.Digest)
	}
	return nil
}
