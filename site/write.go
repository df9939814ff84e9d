package site

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"zhicha/inspect"
)

// Stats counts what a Write did.
type Stats struct {
	Written   int `json:"written"` // new, or with other content than before
	Unchanged int `json:"unchanged"`
	Removed   int `json:"removed"`
}

// Write makes dir hold exactly the files. It builds the tree beside dir, taking unchanged files
// over by a link, and swaps it in by renaming, so that nobody reads half a site. Where nothing
// changed it touches nothing. A folder that is not empty and holds no manifest is refused, since
// what lies in it is somebody else's.
func Write(dir string, files []File) (Stats, error) {
	old, err := ReadDir(dir)
	if err != nil {
		return Stats{}, err
	}
	have := make(map[string][]byte, len(old))
	for _, f := range old {
		have[f.Path] = f.Data
	}
	if _, ours := have[ManifestFile]; len(old) > 0 && !ours {
		return Stats{}, inspect.Refuse("site.foreign", "Dir", filepath.Base(dir))
	}
	var s Stats
	same := func(f File) bool {
		data, ok := have[f.Path]
		return ok && bytes.Equal(data, f.Data)
	}
	for _, f := range files {
		if same(f) {
			s.Unchanged++
		} else {
			s.Written++
		}
		if _, ok := have[f.Path]; ok {
			s.Removed--
		}
	}
	s.Removed += len(old)
	if s.Written == 0 && s.Removed == 0 && len(old) > 0 {
		return s, nil
	}
	next := dir + ".next"
	if err := os.RemoveAll(next); err != nil {
		return Stats{}, fmt.Errorf("site: %w", err)
	}
	for _, f := range files {
		if err := place(dir, next, f, same(f)); err != nil {
			return Stats{}, errors.Join(fmt.Errorf("site: %w", err), os.RemoveAll(next))
		}
	}
	return s, swap(dir, next)
}

// place puts one file into next, by a link to the old one where it did not change.
func place(dir, next string, f File, unchanged bool) error {
	if !filepath.IsLocal(filepath.FromSlash(f.Path)) {
		return inspect.Reject("site.name", inspect.Place{File: f.Path}, "Name", f.Path)
	}
	to := filepath.Join(next, filepath.FromSlash(f.Path))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if unchanged && os.Link(filepath.Join(dir, filepath.FromSlash(f.Path)), to) == nil {
		return nil
	}
	return os.WriteFile(to, f.Data, 0o644) // the public reads it
}

// swap renames next to dir, and puts the old tree back where that fails.
func swap(dir, next string) error {
	gone := dir + ".old"
	if err := os.RemoveAll(gone); err != nil {
		return fmt.Errorf("site: %w", err)
	}
	if err := os.Rename(dir, gone); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("site: %w", err)
	}
	if err := os.Rename(next, dir); err != nil {
		_ = os.Rename(gone, dir) // the first error is the one to report
		return fmt.Errorf("site: %w", err)
	}
	if err := os.RemoveAll(gone); err != nil {
		return fmt.Errorf("site: %w", err)
	}
	return nil
}

// ReadDir reads a site from disk, sorted by path; a folder that does not exist is an empty one.
func ReadDir(dir string) ([]File, error) {
	var files []File
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		files = append(files, File{filepath.ToSlash(rel), data})
		return err
	})
	if errors.Is(err, fs.ErrNotExist) && len(files) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("site: %w", err)
	}
	slices.SortFunc(files, byPath)
	return files, nil
}
