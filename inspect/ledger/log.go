package ledger

import (
	"bytes"
	"io/fs"
	"iter"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"zhicha/inspect"
)

// Store is where a log's files live. Names are slash-separated and relative.
type Store interface {
	fs.FS
	// Write creates or overwrites a file. After a crash it may be whole, torn or absent until
	// Sync has returned.
	Write(name string, data []byte) error
	// Sync makes everything written before durable.
	Sync() error
	// Replace creates or exchanges a file at once: after a crash there is the old one or the new
	// one, and when it returns the new one is durable.
	Replace(name string, data []byte) error
	// Remove deletes a file.
	Remove(name string) error
}

// Log appends to a log kept in a Store. A process killed at any point leaves the old checkpoint
// or the new one, with all of its tiles; what else it may leave is removed by the next Open. Only
// one Log may be open on a store at a time.
type Log struct {
	store      Store
	key        note.Verifier // the log's own
	tree       tree
	chain      chain
	committed  int64  // size of the checkpoint in the store
	checkpoint []byte // as it stands in the store
	err        error  // the first failure; nothing is done after it
}

// Create starts an empty log in a store without one.
func Create(store Store, log note.Signer, witnesses ...note.Signer) error {
	found, err := strangers(store, 0)
	if err != nil {
		return err
	}
	found = slices.DeleteFunc(found, func(name string) bool { return name == checkpointFile+replacement })
	if _, err := fs.Stat(store, checkpointFile); err == nil || len(found) > 0 {
		return inspect.Refuse("ledger.exists")
	}
	text, err := Sign((&tree{}).head(), log, witnesses...)
	if err != nil {
		return err
	}
	return store.Replace(checkpointFile, text)
}

// Open opens a log for appending, once its checkpoint is found to be signed by exactly keys and
// to be supported by the last tiles, and removes what an interrupted append has left behind.
func Open(store Store, keys ...note.Verifier) (*Log, error) {
	cp, text, err := readCheckpoint(store, keys)
	if err != nil {
		return nil, err
	}
	l := &Log{store: store, key: keys[0], committed: cp.Tree.N, checkpoint: text}
	l.tree.emit = l.write
	if err := l.load(cp.Tree); err != nil {
		return nil, err
	}
	return l, l.clean()
}

// load reads the right edge of the tree and grows the last bundle's entries on it again.
func (l *Log) load(want tlog.Tree) error {
	for level := 0; want.N>>(height*level) > 0; level++ {
		l.tree.edge = append(l.tree.edge, make([]byte, 0, width*tlog.HashSize))
	}
	l.tree.size = want.N &^ (width - 1)
	l.chain.seq = l.tree.size
	for _, p := range partials(want.N) {
		var err error
		switch {
		case p.level == bundles:
			err = l.loadBundle(p)
		case p.level > 0:
			err = l.loadTile(p)
		}
		if err != nil {
			return err
		}
	}
	if l.tree.head() != want {
		return unverified("ledger.root", checkpointFile)
	}
	if want.N == 0 || want.N%width > 0 {
		return nil
	}
	raw, err := readEntry(l.store, want.N, want.N)
	if err != nil {
		return err
	}
	last, err := Parse(raw)
	l.chain.time = last.Time
	return err
}

func (l *Log) loadBundle(b tile) error {
	data, err := readFile(l.store, b.name(), nil, maxBundle)
	if err != nil {
		return err
	}
	whole, err := split(data, b.w, l.add)
	if err == nil && !whole {
		err = unverified("ledger.bundle", b.name(), "Want", b.w)
	}
	return at(b.name(), err)
}

func (l *Log) loadTile(t tile) error {
	data, err := readFile(l.store, t.name(), nil, t.w*tlog.HashSize)
	if err == nil && len(data) != t.w*tlog.HashSize {
		err = unverified("ledger.tile-length", t.name(), "Want", t.w*tlog.HashSize)
	}
	l.tree.edge[t.level] = append(l.tree.edge[t.level], data...)
	return err
}

// clean removes tiles the log does not have. Files that are no tiles are left for Verify to name.
func (l *Log) clean() error {
	return fs.WalkDir(l.store, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return failed("ledger.read", name, err)
		}
		t, ok := parseTile(name)
		if name != checkpointFile+replacement && (!ok || t.in(l.committed)) || d.IsDir() {
			return nil
		}
		return l.store.Remove(name)
	})
}

// Size is the number of entries, those not yet committed included.
func (l *Log) Size() int64 { return l.tree.size }

// Root is the root over them.
func (l *Log) Root() tlog.Hash { return l.tree.head().Hash }

// Append adds an encoded entry. It counts only once Commit has returned.
func (l *Log) Append(entry []byte) error {
	if l.err == nil {
		l.err = l.add(entry)
	}
	return l.err
}

func (l *Log) add(entry []byte) error {
	if _, err := l.chain.follow(entry); err != nil {
		return err
	}
	return l.tree.add(entry)
}

// write leaves alone what the checkpoint in the store still stands on.
func (l *Log) write(name string, data []byte) error {
	if t, _ := parseTile(name); t.in(l.committed) {
		return nil
	}
	return l.store.Write(name, data)
}

// Commit makes everything appended part of the log: tiles first, then the checkpoint, then the
// partial tiles of the former size are removed. It refuses to exchange a checkpoint that is not
// the one it opened, as a log with two futures convicts its keeper.
func (l *Log) Commit(log note.Signer, witnesses ...note.Signer) error {
	if l.err == nil {
		l.err = l.commit(log, witnesses)
	}
	return l.err
}

func (l *Log) commit(log note.Signer, witnesses []note.Signer) error {
	if log.Name() != l.key.Name() || log.KeyHash() != l.key.KeyHash() {
		return inspect.Refuse("ledger.other-key", "Name", log.Name(), "Want", l.key.Name())
	}
	if err := l.tree.flush(); err != nil {
		return err
	}
	if err := l.store.Sync(); err != nil {
		return err
	}
	text, err := Sign(l.tree.head(), log, witnesses...)
	if err != nil {
		return err
	}
	now, err := readFile(l.store, checkpointFile, nil, maxCheckpoint)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, l.checkpoint) {
		return inspect.Refuse("ledger.moved")
	}
	if err := l.store.Replace(checkpointFile, text); err != nil {
		return err
	}
	former := l.committed
	l.checkpoint, l.committed = text, l.tree.size
	for _, p := range partials(former) {
		if !p.in(l.committed) {
			if err := l.store.Remove(p.name()); err != nil {
				return err
			}
		}
	}
	return nil
}

// Build emits every file of a log of the given encoded entries, the checkpoint last.
func Build(entries iter.Seq[[]byte], emit Emit, log note.Signer, witnesses ...note.Signer) (tlog.Tree, error) {
	t, c := tree{emit: emit}, chain{}
	for raw := range entries {
		if _, err := c.follow(raw); err != nil {
			return tlog.Tree{}, err
		}
		if err := t.add(raw); err != nil {
			return tlog.Tree{}, err
		}
	}
	if err := t.flush(); err != nil {
		return tlog.Tree{}, err
	}
	text, err := Sign(t.head(), log, witnesses...)
	if err != nil {
		return tlog.Tree{}, err
	}
	return t.head(), emit(checkpointFile, text)
}
