// Package ledger is the notary log 公证日志 of a campaign: an append-only Merkle tree whose entries
// say, by digest, what was frozen, committed, drawn, released, received, scored and published. It
// is kept as static files in the public formats C2SP tlog-tiles, tlog-checkpoint, tlog-cosignature,
// tlog-proof and signed-note (https://c2sp.org), so that clients written by others can read it.
//
// It serves the office that appends, witnesses that cosign, and every stranger who holds a copy of
// the published folder: Verify accepts exactly one set of bytes for given entries, keys and
// signatures, and finds every other. It must never decide what deserves an entry, never read a
// clock or a random source, and never sign a checkpoint that does not extend the one it found.
//
// What follows is the whole rule. FORMAT.md says the same byte by byte, with vectors in testdata.
//
// # Entries
//
// An entry is a JSON object without white space of four members in this order,
//
//	{"body":{…},"kind":"beacon","seq":7,"time":"2027-01-01T08:00:00+08:00"}
//
// of at most 65,535 bytes (MaxEntry). seq counts from 1 without a gap; time has whole seconds, is
// always written at +08:00 and never goes back. The encoding is RFC 8785 (JCS) with fewer choices:
// keys of printable ASCII in ascending byte order, no number but integers of at most 2⁵³−1 in
// absolute value, arrays and objects at most 32 deep. Parse accepts only what Encode writes, so
// that no entry has two spellings and hence two hashes.
//
// kind is one of Kinds, and with it comes the type of the body: see Body. A body names nobody and,
// before the reveal, no place: it holds digests, counts and public facts.
//
// # The tree
//
// The tree is that of RFC 6962, section 2.1, with SHA-256. With D[i] the entry with index i = seq −
// 1,
//
//	leaf hash = SHA-256(0x00 ‖ D[i])
//	node hash = SHA-256(0x01 ‖ left ‖ right)
//	root of n = node(root of the first k, root of the rest), k the largest power of two below n
//
// and the root of no entry is SHA-256 of nothing. The prefixes keep a leaf from passing for a node.
//
// # Files
//
// As in tlog-tiles, hashes lie in tiles of height 8. tile/L/N holds the 256 hashes, 32 bytes each,
// of the perfect subtrees of 256^L entries from number 256·N on; tile/entries/N the 256 entries
// themselves, each behind its length as a big-endian uint16. What is not full at the right edge
// lies in N.p/W, W hashes or entries wide. N is written in groups of three digits, all but the last
// behind an x: 1234067 is x001/x234/067. A published folder is one state, so that a partial tile of
// a former one, which tlog-tiles would have a live log keep, is a file too many here.
//
// # Checkpoints
//
// The head of the tree is a signed note (tlog-checkpoint): the lines
//
//	zhicha/winter-2027
//	257
//	7udDlCM4qQq3ia5Rvxe14HsCsZV8/E80FDs2m2ouVhQ=
//
// origin, size and root in base64, an empty line, and one signature line for each declared key in
// the declared order, the log's first. The log's key is an Ed25519 key of type 0x01 named like the
// origin, and signs the three lines. A witness's key has type 0x04 (tlog-cosignature): it signs the
// lines "cosignature/v1" and "time " with the seconds since 1970, and then the three. Before that
// it checks a proof that the head extends the last one it signed (CheckConsistency); Cosign does
// not know that one and leaves it to the caller. A missing line, a line by another key, and base64
// with loose bits are errors.
//
// # Proofs
//
// An inclusion proof is a tlog-proof whose extra data is the entry, so that the one file shows what
// is proved; a consistency proof is the body of add-checkpoint in tlog-witness. Their hashes are
// those of RFC 6962, sections 2.1.1 and 2.1.2.
//
// # What verifying shows
//
// Verify grows the tree again from the entries and compares every file. That shows a log which is
// consistent in itself and signed by its keys. It does not show that no second log was signed for
// others, against which there are witnesses, nor that times are true: a cosignature's time is the
// witness's word.
//
// # Appending
//
// Tiles are written and made durable, then the checkpoint is replaced at once, then the partial
// tiles of the former size are removed. A kill at any point leaves a checkpoint with all its tiles,
// and the next Open removes what else there is; neither a kill nor the division into batches shows
// in the files.
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
