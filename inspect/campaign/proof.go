package campaign

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"

	"zhicha/inspect"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
	"zhicha/inspect/release"
	"zhicha/inspect/store"
)

// proof gathers what a stranger needs to recompute a wave; nil before its stages are revealed. Of
// a frame that is not public it opens the county table alone.
func (c *Campaign) proof(tx *store.Tx, st store.Wave, r *draw.Record, legs []inspect.StandingLeg) (*release.Proof, error) {
	shares, err := tx.Reveals(r.Wave)
	if err != nil || shares[inspect.StageCounty] == nil || shares[inspect.StageAssign] == nil {
		return nil, err
	}
	w, err := c.Config.wave(r.Wave)
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
		salt, err := c.frameSalt(r.Wave)
		if err != nil {
			return nil, err
		}
		own := frame.TableSalt(salt, "counties")
		out.Salt = hex.EncodeToString(own[:])
	}
	if out.Audits, err = publicAudits(tx, r.Wave); err != nil {
		return nil, err
	}
	if out.Teams, err = c.committedTeams(r); err != nil {
		return nil, err
	}
	f, err := c.readFrozen(r.Wave, r.Frame)
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

// committedTeams is the public team table as it was committed; the roster may have changed since.
func (c *Campaign) committedTeams(r *draw.Record) ([]inspect.Team, error) {
	name := teamsFile(r.Wave)
	raw, err := os.ReadFile(c.path(name))
	if err != nil {
		return nil, inspect.Fail("campaign.read", err, "File", name)
	}
	if inspect.DigestOf(raw) != r.Teams {
		return nil, inspect.Refuse("plan.changed", "Wave", r.Wave, "Parts", "teams")
	}
	var teams []inspect.Team
	return teams, json.Unmarshal(raw, &teams)
}
