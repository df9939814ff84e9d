package publish_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ledger"
	"zhicha/inspect/publish"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/release"
	"zhicha/inspect/results"
	"zhicha/inspect/store"
)

// A signed text leaves the site only by the word of two people with one reason, and the site says that it left.
func TestWithdraw(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 42)
	ctx := t.Context()
	o.Appoint("draft-1", "drafter", "")
	o.Draw(1)
	o.Report(1, rehearsal.Best)
	o.CloseAll(1)
	_, err := results.Freeze(ctx, o.Campaign, o.Who("score-1"), 1)
	o.OK(err)
	name := filepath.Join("briefings", "2023-1.md")
	path := o.Path(campaign.ContentDir, name)
	o.OK(publish.MakeFolders(o.Dir))
	o.OK(os.WriteFile(path, []byte(briefing), 0o600))
	drafter, err := o.Acts(o.Who("draft-1"), inspect.RoleDrafter)
	o.OK(err)
	var digest inspect.Digest
	o.OK(o.Update(ctx, func(tx *store.Tx) error {
		d, err := publish.Document(o.Campaign, name)
		if err != nil {
			return err
		}
		digest = d.Digest
		return publish.Drafted(o.Campaign, tx, drafter, name, digest)
	}))
	withdraw := func(who string, d inspect.Digest, reason ledger.Reason) func() error {
		return func() error {
			_, err := publish.Withdraw(ctx, o.Campaign, o.Who(who), d, string(reason))
			return err
		}
	}
	o.Refused("what was never signed", "publish.withdraw-none", withdraw("sign-1", digest, ledger.ReasonPrivacy))
	o.OK(publish.Review(ctx, o.Campaign, o.Who("review-1"), path))
	o.OK(publish.Sign(ctx, o.Campaign, o.Who("sign-1"), path))
	first := built(o)
	if len(first.Documents) != 1 || len(first.Withdrawn) != 0 {
		t.Fatalf("%d documents, withdrawn %v", len(first.Documents), first.Withdrawn)
	}
	public := o.Path(campaign.PublicDir, "briefings", first.Documents[0].ID+".md")
	if _, err := os.Stat(public); err != nil {
		t.Fatal(err)
	}
	build := func() error {
		_, err := publish.BuildSite(ctx, o.Campaign, o.Who("publish-1"), 1)
		return err
	}
	o.OK(os.Remove(path))
	o.Refused("an edition without the text", "publish.lost", build)
	o.OK(os.WriteFile(path, []byte(briefing+"\n另：演示数据。\n"), 0o600))
	o.Refused("an edition with the text edited", "publish.lost", build)

	o.Refused("a reason in their own words", "publish.withdraw-reason", withdraw("sign-1", digest, "shame"))
	o.Refused("who neither signs nor reviews", "campaign.role", withdraw("publish-1", digest, ledger.ReasonPrivacy))
	o.Refused("another text", "publish.withdraw-none", withdraw("sign-1", inspect.DigestOf([]byte("x")), ledger.ReasonPrivacy))
	by := func(who string, reason ledger.Reason) bool {
		t.Helper()
		done, err := publish.Withdraw(ctx, o.Campaign, o.Who(who), digest, string(reason))
		o.OK(err)
		return done
	}
	if by("sign-1", ledger.ReasonPrivacy) {
		t.Error("withdrawn by one")
	}
	o.Refused("one person twice", "publish.withdraw-same", withdraw("sign-1", digest, ledger.ReasonPrivacy))
	o.Refused("an edition after one person's word", "publish.lost", build)
	if by("review-1", ledger.ReasonError) {
		t.Error("withdrawn for two different reasons")
	}
	if len(o.Entries(string(ledger.Withdrawn))) != 0 {
		t.Error("entered before the second person")
	}
	// what somebody signed with a key that was given up since counts for nothing: they sign anew
	line, err := campaign.NewKey(o.Rand, o.Path(campaign.SecretsDir, "new.key"), "sign-1", []string{"signer"}, "", "")
	o.OK(err)
	o.Appoint("audit-1", "auditor", "")
	o.OK(o.ReplaceKey(ctx, "sign-1", strings.Fields(line)[2], o.Who("audit-1"), o.Who("privacy-1")))
	o.OK(os.Rename(o.Path(campaign.SecretsDir, "new.key"), o.Path(campaign.SecretsDir, "sign-1.key")))
	if by("review-1", ledger.ReasonPrivacy) {
		t.Error("withdrawn with a signature by a key that was given up")
	}
	o.Refused("one person twice, with another who is no more", "publish.withdraw-same", withdraw("review-1", digest, ledger.ReasonPrivacy))
	if !by("sign-1", ledger.ReasonPrivacy) {
		t.Error("not withdrawn by two")
	}
	o.Refused("withdrawn already", "publish.withdraw-none", withdraw("sign-1", digest, ledger.ReasonPrivacy))

	day := inspect.DateOf(o.Now)
	want := []release.Withdrawn{{Document: digest, Signed: day, Date: day, Reason: "privacy"}}
	o.OK(os.WriteFile(path, []byte(briefing), 0o600)) // it may lie there still
	p := built(o)
	if len(p.Documents) != 0 || !slices.Equal(p.Withdrawn, want) {
		t.Errorf("%d documents, withdrawn %v", len(p.Documents), p.Withdrawn)
	}
	page := string(rehearsal.Must(os.ReadFile(o.Path(campaign.PublicDir, "corrections.html"))))
	if !strings.Contains(page, digest.String()) || !strings.Contains(page, "涉及个人信息") {
		t.Errorf("the page says %s", page)
	}
	if _, err := os.Stat(public); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the text is still published: %v", err)
	}
	o.OK(os.Remove(path))
	if again := built(o); !slices.Equal(again.Withdrawn, want) {
		t.Errorf("without the file: %v", again.Withdrawn)
	}
}
