// Package ledger is the notary log 公证日志 of a campaign: an append-only Merkle tree whose
// entries say, by digest, what was frozen, committed, drawn, released, received, scored and
// published. It is kept as static files in the public formats C2SP tlog-tiles, tlog-checkpoint,
// tlog-cosignature, tlog-proof and signed-note, so that clients written by others can read it.
// FORMAT.md is the full specification, with vectors in testdata.
//
// It serves the office that appends, witnesses that cosign, and every stranger who holds a copy
// of the published folder: Verify accepts exactly one set of bytes for a given log and finds every
// other. It must never decide what deserves an entry, never read a clock or a random source, and
// never sign a checkpoint that does not extend the one it found.
package ledger

import "zhicha/inspect"

// unverified is a problem that stands in a file of the log: a proof does not hold.
func unverified(rule, file string, args ...any) *inspect.Problem {
	p := inspect.Reject(rule, inspect.Place{File: file}, args...)
	p.Class = inspect.Unverified
	return p
}

// failed is a problem of the file system, not of the log.
func failed(rule, file string, cause error) *inspect.Problem {
	p := inspect.Fail(rule, cause)
	p.File = file
	return p
}
