package seal

import (
	"bytes"
	"crypto/rand"
	"math/big"
	"strings"
	"testing"

	"zhicha/inspect"
)

// The check digits are ISO 7064 MOD 97-10, recomputed here by whole numbers.
func TestNewCodeFollowsISO7064(t *testing.T) {
	seen := map[Code]bool{}
	for range 200 {
		c, err := NewCode(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		n, ok := new(big.Int).SetString(string(c), 10)
		if !ok || len(c) != 22 || new(big.Int).Mod(n, big.NewInt(97)).Int64() != 1 {
			t.Fatalf("code %q", c)
		}
		if seen[c] {
			t.Fatalf("code %q twice", c)
		}
		seen[c] = true
		if back, err := ParseCode(c.String()); err != nil || back != c {
			t.Fatalf("%q reads back as %q, %v", c.String(), back, err)
		}
	}
}

const known = Code("1234567890123456789089")

func TestParseCode(t *testing.T) {
	for _, s := range []string{
		"1234567890123456789089", "1234 5678 9012 3456 7890 89", " 1234-5678–9012　3456·7890.89\n",
		"１２３４５６７８９０１２３４５６７８９０８９",
		"幺两三四，五六拐八，勾洞幺两，三四五六，拐八勾洞，八勾", "一二三四 五六七八 九〇一二 三四五六 七八九零 八九",
		"么2三4、５六7八、9○1二、\u20053456。7890，89",
	} {
		if c, err := ParseCode(s); err != nil || c != known {
			t.Errorf("%q: %q, %v", s, c, err)
		}
	}
	for s, rule := range map[string]string{
		"":                        "seal.code-length",
		"123456789012345678908":   "seal.code-length",
		"12345678901234567890890": "seal.code-length",
		"1234567890123456789O89":  "seal.code-character",
		"十234567890123456789089":  "seal.code-character",
		"①234567890123456789089":  "seal.code-character",
		"幺两三四 五六七八 九洞幺两 三四五六 七八九洞 八八": "seal.code-check",
		"1234567890123456789088": "seal.code-check",
	} {
		_, err := ParseCode(s)
		if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != rule {
			t.Errorf("%q: %v, want %s", s, err, rule)
		}
	}
}

// Over a bad line one digit is misheard or two change places: every such mistake is seen.
func TestCodeCatchesSlips(t *testing.T) {
	for i := range known {
		for d := byte('0'); d <= '9'; d++ {
			b := []byte(known)
			if b[i] == d {
				continue
			}
			b[i] = d
			if _, err := ParseCode(string(b)); err == nil {
				t.Errorf("digit %d as %c goes unseen", i, d)
			}
		}
		for j := i + 1; j < len(known); j++ {
			b := []byte(known)
			if b[i], b[j] = b[j], b[i]; b[i] == b[j] {
				continue
			}
			if _, err := ParseCode(string(b)); err == nil {
				t.Errorf("digits %d and %d swapped go unseen", i, j)
			}
		}
	}
}

func TestLayer(t *testing.T) {
	aad, plain := LayerAAD(7, "county"), []byte(`{"county":"演示县"}`)
	layer, err := SealLayer(rand.Reader, known, aad, plain)
	if err != nil {
		t.Fatal(err)
	}
	if len(layer) != LayerSize(len(plain)) {
		t.Errorf("layer of %d bytes, LayerSize says %d", len(layer), LayerSize(len(plain)))
	}
	if got, err := OpenLayer(known, aad, layer); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("opened %q, %v", got, err)
	}
	refused := func(name string, c Code, aad, layer []byte) {
		t.Helper()
		if _, err := OpenLayer(c, aad, layer); inspect.ExitStatus(err) != int(inspect.Refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other, _ := NewCode(rand.Reader)
	refused("another code", other, aad, layer)
	refused("another packet", known, LayerAAD(8, "county"), layer)
	refused("another rung", known, LayerAAD(7, "village"), layer)
	flipped := bytes.Clone(layer)
	flipped[len(flipped)-1] ^= 1
	refused("an altered layer", known, aad, flipped)
	refused("a short layer", known, aad, layer[:20])
	if _, err := SealLayer(rand.Reader, "", aad, plain); err == nil {
		t.Error("a layer without a code")
	}
}

func TestReturnKeysDiffer(t *testing.T) {
	master := [32]byte{1}
	seen := map[[32]byte]string{}
	ids := map[string]bool{}
	for _, c := range []struct {
		campaign     string
		wave, packet int
	}{{"a", 1, 7}, {"a", 1, 8}, {"a", 17, 0}, {"b", 1, 7}, {"a", 2, 7}} {
		k, err := ReturnKey(master, c.campaign, c.wave, c.packet)
		if err != nil {
			t.Fatal(err)
		}
		if was, twice := seen[k]; twice {
			t.Errorf("%v has the key of %s", c, was)
		}
		seen[k], ids[KeyID(k)] = c.campaign, true
	}
	if len(ids) != len(seen) {
		t.Errorf("%d ids for %d keys", len(ids), len(seen))
	}
}

func TestPadTo(t *testing.T) {
	if b, err := PadTo([]byte("{}"), 5); err != nil || string(b) != "{}   " {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := PadTo([]byte("{}"), 1); err == nil {
		t.Error("too long and yet padded")
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("1234 5678 9012 3456 7890 89")
	f.Add("１２３４")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCode(s)
		if err != nil {
			if len(inspect.ProblemsOf(err)) != 1 {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		if again, err := ParseCode(c.String()); err != nil || again != c || strings.Trim(string(c), "0123456789") != "" {
			t.Fatalf("%q gives %q, then %q, %v", s, c, again, err)
		}
	})
}

func BenchmarkLayerKey(b *testing.B) {
	salt := make([]byte, saltSize)
	for b.Loop() {
		if _, err := LayerKey(known, salt); err != nil {
			b.Fatal(err)
		}
	}
}

// The secrets of FORMAT.md, computed there by another implementation; none is another's.
func TestReturnSecret(t *testing.T) {
	var master [32]byte
	for i := range master {
		master[i] = byte(i)
	}
	for visit, want := range map[string]string{"": "c8ab6b1985e0f0fabb3e817ca53b322b", "1-007-03": "1a23ee6a21ce0dd261a3443891e22a62"} {
		if got := ReturnSecret(master, "winter-care-2023", 1, 7, visit); got != want {
			t.Errorf("%q: %s, want %s", visit, got, want)
		}
	}
	seen := map[string]bool{}
	for _, s := range []string{ReturnSecret(master, "c", 1, 7, ""), ReturnSecret(master, "c", 1, 7, "v"), ReturnSecret(master, "c", 1, 8, "v"), ReturnSecret(master, "c", 2, 7, "v"),
		ReturnSecret(master, "d", 1, 7, "v"), ReturnSecret([32]byte{1}, "c", 1, 7, "v"), ReturnSecret(master, "c", 17, 0, "v"), ReturnSecret(master, "c", 1, 70, "v")} {
		if len(s) != 32 || seen[s] {
			t.Errorf("secret %q", s)
		}
		seen[s] = true
	}
}
