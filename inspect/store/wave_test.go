package store

import (
	"errors"
	"testing"

	"zhicha/inspect"
)

// A visit that gave way is kept and not counted, and the new ones take its place.
func TestSubstitutedVisits(t *testing.T) {
	db := planned(t)
	update(t, db, func(tx *Tx) error {
		return errors.Join(tx.SetVisitState("1-007-02", inspect.VisitSubstituted),
			tx.AddVisits([]inspect.Visit{{ID: "1-007-03", Wave: 1, Leg: 7, Seq: 3, Kind: inspect.VC, Unit: "b"}, {ID: "1-007-04", Wave: 1, Leg: 7, Seq: 4, Kind: inspect.VC}}),
			tx.ReplaceCounty(1, "640104000000", inspect.CountyDraw{Region: "64", County: "640105000000"}),
			tx.MoveLeg(inspect.Leg{No: 7, Wave: 1, Region: "64", County: "640105000000"}),
			tx.PutSubstitution(&inspect.Substitution{Wave: 1, No: 1, Leg: 7, Kind: inspect.VC, Replaced: "a", Reserve: "b"}, noon))
	})
	view(t, db, func(tx *Tx) error {
		legs, err := tx.Legs(1)
		if legs[0].Visits != 3 || legs[0].Filed != 0 || legs[0].County != "640105000000" {
			t.Errorf("the leg is %+v", legs[0])
		}
		visits, err1 := tx.LegVisits(1, 7)
		if len(visits) != 4 || visits[1].State != inspect.VisitSubstituted || visits[2].State != inspect.VisitOpen || visits[2].Unit != "b" {
			t.Errorf("visits are %+v", visits)
		}
		counties, err2 := tx.Counties(1)
		if len(counties) != 1 || counties[0].County != "640105000000" {
			t.Errorf("counties are %+v", counties)
		}
		subs, err3 := tx.Substitutions(1)
		if len(subs) != 1 || subs[0].Reserve != "b" {
			t.Errorf("substitutions are %+v", subs)
		}
		return errors.Join(err, err1, err2, err3)
	})
	if err := db.Update(t.Context(), func(tx *Tx) error { return tx.PutSubstitution(&inspect.Substitution{Wave: 1, No: 1}, noon) }); err == nil {
		t.Error("a number was used twice")
	}
}

// What was decided about a leg stands with it, and who decided what stays in its history.
func TestLegActs(t *testing.T) {
	db := planned(t)
	update(t, db, func(tx *Tx) error {
		return errors.Join(tx.SuspendLeg(1, 7, "flood", "review-1", "flood", noon), tx.SuspendLeg(1, 7, "", "review-2", "over", noon),
			tx.ExcludeLeg(1, 7, "leak", "review-1", noon))
	})
	view(t, db, func(tx *Tx) error {
		legs, err := tx.Legs(1)
		if legs[0].Suspended != "" || legs[0].Excluded != "leak" {
			t.Errorf("the leg is %+v", legs[0])
		}
		var acts string
		_, err2 := tx.one([]any{&acts}, "SELECT group_concat(act || ' ' || by || ' ' || reason, '; ') FROM leg_act")
		if acts != "suspended review-1 flood; resumed review-2 over; excluded review-1 leak" {
			t.Errorf("acts are %q", acts)
		}
		return errors.Join(err, err2)
	})
}

// An import is kept once and found by how its digest begins.
func TestImports(t *testing.T) {
	db := fresh(t)
	update(t, db, func(tx *Tx) error {
		for digest, want := range map[string]bool{"abc1": true, "abd2": true} {
			if fresh, err := tx.PutImport(digest, []byte("{}"), noon); err != nil || fresh != want {
				t.Errorf("%s is new: %v, %v", digest, fresh, err)
			}
		}
		if fresh, err := tx.PutImport("abc1", []byte("[]"), noon); err != nil || fresh {
			t.Errorf("the same again is new: %v, %v", fresh, err)
		}
		for prefix, want := range map[string]int{"": 2, "ab": 2, "abc": 1, "abc1": 1, "x": 0, "%": 0} {
			if got, err := tx.Imports(prefix); err != nil || len(got) != want || want == 1 && string(got[0].Body) != "{}" {
				t.Errorf("%q: %+v, %v", prefix, got, err)
			}
		}
		return nil
	})
}
