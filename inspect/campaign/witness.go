package campaign

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
)

// WitnessKeys are the verifier keys of all who are to cosign the log: the people with that role, and
// the outsiders of the configuration. They are published with every edition.
func (c *Campaign) WitnessKeys() (keys []string, err error) {
	people, err := c.People()
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		if !slices.Contains(p.Roles, inspect.RoleWitness) || slices.Contains(p.Roles, inspect.RoleCustodian) {
			continue // a custodian's key signs nothing
		}
		key, err := ledger.WitnessKey(p.Key)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	for _, vkey := range c.Config.Publish.Witnesses {
		key, err := ledger.WitnessKey(vkey)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return slices.Compact(keys), nil
}

func (c *Campaign) witnesses() (out []note.Verifier, err error) {
	keys, err := c.WitnessKeys()
	for _, k := range keys {
		w, err := ledger.NewVerifier(k)
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, err
}

// Cosigned is a head, as the log with that key has signed it alone, with every witness's signature
// on it that lies in ceremony/. Those on another head stay where they are.
func (c *Campaign) Cosigned(head []byte, logKey string) ([]byte, error) {
	log, err := ledger.NewVerifier(logKey)
	if err != nil {
		return nil, err
	}
	witnesses, err := c.witnesses()
	if err != nil {
		return nil, err
	}
	files, err := Matching(c.Path(CeremonyDir, "checkpoint-*"))
	if err != nil {
		return nil, err
	}
	var texts [][]byte
	for _, f := range files {
		text, err := Read(f, Small)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return ledger.Join(head, texts, log, witnesses...)
}

// AddCosigned takes in a checkpoint that a witness has cosigned elsewhere. It must be one that the
// log extends; where it is the published one, the signature is published with it.
func (c *Campaign) AddCosigned(ctx context.Context, text []byte) (name string, err error) {
	head, err := c.Checkpoint(ctx)
	if err != nil {
		return "", err
	}
	log, err := ledger.NewVerifier(head.Key)
	if err != nil {
		return "", err
	}
	witnesses, err := c.witnesses()
	if err != nil {
		return "", err
	}
	bare, _, err := ledger.Bare(text, log)
	if err != nil {
		return "", err
	}
	for _, w := range witnesses {
		one, err := ledger.Join(bare, [][]byte{text}, log, w)
		if err != nil {
			return "", err
		}
		if bytes.Equal(one, bare) {
			continue
		}
		if err := c.extended(head, one, log); err != nil {
			return "", err
		}
		file := filepath.Join(CeremonyDir, fmt.Sprintf("checkpoint-%08x", w.KeyHash()))
		if err := WriteFile(c.Path(file), one, 0o600); err != nil {
			return "", err
		}
		return w.Name(), c.publishCosigned(head.Key)
	}
	return "", inspect.Refuse("ledger.witness-unknown")
}

// Attend cosigns the head of a published folder's log for somebody who has no campaign: see
// ledger.Attend. ask may be nil; see ReadKey. What they signed is kept in the file state before it is written to out.
func Attend(folder, state, secret, out, logKey string, ask Ask, at time.Time) (name string, err error) {
	skey, err := ReadKey(secret, ask)
	if len(inspect.ProblemsOf(err)) > 0 {
		return "", err
	} else if err != nil {
		return "", inspect.Misuse("ledger.no-file", "File", secret)
	}
	kept, err := Read(state, Small)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", inspect.Misuse("ledger.no-file", "File", state)
	}
	signer, err := ledger.NewWitness(skey, at)
	if err != nil {
		return "", err
	}
	checkpoint, next, err := ledger.Attend(os.DirFS(filepath.Join(folder, "log")), kept, logKey, signer)
	if err != nil {
		return "", err
	}
	if err := WriteFile(state, next, 0o600); err != nil {
		return "", err
	}
	return signer.Name(), WriteFile(out, checkpoint, 0o644)
}

// extends refuses a head that does not extend the checkpoint in file, where there is one.
func (c *Campaign) extends(head *Head, file string) error {
	old, err := Read(c.Path(file), Small)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	log, err := ledger.NewVerifier(head.Key)
	if err != nil {
		return err
	}
	return c.extended(head, old, log)
}

func (c *Campaign) extended(head *Head, old []byte, log note.Verifier) error {
	_, before, err := ledger.Bare(old, log)
	if err != nil {
		return err
	}
	_, now, err := ledger.Bare([]byte(head.Checkpoint), log)
	if err != nil {
		return err
	}
	return ledger.Extends(os.DirFS(c.Path(LedgerDir)), now.Tree, before.Tree)
}

// publishCosigned puts the signatures on the published head into the site's checkpoint, the one file
// of it that may change after its manifest was entered.
func (c *Campaign) publishCosigned(logKey string) error {
	file := filepath.Join(PublicDir, "log", "checkpoint")
	text, err := Read(c.Path(file), Small)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing is published yet
	}
	if err != nil {
		return err
	}
	log, err := ledger.NewVerifier(logKey)
	if err != nil {
		return err
	}
	bare, _, err := ledger.Bare(text, log)
	if err != nil {
		return err
	}
	all, err := c.Cosigned(bare, logKey)
	if err != nil || bytes.Equal(all, text) {
		return err
	}
	return WriteFile(c.Path(file), all, 0o600)
}
