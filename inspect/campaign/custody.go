package campaign

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"

	"filippo.io/age"

	"zhicha/inspect"
	"zhicha/inspect/draw"
	"zhicha/inspect/seal"
)

// Custody is what two custodians of different bodies bring together: their age keys. Like an Actor it
// is a value. Its zero value is nobody's.
type Custody struct{ keys []string }

// NewCustody is the custody of the secrets given, age identities.
func NewCustody(secrets ...string) Custody { return Custody{secrets} }

// None reports whether nobody brought a key.
func (k Custody) None() bool { return len(k.keys) == 0 }

// ReadCustody reads the custodians' keys from files.
func ReadCustody(files []string, ask Ask) (Custody, error) {
	var out Custody
	for _, f := range files {
		key, err := ReadKey(f, ask)
		var refused *inspect.Problem
		if errors.As(err, &refused) {
			return Custody{}, refused
		} else if err != nil {
			return Custody{}, inspect.Fail("campaign.read", err, "File", f)
		}
		out.keys = append(out.keys, key)
	}
	return out, nil
}

// Open opens whichever of the envelopes that fit the pattern two of the keys are for: more than two are given where what was
// sealed to other custodians is opened in one act.
func (k Custody) Open(pattern string) ([]byte, error) {
	if len(k.keys) < 2 {
		return nil, inspect.Misuse("packet.two-keys", "N", len(k.keys))
	}
	envelopes, err := Matching(pattern)
	if err != nil || len(envelopes) == 0 {
		return nil, cmp.Or[error](err, inspect.Fail("packet.no-envelope", os.ErrNotExist, "File", filepath.Base(pattern)))
	}
	var refused error
	for _, name := range envelopes {
		sealed, err := Read(name, Book)
		if err != nil {
			return nil, err
		}
		for i, a := range k.keys {
			for _, b := range k.keys[i+1:] {
				plain, err := seal.Open(sealed, [2]string{a, b})
				if err == nil {
					return plain, nil
				}
				refused = err
			}
		}
	}
	return nil, refused
}

// Fits refuses keys that are not those of two committed custodians of different bodies, without
// opening anything.
func (k Custody) Fits(r *draw.Record) error {
	if len(k.keys) < 2 {
		return inspect.Misuse("packet.two-keys", "N", len(k.keys))
	}
	bodies := map[string]bool{}
	for _, text := range k.keys {
		key, err := age.ParseX25519Identity(text)
		if err != nil {
			return inspect.Refuse("seal.key")
		}
		for _, x := range r.Custodians {
			if x.Recipient == key.Recipient().String() {
				bodies[x.Body] = true
			}
		}
	}
	if len(bodies) < 2 {
		return inspect.Refuse("seal.cannot-open")
	}
	return nil
}

// CustodiansOf are the custodians to whom a wave's envelopes are sealed.
func CustodiansOf(r *draw.Record) []seal.Custodian {
	var out []seal.Custodian
	for _, x := range r.Custodians {
		out = append(out, seal.Custodian{ID: x.ID, Body: x.Body, Recipient: x.Recipient})
	}
	return out
}
