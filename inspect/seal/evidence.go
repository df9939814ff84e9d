package seal

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"golang.org/x/crypto/ssh"

	"zhicha/inspect"
)

// ErrOtherKey says that a key is none of those to which a file was closed.
var ErrOtherKey = errors.New("closed to other keys")

// noteEd25519 is how a signed note's key says that it is an Ed25519 key.
const noteEd25519 = 1

// SealEvidence closes data so that each of keys alone opens it: a custodian's recipient (age1…), or
// anybody else's verifier key as golang.org/x/mod/sumdb/note writes it. The file is in the age format.
func SealEvidence(data []byte, keys []string) ([]byte, error) {
	to := make([]age.Recipient, len(keys))
	for i, key := range keys {
		var err error
		if to[i], err = recipient(key); err != nil {
			return nil, inspect.Refuse("seal.evidence-key", "Key", key)
		}
	}
	return encrypt(data, to)
}

// OpenEvidence opens what SealEvidence closed, with a custodian's secret (AGE-SECRET-KEY-1…) or a
// signing key. An error that is ErrOtherKey where it was closed to others.
func OpenEvidence(data []byte, secret string) ([]byte, error) {
	id, err := identity(secret)
	if err != nil {
		return nil, inspect.Refuse("seal.key")
	}
	plain, err := decrypt(data, id)
	if none := (*age.NoIdentityMatchError)(nil); errors.As(err, &none) {
		return nil, fmt.Errorf("%w: %w", ErrOtherKey, err)
	}
	return plain, err
}

// OwnsEvidenceKey reports whether secret is the half of key that opens.
func OwnsEvidenceKey(secret, key string) bool {
	closed, err := SealEvidence(nil, []string{key})
	if err != nil {
		return false
	}
	_, err = OpenEvidence(closed, secret)
	return err == nil
}

func recipient(key string) (age.Recipient, error) {
	if strings.HasPrefix(key, "age1") {
		return age.ParseX25519Recipient(key)
	}
	public, err := noteKey(key, 3, ed25519.PublicKeySize)
	if err != nil {
		return nil, err
	}
	wire, err := ssh.NewPublicKey(ed25519.PublicKey(public))
	if err != nil {
		return nil, err
	}
	return agessh.NewEd25519Recipient(wire)
}

func identity(secret string) (age.Identity, error) {
	secret = strings.TrimSpace(secret)
	if strings.HasPrefix(secret, "AGE-") {
		return age.ParseX25519Identity(secret)
	}
	seed, err := noteKey(secret, 5, ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	return agessh.NewEd25519Identity(ed25519.NewKeyFromSeed(seed))
}

// noteKey is what the last of a note key's parts says: name+hash+key, or PRIVATE+KEY+name+hash+key.
func noteKey(text string, parts, size int) ([]byte, error) {
	split := strings.SplitN(text, "+", parts)
	raw, err := base64.StdEncoding.DecodeString(split[len(split)-1])
	if err != nil || len(split) != parts || len(raw) != 1+size || raw[0] != noteEd25519 {
		return nil, fmt.Errorf("not an Ed25519 note key")
	}
	return raw[1:], nil
}
