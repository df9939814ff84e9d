// Package score turns approved reports and a checklist into scores: of items, sections, regions
// and the nation, each with a design-based interval, the band it earns, and a trace that leads
// every lost point back to the answer that lost it.
//
// It serves the office (score, explain, freeze) and, through release, the public. It must never
// read a clock or a file, never score a visit outside the random sample (the caller passes in
// the primary legs of random waves only), and never infer a red line from an answer.
//
// A cell is an item on a kind of unit; an item's weight is split over its kinds. A county's cell
// mean uses the weights of its visits, a region's is the Hájek mean over counties with
// g = size/π, and the region scores 100·Σ(w·mean)/Σw over the cells that have data. The variance
// is that of the linearised composite, so that items' covariance is in it, with counties taken as
// drawn with replacement within their region; the nation is all regions as strata. See package
// estimate for the methods and their sources.
package score
