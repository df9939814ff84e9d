package ledger

import (
	"bytes"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"zhicha/inspect"
)

// Bare is a checkpoint with the line of its log alone, and what it says. Whether others signed it
// too is neither asked nor judged.
func Bare(text []byte, log note.Verifier) ([]byte, *Checkpoint, error) {
	n, err := openNote(text, []note.Verifier{log})
	if err != nil {
		return nil, nil, err
	}
	bare := text // what the log has not signed OpenCheckpoint says better
	if len(n.Sigs) > 0 {
		if bare, err = note.Sign(&note.Note{Text: n.Text, Sigs: n.Sigs}); err != nil {
			return nil, nil, unverified("ledger.checkpoint-malformed", checkpointFile)
		}
	}
	cp, err := OpenCheckpoint(bare, log)
	return bare, cp, err
}

// Signers are the log's key and those of the witnesses' that signed a checkpoint, in the order of
// their lines: the keys OpenCheckpoint and Verify ask for where not everybody need have signed yet.
func Signers(text []byte, log note.Verifier, witnesses ...note.Verifier) ([]note.Verifier, error) {
	n, err := openNote(text, append([]note.Verifier{log}, witnesses...))
	if err != nil {
		return nil, err
	}
	keys := []note.Verifier{log}
	for _, s := range n.Sigs {
		i := slices.IndexFunc(witnesses, func(w note.Verifier) bool { return w.Name() == s.Name && w.KeyHash() == s.Hash })
		if i >= 0 {
			keys = append(keys, witnesses[i])
		}
	}
	return keys, nil
}

// Join adds to a checkpoint, which the log alone has signed, each witness's signature on that very
// head found in texts, in the order of the witnesses. A text of another head adds nothing.
func Join(bare []byte, texts [][]byte, log note.Verifier, witnesses ...note.Verifier) ([]byte, error) {
	n, err := note.Open(bare, note.VerifierList(log))
	if err != nil {
		return nil, unverified("ledger.checkpoint-malformed", checkpointFile)
	}
	for _, w := range witnesses {
		for _, text := range texts {
			theirs, err := note.Open(text, note.VerifierList(w))
			if err == nil && theirs.Text == n.Text {
				n.Sigs = append(n.Sigs, theirs.Sigs[0])
				break
			}
		}
	}
	joined, err := note.Sign(n)
	if err != nil {
		return nil, err
	}
	keys, err := Signers(joined, log, witnesses...)
	if err == nil {
		_, err = OpenCheckpoint(joined, keys...)
	}
	return joined, err
}

// Extends checks from its tiles that the log under fsys, of that head, begins with the log whose head
// was old. One that is shorter was rolled back, one that differs was written anew.
func Extends(fsys fs.FS, head, old tlog.Tree) error {
	if old.N > head.N {
		return unverified("ledger.older", "", "Old", old.N, "Size", head.N)
	}
	if old.N == 0 && old.Hash == (&tree{}).head().Hash {
		return nil
	}
	hashes, err := tlog.ProveTree(head.N, old.N, tlog.TileHashReader(head, reader{fsys}))
	if err != nil {
		return tilesWrong(err)
	}
	if tlog.CheckTree(hashes, head.N, head.Hash, old.N, old.Hash) != nil {
		return unverified("ledger.inconsistent", "", "Old", old.N, "Size", head.N)
	}
	return nil
}

// Attend is the work of a witness who holds nothing but a published log, their key, and what they
// cosigned last: state, the log's verifier key on a line and then the checkpoint they signed. At the
// first time there is none, and logKey, which they learned elsewhere than from the log, says which
// log it is. The whole log is verified and must extend the last head; then its head is cosigned.
// The state returned is to be kept before the checkpoint is handed on.
func Attend(fsys fs.FS, state []byte, logKey string, witness note.Signer) (checkpoint, next []byte, err error) {
	kept, last, _ := strings.Cut(string(state), "\n")
	switch {
	case len(state) == 0 && logKey == "":
		return nil, nil, inspect.Misuse("ledger.witness-key")
	case len(state) == 0:
		kept = logKey
	case logKey != "" && logKey != kept:
		return nil, nil, unverified("ledger.witness-other", "", "Key", logKey, "Want", kept)
	}
	log, err := NewVerifier(kept)
	if err != nil || !isLogKey(kept) {
		return nil, nil, inspect.Misuse("ledger.witness-key")
	}
	text, err := readFile(fsys, checkpointFile, nil, maxCheckpoint)
	if err != nil {
		return nil, nil, err
	}
	bare, cp, err := Bare(text, log)
	if err != nil {
		return nil, nil, err
	}
	if last != "" {
		_, old, err := Bare([]byte(last), log)
		if err != nil {
			return nil, nil, err
		}
		if err := Extends(fsys, cp.Tree, old.Tree); err != nil {
			return nil, nil, err
		}
	}
	if err := verifyTree(fsys, cp.Tree, nil); err != nil {
		return nil, nil, err
	}
	if checkpoint, err = Cosign(bare, witness, log); err != nil {
		return nil, nil, err
	}
	return checkpoint, bytes.Join([][]byte{[]byte(kept), checkpoint}, []byte("\n")), nil
}
