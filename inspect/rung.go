package inspect

import (
	"slices"
	"time"
)

// Rung 层级 is a step of the disclosure ladder of a leg: what its code opens, and when it may be told.
type Rung string

// The rungs, from the outside in. The household order follows without a code, once the count of the
// village's register is locked.
const (
	RungProvince Rung = "province" // the evening before: the reporting unit and the days of travel
	RungCounty   Rung = "county"   // at departure
	RungVillage  Rung = "village"  // on arrival in the county: every unit, and the form
)

// Rungs lists every rung in the order in which they are released.
var Rungs = []Rung{RungProvince, RungCounty, RungVillage}

// eveningFrom is the hour from which the first rung may be told on the evening before.
const eveningFrom = 17 * time.Hour

// BookDay is the day whose code book holds the leg: the day before its first, since its first code is
// told on that evening.
func (l *Leg) BookDay() Date { return l.Start.Add(-1) }

// Due is the earliest moment at which the code of a rung may be told.
func (l *Leg) Due(r Rung) time.Time {
	if r == RungProvince {
		return l.BookDay().Time().Add(eveningFrom)
	}
	return l.Start.Time()
}

// CheckRelease refuses a rung that is not one, comes before the one outside it, or before its time.
// released is when each rung of the leg was first told. Telling a rung again is allowed: a bad line
// is no reason to turn back.
func (l *Leg) CheckRelease(r Rung, released map[Rung]time.Time, now time.Time) error {
	i := slices.Index(Rungs, r)
	if i < 0 {
		return Misuse("packet.rung-unknown", "Rung", string(r))
	}
	if i > 0 && released[Rungs[i-1]].IsZero() {
		return Refuse("packet.rung-order", "Packet", l.No, "Rung", string(r), "First", string(Rungs[i-1]))
	}
	if due := l.Due(r); now.Before(due) {
		return Refuse("packet.rung-early", "Packet", l.No, "Rung", string(r), "Due", due.Format("2006-01-02 15:04"))
	}
	return nil
}
