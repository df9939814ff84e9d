package intake

import (
	"fmt"
	"testing"
	"time"

	"zhicha/inspect"
)

// secretOf stands for the office's derivation: every packet and every visit has another.
func secretOf(packet int, visit string) string { return derive("c", 1, packet, visit) }

func derive(campaign string, wave, packet int, visit string) string {
	return fmt.Sprintf("%s/%d/%d/%s", campaign, wave, packet, visit)
}

func TestUnproven(t *testing.T) {
	whole := map[string]string{"": secretOf(7, ""), "a": secretOf(7, "a"), "b": secretOf(7, "b")}
	with := func(change func(m map[string]string)) map[string]string {
		m := map[string]string{}
		for k, v := range whole {
			m[k] = v
		}
		change(m)
		return m
	}
	for name, c := range map[string]struct {
		ret    inspect.Return
		secret Secret
		n      int
		known  bool
	}{
		"whole":                     {ret: inspect.Return{Secrets: whole}, known: true},
		"opened under its key":      {ret: inspect.Return{Authentic: true}, known: true},
		"says another campaign":     {ret: inspect.Return{Campaign: "d", Secrets: whole}, n: 2},
		"says another wave":         {ret: inspect.Return{Wave: 2, Secrets: whole}, n: 2},
		"none":                      {n: 2},
		"without the packet's":      {ret: inspect.Return{Secrets: with(func(m map[string]string) { delete(m, "") })}, n: 2},
		"another packet's":          {ret: inspect.Return{Secrets: with(func(m map[string]string) { m[""] = secretOf(8, "") })}, n: 2},
		"a visit's as the packet's": {ret: inspect.Return{Secrets: with(func(m map[string]string) { m[""] = secretOf(7, "a") })}, n: 2},
		"without a visit's":         {ret: inspect.Return{Secrets: with(func(m map[string]string) { delete(m, "b") })}, n: 1, known: true},
		"two visits' swapped":       {ret: inspect.Return{Secrets: with(func(m map[string]string) { m["a"], m["b"] = m["b"], m["a"] })}, n: 2, known: true},
		"another packet's visit":    {ret: inspect.Return{Secrets: with(func(m map[string]string) { m["b"] = secretOf(8, "b") })}, n: 1, known: true},
		"no packet was ever made":   {ret: inspect.Return{Secrets: map[string]string{"": "", "a": "", "b": ""}}, secret: func(string, int, int, string) string { return "" }, n: 2},
	} {
		if c.secret == nil {
			c.secret = derive
		}
		if c.ret.Campaign == "" {
			c.ret.Campaign = "c"
		}
		if c.ret.Wave == 0 {
			c.ret.Wave = 1
		}
		c.ret.Packet, c.ret.Reports = 7, []inspect.Report{{Visit: "a"}, {Visit: "b"}}
		n, known := Unproven(&c.ret, c.secret)
		if n != c.n || known != c.known || known && len(c.ret.Reports) != 2-n {
			t.Errorf("%s: %d unproven, known %v, %d left", name, n, known, len(c.ret.Reports))
		}
	}
	// the packet's own secret proves no visit, whatever a sheet calls itself
	ret := inspect.Return{Campaign: "c", Wave: 1, Packet: 7, Secrets: whole, Reports: []inspect.Report{{Visit: ""}, {Visit: "a"}}}
	all := ret.Reports
	if n, _ := Unproven(&ret, derive); n != 1 || ret.Reports[0].Visit != "a" || all[0].Visit != "" || all[1].Visit != "a" {
		t.Errorf("a visit without an id: %d, %v", n, ret.Reports)
	}
}

// A closed leg takes nothing in, but for what may be needed once the score was frozen.
func TestClosedLeg(t *testing.T) {
	k := known()
	k.Closed = time.Date(2023, 1, 15, 9, 0, 0, 0, inspect.Beijing)
	v := Judge(returned(report(0)), k)
	if len(v.Visits) != 0 || len(v.Problems) != 1 || v.Problems[0].Rule != "intake.leg-closed" || v.Problems[0].Class != inspect.Refused {
		t.Errorf("closed: %v %v", v.Visits, v.Problems)
	}
	k.Frozen = true // a first report, too, changes nothing any more
	v = Judge(returned(report(0)), k)
	if len(v.Problems) != 0 || v.Visits[0].State != Held || ruleOf(v.Visits[0].Problems) != "intake.frozen" {
		t.Errorf("frozen: %v %+v", v.Problems, v.Visits)
	}
}
