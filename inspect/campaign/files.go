package campaign

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"

	"zhicha/inspect"
)

// The names of a campaign folder.
const (
	ConfigFile    = "config.yaml"
	checklistFile = "checklist.yaml"
	FrameFile     = "frame.csv.gz"
	RosterFile    = "roster.xlsx"
	DatabaseFile  = "campaign.db"

	EvidenceDir = "evidence"
	PacketsDir  = "packets"
	SealedDir   = "sealed"
	returnsDir  = "returns"
	ContentDir  = "content"
	PublicDir   = "public"
	EditionsDir = "editions" // what every site was made from that the log entered
	SecretsDir  = "secrets"
	CeremonyDir = "ceremony"
)

// WriteFile puts data at path in one step: a reader sees the old file or the new one, and what
// is there after the return is on disk. A failure leaves nothing new behind and names the file
// that was to be, never the temporary one, whose name differs every time.
func WriteFile(path string, data []byte, mode os.FileMode) error {
	if err := exchange(path, data, mode); err != nil {
		return CannotWrite(path, err)
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
	return SyncFolder(filepath.Dir(path))
}

// temporary is what files are called until they are complete.
const temporary = ".new-*"

// CannotWrite names the file that was to be written, never the temporary one.
func CannotWrite(path string, err error) error {
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

// Sweep removes what a killed process did not complete in a folder.
func (c *Campaign) Sweep(dir string) error {
	left, err := Matching(c.Path(dir, temporary))
	for _, name := range left {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

// SecretsDir is where secrets lie that should be on a stick of their owners'.
func (c *Campaign) SecretsDir() string { return c.Path(SecretsDir) }

// SyncFolder makes the names in a folder durable: a file whose name is lost in a power cut is lost.
func SyncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Cores is how many things may be done at once.
func Cores() int { return runtime.GOMAXPROCS(0) }

// Matching lists the files that fit a pattern in the last part of a path; the folders before it
// may have names that look like patterns.
func Matching(path string) ([]string, error) {
	dir, pattern := filepath.Split(path)
	names, err := fs.Glob(os.DirFS(dir), pattern)
	for i := range names {
		names[i] = filepath.Join(dir, names[i])
	}
	return names, err
}

// InParallel calls f for 0 … n-1 on all cores and returns the first error.
func InParallel(ctx context.Context, n int, f func(i int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(Cores())
	for i := range n {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return f(i)
		})
	}
	return g.Wait()
}

// CreateFile writes data to a new file; one that is there stays and is a Problem.
func CreateFile(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return inspect.Misuse("campaign.file-exists", "File", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close(), SyncFolder(filepath.Dir(path)))
}
