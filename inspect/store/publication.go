package store

import (
	"time"
	"zhicha/inspect"
)

// Score is a stored result.
type Score struct {
	Wave       int
	At         time.Time
	By         string
	Digest     string
	Body       []byte
	Public     []byte // what is published of it
	Salt       string // of what it publishes of itself: 64 hexadecimal digits
	Correction int    // number of the one it follows; 0: none
}

// PutScore stores a computed result.
func (t *Tx) PutScore(s Score) error {
	return t.exec("INSERT INTO score (wave, time, by, digest, body, salt, correction, public) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
		s.Wave, stamp(s.At), s.By, s.Digest, s.Body, s.Salt, s.Correction, s.Public)
}

// Scores returns the results of a wave, the oldest first.
func (t *Tx) Scores(wave int) ([]Score, error) { return t.scores("ORDER BY no", wave) }

func (t *Tx) scores(order string, wave int) (out []Score, err error) {
	err = t.each(func(scan func(...any) error) error {
		var s Score
		var at string
		err := scan(&s.Wave, &at, &s.By, &s.Digest, &s.Body, &s.Salt, &s.Correction, &s.Public)
		s.At = parseStamp(at)
		out = append(out, s)
		return err
	}, "SELECT wave, time, by, digest, body, salt, correction, public FROM score WHERE wave = ?1 "+order, wave)
	return out, err
}

// LastScore returns the newest result of a wave.
func (t *Tx) LastScore(wave int) (s Score, ok bool, err error) {
	last, err := t.scores("ORDER BY no DESC LIMIT 1", wave)
	if err != nil || len(last) == 0 {
		return s, false, err
	}
	return last[0], true, nil
}

// A correction is proposed by one person and in force once another has confirmed it.
type Correction struct {
	No        int
	Proposed  time.Time
	Confirmed time.Time // zero: not yet
	Body      []byte
}

// PutCorrection stores a proposal, in place of one of the same number that nobody confirmed.
func (t *Tx) PutCorrection(wave, no int, body []byte, at time.Time) error {
	return t.exec(`INSERT INTO correction (wave, no, proposed, body) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (wave, no) DO UPDATE SET proposed = excluded.proposed, body = excluded.body WHERE confirmed IS NULL`, wave, no, stamp(at), body)
}

// ConfirmCorrection puts a correction in force, with its final body.
func (t *Tx) ConfirmCorrection(wave, no int, body []byte, at time.Time) error {
	return t.exec("UPDATE correction SET confirmed = ?3, body = ?4 WHERE wave = ?1 AND no = ?2", wave, no, stamp(at), body)
}

// Corrections returns those of a wave by number.
func (t *Tx) Corrections(wave int) (out []Correction, err error) {
	err = t.each(func(scan func(...any) error) error {
		var c Correction
		var proposed string
		var confirmed *string
		err := scan(&c.No, &proposed, &confirmed, &c.Body)
		if c.Proposed = parseStamp(proposed); confirmed != nil {
			c.Confirmed = parseStamp(*confirmed)
		}
		out = append(out, c)
		return err
	}, "SELECT no, proposed, confirmed, body FROM correction WHERE wave = ?1 ORDER BY no", wave)
	return out, err
}

// PutSignature stores an act on a document.
func (t *Tx) PutSignature(s inspect.Signature) error {
	return t.exec("INSERT INTO signature VALUES (?1, ?2, ?3, ?4, ?5, ?6)", s.Document, s.Digest, s.Role, s.By, stamp(s.Time), s.Note)
}

// Signatures returns all acts in the order they happened.
func (t *Tx) Signatures() ([]inspect.Signature, error) {
	var out []inspect.Signature
	err := t.each(func(scan func(...any) error) error {
		var s inspect.Signature
		var at string
		if err := scan(&s.Document, &s.Digest, &s.Role, &s.By, &at, &s.Note); err != nil {
			return err
		}
		s.Time = parseStamp(at)
		out = append(out, s)
		return nil
	}, "SELECT document, digest, role, by, time, note FROM signature ORDER BY rowid")
	return out, err
}
