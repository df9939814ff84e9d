// Package estimate turns numbers drawn by a stratified two-stage design into means, variances
// and intervals. It must never know what the numbers mean: no checklist, no place, no clock, no
// I/O. It serves the scoring room, the comparison of raters, and whoever plans a sample.
//
// # Mean
//
// A first-stage unit k has a weight g_k (its size over its inclusion probability) and, where it
// has data, its own mean y_k. The mean of all is the weighted ratio of Hájek,
//
//	m = Σ g_k·y_k / Σ g_k, over the units with data
//
// and what a unit adds to its deviation is the linearised value of that ratio,
//
//	e_k = g_k·(y_k − m) / Σ g_k; 0 for a unit without data
//
// (Särndal, Swensson and Wretman, Model Assisted Survey Sampling, 1992, result 5.7.1). The e_k
// sum to 0. A unit without data keeps its place in the design: the variance of a domain counts
// all units that were drawn. The linearised value of a weighted sum of means is the same weighted
// sum of theirs, so that the covariance of the parts is in it without ever being written down.
//
// # Variance
//
// Units count as drawn with replacement within their stratum, which asks for no joint
// inclusion probabilities and takes in what later stages add:
//
//	V = Σ over strata of n/(n−1)·Σ (e_k − ē)²
//	df = Σ over strata with data of (units with data − 1)
//
// with n all units of the stratum and ē the mean of its e_k. A stratum with a single unit has no
// n−1, and one of five rules is followed (the names are those of Lumley, "Analysis of complex
// survey samples", Journal of Statistical Software 9(8), 2004, but for "centre", his "adjust"):
//
//	fail       an error
//	certainty  it adds nothing: the unit was sure to be in the sample
//	centre     it adds e² about the mean of all units
//	average    it adds the mean of what the strata with more units add
//	collapse   it joins the next stratum, the last one the stratum before
//
// It has no degree of freedom but by collapse.
//
// # Intervals
//
// A mean has m ± t(df)·√V, cut off at the ends of its scale, with t the two-sided quantile of
// Student's distribution at the confidence asked for. A proportion p is given an effective number
// of draws first,
//
//	n_eff = min(n, p(1−p)/V)·(t(n−1)/t(df))², and at most n
//
// and then the interval of that many independent ones: Clopper and Pearson's by quantiles of the
// beta distribution (Korn and Graubard, "Confidence intervals for proportions with small expected
// number of positive counts", Survey Methodology 24, 1998),
//
//	low  = B(α/2; n_eff·p, n_eff·(1−p) + 1)
//	high = B(1 − α/2; n_eff·p + 1, n_eff·(1−p))
//
// or the score interval (Wilson, "Probable inference, the law of succession, and statistical
// inference", Journal of the American Statistical Association 22, 1927). Where p is 0 or 1, or
// nothing varies, V says nothing of precision and n stands for p(1−p)/V, so that 0 has an upper
// and 1 a lower bound of its own (Parker and others, "National Center for Health Statistics data
// presentation standards for proportions", Vital and Health Statistics 2(175), 2017).
//
// Without a degree of freedom, or for a proportion of fewer than two observations, nothing is
// known, and the interval is the whole scale.
//
// # Beforehand and afterwards
//
// Of a sample not yet drawn, with standard deviation SD of one visit's score and correlation ICC
// within a county, a county's mean of v visits has the variance SD²·(ICC + (1−ICC)/v) (Kish,
// Survey Sampling, 1965, section 5.4), and n counties the half-width t(n−1)·√(that/n). How far two
// raters agree is told by Cohen's kappa; see Agree.
//
// Sums run in the order given, and products are rounded before they are added, so that equal
// input gives equal bits on every processor.
package estimate
