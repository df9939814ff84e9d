// Package estimate turns numbers drawn by a stratified two-stage design into means, variances
// and intervals: the Hájek (weighted ratio) mean, its linearised variance with first-stage units
// taken as drawn with replacement within strata, t intervals for means, and Korn–Graubard and
// Wilson intervals for proportions.
//
// It serves the scoring room and whoever plans a sample. It must never know what the numbers
// mean: no checklist, no place, no clock, no I/O. Sums run in the order given, and products are
// rounded before they are added, so that equal input gives equal bits on every processor.
//
// Sources: Särndal, Swensson and Wretman, Model Assisted Survey Sampling (1992), §5.5–5.7 and
// §8; Lumley, "Analysis of complex survey samples", J. Stat. Softw. 9(8), 2004, for the handling
// of strata with one unit; Korn and Graubard, "Confidence intervals for proportions with small
// expected number of positive counts", Survey Methodology 24 (1998); Wilson, JASA 22 (1927);
// Parker et al., "National Center for Health Statistics data presentation standards for
// proportions", Vital Health Stat. 2(175), 2017, for proportions of 0 and 1.
package estimate
