package assign

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"zhicha/inspect"
)

// attempts is how many orders of the teams are tried in a region before its seating is given up.
const attempts = 64

// deal hands the legs of every region to the teams the flow chose for it, and reports whether
// both teams of every overlap leg can find a day.
func (d *demand) deal(taken [][]int, overlap map[string]bool) ([]Pair, bool) {
	free := map[int][]bool{}
	for i := range d.Teams {
		free[d.Teams[i].No] = d.free(&d.Teams[i])
	}
	var pairs []Pair
	for r, region := range d.regions {
		line := d.counties(region, overlap)
		met := len(line) == 0
		for attempt := 0; attempt < attempts && !met; attempt++ {
			dealt := round(line, d.teamLine(region, attempt, taken, r))
			met = !slices.ContainsFunc(dealt, func(p Pair) bool {
				return p.Second != 0 && !d.meet(free[p.Team], free[p.Second])
			})
			if met {
				pairs = append(pairs, dealt...)
			}
		}
		if !met {
			return nil, false
		}
	}
	slices.SortFunc(pairs, func(a, b Pair) int { return strings.Compare(a.County, b.County) })
	return pairs, true
}

// counties lines up the legs of a region: overlap legs first, each part in ticket order.
func (w *wave) counties(region string, overlap map[string]bool) []Pair {
	var first, rest []inspect.Ticket
	for _, l := range w.Legs {
		if l.Region != region {
			continue
		}
		t := w.Assign.Ticket("ticket", region, string(inspect.CO), l.County)
		if overlap[l.County] {
			first = append(first, t)
		} else {
			rest = append(rest, t)
		}
	}
	slices.SortFunc(first, inspect.Ticket.Compare)
	slices.SortFunc(rest, inspect.Ticket.Compare)
	var out []Pair
	for _, t := range append(first, rest...) {
		out = append(out, Pair{County: t.ID, Region: region})
	}
	return out
}

// try names a region in the tickets of one seating, so that a new seating draws anew even where
// the ring does not bind.
func (t *table) try(region string) string { return fmt.Sprintf("%s/%d", region, t.counter) }

// teamLine lines up the teams of a region, each as often as it takes a leg there.
func (t *table) teamLine(region string, attempt int, taken [][]int, r int) []int {
	var ts []inspect.Ticket
	for i, team := range t.Teams {
		for range taken[i][r] {
			ts = append(ts, t.Assign.Ticket("ticket", fmt.Sprintf("%s/%d", t.try(region), attempt), "team", strconv.Itoa(team.No)))
		}
	}
	slices.SortFunc(ts, inspect.Ticket.Compare)
	out := make([]int, len(ts))
	for i, ticket := range ts {
		out[i], _ = strconv.Atoi(ticket.ID)
	}
	return out
}

// round deals the team line to the counties, going back to the first county after the last.
func round(line []Pair, teams []int) []Pair {
	out := slices.Clone(line)
	for i, no := range teams {
		if i < len(out) {
			out[i].Team = no
		} else {
			out[i-len(out)].Second = no
		}
	}
	return out
}
