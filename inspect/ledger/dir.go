package ledger

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strings"
	"sync"
)

const (
	replacement = ".new" // suffix of a file about to take another's place
	syncing     = 8      // files being made durable at once; more gain nothing on one disk
)

// Dir is a Store in a folder, for its owner alone. Files are made durable in the background while more are written;
// Sync waits for them, so that its cost is shared by a whole batch.
type Dir struct {
	fs.FS
	root    *os.Root
	folders map[string]bool // known to exist; true while an entry in it is not yet durable
	slots   chan struct{}
	pending sync.WaitGroup
	failed  error // the first failure in the background
	mu      sync.Mutex
}

// NewDir returns a store in the folder root stands for; nothing outside it can be reached.
func NewDir(root *os.Root) *Dir {
	return &Dir{FS: root.FS(), root: root, folders: map[string]bool{}, slots: make(chan struct{}, syncing)}
}

// Write creates or overwrites a file.
func (d *Dir) Write(name string, data []byte) error {
	if err := d.makeFolder(path.Dir(name)); err != nil {
		return failed("ledger.write", name, err)
	}
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return failed("ledger.write", name, err)
	}
	if _, err := f.Write(data); err != nil {
		return failed("ledger.write", name, errors.Join(err, f.Close()))
	}
	d.slots <- struct{}{}
	d.pending.Go(func() {
		err := errors.Join(f.Sync(), f.Close())
		<-d.slots
		if err != nil {
			d.mu.Lock()
			d.failed = errors.Join(d.failed, failed("ledger.write", name, err))
			d.mu.Unlock()
		}
	})
	return nil
}

// makeFolder notes every folder on the way as having a new entry.
func (d *Dir) makeFolder(name string) error {
	if _, known := d.folders[name]; !known {
		if err := d.root.MkdirAll(name, 0o700); err != nil {
			return err
		}
		for up := name; up != "."; up = path.Dir(up) {
			d.folders[up] = true
		}
		d.folders["."] = true
	}
	d.folders[name] = true
	return nil
}

// Sync makes everything written before durable.
func (d *Dir) Sync() error {
	d.pending.Wait()
	if d.failed != nil {
		return d.failed
	}
	for name, changed := range d.folders {
		if changed {
			if err := d.syncFolder(name); err != nil {
				return err
			}
			d.folders[name] = false
		}
	}
	return nil
}

// syncFolder does nothing on Windows, where a folder cannot be opened for it and need not be.
func (d *Dir) syncFolder(name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := d.root.Open(name)
	if err != nil {
		return failed("ledger.write", name, err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return failed("ledger.write", name, err)
	}
	return nil
}

// Replace exchanges a file through a new one beside it.
func (d *Dir) Replace(name string, data []byte) error {
	if err := d.Write(name+replacement, data); err != nil {
		return err
	}
	if err := d.Sync(); err != nil {
		return err
	}
	if err := d.root.Rename(name+replacement, name); err != nil {
		return failed("ledger.write", name, err)
	}
	return d.syncFolder(path.Dir(name))
}

// Remove deletes a file, and the folder of partial tiles it was the last in.
func (d *Dir) Remove(name string) error {
	if err := d.root.Remove(name); err != nil {
		return failed("ledger.write", name, err)
	}
	if folder := path.Dir(name); strings.HasSuffix(folder, ".p") && d.root.Remove(folder) == nil {
		delete(d.folders, folder)
	}
	return nil
}
