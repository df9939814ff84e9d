package rehearsal

import (
	"crypto/rand"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhicha"
	"zhicha/inspect"
	"zhicha/inspect/campaign"
)

var Start = time.Date(2023, 1, 3, 9, 0, 0, 0, inspect.Beijing)

func Env() campaign.Env {
	return campaign.Env{Now: func() time.Time { return Start }, Rand: rand.Reader}
}

// NewCampaign is a new campaign of one province, with the people named.
func NewCampaign(t testing.TB, people ...string) *campaign.Campaign {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "c")
	config := strings.NewReplacer("level: national", "level: province", `area: ""`, `area: "64"`, "demo: false", "demo: true").Replace(string(zhicha.Config))
	if err := campaign.Init(t.Context(), dir, []byte(config), Env()); err != nil {
		t.Fatal(err)
	}
	c, err := campaign.Open(t.Context(), dir, Env())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	for _, p := range people {
		id, role, _ := strings.Cut(p, " ")
		if _, err := c.NewPerson(id, strings.Fields(role), ""); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// Evidence is what was kept under a digest, opened by one of the people with the key that lies in the folder.
func Evidence(t testing.TB, c *campaign.Campaign, as string, digest inspect.Digest) ([]byte, error) {
	t.Helper()
	p, err := c.Holds(Who(c, as), inspect.Roles...)
	if err != nil {
		t.Fatal(err)
	}
	return c.OpenEvidence(t.Context(), p, digest.String())
}

// RuleOf is the rule of err's first problem.
func RuleOf(err error) string {
	if ps := inspect.ProblemsOf(err); len(ps) > 0 {
		return ps[0].Rule
	}
	return ""
}
