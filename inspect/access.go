package inspect

import (
	"fmt"
	"time"
)

// Access is one line of the record of who was shown what, and of what the office holds and no entry tells of yet.
type Access struct {
	Seq    int       `json:"seq"` // from 1, without gaps
	Time   time.Time `json:"time"`
	Person string    `json:"person"`
	Key    string    `json:"key"`    // fingerprint of the key they showed
	Act    string    `json:"act"`    // one of the Saw… below
	Object string    `json:"object"` // what it was about: a digest, a visit, wave/leg/rung, a wave
	Prev   Digest    `json:"prev"`   // hash of the line before; zeros for the first
	Hash   Digest    `json:"hash"`
}

// What somebody was shown, or let others be shown; what they decided first of two, and which returns they set aside.
const (
	SawEvidence = "evidence"     // object: its digest
	SawPlaces   = "places"       // object: the visit
	SawCodes    = "packet-codes" // object: wave/leg, all its codes
	SawRung     = "packet-rung"  // object: wave/leg/rung
	SawBook     = "packet-open"  // object: wave/leg, taken out of its day's book
	SawPaper    = "packet-paper" // object: wave/leg
	SawAudit    = "audit"        // object: the wave
	SawExport   = "wave-export"  // object: the wave
	SawRecord   = "access-list"  // object: whose lines; empty: everybody's
	SawGrant    = "access-grant" // object: ids of those to whom the evidence was closed

	DidDecide   = "decided"      // object: Kept of what they signed
	DidPropose  = "proposed"     // object: wave/number/hash of what they signed, of a correction
	KeptApart   = "kept-apart"   // object: Kept of a file that does not prove where it comes from
	KeptWaiting = "kept-waiting" // object: Kept of a file that came before its rung was released
	KeptRoster  = "kept-roster"  // object: Kept of entries in the log/digest of a roster that holds from then on
	KeptAlarm   = "kept-alarm"   // object: Kept of a file that tells of a child in danger
)

// Kept names something that is kept for a wave, in the access record.
func Kept(wave int, digest string) string { return fmt.Sprintf("%d/%s", wave, digest) }

// Chained is the hash of a line: of the one before and of all it says, but for the hashes.
func (a Access) Chained() (Digest, error) {
	raw, err := CanonicalJSON(map[string]any{"seq": a.Seq, "time": a.Time.In(Beijing).Format(time.RFC3339), "person": a.Person, "key": a.Key, "act": a.Act, "object": a.Object})
	return DigestOf(LP("zhicha/1 access", a.Prev.String(), string(raw))), err
}
