// Package field is the wave under way: packets and code books made from the sealed plan, books opened
// each morning, rungs released one by one, units that give way to their reserves, legs suspended,
// excluded and closed.
//
// It serves the drawer at the telephone and the teams. A release is in the log before its code is
// shown; a book that is not due stays closed; what is opened of one day tells nothing of another, and what
// is opened of one rung nothing of those within it.
package field
