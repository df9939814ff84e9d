package verify

import (
	"zhicha/inspect"
	"zhicha/inspect/ledger"
)

// addPerson takes in who is appointed, retires or gets another key.
func (h *history) addPerson(in ledger.Entry) {
	switch in.Kind {
	case ledger.PersonAppointed:
		take(h, in, func(e *entry[ledger.Appointment]) { h.decided(e.at(), e.Body) })
	case ledger.PersonRetired:
		take(h, in, func(e *entry[ledger.Retirement]) { h.decided(e.at(), e.Body) })
	case ledger.KeyReplaced:
		take(h, in, func(e *entry[ledger.Replacement]) { h.decided(e.at(), e.Body) })
	}
}

// decided takes in what people decide, and on what. What those whom it names could not have decided, or did
// not sign, is a problem; see ledger.People.
func (h *history) decided(at *stamp, body ledger.Body) {
	for _, p := range inspect.ProblemsOf(h.people.Take(at.Seq, at.Time, body)) {
		p.File, p.Line = logDir, int(at.Seq)
		h.check.Problems = append(h.check.Problems, p)
	}
}
