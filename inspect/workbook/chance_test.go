package workbook

import (
	"crypto/sha256"
	"io"
	"math/rand/v2"
)

// chance is randomness that is the same in every run, for a test or a part of it.
func chance(name string) io.Reader { return rand.NewChaCha8(sha256.Sum256([]byte(name))) }
