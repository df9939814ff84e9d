package ledger

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
)

// Auditor is the name under which every auditor signs: a role, since the log names nobody. Who
// holds the key is told by its fingerprint.
const Auditor = "auditor"

// The outcomes of an audit.
const (
	Match    = "match"
	Mismatch = "mismatch"
)

// DeeperStages are the stages that only auditors see opened.
var DeeperStages = []inspect.Stage{inspect.StageTownship, inspect.StageVillage, inspect.StageInstitution, inspect.StageHousehold, inspect.StageSchedule}

// Statement is what an auditor states of a wave: that its plan was drawn again from the parties'
// shares, and how many of the visits made are not those it calls for. It names no place.
type Statement struct {
	Campaign      string          `json:"campaign"`
	Wave          int             `json:"wave"`
	Stages        []inspect.Stage `json:"stages"`         // DeeperStages
	Plan          inspect.Digest  `json:"plan"`           // of the plan drawn again
	Visits        int             `json:"visits"`         // compared
	Substitutions int             `json:"substitutions"`  // accounted for by the log
	Returns       int             `json:"returns"`        // judged again from the files as they came
	Reports       int             `json:"reports"`        // that they gave
	Findings      int             `json:"findings"`       // drafted again
	Score         inspect.Digest  `json:"score,omitzero"` // of the last score-frozen, computed again; absent where none was frozen
	Mismatches    int             `json:"mismatches"`
	Outcome       string          `json:"outcome"` // Match where there is no mismatch
	Time          string          `json:"time"`    // RFC 3339, UTC+08:00, whole seconds
}

// Audit is the body of an audited entry: a statement and the signature under it.
type Audit struct {
	Wave      int       `json:"wave"`
	Statement Statement `json:"statement"`
	Key       string    `json:"key"`       // verifier key of type 0x01 under the name Auditor
	Signature string    `json:"signature"` // the one signature line of the note
}

// text is the note that is signed.
func (s *Statement) text() (string, error) {
	raw, err := inspect.CanonicalJSON(s)
	return "zhicha/1 audited\n" + string(raw) + "\n", err
}

// SignStatement signs a statement with the owner's ordinary note key, under the name Auditor.
func SignStatement(s Statement, skey string) (*Audit, error) {
	signer, key, err := auditorKey(skey)
	if err != nil {
		return nil, err
	}
	text, err := s.text()
	if err != nil {
		return nil, err
	}
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return nil, err
	}
	return &Audit{s.Wave, s, key, strings.TrimPrefix(string(signed), text+"\n")}, nil
}

// AuditorKey is the verifier key under which the owner of an ordinary note key audits.
func AuditorKey(skey string) (string, error) {
	_, key, err := auditorKey(skey)
	return key, err
}

func auditorKey(skey string) (note.Signer, string, error) {
	if _, err := note.NewSigner(skey); err != nil {
		return nil, "", inspect.Misuse("ledger.secret-key")
	}
	seed, _ := base64.StdEncoding.DecodeString(strings.SplitN(skey, "+", 5)[4]) // as note.NewSigner has found it
	public := ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey)
	vkey, err := note.NewEd25519VerifierKey(Auditor, public)
	if err != nil {
		return nil, "", err
	}
	hash := strings.Split(vkey, "+")[1]
	signer, err := note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%s+%s", Auditor, hash, base64.StdEncoding.EncodeToString(seed)))
	return signer, vkey, err
}

// ReadAudit decodes the body of an audited entry, which must hold exactly what SignStatement makes.
// It does not check it: whose signature does not hold is told by name.
func ReadAudit(body []byte) (*Audit, error) {
	a, err := Decode[Audit](body)
	if err != nil {
		return nil, unverified("ledger.audit-malformed", "")
	}
	return &a, nil
}

// Kind is Audited.
func (Audit) Kind() Kind { return Audited }

// Check returns what is wrong with an audit by itself: its form, its signature, its sums.
func (a Audit) Check() error {
	s := &a.Statement
	at, err := time.Parse(time.RFC3339, s.Time)
	switch {
	case err != nil || at.In(inspect.Beijing).Format("2006-01-02T15:04:05-07:00") != s.Time,
		s.Wave < 1 || !slices.Equal(s.Stages, DeeperStages),
		min(s.Visits, s.Substitutions, s.Returns, s.Reports, s.Findings, s.Mismatches) < 0,
		s.Outcome != Match && s.Outcome != Mismatch, (s.Outcome == Match) != (s.Mismatches == 0):
		return unverified("ledger.audit-malformed", "")
	case a.Wave != s.Wave:
		return unverified("ledger.audit-wave", "", "Wave", a.Wave, "Stated", s.Wave)
	case !a.signed():
		return unverified("ledger.audit-signature", "", "Fingerprint", a.Fingerprint())
	}
	return nil
}

// signed reports whether the signature is the key's, in the one way to write it.
func (a Audit) signed() bool {
	name, key, err := parseKey(a.Key)
	if err != nil || name != Auditor || key[0] != typeEd25519 {
		return false
	}
	text, err := a.Statement.text()
	if err != nil {
		return false
	}
	b64 := strings.TrimSuffix(strings.TrimPrefix(a.Signature, "— "+Auditor+" "), "\n")
	raw, err := base64.StdEncoding.Strict().DecodeString(b64)
	if err != nil || a.Signature != "— "+Auditor+" "+base64.StdEncoding.EncodeToString(raw)+"\n" {
		return false
	}
	verifier, err := note.NewVerifier(a.Key)
	if err != nil {
		return false
	}
	n, err := note.Open([]byte(text+"\n"+a.Signature), note.VerifierList(verifier))
	return err == nil && len(n.Sigs) == 1 && len(n.UnverifiedSigs) == 0
}

// Fingerprint tells auditors apart: that of the SHA-256 of the 32 bytes of the Ed25519 key,
// whatever the name it signs under.
func (a Audit) Fingerprint() string { return KeyFingerprint(a.Key) }

// KeyFingerprint is the fingerprint of a verifier key's Ed25519 key; empty where it is none.
func KeyFingerprint(vkey string) string {
	_, key, err := parseKey(vkey)
	if err != nil {
		return ""
	}
	return inspect.DigestOf(key[1:]).Fingerprint()
}
