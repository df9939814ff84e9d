package draw_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zhicha/inspect"
	"zhicha/inspect/draw"
)

type secondInput struct {
	Salt    inspect.Digest `json:"salt"`
	Visits  []secondVisit  `json:"visits"`
	Percent []int          `json:"percent"`
}

type secondVisit struct {
	ID   string       `json:"id"`
	Kind inspect.Kind `json:"kind"`
}

type secondWant struct {
	Key     inspect.Digest `json:"key"`
	Samples [][]string     `json:"samples"` // for each percentage, in byte order
}

func secondOf(t *testing.T, in secondInput) secondWant {
	key := draw.SecondKey(in.Salt)
	want := secondWant{Key: inspect.Digest(key)}
	var visits []inspect.Visit
	for _, v := range in.Visits {
		visits = append(visits, inspect.Visit{ID: v.ID, Kind: v.Kind})
	}
	for _, p := range in.Percent {
		want.Samples = append(want.Samples, slices.Sorted(maps.Keys(draw.SecondCoder(key, visits, p))))
	}
	return want
}

func TestSecondVector(t *testing.T) {
	checkVector(t, "second.json", "the second coders' sample of a wave of 23 visits. 演示数据", func() secondInput {
		in := secondInput{Salt: inspect.DigestOf([]byte("salt")), Percent: []int{0, 1, 10, 50, 100}}
		for i := range 23 {
			in.Visits = append(in.Visits, secondVisit{fmt.Sprintf("1-%03d-%02d", 1+i/6, 1+i%6), inspect.Kinds[i%len(inspect.Kinds)]})
		}
		return in
	}, secondOf)
}

// The sample has the size it must have, holds visits given and no other, does not depend on their
// order, grows with the percentage, and is another under another salt.
func TestSecondLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 300).Draw(t, "n")
		p := rapid.IntRange(0, 100).Draw(t, "percent")
		more := rapid.IntRange(p, 100).Draw(t, "more")
		salt := inspect.DigestOf([]byte(rapid.String().Draw(t, "salt")))
		visits := make([]inspect.Visit, n)
		for i := range visits {
			visits[i] = inspect.Visit{ID: fmt.Sprintf("1-%03d-%02d", i/12, i%12), Kind: rapid.SampledFrom(inspect.Kinds).Draw(t, "kind")}
		}
		key := draw.SecondKey(salt)
		got := draw.SecondCoder(key, visits, p)
		if want := (p*n + 99) / 100; len(got) != want {
			t.Fatalf("%d of %d at %d %%, want %d", len(got), n, p, want)
		}
		for id := range got {
			if !slices.ContainsFunc(visits, func(v inspect.Visit) bool { return v.ID == id }) {
				t.Fatalf("%s is no visit", id)
			}
		}
		shuffled := slices.Clone(visits)
		rand.New(rand.NewPCG(uint64(n), uint64(p))).Shuffle(n, func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if !maps.Equal(got, draw.SecondCoder(key, shuffled, p)) {
			t.Fatal("the order of the visits matters")
		}
		for id := range got {
			if !draw.SecondCoder(key, visits, more)[id] {
				t.Fatalf("%s is in the sample of %d %% and not in that of %d %%", id, p, more)
			}
		}
	})
	visits := make([]inspect.Visit, 200)
	for i := range visits {
		visits[i] = inspect.Visit{ID: fmt.Sprint(i), Kind: inspect.HH}
	}
	a, b := draw.SecondCoder(draw.SecondKey([32]byte{1}), visits, 10), draw.SecondCoder(draw.SecondKey([32]byte{2}), visits, 10)
	if maps.Equal(a, b) {
		t.Error("two salts give one sample")
	}
}

// A plan is sealed without the marks: they would say nothing secret, but its digest is older than
// they are.
func TestPlanHasNoMarks(t *testing.T) {
	p := inspect.Plan{Legs: []inspect.Leg{{No: 1}, {No: 2, Twin: 1}, {No: 3}},
		Visits: []inspect.Visit{{ID: "a", Leg: 1}, {ID: "b", Leg: 2}, {ID: "c", Leg: 3}}}
	raw, err := inspect.CanonicalJSON(p)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), "second") {
		t.Errorf("%s", raw)
	}
	if v := p.PrimaryVisits(); len(v) != 2 || v[0].ID != "a" || v[1].ID != "c" {
		t.Errorf("primary visits %v", v)
	}
}
