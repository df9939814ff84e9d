package campaign_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/store"
)

// Whoever was appointed later looks back once a holder granted it; whoever left opens nothing more.
func TestGrant(t *testing.T) {
	t.Parallel()
	c := holding(t)
	var kept []inspect.Digest
	for i := range 20 {
		kept = append(kept, keep(t, c, fmt.Appendf(nil, "演示数据 %d", i)))
	}
	if _, err := c.NewPerson("review-2", []string{inspect.RoleReviewer}, ""); err != nil {
		t.Fatal(err)
	}
	left := rehearsal.Who(c, "audit-1")
	gone, err := c.Appointed("audit-1")
	if err != nil {
		t.Fatal(err)
	}
	gone.Roles = []string{inspect.RoleScorer}
	for id, rule := range map[string]string{"draw-1": "campaign.role", "audit-1": "campaign.role", "": "campaign.as", "nobody": "campaign.unknown-person"} {
		if _, err := c.Grant(t.Context(), rehearsal.Who(c, id)); rehearsal.RuleOf(err) != rule {
			t.Errorf("%q: %v", id, err)
		}
	}
	// who was appointed later opens nothing, and so grants nothing
	late, err := c.Grant(t.Context(), rehearsal.Who(c, "review-2"))
	if rehearsal.RuleOf(err) != "campaign.grant-left" || inspect.ExitStatus(err) != 4 || late.Files != 0 || len(late.Closed) != 20 {
		t.Errorf("%+v, %v", late, err)
	}
	told := 0
	c.Progress = func(done, total int) {
		if told++; done != told || total != 20 {
			t.Errorf("%d of %d", done, total)
		}
	}
	for range 2 { // a repetition changes nothing for anybody
		told = 0
		got, err := c.Grant(t.Context(), rehearsal.Who(c, "custody-1"))
		if err != nil || got.Files != 20 || told != 20 || !slices.Equal(got.Holders, []string{"review-1", "custody-1", "review-2"}) {
			t.Fatalf("%+v, %v", got, err)
		}
		for i, d := range kept {
			for _, id := range got.Holders {
				if data, err := rehearsal.Evidence(t, c, id, d); err != nil || string(data) != fmt.Sprintf("演示数据 %d", i) {
					t.Fatalf("%s: %v", id, err)
				}
			}
			if _, err := c.OpenEvidence(t.Context(), &campaign.Acting{Person: gone, Secret: left.Secret}, d.String()); rehearsal.RuleOf(err) != "campaign.evidence-closed" {
				t.Fatalf("who left: %v", err)
			}
		}
	}
}

// Cut off anywhere, every file is whole and opens for whoever opened it before, and the next run goes on.
func TestGrantCutOff(t *testing.T) {
	t.Parallel()
	c := holding(t)
	for i := range 8 {
		keep(t, c, fmt.Appendf(nil, "%d", i))
	}
	if _, err := c.NewPerson("review-2", []string{inspect.RoleReviewer}, ""); err != nil {
		t.Fatal(err)
	}
	ctx, cut := context.WithCancel(t.Context())
	c.Progress = func(done, _ int) {
		if done == 3 {
			cut()
		}
	}
	if got, err := c.Grant(ctx, rehearsal.Who(c, "review-1")); err == nil || got.Files != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
	folders, err := filepath.Glob(c.Path(campaign.EvidenceDir, "*"))
	if err != nil || len(folders) == 0 {
		t.Fatal(err)
	}
	for _, f := range folders { // as a killed run leaves it
		if err := os.WriteFile(filepath.Join(f, ".new-123"), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open := 0
	for i := range 8 {
		d := inspect.DigestOf(fmt.Appendf(nil, "%d", i))
		if _, err := rehearsal.Evidence(t, c, "review-1", d); err != nil {
			t.Error(err)
		}
		if _, err := rehearsal.Evidence(t, c, "review-2", d); err == nil {
			open++
		}
	}
	if open != 3 {
		t.Errorf("%d are open to the new reviewer", open)
	}
	c.Progress = nil
	if got, err := c.Grant(t.Context(), rehearsal.Who(c, "review-1")); err != nil || got.Files != 8 {
		t.Errorf("%+v, %v", got, err)
	}
	if left, _ := filepath.Glob(c.Path(campaign.EvidenceDir, "*", ".new-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// An altered file is named and left as it is: it is not made good by closing it anew.
func TestGrantAltered(t *testing.T) {
	t.Parallel()
	c := holding(t)
	d := keep(t, c, []byte("kept"))
	keep(t, c, []byte("whole"))
	bent := read(t, evidencePath(c, d))
	bent[len(bent)-1] ^= 1
	if err := os.WriteFile(evidencePath(c, d), bent, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := c.Grant(t.Context(), rehearsal.Who(c, "audit-1"))
	if rehearsal.RuleOf(err) != "campaign.grant-left" || inspect.ExitStatus(err) != 3 || got.Files != 1 || !slices.Equal(got.Altered, []string{d.String()}) {
		t.Errorf("%+v, %v", got, err)
	}
	if !bytes.Equal(bent, read(t, evidencePath(c, d))) {
		t.Error("it was written again")
	}
}

// What waits to be judged is open to whoever takes in, after a grant too, and no longer once it is judged.
func TestGrantWaiting(t *testing.T) {
	t.Parallel()
	c := holding(t)
	data := []byte("waits")
	d := inspect.DigestOf(data)
	if err := c.KeepWaiting(d, data); err != nil {
		t.Fatal(err)
	}
	opens := func() bool {
		_, err := rehearsal.Evidence(t, c, "draw-1", d)
		return err == nil
	}
	wait := func(tx *store.Tx) error {
		_, err := tx.PutWaiting(1, inspect.Waiting{Digest: d.String(), Name: "P-001-3.xlsx", By: "draw-1"})
		return err
	}
	if err := c.Update(t.Context(), wait); err != nil || !opens() {
		t.Fatalf("at first: %v", err)
	}
	if _, err := c.Grant(t.Context(), rehearsal.Who(c, "review-1")); err != nil || !opens() {
		t.Errorf("after a grant: %v", err)
	}
	if err := c.Judged(t.Context(), d, data); err != nil || opens() {
		t.Errorf("once it was judged: %v", err)
	}
}
