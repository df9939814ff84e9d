package campaign

import (
	"cmp"
	"context"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
	"zhicha/inspect/store"
)

// accessRoles are who reads the record of who was shown what.
var accessRoles = []string{inspect.RoleAuditor, inspect.RoleCustodian, inspect.RoleReviewer, inspect.RoleDrawer}

// Saw records that somebody is about to be shown something, on disk when it returns.
func (c *Campaign) Saw(ctx context.Context, p *Acting, act string, objects ...string) error {
	return c.Update(ctx, func(tx *store.Tx) error { return c.Seen(tx, p, act, objects...) })
}

// Seen is Saw in a transaction that is under way: nothing may be shown before it is committed.
func (c *Campaign) Seen(tx *store.Tx, p *Acting, act string, objects ...string) error {
	key := cmp.Or(ledger.KeyFingerprint(p.Key), inspect.DigestOf([]byte(p.Key)).Fingerprint())
	for _, o := range objects {
		if err := tx.PutAccess(c.Now(), p.ID, key, act, o); err != nil {
			return err
		}
	}
	return nil
}

// BindAccess enters how far the record has come, unless the log says so already. Whoever later shortens
// or rewrites what is bound is found by CheckAccesses.
func BindAccess(tx *store.Tx, at time.Time, salt ledger.Salt) error {
	n, head, err := tx.AccessHead()
	if err != nil || n == 0 {
		return err
	}
	bound := 0
	if err := EachBody(tx, func(_ time.Time, b ledger.AccessHead) { bound = b.Lines }); err != nil || bound >= n {
		return err
	}
	root, err := Bind(tx, salt, [][]string{ledger.AccessRow(n, head)})
	if err != nil {
		return err
	}
	return Enter(tx, at, ledger.AccessHead{Lines: n, Root: root})
}

// Accesses is the record of who was shown what, or one person's part of it, oldest first; that it was read
// is its last line. With a record that was tampered with it returns what is there and an error that names
// the first line that is wrong.
func (c *Campaign) Accesses(ctx context.Context, who Actor, person string) ([]inspect.Access, error) {
	p, err := c.Holds(who, accessRoles...)
	if err != nil {
		return nil, err
	}
	if err := c.Saw(ctx, p, inspect.SawRecord, person); err != nil {
		return nil, err
	}
	rows, err := View(ctx, c, (*store.Tx).Accesses)
	if err != nil {
		return nil, err
	}
	out := []inspect.Access{}
	for _, a := range rows {
		if person == "" || a.Person == person {
			out = append(out, a)
		}
	}
	return out, CheckAccesses(rows, 0, inspect.Digest{})
}
