package ledger

import (
	"crypto/sha256"
	"encoding/binary"

	"golang.org/x/mod/sumdb/tlog"
)

// tree is the right edge of a Merkle tree (RFC 6962) as it grows: the bundle and, on each level,
// the tile that are not yet full. Full ones are handed to emit and forgotten, so that memory does
// not depend on the size. Writing a log and verifying one run through the same tree; only emit
// differs.
type tree struct {
	size   int64
	bundle []byte   // the last size%width entries, each behind its length
	edge   [][]byte // by level, the hashes of the last tile
	leaf   []byte   // scratch
	emit   Emit
}

// Emit takes one finished file of a log. The data is only valid during the call.
type Emit func(name string, data []byte) error

func (t *tree) add(entry []byte) error {
	t.leaf = append(append(t.leaf[:0], 0), entry...)
	hash := sha256.Sum256(t.leaf)
	t.bundle = binary.BigEndian.AppendUint16(t.bundle, uint16(len(entry)))
	t.bundle = append(t.bundle, entry...)
	if t.size++; t.size%width == 0 {
		if err := t.emit(tile{bundles, t.size/width - 1, width}.name(), t.bundle); err != nil {
			return err
		}
		t.bundle = t.bundle[:0]
	}
	return t.push(0, hash)
}

func (t *tree) push(level int, hash tlog.Hash) error {
	if level == len(t.edge) {
		t.edge = append(t.edge, make([]byte, 0, width*tlog.HashSize))
	}
	t.edge[level] = append(t.edge[level], hash[:]...)
	full := t.edge[level]
	if len(full) < width*tlog.HashSize {
		return nil
	}
	if err := t.emit(tile{level, t.size>>(height*(level+1)) - 1, width}.name(), full); err != nil {
		return err
	}
	t.edge[level] = full[:0]
	return t.push(level+1, perfect(full))
}

// flush emits what is not full.
func (t *tree) flush() error {
	for _, p := range partials(t.size) {
		data := t.bundle
		if p.level != bundles {
			data = t.edge[p.level]
		}
		if err := t.emit(p.name(), data); err != nil {
			return err
		}
	}
	return nil
}

// head folds the perfect subtrees of the edge, smallest and rightmost first, into the root.
func (t *tree) head() tlog.Tree {
	head := tlog.Tree{N: t.size, Hash: sha256.Sum256(nil)}
	first := true
	for _, hashes := range t.edge {
		for end := len(hashes) / tlog.HashSize; end > 0; end &= end - 1 {
			from := end & (end - 1)
			sub := perfect(hashes[from*tlog.HashSize : end*tlog.HashSize])
			if first {
				head.Hash, first = sub, false
			} else {
				head.Hash = tlog.NodeHash(sub, head.Hash)
			}
		}
	}
	return head
}

// perfect is the root over a power of two of hashes.
func perfect(hashes []byte) tlog.Hash {
	if len(hashes) == tlog.HashSize {
		return tlog.Hash(hashes)
	}
	half := len(hashes) / 2
	return tlog.NodeHash(perfect(hashes[:half]), perfect(hashes[half:]))
}

// split cuts a bundle into exactly n entries and reports whether nothing is left over.
func split(bundle []byte, n int, each func(entry []byte) error) (whole bool, err error) {
	for ; n > 0; n-- {
		if len(bundle) < 2 {
			return false, nil
		}
		size := 2 + int(binary.BigEndian.Uint16(bundle))
		if len(bundle) < size {
			return false, nil
		}
		if err := each(bundle[2:size]); err != nil {
			return true, err
		}
		bundle = bundle[size:]
	}
	return len(bundle) == 0, nil
}
