package campaign_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"zhicha/inspect/campaign"
	"zhicha/inspect/config"
	"zhicha/inspect/rehearsal"
)

// Adding a person keeps the file's comments and makes two files only their owner can read.
func TestNewPerson(t *testing.T) {
	c := rehearsal.NewCampaign(t, "draw-1 drawer", "sign-1 signer")
	text, err := os.ReadFile(c.Path(campaign.ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "# 不得由同一人担任") {
		t.Error("the comments are gone")
	}
	if c.Config.People[0].Key == c.Config.People[1].Key || c.Config.People[0].Key == "" {
		t.Errorf("keys are %+v", c.Config.People)
	}
	info, err := os.Stat(c.Path(campaign.SecretsDir, "draw-1.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key is %v, %v", info, err)
	}
	if info, err := os.Stat(c.Path(campaign.SecretsDir)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("secrets/ is %v, %v", info, err)
	}
	// a key file that lies there already is never overwritten, and nobody is added
	if err := os.WriteFile(c.Path(campaign.SecretsDir, "score-1.key"), []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.NewPerson("score-1", []string{"scorer"}, ""); rehearsal.RuleOf(err) != "campaign.key-exists" {
		t.Errorf("a key over a key: %v", err)
	}
	if slices.ContainsFunc(c.Config.People, func(p config.Person) bool { return p.ID == "score-1" }) {
		t.Error("score-1 was added all the same")
	}
}

// A signature needs the key that belongs to the person.
func TestForeignKey(t *testing.T) {
	c := rehearsal.NewCampaign(t, "review-1 reviewer", "sign-1 signer")
	other, err := os.ReadFile(c.Path(campaign.SecretsDir, "sign-1.key"))
	if err != nil {
		t.Fatal(err)
	}
	p := &c.Config.People[0]
	for what, step := range map[string]struct {
		key  []byte
		rule string
	}{"of somebody else": {other, "campaign.other-key"}, "malformed": {[]byte("PRIVATE+KEY+x"), "campaign.bad-key"}} {
		if err := os.WriteFile(c.Path(campaign.SecretsDir, "review-1.key"), step.key, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := shown(c, p); rehearsal.RuleOf(err) != step.rule {
			t.Errorf("a key %s: %v", what, err)
		}
	}
	if err := os.Remove(c.Path(campaign.SecretsDir, "review-1.key")); err != nil {
		t.Fatal(err)
	}
	if _, err := shown(c, p); rehearsal.RuleOf(err) != "campaign.no-key" {
		t.Errorf("no key: %v", err)
	}
}

// A key that others may read is nobody's: neither a signer nor a custodian acts with it until its
// owner has taken it back.
func TestOpenKey(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no file modes")
	}
	c := rehearsal.NewCampaign(t, "review-1 reviewer")
	p, file := &c.Config.People[0], c.Path(campaign.SecretsDir, "review-1.key")
	for mode, rule := range map[os.FileMode]string{0o640: "campaign.key-open", 0o604: "campaign.key-open", 0o620: "campaign.key-open", 0o600: "", 0o400: ""} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := shown(c, p); ruleOf(err) != rule {
			t.Errorf("%o: signing: %v", mode, err)
		}
		if _, err := campaign.ReadCustody([]string{file}); ruleOf(err) != rule {
			t.Errorf("%o: custody: %v", mode, err)
		}
	}
}

// ruleOf is the rule of err, empty for none.
func ruleOf(err error) string {
	if err == nil {
		return ""
	}
	return rehearsal.RuleOf(err)
}

// shown lets a person show the key that lies in the folder.
func shown(c *campaign.Campaign, p *config.Person) (*campaign.Acting, error) {
	return c.Shows(p, campaign.ReadActor(c.SecretsDir(), p.ID))
}

// A folder is a campaign if it has a database, and is not made in one that holds anything.
func TestOpenAndInit(t *testing.T) {
	if _, err := campaign.Open(t.Context(), t.TempDir(), rehearsal.Env()); rehearsal.RuleOf(err) != "campaign.not-one" {
		t.Errorf("an empty folder: %v", err)
	}
	c := rehearsal.NewCampaign(t)
	if err := campaign.Init(t.Context(), c.Dir, nil, rehearsal.Env()); rehearsal.RuleOf(err) != "campaign.not-empty" {
		t.Errorf("a second init: %v", err)
	}
	bad := filepath.Join(t.TempDir(), "bad")
	if err := campaign.Init(t.Context(), bad, []byte("schema: other\n"), rehearsal.Env()); err == nil {
		t.Error("a bad configuration was taken")
	}
	if _, err := os.Stat(bad); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a refused init left %v", err)
	}
	if err := os.Remove(c.Path(campaign.ConfigFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := campaign.Open(context.Background(), c.Dir, rehearsal.Env()); rehearsal.RuleOf(err) != "campaign.no-config" {
		t.Errorf("without config.yaml: %v", err)
	}
}
