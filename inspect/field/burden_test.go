package field_test

import (
	"strings"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/prepare"
	"zhicha/inspect/rehearsal"
)

// A township that another wave visits within fourteen days gives way; a look-back goes there all
// the same.
func TestBurden(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, from string
		townships  int // listed to a county; two of them were visited
		gives      bool
	}{{"redraw", "2023-01-12", 4, true}, {"lookback", "2023-01-12", 4, false}, {"redraw", "2023-03-06", 99, false}} {
		o := rehearsal.NewOffice(t, 8)
		o.Draw(1)
		n := rehearsal.Second(c.kind)
		n.Units, n.From = o.Around(c.townships), inspect.Date(c.from)
		n.To = n.From.Add(13)
		made, err := prepare.AddWave(t.Context(), o.Campaign, o.Who("draw-1"), n)
		o.OK(err)
		o.Draw(made.No)
		was := map[string]inspect.Date{}
		for _, v := range o.Visits(1, 0) {
			if v.Kind == inspect.TS {
				was[v.Unit] = v.Day
			}
		}
		soon := 0
		for _, v := range o.Visits(2, 0) {
			day, visited := was[v.Unit]
			if v.Kind == inspect.TS && visited && day.Days(v.Day) <= 14 && v.Day.Days(day) <= 14 && v.State != inspect.VisitSubstituted {
				soon++
			}
		}
		log := o.Entries("leg-substituted")
		if c.gives != (len(log) > 0) || c.kind == "redraw" != (soon == 0) {
			t.Errorf("%s from %s: %d gave way, %d townships visited again too soon", c.kind, c.from, len(log), soon)
		}
		for _, e := range log {
			if !strings.Contains(e, `"reason":"burden"`) || !strings.Contains(e, `"change"`) || strings.Contains(e, "approvals") {
				t.Errorf("entry %s", e)
			}
		}
		if c.gives { // opening again changes nothing
			before := o.Tree()
			o.Make(2)
			if after := o.Tree(); after["database"] != before["database"] {
				t.Error("a second opening changed the plan")
			}
		}
	}
}
