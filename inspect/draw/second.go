package draw

import (
	"crypto/hmac"
	"crypto/sha256"
	"slices"

	"zhicha/inspect"
)

// SecondKey is the key of the second coders' sample. It follows from the plan's salt, so that
// nobody can choose it and an auditor can recompute it, and tells nothing of the plan:
//
//	HMAC-SHA256(salt, LP("second coder"))
func SecondKey(salt [32]byte) inspect.Key {
	mac := hmac.New(sha256.New, salt[:])
	mac.Write(inspect.LP("second coder"))
	return inspect.Key(mac.Sum(nil))
}

// SecondCoder draws the visits whose reports are judged by a second coder, blind to the first:
// ⌈percent·N/100⌉ of the N visits given, those with the smallest tickets T("second", "", kind, id).
// The visits are those of a wave's primary legs, as drawn; their order does not matter. percent
// lies between 0 and 100. It returns their ids.
func SecondCoder(key inspect.Key, visits []inspect.Visit, percent int) map[string]bool {
	tickets := make([]inspect.Ticket, len(visits))
	for i := range visits {
		tickets[i] = key.Ticket("second", "", string(visits[i].Kind), visits[i].ID)
	}
	slices.SortFunc(tickets, inspect.Ticket.Compare)
	out := map[string]bool{}
	for _, t := range tickets[:(percent*len(visits)+99)/100] {
		out[t.ID] = true
	}
	return out
}
