package returns

import (
	"context"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/config"
	"zhicha/inspect/store"
)

// Replay takes returns in once more, into a copy of the campaign, as an audit does: by the code that took
// them in, in the order in which they came.
type Replay struct {
	c *campaign.Campaign
	k *knownPlan
}

// NewReplay is a replay of a wave's intake; c is a copy of the campaign in which nothing came back yet.
func NewReplay(ctx context.Context, c *campaign.Campaign, wave int) (*Replay, error) {
	k, err := planFor(ctx, c, wave)
	return &Replay{c, k}, err
}

// Read reads a file of evidence; any number may be read side by side.
func (r *Replay) Read(name string, data []byte) func(tx *store.Tx, by *config.Person) error {
	in := readAny(r.c, returnFile{Name: name, Size: int64(len(data)), Read: func() ([]byte, error) { return data, nil }}, r.k)
	return func(tx *store.Tx, by *config.Person) error {
		if in.err != nil {
			return in.err
		}
		k := *r.k
		k.by = by
		_, err := takeWith(r.c, tx, &in, &k)
		return err
	}
}

// Admit settles an unproven return in the copy as two people did.
func Admit(tx *store.Tx, u *inspect.Unproven) error {
	if _, err := tx.PutUnproven(*u); err != nil {
		return err
	}
	for _, d := range u.Acts {
		if err := tx.PutUnprovenAct(u.Wave, d); err != nil {
			return err
		}
	}
	if u.Decision == "" {
		return nil
	}
	return tx.SettleUnproven(u.Wave, u.Digest, u.Decision)
}

// Alarms keeps the mandatory reports of a file of which nothing else was kept.
func (r *Replay) Alarms(tx *store.Tx, name string, data []byte) error {
	in := readAny(r.c, returnFile{Name: name, Size: int64(len(data)), Read: func() ([]byte, error) { return data, nil }}, r.k)
	if in.err != nil {
		return in.err
	}
	_, err := keepAlarms(r.c, tx, &in)
	return err
}
