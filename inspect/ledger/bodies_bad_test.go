package ledger

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/frame"
)

// bodyVector is a body of one kind. Wrong is empty where it is good, "malformed", or the member that
// makes no sense.
type bodyVector struct {
	Name  string `json:"name"`
	Kind  Kind   `json:"kind"`
	Wrong string `json:"wrong"`
	Body  string `json:"body"`
}

const malformed = "malformed"

// badBodies are the ways in which the body of each name goes wrong: a member is replaced, and left out
// where its value is nil.
var badBodies = []struct {
	of     string
	what   string
	member string
	value  any
	wrong  string
}{
	{"withdrawn", "no digest", "document", nil, malformed},
	{"withdrawn", "a digest of zeros", "document", inspect.Digest{}, "document"},
	{"withdrawn", "a reason of their own", "reason", "shame", "reason"},
	{"withdrawn", "one person twice", "by", []inspect.Digest{of("a"), of("a")}, "by"},
	{"withdrawn", "one person", "by", []inspect.Digest{of("a")}, "by"},
	{"person-appointed", "nobody", "person", inspect.Digest{}, "person"},
	{"person-appointed", "no role", "roles", []string{}, "roles"},
	{"person-appointed", "a role that is none", "roles", []string{"emperor"}, "roles"},
	{"person-appointed", "roles out of order", "roles", []string{"signer", "auditor"}, "roles"},
	{"person-appointed", "a role twice", "roles", []string{"signer", "signer"}, "roles"},
	{"person-appointed", "by nobody", "by", []inspect.Digest{}, "by"},
	{"person-appointed", "by one person twice", "by", []inspect.Digest{of("a"), of("a")}, "by"},
	{"person-appointed", "by three", "by", []inspect.Digest{of("a"), of("b"), of("c")}, "by"},
	{"person-appointed", "a name", "name", "somebody", malformed},
	{"person-appointed a custodian at the freeze", "no body", "body", nil, "body"},
	{"person-appointed a custodian at the freeze", "a body of zeros", "body", inspect.Digest{}, malformed},
	{"person-appointed", "no key", "key", nil, "key"},
	{"person-appointed", "an empty key", "key", "", malformed},
	{"person-appointed", "a key in capitals", "key", strings.ToUpper(keyOf("p")), "key"},
	{"person-appointed", "a key too short", "key", keyOf("p")[2:], "key"},
	{"person-appointed", "a key with its name", "key", "somebody+00000000+AQ==", "key"},
	{"person-appointed", "a key for which anybody can sign", "key", "01" + strings.Repeat("0", 62), "key"},
	{"person-appointed", "the same, spelled otherwise", "key", "01" + strings.Repeat("0", 60) + "80", "key"},
	{"person-appointed", "a key beyond the field", "key", "f0" + strings.Repeat("f", 60) + "7f", "key"},
	{"person-appointed", "unsigned", "signatures", nil, malformed},
	{"person-appointed", "a signature for one of two", "signatures", []string{signatureOf("a", "x\n")}, "signatures"},
	{"person-appointed", "a signature too many", "signatures", []string{signatureOf("a", "x\n"), signatureOf("b", "x\n"), signatureOf("c", "x\n")}, "signatures"},
	{"person-appointed", "a signature in capitals", "signatures", []string{signatureOf("a", "x\n"), strings.ToUpper(signatureOf("b", "x\n"))}, "signatures"},
	{"person-appointed", "a signature too short", "signatures", []string{signatureOf("a", "x\n"), signatureOf("b", "x\n")[2:]}, "signatures"},
	{"person-appointed", "a signature that is no text", "signatures", []any{signatureOf("a", "x\n"), 7}, malformed},
	{"person-appointed a custodian at the freeze", "a key", "key", keyOf("p"), "key"},
	{"person-appointed a custodian at the freeze", "unsigned", "signatures", []string{}, "signatures"},
	{"person-retired", "unsigned", "signatures", []string{}, "signatures"},
	{"key-replaced", "unsigned", "signatures", []string{}, "signatures"},
	{"key-replaced", "an empty key", "key", "", malformed},
	{"key-replaced", "a key in capitals", "key", strings.ToUpper(keyOf("q")), "key"},
	{"beacon-postponed", "unsigned", "signatures", []string{}, "signatures"},
	{"withdrawn", "unsigned", "signatures", []string{}, "signatures"},
	{"withdrawn", "no member for signatures", "signatures", nil, malformed},
	{"person-retired", "nobody", "person", inspect.Digest{}, "person"},
	{"person-retired", "by one", "by", []inspect.Digest{of("a")}, "by"},
	{"key-replaced", "no key before", "before", inspect.Digest{}, "before"},
	{"key-replaced", "the same key after", "after", of("p"), "after"},
	{"key-replaced", "no key after", "after", nil, malformed},
	{"key-replaced", "by one person twice", "by", []inspect.Digest{of("a"), of("a")}, "by"},
	{"frame-frozen of a campaign", "a digest of zeros", "frame", frame.Digests{}, "frame"},
	{"frame-frozen of a campaign", "a digest missing", "frame", map[string]any{"counties": of("x"), "townships": of("y"), "units": of("z")}, malformed},
	{"frame-frozen of a campaign", "no key", "log", nil, "wave"},
	{"frame-frozen of a campaign", "an empty key", "log", "", malformed},
	{"frame-frozen of a campaign", "a key that is none", "log", "zhicha/x", "log"},
	{"frame-frozen of a campaign", "a wave besides the key", "wave", 1, "wave"},
	{"frame-frozen of a campaign", "a demonstration that is none", "demo", false, malformed},
	{"frame-frozen of a wave", "a demonstration of its own", "demo", true, "demo"},
	{"frame-frozen of a wave", "wave 0", "wave", 0, malformed},
	{"frame-frozen of a wave", "a wave below 0", "wave", -1, "wave"},
	{"draw-committed", "wave 0", "wave", 0, "wave"},
	{"draw-committed", "D of zeros", "record", inspect.Digest{}, "record"},
	{"draw-committed", "D in capitals", "record", strings.ToUpper(share("D")), malformed},
	{"draw-committed", "no signature", "signatures", map[string]any{}, "signatures"},
	{"draw-committed", "null for signatures", "signatures", map[string]any(nil), "signatures"},
	{"draw-committed", "a party without a name", "signatures", map[string]any{"": of("a")}, "signatures"},
	{"draw-committed", "no deadline", "revealBy", "", "revealBy"},
	{"draw-committed", "a deadline on a day that is none", "revealBy", "2027-02-29", "revealBy"},
	{"return-judged", "wave 0", "wave", 0, "wave"},
	{"return-judged", "by one alone", "by", []inspect.Digest{of("a")}, "by"},
	{"return-judged", "by one twice", "by", []inspect.Digest{of("a"), of("a")}, "by"},
	{"return-judged", "no root", "root", nil, malformed},
	{"access-bound", "no line", "lines", 0, "lines"},
	{"access-bound", "a root of zeros", "root", inspect.Digest{}, "root"},
	{"access-bound", "a member more", "head", "x", malformed},
	{"beacon-postponed", "wave 0", "wave", 0, "wave"},
	{"beacon-postponed", "no issue", "issue", "", "issue"},
	{"beacon-postponed", "no time", "at", nil, malformed},
	{"beacon-postponed", "a time in another zone", "at", "2027-01-05T13:15:00Z", "at"},
	{"beacon-postponed", "half a second", "at", "2027-01-05T21:15:00.5+08:00", "at"},
	{"beacon-postponed", "a reason of its own", "reason", "rain", "reason"},
	{"beacon-postponed", "by one alone", "by", []inspect.Digest{of("a")}, "by"},
	{"beacon", "no wave", "wave", nil, malformed},
	{"beacon", "no value", "value", "", "value"},
	{"beacon", "a number", "value", 7, malformed},
	{"beacon", "a member more", "source", "x", malformed},
	{"drawn", "no plan", "plan", nil, malformed},
	{"drawn", "no leg", "legs", 0, "legs"},
	{"drawn", "more second legs than legs", "overlap", 193, "overlap"},
	{"drawn", "a stage missing", "stages", map[string]any{"county": of("county"), "township": of("x"), "village": of("x"), "institution": of("x")}, "stages"},
	{"drawn", "a stage that draws nothing", "stages", map[string]any{"county": of("county"), "township": of("x"), "village": of("x"), "institution": of("x"), "assign": of("x")}, "stages"},
	{"rung-released packets made", "none made", "packets", 0, "packets"},
	{"rung-released packets made", "a person besides", "by", of("x"), "by"},
	{"rung-released packets made", "packets told besides", "told", []int{1}, "told"},
	{"rung-released packets made", "nothing at all", "packets", nil, "by"},
	{"rung-released a code book", "a day that is none", "book", "today", "book"},
	{"rung-released a code book", "no rung", "rung", nil, "rung"},
	{"rung-released a code book", "a rung there is not", "rung", "household", "rung"},
	{"rung-released a code book", "fewer than none", "packets", -1, "packets"},
	{"rung-released a code book", "null for packets", "packets", (*int)(nil), malformed},
	{"rung-released a rung told", "an unknown rung", "rung", "household", "rung"},
	{"rung-released a rung told", "no rung", "rung", nil, "told"},
	{"rung-released a rung told", "to nobody", "told", nil, "told"},
	{"rung-released a rung told", "null for packets", "told", []int(nil), malformed},
	{"rung-released a rung told", "packet 0", "told", []int{0}, "told"},
	{"rung-released a rung told", "by nobody", "by", nil, "by"},
	{"rung-released a rung told", "spares besides", "spares", []int{1}, "spares"},
	{"rung-released a rung told", "a book besides", "book", "2026-12-05", "book"},
	{"rung-released spares shown", "none shown", "spares", []int{}, malformed},
	{"rung-released spares shown", "a packet below 1", "spares", []int{-3}, "spares"},
	{"leg-substituted approved", "without a reason", "reason", nil, "reason"},
	{"leg-substituted approved", "by nobody", "approvals", nil, "change"},
	{"leg-substituted approved", "by one twice", "approvals", []inspect.Digest{of("a"), of("b"), of("a")}, "approvals"},
	{"leg-substituted approved", "by zeros", "approvals", []inspect.Digest{{}}, "approvals"},
	{"leg-substituted approved", "and made at once", "change", of("change"), "change"},
	{"leg-substituted approved", "leg 0", "leg", 0, "leg"},
	{"leg-substituted made", "number 0", "no", 0, "no"},
	{"leg-substituted made", "a stage without reserves", "stage", "household", "stage"},
	{"leg-substituted made", "a change of zeros", "change", inspect.Digest{}, malformed},
	{"leg-substituted relieved", "an empty reason", "reason", "", malformed},
	{"return-received", "packet 0", "packet", 0, "packet"},
	{"return-received", "no report", "visits", 0, "visits"},
	{"return-received", "no digest", "reports", nil, malformed},
	{"return-received", "taken in by nobody", "by", nil, malformed},
	{"return-received", "by zeros", "by", inspect.Digest{}, "by"},
	{"visit-approved", "none", "visits", 0, "visits"},
	{"visit-approved", "by zeros", "by", inspect.Digest{}, "by"},
	{"visit-approved", "of no wave", "wave", nil, malformed},
	{"visit-approved", "wave 0", "wave", 0, "wave"},
	{"visit-approved", "without a root", "root", nil, malformed},
	{"visit-returned", "a root of zeros", "root", inspect.Digest{}, "root"},
	{"visit-resolved", "of no wave", "wave", nil, malformed},
	{"leg-suspended", "leg 0", "leg", 0, "leg"},
	{"leg-resumed", "by nobody", "by", nil, malformed},
	{"leg-excluded", "why", "reason", "leak", malformed},
	{"leg-closed", "no leg", "legs", []int{}, "legs"},
	{"leg-closed", "a leg twice", "legs", []int{3, 3}, "legs"},
	{"leg-closed", "more approved than there are", "approved", 25, "approved"},
	{"score-frozen", "fewer than none", "scored", -1, "scored"},
	{"score-frozen", "fewer than none left", "left", -1, "left"},
	{"score-frozen", "a visit unaccounted for", "planned", 2307, "planned"},
	{"score-frozen", "no digest of what is published", "public", inspect.Digest{}, "public"},
	{"score-frozen after a correction", "number 0", "no", 0, malformed},
	{"corrected", "by one person", "by", []inspect.Digest{of("a"), of("a")}, "by"},
	{"corrected", "by three", "by", []inspect.Digest{of("a"), of("b"), of("c")}, "by"},
	{"corrected", "of nothing", "visits", 0, "visits"},
	{"corrected", "without a reason", "text", nil, malformed},
	{"score-frozen", "no number left", "left", nil, malformed},
	{"published a text", "unsigned", "signatures", []string{}, malformed},
	{"published a text", "without signatures", "signatures", nil, "signatures"},
	{"published a text", "by one", "by", []inspect.Digest{of("review-1")}, "by"},
	{"published a text", "by one twice", "by", []inspect.Digest{of("review-1"), of("review-1")}, "by"},
	{"published a text", "by nobody", "by", nil, "by"},
	{"published a text", "a site at once", "manifest", of("manifest"), "manifest"},
	{"published a text", "a wave besides", "wave", 1, "wave"},
	{"published a site", "of no wave", "wave", nil, "wave"},
	{"published a site", "signed", "signatures", []string{signatureOf("a", "x\n")}, "signatures"},
	{"published a site", "by two", "by", []inspect.Digest{of("a"), of("b")}, "by"},
	{"revealed", "a deeper stage", "stage", "village", "stage"},
	{"revealed", "no share", "shares", map[string]string{}, "shares"},
	{"revealed", "a share in capitals", "shares", map[string]string{"office": strings.ToUpper(share("b"))}, "shares"},
	{"revealed", "a share too short", "shares", map[string]string{"office": "5a"}, "shares"},
	{"revealed", "counties opened with another stage", "substituted", []Opened{{1, 7, "a", "b", share("salt")}}, "substituted"},
	{"revealed with substitutions", "an empty list", "substituted", []Opened{}, malformed},
	{"revealed with substitutions", "a salt too short", "substituted", []Opened{{1, 7, "a", "b", "5a"}}, "substituted"},
	{"revealed with substitutions", "no reserve", "substituted", []Opened{{1, 7, "a", "", share("salt")}}, "substituted"},
	{"audited", "no statement", "statement", nil, malformed},
	{"audited", "a name", "name", "somebody", malformed},
}

func bodyVectors(t *testing.T) (out []bodyVector) {
	all := map[string]written{}
	for _, w := range writtenBodies() {
		all[w.name()] = w
		out = append(out, bodyVector{w.name(), w.typed.Kind(), "", string(must(inspect.CanonicalJSON(w.bare)))})
	}
	for _, b := range badBodies {
		w, ok := all[b.of]
		if !ok {
			t.Fatalf("no body %q", b.of)
		}
		bare := maps.Clone(w.bare)
		if bare[b.member] = b.value; b.value == nil {
			delete(bare, b.member)
		}
		out = append(out, bodyVector{b.of + ": " + b.what, w.typed.Kind(), b.wrong, string(must(inspect.CanonicalJSON(bare)))})
	}
	good := out[slices.IndexFunc(out, func(v bodyVector) bool { return v.Kind == Beacon })].Body
	for what, body := range map[string]string{
		"a space":              strings.Replace(good, `,"wave"`, `, "wave"`, 1),
		"members out of order": `{"wave":1,"value":"x"}`,
		"a member twice":       `{"value":"x","wave":1,"wave":1}`,
		"a member in capitals": strings.Replace(good, `"wave"`, `"Wave"`, 1),
		"a needless escape":    `{"value":"\u0041","wave":1}`,
		"a fraction":           `{"value":"x","wave":1.0}`,
		"more behind it":       good + "{}",
		"null":                 "null",
		"a list":               "[" + good + "]",
		"nothing":              "",
	} {
		out = append(out, bodyVector{"beacon: " + what, Beacon, malformed, body})
	}
	slices.SortStableFunc(out, func(a, b bodyVector) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Each bad body is refused for the one thing that is wrong with it.
func TestBodyVectors(t *testing.T) {
	bad := map[Kind]bool{}
	for _, v := range kept(t, "bodies.json", bodyVectors(t)) {
		b, err := ReadBody(v.Kind, []byte(v.Body))
		bad[v.Kind] = bad[v.Kind] || v.Wrong != ""
		switch {
		case v.Wrong == "" && err != nil, v.Wrong != "" && (err == nil || b != nil):
			t.Errorf("%s: %v", v.Name, err)
		case v.Wrong == malformed && v.Kind != Audited && !strings.HasPrefix(err.Error(), "malformed "),
			v.Wrong != "" && v.Wrong != malformed && !strings.HasSuffix(err.Error(), ": "+v.Wrong):
			t.Errorf("%s: want %s, got %v", v.Name, v.Wrong, err)
		}
	}
	for _, w := range writtenBodies() {
		if !bad[w.typed.Kind()] {
			t.Errorf("no body of %s goes wrong", w.typed.Kind())
		}
	}
}
