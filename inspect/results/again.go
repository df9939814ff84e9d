package results

import (
	"encoding/hex"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ledger"
	"zhicha/inspect/store"
)

// Again computes and freezes a wave's score in a copy of the campaign, as an audit does: as it was frozen,
// by the same person at the same time, under the same salt.
func Again(c *campaign.Campaign, tx *store.Tx, was store.Score, at time.Time) error {
	g, err := gather(c, tx, was.Wave)
	if err != nil {
		return err
	}
	r, err := g.compute()
	if err != nil {
		return err
	}
	salt, err := hex.DecodeString(was.Salt)
	if err != nil || len(salt) != len(ledger.Salt{}) {
		return inspect.Refuse("score.bent", "Wave", was.Wave, "Frozen", was.Digest, "Now", "")
	}
	_, err = g.freeze(tx, r, was.By, was.Correction, salts{public: ledger.Salt(salt)}, at, func(rows [][]string, body func(root inspect.Digest) ledger.Body) error {
		root, err := campaign.Bind(tx, ledger.Salt{byte(was.Correction), byte(was.Correction >> 8)}, rows) // nobody signs in a copy
		if err != nil {
			return err
		}
		return campaign.Enter(tx, at, body(root))
	})
	return err
}
