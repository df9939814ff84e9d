package plan

import (
	"cmp"
	"slices"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/frame"
)

// Departure is a unit that gives way, on every leg that visits the same units: the primary first.
type Departure struct {
	Gone   inspect.UnitKey
	Legs   []inspect.StandingLeg
	visits map[int][]inspect.StandingVisit // by leg: as they stand
	last   map[int]int                     // by leg: the highest number of any visit
	under  func(*inspect.Visit) bool
}

// DepartureOf finds the unit on the leg and refuses where a leg is closed or suspended or something of
// the unit has been reported.
func DepartureOf(src Source, f *frame.Frame, wave, no int, unit string) (*Departure, error) {
	g := &Departure{visits: map[int][]inspect.StandingVisit{}, last: map[int]int{}}
	if err := g.findLegs(src, wave, no); err != nil {
		return nil, err
	}
	for _, l := range g.Legs {
		visits, err := src.LegVisits(wave, l.No)
		if err != nil {
			return nil, err
		}
		for _, v := range visits {
			g.last[l.No] = max(g.last[l.No], v.Seq)
			if v.State == inspect.VisitSubstituted {
				continue
			}
			g.visits[l.No] = append(g.visits[l.No], v)
			if v.Unit == unit && v.Kind != inspect.HH {
				g.Gone = inspect.UnitKey{Kind: v.Kind, ID: unit}
			}
		}
	}
	if len(g.visits[no]) == 0 {
		return nil, inspect.Refuse("leg.sealed", "Leg", no)
	}
	if g.Gone.ID == "" {
		return nil, inspect.Misuse("leg.no-unit", "Leg", no, "Unit", unit)
	}
	g.under = func(v *inspect.Visit) bool { return Beneath(f, v, g.Gone) }
	for _, l := range g.Legs {
		for i := range g.visits[l.No] {
			if v := &g.visits[l.No][i]; g.under(&v.Visit) && v.State != inspect.VisitOpen {
				return nil, inspect.Refuse("leg.reported", "ID", v.ID)
			}
		}
	}
	return g, nil
}

// findLegs finds the leg and whatever overlaps it, all of them still on their way.
func (g *Departure) findLegs(src Source, wave, no int) error {
	leg, err := LegOf(src, wave, no)
	if err != nil {
		return err
	}
	all, err := src.Legs(wave)
	if err != nil {
		return err
	}
	primary := leg.Twin
	if leg.Primary() {
		primary = leg.No
	}
	for _, l := range all {
		if l.No != primary && l.Twin != primary {
			continue
		}
		if err := l.MayGo(); err != nil {
			return err
		}
		if !l.Closed.IsZero() {
			return inspect.Refuse("leg.closed", "Leg", l.No, "At", l.Closed.Format(time.DateTime))
		}
		g.Legs = append(g.Legs, l)
	}
	slices.SortFunc(g.Legs, func(a, b inspect.StandingLeg) int {
		return cmp.Or(cmp.Compare(a.Twin, b.Twin), cmp.Compare(a.No, b.No))
	})
	return nil
}

// Beneath reports whether a visit is to the unit or to something below it. A county takes its whole
// leg along.
func Beneath(f *frame.Frame, v *inspect.Visit, unit inspect.UnitKey) bool {
	at := v.UnitKey()
	if unit.Kind == inspect.TS && at.Kind == inspect.VC {
		u, _ := f.Unit(inspect.VC, at.ID)
		return u.Township == unit.ID
	}
	return unit.Kind == inspect.CO || at == unit
}
