package verify

import (
	"bytes"
	"maps"
	"slices"
	"testing"
	"testing/fstest"

	"zhicha/inspect"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
	"zhicha/inspect/ledger"
	"zhicha/inspect/release"
)

const checkpointName = logDir + "/checkpoint"

// An edition is compared with the one somebody kept: it must extend it, under the same key.
func TestSince(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	first := w.publish()
	kept := first[checkpointName].Data
	files := w.build()
	raw := w.manifest(files)
	published := func(d inspect.Digest) happened {
		return happened{ledger.Published, at(23, 10), map[string]any{"wave": 1, "manifest": d}}
	}
	second := w.folder(files, raw, append(slices.Clone(w.entries), published(inspect.DigestOf(raw)), published(inspect.DigestOf([]byte("x"))), published(inspect.DigestOf(raw))))
	forked := newWorld(t, tiny)
	forked.find(ledger.VisitApproved).body["visits"] = 99
	forked.enter(ledger.Published, at(23, 9), map[string]any{"wave": 1, "manifest": inspect.DigestOf([]byte("former"))})
	other := newWorld(t, tiny)
	other.log = newSigner(t, ledger.Origin(campaignID), 77)
	for _, c := range []struct {
		name   string
		folder fstest.MapFS
		since  []byte
		rule   string
	}{
		{"an older edition shown again", first, second[checkpointName].Data, "verify.since-older"},
		{"a log rewritten", forked.publish(), kept, "verify.since-fork"},
		{"a log of the same length", forkedSame(t), kept, "verify.since-fork"},
		{"another log's checkpoint", first, other.publish()[checkpointName].Data, "verify.since-other"},
		{"no checkpoint", first, []byte("x"), "verify.since-other"},
	} {
		if r := judge(t, c.folder, Options{Since: c.since}); r.Verified || !slices.Equal(rules(r), []string{c.rule}) {
			t.Errorf("%s: want %s, found %v", c.name, c.rule, rules(r))
		}
	}
	for _, folder := range []fstest.MapFS{first, second} {
		if r := judge(t, folder, Options{Since: kept}); !r.Verified || slices.Contains(caveats(r), "since") {
			t.Errorf("%v %v", rules(r), caveats(r))
		}
	}
}

func forkedSame(t *testing.T) fstest.MapFS {
	w := newWorld(t, tiny)
	w.find(ledger.VisitApproved).body["visits"] = 99
	return w.publish()
}

// Whom the reader trusts must have cosigned this very head, and nobody stands in for another.
func TestWitnesses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny)
	one, two := newSigner(t, "one", 40), newSigner(t, "two", 41)
	w.witness = &one
	folder := w.publish()
	signed := folder[checkpointName].Data
	lines := bytes.SplitAfter(signed, []byte("\n"))
	alone := bytes.Join(lines[:len(lines)-2], nil)
	older := newWorld(t, tiny)
	older.witness = &one
	older.find(ledger.VisitApproved).body["visits"] = 99
	stale := bytes.SplitAfter(older.publish()[checkpointName].Data, []byte("\n"))
	for _, c := range []struct {
		name   string
		text   []byte
		keys   []string
		quorum int
		rule   string
	}{
		{"one of one", signed, []string{one.public}, 0, ""},
		{"one of two", signed, []string{one.public, two.public}, 1, ""},
		{"two of two", signed, []string{one.public, two.public}, 0, "verify.witnesses"},
		{"cosignatures dropped", alone, []string{one.public}, 1, "verify.witnesses"},
		{"one key given twice", alone, []string{one.public, one.public}, 1, "verify.witnesses"},
		{"a cosignature of another head", append(bytes.Clone(alone), stale[len(stale)-2]...), []string{one.public}, 1, "ledger.signature-invalid"},
		{"a line twice", append(bytes.Clone(signed), lines[len(lines)-2]...), []string{one.public}, 1, "ledger.checkpoint-encoding"},
	} {
		r := judge(t, with(folder, checkpointName, c.text), Options{Witnesses: c.keys, Quorum: c.quorum})
		if r.Verified != (c.rule == "") || c.rule != "" && !slices.Equal(rules(r), []string{c.rule}) {
			t.Errorf("%s: want %q, found %v", c.name, c.rule, rules(r))
		}
	}
	for _, o := range []Options{{Quorum: 1}, {Witnesses: []string{one.public, one.public}, Quorum: 2}, {Witnesses: []string{"x"}}} {
		if _, err := Folder(folder, o); inspect.ExitStatus(err) != int(inspect.Usage) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// lost is a text that was signed, and is in no folder.
var lost = inspect.DigestOf([]byte("a notice that embarrasses"))

// signs is the entry of a text that is lost since.
func (w *world) signs(by ...string) happened {
	return happened{ledger.Published, at(23, 9), map[string]any{"document": lost, "by": w.by(by...)}}
}

// withdraws is the entry by which two people take it back.
func (w *world) withdraws(by ...string) happened {
	return happened{ledger.Withdrawn, at(23, 9), map[string]any{"document": lost, "reason": ledger.ReasonError, "by": w.by(by...)}}
}

// takenBack shows that the lost text was withdrawn.
func (w *world) takenBack(adds ...happened) {
	w.entries = append(w.entries, w.signs("review", "sign"))
	w.entries = append(w.entries, adds...)
	w.public.Withdrawn = []release.Withdrawn{{Document: lost, Signed: "2026-12-23", Date: "2026-12-23", Reason: "error"}}
}

// shows publishes the lost text as somebody made it up, and shows that it was withdrawn.
func (w *world) shows(signed happened) {
	w.takenBack(w.withdraws("sign", "review"))
	w.entries[len(w.entries)-2] = signed
}

// bentWithdrawals are lies about two people who signed a text, or took it back.
var bentWithdrawals = []forgery{
	{"left out, its bytes under another name among the pages of another edition", func(w *world) {
		w.entries = append(w.entries, w.signs("review", "sign"))
		w.edition, w.files["old.html"] = "zhicha site 1", []byte("a notice that embarrasses")
	}, "verify.edition-missing"},
	{"published by two who never signed", func(w *world) { w.shows(w.unsigned(w.signs("review", "sign"))) }, "ledger.person-unsigned"},
	{"published by its signer alone", func(w *world) { w.shows(w.signs("sign")) }, "verify.entry"},
	{"published by one for both", func(w *world) {
		w.shows(w.signs("review", "sign"))
		e := &w.entries[len(w.entries)-2]
		s := w.signed(w.before(len(w.entries)-2), *e)["signatures"].([]string)
		e.body["signatures"] = []string{s[1], s[1]}
	}, "ledger.person-unsigned"},
	{"published by a signer and a drawer", func(w *world) { w.shows(w.signs("draw", "sign")) }, "ledger.person-publishes"},
	{"published by two reviewers", func(w *world) {
		w.then(w.as("other", "reviewer", "sign", "draw"))
		w.shows(w.signs("review", "other"))
	}, "ledger.person-publishes"},
	{"published by a stranger", func(w *world) { w.shows(w.signs("review", "stranger")) }, "ledger.person-by"},
	{"another text under the signatures of one", func(w *world) {
		w.shows(w.signs("review", "sign"))
		text := w.entries[w.index(ledger.Published)]
		w.entries[len(w.entries)-2].body["signatures"] = w.signed(w.before(w.index(ledger.Published)), text)["signatures"]
	}, "ledger.person-unsigned"},
	{"withdrawn, and published again by the former signatures", func(w *world) {
		w.takenBack(w.withdraws("sign", "review"))
		i := len(w.entries) - 2
		e := happened{ledger.Published, w.entries[i].at, maps.Clone(w.entries[i].body)}
		e.body["signatures"] = w.signed(w.before(i), w.entries[i])["signatures"]
		w.entries = append(w.entries, e)
	}, "ledger.person-unsigned"},
	{"withdrawn by two who never signed", func(w *world) {
		w.takenBack(w.unsigned(w.withdraws("sign", "review")))
	}, "ledger.person-unsigned"},
	{"withdrawn by one for both", func(w *world) {
		w.takenBack(w.withdraws("sign", "review"))
		e := &w.entries[len(w.entries)-1]
		s := w.signed(w.before(len(w.entries)-1), *e)["signatures"].([]string)
		e.body["signatures"] = []string{s[0], s[0]}
	}, "ledger.person-unsigned"},
	{"withdrawn by strangers", func(w *world) { w.takenBack(w.withdraws("sign", "stranger")) }, "ledger.person-by"},
	{"withdrawn by who draws", func(w *world) { w.takenBack(w.withdraws("sign", "draw")) }, "ledger.person-withdraws"},
	{"withdrawn for a milder reason than was signed", func(w *world) {
		w.takenBack(w.withdraws("sign", "review"))
		e := &w.entries[len(w.entries)-1]
		e.body["signatures"] = w.signed(w.before(len(w.entries)-1), *e)["signatures"]
		e.body["reason"], w.public.Withdrawn[0].Reason = ledger.ReasonSuperseded, "superseded"
	}, "ledger.person-unsigned"},
	{"published again, and withdrawn by the former signatures", func(w *world) {
		w.takenBack(w.withdraws("sign", "review"))
		e := &w.entries[len(w.entries)-1]
		e.body["signatures"] = w.signed(w.before(len(w.entries)-1), *e)["signatures"]
		w.entries = append(w.entries, w.signs("review", "sign"), *e)
		w.public.Withdrawn = append(w.public.Withdrawn, w.public.Withdrawn...)
	}, "ledger.person-unsigned"},
}

// edition is a folder that holds a text, or not, and what it says became of it.
type edition struct {
	name  string
	adds  []happened
	shown []release.Withdrawn
	rules []string
}

func editions(t *testing.T) []edition {
	people := newWorld(t, tiny) // its names have the same keys in every world
	publish, withdraw := people.signs("review", "sign"), people.withdraws("sign", "review")
	shown := release.Withdrawn{Document: lost, Signed: "2026-12-23", Date: "2026-12-23", Reason: "error"}
	bent := func(f func(*release.Withdrawn)) []release.Withdrawn {
		x := shown
		f(&x)
		return []release.Withdrawn{x}
	}
	return []edition{
		{"dropped", []happened{publish}, nil, []string{"verify.edition-missing"}},
		{"withdrawn", []happened{publish, withdraw}, bent(func(*release.Withdrawn) {}), nil},
		{"withdrawn in silence", []happened{publish, withdraw}, nil, []string{"verify.public-other"}},
		{"a milder reason shown", []happened{publish, withdraw}, bent(func(x *release.Withdrawn) { x.Reason = "superseded" }), []string{"verify.public-other"}},
		{"another date shown", []happened{publish, withdraw}, bent(func(x *release.Withdrawn) { x.Date = "2026-12-24" }), []string{"verify.public-other"}},
		{"another signing shown", []happened{publish, withdraw}, bent(func(x *release.Withdrawn) { x.Signed = "2026-12-22" }), []string{"verify.public-other"}},
		{"a withdrawal shown twice", []happened{publish, withdraw}, []release.Withdrawn{shown, shown}, []string{"verify.public-other"}},
		{"one shown that nobody made", nil, []release.Withdrawn{shown}, []string{"verify.public-other"}},
		{"withdrawn twice", []happened{publish, withdraw, withdraw}, []release.Withdrawn{shown, shown}, nil},
		{"withdrawn and signed again", []happened{publish, withdraw, publish}, []release.Withdrawn{shown}, []string{"verify.edition-missing"}},
		{"withdrawn and never published", []happened{withdraw}, nil, []string{"verify.entry"}},
		{"withdrawn by one", []happened{publish, people.withdraws("sign", "sign")}, []release.Withdrawn{shown}, []string{"ledger.person-alone", "verify.entry"}},
	}
}

func (x *edition) world(t *testing.T) *world {
	w := newWorld(t, tiny)
	w.entries = append(w.entries, x.adds...)
	w.public.Withdrawn = x.shown
	return w
}

// What was signed once is still there, or two people withdrew it after it was signed.
func TestEditions(t *testing.T) {
	t.Parallel()
	for _, x := range editions(t) {
		if got := rules(judge(t, x.world(t).publish(), Options{})); !slices.Equal(got, x.rules) {
			t.Errorf("%s: want %q, found %v", x.name, x.rules, got)
		}
	}
	for _, c := range bentWithdrawals {
		w := newWorld(t, tiny)
		c.lie(w)
		if r := judge(t, w.publish(), Options{}); r.Verified || !slices.Contains(rules(r), c.rule) {
			t.Errorf("%s: want %s, found %v", c.name, c.rule, rules(r))
		}
	}
}

// The table of counties is the official one, row by row; a province's is told to be no more.
func TestOfficialFrame(t *testing.T) {
	t.Parallel()
	official, err := frame.OfficialCounties()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		lie  func([]inspect.Unit) []inspect.Unit
		rule string
	}{
		{"as it is", func(u []inspect.Unit) []inspect.Unit { return u }, ""},
		{"a size raised", func(u []inspect.Unit) []inspect.Unit { u[7].Size++; return u }, "verify.frame-size"},
		{"a county renamed", func(u []inspect.Unit) []inspect.Unit { u[7].Name = "别处"; return u }, "verify.frame-row"},
		{"a county left out", func(u []inspect.Unit) []inspect.Unit { return slices.Delete(u, 7, 8) }, "verify.frame-missing"},
		{"a county invented", func(u []inspect.Unit) []inspect.Unit {
			x := u[7]
			x.ID = "110199000000"
			return append(u, x)
		}, "verify.frame-extra"},
		{"a third left out", func(u []inspect.Unit) []inspect.Unit { return u[:2*len(u)/3] }, "verify.frame-missing"},
	} {
		v := &verifier{}
		r := &round{verifier: v, no: 1, dir: "rounds/1/", record: &draw.Record{}, counties: c.lie(slices.Clone(official))}
		var got Check
		r.checkFrame(&got)
		found := map[string]bool{}
		for _, p := range got.Problems {
			if p.Rule != "verify.frame-more" {
				found[p.Rule] = true
			}
		}
		if c.rule == "" && len(found) > 0 || c.rule != "" && (len(found) != 1 || !found[c.rule]) {
			t.Errorf("%s: want %q, found %v", c.name, c.rule, got.Problems)
		}
	}
	v := &verifier{}
	r := &round{verifier: v, no: 1, counties: official[:20]}
	var got Check
	if r.checkFrame(&got); len(got.Problems) > 0 || len(v.frames) != 1 || v.frames[0].Args["Known"] != 20 {
		t.Errorf("%v %v", got.Problems, v.frames)
	}
}
