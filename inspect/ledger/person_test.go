package ledger

import (
	"testing"
	"time"

	"zhicha/inspect"
)

// Who may be appointed by whom, and what becomes of them, entry by entry.
func TestPeople(t *testing.T) {
	frozen, later := cosignTime, cosignTime.Add(time.Hour)
	draw, sign, review, fresh := of("draw"), of("sign"), of("review"), of("fresh")
	by := func(p ...inspect.Digest) []inspect.Digest { return p }
	as := func(p inspect.Digest, role string, by ...inspect.Digest) Body {
		return Appointment{p, []string{role}, inspect.Digest{}, by}
	}
	type step struct {
		at   time.Time
		body Body
		rule string
	}
	for name, steps := range map[string][]step{
		"two appoint":                      {{later, as(fresh, "witness", sign, draw), ""}, {later, as(of("next"), "witness", fresh, sign), ""}},
		"roles change":                     {{later, as(review, "signer", sign, draw), ""}, {later, as(fresh, "witness", review, draw), ""}},
		"one alone":                        {{later, as(fresh, "witness", sign), "ledger.person-alone"}},
		"one alone in the moment":          {{frozen, as(fresh, "witness", draw), ""}},
		"themselves alone in the moment":   {{frozen, as(fresh, "witness", fresh), "ledger.person-by"}},
		"two without the office":           {{later, as(fresh, "witness", draw, review), "ledger.person-office"}},
		"two without it, in the moment":    {{frozen, as(fresh, "witness", draw, review), "ledger.person-office"}},
		"an outsider":                      {{later, as(fresh, "witness", sign, of("nobody")), "ledger.person-by"}},
		"themselves":                       {{later, as(fresh, "witness", sign, fresh), "ledger.person-by"}},
		"one who lost the office":          {{later, as(sign, "witness", sign, draw), ""}, {later, as(fresh, "witness", sign, draw), "ledger.person-office"}},
		"one retires":                      {{later, Retirement{review, by(sign, draw)}, ""}, {later, as(fresh, "witness", sign, review), "ledger.person-by"}},
		"a stranger retires":               {{later, Retirement{fresh, by(sign, draw)}, "ledger.person-unknown"}},
		"retired by two without it":        {{later, Retirement{review, by(review, draw)}, "ledger.person-office"}},
		"retired twice":                    {{later, Retirement{review, by(sign, draw)}, ""}, {later, Retirement{review, by(sign, draw)}, "ledger.person-unknown"}},
		"retired and back":                 {{later, Retirement{review, by(sign, draw)}, ""}, {later, as(review, "reviewer", sign, draw), "ledger.person-gone"}},
		"a key replaced":                   {{later, Replacement{sign, fresh, by(sign, draw)}, ""}, {later, as(of("next"), "witness", fresh, draw), ""}},
		"the old key":                      {{later, Replacement{sign, fresh, by(sign, draw)}, ""}, {later, as(of("next"), "witness", sign, draw), "ledger.person-by"}},
		"a stranger's key replaced":        {{later, Replacement{fresh, of("next"), by(sign, draw)}, "ledger.person-unknown"}},
		"replaced by another's key":        {{later, Replacement{review, draw, by(sign, draw)}, "ledger.person-gone"}},
		"replaced by two without the role": {{later, Replacement{review, fresh, by(review, draw)}, "ledger.person-office"}},
		"a later freeze begins nothing":    {{later, CampaignFrame(FrameDigests{}, "x", false), ""}, {later, as(fresh, "witness", draw), "ledger.person-alone"}},
	} {
		p := &People{}
		if p.Begun() {
			t.Fatal("begun before the first entry")
		}
		begin := []step{{frozen, CampaignFrame(FrameDigests{}, "x", false), ""}, {frozen, as(draw, "drawer", draw), ""}, {frozen, as(sign, "signer", draw), ""}, {frozen, as(review, "reviewer", draw), ""}}
		for i, s := range append(begin, steps...) {
			err := p.Take(s.at, s.body)
			if ps := inspect.ProblemsOf(err); (err == nil) != (s.rule == "") || err != nil && (len(ps) != 1 || ps[0].Rule != s.rule) {
				t.Errorf("%s, entry %d: %v, want %q", name, i, err, s.rule)
			}
		}
	}
	p := &People{}
	p.Take(frozen, CampaignFrame(FrameDigests{}, "x", false))
	if err := p.Take(later, as(draw, "drawer", draw)); inspect.ExitStatus(err) != int(inspect.Unverified) {
		t.Errorf("somebody appoints themselves, alone, later: %v", err)
	}
	p.Take(frozen, as(draw, "drawer", draw))
	p.Take(frozen, as(sign, "signer", draw))
	p.Take(later, Replacement{sign, fresh, by(sign, draw)})
	if a, ok := p.Of(fresh); !ok || a.Roles[0] != "signer" || !a.Since.Equal(frozen) || !a.Until.IsZero() {
		t.Errorf("under the new key: %+v", a)
	}
	if a, ok := p.Of(sign); !ok || !a.Until.Equal(later) {
		t.Errorf("under the old key: %+v", a)
	}
}
