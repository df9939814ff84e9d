package store

import (
	"strings"

	"zhicha/inspect"
)

// PutUnproven keeps a return that did not prove where it comes from, and reports whether it was not kept yet.
func (t *Tx) PutUnproven(u inspect.Unproven) (bool, error) {
	return t.one([]any{new(string)}, "INSERT INTO unproven VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '') ON CONFLICT DO NOTHING RETURNING digest",
		u.Wave, u.Digest, u.Name, u.Packet, u.Reports, stamp(u.Received), u.By)
}

// Unproven returns the returns of a wave that did not prove where they come from, in the order they came,
// with what was decided about each.
func (t *Tx) Unproven(wave int) (out []inspect.Unproven, err error) {
	err = t.each(func(scan func(...any) error) error {
		u := inspect.Unproven{Wave: wave}
		var at string
		err := scan(&u.Digest, &u.Name, &u.Packet, &u.Reports, &at, &u.By, &u.Decision)
		u.Received = parseStamp(at)
		out = append(out, u)
		return err
	}, "SELECT digest, name, packet, reports, received, by, decision FROM unproven WHERE wave = ?1 ORDER BY rowid", wave)
	for i := 0; err == nil && i < len(out); i++ {
		out[i].Acts, err = t.decisions("SELECT '', digest, decision, by, key, reason, time, note FROM unproven_act WHERE wave = ?1 AND digest = ?2 ORDER BY rowid", wave, out[i].Digest)
	}
	return out, err
}

// Admitted reports whether two people decided to have such a return judged.
func (t *Tx) Admitted(wave int, digest string) (bool, error) {
	return t.one([]any{new(string)}, "SELECT digest FROM unproven WHERE wave = ?1 AND digest = ?2 AND decision = 'admitted'", wave, digest)
}

// PutUnprovenAct stores what one person decided about such a return, once for each person and key.
func (t *Tx) PutUnprovenAct(wave int, d inspect.Decision) error {
	return t.exec("INSERT INTO unproven_act VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", wave, d.Digest, d.By, d.Key, d.Decision, strings.TrimSpace(d.Reason), stamp(d.Time), d.Note)
}

// SettleUnproven stores what two people decided alike about such a return.
func (t *Tx) SettleUnproven(wave int, digest, decision string) error {
	return t.exec("UPDATE unproven SET decision = ?3 WHERE wave = ?1 AND digest = ?2", wave, digest, decision)
}
