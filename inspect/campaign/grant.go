package campaign

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/store"
)

// Granted is what came of closing the evidence anew.
type Granted struct {
	Holders []string `json:"holders"`           // ids of those who open all of it now
	Files   int      `json:"files"`             // closed anew
	Closed  []string `json:"closed,omitempty"`  // digests that the person's own key does not open
	Altered []string `json:"altered,omitempty"` // digests whose file is not what was kept
}

// Grant closes all evidence anew to those who hold it now: whoever was appointed since can look back from
// then on, and whoever left cannot. Any holder does it, with their own key. It can be cut off at any moment
// and repeated. A file that cannot be opened stays as it is and is named, beside an error.
func (c *Campaign) Grant(ctx context.Context, who Actor) (*Granted, error) {
	p, err := c.Holds(who, evidenceRoles...)
	if err != nil {
		return nil, err
	}
	out := &Granted{}
	for _, h := range c.holders(evidenceRoles) {
		out.Holders = append(out.Holders, h.ID)
	}
	if err := c.Saw(ctx, p, inspect.SawGrant, strings.Join(out.Holders, " ")); err != nil {
		return nil, err
	}
	digests, err := c.kept()
	if err != nil {
		return nil, err
	}
	for i, digest := range digests {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		err := c.Update(ctx, func(tx *store.Tx) error { return c.closeAnew(tx, p, digest) })
		switch rule := ruleOf(err); {
		case rule == "campaign.evidence-closed":
			out.Closed = append(out.Closed, digest)
		case rule == "campaign.evidence-altered":
			out.Altered = append(out.Altered, digest)
		case err != nil:
			return out, err
		default:
			out.Files++
		}
		c.Worked(i+1, len(digests))
	}
	if n := len(out.Closed) + len(out.Altered); n > 0 {
		left := inspect.Refuse("campaign.grant-left", "N", n, "All", len(digests), "First", append(out.Altered, out.Closed...)[0])
		if len(out.Altered) > 0 {
			left.Class = inspect.Unverified
		}
		return out, left
	}
	return out, nil
}

// closeAnew opens a file of the evidence and closes it to those who hold it now, in one step. It has the
// database to itself meanwhile, and with it the folder: see KeepEvidence.
func (c *Campaign) closeAnew(tx *store.Tx, p *Acting, digest string) error {
	data, err := c.ReadEvidence(p, digest)
	if err != nil {
		return err
	}
	roles := evidenceRoles
	if waits, err := tx.Waits(digest); err != nil {
		return err
	} else if waits {
		roles = waitingRoles
	}
	return errors.Join(c.Sweep(filepath.Join(EvidenceDir, digest[:2])), c.writeEvidence(digest, data, roles))
}

// kept are the digests of all evidence, in order.
func (c *Campaign) kept() (out []string, err error) {
	err = filepath.WalkDir(c.Path(EvidenceDir), func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path != c.Path(EvidenceDir) {
			return nil // half written a moment ago
		}
		var d inspect.Digest
		if err == nil && !e.IsDir() && d.UnmarshalText([]byte(e.Name())) == nil && filepath.Base(filepath.Dir(path)) == e.Name()[:2] {
			out = append(out, e.Name())
		}
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, inspect.Fail("campaign.read", err, "File", c.Path(EvidenceDir))
	}
	return out, nil
}

func ruleOf(err error) string {
	var p *inspect.Problem
	if errors.As(err, &p) {
		return p.Rule
	}
	return ""
}
