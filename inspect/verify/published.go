package verify

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/document"
	"zhicha/inspect/ledger"
	"zhicha/inspect/release"
	"zhicha/inspect/score"
	"zhicha/site"
)

// checkPublic reads all that the site was made from. It must be written as it would be written again, so
// that nothing can stand in it which is not read. A folder that does not even hold the files it lists is
// not looked into further.
func (v *verifier) checkPublic(c *Check) {
	if !v.whole {
		c.skip()
		return
	}
	raw, ok := v.read(c, site.PublicData)
	if !ok {
		return
	}
	var p release.Public
	if crowded(raw) {
		c.fail("verify.not-canonical", site.PublicData)
		return
	}
	again, err := []byte(nil), json.Unmarshal(raw, &p)
	if err == nil {
		again, err = json.Marshal(p)
	}
	if err != nil || !bytes.Equal(append(again, '\n'), raw) {
		c.fail("verify.not-canonical", site.PublicData)
		return
	}
	list, err := checklist.Parse("data/checklist.yaml", p.Checklist)
	if err != nil || len(p.Scores) == 0 {
		c.fail("verify.results", site.PublicData)
		return
	}
	m := v.manifest
	v.same(c, p.Campaign.ID == m.Campaign, "campaign")
	v.same(c, p.Campaign.LogKey == m.Log, "log")
	v.same(c, p.Campaign.Demo == m.Demo, "demo")
	v.same(c, slices.Equal(p.Campaign.Witnesses, m.Cosigners), "cosigners")
	v.same(c, v.log == nil || len(v.log.frozen) == 0 || p.Frame.Digest == v.log.frozen[0].Body.Frame.Frame, "frame")
	v.same(c, p.AsOf.In(inspect.Beijing).Format(manifestTime) == m.AsOf, "asOf")
	v.same(c, v.log == nil || v.log.committedTo(p.Waves), "waves")
	v.public, v.list, v.source = &p, list, inspect.DigestOf(raw)
	c.say("N", len(p.Documents))
}

// committedTo reports whether waves that are shown are those the log has a commit of, each once.
func (h *history) committedTo(shown []release.Wave) bool {
	seen := map[int]bool{}
	for _, w := range shown {
		if c := h.waves[w.No]; c == nil || c.committed == nil || seen[w.No] {
			return false
		}
		seen[w.No] = true
	}
	return true
}

// same notes a member of the public data that is not what the rest of the folder says.
func (v *verifier) same(c *Check, holds bool, what string) {
	if !holds {
		c.fail("verify.public-other", site.PublicData, "Name", what)
	}
}

// checkSite makes the whole site again from the public data and compares every file. A folder whose pages
// another edition of this program made is held against its data and texts alone, and the verdict says so.
func (v *verifier) checkSite(c *Check) {
	if v.public == nil || v.manifest.Site == "" {
		c.skip()
		return
	}
	made, err := rebuild(v.source, v.public)
	if err != nil {
		c.take(site.PublicData, err)
		return
	}
	v.pages = v.manifest.Site == site.Edition
	n := 0
	for _, name := range slices.Sorted(maps.Keys(made)) {
		if !v.pages && !lasting(name) {
			continue
		}
		n++
		if got, ok := v.manifest.Files[name]; !ok {
			c.fail("verify.file-missing", name)
		} else if got != made[name] {
			c.fail("verify.page", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v.manifest.Files)) {
		if _, ok := made[name]; !ok && (v.pages || lasting(name)) {
			c.fail("verify.page-extra", name)
		}
	}
	c.say("N", n)
	c.say("Site", v.manifest.Site)
}

// rebuild makes the site of public data, which has the given digest, and returns the digests of its files.
// Tests, which judge one folder many thousand times, remember what it gave.
var rebuild = func(_ inspect.Digest, p *release.Public) (map[string]inspect.Digest, error) {
	files, err := site.Build(*p, site.Options{})
	made := map[string]inspect.Digest{}
	for _, f := range files {
		if f.Path != manifestName {
			made[f.Path] = inspect.DigestOf(f.Data)
		}
	}
	return made, err
}

// lasting reports whether a file is the same whichever edition made the pages: tables as text, proofs,
// signed texts.
func lasting(name string) bool {
	return strings.HasPrefix(name, "rounds/") && !strings.HasSuffix(name, ".html") || path.Ext(name) == ".md" ||
		strings.HasPrefix(name, "data/") && slices.Contains([]string{".csv", ".json", ".yaml"}, path.Ext(name)) && name != "data/datapackage.json"
}

// checkDocuments holds every text against the log and against what is shown of it.
func (v *verifier) checkDocuments(c *Check) {
	if v.public == nil || v.log == nil {
		c.skip()
		return
	}
	texts := map[inspect.Digest]bool{}
	for i := range v.public.Documents {
		d := &v.public.Documents[i]
		name := document.KindOf(d.Kind).Folder + "/" + d.ID + ".md"
		texts[inspect.DigestOf(d.Source)] = true
		parsed, err := document.Parse(name, d.Source)
		if err != nil {
			c.take(name, err)
			continue
		}
		shown, err := json.Marshal(release.PublicDocument(parsed))
		if stands, err2 := json.Marshal(d); err != nil || err2 != nil || !bytes.Equal(shown, stands) {
			c.fail("verify.document-other", name)
		}
	}
	n := 0
	for _, name := range slices.Sorted(maps.Keys(v.manifest.Files)) {
		if path.Ext(name) != ".md" {
			continue
		}
		n++
		d := v.manifest.Files[name]
		if !v.log.documents[d] {
			c.fail("verify.document-unsigned", name, "Digest", d)
		}
		if !texts[d] {
			c.fail("verify.page-extra", name)
		}
	}
	v.checkWithdrawn(c)
	c.say("N", n)
}

// checkScores holds the frozen scores against the log, and computes again what can be from the data that
// is published with them.
func (v *verifier) checkScores(c *Check) {
	if v.public == nil || v.log == nil || v.log.manifest == nil {
		c.skip()
		return
	}
	wave := v.log.manifest.Body.Wave
	h := v.log.wave(wave)
	p := v.public
	if len(h.scored) == 0 {
		c.fail("verify.no-entry", site.PublicData, "Kind", string(ledger.ScoreFrozen), "Wave", wave)
		return
	}
	if len(p.Scores) != len(h.scored) {
		c.fail("verify.scores-count", site.PublicData, "Got", len(p.Scores), "Want", len(h.scored))
	}
	for i := range min(len(p.Scores), len(h.scored)) {
		v.frozen(c, &p.Scores[i], h.scored[i])
		c.take(site.PublicData, score.Recompute(&p.Scores[i].Result, v.list))
	}
	v.corrected(c, h)
	if len(c.Problems) == 0 { // a score that names what the checklist has not cannot be shown
		shown := *p
		release.Show(&shown, v.list)
		if want, err := json.Marshal(shown); err == nil {
			if got, err := json.Marshal(p); err != nil || !bytes.Equal(got, want) {
				c.fail("verify.shown", site.PublicData)
			}
		}
	}
	n := &p.Result().National
	c.say("Score", fmt.Sprintf("%.1f", n.Score.Round1()))
	c.say("Regions", len(p.Result().Regions))
	c.say("Scored", n.Visits)
	c.say("Planned", n.Planned)
}

// frozen holds one frozen score against its entry.
func (v *verifier) frozen(c *Check, s *release.Scores, e *entry[ledger.Score]) {
	other := func(holds bool, name string) {
		if !holds {
			c.fail("verify.log-other", site.PublicData, "Seq", e.Seq, "Name", name)
		}
	}
	salt, err := hex.DecodeString(s.Salt)
	if err != nil || len(salt) != 32 || hex.EncodeToString(salt) != s.Salt {
		c.fail("verify.salt", site.PublicData)
		return
	}
	digest, err := s.Result.Digest([32]byte(salt))
	rules, err2 := inspect.CanonicalJSON(s.Result.Rules)
	other(err == nil && digest == e.Body.Public, "public")
	other(err2 == nil && inspect.DigestOf(rules) == e.Body.Rules, "rules")
	other(s.Result.Checklist == e.Body.Checklist, "checklist")
	n, red := &s.Result.National, false
	other(n.Planned == e.Body.Planned && n.Visits == e.Body.Scored && n.Left == e.Body.Left && n.Missing == e.Body.Missing, "visits")
	adjusted := 0
	for i := range s.Result.Regions {
		r := &s.Result.Regions[i]
		red = red || r.Lowered
		if r.Bonus != 0 || r.Penalty != 0 {
			adjusted++
		}
	}
	other(adjusted == e.Body.Adjustments, "adjustments")
	other(!red || e.Body.RedLines > 0, "redLines")
	other(s.No == e.Body.No && s.At.Equal(e.Time), "no")
}

// corrected holds the corrections that are shown against those of the log: all of them, each with the score
// before and after it, and its reason.
func (v *verifier) corrected(c *Check, h *ceremony) {
	shown := slices.Clone(v.public.Corrections)
	slices.SortFunc(shown, func(a, b release.Correction) int { return cmp.Compare(a.No, b.No) })
	if len(shown) != len(h.corrected) || len(h.scored) != len(h.corrected)+1 {
		c.fail("verify.corrections", site.PublicData, "Got", len(shown), "Want", len(h.corrected))
		return
	}
	for i, e := range h.corrected {
		before, after := h.scored[i], h.scored[i+1]
		if e.Body.No != i+1 || e.Body.Before != before.Body.Score || e.Body.After != after.Body.Score || after.Body.No != e.Body.No ||
			e.Seq < before.Seq || e.Seq > after.Seq {
			c.fail("verify.correction-order", logDir, "Seq", e.Seq, "No", e.Body.No)
		}
		if x := &shown[i]; x.No != e.Body.No || inspect.DigestOf([]byte(x.Text)) != e.Body.Text || x.Date != inspect.DateOf(e.Time) {
			c.fail("verify.log-other", site.PublicData, "Seq", e.Seq, "Name", "text")
		}
	}
}

// sameTime reports whether two moments are the same and would be written alike.
func sameTime(a, b time.Time) bool { return a.Format(time.RFC3339Nano) == b.Format(time.RFC3339Nano) }

// sameAudit reports whether an audit is shown as it was stated.
func (w *ceremony) sameAudit(a release.Audit, e *entry[ledger.Audit]) bool {
	s := &e.Body.Statement
	return a.Fingerprint == e.Body.Fingerprint() && a.At.Format(time.RFC3339Nano) == s.Time && a.Visits == s.Visits && a.Substitutions == s.Substitutions &&
		a.Returns == s.Returns && a.Scored == w.current(s.Score) && a.Mismatches == s.Mismatches
}

// checkTerritory holds the reporting units that are shown against those in which the frame has counties: where it is public they
// are the same; the nation's are shown whether drawn in or not.
func (v *verifier) checkTerritory(c *Check, r *round) {
	land, here := v.public.Land(), map[string]bool{}
	for i := range r.counties {
		here[r.counties[i].Stratum(r.design.Stratum)] = true
	}
	told := v.public.Territory != nil
	ok := told || r.design.Stratum == "reporting_unit"
	for i, u := range land.Units {
		ok = ok && (i == 0 || land.Units[i-1].Code < u.Code) && (here[u.Code] || !told || r.reveal.Salt != "")
		delete(here, u.Code)
	}
	if !ok || len(here) > 0 {
		c.fail("verify.territory", site.PublicData)
	}
}

// checkResults holds a wave's published results and numbers against its draw: every reporting unit of the
// design is there with every county drawn in it, under the rules and the checklist committed to.
func (r *round) checkResults(c *Check) {
	v := r.verifier
	if v.public == nil || r.record == nil || r.sample == nil || r.legs == nil {
		c.skip()
		return
	}
	i := slices.IndexFunc(v.public.Waves, func(w release.Wave) bool { return w.No == r.no })
	if i < 0 {
		c.fail("verify.public-other", site.PublicData, "Name", "waves")
		return
	}
	w := &v.public.Waves[i]
	legs, overlap := 0, 0
	for _, l := range r.legs {
		if l.Twin != 0 {
			overlap++
		} else {
			legs++
		}
	}
	v.same(c, w.Commit == r.d && r.log.beacon != nil && w.Beacon == r.log.beacon.Body.Value && w.Kind == r.record.Kind && w.Window == r.record.Window && w.RevealBy == r.record.RevealBy && w.Revealed, "waves")
	v.same(c, w.Legs == legs && w.Overlap == overlap, "legs")
	v.same(c, len(w.Parties) == len(r.record.Parties), "parties")
	for k, p := range r.record.Parties {
		v.same(c, k < len(w.Parties) && w.Parties[k] == p.Name, "parties")
	}
	v.same(c, r.log.committed != nil && sameTime(w.Committed, r.log.committed.Time), "committed")
	v.same(c, r.log.drawn != nil && sameTime(w.Drawn, r.log.drawn.Time), "drawn")
	v.same(c, w.Proof != nil && slices.EqualFunc(w.Proof.Audits, r.log.audits, r.log.sameAudit), "audits")
	var frozen ledger.Score // none
	if n := len(r.log.scored); n > 0 {
		frozen = r.log.scored[n-1].Body
	}
	v.same(c, w.Planned == frozen.Planned && w.Scored == frozen.Scored && w.Approved == frozen.Scored+frozen.Left, "visits")
	if m := v.log.manifest; m == nil || m.Body.Wave != r.no {
		return
	}
	result := v.public.Result()
	v.same(c, w.Planned == result.National.Planned && w.Scored == result.National.Visits && w.Approved == result.National.Visits+result.National.Left, "visits")
	if result.Checklist != r.record.Checklist || v.list.Digest() != r.record.Checklist {
		c.fail("verify.digest", "data/checklist.yaml", "Want", r.record.Checklist, "Got", v.list.Digest())
	}
	if score.RulesOf(r.record.Rules) != result.Rules || v.public.Method.MinCount != r.record.Rules.MinCount {
		c.fail("verify.rules", site.PublicData)
	}
	v.checkTerritory(c, r)
	drawn := map[string]int{}
	for i := range r.sample.Counties {
		drawn[r.sample.Counties[i].Stratum]++
	}
	for i := range result.Regions {
		u := &result.Regions[i]
		if len(u.Z) != drawn[u.Code] {
			c.fail("verify.result-counties", site.PublicData, "Region", u.Code, "Got", len(u.Z), "Want", drawn[u.Code])
		}
		delete(drawn, u.Code)
	}
	for _, code := range slices.Sorted(maps.Keys(drawn)) {
		c.fail("verify.result-missing", site.PublicData, "Region", code)
	}
	c.say("Regions", len(result.Regions))
}
