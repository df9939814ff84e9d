package draw_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zhicha/inspect"
	"zhicha/inspect/draw"
)

// update writes the vectors anew; without it they are only compared, from the inputs they hold.
var update = flag.Bool("update", false, "write testdata/vectors anew")

const vectors = "testdata/vectors"

// vector is a file of testdata/vectors: what goes in, and what the specification makes of it.
type vector[In, Want any] struct {
	Note  string `json:"note"`
	Input In     `json:"input"`
	Want  Want   `json:"want"`
}

// checkVector computes what the input in a file gives and compares it with what the file wants.
func checkVector[In, Want any](t *testing.T, file, note string, fresh func() In, compute func(*testing.T, In) Want) {
	t.Helper()
	file = filepath.Join(vectors, file)
	if *update {
		in := fresh()
		writeVector(t, file, vector[In, Want]{note, in, compute(t, in)})
	}
	v := readVector[vector[In, Want]](t, file)
	if diff := cmp.Diff(v.Want, asRead(t, compute(t, v.Input))); diff != "" {
		t.Errorf("%s (- wanted, + computed):\n%s", file, diff)
	}
}

func writeVector(t *testing.T, file string, v any) {
	t.Helper()
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readVector[V any](t *testing.T, file string) (v V) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return v
}

// asRead sends a value through JSON, so that an empty list compares equal to none.
func asRead[V any](t *testing.T, v V) (back V) {
	t.Helper()
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &back)
	}
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// keysInput is a ceremony: what the parties keep, what they commit to, and the beacon.
type keysInput struct {
	LP        [][]string                `json:"lp"`
	Canonical []string                  `json:"canonical"` // JSON texts
	Secrets   map[string]inspect.Digest `json:"secrets"`   // by party
	Record    draw.Record               `json:"record"`
	Beacon    string                    `json:"beacon"`
	Tickets   []ticketOf                `json:"tickets"`
}

// ticketOf names one ticket of the ceremony.
type ticketOf struct {
	Stage   inspect.Stage `json:"stage"`
	Label   string        `json:"label"`
	Stratum string        `json:"stratum"`
	Kind    string        `json:"kind"`
	ID      string        `json:"id"`
}

type keysWant struct {
	LP        []string                    `json:"lp"` // hexadecimal
	Canonical []string                    `json:"canonical"`
	Record    string                      `json:"record"` // canonical JSON
	D         inspect.Digest              `json:"d"`
	Stages    map[inspect.Stage]stageWant `json:"stages"`
	Tickets   []ticketWant                `json:"tickets"`
}

type stageWant struct {
	Shares      map[string]inspect.Digest `json:"shares"`
	Commitments map[string]inspect.Digest `json:"commitments"`
	Key         inspect.Digest            `json:"key"`
}

type ticketWant struct {
	Digest inspect.Digest `json:"digest"`
	U      string         `json:"u"` // decimal
}

func TestVectorsKeys(t *testing.T) {
	checkVector(t, "keys.json", "lp, canonical JSON, shares, commitments, D, stage keys and tickets. 演示数据", freshKeys, computeKeys)
}

func TestVectorsSelect(t *testing.T) {
	checkVector(t, "select-small.json", "a made-up frame drawn under several designs: N<n, N<2n, the cap, two counties of π=1, BT, institutions shared. 演示数据",
		freshSelect, computeSelect)
}

func TestVectorsAssign(t *testing.T) {
	checkVector(t, "assign-small.json", "teams and legs: seating, pairs, days and numbers. 演示数据", freshAssign, computeAssign)
}

// TestVectorsNational pins a whole plan drawn from the national frame.
func TestVectorsNational(t *testing.T) {
	if testing.Short() {
		t.Skip("draws from the national frame")
	}
	t.Parallel()
	checkVector(t, "national.json", "the national frame, a ceremony with fixed secrets and made-up teams: digests of every list and of the plan. 演示数据",
		func() nationalInput { return freshNational(t) }, computeNational)
}
