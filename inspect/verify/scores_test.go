package verify

import (
	"slices"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/ledger"
	"zhicha/inspect/release"
	"zhicha/inspect/score"
)

// region is a reporting unit's frozen result, to be bent.
func (w *world) region(code string) *score.PublishedRegion {
	r := w.public.Result()
	return &r.Regions[slices.IndexFunc(r.Regions, func(x score.PublishedRegion) bool { return inspect.Within(x.Code, code) })] // the first there
}

// correct adds a correction that takes a visit out of a region, with everything that belongs to it.
func (w *world) correct() {
	first := w.public.Scores[0]
	next := release.Scores{No: 1, At: at(23, 9), Salt: first.Salt, Result: w.score(func(in *score.Input) { in.Visits = in.Visits[1:] })}
	w.public.Scores = append(w.public.Scores, next)
	w.public.Corrections = []release.Correction{{No: 1, Date: "2026-12-23", Text: "演示数据：一处检查退回。"}}
	release.Show(&w.public, checklist.Default())
	n := next.Result.National
	w.public.Waves[0].Scored, w.public.Waves[0].Approved = n.Visits, n.Visits+n.Left
	w.entries = append(w.entries,
		happened{ledger.Corrected, at(23, 9), map[string]any{"wave": 1, "no": 1, "before": w.digest(first.Result), "after": w.digest(next.Result),
			"text": inspect.DigestOf([]byte("演示数据：一处检查退回。")), "by": []inspect.Digest{inspect.DigestOf([]byte("a")), inspect.DigestOf([]byte("b"))},
			"visits": 1, "root": inspect.DigestOf([]byte("root"))}},
		happened{ledger.ScoreFrozen, at(23, 9), w.frozen(&next)})
}

func TestCorrected(t *testing.T) {
	w := newWorld(t, tiny)
	w.correct()
	if r := judge(t, w.publish(), Options{}); !r.Verified {
		t.Errorf("%v", r.Problems())
	}
}

// bentScores are lies about results that an office which holds every key, the database and the log could
// publish, each with the rule by which it is found. Whatever can be made to fit is: after a lie the log's
// entry says the same, and so do the pages.
var bentScores = []forgery{
	{"a score lifted, the rest left alone", func(w *world) {
		w.region("11").Score += 5
		w.refreeze()
	}, "score.published"},
	{"a score and its interval lifted", func(w *world) {
		r := w.region("11")
		r.Score, r.Low, r.High, r.Sample = r.Score+5, r.Low+5, r.High+5, r.Sample+5
		w.refreeze()
	}, "score.published"},
	{"an interval made narrow", func(w *world) { r := w.region("11"); r.Low, r.High = r.Score-1, r.Score+1; w.refreeze() }, "score.published"},
	{"a better band", func(w *world) { r := w.region("11"); r.Bands, r.Reason = []string{"excellent"}, ""; w.refreeze() }, "score.published"},
	{"a band withheld", func(w *world) { r := w.region("11"); r.Bands, r.Reason = []string{}, score.Wide; w.refreeze() }, "score.published"},
	{"a count of findings made smaller", func(w *world) { w.public.Result().Findings[1].N = 20; w.refreeze() }, "score.published"},
	{"a hidden count with a number", func(w *world) {
		f := &w.region("11").Findings[1]
		f.N, f.Hidden = 3, true
		w.refreeze()
	}, "score.published"},
	{"a count of findings that only its page has", func(w *world) {
		w.public.Findings = slices.Clone(w.public.Findings)
		w.public.Findings[0].N = 90
	}, "verify.shown"},
	{"the nation lifted", func(w *world) { w.public.Result().National.Score += 3; w.refreeze() }, "score.published"},
	{"an item's mean", func(w *world) { w.region("11").Items[0].Mean -= .2; w.refreeze() }, "score.published"},
	{"an item's weight", func(w *world) { w.region("11").Items[0].Weight += 3; w.refreeze() }, "score.published"},
	{"a section's score", func(w *world) { w.region("11").Sections[0].Score += 1; w.refreeze() }, "score.published"},
	{"a county's value", func(w *world) { w.region("11").Z[0] += 2; w.refreeze() }, "score.published"},
	{"a county left out", func(w *world) { r := w.region("11"); r.Z, r.Nation = r.Z[1:], r.Nation[1:]; w.refreeze() }, "verify.result-counties"},
	{"a bonus for one", func(w *world) {
		r := w.region("11")
		r.Bonus, r.Score, r.Low, r.High = 9, min(r.Score+9, 100), min(r.Low+9, 100), min(r.High+9, 100)
		w.refreeze()
	}, "score.published"},
	{"a reporting unit left out", func(w *world) {
		r := w.public.Result()
		r.Regions = r.Regions[1:]
		w.refreeze()
	}, "verify.result-missing"},
	{"a reporting unit that was not drawn", func(w *world) { r := w.region("12"); r.Code = "65"; w.refreeze() }, "verify.result-missing"},
	{"visits that are in no sum", func(w *world) { w.region("11").Missing++; w.refreeze() }, "score.published"},
	{"fewer visits planned", func(w *world) { r := w.region("11"); r.Planned--; r.Missing--; w.refreeze() }, "score.published"},
	{"rules chosen afterwards", func(w *world) { w.public.Result().Rules.MinVisits = 4; w.refreeze() }, "verify.rules"},
	{"another confidence", func(w *world) { w.public.Result().Rules.Confidence = 50; w.refreeze() }, "score.published"},
	{"another smallest count", func(w *world) { w.public.Method.MinCount = 3 }, "verify.rules"},
	{"another checklist", func(w *world) {
		w.public.Checklist = append(w.public.Checklist, '\n')
		w.record.Checklist = inspect.DigestOf([]byte("another"))
		w.sign()
	}, "verify.digest"},
	{"scores that are not those frozen", func(w *world) { w.find(ledger.ScoreFrozen).body["public"] = inspect.DigestOf([]byte("x")) }, "verify.log-other"},
	{"another salt", func(w *world) { w.public.Scores[0].Salt = "00" + w.public.Scores[0].Salt[2:] }, "verify.log-other"},
	{"fewer visits than were frozen", func(w *world) {
		b := w.find(ledger.ScoreFrozen).body
		b["scored"], b["planned"] = b["scored"].(int)-1, b["planned"].(int)-1
	}, "verify.log-other"},
	{"a page that shows another score", func(w *world) { w.public.National.Score++ }, "verify.shown"},
	{"a region's page that shows another band", func(w *world) { w.public.Regions[0].Bands = []string{"excellent"} }, "verify.shown"},
	{"a page rewritten", func(w *world) { w.files["regions/11.html"] = []byte("<p>100.0") }, "verify.page"},
	{"a page added", func(w *world) { w.files["regions/99.html"] = []byte("x") }, "verify.page-extra"},
	{"a table rewritten", func(w *world) { w.files["data/regions.csv"] = []byte("region,score\n") }, "verify.page"},
	{"a workbook rewritten", func(w *world) { w.files["data/tables.xlsx"] = []byte("PK") }, "verify.page"},
	{"the feed rewritten", func(w *world) { w.files["feeds/all.atom"] = []byte("<feed/>") }, ""},
	{"a page that contradicts its signed text", func(w *world) { w.public.Documents[0].Markdown = "演示数据：一切都好。" }, "verify.document-other"},
	{"a signed text with another title", func(w *world) { w.public.Documents[0].Title = "别的" }, "verify.document-other"},
	{"a score frozen twice", func(w *world) { w.again(ledger.ScoreFrozen) }, "verify.scores-count"},
	{"a score frozen twice and shown twice", func(w *world) {
		w.again(ledger.ScoreFrozen)
		w.public.Scores = append(w.public.Scores, w.public.Scores[0])
	}, "verify.corrections"},
	{"a visit sent back after the score", func(w *world) {
		w.entries = append(w.entries, happened{ledger.VisitReturned, at(23, 9), map[string]any{"wave": 1, "visits": 1, "by": inspect.DigestOf([]byte("r")), "root": inspect.DigestOf([]byte("r"))}})
	}, "verify.after-score"},
	{"a leg excluded after the score", func(w *world) {
		w.entries = append(w.entries, happened{ledger.LegExcluded, at(23, 9), map[string]any{"wave": 1, "leg": 1, "by": inspect.DigestOf([]byte("r")), "root": inspect.DigestOf([]byte("r"))}})
	}, "verify.after-score"},
	{"scored while a leg was open", func(w *world) { w.find(ledger.LegClosed).body["legs"] = []int{1} }, "verify.leg-open"},
	{"a leg closed twice", func(w *world) { w.again(ledger.LegClosed) }, "verify.leg-closed-twice"},
	{"the first score of a correction not shown", func(w *world) { w.correct(); w.public.Scores = w.public.Scores[1:] }, "verify.scores-count"},
	{"a correction not shown", func(w *world) { w.correct(); w.public.Corrections = nil }, "verify.corrections"},
	{"a correction for another reason", func(w *world) { w.correct(); w.public.Corrections[0].Text = "别的" }, "verify.log-other"},
	{"a correction that says it changed nothing", func(w *world) { w.correct(); w.public.Corrections[0].Moves = nil }, "verify.shown"},
	{"a correction of another score", func(w *world) {
		w.correct()
		w.find(ledger.Corrected).body["before"] = inspect.DigestOf([]byte("x"))
	}, "verify.correction-order"},
	{"a corrected score without its correction", func(w *world) { w.correct(); w.drop(ledger.Corrected); w.public.Corrections = nil }, "verify.corrections"},
	{"the window of a wave told before its reveal", func(w *world) { w.early(func(x *release.Wave) { x.Window = w.record.Window }) }, "verify.public-other"},
	{"a kind of wave told before its reveal", func(w *world) { w.early(func(x *release.Wave) { x.Kind = "redraw" }) }, "verify.public-other"},
	{"a design told before its reveal", func(w *world) { w.early(func(x *release.Wave) { x.Design = w.design }) }, "verify.public-other"},
	{"visits of a wave that was not revealed", func(w *world) { w.early(func(x *release.Wave) { x.Approved = 3 }) }, "verify.public-other"},
	{"by one person", func(w *world) {
		w.correct()
		w.find(ledger.Corrected).body["by"] = []inspect.Digest{inspect.DigestOf([]byte("a")), inspect.DigestOf([]byte("a"))}
	}, "verify.entry"},
	{"another office", func(w *world) { w.public.Campaign.ID = "other" }, "verify.public-other"},
	{"no demonstration", func(w *world) { w.public.Campaign.Demo = false }, "verify.public-other"},
	{"fewer parties", func(w *world) { w.public.Waves[0].Parties = nil }, "verify.public-other"},
	{"a commit shown as earlier than it was", func(w *world) { w.public.Waves[0].Committed = at(1, 9) }, "verify.public-other"},
	{"a wave shown that nobody committed to", func(w *world) {
		more := w.public.Waves[0]
		more.No, more.Proof, more.Revealed = 2, nil, false
		w.public.Waves = append(w.public.Waves, more)
	}, "verify.public-other"},
	{"another frame shown", func(w *world) { w.public.Frame.Digest = inspect.DigestOf([]byte("x")) }, "verify.public-other"},
	{"more visits approved", func(w *world) { w.public.Waves[0].Approved++ }, "verify.public-other"},
}

func TestBentScores(t *testing.T) {
	t.Parallel()
	for _, f := range tried(bentScores) {
		w := newWorld(t, tiny)
		w.trusted = true
		f.lie(w)
		r := judge(t, w.publish(), Options{})
		if r.Verified || f.rule != "" && !slices.Contains(rules(r), f.rule) {
			t.Errorf("%s: want %s, found %v", f.name, f.rule, rules(r))
		}
	}
}

// Pages of another edition are not held against those of this program: data and texts are, and the report
// says so.
func TestAnotherEdition(t *testing.T) {
	w := newWorld(t, tiny)
	w.edition = "zhicha site 1"
	w.files["regions/11.html"] = []byte("as it was made then")
	if r := judge(t, w.publish(), Options{}); !r.Verified || !slices.Contains(caveats(r), "pages") {
		t.Errorf("%v %v", r.Problems(), caveats(r))
	}
	for _, name := range []string{"data/regions.csv", "rounds/1/design.json", "notices/2026/1.md", "data/checklist.yaml"} {
		bent := newWorld(t, tiny)
		bent.edition = w.edition
		bent.files[name] = []byte("x")
		if r := judge(t, bent.publish(), Options{}); r.Verified || !slices.Contains(rules(r), "verify.page") {
			t.Errorf("%s: %v", name, rules(r))
		}
	}
}
