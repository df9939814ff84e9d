package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"zhicha/inspect"
)

const testOrigin = "zhicha/vectors"

var cosignTime = time.Date(2027, 2, 1, 12, 0, 0, 0, inspect.Beijing)

// testKeys makes a signing key from its name, as FORMAT.md says the vectors do.
func testKeys(name string) (skey, vkey string) {
	seed := sha256.Sum256([]byte("zhicha ledger vectors " + name))
	private := ed25519.NewKeyFromSeed(seed[:])
	vkey, err := note.NewEd25519VerifierKey(name, private.Public().(ed25519.PublicKey))
	if err != nil {
		panic(err)
	}
	skey = fmt.Sprintf("PRIVATE+KEY+%s+%s+%s", name, strings.Split(vkey, "+")[1],
		base64.StdEncoding.EncodeToString(append([]byte{typeEd25519}, seed[:]...)))
	return skey, vkey
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func logKey() (note.Signer, note.Verifier) {
	skey, vkey := testKeys(testOrigin)
	return must(note.NewSigner(skey)), must(NewVerifier(vkey))
}

func witnessKey(name string) (note.Signer, note.Verifier) {
	skey, vkey := testKeys(name)
	return must(NewWitness(skey, cosignTime)), must(NewVerifier(must(WitnessKey(vkey))))
}

// sampleEntry is the entry the vectors hold at seq.
func sampleEntry(seq int64) []byte {
	digest := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(seq)))
	return fmt.Appendf(nil, `{"body":{"digest":"%x","wave":1},"kind":"%s","seq":%d,"time":"%s"}`, digest,
		Kinds[(seq-1)%15], seq, // those the log began with: a cosignature of somebody else's is over these samples
		time.Date(2027, 1, 1, 0, 0, 0, 0, inspect.Beijing).Add(time.Duration(seq)*time.Second).Format(time.RFC3339))
}

func samples(from, to int64) [][]byte {
	var out [][]byte
	for seq := from; seq <= to; seq++ {
		out = append(out, sampleEntry(seq))
	}
	return out
}

// memory is a Store whose writes can be made to stop, as if the process were killed.
type memory struct {
	fstest.MapFS
	left int // operations until the kill; negative: never
}

func newMemory() *memory { return &memory{fstest.MapFS{}, -1} }

var errKilled = fmt.Errorf("killed")

func (m *memory) step() bool {
	if m.left == 0 {
		return false
	}
	m.left--
	return true
}

func (m *memory) Write(name string, data []byte) error {
	if !m.step() {
		m.MapFS[name] = &fstest.MapFile{Data: bytes.Clone(data[:len(data)/2])} // torn
		return errKilled
	}
	m.MapFS[name] = &fstest.MapFile{Data: bytes.Clone(data)}
	return nil
}

func (m *memory) Sync() error {
	if !m.step() {
		return errKilled
	}
	return nil
}

func (m *memory) Replace(name string, data []byte) error {
	if !m.step() {
		m.MapFS[name+replacement] = &fstest.MapFile{Data: bytes.Clone(data[:len(data)/2])}
		return errKilled
	}
	m.MapFS[name] = &fstest.MapFile{Data: bytes.Clone(data)}
	return nil
}

func (m *memory) Remove(name string) error {
	if !m.step() {
		return errKilled
	}
	delete(m.MapFS, name)
	return nil
}

func build(t testing.TB, size int64) fstest.MapFS {
	t.Helper()
	signer, _ := logKey()
	m := newMemory()
	if _, err := Build(slices.Values(samples(1, size)), m.Write, signer); err != nil {
		t.Fatal(err)
	}
	return m.MapFS
}

func sameFiles(a, b fstest.MapFS) bool {
	return maps.EqualFunc(a, b, func(x, y *fstest.MapFile) bool { return bytes.Equal(x.Data, y.Data) })
}

// rules names the rules err breaks.
func rules(err error) (out []string) {
	for _, p := range inspect.ProblemsOf(err) {
		out = append(out, p.Rule)
	}
	if out == nil && err != nil {
		out = []string{err.Error()}
	}
	return out
}

func TestSizes(t *testing.T) {
	_, key := logKey()
	for _, size := range []int64{0, 1, 2, 255, 256, 257, 511, 512, 65535, 65536, 65537} {
		if testing.Short() && size > 1000 {
			continue
		}
		files := build(t, size)
		next := int64(1)
		cp, err := Verify(files, func(e Entry) error {
			if e.Seq != next {
				t.Fatalf("size %d: entry %d came in place of %d", size, e.Seq, next)
			}
			next++
			return nil
		}, key)
		if err != nil {
			t.Fatalf("size %d: %v", size, err)
		}
		if next-1 != size || cp.Tree.N != size || cp.Origin != Origin("vectors") {
			t.Errorf("size %d: %d entries, checkpoint %+v", size, next-1, cp)
		}
		if size <= 512 {
			if want := referenceRoot(samples(1, size)); cp.Tree.Hash != want {
				t.Errorf("size %d: root %s, want %s", size, cp.Tree.Hash, want)
			}
		}
	}
}

// referenceRoot follows RFC 6962, section 2.1, to the letter.
func referenceRoot(entries [][]byte) tlog.Hash {
	switch n := len(entries); n {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, entries[0]...))
	default:
		k := 1
		for 2*k < n {
			k *= 2
		}
		l, r := referenceRoot(entries[:k]), referenceRoot(entries[k:])
		return sha256.Sum256(slices.Concat([]byte{1}, l[:], r[:]))
	}
}

func TestFileNames(t *testing.T) {
	// The example of C2SP tlog-tiles, section "Partial Tiles".
	var got []string
	for _, p := range partials(70000) {
		got = append(got, p.name())
	}
	want := []string{"tile/entries/273.p/112", "tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"}
	if !slices.Equal(got, want) {
		t.Errorf("partial tiles of 70,000 are %v, want %v", got, want)
	}
	if got := (tile{2, 1234067, width}).name(); got != "tile/2/x001/x234/067" {
		t.Errorf("tile 1234067 is %s", got)
	}
	for _, bad := range []string{"tile/0/0", "tile/0/x001/x234", "tile/0/1234", "tile/00/000", "tile/-1/000",
		"tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/64/000", "tile/data/000", "tile/8/0/000",
		"tile/0/000.p", "tile/0/x000/000", "tile/0/X001/000", "tile/0/+01", "checkpoint", "tile", ""} {
		if _, ok := parseTile(bad); ok {
			t.Errorf("%q is taken for a tile", bad)
		}
	}
}

func TestWalkedFilesAreTheTilesOfTheSize(t *testing.T) {
	for _, size := range []int64{0, 1, 256, 300, 65537} {
		if extra := must(strangers(build(t, size), size)); extra != nil {
			t.Errorf("size %d: %v", size, extra)
		}
	}
	var n int
	fs.WalkDir(build(t, 65537), "tile", func(_ string, d fs.DirEntry, _ error) error {
		if !d.IsDir() {
			n++
		}
		return nil
	})
	// 257 bundles, 257 tiles of level 0, a full one of level 1 and a partial one of level 2.
	if want := 257 + 257 + 1 + 1; n != want {
		t.Errorf("65,537 entries make %d files, want %d", n, want)
	}
}
