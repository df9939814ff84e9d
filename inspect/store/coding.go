package store

import (
	"strings"
	"zhicha/inspect"
)

// PutCoding stores what one of two reviewers decided about a report, once for each person and key.
func (t *Tx) PutCoding(d inspect.Decision) error {
	return t.exec("INSERT INTO coding VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", d.Visit, d.Digest, d.By, d.Key, d.Decision, d.Reason, stamp(d.Time), d.Note)
}

// Codings returns what was decided by either of two reviewers in a wave, by visit, oldest first.
func (t *Tx) Codings(wave int) ([]inspect.Decision, error) {
	return t.decisions(`SELECT c.visit, c.digest, c.decision, c.by, c.key, c.reason, c.time, c.note
		FROM coding c JOIN visit v ON v.id = c.visit WHERE v.wave = ?1 ORDER BY c.visit, c.rowid`, wave)
}

// VisitCodings returns those of one visit, oldest first, over all versions of its report.
func (t *Tx) VisitCodings(visit string) ([]inspect.Decision, error) {
	return t.decisions("SELECT visit, digest, decision, by, key, reason, time, note FROM coding WHERE visit = ?1 ORDER BY rowid", visit)
}

// Reviews returns the decisions that moved a visit, oldest first.
func (t *Tx) Reviews(visit string) ([]inspect.Decision, error) {
	return t.decisions("SELECT visit, digest, decision, by, '', reason, time, '' FROM review WHERE visit = ?1 ORDER BY rowid", visit)
}

func (t *Tx) decisions(q string, args ...any) ([]inspect.Decision, error) {
	var out []inspect.Decision
	err := t.each(func(scan func(...any) error) error {
		var d inspect.Decision
		var at string
		err := scan(&d.Visit, &d.Digest, &d.Decision, &d.By, &d.Key, &d.Reason, &at, &d.Note)
		d.Time = parseStamp(at)
		out = append(out, d)
		return err
	}, q, args...)
	return out, err
}

// Alarms returns the mandatory reports of a visit, oldest first.
func (t *Tx) Alarms(visit string) ([]inspect.Alarm, error) {
	var out []inspect.Alarm
	err := t.each(func(scan func(...any) error) error {
		var a inspect.Alarm
		var at, told string
		err := scan(&at, &told, &a.Receipt)
		a.At, a.Told = parseStamp(at), strings.Fields(told)
		out = append(out, a)
		return err
	}, "SELECT DISTINCT at, told, receipt FROM alarm WHERE visit = ?1 ORDER BY at, told, receipt", visit)
	return out, err
}
