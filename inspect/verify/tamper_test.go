package verify

import (
	"bytes"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// signedFiles are the small files on which everything else rests.
var signedFiles = []string{"log/checkpoint", "manifest.json", "rounds/1/record.json", "rounds/1/signatures.json", "rounds/1/reveal.json"}

// with is a folder in which one file has other bytes; nil removes it.
func with(folder fstest.MapFS, name string, data []byte) fstest.MapFS {
	out := maps.Clone(folder)
	if out[name] = (&fstest.MapFile{Data: data}); data == nil {
		delete(out, name)
	}
	return out
}

// flipped is data with one bit of one byte changed.
func flipped(data []byte, i int, bit byte) []byte {
	out := bytes.Clone(data)
	out[i] ^= bit
	return out
}

func mustFind(t *testing.T, folder fstest.MapFS, what string, args ...any) {
	t.Helper()
	if r := judge(t, folder, Options{}); r.Verified || len(r.Problems()) == 0 {
		t.Fatalf("not found: "+what, args...)
	}
}

func TestEveryByteOfTheSignedFiles(t *testing.T) {
	folder := newWorld(t, tiny).publish()
	step := 1
	if testing.Short() {
		step = 11
	}
	for _, name := range signedFiles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := folder[name].Data
			for i := 0; i < len(data); i += step {
				mustFind(t, with(folder, name, flipped(data, i, 1<<(i%8))), "%s, byte %d", name, i)
			}
		})
	}
}

func TestRandomBytesOfTheRest(t *testing.T) {
	t.Parallel()
	folder := newWorld(t, tiny).publish()
	rng := rand.New(rand.NewPCG(1, 2))
	var names []string
	total := 0
	for _, name := range slices.Sorted(maps.Keys(folder)) {
		if !slices.Contains(signedFiles, name) {
			names, total = append(names, name), total+len(folder[name].Data)
		}
	}
	n := 1000
	if testing.Short() {
		n = 100
	}
	for range n {
		at := rng.IntN(total)
		for _, name := range names {
			data := folder[name].Data
			if at < len(data) {
				mustFind(t, with(folder, name, flipped(data, at, byte(1+rng.IntN(255)))), "%s, byte %d", name, at)
				break
			}
			at -= len(data)
		}
	}
}

// Files taken away, renamed, added, cut short or lengthened are found wherever they lie.
func TestFilesMissingRenamedAdded(t *testing.T) {
	folder := newWorld(t, tiny).publish()
	for name, f := range folder {
		gone := with(folder, name, nil)
		mustFind(t, gone, "%s removed", name)
		mustFind(t, with(gone, name+".bak", f.Data), "%s renamed", name)
		if upper := strings.ToUpper(name); upper != name {
			mustFind(t, with(gone, upper, f.Data), "%s in capitals", name)
		}
		mustFind(t, with(folder, name+"~", f.Data), "a copy of %s", name)
		mustFind(t, with(folder, name, append(bytes.Clone(f.Data), '\n')), "%s lengthened", name)
		mustFind(t, with(folder, name, f.Data[:len(f.Data)-1]), "%s cut short", name)
	}
	for _, name := range []string{"x", ".hidden", "rounds/2/record.json", "rounds/1/x.json", "log/x", "log/tile/0/001", "log/tile/entries/000.p/1", "logs"} {
		mustFind(t, with(folder, name, []byte("x")), "%s added", name)
	}
}

func TestLinksAreFound(t *testing.T) {
	folder := newWorld(t, tiny).publish()
	link := *folder["regions/11.html"]
	link.Mode = 0o777 | fs.ModeSymlink
	link.Data = []byte("1.html")
	folder["regions/11.html"] = &link
	r := judge(t, folder, Options{})
	if r.Verified || !slices.Contains(rules(r), "verify.file-kind") {
		t.Errorf("%v", rules(r))
	}
}

// An office that changes a file of the proof and publishes anew, manifest, log and all, is still
// found: the log says what was committed, and by whom signed.
func TestFlippedAndPublishedAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	rng := rand.New(rand.NewPCG(3, 4))
	n := 6
	if testing.Short() {
		n = 5
	}
	for _, name := range []string{"record.json", "signatures.json", "reveal.json", "design.json", "teams.json", "counties.csv", "legs.json"} {
		name = "rounds/1/" + name
		data := w.files[name]
		for range n {
			i := rng.IntN(len(data))
			w.files[name] = flipped(data, i, byte(1+rng.IntN(255)))
			mustFind(t, w.publish(), "%s, byte %d: %q", name, i, w.files[name][max(0, i-20):min(len(data), i+20)])
		}
		w.files[name] = data
	}
	if r := judge(t, w.publish(), Options{}); !r.Verified {
		t.Fatalf("the original no longer verifies: %v", rules(r))
	}
}
