// Package draw turns a frozen frame, a sampling design and the stage keys of a ceremony into a
// sample, and says beforehand how likely each place is to be chosen.
//
// It serves the office that draws, and every stranger who recomputes the draw afterwards; both
// must get the same result bit for bit. It must therefore never read a clock, a file or a random
// source, never use a floating-point number, and never let the order of a map or of its input
// decide anything.
//
// The algorithm is named zhicha/1. Randomness comes from tickets (inspect.Key.Ticket). Counties
// are taken by Pareto order sampling (Rosén, "On sampling with probability proportional to size",
// Journal of Statistical Planning and Inference 62, 1997) with exact rational inclusion
// probabilities; everything below a county by simple random sampling.
package draw
