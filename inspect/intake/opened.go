package intake

import (
	"time"

	"zhicha/inspect"
)

// CheckOpened warns of every rung that a packet was opened at before its release was logged, by the
// phone's own clock: spare codes were used, or a code was known to somebody early.
func CheckOpened(file string, opened, released map[inspect.Rung]time.Time) (ps inspect.Problems) {
	const minutes = "2006-01-02 15:04"
	for _, rung := range inspect.Rungs {
		at, told := opened[rung], released[rung]
		if !at.IsZero() && !told.IsZero() && at.Add(clockSlack).Before(told) {
			ps = append(ps, inspect.Reject("intake.opened-early", inspect.Place{File: file, Field: string(rung)},
				"At", at.In(inspect.Beijing).Format(minutes), "Released", told.Format(minutes)))
		}
	}
	return ps
}
