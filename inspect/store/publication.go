package store

import (
	"time"
	"zhicha/inspect"
)

// PutScore stores a computed result.
func (t *Tx) PutScore(wave int, by, digest string, body []byte, at time.Time) error {
	return t.exec("INSERT INTO score (wave, time, by, digest, body) VALUES (?1, ?2, ?3, ?4, ?5)", wave, stamp(at), by, digest, body)
}

// Score is a stored result.
type Score struct {
	Wave   int
	At     time.Time
	By     string
	Digest string
	Body   []byte
}

// LastScore returns the newest result of a wave.
func (t *Tx) LastScore(wave int) (s Score, ok bool, err error) {
	var at string
	ok, err = t.one([]any{&s.Wave, &at, &s.By, &s.Digest, &s.Body},
		"SELECT wave, time, by, digest, body FROM score WHERE wave = ?1 ORDER BY no DESC LIMIT 1", wave)
	s.At = parseStamp(at)
	return s, ok, err
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
