package returns_test

import (
	"os"
	"path/filepath"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/field"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/returns"
	"zhicha/inspect/store"
	"zhicha/inspect/workbook"
)

// A team without a telephone opens its packet with spare codes and hands in before anybody released
// a rung: both its workbooks, one saved under the code and one without, are kept and judged once the
// rung is logged. What waits is not in the ledger, and nothing waits twice.
func TestSparesWait(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 21)
	ctx := t.Context()
	o.Commit(1)
	_, err := ceremony.Draw(ctx, o.Campaign, o.Who("draw-1"), 1, campaign.Custody{})
	o.OK(err)
	o.Make(1)
	spares, err := field.SpareCodes(ctx, o.Campaign, o.Who("draw-1"), 1, []int{2}, o.Keys())
	o.OK(err)
	w, err := o.Config.Wave(1)
	o.OK(err)
	// the team has the file and the envelope; the office has not even opened the book
	closed := o.Filled(o.Path(field.RungFile(1, 2, inspect.RungVillage)), string(spares[0].Codes[inspect.RungVillage]))
	renamed := filepath.Join(t.TempDir(), "回传.xlsx")
	data, err := os.ReadFile(closed)
	o.OK(err)
	o.OK(os.WriteFile(renamed, data, 0o600))
	plain, err := workbook.Decrypt("x", data, func(yield func(string) bool) { yield(string(spares[0].Codes[inspect.RungVillage])) })
	o.OK(err)
	open := o.File("open.xlsx", plain)

	o.Now = w.Window.To.Time()
	entries := len(rehearsal.Must(o.Campaign.Entries(ctx)))
	for _, file := range []string{renamed, open, open} {
		taken, err := returns.TakeIn(ctx, o.Campaign, rehearsal.Who(o.Campaign, "draw-1"), 1, []string{file})
		o.OK(err)
		if last := taken[len(taken)-1]; !last.Waiting || len(last.Problems)+len(last.Visits) > 0 {
			t.Fatalf("%s: %+v %v", file, last, last.Problems)
		}
	}
	waiting, err := returns.WaitingOf(ctx, o.Campaign, 1)
	o.OK(err)
	if len(waiting) != 2 || waiting[0].Leg != 0 || waiting[1].Leg != 2 {
		t.Errorf("waiting: %+v", waiting)
	}
	if got := len(rehearsal.Must(o.Campaign.Entries(ctx))); got != entries {
		t.Errorf("%d entries were written while returns waited", got-entries)
	}

	opened, err := field.OpenBooks(ctx, o.Campaign, o.Who("draw-1"), 1, "", inspect.RungVillage, o.Keys())
	o.OK(err)
	taken, err := returns.TakeIn(ctx, o.Campaign, rehearsal.Who(o.Campaign, "draw-1"), 1, nil) // opened is not released
	o.OK(err)
	if len(taken) != 1 || !taken[0].Waiting || taken[0].Packet != 2 {
		t.Errorf("after the book: %+v", taken)
	}
	for _, rung := range inspect.Rungs {
		_, err := field.ReleaseRung(ctx, o.Campaign, o.Who("draw-1"), 1, opened, rung)
		o.OK(err)
	}
	taken, err = returns.TakeIn(ctx, o.Campaign, rehearsal.Who(o.Campaign, "draw-1"), 1, nil)
	o.OK(err)
	if len(taken) != 2 || taken[0].Visits["accepted"] == 0 || taken[1].Visits["accepted"] > 0 || taken[1].Visits["unchanged"] == 0 {
		t.Errorf("after the release: %+v", taken)
	}
	if waiting, _ := returns.WaitingOf(ctx, o.Campaign, 1); len(waiting) > 0 {
		t.Errorf("still waiting: %+v", waiting)
	}
	var legs []inspect.StandingLeg
	o.Tx(func(tx *store.Tx) (err error) { legs, err = tx.Legs(1); return err })
	for _, l := range legs {
		if l.No == 2 && l.Filed != l.Visits {
			t.Errorf("leg 2: %d of %d visits are filed", l.Filed, l.Visits)
		}
	}
}
