package seal

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
)

// holders are a custodian and two people with signing keys, and a stranger last.
func holders(tb testing.TB) (secrets, keys []string) {
	tb.Helper()
	secret, recipient, err := NewKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	secrets, keys = append(secrets, secret), append(keys, recipient)
	for _, name := range []string{"review-1", "audit-1", "stranger"} {
		secret, public, err := note.GenerateKey(rand.Reader, name)
		if err != nil {
			tb.Fatal(err)
		}
		secrets, keys = append(secrets, secret), append(keys, public)
	}
	return secrets, keys
}

func TestEvidenceOpensForItsHolders(t *testing.T) {
	secrets, keys := holders(t)
	for _, data := range [][]byte{nil, []byte("演示数据"), bytes.Repeat([]byte("x"), 200_000)} {
		closed, err := SealEvidence(data, keys[:3])
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > 0 && bytes.Contains(closed, data[:min(len(data), 12)]) {
			t.Error("the content can be read")
		}
		for i, secret := range secrets {
			got, err := OpenEvidence(closed, secret+"\n")
			switch {
			case i < 3 && (err != nil || !bytes.Equal(got, data)):
				t.Errorf("holder %d: %v", i, err)
			case i == 3 && !errors.Is(err, ErrOtherKey):
				t.Errorf("a stranger: %v", err)
			}
		}
	}
	for i, secret := range secrets {
		for j, key := range keys {
			if OwnsEvidenceKey(secret, key) != (i == j) {
				t.Errorf("secret %d, key %d", i, j)
			}
		}
	}
}

// No byte can be changed without whoever opens the file seeing it.
func TestEvidenceAltered(t *testing.T) {
	secrets, keys := holders(t)
	closed, err := SealEvidence([]byte("演示数据"), keys[:3])
	if err != nil {
		t.Fatal(err)
	}
	for i := range closed {
		bent := bytes.Clone(closed)
		bent[i] ^= 1
		for j := range 3 {
			if _, err := OpenEvidence(bent, secrets[j]); err == nil {
				t.Errorf("byte %d of %d is not missed by holder %d", i, len(closed), j)
			}
		}
	}
}

func TestEvidenceKeys(t *testing.T) {
	secrets, keys := holders(t)
	for _, bad := range []string{"", "age1", "age1qqqq", "a+b", "a+00000000+AA==", secrets[1], keys[1] + "A"} {
		if _, err := SealEvidence(nil, []string{bad}); inspect.ExitStatus(err) != 4 {
			t.Errorf("key %q: %v", bad, err)
		}
	}
	closed, err := SealEvidence(nil, keys[:3])
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "AGE-SECRET-KEY-1", "PRIVATE+KEY+a+b+AA==", keys[1]} {
		if _, err := OpenEvidence(closed, bad); inspect.ExitStatus(err) != 4 {
			t.Errorf("secret %q: %v", bad, err)
		}
	}
}
