package audit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"path/filepath"
	"reflect"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ledger"
	"zhicha/inspect/publish"
	"zhicha/inspect/release"
	"zhicha/inspect/store"
	sites "zhicha/site"
)

// comparePublished holds what the published folder says of the wave against what would be published of it now: also
// what no stranger can compute, such as how many townships the frame has. The folder has to be the one that the log
// entered last; where nothing was ever published there is nothing to compare.
func comparePublished(ctx context.Context, c *campaign.Campaign, wave int) (differs inspect.Problems, err error) {
	other := func(file, name string) {
		p := inspect.Refuse("audit.published", "Name", name)
		p.Class, p.File = inspect.Unverified, file
		differs = append(differs, p)
	}
	var site ledgerSite
	entries, err := c.Entries(ctx)
	if err != nil {
		return nil, err
	}
	site.read(entries)
	if site.seq == 0 {
		return nil, nil
	}
	got, bad := edition(c, campaign.PublicDir, sites.PublicData, site.Manifest)
	if bad != "" {
		other(bad, bad)
		return differs, nil
	}
	built, err := sites.Build(*got, sites.Options{})
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(built, func(f sites.File) bool { return f.Path == sites.ManifestFile }); inspect.DigestOf(built[i].Data) != site.Manifest {
		p := inspect.Refuse("audit.pages")
		p.Class, p.File = inspect.Unverified, sites.ManifestFile
		differs = append(differs, p)
	}
	want, err := campaign.View(ctx, c, func(tx *store.Tx) (*release.Public, error) { return publish.Public(c, tx, site.Wave) })
	if inspect.ProblemsOf(err) != nil { // what is there now may not be published
		return inspect.ProblemsOf(unproved(err)), nil
	}
	if err != nil {
		return nil, err
	}
	for _, digest := range site.all { // verify holds the rest of each against its log
		dir := filepath.Join(campaign.EditionsDir, digest.String())
		kept, bad := edition(c, dir, filepath.Base(sites.PublicData), digest)
		if bad != "" || !reflect.DeepEqual(kept.Frame, want.Frame) || kept.Campaign.ID != want.Campaign.ID || kept.Campaign.Demo != want.Campaign.Demo {
			other(dir, "frame")
		}
	}
	for name, pair := range members(got, want, wave, &site) {
		a, err := json.Marshal(pair[0])
		b, err2 := json.Marshal(pair[1])
		if err := errors.Join(err, err2); err != nil {
			return nil, err
		}
		if empty := bytes.Equal(a, []byte("null")) && bytes.Equal(b, []byte("[]")) || bytes.Equal(a, []byte("[]")) && bytes.Equal(b, []byte("null")); !empty && !bytes.Equal(a, b) {
			other(sites.PublicData, name)
		}
	}
	slices.SortFunc(differs, func(a, b *inspect.Problem) int { return cmp.Compare(a.Error(), b.Error()) })
	return differs, nil
}

// edition reads what a site in a folder was made from: the one with that manifest. Where it is another, bad is the file
// that differs or cannot be read.
func edition(c *campaign.Campaign, dir, data string, digest inspect.Digest) (got *release.Public, bad string) {
	manifest, err := campaign.Read(c.Path(dir, sites.ManifestFile), campaign.Book)
	var listed struct {
		Files map[string]inspect.Digest `json:"files"`
	}
	if err != nil || inspect.DigestOf(manifest) != digest || json.Unmarshal(manifest, &listed) != nil {
		return nil, sites.ManifestFile
	}
	raw, err := campaign.Read(c.Path(dir, data), campaign.Book)
	if err != nil || listed.Files[sites.PublicData] != inspect.DigestOf(raw) || json.Unmarshal(raw, &got) != nil {
		return nil, sites.PublicData
	}
	return got, ""
}

// ledgerSite is the site that the log entered last.
type ledgerSite struct {
	ledger.Publication
	seq   int64
	texts map[inspect.Digest]bool // that were signed before it
	moved map[int]bool            // waves of which it cannot tell all that is public now
	score int                     // how many scores of its wave were frozen before it
	all   []inspect.Digest        // manifests of every site that was entered
}

func (s *ledgerSite) read(entries []store.Entry) {
	texts, scores := map[inspect.Digest]bool{}, map[int]int{}
	for _, e := range entries {
		if b, err := ledger.Decode[ledger.Publication](e.Body); e.Kind == string(ledger.Published) && err == nil {
			if b.Manifest == (inspect.Digest{}) {
				texts[b.Document] = true
				continue
			}
			s.all = append(s.all, b.Manifest)
			s.Publication, s.seq, s.texts, s.score, s.moved = b, e.Seq, maps.Clone(texts), scores[b.Wave], map[int]bool{}
		}
		if b, err := ledger.Decode[ledger.Score](e.Body); e.Kind == string(ledger.ScoreFrozen) && err == nil {
			scores[b.Wave]++
		}
		var of struct {
			Wave int `json:"wave"`
		}
		if slices.Contains([]ledger.Kind{ledger.DrawCommitted, ledger.Revealed, ledger.ScoreFrozen}, ledger.Kind(e.Kind)) && s.seq > 0 && json.Unmarshal(e.Body, &of) == nil {
			s.moved[of.Wave] = true
		}
	}
}

// members are the members of two public data that must be alike, by name. What has come since the folder was made is in
// neither, nor is what may be set freely; what a text says verify holds against its signature.
func members(got, want *release.Public, wave int, site *ledgerSite) map[string][2]any {
	shown := func(all []release.Document) (out []inspect.Digest) { // that are in content/ still, as they were signed
		for _, d := range all {
			if site.texts[d.Digest] && slices.ContainsFunc(want.Documents, func(x release.Document) bool { return x.Digest == d.Digest }) {
				out = append(out, d.Digest)
			}
		}
		return out
	}
	documents := [2]any{shown(got.Documents), shown(want.Documents)}
	want.Corrections = slices.DeleteFunc(want.Corrections, func(x release.Correction) bool { return x.No >= len(got.Scores) })
	newer := len(want.Scores) > site.score
	if newer {
		want.Scores = want.Scores[:site.score]
	}
	for _, p := range []*release.Public{got, want} {
		p.Campaign.Witnesses, p.Campaign.Hotline, p.Campaign.Column, p.Campaign.FeedMax = nil, "", "", 0
		p.Waves = slices.DeleteFunc(p.Waves, func(w release.Wave) bool { return w.No != wave || site.moved[w.No] })
		for i := range p.Waves {
			if p.Waves[i].Proof != nil {
				p.Waves[i].Proof.Audits = nil
			}
		}
	}
	out := map[string][2]any{"campaign": {got.Campaign, want.Campaign}, "territory": {got.Territory, want.Territory}, "waves": {got.Waves, want.Waves}, "frame": {got.Frame, want.Frame},
		"documents": documents, "corrections": {got.Corrections, want.Corrections}, "scores": {got.Scores, want.Scores},
		"checklist": {got.Checklist, want.Checklist}}
	if !newer {
		out["regions"], out["national"] = [2]any{got.Regions, want.Regions}, [2]any{got.National, want.National}
		out["sections"], out["items"] = [2]any{got.Sections, want.Sections}, [2]any{got.Items, want.Items}
		out["findings"], out["method"] = [2]any{got.Findings, want.Findings}, [2]any{got.Method, want.Method}
	}
	return out
}
