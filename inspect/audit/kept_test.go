package audit

import (
	"crypto/rand"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/config"
	"zhicha/inspect/ledger"
)

func entryOf(t *testing.T, seq int64, b ledger.Body) logged {
	t.Helper()
	if err := b.Check(); err != nil {
		t.Fatal(err)
	}
	raw, err := inspect.CanonicalJSON(b)
	if err != nil {
		t.Fatal(err)
	}
	return logged{Seq: seq, Kind: string(b.Kind()), Body: json.RawMessage(raw)}
}

func (p *played) rules() (out []string) {
	for _, x := range p.differs {
		out = append(out, x.Rule)
	}
	return out
}

// Of a return without proof nothing may become but what two people decided and the log binds.
func TestCompareJudged(t *testing.T) {
	digest := inspect.DigestOf([]byte("return")).String()
	acts := []inspect.Decision{
		{Digest: digest, Decision: "admitted", By: "review-1", Key: "a", Reason: "演示数据：问过", Time: time.Unix(1, 0)},
		{Digest: digest, Decision: "admitted", By: "review-2", Key: "b", Reason: "演示数据：也问过", Time: time.Unix(2, 0)},
	}
	var people []config.Person
	for _, id := range []string{"review-1", "review-2", "review-3"} {
		_, key, err := note.GenerateKey(rand.Reader, id)
		if err != nil {
			t.Fatal(err)
		}
		people = append(people, config.Person{ID: id, Key: key})
	}
	root := inspect.DigestOf([]byte("root"))
	body := ledger.Judgement{Wave: 1, By: []inspect.Digest{inspect.DigestOf([]byte(people[0].Key)), inspect.DigestOf([]byte(people[1].Key))}, Root: root}
	for _, c := range []struct {
		name string
		bend func(u *inspect.Unproven, p *played) []inspect.Unproven
		want []string
	}{
		{"as it was", func(u *inspect.Unproven, p *played) []inspect.Unproven { return []inspect.Unproven{*u} }, nil},
		{"nobody decided", func(u *inspect.Unproven, p *played) []inspect.Unproven {
			p.entries = nil
			return []inspect.Unproven{*u}
		}, []string{"audit.unproven"}},
		{"decided in another wave", func(u *inspect.Unproven, p *played) []inspect.Unproven {
			p.wave = 2
			return []inspect.Unproven{*u}
		}, []string{"audit.unproven"}},
		{"turned round", func(u *inspect.Unproven, p *played) []inspect.Unproven {
			u.Acts[1].Decision = "dismissed"
			return []inspect.Unproven{*u}
		}, []string{"audit.unproven"}},
		{"by somebody else", func(u *inspect.Unproven, p *played) []inspect.Unproven {
			u.Acts[1].By = "review-3"
			return []inspect.Unproven{*u}
		}, []string{"audit.unproven"}},
		{"one alone", func(u *inspect.Unproven, p *played) []inspect.Unproven {
			u.Acts = u.Acts[:1]
			return []inspect.Unproven{*u}
		}, []string{"audit.unproven"}},
		{"made open again", func(u *inspect.Unproven, p *played) []inspect.Unproven {
			u.Decision = ""
			return []inspect.Unproven{*u}
		}, []string{"audit.unproven"}},
		{"taken away", func(u *inspect.Unproven, p *played) []inspect.Unproven { return nil }, []string{"audit.unproven"}},
	} {
		u := &inspect.Unproven{Wave: 1, Digest: digest, Decision: "admitted", Acts: slices.Clone(acts)}
		p := &played{wave: 1, entries: []logged{entryOf(t, 5, body)}, openings: map[inspect.Digest][][]string{root: ledger.DecisionRows(acts)}}
		p.register = (&campaign.Campaign{Config: &config.Config{People: people}}).Register(nil)
		if err := p.compareJudged(c.bend(u, p), func(u *inspect.Unproven) (inspect.Decision, bool, error) { return acts[0], true, nil }); err != nil {
			t.Fatal(err)
		}
		if got := p.rules(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// What no entry tells of yet can neither be taken away nor made up beside the access record.
func TestCompareKept(t *testing.T) {
	coding := inspect.Decision{Visit: "1-001-01", Digest: "d", Decision: "approved", By: "review-1", Note: "signed"}
	act := inspect.Decision{Digest: "e", Decision: "admitted", By: "review-2", Note: "signed too"}
	of := func(text string) string { return inspect.DigestOf([]byte(text)).String() }
	apart, waits := of("apart"), of("waits")
	lines := [][2]string{{inspect.DidDecide, "1/" + of("signed")}, {inspect.DidDecide, "1/" + of("signed too")}, {inspect.KeptApart, "1/" + apart},
		{inspect.KeptWaiting, "1/" + waits}, {inspect.DidDecide, "2/" + of("in another wave")}, {inspect.SawPlaces, "1-001-01"}}
	type world struct {
		lines             [][2]string
		codings           []inspect.Decision
		unproven          []inspect.Unproven
		waiting, returned []string
	}
	gone, extra := []string{"audit.kept-gone"}, []string{"audit.kept-extra"}
	for name, c := range map[string]struct {
		bend func(w *world)
		want []string
	}{
		"as it was":                     {func(w *world) {}, nil},
		"a first decision taken away":   {func(w *world) { w.codings = nil }, gone},
		"decided otherwise":             {func(w *world) { w.codings[0].Note = "signed again" }, []string{"audit.kept-extra", "audit.kept-gone"}},
		"one more decision":             {func(w *world) { w.codings = append(w.codings, inspect.Decision{Visit: "1-001-02", Note: "made up"}) }, extra},
		"a line left out":               {func(w *world) { w.lines = w.lines[1:] }, extra},
		"a line twice":                  {func(w *world) { w.lines = append(w.lines, w.lines[0]) }, extra},
		"a return taken away":           {func(w *world) { w.unproven = nil }, []string{"audit.kept-gone", "audit.kept-gone"}},
		"its first decision taken away": {func(w *world) { w.unproven[0].Acts = nil }, gone},
		"a return made up":              {func(w *world) { w.unproven = append(w.unproven, inspect.Unproven{Digest: of("made up")}) }, extra},
		"one that waited taken away":    {func(w *world) { w.waiting = nil }, []string{"waited"}},
		"one that waited was kept":      {func(w *world) { w.returned, w.waiting = w.waiting, nil }, nil},
		"one that waited proved nothing": {func(w *world) {
			w.waiting, w.unproven = nil, append(w.unproven, inspect.Unproven{Digest: waits})
			w.lines = append(w.lines, [2]string{inspect.KeptApart, "1/" + waits})
		}, nil},
		"one that waits of another wave":  {func(w *world) { w.lines = append(w.lines, [2]string{inspect.KeptWaiting, "2/" + of("other")}) }, nil},
		"one that is said to have waited": {func(w *world) { w.waiting = append(w.waiting, of("made up")) }, extra},
	} {
		w := &world{slices.Clone(lines), []inspect.Decision{coding}, []inspect.Unproven{{Wave: 1, Digest: apart, Acts: []inspect.Decision{act}}}, []string{waits}, nil}
		c.bend(w)
		rows := func(all []string) (out table) {
			out.columns = []string{"wave", "digest"}
			for _, d := range all {
				out.rows = append(out.rows, []string{"1", "'" + d + "'"})
			}
			return out
		}
		access := table{columns: []string{"act", "object"}}
		for _, l := range w.lines {
			access.rows = append(access.rows, []string{"'" + l[0] + "'", "'" + l[1] + "'"})
		}
		p := &played{wave: 1, stands: map[string]table{"access": access, "waiting": rows(w.waiting), "returned": rows(w.returned)}}
		p.compareKept(w.unproven, w.codings)
		got := p.rules()
		if len(p.waited) > 0 {
			got = append(got, "waited")
		}
		if slices.Sort(got); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
