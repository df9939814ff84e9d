package ledger

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
)

// The signature types of C2SP signed-note in use here.
const (
	typeEd25519     = 0x01 // over the note itself
	typeCosignature = 0x04 // cosignature/v1: over a time and the note
)

// NewVerifier reads a verifier key, name+hash+base64, of a log (type 0x01) or a witness (0x04).
func NewVerifier(vkey string) (note.Verifier, error) {
	name, key, err := parseKey(vkey)
	if err != nil {
		return nil, err
	}
	if key[0] == typeCosignature {
		return &cosigner{name: name, key: ed25519.PublicKey(key[1:])}, nil
	}
	return note.NewVerifier(vkey)
}

// WitnessKey returns the verifier key under which the owner of an ordinary note key cosigns: the
// same Ed25519 key, with the type of a cosignature.
func WitnessKey(vkey string) (string, error) {
	name, key, err := parseKey(vkey)
	if err != nil {
		return "", err
	}
	c := cosigner{name: name, key: ed25519.PublicKey(key[1:])}
	return fmt.Sprintf("%s+%08x+%s", name, c.KeyHash(),
		base64.StdEncoding.EncodeToString(append([]byte{typeCosignature}, c.key...))), nil
}

// parseKey checks name, hash and length of an Ed25519 verifier key and returns its type and key.
func parseKey(vkey string) (name string, key []byte, err error) {
	name, rest, _ := strings.Cut(vkey, "+")
	hash, b64, _ := strings.Cut(rest, "+")
	key, err = base64.StdEncoding.Strict().DecodeString(b64)
	if err != nil || len(key) != 1+ed25519.PublicKeySize ||
		key[0] != typeEd25519 && key[0] != typeCosignature ||
		hash != fmt.Sprintf("%08x", keyHash(name, key)) || !validName(name) {
		return "", nil, inspect.Reject("ledger.key", inspect.Place{}, "Key", vkey)
	}
	return name, key, nil
}

func validName(name string) bool {
	return name != "" && utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsSpace)
}

func keyHash(name string, key []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	return binary.BigEndian.Uint32(sum[:])
}

// cosigner is a witness's key; see C2SP tlog-cosignature.
type cosigner struct {
	name string
	key  ed25519.PublicKey
}

// Name returns the witness's name.
func (c *cosigner) Name() string { return c.name }

// KeyHash returns the key id.
func (c *cosigner) KeyHash() uint32 {
	return keyHash(c.name, append([]byte{typeCosignature}, c.key...))
}

// Verify reports whether sig is a cosignature of msg: eight bytes of time, then Ed25519.
func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != timestampSize+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	return at <= math.MaxInt64 && ed25519.Verify(c.key, cosigned(at, msg), sig[timestampSize:])
}

const timestampSize = 8

// cosignedAt is the time inside a signature that Verify has accepted.
func cosignedAt(sig []byte) time.Time {
	return time.Unix(int64(binary.BigEndian.Uint64(sig)), 0).In(inspect.Beijing)
}

// cosigned is what a witness signs.
func cosigned(at uint64, msg []byte) []byte {
	b := strconv.AppendUint([]byte("cosignature/v1\ntime "), at, 10)
	return append(append(b, '\n'), msg...)
}

type witness struct {
	cosigner
	private ed25519.PrivateKey
	at      uint64
}

// NewWitness returns a signer of cosignatures at the given time from an ordinary note key,
// PRIVATE+KEY+name+hash+base64. A key should witness under one name only, since the signed
// message does not hold the name.
func NewWitness(skey string, at time.Time) (note.Signer, error) {
	if _, err := note.NewSigner(skey); err != nil || at.Unix() < 0 {
		return nil, inspect.Misuse("ledger.secret-key")
	}
	parts := strings.SplitN(skey, "+", 5) // as note.NewSigner has found it
	seed, _ := base64.StdEncoding.DecodeString(parts[4])
	private := ed25519.NewKeyFromSeed(seed[1:])
	return &witness{cosigner{parts[2], private.Public().(ed25519.PublicKey)}, private, uint64(at.Unix())}, nil
}

// Sign returns a cosignature of msg.
func (w *witness) Sign(msg []byte) ([]byte, error) {
	sig := binary.BigEndian.AppendUint64(nil, w.at)
	return append(sig, ed25519.Sign(w.private, cosigned(w.at, msg))...), nil
}
