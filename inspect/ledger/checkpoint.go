package ledger

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"zhicha/inspect"
)

// checkpointFile is the name of the signed tree head inside a log.
const checkpointFile = "checkpoint"

// Checkpoint is a tree head and who signed it.
type Checkpoint struct {
	Origin string // the log's name, which is also the name of its key
	Tree   tlog.Tree
	Signed []Signature // in the order of the keys it was opened with
}

// Signature says who signed and, for a cosignature, when the witness says it did; zero for a
// plain signature, which bears no time.
type Signature struct {
	Name string
	At   time.Time // in Beijing
	Key  uint32    // key id
}

// Origin is the name of a campaign's log and of the key that signs it.
func Origin(campaign string) string { return "zhicha/" + campaign }

// Sign returns the checkpoint of a tree. The first signer is the log, whose name becomes the
// origin; witnesses follow.
func Sign(head tlog.Tree, log note.Signer, witnesses ...note.Signer) ([]byte, error) {
	signers := append([]note.Signer{log}, witnesses...)
	return note.Sign(&note.Note{Text: headText(log.Name(), head)}, signers...)
}

func headText(origin string, head tlog.Tree) string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, head.N, head.Hash)
}

// OpenCheckpoint reads a checkpoint signed by exactly keys, in that order; the first is the
// log's. There is one text for a given head, keys and signatures, and any other is an error.
func OpenCheckpoint(text []byte, keys ...note.Verifier) (*Checkpoint, error) {
	if len(keys) == 0 {
		return nil, inspect.Misuse("ledger.no-log-key")
	}
	if _, ok := keys[0].(*cosigner); ok {
		return nil, inspect.Misuse("ledger.no-log-key")
	}
	n, err := openNote(text, keys)
	if err != nil {
		return nil, err
	}
	cp := &Checkpoint{Origin: keys[0].Name()}
	if origin, _, _ := strings.Cut(n.Text, "\n"); origin != cp.Origin {
		return nil, unverified("ledger.origin", checkpointFile, "Origin", origin, "Want", cp.Origin)
	}
	if len(n.UnverifiedSigs) > 0 {
		return nil, unverified("ledger.signature-unknown", checkpointFile, "Name", keyID(n.UnverifiedSigs[0]))
	}
	if cp.Tree, err = parseHead(n.Text); err != nil {
		return nil, unverified("ledger.checkpoint-malformed", checkpointFile)
	}
	again := headText(cp.Origin, cp.Tree) + "\n"
	for _, key := range keys {
		sig, ok := signatureBy(n, key)
		if !ok {
			return nil, unverified("ledger.signature-missing", checkpointFile,
				"Name", keyID(note.Signature{Name: key.Name(), Hash: key.KeyHash()}))
		}
		raw, _ := base64.StdEncoding.DecodeString(sig.Base64) // note.Open has done so before
		s := Signature{Name: key.Name(), Key: key.KeyHash()}
		if _, ok := key.(*cosigner); ok {
			s.At = cosignedAt(raw[4:])
		}
		cp.Signed = append(cp.Signed, s)
		again += "— " + sig.Name + " " + base64.StdEncoding.EncodeToString(raw) + "\n"
	}
	if again != string(text) {
		return nil, unverified("ledger.checkpoint-encoding", checkpointFile)
	}
	return cp, nil
}

// openNote checks the signatures by keys; a note none of them signed is still returned, as its
// origin tells what is wrong better than the lack of a signature.
func openNote(text []byte, keys []note.Verifier) (*note.Note, error) {
	n, err := note.Open(text, note.VerifierList(keys...))
	var wrong *note.InvalidSignatureError
	var unsigned *note.UnverifiedNoteError
	switch {
	case err == nil:
		return n, nil
	case errors.As(err, &unsigned):
		return unsigned.Note, nil
	case errors.As(err, &wrong):
		return nil, unverified("ledger.signature-invalid", checkpointFile,
			"Name", keyID(note.Signature{Name: wrong.Name, Hash: wrong.Hash}))
	}
	return nil, unverified("ledger.checkpoint-malformed", checkpointFile)
}

func keyID(s note.Signature) string { return fmt.Sprintf("%s+%08x", s.Name, s.Hash) }

func signatureBy(n *note.Note, key note.Verifier) (note.Signature, bool) {
	for _, s := range n.Sigs {
		if s.Name == key.Name() && s.Hash == key.KeyHash() {
			return s, true
		}
	}
	return note.Signature{}, false
}

func parseHead(text string) (tlog.Tree, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return tlog.Tree{}, errors.New("malformed tree head")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 {
		return tlog.Tree{}, fmt.Errorf("malformed tree size %q", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// Cosign adds a witness's signature behind those of signed, which must be all there are. Before
// signing, a witness checks CheckConsistency against the last checkpoint it cosigned.
func Cosign(text []byte, witness note.Signer, signed ...note.Verifier) ([]byte, error) {
	cp, err := OpenCheckpoint(text, signed...)
	if err != nil {
		return nil, err
	}
	n, err := note.Open(text, note.VerifierList(signed...))
	if err != nil {
		return nil, err
	}
	for _, s := range n.Sigs {
		if s.Name == witness.Name() && s.Hash == witness.KeyHash() {
			return nil, unverified("ledger.signed-already", checkpointFile, "Name", keyID(s), "Size", cp.Tree.N)
		}
	}
	return note.Sign(n, witness)
}
