package draw

import (
	"strconv"

	"zhicha/inspect"
)

// Commitment is what is logged of a stage on the day of the draw:
//
//	SHA-256(LP("zhicha/1 drawn", stage, size, root, salt)),  salt = HMAC-SHA256(stage key, LP("tree"))
//
// with the size in decimal, root and salt as their 32 raw bytes. The size stays inside, because
// how many townships or institutions there are depends on which counties were drawn; the salt
// keeps even an empty tree from being told.
func (t *StageTree) Commitment(stage inspect.Stage) inspect.Digest {
	root := t.Root()
	return inspect.DigestOf(inspect.LP(Algorithm+" drawn", string(stage), strconv.Itoa(t.Size()), string(root[:]), string(t.salt[:])))
}
