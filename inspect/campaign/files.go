package campaign

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"zhicha/inspect"
)

// The names of a campaign folder.
const (
	configFile    = "config.yaml"
	checklistFile = "checklist.yaml"
	frameFile     = "frame.csv.gz"
	rosterFile    = "roster.xlsx"
	databaseFile  = "campaign.db"

	evidenceDir = "evidence"
	packetsDir  = "packets"
	sealedDir   = "sealed"
	returnsDir  = "returns"
	contentDir  = "content"
	publicDir   = "public"
	secretsDir  = "secrets"
	ceremonyDir = "ceremony"
)

// writeFile puts data at path in one step: a reader sees the old file or the new one, and what
// is there after the return is on disk. A failure leaves nothing new behind and names the file
// that was to be, never the temporary one, whose name differs every time.
func writeFile(path string, data []byte, mode os.FileMode) error {
	if err := exchange(path, data, mode); err != nil {
		return cannotWrite(path, err)
	}
	return nil
}

func exchange(path string, data []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), temporary)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err = f.Write(data); err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// temporary is what files are called until they are complete.
const temporary = ".new-*"

func cannotWrite(path string, err error) error {
	var file *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &file):
		err = file.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return inspect.Fail("campaign.write", err, "File", path)
}

// sweep removes what a killed process did not complete in a folder.
func (c *Campaign) sweep(dir string) error {
	left, err := matching(c.path(dir, temporary))
	for _, name := range left {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

// SecretsDir is where secrets lie that should be on a stick of their owners'.
func (c *Campaign) SecretsDir() string { return c.path(secretsDir) }

// syncFolder makes the names in a folder durable: a file whose name is lost in a power cut is lost.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
