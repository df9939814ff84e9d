package verify

import (
	"math"
	"slices"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
)

// Audit is what an auditor stated of a wave's visits, and signed. Who it was is told by the key.
type Audit struct {
	Fingerprint   string    `json:"fingerprint"` // of the auditor's key
	At            time.Time `json:"at"`
	Visits        int       `json:"visits"` // compared with the plan drawn again
	Substitutions int       `json:"substitutions"`
	Returns       int       `json:"returns"` // judged again
	Scored        bool      `json:"scored"`  // the score that stands was computed again too
	Mismatches    int       `json:"mismatches"`
}

// audits checks what auditors stated of the wave, where any did.
func (r *round) audits() {
	if len(r.log.audits) > 0 {
		r.check("audit", r.no, r.checkAudits)
	}
}

// checkAudits holds every audit against its signature and against the log: that it speaks of this
// campaign, of the plan that was drawn, and of as many substitutions as were logged.
func (r *round) checkAudits(c *Check) {
	var sound []Audit
	seen := map[string]int64{}
	for _, e := range r.log.audits {
		a, s, before := &e.Body, &e.Body.Statement, len(c.Problems)
		c.take(logDir, a.Check())
		other := func(name string) { c.fail("verify.audit-other", logDir, "Seq", e.Seq, "Name", name) }
		if slices.Contains(r.log.strange, e.Seq) {
			c.fail("verify.auditor", logDir, "Seq", e.Seq, "Fingerprint", a.Fingerprint())
		}
		once := a.Fingerprint() + s.Score.String() // again for a later score
		if first, twice := seen[once]; twice {
			c.fail("verify.audit-twice", logDir, "Seq", e.Seq, "First", first)
		}
		seen[once] = e.Seq
		if s.Score != r.log.scoreAt(e.Seq) && s.Outcome == ledger.Match {
			other("score")
		}
		if s.Outcome == ledger.Match && s.Returns == 0 && slices.ContainsFunc(r.log.received, func(seq int64) bool { return seq < e.Seq }) {
			other("returns")
		}
		if s.Campaign != r.manifest.Campaign {
			other("campaign")
		}
		at, err := time.Parse(time.RFC3339, s.Time)
		if err != nil || at.After(e.Time) {
			other("time")
		}
		if d := r.log.drawn; d == nil {
			c.fail("verify.no-entry", logDir, "Kind", string(ledger.Drawn), "Wave", r.no)
		} else if s.Outcome == ledger.Match && s.Plan != d.Body.Plan {
			c.fail("verify.audit-plan", logDir, "Seq", e.Seq, "Want", d.Body.Plan, "Got", s.Plan)
		}
		if n := r.log.changes(); s.Outcome == ledger.Match && s.Substitutions != n {
			other("substitutions")
		}
		if len(c.Problems) == before {
			sound = append(sound, Audit{a.Fingerprint(), at, s.Visits, s.Substitutions, s.Returns, r.log.current(s.Score), s.Mismatches})
		}
	}
	c.say("N", len(sound))
	i := slices.IndexFunc(r.report.Waves, func(w Wave) bool { return w.No == r.no })
	r.report.Waves[i].Audits = sound
}

// scoreAt is the digest of the last entry of a frozen score before an entry; zero where there was none.
func (w *ceremony) scoreAt(seq int64) (d inspect.Digest) {
	for _, e := range w.scored {
		if e.Seq < seq {
			d, _ = e.Body.Digest() // it was read from such JSON
		}
	}
	return d
}

// current reports whether a score that an auditor computed again is the one that stands, which a correction may have
// changed since.
func (w *ceremony) current(score inspect.Digest) bool {
	return score != (inspect.Digest{}) && score == w.scoreAt(math.MaxInt64)
}

// changes is how many substitutions the log holds: each is entered once more when it is made.
func (w *ceremony) changes() (n int) {
	for _, e := range w.substituted {
		if e.Body.Change != (inspect.Digest{}) {
			n++
		}
	}
	return n
}

// audited words what auditors stated: nobody can check it from here. It reports whether that covers
// every revealed wave, of which there is one at least.
func (v *verifier) audited(add func(id string, wave int, args map[string]any)) bool {
	covered, all := 0, true
	for _, w := range v.report.Waves {
		for _, a := range w.Audits {
			args := map[string]any{"Fingerprint": a.Fingerprint, "Date": a.At.Format(time.DateOnly), "Visits": a.Visits, "Returns": a.Returns, "Scored": a.Scored, "Mismatches": a.Mismatches}
			if a.Mismatches > 0 {
				add("audited-mismatch", w.No, args)
			} else {
				add("audited", w.No, args)
			}
		}
		if len(w.Audits) > 0 {
			covered++
		}
		all = all && (len(w.Audits) > 0 || !w.Revealed)
	}
	return all && covered > 0
}
