package form

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"zhicha/inspect"
	"zhicha/inspect/seal"
)

// Schema is the format of a return file.
const Schema = "zhicha-return/1"

// What a return file may hold at most. The form splits what is heavier into several files.
const (
	maxFile    = 64 << 20
	maxHeader  = 1024
	maxReports = 200
	maxPhotos  = 400
	maxPhoto   = 12_000_000
	maxText    = 8000 // characters of one text
)

// KeyFor returns the return key of a packet; false where the office has none, since the campaign,
// the wave or the packet is not its own.
type KeyFor func(campaign string, wave, packet int) (key [32]byte, ok bool)

type header struct {
	Schema   string `json:"schema"`
	Campaign string `json:"campaign"`
	Wave     int    `json:"wave"`
	Packet   int    `json:"packet"`
	Key      string `json:"key"` // seal.KeyID
}

type content struct {
	Form      string            `json:"form"`
	Checklist inspect.Digest    `json:"checklist"`
	Made      time.Time         `json:"made"`
	Agent     string            `json:"agent"`
	Opened    []Opened          `json:"opened"`
	Registers []Register        `json:"registers"`
	Reports   []json.RawMessage `json:"reports"`
	Passed    []Passed          `json:"passed"`
	Alarms    []Alarm           `json:"alarms"`
	Photos    []Photo           `json:"photos"`
	Drafts    json.RawMessage   `json:"drafts"`
}

// Is reports whether data is a return file, by how it begins.
func Is(data []byte) bool {
	return bytes.HasPrefix(data, []byte(`{"schema":"`+Schema[:len("zhicha-return/")]))
}

// ReadReturn opens and reads a return file. The file's name is for messages only. A report or a
// photo that cannot be read is left out and named in the return's Problems; the rest is kept. The
// error is an *inspect.Problem and means that nothing could be read.
func ReadReturn(name string, data []byte, keyFor KeyFor) (*inspect.Return, *Enclosed, error) {
	at := inspect.Place{File: name}
	h, plain, err := open(at, data, keyFor)
	if err != nil {
		return nil, nil, err
	}
	text, rest, err := split(plain)
	if err != nil {
		return nil, nil, inspect.Reject("form.content", at, "Cause", err.Error())
	}
	var c content
	if err := strict(text, &c); err != nil {
		return nil, nil, inspect.Reject("form.content", at, "Cause", err.Error())
	}
	r := &reader{at: at, ret: &inspect.Return{
		File: name, Digest: inspect.DigestOf(data), Campaign: h.Campaign, Wave: h.Wave, Packet: h.Packet, Form: c.Form, Checklist: c.Checklist, Made: c.Made, Authentic: true,
	}}
	enc := &Enclosed{Made: c.Made, Agent: short(c.Agent, 200), Opened: c.Opened, Registers: c.Registers, Passed: c.Passed, Drafts: c.Drafts}
	r.reports(c.Reports)
	r.alarms(c.Alarms, enc)
	r.photos(c.Photos, rest, enc)
	if len(r.ret.Reports) == 0 && len(c.Reports) == 0 {
		r.reject("", "form.nothing-closed")
	}
	return r.ret, enc, nil
}

// open checks what the file says it belongs to and decrypts it.
func open(at inspect.Place, data []byte, keyFor KeyFor) (h header, plain []byte, err error) {
	if len(data) > maxFile {
		return h, nil, inspect.Reject("form.too-large", at, "MB", maxFile>>20)
	}
	end := bytes.IndexByte(data[:min(len(data), maxHeader)], '\n') + 1
	if end == 0 || strict(data[:end], &h) != nil || !strings.HasPrefix(h.Schema, "zhicha-return/") {
		return h, nil, inspect.Reject("form.not-a-return", at)
	}
	if h.Schema != Schema {
		return h, nil, inspect.Reject("form.schema", at, "Schema", short(h.Schema, 40), "Known", Schema)
	}
	key, ok := keyFor(h.Campaign, h.Wave, h.Packet)
	if !ok {
		return h, nil, inspect.Reject("form.foreign", at, "Campaign", short(h.Campaign, 60), "Wave", h.Wave, "Packet", h.Packet)
	}
	if h.Key != seal.KeyID(key) {
		return h, nil, inspect.Reject("form.other-key", at, "Campaign", short(h.Campaign, 60), "Wave", h.Wave, "Packet", h.Packet)
	}
	if plain, err = seal.OpenWith(key, data[:end], data[end:]); err != nil {
		return h, nil, inspect.Reject("form.altered", at)
	}
	return h, plain, nil
}

// split parts the content's text from the photos behind it.
func split(plain []byte) (text, rest []byte, err error) {
	if len(plain) < 4 {
		return nil, nil, io.ErrUnexpectedEOF
	}
	n := uint64(binary.BigEndian.Uint32(plain))
	if n > uint64(len(plain)-4) {
		return nil, nil, io.ErrUnexpectedEOF
	}
	return plain[4 : 4+n], plain[4+n:], nil
}

// strict decodes exactly one JSON value without unknown fields.
func strict(data []byte, v any) error {
	if !utf8.Valid(data) {
		return fmt.Errorf("malformed utf-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("malformed json: something follows it")
	}
	return nil
}

func short(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

// reader gathers what is sound and what is not.
type reader struct {
	at  inspect.Place
	ret *inspect.Return
}

func (r *reader) reject(field, rule string, args ...any) {
	at := r.at
	at.Field = field
	r.ret.Problems = append(r.ret.Problems, inspect.Reject(rule, at, args...))
}

func (r *reader) reports(raw []json.RawMessage) {
	if len(raw) > maxReports {
		r.reject("reports", "form.too-many", "N", len(raw), "Max", maxReports)
		return
	}
	for i, one := range raw {
		field := fmt.Sprintf("reports[%d]", i)
		var rep inspect.Report
		if err := strict(one, &rep); err != nil {
			r.reject(field, "form.report", "Cause", err.Error())
			continue
		}
		switch long := longText(&rep); {
		case rep.Visit == "":
			r.reject(field, "form.report-visit")
		case r.report(rep.Visit) != nil:
			r.reject(field, "form.report-twice", "Visit", rep.Visit)
		case long != "":
			r.reject(field+"."+long, "form.text-long", "Visit", rep.Visit, "Max", maxText)
		default:
			rep.Sheet = rep.Visit
			r.ret.Reports = append(r.ret.Reports, rep)
		}
	}
}

func (r *reader) report(visit string) *inspect.Report {
	i := slices.IndexFunc(r.ret.Reports, func(rep inspect.Report) bool { return rep.Visit == visit })
	if i < 0 {
		return nil
	}
	return &r.ret.Reports[i]
}

// longText names the first field of a report that is longer than anybody types.
func longText(rep *inspect.Report) string {
	long := func(s string) bool { return utf8.RuneCountInString(s) > maxText }
	for i := range rep.Answers {
		if a := &rep.Answers[i]; long(a.Note) || long(a.Value) {
			return fmt.Sprintf("answers[%d]", i)
		}
	}
	for i := range rep.Observations {
		if long(rep.Observations[i].Fact) {
			return fmt.Sprintf("observations[%d]", i)
		}
	}
	if long(rep.Correction) {
		return "correction"
	}
	return ""
}
