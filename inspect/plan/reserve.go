package plan

import (
	"cmp"
	"fmt"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
)

// Reserves draws on the reserves of an opened plan: always the next in order, never a chosen one.
type Reserves struct {
	Plan   *inspect.Plan
	Frame  *frame.Frame
	Design inspect.Design
	Taken  map[inspect.UnitKey]bool  // whatever the wave ever visited
	Busy   map[string][]inspect.Date // when other waves visit a township (R07)
	When   inspect.Window            // the days of the leg
}

// next returns the first n reserves of a kind within a set that are not taken, fewer where there
// are no more. fits may be nil.
func (r *Reserves) next(kind inspect.Kind, within string, n int, fits func(id string) bool) []inspect.Reserve {
	var out []inspect.Reserve
	for _, x := range r.Plan.Reserves {
		if x.Kind == kind && x.Within == within && !r.Taken[inspect.UnitKey{Kind: kind, ID: x.Unit}] && (fits == nil || fits(x.Unit)) &&
			(kind != inspect.TS || !tooSoon(r.Busy[x.Unit], r.When)) {
			out = append(out, x)
		}
	}
	slices.SortStableFunc(out, func(a, b inspect.Reserve) int { return cmp.Compare(a.Order, b.Order) })
	return out[:min(n, len(out))]
}

// Standing rebuilds a drawn county from the visits of a leg as they stand.
func (r *Reserves) Standing(visits []inspect.Visit) *draw.County {
	c := &draw.County{Households: r.Design.Households}
	orders := map[string][]int{}
	for i := range visits {
		v := &visits[i]
		u, _ := r.Frame.Unit(v.Kind, v.Unit)
		switch v.Kind {
		case inspect.HH:
			orders[v.Unit] = v.Order
		case inspect.CO:
			c.Unit = u
		case inspect.TS:
			c.Townships = append(c.Townships, draw.Township{Unit: u, VillagesOf: len(r.Frame.VillagesOf(u.ID))})
		case inspect.WI:
			c.Institutions = append(c.Institutions, u)
		}
	}
	for i := range visits {
		if visits[i].Kind != inspect.VC {
			continue
		}
		u, _ := r.Frame.Unit(inspect.VC, visits[i].Unit)
		t := slices.IndexFunc(c.Townships, func(t draw.Township) bool { return t.Unit.ID == u.Township })
		c.Townships[t].Villages = append(c.Townships[t].Villages, draw.Village{Unit: u, Order: orders[u.ID]})
	}
	r.measure(c)
	return c
}

// measure fills in how many of each kind the county was drawn from.
func (r *Reserves) measure(c *draw.County) {
	c.TownshipsOf = len(r.Frame.TownshipsOf(c.Unit.ID))
	c.InstitutionsOf = 0
	for _, w := range r.Frame.InstitutionsOf(c.Unit.Prefecture()) {
		if w.ReportingUnit == c.Unit.ReportingUnit {
			c.InstitutionsOf++
		}
	}
}

// ofRegion tells institutions that answer to the county's reporting unit from the others of its
// prefecture.
func (r *Reserves) ofRegion(county *inspect.Unit) func(id string) bool {
	return func(id string) bool {
		u, ok := r.Frame.Unit(inspect.WI, id)
		return ok && u.ReportingUnit == county.ReportingUnit
	}
}

// Substitute puts the next reserve in the place of a unit and returns the county as it stands
// then. It is not ok where no reserve is left. Villages take over the household orders of those
// they stand in for.
func (r *Reserves) Substitute(c *draw.County, gone inspect.UnitKey) (after *draw.County, reserve inspect.Reserve, ok bool) {
	within, fits := "", func(string) bool { return true }
	switch gone.Kind {
	case inspect.CO:
		within = c.Unit.Stratum(r.Design.Stratum)
	case inspect.TS:
		within = c.Unit.ID
	case inspect.VC:
		u, _ := r.Frame.Unit(inspect.VC, gone.ID)
		within = u.Township
	case inspect.WI:
		within, fits = c.Unit.Prefecture(), r.ofRegion(&c.Unit)
	}
	found := r.next(gone.Kind, within, 1, fits)
	if len(found) == 0 {
		return nil, reserve, false
	}
	reserve = found[0]
	u, _ := r.Frame.Unit(reserve.Kind, reserve.Unit)
	if gone.Kind == inspect.CO {
		return r.county(u, reserve.Order, c), reserve, true
	}
	after = &draw.County{Unit: c.Unit, Households: c.Households, Institutions: slices.Clone(c.Institutions)}
	for _, t := range c.Townships {
		if gone.Kind == inspect.TS && t.Unit.ID == gone.ID {
			after.Townships = append(after.Townships, r.township(u, inherit(t.Villages)))
			continue
		}
		t.Villages = slices.Clone(t.Villages)
		for i := range t.Villages {
			if gone.Kind == inspect.VC && t.Villages[i].Unit.ID == gone.ID {
				t.Villages[i].Unit = u
			}
		}
		after.Townships = append(after.Townships, t)
	}
	for i := range after.Institutions {
		if gone.Kind == inspect.WI && after.Institutions[i].ID == gone.ID {
			after.Institutions[i] = u
		}
	}
	r.measure(after)
	return after, reserve, true
}

// county is a reserve county with what the draw would have given it.
func (r *Reserves) county(u inspect.Unit, order int, gone *draw.County) *draw.County {
	var villages []draw.Village
	for _, t := range gone.Townships {
		villages = append(villages, t.Villages...)
	}
	c := &draw.County{Unit: u, Stratum: u.Stratum(r.Design.Stratum), Order: r.Design.Counties + order}
	if len(villages) > 0 {
		c.Households = gone.Households
	}
	orders := inherit(villages)
	for _, t := range r.next(inspect.TS, u.ID, r.Design.Townships, nil) {
		unit, _ := r.Frame.Township(t.Unit)
		c.Townships = append(c.Townships, r.township(unit, orders))
	}
	for _, w := range r.next(inspect.WI, u.Prefecture(), r.Design.Institutions, r.ofRegion(&u)) {
		unit, _ := r.Frame.Unit(inspect.WI, w.Unit)
		c.Institutions = append(c.Institutions, unit)
	}
	r.measure(c)
	return c
}

// township is a reserve township with its first villages in order.
func (r *Reserves) township(u inspect.Unit, orders func() []int) draw.Township {
	t := draw.Township{Unit: u, VillagesOf: len(r.Frame.VillagesOf(u.ID))}
	for _, v := range r.next(inspect.VC, u.ID, r.Design.Villages, nil) {
		unit, _ := r.Frame.Unit(inspect.VC, v.Unit)
		t.Villages = append(t.Villages, draw.Village{Unit: unit, Order: orders()})
	}
	return t
}

// inherit hands out the household orders of villages one after another, and again from the first
// where the reserve has more villages: an order is as random for one village as for another.
func inherit(from []draw.Village) func() []int {
	i := -1
	return func() []int {
		if i++; len(from) == 0 {
			return nil
		}
		return from[i%len(from)].Order
	}
}

// Fresh are the visits of the county after a substitution that it did not call for before,
// numbered on from seq and not before today.
func Fresh(after *draw.County, before []inspect.Visit, leg inspect.Leg, seq int, today inspect.Date) []inspect.Visit {
	known := map[inspect.UnitKey]bool{}
	for i := range before {
		known[before[i].UnitKey()] = true
	}
	p := inspect.Plan{Visits: after.Visits(leg)}
	p.SpreadOrders()
	out := slices.DeleteFunc(p.Visits, func(v inspect.Visit) bool { return known[v.UnitKey()] })
	for i := range out {
		v := &out[i]
		v.Seq = seq + i + 1
		v.ID = fmt.Sprintf("%d-%03d-%02d", v.Wave, v.Leg, v.Seq)
		v.Day = max(v.Day, today)
	}
	return out
}

// NewReserves readies a plan's reserves; taken are the units visited so far, whatever became of
// them, and busy is when other waves visit townships.
func NewReserves(plan *inspect.Plan, f *frame.Frame, design inspect.Design, taken []inspect.Visit, busy map[string][]inspect.Date) *Reserves {
	r := &Reserves{Plan: plan, Frame: f, Design: design, Taken: map[inspect.UnitKey]bool{}, Busy: busy}
	for _, list := range [][]inspect.Visit{plan.Visits, taken} {
		for i := range list {
			r.Taken[list[i].UnitKey()] = true
		}
	}
	return r
}
