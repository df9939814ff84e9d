package campaign

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"iter"
	"os"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
	"zhicha/inspect/release"
	"zhicha/inspect/store"
	"zhicha/inspect/workbook"
)

// frozenKey is where the digests of the frozen frame are kept.
const frozenKey = "frame"

// FrameState is what frame import, check and freeze tell.
type FrameState struct {
	Digests   frame.Digests     `json:"digests"`
	Total     frame.Count       `json:"total"`
	Units     []frame.Count     `json:"units"`
	Notes     map[string]int    `json:"notes"`               // reason → how many
	Encodings map[string]string `json:"encodings,omitempty"` // file → how its text was written
	Frozen    bool              `json:"frozen"`
}

// FrameImport builds the frame from files (CSV in UTF-8 or GBK, gzip of it, xlsx), the embedded
// national frame before them where national is set, and keeps it, all or nothing.
func (c *Campaign) FrameImport(ctx context.Context, files []string, national bool) (*FrameState, error) {
	if err := c.notFrozen(ctx); err != nil {
		return nil, err
	}
	var sources []iter.Seq2[frame.Row, error]
	encodings := map[string]string{}
	if national && len(files) > 0 {
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
	case national && len(files) == 0:
		f, err = frame.National()
	case len(files) > 0:
		f, err = frame.Build(sources...)
	default:
		err = inspect.Misuse("frame.no-source")
	}
	if err != nil {
		return nil, err
	}
	if err := c.checkScope(f); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		return nil, err
	}
	if err := writeFile(c.path(frameFile), out.Bytes(), 0o600); err != nil {
		return nil, err
	}
	return frameState(f, f.Digests(), encodings), nil
}

// openRows opens a table by what it is, not by its name.
func openRows(name string) (iter.Seq2[frame.Row, error], string, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, "", inspect.Fail("campaign.read", err, "File", name)
	}
	if bytes.HasPrefix(data, []byte("PK")) || bytes.HasPrefix(data, []byte{0xd0, 0xcf, 0x11, 0xe0}) {
		return gridRows(name, workbook.ReadGrid(name, data)), "xlsx", nil
	}
	rows, encoding, err := frame.ReadCSV(name, bytes.NewReader(data))
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
func (c *Campaign) checkScope(f *frame.Frame) error {
	if c.Config.Scope.Level == "national" {
		return f.CheckCounts()
	}
	var ps inspect.Problems
	area := c.Config.Scope.Area
	for i := range f.Counties {
		u := &f.Counties[i]
		if u.ReportingUnit != area && !strings.HasPrefix(u.AreaCode, area) {
			ps = append(ps, inspect.Reject("campaign.outside-scope", inspect.Place{File: frameFile}, "ID", u.ID, "Name", u.Name, "Area", area))
		}
	}
	return ps.Err()
}

func frameState(f *frame.Frame, d frame.Digests, encodings map[string]string) *FrameState {
	s := &FrameState{Digests: d, Notes: map[string]int{}, Encodings: encodings}
	s.Total, s.Units = f.Counts()
	for _, n := range f.Notes {
		s.Notes[string(n.Note)]++
	}
	return s
}

// FrameCheck reads the campaign's frame again and tells what is in it.
func (c *Campaign) FrameCheck(ctx context.Context) (*FrameState, error) {
	f, d, err := c.openFrame(nil)
	if err != nil {
		return nil, err
	}
	if err := c.checkScope(f); err != nil {
		return nil, err
	}
	s := frameState(f, d, nil)
	return s, c.View(ctx, func(tx *store.Tx) error {
		frozen, err := tx.Meta(frozenKey)
		s.Frozen = frozen != ""
		return err
	})
}

// FrameFreeze fixes the frame by its digests; nothing replaces it afterwards.
func (c *Campaign) FrameFreeze(ctx context.Context, as string) (*FrameState, error) {
	if _, err := c.actor(as, "drawer"); err != nil {
		return nil, err
	}
	if err := c.notFrozen(ctx); err != nil {
		return nil, err
	}
	s, err := c.FrameCheck(ctx)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(s.Digests)
	if err != nil {
		return nil, err
	}
	s.Frozen = true
	return s, c.Update(ctx, func(tx *store.Tx) error {
		if err := tx.SetMeta(frozenKey, string(raw)); err != nil {
			return err
		}
		key, err := c.newLogKey(tx)
		if err != nil {
			return err
		}
		return tx.Append(c.Now(), "frame-frozen", map[string]any{"frame": s.Digests, "log": key})
	})
}

func (c *Campaign) notFrozen(ctx context.Context) error {
	return c.View(ctx, func(tx *store.Tx) error {
		frozen, err := tx.Meta(frozenKey)
		if err == nil && frozen != "" {
			return inspect.Refuse("campaign.frame-frozen")
		}
		return err
	})
}

// frozen returns the digests the wave's frame was frozen with; those of a private frame are salted.
func (c *Campaign) frozen(tx *store.Tx, w *Wave) (draw.FrameDigests, error) {
	key := frozenKey
	if w.PrivateFrame {
		key = privateKey(w.No)
	}
	raw, err := tx.Meta(key)
	if err != nil || raw == "" {
		return draw.FrameDigests{}, cmp.Or[error](err, inspect.Refuse("campaign.frame-not-frozen"))
	}
	var d frame.Digests
	err = json.Unmarshal([]byte(raw), &d)
	return draw.FrameDigests{Frame: d.Frame, Counties: d.Counties, Townships: d.Townships, Units: d.Units}, err
}

// openFrame opens the frame a wave draws from; for nil, the campaign's.
func (c *Campaign) openFrame(w *Wave) (*frame.Frame, frame.Digests, error) {
	name := frameFile
	if w != nil && w.PrivateFrame {
		name = privateFrameFile(w.No)
	}
	file, err := os.Open(c.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, frame.Digests{}, inspect.Misuse("campaign.no-frame")
	}
	if err != nil {
		return nil, frame.Digests{}, inspect.Fail("campaign.read", err, "File", name)
	}
	defer file.Close()
	return frame.Read(name, file)
}

// readFrozen opens the wave's frame and refuses one that is not the frame that was committed. A
// private frame needs its salt for that.
func (c *Campaign) readFrozen(wave int, committed draw.FrameDigests) (*frame.Frame, error) {
	w, err := c.Config.wave(wave)
	if err != nil {
		return nil, err
	}
	f, d, err := c.openFrame(w)
	if err != nil {
		return nil, err
	}
	if w.PrivateFrame {
		salt, err := c.frameSalt(wave)
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

// publicFrame is what may be published of the frame.
func publicFrame(f *frame.Frame, d frame.Digests) release.Frame {
	total, _ := f.Counts()
	out := release.Frame{Digest: d.Frame, Rows: []release.Count{
		{Code: "county", LabelZh: "县（市、区、旗）", LabelEn: "counties", N: total.Counties},
		{Code: "township", LabelZh: "乡镇（街道）", LabelEn: "townships", N: total.Townships},
		{Code: "village", LabelZh: "村（居）民委员会", LabelEn: "villages", N: total.Villages},
		{Code: "institution", LabelZh: "机构", LabelEn: "institutions", N: total.Institutions},
	}}
	for _, n := range f.Notes {
		if n.Note == frame.Excluded && n.Kind == inspect.CO {
			out.Exclusions = append(out.Exclusions, release.Exclusion{Code: n.ID, Name: n.Name, Reason: n.Detail})
		}
	}
	return out
}
