package campaign

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/config"
	"zhicha/inspect/ledger"
	"zhicha/inspect/store"
)

// Whose signature counts is told by the log, moment by moment: a key counts from its entry to the end of its
// holder's appointment or its replacement, and for the roles they held then; config.yaml appoints nobody.
func TestRegister(t *testing.T) {
	key := func(id string) (string, string) {
		secret, public, err := note.GenerateKey(nil, id)
		if err != nil {
			t.Fatal(err)
		}
		return secret, public
	}
	of := func(public string) inspect.Digest { return inspect.DigestOf([]byte(public)) }
	at := func(day int) time.Time { return time.Date(2027, 1, day, 9, 0, 0, 0, inspect.Beijing) }
	_, log := key("log")
	officeSecret, office := key("audit-1")
	oldSecret, old := key("review-1")
	newSecret, renewed := key("review-1")
	strangeSecret, strange := key("review-1")
	first := ledger.CampaignFrame(ledger.FrameDigests{Counties: of("c"), Townships: of("t"), Units: of("u"), Frame: of("f")}, log, false)
	entries := []store.Entry{entryOf(t, 1, first)}
	entries[0].Time = at(1)
	known := &ledger.People{}
	if err := known.Take(1, at(1), first); err != nil {
		t.Fatal(err)
	}
	appointed := func(public, role string) ledger.Joint {
		return ledger.Appointment{Person: of(public), Key: ledger.PublicKey(public), Roles: []string{role}}
	}
	for _, x := range []struct {
		day  int
		body ledger.Joint
		by   [][2]string
	}{
		{1, appointed(office, "auditor"), [][2]string{{office, officeSecret}}},
		{1, appointed(old, "reviewer"), [][2]string{{office, officeSecret}}},
		{10, ledger.Replacement{Before: of(old), After: of(renewed), Key: ledger.PublicKey(renewed)}, [][2]string{{office, officeSecret}, {old, oldSecret}}},
		{15, appointed(renewed, "drafter"), [][2]string{{office, officeSecret}, {renewed, newSecret}}},
		{20, ledger.Retirement{Person: of(renewed)}, [][2]string{{office, officeSecret}, {renewed, newSecret}}},
	} {
		text, err := known.Text(x.body)
		if err != nil {
			t.Fatal(err)
		}
		var s ledger.Signed
		for _, who := range x.by {
			signature, err := ledger.Nameless(signedBy(t, who[1], text))
			if err != nil {
				t.Fatal(err)
			}
			s.By, s.Signatures = append(s.By, of(who[0])), append(s.Signatures, signature)
		}
		e := entryOf(t, int64(len(entries)+1), x.body.Under(s))
		e.Time = at(x.day)
		if err := known.Take(e.Seq, e.Time, x.body.Under(s)); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	people := []config.Person{{ID: "audit-1", Key: office}, {ID: "review-1", Key: renewed, Former: []string{old, strange}}}
	r := (&Campaign{Config: &config.Config{People: people}}).Register(entries)
	reviewer := []string{"reviewer"}
	for _, c := range []struct {
		name, id, secret string
		of               inspect.Digest
		day              int
		roles            []string
		want             bool
	}{
		{"the old key before it was replaced", "review-1", oldSecret, inspect.Digest{}, 9, reviewer, true},
		{"the old key afterwards", "review-1", oldSecret, inspect.Digest{}, 11, reviewer, false},
		{"the new key before it was entered", "review-1", newSecret, inspect.Digest{}, 9, reviewer, false},
		{"the new key afterwards", "review-1", newSecret, inspect.Digest{}, 11, reviewer, true},
		{"in a role given up", "review-1", newSecret, inspect.Digest{}, 16, reviewer, false},
		{"in the role taken on", "review-1", newSecret, inspect.Digest{}, 16, []string{"drafter"}, true},
		{"after they left", "review-1", newSecret, inspect.Digest{}, 21, []string{"drafter"}, false},
		{"a key that stands in the file alone", "review-1", strangeSecret, inspect.Digest{}, 9, reviewer, false},
		{"another's", "review-1", officeSecret, inspect.Digest{}, 9, []string{"auditor"}, false},
		{"by the hash of the key", "", oldSecret, of(old), 9, reviewer, true},
		{"by another hash", "", oldSecret, of(office), 9, reviewer, false},
		{"before the log", "review-1", oldSecret, inspect.Digest{}, 0, reviewer, false},
	} {
		if text, ok := r.Signed(c.id, c.of, at(c.day), c.roles, signedBy(t, c.secret, "演示数据\n")); ok != c.want || ok && text != "演示数据\n" {
			t.Errorf("%s: %q %v", c.name, text, ok)
		}
	}
}

// A text that was published again is reviewed, and withdrawn, under another text than before.
func TestTexts(t *testing.T) {
	of := func(text string) inspect.Digest { return inspect.DigestOf([]byte(text)) }
	keys := map[string][2]string{}
	for _, id := range []string{"log", "sign-1", "review-1"} {
		secret, public, err := note.GenerateKey(nil, id)
		if err != nil {
			t.Fatal(err)
		}
		keys[id] = [2]string{secret, public}
	}
	log := keys["log"][1]
	people, n := &ledger.People{}, int64(0)
	var entries []store.Entry
	take := func(body ledger.Body) {
		t.Helper()
		n++
		e := entryOf(t, n, body)
		e.Time = time.Date(2027, 1, 1, 9, 0, 0, 0, inspect.Beijing)
		if err := people.Take(n, e.Time, body); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	signed := func(body ledger.Joint, by ...string) ledger.Joint {
		text, err := people.Text(body)
		if err != nil {
			t.Fatal(err)
		}
		var s ledger.Signed
		for _, id := range by {
			signature, err := ledger.Nameless(signedBy(t, keys[id][0], text))
			if err != nil {
				t.Fatal(err)
			}
			s.By, s.Signatures = append(s.By, of(keys[id][1])), append(s.Signatures, signature)
		}
		return body.Under(s)
	}
	take(ledger.CampaignFrame(ledger.FrameDigests{Counties: of("c"), Townships: of("t"), Units: of("u"), Frame: of("f")}, log, false))
	for _, x := range [][2]string{{"sign-1", "signer"}, {"review-1", "reviewer"}} {
		key := keys[x[0]][1]
		take(signed(ledger.Appointment{Person: of(key), Key: ledger.PublicKey(key), Roles: []string{x[1]}}, "sign-1"))
	}
	for _, text := range []string{"a", "b", "a"} {
		take(signed(ledger.TextPublished(of(text), ledger.Signed{}), "review-1", "sign-1"))
	}
	r := (&Campaign{Config: &config.Config{}}).Register(entries)
	for _, c := range []struct {
		kind, body string
		got        []string
		rests      []int
	}{
		{"withdrawn", `{"document":"` + of("a").String() + `","reason":"error"}`, r.Withdrawals(of("a").String(), "error"), []int{4, 6}},
		{"published", `{"document":"` + of("a").String() + `"}`, r.Reviews(of("a").String()), []int{0, 4, 6}},
		{"published", `{"document":"` + of("c").String() + `"}`, r.Reviews(of("c").String()), []int{0}},
		{"withdrawn", "", r.Withdrawals(of("c").String(), "error"), nil},
		{"", "", append(r.Withdrawals("c", "error"), r.Reviews("c")...), nil},
	} {
		var want []string
		for _, rests := range c.rests {
			want = append(want, fmt.Sprintf("zhicha/1 %s\n%s\n%d\n%s\n", c.kind, log, rests, c.body))
		}
		if !slices.Equal(c.got, want) {
			t.Errorf("%q, want %q", c.got, want)
		}
	}
}

func signedBy(t *testing.T, secret, text string) string {
	t.Helper()
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		t.Fatal(err)
	}
	return string(signed)
}

func entryOf(t *testing.T, seq int64, b ledger.Body) store.Entry {
	t.Helper()
	raw, err := inspect.CanonicalJSON(b)
	if err != nil {
		t.Fatal(err)
	}
	return store.Entry{Seq: seq, Kind: string(b.Kind()), Body: raw}
}
