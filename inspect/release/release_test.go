package release_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/document"
	"zhicha/inspect/privacy"
	"zhicha/inspect/release"
	"zhicha/inspect/score"
)

const fit = `---
kind: briefing
title: 2023年寒假春节期间抽查检查工作简报
date: 2023-01-25
year: 2023
no: 1
issuer: 演示数据抽查办公室
summary: 演示数据：第一批次抽查检查完成。
---

## 总体情况

演示数据：各地总体落实到位。
`

func briefing(t *testing.T, text string) *document.Document {
	t.Helper()
	d, err := document.Parse("content/briefings/2023-1.md", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// known is what the airlock is handed when a wave without findings and with one signed briefing
// is over.
func known(t *testing.T) release.Known {
	t.Helper()
	return release.Known{
		Territory: inspect.Nation,
		Checklist: checklist.Embedded(), MinCount: 10,
		Scores:    []release.Scores{{At: time.Date(2023, 1, 24, 9, 0, 0, 0, inspect.Beijing), Result: score.Published{Rules: score.DefaultRules()}}},
		Documents: []release.Signed{{Document: briefing(t, fit), Reviewed: true, Signed: true}},
	}
}

func TestBuildLetsThrough(t *testing.T) {
	p, err := release.Build(known(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Documents) != 1 || len(p.Regions) != len(inspect.Regions) {
		t.Errorf("%d documents, %d regions", len(p.Documents), len(p.Regions))
	}
	for _, r := range p.Regions {
		if r.Known || len(r.Bands) > 0 || r.BandNote == "" {
			t.Errorf("%s without a sample shows %+v", r.Code, r.Estimate)
		}
	}
}

// Each of these alone keeps everything in.
func TestBuildRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(k *release.Known)
		rule  string
		line  int
	}{
		"unsigned":   {func(k *release.Known) { k.Documents[0].Signed = false }, "release.not-signed", 0},
		"unreviewed": {func(k *release.Known) { k.Documents[0].Reviewed = false }, "release.not-reviewed", 0},
		"open leg":   {func(k *release.Known) { k.Open = []int{7, 9} }, "release.open-legs", 0},
		"telephone": {func(k *release.Known) {
			k.Documents[0].Document = briefing(t, fit+"\n联系电话：13800138000。\n")
		}, "release.personal", 15},
		"telephone in the summary": {func(k *release.Known) {
			k.Documents[0].Document = briefing(t, strings.Replace(fit, "完成。\n---", "完成，电话13800138000。\n---", 1))
		}, "release.personal", 0},
		"drawn village": {func(k *release.Known) {
			k.Sealed = privacy.Context{Names: []string{"黄渠桥村委会"}, Counties: []string{"平罗县"}}
			k.Documents[0].Document = briefing(t, fit+"\n黄渠桥村的做法值得推广。\n")
		}, "release.personal", 15},
		"drawn code": {func(k *release.Known) {
			k.Sealed = privacy.Context{Codes: []string{"640221101201"}}
			k.Documents[0].Document = briefing(t, fit+"\n见640221101201。\n")
		}, "release.personal", 15},
	} {
		k := known(t)
		c.spoil(&k)
		p, err := release.Build(k)
		ps := inspect.ProblemsOf(err)
		if len(ps) != 1 || ps[0].Rule != c.rule || ps[0].Class != inspect.Refused || ps[0].Line != c.line {
			t.Errorf("%s: %+v", name, ps)
		}
		if !reflect.ValueOf(p).IsZero() {
			t.Errorf("%s: refused, yet something came out", name)
		}
	}
}

// What cannot be said cannot leak: nothing that can hold a visit, a unit, a report, a person or a
// plan can be reached from Public, and what it is written as has no such key. Counties are named,
// once a wave is revealed.
func TestPublicHoldsNoPlace(t *testing.T) {
	forbidden := map[reflect.Type]bool{}
	for _, v := range []any{inspect.Visit{}, inspect.Unit{}, inspect.Report{}, inspect.Leg{}, inspect.Places{}, inspect.Finding{}, inspect.Answer{},
		inspect.Observation{}, inspect.Plan{}, inspect.Reserve{}, inspect.Inspector{}, document.Document{}, score.Result{}, score.County{}} {
		forbidden[reflect.TypeOf(v)] = true
	}
	names := map[string]bool{"visit": true, "unit": true, "township": true, "village": true, "household": true, "inspector": true, "places": true, "person": true}
	seen := map[reflect.Type]bool{}
	var walk func(t reflect.Type, path string) []string
	walk = func(typ reflect.Type, path string) (out []string) {
		switch typ.Kind() {
		case reflect.Slice, reflect.Array, reflect.Pointer, reflect.Map:
			return walk(typ.Elem(), path)
		case reflect.Interface:
			return []string{path + " can hold anything"}
		case reflect.Struct:
		default:
			return nil
		}
		if forbidden[typ] {
			return []string{path + " is a " + typ.String()}
		}
		if seen[typ] || typ == reflect.TypeFor[time.Time]() {
			return nil
		}
		seen[typ] = true
		for i := range typ.NumField() {
			f := typ.Field(i)
			key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if names[strings.ToLower(key)] || names[strings.ToLower(f.Name)] {
				out = append(out, path+"."+f.Name+" names a place or a person")
			}
			out = append(out, walk(f.Type, path+"."+f.Name)...)
		}
		return out
	}
	for _, breach := range walk(reflect.TypeFor[release.Public](), "Public") {
		t.Error(breach)
	}
	clear(seen)
	type leaky struct {
		release.Public
		Extra  []map[string]*inspect.Visit
		Places string
	}
	if got := walk(reflect.TypeFor[leaky](), "leaky"); len(got) != 2 {
		t.Errorf("planted leaks: %q", got)
	}
	p, err := release.Build(known(t))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for n := range names {
		if strings.Contains(string(raw), `"`+n+`":`) {
			t.Errorf("the public JSON has a key %q", n)
		}
	}
}
