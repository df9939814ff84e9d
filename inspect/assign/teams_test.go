package assign

import (
	"testing"

	"zhicha/inspect"
)

func TestTeamsNeeded(t *testing.T) {
	two := inspect.Window{From: "2023-01-07", To: "2023-01-20"} // 14 days
	for _, c := range []struct{ legs, perTeam, days, closed, want int }{
		{12, 4, 3, 0, 3}, {13, 4, 3, 0, 4}, {12, 9, 3, 0, 3}, {12, 9, 3, 2, 3}, {12, 9, 3, 3, 4}, {1, 4, 30, 0, 1}, {0, 4, 3, 0, 0}, {8, 1, 1, 0, 8},
	} {
		if got := TeamsNeeded(c.legs, inspect.AssignRule{LegsPerTeamMax: c.perTeam, LegDays: c.days}, two, c.closed); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}
