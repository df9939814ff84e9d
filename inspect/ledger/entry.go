package ledger

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"zhicha/inspect"
)

// MaxEntry is the longest an encoded entry may be, in bytes: what the bundles' uint16 can say.
const MaxEntry = 65535

// Kind says what an entry testifies to.
type Kind string

// The kinds of entry. A log with any other is not valid. What each says is a Body.
const (
	FrameFrozen       Kind = "frame-frozen"
	DrawCommitted     Kind = "draw-committed"
	BeaconPostponed   Kind = "beacon-postponed"
	Beacon            Kind = "beacon"
	Drawn             Kind = "drawn"
	RungReleased      Kind = "rung-released"
	LegSubstituted    Kind = "leg-substituted"
	LegSuspended      Kind = "leg-suspended"
	LegResumed        Kind = "leg-resumed"
	LegExcluded       Kind = "leg-excluded"
	LegClosed         Kind = "leg-closed"
	ReturnReceived    Kind = "return-received"
	ReturnJudged      Kind = "return-judged"
	VisitApproved     Kind = "visit-approved"
	VisitReturned     Kind = "visit-returned"
	VisitResolved     Kind = "visit-resolved"
	FindingTransition Kind = "finding-transition"
	ScoreFrozen       Kind = "score-frozen"
	Published         Kind = "published"
	Withdrawn         Kind = "withdrawn"
	Corrected         Kind = "corrected"
	Revealed          Kind = "revealed"
	Audited           Kind = "audited"
	PersonAppointed   Kind = "person-appointed"
	PersonRetired     Kind = "person-retired"
	KeyReplaced       Kind = "key-replaced"
	AccessBound       Kind = "access-bound"
)

// Kinds lists every kind.
var Kinds = []Kind{FrameFrozen, DrawCommitted, Beacon, Drawn, RungReleased, LegSubstituted,
	ReturnReceived, VisitApproved, FindingTransition, ScoreFrozen, Published, Withdrawn, Corrected,
	Revealed, Audited, LegSuspended, LegResumed, LegExcluded, LegClosed, VisitReturned,
	PersonAppointed, PersonRetired, KeyReplaced, VisitResolved, BeaconPostponed, AccessBound, ReturnJudged}

// Entry is one line of the log. It must hold digests and public facts only.
type Entry struct {
	Kind Kind
	Seq  int64     // 1 for the first entry; its index in the Merkle tree is Seq-1
	Time time.Time // in Beijing; whole seconds
	Body json.RawMessage
}

// NewEntry makes an entry of anything that encodes to a JSON object; see inspect.CanonicalJSON.
func NewEntry(kind Kind, seq int64, at time.Time, body any) (Entry, error) {
	raw, err := inspect.CanonicalJSON(body)
	return Entry{Kind: kind, Seq: seq, Time: at, Body: raw}, err
}

// Check reports an entry whose kind is unknown or whose number is below 1.
func (e *Entry) Check() error {
	if !slices.Contains(Kinds, e.Kind) {
		return unverified("ledger.entry-kind", "", "Kind", string(e.Kind))
	}
	if e.Seq < 1 {
		return unverified("ledger.entry-seq", "", "Seq", e.Seq, "Want", 1)
	}
	return nil
}

// Encode returns the one form an entry has in the log. Body must be canonical already, and a
// fraction of a second is cut off.
func (e *Entry) Encode() ([]byte, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	b := make([]byte, 0, len(e.Body)+96)
	b = append(append(b, `{"body":`...), e.Body...)
	b = append(append(b, `,"kind":"`...), e.Kind...)
	b = strconv.AppendInt(append(b, `","seq":`...), e.Seq, 10)
	b = e.Time.In(inspect.Beijing).AppendFormat(append(b, `,"time":"`...), time.RFC3339)
	b = append(b, `"}`...)
	if _, err := Parse(b); err != nil {
		return nil, err
	}
	return b, nil
}

// Parse reads one encoded entry and accepts only what Encode would write; whether it makes sense
// is left to Check. Body aliases b.
func Parse(b []byte) (Entry, error) {
	if len(b) > MaxEntry {
		return Entry{}, unverified("ledger.entry-long", "", "Bytes", len(b), "Max", MaxEntry)
	}
	s := scanner{b: b}
	if e, ok := s.entry(); ok {
		return e, nil
	}
	return Entry{}, unverified("ledger.entry-malformed", "", "Offset", s.i)
}

func (s *scanner) entry() (e Entry, ok bool) {
	if !s.literal(`{"body":`) {
		return e, false
	}
	start := s.i
	if !s.object(maxDepth) {
		return e, false
	}
	e.Body = s.b[start:s.i]
	if !s.literal(`,"kind":`) {
		return e, false
	}
	kind, ok := s.key()
	if !ok || !s.literal(`,"seq":`) {
		return e, false
	}
	e.Kind = kindOf(kind)
	if e.Seq, ok = s.integer(); !ok || !s.literal(`,"time":"`) {
		return e, false
	}
	const layout, zone = len(time.DateTime) + len("+08:00"), "+08:00"
	if len(s.b)-s.i != layout+len(`"}`) {
		return e, false
	}
	at := s.b[s.i : s.i+layout]
	if !bytes.HasSuffix(at, []byte(zone)) || e.Time.UnmarshalText(at) != nil {
		return e, false
	}
	e.Time = e.Time.In(inspect.Beijing)
	s.i += layout
	return e, s.literal(`"}`) && s.i == len(s.b)
}

// kindOf spares an allocation for every known kind.
func kindOf(b []byte) Kind {
	for _, k := range Kinds {
		if string(k) == string(b) {
			return k
		}
	}
	return Kind(b)
}

// chain holds what each entry must follow: numbers without a gap, times that never go back.
type chain struct {
	seq  int64 // of the last entry
	time time.Time
}

// follow judges the next entry; what is wrong stands at its number, as the problem's line.
func (c *chain) follow(raw []byte) (Entry, error) {
	e, err := Parse(raw)
	if err == nil {
		err = e.Check()
	}
	switch {
	case err != nil:
	case e.Seq != c.seq+1:
		err = unverified("ledger.entry-seq", "", "Seq", e.Seq, "Want", c.seq+1)
	case e.Time.Before(c.time):
		err = unverified("ledger.entry-time", "",
			"Time", e.Time.Format(time.RFC3339), "Last", c.time.Format(time.RFC3339))
	default:
		c.seq, c.time = e.Seq, e.Time
		return e, nil
	}
	for _, p := range inspect.ProblemsOf(err) {
		p.Line = int(c.seq + 1)
	}
	return e, err
}
