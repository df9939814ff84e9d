package prepare

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"iter"
	"slices"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/frame"
	"zhicha/inspect/ledger"
	"zhicha/inspect/store"
	"zhicha/inspect/workbook"
)

// FrameState is what frame import, check and freeze tell.
type FrameState struct {
	Digests   frame.Digests     `json:"digests"`
	Total     frame.Count       `json:"total"`
	Units     []frame.Count     `json:"units"`
	Notes     map[string]int    `json:"notes"`               // reason → how many
	Encodings map[string]string `json:"encodings,omitempty"` // file → how its text was written
	Left      int               `json:"leftOut,omitempty"`   // rows of the national frame that lie outside the campaign's area
	Frozen    bool              `json:"frozen"`
}

// ImportFrame builds the frame from files (CSV in UTF-8 or GBK, gzip of it, xlsx), the embedded
// national frame before them where national is set, and keeps it, all or nothing.
func ImportFrame(ctx context.Context, c *campaign.Campaign, who campaign.Actor, files []string, national bool) (*FrameState, error) {
	if _, err := c.Acts(who, inspect.RoleDrawer); err != nil {
		return nil, err
	}
	if err := notFrozen(ctx, c); err != nil {
		return nil, err
	}
	var sources []iter.Seq2[frame.Row, error]
	encodings := map[string]string{}
	left, scope := 0, c.Config.Scope
	whole := scope.Level == "national"
	switch {
	case national && !whole:
		sources = append(sources, frame.Within(frame.NationalRows(), scope.Area, &left))
	case national && len(files) > 0:
		sources = append(sources, frame.NationalRows())
	}
	for _, name := range files {
		rows, encoding, err := openRows(name)
		if err != nil {
			return nil, err
		}
		encodings[name] = encoding
		sources = append(sources, frame.CheckCodes(rows))
	}
	var f *frame.Frame
	var err error
	switch {
	case national && len(files) == 0 && whole:
		f, err = frame.National()
	case len(sources) > 0:
		f, err = frame.Build(sources...)
	default:
		err = inspect.Misuse("frame.no-source")
	}
	if ps := inspect.ProblemsOf(err); national && !whole && len(ps) == 1 && ps[0].Rule == "frame.empty" {
		return nil, inspect.Refuse("frame.area-empty", "Area", scope.Area)
	} else if err != nil {
		return nil, err
	}
	if national && scope.Level == "province" { // nothing of it was lost on the way
		err = f.CheckCounts(strings.Fields(scope.Area)...)
	}
	if err := cmp.Or(err, checkScope(c, f)); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		return nil, err
	}
	if err := campaign.WriteFile(c.Path(campaign.FrameFile), out.Bytes(), 0o600); err != nil {
		return nil, err
	}
	state := frameState(f, f.Digests(), nil)
	state.Left = left
	if err := c.Update(ctx, func(tx *store.Tx) error { return noteFrame(c, tx, out.Bytes(), state) }); err != nil {
		return nil, err
	}
	state.Encodings = encodings
	return state, nil
}

// countedKey is where the last reading of the frame is kept, with what it was a reading of.
const countedKey = "frame-counted"

// counted is what was found in the frame, and the digest of the file under the scope of the day.
type counted struct {
	Of    inspect.Digest `json:"of"`
	State FrameState     `json:"state"`
}

func readingOf(c *campaign.Campaign, file []byte) inspect.Digest {
	return inspect.DigestOf(inspect.LP(string(file), c.Config.Scope.Level, c.Config.Scope.Area))
}

// noteFrame keeps what was found in the frame, so that nobody counts it again to say where things stand.
func noteFrame(c *campaign.Campaign, tx *store.Tx, file []byte, s *FrameState) error {
	raw, err := json.Marshal(counted{readingOf(c, file), *s})
	if err != nil {
		return err
	}
	return tx.SetMeta(countedKey, string(raw))
}

// KnownFrame tells what is in the campaign's frame: what was found when it was imported where the file
// and the scope are still those, else what CheckFrame finds.
func KnownFrame(ctx context.Context, c *campaign.Campaign) (*FrameState, error) {
	file, err := campaign.Read(c.Path(campaign.FrameFile), campaign.Book)
	if err != nil {
		return CheckFrame(ctx, c) // which says what is wrong
	}
	known, err := campaign.View(ctx, c, func(tx *store.Tx) (k counted, err error) {
		raw, err := tx.Meta(countedKey)
		if err != nil || raw == "" {
			return k, err
		}
		if err := json.Unmarshal([]byte(raw), &k); err != nil {
			return k, err
		}
		frozen, err := tx.Meta(campaign.FrozenKey)
		k.State.Frozen = frozen != ""
		return k, err
	})
	if err != nil || known.Of != readingOf(c, file) {
		return CheckFrame(ctx, c)
	}
	return &known.State, nil
}

// openRows opens a table by what it is, not by its name.
func openRows(name string) (iter.Seq2[frame.Row, error], string, error) {
	f, err := campaign.OpenFile(name)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	head := make([]byte, 4)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, "", inspect.Fail("campaign.read", err, "File", name)
	}
	if head = head[:n]; bytes.HasPrefix(head, []byte("PK")) || bytes.HasPrefix(head, []byte{0xd0, 0xcf, 0x11, 0xe0}) {
		data, err := campaign.Read(name, campaign.Book)
		if err != nil {
			return nil, "", err
		}
		return gridRows(name, workbook.ReadGrid(name, data)), "xlsx", nil
	}
	rows, encoding, err := frame.ReadCSV(name, f)
	return rows, string(encoding), err
}

// gridRows reads a sheet as a table of the frame: the first row is the header.
func gridRows(name string, grid iter.Seq2[workbook.GridRow, error]) iter.Seq2[frame.Row, error] {
	return func(yield func(frame.Row, error) bool) {
		var head *frame.Header
		for g, err := range grid {
			at := inspect.Place{File: name, Sheet: g.Sheet, Line: g.Line}
			var row frame.Row
			switch {
			case err != nil:
			case head == nil:
				h, herr := frame.ParseHeader(at, g.Cells)
				if herr != nil {
					yield(frame.Row{}, herr)
					return
				}
				head = &h
				continue
			default:
				// trailing empty cells are not stored in a sheet
				row, err = head.Row(at, append(g.Cells, make([]string, max(0, head.Len()-len(g.Cells)))...))
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// checkScope holds a national frame against the official table, and a smaller one against its area.
func checkScope(c *campaign.Campaign, f *frame.Frame) error {
	if c.Config.Scope.Level == "national" {
		return f.CheckCounts()
	}
	var ps inspect.Problems
	area := c.Config.Scope.Area
	for i := range f.Counties {
		u := &f.Counties[i]
		if !inspect.InArea(u.ReportingUnit, u.AreaCode, area) {
			ps = append(ps, inspect.Reject("campaign.outside-scope", inspect.Place{File: campaign.FrameFile}, "ID", u.ID, "Name", u.Name, "Area", area))
		}
	}
	return ps.Err()
}

func frameState(f *frame.Frame, d frame.Digests, encodings map[string]string) *FrameState {
	s := &FrameState{Digests: d, Notes: map[string]int{}, Encodings: encodings}
	s.Total, s.Units = f.Counts()
	s.Units = slices.DeleteFunc(s.Units, func(u frame.Count) bool { return u.Counties == 0 && u.Townships == 0 && u.Villages == 0 }) // the XPCC's lie in another
	for _, n := range f.Notes {
		s.Notes[string(n.Note)]++
	}
	return s
}

// CheckFrame reads the campaign's frame again and tells what is in it.
func CheckFrame(ctx context.Context, c *campaign.Campaign) (*FrameState, error) {
	f, d, err := c.OpenFrame(nil)
	if err != nil {
		return nil, err
	}
	if err := checkScope(c, f); err != nil {
		return nil, err
	}
	s := frameState(f, d, nil)
	return s, c.View(ctx, func(tx *store.Tx) error {
		frozen, err := tx.Meta(campaign.FrozenKey)
		s.Frozen = frozen != ""
		return err
	})
}

// FreezeFrame fixes the frame by its digests; nothing replaces it afterwards.
func FreezeFrame(ctx context.Context, c *campaign.Campaign, who campaign.Actor) (*FrameState, error) {
	p, err := c.Acts(who, inspect.RoleDrawer)
	if err != nil {
		return nil, err
	}
	if err := notFrozen(ctx, c); err != nil {
		return nil, err
	}
	s, err := CheckFrame(ctx, c)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(s.Digests)
	if err != nil {
		return nil, err
	}
	s.Frozen = true
	everybody, err := c.Everybody(p.Person)
	if err != nil {
		return nil, err
	}
	at := c.Now() // everybody is entered in the moment of the freeze
	return s, c.Update(ctx, func(tx *store.Tx) error {
		if err := tx.SetMeta(campaign.FrozenKey, string(raw)); err != nil {
			return err
		}
		key, err := c.NewLogKey(tx)
		if err != nil {
			return err
		}
		if err := campaign.Enter(tx, at, ledger.CampaignFrame(ledger.FrameDigests(s.Digests), key, c.Config.Campaign.Demo)); err != nil {
			return err
		}
		return c.EnterPeople(tx, at, everybody, p)
	})
}

func notFrozen(ctx context.Context, c *campaign.Campaign) error {
	return c.View(ctx, func(tx *store.Tx) error {
		frozen, err := tx.Meta(campaign.FrozenKey)
		if err == nil && frozen != "" {
			return inspect.Refuse("campaign.frame-frozen")
		}
		return err
	})
}
