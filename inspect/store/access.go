package store

import (
	"time"

	"zhicha/inspect"
)

// PutAccess adds a line to the access record: who, by what key, was shown what. Its place in the chain is
// worked out here. Times never go back: where the clock did, the line takes the time of the one before it.
func (t *Tx) PutAccess(at time.Time, person, key, act, object string) error {
	n, prev, err := t.AccessHead()
	if err != nil {
		return err
	}
	var last string
	if _, err := t.one([]any{&last}, "SELECT time FROM access WHERE seq = ?1", n); err != nil {
		return err
	}
	a := inspect.Access{Seq: n + 1, Time: parseStamp(max(stamp(at), last)), Person: person, Key: key, Act: act, Object: object, Prev: prev}
	if a.Hash, err = a.Chained(); err != nil {
		return err
	}
	return t.exec("INSERT INTO access VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", a.Seq, stamp(a.Time), a.Person, a.Key, a.Act, a.Object, a.Prev.String(), a.Hash.String())
}

// AccessHead is how many lines the access record has, and the hash of the last; zeros where it has none.
func (t *Tx) AccessHead() (n int, head inspect.Digest, err error) {
	var hash string
	_, err = t.one([]any{&n, &hash}, "SELECT seq, hash FROM access ORDER BY seq DESC LIMIT 1")
	return n, digestOr(hash), err
}

// digestOr is a digest that stands in the record; zeros where somebody wrote something else there: who
// checks the record names that line, and the work goes on.
func digestOr(text string) (d inspect.Digest) {
	if d.UnmarshalText([]byte(text)) != nil {
		return inspect.Digest{}
	}
	return d
}

// Accesses returns the whole access record in order.
func (t *Tx) Accesses() (out []inspect.Access, err error) {
	return out, t.each(func(scan func(...any) error) error {
		var a inspect.Access
		var at, prev, hash string
		if err := scan(&a.Seq, &at, &a.Person, &a.Key, &a.Act, &a.Object, &prev, &hash); err != nil {
			return err
		}
		a.Time = parseStamp(at)
		a.Prev, a.Hash = digestOr(prev), digestOr(hash)
		out = append(out, a)
		return nil
	}, "SELECT seq, time, person, key, act, object, prev, hash FROM access ORDER BY seq")
}
