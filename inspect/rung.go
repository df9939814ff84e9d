package inspect

import (
	"cmp"
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

// Book 启封码册 holds the codes of one rung that may be told on one day, or that evening, and what they open.
type Book struct {
	Day  Date `json:"day"`
	Rung Rung `json:"rung"`
}

// Book is the code book that holds a rung of the leg: that of the day before its first for the rung that
// is told on the evening before, else that of its first day.
func (l *Leg) Book(r Rung) Book {
	if r == RungProvince {
		return Book{l.Start.Add(-1), r}
	}
	return Book{l.Start, r}
}

// Books lists the code books of a window in the order in which they are opened: one for every rung and
// every day on which a leg could begin.
func Books(w Window) (out []Book) {
	for start := w.From; start <= w.To; start = start.Add(1) {
		l := Leg{Start: start}
		for _, r := range Rungs {
			out = append(out, l.Book(r))
		}
	}
	slices.SortStableFunc(out, func(a, b Book) int { return cmp.Compare(a.Day, b.Day) })
	return out
}

// Asked reports whether a book is to be opened on a day: those of earlier days all, of the day itself the
// rung asked for and those outside it. Without a rung all but the village is meant: what the last code
// opens stays closed until somebody asks for it by name, or its day is over.
func (b Book) Asked(day Date, r Rung) bool {
	if r == "" {
		r = RungCounty
	}
	return b.Day < day || b.Day == day && slices.Index(Rungs, b.Rung) <= slices.Index(Rungs, r)
}

// Due is the earliest moment at which the code of a rung may be told.
func (l *Leg) Due(r Rung) time.Time {
	if r == RungProvince {
		return l.Book(r).Day.Time().Add(eveningFrom)
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
