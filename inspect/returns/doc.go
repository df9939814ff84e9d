// Package returns takes in what came back: workbooks, form files, folders and archives, in whatever
// state people send them.
//
// It serves whoever receives the teams' files. A return is gathered (files and what the plan holds),
// judged (package intake, which is pure) and recorded, in that order; what is good of it is on disk
// before it is acknowledged, what is not is named and leaves no trace. What does not prove where it comes
// from is kept apart and not judged until two reviewers say so (unproven.go). It can be repeated, cut off
// at any moment, and run twice at once.
package returns
