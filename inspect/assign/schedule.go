package assign

import (
	"slices"

	"zhicha/inspect"
)

// A search for a schedule begins again at most `restarts` times and gives up an order of placing
// after `deadEnds` bookings had to be undone.
const (
	restarts = 32
	deadEnds = 100
)

// free returns the days of the window, from its first, on which a team can visit.
func (w *wave) free(t *inspect.Team) []bool {
	out := slices.Clone(w.open)
	for i, d := range w.days {
		out[i] = out[i] && (t.From == "" || d >= t.From) && (t.To == "" || d <= t.To)
	}
	return out
}

// blocks is how many legs fit into the free days, each on LegDays consecutive ones.
func (w *wave) blocks(free []bool) int {
	n, run := 0, 0
	for _, f := range free {
		if run++; !f {
			run = 0
		}
		if run == w.LegDays {
			n, run = n+1, 0
		}
	}
	return n
}

// meet reports whether two teams could start a leg on the same day.
func (w *wave) meet(a, b []bool) bool {
	both := make([]bool, len(a))
	for i := range both {
		both[i] = a[i] && b[i]
	}
	return w.blocks(both) > 0
}

// diary is what a team still has to do and when it still can.
type diary struct {
	free []bool
	legs int
}

// takes books a leg from day s if the team is free and its other legs still fit afterwards.
func (w *wave) takes(d *diary, s int) bool {
	if s+w.LegDays > len(d.free) || slices.Contains(d.free[s:s+w.LegDays], false) {
		return false
	}
	w.mark(d, s, false)
	if w.blocks(d.free) < d.legs-1 {
		w.mark(d, s, true)
		return false
	}
	d.legs--
	return true
}

func (w *wave) mark(d *diary, s int, free bool) {
	for i := range w.LegDays {
		d.free[s+i] = free
	}
}

// place draws a first day for every pair, in the order of pairs, or reports that it found no way
// to fit the overlap legs. A leg of one team always finds a day, since every step keeps room for it.
func (w *wave) place(pairs []Pair, key inspect.Key) ([]inspect.Date, bool) {
	s := &search{wave: w, pairs: pairs, order: w.placing(pairs, key), starts: make([]int, len(pairs))}
	for _, p := range pairs {
		s.tries = append(s.tries, w.firstDays(p.County, key))
	}
	for range restarts {
		if s.begin(); s.from(0) {
			out := make([]inspect.Date, len(pairs))
			for i, day := range s.starts {
				out[i] = w.days[day]
			}
			return out, true
		}
		moved := s.order[s.deepest]
		s.order = slices.Insert(slices.Delete(s.order, s.deepest, s.deepest+1), 0, moved)
	}
	return nil, false
}

// placing is the order in which pairs are placed: overlap legs first, then by ticket.
func (w *wave) placing(pairs []Pair, key inspect.Key) []int {
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

// search places pairs one after the other, going back where one finds no day.
type search struct {
	*wave
	pairs   []Pair
	order   []int   // of placing
	tries   [][]int // by pair: first days, as offsets, in the order in which they are tried
	starts  []int   // by pair
	diaries map[int]*diary
	deepest int // last place in order that found no day
	left    int // dead ends until this order is given up
}

// begin empties the diaries.
func (s *search) begin() {
	s.diaries, s.deepest, s.left = make(map[int]*diary, len(s.Teams)), 0, deadEnds
	for i := range s.Teams {
		s.diaries[s.Teams[i].No] = &diary{free: s.free(&s.Teams[i])}
	}
	for _, p := range s.pairs {
		for _, d := range s.both(p) {
			d.legs++
		}
	}
}

// both returns the diaries of the teams of a pair: two, or one where there is no second.
func (s *search) both(p Pair) []*diary {
	if p.Second == 0 {
		return []*diary{s.diaries[p.Team]}
	}
	return []*diary{s.diaries[p.Team], s.diaries[p.Second]}
}

// from places the pairs from that place in order on.
func (s *search) from(at int) bool {
	if at == len(s.order) {
		return true
	}
	i := s.order[at]
	teams := s.both(s.pairs[i])
	for _, day := range s.tries[i] {
		if !s.book(teams, day) {
			continue
		}
		if s.starts[i] = day; s.from(at + 1) {
			return true
		}
		for _, d := range teams {
			s.mark(d, day, true)
			d.legs++
		}
		if s.left--; s.left < 0 {
			return false
		}
	}
	s.deepest = max(s.deepest, at)
	return false
}

// book enters a leg from that day into all diaries, or none.
func (s *search) book(teams []*diary, day int) bool {
	for i, d := range teams {
		if s.takes(d, day) {
			continue
		}
		for _, d := range teams[:i] {
			s.mark(d, day, true)
			d.legs++
		}
		return false
	}
	return true
}

// firstDays returns the days of the window, as offsets, in the order a county tries them.
func (w *wave) firstDays(county string, key inspect.Key) []int {
	tickets := make([]inspect.Ticket, len(w.days))
	order := make([]int, len(w.days))
	for i, d := range w.days {
		tickets[i], order[i] = key.Ticket("day", county, "", string(d)), i
	}
	slices.SortFunc(order, func(a, b int) int { return tickets[a].Compare(tickets[b]) })
	return order
}
