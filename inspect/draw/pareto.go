package draw

import (
	"math/big"
	"slices"

	"zhicha/inspect"
)

// contender is a county with its ticket and the Pareto number q = U(1−π)/((2⁶⁴−U)π), kept as the
// fraction above/below of whole numbers.
type contender struct {
	index        int // in the stratum
	ticket       inspect.Ticket
	above, below *big.Int
}

// order returns the indexes of the stratum's units in the order of selection: smallest q first,
// equal q by ticket. The first `take` are drawn, the next are the reserves. Where all are taken
// π is 1 and every q is 0, so the order is that of the tickets.
func (s *stratum) order(key inspect.Key) []int {
	range64 := new(big.Int).Lsh(big.NewInt(1), 64)
	cs := make([]contender, len(s.units))
	ticket := key.Tickets("ticket", s.code, string(inspect.CO))
	for i, u := range s.units {
		t := ticket(u.ID)
		value := new(big.Int).SetUint64(t.U())
		above := new(big.Int).Sub(s.den, s.num[i])
		below := new(big.Int).Sub(range64, value)
		cs[i] = contender{i, t, above.Mul(above, value), below.Mul(below, s.num[i])}
	}
	var left, right big.Int
	slices.SortFunc(cs, func(a, b contender) int {
		left.Mul(a.above, b.below)
		right.Mul(b.above, a.below)
		if c := left.Cmp(&right); c != 0 {
			return c
		}
		return a.ticket.Compare(b.ticket)
	})
	out := make([]int, len(cs))
	for i, c := range cs {
		out[i] = c.index
	}
	return out
}

// shuffled returns the units by ticket under the label ticket: the order in which simple random
// sampling without replacement takes them. within is the set they are drawn from.
func shuffled(key inspect.Key, within string, kind inspect.Kind, units []inspect.Unit) []inspect.Unit {
	tickets, order := make([]inspect.Ticket, len(units)), make([]int, len(units))
	ticket := key.Tickets("ticket", within, string(kind))
	for i := range units {
		tickets[i], order[i] = ticket(units[i].ID), i
	}
	slices.SortFunc(order, func(a, b int) int { return tickets[a].Compare(tickets[b]) })
	out := make([]inspect.Unit, len(units))
	for place, i := range order {
		out[place] = units[i]
	}
	return out
}
