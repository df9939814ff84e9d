package ledger

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhicha/inspect"
)

// bodyDice draws the parts of bodies.
type bodyDice struct{ *rapid.T }

func (d bodyDice) digest() inspect.Digest {
	return inspect.DigestOf(rapid.SliceOfN(rapid.Byte(), 1, 4).Draw(d.T, "digest of"))
}

func (d bodyDice) from(n int) int { return rapid.IntRange(n, 1<<53-1).Draw(d.T, "number") }

func (d bodyDice) text() string { return rapid.StringN(1, 8, -1).Draw(d.T, "text") }

func (d bodyDice) day() inspect.Date {
	return inspect.Date("2026-12-05").Add(rapid.IntRange(-999, 999).Draw(d.T, "days"))
}

// two are the hashes of two people, who are never one.
func (d bodyDice) two() []inspect.Digest {
	first := d.digest()
	return []inspect.Digest{first, inspect.DigestOf(first[:])}
}

func (d bodyDice) packets() []int {
	return rapid.SliceOfN(rapid.IntRange(1, 999), 1, 4).Draw(d.T, "packets")
}

func (d bodyDice) frame() FrameDigests {
	return FrameDigests{d.digest(), d.digest(), d.digest(), d.digest()}
}

func (d bodyDice) stage() inspect.Stage {
	return rapid.SampledFrom(drawingStages[:4]).Draw(d.T, "stage")
}

// parties are names as keys may have, and no others.
func (d bodyDice) parties() []string {
	id := rapid.StringMatching(`[ -!#-\[\]-~]{1,8}`)
	return rapid.SliceOfNDistinct(id, 1, 4, rapid.ID).Draw(d.T, "parties")
}

func (d bodyDice) ceremony(vkey string) []func() Body {
	return []func() Body{
		func() Body { return CampaignFrame(d.frame(), vkey, true) },
		func() Body { return WaveFrame(d.from(1), d.frame()) },
		func() Body {
			b := Commit{d.from(1), d.digest(), map[string]inspect.Digest{}, d.day()}
			for _, p := range d.parties() {
				b.Signatures[p] = d.digest()
			}
			return b
		},
		func() Body { return BeaconValue{d.from(1), d.text()} },
		func() Body {
			b := Draw{Wave: d.from(1), Plan: d.digest(), Legs: d.from(1), Stages: map[inspect.Stage]inspect.Digest{}}
			b.Overlap = rapid.IntRange(0, b.Legs).Draw(d.T, "overlap")
			for _, s := range drawingStages {
				b.Stages[s] = d.digest()
			}
			return b
		},
		func() Body {
			b := Reveal{Wave: d.from(1), Stage: rapid.SampledFrom(PublicStages).Draw(d.T, "stage"), Shares: map[string]string{}}
			for _, p := range d.parties() {
				b.Shares[p] = d.digest().String()
			}
			if b.Stage == inspect.StageCounty && rapid.Bool().Draw(d.T, "moved") {
				b.Substituted = []Opened{{d.from(1), d.from(1), d.text(), d.text(), d.digest().String()}}
			}
			return b
		},
	}
}

func (d bodyDice) field() []func() Body {
	return []func() Body{
		func() Body { return PacketsMade(d.from(1), d.from(1)) },
		func() Body {
			return BookOpened(d.from(1), inspect.Book{Day: d.day(), Rung: inspect.RungCounty}, d.from(0))
		},
		func() Body {
			return RungTold(d.from(1), rapid.SampledFrom(inspect.Rungs).Draw(d.T, "rung"), d.packets(), d.digest())
		},
		func() Body { return SparesShown(d.from(1), d.packets(), d.digest()) },
		func() Body {
			return SubstitutionApproved(d.from(1), d.from(1), d.from(1), d.stage(), d.text(), d.two())
		},
		func() Body { return SubstitutionMade(d.from(1), d.from(1), d.from(1), d.stage(), d.digest()) },
		func() Body {
			return SubstitutionRelieved(d.from(1), d.from(1), d.from(1), d.stage(), d.text(), d.digest())
		},
		func() Body { return Receipt{d.from(1), d.from(1), d.digest(), d.from(1), d.digest()} },
		func() Body {
			return Postponement{d.from(1), "2026141", time.Unix(int64(d.from(0)%4e9), 0).In(time.FixedZone("", 8*60*60)), NotAnnounced, d.signed(2)}
		},
		func() Body { return Approval{d.from(1), d.from(1), d.digest(), d.digest()} },
		func() Body { return SentBack{d.from(1), d.from(1), d.digest(), d.digest()} },
		func() Body { return Suspension{d.legAct()} },
		func() Body { return Resumption{d.legAct()} },
		func() Body { return Exclusion{d.legAct()} },
		func() Body { return Closing{d.from(1), []int{d.from(1)}, d.digest(), 7, 5, d.digest()} },
		func() Body {
			scored, left, missing := d.from(0)%1e6, d.from(0)%1e6, d.from(0)%1e6
			return Score{d.from(1), d.from(0), d.digest(), d.digest(), d.digest(), d.digest(), d.digest(), scored + left + missing, scored, left, missing, d.from(0), d.from(0)}
		},
		func() Body {
			return Correction{d.from(1), d.from(1), d.digest(), d.digest(), d.digest(), []inspect.Digest{of("a"), of("b")}, d.from(1), d.digest()}
		},
		func() Body {
			return Appointment{d.digest(), keyOf("a"), []string{"auditor", "signer"}, inspect.Digest{}, d.signed(1)}
		},
		func() Body {
			return Appointment{d.digest(), "", []string{"custodian"}, d.digest(), d.signed(2)}
		},
		func() Body { return Judgement{d.from(1), []inspect.Digest{of("a"), of("b")}, d.digest()} },
		func() Body { return AccessHead{d.from(1), d.digest()} },
		func() Body { return Retirement{d.digest(), d.signed(2)} },
		func() Body { return Replacement{of("c"), of("d"), keyOf("d"), d.signed(2)} },
		func() Body { return Replacement{of("c"), of("d"), "", d.signed(2)} },
		func() Body {
			return Withdrawal{d.digest(), rapid.SampledFrom(Reasons).Draw(d.T, "reason"), d.signed(2)}
		},
		func() Body { return TextPublished(d.digest(), d.signed(2)) },
		func() Body { return SitePublished(d.from(1), d.digest()) },
	}
}

// signed is by one or two people.
func (d bodyDice) signed(n int) Signed {
	return Signed{[]inspect.Digest{of("a"), of("b")}[:n], []string{signatureOf("a", fmt.Sprintln(d.from(0))), signatureOf("b", "b\n")}[:n]}
}

func (d bodyDice) legAct() LegAct { return LegAct{d.from(1), d.from(1), d.digest(), d.digest()} }

// audit signs any outcome.
func (d bodyDice) audit(skey string) Body {
	s := statement()
	s.Wave, s.Plan, s.Visits, s.Substitutions = d.from(1), d.digest(), d.from(0), d.from(0)
	if rapid.Bool().Draw(d.T, "mismatch") {
		s.Mismatches, s.Outcome = d.from(1), Mismatch
	}
	return *must(SignStatement(s, skey))
}

// Whatever makes sense is read from an entry as it was written into one.
func TestAnyBodyComesBack(t *testing.T) {
	skey, vkey := testKeys(testOrigin)
	rapid.Check(t, func(rt *rapid.T) {
		d := bodyDice{rt}
		kinds := append(append(d.ceremony(vkey), d.field()...), func() Body { return d.audit(skey) })
		b := rapid.SampledFrom(kinds).Draw(rt, "kind")()
		e, err := NewEntry(b.Kind(), 1, cosignTime, b)
		if err := errors.Join(err, b.Check()); err != nil {
			rt.Fatalf("%+v: %v", b, err)
		}
		parsed, err := Parse(must(e.Encode()))
		if err != nil {
			rt.Fatal(err)
		}
		if back, err := ReadBody(parsed.Kind, parsed.Body); err != nil || !reflect.DeepEqual(back, b) {
			rt.Fatalf("%s: read as %+v, %v", parsed.Body, back, err)
		}
	})
}

// Whatever is read of any kind is written again the same.
func FuzzReadBody(f *testing.F) {
	for _, w := range writtenBodies() {
		f.Add(slices.Index(Kinds, w.typed.Kind()), must(inspect.CanonicalJSON(w.bare)))
	}
	f.Fuzz(func(t *testing.T, kind int, raw []byte) {
		b, err := ReadBody(Kinds[(kind%len(Kinds)+len(Kinds))%len(Kinds)], raw)
		if err != nil {
			return
		}
		if again, err := inspect.CanonicalJSON(b); err != nil || string(again) != string(raw) {
			t.Errorf("%q comes back as %q, %v", raw, again, err)
		}
	})
}
