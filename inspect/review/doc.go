// Package review is what reviewers see and decide: lists, one visit with all its evidence, approval
// and return, the sample that two judge blind to each other, conflicts settled.
//
// It serves reviewers, who judge evidence and not regions: places stay out unless asked for. Who may
// decide what stands in rules.go and takes values only.
package review
