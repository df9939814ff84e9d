package campaign

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"zhicha/inspect"
	"zhicha/inspect/draw"
	"zhicha/inspect/seal"
)

// OpenSealed opens whichever of the envelopes the keys of two custodians fit.
func OpenSealed(pattern string, keyFiles []string) ([]byte, error) {
	if len(keyFiles) != 2 {
		return nil, inspect.Misuse("packet.two-keys", "N", len(keyFiles))
	}
	var keys [2]string
	for i, f := range keyFiles {
		raw, err := os.ReadFile(f)
		if err != nil {
			return nil, inspect.Fail("campaign.read", err, "File", f)
		}
		keys[i] = string(raw)
	}
	envelopes, err := Matching(pattern)
	if err != nil || len(envelopes) == 0 {
		return nil, cmp.Or[error](err, inspect.Fail("packet.no-envelope", os.ErrNotExist, "File", filepath.Base(pattern)))
	}
	var refused error
	for _, name := range envelopes {
		sealed, err := os.ReadFile(name)
		if err != nil {
			return nil, inspect.Fail("campaign.read", err, "File", name)
		}
		plain, err := seal.Open(sealed, keys)
		if err == nil {
			return plain, nil
		}
		refused = err
	}
	return nil, refused
}

// ReturnMaster is the office's key from which every packet's return key follows; made once.
func (c *Campaign) ReturnMaster(wave int) (key [32]byte, err error) {
	path := c.Path(SecretsDir, fmt.Sprintf("return-%d.key", wave))
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := io.ReadFull(c.Rand, key[:]); err != nil {
			return key, err
		}
		return key, CreateFile(path, []byte(hex.EncodeToString(key[:])+"\n"))
	}
	b, herr := hex.DecodeString(strings.TrimSpace(string(raw)))
	if err := errors.Join(err, herr); err != nil || len(b) != len(key) {
		return key, inspect.Refuse("packet.return-key", "File", path)
	}
	return [32]byte(b), nil
}

func CustodiansOf(r *draw.Record) []seal.Custodian {
	var out []seal.Custodian
	for _, x := range r.Custodians {
		out = append(out, seal.Custodian{ID: x.ID, Body: x.Body, Recipient: x.Recipient})
	}
	return out
}

// FitKeys refuses keys that are not those of two committed custodians of different bodies, without
// opening anything.
func FitKeys(r *draw.Record, keyFiles []string) error {
	if len(keyFiles) != 2 {
		return inspect.Misuse("packet.two-keys", "N", len(keyFiles))
	}
	bodies := map[string]bool{}
	for _, name := range keyFiles {
		raw, err := os.ReadFile(name)
		if err != nil {
			return inspect.Fail("campaign.read", err, "File", name)
		}
		key, err := age.ParseX25519Identity(strings.TrimSpace(string(raw)))
		if err != nil {
			return inspect.Refuse("seal.key")
		}
		for _, x := range r.Custodians {
			if x.Recipient == key.Recipient().String() {
				bodies[x.Body] = true
			}
		}
	}
	if len(bodies) != 2 {
		return inspect.Refuse("seal.cannot-open")
	}
	return nil
}
