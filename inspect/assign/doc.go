// Package assign decides which team checks which drawn county, and when.
//
// It serves the office on the day of the draw, and every stranger who recomputes the assignment
// from the public team table and the revealed key. It must never relax a rule in silence: where no
// assignment keeps all of them, it names rules and regions that cannot be kept together. It must
// never read a clock, a file or a random source, use a floating-point number, or let the order of
// its input decide anything; and it must never see a roster.
//
// What follows is the rule, a part of zhicha/1; inspect/draw/SPEC.md, sections 10 and 11, says the
// same for a second implementation, with vectors.
//
// # Tickets
//
// All chance is in tickets, as in package draw: T(label, set, kind, id) = HMAC-SHA256(key,
// LP(label, set, kind, id)), ordered by digest, then by id; U is the first 64 bits. The key is the
// assign key where no other is named. It is revealed with the county key, so that anybody can see
// who was sent where; the schedule key, which numbers the packets and picks the days, is opened to
// auditors only.
//
// # Legs and teams
//
// Every drawn county is one leg. The ⌈L·overlap_percent/100⌉ of the L counties that are first in
// order of T("ticket", "overlap", "CO", county) are overlap legs: a second team goes there too, and
// what both find tells how far inspectors agree. V is the number of legs of both sorts together. A
// team is provincial (it has a home region), of a third party (it may have one) or national (it has
// none).
//
// # Who may go where
//
// The regions that have a leg or are a team's home sit at a round table of R in order of T("seat",
// s, "", region), s = 0 … 63 (Seatings) being the seating's number. A team may check a region if
// all of this holds:
//
//   - it has no home, or the region sits 1 to ⌊(R−1)/2⌋ places after it: a team never checks its
//     home, and where A may check B, B may not check A;
//   - the region is not among those the team may not check, nor among those it checked last time;
//   - the team has inspectors and women enough for the rule;
//   - it speaks every language that the rule asks for in that region.
//
// It takes no more legs than its capacity, than legs_per_team_max (0 sets no limit) and than fit
// into its days. Teams that are no third party's take at most V − ⌈V·third_party_percent/100⌉ legs
// together.
//
// # How many legs of which region
//
// Of all whole numbers x(team, region) that keep these rules, give every region its legs and a team
// at most as many legs of a region as that has counties, those count for which these sums are
// least, the first of them first:
//
//  1. the legs of national teams, which are a reserve;
//  2. Σ over teams of (legs of the team)², which balances the load;
//  3. Σ x · U of T("tie", region/s, "team", number). Travel between regions is unknown and counts
//     nothing.
//
// This is a minimum-cost flow source → (others →) team → region → sink, in which a team's k-th leg
// costs 2k−1 in the second sum. The three sums are one cost of 128 bits, first · 2¹¹² + second ·
// 2⁸⁰ + third, of which no part reaches the next as long as V < 2¹⁵. It is found by successive
// shortest paths with Dijkstra's algorithm on reduced costs (Edmonds and Karp, Journal of the ACM
// 19, 1972). By the isolation lemma (Mulmuley, Vazirani and Vazirani, Combinatorica 7, 1987) random
// 64-bit tickets leave two optima with a probability of at most Σ capacities of the arcs / 2⁶⁴,
// under 10⁻¹² for 600 teams and 3,000 legs: the optimum is unique, whatever algorithm finds it.
//
// # Which team goes to which county
//
// Within a region the counties stand in line, overlap legs first, the others after, each part in
// order of T("ticket", region, "CO", county). The teams stand in order of T("ticket", region/s/e,
// "team", number), each as often as it has legs there. The first teams take the counties one by
// one; the rest begin again at the first county, as second teams of the overlap legs. As a team
// takes at most as many legs as there are counties, it never meets itself. The attempt e, from 0 to
// 63, is the first in which the days on which both teams of every overlap leg are free hold a leg.
//
// # When
//
// A team is free on the days of the window (at most 366) that are not closed and lie within its own
// first and last day. A leg takes LegDays consecutive days. Overlap legs are placed first, the
// others after, each part in order of T("ticket", "start", "CO", county); a leg tries the days of
// the window in order of T("day", county, "", date) and takes the first on which each of its teams
// is free throughout and keeps room for its other legs. Where a leg finds none, the one before it
// tries its next. When all were tried, or more than 100 bookings were undone, the leg that got
// furthest without a day moves to the front and all begins again, for 32 beginnings at most. The
// keys of these tickets are
//
//   - the assign key, when it is asked whether a seating will do;
//   - the schedule key for the days themselves, so that they cannot be told from what is revealed;
//     only where this finds no way are they those of the assign key.
//
// # Which seating
//
// The first that has x, an attempt in every region, and days under the assign key. Where none of
// the 64 has, the error names the conflict: rules and regions without any one of which there would
// be an assignment under seating 0 (a deletion filter), or, where only the days fail, that they do.
//
// # Numbers
//
// Every pair of a county and a team is a leg of the plan. They are numbered from 1 in order of
// T("ticket", "leg", "primary" or "twin", county) under the schedule key, so that a number tells
// nothing. The hours of a leg are the first in the list that name its region, or none.
package assign
