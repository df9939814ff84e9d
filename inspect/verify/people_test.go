package verify

import (
	"slices"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
)

// staff is how many entries freeze the frame and appoint who is there.
func (w *world) staff() int {
	n := 1
	for n < len(w.entries) && w.entries[n].kind == ledger.PersonAppointed && w.entries[n].at.Equal(w.entries[0].at) {
		n++
	}
	return n
}

// then enters what happened a minute after the freeze.
func (w *world) then(more ...happened) {
	for i := range more {
		more[i].at = w.entries[0].at.Add(time.Minute)
	}
	w.entries = slices.Insert(w.entries, w.staff(), more...)
}

func (w *world) retired(name string, by ...string) happened {
	return happened{kind: ledger.PersonRetired, body: map[string]any{"person": person(name), "by": w.by(by...)}}
}

func (w *world) replaced(before, after string, by ...string) happened {
	return happened{kind: ledger.KeyReplaced, body: map[string]any{"before": person(before), "after": person(after), "key": ledger.PublicKey(w.keyed(after).public), "by": w.by(by...)}}
}

// as appoints somebody after the freeze.
func (w *world) as(name, role string, by ...string) happened {
	return w.appointed(time.Time{}, name, role, by...)
}

// of is an entry under the signatures of another: one that was duly signed.
func (w *world) of(e, signed happened) happened {
	e.body["signatures"] = w.signed(w.before(w.staff()), signed)["signatures"]
	return e
}

// before are the people of the first n entries.
func (w *world) before(n int) *ledger.People {
	people := &ledger.People{}
	for i, h := range w.entries[:n] {
		e, err := ledger.NewEntry(h.kind, int64(i+1), h.at, w.signed(people, h))
		if err != nil {
			w.t.Fatal(err)
		}
		took(people, e)
	}
	return people
}

// unsigned is an entry that was never signed: somebody who has the log's key alone makes something up.
func (w *world) unsigned(e happened) happened {
	e.body["signatures"] = []string{w.signature(person("nobody"), ""), w.signature(person("nobody"), "")}
	return e
}

// bentPeople are lies about who was appointed, and by whom.
var bentPeople = []forgery{
	{"appointed by one alone", func(w *world) { w.then(w.as("next", "auditor", "sign")) }, "ledger.person-alone"},
	{"appointed by a stranger", func(w *world) { w.then(w.as("next", "auditor", "sign", "stranger")) }, "ledger.person-by"},
	{"appointed by two who may not", func(w *world) { w.then(w.as("next", "auditor", "draw", "review")) }, "ledger.person-office"},
	{"appointed after retiring", func(w *world) {
		w.then(w.retired("review", "sign", "draw"), w.as("review", "reviewer", "sign", "draw"))
	}, "ledger.person-gone"},
	{"a stranger retires", func(w *world) { w.then(w.retired("stranger", "sign", "draw")) }, "ledger.person-unknown"},
	{"a stranger's key replaced", func(w *world) { w.then(w.replaced("stranger", "next", "sign", "draw")) }, "ledger.person-unknown"},
	{"another's key taken over", func(w *world) { w.then(w.replaced("review", "draw", "sign", "draw")) }, "ledger.person-gone"},
	{"retired by one person twice", func(w *world) { w.then(w.retired("review", "sign", "sign")) }, "verify.entry"},
	{"appointed without a role", func(w *world) { w.then(w.as("next", "", "sign", "draw")) }, "verify.entry"},
	{"appointed by nobody", func(w *world) { e := w.as("next", "auditor"); e.body["by"] = []inspect.Digest{}; w.then(e) }, "verify.entry"},
	{"appointed by two who never signed", func(w *world) { w.then(w.unsigned(w.as("next", "auditor", "sign", "draw"))) }, "ledger.person-unsigned"},
	{"appointed without signatures", func(w *world) {
		e := w.as("next", "auditor", "sign", "draw")
		e.body["signatures"] = nil
		w.then(e)
	}, "verify.entry"},
	{"appointed by two, and signed by one for both", func(w *world) {
		e := w.of(w.as("next", "auditor", "sign", "draw"), w.as("next", "auditor", "sign", "draw"))
		s := e.body["signatures"].([]string)
		e.body["signatures"] = []string{s[0], s[0]}
		w.then(e)
	}, "ledger.person-unsigned"},
	{"appointed by two who exchanged their signatures", func(w *world) {
		e := w.of(w.as("next", "auditor", "sign", "draw"), w.as("next", "auditor", "draw", "sign"))
		w.then(e)
	}, "ledger.person-unsigned"},
	{"appointed by two, of whom one signed", func(w *world) {
		e := w.of(w.as("next", "auditor", "sign", "draw"), w.as("next", "auditor", "sign", "draw"))
		e.body["signatures"] = e.body["signatures"].([]string)[:1]
		w.then(e)
	}, "verify.entry"},
	{"appointed with signatures of another entry", func(w *world) {
		w.then(w.of(w.as("next", "auditor", "sign", "draw"), w.as("other", "auditor", "sign", "draw")))
	}, "ledger.person-unsigned"},
	{"appointed to more roles than was signed", func(w *world) {
		e := w.of(w.as("next", "auditor", "sign", "draw"), w.as("next", "auditor", "sign", "draw"))
		e.body["roles"] = []string{"auditor", "signer"}
		w.then(e)
	}, "ledger.person-unsigned"},
	{"appointed with another key than was signed", func(w *world) {
		e := w.of(w.as("next", "auditor", "sign", "draw"), w.as("next", "auditor", "sign", "draw"))
		e.body["key"] = ledger.PublicKey(w.keyed("log-keeper").public)
		w.then(e)
	}, "ledger.person-unsigned"},
	{"appointed with a key that somebody has", func(w *world) {
		e := w.as("next", "auditor", "sign", "draw")
		e.body["key"] = ledger.PublicKey(w.keyed("draw").public)
		w.then(e)
	}, "ledger.person-key"},
	{"appointed with a key for which anybody can sign", func(w *world) {
		e := w.as("next", "auditor", "sign", "draw")
		e.body["key"] = "01" + strings.Repeat("0", 62)
		w.then(e)
	}, "verify.entry"},
	{"appointed without a key", func(w *world) {
		e := w.as("next", "auditor", "sign", "draw")
		delete(e.body, "key")
		w.then(e)
	}, "verify.entry"},
	{"a role taken away given back by the former signatures", func(w *world) {
		e := w.as("review", "signer", "sign", "draw")
		e = w.of(e, w.as("review", "signer", "sign", "draw"))
		w.then(e, w.as("review", "reviewer", "sign", "draw"), e)
	}, "ledger.person-unsigned"},
	{"roles given by signatures from another log of the campaign", func(w *world) {
		former := w.log
		w.log = newSigner(w.t, ledger.Origin(campaignID), 77)
		w.entries[0].body["log"] = w.log.public
		e := w.of(w.as("next", "auditor", "sign", "draw"), w.as("next", "auditor", "sign", "draw"))
		w.log = former
		w.entries[0].body["log"] = former.public
		w.then(e)
	}, "ledger.person-unsigned"},
	{"retired by two who never signed", func(w *world) { w.then(w.unsigned(w.retired("review", "sign", "draw"))) }, "ledger.person-unsigned"},
	{"retired with the signatures of an appointment", func(w *world) {
		w.then(w.of(w.retired("review", "sign", "draw"), w.as("review", "witness", "sign", "draw")))
	}, "ledger.person-unsigned"},
	{"a key replaced by two who never signed", func(w *world) { w.then(w.unsigned(w.replaced("review", "next", "sign", "draw"))) }, "ledger.person-unsigned"},
	{"a key replaced with signatures of another act", func(w *world) {
		w.then(w.of(w.replaced("review", "next", "sign", "draw"), w.replaced("review", "other", "sign", "draw")))
	}, "ledger.person-unsigned"},
	{"a key replaced by itself under another name", func(w *world) {
		e := w.replaced("review", "next", "sign", "draw")
		e.body["key"] = ledger.PublicKey(w.keyed("review").public)
		w.then(e)
	}, "ledger.person-key"},
	{"everybody appointed at the freeze by who never signed", func(w *world) {
		for i := range w.entries[1:4] {
			w.entries[i+1].body["signatures"] = []string{w.signature(person("nobody"), "")}
		}
	}, "ledger.person-unsigned"},
	{"one more appointed at the freeze, under the signature for another", func(w *world) {
		e := w.entries[2]
		w.entries[3].body["signatures"] = w.signed(w.before(2), e)["signatures"]
	}, "ledger.person-unsigned"},
}

// TestPeopleEntered holds that who is appointed, retires or gets another key is judged by who was appointed then.
func TestPeopleEntered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	w.then(w.as("next", "auditor", "sign", "draw"), w.replaced("draw", "draw-new", "next", "sign"), w.retired("draw-new", "sign", "next"))
	if r := judge(t, w.publish(), Options{}); !r.Verified {
		t.Errorf("all that may happen: %v", r.Problems())
	}
	for _, c := range bentPeople {
		w := newWorld(t, tiny)
		c.lie(w)
		if r := judge(t, w.publish(), Options{}); r.Verified || !slices.Contains(rules(r), c.rule) {
			t.Errorf("%s: want %s, found %v", c.name, c.rule, rules(r))
		}
	}
}
