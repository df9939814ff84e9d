package ceremony

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"path/filepath"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/config"
	"zhicha/inspect/draw"
	"zhicha/inspect/ledger"
	"zhicha/inspect/plan"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
)

// AddPartyFiles has a drawer take in what parties bring to the office, each file by what it is: a public file
// before the commit; a signature or a deposit after it. When the last signature and deposit are
// there, the commit is entered in the log.
func AddPartyFiles(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int, files []string) error {
	if _, err := c.Acts(who, inspect.RoleDrawer); err != nil {
		return err
	}
	return c.Update(ctx, func(tx *store.Tx) error {
		pending := map[string][]byte{} // written once every file was found good
		for _, f := range files {
			raw, err := campaign.Read(f, campaign.Text)
			if err != nil {
				return err
			}
			switch {
			case bytes.HasPrefix(raw, []byte("age-encryption.org/")):
				err = addDeposit(c, tx, wave, filepath.Base(f), raw, pending)
			case bytes.HasPrefix(raw, []byte("zhicha/1 commit\n")):
				err = addSignature(c, tx, wave, f, raw)
			default:
				err = addParty(c, tx, wave, f, raw)
			}
			if err != nil {
				return err
			}
		}
		for path, raw := range pending {
			if err := campaign.WriteFile(path, raw, 0o600); err != nil {
				return err
			}
		}
		return enterCommit(c, tx, wave)
	})
}

func addParty(c *campaign.Campaign, tx *store.Tx, wave int, name string, raw []byte) error {
	var p plan.PartyFile
	if err := json.Unmarshal(raw, &p); err != nil || p.Schema != plan.PartySchema || !inspect.IsID(p.Campaign) || !inspect.IsID(p.Party) {
		return inspect.Reject("plan.party-file", inspect.Place{File: name})
	}
	w, err := c.Config.Wave(wave)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(w.Ceremony.Parties, func(x config.Party) bool { return x.ID == p.Party }) {
		return inspect.Misuse("plan.unknown-party", "ID", p.Party, "Wave", wave)
	}
	if v, err := note.NewVerifier(p.Key); err != nil || v.Name() != p.Party {
		return inspect.Refuse("plan.party-key", "ID", p.Party)
	}
	if p.Campaign != c.Config.Campaign.ID || p.Wave != wave {
		return inspect.Refuse("plan.sign-other", "Campaign", p.Campaign, "Wave", p.Wave, "Party", p.Party)
	}
	if _, done, err := tx.Wave(wave); err != nil || done {
		return cmp.Or[error](err, inspect.Refuse("plan.committed", "Wave", wave))
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
		var other plan.PartyFile
		if err := json.Unmarshal(x.Body, &other); err != nil {
			return err
		}
		if other.Fingerprint == p.Fingerprint {
			return inspect.Refuse("plan.secret-reused", "ID", p.Party, "Other", other.Party, "Wave", other.Wave)
		}
	}
	return tx.PutParty(wave, p.Party, raw)
}

func addSignature(c *campaign.Campaign, tx *store.Tx, wave int, name string, raw []byte) error {
	st, r, err := c.Committed(tx, wave)
	if err != nil {
		return err
	}
	parties, err := tx.Parties(wave)
	if err != nil {
		return err
	}
	text := plan.CommitText(r.Campaign, r.Wave, inspect.DigestOf(st.Record))
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
		return tx.SignParty(wave, p.ID, string(raw), c.Now())
	}
	return inspect.Reject("plan.signature", inspect.Place{File: name})
}

func addDeposit(c *campaign.Campaign, tx *store.Tx, wave int, name string, raw []byte, pending map[string][]byte) error {
	_, r, err := c.Committed(tx, wave)
	if err != nil {
		return err
	}
	for _, p := range r.Parties {
		for _, bodies := range seal.Pairs(campaign.CustodiansOf(r)) {
			if plan.DepositName(wave, p.ID, bodies) != name {
				continue
			}
			there, err := tx.Deposits(wave, p.ID)
			if err != nil || there[name] != "" {
				return cmp.Or[error](err, inspect.Refuse("plan.deposited", "File", name))
			}
			pending[c.Path(campaign.SealedDir, name)] = raw
			return tx.PutDeposit(wave, p.ID, name, inspect.DigestOf(raw).String())
		}
	}
	return inspect.Reject("plan.deposit", inspect.Place{File: name})
}

// Missing names what the parties still owe: signatures and deposits.
func Missing(c *campaign.Campaign, tx *store.Tx, r *draw.Record) (owed []string, err error) {
	parties, err := tx.Parties(r.Wave)
	if err != nil {
		return nil, err
	}
	for _, p := range parties {
		if p.Signature == "" {
			owed = append(owed, p.ID+".signature")
		}
		deposits, err := tx.Deposits(r.Wave, p.ID)
		if err != nil {
			return nil, err
		}
		for _, bodies := range seal.Pairs(campaign.CustodiansOf(r)) {
			if name := plan.DepositName(r.Wave, p.ID, bodies); deposits[name] == "" {
				owed = append(owed, name)
			}
		}
	}
	return owed, nil
}

// enterCommit logs the commit once every party has signed and deposited.
func enterCommit(c *campaign.Campaign, tx *store.Tx, wave int) error {
	st, ok, err := tx.Wave(wave)
	if err != nil || !ok {
		return err
	}
	_, r, err := c.Committed(tx, wave)
	if err != nil {
		return err
	}
	owed, err := Missing(c, tx, r)
	if err != nil || len(owed) > 0 {
		return err
	}
	parties, err := tx.Parties(wave)
	if err != nil {
		return err
	}
	signatures := map[string]inspect.Digest{}
	for _, p := range parties {
		signatures[p.ID] = inspect.DigestOf([]byte(p.Signature))
	}
	return campaign.Enter(tx, c.Now(), ledger.Commit{Wave: wave, Record: inspect.DigestOf(st.Record), Signatures: signatures, RevealBy: r.RevealBy})
}

// fromParty decodes a stored party for the commit record, under its configured name.
func fromParty(p store.Party, name string) (draw.Party, error) {
	var f plan.PartyFile
	err := json.Unmarshal(p.Body, &f)
	return draw.Party{ID: f.Party, Name: name, Key: f.Key, Commitments: f.Commitments}, err
}
