// Package inspect holds the nouns of an unannounced spot check: units, regions, legs, teams,
// visits, reports, findings, and the Problem every room speaks in when something is wrong.
//
// It serves every other room, so that pure rooms need not know each other, and depends on the
// standard library alone. It must never read a clock, a file or a random source: whoever needs
// one passes it in.
package inspect
