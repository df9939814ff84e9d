package campaign

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/config"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
	"zhicha/inspect/store"
	"zhicha/inspect/workbook"
)

// Checklist reads the campaign's own checklist.
func (c *Campaign) Checklist() (*checklist.Checklist, error) {
	data, err := c.ChecklistText()
	if err != nil {
		return nil, err
	}
	of := inspect.DigestOf(data)
	c.parsed.Lock()
	defer c.parsed.Unlock()
	if c.parsed.list == nil || c.parsed.of != of {
		list, err := checklist.Parse(checklistFile, data)
		if err != nil {
			return nil, err
		}
		c.parsed.of, c.parsed.list = of, list
	}
	return c.parsed.list, nil
}

// ChecklistText is the campaign's own checklist as it lies in the folder.
func (c *Campaign) ChecklistText() ([]byte, error) {
	return Read(c.Path(checklistFile), Small)
}

// CommittedChecklist reads the checklist and refuses one that is not the one the wave committed to:
// what is asked and how it counts is fixed before the draw.
func (c *Campaign) CommittedChecklist(ctx context.Context, wave int) (list *checklist.Checklist, err error) {
	err = c.View(ctx, func(tx *store.Tx) error {
		list, err = c.ChecklistOf(tx, wave)
		return err
	})
	return list, err
}

func (c *Campaign) ChecklistOf(tx *store.Tx, wave int) (*checklist.Checklist, error) {
	_, r, err := c.Committed(tx, wave)
	if err != nil {
		return nil, err
	}
	list, err := c.Checklist()
	if err == nil && list.Digest() != r.Checklist {
		return nil, inspect.Refuse("plan.changed", "Wave", wave, "Parts", "checklist")
	}
	return list, err
}

// Calendar reads the campaign's holidays.
func (c *Campaign) Calendar() (*inspect.Calendar, error) {
	data, err := Read(c.Path(c.Config.Holidays), Small)
	if err != nil {
		return nil, err
	}
	return inspect.ParseCalendar(c.Config.Holidays, bytes.NewReader(data))
}

// teamsFile is where the public team table of a wave is kept until the reveal publishes it.
func teamsFile(wave int) string { return fmt.Sprintf("%s/teams-%d.json", CeremonyDir, wave) }

// NoteRoster notes which roster a wave committed to.
func (c *Campaign) NoteRoster(tx *store.Tx, wave int) error {
	roster, err := Read(c.Path(RosterFile), Book)
	if err != nil {
		return err
	}
	return tx.SetMeta(rosterMeta(wave), inspect.DigestOf(roster).String())
}

// KeepTeams keeps the team table as committed, since the roster may change for the next wave. A roster
// that gives another table by now leaves what is there alone.
func (c *Campaign) KeepTeams(r *draw.Record) error {
	_, teams, err := c.Roster(r.Wave)
	if err != nil {
		return err
	}
	raw, err := inspect.CanonicalJSON(teams)
	if err != nil || inspect.DigestOf(raw) != r.Teams {
		return err
	}
	return WriteFile(c.Path(teamsFile(r.Wave)), raw, 0o600)
}

// rosterMeta is where the digest of the roster that a wave committed to is kept.
func rosterMeta(wave int) string { return fmt.Sprintf("roster-%d", wave) }

// TeamsDigest is the digest of the team table that the roster gives. The very file that was committed
// to gives the table it gave then; any other is read.
func (c *Campaign) TeamsDigest(tx *store.Tx, wave int) (d inspect.Digest, err error) {
	was, err := tx.Meta(rosterMeta(wave))
	if err != nil {
		return d, err
	}
	if data, err := Read(c.Path(RosterFile), Book); err == nil && was != "" && was == inspect.DigestOf(data).String() {
		_, r, err := c.Committed(tx, wave)
		if err != nil {
			return d, err
		}
		return r.Teams, nil
	}
	_, teams, err := c.Roster(wave)
	if err != nil {
		return d, err
	}
	raw, err := inspect.CanonicalJSON(teams)
	return inspect.DigestOf(raw), err
}

// CommittedDesign is the design of the configuration, which must be the one committed to.
func (c *Campaign) CommittedDesign(r *draw.Record) (inspect.Design, error) {
	w, err := c.Config.Wave(r.Wave)
	if err != nil {
		return inspect.Design{}, err
	}
	raw, err := inspect.CanonicalJSON(w.Design)
	if err == nil && inspect.DigestOf(raw) != r.Design {
		err = inspect.Refuse("plan.changed", "Wave", r.Wave, "Parts", "design")
	}
	return w.Design, err
}

// CommittedInputs are what the draw reads beside record and frame, each as it was committed to.
func (c *Campaign) CommittedInputs(r *draw.Record) (design inspect.Design, teams []inspect.Team, err error) {
	if design, err = c.CommittedDesign(r); err != nil {
		return design, nil, err
	}
	teams, err = c.CommittedTeams(r)
	return design, teams, err
}

// frozenKey is where the digests of the frozen frame are kept.
const FrozenKey = "frame"

// Frozen returns the digests the wave's frame was frozen with; those of a private frame are salted.
func (c *Campaign) Frozen(tx *store.Tx, w *config.Wave) (draw.FrameDigests, error) {
	key := FrozenKey
	if w.PrivateFrame {
		key = PrivateKey(w.No)
	}
	raw, err := tx.Meta(key)
	if err != nil || raw == "" {
		return draw.FrameDigests{}, cmp.Or[error](err, inspect.Refuse("campaign.frame-not-frozen"))
	}
	var d frame.Digests
	err = json.Unmarshal([]byte(raw), &d)
	return draw.FrameDigests{Frame: d.Frame, Counties: d.Counties, Townships: d.Townships, Units: d.Units}, err
}

// OpenFrame opens the frame a wave draws from; for nil, the campaign's.
func (c *Campaign) OpenFrame(w *config.Wave) (*frame.Frame, frame.Digests, error) {
	name := FrameFile
	if w != nil && w.PrivateFrame {
		name = PrivateFrameFile(w.No)
	}
	file, err := os.Open(c.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, frame.Digests{}, inspect.Misuse("campaign.no-frame")
	}
	if err != nil {
		return nil, frame.Digests{}, inspect.Fail("campaign.read", err, "File", name)
	}
	defer file.Close()
	return frame.Read(name, file)
}

// ReadFrozen opens the wave's frame and refuses one that is not the frame that was committed. A
// private frame needs its salt for that.
func (c *Campaign) ReadFrozen(wave int, committed draw.FrameDigests) (*frame.Frame, error) {
	w, err := c.Config.Wave(wave)
	if err != nil {
		return nil, err
	}
	f, d, err := c.OpenFrame(w)
	if err != nil {
		return nil, err
	}
	if w.PrivateFrame {
		salt, err := c.FrameSalt(wave)
		if err != nil {
			return nil, err
		}
		d = d.Salted(salt)
	}
	if d.Frame != committed.Frame {
		return nil, inspect.Refuse("plan.changed", "Parts", "frame")
	}
	return f, nil
}

// CommittedTeams is the public team table as it was committed; the roster may have changed since.
func (c *Campaign) CommittedTeams(r *draw.Record) ([]inspect.Team, error) {
	name := teamsFile(r.Wave)
	raw, err := Read(c.Path(name), Text)
	if err != nil {
		return nil, err
	}
	if inspect.DigestOf(raw) != r.Teams {
		return nil, inspect.Refuse("plan.changed", "Wave", r.Wave, "Parts", "teams")
	}
	var teams []inspect.Team
	return teams, json.Unmarshal(raw, &teams)
}

// Roster reads the campaign's roster and the public team table that follows from it.
func (c *Campaign) Roster(wave int) ([]inspect.Inspector, []inspect.Team, error) {
	data, err := Read(c.Path(RosterFile), Book)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, inspect.Misuse("campaign.no-roster")
	}
	if err != nil {
		return nil, nil, err
	}
	return c.ReadRoster(RosterFile, data, wave)
}

func (c *Campaign) ReadRoster(name string, data []byte, wave int) ([]inspect.Inspector, []inspect.Team, error) {
	w, err := c.Config.Wave(wave)
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

// PrivateFrameFile is the name of the frame of a wave over a list of units.
func PrivateFrameFile(wave int) string { return fmt.Sprintf("frame-%d.csv.gz", wave) }

// PrivateSaltFile is the name of its salt, below secrets/.
func PrivateSaltFile(wave int) string { return fmt.Sprintf("frame-%d.salt", wave) }

// PrivateKey is where its salted digests are kept, and importKey which import it was made from.
func PrivateKey(wave int) string { return fmt.Sprintf("frame-%d", wave) }

func ImportKey(wave int) string { return fmt.Sprintf("import-%d", wave) }

// FrameSalt reads the salt of a wave's own frame.
func (c *Campaign) FrameSalt(wave int) (salt [32]byte, err error) {
	name := c.Path(SecretsDir, PrivateSaltFile(wave))
	raw, err := Read(name, Small)
	b, herr := hex.DecodeString(strings.TrimSpace(string(raw)))
	if err != nil || herr != nil || len(b) != len(salt) {
		return salt, inspect.Refuse("wave.salt", "File", name)
	}
	return [32]byte(b), nil
}
