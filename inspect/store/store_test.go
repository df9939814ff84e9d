package store

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
)

var noon = time.Date(2023, 1, 7, 12, 0, 0, 0, inspect.Beijing)

func open(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func fresh(t *testing.T) *DB { return open(t, filepath.Join(t.TempDir(), "campaign.db")) }

func update(t *testing.T, db *DB, f func(tx *Tx) error) {
	t.Helper()
	if err := db.Update(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

func view(t *testing.T, db *DB, f func(tx *Tx) error) {
	t.Helper()
	if err := db.View(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

// planned is a database with an opened wave of one leg and two visits.
func planned(t *testing.T) *DB {
	t.Helper()
	db := fresh(t)
	update(t, db, func(tx *Tx) error {
		return errors.Join(tx.CommitWave(1, []byte("{}"), noon), tx.SetOpened(1, noon), tx.PutLegs(&inspect.Plan{
			Wave:     1,
			Counties: []inspect.CountyDraw{{Region: "64", County: "640104000000"}},
			Legs:     []inspect.Leg{{No: 7, Wave: 1, Region: "64", County: "640104000000"}},
			Visits:   []inspect.Visit{{ID: "1-007-01", Wave: 1, Leg: 7, Seq: 1, Kind: inspect.HH}, {ID: "1-007-02", Wave: 1, Leg: 7, Seq: 2, Kind: inspect.VC}},
			Reserves: []inspect.Reserve{{Kind: inspect.VC, Unit: "640104001002"}},
		}))
	})
	return db
}

// The ledger only grows, whoever holds the database.
func TestEntriesStay(t *testing.T) {
	db := fresh(t)
	update(t, db, func(tx *Tx) error {
		return errors.Join(tx.Append(noon, "frame-frozen", map[string]any{"b": 2, "a": 1}), tx.Append(noon.Add(time.Hour), "drawn", map[string]any{}))
	})
	for _, q := range []string{"UPDATE entry SET kind = 'x' WHERE seq = 1", "DELETE FROM entry WHERE seq = 2", "DELETE FROM entry"} {
		err := db.Update(context.Background(), func(tx *Tx) error { return tx.exec(q) })
		if err == nil || !strings.Contains(err.Error(), "entries are never") {
			t.Errorf("%s: %v", q, err)
		}
	}
	view(t, db, func(tx *Tx) error {
		entries, err := tx.Entries()
		if len(entries) != 2 || entries[0].Kind != "frame-frozen" || string(entries[0].Body) != `{"a":1,"b":2}` || !entries[1].Time.Equal(noon.Add(time.Hour)) {
			t.Errorf("entries are now %+v", entries)
		}
		return err
	})
}

// An update that fails leaves nothing, not even what came before the failure.
func TestUpdateRollsBack(t *testing.T) {
	db, sad := fresh(t), errors.New("sad")
	err := db.Update(context.Background(), func(tx *Tx) error {
		return errors.Join(tx.SetMeta("frame", "x"), tx.Append(noon, "drawn", nil), sad)
	})
	if !errors.Is(err, sad) {
		t.Fatalf("update returned %v", err)
	}
	func() { // nor does one that does not come back
		defer func() { recover() }()
		db.Update(context.Background(), func(tx *Tx) error { tx.SetMeta("frame", "y"); panic("power") })
	}()
	view(t, db, func(tx *Tx) error {
		v, err := tx.Meta("frame")
		entries, err2 := tx.Entries()
		if v != "" || len(entries) != 0 {
			t.Errorf("meta %q, %d entries", v, len(entries))
		}
		return errors.Join(err, err2)
	})
}

// A view writes nothing.
func TestViewWritesNothing(t *testing.T) {
	db := fresh(t)
	if err := db.View(context.Background(), func(tx *Tx) error { return tx.SetMeta("frame", "x") }); err == nil {
		t.Error("a view wrote")
	}
	view(t, db, func(tx *Tx) error {
		v, err := tx.Meta("frame")
		if v != "" {
			t.Errorf("a view stored %q", v)
		}
		return err
	})
}

func TestCancelledUpdate(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := fresh(t).Update(ctx, func(*Tx) error { t.Error("it ran"); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled update returned %v", err)
	}
}

// What was stored is there after closing, in one file that can be carried away.
func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ä 直查?.db")
	db, err := Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	update(t, db, func(tx *Tx) error { return tx.SetMeta("frame", "x") })
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if rest, _ := filepath.Glob(filepath.Dir(path) + "/*-wal"); len(rest) > 0 {
		t.Errorf("closing left %q", rest)
	}
	view(t, open(t, path), func(tx *Tx) error {
		v, err := tx.Meta("frame")
		if v != "x" {
			t.Errorf("meta is %q", v)
		}
		return err
	})
}

// A party's secret and a wave's number are given once; a visit belongs to a leg there is.
func TestConstraints(t *testing.T) {
	db := planned(t)
	for name, f := range map[string]func(tx *Tx) error{
		"party twice":       func(tx *Tx) error { return errors.Join(tx.PutParty(1, "office", nil), tx.PutParty(1, "office", nil)) },
		"wave twice":        func(tx *Tx) error { return tx.CommitWave(1, []byte("{}"), noon) },
		"beacon of no wave": func(tx *Tx) error { return tx.PutBeacon(9, "w", "a", noon) },
		"report of no visit": func(tx *Tx) error {
			return errors.Join(tx.PutReturned(inspect.Returned{Digest: "d", Name: "P-007.xlsx", Wave: 1, Leg: 7, Complete: true, Received: noon}), tx.PutReport(&inspect.Report{Visit: "9-9-9"}, false, "c", "A", "d", noon))
		},
		"signature twice": func(tx *Tx) error {
			s := inspect.Signature{Document: "notices/2023-1.md", Digest: "d", Role: "signer", By: "a", Time: noon}
			return errors.Join(tx.PutSignature(s), tx.PutSignature(s))
		},
	} {
		if err := db.Update(context.Background(), f); err == nil {
			t.Errorf("%s was stored", name)
		}
	}
}

// A superseding report leaves the one before it in the history; a held one does not take its place.
func TestHistory(t *testing.T) {
	db := planned(t)
	id := "1-007-01"
	put := func(digest string, held bool) func(tx *Tx) error {
		return func(tx *Tx) error {
			return errors.Join(tx.PutReturned(inspect.Returned{Digest: "file-" + digest, Name: "P-007.xlsx", Wave: 1, Leg: 7, Complete: true, Received: noon}),
				tx.PutReport(&inspect.Report{Visit: id, Correction: digest}, held, digest, "A", "file-"+digest, noon))
		}
	}
	states := func(t *testing.T, want ...string) {
		t.Helper()
		view(t, db, func(tx *Tx) error {
			h, err := tx.History(id)
			var got []string
			for i, v := range h {
				got = append(got, v.Digest+" "+v.State)
				if v.Version != i+1 || !v.Received.Equal(noon) || v.Report.Correction != v.Digest {
					t.Errorf("version %d: %+v", i+1, v)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("history is %q, want %q", got, want)
			}
			return err
		})
	}
	update(t, db, put("one", false))
	states(t, "one current")
	update(t, db, put("two", false))
	states(t, "one superseded", "two current")
	update(t, db, put("three", true))
	states(t, "one superseded", "two current", "three held")
	update(t, db, func(tx *Tx) error {
		v, ok, err := tx.SetCurrent(id, 1)
		if !ok || v.Digest != "one" {
			t.Errorf("chose %+v, %v", v, ok)
		}
		if _, ok, _ := tx.SetCurrent(id, 9); ok {
			t.Error("chose a version there is not")
		}
		return err
	})
	states(t, "one current", "two superseded", "three superseded")
	view(t, db, func(tx *Tx) error {
		v, ok, err := tx.Visit(id)
		if !ok || v.Report == nil || v.Digest != "one" {
			t.Errorf("the visit is now %+v", v)
		}
		if _, ok, _ := tx.Visit("9-9-9"); ok {
			t.Error("found a visit there is not")
		}
		return err
	})
}

// Legs count their visits by state, and reserves are not taken out of the seal.
func TestLegs(t *testing.T) {
	db := planned(t)
	update(t, db, func(tx *Tx) error {
		return errors.Join(tx.SetVisitState("1-007-01", inspect.VisitApproved), tx.SetVisitState("1-007-02", inspect.VisitSubmitted),
			tx.CloseLeg(1, 7, "review-1", "道路中断", noon))
	})
	view(t, db, func(tx *Tx) error {
		legs, err := tx.Legs(1)
		if len(legs) != 1 || legs[0].Visits != 2 || legs[0].Filed != 2 || legs[0].Approved != 1 || legs[0].Reason != "道路中断" || !legs[0].Closed.Equal(noon) {
			t.Errorf("legs are %+v", legs)
		}
		var tables int
		_, err2 := tx.one([]any{&tables}, "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%reserve%'")
		if tables != 0 {
			t.Error("the database has a place for reserves")
		}
		return errors.Join(err, err2)
	})
}

// Findings are replaced with the report they were drafted from.
func TestReplaceFindings(t *testing.T) {
	db := planned(t)
	ids := func() (out []string) {
		view(t, db, func(tx *Tx) error {
			fs, err := tx.Findings(1)
			for _, f := range fs {
				out = append(out, f.ID)
			}
			return err
		})
		return out
	}
	drafted := func(visit string, ends ...string) {
		update(t, db, func(tx *Tx) error {
			var fs []inspect.Finding
			for _, e := range ends {
				fs = append(fs, inspect.Finding{ID: visit + "-" + e, Visit: visit, State: inspect.FindingDraft})
			}
			return tx.ReplaceFindings(visit, fs)
		})
	}
	drafted("1-007-01", "A", "B")
	drafted("1-007-02", "A")
	drafted("1-007-01", "C")
	if got := ids(); !slices.Equal(got, []string{"1-007-01-C", "1-007-02-A"}) {
		t.Errorf("findings are %q", got)
	}
}

// Instants come back as they went in, in Beijing time.
func TestStamp(t *testing.T) {
	at := time.Date(2023, 1, 6, 20, 30, 15, 0, time.UTC)
	if got := stamp(at); got != "2023-01-07T04:30:15+08:00" {
		t.Errorf("stamp is %q", got)
	}
	if got := parseStamp(stamp(at)); !got.Equal(at) || got.Location() != inspect.Beijing {
		t.Errorf("came back as %v", got)
	}
}
