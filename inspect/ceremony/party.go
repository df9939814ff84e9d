package ceremony

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/draw"
	"zhicha/inspect/plan"
)

// PartySecretFile is the name of the file that stays with a party.
func PartySecretFile(wave int, party string) string {
	return fmt.Sprintf("wave-%d-%s.secret", wave, party)
}

// PartySharesFile is the name of the file a party brings to the draw.
func PartySharesFile(wave int, party string) string {
	return fmt.Sprintf("shares-%d-%s.json", wave, party)
}

// PartyPublicFile is the name of the file a party carries to the office.
func PartyPublicFile(wave int, party string) string {
	return fmt.Sprintf("wave-%d-%s.party.json", wave, party)
}

// NewParty makes a party's fresh secret and signing key for one wave and writes its files into
// dir: the secret and its printable sheet, which stay with the party, and the public file for the
// office. It needs
// no campaign folder: it runs on the party's own device.
func NewParty(rand io.Reader, dir, id string, wave int, party string) (secretFile, publicFile string, err error) {
	if !inspect.IsID(id) || !inspect.IsID(party) || wave < 1 || wave > inspect.MaxWave {
		return "", "", inspect.Misuse("plan.party-names", "Campaign", id, "Party", party, "Wave", wave)
	}
	s := partySecret{campaign: id, party: party, wave: wave}
	if _, err := io.ReadFull(rand, s.secret[:]); err != nil {
		return "", "", err
	}
	var verifier string
	if s.signer, verifier, err = note.GenerateKey(rand, party); err != nil {
		return "", "", err
	}
	public := plan.PartyFile{Schema: plan.PartySchema, Campaign: id, Wave: wave, Party: party, Key: verifier,
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
	if err := campaign.CreateFile(secretFile, []byte(s.format())); err != nil {
		return "", "", err
	}
	if err := campaign.CreateFile(secretFile+".html", paper); err != nil {
		return "", "", err
	}
	return secretFile, publicFile, campaign.CreateFile(publicFile, append(raw, '\n'))
}

// SignCommit signs a commit record with a party's key and seals the party's shares to pairs of
// custodians, writing the signature and the deposits into dir. It refuses a record that does not
// carry the party's own commitments. It needs no campaign folder.
func SignCommit(recordFile, secretFile, dir string) (files []string, d inspect.Digest, err error) {
	s, r, d, err := ownRecord(recordFile, secretFile)
	if err != nil {
		return nil, d, err
	}
	signer, err := note.NewSigner(s.signer)
	if err != nil {
		return nil, d, inspect.Refuse("plan.secret-malformed", "File", secretFile)
	}
	signed, err := note.Sign(&note.Note{Text: plan.CommitText(r.Campaign, r.Wave, d)}, signer)
	if err != nil {
		return nil, d, err
	}
	deposits, err := s.deposits(r)
	if err != nil {
		return nil, d, err
	}
	signature := filepath.Join(dir, fmt.Sprintf("wave-%d-%s.signature", s.wave, s.party))
	if err := campaign.CreateFile(signature, signed); err != nil {
		return nil, d, err
	}
	files = []string{signature}
	for _, e := range deposits {
		name := filepath.Join(dir, plan.DepositName(s.wave, s.party, e.Bodies))
		if err := campaign.CreateFile(name, e.Data); err != nil {
			return nil, d, err
		}
		files = append(files, name)
	}
	return files, d, nil
}

// BringShares writes what a party brings to the draw into dir: its shares of this wave under this record,
// and nothing of the secret they follow from nor of the key it signs with, which stay with the party. It
// refuses a record that does not carry the party's own commitments. It needs no campaign folder.
func BringShares(recordFile, secretFile, dir string) (file string, err error) {
	s, r, d, err := ownRecord(recordFile, secretFile)
	if err != nil {
		return "", err
	}
	raw, err := s.brought(r, d)
	if err != nil {
		return "", err
	}
	file = filepath.Join(dir, PartySharesFile(s.wave, s.party))
	return file, campaign.CreateFile(file, raw)
}

// ownRecord reads a party's secret and a commit record, and refuses one that does not carry that party's
// commitments.
func ownRecord(recordFile, secretFile string) (s *partySecret, r *draw.Record, d inspect.Digest, err error) {
	if s, err = readSecret(secretFile); err != nil {
		return nil, nil, d, err
	}
	raw, err := campaign.Read(recordFile, campaign.Text)
	if err != nil {
		return nil, nil, d, err
	}
	if r, d, err = plan.ParseRecord(recordFile, raw); err != nil {
		return nil, nil, d, err
	}
	i := slices.IndexFunc(r.Parties, func(p draw.Party) bool { return p.ID == s.party })
	if r.Campaign != s.campaign || r.Wave != s.wave || i < 0 {
		return nil, nil, d, inspect.Refuse("plan.sign-other", "Campaign", r.Campaign, "Wave", r.Wave, "Party", s.party)
	}
	for _, stage := range inspect.Stages {
		if r.Parties[i].Commitments[stage] != s.commitments()[stage] {
			return nil, nil, d, inspect.Refuse("plan.sign-commitment", "Party", s.party, "Stage", string(stage))
		}
	}
	return s, r, d, nil
}
