package store

import (
	"errors"
	"slices"
	"testing"
	"time"
	"zhicha/inspect"
)

// Decisions of two reviewers are kept for each version of a report, once for each person and key.
func TestCodings(t *testing.T) {
	db := planned(t)
	one := inspect.Decision{Visit: "1-007-01", Digest: "d1", Decision: "approved", By: "review-1", Key: "k1", Time: noon}
	two := inspect.Decision{Visit: "1-007-01", Digest: "d1", Decision: "returned", By: "review-2", Key: "k2", Reason: "方式", Time: noon.Add(time.Hour)}
	later := one
	later.Digest = "d2"
	update(t, db, func(tx *Tx) error {
		return errors.Join(tx.PutCoding(one), tx.PutCoding(two), tx.PutCoding(later), tx.PutReview("1-007-01", "d1", "returned", "review-3", "x", noon))
	})
	view(t, db, func(tx *Tx) error {
		all, err := tx.Codings(1)
		of, err1 := tx.VisitCodings("1-007-01")
		if len(all) != 3 || !slices.EqualFunc(all, of, func(a, b inspect.Decision) bool { return a.By == b.By && a.Digest == b.Digest }) {
			t.Errorf("codings are %+v and %+v", all, of)
		}
		if d := of[1]; d.Decision != "returned" || d.Reason != "方式" || d.Key != "k2" || !d.Time.Equal(two.Time) {
			t.Errorf("the second is %+v", d)
		}
		none, err2 := tx.Codings(2)
		reviews, err3 := tx.Reviews("1-007-01")
		if len(none) != 0 || len(reviews) != 1 || reviews[0].By != "review-3" {
			t.Errorf("wave 2 has %v, reviews are %v", none, reviews)
		}
		return errors.Join(err, err1, err2, err3)
	})
	same, key := one, one
	same.Key = "k3"
	key.By = "review-4"
	for what, d := range map[string]inspect.Decision{"a person": same, "a key": key, "a visit there is not": {Visit: "9-9-9", By: "x"}} {
		if err := db.Update(t.Context(), func(tx *Tx) error { return tx.PutCoding(d) }); err == nil {
			t.Errorf("%s was taken twice, or from nowhere", what)
		}
	}
}

// The same mandatory report in a file and its repetition is one.
func TestAlarms(t *testing.T) {
	db := planned(t)
	update(t, db, func(tx *Tx) error {
		var all []error
		for _, x := range []struct {
			at                time.Time
			told              []string
			receipt, returned string
			fresh             bool
		}{{noon.Add(time.Hour), []string{"police"}, "7", "b", true}, {noon, []string{"police", "township"}, "", "a", true}, {noon, []string{"police", "township"}, "", "b", true},
			{noon, []string{"police", "township"}, "", "b", false}} {
			fresh, err := tx.PutAlarm("1-007-01", x.at, x.told, x.receipt, x.returned)
			if all = append(all, err); fresh != x.fresh {
				t.Errorf("%+v: %v", x, fresh)
			}
		}
		return errors.Join(all...)
	})
	view(t, db, func(tx *Tx) error {
		got, err := tx.Alarms("1-007-01")
		if len(got) != 2 || len(got[0].Told) != 2 || !got[0].At.Equal(noon) || got[1].Receipt != "7" {
			t.Errorf("alarms are %+v", got)
		}
		return err
	})
}
