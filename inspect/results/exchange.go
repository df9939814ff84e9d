package results

import (
	"context"
	"io"
	"strconv"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/checklist"
	"zhicha/inspect/exchange"
	"zhicha/inspect/store"
)

// maxExport is the largest file of an export that is read, in bytes.
const maxExport = 64 << 20

// Exported says what was written or taken in.
type Exported struct {
	ID       string `json:"id"` // SHA-256 of the content
	File     string `json:"file"`
	Campaign string `json:"campaign"`
	Wave     int    `json:"wave"`
	Units    int    `json:"units"`
	Key      string `json:"key"`             // verifier key of who signed it: to be compared over another channel
	Known    bool   `json:"known,omitempty"` // it had been taken in before
}

// ExportWave writes what the wave found to a new file, signed.
func ExportWave(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int, file string) (*Exported, error) {
	p, err := c.Acts(who, inspect.RoleSigner)
	if err != nil {
		return nil, err
	}
	list, err := c.Checklist()
	if err != nil {
		return nil, err
	}
	e := exchange.Export{Schema: exchange.Schema, Campaign: c.Config.Campaign.ID, Wave: wave, Checklist: list.Digest()}
	err = c.View(ctx, func(tx *store.Tx) error {
		if err := c.MayReveal(tx, wave); err != nil { // it names villages: nothing leaves while somebody could be warned
			return err
		}
		st, r, err := c.Committed(tx, wave)
		if err != nil {
			return err
		}
		e.Kind, e.Record = r.Kind, inspect.DigestOf(st.Record)
		e.Units, err = found(tx, wave, list)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(e.Units) == 0 {
		return nil, inspect.Refuse("wave.nothing", "Wave", wave)
	}
	raw, err := inspect.CanonicalJSON(e)
	if err != nil {
		return nil, err
	}
	d := inspect.DigestOf(raw)
	signed, err := p.Sign(exchange.Text(d))
	if err != nil {
		return nil, err
	}
	out, err := inspect.CanonicalJSON(exchange.File{Export: raw, Key: p.Key, Signature: signed})
	if err != nil {
		return nil, err
	}
	if err := c.Saw(ctx, p, inspect.SawExport, strconv.Itoa(wave)); err != nil {
		return nil, err
	}
	return &Exported{ID: d.String(), File: file, Campaign: e.Campaign, Wave: wave, Units: len(e.Units), Key: p.Key}, campaign.CreateFile(file, append(out, '\n'))
}

// found grades what a wave's visits found.
func found(tx *store.Tx, wave int, list *checklist.Checklist) ([]exchange.Unit, error) {
	legs, err := tx.Legs(wave)
	if err != nil {
		return nil, err
	}
	visits, err := tx.Visits(wave)
	if err != nil {
		return nil, err
	}
	return exchange.Found(legs, visits, list), nil
}

// ImportWave takes in what another office's wave found, all or nothing: its signature must hold,
// under key where one is given; its units must stand in this campaign's frame and its checklist be
// this one's. Repeating it changes nothing.
func ImportWave(ctx context.Context, c *campaign.Campaign, who campaign.Actor, file, key string) (*Exported, error) {
	if _, err := c.Acts(who, inspect.RoleDrawer); err != nil {
		return nil, err
	}
	raw, err := readExport(file)
	if err != nil {
		return nil, err
	}
	e, d, signer, err := exchange.Parse(file, raw)
	if err != nil {
		return nil, err
	}
	if key != "" && key != signer {
		return nil, inspect.Refuse("wave.other-signer", "Have", signer, "Want", key)
	}
	list, err := c.Checklist()
	if err != nil {
		return nil, err
	}
	if list.Digest() != e.Checklist {
		return nil, inspect.Reject("wave.other-checklist", inspect.Place{File: file}, "Have", e.Checklist.Fingerprint(), "Want", list.Digest().Fingerprint())
	}
	f, _, err := c.OpenFrame(nil)
	if err != nil {
		return nil, err
	}
	if err := exchange.Check(file, e, f, list); err != nil {
		return nil, err
	}
	return campaign.Update(ctx, c, func(tx *store.Tx) (*Exported, error) {
		fresh, err := tx.PutImport(d.String(), raw, c.Now())
		return &Exported{ID: d.String(), File: file, Campaign: e.Campaign, Wave: e.Wave, Units: len(e.Units), Key: signer, Known: !fresh}, err
	})
}

func readExport(file string) ([]byte, error) {
	f, err := campaign.OpenFile(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxExport+1))
	switch {
	case err != nil:
		return nil, inspect.Fail("campaign.read", err, "File", file)
	case len(raw) > maxExport:
		return nil, inspect.Reject("wave.export-large", inspect.Place{File: file}, "Max", maxExport>>20)
	}
	return raw, nil
}

// ImportOf returns the one import whose id begins with prefix.
func ImportOf(tx *store.Tx, prefix string) (*exchange.Export, string, error) {
	all, err := tx.Imports(prefix)
	if err != nil {
		return nil, "", err
	}
	if len(all) != 1 {
		return nil, "", inspect.Misuse("wave.import-unknown", "ID", prefix, "N", len(all))
	}
	e, _, _, err := exchange.Parse(all[0].Digest, all[0].Body)
	return e, all[0].Digest, err
}
