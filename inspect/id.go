package inspect

import (
	"regexp"
	"strings"
)

// MaxWave is the highest number a wave may have.
const MaxWave = 9999

var id = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// IsID reports whether s may be the id of a campaign, a party, a person or a body: lower-case letters,
// digits and single hyphens between them, 64 at most, and no name that Windows keeps for a device. Ids
// become parts of the names of files and of keys, so they are held to this where they come in.
func IsID(s string) bool {
	if len(s) > 64 || !id.MatchString(s) {
		return false
	}
	switch s {
	case "con", "prn", "aux", "nul":
		return false
	}
	n, port := strings.CutPrefix(s, "com")
	if !port {
		n, port = strings.CutPrefix(s, "lpt")
	}
	return !port || len(n) != 1 || n < "0" || n > "9"
}
