package verify

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"zhicha/inspect"
)

// Limits on a folder, which anybody may have put together: more than a hundred times what a national campaign
// publishes.
const (
	maxFiles  = 50_000   // files and folders
	maxFolder = 1 << 30  // bytes of all files
	maxFile   = 16 << 20 // bytes of a file that is read whole
	maxDepth  = 12       // folders in folders
	maxNamed  = 100      // problems of the survey; one more says that there are others
)

// kinds are the kinds of file a published folder may hold, each with its largest size in bytes.
var kinds = map[string]int64{
	".html": 8 << 20, ".css": 1 << 20, ".svg": 1 << 20, ".txt": 1 << 20, ".xml": 8 << 20, ".atom": 8 << 20, ".md": 4 << 20,
	".json": maxFile, ".csv": 64 << 20, ".xlsx": 64 << 20, ".yaml": 1 << 20,
}

// limitOf is the largest size of the file with that name; 0 where a folder holds none of its kind. What
// a proof is read from is small, since it becomes many times as large in memory.
func limitOf(name string) int64 {
	switch {
	case name == logDir+"/checkpoint":
		return 1 << 20
	case name == manifestName:
		return 8 << 20
	case strings.HasPrefix(name, logDir+"/"):
		return 17 << 20 // a bundle of the largest entries
	case strings.HasPrefix(name, "rounds/"):
		return min(kinds[path.Ext(name)], 2<<20)
	}
	return kinds[path.Ext(name)]
}

// surveyed is a folder that has been looked over without opening a file of it: only what was found to be
// an ordinary file of a known kind and size can be opened, and is read up to that size. A pipe, a
// device, a link or a file that is larger than its kind is not there for the checks.
type surveyed struct {
	fs.FS
	sizes    map[string]int64
	problems inspect.Problems
}

// survey looks over a folder. A folder that holds too much is an error: no part of it is judged.
func survey(fsys fs.FS) (*surveyed, error) {
	s := &surveyed{FS: fsys, sizes: map[string]int64{}}
	count, total := 0, int64(0)
	var look func(dir string, depth int) error
	look = func(dir string, depth int) error {
		f, err := fsys.Open(dir)
		if err != nil {
			return inspect.Fail("verify.read", err, "File", dir)
		}
		defer f.Close()
		list, ok := f.(fs.ReadDirFile)
		if !ok {
			return inspect.Fail("verify.read", errors.ErrUnsupported, "File", dir)
		}
		for {
			entries, err := list.ReadDir(1000) // a folder of millions is not held
			if err != nil && err != io.EOF {
				return inspect.Fail("verify.read", err, "File", dir)
			}
			for _, e := range entries {
				name := path.Join(dir, e.Name())
				if count++; count > maxFiles || depth > maxDepth {
					return tooMuch(dir)
				}
				if e.IsDir() {
					if err := look(name, depth+1); err != nil {
						return err
					}
					continue
				}
				info, err := e.Info() // of a link itself
				if err != nil {
					return inspect.Fail("verify.read", err, "File", name)
				}
				if s.take(name, info) {
					if total += info.Size(); total > maxFolder {
						return tooMuch(name)
					}
				}
			}
			if err == io.EOF || len(entries) == 0 {
				return nil
			}
		}
	}
	if err := look(".", 0); err != nil {
		return nil, err
	}
	slices.SortFunc(s.problems, func(a, b *inspect.Problem) int { return cmp.Compare(a.File, b.File) })
	s.problems = s.problems[:min(len(s.problems), maxNamed)]
	return s, nil
}

// take notes a file that may be read, or what is wrong with it.
func (s *surveyed) take(name string, info fs.FileInfo) bool {
	limit := limitOf(name)
	fail := func(rule string, args ...any) bool {
		p := inspect.Reject(rule, inspect.Place{File: name}, args...)
		p.Class = inspect.Unverified
		s.problems = append(s.problems, p)
		return false
	}
	switch {
	case !info.Mode().IsRegular():
		return fail("verify.file-kind")
	case limit == 0:
		return fail("verify.file-extra")
	case info.Size() > limit:
		return fail("verify.file-large", "Limit", limit>>20)
	}
	s.sizes[name] = info.Size()
	return true
}

func tooMuch(name string) error {
	p := inspect.Reject("verify.too-much", inspect.Place{File: name}, "Files", maxFiles, "GB", maxFolder>>30, "Depth", maxDepth)
	p.Class = inspect.Unverified
	return p
}

// Open opens a folder, or a file that passed the survey; any other is not there.
func (s *surveyed) Open(name string) (fs.File, error) {
	size, ok := s.sizes[name]
	if !ok {
		if info, err := fs.Lstat(s.FS, name); err != nil || !info.IsDir() {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return s.FS.Open(name)
	}
	f, err := s.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return &bounded{f, io.LimitReader(f, size+1)}, nil // one byte more shows that it has grown
}

// bounded is a file of which no more is read than was surveyed.
type bounded struct {
	fs.File
	r io.Reader
}

func (b *bounded) Read(p []byte) (int, error) { return b.r.Read(p) }

// maxElements is how many elements the lists of a file may have in all; the largest has some thousand legs.
const maxElements = 100_000

// crowded reports whether JSON has more elements in its lists than are read: two bytes of text may become
// two hundred in memory.
func crowded(raw []byte) bool {
	var open []byte // brackets
	n, text := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case text:
			if c == '\\' {
				i++
			} else if c == '"' {
				text = false
			}
		case c == '"':
			text = true
		case c == '[' || c == '{':
			open = append(open, c)
		case (c == ']' || c == '}') && len(open) > 0:
			open = open[:len(open)-1]
		case c == ',' && len(open) > 0 && open[len(open)-1] == '[':
			if n++; n >= maxElements {
				return true
			}
		}
	}
	return false
}
