package assign

import (
	"slices"

	"zhicha/inspect"
)

// restarts is how often an overlap leg that found no day may be moved to the front.
const restarts = 64

// free returns the days of the window, from its first, on which a team can visit.
func (in *Input) free(t *inspect.Team) []bool {
	out := make([]bool, in.Window.From.Days(in.Window.To)+1)
	for i := range out {
		d := in.Window.From.Add(i)
		out[i] = (t.From == "" || d >= t.From) && (t.To == "" || d <= t.To) && !slices.Contains(in.Closed, d)
	}
	return out
}

// blocks is how many legs fit into the free days, each on LegDays consecutive ones.
func (in *Input) blocks(free []bool) int {
	n, run := 0, 0
	for _, f := range free {
		if run++; !f {
			run = 0
		}
		if run == in.LegDays {
			n, run = n+1, 0
		}
	}
	return n
}

// meet reports whether two teams could start a leg on the same day.
func (in *Input) meet(a, b []bool) bool {
	both := make([]bool, len(a))
	for i := range both {
		both[i] = a[i] && b[i]
	}
	return in.blocks(both) > 0
}

// diary is what a team still has to do and when it still can.
type diary struct {
	free []bool
	legs int
}

// takes books a leg from day s if the team is free and its other legs still fit afterwards.
func (in *Input) takes(d *diary, s int) bool {
	if s+in.LegDays > len(d.free) || slices.Contains(d.free[s:s+in.LegDays], false) {
		return false
	}
	in.mark(d, s, false)
	if in.blocks(d.free) < d.legs-1 {
		in.mark(d, s, true)
		return false
	}
	d.legs--
	return true
}

func (in *Input) mark(d *diary, s int, free bool) {
	for i := range in.LegDays {
		d.free[s+i] = free
	}
}

// place draws a first day for every pair, in the order of pairs, or reports that some overlap leg
// has none. A leg of one team always finds a day, since every step keeps room for it.
func (in *Input) place(pairs []Pair, key inspect.Key) ([]inspect.Date, bool) {
	order := in.placing(pairs, key)
	base := map[int]*diary{}
	for i := range in.Teams {
		base[in.Teams[i].No] = &diary{free: in.free(&in.Teams[i])}
	}
	days := make([]inspect.Date, in.Window.From.Days(in.Window.To)+1)
	for i := range days {
		days[i] = in.Window.From.Add(i)
	}
	for range restarts {
		starts, stuck := in.placeAll(pairs, order, days, base, key)
		if stuck < 0 {
			return starts, true
		}
		moved := order[stuck]
		order = slices.Insert(slices.Delete(order, stuck, stuck+1), 0, moved)
	}
	return nil, false
}

// placing is the order in which pairs are placed: overlap legs first, then by ticket.
func (in *Input) placing(pairs []Pair, key inspect.Key) []int {
	tickets := make([]inspect.Ticket, len(pairs))
	order := make([]int, len(pairs))
	for i, p := range pairs {
		tickets[i], order[i] = key.Ticket("ticket", "start", string(inspect.CO), p.County), i
	}
	slices.SortFunc(order, func(a, b int) int {
		if (pairs[a].Second != 0) != (pairs[b].Second != 0) {
			if pairs[a].Second != 0 {
				return -1
			}
			return 1
		}
		return tickets[a].Compare(tickets[b])
	})
	return order
}

// placeAll places the pairs in order; stuck is the place in order of the first that cannot, or −1.
func (in *Input) placeAll(pairs []Pair, order []int, days []inspect.Date, base map[int]*diary, key inspect.Key) (starts []inspect.Date, stuck int) {
	diaries := make(map[int]*diary, len(base))
	for no, d := range base {
		diaries[no] = &diary{free: slices.Clone(d.free)}
	}
	for _, p := range pairs {
		diaries[p.Team].legs++
		if p.Second != 0 {
			diaries[p.Second].legs++
		}
	}
	starts = make([]inspect.Date, len(pairs))
	for at, i := range order {
		p := pairs[i]
		for _, day := range in.firstDays(p.County, days, key) {
			if in.takes(diaries[p.Team], day) {
				if p.Second == 0 || in.takes(diaries[p.Second], day) {
					starts[i] = days[day]
					break
				}
				diaries[p.Team].legs++
				in.mark(diaries[p.Team], day, true)
			}
		}
		if starts[i] == "" {
			return nil, at
		}
	}
	return starts, -1
}

// firstDays returns the days of the window, as offsets, in the order a county tries them.
func (in *Input) firstDays(county string, days []inspect.Date, key inspect.Key) []int {
	tickets := make([]inspect.Ticket, len(days))
	order := make([]int, len(days))
	for i, d := range days {
		tickets[i], order[i] = key.Ticket("day", county, "", string(d)), i
	}
	slices.SortFunc(order, func(a, b int) int { return tickets[a].Compare(tickets[b]) })
	return order
}
