package publish

import (
	"cmp"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/config"
	"zhicha/inspect/frame"
	"zhicha/inspect/ledger"
	"zhicha/inspect/release"
	"zhicha/inspect/results"
	"zhicha/inspect/score"
	"zhicha/inspect/store"
	"zhicha/site"
)

// publicFrame is what may be published of the frame.
func publicFrame(f *frame.Frame, d frame.Digests) release.Frame {
	total, _ := f.Counts()
	out := release.Frame{Digest: d.Frame, Rows: []release.Count{
		{Code: "county", LabelZh: "县（市、区、旗）", LabelEn: "counties", N: total.Counties},
		{Code: "township", LabelZh: "乡镇（街道）", LabelEn: "townships", N: total.Townships},
		{Code: "village", LabelZh: "村（居）民委员会", LabelEn: "villages", N: total.Villages},
		{Code: "institution", LabelZh: "机构", LabelEn: "institutions", N: total.Institutions},
	}}
	for _, n := range f.Notes {
		if n.Note == frame.Excluded && n.Kind == inspect.CO {
			out.Exclusions = append(out.Exclusions, release.Exclusion{Code: n.ID, Name: n.Name, Reason: n.Detail})
		}
	}
	return out
}

// logFiles are the log's files as the site carries them, below log/. Its checkpoint bears whatever
// cosignatures of this head there are already; no manifest lists it, so that others may follow.
func logFiles(c *campaign.Campaign, head *campaign.Head) ([]site.File, error) {
	var out []site.File
	base := c.Path(campaign.LedgerDir)
	err := filepath.WalkDir(base, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := campaign.Read(path, campaign.Book)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(base, path)
		if name == "checkpoint" {
			data, err = c.Cosigned([]byte(head.Checkpoint), head.Key)
		}
		out = append(out, site.File{Path: "log/" + filepath.ToSlash(name), Data: data})
		return err
	})
	return out, err
}

// Built is what site build did.
type Built struct {
	site.Stats
	Dir    string   `json:"dir"`
	Drafts []string `json:"drafts"` // documents left out because the present text is not signed
}

// BuildSite lets the wave's results and signed documents through the airlock and writes the site
// to public/. What is left out is named.
func BuildSite(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int) (*Built, error) {
	if _, err := c.Acts(who, inspect.RolePublisher); err != nil {
		return nil, err
	}
	out := &Built{Dir: c.Path(campaign.PublicDir)}
	public, err := campaign.View(ctx, c, func(tx *store.Tx) (p release.Public, err error) {
		if err := results.Stands(c, tx, wave); err != nil {
			return p, err
		}
		if err := nothingLost(c, tx); err != nil {
			return p, err
		}
		p, out.Drafts, err = public(c, tx, wave)
		return p, err
	})
	if err != nil {
		return nil, err
	}
	files, err := site.Build(public, site.Options{})
	if err != nil {
		return nil, err
	}
	if err := site.Check(files).Err(); err != nil {
		return nil, err
	}
	salt, err := c.NewSalt()
	if err != nil {
		return nil, err
	}
	if err := keepEdition(c, files); err != nil {
		return nil, err
	}
	if err := c.Update(ctx, func(tx *store.Tx) error {
		_, last, err := LastSite(tx)
		if digest := manifestDigest(files); err != nil || last == digest {
			return err // the same site again adds nothing
		} else if err := campaign.BindAccess(tx, c.Now(), salt); err != nil {
			return err
		} else {
			return campaign.Enter(tx, c.Now(), ledger.SitePublished(wave, digest))
		}
	}); err != nil {
		return nil, err
	}
	head, err := c.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	log, err := logFiles(c, head)
	if err != nil {
		return nil, err
	}
	out.Stats, err = site.Write(out.Dir, append(files, log...))
	return out, err
}

// LastSite is when a site was last published and the digest of its manifest; zero where none was.
func LastSite(tx *store.Tx) (at time.Time, manifest inspect.Digest, err error) {
	err = campaign.EachBody(tx, func(t time.Time, b ledger.Publication) {
		if b.Manifest != (inspect.Digest{}) {
			at, manifest = t, b.Manifest
		}
	})
	return at, manifest, err
}

// keepEdition keeps what a site was made from and the list of its files, before the log enters it: an auditor looks at every
// edition that was ever entered.
func keepEdition(c *campaign.Campaign, files []site.File) error {
	dir := c.Path(campaign.EditionsDir, manifestDigest(files).String())
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, f := range files {
		if f.Path == site.ManifestFile || f.Path == site.PublicData {
			if err := campaign.WriteFile(filepath.Join(dir, filepath.Base(f.Path)), f.Data, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// manifestDigest is the digest of the file that lists all others.
func manifestDigest(files []site.File) inspect.Digest {
	i := slices.IndexFunc(files, func(f site.File) bool { return f.Path == site.ManifestFile })
	return inspect.DigestOf(files[i].Data)
}

// Public is what may be published of a wave as everything stands.
func Public(c *campaign.Campaign, tx *store.Tx, wave int) (*release.Public, error) {
	p, _, err := public(c, tx, wave)
	return &p, err
}

// public is everything known, sent through the airlock.
func public(c *campaign.Campaign, tx *store.Tx, wave int) (release.Public, []string, error) {
	w, _, err := c.Wave(tx, wave)
	if err != nil {
		return release.Public{}, nil, err
	}
	_, r, err := c.Committed(tx, wave)
	if err != nil {
		return release.Public{}, nil, err
	}
	k := release.Known{MinCount: r.Rules.MinCount, Campaign: publicCampaign(c, w)}
	if k.Scores, k.Corrected, err = publicScores(tx, wave); err != nil {
		return release.Public{}, nil, err
	}
	if k.Territory, err = c.Territory(wave); err != nil {
		return release.Public{}, nil, err
	}
	if k.Campaign.LogKey, err = tx.Meta(campaign.LogMeta); err != nil {
		return release.Public{}, nil, err
	}
	if k.Campaign.Witnesses, err = c.WitnessKeys(); err != nil {
		return release.Public{}, nil, err
	}
	if _, err = c.ChecklistOf(tx, wave); err != nil { // the file is the one committed to
		return release.Public{}, nil, err
	}
	if k.Checklist, err = c.ChecklistText(); err != nil {
		return release.Public{}, nil, err
	}
	f, digests, err := c.OpenFrame(nil)
	if err != nil {
		return release.Public{}, nil, err
	}
	k.Frame = publicFrame(f, digests)
	if k.Waves, k.Open, err = publicWaves(c, tx, wave); err != nil {
		return release.Public{}, nil, err
	}
	var drafts []string
	if k.Documents, drafts, err = SignedDocuments(c, tx); err != nil {
		return release.Public{}, nil, err
	}
	if _, k.Withdrawn, err = texts(tx); err != nil {
		return release.Public{}, nil, err
	}
	if k.Sealed, err = campaign.SealedNames(tx); err != nil {
		return release.Public{}, nil, err
	}
	p, err := release.Build(k)
	return p, drafts, err
}

// publicScores are the frozen scores of a wave with the corrections between them.
func publicScores(tx *store.Tx, wave int) (out []release.Scores, corrected []release.Corrected, err error) {
	all, err := tx.Scores(wave)
	if err != nil || len(all) == 0 {
		return nil, nil, cmp.Or[error](err, inspect.Refuse("score.none", "Wave", wave))
	}
	for _, s := range all {
		var p score.Published
		if err := json.Unmarshal(s.Public, &p); err != nil {
			return nil, nil, err
		}
		out = append(out, release.Scores{No: s.Correction, At: s.At.In(inspect.Beijing), Salt: s.Salt, Result: p})
	}
	list, confirmed, err := results.Corrections(tx, wave)
	for i, x := range list {
		if !confirmed[i].IsZero() {
			corrected = append(corrected, release.Corrected{No: x.No, At: confirmed[i], Reason: x.Reason})
		}
	}
	return out, corrected, err
}

// publicWaves are all committed waves: one that was never revealed shows as exactly that. Only
// the open legs of the wave whose results are published hold them up.
func publicWaves(c *campaign.Campaign, tx *store.Tx, current int) (waves []release.Wave, open []int, err error) {
	numbers, err := tx.Waves()
	if err != nil {
		return nil, nil, err
	}
	for _, no := range numbers {
		w, st, err := c.Wave(tx, no)
		if err != nil {
			return nil, nil, err
		}
		pub, legs, err := publicWave(c, tx, w, st)
		if err != nil {
			return nil, nil, err
		}
		if no == current {
			open = legs
		}
		waves = append(waves, pub)
	}
	return waves, open, nil
}

func publicCampaign(c *campaign.Campaign, w *config.Wave) release.Campaign {
	t, body := c.Config.Campaign, c.Config.OfficeOn(w.Window.From)
	return release.Campaign{ID: t.ID, TitleZh: t.TitleZh, TitleEn: t.TitleEn, Notice: t.Notice, OfficeZh: body.NameZh, OfficeEn: body.NameEn,
		Hotline: c.Config.Publish.Hotline, Column: c.Config.Publish.ColumnNameZh, Demo: t.Demo, FeedMax: c.Config.Publish.FeedEntries}
}

// publicWave is what the log tells of a wave, and names the legs that are still open. Before it is revealed that is that it
// was committed to, and until when it has to be revealed: its window would be a warning.
func publicWave(c *campaign.Campaign, tx *store.Tx, w *config.Wave, st store.Wave) (release.Wave, []int, error) {
	_, r, err := c.Committed(tx, w.No)
	if err != nil {
		return release.Wave{}, nil, err
	}
	out := release.Wave{No: w.No, Commit: inspect.DigestOf(st.Record), Committed: st.Committed, RevealBy: r.RevealBy}
	legs, err := tx.Legs(w.No)
	if err != nil {
		return release.Wave{}, nil, err
	}
	var open []int
	primary := 0
	for _, l := range legs {
		if l.Closed.IsZero() {
			open = append(open, l.No)
		}
		if l.Primary() {
			primary++
		}
	}
	if out.Proof, err = proof(c, tx, st, r, legs); err != nil {
		return release.Wave{}, nil, err
	}
	revealed, err := tx.Reveals(w.No)
	if err != nil {
		return release.Wave{}, nil, err
	}
	if out.Revealed = revealed[inspect.StageCounty] != nil && revealed[inspect.StageAssign] != nil; !out.Revealed {
		return out, open, nil
	}
	out.Kind, out.Window, out.Beacon, out.Drawn, out.Design = w.Kind, w.Window, st.Beacon, st.Drawn, w.Design
	for _, p := range r.Parties {
		out.Parties = append(out.Parties, p.Name)
	}
	out.Legs, out.Overlap = primary, len(legs)-primary
	frozen, err := results.Logged(tx, w.No)
	out.Planned, out.Approved, out.Scored = frozen.Planned, frozen.Scored+frozen.Left, frozen.Scored
	return out, open, err
}
