package audit

import (
	"maps"
	"slices"

	"zhicha/inspect"
)

// compareLegs compares teams, days, hours and counties. A leg that never went out is named too:
// leaving some out would bend the sample.
func (a *auditing) compareLegs(legs []inspect.StandingLeg) {
	there := map[int]bool{}
	for _, l := range legs {
		there[l.No] = true
		want, ok := a.legs[l.No]
		switch {
		case !ok:
			a.differs("audit.leg-extra", "Leg", l.No)
		case want != l.Leg:
			a.differs("audit.leg", "Leg", l.No)
		default:
			a.out.Legs++
		}
	}
	for _, no := range slices.Sorted(maps.Keys(a.legs)) {
		if !there[no] {
			a.differs("audit.leg-missing", "Leg", no)
			delete(a.due, no)
		}
	}
}

func (a *auditing) compareCounties(counties []inspect.CountyDraw) {
	there := map[string]bool{}
	for _, c := range counties {
		there[c.County] = true
		if want, ok := a.counties[c.County]; !ok || want != c {
			a.differs("audit.county", "County", c.County)
		}
	}
	for _, no := range slices.Sorted(maps.Keys(a.due)) {
		if leg := a.legs[no]; leg.Primary() && !there[leg.County] {
			a.differs("audit.county", "County", leg.County)
		}
	}
}

// compareVisits compares every visit with the one that was due, and names what is left over on
// either side.
func (a *auditing) compareVisits() {
	for _, no := range slices.Sorted(maps.Keys(a.due)) {
		var ordered []inspect.StandingVisit
		for i := range a.due[no] {
			want := &a.due[no][i]
			made, ok := a.made[want.ID]
			delete(a.made, want.ID)
			if !ok {
				a.differs("audit.visit-missing", "ID", want.ID, "Kind", string(want.Kind), "Unit", want.Unit)
				continue
			}
			field := want.differsIn(&made)
			if field == "" && made.Second != a.second[want.ID] {
				field = "second"
			}
			if field != "" {
				a.differs("audit.visit", "ID", want.ID, "Field", field, "Unit", made.Unit, "Want", want.Unit)
			}
			if want.gone {
				continue
			}
			a.out.Visits++
			made.Order = want.Order // what was drawn, whatever the database says
			ordered = append(ordered, made)
		}
		a.compareHouseholds(ordered)
	}
	for _, id := range slices.Sorted(maps.Keys(a.made)) {
		v := a.made[id]
		a.differs("audit.visit-extra", "ID", id, "Kind", string(v.Kind), "Unit", v.Unit)
	}
}

// differsIn names the first field in which a visit made is not the visit due.
func (d *due) differsIn(made *inspect.StandingVisit) string {
	m := made.Visit
	gave := made.State == inspect.VisitSubstituted
	switch {
	case m.Kind != d.Kind || m.Unit != d.Unit:
		return "unit"
	case m.Wave != d.Wave || m.Leg != d.Leg || m.Seq != d.Seq:
		return "leg"
	case m.Day != max(d.Day, d.made[0]) && m.Day != max(d.Day, d.made[1]):
		return "day"
	case m.Slot != d.Slot || !slices.Equal(m.Order, d.Order):
		return "order"
	case m.WeightNum != d.WeightNum || m.WeightDen != d.WeightDen:
		return "weight"
	case m.Places != d.Places:
		return "places"
	case gave != d.gone:
		return "state"
	}
	return ""
}

// compareHouseholds holds every filed household of a leg against the drawn permutation of its
// village: each visit takes the next line of the register, or says why lines were passed over (R14).
func (a *auditing) compareHouseholds(visits []inspect.StandingVisit) {
	next := map[string]int{} // by village, the place in the order whose turn it is
	for i := range visits {
		v := &visits[i]
		if v.Kind != inspect.HH {
			continue
		}
		if v.Report == nil {
			next[v.Unit]++
			continue
		}
		a.out.Households++
		lines := slices.DeleteFunc(slices.Clone(v.Order), func(line int) bool { return line > v.Report.Register })
		at, turn := slices.Index(lines, v.Report.Household), next[v.Unit]
		if at < turn || at > turn && v.Report.Substitution == "" {
			expected := 0
			if turn < len(lines) {
				expected = lines[turn]
			}
			a.differs("audit.household", "ID", v.ID, "Line", v.Report.Household, "Expected", expected)
		}
		next[v.Unit] = max(at, turn) + 1
	}
}
