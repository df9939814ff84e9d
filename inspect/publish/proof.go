package publish

import (
	"bytes"
	"encoding/hex"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
	"zhicha/inspect/release"
	"zhicha/inspect/results"
	"zhicha/inspect/store"
)

// PublicAudits is what may be told of a wave's audits: a key, a day and numbers.
func PublicAudits(tx *store.Tx, wave int) (out []release.Audit, err error) {
	audits, err := campaign.AuditsOf(tx, wave)
	if err != nil {
		return nil, err
	}
	score, err := results.LoggedDigest(tx, wave) // that stands: one that was corrected since was not computed again
	if err != nil {
		return nil, err
	}
	for _, x := range audits {
		at, _ := time.Parse(time.RFC3339, x.Statement.Time)
		out = append(out, release.Audit{Fingerprint: x.Fingerprint(), At: at.In(inspect.Beijing), Visits: x.Statement.Visits,
			Substitutions: x.Statement.Substitutions, Returns: x.Statement.Returns, Scored: score != (inspect.Digest{}) && x.Statement.Score == score, Mismatches: x.Statement.Mismatches})
	}
	return out, nil
}

// proof gathers what a stranger needs to recompute a wave; nil before its stages are revealed. Of
// a frame that is not public it opens the county table alone.
func proof(c *campaign.Campaign, tx *store.Tx, st store.Wave, r *draw.Record, legs []inspect.StandingLeg) (*release.Proof, error) {
	shares, err := tx.Reveals(r.Wave)
	if err != nil || shares[inspect.StageCounty] == nil || shares[inspect.StageAssign] == nil {
		return nil, err
	}
	w, err := c.Config.Wave(r.Wave)
	if err != nil {
		return nil, err
	}
	out := &release.Proof{Record: st.Record, Signatures: map[string]string{}, Shares: shares}
	parties, err := tx.Parties(r.Wave)
	if err != nil {
		return nil, err
	}
	for _, p := range parties {
		out.Signatures[p.ID] = p.Signature
	}
	if w.PrivateFrame {
		salt, err := c.FrameSalt(r.Wave)
		if err != nil {
			return nil, err
		}
		own := frame.TableSalt(salt, "counties")
		out.Salt = hex.EncodeToString(own[:])
	}
	if out.Audits, err = PublicAudits(tx, r.Wave); err != nil {
		return nil, err
	}
	if out.Teams, err = c.CommittedTeams(tx, r); err != nil {
		return nil, err
	}
	f, err := c.ReadFrozen(r.Wave, r.Frame)
	if err != nil {
		return nil, err
	}
	var table bytes.Buffer
	if err := f.WriteTable(&table, frame.Counties); err != nil {
		return nil, err
	}
	out.Counties = table.Bytes()
	home := map[int]string{}
	for _, t := range out.Teams {
		home[t.No] = t.Home
	}
	for _, l := range legs {
		u, _ := f.County(l.County)
		out.Legs = append(out.Legs, release.Leg{No: l.No, Region: l.Region, County: l.County, Name: u.Name, Team: l.Team, Home: home[l.Team], Twin: l.Twin})
	}
	return out, nil
}
