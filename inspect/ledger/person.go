package ledger

import (
	"slices"
	"time"

	"zhicha/inspect"
)

// Appointment is the body of person-appointed: somebody holds roles from here on, these and no others.
// Of somebody appointed already it says that the roles change.
type Appointment struct {
	Person inspect.Digest `json:"person"`
	Key    string         `json:"key,omitempty"` // by which their signatures are known, as PublicKey writes it; none of a custodian, who signs nothing
	Roles  []string       `json:"roles"`         // codes, ascending
	Body   inspect.Digest `json:"body,omitzero"` // of the name of the body that sent a custodian
	Signed
}

// Kind is PersonAppointed.
func (Appointment) Kind() Kind { return PersonAppointed }

// Under is the same body, signed by these.
func (b Appointment) Under(s Signed) Joint { b.Signed = s; return b }

// Check returns what makes no sense in b.
func (b Appointment) Check() error {
	roles, custodian := len(b.Roles) > 0, slices.Contains(b.Roles, inspect.RoleCustodian)
	for i, r := range b.Roles {
		roles = roles && slices.Contains(inspect.Roles, r) && (i == 0 || b.Roles[i-1] < r)
	}
	return check(b, claim{"person", isSet(b.Person)}, claim{"roles", roles},
		claim{"body", isSet(b.Body) || !custodian},
		claim{"key", custodian && b.Key == "" || !custodian && isPublicKey(b.Key)},
		claim{"by", len(b.By) == 1 && isSet(b.By[0]) || isTwo(b.By)}, b.claim())
}

// Retirement is the body of person-retired: somebody holds no role any more, and never will with that key.
type Retirement struct {
	Person inspect.Digest `json:"person"`
	Signed
}

// Kind is PersonRetired.
func (Retirement) Kind() Kind { return PersonRetired }

// Under is the same body, signed by these.
func (b Retirement) Under(s Signed) Joint { b.Signed = s; return b }

// Check returns what makes no sense in b.
func (b Retirement) Check() error {
	return check(b, claim{"person", isSet(b.Person)}, claim{"by", isTwo(b.By)}, b.claim())
}

// Replacement is the body of key-replaced: somebody keeps their roles under another key.
type Replacement struct {
	Before inspect.Digest `json:"before"`        // the person by the key given up
	After  inspect.Digest `json:"after"`         // and by the new one
	Key    string         `json:"key,omitempty"` // the new one, as in an Appointment
	Signed
}

// Kind is KeyReplaced.
func (Replacement) Kind() Kind { return KeyReplaced }

// Under is the same body, signed by these.
func (b Replacement) Under(s Signed) Joint { b.Signed = s; return b }

// Check returns what makes no sense in b.
func (b Replacement) Check() error {
	return check(b, claim{"before", isSet(b.Before)}, claim{"after", isSet(b.After) && b.After != b.Before},
		claim{"key", b.Key == "" || isPublicKey(b.Key)}, claim{"by", isTwo(b.By)}, b.claim())
}

// Appointed is somebody as the log has them.
type Appointed struct {
	Roles []string       // ascending
	Key   string         // as in an Appointment
	Body  inspect.Digest // zero but for a custodian
	Since time.Time      // of the first appointment, under whatever key
	Until time.Time      // when they retired, or their key was replaced; zero while appointed
	Seq   int64          // of the entry that last spoke of them
}

// People is who holds which roles by the entries of a log, taken in order. The zero value is the log
// that is not begun: nobody is appointed yet.
type People struct {
	frozen time.Time
	log    string // the key that signs it
	known  map[inspect.Digest]*Appointed
	keys   map[string]bool          // that somebody has or had
	waves  map[int]int64            // the entry that committed a wave, or postponed its beacon
	texts  map[inspect.Digest]int64 // the last entry that published a text, or withdrew it
}

// Begun reports whether the log has its first entry: from there on people are what it says.
func (p *People) Begun() bool { return !p.frozen.IsZero() }

// Of is the person with that key, and whether the log ever named them.
func (p *People) Of(person inspect.Digest) (Appointed, bool) {
	a := p.known[person]
	if a == nil {
		return Appointed{}, false
	}
	return *a, true
}

// Holds reports whether somebody who is appointed holds a role under a key, given as in an Appointment.
func (p *People) Holds(key, role string) bool {
	for _, a := range p.known {
		if a.Until.IsZero() && key != "" && a.Key == key && slices.Contains(a.Roles, role) {
			return true
		}
	}
	return false
}

func (p *People) in(person inspect.Digest) *Appointed {
	if a := p.known[person]; a != nil && a.Until.IsZero() {
		return a
	}
	return nil
}

// Take takes in the next entry; bodies of which nothing is said here change nothing. It refuses, as an
// *inspect.Problem, what nobody could have decided: to change somebody who is not appointed, and whatever
// those who could have not signed: two who are appointed, one of them with a role of inspect.MayAppoint;
// for a withdrawal two who sign or review, for a text a reviewer and a signer. Whoever freezes the frame appoints alone all
// who are there, in the moment of the freeze, and themselves first.
func (p *People) Take(seq int64, at time.Time, b Body) error {
	site, publishes := b.(Publication)
	publishes = publishes && !isSet(site.Document) // a site is nobody's word: it follows from the rest
	if j, ok := b.(Joint); ok && !publishes {
		if err := p.refuse(at, j); err != nil {
			return err
		}
	}
	switch b := b.(type) {
	case Freeze:
		if !p.Begun() && b.Log != "" {
			*p = People{at, b.Log, map[inspect.Digest]*Appointed{}, map[string]bool{}, map[int]int64{}, map[inspect.Digest]int64{}}
		}
	case Commit:
		if p.Begun() {
			p.waves[b.Wave] = seq
		}
	case Publication:
		if p.Begun() && isSet(b.Document) {
			p.texts[b.Document] = seq
		}
	case Postponement:
		p.waves[b.Wave] = seq
	case Withdrawal:
		p.texts[b.Document] = seq
	case Appointment:
		if a := p.known[b.Person]; a != nil {
			a.Roles, a.Body, a.Seq = b.Roles, b.Body, seq
		} else {
			p.known[b.Person], p.keys[b.Key] = &Appointed{Roles: b.Roles, Key: b.Key, Body: b.Body, Since: at, Seq: seq}, true
		}
	case Retirement:
		a := p.in(b.Person)
		a.Until, a.Seq = at, seq
	case Replacement:
		a := p.in(b.Before)
		next := *a
		a.Until, a.Seq, next.Key, next.Seq = at, seq, b.Key, seq
		p.known[b.After], p.keys[b.Key] = &next, true
	}
	return nil
}

// Signed reports whether those whom b names signed it, whoever they are.
func (p *People) Signed(b Joint) bool { return p.unsigned(b, "") == nil }

// refuse says why b cannot have been decided, or was not signed, by those whom it names.
func (p *People) refuse(at time.Time, b Joint) error {
	s := b.signed()
	a, appoints := b.(Appointment)
	first := appoints && p.Begun() && at.Equal(p.frozen) && len(p.known) == 0 && slices.Equal(s.By, []inspect.Digest{a.Person}) // nobody is there yet
	if !first {
		if err := p.may(at, b); err != nil {
			return err
		}
	}
	if err := p.changes(b); err != nil {
		return err
	}
	if first {
		return p.unsigned(b, a.Key)
	}
	return p.unsigned(b, "")
}

// unsigned says which of those whom b names did not sign it; key is that of one who is not appointed yet.
func (p *People) unsigned(b Joint, key string) error {
	text, err := p.Text(b)
	if err != nil {
		return err
	}
	s := b.signed()
	for i, person := range s.By {
		key := key
		if in := p.in(person); in != nil {
			key = in.Key
		}
		if i >= len(s.Signatures) || !holds(key, text, s.Signatures[i]) {
			return unverified("ledger.person-unsigned", "", "Person", person.Fingerprint())
		}
	}
	return nil
}

// changes refuses to change somebody who is not there, and to let one key stand for two people.
func (p *People) changes(b Joint) error {
	taken := func(person inspect.Digest, key string) error {
		if key != "" && p.keys[key] {
			return unverified("ledger.person-key", "", "Person", person.Fingerprint())
		}
		return nil
	}
	there := func(person inspect.Digest) error {
		if p.in(person) == nil {
			return unverified("ledger.person-unknown", "", "Person", person.Fingerprint())
		}
		return nil
	}
	switch b := b.(type) {
	case Appointment:
		switch a := p.known[b.Person]; {
		case a == nil:
			return taken(b.Person, b.Key)
		case !a.Until.IsZero():
			return unverified("ledger.person-gone", "", "Person", b.Person.Fingerprint())
		case a.Key != b.Key:
			return unverified("ledger.person-key", "", "Person", b.Person.Fingerprint())
		}
	case Retirement:
		return there(b.Person)
	case Replacement:
		if err := there(b.Before); err != nil {
			return err
		} else if p.known[b.After] != nil {
			return unverified("ledger.person-gone", "", "Person", b.After.Fingerprint())
		} else if (b.Key == "") != (p.in(b.Before).Key == "") {
			return unverified("ledger.person-key", "", "Person", b.After.Fingerprint())
		}
		return taken(b.After, b.Key)
	}
	return nil
}

// may refuses b unless those whom it names are two who may decide it; or one, at the freeze.
func (p *People) may(at time.Time, b Joint) error {
	by, office := b.signed().By, false
	_, appoints := b.(Appointment)
	_, withdraws := b.(Withdrawal)
	_, publishes := b.(Publication)
	for i, person := range by {
		a := p.in(person)
		if a == nil {
			return unverified("ledger.person-by", "", "Person", person.Fingerprint())
		}
		reviews, signs := slices.Contains(a.Roles, inspect.RoleReviewer), slices.Contains(a.Roles, inspect.RoleSigner)
		if withdraws && !reviews && !signs {
			return unverified("ledger.person-withdraws", "", "Person", person.Fingerprint())
		} else if publishes && (i == 0 && !reviews || i == 1 && !signs) {
			return unverified("ledger.person-publishes", "", "Person", person.Fingerprint())
		}
		office = office || withdraws || publishes || inspect.MayAppoint(a.Roles)
	}
	if !isTwo(by) && !(appoints && len(by) == 1 && at.Equal(p.frozen)) {
		return unverified("ledger.person-alone", "")
	} else if len(by) == 2 && !office {
		return unverified("ledger.person-office", "")
	}
	return nil
}
