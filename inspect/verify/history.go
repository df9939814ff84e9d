package verify

import (
	"time"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
	"zhicha/inspect/release"
)

// stamp is what tells an entry from others, whatever it says.
type stamp struct {
	Kind ledger.Kind
	Seq  int64
	Time time.Time
}

// entry is an entry of the log with its body read.
type entry[T ledger.Body] struct {
	stamp
	Body T
}

// at is the entry's stamp; nil where there is no entry.
func (e *entry[T]) at() *stamp {
	if e == nil {
		return nil
	}
	return &e.stamp
}

// ceremony is what the log holds of one wave. Whatever may happen once only is nil until it has.
type ceremony struct {
	committed              *entry[ledger.Commit]
	postponed              *entry[ledger.Postponement]
	beacon                 *entry[ledger.BeaconValue]
	drawn                  *entry[ledger.Draw]
	revealed               map[inspect.Stage]*entry[ledger.Reveal]
	released, lastReleased *entry[ledger.Release] // the first and the last rung
	substituted            []*entry[ledger.Substitution]
	audits                 []*entry[ledger.Audit]
	strange                []int64       // those by nobody who was an auditor then
	inField                map[int]bool  // packets whose last rung was released
	received               []int64       // entries of returns
	misplaced              []int64       // entries by which packets were made again, or something was released before they were
	reviewed               []*stamp      // what was decided about visits
	acted                  []*stamp      // what was decided about legs
	approved               int           // visits, over all entries: one sent back and approved again counts twice
	closed                 map[int]int64 // by leg, the entry that closed it
	scored                 []*entry[ledger.Score]
	corrected              []*entry[ledger.Correction]
}

// gone is a withdrawal, and how it is to be shown.
type gone struct {
	*entry[ledger.Withdrawal]
	shown release.Withdrawn
}

// history is the log as far as the checks need it.
type history struct {
	count     int64
	key       string // of the log, as its first entry names it
	demo      bool   // what its first entry says of the campaign
	frozen    []*entry[ledger.Freeze]
	waves     map[int]*ceremony
	people    ledger.People
	accesses  int                        // lines of the access record that are bound
	manifest  *entry[ledger.Publication] // the last that publishes a site
	documents map[inspect.Digest]bool
	texts     []*entry[ledger.Publication]                 // that publish a document
	withdrawn map[inspect.Digest]*entry[ledger.Withdrawal] // the last of a document
	gone      []gone
	last      time.Time
	check     Check // gathers entries that cannot be
}

// add takes in the next entry. Kinds of which nothing is read here are passed over.
func (h *history) add(in ledger.Entry) error {
	h.count, h.last = in.Seq, in.Time
	switch in.Kind {
	case ledger.FrameFrozen:
		take(h, in, func(e *entry[ledger.Freeze]) {
			if h.frozen = append(h.frozen, e); e.Seq == 1 {
				h.key, h.demo = e.Body.Log, e.Body.Demo
			}
			h.decided(e.at(), e.Body)
		})
	case ledger.ScoreFrozen:
		take(h, in, func(e *entry[ledger.Score]) { w := h.wave(e.Body.Wave); w.scored = append(w.scored, e) })
	case ledger.Corrected:
		take(h, in, func(e *entry[ledger.Correction]) { w := h.wave(e.Body.Wave); w.corrected = append(w.corrected, e) })
	case ledger.Published:
		take(h, in, func(e *entry[ledger.Publication]) {
			h.decided(e.at(), e.Body)
			if e.Body.Document != (inspect.Digest{}) {
				h.documents[e.Body.Document] = true
				h.texts = append(h.texts, e)
			}
			if e.Body.Manifest != (inspect.Digest{}) {
				h.manifest = e
			}
		})
	case ledger.Withdrawn:
		take(h, in, h.withdraw)
	case ledger.DrawCommitted, ledger.BeaconPostponed, ledger.Beacon, ledger.Drawn, ledger.Revealed:
		h.addCeremony(in)
	case ledger.RungReleased, ledger.LegSubstituted, ledger.ReturnReceived, ledger.Audited:
		h.addField(in)
	case ledger.VisitApproved, ledger.VisitReturned, ledger.VisitResolved, ledger.ReturnJudged, ledger.LegSuspended, ledger.LegResumed, ledger.LegExcluded, ledger.LegClosed:
		h.addDecision(in)
	case ledger.AccessBound:
		take(h, in, func(e *entry[ledger.AccessHead]) {
			if e.Body.Lines <= h.accesses {
				h.check.fail("verify.access-back", logDir, "Seq", e.Seq, "N", e.Body.Lines, "Before", h.accesses)
			}
			h.accesses = e.Body.Lines
		})
	case ledger.PersonAppointed, ledger.PersonRetired, ledger.KeyReplaced:
		h.addPerson(in)
	}
	return nil
}

// decode reads an entry's body; nil where it is not one of its kind.
func decode[T ledger.Body](h *history, in ledger.Entry) *entry[T] {
	body, err := ledger.Decode[T](in.Body)
	if err != nil {
		h.bad(in.Kind, in.Seq)
		return nil
	}
	return &entry[T]{stamp{in.Kind, in.Seq, in.Time}, body}
}

// take hands on an entry whose body can be read. One that makes no sense by itself is named, and
// handed on all the same, so that the other checks say what it does to the rest.
func take[T ledger.Body](h *history, in ledger.Entry, into func(*entry[T])) {
	e := decode[T](h, in)
	if e == nil {
		return
	}
	if e.Body.Check() != nil {
		h.bad(in.Kind, in.Seq)
	}
	into(e)
}

// bad notes an entry that does not say what its kind must.
func (h *history) bad(kind ledger.Kind, seq int64) {
	h.check.fail("verify.entry", logDir, "Seq", seq, "Kind", string(kind))
}

// wave is what the log holds of a wave so far; of one without a number, which Check has named,
// something that nobody looks at.
func (h *history) wave(no int) *ceremony {
	w := h.waves[no]
	if w == nil {
		w = &ceremony{revealed: map[inspect.Stage]*entry[ledger.Reveal]{}, inField: map[int]bool{}, closed: map[int]int64{}}
		if no >= 1 {
			h.waves[no] = w
		}
	}
	return w
}

// once fills the place of what may happen only once in a wave.
func once[T ledger.Body](h *history, wave int, slot **entry[T], e *entry[T]) {
	if *slot != nil {
		h.check.fail("verify.entry-twice", logDir, "Seq", e.Seq, "Kind", string(e.Kind), "Wave", wave, "First", (*slot).Seq)
		return
	}
	*slot = e
}

func (h *history) addCeremony(in ledger.Entry) {
	switch in.Kind {
	case ledger.DrawCommitted:
		take(h, in, func(e *entry[ledger.Commit]) {
			once(h, e.Body.Wave, &h.wave(e.Body.Wave).committed, e)
			h.decided(e.at(), e.Body)
		})
	case ledger.BeaconPostponed:
		take(h, in, func(e *entry[ledger.Postponement]) {
			once(h, e.Body.Wave, &h.wave(e.Body.Wave).postponed, e)
			h.decided(e.at(), e.Body)
		})
	case ledger.Beacon:
		take(h, in, func(e *entry[ledger.BeaconValue]) { once(h, e.Body.Wave, &h.wave(e.Body.Wave).beacon, e) })
	case ledger.Drawn:
		take(h, in, func(e *entry[ledger.Draw]) { once(h, e.Body.Wave, &h.wave(e.Body.Wave).drawn, e) })
	case ledger.Revealed:
		take(h, in, func(e *entry[ledger.Reveal]) {
			revealed := h.wave(e.Body.Wave).revealed
			slot := revealed[e.Body.Stage]
			once(h, e.Body.Wave, &slot, e)
			revealed[e.Body.Stage] = slot
		})
	}
}

func (h *history) addField(in ledger.Entry) {
	switch in.Kind {
	case ledger.RungReleased:
		take(h, in, func(e *entry[ledger.Release]) { h.wave(e.Body.Wave).release(e) })
	case ledger.LegSubstituted:
		take(h, in, func(e *entry[ledger.Substitution]) {
			w := h.wave(e.Body.Wave)
			w.substituted = append(w.substituted, e)
		})
	case ledger.ReturnReceived:
		take(h, in, func(e *entry[ledger.Receipt]) {
			w := h.wave(e.Body.Wave)
			w.received = append(w.received, e.Seq)
			if !w.inField[e.Body.Packet] {
				h.check.fail("verify.return-sealed", logDir, "Seq", e.Seq, "Wave", e.Body.Wave, "Packet", e.Body.Packet)
			}
		})
	case ledger.Audited: // checkAudits says whose signature does not hold
		if e := decode[ledger.Audit](h, in); e != nil && e.Body.Wave >= 1 {
			w := h.wave(e.Body.Wave)
			w.audits = append(w.audits, e)
			if !h.people.Holds(ledger.PublicKey(e.Body.Key), inspect.RoleAuditor) {
				w.strange = append(w.strange, e.Seq)
			}
		} else if e != nil {
			h.bad(in.Kind, in.Seq)
		}
	}
}

func (h *history) addDecision(in ledger.Entry) {
	leg := func(wave int, e *stamp) { w := h.wave(wave); w.acted = append(w.acted, e) }
	switch in.Kind {
	case ledger.VisitApproved:
		take(h, in, func(e *entry[ledger.Approval]) {
			w := h.wave(e.Body.Wave)
			w.approved += max(e.Body.Visits, 0)
			w.reviewed = append(w.reviewed, e.at())
		})
	case ledger.VisitReturned:
		take(h, in, func(e *entry[ledger.SentBack]) { w := h.wave(e.Body.Wave); w.reviewed = append(w.reviewed, e.at()) })
	case ledger.VisitResolved:
		take(h, in, func(e *entry[ledger.Resolved]) { w := h.wave(e.Body.Wave); w.reviewed = append(w.reviewed, e.at()) })
	case ledger.ReturnJudged:
		take(h, in, func(e *entry[ledger.Judgement]) { w := h.wave(e.Body.Wave); w.reviewed = append(w.reviewed, e.at()) })
	case ledger.LegSuspended:
		take(h, in, func(e *entry[ledger.Suspension]) { leg(e.Body.Wave, e.at()) })
	case ledger.LegResumed:
		take(h, in, func(e *entry[ledger.Resumption]) { leg(e.Body.Wave, e.at()) })
	case ledger.LegExcluded:
		take(h, in, func(e *entry[ledger.Exclusion]) { leg(e.Body.Wave, e.at()) })
	case ledger.LegClosed:
		take(h, in, func(e *entry[ledger.Closing]) {
			leg(e.Body.Wave, e.at())
			w := h.wave(e.Body.Wave)
			for _, no := range e.Body.Legs {
				if first, twice := w.closed[no]; twice {
					h.check.fail("verify.leg-closed-twice", logDir, "Seq", e.Seq, "Leg", no, "First", first)
				}
				w.closed[no] = e.Seq
			}
		})
	}
}

// release notes what was released, and which packets thereby to their last rung.
func (w *ceremony) release(e *entry[ledger.Release]) {
	if made := e.Body.Packets != nil && e.Body.Book == "" && e.Body.Told == nil && e.Body.Spares == nil; made != (w.released == nil) { // once, before all else
		w.misplaced = append(w.misplaced, e.Seq)
	}
	if w.released == nil {
		w.released = e
	}
	if w.lastReleased = e; e.Body.Rung == inspect.RungVillage {
		for _, packet := range e.Body.Told {
			w.inField[packet] = true
		}
	}
}
