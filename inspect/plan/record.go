package plan

import (
	"bytes"
	"encoding/json"
	"fmt"

	"zhicha/inspect"
	"zhicha/inspect/draw"
)

// PartyFile is the public part of a party for one wave: what it carries to the office.
type PartyFile struct {
	Schema      string                           `json:"schema"` // partySchema
	Campaign    string                           `json:"campaign"`
	Wave        int                              `json:"wave"`
	Party       string                           `json:"party"`
	Key         string                           `json:"key"` // verifier key of its signature on D
	Commitments map[inspect.Stage]inspect.Digest `json:"commitments"`
	Fingerprint inspect.Digest                   `json:"fingerprint"` // of the secret: shows a secret used twice
}

const PartySchema = "zhicha/1 party"

// CommitText is what a party signs: D, with the names that tell what it is.
func CommitText(campaign string, wave int, d inspect.Digest) string {
	return fmt.Sprintf("zhicha/1 commit\n%s\n%d\n%s\n", campaign, wave, d)
}

// DepositName is the file of a party's shares sealed to the custodians of two bodies.
func DepositName(wave int, party string, bodies [2]string) string {
	return fmt.Sprintf("deposit-%d-%s.%s+%s.age", wave, party, bodies[0], bodies[1])
}

// ParseRecord reads a commit record: canonical JSON, and one LF at its end.
func ParseRecord(name string, raw []byte) (*draw.Record, inspect.Digest, error) {
	raw = bytes.TrimSuffix(raw, []byte("\n"))
	var r draw.Record
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, inspect.Digest{}, inspect.Reject("plan.record", inspect.Place{File: name}, "Cause", err.Error())
	}
	r.Beacon.At = r.Beacon.At.In(inspect.Beijing)
	canonical, err := inspect.CanonicalJSON(&r)
	if err != nil || !bytes.Equal(canonical, raw) {
		return nil, inspect.Digest{}, inspect.Reject("plan.record", inspect.Place{File: name}, "Cause", "not canonical")
	}
	if err := draw.CheckRecord(&r); err != nil {
		return nil, inspect.Digest{}, err
	}
	return &r, inspect.DigestOf(raw), nil
}
