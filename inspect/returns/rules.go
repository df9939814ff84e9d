package returns

import (
	"slices"

	"zhicha/inspect"
)

// What two people can decide about a return that does not prove where it comes from.
const (
	Admitted  = "admitted"  // it came from the team: it is judged like any other
	Dismissed = "dismissed" // it did not: it is kept, and nothing of it counts
)

// settles says whether a decision, beside those before it, settles what becomes of an unproven return: two
// people with different keys decided alike. Nobody decides twice, nor about a visit of their own, and
// everybody says why.
func settles(u *inspect.Unproven, d *inspect.Decision, inspectors []string) (bool, error) {
	switch {
	case d.Decision != Admitted && d.Decision != Dismissed:
		return false, inspect.Misuse("unproven.decision")
	case d.Reason == "":
		return false, inspect.Misuse("visit.reason")
	case u.Decision != "":
		return false, inspect.Refuse("unproven.settled", "Digest", short(u.Digest))
	case slices.Contains(inspectors, d.By):
		return false, inspect.Refuse("unproven.own", "Person", d.By)
	case slices.ContainsFunc(u.Acts, func(x inspect.Decision) bool { return x.By == d.By || x.Key == d.Key }):
		return false, inspect.Refuse("unproven.twice", "Person", d.By)
	}
	return slices.ContainsFunc(u.Acts, func(x inspect.Decision) bool { return x.Decision == d.Decision }), nil
}

// short is as much of a digest as people type.
func short(digest string) string { return digest[:min(12, len(digest))] }
