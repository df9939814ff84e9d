// Package release is the airlock between everything the office knows and what the public may
// read. It turns scores, findings and signed documents into the Public value, or refuses, naming
// the place and the rule.
//
// It serves the site and the documents. Public must never gain a field that can hold a visit, a
// unit below county, a person, or text nobody signed: what cannot be said cannot leak. Words for
// its codes stand in the locale catalogues and are put in where they are shown.
//
// # What is refused
//
// Nothing is let out while a leg of the wave is open; or with a document that is not fit to be
// signed (package document), holds what looks like personal data or part of the plan (package
// privacy: personal data by its form, the names and codes below county that were drawn), was not
// reviewed by somebody other than its drafter, or not signed by a third person. Every reason is
// told at once, with the file, the line or the field. There is no flag that lets a text pass: it
// is reworded.
//
// # What is let out
//
// All 32 reporting units stand in official order, those outside the sample too, so that an absence
// shows; one without a band says why by a code. A number has one decimal, half away from zero, and
// the share of substitutes one decimal of its per cent.
//
// Findings of approved visits are counted by kind and severity, for units and for the nation. A
// count above 0 and under the smallest that may be shown (the office's rule, 10 at least) is
// hidden, and so are as many others as it takes that none of them can be had by subtraction, the
// smallest first; the value of a hidden count is gone, not masked. Zero tells of nobody and stays.
// Leads are in no count.
//
// For recomputation there are the frozen scores of the wave, the first and the one after each
// correction, each as its published part with the salt that opens its entry in the ledger (package
// score says what is in it, and why no county can be told from it), and the checklist as committed.
// Everything that is shown of scores is made from the last of these and from nothing else (Show), so
// that whoever reads what is published can make it again and compare. Of a wave that was revealed,
// its proof, which reaches down to the county and no further.
//
// # Corrections
//
// A correction has its number, the day on which a second person confirmed it, the reason as both
// put their hands to it, and what changed for whom: for the nation, which has no band, and for each
// reporting unit whose score, interval, visits or band show otherwise than in the frozen score
// before. A reason that looks like personal data or names what was drawn keeps everything in. What
// was found at a visit that a correction sent back is counted no more.
//
// # What a draft may say
//
// The nation, its sections, and the eight items that cost it most points, by what they cost and
// then in the order of the checklist, but for those whose loss is shown as 0.0. With each goes the
// number of units whose own score in it is shown as under 60. Then the units by band, the best
// first, those whose interval crosses a cut between the two bands, and those without a band.
package release
