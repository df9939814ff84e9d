package ledger

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
)

func statement() Statement {
	return Statement{Campaign: "vectors", Wave: 2, Stages: DeeperStages, Plan: inspect.DigestOf([]byte("plan")), Visits: 12, Substitutions: 1,
		Outcome: Match, Time: "2027-02-01T12:00:00+08:00"}
}

func auditKey(t *testing.T, name string) (skey, vkey string) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	return skey, vkey
}

// A statement signed comes back as it was, says nothing of the signer's name, and tells the key.
func TestAudit(t *testing.T) {
	skey, vkey := auditKey(t, "somebody-1")
	a, err := SignStatement(statement(), skey)
	if err != nil {
		t.Fatal(err)
	}
	body, err := inspect.CanonicalJSON(a)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(body), "somebody") {
		t.Errorf("the body names the auditor: %s", body)
	}
	back, err := ReadAudit(body)
	if err := errors.Join(err, back.Check()); err != nil {
		t.Fatal(err)
	}
	if back.Fingerprint() == "" || back.Fingerprint() != KeyFingerprint(vkey) {
		t.Errorf("fingerprint %q, want that of the ordinary key %q", back.Fingerprint(), KeyFingerprint(vkey))
	}
	if key, err := AuditorKey(skey); err != nil || key != a.Key {
		t.Errorf("key %q, %v", key, err)
	}
	if _, err := SignStatement(statement(), "PRIVATE+KEY+x"); err == nil {
		t.Error("signed with no key")
	}
}

// Whatever is changed in a signed audit is found.
func TestAuditChanged(t *testing.T) {
	skey, _ := auditKey(t, "a")
	other, _ := auditKey(t, "a")
	theirs, err := SignStatement(statement(), other)
	if err != nil {
		t.Fatal(err)
	}
	const sign, form = "ledger.audit-signature", "ledger.audit-malformed"
	for what, c := range map[string]struct {
		change func(*Audit)
		rule   string
	}{
		"campaign":             {func(a *Audit) { a.Statement.Campaign = "x" }, sign},
		"plan":                 {func(a *Audit) { a.Statement.Plan[0] ^= 1 }, sign},
		"visits":               {func(a *Audit) { a.Statement.Visits++ }, sign},
		"substitutions":        {func(a *Audit) { a.Statement.Substitutions = 0 }, sign},
		"time":                 {func(a *Audit) { a.Statement.Time = "2027-02-02T12:00:00+08:00" }, sign},
		"wave":                 {func(a *Audit) { a.Wave, a.Statement.Wave = 3, 3 }, sign},
		"mismatch made good":   {func(a *Audit) { a.Statement.Mismatches, a.Statement.Outcome = 1, Mismatch }, sign},
		"another's key":        {func(a *Audit) { a.Key = theirs.Key }, sign},
		"another's signature":  {func(a *Audit) { a.Signature = theirs.Signature }, sign},
		"no signature":         {func(a *Audit) { a.Signature = "" }, sign},
		"two signatures":       {func(a *Audit) { a.Signature += a.Signature }, sign},
		"a line more":          {func(a *Audit) { a.Signature += "\n" }, sign},
		"no line end":          {func(a *Audit) { a.Signature = strings.TrimSuffix(a.Signature, "\n") }, sign},
		"loose bits in base64": {func(a *Audit) { a.Signature = loosened(a.Signature) }, sign},
		"a name for a role":    {func(a *Audit) { a.Key = "b" + strings.TrimPrefix(a.Key, Auditor) }, sign},
		"wave of the entry":    {func(a *Audit) { a.Wave = 1 }, "ledger.audit-wave"},
		"a stage left out":     {func(a *Audit) { a.Statement.Stages = DeeperStages[1:] }, form},
		"a negative number":    {func(a *Audit) { a.Statement.Visits = -1 }, form},
		"outcome":              {func(a *Audit) { a.Statement.Outcome = Mismatch }, form},
		"an outcome of its own": {func(a *Audit) {
			a.Statement.Outcome = "fine"
		}, form},
		"mismatches hidden": {func(a *Audit) { a.Statement.Mismatches = 2 }, form},
		"time of elsewhere": {func(a *Audit) { a.Statement.Time = "2027-02-01T04:00:00Z" }, form},
	} {
		a, err := SignStatement(statement(), skey)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Check(); err != nil {
			t.Fatal(err)
		}
		c.change(a)
		if ps := inspect.ProblemsOf(a.Check()); len(ps) != 1 || ps[0].Rule != c.rule || ps[0].Class != inspect.Unverified {
			t.Errorf("%s: %v, want %s", what, ps, c.rule)
		}
	}
}

// loosened sets a bit of the last base64 digit that decoding overlooks.
func loosened(line string) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	i := strings.LastIndexFunc(line, func(r rune) bool { return strings.ContainsRune(digits, r) })
	out := line[:i] + string(digits[strings.IndexByte(digits, line[i])+1]) + line[i+1:]
	if _, err := base64.StdEncoding.DecodeString(strings.Fields(out)[2]); err != nil {
		panic(err)
	}
	return out
}

// A body with another field, or written otherwise, is none.
func TestReadAudit(t *testing.T) {
	skey, _ := auditKey(t, "a")
	a, err := SignStatement(statement(), skey)
	if err != nil {
		t.Fatal(err)
	}
	body, err := inspect.CanonicalJSON(a)
	if err != nil {
		t.Fatal(err)
	}
	for what, other := range map[string]string{
		"nothing":      "",
		"another type": strings.Replace(string(body), `"wave":2`, `"wave":"2"`, 1),
		"a field more": strings.Replace(string(body), `"wave":2}`, `"wave":2,"x":1}`, 1),
		"a field less": strings.Replace(string(body), `"visits":12,`, "", 1),
		"a blank":      strings.Replace(string(body), `"visits":12`, `"visits": 12`, 1),
	} {
		if _, err := ReadAudit([]byte(other)); err == nil || other == string(body) {
			t.Errorf("%s was read", what)
		}
	}
}

// Whatever is read as an audit is written again the same, and judged without a crash.
func FuzzReadAudit(f *testing.F) {
	skey, _, err := note.GenerateKey(rand.Reader, "a")
	if err != nil {
		f.Fatal(err)
	}
	a, err := SignStatement(statement(), skey)
	if err != nil {
		f.Fatal(err)
	}
	body, err := inspect.CanonicalJSON(a)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte(`{"key":"","signature":"","statement":{},"wave":1}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := ReadAudit(body)
		if err != nil {
			return
		}
		again, err := inspect.CanonicalJSON(a)
		if err != nil || string(again) != string(body) {
			t.Errorf("%q comes back as %q, %v", body, again, err)
		}
		if a.Check() == nil && a.Fingerprint() == "" {
			t.Errorf("%q is sound and has no key", body)
		}
	})
}
