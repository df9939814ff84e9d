package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"zhicha/inspect"
)

// Fixing says how long a setting is the office's to change.
type Fixing string

// Nothing that protects is Free.
const (
	Free     Fixing = "free"      // names, looks and forecasts: at any time
	AtInit   Fixing = "at-init"   // decided when the folder is made
	ByCommit Fixing = "by-commit" // fixed for a wave when it commits
	ByAct    Fixing = "by-act"    // changed by a command; of the people, custodians are fixed by the commit record
)

// Settings classes every setting, by its path or by that of what it stands in. A setting that is not
// here fails a test.
var Settings = map[string]Fixing{
	"schema": Free, // Parse takes one value only
	// what the campaign and the office are called
	"campaign.id": ByCommit, "campaign.title_zh": Free, "campaign.title_en": Free, "campaign.notice": Free, "campaign.demo": AtInit, "office": Free,
	"scope": ByCommit, "language": Free, "holidays": ByCommit, "authority": ByCommit, "red_line_authority": ByCommit,
	"people": ByAct, "separate": ByCommit, "waves": ByCommit, "preview": Free, "review": ByCommit, "score": ByCommit,
	"publish.min_count": ByCommit, "publish.english": Free, "publish.column_name_zh": Free, "publish.hotline": Free,
	"publish.feed_entries": Free, "publish.archive": Free, "publish.witnesses": ByCommit,
}

// FixingOf is the class of a setting, such as waves.window.from; empty where nobody has given it one.
func FixingOf(path string) Fixing {
	for at := path; at != ""; at = at[:max(strings.LastIndexByte(at, '.'), 0)] {
		if f, ok := Settings[at]; ok {
			return f
		}
	}
	return ""
}

// Setting is one setting as text: JSON, of all elements where it stands in a list.
type Setting struct{ Path, Value string }

// Fixed are the settings that one class holds for a wave, in the order of Config; those of other waves
// are left out.
func (c *Config) Fixed(class Fixing, wave int) []Setting {
	own := *c
	own.Waves = slices.DeleteFunc(slices.Clone(c.Waves), func(w Wave) bool { return w.No != wave })
	var out []Setting
	var walk func(path string, t reflect.Type, vs []reflect.Value)
	walk = func(path string, t reflect.Type, vs []reflect.Value) {
		if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct {
			var each []reflect.Value
			for _, v := range vs {
				for i := range v.Len() {
					each = append(each, v.Index(i))
				}
			}
			t, vs = t.Elem(), each
		}
		if inner(t) {
			for i := range t.NumField() {
				var fields []reflect.Value
				for _, v := range vs {
					fields = append(fields, v.Field(i))
				}
				walk(strings.TrimPrefix(path+"."+t.Field(i).Tag.Get("mapstructure"), "."), t.Field(i).Type, fields)
			}
			return
		}
		if FixingOf(path) != class {
			return
		}
		values := []any{}
		for _, v := range vs {
			value := v.Interface()
			if v.Kind() == reflect.Slice && v.Len() == 0 { // none and an empty list are one
				value = []string{}
			}
			values = append(values, value)
		}
		raw, err := json.Marshal(values)
		if err != nil {
			panic(fmt.Sprintf("config: %s: %v", path, err)) // of a type that has no JSON; a test walks them all
		}
		out = append(out, Setting{path, strings.TrimSuffix(strings.TrimPrefix(string(raw), "["), "]")})
	}
	walk("", reflect.TypeFor[Config](), []reflect.Value{reflect.ValueOf(own)})
	return out
}

// inner reports whether a type is a block of settings; an instant is a value.
func inner(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.NumField() > 0 && t.Field(0).Tag.Get("mapstructure") != ""
}

// variables are the settings that an environment variable may speak for: none that protects.
var variables = []string{"language"}

// CheckVariables refuses what the environment tells Zhicha beyond ZHICHA_LANG, the language of the
// command, and ZHICHA_LANGUAGE, which stands over config.yaml. environ is as os.Environ gives it.
func CheckVariables(environ []string) error {
	allowed := []string{"ZHICHA_LANG"}
	for _, v := range variables {
		allowed = append(allowed, "ZHICHA_"+strings.ToUpper(v))
	}
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		if upper := strings.ToUpper(name); strings.HasPrefix(upper, "ZHICHA_") && !slices.Contains(allowed, upper) {
			return inspect.Misuse("config.variable", "Name", name, "Allowed", strings.Join(allowed, ", "))
		}
	}
	return nil
}
