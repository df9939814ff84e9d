package verify

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
	"zhicha/inspect/release"
)

// forgery is a lie that an office holding every key could publish, with the rule by which it is
// found. FORGERIES.md lists them all.
type forgery struct {
	name string
	lie  func(*world)
	rule string
}

// forgeries are lies about the draw. Everything else about the folder is made to fit.
var forgeries = []forgery{
	{"a leg moved to another county", func(w *world) { w.moveLeg("11") }, "verify.county-extra"},
	{"a leg left out", func(w *world) { legs := w.legs(); w.setLegs(legs[:len(legs)-1]) }, "verify.leg-count"},
	{"a county visited twice", func(w *world) {
		legs := w.legs()
		l := legs[0]
		l.No = len(legs) + 1
		w.setLegs(append(legs, l))
	}, "verify.leg-twice"},
	{"two teams swapped", func(w *world) {
		legs := w.legs()
		i := slices.IndexFunc(legs, func(l leg) bool { return l.Team != legs[0].Team })
		legs[0].Team, legs[i].Team, legs[0].Home, legs[i].Home = legs[i].Team, legs[0].Team, legs[i].Home, legs[0].Home
		w.setLegs(legs)
	}, "verify.team"},
	{"primary and overlap team swapped", func(w *world) {
		legs := w.legs()
		i := slices.IndexFunc(legs, func(l leg) bool { return l.Twin != 0 })
		j := legs[i].Twin - 1
		legs[j].Team, legs[i].Team, legs[j].Home, legs[i].Home = legs[i].Team, legs[j].Team, legs[i].Home, legs[j].Home
		w.setLegs(legs)
	}, "verify.team"},
	{"a team's home rewritten", func(w *world) { legs := w.legs(); legs[0].Home = "46"; w.setLegs(legs) }, "verify.leg"},
	{"a county's name rewritten", func(w *world) { legs := w.legs(); legs[0].Name = "别处"; w.setLegs(legs) }, "verify.leg"},
	{"another team table", func(w *world) { w.teams[0].Capacity++; w.files["rounds/1/teams.json"] = w.json(w.teams) }, "verify.digest"},
	{"another design", func(w *world) { w.design.Counties++; w.files["rounds/1/design.json"] = w.json(w.design) }, "verify.digest"},
	{"another frame", func(w *world) {
		w.files["rounds/1/counties.csv"] = bytes.Replace(w.files["rounds/1/counties.csv"], []byte(",1000,"), []byte(",9000,"), 1)
	}, "verify.digest"},
	{"another frame frozen", func(w *world) {
		f := w.record.Frame
		f.Frame[0] ^= 1
		w.find(ledger.FrameFrozen).body["frame"] = f
	}, "verify.frame-not-frozen"},
	{"the share of another party", func(w *world) {
		w.reveal(func(r *reveal) { s := r.Shares[inspect.StageCounty]; s["office"] = s["evaluator"] })
	}, "draw.share-wrong"},
	{"a share left out", func(w *world) {
		w.reveal(func(r *reveal) { delete(r.Shares[inspect.StageAssign], "office") })
	}, "draw.share-missing"},
	{"a share of a stranger", func(w *world) {
		w.reveal(func(r *reveal) { s := r.Shares[inspect.StageAssign]; s["stranger"] = s["office"] })
	}, "verify.share"},
	{"a share in capitals", func(w *world) {
		w.reveal(func(r *reveal) { s := r.Shares[inspect.StageAssign]; s["office"] = strings.ToUpper(s["office"]) })
	}, "verify.share"},
	{"the shares of a deeper stage", func(w *world) {
		w.reveal(func(r *reveal) { r.Shares[inspect.StageVillage] = r.Shares[inspect.StageCounty] })
	}, "verify.stages"},
	{"another reveal than the log's", func(w *world) {
		w.find(ledger.Revealed).body["shares"] = map[string]string{"office": strings.Repeat("0", 64)}
	}, "verify.log-other"},
	{"another beacon", func(w *world) { w.reveal(func(r *reveal) { r.Beacon = strings.Replace(r.Beacon, "/07", "/08", 1) }) }, "verify.log-other"},
	{"another beacon, also in the log", func(w *world) {
		w.find(ledger.Beacon).body["value"] = "ssq/2026140/01-05-11-18-22-30/08"
		w.reveal(func(r *reveal) { r.Beacon = "ssq/2026140/01-05-11-18-22-30/08" })
	}, "verify.drawn"},
	{"a beacon against the rule", func(w *world) {
		w.find(ledger.Beacon).body["value"] = "heads"
		w.reveal(func(r *reveal) { r.Beacon = "heads" })
	}, "draw.beacon-rule"},
	{"an earlier beacon", func(w *world) {
		w.find(ledger.Beacon).body["value"] = "ssq/2026139/01-05-11-18-22-30/07"
		w.reveal(func(r *reveal) { r.Beacon = "ssq/2026139/01-05-11-18-22-30/07" })
	}, "draw.beacon-issue"},
	{"a beacon before its event", func(w *world) { w.find(ledger.Beacon).at = at(3, 20) }, "verify.beacon-before"},
	{"a commit less than a day before the beacon", func(w *world) { w.find(ledger.DrawCommitted).at = at(2, 22) }, "draw.beacon-early"},
	{"a record changed after it was signed", func(w *world) {
		w.record.LegDays++
		w.files["rounds/1/record.json"] = w.json(w.record)
	}, "verify.digest"},
	{"the same, with the log's digest made to fit", func(w *world) {
		w.record.LegDays++
		w.files["rounds/1/record.json"] = w.json(w.record)
		w.find(ledger.DrawCommitted).body["record"] = w.digest(w.record)
	}, "verify.signature"},
	{"a record that nobody should have signed", func(w *world) { w.record.Custodians = w.record.Custodians[:1]; w.sign() }, "draw.few-bodies"},
	{"a record of another campaign", func(w *world) { w.record.Campaign = "summer"; w.sign() }, "verify.record-other"},
	{"a record that is not canonical", func(w *world) {
		w.files["rounds/1/record.json"] = append(w.files["rounds/1/record.json"], ' ')
	}, "verify.not-canonical"},
	{"a record with a field more", func(w *world) {
		raw := bytes.Replace(w.files["rounds/1/record.json"], []byte(`"wave":1,`), []byte(`"wave":1,"waves":2,`), 1)
		w.files["rounds/1/record.json"] = raw
		w.find(ledger.DrawCommitted).body["record"] = inspect.DigestOf(raw)
	}, "verify.not-canonical"},
	{"another deadline in the log", func(w *world) { w.find(ledger.DrawCommitted).body["revealBy"] = "2027-02-28" }, "verify.log-other"},
	{"a signature left out", func(w *world) { w.signatures(func(s map[string]string) { delete(s, "office") }) }, "verify.signature-missing"},
	{"a signature of a stranger", func(w *world) { w.signatures(func(s map[string]string) { s["stranger"] = s["office"] }) }, "verify.signature-extra"},
	{"one party signing for another", func(w *world) { w.signatures(func(s map[string]string) { s["office"] = s["evaluator"] }) }, "verify.signature"},
	{"a signature too many on a note", func(w *world) {
		w.signatures(func(s map[string]string) {
			n, err := note.Open([]byte(s["office"]), note.VerifierList(verifier1(w.t, w.parties[2].public)))
			if err != nil {
				w.t.Fatal(err)
			}
			both, err := note.Sign(n, w.parties[1].note(w.t))
			if err != nil {
				w.t.Fatal(err)
			}
			s["office"] = string(both)
		})
	}, "verify.signature"},
	{"one key under two names", func(w *world) {
		w.parties[2] = newSigner(w.t, "office", 21) // the evaluator's seed
		w.record.Parties[2].Key = w.parties[2].public
		w.sign()
	}, "verify.same-key"},
	{"a demonstration only on its pages", func(w *world) { delete(w.find(ledger.FrameFrozen).body, "demo") }, "verify.demo"},
	{"another county stage logged", func(w *world) {
		w.find(ledger.Drawn).body["stages"] = map[string]any{"county": inspect.DigestOf(nil)}
	}, "verify.drawn"},
	{"more legs logged", func(w *world) { w.find(ledger.Drawn).body["legs"] = 99 }, "verify.leg-count"},
	{"two draws", func(w *world) { w.again(ledger.Drawn) }, "verify.entry-twice"},
	{"two commits", func(w *world) { w.again(ledger.DrawCommitted) }, "verify.entry-twice"},
	{"two beacons", func(w *world) { w.again(ledger.Beacon) }, "verify.entry-twice"},
	{"two reveals", func(w *world) { w.again(ledger.Revealed) }, "verify.entry-twice"},
	{"no commit", func(w *world) { w.drop(ledger.DrawCommitted) }, "verify.no-entry"},
	{"no beacon", func(w *world) { w.drop(ledger.Beacon) }, "verify.order"},
	{"no draw", func(w *world) { w.drop(ledger.Drawn) }, "verify.order"},
	{"nothing released, yet approved", func(w *world) { w.drop(ledger.RungReleased) }, "verify.order"},
	{"released before it was drawn", func(w *world) { w.move(ledger.RungReleased, w.staff()+2) }, "verify.order"},
	{"revealed before it was released", func(w *world) { w.move(ledger.RungReleased, w.staff()+8) }, "verify.order"},
	{"a return of a packet that was sealed", func(w *world) { w.find(ledger.ReturnReceived).body["packet"] = 2 }, "verify.return-sealed"},
	{"packets made that are a book in the log", func(w *world) {
		w.entries[w.index(ledger.RungReleased)].body = map[string]any{"wave": 1, "book": "2026-12-06", "rung": "province", "packets": 0}
	}, "verify.packets"},
	{"packets made twice", func(w *world) { w.entries = append(w.entries, w.entries[w.index(ledger.RungReleased)]) }, "verify.packets"},
	{"drawn before the beacon", func(w *world) { w.move(ledger.Beacon, w.staff()+2) }, "verify.order"},
	{"an access record that goes back", func(w *world) {
		w.enter(ledger.AccessBound, at(23, 9), map[string]any{"lines": 7, "root": inspect.DigestOf([]byte("a"))})
		w.enter(ledger.AccessBound, at(23, 9), map[string]any{"lines": 7, "root": inspect.DigestOf([]byte("b"))})
	}, "verify.access-back"},
	{"more visits scored than approved", func(w *world) { w.find(ledger.VisitApproved).body["visits"] = 1 }, "verify.visits"},
	{"no frozen score", func(w *world) { w.drop(ledger.ScoreFrozen) }, "verify.no-entry"},
	{"a text nobody signed", func(w *world) { w.files["notices/2026/2.md"] = []byte("x") }, "verify.document-unsigned"},
	{"a signed text changed", func(w *world) { w.files["notices/2026/1.md"] = []byte(notice + ".") }, "verify.document-unsigned"},
	{"another key in the first entry", func(w *world) {
		w.find(ledger.FrameFrozen).body["log"] = newSigner(w.t, ledger.Origin(campaignID), 8).public
	}, "verify.first-entry"},
	{"a log that begins elsewhere", func(w *world) { w.move(ledger.DrawCommitted, 0); w.entries[0].at = at(1, 8) }, "verify.first-entry"},
	{"a log of another campaign", func(w *world) {
		w.log = newSigner(w.t, ledger.Origin("other"), 9)
		w.find(ledger.FrameFrozen).body["log"] = w.log.public
	}, "verify.key-name"},
	{"a wave without its number", func(w *world) { w.find(ledger.Drawn).body["wave"] = 0 }, "verify.entry"},
	{"a wave that is no number", func(w *world) { w.find(ledger.Drawn).body["wave"] = "1" }, "verify.entry"},
	{"a commit without a deadline", func(w *world) { w.find(ledger.DrawCommitted).body["revealBy"] = "" }, "verify.entry"},
	{"a stage left out of what was drawn", func(w *world) { delete(w.find(ledger.Drawn).body["stages"].(map[string]any), "village") }, "verify.entry"},
	{"a member that no draw has", func(w *world) { w.find(ledger.Drawn).body["reserve"] = "110101000000" }, "verify.entry"},
	{"a rung told by nobody", func(w *world) { delete(w.find(ledger.RungReleased).body, "by") }, "verify.entry"},
	{"a rung told and a book opened at once", func(w *world) { w.find(ledger.RungReleased).body["book"] = "2026-12-06" }, "verify.entry"},
	{"a text published without its signatures", func(w *world) { w.find(ledger.Published).body["signatures"] = nil }, "verify.entry"},
	{"the shares of a deeper stage in the log", func(w *world) { w.find(ledger.Revealed).body["stage"] = "village" }, "verify.entry"},
	{"files of a wave the log does not know", func(w *world) {
		for name, data := range w.files {
			if rest, ok := strings.CutPrefix(name, "rounds/1/"); ok {
				w.files["rounds/2/"+rest] = data
			}
		}
	}, "verify.no-entry"},
}

func (w *world) moveLeg(region string) {
	legs := w.legs()
	visited := map[string]bool{}
	for _, l := range legs {
		visited[l.County] = true
	}
	for _, u := range w.frame.Counties {
		if u.Stratum(w.design.Stratum) != region || visited[u.ID] {
			continue
		}
		i := slices.IndexFunc(legs, func(l leg) bool { return l.Region == region })
		for j := range legs {
			if old := legs[i].County; j != i && legs[j].County == old {
				legs[j].County, legs[j].Name = u.ID, u.Name
			}
		}
		legs[i].County, legs[i].Name = u.ID, u.Name
		w.setLegs(legs)
		return
	}
	w.t.Fatal("no county is left over")
}

func (w *world) reveal(change func(*reveal)) {
	var r reveal
	if err := json.Unmarshal(w.files["rounds/1/reveal.json"], &r); err != nil {
		w.t.Fatal(err)
	}
	change(&r)
	w.files["rounds/1/reveal.json"] = w.json(r)
}

// signatures changes signatures.json and makes the log fit.
func (w *world) signatures(change func(map[string]string)) {
	s := map[string]string{}
	if err := json.Unmarshal(w.files["rounds/1/signatures.json"], &s); err != nil {
		w.t.Fatal(err)
	}
	change(s)
	digests := map[string]any{}
	for id, text := range s {
		digests[id] = inspect.DigestOf([]byte(text))
	}
	w.files["rounds/1/signatures.json"], w.find(ledger.DrawCommitted).body["signatures"] = w.json(s), digests
}

func (w *world) index(kind ledger.Kind) int {
	return slices.IndexFunc(w.entries, func(e happened) bool { return e.kind == kind })
}

// again enters an entry twice in a row.
func (w *world) again(kind ledger.Kind) {
	i := w.index(kind)
	w.entries = slices.Insert(w.entries, i, w.entries[i])
}

func (w *world) drop(kind ledger.Kind) {
	w.entries = slices.DeleteFunc(w.entries, func(e happened) bool { return e.kind == kind })
}

// move puts an entry elsewhere and gives it the time of its new neighbour.
func (w *world) move(kind ledger.Kind, to int) {
	i := w.index(kind)
	e := w.entries[i]
	w.entries = slices.Insert(slices.Delete(w.entries, i, i+1), to, e)
	w.entries[to].at = w.entries[max(to-1, 0)].at
}

func verifier1(t testing.TB, key string) note.Verifier {
	t.Helper()
	v, err := ledger.NewVerifier(key)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// tried are all of a table's forgeries, and in short mode, which the race detector runs in, every third.
func tried(all []forgery) (out []forgery) {
	for i, f := range all {
		if !testing.Short() || i%3 == 0 {
			out = append(out, f)
		}
	}
	return out
}

func TestForgeries(t *testing.T) {
	t.Parallel()
	for _, f := range tried(forgeries) {
		w := newWorld(t, tiny)
		w.trusted = true
		f.lie(w)
		r := judge(t, w.publish(), Options{})
		if r.Verified || !slices.Contains(rules(r), f.rule) {
			t.Errorf("%s: want %s, found %v", f.name, f.rule, rules(r))
		}
		for _, p := range r.Problems() {
			if p.Class != inspect.Unverified || p.File == "" {
				t.Errorf("%s: %v has class %d and file %q", f.name, p, p.Class, p.File)
			}
		}
	}
}

// The manifest is judged by the last entry that publishes one.
func TestSecondPublication(t *testing.T) {
	w := newWorld(t, tiny)
	files := w.build()
	raw := w.manifest(files)
	published := func(d inspect.Digest) happened {
		return happened{ledger.Published, at(23, 10), map[string]any{"wave": 1, "manifest": d}}
	}
	forged := w.folder(files, raw, slices.Concat(w.entries, []happened{published(inspect.DigestOf(raw)), published(inspect.DigestOf([]byte("another")))}))
	if r := judge(t, forged, Options{}); r.Verified || !slices.Contains(rules(r), "verify.manifest-other") {
		t.Errorf("%v", rules(r))
	}
	rebuilt := w.folder(files, raw, slices.Concat(w.entries, []happened{published(inspect.DigestOf([]byte("former"))), published(inspect.DigestOf(raw))}))
	if r := judge(t, rebuilt, Options{}); !r.Verified {
		t.Errorf("%v", r.Problems())
	}
	none := w.folder(files, raw, w.entries)
	if r := judge(t, none, Options{}); r.Verified || !slices.Contains(rules(r), "verify.not-published") {
		t.Errorf("%v", rules(r))
	}
	// the same files under a log that somebody else signed
	w.log = newSigner(t, ledger.Origin(campaignID), 66)
	if r := judge(t, w.folder(files, raw, w.entries), Options{}); r.Verified || !slices.Contains(rules(r), "ledger.signature-missing") && !slices.Contains(rules(r), "ledger.signature-unknown") {
		t.Errorf("%v", rules(r))
	}
}

// A manifest that says the same in other bytes, names files it must not, or has no time.
func TestManifestForm(t *testing.T) {
	w := newWorld(t, tiny)
	files := w.build()
	raw := w.manifest(files)
	for what, other := range map[string][]byte{
		"two spaces":  bytes.Replace(raw, []byte("\n \"asOf\""), []byte("\n  \"asOf\""), 1),
		"no newline":  bytes.TrimSuffix(raw, []byte("\n")),
		"a field":     bytes.Replace(raw, []byte("{\n"), []byte("{\n \"x\": 1,\n"), 1),
		"a zone":      bytes.Replace(raw, []byte("T08:00:00+08:00"), []byte("T00:00:00Z"), 1),
		"a name":      bytes.Replace(raw, []byte(`"regions/11.html"`), []byte(`"../x.html"`), 1),
		"in the log":  bytes.Replace(raw, []byte(`"regions/11.html"`), []byte(`"log/0.html"`), 1),
		"upper hexes": bytes.ToUpper(raw),
	} {
		folder := w.folder(files, other, append(slices.Clone(w.entries), happened{ledger.Published, at(23, 10), map[string]any{"wave": 1, "manifest": inspect.DigestOf(other)}}))
		r := judge(t, folder, Options{})
		if r.Verified || len(rules(r)) == 0 {
			t.Errorf("%s: verified", what)
		}
	}
}

// second adds a wave 2 that is committed and, from a stage on, nothing more.
func (w *world) second(revealBy string, upTo ledger.Kind) {
	w.public.Waves = append(w.public.Waves, release.Wave{No: 2, Commit: inspect.DigestOf([]byte("2")), Committed: at(24, 8), RevealBy: inspect.Date(revealBy)})
	d := inspect.DigestOf([]byte("2"))
	stages := map[string]any{"county": d, "township": d, "village": d, "institution": d, "household": d}
	for _, e := range []happened{
		{ledger.DrawCommitted, at(24, 8), map[string]any{"wave": 2, "record": d, "signatures": map[string]any{"office": d}, "revealBy": revealBy}},
		{ledger.Beacon, at(26, 8), map[string]any{"wave": 2, "value": "x"}},
		{ledger.Drawn, at(26, 9), map[string]any{"wave": 2, "plan": d, "legs": 1, "overlap": 0, "stages": stages}},
	} {
		w.entries = append(w.entries, e)
		if e.kind == upTo {
			return
		}
	}
}

// early shows a wave that was not revealed yet.
func (w *world) early(tell func(*release.Wave)) {
	w.second("2027-01-31", ledger.DrawCommitted)
	w.entries[len(w.entries)-1].at = at(23, 9)
	w.public.Waves[1].Committed = at(23, 9)
	tell(&w.public.Waves[1])
}

// A wave without a reveal is named; it is a failure once its day has passed.
func TestWaveWithoutReveal(t *testing.T) {
	for _, c := range []struct {
		revealBy string
		upTo     ledger.Kind
		ok       bool
	}{
		{"2027-01-31", ledger.DrawCommitted, true}, {"2027-01-31", ledger.Drawn, true}, {"2026-12-26", ledger.Drawn, true},
		{"2026-12-25", ledger.Drawn, false},
	} {
		w := newWorld(t, tiny)
		w.second(c.revealBy, c.upTo)
		r := judge(t, w.publishAt(at(26, 10)), Options{})
		if r.Verified != c.ok || !slices.Contains(caveats(r), "unrevealed") || !c.ok && !slices.Contains(rules(r), "verify.reveal-late") {
			t.Errorf("%+v: verified %v, %v, %v", c, r.Verified, rules(r), caveats(r))
		}
	}
	// the shares are there, and the log has no reveal
	w := newWorld(t, tiny)
	w.drop(ledger.Revealed)
	if r := judge(t, w.publish(), Options{}); r.Verified || !slices.Contains(rules(r), "verify.no-entry") {
		t.Errorf("%v", rules(r))
	}
}

// substituted lets the first leg's county give way to the reserve, opened and approved as it should
// be, and returns the numbers of the two entries.
func (w *world) substituted(order int) (approval, change *happened, opening *ledger.Opened) {
	legs := w.legs()
	i := slices.IndexFunc(legs, func(l leg) bool { return l.Twin == 0 && l.Region == "12" })
	old := legs[i].County
	j := slices.IndexFunc(w.reserve, func(r inspect.Reserve) bool { return r.Kind == inspect.CO && r.Within == "12" && r.Order == order })
	reserve, _ := w.frame.County(w.reserve[j].Unit)
	for k := range legs {
		if legs[k].County == old {
			legs[k].County, legs[k].Name = reserve.ID, reserve.Name
		}
	}
	w.setLegs(legs)
	s := ledger.Opened{No: 1, Leg: legs[i].No, Replaced: old, Reserve: reserve.ID, Salt: strings.Repeat("5a", 32)}
	by := []inspect.Digest{inspect.DigestOf([]byte("a")), inspect.DigestOf([]byte("b"))}
	at2 := w.index(ledger.RungReleased) + 1
	w.entries = slices.Insert(w.entries, at2,
		happened{ledger.LegSubstituted, at(6, 8), map[string]any{"wave": 1, "leg": s.Leg, "no": 1, "stage": "county", "reason": "disaster", "approvals": by}},
		happened{ledger.LegSubstituted, at(6, 8), map[string]any{"wave": 1, "leg": s.Leg, "no": 1, "stage": "county", "change": changeDigest(&s)}})
	opened := []ledger.Opened{s}
	w.entries[w.index(ledger.Revealed)].body["substituted"] = opened
	return &w.entries[at2], &w.entries[at2+1], &opened[0]
}

// bentChanges are lies about a county that gave way to its reserve.
var bentChanges = []forgery{
	{"not in the log", func(w *world) {
		w.substituted(1)
		w.drop(ledger.LegSubstituted)
	}, "verify.change-unlogged"},
	{"not opened", func(w *world) {
		w.substituted(1)
		delete(w.entries[w.index(ledger.Revealed)].body, "substituted")
	}, "verify.change-unopened"},
	{"opened otherwise", func(w *world) {
		_, _, s := w.substituted(1)
		s.Replaced = s.Reserve
	}, "verify.change-unopened"},
	{"a salt too short", func(w *world) {
		_, change, s := w.substituted(1)
		s.Salt, change.body["change"] = "5a", inspect.Digest{1}
	}, "verify.change-unopened"},
	{"approved by one", func(w *world) {
		approval, _, _ := w.substituted(1)
		approval.body["approvals"] = approval.body["approvals"].([]inspect.Digest)[:1]
	}, "verify.change-unapproved"},
	{"approved by one, twice", func(w *world) {
		approval, _, _ := w.substituted(1)
		by := approval.body["approvals"].([]inspect.Digest)
		by[1] = by[0]
	}, "verify.change-unapproved"},
	{"approved afterwards", func(w *world) {
		approval, change, _ := w.substituted(1)
		*approval, *change = *change, *approval
	}, "verify.change-unapproved"},
	{"a reserve out of order", func(w *world) { w.substituted(2) }, "verify.reserve"},
	{"another leg", func(w *world) {
		approval, change, s := w.substituted(1)
		s.Leg = s.Leg%len(w.legs()) + 1
		approval.body["leg"], change.body["leg"] = s.Leg, s.Leg
	}, "verify.leg"},
	{"drawn counties reported all the same", func(w *world) {
		legs := w.legs()
		w.substituted(1)
		w.setLegs(legs)
	}, "verify.county-extra"},
}

// waited drew from the next issue.
var waited = scale{regions: 3, counties: 3, drawn: 2, overlap: 20, postponed: true}

var bentPostponements = []forgery{
	{"the next issue, and nobody postponed", func(w *world) {
		w.entries = slices.DeleteFunc(w.entries, func(e happened) bool { return e.kind == ledger.BeaconPostponed })
	}, "draw.beacon-issue"},
	{"postponed by one twice", func(w *world) {
		e := w.find(ledger.BeaconPostponed)
		by := e.body["by"].([]inspect.Digest)
		e.body["by"] = []inspect.Digest{by[0], by[0]}
	}, "verify.entry"},
	{"postponed with somebody who is not appointed", func(w *world) {
		e := w.find(ledger.BeaconPostponed)
		e.body["by"] = []inspect.Digest{e.body["by"].([]inspect.Digest)[0], inspect.DigestOf([]byte("stranger"))}
	}, "ledger.person-by"},
	{"postponed by two of the office", func(w *world) {
		w.find(ledger.PersonAppointed).body["roles"] = []string{"drawer"}
		w.entries[w.staff()-2].body["roles"] = []string{"reviewer"}
	}, "ledger.person-office"},
	{"postponed by two who never signed", func(w *world) { w.unsigned(*w.find(ledger.BeaconPostponed)) }, "ledger.person-unsigned"},
	{"postponed with the signatures for another time", func(w *world) {
		i := w.index(ledger.BeaconPostponed)
		e := &w.entries[i]
		e.body["signatures"] = w.signed(w.before(i), *e)["signatures"]
		e.body["at"] = "2026-12-04T06:00:00+08:00"
	}, "ledger.person-unsigned"},
	{"postponed by one for both", func(w *world) {
		i := w.index(ledger.BeaconPostponed)
		e := &w.entries[i]
		s := w.signed(w.before(i), *e)["signatures"].([]string)
		e.body["signatures"] = []string{s[0], s[0]}
	}, "ledger.person-unsigned"},
	{"postponed for a reason of their own", func(w *world) { w.find(ledger.BeaconPostponed).body["reason"] = "inconvenient" }, "verify.entry"},
	{"postponed before the event was to be", func(w *world) { w.find(ledger.BeaconPostponed).at = at(3, 20) }, "verify.postponed"},
	{"postponed once the next issue may be known", func(w *world) {
		w.find(ledger.BeaconPostponed).body["at"] = "2026-12-03T22:00:00+08:00"
	}, "verify.postponed"},
	{"postponed into the window", func(w *world) {
		w.find(ledger.BeaconPostponed).body["at"] = "2026-12-05T00:00:00+08:00"
	}, "verify.postponed"},
	{"postponed by two issues", func(w *world) { w.find(ledger.BeaconPostponed).body["issue"] = "2026142" }, "verify.postponed"},
	{"postponed twice", func(w *world) { w.again(ledger.BeaconPostponed) }, "verify.entry-twice"},
	{"typed before the next issue was to be", func(w *world) { w.find(ledger.Beacon).at = at(4, 6) }, "verify.beacon-before"},
	{"postponed after the beacon was typed", func(w *world) {
		e := *w.find(ledger.BeaconPostponed)
		w.entries = slices.DeleteFunc(w.entries, func(e happened) bool { return e.kind == ledger.BeaconPostponed })
		i := slices.IndexFunc(w.entries, func(e happened) bool { return e.kind == ledger.Beacon })
		e.at = w.entries[i].at
		w.entries = slices.Insert(w.entries, i+1, e)
	}, "verify.order"},
}

// A beacon of the next issue counts where two people said before it that the committed one gave no result,
// and the verdict says that they did.
func TestPostponement(t *testing.T) {
	t.Parallel()
	if r := judge(t, newWorld(t, waited).publish(), Options{}); !r.Verified || !slices.Contains(caveats(r), "postponed") {
		t.Errorf("%v %v", rules(r), caveats(r))
	}
	for _, c := range tried(bentPostponements) {
		w := newWorld(t, waited)
		c.lie(w)
		if r := judge(t, w.publish(), Options{}); r.Verified || !slices.Contains(rules(r), c.rule) {
			t.Errorf("%s: want %s, found %v", c.name, c.rule, rules(r))
		}
	}
}

// larger has reserves for every county.
var larger = scale{regions: 3, counties: 5, drawn: 2, overlap: 50}

// A county that gave way to its reserve verifies only where the log says so: approved by two before
// it was made, opened with the reveal, the next reserve in order, on that leg.
func TestSubstitution(t *testing.T) {
	w := newWorld(t, larger)
	w.substituted(1)
	if r := judge(t, w.publish(), Options{}); !r.Verified {
		t.Errorf("a logged substitution: %v", r.Problems())
	}
	for _, c := range tried(bentChanges) {
		w := newWorld(t, larger)
		c.lie(w)
		if r := judge(t, w.publish(), Options{}); r.Verified || !slices.Contains(rules(r), c.rule) {
			t.Errorf("%s: want %s, found %v", c.name, c.rule, rules(r))
		}
	}
}

// hideFrame plays the campaign again with a frame that is not public.
func (w *world) hideFrame() {
	salt := bytes.Repeat([]byte{7}, 32)
	hide := func(d inspect.Digest) inspect.Digest { return inspect.DigestOf(append(bytes.Clone(salt), d[:]...)) }
	f := &w.record.Frame
	f.Frame, f.Counties, f.Townships, f.Units = hide(f.Frame), hide(f.Counties), hide(f.Townships), hide(f.Units)
	w.find(ledger.FrameFrozen).body["frame"] = *f
	w.sign()
	w.entries = w.entries[:w.index(ledger.DrawCommitted)+1] // D is another, and with it the draw
	w.draw()
	w.finish()
	w.reveal(func(r *reveal) { r.Salt = hex.EncodeToString(salt) })
}

// A frame that is not public is committed under a salt, which the reveal opens.
func TestPrivateFrame(t *testing.T) {
	w := newWorld(t, tiny)
	w.hideFrame()
	if r := judge(t, w.publish(), Options{}); !r.Verified || !slices.Contains(caveats(r), "private-frame") {
		t.Errorf("%v %v", r.Problems(), caveats(r))
	}
	for wrong, rule := range map[string]string{"": "verify.digest", "07": "verify.salt", strings.Repeat("08", 32): "verify.digest"} {
		w.reveal(func(r *reveal) { r.Salt = wrong })
		if r := judge(t, w.publish(), Options{}); r.Verified || !slices.Contains(rules(r), rule) {
			t.Errorf("salt %q: %v", wrong, rules(r))
		}
	}
}

// Reading what strangers wrote never panics, whatever stands in a file of the proof.
func FuzzProof(f *testing.F) {
	names := []string{"record.json", "signatures.json", "reveal.json", "design.json", "teams.json", "counties.csv", "legs.json"}
	sound := newWorld(f, tiny)
	for i, name := range names {
		f.Add(i, sound.files["rounds/1/"+name])
		f.Add(i, []byte("null"))
	}
	f.Fuzz(func(t *testing.T, i int, data []byte) {
		name := "rounds/1/" + names[(i%len(names)+len(names))%len(names)]
		w := *sound
		w.t, w.files = t, maps.Clone(sound.files)
		w.files[name] = data
		if r := judge(t, w.publish(), Options{}); r.Verified != bytes.Equal(data, sound.files[name]) {
			t.Fatalf("%s: verified %v", name, r.Verified)
		}
	})
}

// Nor does drawing and assigning again from inputs that hostile parties have duly signed.
func FuzzInputs(f *testing.F) {
	names := []string{"design.json", "teams.json", "counties.csv"}
	sound := newWorld(f, tiny)
	for i, name := range names {
		f.Add(i, sound.files["rounds/1/"+name])
	}
	f.Fuzz(func(t *testing.T, i int, data []byte) {
		i = (i%len(names) + len(names)) % len(names)
		w, record := *sound, *sound.record
		w.t, w.record, w.files, w.entries = t, &record, maps.Clone(sound.files), slices.Clone(sound.entries)
		w.files["rounds/1/"+names[i]] = data
		d := inspect.DigestOf(data)
		*[]*inspect.Digest{&record.Design, &record.Teams, &record.Frame.Counties}[i] = d
		fr := &record.Frame
		fr.Frame = inspect.DigestOf(slices.Concat(fr.Counties[:], fr.Townships[:], fr.Units[:]))
		w.entries[0].body = map[string]any{"frame": *fr, "log": w.log.public, "demo": true}
		w.sign()
		r := judge(t, w.publish(), Options{})
		if r.Verified != bytes.Equal(data, sound.files["rounds/1/"+names[i]]) {
			t.Fatalf("%s: verified %v", names[i], r.Verified)
		}
	})
}

// FuzzManifest holds that no two texts are read as the same manifest.
func FuzzManifest(f *testing.F) {
	f.Add(newWorld(f, tiny).manifest(nil))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, ok := parseManifest(raw)
		if !ok {
			return
		}
		again, err := json.MarshalIndent(m, "", " ")
		if err != nil || string(again)+"\n" != string(raw) {
			t.Fatalf("%q", raw)
		}
	})
}
