package campaign_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/draw"
	"zhicha/inspect/ledger"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
)

// reopened is the office's folder as the next command finds it.
func reopened(o *rehearsal.Office) *campaign.Campaign {
	o.T.Helper()
	c, err := campaign.Open(o.T.Context(), o.Dir, o.Env)
	o.OK(err)
	o.T.Cleanup(func() { c.Close() })
	return c
}

// bend changes config.yaml behind everybody's back.
func bendPerson(o *rehearsal.Office, old, new string) {
	o.T.Helper()
	name := o.Path(campaign.ConfigFile)
	data, err := os.ReadFile(name)
	o.OK(err)
	if strings.Count(string(data), old) != 1 {
		o.T.Fatalf("%q does not stand once in config.yaml", old)
	}
	o.OK(os.WriteFile(name, []byte(strings.Replace(string(data), old, new, 1)), 0o600))
}

// The plan is sealed to those custodians only whom the log appoints: not to a key that was written into
// config.yaml, and not to one who has retired.
func TestCustodiansAreTheLogs(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 71)
	o.Appoint("custody-3", "custodian", "evaluation")
	o.Appoint("custody-4", "custodian", "evaluation")
	o.OK(o.RetirePerson(t.Context(), "custody-4", o.Who("sign-1"), o.Who("privacy-1")))
	i := slices.IndexFunc(o.ListPeople(), func(s campaign.Standing) bool { return s.ID == "custody-3" })
	key := o.ListPeople()[i].Key
	_, mine, err := seal.NewKey(o.Rand)
	o.OK(err)
	bendPerson(o, key, mine)
	for _, s := range reopened(o).ListPeople() {
		want := map[string]string{"custody-3": "altered", "custody-4": "retired"}[s.ID]
		if want == "" {
			want = "appointed"
		}
		if s.State != want {
			t.Errorf("%s is %s, want %s", s.ID, s.State, want)
		}
	}
	c := reopened(o)
	if _, err := ceremony.Commit(t.Context(), c, rehearsal.Who(c, "draw-1"), 1); rehearsal.RuleOf(err) != "campaign.person-altered" {
		t.Errorf("a plan sealed to a key of one's own: %v", err)
	}
	bendPerson(o, mine, key)
	o.Commit(1)
	raw, err := os.ReadFile(o.Path(campaign.CeremonyDir, "commit-1.json"))
	o.OK(err)
	var r draw.Record
	o.OK(json.Unmarshal(raw, &r))
	var ids []string
	for _, x := range r.Custodians {
		ids = append(ids, x.ID)
	}
	if !slices.Equal(ids, []string{"custody-1", "custody-2", "custody-3"}) {
		t.Errorf("the plan is sealed to %q", ids)
	}
	// what was signed stands, and a custodian who retires on its eve does not stop the draw
	o.OK(o.RetirePerson(t.Context(), "custody-3", o.Who("sign-1"), o.Who("privacy-1")))
	_, err = ceremony.Draw(t.Context(), o.Campaign, o.Who("draw-1"), 1, campaign.Custody{})
	o.OK(err)
}

// Where the machine stopped between the entry and config.yaml the entry holds: the person is refused until
// the file says the same.
func TestStoppedBetweenEntryAndFile(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 72)
	before, err := os.ReadFile(o.Path(campaign.ConfigFile))
	o.OK(err)
	o.OK(o.ChangeRoles(t.Context(), "review-1", []string{"witness"}, o.Who("sign-1"), o.Who("draw-1")))
	if _, err := o.Acts(o.Who("review-1"), inspect.RoleWitness); err != nil {
		t.Errorf("in the new role: %v", err)
	}
	after, err := os.ReadFile(o.Path(campaign.ConfigFile))
	o.OK(err)
	o.OK(os.WriteFile(o.Path(campaign.ConfigFile), before, 0o600))
	c := reopened(o)
	if _, err := c.Acts(rehearsal.Who(c, "review-1"), inspect.RoleReviewer); rehearsal.RuleOf(err) != "campaign.person-altered" {
		t.Errorf("in the role taken away: %v", err)
	}
	o.OK(os.WriteFile(o.Path(campaign.ConfigFile), after, 0o600))
	c = reopened(o)
	if _, err := c.Acts(rehearsal.Who(c, "review-1"), inspect.RoleWitness); err != nil {
		t.Errorf("once the file says the same: %v", err)
	}
}

// What two people may not do changes not a byte.
func TestTogether(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 73)
	ctx := t.Context()
	o.Refused("two who draw and judge", "campaign.person-office", func() error { return o.RetirePerson(ctx, "sign-1", o.Who("draw-1"), o.Who("review-1")) })
	o.Refused("a custodian, whose key signs nothing", "campaign.bad-key", func() error { return o.RetirePerson(ctx, "draw-1", o.Who("sign-1"), o.Who("custody-1")) })
	o.Refused("one under another's id", "campaign.other-key", func() error {
		return o.RetirePerson(ctx, "draw-1", o.Who("sign-1"), campaign.Actor{ID: "privacy-1", Secret: o.Who("sign-1").Secret})
	})
	o.Refused("nobody beside one", "campaign.person-two", func() error { return o.RetirePerson(ctx, "draw-1", o.Who("sign-1"), campaign.Actor{}) })
	o.Refused("roles that exclude each other", "config.separate", func() error {
		return o.ChangeRoles(ctx, "review-1", []string{"reviewer", "signer"}, o.Who("sign-1"), o.Who("privacy-1"))
	})
	o.Refused("a custodian's role for a signing key", "campaign.person-key", func() error {
		return o.ChangeRoles(ctx, "review-1", []string{"custodian"}, o.Who("sign-1"), o.Who("privacy-1"))
	})
	o.Refused("by the office alone", "campaign.person-two-add", func() error { _, err := o.NewPerson("review-9", []string{"reviewer"}, ""); return err })
}

// Whoever has the office's machine and the log's key can write an entry, and not what two people sign: the
// folder does not open again.
func TestSignedByTwo(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 74)
	hash := func(id string) inspect.Digest { return campaign.PersonHash(rehearsal.Must(o.Appointed(id))) }
	by := ledger.Signed{By: []inspect.Digest{hash("sign-1"), hash("privacy-1")}, Signatures: []string{strings.Repeat("0", 128), strings.Repeat("0", 128)}}
	for what, body := range map[string]ledger.Joint{
		"retired":   ledger.Retirement{Person: hash("review-1")}.Under(by),
		"appointed": ledger.Appointment{Person: hash("review-1"), Key: ledger.PublicKey(rehearsal.Must(o.Appointed("review-1")).Key), Roles: []string{"auditor"}}.Under(by),
		"replaced":  ledger.Replacement{Before: hash("review-1"), After: inspect.Digest{1}, Key: strings.Repeat("5a", 32)}.Under(by),
		"postponed": ledger.Postponement{Wave: 1, Issue: "2023009", At: o.Now, Reason: ledger.NotHeld}.Under(by),
		"withdrawn": ledger.Withdrawal{Document: inspect.Digest{1}, Reason: ledger.ReasonError}.Under(ledger.Signed{By: []inspect.Digest{hash("sign-1"), hash("review-1")}, Signatures: by.Signatures}),
	} {
		other := o.Copied(t)
		other.OK(other.Update(t.Context(), func(tx *store.Tx) error { return campaign.Enter(tx, o.Now, body) }))
		if _, err := campaign.Open(t.Context(), other.Dir, other.Env); rehearsal.RuleOf(err) != "ledger.damaged" {
			t.Errorf("%s by two who never signed: %v", what, err)
		}
		if err := other.RetirePerson(t.Context(), "score-1", other.Who("sign-1"), other.Who("privacy-1")); rehearsal.RuleOf(err) != "ledger.damaged" {
			t.Errorf("after that, by two who sign: %v", err)
		}
	}
}

// One key under two ids is one person: the log takes it once.
func TestOneKeyTwoIDs(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 75)
	raw, err := base64.StdEncoding.DecodeString(strings.SplitN(rehearsal.Must(o.Appointed("review-1")).Key, "+", 3)[2])
	o.OK(err)
	other, err := note.NewEd25519VerifierKey("review-2", raw[1:])
	o.OK(err)
	o.Refused("the key of somebody else", "ledger.person-key", func() error {
		_, err := o.AddPerson(t.Context(), "review-2 reviewer "+other, o.Who("sign-1"), o.Who("privacy-1"))
		return err
	})
}
