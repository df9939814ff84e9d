package campaign

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/config"
	"zhicha/inspect/ledger"
	"zhicha/inspect/store"
)

// peopleKinds are the kinds of entries from which follows who holds which roles, and what was signed under them.
var peopleKinds = []string{string(ledger.FrameFrozen), string(ledger.PersonAppointed), string(ledger.PersonRetired), string(ledger.KeyReplaced),
	string(ledger.DrawCommitted), string(ledger.BeaconPostponed), string(ledger.Published), string(ledger.Withdrawn)}

// Register is who could sign what, and when. The log says whose key counted at each moment and in which
// roles; config.yaml only brings the text of the keys, and one that the log does not have is nobody's.
type Register struct {
	campaign string
	people   []config.Person
	steps    []step
	later    map[inspect.Digest]inspect.Digest // by the hash of a key that was given up, that of the one after it

	last  *ledger.People // after so many steps
	taken int
}

type step struct {
	seq  int64
	at   time.Time
	body ledger.Body
}

// Register is the register that the entries give; other entries than those about people do not matter to it.
func (c *Campaign) Register(entries []store.Entry) *Register {
	r := &Register{campaign: c.Config.Campaign.ID, later: map[inspect.Digest]inspect.Digest{}}
	for _, e := range entries {
		if !slices.Contains(peopleKinds, e.Kind) {
			continue
		}
		if body, err := ledger.ReadBody(ledger.Kind(e.Kind), e.Body); err == nil { // what cannot be changes nothing here; verify names it
			r.steps = append(r.steps, step{e.Seq, e.Time, body})
			if b, ok := body.(ledger.Replacement); ok {
				r.later[b.Before] = b.After
			}
		}
	}
	for _, p := range c.Config.People { // a key says whose it is, and one that was given up is nobody's own
		if _, given := r.later[PersonHash(&p)]; given || !named(&p) {
			continue
		}
		p.Former = slices.DeleteFunc(slices.Clone(p.Former), func(key string) bool {
			return !named(&config.Person{ID: p.ID, Key: key, Roles: p.Roles})
		})
		r.people = append(r.people, p)
	}
	return r
}

// at is everybody as the log had them at a moment.
func (r *Register) at(at time.Time) *ledger.People {
	return r.after(func(s step) bool { return !s.at.After(at) })
}

// before is everybody as they were when an entry was added.
func (r *Register) before(seq int64) *ledger.People {
	return r.after(func(s step) bool { return s.seq < seq })
}

// after is everybody after the first steps that are as asked.
func (r *Register) after(as func(step) bool) *ledger.People {
	n := 0
	for n < len(r.steps) && as(r.steps[n]) {
		n++
	}
	if r.last == nil || r.taken != n { // every signature is checked again, and most questions are about one moment
		r.last, r.taken = &ledger.People{}, n
		for _, s := range r.steps[:n] {
			_ = r.last.Take(s.seq, s.at, s.body)
		}
	}
	return r.last
}

// keysOf are a person's: the one they have, and those that they gave up for it, as the log tells. Whoever writes
// config.yaml gives nobody another's.
func (r *Register) keysOf(p *config.Person) []string {
	keys, has := []string{p.Key}, inspect.DigestOf([]byte(p.Key))
	for _, key := range p.Former {
		h := inspect.DigestOf([]byte(key))
		for n := 0; h != has && n < len(r.later); n++ { // a circle cannot be: nobody has a key twice
			h = r.later[h]
		}
		if h == has {
			keys = append(keys, key)
		}
	}
	return keys
}

// Whose is the person whose key has that hash, by id, and the key; empty where it is nobody's.
func (r *Register) Whose(of inspect.Digest) (id, key string) {
	for i := range r.people {
		for _, key := range r.keysOf(&r.people[i]) {
			if inspect.DigestOf([]byte(key)) == of {
				return r.people[i].ID, key
			}
		}
	}
	return "", ""
}

// ID is whose key has that hash.
func (r *Register) ID(of inspect.Digest) string {
	id, _ := r.Whose(of)
	return id
}

// Withdrawals are what each of two people may have signed who took a text back.
func (r *Register) Withdrawals(digest, reason string) []string {
	var d inspect.Digest
	if d.UnmarshalText([]byte(digest)) != nil {
		return nil
	}
	return r.texts(ledger.Withdrawal{Document: d, Reason: ledger.Reason(reason)}, func(b ledger.Body) bool {
		p, ok := b.(ledger.Publication)
		return ok && p.Document == d
	})
}

// Reviews are what the reviewer of a text may have signed.
func (r *Register) Reviews(digest string) []string {
	var d inspect.Digest
	if d.UnmarshalText([]byte(digest)) != nil {
		return nil
	}
	return r.texts(ledger.TextPublished(d, ledger.Signed{}), func(ledger.Body) bool { return true })
}

// texts are what people may have signed who decide b together, after each entry of some kind.
func (r *Register) texts(b ledger.Joint, after func(ledger.Body) bool) (out []string) {
	people := &ledger.People{}
	for _, s := range r.steps {
		if people.Take(s.seq, s.at, s.body) != nil || !after(s.body) {
			continue
		}
		if text, err := people.Text(b); err == nil && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// Signed opens a note that somebody signed at a moment, when they held one of roles. id is empty where
// only the key is known; then of is the hash of that key.
//
// Everybody is looked at as they were after the last entry of that second, and as they were before the first: what somebody did
// in the second in which they left was theirs to do.
func (r *Register) Signed(id string, of inspect.Digest, at time.Time, roles []string, text string) (string, bool) {
	opened, _, ok := r.signedAs(r.at(at), id, of, roles, text)
	if !ok {
		opened, _, ok = r.signedAs(r.at(at.Add(-time.Second)), id, of, roles, text)
	}
	return opened, ok
}

// SignedBefore is Signed of what was signed just before an entry was added.
func (r *Register) SignedBefore(seq int64, id string, of inspect.Digest, roles []string, text string) (string, bool) {
	opened, _, ok := r.signedAs(r.before(seq), id, of, roles, text)
	return opened, ok
}

func (r *Register) signedAs(people *ledger.People, id string, of inspect.Digest, roles []string, text string) (opened, by string, ok bool) {
	for i := range r.people {
		p := &r.people[i]
		if id != "" && p.ID != id {
			continue
		}
		for _, key := range r.keysOf(p) {
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
				return n.Text, key, true
			}
		}
	}
	return "", "", false
}

// Decided reports whether a decision of which no entry tells yet is signed by the reviewer who is said to have
// taken it, and what they signed.
func (r *Register) Decided(wave int, d inspect.Decision) (said ledger.Decided, ok bool) {
	text, _, _ := strings.Cut(d.Note, "\n\n")
	said, ok = ledger.ReadDecided(text + "\n")
	if !ok {
		return said, false
	}
	opened, key, ok := r.signedAs(r.before(said.Log+1), d.By, inspect.Digest{}, []string{inspect.RoleReviewer}, d.Note)
	if !ok || opened != text+"\n" || ledger.KeyFingerprint(key) != d.Key {
		return said, false
	}
	return said, said.First && said.Campaign == r.campaign && said.Entry == ledger.KindOf(d.Decision) && said.Wave == wave && said.Root == firstRoot(d) && said.At.Equal(d.Time.Truncate(time.Second))
}

// RegisterNow is the register that the log gives now.
func (c *Campaign) RegisterNow(tx *store.Tx) (*Register, error) {
	entries, err := tx.EntriesOf(peopleKinds...)
	return c.Register(entries), err
}

// MustBeDecided refuses to go on from decisions that their reviewers did not sign.
func (r *Register) MustBeDecided(wave int, all []inspect.Decision) error {
	for _, d := range all {
		if _, ok := r.Decided(wave, d); !ok {
			p := inspect.Refuse("campaign.undecided", "Person", d.By, "Object", cmp.Or(d.Visit, d.Digest))
			p.Class = inspect.Unverified
			return p
		}
	}
	return nil
}
