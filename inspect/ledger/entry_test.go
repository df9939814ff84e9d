package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhicha/inspect"
)

const goodEntry = `{"body":{"wave":1},"kind":"beacon","seq":7,"time":"2027-01-01T08:00:00+08:00"}`

func TestEntry(t *testing.T) {
	at := time.Date(2027, 1, 1, 0, 0, 0, 999, time.UTC)
	e, err := NewEntry(Beacon, 7, at, map[string]int{"wave": 1})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := e.Encode()
	if err != nil || string(raw) != goodEntry {
		t.Fatalf("encoded as %s, %v", raw, err)
	}
	back, err := Parse(raw)
	if err != nil || back.Kind != Beacon || back.Seq != 7 || !back.Time.Equal(at.Truncate(time.Second)) || string(back.Body) != `{"wave":1}` {
		t.Errorf("parsed as %+v, %v", back, err)
	}
	if canonical, err := inspect.CanonicalJSON(json.RawMessage(raw)); err != nil || !bytes.Equal(canonical, raw) {
		t.Errorf("%s is not canonical: %s, %v", raw, canonical, err)
	}
}

func TestEntriesThatAreNotEncoded(t *testing.T) {
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, inspect.Beijing)
	for want, e := range map[string]Entry{
		"ledger.entry-kind":      {Kind: "rumour", Seq: 1, Time: at, Body: []byte(`{}`)},
		"ledger.entry-seq":       {Kind: Beacon, Seq: 0, Time: at, Body: []byte(`{}`)},
		"ledger.entry-malformed": {Kind: Beacon, Seq: 1, Time: at, Body: []byte(`{},"kind":"drawn"`)},
		"ledger.entry-long":      {Kind: Beacon, Seq: 1, Time: at, Body: []byte(`{"a":"` + strings.Repeat("a", MaxEntry) + `"}`)},
	} {
		if _, err := e.Encode(); !slices.Equal(rules(err), []string{want}) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
	longest := Entry{Kind: Beacon, Seq: 1, Time: at}
	longest.Body = []byte(`{"a":"` + strings.Repeat("a", MaxEntry-len(goodEntry)+len(`{"wave":1}`)-len(`{"a":""}`)) + `"}`)
	if raw, err := longest.Encode(); err != nil || len(raw) != MaxEntry {
		t.Errorf("an entry of %d bytes: %v", len(raw), err)
	}
}

func TestEntriesThatAreNotCanonical(t *testing.T) {
	deep := strings.Repeat(`{"a":`, maxDepth) + "1" + strings.Repeat("}", maxDepth)
	if _, err := Parse([]byte(strings.Replace(goodEntry, `{"wave":1}`, deep, 1))); err != nil {
		t.Errorf("depth %d: %v", maxDepth, err)
	}
	for old, bad := range map[string][]string{
		`{"wave":1}`: {`{ "wave":1}`, `{"wave": 1}`, `{"wave":1,}`, `{"wave":1.0}`, `{"wave":1e3}`, `{"wave":01}`, `{"wave":-0}`,
			`{"wave":9007199254740992}`, `{"wave":-9007199254740992}`, `{"wave":92233720368547758080}`, `{"b":1,"a":1}`, `{"a":1,"a":1}`,
			`{"wavé":1}`, `{"a\n":1}`, `{"a":"\u0041"}`, `{"a":"\u000a"}`, `{"a":"\u001F"}`, `{"a":"\/"}`, `{"a":"` + "\x1f" + `"}`,
			`{"a":"` + "\xff" + `"}`, `{"a":"\ud800"}`, `{"a":[1,]}`, `{"a":[1 ]}`, `{"a":tru}`, `{"a":}`, `{"a"}`, `{"a":1`, `[]`, `null`, ``,
			`{"a":` + deep + `}`},
		`"kind"`:                    {`"Kind"`, ` "kind"`},
		`7`:                         {`"7"`, `7.0`, `07`, `-`, ``},
		`2027-01-01T08:00:00+08:00`: {`2027-01-01T00:00:00Z`, `2027-01-01T01:00:00+01:00`, `2027-01-01T08:00:00.5+08:00`, `2027-02-29T08:00:00+08:00`, `2027-01-01 08:00:00+08:00`, `2027-01-01T24:00:00+08:00`},
		`}`:                         {},
		`{"body"`:                   {`{"a":1,"body"`},
		`+08:00"}`:                  {`+08:00"} `, `+08:00"}{}`, `+08:00"`, `+08:00","z":1}`},
	} {
		for _, b := range bad {
			raw := strings.Replace(goodEntry, old, b, 1)
			if _, err := Parse([]byte(raw)); !slices.Equal(rules(err), []string{"ledger.entry-malformed"}) {
				t.Errorf("%s: %v", raw, err)
			}
		}
	}
}

// genJSON draws a tree that has a canonical form.
func genJSON(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		kinds := 5
		if depth == 0 {
			kinds = 3
		}
		switch rapid.IntRange(0, kinds).Draw(t, "kind") {
		case 0:
			return rapid.String().Draw(t, "text")
		case 1:
			return rapid.Int64Range(-maxInteger, maxInteger).Draw(t, "integer")
		case 2:
			return rapid.Bool().Draw(t, "bool")
		case 3:
			return nil
		case 4:
			return rapid.SliceOfN(genJSON(depth-1), 0, 4).Draw(t, "array")
		}
		return rapid.MapOfN(rapid.StringMatching(`[ !#-\[\]-~]{0,6}`), genJSON(depth-1), 0, 4).Draw(t, "object")
	})
}

func TestScannerAcceptsWhatIsCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw, err := inspect.CanonicalJSON(genJSON(4).Draw(t, "value"))
		if err != nil {
			t.Fatal(err)
		}
		if s := (scanner{b: raw}); !s.value(maxDepth) || s.i != len(raw) {
			t.Fatalf("stopped at byte %d of %q", s.i, raw)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(goodEntry))
	f.Add([]byte(`{"body":{"a":["\u001f\n","监",-1,true,null,{}]},"kind":"x","seq":1,"time":"2027-01-01T08:00:00+08:00"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := Parse(raw)
		if err != nil {
			return
		}
		if canonical, err := inspect.CanonicalJSON(json.RawMessage(raw)); err != nil || !bytes.Equal(canonical, raw) {
			t.Fatalf("accepted %q, whose canonical form is %q, %v", raw, canonical, err)
		}
		if e.Check() != nil {
			return
		}
		if again, err := e.Encode(); err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("accepted %q, encoded it as %q, %v", raw, again, err)
		}
	})
}

func FuzzParseTile(f *testing.F) {
	for _, p := range partials(70000) {
		f.Add(p.name())
	}
	f.Add("tile/2/x001/x234/067")
	f.Fuzz(func(t *testing.T, name string) {
		if p, ok := parseTile(name); ok && (p.name() != name || p.level < bundles || p.n < 0) {
			t.Fatal(fmt.Sprint(name, " is read as ", p))
		}
	})
}
