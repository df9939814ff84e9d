package ledger

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/sumdb/note"
)

// grown is a log of n entries; from the entry number other on they say something else.
func grown(t testing.TB, n, other int) fstest.MapFS {
	t.Helper()
	log, _ := logKey()
	out := fstest.MapFS{}
	entries := func(yield func([]byte) bool) {
		for i := 1; i <= n; i++ {
			e, err := NewEntry(Published, int64(i), cosignTime, map[string]any{"n": i, "other": i >= other})
			if err != nil {
				t.Fatal(err)
			}
			if !yield(must(e.Encode())) {
				return
			}
		}
	}
	if _, err := Build(entries, func(name string, data []byte) error {
		out[name] = &fstest.MapFile{Data: bytes.Clone(data)}
		return nil
	}, log); err != nil {
		t.Fatal(err)
	}
	return out
}

// An outside witness signs a log once and then only what extends it, whatever the office shows.
func TestAttend(t *testing.T) {
	skey, _ := testKeys("w.example")
	_, vkey := testKeys(testOrigin)
	_, strange := testKeys("zhicha/other")
	signer := must(NewWitness(skey, cosignTime))
	_, key := logKey()
	never := 1 << 30
	_, state, err := Attend(grown(t, 300, never), nil, vkey, signer)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(state), vkey+"\n") {
		t.Errorf("state %q", state)
	}
	damaged := grown(t, 310, never)
	damaged["tile/entries/000"].Data[40] ^= 1
	for _, c := range []struct {
		name  string
		log   fstest.MapFS
		state []byte
		key   string
		rule  string
	}{
		{"grown", grown(t, 310, never), state, "", ""},
		{"the same again", grown(t, 300, never), state, vkey, ""},
		{"first time", grown(t, 10, never), nil, vkey, ""},
		{"first time without a key", grown(t, 10, never), nil, "", "ledger.witness-key"},
		{"rolled back", grown(t, 299, never), state, "", "ledger.older"},
		{"rewritten", grown(t, 310, 200), state, "", "ledger.inconsistent"},
		{"rewritten at the same length", grown(t, 300, 300), state, "", "ledger.inconsistent"},
		{"another key", grown(t, 310, never), state, strange, "ledger.witness-other"},
	} {
		text, next, err := Attend(c.log, c.state, c.key, signer)
		if c.rule != "" {
			if !slices.Equal(rules(err), []string{c.rule}) || text != nil || next != nil {
				t.Errorf("%s: want %s, got %v %q", c.name, c.rule, err, text)
			}
			continue
		}
		witness := must(NewVerifier(must(WitnessKey(second(testKeys("w.example"))))))
		if _, e := OpenCheckpoint(text, key, witness); err != nil || e != nil || !bytes.HasSuffix(next, text) {
			t.Errorf("%s: %v %v", c.name, err, e)
		}
	}
	if _, _, err := Attend(damaged, state, "", signer); err == nil {
		t.Error("a damaged log was cosigned")
	}
}

// Only signatures on the very head are joined, each once, and none by strangers.
func TestJoin(t *testing.T) {
	_, key := logKey()
	w1, k1 := witnessKey("w1.example")
	w2, k2 := witnessKey("w2.example")
	bare := grown(t, 5, 9)["checkpoint"].Data
	other := grown(t, 6, 9)["checkpoint"].Data
	cosign := func(text []byte, w note.Signer) []byte { return must(Cosign(text, w, key)) }
	for i, c := range []struct {
		texts [][]byte
		keys  []note.Verifier
	}{
		{nil, nil},
		{[][]byte{cosign(bare, w2), cosign(bare, w1)}, []note.Verifier{k1, k2}},
		{[][]byte{cosign(bare, w1), cosign(bare, w1)}, []note.Verifier{k1}},
		{[][]byte{cosign(other, w1), cosign(bare, w2)}, []note.Verifier{k2}},
		{[][]byte{[]byte("x")}, nil},
	} {
		text := must(Join(bare, c.texts, key, k1, k2))
		if _, err := OpenCheckpoint(text, append([]note.Verifier{key}, c.keys...)...); err != nil {
			t.Errorf("%d: %v", i, err)
		}
		if again, _, err := Bare(text, key); err != nil || !bytes.Equal(again, bare) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if text := must(Join(bare, [][]byte{cosign(bare, w1)}, key, k2)); !bytes.Equal(text, bare) {
		t.Error("a stranger's signature was joined")
	}
}
