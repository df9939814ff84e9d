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

// The parts of what a wave commits to that are kept with it: the folder's own may change for a later wave.
const (
	holidaysPart = "holidays"
	rosterPart   = "roster"
	teamsPart    = "teams"
)

// Calendar is the holidays that the wave committed to; before the commit those of the folder.
func (c *Campaign) Calendar(tx *store.Tx, wave int) (*inspect.Calendar, error) {
	kept, err := tx.Inputs(wave, holidaysPart)
	if err != nil {
		return nil, err
	}
	if len(kept) == 0 {
		data, err := Read(c.Path(c.Config.Holidays), Small)
		if err != nil {
			return nil, err
		}
		kept = []store.Input{{Content: data}}
	}
	return inspect.ParseCalendar(c.Config.Holidays, bytes.NewReader(kept[0].Content))
}

// KeepInputs keeps what the wave is about to commit to: holidays, roster and the team table that follows from it. The roster
// is the only one of them whose digest does not stand in the record, since it names people: the access record has it.
func (c *Campaign) KeepInputs(tx *store.Tx, who *Acting, r *draw.Record) error {
	teams, err := c.Roster(tx, r.Wave)
	if err != nil {
		return err
	}
	table, err := inspect.CanonicalJSON(teams[0].Teams)
	if err == nil && inspect.DigestOf(table) != r.Teams {
		err = inspect.Refuse("plan.changed", "Wave", r.Wave, "Parts", "teams")
	}
	if err != nil {
		return err
	}
	holidays, err := Read(c.Path(c.Config.Holidays), Small)
	if err != nil {
		return err
	}
	if calendar, err := inspect.ParseCalendar(c.Config.Holidays, bytes.NewReader(holidays)); err != nil || inspect.DigestOf(calendar.Canonical()) != r.Calendar {
		return cmp.Or[error](err, inspect.Refuse("plan.changed", "Wave", r.Wave, "Parts", c.Config.Holidays))
	}
	return errors.Join(tx.PutInput(r.Wave, holidaysPart, store.Input{Content: holidays}), tx.PutInput(r.Wave, teamsPart, store.Input{Content: table}), c.KeepRoster(tx, who, r.Wave, teams[0].Inspectors))
}

// KeepRoster keeps a roster of a wave that committed, beside those that held before: what was filed under one of them is
// judged by it.
func (c *Campaign) KeepRoster(tx *store.Tx, who *Acting, wave int, people []inspect.Inspector) error {
	raw, err := inspect.CanonicalJSON(people)
	if err != nil {
		return err
	}
	head, err := tx.Head(c.Now())
	if err != nil {
		return err
	}
	in := store.Input{After: head.Size, Content: raw}
	return errors.Join(tx.PutInput(wave, rosterPart, in), c.Seen(tx, who, inspect.KeptRoster, RosterLine(wave, in)))
}

// RosterLine names a roster in the access record.
func RosterLine(wave int, in store.Input) string {
	return inspect.Kept(wave, fmt.Sprintf("%d/%s", in.After, inspect.DigestOf(in.Content)))
}

// Roster is who may inspect, and the public team table that follows from it.
type Roster struct {
	After      int64 // it holds from when the log had so many entries
	Inspectors []inspect.Inspector
	Teams      []inspect.Team
}

// Roster returns the rosters of the wave in the order in which they came to hold; before the commit the folder's.
func (c *Campaign) Roster(tx *store.Tx, wave int) ([]Roster, error) {
	kept, err := tx.Inputs(wave, rosterPart)
	if err != nil {
		return nil, err
	}
	if len(kept) == 0 {
		data, err := Read(c.Path(RosterFile), Book)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, inspect.Misuse("campaign.no-roster")
		}
		if err != nil {
			return nil, err
		}
		r, err := c.ReadRoster(RosterFile, data, wave)
		return []Roster{r}, err
	}
	teams, err := tx.Inputs(wave, teamsPart) // people may have changed since, their teams have not
	if err != nil {
		return nil, err
	}
	out := make([]Roster, len(kept))
	for i, in := range kept {
		out[i].After = in.After
		if err := json.Unmarshal(in.Content, &out[i].Inspectors); err != nil {
			return nil, err
		}
		if len(teams) > 0 {
			if err := json.Unmarshal(teams[0].Content, &out[i].Teams); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// RosterNow is the roster of the wave that holds now.
func (c *Campaign) RosterNow(ctx context.Context, wave int) (now Roster, err error) {
	return now, c.View(ctx, func(tx *store.Tx) error {
		all, err := c.Roster(tx, wave)
		if err == nil {
			now = all[len(all)-1]
		}
		return err
	})
}

// ReadRoster reads a roster under the rules of a wave.
func (c *Campaign) ReadRoster(name string, data []byte, wave int) (Roster, error) {
	w, err := c.Config.Wave(wave)
	if err != nil {
		return Roster{}, err
	}
	t, err := c.Territory(wave)
	if err != nil {
		return Roster{}, err
	}
	inspectors, err := workbook.ReadRoster(name, data, t.Units)
	if err != nil {
		return Roster{}, err
	}
	teams, err := inspect.TeamTable(inspectors, w.Assign, &t)
	return Roster{Inspectors: inspectors, Teams: teams}, err
}

// TeamsDigest is the digest of the team table that the wave commits to.
func (c *Campaign) TeamsDigest(tx *store.Tx, wave int) (d inspect.Digest, err error) {
	kept, err := tx.Inputs(wave, teamsPart)
	if err != nil {
		return d, err
	}
	if len(kept) > 0 {
		return inspect.DigestOf(kept[0].Content), nil
	}
	rosters, err := c.Roster(tx, wave)
	if err != nil {
		return d, err
	}
	raw, err := inspect.CanonicalJSON(rosters[0].Teams)
	return inspect.DigestOf(raw), err
}

// Territory is what a wave covers, and the reporting units in it.
func (c *Campaign) Territory(wave int) (inspect.Territory, error) {
	w, err := c.Config.Wave(wave)
	if err != nil {
		return inspect.Territory{}, err
	}
	area, level := c.Config.Scope.Area, w.Design.Stratum
	if area == "" && level == "reporting_unit" {
		return inspect.Nation, nil
	}
	f, _, err := c.OpenFrame(nil)
	if err != nil {
		return inspect.Territory{}, err
	}
	return f.Territory(area, level), nil
}

// Land is the territory of the campaign, which its waves share: that of the first.
func (c *Campaign) Land() (inspect.Territory, error) {
	if len(c.Config.Waves) == 0 {
		return inspect.Territory{}, inspect.Misuse("wave.none")
	}
	return c.Territory(c.Config.Waves[0].No)
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
func (c *Campaign) CommittedInputs(tx *store.Tx, r *draw.Record) (design inspect.Design, teams []inspect.Team, err error) {
	if design, err = c.CommittedDesign(r); err != nil {
		return design, nil, err
	}
	teams, err = c.CommittedTeams(tx, r)
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

// CommittedTeams is the public team table as it was committed.
func (c *Campaign) CommittedTeams(tx *store.Tx, r *draw.Record) ([]inspect.Team, error) {
	kept, err := tx.Inputs(r.Wave, teamsPart)
	if err != nil {
		return nil, err
	}
	if len(kept) == 0 || inspect.DigestOf(kept[0].Content) != r.Teams {
		return nil, inspect.Refuse("plan.changed", "Wave", r.Wave, "Parts", "teams")
	}
	var teams []inspect.Team
	return teams, json.Unmarshal(kept[0].Content, &teams)
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
