package verify

import (
	"slices"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
)

func person(name string) inspect.Digest { return inspect.DigestOf([]byte(name)) }

// staffed enters, after the freeze, who was there, and a minute later what else happened.
func (w *world) staffed(more ...happened) {
	frozen := w.entries[0].at
	by := []inspect.Digest{person("draw")}
	entries := []happened{w.entries[0]}
	for _, p := range [][2]string{{"draw", "drawer"}, {"sign", "signer"}, {"review", "reviewer"}} {
		entries = append(entries, happened{ledger.PersonAppointed, frozen, map[string]any{"person": person(p[0]), "roles": []string{p[1]}, "by": by}})
	}
	for _, e := range more {
		e.at = frozen.Add(time.Minute)
		entries = append(entries, e)
	}
	w.entries = append(entries, w.entries[1:]...)
}

// Who is appointed, retires or gets another key is judged by who was appointed then.
func TestPeople(t *testing.T) {
	t.Parallel()
	by := func(names ...string) (out []inspect.Digest) {
		for _, n := range names {
			out = append(out, person(n))
		}
		return out
	}
	as := func(name, role string, names ...string) happened {
		return happened{kind: ledger.PersonAppointed, body: map[string]any{"person": person(name), "roles": []string{role}, "by": by(names...)}}
	}
	gone := func(name string, names ...string) happened {
		return happened{kind: ledger.PersonRetired, body: map[string]any{"person": person(name), "by": by(names...)}}
	}
	other := func(before, after string, names ...string) happened {
		return happened{kind: ledger.KeyReplaced, body: map[string]any{"before": person(before), "after": person(after), "by": by(names...)}}
	}
	for _, c := range []struct {
		name string
		more []happened
		rule string
	}{
		{"nobody more", nil, ""},
		{"all that may happen", []happened{as("next", "auditor", "sign", "draw"), other("sign", "sign-new", "next", "draw"), gone("review", "sign-new", "draw")}, ""},
		{"appointed by one alone", []happened{as("next", "auditor", "sign")}, "ledger.person-alone"},
		{"appointed by a stranger", []happened{as("next", "auditor", "sign", "stranger")}, "ledger.person-by"},
		{"appointed by two who may not", []happened{as("next", "auditor", "draw", "review")}, "ledger.person-office"},
		{"appointed after retiring", []happened{gone("review", "sign", "draw"), as("review", "reviewer", "sign", "draw")}, "ledger.person-gone"},
		{"a stranger retires", []happened{gone("stranger", "sign", "draw")}, "ledger.person-unknown"},
		{"a stranger's key replaced", []happened{other("stranger", "next", "sign", "draw")}, "ledger.person-unknown"},
		{"another's key taken over", []happened{other("review", "draw", "sign", "draw")}, "ledger.person-gone"},
		{"retired by one person twice", []happened{gone("review", "sign", "sign")}, "verify.entry"},
		{"appointed without a role", []happened{as("next", "", "sign", "draw")}, "verify.entry"},
		{"appointed by nobody", []happened{as("next", "auditor")}, "verify.entry"},
	} {
		w := newWorld(t, tiny)
		w.staffed(c.more...)
		r := judge(t, w.publish(), Options{})
		if c.rule == "" && !r.Verified || c.rule != "" && (r.Verified || !slices.Contains(rules(r), c.rule)) {
			t.Errorf("%s: want %q, found %v", c.name, c.rule, rules(r))
		}
	}
}
