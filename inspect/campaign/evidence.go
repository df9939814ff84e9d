package campaign

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/config"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
)

// Evidence is kept closed: below evidence/ lies, under the SHA-256 of its content, an age file that each
// of its holders opens alone. Whoever writes needs no key.

// evidenceRoles are whose keys open what is kept: who judges a report, who checks the office, and the
// custodians, should everybody else be gone.
var evidenceRoles = []string{inspect.RoleReviewer, inspect.RoleAuditor, inspect.RoleCustodian}

// ErrClosed says that a file is kept closed to others.
var ErrClosed = seal.ErrOtherKey

// evidence is where the file with that SHA-256 lies.
func (c *Campaign) evidence(digest string) string { return c.Path(EvidenceDir, digest[:2], digest) }

// holders are those who hold one of the roles now, and have a key.
func (c *Campaign) holders(roles []string) (out []config.Person) {
	for _, p := range c.Config.People {
		if p.Key != "" && holdsOne(p.Roles, roles) {
			out = append(out, p)
		}
	}
	return out
}

func holdsOne(held, roles []string) bool {
	return slices.ContainsFunc(held, func(r string) bool { return slices.Contains(roles, r) })
}

// KeepEvidence keeps a file as it came, under its SHA-256, on disk before whatever speaks of it, closed to
// those who hold the evidence now. Only the transaction that is under way writes here, so what lies half
// written was cut off.
func (c *Campaign) KeepEvidence(d inspect.Digest, data []byte) error {
	return c.keepEvidence(d, data, evidenceRoles)
}

// KeepWaiting is KeepEvidence for a file that waits to be judged: whoever takes in opens it too, until
// Judged takes that back.
func (c *Campaign) KeepWaiting(d inspect.Digest, data []byte) error {
	return c.keepEvidence(d, data, waitingRoles)
}

var waitingRoles = append(slices.Clone(evidenceRoles), inspect.RoleDrawer)

// Judged closes a file that waited to those who hold the evidence, and to nobody else.
func (c *Campaign) Judged(ctx context.Context, d inspect.Digest, data []byte) error {
	return c.Update(ctx, func(*store.Tx) error { return c.writeEvidence(d.String(), data, evidenceRoles) })
}

func (c *Campaign) keepEvidence(d inspect.Digest, data []byte, roles []string) error {
	path := c.evidence(d.String())
	folder := filepath.Dir(path)
	if _, err := os.Stat(path); err == nil {
		return SyncFolder(folder) // its name may not be on disk yet
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return errors.Join(c.Sweep(filepath.Join(EvidenceDir, filepath.Base(folder))), c.writeEvidence(d.String(), data, roles), SyncFolder(c.Path(EvidenceDir)))
}

// writeEvidence puts a file in place in one step, closed to the roles.
func (c *Campaign) writeEvidence(digest string, data []byte, roles []string) error {
	var keys []string
	for _, p := range c.holders(roles) {
		keys = append(keys, p.Key)
	}
	if len(keys) == 0 {
		return inspect.Refuse("campaign.evidence-nobody")
	}
	closed, err := seal.SealEvidence(data, keys)
	if err != nil {
		return err
	}
	return WriteFile(c.evidence(digest), closed, 0o600)
}

// OpenEvidence returns the file that was kept under digest, as it came; that p was shown it is on record by
// then. An error that is fs.ErrNotExist where it is gone, ErrClosed where it is closed to others, or p is
// nobody, and Unverified where it is not what was kept.
func (c *Campaign) OpenEvidence(ctx context.Context, p *Acting, digest string) ([]byte, error) {
	data, err := c.ReadEvidence(p, digest)
	if err != nil {
		return nil, err
	}
	return data, c.Saw(ctx, p, inspect.SawEvidence, digest)
}

// ReadEvidence is OpenEvidence for an act that opens all there is, shows none of it, and is itself on record.
func (c *Campaign) ReadEvidence(p *Acting, digest string) ([]byte, error) {
	closed, err := Read(c.evidence(digest), Book)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, ErrClosed
	}
	data, err := seal.OpenEvidence(closed, p.Secret)
	var said *inspect.Problem
	switch {
	case errors.As(err, &said):
		return nil, said
	case errors.Is(err, ErrClosed):
		shut := inspect.Refuse("campaign.evidence-closed", "Digest", digest, "ID", p.ID)
		shut.Cause = err
		return nil, shut
	case err != nil || inspect.DigestOf(data).String() != digest:
		altered := inspect.Fail("campaign.evidence-altered", err, "Digest", digest)
		altered.Class = inspect.Unverified
		return nil, altered
	}
	return data, nil
}

// Holds returns the person behind who, who must hold one of the roles and show their key: a custodian's
// age key too, which signs nothing.
func (c *Campaign) Holds(who Actor, roles ...string) (*Acting, error) {
	if who.ID == "" {
		return nil, inspect.Misuse("campaign.as", "Role", roles[0])
	}
	p, err := c.Appointed(who.ID)
	if err != nil {
		return nil, err
	}
	if !holdsOne(p.Roles, roles) {
		return nil, inspect.Refuse("campaign.role", "ID", who.ID, "Role", roles[0])
	}
	if !slices.Contains(p.Roles, inspect.RoleCustodian) {
		return c.Shows(p, who)
	}
	if who.Secret == "" {
		return nil, inspect.Refuse("campaign.no-key", "ID", p.ID)
	}
	if !seal.OwnsEvidenceKey(who.Secret, p.Key) {
		return nil, inspect.Refuse("campaign.other-key", "ID", p.ID)
	}
	return &Acting{Person: p, Secret: who.Secret}, nil
}
