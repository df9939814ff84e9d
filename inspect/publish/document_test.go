package publish_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/publish"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/store"
)

const briefing = `---
kind: briefing
title: 工作简报
date: 2023-01-25
year: 2023
no: 1
issuer: 演示数据抽查办公室
summary: 演示数据：抽查检查完成。
---

## 总体情况

演示数据：总体落实到位。
`

// Drafter, reviewer and signer are three people, whatever roles they hold, and every act binds
// one text only.
func TestDocumentSignatures(t *testing.T) {
	o := rehearsal.NewOffice(t, 44, "  - [drafter, reviewer]\n  - [reviewer, signer]\n  - [drafter, signer]\n", "")
	c := o.Campaign
	for _, id := range []string{"draft-1", "review-2", "review-3", "sign-2"} { // each holds every role: only who did what counts
		o.Appoint(id, "drafter reviewer signer", "")
	}
	name := filepath.Join("briefings", "2023-1.md")
	path := c.Path(campaign.ContentDir, name)
	if err := publish.MakeFolders(c.Dir); err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(briefing)
	// the drafter is noted by Draft, which needs a score; here the act itself is stored
	drafter, err := c.Acts(rehearsal.Who(c, "draft-1"), inspect.RoleDrafter)
	if err != nil {
		t.Fatal(err)
	}
	draft := func() {
		if err := c.Update(t.Context(), func(tx *store.Tx) error {
			d, err := publish.Document(c, name)
			return errors.Join(err, publish.Drafted(c, tx, drafter, name, d.Digest))
		}); err != nil {
			t.Fatal(err)
		}
	}
	draft()
	want := func(what string, err error, rule string) {
		t.Helper()
		if rehearsal.RuleOf(err) != rule || rule == "" && err != nil {
			t.Errorf("%s: %v, want %q", what, err, rule)
		}
	}
	ctx := t.Context()
	want("signed before the review", publish.Sign(ctx, c, rehearsal.Who(c, "sign-2"), path), "release.not-reviewed")
	want("reviewed by the drafter", publish.Review(ctx, c, rehearsal.Who(c, "draft-1"), path), "campaign.same-person")
	want("reviewed", publish.Review(ctx, c, rehearsal.Who(c, "review-2"), path), "")
	want("reviewed twice", publish.Review(ctx, c, rehearsal.Who(c, "review-2"), path), "campaign.done-already")
	want("signed by the reviewer", publish.Sign(ctx, c, rehearsal.Who(c, "review-2"), path), "campaign.same-person")
	want("signed by the drafter", publish.Sign(ctx, c, rehearsal.Who(c, "draft-1"), path), "campaign.same-person")
	write(briefing + "\n另：演示数据。\n")
	want("signed after an edit", publish.Sign(ctx, c, rehearsal.Who(c, "sign-2"), path), "release.not-reviewed")
	write(briefing)
	o.OK(c.RetirePerson(ctx, "review-2", o.Who("sign-1"), o.Who("privacy-1")))
	want("signed when who reviewed it has left", publish.Sign(ctx, c, rehearsal.Who(c, "sign-2"), path), "release.not-reviewed")
	want("reviewed by another", publish.Review(ctx, c, rehearsal.Who(c, "review-3"), path), "")
	want("signed", publish.Sign(ctx, c, rehearsal.Who(c, "sign-2"), path), "")
	state := func() (signed, drafts int) {
		if err := c.View(ctx, func(tx *store.Tx) error {
			s, d, err := publish.SignedDocuments(c, tx)
			signed, drafts = len(s), len(d)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return signed, drafts
	}
	if s, d := state(); s != 1 || d != 0 {
		t.Errorf("%d signed, %d drafts", s, d)
	}
	write(strings.Replace(briefing, "完成", "结束", 1))
	if s, d := state(); s != 0 || d != 1 {
		t.Errorf("after an edit: %d signed, %d drafts", s, d)
	}
	want("a document elsewhere", publish.Check(ctx, c, c.Path(campaign.ConfigFile)), "campaign.not-content")
	want("a document that is not there", publish.Check(ctx, c, c.Path(campaign.ContentDir, "briefings", "1999-9.md")), "campaign.read")
}
