package ceremony

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/draw"
	"zhicha/inspect/store"
)

// shares returns every party's shares: from the secret files that parties brought to secrets/,
// and for a party that did not, from its deposit, which takes two custodians' keys.
func shares(c *campaign.Campaign, r *draw.Record, keys campaign.Custody) (map[string]map[inspect.Stage]draw.Share, error) {
	out := map[string]map[inspect.Stage]draw.Share{}
	for _, p := range r.Parties {
		file := c.Path(campaign.SecretsDir, PartySecretFile(r.Wave, p.ID))
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) && !keys.None() {
			if out[p.ID], err = OpenDeposit(c, r, p.ID, keys); err != nil {
				return nil, err
			}
			continue
		}
		s, err := readSecret(file)
		if err != nil {
			return nil, err
		}
		if s.campaign != r.Campaign || s.wave != r.Wave || s.party != p.ID {
			return nil, inspect.Refuse("plan.sign-other", "Campaign", s.campaign, "Wave", s.wave, "Party", s.party)
		}
		out[p.ID] = map[inspect.Stage]draw.Share{}
		for _, stage := range inspect.Stages {
			out[p.ID][stage] = s.share(stage)
		}
	}
	return out, nil
}

// OpenDeposit opens a party's deposited shares.
func OpenDeposit(c *campaign.Campaign, r *draw.Record, party string, keys campaign.Custody) (map[inspect.Stage]draw.Share, error) {
	pattern := c.Path(campaign.SealedDir, fmt.Sprintf("deposit-%d-%s.*.age", r.Wave, party))
	raw, err := keys.Open(pattern)
	if err != nil {
		return nil, err
	}
	var d struct {
		Shares map[inspect.Stage]string `json:"shares"`
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, err
	}
	out := map[inspect.Stage]draw.Share{}
	for stage, text := range d.Shares {
		b, err := hex.DecodeString(text)
		if err != nil || len(b) != len(draw.Share{}) {
			return nil, inspect.Refuse("draw.share-wrong", "Party", party, "Stage", stage)
		}
		out[stage] = draw.Share(b)
	}
	return out, nil
}

// stageKeys derives all stage keys, checking every share against its commitment.
func stageKeys(c *campaign.Campaign, r *draw.Record, beacon string, keys campaign.Custody) (map[inspect.Stage]inspect.Key, error) {
	all, err := shares(c, r, keys)
	if err != nil {
		return nil, err
	}
	return KeysOf(r, beacon, all)
}

func KeysOf(r *draw.Record, beacon string, all map[string]map[inspect.Stage]draw.Share) (_ map[inspect.Stage]inspect.Key, err error) {
	keys := map[inspect.Stage]inspect.Key{}
	for _, stage := range inspect.Stages {
		shares := map[string]draw.Share{}
		for id, own := range all {
			shares[id] = own[stage]
		}
		if keys[stage], err = r.StageKey(stage, beacon, shares); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// CheckDeposits opens every party's deposit with the keys of two custodians of different bodies and
// refuses one that is missing or does not open the party's commitments, while the party can still be
// asked for another: what is sealed could be anything, and a party that later lost its secret would
// block the draw. Nothing of the shares is kept or shown. It returns the parties whose deposits hold.
func CheckDeposits(ctx context.Context, c *campaign.Campaign, wave int, keys campaign.Custody) (parties []string, err error) {
	var r *draw.Record
	err = c.View(ctx, func(tx *store.Tx) error {
		_, r, err = c.Committed(tx, wave)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, p := range r.Parties {
		shares, err := OpenDeposit(c, r, p.ID, keys)
		if err != nil {
			return parties, err
		}
		for _, stage := range inspect.Stages {
			if draw.Commitment(shares[stage], r.Campaign, r.Wave, p.ID, stage) != p.Commitments[stage] {
				return parties, inspect.Refuse("draw.share-wrong", "Party", p.ID, "Stage", string(stage))
			}
		}
		parties = append(parties, p.ID)
	}
	return parties, nil
}
