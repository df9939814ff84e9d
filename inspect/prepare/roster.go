package prepare

import (
	"bytes"
	"context"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/store"
	"zhicha/inspect/workbook"
)

// WriteRosterTemplate writes the workbook to fill in to path. A file that is there is never
// overwritten: it may hold somebody's work.
func WriteRosterTemplate(c *campaign.Campaign, wave int, path string) error {
	t, err := c.Territory(wave)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := workbook.WriteRosterTemplate(&out, nil, t.Units, c.Config.Campaign.Demo); err != nil {
		return err
	}
	return campaign.CreateFile(path, out.Bytes())
}

// ImportRoster checks the workbook at path under the rules of the wave and keeps it as the
// campaign's roster, all or nothing. Once the wave committed its teams stand; who is in them may still change,
// and what comes back from then on is judged by it.
func ImportRoster(ctx context.Context, c *campaign.Campaign, who campaign.Actor, path string, wave int) ([]inspect.Team, error) {
	p, err := c.Acts(who, inspect.RoleDrawer)
	if err != nil {
		return nil, err
	}
	data, err := campaign.Read(path, campaign.Book)
	if err != nil {
		return nil, err
	}
	roster, err := c.ReadRoster(path, data, wave)
	if err != nil {
		return nil, err
	}
	raw, err := inspect.CanonicalJSON(roster.Teams)
	if err != nil {
		return nil, err
	}
	committed := false
	err = c.Update(ctx, func(tx *store.Tx) (err error) {
		if _, committed, err = tx.Wave(wave); err != nil || !committed {
			return err
		}
		_, r, err := c.Committed(tx, wave)
		if err != nil {
			return err
		}
		if inspect.DigestOf(raw) != r.Teams {
			return inspect.Refuse("roster.committed", "Wave", wave)
		}
		return c.KeepRoster(tx, p, wave, roster.Inspectors)
	})
	if err != nil || committed { // the folder's is for the waves to come
		return roster.Teams, err
	}
	return roster.Teams, campaign.WriteFile(c.Path(campaign.RosterFile), data, 0o600)
}
