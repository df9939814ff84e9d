package store

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"zhicha/inspect"
)

const visitQuery = `SELECT v.body, v.turns, v.state, r.body, r.digest, r.grade, r.received
	FROM visit v LEFT JOIN report r ON r.visit = v.id AND r.state = 'current' `

// Visits returns the visits of a wave in order of leg and sequence, without the order in which households
// are tried: see VisitsInTurn.
func (t *Tx) Visits(wave int) ([]inspect.StandingVisit, error) {
	return t.visits(false, visitQuery+"WHERE v.wave = ?1 ORDER BY v.leg, v.seq", wave)
}

// VisitsInTurn returns the visits of a wave whole.
func (t *Tx) VisitsInTurn(wave int) ([]inspect.StandingVisit, error) {
	return t.visits(true, visitQuery+"WHERE v.wave = ?1 ORDER BY v.leg, v.seq", wave)
}

// LegVisits returns the visits of one leg in sequence.
func (t *Tx) LegVisits(wave, leg int) ([]inspect.StandingVisit, error) {
	return t.visits(true, visitQuery+"WHERE v.wave = ?1 AND v.leg = ?2 ORDER BY v.seq", wave, leg)
}

// Visit returns the visit with that id.
func (t *Tx) Visit(id string) (inspect.StandingVisit, bool, error) {
	vs, err := t.visits(true, visitQuery+"WHERE v.id = ?1", id)
	if err != nil || len(vs) == 0 {
		return inspect.StandingVisit{}, false, err
	}
	return vs[0], true, nil
}

func (t *Tx) visits(inTurn bool, q string, args ...any) ([]inspect.StandingVisit, error) {
	var out []inspect.StandingVisit
	err := t.each(func(scan func(...any) error) error {
		var v inspect.StandingVisit
		var body, turns, report []byte
		var digest, grade, received *string
		if err := scan(&body, &turns, &v.State, &report, &digest, &grade, &received); err != nil {
			return err
		}
		if err := json.Unmarshal(body, &v.Visit); err != nil {
			return err
		}
		if inTurn && len(turns) > 0 {
			if err := json.Unmarshal(turns, &v.Order); err != nil {
				return err
			}
		}
		if report != nil {
			v.Report = new(inspect.Report)
			if err := json.Unmarshal(report, v.Report); err != nil {
				return err
			}
			v.Digest, v.Grade, v.Received = *digest, inspect.Grade(*grade), parseStamp(*received)
		}
		out = append(out, v)
		return nil
	}, q, args...)
	return out, err
}

// SetVisitState moves a visit.
func (t *Tx) SetVisitState(id string, s inspect.VisitState) error {
	return t.exec("UPDATE visit SET state = ?2 WHERE id = ?1", id, string(s))
}

// Returned reports whether a file with that digest was taken in before, all of it.
func (t *Tx) Returned(digest string) (bool, error) {
	var n int
	_, err := t.one([]any{&n}, "SELECT count(*) FROM returned WHERE digest = ?1 AND complete = 1", digest)
	return n > 0, err
}

// ReturnedFiles returns the packets of the files that were taken in for a wave, all of each, by their
// digests.
func (t *Tx) ReturnedFiles(wave int) (map[string]int, error) {
	out := map[string]int{}
	return out, t.each(func(scan func(...any) error) error {
		var digest string
		var leg int
		err := scan(&digest, &leg)
		out[digest] = leg
		return err
	}, "SELECT digest, leg FROM returned WHERE wave = ?1 AND complete = 1", wave)
}

// PutReturned notes a file that was taken in.
func (t *Tx) PutReturned(r inspect.Returned) error {
	return t.exec(`INSERT INTO returned VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET complete = ?6`,
		r.Digest, r.Name, r.Wave, r.Leg, stamp(r.Received), r.Complete, r.By, r.Clear)
}

// PutAlarm keeps a mandatory report: a child in danger, and who was called when. It reports whether it was not kept yet.
func (t *Tx) PutAlarm(visit string, at time.Time, told []string, receipt, returned string) (bool, error) {
	return t.one([]any{new(string)}, "INSERT INTO alarm VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING RETURNING visit", visit, stamp(at), strings.Join(told, " "), receipt, returned)
}

// LegClosed returns when a leg was closed, as it is now; zero where it is open, or not there.
func (t *Tx) LegClosed(wave, no int) (time.Time, error) {
	var closed *string
	ok, err := t.one([]any{&closed}, "SELECT closed FROM leg WHERE wave = ?1 AND no = ?2", wave, no)
	if !ok || closed == nil {
		return time.Time{}, err
	}
	return parseStamp(*closed), nil
}

// VisitLegs returns the leg of every visit of a wave that is to be made.
func (t *Tx) VisitLegs(wave int) (map[string]int, error) {
	out := map[string]int{}
	return out, t.each(func(scan func(...any) error) error {
		var id string
		var leg int
		err := scan(&id, &leg)
		out[id] = leg
		return err
	}, "SELECT id, leg FROM visit WHERE wave = ?1 AND state <> 'substituted'", wave)
}

// PutPhoto notes with which visit a photo came.
func (t *Tx) PutPhoto(digest, visit string, at time.Time, returned string) error {
	return t.exec("INSERT INTO photo VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING", digest, visit, stamp(at), returned)
}

// KeptPhoto is a photo as the database knows it: what it shows is in the evidence.
type KeptPhoto struct {
	Digest   inspect.Digest
	Returned string // digest of the file it came in
	At       time.Time
}

// VisitPhotos are the photos that came with a visit, in the order they were taken.
func (t *Tx) VisitPhotos(visit string) (out []KeptPhoto, err error) {
	return out, t.each(func(scan func(...any) error) error {
		var p KeptPhoto
		var digest, at string
		if err := scan(&digest, &at, &p.Returned); err != nil {
			return err
		}
		p.At = parseStamp(at)
		err := p.Digest.UnmarshalText([]byte(digest))
		out = append(out, p)
		return err
	}, "SELECT digest, at, returned FROM photo WHERE visit = ?1 ORDER BY at, digest", visit)
}

// PhotoVisit returns a visit other than the one named with which the photo came.
func (t *Tx) PhotoVisit(digest, visit string) (other string, ok bool, err error) {
	ok, err = t.one([]any{&other}, "SELECT visit FROM photo WHERE digest = ?1 AND visit <> ?2 ORDER BY visit LIMIT 1", digest, visit)
	return other, ok, err
}

// VisitCounts returns how many visits of a wave stand where, and how many of each are for a second
// coder, without reading their reports.
func (t *Tx) VisitCounts(wave int) (states, second map[inspect.VisitState]int, err error) {
	states, second = map[inspect.VisitState]int{}, map[inspect.VisitState]int{}
	return states, second, t.each(func(scan func(...any) error) error {
		var state inspect.VisitState
		var n, marked int
		err := scan(&state, &n, &marked)
		states[state], second[state] = n, marked
		return err
	}, "SELECT state, count(*), coalesce(sum(json_extract(CAST(body AS TEXT), '$.second')), 0) FROM visit WHERE wave = ?1 GROUP BY state", wave)
}

// CountFindings returns how many findings a wave has.
func (t *Tx) CountFindings(wave int) (n int, err error) {
	_, err = t.one([]any{&n}, "SELECT count(*) FROM finding f JOIN visit v ON v.id = f.visit WHERE v.wave = ?1", wave)
	return n, err
}

// CountReturned returns how many files were taken in for a wave.
func (t *Tx) CountReturned(wave int) (n int, err error) {
	_, err = t.one([]any{&n}, "SELECT count(*) FROM returned WHERE wave = ?1", wave)
	return n, err
}

// PutReport stores a report as current or held; a current one before it becomes superseded.
func (t *Tx) PutReport(r *inspect.Report, held bool, digest string, grade inspect.Grade, returned string, at time.Time) error {
	state := "current"
	if held {
		state = "held"
	} else if err := t.exec("UPDATE report SET state = 'superseded' WHERE visit = ?1 AND state = 'current'", r.Visit); err != nil {
		return err
	}
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return t.exec(`INSERT INTO report SELECT ?1, 1 + coalesce(max(version), 0), ?2, ?3, ?4, ?5, ?6, ?7 FROM report WHERE visit = ?1`,
		r.Visit, state, digest, string(grade), returned, stamp(at), raw)
}

// History returns every report received for a visit, oldest first.
func (t *Tx) History(visit string) ([]inspect.Version, error) {
	var out []inspect.Version
	err := t.each(func(scan func(...any) error) error {
		var v inspect.Version
		var at string
		var body []byte
		if err := scan(&v.Version, &v.State, &v.Digest, &v.Grade, &at, &v.File, &v.Returned, &v.By, &v.Clear, &body); err != nil {
			return err
		}
		v.Received = parseStamp(at)
		out = append(out, v)
		return json.Unmarshal(body, &out[len(out)-1].Report)
	}, `SELECT r.version, r.state, r.digest, r.grade, r.received, f.name, f.digest, f.by, f.clear, r.body
		FROM report r JOIN returned f ON f.digest = r.returned WHERE r.visit = ?1 ORDER BY r.version`, visit)
	return out, err
}

// Received is a version of a report by its content.
type Received struct {
	Digest   inspect.Digest
	Revision int
	Held     bool
}

// Versions returns what was received for each visit of a leg, oldest first.
func (t *Tx) Versions(wave, leg int) (map[string][]Received, error) {
	out := map[string][]Received{}
	return out, t.each(func(scan func(...any) error) error {
		var visit, digest, state string
		var r Received
		if err := scan(&visit, &digest, &state, &r.Revision); err != nil {
			return err
		}
		r.Held = state == "held"
		err := r.Digest.UnmarshalText([]byte(digest))
		out[visit] = append(out[visit], r)
		return err
	}, `SELECT r.visit, r.digest, r.state, json_extract(CAST(r.body AS TEXT), '$.revision') FROM report r JOIN visit v ON v.id = r.visit
		WHERE v.wave = ?1 AND v.leg = ?2 ORDER BY r.visit, r.version`, wave, leg)
}

// PutReview stores a reviewer's decision on a report's content.
func (t *Tx) PutReview(visit, digest, decision, by, reason string, at time.Time) error {
	return t.exec("INSERT INTO review VALUES (?1, ?2, ?3, ?4, ?5, ?6)", visit, digest, decision, by, reason, stamp(at))
}

// ReplaceFindings stores the findings drafted from a visit's current report in place of those
// drafted from the one before.
func (t *Tx) ReplaceFindings(visit string, fs []inspect.Finding) error {
	if err := t.exec("DELETE FROM finding WHERE visit = ?1", visit); err != nil {
		return err
	}
	for _, f := range fs {
		if err := t.insertJSON("INSERT INTO finding VALUES (?1, ?2, ?3, ?4)", f, f.ID, f.Visit, string(f.State)); err != nil {
			return err
		}
	}
	return nil
}

// Findings returns the findings of a wave by id.
func (t *Tx) Findings(wave int) ([]inspect.Finding, error) {
	return bodies[inspect.Finding](t, "SELECT f.body FROM finding f JOIN visit v ON v.id = f.visit WHERE v.wave = ?1 ORDER BY f.id", wave)
}

// ApprovedFindings returns those of the visits of a wave that stand approved.
func (t *Tx) ApprovedFindings(wave int) ([]inspect.Finding, error) {
	return bodies[inspect.Finding](t, "SELECT f.body FROM finding f JOIN visit v ON v.id = f.visit WHERE v.wave = ?1 AND v.state = 'approved' ORDER BY f.id", wave)
}

// VisitFindings returns the findings of one visit by id.
func (t *Tx) VisitFindings(visit string) ([]inspect.Finding, error) {
	return bodies[inspect.Finding](t, "SELECT body FROM finding WHERE visit = ?1 ORDER BY id", visit)
}

// Finding returns the finding with that id.
func (t *Tx) Finding(id string) (inspect.Finding, bool, error) {
	fs, err := bodies[inspect.Finding](t, "SELECT body FROM finding WHERE id = ?1", id)
	if err != nil || len(fs) == 0 {
		return inspect.Finding{}, false, err
	}
	return fs[0], true, nil
}

// HeldVersions returns the versions of a wave's reports that wait for a reviewer.
func (t *Tx) HeldVersions(wave int) (out []inspect.HeldVersion, err error) {
	err = t.each(func(scan func(...any) error) error {
		var h inspect.HeldVersion
		var at string
		err := scan(&h.Visit, &h.Version, &at, &h.State)
		h.Received = parseStamp(at)
		out = append(out, h)
		return err
	}, `SELECT r.visit, r.version, r.received, v.state FROM report r JOIN visit v ON v.id = r.visit
		WHERE v.wave = ?1 AND r.state = 'held' ORDER BY r.visit, r.version`, wave)
	return out, err
}

// SetCurrent makes one version of a visit's report the current one; the others become superseded.
func (t *Tx) SetCurrent(visit string, version int) (inspect.Version, bool, error) {
	history, err := t.History(visit)
	i := slices.IndexFunc(history, func(v inspect.Version) bool { return v.Version == version })
	if err != nil || i < 0 {
		return inspect.Version{}, false, err
	}
	if err := t.exec("UPDATE report SET state = 'superseded' WHERE visit = ?1", visit); err != nil {
		return inspect.Version{}, false, err
	}
	return history[i], true, t.exec("UPDATE report SET state = 'current' WHERE visit = ?1 AND version = ?2", visit, version)
}
