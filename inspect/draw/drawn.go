package draw

import (
	"strconv"

	"zhicha/inspect"
)

// Commitment is what is logged of a stage on the day of the draw:
//
//	SHA-256(LP("zhicha/1 drawn", stage, size, root))
//
// with the size in decimal and the root as its 32 raw bytes. The size stays inside, because how
// many townships or institutions there are depends on which counties were drawn.
func (t *StageTree) Commitment(stage inspect.Stage) inspect.Digest {
	root := t.Root()
	return inspect.DigestOf(inspect.LP(Algorithm+" drawn", string(stage), strconv.Itoa(t.Size()), string(root[:])))
}
