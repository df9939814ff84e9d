package audit

import (
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/config"
	"zhicha/inspect/ledger"
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
	two := []inspect.Digest{of(office), of(old)}
	entries := []logged{
		entryOf(t, 1, ledger.CampaignFrame(ledger.FrameDigests{Counties: of("c"), Townships: of("t"), Units: of("u"), Frame: of("f")}, log, false)),
		entryOf(t, 2, ledger.Appointment{Person: of(office), Roles: []string{"auditor"}, By: []inspect.Digest{of(office)}}),
		entryOf(t, 3, ledger.Appointment{Person: of(old), Roles: []string{"reviewer"}, By: []inspect.Digest{of(office)}}),
		entryOf(t, 4, ledger.Replacement{Before: of(old), After: of(renewed), By: two}),
		entryOf(t, 5, ledger.Appointment{Person: of(renewed), Roles: []string{"drafter"}, By: []inspect.Digest{of(office), of(renewed)}}),
		entryOf(t, 6, ledger.Retirement{Person: of(renewed), By: []inspect.Digest{of(office), of(renewed)}}),
	}
	for i, day := range []int{1, 1, 1, 10, 15, 20} {
		entries[i].Time = at(day)
	}
	people := []config.Person{{ID: "audit-1", Key: office}, {ID: "review-1", Key: renewed, Former: []string{old, strange}}}
	r := register{people, entries}
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
		signer, err := note.NewSigner(c.secret)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := note.Sign(&note.Note{Text: "演示数据\n"}, signer)
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := r.signed(c.id, c.of, at(c.day), c.roles, string(signed)); ok != c.want || ok && text != "演示数据\n" {
			t.Errorf("%s: %q %v", c.name, text, ok)
		}
	}
}
