package campaign

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"zhicha/inspect"
)

// evidence is where the file with that SHA-256 lies.
func (c *Campaign) evidence(digest string) string { return c.Path(EvidenceDir, digest[:2], digest) }

// KeepEvidence keeps a file as it came, under its SHA-256, on disk before whatever speaks of it.
// Only the transaction that is under way writes here, so what lies half written was cut off.
func (c *Campaign) KeepEvidence(d inspect.Digest, data []byte) error {
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
	cut, err := filepath.Glob(filepath.Join(folder, ".new-*"))
	for _, f := range cut {
		err = errors.Join(err, os.Remove(f))
	}
	return errors.Join(err, WriteFile(path, data, 0o600), SyncFolder(c.Path(EvidenceDir)))
}

// ReadEvidence returns the file that was kept under digest; an error that is fs.ErrNotExist where it
// is gone.
func (c *Campaign) ReadEvidence(digest string) ([]byte, error) {
	data, err := Read(c.evidence(digest), Book)
	if err != nil {
		return nil, err
	}
	return data, nil
}
