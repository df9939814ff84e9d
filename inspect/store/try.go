package store

import "errors"

// Try runs do and takes back what it did to the database unless it says to keep it. An error takes all back.
func (t *Tx) Try(do func() (keep bool, err error)) (kept bool, err error) {
	if err := t.exec("SAVEPOINT try"); err != nil {
		return false, err
	}
	kept, err = do()
	if err != nil || !kept {
		kept, err = false, errors.Join(err, t.exec("ROLLBACK TO try"))
	}
	return kept, errors.Join(err, t.exec("RELEASE try"))
}
