package prepare

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/config"
	"zhicha/inspect/frame"
	"zhicha/inspect/ledger"
	"zhicha/inspect/results"
	"zhicha/inspect/store"
)

// NewWave is what a further wave is made from. What it leaves open is copied from the last wave.
type NewWave struct {
	No       int    // 0: the next number
	Kind     string // random, lookback, topup or redraw
	Reason   string // a redraw and a top-up need one
	Units    string // CSV file kind,id: the wave draws from these units alone
	Import   string // id of an import, or its beginning: the wave draws from the units found there
	From, To inspect.Date
	Issue    string // of the beacon; where it is empty the office fills it in before the commit
}

// MadeWave is what became of it.
type MadeWave struct {
	No     int            `json:"no"`
	Kind   string         `json:"kind"`
	Window inspect.Window `json:"window"`
	Units  *frame.Count   `json:"units,omitempty"`  // rows of the wave's own frame
	Frame  string         `json:"frame,omitempty"`  // its file
	Import string         `json:"import,omitempty"` //
}

// AddWave appends a wave to config.yaml. A wave over a list of units gets a frame of its own: the
// units and what lies above them, frozen at once under salted digests. A number is used once.
func AddWave(ctx context.Context, c *campaign.Campaign, who campaign.Actor, n NewWave) (*MadeWave, error) {
	if _, err := c.Acts(who, inspect.RoleDrawer); err != nil {
		return nil, err
	}
	if err := n.check(); err != nil {
		return nil, err
	}
	if len(c.Config.Waves) == 0 {
		return nil, inspect.Misuse("wave.none")
	}
	var keys []frame.Key
	out, err := campaign.View(ctx, c, func(tx *store.Tx) (out *MadeWave, err error) {
		out = &MadeWave{Kind: n.Kind}
		if out.No, err = nextWave(c, tx, n.No); err != nil {
			return nil, err
		}
		keys, out.Import, err = unitsOf(tx, n)
		return out, err
	})
	if err != nil {
		return nil, err
	}
	var own *privateFrame
	if keys != nil {
		if own, err = newPrivateFrame(c, keys, out); err != nil {
			return nil, err
		}
	}
	// the configuration and the database are two things on disk: files come first, then the
	// configuration, then the entry that speaks of them, and what fails takes back what came before
	if err := own.keep(); err != nil {
		return nil, err
	}
	undo, err := c.EditConfig(func(name string, data []byte) (*config.Config, []byte, error) {
		return config.AddWave(name, data, config.NewWave{No: out.No, Kind: n.Kind, Reason: n.Reason, From: n.From, To: n.To, Issue: n.Issue, PrivateFrame: own != nil})
	})
	if err != nil {
		return nil, errors.Join(err, own.drop())
	}
	if err := c.Update(ctx, func(tx *store.Tx) error { return own.enter(c, tx, out) }); err != nil {
		return nil, errors.Join(err, undo(), own.drop())
	}
	w, err := c.Config.Wave(out.No)
	if err == nil {
		out.Window = w.Window
	}
	return out, err
}

func (n *NewWave) check() error {
	switch {
	case !slices.Contains([]string{"random", "lookback", "topup", "redraw"}, n.Kind):
		return inspect.Misuse("wave.kind", "Kind", n.Kind)
	case (n.Kind == "redraw" || n.Kind == "topup") && n.Reason == "":
		return inspect.Refuse("wave.reason", "Kind", n.Kind)
	case (n.Kind == "lookback" || n.Kind == "topup") && n.Units == "" && n.Import == "":
		return inspect.Refuse("wave.units", "Kind", n.Kind)
	case n.Units != "" && n.Import != "":
		return inspect.Misuse("wave.two-lists")
	case (n.From == "") != (n.To == "") || n.To < n.From:
		return inspect.Misuse("wave.window", "From", string(n.From), "To", string(n.To))
	}
	for _, d := range []inspect.Date{n.From, n.To} {
		if _, err := inspect.ParseDate(string(d)); d != "" && err != nil {
			return inspect.Misuse("wave.window", "From", string(n.From), "To", string(n.To))
		}
	}
	return nil
}

// nextWave is the wanted number, or one above all that were ever used. A number that stands in
// the configuration, or that a party or a commit has used, is refused.
func nextWave(c *campaign.Campaign, tx *store.Tx, wanted int) (int, error) {
	used, err := tx.Waves()
	if err != nil {
		return 0, err
	}
	for _, w := range c.Config.Waves {
		used = append(used, w.No)
	}
	no := wanted
	if wanted == 0 {
		no = slices.Max(used) + 1
	}
	parties, err := tx.Parties(no)
	if err != nil {
		return 0, err
	}
	if no < 1 || no > inspect.MaxWave || slices.Contains(used, no) || len(parties) > 0 {
		return 0, inspect.Refuse("wave.number", "No", no)
	}
	return no, nil
}

// unitsOf reads the list a wave draws from; nil where it draws from the campaign's frame.
func unitsOf(tx *store.Tx, n NewWave) (keys []frame.Key, from string, err error) {
	switch {
	case n.Units != "":
		data, err := campaign.Read(n.Units, campaign.Text)
		if err != nil {
			return nil, "", err
		}
		keys, err = readUnits(n.Units, data)
		return keys, "", err
	case n.Import != "":
		e, digest, err := results.ImportOf(tx, n.Import)
		if err != nil {
			return nil, "", err
		}
		for _, u := range e.Units {
			keys = append(keys, frame.Key{Kind: u.Kind, ID: u.Unit})
		}
		return keys, digest, nil
	}
	return nil, "", nil
}

// readUnits reads a list of units: a header kind,id and a unit a line. Other columns are left alone.
func readUnits(name string, data []byte) ([]frame.Key, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	var keys []frame.Key
	var ps inspect.Problems
	for first := true; ; first = false {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		at := inspect.Place{File: name}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			at.Line = wrong.Line
			return nil, inspect.Reject("wave.list", at, "Cause", wrong.Err.Error())
		}
		at.Line, _ = r.FieldPos(0)
		switch {
		case first && (len(row) < 2 || strings.TrimSpace(row[0]) != "kind" || strings.TrimSpace(row[1]) != "id"):
			return nil, inspect.Reject("wave.list-header", at)
		case first:
		case len(row) < 2:
			ps = append(ps, inspect.Reject("wave.list", at, "Cause", strings.Join(row, ",")))
		default:
			keys = append(keys, frame.Key{At: at, Kind: inspect.Kind(strings.ToUpper(strings.TrimSpace(row[0]))), ID: strings.TrimSpace(row[1])})
		}
	}
	if keys == nil && ps == nil {
		return nil, inspect.Reject("wave.list-empty", inspect.Place{File: name})
	}
	return keys, ps.Err()
}

// privateFrame is a wave's own frame with the files that hold it and its salt; nil where the wave
// draws from the campaign's.
type privateFrame struct {
	frame, salt string // paths
	rows        []byte
	secret      [32]byte
	digests     frame.Digests // salted
}

// newPrivateFrame takes a wave's own frame out of the campaign's, under a fresh salt.
func newPrivateFrame(c *campaign.Campaign, keys []frame.Key, made *MadeWave) (*privateFrame, error) {
	all, _, err := c.OpenFrame(nil)
	if err != nil {
		return nil, err
	}
	f, err := all.Subset(keys)
	if err != nil {
		return nil, err
	}
	total, _ := f.Counts()
	made.Units, made.Frame = &total, campaign.PrivateFrameFile(made.No)
	p := &privateFrame{frame: c.Path(made.Frame), salt: c.Path(campaign.SecretsDir, campaign.PrivateSaltFile(made.No))}
	if _, err := io.ReadFull(c.Rand, p.secret[:]); err != nil {
		return nil, err
	}
	p.digests = f.Digests().Salted(p.secret)
	var out bytes.Buffer
	err = f.Write(&out)
	p.rows = out.Bytes()
	return p, err
}

// keep writes the files; a salt that is there already is somebody's and stays.
func (p *privateFrame) keep() error {
	if p == nil {
		return nil
	}
	if err := campaign.CreateFile(p.salt, []byte(hex.EncodeToString(p.secret[:])+"\n")); err != nil {
		return err
	}
	if err := campaign.WriteFile(p.frame, p.rows, 0o600); err != nil {
		return errors.Join(err, p.drop())
	}
	return nil
}

// drop takes back the files of a wave that was not made.
func (p *privateFrame) drop() error {
	if p == nil {
		return nil
	}
	err := os.Remove(p.frame)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, os.Remove(p.salt))
}

// enter notes the salted digests.
func (p *privateFrame) enter(c *campaign.Campaign, tx *store.Tx, made *MadeWave) error {
	if p == nil {
		return nil
	}
	raw, err := json.Marshal(p.digests)
	if err != nil {
		return err
	}
	if err := tx.SetMeta(campaign.PrivateKey(made.No), string(raw)); err != nil {
		return err
	}
	if err := tx.SetMeta(campaign.ImportKey(made.No), made.Import); err != nil {
		return err
	}
	return campaign.Enter(tx, c.Now(), ledger.WaveFrame(made.No, ledger.FrameDigests(p.digests)))
}
