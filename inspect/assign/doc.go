// Package assign decides which team checks which drawn county, and when.
//
// It serves the office on the day of the draw, and every stranger who recomputes the assignment
// from the public team table and the revealed key. It must never relax a rule in silence: where
// no assignment keeps all of them, it names rules and regions that cannot be kept together. It
// must never read a clock, a file or a random source, use a floating-point number, or let the
// order of its input decide anything; and it must never see a roster.
//
// # Who goes where
//
// The regions that have a leg or a team sit at a round table in the order of their tickets
// (label seat, stratum the seating's counter in decimal, kind empty). A team with a home may
// check only the ⌊(R−1)/2⌋ regions after its own: never its home, and where A may check B, B may
// not check A. Teams without a home may go anywhere. Seating 0 is tried first; if it cannot be
// kept, 1 to 63.
//
// How many legs of a region each team takes is an integer minimum-cost flow. Costs are compared
// lexicographically: first the number of legs given to national teams, which are a reserve; then
// Σ load², which balances the load; then (travel between regions is unknown and counts nothing)
// the sum of the tickets, label tie, stratum region/counter, kind team, id the team's number. By the
// isolation lemma (Mulmuley, Vazirani and Vazirani, Combinatorica 7, 1987) random 64-bit tickets
// leave two optima with a probability of at most Σ capacities of the arcs / 2⁶⁴, under 10⁻¹² for
// 600 teams and 3,000 legs: the optimum is unique, whatever algorithm finds it.
//
// Within a region the counties line up by ticket (label ticket, stratum the region, kind CO),
// overlap legs first, and the teams by ticket (label ticket, stratum region/counter/attempt, kind team),
// each as often as the flow says. The first teams in the line take the counties one by one; the
// rest begin again at the first county, as second teams of the overlap legs. A team takes at
// most as many legs of a region as it has counties, so it never meets itself. The attempt, from
// 0 to 63, is the first in which both teams of every overlap leg have days in common.
//
// # When
//
// Every leg takes consecutive days without a closed one. Overlap legs are placed first, the rest
// after them, each in ticket order (label ticket, stratum start, kind CO); a leg's possible first
// days are tried by ticket (label day, stratum the county, kind empty, id the date), and the first
// is taken after which each of its teams still has room for its other legs. Where an overlap leg
// finds none, the one before it takes its next; after 100 such steps back the leg that got
// furthest without a day moves to the front and all begins again, up to 32 beginnings. A seating
// counts only if this succeeds under the assign key; the days themselves are drawn under the
// schedule key, and under the assign key only if that one fails.
package assign
