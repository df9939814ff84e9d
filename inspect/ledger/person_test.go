package ledger

import (
	"crypto/ed25519"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
)

// keyOf is the public key of somebody in these tests, as an entry has it.
func keyOf(name string) string {
	_, vkey := testKeys(name)
	return PublicKey(vkey)
}

// signatureOf is somebody's signature over a text, taken from the note that they sign.
func signatureOf(name, text string) string {
	skey, _ := testKeys(name)
	return must(Nameless(string(must(note.Sign(&note.Note{Text: text}, must(note.NewSigner(skey)))))))
}

// decision is a body and who is to sign it.
type decision struct {
	body Joint
	by   []string
}

// signed is the body under the signatures of its people, after the entries that p has taken in.
func (d decision) signed(p *People) Joint {
	var s Signed
	for _, name := range d.by {
		s.By, s.Signatures = append(s.By, of(name)), append(s.Signatures, signatureOf(name, must(p.Text(d.body))))
	}
	return d.body.Under(s)
}

func appoints(name, role string, by ...string) decision {
	return decision{Appointment{Person: of(name), Key: keyOf(name), Roles: []string{role}}, by}
}

func retires(name string, by ...string) decision { return decision{Retirement{Person: of(name)}, by} }

func replaces(before, after string, by ...string) decision {
	return decision{Replacement{Before: of(before), After: of(after), Key: keyOf(after)}, by}
}

func withdraws(text string, by ...string) decision {
	return decision{Withdrawal{Document: of(text), Reason: ReasonError}, by}
}

func publishes(text string, by ...string) decision {
	return decision{Publication{Document: of(text)}, by}
}

func postpones(by ...string) decision {
	return decision{Postponement{Wave: 1, Issue: "2026141", At: cosignTime, Reason: NotHeld}, by}
}

// staffed is a log that has begun with a drawer, who froze the frame, a signer and a reviewer, and how many entries it has.
func staffed(t *testing.T) (*People, int64) {
	t.Helper()
	p := &People{}
	if p.Begun() {
		t.Fatal("begun before the first entry")
	}
	if err := p.Take(1, cosignTime, CampaignFrame(FrameDigests{}, "x", false)); err != nil {
		t.Fatal(err)
	}
	for i, d := range []decision{appoints("draw", "drawer", "draw"), appoints("sign", "signer", "draw"), appoints("review", "reviewer", "draw")} {
		if err := p.Take(int64(i+2), cosignTime, d.signed(p)); err != nil {
			t.Fatal(err)
		}
	}
	return p, 4
}

// Who may be appointed by whom, and what becomes of them, entry by entry.
func TestPeople(t *testing.T) {
	frozen, later := cosignTime, cosignTime.Add(time.Hour)
	custodian := decision{Appointment{Person: of("keeper"), Roles: []string{"custodian"}, Body: of("office")}, []string{"sign", "draw"}}
	type step struct {
		at   time.Time
		what any // a decision, or a Body that nobody signs
		rule string
	}
	for name, steps := range map[string][]step{
		"two appoint":                       {{later, appoints("fresh", "witness", "sign", "draw"), ""}, {later, appoints("next", "witness", "fresh", "sign"), ""}},
		"roles change":                      {{later, appoints("review", "signer", "sign", "draw"), ""}, {later, appoints("fresh", "witness", "review", "draw"), ""}},
		"one alone":                         {{later, appoints("fresh", "witness", "sign"), "ledger.person-alone"}},
		"one alone in the moment":           {{frozen, appoints("fresh", "witness", "draw"), ""}},
		"themselves alone in the moment":    {{frozen, appoints("fresh", "witness", "fresh"), "ledger.person-by"}},
		"retired by one, in the moment":     {{frozen, retires("review", "draw"), "ledger.person-alone"}},
		"two without the office":            {{later, appoints("fresh", "witness", "draw", "review"), "ledger.person-office"}},
		"two without it, in the moment":     {{frozen, appoints("fresh", "witness", "draw", "review"), "ledger.person-office"}},
		"an outsider":                       {{later, appoints("fresh", "witness", "sign", "nobody"), "ledger.person-by"}},
		"themselves":                        {{later, appoints("fresh", "witness", "sign", "fresh"), "ledger.person-by"}},
		"one who lost the office":           {{later, appoints("sign", "witness", "sign", "draw"), ""}, {later, appoints("fresh", "witness", "sign", "draw"), "ledger.person-office"}},
		"one retires":                       {{later, retires("review", "sign", "draw"), ""}, {later, appoints("fresh", "witness", "sign", "review"), "ledger.person-by"}},
		"a stranger retires":                {{later, retires("fresh", "sign", "draw"), "ledger.person-unknown"}},
		"retired by two without it":         {{later, retires("review", "review", "draw"), "ledger.person-office"}},
		"retired twice":                     {{later, retires("review", "sign", "draw"), ""}, {later, retires("review", "sign", "draw"), "ledger.person-unknown"}},
		"retired and back":                  {{later, retires("review", "sign", "draw"), ""}, {later, appoints("review", "reviewer", "sign", "draw"), "ledger.person-gone"}},
		"retired and back under their key":  {{later, retires("review", "sign", "draw"), ""}, {later, decision{Appointment{Person: of("other"), Key: keyOf("review"), Roles: []string{"reviewer"}}, []string{"sign", "draw"}}, "ledger.person-key"}},
		"a key replaced":                    {{later, replaces("sign", "fresh", "sign", "draw"), ""}, {later, appoints("next", "witness", "fresh", "draw"), ""}},
		"the old key":                       {{later, replaces("sign", "fresh", "sign", "draw"), ""}, {later, appoints("next", "witness", "sign", "draw"), "ledger.person-by"}},
		"a stranger's key replaced":         {{later, replaces("fresh", "next", "sign", "draw"), "ledger.person-unknown"}},
		"replaced by another's key":         {{later, replaces("review", "draw", "sign", "draw"), "ledger.person-gone"}},
		"the same key under another name":   {{later, decision{Replacement{Before: of("review"), After: of("next"), Key: keyOf("review")}, []string{"sign", "draw"}}, "ledger.person-key"}},
		"replaced by no key":                {{later, decision{Replacement{Before: of("review"), After: of("next")}, []string{"sign", "draw"}}, "ledger.person-key"}},
		"replaced by two without the role":  {{later, replaces("review", "fresh", "review", "draw"), "ledger.person-office"}},
		"one key for two people":            {{later, decision{Appointment{Person: of("fresh"), Key: keyOf("draw"), Roles: []string{"signer"}}, []string{"sign", "draw"}}, "ledger.person-key"}},
		"another key with other roles":      {{later, decision{Appointment{Person: of("review"), Key: keyOf("fresh"), Roles: []string{"witness"}}, []string{"sign", "draw"}}, "ledger.person-key"}},
		"a custodian":                       {{later, custodian, ""}, {later, retires("review", "sign", "keeper"), "ledger.person-unsigned"}},
		"two custodians":                    {{later, custodian, ""}, {later, decision{Appointment{Person: of("second"), Roles: []string{"custodian"}, Body: of("x")}, []string{"sign", "draw"}}, ""}},
		"a custodian's key replaced":        {{later, custodian, ""}, {later, decision{Replacement{Before: of("keeper"), After: of("next")}, []string{"sign", "draw"}}, ""}},
		"a custodian who comes to sign":     {{later, custodian, ""}, {later, replaces("keeper", "next", "sign", "draw"), "ledger.person-key"}},
		"a later freeze begins nothing":     {{later, CampaignFrame(FrameDigests{}, "x", false), ""}, {later, appoints("fresh", "witness", "draw"), "ledger.person-alone"}},
		"postponed":                         {{later, Commit{Wave: 1}, ""}, {later, postpones("sign", "draw"), ""}},
		"postponed by two who draw, review": {{later, postpones("review", "draw"), "ledger.person-office"}},
		"postponed by one":                  {{frozen, postpones("draw"), "ledger.person-alone"}},
		"withdrawn":                         {{later, publishes("text", "review", "sign"), ""}, {later, withdraws("text", "sign", "review"), ""}},
		"published in another order":        {{later, publishes("text", "sign", "review"), "ledger.person-publishes"}},
		"published by who draws":            {{later, publishes("text", "review", "draw"), "ledger.person-publishes"}},
		"published by one":                  {{later, publishes("text", "sign"), "ledger.person-publishes"}},
		"published with an outsider":        {{later, publishes("text", "review", "nobody"), "ledger.person-by"}},
		"a site":                            {{later, SitePublished(1, of("manifest")), ""}},
		"withdrawn by who draws":            {{later, withdraws("text", "sign", "draw"), "ledger.person-withdraws"}},
		"withdrawn with an outsider":        {{later, withdraws("text", "sign", "nobody"), "ledger.person-by"}},
		"withdrawn by one":                  {{later, withdraws("text", "sign"), "ledger.person-alone"}},
	} {
		p, n := staffed(t)
		for i, s := range steps {
			body, ok := s.what.(Body)
			if !ok {
				body = s.what.(decision).signed(p)
			}
			err := p.Take(n+int64(i+1), s.at, body)
			if ps := inspect.ProblemsOf(err); (err == nil) != (s.rule == "") || err != nil && (len(ps) != 1 || ps[0].Rule != s.rule) {
				t.Errorf("%s, entry %d: %v, want %q", name, i, err, s.rule)
			}
		}
	}
	p := &People{}
	p.Take(1, frozen, CampaignFrame(FrameDigests{}, "x", false))
	if err := p.Take(2, later, appoints("draw", "drawer", "draw").signed(p)); inspect.ExitStatus(err) != int(inspect.Unverified) {
		t.Errorf("somebody appoints themselves, alone, later: %v", err)
	}
	p, n := staffed(t)
	p.Take(n+1, later, replaces("sign", "fresh", "sign", "draw").signed(p))
	if a, ok := p.Of(of("fresh")); !ok || a.Roles[0] != "signer" || a.Key != keyOf("fresh") || !a.Since.Equal(frozen) || !a.Until.IsZero() {
		t.Errorf("under the new key: %+v", a)
	}
	if a, ok := p.Of(of("sign")); !ok || !a.Until.Equal(later) {
		t.Errorf("under the old key: %+v", a)
	}
}

// Whatever the log's key may write, two people have signed this very entry, in this log, at this point of it.
func TestUnsigned(t *testing.T) {
	later := cosignTime.Add(time.Hour)
	good := appoints("fresh", "auditor", "sign", "draw")
	for name, bend := range map[string]func(p *People, b *Appointment){
		"by nobody":            func(_ *People, b *Appointment) { b.Signatures = nil },
		"by one of two":        func(_ *People, b *Appointment) { b.Signatures = b.Signatures[:1] },
		"by one for both":      func(_ *People, b *Appointment) { b.Signatures[1] = b.Signatures[0] },
		"in another order":     func(_ *People, b *Appointment) { slices.Reverse(b.Signatures) },
		"other roles":          func(_ *People, b *Appointment) { b.Roles = []string{"reviewer"} },
		"another person":       func(_ *People, b *Appointment) { b.Person = of("other") },
		"another key":          func(_ *People, b *Appointment) { b.Key = keyOf("other") },
		"a bit of a signature": func(_ *People, b *Appointment) { b.Signatures[0] = "0" + b.Signatures[0][1:] },
		"in capitals":          func(_ *People, b *Appointment) { b.Signatures[0] = strings.ToUpper(b.Signatures[0]) },
		"somebody else's":      func(p *People, b *Appointment) { b.Signatures[0] = signatureOf("review", must(p.Text(*b))) },
		"another act": func(p *People, b *Appointment) {
			*b = b.Under(retires("fresh", "sign", "draw").signed(p).signed()).(Appointment)
		},
		"the same in another log": func(_ *People, b *Appointment) {
			q := &People{}
			q.Take(1, cosignTime, CampaignFrame(FrameDigests{}, "y", false))
			*b = good.signed(q).(Appointment)
		},
	} {
		p, n := staffed(t)
		b := good.signed(p).(Appointment)
		b.Signatures = slices.Clone(b.Signatures)
		bend(p, &b)
		err := p.Take(n+1, later, b)
		if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != "ledger.person-unsigned" {
			t.Errorf("%s: %v", name, err)
		}
		if _, there := p.Of(b.Person); there {
			t.Errorf("%s: appointed all the same", name)
		}
	}
	p := &People{}
	p.Take(1, cosignTime, CampaignFrame(FrameDigests{}, "x", false))
	if err := p.Take(2, cosignTime, decision{appoints("draw", "drawer").body, []string{"draw"}}.signed(&People{})); err == nil {
		t.Error("who froze the frame signed for no log")
	}
}

// A signature counts once: what two people signed does not come back when it was undone.
func TestReplay(t *testing.T) {
	later, publish := cosignTime.Add(time.Hour), publishes("text", "review", "sign")
	for name, c := range map[string]struct {
		before     *decision
		what, undo decision
	}{
		"roles given, taken and given":              {nil, appoints("review", "signer", "sign", "draw"), appoints("review", "witness", "sign", "draw")},
		"a text withdrawn, published and withdrawn": {&publish, withdraws("text", "sign", "review"), publish},
		"a text published, withdrawn and published": {nil, publish, withdraws("text", "sign", "review")},
	} {
		p, n := staffed(t)
		take := func(b Body) error { n++; return p.Take(n, later, b) }
		if c.before != nil {
			must(0, take(c.before.signed(p)))
		}
		signed := c.what.signed(p)
		must(0, take(signed))
		must(0, take(c.undo.signed(p)))
		err := take(signed)
		if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != "ledger.person-unsigned" {
			t.Errorf("%s: %v", name, err)
		}
		if err := take(c.what.signed(p)); err != nil {
			t.Errorf("%s, signed again: %v", name, err)
		}
	}
}

// A key has one spelling, and is none for which anybody can sign.
func TestPublicKey(t *testing.T) {
	le := func(first byte, rest byte, last byte) string {
		raw := make([]byte, ed25519.PublicKeySize)
		for i := range raw {
			raw[i] = rest
		}
		raw[0], raw[31] = first, last
		return hex.EncodeToString(raw)
	}
	for text, want := range map[string]bool{
		keyOf("a"): true, strings.ToUpper(keyOf("a")): false, keyOf("a")[2:]: false, "": false,
		le(0, 0, 0): false, le(1, 0, 0): false, le(1, 0, 0x80): false, le(2, 0, 0): true,
		le(0xeb, 0xff, 0x7f): true, le(0xec, 0xff, 0x7f): false, le(0xec, 0xff, 0xff): false, le(0xed, 0xff, 0x7f): false, le(0xee, 0xff, 0x7f): false,
	} {
		if isPublicKey(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
	_, vkey := testKeys("a")
	for _, other := range []string{"", "age1qqq", vkey + "x", "a+00000000+AAAA"} {
		if PublicKey(other) != "" {
			t.Errorf("%q has the key %s", other, PublicKey(other))
		}
	}
	for _, other := range []string{"", "text\n\n— a AAAA\n", "text"} {
		if s, err := Nameless(other); err == nil {
			t.Errorf("%q is signed: %s", other, s)
		}
	}
}
