// Package privacy finds personal data in text that may be published, and hides counts that are
// small or could be had by subtraction. Detectors read a normalised copy of the text (NFKC, zero-width
// characters dropped, separators inside digit runs ignored) and point back into the original.
//
// It serves the airlock and whoever edits a text before it. It would rather ask twice than let a
// child be found: a hit is a question to the writer, and the way out is to reword. It must never
// change a text, never keep one, do no I/O, and never claim that a text without a hit is safe.
//
// Number formats: GB 11643 (resident ids), GB 32100 (credit codes), ISO/IEC 7812 (cards).
package privacy
