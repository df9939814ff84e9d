package campaign

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"zhicha/inspect"
	"zhicha/inspect/frame"
	"zhicha/inspect/store"
)

// privateFrameFile is the name of the frame of a wave over a list of units.
func privateFrameFile(wave int) string { return fmt.Sprintf("frame-%d.csv.gz", wave) }

// privateSaltFile is the name of its salt, below secrets/.
func privateSaltFile(wave int) string { return fmt.Sprintf("frame-%d.salt", wave) }

// privateKey is where its salted digests are kept, and importKey which import it was made from.
func privateKey(wave int) string { return fmt.Sprintf("frame-%d", wave) }
func importKey(wave int) string  { return fmt.Sprintf("import-%d", wave) }

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

// WaveNew appends a wave to config.yaml. A wave over a list of units gets a frame of its own: the
// units and what lies above them, frozen at once under salted digests. A number is used once.
func (c *Campaign) WaveNew(ctx context.Context, as string, n NewWave) (*MadeWave, error) {
	if _, err := c.actor(as, "drawer"); err != nil {
		return nil, err
	}
	if err := n.check(); err != nil {
		return nil, err
	}
	if len(c.Config.Waves) == 0 {
		return nil, inspect.Misuse("wave.none")
	}
	out := &MadeWave{Kind: n.Kind}
	err := c.Update(ctx, func(tx *store.Tx) (err error) {
		if out.No, err = c.nextWave(tx, n.No); err != nil {
			return err
		}
		var keys []frame.Key
		if keys, out.Import, err = c.unitsOf(tx, n); err != nil {
			return err
		}
		if keys != nil {
			if err := c.freezePrivate(tx, keys, out); err != nil {
				return err
			}
		}
		cfg, err := c.editConfig(func(name string, data []byte) (*Config, []byte, error) {
			return AddWave(name, data, Copied{No: out.No, Kind: n.Kind, Reason: n.Reason, From: n.From, To: n.To, Issue: n.Issue, PrivateFrame: keys != nil})
		})
		if err != nil {
			return errors.Join(c.dropPrivate(out), err)
		}
		c.Config = cfg
		return nil
	})
	if err != nil {
		return nil, err
	}
	w, err := c.Config.wave(out.No)
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
func (c *Campaign) nextWave(tx *store.Tx, wanted int) (int, error) {
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
	if no < 1 || slices.Contains(used, no) || len(parties) > 0 {
		return 0, inspect.Refuse("wave.number", "No", no)
	}
	return no, nil
}

// unitsOf reads the list a wave draws from; nil where it draws from the campaign's frame.
func (c *Campaign) unitsOf(tx *store.Tx, n NewWave) (keys []frame.Key, from string, err error) {
	switch {
	case n.Units != "":
		data, err := os.ReadFile(n.Units)
		if err != nil {
			return nil, "", inspect.Fail("campaign.read", err, "File", n.Units)
		}
		keys, err = readUnits(n.Units, data)
		return keys, "", err
	case n.Import != "":
		e, digest, err := importOf(tx, n.Import)
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

// freezePrivate takes a wave's own frame out of the campaign's, writes it with a fresh salt and
// notes the salted digests.
func (c *Campaign) freezePrivate(tx *store.Tx, keys []frame.Key, made *MadeWave) error {
	all, _, err := c.openFrame(nil)
	if err != nil {
		return err
	}
	f, err := all.Subset(keys)
	if err != nil {
		return err
	}
	var salt [32]byte
	if _, err := io.ReadFull(c.Rand, salt[:]); err != nil {
		return err
	}
	total, _ := f.Counts()
	made.Units, made.Frame = &total, privateFrameFile(made.No)
	d := f.Digests().Salted(salt)
	raw, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if err := tx.SetMeta(privateKey(made.No), string(raw)); err != nil {
		return err
	}
	if err := tx.SetMeta(importKey(made.No), made.Import); err != nil {
		return err
	}
	if err := tx.Append(c.Now(), "frame-frozen", map[string]any{"wave": made.No, "frame": d}); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		return err
	}
	if err := createFile(c.path(secretsDir, privateSaltFile(made.No)), []byte(hex.EncodeToString(salt[:])+"\n")); err != nil {
		return err
	}
	if err := writeFile(c.path(made.Frame), out.Bytes(), 0o600); err != nil {
		return errors.Join(c.dropPrivate(made), err)
	}
	return nil
}

// dropPrivate takes back the files of a wave that was not made.
func (c *Campaign) dropPrivate(made *MadeWave) error {
	if made.Frame == "" {
		return nil
	}
	err := os.Remove(c.path(made.Frame))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, os.Remove(c.path(secretsDir, privateSaltFile(made.No))))
}

// frameSalt reads the salt of a wave's own frame.
func (c *Campaign) frameSalt(wave int) (salt [32]byte, err error) {
	name := c.path(secretsDir, privateSaltFile(wave))
	raw, err := os.ReadFile(name)
	b, herr := hex.DecodeString(strings.TrimSpace(string(raw)))
	if err != nil || herr != nil || len(b) != len(salt) {
		return salt, inspect.Refuse("wave.salt", "File", name)
	}
	return [32]byte(b), nil
}

// Copied is what a further wave has of its own; the rest is copied from the last one.
type Copied struct {
	No           int
	Kind, Reason string
	From, To     inspect.Date
	Issue        string // of the beacon
	PrivateFrame bool
}

// appendWave copies the last wave under its new number. Dates move with the window. The beacon's
// issue is never copied: an issue that is over would let any later one pass for it.
func appendWave(root *yaml.Node, n Copied) {
	waves := field(root, "waves")
	w := cloneNode(waves.Content[len(waves.Content)-1])
	set := func(n *yaml.Node, key, value string) { field(n, key).Value = value }
	set(w, "no", strconv.Itoa(n.No))
	set(w, "kind", n.Kind)
	field(w, "reason").SetString(n.Reason)
	*field(w, "private_frame") = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(n.PrivateFrame)}
	ceremony := field(w, "ceremony")
	field(field(ceremony, "beacon"), "issue").SetString(n.Issue)
	if n.From != "" {
		window := field(w, "window")
		moved := inspect.Date(field(window, "from").Value).Days(n.From)
		set(window, "from", string(n.From))
		set(window, "to", string(n.To))
		at := field(field(ceremony, "beacon"), "at")
		if t, err := time.Parse(time.RFC3339, at.Value); err == nil {
			at.Value = t.In(inspect.Beijing).AddDate(0, 0, moved).Format(time.RFC3339)
		}
		if by := field(ceremony, "reveal_by"); by.Value != "" {
			by.Value = string(inspect.Date(by.Value).Add(moved))
		}
	}
	waves.Content = append(waves.Content, w)
}

// cloneNode copies a tree without its comments: they explain the first wave.
func cloneNode(n *yaml.Node) *yaml.Node {
	out := *n
	out.HeadComment, out.LineComment, out.FootComment, out.Content = "", "", "", nil
	for _, child := range n.Content {
		out.Content = append(out.Content, cloneNode(child))
	}
	return &out
}
