package ledger

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"zhicha/inspect"
)

const (
	maxCheckpoint = 1 << 20                // bytes; a hundred signatures are far less
	maxBundle     = width * (2 + MaxEntry) // bytes
	maxExtra      = 20                     // files in excess that are named; the rest only stops the search
)

// Verify reads the whole log under fsys and checks that it is, byte for byte, the log its
// checkpoint describes: signed by exactly keys (the log's first), every entry canonical, of a
// known kind, numbered from 1 without a gap and with times that never go back, every tile and the
// root recomputed from the entries, no file too few and none too many. Each entry is passed to
// each, in order, while the log is being read; nothing is proved before Verify returns, and an
// entry's body is only valid during the call. Memory does not grow with the log.
func Verify(fsys fs.FS, each func(Entry) error, keys ...note.Verifier) (*Checkpoint, error) {
	cp, _, err := readCheckpoint(fsys, keys)
	if err != nil {
		return nil, err
	}
	extra, err := strangers(fsys, cp.Tree.N)
	if err != nil {
		return nil, err
	}
	var ps inspect.Problems
	for _, name := range extra {
		ps = append(ps, unverified("ledger.file-extra", name))
	}
	if err := verifyTree(fsys, cp.Tree, each); err != nil {
		found := inspect.ProblemsOf(err)
		if found == nil {
			return nil, err
		}
		ps = append(ps, found...)
	}
	return cp, ps.Err()
}

// verifyTree grows the tree again and compares where a writer would write.
func verifyTree(fsys fs.FS, want tlog.Tree, each func(Entry) error) error {
	var (
		t       tree
		c       chain
		bundle  []byte // as read
		scratch []byte
	)
	t.emit = func(name string, data []byte) (err error) {
		if strings.HasPrefix(name, "tile/entries/") {
			return nil // split leaves nothing of a bundle unread
		}
		if scratch, err = readFile(fsys, name, scratch, len(data)); err != nil {
			return err
		}
		return sameTile(name, scratch, data)
	}
	for t.size < want.N {
		b := tile{bundles, t.size >> height, int(min(width, want.N-t.size))}
		var err error
		if bundle, err = readFile(fsys, b.name(), bundle, maxBundle); err != nil {
			return err
		}
		whole, err := split(bundle, b.w, func(raw []byte) error {
			e, err := c.follow(raw)
			if err == nil && each != nil {
				err = each(e)
			}
			if err != nil {
				return at(b.name(), err)
			}
			return t.add(raw)
		})
		if err != nil {
			return err
		}
		if !whole {
			return unverified("ledger.bundle", b.name(), "Want", b.w)
		}
	}
	if err := t.flush(); err != nil {
		return err
	}
	if t.head() != want {
		return unverified("ledger.root", checkpointFile)
	}
	return nil
}

// sameTile names the first entry, or on higher levels the first hash, on which a tile disagrees.
func sameTile(name string, got, want []byte) error {
	if bytes.Equal(got, want) {
		return nil
	}
	if len(got) != len(want) {
		return unverified("ledger.tile-length", name, "Want", len(want))
	}
	i := 0
	for got[i] == want[i] {
		i++
	}
	t, _ := parseTile(name)
	first := (t.n<<height + int64(i/tlog.HashSize)) << (height * t.level)
	return unverified("ledger.tile", name, "Seq", first+1)
}

// at fills in the file of problems that have none.
func at(name string, err error) error {
	for _, p := range inspect.ProblemsOf(err) {
		if p.File == "" {
			p.File = name
		}
	}
	return err
}

// strangers are files that a log of that size does not have, at most maxExtra of them.
func strangers(fsys fs.FS, size int64) (names []string, err error) {
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return failed("ledger.read", name, err)
		case d.IsDir(), name == checkpointFile && d.Type().IsRegular():
			return nil
		case len(names) == maxExtra:
			return fs.SkipAll
		}
		if t, ok := parseTile(name); !ok || !t.in(size) || !d.Type().IsRegular() {
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

func readCheckpoint(fsys fs.FS, keys []note.Verifier) (*Checkpoint, []byte, error) {
	text, err := readFile(fsys, checkpointFile, nil, maxCheckpoint)
	if err != nil {
		return nil, nil, err
	}
	cp, err := OpenCheckpoint(text, keys...)
	return cp, text, err
}

// readFile reads a file into buf, which grows where it must. It stops one byte behind limit: what
// is longer is wrong, and its length need not be known.
func readFile(fsys fs.FS, name string, buf []byte, limit int) ([]byte, error) {
	f, err := fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, unverified("ledger.file-missing", name)
	}
	if err != nil {
		return nil, failed("ledger.read", name, err)
	}
	defer f.Close()
	for buf = buf[:0]; len(buf) <= limit; {
		if len(buf) == cap(buf) {
			buf = append(buf, make([]byte, min(limit+1, max(4096, 2*len(buf)))-len(buf))...)[:len(buf)]
		}
		n, err := f.Read(buf[len(buf):min(cap(buf), limit+1)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, failed("ledger.read", name, err)
		}
	}
	return buf, nil
}
