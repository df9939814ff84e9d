package prepare

import (
	"bytes"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/workbook"
)

// WriteRosterTemplate writes the workbook to fill in to path. A file that is there is never
// overwritten: it may hold somebody's work.
func WriteRosterTemplate(c *campaign.Campaign, path string) error {
	var out bytes.Buffer
	if err := workbook.WriteRosterTemplate(&out, nil, c.Config.Campaign.Demo); err != nil {
		return err
	}
	return campaign.CreateFile(path, out.Bytes())
}

// ImportRoster checks the workbook at path under the rules of the wave and keeps it as the
// campaign's roster, all or nothing.
func ImportRoster(c *campaign.Campaign, who campaign.Actor, path string, wave int) ([]inspect.Team, error) {
	if _, err := c.Acts(who, inspect.RoleDrawer); err != nil {
		return nil, err
	}
	data, err := campaign.Read(path, campaign.Book)
	if err != nil {
		return nil, err
	}
	_, teams, err := c.ReadRoster(path, data, wave)
	if err != nil {
		return nil, err
	}
	return teams, campaign.WriteFile(c.Path(campaign.RosterFile), data, 0o600)
}
