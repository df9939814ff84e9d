package ledger

import (
	"slices"
	"time"

	"zhicha/inspect"
)

// Appointment is the body of person-appointed: somebody holds roles from here on, these and no others.
// Of somebody appointed already it says that the roles change.
type Appointment struct {
	Person inspect.Digest   `json:"person"`
	Roles  []string         `json:"roles"`         // codes, ascending
	Body   inspect.Digest   `json:"body,omitzero"` // of the name of the body that sent a custodian
	By     []inspect.Digest `json:"by"`            // two persons; at the freeze who froze the frame
}

// Kind is PersonAppointed.
func (Appointment) Kind() Kind { return PersonAppointed }

// Check returns what makes no sense in b.
func (b Appointment) Check() error {
	roles := len(b.Roles) > 0
	for i, r := range b.Roles {
		roles = roles && slices.Contains(inspect.Roles, r) && (i == 0 || b.Roles[i-1] < r)
	}
	return check(b, claim{"person", isSet(b.Person)}, claim{"roles", roles},
		claim{"body", isSet(b.Body) || !slices.Contains(b.Roles, inspect.RoleCustodian)},
		claim{"by", len(b.By) == 1 && isSet(b.By[0]) || isTwo(b.By)})
}

// Retirement is the body of person-retired: somebody holds no role any more, and never will with that key.
type Retirement struct {
	Person inspect.Digest   `json:"person"`
	By     []inspect.Digest `json:"by"` // two persons
}

// Kind is PersonRetired.
func (Retirement) Kind() Kind { return PersonRetired }

// Check returns what makes no sense in b.
func (b Retirement) Check() error {
	return check(b, claim{"person", isSet(b.Person)}, claim{"by", isTwo(b.By)})
}

// Replacement is the body of key-replaced: somebody keeps their roles under another key.
type Replacement struct {
	Before inspect.Digest   `json:"before"` // the person by the key given up
	After  inspect.Digest   `json:"after"`  // and by the new one
	By     []inspect.Digest `json:"by"`     // two persons
}

// Kind is KeyReplaced.
func (Replacement) Kind() Kind { return KeyReplaced }

// Check returns what makes no sense in b.
func (b Replacement) Check() error {
	return check(b, claim{"before", isSet(b.Before)}, claim{"after", isSet(b.After) && b.After != b.Before}, claim{"by", isTwo(b.By)})
}

// Appointed is somebody as the log has them.
type Appointed struct {
	Roles []string       // ascending
	Body  inspect.Digest // zero but for a custodian
	Since time.Time      // of the first appointment, under whatever key
	Until time.Time      // when they retired, or their key was replaced; zero while appointed
}

// People is who holds which roles by the entries of a log, taken in order. The zero value is the log
// that is not begun: nobody is appointed yet.
type People struct {
	frozen time.Time
	known  map[inspect.Digest]*Appointed
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

func (p *People) in(person inspect.Digest) *Appointed {
	if a := p.known[person]; a != nil && a.Until.IsZero() {
		return a
	}
	return nil
}

// Take takes in the next entry; bodies of other kinds change nothing. It refuses, as an
// *inspect.Problem, what nobody could have done: to change somebody who is not appointed, or to
// appoint, retire or replace without two who are, one of them in a role of inspect.Appointing. Whoever
// freezes the frame appoints alone all who are there, in the moment of the freeze, and themselves first.
func (p *People) Take(at time.Time, b Body) error {
	switch b := b.(type) {
	case Freeze:
		if !p.Begun() && b.Log != "" {
			p.frozen, p.known = at, map[inspect.Digest]*Appointed{}
		}
	case Appointment:
		first := p.Begun() && len(p.known) == 0 && slices.Equal(b.By, []inspect.Digest{b.Person}) // nobody is there yet
		if a := p.known[b.Person]; a != nil && !a.Until.IsZero() {
			return unverified("ledger.person-gone", "", "Person", b.Person.Fingerprint())
		} else if err := p.may(at, b.By, true); err != nil && !(first && at.Equal(p.frozen)) {
			return err
		} else if a != nil {
			a.Roles, a.Body = b.Roles, b.Body
		} else {
			p.known[b.Person] = &Appointed{Roles: b.Roles, Body: b.Body, Since: at}
		}
	case Retirement:
		a := p.in(b.Person)
		if a == nil {
			return unverified("ledger.person-unknown", "", "Person", b.Person.Fingerprint())
		} else if err := p.may(at, b.By, false); err != nil {
			return err
		}
		a.Until = at
	case Replacement:
		a := p.in(b.Before)
		if a == nil {
			return unverified("ledger.person-unknown", "", "Person", b.Before.Fingerprint())
		} else if p.known[b.After] != nil {
			return unverified("ledger.person-gone", "", "Person", b.After.Fingerprint())
		} else if err := p.may(at, b.By, false); err != nil {
			return err
		}
		next := *a
		a.Until, p.known[b.After] = at, &next
	}
	return nil
}

// Two refuses by unless they are two different people who are appointed, one of them in a role of
// inspect.Appointing: what the office cannot do by itself.
func (p *People) Two(by []inspect.Digest) error { return p.may(time.Time{}, by, false) }

// may refuses by unless they are two who may; or one, where alone allows it, at the freeze.
func (p *People) may(at time.Time, by []inspect.Digest, alone bool) error {
	office := false
	for _, person := range by {
		a := p.in(person)
		if a == nil {
			return unverified("ledger.person-by", "", "Person", person.Fingerprint())
		}
		office = office || inspect.MayAppoint(a.Roles)
	}
	if !isTwo(by) && !(alone && len(by) == 1 && at.Equal(p.frozen)) {
		return unverified("ledger.person-alone", "")
	} else if len(by) == 2 && !office {
		return unverified("ledger.person-office", "")
	}
	return nil
}
