package campaign_test

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/config"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/store"
)

// bend gives the setting at path another value than it has, in every element of a list.
func bend(v reflect.Value, path string) {
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct {
		if v.Len() == 0 {
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		}
		for i := range v.Len() {
			bend(v.Index(i), path)
		}
		return
	}
	if path != "" {
		name, rest, _ := strings.Cut(path, ".")
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("mapstructure") == name {
				bend(v.Field(i), rest)
			}
		}
		return
	}
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = x.Add(time.Hour)
	case *bool:
		*x = !*x
	case *int:
		*x++
	default:
		if v.Kind() == reflect.String {
			v.SetString(v.String() + "x")
		} else {
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		}
	}
}

// Every setting that a commit fixes, changed afterwards, stops every act on that wave and is named;
// what is free stops none. A setting added to Config is in this table by itself.
func TestNothingCommittedChanges(t *testing.T) {
	o := rehearsal.NewOffice(t, 1)
	o.Commit(1)
	as := func(cfg config.Config) error {
		c := *o.Campaign
		c.Config = &cfg
		return c.View(t.Context(), func(tx *store.Tx) error {
			_, _, err := c.Committed(tx, 1)
			return err
		})
	}
	copied := func() config.Config {
		c := *o.Config
		c.Waves = []config.Wave{c.Waves[0]}
		w := &c.Waves[0]
		w.Hours = append([]inspect.Hours(nil), w.Hours...)
		w.Ceremony.Parties = append([]config.Party(nil), w.Ceremony.Parties...)
		w.Assign.Languages = append([]inspect.Language(nil), w.Assign.Languages...)
		c.Preview.VisitMinutes = append([]config.Minutes(nil), c.Preview.VisitMinutes...)
		c.Office = append([]config.Body(nil), c.Office...)
		c.People = append([]config.Person(nil), c.People...)
		return c
	}
	if err := as(copied()); err != nil {
		t.Fatal(err)
	}
	for _, class := range []config.Fixing{config.Free, config.ByCommit} {
		for _, s := range o.Config.Fixed(class, 1) {
			cfg := copied()
			bend(reflect.ValueOf(&cfg).Elem(), s.Path)
			if reflect.DeepEqual(cfg, copied()) {
				t.Fatalf("%s was not changed", s.Path)
			}
			err := as(cfg)
			if class == config.Free {
				if err != nil {
					t.Errorf("%s is free: %v", s.Path, err)
				}
				continue
			}
			ps := inspect.ProblemsOf(err)
			if len(ps) == 0 || ps[0].Rule != "plan.setting-changed" || ps[0].Class != inspect.Refused || ps[0].Args["Setting"] != s.Path &&
				s.Path != "waves.no" && !strings.HasPrefix(s.Path, "waves.assign.languages.") { // another number, and a first element, change more than one
				t.Errorf("%s: %v", s.Path, err)
			}
		}
	}
	// the custodians are those of the record; more may be appointed
	for name, change := range map[string]func(p *config.Person){
		"key": func(p *config.Person) { p.Key += "x" }, "body": func(p *config.Person) { p.Body = "other" },
		"role": func(p *config.Person) { p.Roles = nil }, "gone": func(p *config.Person) { p.ID += "x" },
	} {
		cfg, done := copied(), false
		for i := range cfg.People {
			if !done && len(cfg.People[i].Roles) > 0 && cfg.People[i].Roles[0] == inspect.RoleCustodian {
				change(&cfg.People[i])
				done = true
			}
		}
		if rule := rehearsal.RuleOf(as(cfg)); rule != "plan.setting-changed" {
			t.Errorf("a custodian's %s: %q", name, rule)
		}
	}
	cfg := copied()
	cfg.People = append(cfg.People, config.Person{ID: "late", Roles: []string{inspect.RoleCustodian}, Body: "third", Key: "age1"})
	if err := as(cfg); err != nil {
		t.Errorf("a further custodian: %v", err)
	}
}

// Whether a campaign is only played is decided when its folder is made.
func TestDemonstrationIsDecidedAtInit(t *testing.T) {
	demo, _, err := campaign.Reference(campaign.Start{Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range [][]byte{nil, demo} {
		dir := t.TempDir() + "/c"
		if err := campaign.Init(t.Context(), dir, text, rehearsal.Env()); err != nil {
			t.Fatal(err)
		}
		name := dir + "/" + campaign.ConfigFile
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		c, err := campaign.Open(t.Context(), dir, rehearsal.Env())
		if err != nil || c.Config.Campaign.Demo != (text != nil) {
			t.Fatal(err)
		}
		c.Close()
		other := strings.NewReplacer("demo: false", "demo: true", "demo: true", "demo: false").Replace(string(raw))
		if err := os.WriteFile(name, []byte(other), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = campaign.Open(t.Context(), dir, rehearsal.Env())
		if rehearsal.RuleOf(err) != "campaign.changed-since-init" || inspect.ExitStatus(err) != 4 {
			t.Errorf("demo changed after init: %v", err)
		}
	}
}
