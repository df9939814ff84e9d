package audit

import (
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/config"
	"zhicha/inspect/ledger"
)

// register is who could sign what, and when. The log says whose key counted at each moment and in which
// roles; config.yaml only brings the text of the keys, and one that the log does not have is nobody's.
type register struct {
	people  []config.Person
	entries []logged
}

// at is everybody as the log had them at a moment.
func (r *register) at(at time.Time) *ledger.People {
	people := &ledger.People{}
	for _, e := range r.entries {
		if e.Time.After(at) {
			break
		}
		if body, err := ledger.ReadBody(ledger.Kind(e.Kind), e.Body); err == nil {
			_ = people.Take(e.Seq, e.Time, body) // what cannot be changes nothing here; verify names it
		}
	}
	return people
}

// withdrawals are what each of two people may have signed who took a text back: one for each time that it
// was published.
func (r *register) withdrawals(digest, reason string) (out []string) {
	people, b := &ledger.People{}, ledger.Withdrawal{Reason: ledger.Reason(reason)}
	if b.Document.UnmarshalText([]byte(digest)) != nil {
		return nil
	}
	for _, e := range r.entries {
		body, err := ledger.ReadBody(ledger.Kind(e.Kind), e.Body)
		if err != nil || people.Take(e.Seq, e.Time, body) != nil {
			continue
		}
		if p, ok := body.(ledger.Publication); ok && p.Document == b.Document {
			if text, err := people.Text(b); err == nil {
				out = append(out, text)
			}
		}
	}
	return out
}

// signed opens a note that somebody signed at a moment, when they held one of roles. id is empty where
// only the key is known; then of is the hash of that key.
func (r *register) signed(id string, of inspect.Digest, at time.Time, roles []string, text string) (string, bool) {
	people := r.at(at)
	for i := range r.people {
		p := &r.people[i]
		if id != "" && p.ID != id {
			continue
		}
		for _, key := range append([]string{p.Key}, p.Former...) {
			hash := inspect.DigestOf([]byte(key))
			a, known := people.Of(hash)
			if !known || a.Key != ledger.PublicKey(key) || !a.Until.IsZero() || of != (inspect.Digest{}) && hash != of || !slices.ContainsFunc(roles, func(x string) bool { return slices.Contains(a.Roles, x) }) {
				continue
			}
			verifier, err := note.NewVerifier(key)
			if err != nil {
				continue
			}
			if n, err := note.Open([]byte(text), note.VerifierList(verifier)); err == nil {
				return n.Text, true
			}
		}
	}
	return "", false
}
