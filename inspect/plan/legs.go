package plan

import (
	"cmp"
	"slices"

	"zhicha/inspect"
)

// Legs are legs that are not in the database, looked up like those that are.
type Legs struct {
	legs   []inspect.StandingLeg
	Visits map[int][]inspect.StandingVisit
}

// LegsOf are the legs of a plan, none of them out yet.
func LegsOf(p *inspect.Plan) Legs {
	out := Legs{Visits: map[int][]inspect.StandingVisit{}}
	for _, l := range p.Legs {
		out.legs = append(out.legs, inspect.StandingLeg{Leg: l})
	}
	for _, v := range p.Visits {
		out.Visits[v.Leg] = append(out.Visits[v.Leg], inspect.StandingVisit{Visit: v, State: inspect.VisitOpen})
	}
	return out
}

// Legs returns all of them: they are of one wave.
func (p Legs) Legs(int) ([]inspect.StandingLeg, error) { return p.legs, nil }

// LegVisits returns the visits of one.
func (p Legs) LegVisits(_, leg int) ([]inspect.StandingVisit, error) { return p.Visits[leg], nil }

// Apply lets a change happen in memory.
func (p Legs) Apply(ch *Change) {
	for leg, visits := range p.Visits {
		for i := range visits {
			if slices.Contains(ch.Gone, visits[i].ID) {
				p.Visits[leg][i].State = inspect.VisitSubstituted
			}
		}
	}
	for _, v := range ch.Added {
		p.Visits[v.Leg] = append(p.Visits[v.Leg], inspect.StandingVisit{Visit: v, State: inspect.VisitOpen})
	}
}

// Source is where a departure looks up legs and visits: the database, or a plan that is not in it
// yet.
type Source interface {
	Legs(wave int) ([]inspect.StandingLeg, error)
	LegVisits(wave, leg int) ([]inspect.StandingVisit, error)
}

// LegOf is the leg with that number.
func LegOf(src Source, wave, no int) (inspect.StandingLeg, error) {
	legs, err := src.Legs(wave)
	i := slices.IndexFunc(legs, func(l inspect.StandingLeg) bool { return l.No == no })
	if err != nil || i < 0 {
		return inspect.StandingLeg{}, cmp.Or[error](err, inspect.Misuse("leg.unknown", "Leg", no, "Wave", wave))
	}
	return legs[i], nil
}
