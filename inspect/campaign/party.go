package campaign

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/draw"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
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

// partySecret is what a party keeps to itself: one secret for one wave, and its signing key.
type partySecret struct {
	campaign, party string
	wave            int
	secret          draw.Secret
	signer          string
}

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

func (s *partySecret) share(stage inspect.Stage) draw.Share {
	return draw.ShareOf(s.secret, s.campaign, s.wave, s.party, stage)
}

func (s *partySecret) commitments() map[inspect.Stage]inspect.Digest {
	out := map[inspect.Stage]inspect.Digest{}
	for _, stage := range inspect.Stages {
		out[stage] = draw.Commitment(s.share(stage), s.campaign, s.wave, s.party, stage)
	}
	return out
}

// fingerprint is the same for the same secret whatever the wave, and tells nothing else of it.
func (s *partySecret) fingerprint() inspect.Digest {
	return inspect.DigestOf(inspect.LP("zhicha/1 secret", string(s.secret[:])))
}

func (s *partySecret) format() string {
	return fmt.Sprintf("zhicha/1 secret\ncampaign %s\nwave %d\nparty %s\nsecret %s\nsigner %s\n", s.campaign, s.wave, s.party, hex.EncodeToString(s.secret[:]), s.signer)
}

// readSecret reads a party's secret file strictly: what it reads, it would write again the same.
func readSecret(path string) (*partySecret, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, inspect.Refuse("plan.secret-missing", "File", path)
	}
	var s partySecret
	var secret string
	text := strings.ReplaceAll(string(raw), "\r\n", "\n")
	_, err = fmt.Sscanf(text, "zhicha/1 secret\ncampaign %s\nwave %d\nparty %s\nsecret %s\nsigner %s\n", &s.campaign, &s.wave, &s.party, &secret, &s.signer)
	b, herr := hex.DecodeString(secret)
	if err != nil || herr != nil || len(b) != len(s.secret) {
		return nil, inspect.Refuse("plan.secret-malformed", "File", path)
	}
	if s.secret = draw.Secret(b); s.format() != text {
		return nil, inspect.Refuse("plan.secret-malformed", "File", path)
	}
	return &s, nil
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

// deposits seals all shares, so that no party can block the draw or the reveal afterwards.
func (s *partySecret) deposits(r *draw.Record) ([]seal.Envelope, error) {
	shares := map[inspect.Stage]string{}
	for _, stage := range inspect.Stages {
		share := s.share(stage)
		shares[stage] = hex.EncodeToString(share[:])
	}
	raw, err := inspect.CanonicalJSON(map[string]any{"campaign": s.campaign, "wave": s.wave, "party": s.party, "shares": shares})
	if err != nil {
		return nil, err
	}
	return seal.Seal(raw, custodiansOf(r))
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

// PartyAdd takes in what parties bring to the office, each file by what it is: a public file
// before the commit; a signature or a deposit after it. When the last signature and deposit are
// there, the commit is entered in the log.
func (c *Campaign) PartyAdd(ctx context.Context, wave int, files []string) error {
	return c.db.Update(ctx, func(tx *store.Tx) error {
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				return inspect.Fail("campaign.read", err, "File", f)
			}
			switch {
			case bytes.HasPrefix(raw, []byte("age-encryption.org/")):
				err = c.addDeposit(tx, wave, filepath.Base(f), raw)
			case bytes.HasPrefix(raw, []byte("zhicha/1 commit\n")):
				err = c.addSignature(tx, wave, f, raw)
			default:
				err = c.addParty(tx, wave, f, raw)
			}
			if err != nil {
				return err
			}
		}
		return c.enterCommit(tx, wave)
	})
}

func (c *Campaign) addParty(tx *store.Tx, wave int, name string, raw []byte) error {
	var p PartyFile
	if err := json.Unmarshal(raw, &p); err != nil || p.Schema != partySchema {
		return inspect.Reject("plan.party-file", inspect.Place{File: name})
	}
	w, err := c.Config.wave(wave)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(w.Ceremony.Parties, func(x Party) bool { return x.ID == p.Party }) {
		return inspect.Misuse("plan.unknown-party", "ID", p.Party, "Wave", wave)
	}
	if p.Campaign != c.Config.Campaign.ID || p.Wave != wave {
		return inspect.Refuse("plan.sign-other", "Campaign", p.Campaign, "Wave", p.Wave, "Party", p.Party)
	}
	if _, done, err := tx.Wave(wave); err != nil || done {
		return cmpErr(err, inspect.Refuse("plan.committed", "Wave", wave))
	}
	known, err := tx.Parties(0)
	if err != nil {
		return err
	}
	here, err := tx.Parties(wave)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(here, func(x store.Party) bool { return x.ID == p.Party }) {
		return inspect.Refuse("plan.party-exists", "ID", p.Party, "Wave", wave)
	}
	for _, x := range known {
		var other PartyFile
		if err := json.Unmarshal(x.Body, &other); err != nil {
			return err
		}
		if other.Fingerprint == p.Fingerprint {
			return inspect.Refuse("plan.secret-reused", "ID", p.Party, "Other", other.Party, "Wave", other.Wave)
		}
	}
	return tx.PutParty(wave, p.Party, raw)
}

func (c *Campaign) addSignature(tx *store.Tx, wave int, name string, raw []byte) error {
	st, r, err := c.committed(tx, wave)
	if err != nil {
		return err
	}
	parties, err := tx.Parties(wave)
	if err != nil {
		return err
	}
	text := commitText(r.Campaign, r.Wave, inspect.DigestOf(st.Record))
	for _, p := range r.Parties {
		v, err := note.NewVerifier(p.Key)
		if err != nil {
			return inspect.Refuse("plan.party-key", "ID", p.ID)
		}
		n, err := note.Open(raw, note.VerifierList(v))
		if err != nil {
			continue
		}
		i := slices.IndexFunc(parties, func(x store.Party) bool { return x.ID == p.ID })
		switch {
		case n.Text != text || len(n.Sigs) != 1 || len(n.UnverifiedSigs) > 0:
			return inspect.Refuse("plan.signature-other", "ID", p.ID)
		case parties[i].Signature != "":
			return inspect.Refuse("plan.signed", "ID", p.ID)
		}
		return tx.SignParty(wave, p.ID, string(raw), c.env.Now())
	}
	return inspect.Reject("plan.signature", inspect.Place{File: name})
}

func (c *Campaign) addDeposit(tx *store.Tx, wave int, name string, raw []byte) error {
	_, r, err := c.committed(tx, wave)
	if err != nil {
		return err
	}
	for _, p := range r.Parties {
		for _, bodies := range seal.Pairs(custodiansOf(r)) {
			if depositName(wave, p.ID, bodies) != name {
				continue
			}
			if err := tx.PutDeposit(wave, p.ID, name, inspect.DigestOf(raw).String()); err != nil {
				return inspect.Refuse("plan.deposited", "File", name)
			}
			return writeFile(c.path(sealedDir, name), raw, 0o600)
		}
	}
	return inspect.Reject("plan.deposit", inspect.Place{File: name})
}

// missing names what the parties still owe: signatures and deposits.
func (c *Campaign) missing(tx *store.Tx, r *draw.Record) (owed []string, last time.Time, err error) {
	parties, err := tx.Parties(r.Wave)
	if err != nil {
		return nil, last, err
	}
	for _, p := range parties {
		if p.Signature == "" {
			owed = append(owed, p.ID+".signature")
		} else if p.Signed.After(last) {
			last = p.Signed
		}
		deposits, err := tx.Deposits(r.Wave, p.ID)
		if err != nil {
			return nil, last, err
		}
		for _, bodies := range seal.Pairs(custodiansOf(r)) {
			if name := depositName(r.Wave, p.ID, bodies); deposits[name] == "" {
				owed = append(owed, name)
			}
		}
	}
	return owed, last, nil
}

// enterCommit logs the commit once every party has signed and deposited.
func (c *Campaign) enterCommit(tx *store.Tx, wave int) error {
	st, ok, err := tx.Wave(wave)
	if err != nil || !ok {
		return err
	}
	_, r, err := c.committed(tx, wave)
	if err != nil {
		return err
	}
	owed, _, err := c.missing(tx, r)
	if err != nil || len(owed) > 0 {
		return err
	}
	parties, err := tx.Parties(wave)
	if err != nil {
		return err
	}
	signatures := map[string]any{}
	for _, p := range parties {
		signatures[p.ID] = inspect.DigestOf([]byte(p.Signature))
	}
	return tx.Append(c.env.Now(), "draw-committed", map[string]any{"wave": wave, "record": inspect.DigestOf(st.Record), "signatures": signatures, "revealBy": r.RevealBy})
}

// fromParty decodes a stored party for the commit record, under its configured name.
func fromParty(p store.Party, name string) (draw.Party, error) {
	var f PartyFile
	err := json.Unmarshal(p.Body, &f)
	return draw.Party{ID: f.Party, Name: name, Key: f.Key, Commitments: f.Commitments}, err
}
