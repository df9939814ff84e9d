package store

import (
	"encoding/json"
	"time"

	"zhicha/inspect"
)

// Party is the public part of a party of a wave, and its signature once that arrived.
type Party struct {
	ID        string
	Body      json.RawMessage
	Signature string
	Signed    time.Time
}

// PutParty stores the public part of a party of a wave; a party is never replaced.
func (t *Tx) PutParty(wave int, id string, body []byte) error {
	return t.exec("INSERT INTO party (wave, id, body) VALUES (?1, ?2, ?3)", wave, id, body)
}

// SignParty stores a party's signature on the wave's commit record.
func (t *Tx) SignParty(wave int, id, signature string, at time.Time) error {
	return t.exec("UPDATE party SET signature = ?3, signed = ?4 WHERE wave = ?1 AND id = ?2", wave, id, signature, stamp(at))
}

// Parties returns the parties of a wave, of all waves for wave 0, in byte order of id.
func (t *Tx) Parties(wave int) ([]Party, error) {
	var out []Party
	err := t.each(func(scan func(...any) error) error {
		var p Party
		var signature, signed *string
		if err := scan(&p.ID, (*[]byte)(&p.Body), &signature, &signed); err != nil {
			return err
		}
		if signature != nil {
			p.Signature, p.Signed = *signature, parseStamp(*signed)
		}
		out = append(out, p)
		return nil
	}, "SELECT id, body, signature, signed FROM party WHERE wave = ?1 OR ?1 = 0 ORDER BY wave, id", wave)
	return out, err
}

// PutDeposit notes the digest of a sealed deposit of a party's shares.
func (t *Tx) PutDeposit(wave int, party, name, digest string) error {
	return t.exec("INSERT INTO deposit VALUES (?1, ?2, ?3, ?4)", wave, party, name, digest)
}

// Deposits returns the names of a party's deposits with their digests.
func (t *Tx) Deposits(wave int, party string) (map[string]string, error) {
	out := map[string]string{}
	err := t.each(func(scan func(...any) error) error {
		var name, digest string
		err := scan(&name, &digest)
		out[name] = digest
		return err
	}, "SELECT name, digest FROM deposit WHERE wave = ?1 AND party = ?2", wave, party)
	return out, err
}

// PutReveal stores the shares of a stage, by party.
func (t *Tx) PutReveal(wave int, stage inspect.Stage, shares any, at time.Time) error {
	return t.insertJSON("INSERT INTO reveal (wave, stage, time, body) VALUES (?1, ?2, ?3, ?4)", shares, wave, string(stage), stamp(at))
}

// Reveals returns the revealed shares of a wave: stage → party → share in hexadecimal.
func (t *Tx) Reveals(wave int) (map[inspect.Stage]map[string]string, error) {
	out := map[inspect.Stage]map[string]string{}
	err := t.each(func(scan func(...any) error) error {
		var stage string
		var body []byte
		if err := scan(&stage, &body); err != nil {
			return err
		}
		shares := map[string]string{}
		out[inspect.Stage(stage)] = shares
		return json.Unmarshal(body, &shares)
	}, "SELECT stage, body FROM reveal WHERE wave = ?1", wave)
	return out, err
}

// Wave is how far a draw has come.
type Wave struct {
	No        int
	Record    []byte // the commit record, canonical JSON
	Committed time.Time
	Beacon    string
	Drawn     time.Time
	Plan      string
	Legs      int       // how many legs the draw gave, those of overlap among them
	Opened    time.Time // when its packets were made
}

// CommitWave stores a wave's commit record; a number is used once.
func (t *Tx) CommitWave(no int, record []byte, at time.Time) error {
	return t.exec("INSERT INTO wave (no, record, committed) VALUES (?1, ?2, ?3)", no, record, stamp(at))
}

// Wave returns the wave with that number.
func (t *Tx) Wave(no int) (w Wave, ok bool, err error) {
	var committed string
	var beacon, drawn, plan, opened *string
	w.No = no
	ok, err = t.one([]any{&w.Record, &committed, &beacon, &drawn, &plan, &opened, &w.Legs},
		"SELECT record, committed, beacon, drawn, plan, opened, legs FROM wave WHERE no = ?1", no)
	if !ok {
		return w, false, err
	}
	w.Committed = parseStamp(committed)
	if beacon != nil {
		w.Beacon = *beacon
	}
	if drawn != nil {
		w.Drawn, w.Plan = parseStamp(*drawn), *plan
	}
	if opened != nil {
		w.Opened = parseStamp(*opened)
	}
	return w, true, nil
}

// Waves returns the numbers of all committed waves.
func (t *Tx) Waves() ([]int, error) {
	var out []int
	err := t.each(func(scan func(...any) error) error {
		var no int
		err := scan(&no)
		out = append(out, no)
		return err
	}, "SELECT no FROM wave ORDER BY no")
	return out, err
}

// Typed is one person's reading of the beacon.
type Typed struct{ Typist, Value string }

// PutBeacon stores one typist's reading, in place of an earlier one of the same typist.
func (t *Tx) PutBeacon(wave int, typist, value string, at time.Time) error {
	return t.exec("INSERT INTO beacon VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET value = ?3, time = ?4", wave, typist, value, stamp(at))
}

// Beacons returns the readings of a wave's beacon in the order they were typed.
func (t *Tx) Beacons(wave int) ([]Typed, error) {
	var out []Typed
	err := t.each(func(scan func(...any) error) error {
		var b Typed
		err := scan(&b.Typist, &b.Value)
		out = append(out, b)
		return err
	}, "SELECT typist, value FROM beacon WHERE wave = ?1 ORDER BY rowid", wave)
	return out, err
}

// SetBeacon fixes the beacon both typists agreed on.
func (t *Tx) SetBeacon(wave int, value string) error {
	return t.exec("UPDATE wave SET beacon = ?2 WHERE no = ?1", wave, value)
}

// SetDrawn notes that the draw was made, the digest of the plan it gave and how many legs are in it.
func (t *Tx) SetDrawn(wave int, plan string, legs int, at time.Time) error {
	return t.exec("UPDATE wave SET drawn = ?2, plan = ?3, legs = ?4 WHERE no = ?1", wave, stamp(at), plan, legs)
}

// SetOpened notes that the plan was taken apart into sealed packets.
func (t *Tx) SetOpened(wave int, at time.Time) error {
	return t.exec("UPDATE wave SET opened = ?2 WHERE no = ?1", wave, stamp(at))
}

// PutLeg stores a leg as far as it is known, in place of what was known before.
func (t *Tx) PutLeg(l *inspect.Leg) error {
	return t.insertJSON("INSERT INTO leg (wave, no, body) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET body = ?3", l, l.Wave, l.No)
}

// PutLegs stores the part of a plan whose day has come: counties, legs and visits. Reserves stay
// sealed. A county that two legs visit is stored once.
func (t *Tx) PutLegs(p *inspect.Plan) error {
	for _, c := range p.Counties {
		if err := t.insertJSON("INSERT INTO county VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING", c, p.Wave, c.County); err != nil {
			return err
		}
	}
	for i := range p.Legs {
		if err := t.PutLeg(&p.Legs[i]); err != nil {
			return err
		}
	}
	return t.AddVisits(p.Visits)
}

// insertJSON runs q with v's JSON as the last argument.
func (t *Tx) insertJSON(q string, v any, args ...any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return t.exec(q, append(args, raw)...)
}

// Counties returns the drawn counties of an opened wave, by id.
func (t *Tx) Counties(wave int) ([]inspect.CountyDraw, error) {
	return bodies[inspect.CountyDraw](t, "SELECT body FROM county WHERE wave = ?1 ORDER BY id", wave)
}

// Legs returns a wave's legs by number.
func (t *Tx) Legs(wave int) ([]inspect.StandingLeg, error) {
	var out []inspect.StandingLeg
	err := t.each(func(scan func(...any) error) error {
		var l inspect.StandingLeg
		var body []byte
		var closed *string
		if err := scan(&body, &closed, &l.Reason, &l.Suspended, &l.Excluded, &l.Visits, &l.Filed, &l.Approved); err != nil {
			return err
		}
		if err := json.Unmarshal(body, &l.Leg); err != nil {
			return err
		}
		if closed != nil {
			l.Closed = parseStamp(*closed)
		}
		out = append(out, l)
		return nil
	}, `SELECT l.body, l.closed, l.reason, l.suspended, l.excluded, count(v.id), coalesce(sum(v.state <> 'open'), 0), coalesce(sum(v.state = 'approved'), 0)
		FROM leg l LEFT JOIN visit v ON v.wave = l.wave AND v.leg = l.no AND v.state <> 'substituted' WHERE l.wave = ?1 GROUP BY l.no ORDER BY l.no`, wave)
	return out, err
}

// CloseLeg notes that nothing more is expected of a leg, and why where visits are missing.
func (t *Tx) CloseLeg(wave, no int, by, reason string, at time.Time) error {
	if err := t.exec("UPDATE leg SET closed = ?3, reason = ?4 WHERE wave = ?1 AND no = ?2", wave, no, stamp(at), reason); err != nil {
		return err
	}
	return t.exec("INSERT INTO leg_act VALUES (?1, ?2, 'closed', ?3, ?4, ?5)", wave, no, by, reason, stamp(at))
}
