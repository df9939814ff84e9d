package store

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// What is handed to After is done once, when everything is on disk, and not where the transaction
// failed; its error is told, and the transaction stands.
func TestAfter(t *testing.T) {
	db := fresh(t)
	ctx := context.Background()
	done := 0
	seen := func() error {
		done++
		return db.View(ctx, func(tx *Tx) error {
			v, err := tx.Meta("frame")
			if v != "x" {
				t.Errorf("before the commit: %q", v)
			}
			return err
		})
	}
	if err := db.Update(ctx, func(tx *Tx) error { tx.After(seen); return tx.SetMeta("frame", "x") }); err != nil || done != 1 {
		t.Errorf("done %d times, %v", done, err)
	}
	broken := errors.New("broken")
	if err := db.Update(ctx, func(tx *Tx) error { tx.After(seen); return broken }); !errors.Is(err, broken) || done != 1 {
		t.Errorf("after a failure: done %d times, %v", done, err)
	}
	err := db.Update(ctx, func(tx *Tx) error {
		tx.After(func() error { return broken })
		return tx.SetMeta("frame", "y")
	})
	if !errors.Is(err, broken) {
		t.Errorf("what follows failed: %v", err)
	}
	if v, err := View(ctx, db, func(tx *Tx) (string, error) { return tx.Meta("frame") }); v != "y" || err != nil {
		t.Errorf("the transaction does not stand: %q, %v", v, err)
	}
}

// In the mode of the tag twice each transaction runs twice, the first time for nothing; else once.
func TestRunsTwice(t *testing.T) {
	want := 1
	if rehearsed {
		want = 2
	}
	runs := 0
	n, err := Update(context.Background(), fresh(t), func(tx *Tx) (int, error) {
		runs++
		entries, err := tx.Entries()
		return len(entries), errors.Join(err, tx.Append(noon, "beacon", map[string]any{"run": runs}))
	})
	if err != nil || runs != want || n != 0 {
		t.Errorf("%d runs, %d entries before, %v", runs, n, err)
	}
}

// A reader sees what was committed when it began, does not wait for a writer and makes none wait.
func TestReadersDoNotWait(t *testing.T) {
	db := fresh(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	writing, read := make(chan struct{}), make(chan struct{})
	var begin sync.Once
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := db.Update(ctx, func(tx *Tx) error {
			err := tx.SetMeta("frame", "x")
			begin.Do(func() { close(writing) })
			select { // the writer holds its transaction until somebody has read
			case <-read:
			case <-ctx.Done():
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})
	<-writing
	v, err := View(ctx, db, func(tx *Tx) (string, error) { return tx.Meta("frame") })
	close(read)
	wg.Wait()
	if v != "" || err != nil {
		t.Errorf("beside a writer: %q, %v", v, err)
	}
	snapshot, err := View(ctx, db, func(tx *Tx) (string, error) {
		before, err := tx.Meta("frame")
		return before, errors.Join(err, db.Update(ctx, func(w *Tx) error { return w.SetMeta("frame", "z") }), func() error {
			if again, err := tx.Meta("frame"); err != nil || again != before {
				t.Errorf("the same reader saw %q, then %q, %v", before, again, err)
			}
			return nil
		}())
	})
	if snapshot != "x" || err != nil {
		t.Errorf("%q, %v", snapshot, err)
	}
}

// An entry never takes a time before the one before it, however many there are.
func TestTimesNeverGoBack(t *testing.T) {
	db := fresh(t)
	if err := db.Update(context.Background(), func(tx *Tx) error {
		return errors.Join(tx.Append(noon, "beacon", 1), tx.Append(noon.Add(time.Hour), "beacon", 2), tx.Append(noon, "beacon", 3))
	}); err != nil {
		t.Fatal(err)
	}
	entries, err := View(context.Background(), db, func(tx *Tx) ([]Entry, error) { return tx.Entries() })
	if err != nil || len(entries) != 3 || !entries[2].Time.Equal(noon.Add(time.Hour)) {
		t.Errorf("%+v, %v", entries, err)
	}
}
