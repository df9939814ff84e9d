package ceremony_test

import (
	"os"
	"path/filepath"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/rehearsal"
)

// A commit that was killed before its papers were written is made up for by whoever commits again: the
// second try is refused, and the papers lie there as they would have.
func TestPapersOfAKilledCommit(t *testing.T) {
	o := committedOffice(t, 33).Copied(t)
	names := []string{"commit-1.json", "commit-1.html"}
	before := map[string]inspect.Digest{}
	for _, name := range names {
		data, err := os.ReadFile(o.Path(campaign.CeremonyDir, name))
		o.OK(err)
		before[name] = inspect.DigestOf(data)
		o.OK(os.Remove(o.Path(campaign.CeremonyDir, name)))
	}
	_, err := ceremony.Commit(t.Context(), o.Campaign, o.Who("draw-1"), 1)
	if rehearsal.RuleOf(err) != "plan.committed" {
		t.Fatalf("a second commit: %v", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(o.Dir, campaign.CeremonyDir, name))
		if err != nil || inspect.DigestOf(data) != before[name] {
			t.Errorf("%s: %v, or not as it was", name, err)
		}
	}
}
