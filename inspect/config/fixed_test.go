package config_test

import (
	"reflect"
	"strings"
	"testing"

	"zhicha"
	"zhicha/inspect"
	"zhicha/inspect/config"
	"zhicha/inspect/rehearsal"
)

// leaves are the paths of all settings.
func leaves(t reflect.Type, path string) (out []string) {
	for t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t.NumField() == 0 || t.Field(0).Tag.Get("mapstructure") == "" {
		return []string{path}
	}
	for i := range t.NumField() {
		out = append(out, leaves(t.Field(i).Type, strings.TrimPrefix(path+"."+t.Field(i).Tag.Get("mapstructure"), "."))...)
	}
	return out
}

// Whoever adds a setting says how long it may change; no row speaks of a setting that is none.
func TestEverySettingIsClassed(t *testing.T) {
	c, err := config.Parse("config.yaml", zhicha.Config)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, class := range []config.Fixing{config.Free, config.AtInit, config.ByCommit, config.ByAct} {
		for _, s := range c.Fixed(class, 1) {
			told[s.Path] = true
		}
	}
	all := leaves(reflect.TypeFor[config.Config](), "")
	if len(all) < 60 {
		t.Fatalf("only %d settings", len(all))
	}
	for _, path := range all {
		if config.FixingOf(path) == "" {
			t.Errorf("%s has no class", path)
		}
		if !told[path] {
			t.Errorf("%s is never compared", path)
		}
	}
	for row := range config.Settings {
		if !strings.Contains("\n"+strings.Join(all, "\n"), "\n"+row) {
			t.Errorf("%s is no setting", row)
		}
	}
}

// A variable is read where it protects nothing, and named where it is set for anything else.
func TestVariables(t *testing.T) {
	for _, path := range leaves(reflect.TypeFor[config.Config](), "") {
		name := "ZHICHA_" + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
		err := config.CheckVariables([]string{"PATH=/bin", name + "=1"})
		switch {
		case path == "language":
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case rehearsal.RuleOf(err) != "config.variable" || inspect.ProblemsOf(err)[0].Args["Name"] != name:
			t.Errorf("%s: %v", name, err)
		}
		if path != "language" {
			t.Setenv(name, "1")
		}
	}
	for _, v := range []string{"zhicha_campaign_demo=true", "ZHICHA_NOW=", "ZHICHA_=1"} {
		if err := config.CheckVariables([]string{v}); inspect.ExitStatus(err) != 2 {
			t.Errorf("%s: %v", v, err)
		}
	}
	if err := config.CheckVariables([]string{"ZHICHA_LANG=en", "ZHICHAX=1", "HOME=ZHICHA_X=1"}); err != nil {
		t.Error(err)
	}
	// and whoever does not ask reads none of them
	t.Setenv("ZHICHA_LANGUAGE", "en")
	got, err := config.Parse("config.yaml", zhicha.Config)
	if err != nil {
		t.Fatal(err)
	}
	if got.Language != "en" {
		t.Error("ZHICHA_LANGUAGE is not read")
	}
	want := *got
	if want.Language = "zh-CN"; want.Campaign.Demo || want.Publish.MinCount != 10 || want.Campaign.ID != "winter-care-2023" {
		t.Errorf("a variable was read: %+v", want)
	}
}
