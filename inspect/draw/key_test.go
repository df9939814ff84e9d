package draw

import (
	"encoding/hex"
	"math/rand/v2"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"zhicha/inspect"
)

// The expected values were computed from the definitions with Python's hmac and hashlib.
func TestKeyVectors(t *testing.T) {
	const campaign, beacon = "winter-care-2023", "ssq/2023003/01-05-11-18-22-30/07"
	shares := sharesOf(secretsOf(1, 2, 3), campaign, 1, inspect.StageCounty)
	same(t, "share", shares[0][:], "a21a5a7b6af0815732f2e6d73f159f0646f2c1af9c948d5daeb37992242ef467")
	c := Commitment(shares[0], campaign, 1, partyIDs[0], inspect.StageCounty)
	same(t, "commitment", c[:], "0ffcfa1b9d19a7fe1d09219b52e5ebdbe83952daf326b001eeea3dfd7460aa56")
	k := StageKey(shares, beacon, campaign, 1, inspect.StageCounty, inspect.DigestOf([]byte("record")))
	same(t, "stage key", k[:], "d9f534b16642344c5fa6f622482424521456adf9754dee400a553b709440531d")
	ticket := k.Ticket("ticket", "11", "CO", "110101000000")
	same(t, "ticket", ticket.Digest[:], "ec50e242b3dae26e326badbd1d6874949491fd1d1834408084407797458ae693")
}

var partyIDs = []string{"discipline", "evaluator", "office"}

func secretsOf(fill ...byte) []Secret {
	out := make([]Secret, len(fill))
	for i := range out {
		for j := range out[i] {
			out[i][j] = fill[i]
		}
	}
	return out
}

func sharesOf(secrets []Secret, campaign string, wave int, stage inspect.Stage) []Share {
	out := make([]Share, len(secrets))
	for i, s := range secrets {
		out[i] = ShareOf(s, campaign, wave, partyIDs[i], stage)
	}
	return out
}

func same(t *testing.T, what string, got []byte, want string) {
	t.Helper()
	if hex.EncodeToString(got) != want {
		t.Errorf("%s is %x, want %s", what, got, want)
	}
}

// TestOneBitChangesTheDraw flips one bit of one party's secret: every stage key changes in about
// half its bits, and the sample is another.
func TestOneBitChangesTheDraw(t *testing.T) {
	l := newLand(rand.New(rand.NewPCG(11, 11)), 60, "11", "44", "65")
	quiet := design
	quiet.Households = 0
	rapid.Check(t, func(t *rapid.T) {
		secrets := secretsOf(rapid.Byte().Draw(t, "a"), rapid.Byte().Draw(t, "b"), rapid.Byte().Draw(t, "c"))
		keys := func(s inspect.Stage) inspect.Key {
			return StageKey(sharesOf(secrets, "x", 1, s), "beacon", "x", 1, s, inspect.Digest{})
		}
		before, err := Select(l.counties, l, quiet, keys)
		if err != nil {
			t.Fatal(err)
		}
		old := map[inspect.Stage]inspect.Key{}
		for _, s := range inspect.Stages {
			old[s] = keys(s)
		}
		bit := rapid.IntRange(0, 255).Draw(t, "bit")
		secrets[rapid.IntRange(0, 2).Draw(t, "party")][bit/8] ^= 1 << (bit % 8)
		seen := map[inspect.Key]bool{}
		for _, s := range inspect.Stages {
			k, changed := keys(s), 0
			for i := range k {
				for x := k[i] ^ old[s][i]; x != 0; x &= x - 1 {
					changed++
				}
			}
			if changed < 70 || changed > 186 || seen[k] {
				t.Fatalf("stage %s: %d of 256 bits changed", s, changed)
			}
			seen[k] = true
		}
		if after, _ := Select(l.counties, l, quiet, keys); reflect.DeepEqual(before.Counties, after.Counties) {
			t.Fatal("the same counties were drawn")
		}
	})
}
