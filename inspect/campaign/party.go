package campaign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/draw"
	"zhicha/inspect/seal"
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

const partySchema = "zhicha/1 party"

// PartySecretFile and PartyPublicFile are the names of a party's two files.
func PartySecretFile(wave int, party string) string {
	return fmt.Sprintf("wave-%d-%s.secret", wave, party)
}

// PartyPublicFile is the name of the file a party carries to the office.
func PartyPublicFile(wave int, party string) string {
	return fmt.Sprintf("wave-%d-%s.party.json", wave, party)
}

// NewParty makes a party's fresh secret and signing key for one wave and writes its files into
// dir: the secret and its printable sheet, which stay with the party, and the public file for the
// office. It needs
// no campaign folder: it runs on the party's own device.
func NewParty(rand io.Reader, dir, campaign string, wave int, party string) (secretFile, publicFile string, err error) {
	if !campaignID.MatchString(campaign) || !campaignID.MatchString(party) || wave < 1 {
		return "", "", inspect.Misuse("plan.party-names", "Campaign", campaign, "Party", party, "Wave", wave)
	}
	s := partySecret{campaign: campaign, party: party, wave: wave}
	if _, err := io.ReadFull(rand, s.secret[:]); err != nil {
		return "", "", err
	}
	var verifier string
	if s.signer, verifier, err = note.GenerateKey(rand, party); err != nil {
		return "", "", err
	}
	public := PartyFile{Schema: partySchema, Campaign: campaign, Wave: wave, Party: party, Key: verifier,
		Commitments: s.commitments(), Fingerprint: s.fingerprint()}
	raw, err := json.MarshalIndent(public, "", "  ")
	if err != nil {
		return "", "", err
	}
	secretFile, publicFile = filepath.Join(dir, PartySecretFile(wave, party)), filepath.Join(dir, PartyPublicFile(wave, party))
	paper, err := s.sheet()
	if err != nil {
		return "", "", err
	}
	if err := createFile(secretFile, []byte(s.format())); err != nil {
		return "", "", err
	}
	if err := createFile(secretFile+".html", paper); err != nil {
		return "", "", err
	}
	return secretFile, publicFile, createFile(publicFile, append(raw, '\n'))
}

// commitText is what a party signs: D, with the names that tell what it is.
func commitText(campaign string, wave int, d inspect.Digest) string {
	return fmt.Sprintf("zhicha/1 commit\n%s\n%d\n%s\n", campaign, wave, d)
}

// PartySign signs a commit record with a party's key and seals the party's shares to pairs of
// custodians, writing the signature and the deposits into dir. It refuses a record that does not
// carry the party's own commitments. It needs no campaign folder.
func PartySign(recordFile, secretFile, dir string) (files []string, d inspect.Digest, err error) {
	s, err := readSecret(secretFile)
	if err != nil {
		return nil, d, err
	}
	raw, err := os.ReadFile(recordFile)
	if err != nil {
		return nil, d, inspect.Fail("campaign.read", err, "File", recordFile)
	}
	r, d, err := parseRecord(recordFile, raw)
	if err != nil {
		return nil, d, err
	}
	i := slices.IndexFunc(r.Parties, func(p draw.Party) bool { return p.ID == s.party })
	if r.Campaign != s.campaign || r.Wave != s.wave || i < 0 {
		return nil, d, inspect.Refuse("plan.sign-other", "Campaign", r.Campaign, "Wave", r.Wave, "Party", s.party)
	}
	for _, stage := range inspect.Stages {
		if r.Parties[i].Commitments[stage] != s.commitments()[stage] {
			return nil, d, inspect.Refuse("plan.sign-commitment", "Party", s.party, "Stage", string(stage))
		}
	}
	signer, err := note.NewSigner(s.signer)
	if err != nil {
		return nil, d, inspect.Refuse("plan.secret-malformed", "File", secretFile)
	}
	signed, err := note.Sign(&note.Note{Text: commitText(r.Campaign, r.Wave, d)}, signer)
	if err != nil {
		return nil, d, err
	}
	deposits, err := s.deposits(r)
	if err != nil {
		return nil, d, err
	}
	signature := filepath.Join(dir, fmt.Sprintf("wave-%d-%s.signature", s.wave, s.party))
	if err := createFile(signature, signed); err != nil {
		return nil, d, err
	}
	files = []string{signature}
	for _, e := range deposits {
		name := filepath.Join(dir, depositName(s.wave, s.party, e.Bodies))
		if err := createFile(name, e.Data); err != nil {
			return nil, d, err
		}
		files = append(files, name)
	}
	return files, d, nil
}

func depositName(wave int, party string, bodies [2]string) string {
	return fmt.Sprintf("deposit-%d-%s.%s+%s.age", wave, party, bodies[0], bodies[1])
}

func custodiansOf(r *draw.Record) []seal.Custodian {
	var out []seal.Custodian
	for _, x := range r.Custodians {
		out = append(out, seal.Custodian{ID: x.ID, Body: x.Body, Recipient: x.Recipient})
	}
	return out
}

// parseRecord reads a commit record: canonical JSON, and one LF at its end.
func parseRecord(name string, raw []byte) (*draw.Record, inspect.Digest, error) {
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
