package ledger

import (
	"encoding/hex"
	"encoding/json"
	"fmt"

	"zhicha/inspect"
)

// Body is what an entry of one kind says. There is one type for each kind that is written; the
// members of its JSON, and which of them stand together, are listed in FORMAT.md, section 1. A
// member marked omitempty or omitzero here is absent where it says nothing, never null or 0.
//
// An entry cannot be taken back, so whoever appends one calls Check first, and whoever reads one
// takes nothing that the type would not write again byte for byte.
type Body interface {
	Kind() Kind
	// Check reports a body that has its type's form and makes no sense by itself. What it says of
	// other entries, and of files, is judged by whoever has them.
	Check() error
}

// Decode reads a body of one kind: T is one of the types below. It is malformed where a member is
// unknown, missing, twice there or of another type, and wherever it is not canonical JSON: all of
// it shows in that T is not written as raw again. It may still be invalid; see Read.
func Decode[T Body](raw []byte) (T, error) {
	var b, none T
	if len(raw) == 0 || raw[0] != '{' {
		return none, fmt.Errorf("malformed %T: no object", none)
	}
	if err := json.Unmarshal(raw, &b); err != nil {
		return none, fmt.Errorf("malformed %T: %w", none, err)
	}
	if again, err := inspect.CanonicalJSON(b); err != nil || string(again) != string(raw) {
		return none, fmt.Errorf("malformed %T: it holds more, or less, than the members of its kind", none)
	}
	return b, nil
}

// Read decodes a body and checks it.
func Read[T Body](raw []byte) (T, error) {
	b, err := Decode[T](raw)
	if err != nil {
		return b, err
	}
	return b, b.Check()
}

// ReadBody reads the body of an entry of any kind that is written. FindingTransition has no body yet,
// and so no entry of its can be read.
func ReadBody(kind Kind, raw []byte) (Body, error) {
	switch kind {
	case FrameFrozen:
		return read[Freeze](raw)
	case DrawCommitted:
		return read[Commit](raw)
	case BeaconPostponed:
		return read[Postponement](raw)
	case Beacon:
		return read[BeaconValue](raw)
	case Drawn:
		return read[Draw](raw)
	case RungReleased:
		return read[Release](raw)
	case LegSubstituted:
		return read[Substitution](raw)
	case ReturnReceived:
		return read[Receipt](raw)
	case LegSuspended:
		return read[Suspension](raw)
	case LegResumed:
		return read[Resumption](raw)
	case LegExcluded:
		return read[Exclusion](raw)
	case LegClosed:
		return read[Closing](raw)
	case ReturnJudged:
		return read[Judgement](raw)
	case VisitApproved:
		return read[Approval](raw)
	case VisitReturned:
		return read[SentBack](raw)
	case VisitResolved:
		return read[Resolved](raw)
	case ScoreFrozen:
		return read[Score](raw)
	case Corrected:
		return read[Correction](raw)
	case Published:
		return read[Publication](raw)
	case Withdrawn:
		return read[Withdrawal](raw)
	case Revealed:
		return read[Reveal](raw)
	case Audited:
		return read[Audit](raw)
	case PersonAppointed:
		return read[Appointment](raw)
	case PersonRetired:
		return read[Retirement](raw)
	case AccessBound:
		return read[AccessHead](raw)
	case KeyReplaced:
		return read[Replacement](raw)
	}
	return nil, fmt.Errorf("no body is known of kind %q", kind)
}

// read is Read without a half-read body beside an error.
func read[T Body](raw []byte) (Body, error) {
	b, err := Read[T](raw)
	if err != nil {
		return nil, err
	}
	return b, nil
}

// claim is one thing a body must keep, told by the member it is about.
type claim struct {
	member string
	holds  bool
}

// check names the first claim that does not hold.
func check(b any, claims ...claim) error {
	for _, c := range claims {
		if !c.holds {
			return fmt.Errorf("invalid %T: %s", b, c.member)
		}
	}
	return nil
}

func isSet(d inspect.Digest) bool { return d != inspect.Digest{} }

func isDate(d inspect.Date) bool { _, err := inspect.ParseDate(string(d)); return err == nil }

// isSecret reports whether text is 32 bytes in lower-case hexadecimal, as opened shares and salts are.
func isSecret(text string) bool { return isHex(text, 32) }

// isHex reports whether text is n bytes in lower-case hexadecimal.
func isHex(text string, n int) bool {
	raw, err := hex.DecodeString(text)
	return err == nil && len(raw) == n && hex.EncodeToString(raw) == text
}

// allFrom1 reports whether every number of a list counts from 1.
func allFrom1(list []int) bool {
	for _, n := range list {
		if n < 1 {
			return false
		}
	}
	return true
}
