package store

import (
	"slices"
	"time"

	"zhicha/inspect"
)

// PutBook notes that a code book was opened.
func (t *Tx) PutBook(wave int, b inspect.Book, at time.Time) error {
	return t.exec("INSERT INTO book VALUES (?1, ?2, ?3, ?4)", wave, string(b.Day), string(b.Rung), stamp(at))
}

// Books returns the code books that were opened.
func (t *Tx) Books(wave int) ([]inspect.Book, error) {
	var out []inspect.Book
	err := t.each(func(scan func(...any) error) error {
		var b inspect.Book
		err := scan(&b.Day, &b.Rung)
		out = append(out, b)
		return err
	}, "SELECT day, rung FROM book WHERE wave = ?1 ORDER BY day, rung", wave)
	return out, err
}

// PutCode stores the unlock code of one rung of a leg, beside those that are there.
func (t *Tx) PutCode(wave, leg int, rung inspect.Rung, code string) error {
	codes := make([]string, len(inspect.Rungs))
	codes[slices.Index(inspect.Rungs, rung)] = code
	return t.exec("INSERT INTO code VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET province = coalesce(nullif(?3, ''), province), county = coalesce(nullif(?4, ''), county), village = coalesce(nullif(?5, ''), village)",
		wave, leg, codes[0], codes[1], codes[2])
}

// Codes returns the unlock codes of the rungs whose book was opened.
func (t *Tx) Codes(wave int) (map[int]map[inspect.Rung]string, error) {
	out := map[int]map[inspect.Rung]string{}
	err := t.each(func(scan func(...any) error) error {
		var leg int
		codes := make([]string, len(inspect.Rungs))
		err := scan(&leg, &codes[0], &codes[1], &codes[2])
		out[leg] = map[inspect.Rung]string{}
		for i, rung := range inspect.Rungs {
			if codes[i] != "" {
				out[leg][rung] = codes[i]
			}
		}
		return err
	}, "SELECT leg, province, county, village FROM code WHERE wave = ?1", wave)
	return out, err
}

// PutRelease notes that the code of a rung was told, to whom by id.
func (t *Tx) PutRelease(wave, leg int, rung inspect.Rung, by string, at time.Time) error {
	return t.exec("INSERT INTO release VALUES (?1, ?2, ?3, ?4, ?5)", wave, leg, string(rung), by, stamp(at))
}

// Releases returns when each rung of each leg was first told.
func (t *Tx) Releases(wave int) (map[int]map[inspect.Rung]time.Time, error) {
	out := map[int]map[inspect.Rung]time.Time{}
	err := t.each(func(scan func(...any) error) error {
		var leg int
		var rung inspect.Rung
		var at string
		err := scan(&leg, &rung, &at)
		if out[leg] == nil {
			out[leg] = map[inspect.Rung]time.Time{}
		}
		out[leg][rung] = parseStamp(at)
		return err
	}, "SELECT leg, rung, min(time) FROM release WHERE wave = ?1 GROUP BY leg, rung", wave)
	return out, err
}

// PutWaiting keeps a return waiting, and reports whether it did not wait yet.
func (t *Tx) PutWaiting(wave int, w inspect.Waiting) (bool, error) {
	return t.one([]any{new(string)}, "INSERT INTO waiting VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING RETURNING digest", w.Digest, w.Name, wave, w.Leg, stamp(w.Received), w.By)
}

// Waiting returns the wave's waiting returns in the order they came.
func (t *Tx) Waiting(wave int) ([]inspect.Waiting, error) {
	var out []inspect.Waiting
	err := t.each(func(scan func(...any) error) error {
		var w inspect.Waiting
		var at string
		err := scan(&w.Digest, &w.Name, &w.Leg, &at, &w.By)
		w.Received = parseStamp(at)
		out = append(out, w)
		return err
	}, "SELECT digest, name, leg, received, by FROM waiting WHERE wave = ?1 ORDER BY rowid", wave)
	return out, err
}

// Waits reports whether a return waits, whatever its wave.
func (t *Tx) Waits(digest string) (bool, error) {
	return t.one([]any{new(string)}, "SELECT digest FROM waiting WHERE digest = ?1", digest)
}

// DropWaiting forgets that a return waits: it was judged.
func (t *Tx) DropWaiting(digest string) error {
	return t.exec("DELETE FROM waiting WHERE digest = ?1", digest)
}
