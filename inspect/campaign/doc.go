// Package campaign is the open campaign folder: its configuration, people and keys, inputs as they
// were committed to, sealed envelopes, files, log and clock, and the gates that tell how far a wave
// has come.
//
// It serves the rooms of the office's work (prepare, ceremony, field, returns, review, results,
// publish, audit), which are functions over it. It holds no use case and decides nothing: a rule that
// mentions a noun lives in that noun's room.
//
// What a transaction may do: it may run more than once, so it changes the database and nothing else.
// A file that must be there before the database speaks of it is written first, under a name that
// another try overwrites; what may only be there afterwards follows the commit.
package campaign
