package verify

import (
	"zhicha/inspect"
	"zhicha/inspect/ledger"
)

// addPerson takes in who is appointed, retires or gets another key. What nobody could have decided, or
// one alone did, is a problem; see ledger.People.
func (h *history) addPerson(in ledger.Entry) {
	switch in.Kind {
	case ledger.PersonAppointed:
		take(h, in, func(e *entry[ledger.Appointment]) { h.person(&e.stamp, e.Body) })
	case ledger.PersonRetired:
		take(h, in, func(e *entry[ledger.Retirement]) { h.person(&e.stamp, e.Body) })
	case ledger.KeyReplaced:
		take(h, in, func(e *entry[ledger.Replacement]) { h.person(&e.stamp, e.Body) })
	}
}

func (h *history) person(at *stamp, body ledger.Body) { h.decided(at, h.people.Take(at.Time, body)) }

// decided names what those who made an entry could not decide.
func (h *history) decided(at *stamp, err error) {
	for _, p := range inspect.ProblemsOf(err) {
		p.File, p.Line = logDir, int(at.Seq)
		h.check.Problems = append(h.check.Problems, p)
	}
}
