package seal

import (
	"crypto/rand"
	mrand "math/rand/v2"
	"testing"

	"zhicha/inspect"
)

func custodians(t *testing.T, bodies ...string) (cs []Custodian, secrets []string) {
	t.Helper()
	for i, b := range bodies {
		secret, recipient, err := NewKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		cs = append(cs, Custodian{ID: string(rune('a' + i)), Body: b, Recipient: recipient})
		secrets = append(secrets, secret)
	}
	return cs, secrets
}

func TestTwoBodiesOpen(t *testing.T) {
	cs, keys := custodians(t, "office", "discipline", "office")
	envelopes, err := Seal([]byte("plan"), cs)
	if err != nil {
		t.Fatal(err)
	}
	if len(envelopes) != 1 {
		t.Fatalf("got %d envelopes, want 1 for one pair of bodies", len(envelopes))
	}
	for _, pair := range [][2]int{{0, 1}, {1, 0}, {2, 1}, {1, 2}} {
		got, err := Open(envelopes[0].Data, [2]string{keys[pair[0]], keys[pair[1]]})
		if err != nil || string(got) != "plan" {
			t.Errorf("custodians %v: got %q, %v", pair, got, err)
		}
	}
	for _, pair := range [][2]int{{0, 2}, {0, 0}, {1, 1}} {
		if _, err := Open(envelopes[0].Data, [2]string{keys[pair[0]], keys[pair[1]]}); inspect.ExitStatus(err) != 4 {
			t.Errorf("custodians %v of one body: got %v, want a refusal", pair, err)
		}
	}
}

func TestOneBodyIsRefused(t *testing.T) {
	cs, _ := custodians(t, "office", "office")
	if _, err := Seal([]byte("plan"), cs); inspect.ExitStatus(err) != 4 {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestNewKeyFollowsItsRandomness(t *testing.T) {
	secret, recipient, err := NewKey(mrand.NewChaCha8([32]byte{7}))
	if err != nil {
		t.Fatal(err)
	}
	again, _, _ := NewKey(mrand.NewChaCha8([32]byte{7}))
	other, _, _ := NewKey(mrand.NewChaCha8([32]byte{8}))
	if secret != again || secret == other || recipient[:4] != "age1" {
		t.Errorf("got %q, %q and %q", secret, again, other)
	}
}
