package ceremony

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/draw"
	"zhicha/inspect/seal"
)

// partySecret is what a party keeps to itself: one secret for one wave, and its signing key.
type partySecret struct {
	campaign, party string
	wave            int
	secret          draw.Secret
	signer          string
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
	raw, err := campaign.ReadKeyFile(path)
	var refused *inspect.Problem
	if errors.As(err, &refused) {
		return nil, refused
	} else if err != nil {
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
	if s.secret = draw.Secret(b); s.format() != text || !inspect.IsID(s.campaign) || !inspect.IsID(s.party) || s.wave < 1 || s.wave > inspect.MaxWave {
		return nil, inspect.Refuse("plan.secret-malformed", "File", path)
	}
	return &s, nil
}

// deposits seals all shares, so that no party can block the draw or the reveal afterwards.
func (s *partySecret) deposits(r *draw.Record) ([]seal.Envelope, error) {
	raw, err := inspect.CanonicalJSON(shareFile{Campaign: s.campaign, Wave: s.wave, Party: s.party, Shares: s.texts()})
	if err != nil {
		return nil, err
	}
	return seal.Seal(raw, campaign.CustodiansOf(r))
}

// brought is what a party brings to the draw of a record.
func (s *partySecret) brought(r *draw.Record, d inspect.Digest) ([]byte, error) {
	return inspect.CanonicalJSON(shareFile{Campaign: r.Campaign, Wave: r.Wave, Party: s.party, Record: d, Shares: s.texts()})
}

func (s *partySecret) texts() map[inspect.Stage]string {
	shares := map[inspect.Stage]string{}
	for _, stage := range inspect.Stages {
		share := s.share(stage)
		shares[stage] = hex.EncodeToString(share[:])
	}
	return shares
}
