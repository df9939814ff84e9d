package assign

import "zhicha/inspect"

// TeamsNeeded is the fewest teams that can carry so many legs in a window: each takes at most as many
// legs as the rule allows and as its days leave room for.
func TeamsNeeded(legs int, rule inspect.AssignRule, window inspect.Window, closed int) int {
	days := window.From.Days(window.To) + 1 - closed
	each := max(1, min(rule.LegsPerTeamMax, days/max(1, rule.LegDays)))
	return (legs + each - 1) / each
}
