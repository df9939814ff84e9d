package returns

import (
	"context"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/config"
	"zhicha/inspect/intake"
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
	in := r.read(name, data)
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

func (r *Replay) read(name string, data []byte) received {
	return readAny(r.c, returnFile{Name: name, Size: int64(len(data)), Read: func() ([]byte, error) { return data, nil }}, r.k)
}

// Judged refuses what two people cannot have decided about a return without proof, in this order and as it is settled; it
// returns the first of the two who agreed.
func (r *Replay) Judged(u *inspect.Unproven, data []byte) (first inspect.Decision, err error) {
	in := r.read(u.Name, data)
	if in.err != nil {
		return first, in.err
	}
	now := *u
	now.Acts, now.Decision = nil, ""
	for _, d := range u.Acts {
		both, err := settles(&now, &d, inspectorsOf(in.ret))
		if err != nil {
			return first, err
		}
		if both {
			i := slices.IndexFunc(now.Acts, func(x inspect.Decision) bool { return x.Decision == d.Decision })
			first, now.Decision = now.Acts[i], d.Decision
		}
		now.Acts = append(now.Acts, d)
	}
	if now.Decision != u.Decision {
		return first, inspect.Refuse("unproven.settled", "Digest", short(u.Digest))
	}
	return first, nil
}

// Refused takes a file in that waited once, after all others, and reports whether nothing of it is kept.
func (r *Replay) Refused(tx *store.Tx, by *config.Person, name string, data []byte) (bool, error) {
	in := r.read(name, data)
	if in.err != nil {
		return inspect.ProblemsOf(in.err) != nil, nil
	}
	k := *r.k
	k.by = by
	t, err := takeWith(r.c, tx, &in, &k)
	for state, n := range t.Visits {
		if n > 0 && state != string(intake.Refused) {
			return false, err
		}
	}
	return !t.Waiting && !t.Repeated, err
}

// Apart sets a file apart once more that does not prove where it comes from, and decides about it as people did. It refuses one
// that proves it.
func (r *Replay) Apart(tx *store.Tx, u *inspect.Unproven, data []byte) error {
	in := r.read(u.Name, data)
	if in.err != nil {
		return in.err
	}
	k := *r.k
	k.by = &config.Person{ID: u.By}
	if _, _, err := setApart(r.c, tx, &in, &k); err != nil {
		return err
	}
	all, err := tx.Unproven(u.Wave)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(x inspect.Unproven) bool { return x.Digest == u.Digest }) {
		return inspect.Refuse("unproven.unknown", "Digest", short(u.Digest))
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
	in := r.read(name, data)
	if in.err != nil {
		return in.err
	}
	_, err := keepAlarms(r.c, tx, &in, &config.Person{})
	return err
}
