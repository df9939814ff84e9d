package campaign

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"zhicha/inspect"
	"zhicha/inspect/workbook"
)

// RosterTemplate writes the workbook to fill in to path. A file that is there is never
// overwritten: it may hold somebody's work.
func (c *Campaign) RosterTemplate(path string) error {
	var out bytes.Buffer
	if err := workbook.WriteRosterTemplate(&out, nil, c.Config.Campaign.Demo); err != nil {
		return err
	}
	return createFile(path, out.Bytes())
}

// createFile writes data to a new file; one that is there stays and is a Problem.
func createFile(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return inspect.Misuse("campaign.file-exists", "File", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close(), syncFolder(filepath.Dir(path)))
}

// RosterImport checks the workbook at path under the rules of the wave and keeps it as the
// campaign's roster, all or nothing.
func (c *Campaign) RosterImport(path string, wave int) ([]inspect.Team, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, inspect.Fail("campaign.read", err, "File", path)
	}
	_, teams, err := c.readRoster(path, data, wave)
	if err != nil {
		return nil, err
	}
	return teams, writeFile(c.path(rosterFile), data, 0o600)
}

// Roster reads the campaign's roster and the public team table that follows from it.
func (c *Campaign) Roster(wave int) ([]inspect.Inspector, []inspect.Team, error) {
	data, err := os.ReadFile(c.path(rosterFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, inspect.Misuse("campaign.no-roster")
	}
	if err != nil {
		return nil, nil, err
	}
	return c.readRoster(rosterFile, data, wave)
}

func (c *Campaign) readRoster(name string, data []byte, wave int) ([]inspect.Inspector, []inspect.Team, error) {
	w, err := c.Config.wave(wave)
	if err != nil {
		return nil, nil, err
	}
	inspectors, err := workbook.ReadRoster(name, data)
	if err != nil {
		return nil, nil, err
	}
	teams, err := inspect.TeamTable(inspectors, w.Assign)
	return inspectors, teams, err
}
