package audit

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"zhicha/inspect"
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
	root := inspect.DigestOf([]byte("root"))
	body := ledger.Judgement{Wave: 1, By: []inspect.Digest{inspect.DigestOf([]byte("a")), inspect.DigestOf([]byte("b"))}, Root: root}
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
		p.compareJudged(c.bend(u, p))
		if got := p.rules(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
