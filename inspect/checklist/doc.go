// Package checklist holds what is asked at a visit: sections, items, questions, the domain of
// each answer and the credit it earns, severities with their deadlines, bands and caps. It
// carries the winter-care checklist of 2023 and the notice that checklist is drawn from.
//
// It serves whoever prints questions (workbook, form), judges answers (intake), or weighs them
// (score, finding). A wave freezes one version by Digest. The package must never do I/O, never
// know a visit or a place, and never offer an oral report as a way of learning an answer.
package checklist
