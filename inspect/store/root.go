package store

import (
	"encoding/json"

	"zhicha/inspect"
)

// PutRoot keeps what opens a salted root of the ledger, and the note of whoever decided what it holds.
func (t *Tx) PutRoot(root inspect.Digest, salt []byte, rows [][]string, note string) error {
	raw, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	return t.exec("INSERT INTO root VALUES (?1, ?2, ?3, ?4)", root.String(), salt, string(raw), note)
}

// Root returns what opens a salted root.
func (t *Tx) Root(root inspect.Digest) (salt []byte, rows [][]string, ok bool, err error) {
	var raw string
	if ok, err = t.one([]any{&salt, &raw}, "SELECT salt, rows FROM root WHERE root = ?1", root.String()); err != nil || !ok {
		return nil, nil, false, err
	}
	return salt, rows, true, json.Unmarshal([]byte(raw), &rows)
}
