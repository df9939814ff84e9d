package ceremony

import (
	"bytes"
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

// shareFile holds a party's shares of a wave, as deposited or, with the record they are for, as brought.
type shareFile struct {
	Campaign string                   `json:"campaign"`
	Wave     int                      `json:"wave"`
	Party    string                   `json:"party"`
	Record   inspect.Digest           `json:"record,omitzero"` // D
	Shares   map[inspect.Stage]string `json:"shares"`          // hexadecimal
}

// decoded are the shares, each of 32 bytes.
func (f *shareFile) decoded() (map[inspect.Stage]draw.Share, error) {
	out := map[inspect.Stage]draw.Share{}
	for stage, text := range f.Shares {
		b, err := hex.DecodeString(text)
		if err != nil || len(b) != len(draw.Share{}) {
			return nil, inspect.Refuse("draw.share-wrong", "Party", f.Party, "Stage", stage)
		}
		out[stage] = draw.Share(b)
	}
	return out, nil
}

// shares returns every party's shares: from the files that parties brought to secrets/, and for a party
// that brought none, from its deposit, which takes two custodians' keys. A party's secret, from which the
// shares of every stage of that wave follow for whoever has it, has no place at the office: where one lies
// in secrets/ there is no draw, unless all of it is only played.
func shares(c *campaign.Campaign, r *draw.Record, keys campaign.Custody) (map[string]map[inspect.Stage]draw.Share, error) {
	if left, err := campaign.Matching(c.Path(campaign.SecretsDir, "wave-*.secret*")); err != nil {
		return nil, err
	} else if len(left) > 0 && !c.Config.Campaign.Demo {
		return nil, inspect.Refuse("plan.secret-here", "File", left[0])
	}
	d, err := r.D()
	if err != nil {
		return nil, err
	}
	out := map[string]map[inspect.Stage]draw.Share{}
	for _, p := range r.Parties {
		file := c.Path(campaign.SecretsDir, PartySharesFile(r.Wave, p.ID))
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			if keys.None() {
				return nil, inspect.Refuse("plan.shares-missing", "Party", p.ID, "File", file)
			}
			if out[p.ID], err = OpenDeposit(c, r, p.ID, keys); err != nil {
				return nil, err
			}
			continue
		}
		f, err := readShares(file)
		if err != nil {
			return nil, err
		}
		if f.Campaign != r.Campaign || f.Wave != r.Wave || f.Party != p.ID || f.Record != d {
			return nil, inspect.Refuse("plan.sign-other", "Campaign", f.Campaign, "Wave", f.Wave, "Party", f.Party)
		}
		if out[p.ID], err = f.decoded(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// readShares reads what a party brought, strictly.
func readShares(path string) (*shareFile, error) {
	raw, err := campaign.ReadKeyFile(path)
	if err != nil {
		return nil, err
	}
	var f shareFile
	if err := json.Unmarshal(raw, &f); err == nil {
		if again, err := inspect.CanonicalJSON(f); err == nil && bytes.Equal(again, bytes.TrimSpace(raw)) {
			return &f, nil
		}
	}
	return nil, inspect.Refuse("plan.shares-malformed", "File", path)
}

// OpenDeposit opens a party's deposited shares.
func OpenDeposit(c *campaign.Campaign, r *draw.Record, party string, keys campaign.Custody) (map[inspect.Stage]draw.Share, error) {
	pattern := c.Path(campaign.SealedDir, fmt.Sprintf("deposit-%d-%s.*.age", r.Wave, party))
	raw, err := keys.Open(pattern)
	if err != nil {
		return nil, err
	}
	var f shareFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, err
	}
	f.Party = party
	return f.decoded()
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
