package verify

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
)

// audits enters what an auditor states and signs right after the reveal; change may alter what is
// stated before it is signed.
func (w *world) audits(auditor byte, change func(*ledger.Statement)) {
	w.t.Helper()
	s := ledger.Statement{Campaign: campaignID, Wave: 1, Stages: ledger.DeeperStages, Plan: w.find(ledger.Drawn).body["plan"].(inspect.Digest),
		Visits: 4, Returns: 1, Outcome: ledger.Match, Time: at(22, 9).Format(time.RFC3339)}
	if change != nil {
		change(&s)
	}
	a, err := ledger.SignStatement(s, w.auditor(auditor).secret)
	if err != nil {
		w.t.Fatal(err)
	}
	body := map[string]any{}
	if err := json.Unmarshal(w.json(a), &body); err != nil {
		w.t.Fatal(err)
	}
	i := slices.IndexFunc(w.entries, func(e happened) bool { return e.kind == ledger.ScoreFrozen })
	for key, n := range body { // numbers of JSON come back as floats, which no entry holds
		if f, ok := n.(float64); ok {
			body[key] = int(f)
		}
	}
	for key, n := range body["statement"].(map[string]any) {
		if f, ok := n.(float64); ok {
			body["statement"].(map[string]any)[key] = int(f)
		}
	}
	w.entries = slices.Insert(w.entries, i, happened{ledger.Audited, at(22, 9), body})
}

// auditor appoints an auditor at the freeze, once.
func (w *world) auditor(seed byte) signer {
	s := newSigner(w.t, "audit-1", seed)
	person := inspect.DigestOf([]byte(s.public))
	if _, there := w.people[person]; there {
		return s
	}
	w.people[person] = s
	by := person
	if i := w.index(ledger.PersonAppointed); i >= 0 {
		by = w.entries[i].body["person"].(inspect.Digest)
	}
	last := 1
	for i, e := range w.entries {
		if e.kind == ledger.PersonAppointed && e.at.Equal(at(1, 9)) {
			last = i + 1
		}
	}
	w.entries = slices.Insert(w.entries, last, happened{ledger.PersonAppointed, at(1, 9), map[string]any{"person": person, "key": ledger.PublicKey(s.public),
		"roles": []string{"auditor"}, "by": []inspect.Digest{by}}})
	return s
}

func (w *world) stated() map[string]any {
	return w.find(ledger.Audited).body["statement"].(map[string]any)
}

// What an auditor signed is told by key and date, in the place of what nobody stated.
func TestAudited(t *testing.T) {
	w := newWorld(t, tiny)
	w.audits(50, nil)
	w.audits(51, func(s *ledger.Statement) { s.Mismatches, s.Outcome, s.Substitutions = 2, ledger.Mismatch, 3 })
	r := judge(t, w.publish(), Options{})
	if !r.Verified || len(r.Waves[0].Audits) != 2 {
		t.Fatalf("%v %+v", r.Problems(), r.Waves)
	}
	a, b := r.Waves[0].Audits[0], r.Waves[0].Audits[1]
	if a.Visits != 4 || a.Mismatches != 0 || !a.At.Equal(at(22, 9)) || b.Mismatches != 2 || b.Substitutions != 3 || a.Fingerprint == b.Fingerprint ||
		a.Fingerprint != ledger.KeyFingerprint(newSigner(t, "audit-1", 50).public) {
		t.Errorf("%+v", r.Waves[0].Audits)
	}
	if ids := caveats(r); slices.Contains(ids, "units") || !slices.Contains(ids, "audited") || !slices.Contains(ids, "audited-mismatch") {
		t.Errorf("caveats %v", ids)
	}
}

// An audit of a revealed wave says nothing of another that was revealed and not audited.
func TestAuditOfOneWaveOnly(t *testing.T) {
	v := verifier{report: Report{Waves: []Wave{{No: 1, Revealed: true, Audits: []Audit{{}}}, {No: 2, Revealed: true}}}}
	none := func(string, int, map[string]any) {}
	if v.audited(none) {
		t.Error("wave 2 counts as audited")
	}
	v.report.Waves[1].Revealed = false
	if !v.audited(none) {
		t.Error("a wave that nobody can audit yet counts")
	}
}

// forgedAudits are lies about what auditors stated.
var forgedAudits = []forgery{
	{"other results published under an auditor's statement", func(w *world) {
		w.audits(50, func(s *ledger.Statement) { s.Score = w.digest(w.find(ledger.ScoreFrozen).body) })
		audited := *w.find(ledger.Audited)
		w.drop(ledger.Audited)
		audited.at = at(23, 9)
		w.entries = append(w.entries, audited)
		if r := judge(w.t, w.publish(), Options{}); !r.Verified { // as it was
			w.t.Error(r.Problems())
		}
		a, b := w.region("11"), w.region("12")
		*a, *b = *b, *a
		a.Code, b.Code = "11", "12"
		w.refreeze()
	}, "verify.audit-other"},
	{"an audit of an earlier score shown as one of the score that stands", func(w *world) {
		w.audits(50, func(s *ledger.Statement) { s.Score = w.digest(w.find(ledger.ScoreFrozen).body) })
		audited := *w.find(ledger.Audited)
		w.drop(ledger.Audited)
		audited.at = at(23, 9)
		w.entries = append(w.entries, audited)
		w.correct()
		if r := judge(w.t, w.publish(), Options{}); !r.Verified || r.Waves[0].Audits[0].Scored { // as it was
			w.t.Error(r.Problems(), r.Waves)
		}
		w.scored = true
	}, "verify.public-other"},
	{"a statement changed after it was signed", func(w *world) { w.audits(50, nil); w.stated()["visits"] = 5 }, "ledger.audit-signature"},
	{"a mismatch made good", func(w *world) {
		w.audits(50, func(s *ledger.Statement) { s.Mismatches, s.Outcome = 1, ledger.Mismatch })
		w.stated()["mismatches"], w.stated()["outcome"] = 0, ledger.Match
	}, "ledger.audit-signature"},
	{"the signature of another", func(w *world) {
		w.audits(50, nil)
		theirs := w.find(ledger.Audited).body["signature"]
		w.drop(ledger.Audited)
		w.audits(51, nil)
		w.find(ledger.Audited).body["signature"] = theirs
	}, "ledger.audit-signature"},
	{"the key of another", func(w *world) {
		w.audits(50, nil)
		key, err := ledger.AuditorKey(newSigner(w.t, "x", 51).secret)
		if err != nil {
			w.t.Fatal(err)
		}
		w.find(ledger.Audited).body["key"] = key
	}, "ledger.audit-signature"},
	{"a key with a name", func(w *world) {
		w.audits(50, nil)
		w.find(ledger.Audited).body["key"] = newSigner(w.t, "audit-1", 50).public
	}, "ledger.audit-signature"},
	{"another plan", func(w *world) {
		w.audits(50, func(s *ledger.Statement) { s.Plan = inspect.DigestOf([]byte("another")) })
	}, "verify.audit-plan"},
	{"another plan logged at the draw", func(w *world) {
		w.audits(50, nil)
		w.find(ledger.Drawn).body["plan"] = inspect.DigestOf([]byte("another"))
	}, "verify.audit-plan"},
	{"the statement of another wave", func(w *world) { w.audits(50, nil); w.find(ledger.Audited).body["wave"] = 2 }, "ledger.audit-wave"},
	{"an audit of a wave that is not there", func(w *world) { w.audits(50, func(s *ledger.Statement) { s.Wave = 2 }) }, "verify.order"},
	{"an audit of another campaign", func(w *world) {
		w.audits(50, func(s *ledger.Statement) { s.Campaign = "summer" })
	}, "verify.audit-other"},
	{"a statement from the future", func(w *world) {
		w.audits(50, func(s *ledger.Statement) { s.Time = at(28, 9).Format(time.RFC3339) })
	}, "verify.audit-other"},
	{"a substitution that the log does not know", func(w *world) {
		w.audits(50, func(s *ledger.Statement) { s.Substitutions = 1 })
	}, "verify.audit-other"},
	{"one auditor twice", func(w *world) { w.audits(50, nil); w.again(ledger.Audited) }, "verify.audit-twice"},
	{"a match of which no return was judged", func(w *world) { w.audits(50, func(s *ledger.Statement) { s.Returns = 0 }) }, "verify.audit-other"},
	{"audited before the reveal", func(w *world) { w.audits(50, nil); w.move(ledger.Audited, w.staff()+4) }, "verify.order"},
	{"audited without a reveal", func(w *world) { w.audits(50, nil); w.drop(ledger.Revealed) }, "verify.order"},
	{"a stage less", func(w *world) {
		w.audits(50, func(s *ledger.Statement) { s.Stages = s.Stages[:4] })
	}, "ledger.audit-malformed"},
	{"an audit by nobody who is appointed", func(w *world) {
		w.audits(50, nil)
		w.entries = slices.Delete(w.entries, w.staff()-1, w.staff())
	}, "verify.auditor"},
	{"an audit by somebody who is no auditor", func(w *world) {
		w.audits(50, nil)
		w.entries[w.staff()-1].body["roles"] = []string{"signer"}
	}, "verify.auditor"},
	{"an audit that is none", func(w *world) { w.enter(ledger.Audited, at(23, 9), map[string]any{"wave": 1}) }, "verify.entry"},
}

func TestForgedAudits(t *testing.T) {
	t.Parallel()
	for _, f := range tried(forgedAudits) {
		w := newWorld(t, tiny)
		w.trusted = true
		f.lie(w)
		r := judge(t, w.publish(), Options{})
		if r.Verified || !slices.Contains(rules(r), f.rule) {
			t.Errorf("%s: want %s, found %v", f.name, f.rule, rules(r))
		}
		for _, p := range r.Problems() {
			if p.Class != inspect.Unverified || p.File == "" {
				t.Errorf("%s: %v has class %d and file %q", f.name, p, p.Class, p.File)
			}
		}
		for _, wave := range r.Waves {
			if len(wave.Audits) > 0 && !slices.Contains([]string{"verify.order", "verify.audit-twice", "verify.public-other"}, f.rule) {
				t.Errorf("%s: still told as an audit", f.name)
			}
		}
	}
}
