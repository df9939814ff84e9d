package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
)

func TestSoundFolder(t *testing.T) {
	w := newWorld(t, tiny)
	folder := w.publish()
	for _, anchor := range []string{w.d.Fingerprint(), w.d.String(), strings.ToUpper(w.d.String()), "zhicha/1 commit " + campaignID + " 1 " + w.d.String()} {
		r := judge(t, folder, Options{Anchors: []string{anchor}, Key: w.log.public})
		for _, c := range r.Checks {
			if c.State != OK {
				t.Errorf("%s %d: %s %v", c.ID, c.Wave, c.State, c.Problems)
			}
		}
		if !r.Verified || len(r.Checks) != 21 || len(r.Waves) != 1 || !r.Waves[0].Anchored || r.Waves[0].Commit != w.d || r.Entries != 17 {
			raw, _ := json.MarshalIndent(r, "", " ")
			t.Errorf("%s", raw)
		}
		if ids := caveats(r); slices.Contains(ids, "time") || slices.Contains(ids, "key") {
			t.Errorf("caveats %v", ids)
		}
	}
	r := judge(t, folder, Options{})
	if want := []string{"time", "beacon", "since", "frame", "key", "units", "visits", "means", "second-log"}; !r.Verified || !slices.Equal(caveats(r), want) {
		t.Errorf("caveats %v, want %v", caveats(r), want)
	}
}

func caveats(r *Report) (ids []string) {
	for _, c := range r.Caveats {
		ids = append(ids, c.ID)
	}
	return ids
}

func TestNationalFolder(t *testing.T) {
	t.Parallel()
	if r := judge(t, newWorld(t, national).publish(), Options{}); !r.Verified {
		t.Errorf("%v", r.Problems())
	}
}

func TestOptions(t *testing.T) {
	w := newWorld(t, tiny)
	folder := w.publish()
	other := newSigner(t, ledger.Origin(campaignID), 77).public
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Anchors: []string{"0123 4567 89ab cdef 0123 4567 89ab cdef"}}, "verify.anchor"},
		{Options{Anchors: []string{w.d.String(), inspect.DigestOf(nil).String()}}, "verify.anchor"},
		{Options{Key: other}, "verify.key-other"},
	} {
		if r := judge(t, folder, c.o); r.Verified || !slices.Contains(rules(r), c.want) {
			t.Errorf("%+v: %v", c.o, rules(r))
		}
	}
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Anchors: []string{"0123"}}, "verify.anchor-malformed"},
		{Options{Anchors: []string{"0123 4567 89ab cdef"}}, "verify.anchor-malformed"}, // too short to tell two records apart
		{Options{Anchors: []string{strings.Repeat("g", 64)}}, "verify.anchor-malformed"},
		{Options{Anchors: []string{""}}, "verify.anchor-malformed"},
		{Options{Key: "zhicha/x+1+y"}, "verify.key-malformed"},
	} {
		_, err := Folder(folder, c.o)
		if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != c.want || ps[0].Class != inspect.Usage {
			t.Errorf("%+v: %v", c.o, err)
		}
	}
}

// Whoever is declared may sign the checkpoint, and nobody else; who has not is told.
func TestCosigner(t *testing.T) {
	w := newWorld(t, tiny)
	alone := w.publish()
	witness := newSigner(t, "witness", 40)
	w.witness = &witness
	both := w.publish()
	if r := judge(t, both, Options{}); !r.Verified {
		t.Errorf("%v", r.Problems())
	}
	checkpoint := logDir + "/checkpoint"
	signatures := bytes.SplitAfter(both[checkpoint].Data, []byte("\n"))
	missing := bytes.Join(signatures[:len(signatures)-2], nil)
	if r := judge(t, with(both, checkpoint, missing), Options{}); !r.Verified || !slices.Contains(caveats(r), "awaited") {
		t.Errorf("declared and missing: %v %v", rules(r), caveats(r))
	}
	extra := append(bytes.Clone(alone[checkpoint].Data), signatures[len(signatures)-2]...)
	if r := judge(t, with(alone, checkpoint, extra), Options{}); r.Verified || !slices.Contains(rules(r), "ledger.signature-unknown") {
		t.Errorf("not declared: %v", rules(r))
	}
}

// Whatever is no published folder gets a verdict, not a crash.
func TestNoFolder(t *testing.T) {
	for what, folder := range map[string]fstest.MapFS{
		"empty":             {},
		"no manifest":       {"index.html": {Data: []byte("x")}},
		"empty manifest":    {manifestName: {}},
		"null":              {manifestName: {Data: []byte("null\n")}},
		"no log":            {manifestName: {Data: []byte("{\n \"campaign\": \"x\",\n \"asOf\": \"2026-12-23T08:00:00+08:00\",\n \"demo\": false,\n \"files\": {}\n}\n")}},
		"log is a file":     with(newWorld(t, tiny).publish(), "log", []byte("x")),
		"manifest is a dir": {manifestName + "/x": {Data: []byte("x")}},
	} {
		r, err := Folder(folder, Options{})
		if err == nil && (r.Verified || len(r.Problems()) == 0) {
			t.Errorf("%s: verified", what)
		}
		if err != nil && inspect.ExitStatus(err) != int(inspect.Failed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A file that cannot be read leaves no verdict at all.
func TestUnreadable(t *testing.T) {
	folder := newWorld(t, tiny).publish()
	for _, name := range []string{"regions/11.html", manifestName, "log/checkpoint", "rounds/1/record.json"} {
		r, err := Folder(broken{folder, name}, Options{})
		if r != nil || inspect.ExitStatus(err) != int(inspect.Failed) {
			t.Errorf("%s: %v %v", name, r, err)
		}
	}
}

// broken is a disk with one bad file.
type broken struct {
	fs.FS
	name string
}

func (b broken) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("input/output error")}
	}
	return b.FS.Open(name)
}

// What the report says can be read by programs, and says the same every time.
func TestReportIsStable(t *testing.T) {
	w := newWorld(t, tiny)
	folder := with(w.publish(), "rounds/1/teams.json", nil)
	var first []byte
	for range 3 {
		raw, err := json.Marshal(judge(t, folder, Options{}))
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = raw
		}
		if !bytes.Equal(raw, first) {
			t.Fatal("two runs differ")
		}
	}
	if !bytes.Contains(first, []byte(`"rule":"verify.file-missing"`)) || !bytes.Contains(first, []byte(`"state":"skipped"`)) {
		t.Errorf("%s", first)
	}
}
