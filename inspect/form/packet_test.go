package form

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/seal"
)

// opened is what the three rungs of a packet say, read as FORMAT.md describes it.
func opened(t testing.TB, html []byte, s Secrets) (out [3]map[string]any, lengths Lengths) {
	t.Helper()
	m := regexp.MustCompile(`<template id="sealed" data-packet="7">([A-Za-z0-9+/=]+)</template>`).FindSubmatch(html)
	if m == nil {
		t.Fatal("no sealed layer")
	}
	layer, err := base64.StdEncoding.DecodeString(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range []struct {
		rung string
		code seal.Code
		n    *int
	}{{Province, s.Province, &lengths.Province}, {County, s.County, &lengths.County}, {Village, s.Village, &lengths.Village}} {
		plain, err := seal.OpenLayer(r.code, seal.LayerAAD(7, r.rung), layer)
		if err != nil {
			t.Fatalf("%s: %v", r.rung, err)
		}
		n := int(binary.BigEndian.Uint32(plain))
		if err := json.Unmarshal(plain[4:4+n], &out[i]); err != nil {
			t.Fatalf("%s: %v", r.rung, err)
		}
		*r.n, layer = n, plain[4+n:]
	}
	if len(layer) != 0 {
		t.Errorf("%d bytes inside the village layer", len(layer))
	}
	return out, lengths
}

func TestEachRungSaysItsOwn(t *testing.T) {
	html, s := write(t, leg())
	said, _ := opened(t, html, s)
	whole := func(i int) string { b, _ := json.Marshal(said[i]); return string(b) }
	for i, c := range []struct{ says, not []string }{
		{[]string{"甘肃省", "2023-01-08", "T03-2", "winter-2023"}, []string{"演示县", "演示村", "629999"}},
		{[]string{"演示县"}, []string{"演示村", "演示镇", "629999"}},
		{[]string{"演示村", "演示镇", "1-007-06", "A1-01", s.key(), "child_director", "no_access", "police"}, []string{"weight", "percent", "ORAL"}},
	} {
		for _, x := range c.says {
			if !strings.Contains(whole(i), x) {
				t.Errorf("rung %d does not say %q", i, x)
			}
		}
		for _, x := range c.not {
			if strings.Contains(whole(i), x) {
				t.Errorf("rung %d says %q", i, x)
			}
		}
	}
}

func (s Secrets) key() string { return base64.StdEncoding.EncodeToString(s.Return[:]) }

// Outside stands the number and nothing else: neither place nor campaign nor team, and a wave's
// packets are equally long.
func TestOutsideTellsNothing(t *testing.T) {
	a, b := leg(), leg()
	b.Title, b.Leg.Region, b.Visits = "另一标题，比前一个长得多的活动名称", "54", b.Visits[:2]
	for i := range b.Visits {
		b.Visits[i].Places.County = "另一个名称很长的演示自治县"
	}
	la, err := Measure(a)
	if err != nil {
		t.Fatal(err)
	}
	lb, err := Measure(b)
	if err != nil {
		t.Fatal(err)
	}
	pad := la.Max(lb)
	var files [2][]byte
	for i, p := range []Packet{a, b} {
		s := secrets(t, p)
		if files[i], err = WriteHTML(stream(byte(3+i)), p, s, pad); err != nil {
			t.Fatal(err)
		}
		if _, got := opened(t, files[i], s); got != pad {
			t.Errorf("padded to %+v instead of %+v", got, pad)
		}
		for _, secret := range []string{"甘肃", "演示县", "演示村", "winter-2023", "T03-1", "2023", "困境儿童关爱服务活动", s.key(), s.Village.String(), string(s.Village)} {
			if bytes.Contains(files[i], []byte(secret)) {
				t.Errorf("packet %d tells %q outside", i, secret)
			}
		}
		if title := regexp.MustCompile(`<title>(.*)</title>`).FindSubmatch(files[i]); string(title[1]) != "P-007" {
			t.Errorf("title %q", title[1])
		}
	}
	if len(files[0]) != len(files[1]) {
		t.Errorf("files of %d and %d bytes", len(files[0]), len(files[1]))
	}
	if _, err := WriteHTML(stream(1), a, secrets(t, a), Lengths{10, 10, 10}); err == nil {
		t.Error("a text longer than its padding")
	}
}

func TestSameRandomnessSameBytes(t *testing.T) {
	p := leg()
	p.Visits = p.Visits[5:]
	a, _ := write(t, p)
	b, _ := write(t, p)
	if !bytes.Equal(a, b) {
		t.Error("two files from one source differ")
	}
}

// The page keeps the policy it states: nothing inline but what is hashed, nothing from elsewhere.
func TestPagePolicy(t *testing.T) {
	html, _ := write(t, leg())
	policy := regexp.MustCompile(`content="(default-src 'none'; script-src '(sha256-[^']+)'; style-src '(sha256-[^']+)'; img-src blob: data:; base-uri 'none'; form-action 'none')"`).FindSubmatch(html)
	if policy == nil {
		t.Fatal("the policy is not the agreed one")
	}
	for i, tag := range []string{"script", "style"} {
		body := regexp.MustCompile(`(?s)<`+tag+`>(.*?)</`+tag+`>`).FindAllSubmatch(html, -1)
		if len(body) != 1 || hash(string(body[0][1])) != "'"+string(policy[2+i])+"'" {
			t.Errorf("%s: %d of them, or another hash", tag, len(body))
		}
	}
	rest := regexp.MustCompile(`(?s)<(script|style)>.*?</(script|style)>`).ReplaceAll(html, nil)
	for _, bad := range []string{`\sstyle=`, `\son[a-z]+=`, `(src|href)=`, `https?://`} {
		if m := regexp.MustCompile(bad).Find(rest); m != nil {
			t.Errorf("the page holds %q", m)
		}
	}
	for _, bad := range []string{"fetch(", "XMLHttpRequest", "innerHTML", "eval(", "new Function", "Worker(", "WebSocket", "sendBeacon", "http:", "https:"} {
		if strings.Contains(common().script, bad) {
			t.Errorf("the script holds %q", bad)
		}
	}
	if n := strings.Count(common().script, "\n"); n > 1500 {
		t.Errorf("%d lines of script", n)
	}
}

func TestVisitsWithoutHouseholds(t *testing.T) {
	p := leg()
	p.Visits = p.Visits[5:]
	html, s := write(t, p)
	said, _ := opened(t, html, s)
	for _, it := range said[2]["items"].([]any) {
		kinds := it.(map[string]any)["kinds"].([]any)
		if !containsAny(kinds, string(inspect.CO)) {
			t.Errorf("item %v is not asked at the office", it.(map[string]any)["code"])
		}
	}
	if orders := said[2]["orders"].(map[string]any); len(orders) != 0 {
		t.Errorf("orders %v", orders)
	}
}

func containsAny(list []any, want string) bool {
	for _, x := range list {
		if x == want {
			return true
		}
	}
	return false
}

func BenchmarkWriteHTML(b *testing.B) {
	p := leg()
	pad, err := Measure(p)
	if err != nil {
		b.Fatal(err)
	}
	s := secrets(b, p)
	for b.Loop() {
		if _, err := WriteHTML(stream(2), p, s, pad); err != nil {
			b.Fatal(err)
		}
	}
}
