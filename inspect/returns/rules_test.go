package returns

import (
	"testing"

	"zhicha/inspect"
)

func TestSettles(t *testing.T) {
	act := func(by, key, decision string) inspect.Decision {
		return inspect.Decision{Digest: "0123456789abcdef", By: by, Key: key, Decision: decision, Reason: "已核实"}
	}
	silent := act("a", "k1", Admitted)
	silent.Reason = ""
	for name, c := range map[string]struct {
		before  []inspect.Decision
		d       inspect.Decision
		settled string
		done    bool
		rule    string
	}{
		"the first":                     {d: act("a", "k1", Admitted)},
		"the second, alike":             {before: []inspect.Decision{act("a", "k1", Dismissed)}, d: act("b", "k2", Dismissed), done: true},
		"the second, otherwise":         {before: []inspect.Decision{act("a", "k1", Admitted)}, d: act("b", "k2", Dismissed)},
		"a third, with one of two":      {before: []inspect.Decision{act("a", "k1", Admitted), act("b", "k2", Dismissed)}, d: act("c", "k3", Admitted), done: true},
		"the same person":               {before: []inspect.Decision{act("a", "k1", Admitted)}, d: act("a", "k2", Admitted), rule: "unproven.twice"},
		"the same key under another id": {before: []inspect.Decision{act("a", "k1", Admitted)}, d: act("b", "k1", Admitted), rule: "unproven.twice"},
		"who changed their mind":        {before: []inspect.Decision{act("a", "k1", Admitted)}, d: act("a", "k1", Dismissed), rule: "unproven.twice"},
		"an inspector of it":            {d: act("insp-1", "k1", Admitted), rule: "unproven.own"},
		"without a reason":              {d: silent, rule: "visit.reason"},
		"neither":                       {d: act("a", "k1", "approved"), rule: "unproven.decision"},
		"settled before":                {settled: Dismissed, d: act("c", "k3", Admitted), rule: "unproven.settled"},
	} {
		done, err := settles(&inspect.Unproven{Digest: c.d.Digest, Decision: c.settled, Acts: c.before}, &c.d, []string{"insp-1"})
		rule := ""
		if ps := inspect.ProblemsOf(err); len(ps) > 0 {
			rule = ps[0].Rule
		}
		if done != c.done || rule != c.rule {
			t.Errorf("%s: %v %s", name, done, rule)
		}
	}
}
