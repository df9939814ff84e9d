package publish

import (
	"context"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/config"
	"zhicha/inspect/ledger"
	"zhicha/inspect/release"
	"zhicha/inspect/store"
)

// Withdraw notes that a person takes back a text that was signed. The second, another one, who names
// the same reason, enters it; it reports whether the text is withdrawn by that. Its file may then go.
func Withdraw(ctx context.Context, c *campaign.Campaign, who campaign.Actor, digest inspect.Digest, why string) (withdrawn bool, err error) {
	reason := ledger.Reason(why)
	if !slices.Contains(ledger.Reasons, reason) {
		return false, inspect.Misuse("publish.withdraw-reason", "Reason", string(reason))
	}
	return campaign.Update(ctx, c, func(tx *store.Tx) (bool, error) { return withdraw(c, tx, who, digest, reason) })
}

func withdraw(c *campaign.Campaign, tx *store.Tx, who campaign.Actor, digest inspect.Digest, reason ledger.Reason) (bool, error) {
	p, err := c.Acts(who, inspect.RoleSigner)
	if err != nil {
		if p, err = c.Acts(who, inspect.RoleReviewer); err != nil {
			return false, err
		}
	}
	left, err := standing(tx)
	if err != nil {
		return false, err
	}
	if !slices.Contains(left, digest) {
		return false, inspect.Refuse("publish.withdraw-none", "Digest", digest)
	}
	people, err := campaign.PeopleOf(tx)
	if err != nil {
		return false, err
	}
	body := ledger.Withdrawal{Document: digest, Reason: reason}
	text, err := people.Text(body)
	if err != nil {
		return false, err
	}
	// an act is known by what was signed and by which key: it is past once the text was published again, or
	// somebody left or has another key
	role := func(p *config.Person) string {
		return "withdraw " + string(reason) + " " + inspect.DigestOf([]byte(text)).Fingerprint() + " " + campaign.PersonHash(p).Fingerprint()
	}
	acts, err := tx.Signatures()
	if err != nil {
		return false, err
	}
	var by ledger.Signed
	for _, a := range acts {
		if a.By == p.ID && a.Role == role(p.Person) {
			return false, inspect.Refuse("publish.withdraw-same", "ID", p.ID)
		}
		first, err := c.Appointed(a.By)
		if err != nil || a.Role != role(first) || len(by.By) > 0 || !slices.ContainsFunc(first.Roles, mayWithdraw) {
			continue
		}
		if by, err = campaign.With(by, first, a.Note); err != nil {
			return false, err
		}
	}
	signed, err := p.Sign(text)
	if err != nil {
		return false, err
	}
	now := c.Now()
	if err := tx.PutSignature(inspect.Signature{Document: digest.String(), Digest: digest.String(), Role: role(p.Person), By: p.ID, Time: now, Note: signed}); err != nil {
		return false, err
	}
	if len(by.By) == 0 {
		return false, nil
	}
	if by, err = campaign.With(by, p.Person, signed); err != nil {
		return false, err
	}
	return true, campaign.EnterSigned(tx, people, now, body.Under(by))
}

func mayWithdraw(role string) bool { return role == inspect.RoleSigner || role == inspect.RoleReviewer }

// standing are the texts that were signed and not withdrawn since, in the order of the log.
func standing(tx *store.Tx) ([]inspect.Digest, error) {
	left, _, err := texts(tx)
	return left, err
}

// texts are those that stand, and the withdrawals of others, each in the order of the log.
func texts(tx *store.Tx) (out []inspect.Digest, gone []release.Withdrawn, err error) {
	entries, err := tx.Entries()
	if err != nil {
		return nil, nil, err
	}
	signed := map[inspect.Digest]inspect.Date{}
	for _, e := range entries {
		switch ledger.Kind(e.Kind) {
		case ledger.Published:
			b, err := ledger.Decode[ledger.Publication](e.Body)
			if err != nil {
				return nil, nil, err
			}
			if b.Document == (inspect.Digest{}) {
				continue
			}
			signed[b.Document] = inspect.DateOf(e.Time)
			if !slices.Contains(out, b.Document) {
				out = append(out, b.Document)
			}
		case ledger.Withdrawn:
			b, err := ledger.Decode[ledger.Withdrawal](e.Body)
			if err != nil {
				return nil, nil, err
			}
			gone = append(gone, release.Withdrawn{Document: b.Document, Signed: signed[b.Document], Date: inspect.DateOf(e.Time), Reason: string(b.Reason)})
			out = slices.DeleteFunc(out, func(d inspect.Digest) bool { return d == b.Document })
		}
	}
	return out, gone, nil
}

// nothingLost refuses an edition that lacks a text which was signed and not withdrawn.
func nothingLost(c *campaign.Campaign, tx *store.Tx) error {
	docs, _, err := SignedDocuments(c, tx)
	if err != nil {
		return err
	}
	left, err := standing(tx)
	if err != nil {
		return err
	}
	here := map[inspect.Digest]bool{}
	for _, d := range docs {
		here[d.Document.Digest] = true
	}
	var ps inspect.Problems
	for _, d := range left {
		if !here[d] {
			ps = append(ps, inspect.Refuse("publish.lost", "Digest", d))
		}
	}
	return ps.Err()
}
