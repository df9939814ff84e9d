package draw

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"

	"zhicha/inspect"
)

// StageTree commits to the units one stage drew without showing them: a Merkle tree (RFC 6962,
// section 2.1) over one salted leaf for each. Its root is logged on the day of the draw; a unit
// can be proved later without opening the stage. Leaves stand in ascending order of their hashes,
// which the secret salts make random, so that neither the root nor a proof tells anything about
// the other units but their number.
type StageTree struct {
	Kind   inspect.Kind // of every leaf; HH for the household stage, whose leaves are villages' orders
	salt   [32]byte     // of the tree as a whole; see Commitment
	leaves []inspect.Digest
	units  map[string]inspect.Digest // leaf by unit id
}

// Proof shows that a leaf stands in a tree of Size leaves at Index, counted from 0: Path holds
// the hashes of the neighbouring subtrees from the leaf up.
type Proof struct {
	Size  int              `json:"size"`
	Index int              `json:"index"`
	Path  []inspect.Digest `json:"path"`
}

// Salt is what hides a leaf until it is opened: HMAC-SHA256(stage key, LP("leaf", id)).
func Salt(key inspect.Key, id string) [32]byte {
	mac := hmac.New(sha256.New, key[:])
	mac.Write(inspect.LP("leaf", id))
	return [32]byte(mac.Sum(nil))
}

// treeSalt hides what is logged of a whole stage: HMAC-SHA256(stage key, LP("tree")).
func treeSalt(key inspect.Key) [32]byte {
	mac := hmac.New(sha256.New, key[:])
	mac.Write(inspect.LP("tree"))
	return [32]byte(mac.Sum(nil))
}

// Leaf is a unit's leaf: SHA-256(0x00 ‖ LP(salt, kind, id)). Where kind is HH, id is a village's
// and a fourth part of LP is the SHA-256 of its household order, written as a JSON array without
// white space; for other kinds the order is not read.
func Leaf(salt [32]byte, kind inspect.Kind, id string, order []int) inspect.Digest {
	parts := []string{string(salt[:]), string(kind), id}
	if kind == inspect.HH {
		list := append(make([]byte, 0, 4*len(order)+2), '[')
		for i, line := range order {
			if i > 0 {
				list = append(list, ',')
			}
			list = strconv.AppendInt(list, int64(line), 10)
		}
		d := inspect.DigestOf(append(list, ']'))
		parts = append(parts, string(d[:]))
	}
	return inspect.DigestOf(append([]byte{0}, inspect.LP(parts...)...))
}

// Trees builds the tree of every stage that draws units. An institution that several counties
// share has one leaf.
func (s *Sample) Trees(keys func(inspect.Stage) inspect.Key) map[inspect.Stage]*StageTree {
	out := map[inspect.Stage]*StageTree{}
	at := map[inspect.Stage]inspect.Key{}
	for stage, kind := range map[inspect.Stage]inspect.Kind{
		inspect.StageCounty: inspect.CO, inspect.StageTownship: inspect.TS, inspect.StageVillage: inspect.VC,
		inspect.StageInstitution: inspect.WI, inspect.StageHousehold: inspect.HH,
	} {
		at[stage] = keys(stage)
		out[stage] = &StageTree{Kind: kind, salt: treeSalt(at[stage]), units: map[string]inspect.Digest{}}
	}
	add := func(stage inspect.Stage, id string, order []int) {
		out[stage].units[id] = Leaf(Salt(at[stage], id), out[stage].Kind, id, order)
	}
	for i := range s.Counties {
		c := &s.Counties[i]
		add(inspect.StageCounty, c.Unit.ID, nil)
		for _, w := range c.Institutions {
			add(inspect.StageInstitution, w.ID, nil)
		}
		for _, t := range c.Townships {
			add(inspect.StageTownship, t.Unit.ID, nil)
		}
		c.eachVillage(func(_ *Township, v *Village) {
			add(inspect.StageVillage, v.Unit.ID, nil)
			if v.Order != nil {
				add(inspect.StageHousehold, v.Unit.ID, v.Order)
			}
		})
	}
	for _, t := range out {
		for _, leaf := range t.units {
			t.leaves = append(t.leaves, leaf)
		}
		slices.SortFunc(t.leaves, func(a, b inspect.Digest) int { return bytes.Compare(a[:], b[:]) })
	}
	return out
}

// Counts says how many visits of each kind the drawn counties call for.
func (s *Sample) Counts() map[inspect.Kind]int {
	out := map[inspect.Kind]int{}
	for i := range s.Counties {
		c := &s.Counties[i]
		out[inspect.CO]++
		out[inspect.TS] += len(c.Townships)
		out[inspect.WI] += len(c.Institutions)
		c.eachVillage(func(*Township, *Village) {
			out[inspect.VC]++
			out[inspect.HH] += c.Households
		})
	}
	return out
}

// Size is the number of leaves.
func (t *StageTree) Size() int { return len(t.leaves) }

// Root is the tree's root; that of an empty tree is the SHA-256 of nothing.
func (t *StageTree) Root() inspect.Digest { return root(t.leaves) }

// Proof returns the proof for a unit the stage drew.
func (t *StageTree) Proof(id string) (Proof, error) {
	leaf, ok := t.units[id]
	if !ok {
		return Proof{}, fmt.Errorf("prove %q: not drawn", id)
	}
	i, _ := slices.BinarySearchFunc(t.leaves, leaf, func(a, b inspect.Digest) int { return bytes.Compare(a[:], b[:]) })
	return Proof{len(t.leaves), i, path(t.leaves, i)}, nil
}

// CheckProof returns an error unless p leads from the leaf to the root.
func CheckProof(root, leaf inspect.Digest, p Proof) error {
	if p.Index < 0 || p.Index >= p.Size {
		return fmt.Errorf("proof: invalid index %d of %d", p.Index, p.Size)
	}
	if top, ok := climb(leaf, p.Path, p.Index, p.Size); !ok || top != root {
		return errors.New("proof: the leaf does not lead to the root")
	}
	return nil
}

// half is how many of n leaves, two or more, stand under the left branch: the largest power of
// two below n.
func half(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }

func node(left, right inspect.Digest) inspect.Digest {
	return inspect.DigestOf(slices.Concat([]byte{1}, left[:], right[:]))
}

func root(leaves []inspect.Digest) inspect.Digest {
	switch n := len(leaves); n {
	case 0:
		return inspect.DigestOf(nil)
	case 1:
		return leaves[0]
	default:
		return node(root(leaves[:half(n)]), root(leaves[half(n):]))
	}
}

func path(leaves []inspect.Digest, i int) []inspect.Digest {
	if len(leaves) == 1 {
		return []inspect.Digest{}
	}
	k := half(len(leaves))
	if i < k {
		return append(path(leaves[:k], i), root(leaves[k:]))
	}
	return append(path(leaves[k:], i-k), root(leaves[:k]))
}

// climb returns the root that a path leads to, and whether the path has the length it must have.
func climb(leaf inspect.Digest, path []inspect.Digest, i, size int) (inspect.Digest, bool) {
	if size == 1 || len(path) == 0 {
		return leaf, size == 1 && len(path) == 0
	}
	k, side := half(size), path[len(path)-1]
	if i < k {
		left, ok := climb(leaf, path[:len(path)-1], i, k)
		return node(left, side), ok
	}
	right, ok := climb(leaf, path[:len(path)-1], i-k, size-k)
	return node(side, right), ok
}
