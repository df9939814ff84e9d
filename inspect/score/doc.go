// Package score turns approved reports and a checklist into scores: of items, sections, regions
// and the nation, each with a design-based interval, the band it earns, and a trace that leads
// every lost point back to the answer that lost it.
//
// It serves the office (score, explain, freeze, correct) and, through release, the public. It must never
// read a clock or a file, never score a visit outside the random sample (Select says
// which legs those are), and never infer a red line from an answer. What follows
// is the whole rule, in the order in which it is applied; package estimate has the formulae for
// means, variances and intervals, with their sources.
//
// # One visit
//
// A cell is an item on a kind of unit. Its weight w is the item's weight times the kind's share of
// it (equal shares unless the checklist says otherwise), so that many villages do not drown one
// office. All w are brought to one denominator and are whole numbers.
//
//  1. An item answered "na" leaves the denominator. Of two answers to an item the last counts.
//  2. An item left blank, answered "unverified" or outside its domain, or learned by a method the
//     checklist does not know, is unverified, and so is every item of a visit whose evidence is
//     of grade C: not knowing is never better than knowing.
//  3. A visit of which more than a quarter of the remaining weight is unverified is left out as
//     incomplete; exactly a quarter is not more. One with nothing left to answer is left out too,
//     and a household whose village register was not counted, since it has no weight.
//  4. What is left earns its fraction, 0 to 1. The visit's own score is 100·Σ w·fraction / Σ w.
//
// # One county, a region, the nation
//
// A visit's weight within its county is that of the draw, times the lines of the register for a
// household. A county's mean of a cell is Σ weight·fraction / Σ weight. With g the county's size
// over its inclusion probability (an exact fraction, rounded once), a region's mean of a cell is
//
//	m = Σ g·mean / Σ g, over its counties with data in the cell
//
// and its score, as that of a section or an item in it, is 100·Σ w·m / Σ w over the cells that
// have data; the others drop out and the rest makes 100. A part that carries s of these 100 points
// and scores x has lost s·(100 − x)/100 of them. The nation is computed like a region, from all
// counties at once: it is not the mean of the regions.
//
// The share of substitutes is that of the scored household visits that were not the first in
// their order.
//
// # Precision
//
// A county's linearised value is that of the whole composite, Z = 100·Σ w·e / Σ w, so that the
// covariance of items is in it. A region is one stratum with all its drawn counties, visited or
// not; the strata of the nation are the regions. Counties count as drawn with replacement:
//
//	V = Σ over strata of n/(n−1)·Σ (Z − Z̄)²
//
// A region with a single county has a score and no precision, whatever the rule; the rule decides
// what it adds to the variance of the nation, and "fail" refuses to compute at all. The whole and
// sections have t intervals, cut off at 0 and 100. Items are proportions and have that of Korn and
// Graubard, with n the visits at which the item counted. Without a degree of freedom the interval
// is 0 to 100.
//
// # Bands
//
// Bonus and penalty are constants: score and both ends move by bonus − penalty and stop at 0 and
// 100; the half-width stays. The checklist says how large they may be, and the cuts of the bands.
// A region has no band for the first of these reasons that holds:
//
//	no-data       nothing was scored
//	few-counties  fewer counties with data than MinCounties (6)
//	few-visits    fewer scored visits than MinVisits (8)
//	wide          no degree of freedom, or a half-width above MaxHalf (10 points)
//	two-cuts      the interval crosses two cuts or more: three bands say nothing
//
// Otherwise it has the band its interval lies in, or the two it reaches into, the better first. A
// cut belongs to the band above. What is compared is what is printed: one decimal, half away from
// zero, from the six decimals that are frozen. Rounding is the last thing done to a number.
//
// A confirmed red line caps the score of its own visit (at 59 in the embedded checklist), which
// enters no other number, and lowers each band of its region by one: once however many there are,
// after everything else, never below the worst, and only where the same number of visits was
// planned in every region, since more visits find more.
//
// # Computed again
//
// With a frozen result is published, of every region, the sorted list z of its counties' Z and the
// sorted list of what the same counties add to the nation, "nation". The counties with data are as
// many as the region says, and which of the list they are does not matter. From this a stranger
// computes the rest again, as Recompute does; two numbers agree if they differ by no more than
// 0.0001, since each was rounded to six decimals. Of a region, and of the nation:
//
//   - the values of a list z add up to 0, and those of all lists "nation" together
//   - planned = visits + left + missing, none negative; the nation's, and its counties, are the sums
//   - of an item: mean from 0 to 1, score = 100·mean, lost = weight·(1 − mean), visits at most the
//     region's; one that is not known has weight, mean and score 0
//   - of a section: weight = Σ weight of its items, lost = weight − Σ weight·mean, known where its
//     weight is above 0, and then score·weight/100 = Σ weight·mean
//   - sample = Σ weight·mean over all items; the weights make 100, and 0 where nothing is known
//   - V and df from the lists (package estimate): a region under the rule "certainty", the nation
//     under the rules' own with the regions as strata in their order; se = √V. With "fail" and a
//     single county, and wherever df is below 1, V and df are 0 and half is 50
//   - half = t·se, the ends sample ± half cut off at 0 and 100; score, low and high are sample and
//     ends, moved by bonus − penalty and stopped at 0 and 100
//   - low ≤ score ≤ high and at least one visit and county wherever an item or section is known;
//     df is counties − 1 in a region and below counties in the nation; where a region is not known, all its
//     numbers but planned, left and missing are 0
//   - bands and reason as above, of score and ends as published; reason is empty where there are
//     bands. Where it was lowered each band gives way to the next, one that came twice stands once;
//     it can have been lowered only where all regions had the same number of visits planned
//
// Where a number has df 0 its interval is the whole scale.
//
// Some members rest on more than is published and are held to make sense only: the mean of an item,
// which rests on the answers; intervals of items and sections, and the counts behind them, which
// rest on values by county of their own; the share of substitutes; whether a red line lowered the
// worst band. Whoever changes a mean, its section and the whole so that they agree passes here and
// not the digest in the ledger; whether the frozen means were found is for the auditor.
//
// # Frozen
//
// The same input in any order gives the same result, bit for bit: counties are sorted by region
// and id, visits by id, cells by the checklist, and sums run in that order. A result is frozen as
// canonical JSON, every number that is not a count as text with six decimals, and known by its
// SHA-256. What is shown and graded is rounded from these six decimals, never from more, so that
// the result in memory and the text read again show the same. Once frozen, a wave is scored anew by
// a numbered correction only; Moves are what it changes for whom, as it shows.
//
// # Published
//
// The published part of a result is all of it but the counties' names and sizes, the visits and
// their own scores: the digest of the checklist, the rules, the nation, and every region with two
// lists of numbers beside it, the linearised values Z of its drawn counties in the region's
// composite and in the nation's. There is no g: with it a value would tell its county. Each list is
// sorted by itself, and so tells neither which county a value is of nor which two belong together.
// The ledger's entry binds the part before anything is published, with 32 random bytes of salt that
// are published with it:
//
//	SHA-256(lp("zhicha/1 score", salt, canonical JSON of the part))
//
// with lp as in inspect/draw/SPEC.md. Without the salt, whoever reads the log before the reveal
// could try which regions had been visited.
package score
