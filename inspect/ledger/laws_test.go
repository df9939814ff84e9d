package ledger

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// grow appends the entries in batches that end at the given sizes.
func grow(store Store, ends []int64) error {
	signer, key := logKey()
	log, err := Open(store, key)
	if err != nil {
		return err
	}
	for _, end := range ends {
		for log.Size() < end {
			if err := log.Append(sampleEntry(log.Size() + 1)); err != nil {
				return err
			}
		}
		if err := log.Commit(signer); err != nil {
			return err
		}
	}
	return nil
}

func TestAnySplitGivesTheSameFiles(t *testing.T) {
	signer, key := logKey()
	rapid.Check(t, func(rt *rapid.T) {
		ends := rapid.SliceOfN(rapid.Int64Range(0, 800), 1, 5).Draw(rt, "ends")
		slices.Sort(ends)
		store := newMemory()
		if err := Create(store, signer); err != nil {
			rt.Fatal(err)
		}
		reopen := rapid.Bool().Draw(rt, "reopen")
		if !reopen {
			if err := grow(store, ends); err != nil {
				rt.Fatal(err)
			}
		}
		for _, end := range ends {
			if reopen {
				if err := grow(store, []int64{end}); err != nil {
					rt.Fatal(err)
				}
			}
		}
		if !sameFiles(store.MapFS, build(t, ends[len(ends)-1])) {
			rt.Fatalf("batches ending at %v give other files", ends)
		}
		if _, err := Verify(store, nil, key); err != nil {
			rt.Fatal(err)
		}
	})
}

// A kill at any step leaves a log that verifies but for leftovers, and the next append mends it.
func TestKilledAppend(t *testing.T) {
	signer, key := logKey()
	want := build(t, 600)
	for steps, done := 0, false; !done; steps++ {
		store := &memory{build(t, 250), steps}
		err := grow(store, []int64{300, 600})
		if done = err == nil; !done && !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		store.left = -1
		cp, err := Verify(store, nil, key)
		for _, rule := range rules(err) {
			if rule != "ledger.file-extra" {
				t.Fatalf("killed after %d steps: %v", steps, err)
			}
		}
		if cp == nil || !slices.Contains([]int64{250, 300, 600}, cp.Tree.N) {
			t.Fatalf("killed after %d steps: checkpoint %+v", steps, cp)
		}
		if err := grow(store, []int64{600}); err != nil {
			t.Fatalf("killed after %d steps, then: %v", steps, err)
		}
		if !sameFiles(store.MapFS, want) {
			t.Fatalf("killed after %d steps, the next append gives other files", steps)
		}
	}
	store := newMemory()
	store.left = 0
	if err := Create(store, signer); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	store.left = -1
	if err := Create(store, signer); err != nil {
		t.Fatalf("a killed creation cannot be repeated: %v", err)
	}
}

func TestFailedAppendCommitsNothing(t *testing.T) {
	signer, key := logKey()
	store := &memory{build(t, 3), -1}
	log := must(Open(store, key))
	for want, raw := range map[string][]byte{
		"ledger.entry-seq":       sampleEntry(9),
		"ledger.entry-malformed": []byte("{}"),
		"ledger.entry-time":      []byte(strings.Replace(string(sampleEntry(4)), "2027", "2026", 1)),
	} {
		log := must(Open(store, key))
		if err := log.Append(raw); !slices.Equal(rules(err), []string{want}) {
			t.Errorf("want %s, got %v", want, err)
		}
		if log.Commit(signer) == nil {
			t.Errorf("%s: committed after a failure", want)
		}
	}
	other, _ := witnessKey("w.example")
	if err := log.Commit(other); !slices.Equal(rules(err), []string{"ledger.other-key"}) {
		t.Error(err)
	}
	if !sameFiles(store.MapFS, build(t, 3)) {
		t.Error("a failed append has changed the log")
	}
}

func TestTwoWriters(t *testing.T) {
	signer, key := logKey()
	store := &memory{build(t, 3), -1}
	first, second := must(Open(store, key)), must(Open(store, key))
	if err := errors.Join(first.Append(sampleEntry(4)), first.Commit(signer), second.Append(sampleEntry(4))); err != nil {
		t.Fatal(err)
	}
	if err := second.Commit(signer); !slices.Equal(rules(err), []string{"ledger.moved"}) {
		t.Error(err)
	}
	if err := Create(store, signer); !slices.Equal(rules(err), []string{"ledger.exists"}) {
		t.Error(err)
	}
	delete(store.MapFS, checkpointFile)
	if err := Create(store, signer); !slices.Equal(rules(err), []string{"ledger.exists"}) {
		t.Error(err)
	}
}

func TestOpenTakesNoBrokenEdge(t *testing.T) {
	_, key := logKey()
	for _, size := range []int64{3, 300, 512} {
		for name := range build(t, size) {
			if p, ok := parseTile(name); !ok || p.level == 0 || p.level == bundles && p.n<<height+int64(p.w) < size {
				continue // the rest Verify judges
			}
			files := build(t, size)
			data := files[name].Data
			data[len(data)-1] ^= 1
			if _, err := Open(&memory{files, -1}, key); err == nil {
				t.Errorf("size %d: opened with %s changed", size, name)
			}
			delete(files, name)
			if _, err := Open(&memory{files, -1}, key); !slices.Equal(rules(err), []string{"ledger.file-missing"}) {
				t.Errorf("size %d: opened without %s: %v", size, name, err)
			}
		}
	}
}

func TestEveryChangeIsFound(t *testing.T) {
	_, key := logKey()
	files := build(t, 260)
	names := []string{}
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "file")
		changed := fstest.MapFS{}
		for n, f := range files {
			changed[n] = f
		}
		data := slices.Clone(files[name].Data)
		i := rapid.IntRange(0, len(data)-1).Draw(t, "byte")
		switch rapid.IntRange(0, 4).Draw(t, "change") {
		case 0:
			data[i] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		case 1:
			data = append(data, rapid.Byte().Draw(t, "appended"))
		case 2:
			data = data[:i]
		case 3:
			data = slices.Insert(data, i, data[i])
		case 4:
			data = nil
		}
		if changed[name] = (&fstest.MapFile{Data: data}); data == nil {
			delete(changed, name)
		}
		if _, err := Verify(changed, nil, key); len(rules(err)) == 0 || strings.Contains(rules(err)[0], " ") {
			t.Fatalf("not found: %v", err)
		}
	})
	for i := range files[checkpointFile].Data {
		for bit := range 8 {
			changed := fstest.MapFS{}
			for n, f := range files {
				changed[n] = f
			}
			data := slices.Clone(files[checkpointFile].Data)
			data[i] ^= 1 << bit
			changed[checkpointFile] = &fstest.MapFile{Data: data}
			if _, err := Verify(changed, nil, key); err == nil {
				t.Fatalf("bit %d of byte %d of the checkpoint is free", bit, i)
			}
		}
	}
}

func TestEveryExtraFileIsFound(t *testing.T) {
	_, key := logKey()
	for _, name := range []string{"README", "checkpoint.new", "tile/0/000.p/3", "tile/0/001", "tile/0/001.p/5", "tile/1/000.p/2", "tile/2/000.p/1",
		"tile/entries/000.p/9", "tile/entries/002.p/1", "tile/8/0/000", "tile/entries/x000/001", "tile/0/.hidden"} {
		files := build(t, 260)
		files[name] = &fstest.MapFile{Data: []byte("x")}
		cp, err := Verify(files, nil, key)
		if !slices.Equal(rules(err), []string{"ledger.file-extra"}) || cp == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	files := build(t, 3)
	for i := range 2 * maxExtra {
		files[fmt.Sprintf("x/%d", i)] = &fstest.MapFile{}
	}
	if _, err := Verify(files, nil, key); len(rules(err)) != maxExtra {
		t.Errorf("%d files in excess are named", len(rules(err)))
	}
}

func TestProofsHold(t *testing.T) {
	_, key := logKey()
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.Int64Range(1, 700).Draw(rt, "size")
		files := build(t, size)
		seq := rapid.Int64Range(1, size).Draw(rt, "seq")
		proof, err := Prove(files, seq, key)
		if err != nil {
			rt.Fatal(err)
		}
		e, cp, err := CheckProof(proof, key)
		if err != nil || e.Seq != seq || cp.Tree.N != size || string(must(e.Encode())) != string(sampleEntry(seq)) {
			rt.Fatalf("entry %d: %+v, %v", seq, e, err)
		}
		old := tlog.Tree{N: rapid.Int64Range(0, size).Draw(rt, "old")}
		old.Hash = referenceRoot(samples(1, old.N))
		steps, err := ProveConsistency(files, old.N, key)
		if err != nil {
			rt.Fatal(err)
		}
		if cp, err := CheckConsistency(steps, old, key); err != nil || cp.Tree.N != size {
			rt.Fatalf("%d to %d: %v", old.N, size, err)
		}
		wrong := old
		wrong.Hash[0] ^= 1
		if _, err := CheckConsistency(steps, wrong, key); err == nil {
			rt.Fatalf("another tree of size %d is taken for the same", old.N)
		}
		for _, p := range [][]byte{proof, steps} {
			i := rapid.IntRange(0, len(p)-1).Draw(rt, "byte")
			p[i] ^= byte(rapid.IntRange(1, 255).Draw(rt, "flip"))
		}
		if _, _, err := CheckProof(proof, key); err == nil {
			rt.Fatalf("accepted %q", proof)
		}
		if _, err := CheckConsistency(steps, old, key); err == nil {
			rt.Fatalf("accepted %q", steps)
		}
	})
}

func TestProofsOfABrokenLog(t *testing.T) {
	_, key := logKey()
	files := build(t, 600)
	for _, seq := range []int64{0, 601, -1} {
		if _, err := Prove(files, seq, key); !slices.Equal(rules(err), []string{"ledger.no-such-entry"}) {
			t.Errorf("entry %d: %v", seq, err)
		}
	}
	files["tile/0/000"].Data[5] ^= 1
	if _, err := Prove(files, 7, key); !slices.Equal(rules(err), []string{"ledger.tiles-inconsistent"}) {
		t.Error(err)
	}
	if _, err := ProveConsistency(files, 7, key); !slices.Equal(rules(err), []string{"ledger.tiles-inconsistent"}) {
		t.Error(err)
	}
	delete(files, "tile/0/000")
	if _, err := Prove(files, 7, key); !slices.Equal(rules(err), []string{"ledger.file-missing"}) {
		t.Error(err)
	}
	files["tile/entries/000"].Data = files["tile/entries/000"].Data[:100]
	if _, err := Prove(files, 7, key); !slices.Equal(rules(err), []string{"ledger.bundle"}) {
		t.Error(err)
	}
}

func FuzzProofs(f *testing.F) {
	_, key := logKey()
	files := build(f, 5)
	old := tlog.Tree{N: 2, Hash: referenceRoot(samples(1, 2))}
	good, steps := must(Prove(files, 3, key)), must(ProveConsistency(files, 2, key))
	f.Add(good)
	f.Add(steps)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if e, _, err := CheckProof(raw, key); err == nil && e.Seq == 3 && string(raw) != string(good) {
			t.Fatalf("a second proof of entry 3: %q", raw)
		}
		if _, err := CheckConsistency(raw, old, key); err == nil && string(raw) != string(steps) {
			t.Fatalf("a second proof of consistency: %q", raw)
		}
	})
}
