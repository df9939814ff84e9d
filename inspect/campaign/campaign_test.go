package campaign

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zhicha"
	"zhicha/inspect"
	"zhicha/inspect/store"
)

var start = time.Date(2023, 1, 3, 9, 0, 0, 0, inspect.Beijing)

func env() Env { return Env{Now: func() time.Time { return start }, Rand: rand.Reader} }

// newCampaign is a new campaign of one province, with the people named.
func newCampaign(t *testing.T, people ...string) *Campaign {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "c")
	config := strings.NewReplacer("level: national", "level: province", `area: ""`, `area: "64"`, "demo: false", "demo: true").Replace(string(zhicha.Config))
	if err := Init(t.Context(), dir, []byte(config), env()); err != nil {
		t.Fatal(err)
	}
	c, err := Open(t.Context(), dir, env())
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

// ruleOf is the rule of err's first problem.
func ruleOf(err error) string {
	if ps := inspect.ProblemsOf(err); len(ps) > 0 {
		return ps[0].Rule
	}
	return ""
}

// One change to the reference configuration gives one problem, at its line.
func TestConfigProblems(t *testing.T) {
	if _, err := ParseConfig("config.yaml", zhicha.Config); err != nil {
		t.Fatalf("the reference configuration: %v", err)
	}
	for _, c := range []struct{ old, new, rule, field string }{
		{"  townships: 2 ", "  townshps: 2 ", "config.unknown-key", "waves.design.townshps"},
		{"  townships: 2 ", "  townships: two ", "config.value", "waves[0].design.townships"},
		{"  townships: 2 ", "  townships: 99 ", "config.range", "waves[0].design.townships"},
		{"  counties: 6 ", "  counties: 1 ", "config.range", "waves[0].design.counties"},
		{"id: winter-care-2023 ", "id: Winter-Care-2023 ", "config.id", "campaign.id"},
		{"level: national ", "level: galaxy ", "config.one-of", "scope.level"},
		{"kind: random ", "kind: chosen ", "config.one-of", "waves[0].kind"},
		{"kind: random ", "kind: redraw ", "config.wave-reason", "waves[0].reason"},
		{"from: 2023-01-07, to: 2023-01-20", "from: 2023-01-20, to: 2023-01-07", "config.window", "waves[0].window"},
		{"from: 2023-01-07, to: 2023-01-20", "from: 2023-01-07, to: 2023-02-30", "config.value", "waves[0].window.to"},
		{"min_count: 10", "min_count: 9", "config.min-count", "publish.min_count"},
		{"confidence_percent: 95", "confidence_percent: 100", "config.range", "score.confidence_percent"},
		{"rule: \"ssq/[0-9]{7}", "rule: \"(ssq/[0-9]{7}", "config.beacon-rule", "waves[0].ceremony.beacon.rule"},
		{"        - {id: evaluator,  name_zh: 第三方评估, key: \"\"}\n", "", "config.parties", "waves[0].ceremony.parties"},
		{"no: 1", "no: 0", "config.wave-no", "waves[0].no"},
		{"people: []", "people: [{id: a-1, roles: [reviewer, signer]}]", "config.separate", "people.a-1"},
		{"people: []", "people: [{id: a-1, key: k}, {id: a-2, key: k}]", "config.key-twice", "people.a-2"},
		{"people: []", "people: [{id: a-1}, {id: a-1}]", "config.person-twice", "people.a-1"},
		{"schema: zhicha-config/1", "schema: zhicha-config/9", "config.schema", "schema"},
		{"schema: zhicha-config/1", "schema: [", "config.syntax", ""},
	} {
		text := strings.Replace(string(zhicha.Config), c.old, c.new, 1)
		if text == string(zhicha.Config) {
			t.Fatalf("%q does not stand in the reference configuration", c.old)
		}
		_, err := ParseConfig("config.yaml", []byte(text))
		ps := inspect.ProblemsOf(err)
		if len(ps) != 1 || ps[0].Rule != c.rule || ps[0].Field != c.field || ps[0].Class != inspect.Rejected {
			t.Errorf("%q: want %s at %s, got %v", c.new, c.rule, c.field, err)
			continue
		}
		// the line may only differ from that of the edit where what is named stands further up
		want := 1 + strings.Count(text[:max(0, strings.Index(text, strings.TrimSpace(c.new)))], "\n")
		if c.rule != "config.syntax" && c.new != "" && c.rule != "config.wave-reason" && ps[0].Line != want {
			t.Errorf("%q: line %d, want %d", c.new, ps[0].Line, want)
		}
	}
}

// The nearest known key is the nearest by edit distance, and the same whenever it is asked.
func TestNearestKey(t *testing.T) {
	for key, want := range map[string]string{"campain": "campaign", "wave": "waves", "peple": "people", "Scope": "scope", "redline_authority": "red_line_authority"} {
		_, err := ParseConfig("config.yaml", []byte(key+": {}\n"))
		ps := inspect.ProblemsOf(err)
		if len(ps) != 1 || ps[0].Line != 1 || ps[0].Args["Nearest"] != want {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// Variables stand over the file, also below the top level; they are held to the same rules.
func TestConfigFromEnvironment(t *testing.T) {
	t.Setenv("ZHICHA_CAMPAIGN_TITLE_EN", "From outside")
	t.Setenv("ZHICHA_PUBLISH_MIN_COUNT", "12")
	c, err := ParseConfig("config.yaml", zhicha.Config)
	if err != nil {
		t.Fatal(err)
	}
	if c.Campaign.TitleEn != "From outside" || c.Publish.MinCount != 12 || c.Campaign.ID != "winter-care-2023" {
		t.Errorf("configuration is %+v, %+v", c.Campaign, c.Publish)
	}
	t.Setenv("ZHICHA_PUBLISH_MIN_COUNT", "3")
	if _, err := ParseConfig("config.yaml", zhicha.Config); ruleOf(err) != "config.min-count" {
		t.Errorf("three as the smallest count: %v", err)
	}
}

// Adding a person keeps the file's comments and makes two files only their owner can read.
func TestNewPerson(t *testing.T) {
	c := newCampaign(t, "draw-1 drawer", "sign-1 signer")
	text, err := os.ReadFile(c.path(configFile))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "# 不得由同一人担任") {
		t.Error("the comments are gone")
	}
	if c.Config.People[0].Key == c.Config.People[1].Key || c.Config.People[0].Key == "" {
		t.Errorf("keys are %+v", c.Config.People)
	}
	info, err := os.Stat(c.path(secretsDir, "draw-1.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key is %v, %v", info, err)
	}
	if info, err := os.Stat(c.path(secretsDir)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("secrets/ is %v, %v", info, err)
	}
	// a key file that lies there already is never overwritten, and nobody is added
	if err := os.WriteFile(c.path(secretsDir, "score-1.key"), []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.NewPerson("score-1", []string{"scorer"}, ""); ruleOf(err) != "campaign.key-exists" {
		t.Errorf("a key over a key: %v", err)
	}
	if slices.ContainsFunc(c.Config.People, func(p Person) bool { return p.ID == "score-1" }) {
		t.Error("score-1 was added all the same")
	}
}

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
	c := newCampaign(t, "draft-1 drafter", "review-1 reviewer", "sign-1 signer")
	name := filepath.Join("briefings", "2023-1.md")
	path := c.path(contentDir, name)
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(briefing)
	// the drafter is noted by Draft, which needs a score; here the act itself is stored
	draft := func() {
		if err := c.Update(t.Context(), func(tx *store.Tx) error {
			d, err := c.document(name)
			return errors.Join(err, c.act(tx, &c.Config.People[0], drafter, name, d.Digest))
		}); err != nil {
			t.Fatal(err)
		}
	}
	draft()
	want := func(what string, err error, rule string) {
		t.Helper()
		if ruleOf(err) != rule || rule == "" && err != nil {
			t.Errorf("%s: %v, want %q", what, err, rule)
		}
	}
	ctx := t.Context()
	want("signed before the review", c.PublishSign(ctx, path, "sign-1"), "release.not-reviewed")
	for i := range c.Config.People { // everybody holds every role now: only who did what counts
		c.Config.People[i].Roles = []string{drafter, reviewer, signer}
	}
	want("reviewed by the drafter", c.PublishReview(ctx, path, "draft-1"), "campaign.same-person")
	want("reviewed", c.PublishReview(ctx, path, "review-1"), "")
	want("reviewed twice", c.PublishReview(ctx, path, "review-1"), "campaign.done-already")
	want("signed by the reviewer", c.PublishSign(ctx, path, "review-1"), "campaign.same-person")
	want("signed by the drafter", c.PublishSign(ctx, path, "draft-1"), "campaign.same-person")
	write(briefing + "\n另：演示数据。\n")
	want("signed after an edit", c.PublishSign(ctx, path, "sign-1"), "release.not-reviewed")
	write(briefing)
	want("signed", c.PublishSign(ctx, path, "sign-1"), "")
	state := func() (signed, drafts int) {
		if err := c.View(ctx, func(tx *store.Tx) error {
			s, d, err := c.signed(tx)
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
	want("a document elsewhere", c.PublishCheck(ctx, c.path(configFile)), "campaign.not-content")
	want("a document that is not there", c.PublishCheck(ctx, c.path(contentDir, "briefings", "1999-9.md")), "campaign.read")
}

// A signature needs the key that belongs to the person.
func TestForeignKey(t *testing.T) {
	c := newCampaign(t, "review-1 reviewer", "sign-1 signer")
	other, err := os.ReadFile(c.path(secretsDir, "sign-1.key"))
	if err != nil {
		t.Fatal(err)
	}
	p := &c.Config.People[0]
	for what, step := range map[string]struct {
		key  []byte
		rule string
	}{"of somebody else": {other, "campaign.other-key"}, "malformed": {[]byte("PRIVATE+KEY+x"), "campaign.bad-key"}} {
		if err := os.WriteFile(c.path(secretsDir, "review-1.key"), step.key, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := c.sign(p, "text\n"); ruleOf(err) != step.rule {
			t.Errorf("a key %s: %v", what, err)
		}
	}
	if err := os.Remove(c.path(secretsDir, "review-1.key")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.sign(p, "text\n"); ruleOf(err) != "campaign.no-key" {
		t.Errorf("no key: %v", err)
	}
}

// A refused import leaves what was there.
func TestImportIsAllOrNothing(t *testing.T) {
	c := newCampaign(t)
	good, bad := filepath.Join(t.TempDir(), "good.csv"), filepath.Join(t.TempDir(), "bad.csv")
	head := "kind,id,name,area_code,reporting_unit,county,township,size,risk\n"
	county := "CO,640104000000,兴庆区,640104000000,64,640104000000,,141118,\n"
	if err := errors.Join(os.WriteFile(good, []byte(head+county), 0o600), os.WriteFile(bad, []byte(head+county+county), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.FrameImport(t.Context(), []string{good}, false); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(c.path(frameFile))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.FrameImport(t.Context(), []string{bad}, false); ruleOf(err) != "frame.twice" {
		t.Errorf("a county twice: %v", err)
	}
	after, err := os.ReadFile(c.path(frameFile))
	if err != nil || !slices.Equal(before, after) {
		t.Errorf("the frame was replaced: %v", err)
	}
	if left, _ := filepath.Glob(c.path(".new-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// A folder is a campaign if it has a database, and is not made in one that holds anything.
func TestOpenAndInit(t *testing.T) {
	if _, err := Open(t.Context(), t.TempDir(), env()); ruleOf(err) != "campaign.not-one" {
		t.Errorf("an empty folder: %v", err)
	}
	c := newCampaign(t)
	if err := Init(t.Context(), c.Dir, nil, env()); ruleOf(err) != "campaign.not-empty" {
		t.Errorf("a second init: %v", err)
	}
	bad := filepath.Join(t.TempDir(), "bad")
	if err := Init(t.Context(), bad, []byte("schema: other\n"), env()); err == nil {
		t.Error("a bad configuration was taken")
	}
	if _, err := os.Stat(bad); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a refused init left %v", err)
	}
	if err := os.Remove(c.path(configFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), c.Dir, env()); ruleOf(err) != "campaign.no-config" {
		t.Errorf("without config.yaml: %v", err)
	}
}

// The office's name is the one of the day.
func TestOfficeOfTheDay(t *testing.T) {
	c := &Config{Office: []Body{{NameZh: "甲", To: "2023-03-31"}, {NameZh: "乙", From: "2023-04-01", To: "2024-12-31"}, {NameZh: "丙", From: "2025-01-01"}}}
	for day, want := range map[inspect.Date]string{"2022-12-22": "甲", "2023-03-31": "甲", "2023-04-01": "乙", "2025-06-01": "丙"} {
		if got := c.office(day).NameZh; got != want {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
	}
}

// What changed since the commit is named, also what was added or is gone.
func TestChangedParts(t *testing.T) {
	got := changedParts([]byte(`{"a":1,"b":2,"d":4}`), []byte(`{"a":1,"b":3,"c":5}`))
	if !slices.Equal(got, []string{"b", "c", "d"}) {
		t.Errorf("changed parts are %q", got)
	}
}
