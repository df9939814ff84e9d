package audit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ledger"
	"zhicha/inspect/publish"
	"zhicha/inspect/release"
	"zhicha/inspect/store"
	"zhicha/site"
)

// comparePublished holds what the published folder says of the wave against what would be published of it now: also
// what no stranger can compute, such as how many townships the frame has. Where nothing was published of the wave yet,
// or the folder is elsewhere, there is nothing to compare.
func comparePublished(ctx context.Context, c *campaign.Campaign, wave int) (differs inspect.Problems, err error) {
	raw, err := campaign.Read(c.Path(campaign.PublicDir, site.PublicData), campaign.Book)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	other := func(name string) {
		p := inspect.Refuse("audit.published", "Name", name)
		p.Class, p.File = inspect.Unverified, site.PublicData
		differs = append(differs, p)
	}
	var got release.Public
	if err := json.Unmarshal(raw, &got); err != nil {
		other(site.PublicData)
		return differs, nil
	}
	var last ledger.Publication
	var at time.Time
	texts := map[inspect.Digest]bool{} // entered before the folder was made
	want, err := campaign.View(ctx, c, func(tx *store.Tx) (*release.Public, error) {
		if err := campaign.EachBody(tx, func(t time.Time, b ledger.Publication) {
			if b.Manifest != (inspect.Digest{}) {
				last, at = b, t
			}
		}); err != nil || last.Wave != wave {
			return nil, err
		}
		if err := campaign.EachBody(tx, func(t time.Time, b ledger.Publication) { texts[b.Document] = texts[b.Document] || !t.After(at) }); err != nil {
			return nil, err
		}
		return publish.Public(c, tx, wave)
	})
	if inspect.ProblemsOf(err) != nil { // what is there now may not be published
		return inspect.ProblemsOf(unproved(err)), nil
	}
	if err != nil || want == nil {
		return nil, err
	}
	for name, pair := range members(&got, want, wave, at, texts) {
		a, err := json.Marshal(pair[0])
		b, err2 := json.Marshal(pair[1])
		if err := errors.Join(err, err2); err != nil {
			return nil, err
		}
		if !bytes.Equal(a, b) {
			other(name)
		}
	}
	slices.SortFunc(differs, func(a, b *inspect.Problem) int { return cmp.Compare(a.Error(), b.Error()) })
	return differs, nil
}

// members are the members of two public data that must be alike, by name. What has come since the folder was made, at
// that time, is in neither.
func members(got, want *release.Public, wave int, at time.Time, texts map[inspect.Digest]bool) map[string][2]any {
	got.Documents = slices.DeleteFunc(got.Documents, func(d release.Document) bool { // withdrawn since
		return !slices.ContainsFunc(got.Withdrawn, func(w release.Withdrawn) bool { return w.Document == d.Digest }) &&
			slices.ContainsFunc(want.Withdrawn, func(w release.Withdrawn) bool { return w.Document == d.Digest })
	})
	want.Documents = slices.DeleteFunc(want.Documents, func(d release.Document) bool { return !texts[d.Digest] })
	want.Corrections = slices.DeleteFunc(want.Corrections, func(x release.Correction) bool { return x.No >= len(got.Scores) })
	newer := len(want.Scores) > len(got.Scores) && want.Scores[len(got.Scores)].At.After(at)
	if newer {
		want.Scores = want.Scores[:len(got.Scores)]
	}
	for _, p := range []*release.Public{got, want} {
		p.Campaign.Witnesses = nil
		p.Waves = slices.DeleteFunc(p.Waves, func(w release.Wave) bool { return w.No != wave })
		for i := range p.Waves {
			if p.Waves[i].Proof != nil {
				p.Waves[i].Proof.Audits = nil
			}
			if newer {
				p.Waves[i].Approved, p.Waves[i].Scored = 0, 0
			}
		}
	}
	out := map[string][2]any{"campaign": {got.Campaign, want.Campaign}, "waves": {got.Waves, want.Waves}, "frame": {got.Frame, want.Frame},
		"documents": {got.Documents, want.Documents}, "corrections": {got.Corrections, want.Corrections}, "scores": {got.Scores, want.Scores},
		"checklist": {got.Checklist, want.Checklist}}
	if !newer {
		out["regions"], out["national"] = [2]any{got.Regions, want.Regions}, [2]any{got.National, want.National}
		out["sections"], out["items"] = [2]any{got.Sections, want.Sections}, [2]any{got.Items, want.Items}
		out["findings"], out["method"] = [2]any{got.Findings, want.Findings}, [2]any{got.Method, want.Method}
	}
	return out
}
