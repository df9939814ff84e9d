package form

import (
	"bytes"
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
	maxFile    = 48 << 20
	maxHeader  = 1024
	maxReports = 200
	maxPhotos  = 400
	maxPhoto   = 12_000_000
	maxText    = 8000 // characters of one text
)

// KeyFor returns the return key of a packet; false where the office has none, since the campaign,
// the wave or the packet is not its own.
type KeyFor func(campaign string, wave, packet int) (key [32]byte, ok bool)

// Enclosed is what a return file carries beside the reports.
type Enclosed struct {
	Made      time.Time       // when the file was written, by the phone's clock
	Agent     string          // the browser
	Opened    []Opened        // when each rung was opened
	Registers []Register      // the locked counts
	Passed    []Passed        // register lines passed over
	Alarms    []Alarm         // mandatory reports
	Photos    []Photo         // those that are sound
	Drafts    json.RawMessage // the form's own state, for taking a part in on another phone; not for the office
}

// Opened says when a rung was opened.
type Opened struct {
	Rung string    `json:"rung"`
	At   time.Time `json:"at"`
}

// Register is a village's count of register lines, locked before the order was shown.
type Register struct {
	Village string    `json:"village"`
	Count   int       `json:"count"`
	At      time.Time `json:"at"`
}

// Passed is a register line that was passed over at a visit.
type Passed struct {
	Visit  string    `json:"visit"`
	Line   int       `json:"line"`
	Reason string    `json:"reason"` // code of inspect.SubstitutionReasons
	At     time.Time `json:"at"`
}

// Alarm 强制报告 is a child in danger reported: who was called and when. What was seen is the
// observation it points to.
type Alarm struct {
	Visit       string    `json:"visit"`
	Observation int       `json:"observation"` // index into the report's Observations
	To          []string  `json:"to"`          // codes of Receivers
	At          time.Time `json:"at"`
	Receipt     string    `json:"receipt"`
}

// Photo is a photo as it was taken, byte for byte.
type Photo struct {
	Visit       string         `json:"visit"`
	Observation int            `json:"observation"`
	SHA256      inspect.Digest `json:"sha256"` // computed on the phone when the photo was added
	Type        string         `json:"type"`   // as the phone called it
	At          time.Time      `json:"at"`
	Data        []byte         `json:"data"`
}

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
	Photos    []json.RawMessage `json:"photos"`
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
	var c content
	if err := strict(plain, &c); err != nil {
		return nil, nil, inspect.Reject("form.content", at, "Cause", err.Error())
	}
	r := &reader{at: at, ret: &inspect.Return{
		File: name, Digest: inspect.DigestOf(data), Campaign: h.Campaign, Wave: h.Wave, Packet: h.Packet, Form: c.Form, Checklist: c.Checklist,
	}}
	enc := &Enclosed{Made: c.Made, Agent: short(c.Agent, 200), Opened: c.Opened, Registers: c.Registers, Passed: c.Passed, Drafts: c.Drafts}
	r.reports(c.Reports)
	r.alarms(c.Alarms, enc)
	r.photos(c.Photos, enc)
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

// alarms keeps every mandatory report that belongs to a report of the file and says whom and when.
func (r *reader) alarms(list []Alarm, enc *Enclosed) {
	for i, a := range list {
		field, rep := fmt.Sprintf("alarms[%d]", i), r.report(a.Visit)
		unknown := slices.IndexFunc(a.To, func(code string) bool {
			return !slices.ContainsFunc(Receivers, func(c inspect.Coded) bool { return c.Code == code })
		})
		switch {
		case rep == nil || a.Observation < 0 || a.Observation >= len(rep.Observations):
			r.reject(field, "form.alarm-nowhere", "Visit", a.Visit)
		case len(a.To) == 0 || unknown >= 0 || a.At.IsZero():
			r.reject(field, "form.alarm-blank", "Visit", a.Visit)
		default:
			enc.Alarms = append(enc.Alarms, a)
		}
	}
}

// photos keeps the photos whose bytes are those the phone saw and are an image.
func (r *reader) photos(raw []json.RawMessage, enc *Enclosed) {
	if len(raw) > maxPhotos {
		r.reject("photos", "form.too-many", "N", len(raw), "Max", maxPhotos)
		return
	}
	for i, one := range raw {
		var p Photo
		field := fmt.Sprintf("photos[%d]", i)
		if err := strict(one, &p); err != nil {
			r.reject(field, "form.photo", "Cause", err.Error())
			continue
		}
		switch {
		case len(p.Data) == 0 || len(p.Data) > maxPhoto:
			r.reject(field, "form.photo-size", "Visit", p.Visit, "Bytes", len(p.Data), "Max", maxPhoto)
		case inspect.DigestOf(p.Data) != p.SHA256:
			r.reject(field, "form.photo-digest", "Visit", p.Visit, "Digest", p.SHA256.Fingerprint())
		case !isImage(p.Data):
			r.reject(field, "form.photo-not", "Visit", p.Visit, "Digest", p.SHA256.Fingerprint())
		default:
			enc.Photos = append(enc.Photos, p)
		}
	}
}

// isImage tells by content whether it is one of the kinds of image that telephones make.
func isImage(b []byte) bool {
	within := func(from int, sign ...string) bool {
		return slices.ContainsFunc(sign, func(s string) bool { return len(b) >= from+len(s) && string(b[from:from+len(s)]) == s })
	}
	return within(0, "\xff\xd8\xff", "\x89PNG\r\n\x1a\n") || within(0, "RIFF") && within(8, "WEBP") ||
		within(4, "ftyp") && within(8, "heic", "heix", "hevc", "mif1", "msf1", "avif")
}
