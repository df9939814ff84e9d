//go:build !twice

package store

// rehearsed is false but in the tests that are built with the tag twice.
const rehearsed = false
