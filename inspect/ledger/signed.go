package ledger

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"zhicha/inspect"
)

// Signed is who decided what a body says, and the signature of each of them over it (People.Text). The
// bodies that have it are those of Joint: whoever holds the log's key alone can enter none of them.
type Signed struct {
	By         []inspect.Digest `json:"by"`         // two persons; at the freeze who froze the frame
	Signatures []string         `json:"signatures"` // theirs, in that order, each of 128 hexadecimal digits
}

// Joint is a body that people decide together, under their own signatures.
type Joint interface {
	Body
	Under(Signed) Joint // the same body, signed by these
	signed() Signed
}

func (s Signed) signed() Signed { return s }

// claim is that every one of them has a signature, in the one way to write it.
func (s Signed) claim() claim {
	return claim{"signatures", len(s.Signatures) == len(s.By) && !slices.ContainsFunc(s.Signatures, func(x string) bool { return !isHex(x, ed25519.SignatureSize) })}
}

// Nameless is the signature of a note that has one, without the name under which it was made: an entry
// names nobody.
func Nameless(note string) (string, error) {
	line := note[strings.LastIndex(strings.TrimSuffix(note, "\n"), "\n")+1:]
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(line[strings.LastIndex(line, " ")+1:], "\n"))
	if err != nil || len(raw) != 4+ed25519.SignatureSize {
		return "", fmt.Errorf("no note with an Ed25519 signature: %q", line)
	}
	return hex.EncodeToString(raw[4:]), nil
}

// PublicKey is the Ed25519 key of a verifier key as entries have it, without the name; empty where it is none.
func PublicKey(vkey string) string {
	_, key, err := parseKey(vkey)
	if err != nil || key[0] != typeEd25519 {
		return ""
	}
	return hex.EncodeToString(key[1:])
}

// field25519 is the prime over which the points of Ed25519 lie.
var field25519 = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))

// isPublicKey reports whether text is what PublicKey returns. A second spelling of a point, which some
// verifiers take and others do not, is none, nor are the points for which anybody can sign that have one.
func isPublicKey(text string) bool {
	if !isHex(text, ed25519.PublicKeySize) {
		return false
	}
	raw, _ := hex.DecodeString(text) // isHex has done so
	slices.Reverse(raw)
	raw[0] &= 0x7f // the sign of x
	y := new(big.Int).SetBytes(raw)
	return y.Cmp(big.NewInt(1)) > 0 && y.Cmp(new(big.Int).Sub(field25519, big.NewInt(1))) < 0
}

// holds reports whether a signature over text is the key's.
func holds(key, text, signature string) bool {
	if !isPublicKey(key) || !isHex(signature, ed25519.SignatureSize) {
		return false
	}
	public, _ := hex.DecodeString(key)
	raw, _ := hex.DecodeString(signature)
	return ed25519.Verify(public, []byte(text), raw)
}

// Text is what each of those who decide b signs, after the entries taken in so far. It names this very log
// by its key, and the entry on which b rests: the last that was about the same person, text or committed wave.
// So no signature serves in another log, or a second time in this.
func (p *People) Text(b Joint) (string, error) {
	var rests int64
	switch b := b.(type) {
	case Appointment:
		rests = p.spoke(b.Person)
	case Retirement:
		rests = p.spoke(b.Person)
	case Replacement:
		rests = p.spoke(b.Before)
	case Postponement:
		rests = p.waves[b.Wave]
	case Withdrawal:
		rests = p.texts[b.Document]
	case Publication:
		rests = p.texts[b.Document]
	}
	raw, err := inspect.CanonicalJSON(b)
	if err != nil {
		return "", err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return "", err
	}
	delete(members, "by") // the first of two need not know who will be the second
	delete(members, "signatures")
	raw, err = inspect.CanonicalJSON(members)
	return fmt.Sprintf("zhicha/1 %s\n%s\n%d\n%s\n", b.Kind(), p.log, rests, raw), err
}

func (p *People) spoke(person inspect.Digest) int64 {
	if a := p.known[person]; a != nil {
		return a.Seq
	}
	return 0
}
