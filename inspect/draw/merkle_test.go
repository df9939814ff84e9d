package draw

import (
	"crypto/sha256"
	"math/rand/v2"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"zhicha/inspect"
)

// TestTreesAgreeWithRFC6962 compares roots and proofs with a library of that standard, for every
// number of leaves up to 70.
func TestTreesAgreeWithRFC6962(t *testing.T) {
	var leaves []inspect.Digest
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(at []int64) (out []tlog.Hash, err error) {
		for _, i := range at {
			out = append(out, stored[i])
		}
		return out, nil
	})
	if root(nil) != sha256.Sum256(nil) {
		t.Error("an empty tree has a root of its own")
	}
	for n := 1; n <= 70; n++ {
		leaf := inspect.DigestOf([]byte{byte(n)})
		more, err := tlog.StoredHashesForRecordHash(int64(n-1), tlog.Hash(leaf), reader)
		if err != nil {
			t.Fatal(err)
		}
		leaves, stored = append(leaves, leaf), append(stored, more...)
		want, err := tlog.TreeHash(int64(n), reader)
		if err != nil || inspect.Digest(want) != root(leaves) {
			t.Fatalf("%d leaves: root %s, want %x, %v", n, root(leaves), want, err)
		}
		for i := range n {
			var proof tlog.RecordProof
			for _, h := range path(leaves, i) {
				proof = append(proof, tlog.Hash(h))
			}
			if err := tlog.CheckRecord(proof, int64(n), want, int64(i), tlog.Hash(leaves[i])); err != nil {
				t.Fatalf("leaf %d of %d: %v", i, n, err)
			}
		}
	}
}

// TestTreesOfASample: every drawn unit is proved by what a packet or an auditor holds, and by
// nothing else.
func TestTreesOfASample(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLand(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3)), rapid.IntRange(2, 14).Draw(t, "N"), "11", "65", "BT")
		d := design
		d.Households = rapid.IntRange(0, 2).Draw(t, "households")
		keys := keysOf(rapid.Byte().Draw(t, "key"))
		s, err := Select(l.counties, l, d, keys)
		if err != nil {
			t.Fatal(err)
		}
		trees, counts := s.Trees(keys), s.Counts()
		if len(trees) != 5 || trees["county"].Size() != len(s.Counties) || trees["village"].Size() != counts[inspect.VC] ||
			trees["township"].Size() != counts[inspect.TS] || trees["household"].Size()*d.Households != counts[inspect.HH] || trees["institution"].Size() > counts[inspect.WI] {
			t.Fatalf("%d trees, counts %v", len(trees), counts)
		}
		for i := range s.Counties {
			c := &s.Counties[i]
			prove(t, trees, keys, inspect.StageCounty, c.Unit.ID, nil)
			for _, w := range c.Institutions {
				prove(t, trees, keys, inspect.StageInstitution, w.ID, nil)
			}
			c.eachVillage(func(town *Township, v *Village) {
				prove(t, trees, keys, inspect.StageTownship, town.Unit.ID, nil)
				prove(t, trees, keys, inspect.StageVillage, v.Unit.ID, nil)
				if d.Households > 0 {
					prove(t, trees, keys, inspect.StageHousehold, v.Unit.ID, v.Order)
				}
			})
		}
		if _, err := trees["county"].Proof("nowhere"); err == nil {
			t.Fatal("a unit that was not drawn is proved")
		}
	})
}

func prove(t *rapid.T, trees map[inspect.Stage]*StageTree, keys func(inspect.Stage) inspect.Key, stage inspect.Stage, id string, order []int) {
	tree := trees[stage]
	p, err := tree.Proof(id)
	if err != nil {
		t.Fatal(err)
	}
	leaf := func(k inspect.Key, id string, order []int) inspect.Digest {
		return Leaf(Salt(k, id), tree.Kind, id, order)
	}
	good := leaf(keys(stage), id, order)
	if err := CheckProof(tree.Root(), good, p); err != nil {
		t.Fatalf("%s %s: %v", stage, id, err)
	}
	if CheckProof(tree.Root(), leaf(keys(stage), id+"1", order), p) == nil || CheckProof(tree.Root(), leaf(inspect.Key{}, id, order), p) == nil {
		t.Fatal("another unit or salt is proved")
	}
	if stage == inspect.StageHousehold {
		other := append([]int{order[1], order[0]}, order[2:]...)
		if CheckProof(tree.Root(), leaf(keys(stage), id, other), p) == nil {
			t.Fatal("another order of households is proved")
		}
	}
	for _, wrong := range []Proof{
		{p.Size, -1, p.Path}, {p.Size, p.Size, p.Path}, {p.Size, p.Index, append([]inspect.Digest{{}}, p.Path...)},
		{p.Size, p.Index, append(p.Path[:len(p.Path):len(p.Path)], inspect.Digest{})}, {2*p.Size + 1, p.Index, p.Path},
	} {
		if CheckProof(tree.Root(), good, wrong) == nil {
			t.Fatalf("proof %+v holds as well as %+v", wrong, p)
		}
	}
}
