package assign

import (
	"container/heap"
	"math"
	"math/bits"
	"slices"
	"strconv"

	"zhicha/inspect"
)

// cost is a signed 128-bit integer: national legs · 2¹¹² + Σ load² · 2⁸⁰ + Σ tickets. With fewer
// than 2¹⁵ legs no part overflows into the one before, so comparing costs compares the parts
// lexicographically.
type cost struct {
	hi int64
	lo uint64
}

func (a cost) plus(b cost) cost {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	return cost{a.hi + b.hi + int64(carry), lo}
}

func (a cost) minus(b cost) cost {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	return cost{a.hi - b.hi - int64(borrow), lo}
}

func (a cost) less(b cost) bool { return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo }

// arc is a directed edge with what it can still carry. Arcs stand in pairs: arc i and its
// reverse i^1.
type arc struct {
	to   int
	room int
	cost cost
}

// network is a flow network; node 0 is the source, the last node the sink.
type network struct {
	arcs []arc
	out  [][]int // arc numbers by node
}

func (g *network) connect(from, to, room int, c cost) {
	g.out[from] = append(g.out[from], len(g.arcs))
	g.out[to] = append(g.out[to], len(g.arcs)+1)
	g.arcs = append(g.arcs, arc{to, room, c}, arc{from, 0, cost{}.minus(c)})
}

// push sends one unit along the path that ends at the sink with the arcs in via.
func (g *network) push(via []int) {
	for v := len(g.out) - 1; v != 0; {
		i := via[v]
		g.arcs[i].room--
		g.arcs[i^1].room++
		v = g.arcs[i^1].to
	}
}

// widest sends as many units as it can at any cost, by Dinic's algorithm, and returns how many.
func (g *network) widest() int {
	sent := 0
	for {
		level := g.levels()
		if level[len(level)-1] < 0 {
			return sent
		}
		next := make([]int, len(g.out))
		for n := -1; n != 0; sent += n {
			n = g.advance(0, math.MaxInt, level, next)
		}
	}
}

// levels returns each node's distance from the source in arcs that have room, or −1.
func (g *network) levels() []int {
	level := slices.Repeat([]int{-1}, len(g.out))
	level[0] = 0
	for line := []int{0}; len(line) > 0; line = line[1:] {
		for _, i := range g.out[line[0]] {
			if a := &g.arcs[i]; a.room > 0 && level[a.to] < 0 {
				level[a.to] = level[line[0]] + 1
				line = append(line, a.to)
			}
		}
	}
	return level
}

// advance sends up to n units from v to the sink along rising levels; next remembers per node
// which arcs lead nowhere.
func (g *network) advance(v, n int, level, next []int) int {
	if v == len(g.out)-1 {
		return n
	}
	for ; next[v] < len(g.out[v]); next[v]++ {
		i := g.out[v][next[v]]
		a := &g.arcs[i]
		if a.room == 0 || level[a.to] != level[v]+1 {
			continue
		}
		if m := g.advance(a.to, min(n, a.room), level, next); m > 0 {
			a.room -= m
			g.arcs[i^1].room += m
			return m
		}
	}
	return 0
}

// cheapest sends as many units as it can at the least cost, by successive shortest paths with
// Dijkstra's algorithm on reduced costs (Edmonds and Karp 1972). Arc costs are not negative.
func (g *network) cheapest() {
	n := len(g.out)
	potential, dist := make([]cost, n), make([]cost, n)
	via, state := make([]int, n), make([]byte, n) // 0 unseen, 1 reached, 2 settled
	for {
		clear(state)
		var q queue
		state[0], dist[0] = 1, cost{}
		q = append(q, entry{})
		for len(q) > 0 && state[n-1] != 2 {
			e := heap.Pop(&q).(entry)
			v := e.node
			if state[v] == 2 {
				continue
			}
			state[v] = 2
			base := dist[v].plus(potential[v])
			for _, i := range g.out[v] {
				a := &g.arcs[i]
				if a.room == 0 || state[a.to] == 2 {
					continue
				}
				d := base.plus(a.cost).minus(potential[a.to])
				if state[a.to] == 0 || d.less(dist[a.to]) {
					state[a.to], dist[a.to], via[a.to] = 1, d, i
					heap.Push(&q, entry{d, a.to})
				}
			}
		}
		if state[n-1] != 2 {
			return
		}
		for v := range n {
			if state[v] == 2 {
				potential[v] = potential[v].plus(dist[v]).minus(dist[n-1])
			}
		}
		g.push(via)
	}
}

type entry struct {
	dist cost
	node int
}

// queue is a heap of nodes by distance.
type queue []entry

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].dist.less(q[j].dist) }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(entry)) }
func (q *queue) Pop() any {
	old := *q
	e := old[len(old)-1]
	*q = old[:len(old)-1]
	return e
}

// network builds source → (others) → teams → regions → sink under the kept rules. All legs must
// be carried, so the third parties' least share is the others' greatest: the node in front of
// their teams. The k-th leg of a team costs 2k−1, which sums to load². Team arcs carry at most
// one leg per county.
func (d *demand) network(kept rule, priced bool) *network {
	team, region := 2, 2+len(d.Teams)
	g := &network{out: make([][]int, region+len(d.regions)+1)}
	total := 0
	for r := range d.regions {
		n := d.wants(r, kept)
		total += n
		g.connect(region+r, len(g.out)-1, n, cost{})
	}
	others := total
	if kept&thirdParty != 0 {
		others = d.others
	}
	g.connect(0, 1, others, cost{})
	for i := range d.Teams {
		t := &d.Teams[i]
		d.connectTeam(g, t, team+i, kept, priced)
		for r, name := range d.regions {
			if d.primary[r] == 0 || !d.may(t, name, kept) {
				continue
			}
			var c cost
			if priced {
				c.lo = d.Assign.Ticket("tie", d.try(name), "team", strconv.Itoa(t.No)).U()
			}
			g.connect(team+i, region+r, d.primary[r], c)
		}
	}
	return g
}

// connectTeam lets as many legs through to a team as it may take.
func (d *demand) connectTeam(g *network, t *inspect.Team, node int, kept rule, priced bool) {
	from, n := 1, min(d.limit(t, kept), len(d.Legs))
	if t.Kind == inspect.ThirdParty {
		from = 0
	}
	if !priced {
		g.connect(from, node, n, cost{})
		return
	}
	for k := range n {
		c := cost{hi: int64(2*k+1) << 16}
		if t.Kind == inspect.National {
			c.hi += 1 << 48
		}
		g.connect(from, node, 1, c)
	}
}

// wants is how many teams a region needs, counting both of an overlap leg.
func (d *demand) wants(r int, kept rule) int {
	if kept&overlapping == 0 {
		return d.primary[r]
	}
	return d.primary[r] + d.second[r]
}

// feasible reports whether every leg can have its teams under the kept rules.
func (d *demand) feasible(kept rule) bool {
	total := 0
	for r := range d.regions {
		total += d.wants(r, kept)
	}
	return d.network(kept, false).widest() == total
}

// cheapest returns how many legs of each region each team takes, [team][region].
func (d *demand) cheapest() [][]int {
	g := d.network(every, true)
	g.cheapest()
	out := make([][]int, len(d.Teams))
	for i := range out {
		out[i] = make([]int, len(d.regions))
		for _, a := range g.out[2+i] {
			if r := g.arcs[a].to - 2 - len(d.Teams); r >= 0 {
				out[i][r] = g.arcs[a^1].room
			}
		}
	}
	return out
}
