package campaign

import "zhicha/inspect"

// CheckAccesses refuses an access record in which a line was changed, added, moved or taken out, and names
// the first that does not follow from those before it. What was cut off at the end shows only beside a head
// that somebody kept: head and n are such, or n is 0.
func CheckAccesses(rows []inspect.Access, n int, head inspect.Digest) error {
	var prev inspect.Digest
	for i, a := range rows {
		sum, err := a.Chained()
		if err != nil {
			return err
		}
		if a.Seq != i+1 || a.Prev != prev || a.Hash != sum || a.Seq == n && a.Hash != head {
			return accessBroken(i + 1)
		}
		prev = a.Hash
	}
	if len(rows) < n {
		return accessBroken(len(rows) + 1)
	}
	return nil
}

func accessBroken(line int) *inspect.Problem {
	p := inspect.Refuse("campaign.access-broken", "N", line)
	p.Class = inspect.Unverified
	return p
}
