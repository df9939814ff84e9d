package ledger

import (
	"encoding/base64"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"zhicha/inspect"
)

// proofHeader opens an inclusion proof in the format of C2SP tlog-proof.
const proofHeader = "c2sp.org/tlog-proof@v1"

// maxHashes is more than any proof in a tree of fewer than 2^63 entries needs.
const maxHashes = 63

// reader lets tlog read a log's tiles; tlog checks them against the tree head.
type reader struct{ fsys fs.FS }

// Height is 8 in C2SP tlog-tiles.
func (reader) Height() int { return height }

// SaveTiles does nothing: the tiles are files already.
func (reader) SaveTiles([]tlog.Tile, [][]byte) {}

// ReadTiles reads each tile's file.
func (r reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, t := range tiles {
		data, err := readFile(r.fsys, tile{t.L, t.N, t.W}.name(), nil, t.W*tlog.HashSize)
		if err != nil {
			return nil, err
		}
		out[i] = data
	}
	return out, nil
}

// Prove returns the proof, as a C2SP tlog-proof that carries the entry as its extra data, that
// the log under fsys holds entry number seq. The log's checkpoint is signed by exactly keys.
func Prove(fsys fs.FS, seq int64, keys ...note.Verifier) ([]byte, error) {
	cp, text, err := readCheckpoint(fsys, keys)
	if err != nil {
		return nil, err
	}
	if seq < 1 || seq > cp.Tree.N {
		return nil, inspect.Misuse("ledger.no-such-entry", "Seq", seq, "Size", cp.Tree.N)
	}
	entry, err := readEntry(fsys, cp.Tree.N, seq)
	if err != nil {
		return nil, err
	}
	hashes, err := tlog.ProveRecord(cp.Tree.N, seq-1, tlog.TileHashReader(cp.Tree, reader{fsys}))
	if err == nil {
		err = tlog.CheckRecord(hashes, cp.Tree.N, cp.Tree.Hash, seq-1, tlog.RecordHash(entry))
	}
	if err != nil {
		return nil, tilesWrong(err)
	}
	return formatProof(inclusionHead(entry, seq-1), hashes, text), nil
}

func inclusionHead(entry []byte, index int64) string {
	return fmt.Sprintf("%s\nextra %s\nindex %d\n", proofHeader, base64.StdEncoding.EncodeToString(entry), index)
}

// CheckProof checks what Prove wrote and returns the entry it proves and the checkpoint it is
// proved under.
func CheckProof(proof []byte, keys ...note.Verifier) (Entry, *Checkpoint, error) {
	lines, hashes, text, ok := cutProof(proof, 3)
	if !ok || lines[0] != proofHeader {
		return Entry{}, nil, unverified("ledger.proof-malformed", "")
	}
	b64, _ := strings.CutPrefix(lines[1], "extra ")
	entry, err1 := base64.StdEncoding.DecodeString(b64)
	decimal, _ := strings.CutPrefix(lines[2], "index ")
	index, err2 := strconv.ParseInt(decimal, 10, 64)
	if err1 != nil || err2 != nil || string(formatProof(inclusionHead(entry, index), hashes, text)) != string(proof) {
		return Entry{}, nil, unverified("ledger.proof-malformed", "")
	}
	cp, err := OpenCheckpoint(text, keys...)
	if err != nil {
		return Entry{}, nil, err
	}
	if tlog.CheckRecord(hashes, cp.Tree.N, cp.Tree.Hash, index, tlog.RecordHash(entry)) != nil {
		return Entry{}, nil, unverified("ledger.proof-wrong", "", "Seq", index+1)
	}
	at := chain{seq: index}
	e, err := at.follow(entry)
	return e, cp, err
}

// ProveConsistency returns the proof that the log under fsys extends its first old entries, in
// the form in which C2SP tlog-witness asks a witness for its cosignature.
func ProveConsistency(fsys fs.FS, old int64, keys ...note.Verifier) ([]byte, error) {
	cp, text, err := readCheckpoint(fsys, keys)
	if err != nil {
		return nil, err
	}
	if old < 0 || old > cp.Tree.N {
		return nil, inspect.Misuse("ledger.no-such-entry", "Seq", old, "Size", cp.Tree.N)
	}
	var hashes []tlog.Hash
	if old > 0 {
		if hashes, err = tlog.ProveTree(cp.Tree.N, old, tlog.TileHashReader(cp.Tree, reader{fsys})); err != nil {
			return nil, tilesWrong(err)
		}
	}
	return formatProof(fmt.Sprintf("old %d\n", old), hashes, text), nil
}

// CheckConsistency checks what ProveConsistency wrote against the tree head seen before, which
// the caller has kept, and returns the newer checkpoint.
func CheckConsistency(proof []byte, old tlog.Tree, keys ...note.Verifier) (*Checkpoint, error) {
	lines, hashes, text, ok := cutProof(proof, 1)
	if !ok || string(formatProof(lines[0]+"\n", hashes, text)) != string(proof) {
		return nil, unverified("ledger.proof-malformed", "")
	}
	if lines[0] != fmt.Sprintf("old %d", old.N) {
		return nil, unverified("ledger.proof-old", "", "Size", old.N)
	}
	cp, err := OpenCheckpoint(text, keys...)
	if err != nil {
		return nil, err
	}
	if old.N == 0 && len(hashes) == 0 && old.Hash == (&tree{}).head().Hash {
		return cp, nil
	}
	if tlog.CheckTree(hashes, cp.Tree.N, cp.Tree.Hash, old.N, old.Hash) != nil {
		return nil, unverified("ledger.inconsistent", "", "Old", old.N, "Size", cp.Tree.N)
	}
	return cp, nil
}

func formatProof(head string, hashes []tlog.Hash, checkpoint []byte) []byte {
	b := []byte(head)
	for _, h := range hashes {
		b = append(append(b, h.String()...), '\n')
	}
	return append(append(b, '\n'), checkpoint...)
}

// cutProof takes a proof apart; whoever calls compares it with its own encoding.
func cutProof(proof []byte, headLines int) (head []string, hashes []tlog.Hash, checkpoint []byte, ok bool) {
	top, text, ok := strings.Cut(string(proof), "\n\n")
	lines := strings.Split(top, "\n")
	if !ok || len(lines) < headLines || len(lines) > headLines+maxHashes {
		return nil, nil, nil, false
	}
	for _, l := range lines[headLines:] {
		h, err := tlog.ParseHash(l)
		if err != nil {
			return nil, nil, nil, false
		}
		hashes = append(hashes, h)
	}
	return lines[:headLines], hashes, []byte(text), true
}

// tilesWrong keeps a problem that already names its file; tlog's own errors name none.
func tilesWrong(err error) error {
	if inspect.ProblemsOf(err) != nil {
		return err
	}
	p := unverified("ledger.tiles-inconsistent", "")
	p.Cause = err
	return p
}

// readEntry finds one entry in its bundle.
func readEntry(fsys fs.FS, size, seq int64) (entry []byte, err error) {
	b := tile{bundles, (seq - 1) >> height, width}
	if !b.in(size) {
		b.w = int(size % width)
	}
	data, err := readFile(fsys, b.name(), nil, maxBundle)
	if err != nil {
		return nil, err
	}
	i := b.n << height
	whole, err := split(data, b.w, func(raw []byte) error {
		if i++; i == seq {
			entry = raw
		}
		return nil
	})
	if err != nil || !whole {
		return nil, unverified("ledger.bundle", b.name(), "Want", b.w)
	}
	return entry, nil
}
