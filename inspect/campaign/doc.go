// Package campaign is the office's use cases on a campaign folder, one file each: it opens the
// folder, puts the rooms' answers in order and commits what they decided.
//
// It serves the commands and the demonstration, which go through the same functions. It decides
// nothing itself: a rule that mentions a noun lives in that noun's room. Every refusal leaves the
// folder as it was.
package campaign
