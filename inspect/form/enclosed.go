package form

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"zhicha/inspect"
)

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

// OpenedAt is when each rung was first opened, by the phone's clock.
func (e *Enclosed) OpenedAt() map[inspect.Rung]time.Time {
	out := map[inspect.Rung]time.Time{}
	for _, o := range e.Opened {
		if at, known := out[inspect.Rung(o.Rung)]; !known || o.At.Before(at) {
			out[inspect.Rung(o.Rung)] = o.At
		}
	}
	return out
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
	Size        int            `json:"size"`   // bytes
	At          time.Time      `json:"at"`
	Data        []byte         `json:"-"` // shares the memory of the decrypted file
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
