package returns

import (
	"context"
	"iter"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/store"
)

// A return that comes before the last rung of its leg was released, because the team opened its packet
// with spare codes say, is kept and waits: it is judged by the first intake after the release was
// logged. Until then nobody reads it, but for a child in danger.

// sealed reports whether a packet of the wave has not been released to its last rung.
func (k *knownPlan) sealed(packet int) bool {
	return packet >= 1 && packet <= k.all && k.released[packet][inspect.RungVillage].IsZero()
}

// locked reports whether a file could not be opened for want of a code that may come yet.
func (k *knownPlan) locked(ps inspect.Problems) bool {
	if len(ps) != 1 || ps[0].Rule != "workbook.encrypted" && ps[0].Rule != "workbook.wrong-code" {
		return false
	}
	for no := range k.all {
		if k.sealed(no + 1) {
			return true
		}
	}
	return false
}

var firstNumber = regexp.MustCompile(`[0-9]+`)

// codesFor are the codes by which a workbook may be closed. A name is never relied on, but the packet
// it seems to speak of is tried first.
func (k *knownPlan) codesFor(name string) iter.Seq[string] {
	hint, _ := strconv.Atoi(firstNumber.FindString(filepath.Base(name)))
	return func(yield func(string) bool) {
		if code := k.codes[hint][inspect.RungVillage]; code != "" && !yield(code) {
			return
		}
		for no := 1; no <= k.all; no++ {
			if code := k.codes[no][inspect.RungVillage]; code != "" && no != hint && !yield(code) {
				return
			}
		}
	}
}

// wait keeps a file until its rung is released. packet is 0 where only the missing code would tell.
func wait(c *campaign.Campaign, tx *store.Tx, r *received, k *knownPlan, packet int) error {
	digest := inspect.DigestOf(r.data)
	if err := c.KeepWaiting(digest, r.data); err != nil {
		return err
	}
	kept, err := tx.PutWaiting(k.wave, inspect.Waiting{Digest: digest.String(), Name: filepath.Base(r.name), Leg: packet, Received: c.Now(), By: k.by.ID})
	if err != nil || !kept {
		return err
	}
	return c.Seen(tx, &campaign.Acting{Person: k.by}, inspect.KeptWaiting, inspect.Kept(k.wave, digest.String()))
}

// waitLocked keeps a workbook that no code opens so far.
func waitLocked(ctx context.Context, c *campaign.Campaign, r *received, k *knownPlan) (Taken, error) {
	err := c.Update(ctx, func(tx *store.Tx) error { return wait(c, tx, r, k, 0) })
	return Taken{File: r.name, Waiting: true}, err
}

// releasedSince are the waiting files that can be judged now, and those of which nobody knows.
func releasedSince(ctx context.Context, c *campaign.Campaign, p *campaign.Acting, k *knownPlan) (files []returnFile, err error) {
	var list []inspect.Waiting
	err = c.View(ctx, func(tx *store.Tx) error {
		list, err = tx.Waiting(k.wave)
		return err
	})
	for _, w := range list {
		if k.sealed(w.Leg) {
			continue
		}
		files = append(files, kept(ctx, c, p, w.Name, w.Digest))
	}
	return files, err
}

// kept is a file that lies in the evidence already.
func kept(ctx context.Context, c *campaign.Campaign, p *campaign.Acting, name, digest string) returnFile {
	return returnFile{Name: name, Waited: true, Read: func() ([]byte, error) {
		return c.OpenEvidence(ctx, p, digest)
	}}
}

// WaitingOf are the returns of a wave that came before their rung was released.
func WaitingOf(ctx context.Context, c *campaign.Campaign, wave int) (out []inspect.Waiting, err error) {
	err = c.View(ctx, func(tx *store.Tx) error {
		out, err = tx.Waiting(wave)
		return err
	})
	return slices.Clip(out), err
}
