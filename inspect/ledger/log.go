package ledger

import (
	"bytes"
	"io/fs"
	"iter"

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
	keys       []note.Verifier
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
	l := &Log{store: store, keys: keys, committed: cp.Tree.N, checkpoint: text}
	l.tree.emit = l.write
	if err := l.load(cp.Tree); err != nil {
		return nil, err
	}
	return l, l.clean()
}

// load reads the right edge of the tree and the last entry.
func (l *Log) load(want tlog.Tree) error {
	l.tree.size = want.N
	for range partials(want.N) { // a level for each, and one to spare for the bundle
		l.tree.edge = append(l.tree.edge, make([]byte, 0, width*tlog.HashSize))
	}
	for level := 0; want.N>>(height*level) > 0; level++ {
		if level == len(l.tree.edge) {
			l.tree.edge = append(l.tree.edge, make([]byte, 0, width*tlog.HashSize))
		}
	}
	for _, p := range partials(want.N) {
		limit := p.w * tlog.HashSize
		if p.level == bundles {
			limit = maxBundle
		}
		data, err := readFile(l.store, p.name(), nil, limit)
		switch {
		case err != nil:
			return err
		case p.level == bundles:
			l.tree.bundle = data
		case len(data) != limit:
			return unverified("ledger.tile-length", p.name(), "Want", limit)
		default:
			copy(l.tree.edge[p.level][:limit], data)
			l.tree.edge[p.level] = l.tree.edge[p.level][:limit]
		}
	}
	if l.tree.head() != want {
		return unverified("ledger.root", checkpointFile)
	}
	return l.loadLast()
}

// loadLast reads the last bundle against the last tile, for the entry the next one must follow.
func (l *Log) loadLast() error {
	if l.tree.size == 0 {
		return nil
	}
	return nil
}
