//go:build twice

package store

// rehearsed has every transaction run twice and the first time rolled back, as it would be after a
// failure to serialise: whatever a transaction does outside the database is then done twice, and the
// tests see it.
const rehearsed = true
