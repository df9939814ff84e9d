// Package results computes and keeps the scores of a wave, and compares what two offices found.
//
// It serves the scorer. Which visits count stands in package score; here they are gathered, computed,
// frozen under their digest and logged, and changed by numbered corrections, which one person signs and
// another confirms. It must never publish: that is for the airlock.
package results
