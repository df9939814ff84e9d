package ledger

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"zhicha/inspect"
)

var update = flag.Bool("update", false, "write the vectors anew")

// goodVector is a log of sample entries; its files are given by their SHA-256.
type goodVector struct {
	Size       int64                     `json:"size"`
	Keys       []string                  `json:"keys"`
	Root       string                    `json:"root"`
	Checkpoint string                    `json:"checkpoint"`
	Files      map[string]inspect.Digest `json:"files"`
}

// badVector is a log that differs from a good one in a single way; the first is a good one.
type badVector struct {
	Name  string            `json:"name"`
	Rule  string            `json:"rule"` // empty: good
	Keys  []string          `json:"keys"`
	Files map[string][]byte `json:"files"`
}

// proofVector is a proof of inclusion, or of consistency where Old is given.
type proofVector struct {
	Name string   `json:"name"`
	Rule string   `json:"rule"` // empty: good
	Keys []string `json:"keys"`
	Seq  int64    `json:"seq,omitempty"`
	Old  *oldHead `json:"old,omitempty"`
	Text string   `json:"text"`
}

type oldHead struct {
	Size int64     `json:"size"`
	Root tlog.Hash `json:"root"`
}

func vkeys(witnesses ...string) []string {
	_, vkey := testKeys(testOrigin)
	keys := []string{vkey}
	for _, w := range witnesses {
		_, vkey := testKeys(w)
		keys = append(keys, must(WitnessKey(vkey)))
	}
	return keys
}

func verifiers(vkeys []string) (out []note.Verifier) {
	for _, k := range vkeys {
		out = append(out, must(NewVerifier(k)))
	}
	return out
}

func goodVectors(t *testing.T) (out []goodVector) {
	for _, size := range []int64{0, 1, 255, 256, 257, 65537} {
		files := build(t, size)
		cp := must(Verify(files, nil, verifiers(vkeys())...))
		v := goodVector{size, vkeys(), cp.Tree.Hash.String(), string(files[checkpointFile].Data), map[string]inspect.Digest{}}
		for name, f := range files {
			v.Files[name] = inspect.DigestOf(f.Data)
		}
		out = append(out, v)
	}
	return out
}

// forge builds a log without judging its entries, so that everything but them is right.
func forge(entries ...string) fstest.MapFS {
	signer, _ := logKey()
	m := newMemory()
	t := tree{emit: m.Write}
	for _, e := range entries {
		t.add([]byte(e))
	}
	t.flush()
	m.Write(checkpointFile, must(Sign(t.head(), signer)))
	return m.MapFS
}

func badVectors() (out []badVector) {
	three := []string{string(sampleEntry(1)), string(sampleEntry(2)), string(sampleEntry(3))}
	add := func(name, rule string, files fstest.MapFS, witnesses ...string) {
		v := badVector{name, rule, vkeys(witnesses...), map[string][]byte{}}
		for n, f := range files {
			v.Files[n] = f.Data
		}
		out = append(out, v)
	}
	add("good", "", forge(three...))
	entry := func(name, rule, old, new string) {
		bad := slices.Clone(three)
		if bad[1] = strings.Replace(three[1], old, new, 1); bad[1] == three[1] {
			panic(name)
		}
		add("entry "+name, rule, forge(bad...))
	}
	const malformed = "ledger.entry-malformed"
	entry("of an unknown kind", "ledger.entry-kind", `"draw-committed"`, `"rumour"`)
	entry("number skipped", "ledger.entry-seq", `"seq":2`, `"seq":3`)
	entry("number repeated", "ledger.entry-seq", `"seq":2`, `"seq":1`)
	entry("earlier than the one before", "ledger.entry-time", `00:00:02`, `00:00:00`)
	entry("in another time zone", malformed, `+08:00`, `+09:00`)
	entry("time with a fraction", malformed, `00:00:02+`, `00:00:02.5+`)
	entry("on a day that is none", malformed, `2027-01-01`, `2027-02-29`)
	entry("with a space", malformed, `,"kind"`, `, "kind"`)
	entry("with keys out of order", malformed, `"seq":2,"time"`, `"time":"","seq"`)
	entry("with a fifth member", malformed, `+08:00"}`, `+08:00","zone":1}`)
	entry("with a body that is no object", malformed, `"wave":1}`, `"wave":1},[]`)
	entry("with body keys out of order", malformed, `"wave"`, `"a"`)
	entry("with a body key twice", malformed, `"wave"`, `"digest"`)
	entry("with a key that is not ASCII", malformed, `"wave"`, `"批次"`)
	entry("with a fractional number", malformed, `:1}`, `:1.0}`)
	entry("with a leading zero", malformed, `:1}`, `:01}`)
	entry("with a number beyond 2^53-1", malformed, `:1}`, `:9007199254740992}`)
	entry("with a needless escape", malformed, `:1}`, `:"\u0041"}`)
	entry("with text that is not UTF-8", malformed, `:1}`, ":\"\xff\"}")
	entry("nested 33 deep", malformed, `:1}`, ":"+strings.Repeat("[", 32)+strings.Repeat("]", 32)+"}")
	add("entries numbered from 0", "ledger.entry-seq", forge(strings.Replace(three[0], `"seq":1`, `"seq":0`, 1)))

	const bundle, leaves = "tile/entries/000.p/3", "tile/0/000.p/3"
	file := func(name, rule, file string, change func([]byte) []byte) {
		files := forge(three...)
		var data []byte
		if f := files[file]; f != nil {
			data = f.Data
		}
		if data = change(data); data == nil {
			delete(files, file)
		} else {
			files[file] = &fstest.MapFile{Data: data}
		}
		add(name, rule, files)
	}
	gone := func([]byte) []byte { return nil }
	cut := func(b []byte) []byte { return b[:len(b)-1] }
	longer := func(b []byte) []byte { return append(b, 0) }
	flip := func(i int) func([]byte) []byte {
		return func(b []byte) []byte { b[i] ^= 1; return b }
	}
	file("bundle missing", "ledger.file-missing", bundle, gone)
	file("bundle cut short", "ledger.bundle", bundle, cut)
	file("bundle with a byte behind it", "ledger.bundle", bundle, longer)
	file("bundle with another digest in entry 1", "ledger.tile", bundle, flip(2+len(`{"body":{"digest":"`)))
	file("tile missing", "ledger.file-missing", leaves, gone)
	file("tile changed", "ledger.tile", leaves, flip(40))
	file("tile cut short", "ledger.tile-length", leaves, cut)
	file("tile with a byte behind it", "ledger.tile-length", leaves, longer)
	file("checkpoint missing", "ledger.file-missing", checkpointFile, gone)
	for _, extra := range []string{"tile/0/000.p/2", "tile/entries/000.p/2", "tile/0/000", "tile/1/000.p/1", "tile/8/0/000.p/3", "checkpoint.new", "index.html"} {
		file("extra file "+extra, "ledger.file-extra", extra, longer)
	}
	out = append(out, badCheckpoints(forge(three...))...)
	return out
}

func badCheckpoints(files fstest.MapFS) (out []badVector) {
	signer, _ := logKey()
	good := string(files[checkpointFile].Data)
	body, sig, _ := strings.Cut(good, "\n\n")
	head := must(parseHead(body + "\n"))
	w1, _ := witnessKey("w1.example")
	w2, _ := witnessKey("w2.example")
	add := func(name, rule, text string, witnesses ...string) {
		v := badVector{"checkpoint " + name, rule, vkeys(witnesses...), map[string][]byte{}}
		for n, f := range files {
			v.Files[n] = f.Data
		}
		v.Files[checkpointFile] = []byte(text)
		out = append(out, v)
	}
	resign := func(text string) string { return string(must(note.Sign(&note.Note{Text: text + "\n"}, signer))) }
	other := head
	other.Hash[0] ^= 1
	add("with another root, signed", "ledger.root", string(must(Sign(other, signer))))
	add("with another size, not signed", "ledger.signature-invalid", strings.Replace(good, "\n3\n", "\n4\n", 1))
	add("of another log", "ledger.origin", resign(strings.Replace(body, testOrigin, "zhicha/other", 1)))
	add("with an extension line", "ledger.checkpoint-malformed", resign(body+"\nmore"))
	add("with a leading zero", "ledger.checkpoint-encoding", resign(strings.Replace(body, "\n3\n", "\n03\n", 1)))
	add("without signature", "ledger.checkpoint-malformed", body+"\n")
	add("signed twice", "ledger.checkpoint-encoding", good+sig)
	add("with loose base64", "ledger.checkpoint-encoding", loosen(good))
	add("with a line behind it", "ledger.checkpoint-malformed", good+"\n")
	add("with a witness nobody declared", "ledger.signature-unknown", string(must(Sign(head, signer, w1))))
	add("without a declared witness", "ledger.signature-missing", good, "w1.example")
	add("good with two witnesses", "", string(must(Sign(head, signer, w1, w2))), "w1.example", "w2.example")
	add("with witnesses in another order", "ledger.checkpoint-encoding", string(must(Sign(head, signer, w2, w1))), "w1.example", "w2.example")
	late := strings.Split(string(must(Sign(head, signer, w1))), "— w1.example ")
	raw := []byte(late[1])
	raw[15] ^= 2 // in the time
	add("with another time in a cosignature", "ledger.signature-invalid", late[0]+"— w1.example "+string(raw), "w1.example")
	return out
}

func proofVectors(t *testing.T) (out []proofVector) {
	files := build(t, 257)
	keys := verifiers(vkeys())
	for _, seq := range []int64{1, 200, 256, 257} {
		out = append(out, proofVector{Name: fmt.Sprint("entry ", seq), Keys: vkeys(), Seq: seq, Text: string(must(Prove(files, seq, keys...)))})
	}
	good := out[1].Text
	lines := strings.SplitAfter(good, "\n")
	bad := func(name, rule, text string) {
		out = append(out, proofVector{Name: name, Rule: rule, Keys: vkeys(), Seq: 200, Text: text})
	}
	bad("another index", "ledger.proof-wrong", strings.Replace(good, "index 199", "index 198", 1))
	bad("index with a leading zero", "ledger.proof-malformed", strings.Replace(good, "index 199", "index 0199", 1))
	bad("a hash too few", "ledger.proof-wrong", strings.Join(slices.Delete(slices.Clone(lines), 3, 4), ""))
	bad("a hash too many", "ledger.proof-wrong", strings.Join(slices.Insert(slices.Clone(lines), 3, lines[3]), ""))
	bad("without the entry", "ledger.proof-malformed", strings.Join(slices.Delete(slices.Clone(lines), 1, 2), ""))
	bad("another entry", "ledger.proof-wrong", strings.Replace(good, lines[1], strings.SplitAfter(out[0].Text, "\n")[1], 1))
	bad("another version", "ledger.proof-malformed", strings.Replace(good, "@v1", "@v2", 1))
	bad("another signature", "ledger.signature-invalid", strings.Replace(good, "\n257\n", "\n258\n", 1))
	for _, old := range []int64{0, 1, 255, 256, 257} {
		out = append(out, proofVector{Name: fmt.Sprint("257 extends ", old), Keys: vkeys(),
			Old:  &oldHead{old, referenceRoot(samples(1, old))},
			Text: string(must(ProveConsistency(files, old, keys...)))})
	}
	from := out[len(out)-3]
	worse := func(name, rule, text string, size int64) {
		out = append(out, proofVector{Name: name, Rule: rule, Keys: vkeys(), Old: &oldHead{size, referenceRoot(samples(1, 255))}, Text: text})
	}
	worse("another old size", "ledger.proof-old", from.Text, 254)
	worse("a step too few", "ledger.inconsistent", "old 255\n"+from.Text[strings.Index(from.Text, "=\n")+2:], 255)
	worse("another past", "ledger.inconsistent", strings.Replace(out[len(out)-4].Text, "old 256", "old 255", 1), 255)
	return out
}

// kept compares a vector file with what the code makes, or writes it with -update.
func kept[T any](t *testing.T, name string, made []T) (stored []T) {
	t.Helper()
	name = filepath.Join("testdata", name)
	raw := append(must(json.MarshalIndent(made, "", " ")), '\n')
	if *update {
		if err := os.WriteFile(name, raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	onDisk := must(os.ReadFile(name))
	if !bytes.Equal(onDisk, raw) {
		t.Errorf("%s is not what the code makes", name)
	}
	if err := json.Unmarshal(onDisk, &stored); err != nil {
		t.Fatal(err)
	}
	return stored
}

func TestGoodVectors(t *testing.T) {
	if testing.Short() {
		t.Skip("builds 65,537 entries")
	}
	for _, v := range kept(t, "good.json", goodVectors(t)) {
		if root := must(tlog.ParseHash(v.Root)); v.Size < 300 && root != referenceRoot(samples(1, v.Size)) {
			t.Errorf("size %d: root %s", v.Size, v.Root)
		}
	}
}

func TestBadVectors(t *testing.T) {
	for _, v := range kept(t, "bad.json", badVectors()) {
		files := fstest.MapFS{}
		for name, data := range v.Files {
			files[name] = &fstest.MapFile{Data: data}
		}
		var want []string
		if v.Rule != "" {
			want = []string{v.Rule}
		}
		if _, err := Verify(fs.FS(files), nil, verifiers(v.Keys)...); !slices.Equal(rules(err), want) {
			t.Errorf("%s: want %v, got %v", v.Name, want, err)
		}
	}
}

func TestProofVectors(t *testing.T) {
	broken := map[string]bool{}
	for _, v := range kept(t, "proofs.json", proofVectors(t)) {
		var err error
		if v.Old != nil {
			_, err = CheckConsistency([]byte(v.Text), tlog.Tree{N: v.Old.Size, Hash: v.Old.Root}, verifiers(v.Keys)...)
		} else {
			var e Entry
			if e, _, err = CheckProof([]byte(v.Text), verifiers(v.Keys)...); err == nil && e.Seq != v.Seq {
				t.Errorf("%s: proves entry %d", v.Name, e.Seq)
			}
		}
		if got := strings.Join(rules(err), " "); got != v.Rule {
			t.Errorf("%s: want %q, got %q", v.Name, v.Rule, got)
		}
		broken[v.Rule] = true
	}
	if len(broken) < 6 {
		t.Errorf("the proofs break only %v", slices.Sorted(maps.Keys(broken)))
	}
}
