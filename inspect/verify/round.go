package verify

import (
	"encoding/hex"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/draw"
	"zhicha/inspect/ledger"
	"zhicha/inspect/plan"
	"zhicha/inspect/release"
)

// round is one wave being checked.
type round struct {
	*verifier
	no       int
	dir      string
	log      *ceremony
	record   *draw.Record // nil until it has passed
	d        inspect.Digest
	keys     map[inspect.Stage]inspect.Key // of the public stages, once the shares have opened
	reveal   *reveal
	design   *inspect.Design // this and the next two: once their digests have been found right
	teams    []inspect.Team
	counties []inspect.Unit
	sample   *draw.Sample // of the county stage
	legs     []leg
	now      map[string]string // by drawn county, what stands in its place: itself or a reserve
}

// reveal is reveal.json.
type reveal struct {
	Beacon string                              `json:"beacon"`
	Shares map[inspect.Stage]map[string]string `json:"shares"`         // party → 64 hexadecimal digits
	Salt   string                              `json:"salt,omitempty"` // 64 hexadecimal digits: opens the digest of a frame that is not public
}

// round checks one wave, as far as it has come. Nothing about it can be said without the log.
func (v *verifier) round(no int) {
	r := &round{verifier: v, no: no, dir: fmt.Sprintf("rounds/%d/", no), log: &ceremony{}}
	if v.log != nil && v.log.waves[no] != nil {
		r.log = v.log.waves[no]
	}
	if v.log != nil {
		v.report.Waves = append(v.report.Waves, r.wave())
		if !r.log.isRevealed() {
			v.check("deadline", no, r.checkDeadline)
			r.audits()
			return
		}
	}
	for _, c := range []struct {
		id string
		do func(*Check)
	}{
		{"commit", r.checkCommit}, {"signatures", r.checkSignatures}, {"reveal", r.checkReveal}, {"beacon", r.checkBeacon},
		{"inputs", r.checkInputs}, {"frame", r.checkFrame}, {"draw", r.checkDraw}, {"legs", r.checkLegs}, {"assignment", r.checkAssignment}, {"results", r.checkResults},
	} {
		if v.log == nil {
			c.do = (*Check).skip
		}
		v.check(c.id, no, c.do)
	}
	r.audits()
}

// wave is what the report says of the wave.
func (r *round) wave() Wave {
	w := Wave{No: r.no, Drawn: r.log.drawn != nil, Revealed: r.log.isRevealed()}
	if e := r.log.committed; e != nil {
		w.Commit, w.Fingerprint, w.Committed = e.Body.Record, e.Body.Record.Fingerprint(), e.Time
	}
	if e := r.log.beacon; e != nil {
		w.Beacon = e.Body.Value
	}
	return w
}

// checkDeadline judges a wave without a reveal: late is a failure, not yet due is not. The day to
// go by is the latest the folder speaks of.
func (r *round) checkDeadline(c *Check) {
	if r.has(r.dir + "reveal.json") {
		c.fail("verify.no-entry", r.dir+"reveal.json", "Kind", "revealed", "Wave", r.no)
	}
	if r.log.committed == nil {
		c.fail("verify.no-entry", logDir, "Kind", "draw-committed", "Wave", r.no)
		return
	}
	asOf, _ := time.Parse(time.RFC3339, r.manifest.AsOf) // parseManifest has done so before
	today := inspect.DateOf(asOf)
	if last := inspect.DateOf(r.verifier.log.last); last > today {
		today = last
	}
	due := r.log.committed.Body.RevealBy
	if name := r.dir + "record.json"; r.has(name) { // a record may be published before the reveal
		record, raw, ok := load(r.verifier, c, name, inBeijing)
		if !ok {
			return
		}
		due = record.RevealBy
		if got := inspect.DigestOf(raw); got != r.log.committed.Body.Record {
			c.fail("verify.digest", name, "Want", r.log.committed.Body.Record, "Got", got)
		}
	}
	if due != "" && today > due {
		c.fail("verify.reveal-late", logDir, "Wave", r.no, "Due", due, "Today", today)
	}
	r.same(c, r.public == nil || slices.ContainsFunc(r.public.Waves, func(w release.Wave) bool {
		if w.No != r.no || !sameTime(w.Committed, r.log.committed.Time) {
			return false
		}
		w.Committed = time.Time{}
		if len(w.Parties) == 0 {
			w.Parties = nil
		}
		return reflect.DeepEqual(w, release.Wave{No: r.no, Commit: r.log.committed.Body.Record, RevealBy: due}) // more would be a warning
	}), "waves")
	c.say("Due", string(due))
}

// has reports whether the manifest lists a file.
func (r *round) has(name string) bool {
	_, ok := r.manifest.Files[name]
	return ok
}

// inBeijing gives a record just read the clock it was written by.
func inBeijing(x *draw.Record) { x.Beacon.At = x.Beacon.At.In(inspect.Beijing) }

// checkCommit checks the commit record, D, and that it stood in the log a day before the beacon.
func (r *round) checkCommit(c *Check) {
	name := r.dir + "record.json"
	record, raw, ok := load(r.verifier, c, name, inBeijing)
	if !ok {
		return
	}
	c.take(name, draw.CheckRecord(record))
	r.d = inspect.DigestOf(raw)
	if record.Campaign != r.manifest.Campaign || record.Wave != r.no {
		c.fail("verify.record-other", name, "Campaign", record.Campaign, "Wave", record.Wave)
	}
	e := r.log.committed
	switch {
	case e == nil:
		c.fail("verify.no-entry", logDir, "Kind", "draw-committed", "Wave", r.no)
	case e.Body.Record != r.d:
		c.fail("verify.digest", name, "Want", e.Body.Record, "Got", r.d)
	default:
		c.take(name, record.Beacon.CheckLead(e.Time))
		if e.Body.RevealBy != record.RevealBy {
			c.fail("verify.log-other", name, "Seq", e.Seq, "Name", "revealBy")
		}
		c.say("At", e.Time.Format(time.DateTime))
	}
	c.say("Fingerprint", r.d.Fingerprint())
	c.say("Beacon", record.Beacon.At.Format(time.DateTime))
	if len(c.Problems) == 0 {
		r.record = record
	}
}

// checkSignatures checks that exactly the parties signed D, with the signatures that were logged.
func (r *round) checkSignatures(c *Check) {
	if r.record == nil {
		c.skip()
		return
	}
	name := r.dir + "signatures.json"
	signatures, _, ok := load[map[string]string](r.verifier, c, name, nil)
	if !ok {
		return
	}
	text := plan.CommitText(r.record.Campaign, r.no, r.d)
	keys := map[string]string{} // public key → party
	for _, p := range r.record.Parties {
		signed, ok := (*signatures)[p.ID]
		if !ok {
			c.fail("verify.signature-missing", name, "Party", p.ID)
			continue
		}
		delete(*signatures, p.ID)
		if !signedBy(p, text, signed) {
			c.fail("verify.signature", name, "Party", p.ID)
		}
		if e := r.log.committed; e != nil && e.Body.Signatures[p.ID] != inspect.DigestOf([]byte(signed)) {
			c.fail("verify.log-other", name, "Seq", e.Seq, "Name", p.ID)
		}
		public := p.Key[strings.LastIndexByte(p.Key, '+')+1:]
		if other, twice := keys[public]; twice {
			c.fail("verify.same-key", r.dir+"record.json", "Party", p.ID, "Other", other)
		}
		keys[public] = p.ID
	}
	for _, id := range slices.Sorted(maps.Keys(*signatures)) {
		c.fail("verify.signature-extra", name, "Party", id)
	}
	c.say("N", len(r.record.Parties))
}

// signedBy reports whether a note is the text, signed by the party and nobody else.
func signedBy(p draw.Party, text, signed string) bool {
	key, err := note.NewVerifier(p.Key)
	if err != nil || key.Name() != p.ID {
		return false
	}
	n, err := note.Open([]byte(signed), note.VerifierList(key))
	return err == nil && n.Text == text && len(n.Sigs) == 1 && len(n.UnverifiedSigs) == 0
}

// checkReveal opens the commitments with the revealed shares, which are those of the log.
func (r *round) checkReveal(c *Check) {
	if r.record == nil {
		c.skip()
		return
	}
	name := r.dir + "reveal.json"
	file, _, ok := load[reveal](r.verifier, c, name, nil)
	if !ok {
		return
	}
	r.reveal = file
	keys := map[inspect.Stage]inspect.Key{}
	for _, stage := range ledger.PublicStages {
		shares := r.shares(c, name, stage, file.Shares[stage])
		key, err := r.record.StageKey(stage, file.Beacon, shares)
		c.take(name, err)
		keys[stage] = key
		if e := r.log.revealed[stage]; e != nil && !maps.Equal(e.Body.Shares, file.Shares[stage]) {
			c.fail("verify.log-other", name, "Seq", e.Seq, "Name", string(stage))
		}
	}
	if len(file.Shares) != len(ledger.PublicStages) {
		c.fail("verify.stages", name, "N", len(file.Shares), "Want", len(ledger.PublicStages))
	}
	c.say("N", len(r.record.Parties))
	if len(c.Problems) == 0 {
		r.keys = keys
	}
}

// shares decodes the shares of one stage, one of each party and no other.
func (r *round) shares(c *Check, name string, stage inspect.Stage, texts map[string]string) map[string]draw.Share {
	out := map[string]draw.Share{}
	for _, id := range slices.Sorted(maps.Keys(texts)) {
		raw, err := hex.DecodeString(texts[id])
		known := slices.ContainsFunc(r.record.Parties, func(p draw.Party) bool { return p.ID == id })
		if err != nil || len(raw) != len(draw.Share{}) || hex.EncodeToString(raw) != texts[id] || !known {
			c.fail("verify.share", name, "Party", id, "Stage", string(stage))
			continue
		}
		out[id] = draw.Share(raw)
	}
	return out
}

// checkBeacon checks that the beacon is the committed event's, and was logged after it.
func (r *round) checkBeacon(c *Check) {
	if r.record == nil || r.reveal == nil {
		c.skip()
		return
	}
	name := r.dir + "reveal.json"
	beacon := r.record.Beacon
	if e := r.log.postponed; e != nil {
		next, err := beacon.Next(e.Body.At)
		if err != nil {
			c.take(name, err)
		} else {
			if e.Body.Issue != next.Issue || e.Time.Before(beacon.At) || !e.Time.Before(next.At) || !next.At.Before(r.record.Window.From.Time()) {
				c.fail("verify.postponed", logDir, "Seq", e.Seq, "Issue", next.Issue)
			}
			r.postponed = append(r.postponed, Caveat{"postponed", r.no, map[string]any{"Issue": beacon.Issue, "Value": r.reveal.Beacon, "Seq": e.Seq, "Reason": string(e.Body.Reason)}})
			beacon = next
		}
	}
	c.take(name, beacon.Accept(r.reveal.Beacon, r.reveal.Beacon))
	if e := r.log.beacon; e != nil {
		if e.Body.Value != r.reveal.Beacon {
			c.fail("verify.log-other", name, "Seq", e.Seq, "Name", "beacon")
		}
		if e.Time.Before(beacon.At) {
			c.fail("verify.beacon-before", logDir, "Seq", e.Seq, "At", beacon.At.Format(time.DateTime))
		}
	}
	c.say("Value", r.reveal.Beacon)
	c.say("Event", r.record.Beacon.Event)
}
