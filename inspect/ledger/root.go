package ledger

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"

	"zhicha/inspect"
)

// Salt hides what a root commits to: 32 random bytes that the office keeps and auditors see.
type Salt [32]byte

// Root commits to rows of text, so that nothing of them is told and any later change of one shows.
// The rows are put in the byte order of their encodings, so that theirs does not matter, and may
// repeat. Row i of n, from 0, is the leaf
//
//	lp("zhicha/1 row", HMAC-SHA256(salt, lp("row", i in decimal)), cells…)
//
// of a Merkle tree as in RFC 6962, section 2.1, with SHA-256; lp is that of inspect/draw/SPEC.md. One
// row can be shown to somebody with its own salt and a path, which tell nothing of the others.
func Root(salt Salt, rows [][]string) inspect.Digest {
	sorted := slices.SortedFunc(slices.Values(rows), func(a, b []string) int { return bytes.Compare(inspect.LP(a...), inspect.LP(b...)) })
	hashes := make([]tlog.Hash, len(sorted))
	for i, row := range sorted {
		mac := hmac.New(sha256.New, salt[:])
		mac.Write(inspect.LP("row", strconv.Itoa(i)))
		hashes[i] = tlog.RecordHash(inspect.LP(append([]string{"zhicha/1 row", string(mac.Sum(nil))}, row...)...))
	}
	return inspect.Digest(merkle(hashes))
}

// RootOf is the root of the log's tree over encoded entries, from the first on.
func RootOf(entries [][]byte) tlog.Hash {
	hashes := make([]tlog.Hash, len(entries))
	for i, e := range entries {
		hashes[i] = tlog.RecordHash(e)
	}
	return merkle(hashes)
}

// merkle is the root of a tree over leaves.
func merkle(hashes []tlog.Hash) tlog.Hash {
	switch len(hashes) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return hashes[0]
	}
	k := 1
	for 2*k < len(hashes) {
		k *= 2
	}
	return tlog.NodeHash(merkle(hashes[:k]), merkle(hashes[k:]))
}
