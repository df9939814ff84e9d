package store

import (
	"encoding/json"
	"time"

	"zhicha/inspect"
)

// PutSubstitution stores a substitution; a number is used once.
func (t *Tx) PutSubstitution(s *inspect.Substitution, at time.Time) error {
	return t.insertJSON("INSERT INTO substitution (wave, no, time, body) VALUES (?1, ?2, ?3, ?4)", s, s.Wave, s.No, stamp(at))
}

// Substitutions returns the substitutions of a wave by number.
func (t *Tx) Substitutions(wave int) ([]inspect.Substitution, error) {
	return bodies[inspect.Substitution](t, "SELECT body FROM substitution WHERE wave = ?1 ORDER BY no", wave)
}

// AddVisits stores visits that were not in the plan as drawn.
func (t *Tx) AddVisits(visits []inspect.Visit) error {
	for _, v := range visits {
		turns := []byte{}
		if len(v.Order) > 0 {
			var err error
			if turns, err = json.Marshal(v.Order); err != nil {
				return err
			}
			v.Order = nil
		}
		err := t.insertJSON("INSERT INTO visit (id, wave, leg, seq, kind, turns, state, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'open', ?7)",
			v, v.ID, v.Wave, v.Leg, v.Seq, string(v.Kind), string(turns))
		if err != nil {
			return err
		}
	}
	return nil
}

// ReplaceCounty puts a reserve in the place of a drawn county.
func (t *Tx) ReplaceCounty(wave int, replaced string, c inspect.CountyDraw) error {
	return t.insertJSON("UPDATE county SET id = ?3, body = ?4 WHERE wave = ?1 AND id = ?2", c, wave, replaced, c.County)
}

// MoveLeg stores a leg that goes to another county.
func (t *Tx) MoveLeg(l inspect.Leg) error {
	return t.insertJSON("UPDATE leg SET body = ?3 WHERE wave = ?1 AND no = ?2", l, l.Wave, l.No)
}

// SuspendLeg notes why nothing more of a leg is handed out; an empty reason lifts it. by is who
// decided and why is kept in the leg's history.
func (t *Tx) SuspendLeg(wave, no int, reason, by, why string, at time.Time) error {
	act := "suspended"
	if reason == "" {
		act = "resumed"
	}
	if err := t.exec("UPDATE leg SET suspended = ?3 WHERE wave = ?1 AND no = ?2", wave, no, reason); err != nil {
		return err
	}
	return t.exec("INSERT INTO leg_act VALUES (?1, ?2, ?3, ?4, ?5, ?6)", wave, no, act, by, why, stamp(at))
}

// ExcludeLeg notes why a leg is kept and not scored.
func (t *Tx) ExcludeLeg(wave, no int, reason, by string, at time.Time) error {
	if err := t.exec("UPDATE leg SET excluded = ?3 WHERE wave = ?1 AND no = ?2", wave, no, reason); err != nil {
		return err
	}
	return t.exec("INSERT INTO leg_act VALUES (?1, ?2, 'excluded', ?3, ?4, ?5)", wave, no, by, reason, stamp(at))
}

// PutImport stores what another office's wave found, under the digest of its content, and reports
// whether it was new.
func (t *Tx) PutImport(digest string, body []byte, at time.Time) (fresh bool, err error) {
	r, err := t.tx.ExecContext(t.ctx, "INSERT INTO import VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING", digest, stamp(at), body)
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n > 0, err
}

// Import is what was taken in from another office.
type Import struct {
	Digest string
	Body   json.RawMessage
}

// Imports returns the imports whose digest begins with prefix, by digest.
func (t *Tx) Imports(prefix string) ([]Import, error) {
	var out []Import
	err := t.each(func(scan func(...any) error) error {
		var i Import
		err := scan(&i.Digest, (*[]byte)(&i.Body))
		out = append(out, i)
		return err
	}, "SELECT digest, body FROM import WHERE substr(digest, 1, length(?1)) = ?1 ORDER BY digest", prefix)
	return out, err
}
