package ledger

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"zhicha/inspect"
)

func signed(t testing.TB, witnesses ...note.Signer) []byte {
	t.Helper()
	log, _ := logKey()
	text, err := Sign(tlog.Tree{N: 3, Hash: referenceRoot(samples(1, 3))}, log, witnesses...)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestCosignedCheckpoint(t *testing.T) {
	_, key := logKey()
	w1, k1 := witnessKey("w1.example")
	w2, k2 := witnessKey("w2.example")
	text, err := Cosign(signed(t), w1, key)
	if err != nil {
		t.Fatal(err)
	}
	if text, err = Cosign(text, w2, key, k1); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, signed(t, w1, w2)) {
		t.Error("cosigning one after the other gives another text than signing at once")
	}
	cp, err := OpenCheckpoint(text, key, k1, k2)
	if err != nil {
		t.Fatal(err)
	}
	want := []Signature{{Name: testOrigin}, {Name: "w1.example", At: cosignTime}, {Name: "w2.example", At: cosignTime}}
	if !slices.EqualFunc(cp.Signed, want, func(a, b Signature) bool { return a.Name == b.Name && a.At.Equal(b.At) }) {
		t.Errorf("signed by %v", cp.Signed)
	}
	for name, c := range map[string]struct {
		keys []note.Verifier
		want string
	}{
		"one more":     {[]note.Verifier{key, k1}, "ledger.signature-unknown"},
		"other order":  {[]note.Verifier{key, k2, k1}, "ledger.checkpoint-encoding"},
		"other origin": {[]note.Verifier{must(NewVerifier(second(testKeys("zhicha/other")))), k1, k2}, "ledger.origin"},
		"no log key":   {[]note.Verifier{k1, k2}, "ledger.no-log-key"},
		"no key":       {nil, "ledger.no-log-key"},
	} {
		if _, err := OpenCheckpoint(text, c.keys...); !slices.Equal(rules(err), []string{c.want}) {
			t.Errorf("%s: want %s, got %v", name, c.want, err)
		}
	}
	if _, err := OpenCheckpoint(signed(t, w1), key, k1, k2); !slices.Equal(rules(err), []string{"ledger.signature-missing"}) {
		t.Error(err)
	}
	if _, err := Cosign(text, w1, key, k1, k2); !slices.Equal(rules(err), []string{"ledger.signed-already"}) {
		t.Error(err)
	}
}

func second(_, b string) string { return b }

func TestCheckpointsThatAreNotExact(t *testing.T) {
	_, key := logKey()
	good := string(signed(t))
	body, sig, _ := strings.Cut(good, "\n\n")
	lines := strings.Split(body, "\n")
	resign := func(text string) string {
		log, _ := logKey()
		return string(must(note.Sign(&note.Note{Text: text}, log)))
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":             {"", "ledger.checkpoint-malformed"},
		"no signature":      {body + "\n", "ledger.checkpoint-malformed"},
		"crlf":              {strings.ReplaceAll(good, "\n", "\r\n"), "ledger.checkpoint-malformed"},
		"other size":        {strings.Replace(good, "\n3\n", "\n4\n", 1), "ledger.signature-invalid"},
		"signature twice":   {good + sig, "ledger.checkpoint-encoding"},
		"blank line ahead":  {"\n" + good, "ledger.signature-invalid"},
		"trailing blank":    {good + "\n", "ledger.checkpoint-malformed"},
		"loose base64":      {loosen(good), "ledger.checkpoint-encoding"},
		"leading zero":      {resign(strings.Replace(body, "\n3\n", "\n03\n", 1) + "\n"), "ledger.checkpoint-encoding"},
		"plus sign":         {resign(strings.Replace(body, "\n3\n", "\n+3\n", 1) + "\n"), "ledger.checkpoint-encoding"},
		"negative size":     {resign(strings.Replace(body, "\n3\n", "\n-3\n", 1) + "\n"), "ledger.checkpoint-malformed"},
		"short root":        {resign(strings.Join([]string{lines[0], lines[1], "AAAA"}, "\n") + "\n"), "ledger.checkpoint-malformed"},
		"extension":         {resign(body + "\nmore\n"), "ledger.checkpoint-malformed"},
		"two lines":         {resign(lines[0] + "\n" + lines[1] + "\n"), "ledger.checkpoint-malformed"},
		"other origin":      {resign(strings.Replace(body, testOrigin, "zhicha/other", 1) + "\n"), "ledger.origin"},
		"loose base64 root": {resign(lines[0] + "\n" + lines[1] + "\n" + loosen(lines[2]) + "\n"), "ledger.checkpoint-encoding"},
	} {
		if _, err := OpenCheckpoint([]byte(c.text), key); !slices.Equal(rules(err), []string{c.want}) {
			t.Errorf("%s: want %s, got %v", name, c.want, err)
		}
	}
}

// loosen sets a bit that base64 padding throws away, in the last signature or hash of text.
func loosen(text string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	i := strings.LastIndex(text, "=") - 1
	return text[:i] + string(alphabet[strings.IndexByte(alphabet, text[i])+1]) + text[i+1:]
}

func TestKeys(t *testing.T) {
	_, vkey := testKeys("w1.example")
	wkey := must(WitnessKey(vkey))
	if again := must(WitnessKey(wkey)); again != wkey {
		t.Errorf("the witness key of a witness key is %s", again)
	}
	for _, bad := range []string{"", "w1.example", vkey + " ", "x" + vkey, " " + vkey, loosen(vkey + "="),
		strings.Replace(vkey, "+", "+0", 1), wkey[:len(wkey)-4], strings.Replace(vkey, "w1", "w 1", 1)} {
		if _, err := NewVerifier(bad); !slices.Equal(rules(err), []string{"ledger.key"}) {
			t.Errorf("key %q: %v", bad, err)
		}
		if _, err := WitnessKey(bad); err == nil {
			t.Errorf("witness key of %q", bad)
		}
	}
	skey, _ := testKeys("w1.example")
	for _, bad := range []string{"", skey[1:], vkey, skey + "A"} {
		if _, err := NewWitness(bad, cosignTime); !slices.Equal(rules(err), []string{"ledger.secret-key"}) {
			t.Errorf("secret key %q: %v", bad, err)
		}
	}
	if _, err := NewWitness(skey, time.Unix(-1, 0)); err == nil {
		t.Error("a witness before 1970")
	}
}

func TestCosignatureCoversTheTime(t *testing.T) {
	w, k := witnessKey("w1.example")
	msg := []byte(headText(testOrigin, tlog.Tree{}))
	sig := must(w.Sign(msg))
	if !k.Verify(msg, sig) || len(sig) != 72 {
		t.Fatal("a good cosignature is refused")
	}
	for i := range sig {
		bad := slices.Clone(sig)
		bad[i] ^= 1
		if k.Verify(msg, bad) {
			t.Errorf("byte %d is free", i)
		}
	}
	if k.Verify(append(msg, 'x'), sig) || k.Verify(msg, sig[:71]) || k.Verify(msg, append(sig, 0)) || k.Verify(msg, nil) {
		t.Error("a wrong cosignature is accepted")
	}
}

// A cosignature made by github.com/transparency-dev/formats with the key of w1.example, at
// 1795453276, over the head of 257 sample entries.
const foreignCosignature = "XD7lawAAAABrBHFc5L59tcs3KrmJN4hRDHbsxPS7BtpODYMCMXcYgbXfG3DegjLxOSjO5qblCRpDOCU7HwpudnLu3+EOFBCBNVG6DA=="

func TestForeignCosignature(t *testing.T) {
	msg := []byte(headText(testOrigin, tlog.Tree{N: 257, Hash: referenceRoot(samples(1, 257))}))
	foreign := must(base64.StdEncoding.DecodeString(foreignCosignature))
	_, key := witnessKey("w1.example")
	if binary.BigEndian.Uint32(foreign) != key.KeyHash() || !key.Verify(msg, foreign[4:]) {
		t.Error("not accepted")
	}
	skey, _ := testKeys("w1.example")
	at := time.Unix(1795453276, 0)
	if !cosignedAt(foreign[4:]).Equal(at) || cosignedAt(foreign[4:]).Location() != inspect.Beijing {
		t.Errorf("signed at %v", cosignedAt(foreign[4:]))
	}
	if ours := must(must(NewWitness(skey, at)).Sign(msg)); !bytes.Equal(ours, foreign[4:]) {
		t.Errorf("at the same time we sign %x", ours)
	}
}

func FuzzOpenCheckpoint(f *testing.F) {
	_, key := logKey()
	w, k := witnessKey("w1.example")
	good := signed(f, w)
	f.Add(good)
	f.Add(signed(f))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := OpenCheckpoint(raw, key, k); err == nil && !bytes.Equal(raw, good) {
			t.Fatalf("a second text for one checkpoint: %q", raw)
		}
	})
}
