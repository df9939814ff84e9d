package assign

import (
	"slices"
	"strconv"

	"zhicha/inspect"
)

// rule is one thing an assignment must keep; rules combine as bits.
type rule uint16

const (
	roundTable rule = 1 << iota
	forbidden
	lastRegion
	language
	teamMin
	womenMin
	capacity
	legsMax
	days
	thirdParty
	overlapping
	every rule = 1<<iota - 1
)

// ruleNames are the parts of the problem ids under which a conflict names its rules.
var ruleNames = []struct {
	rule rule
	name string
}{
	{roundTable, "table"}, {forbidden, "forbidden"}, {lastRegion, "last-region"}, {language, "language"},
	{teamMin, "team-min"}, {womenMin, "women-min"}, {capacity, "capacity"}, {legsMax, "legs-max"}, {days, "days"},
	{thirdParty, "third-party"}, {overlapping, "overlap"},
}

// table is the input under one seating.
type table struct {
	*wave
	counter int // of the seating
	seats   []string
	place   map[string]int
}

// seat puts every region that has a leg or a team at the table.
func (w *wave) seat(counter int) *table {
	var names []string
	for _, l := range w.Legs {
		names = append(names, l.Region)
	}
	for _, t := range w.Teams {
		if t.Home != "" {
			names = append(names, t.Home)
		}
	}
	slices.Sort(names)
	var ts []inspect.Ticket
	for _, name := range slices.Compact(names) {
		ts = append(ts, w.Assign.Ticket("seat", strconv.Itoa(counter), "", name))
	}
	slices.SortFunc(ts, inspect.Ticket.Compare)
	t := &table{wave: w, counter: counter, place: make(map[string]int, len(ts))}
	for i, ticket := range ts {
		t.seats = append(t.seats, ticket.ID)
		t.place[ticket.ID] = i
	}
	return t
}

// may reports whether the kept rules let a team check a region.
func (t *table) may(team *inspect.Team, region string, kept rule) bool {
	if kept&roundTable != 0 && team.Home != "" {
		r := len(t.seats)
		if ahead := (t.place[region] - t.place[team.Home] + r) % r; ahead == 0 || ahead > (r-1)/2 {
			return false
		}
	}
	if kept&forbidden != 0 && slices.Contains(team.Forbidden, region) ||
		kept&lastRegion != 0 && slices.Contains(team.LastRegion, region) ||
		kept&teamMin != 0 && team.Inspectors < t.Rule.TeamMin ||
		kept&womenMin != 0 && team.Women < t.Rule.WomenMin {
		return false
	}
	return kept&language == 0 || !slices.ContainsFunc(t.Rule.Languages, func(l inspect.Language) bool {
		return slices.ContainsFunc(l.Regions, func(r string) bool { return inspect.Within(region, r) }) && !slices.Contains(team.Languages, l.Language)
	})
}

// limit is how many legs the kept rules let a team take: its own capacity, the wave's maximum (0
// means none) and what fits into its days.
func (t *table) limit(team *inspect.Team, kept rule) int {
	n := 2 * len(t.Legs)
	if kept&capacity != 0 {
		n = min(n, team.Capacity)
	}
	if kept&legsMax != 0 && t.Rule.LegsPerTeamMax > 0 {
		n = min(n, t.Rule.LegsPerTeamMax)
	}
	if kept&days != 0 {
		n = min(n, t.blocks(t.free(team)))
	}
	return max(n, 0)
}

// demand is how many legs each region has, in the order of region codes.
type demand struct {
	*table
	regions []string
	primary []int
	second  []int
	others  int // legs that need not be a third party's
}

func (t *table) demand(overlap map[string]bool) *demand {
	d := &demand{table: t}
	d.regions = slices.Sorted(slices.Values(t.seats))
	d.primary, d.second = make([]int, len(d.regions)), make([]int, len(d.regions))
	for _, l := range t.Legs {
		i, _ := slices.BinarySearch(d.regions, l.Region)
		d.primary[i]++
		if overlap[l.County] {
			d.second[i]++
		}
	}
	total := len(t.Legs) + len(overlap)
	d.others = total - percentUp(t.Rule.ThirdPartyPercent, total)
	return d
}
