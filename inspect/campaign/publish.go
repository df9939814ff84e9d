package campaign

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/release"
	"zhicha/inspect/store"
	"zhicha/inspect/workbook"
	"zhicha/site"
)

// Built is what site build did.
type Built struct {
	site.Stats
	Dir    string   `json:"dir"`
	Drafts []string `json:"drafts"` // documents left out because the present text is not signed
}

// SiteBuild lets the wave's results and signed documents through the airlock and writes the site
// to public/. What is left out is named.
func (c *Campaign) SiteBuild(ctx context.Context, wave int) (*Built, error) {
	out := &Built{Dir: c.path(publicDir)}
	var files []site.File
	err := c.Update(ctx, func(tx *store.Tx) error {
		public, drafts, err := c.public(tx, wave)
		if err != nil {
			return err
		}
		out.Drafts = drafts
		book, err := tablesWorkbook(public)
		if err != nil {
			return err
		}
		if files, err = site.Build(public, site.Options{Files: []site.File{{Path: "data/tables.xlsx", Data: book}}}); err != nil {
			return err
		}
		if err := site.Check(files).Err(); err != nil {
			return err
		}
		return c.enterManifest(tx, wave, manifestDigest(files))
	})
	if err != nil {
		return nil, err
	}
	if _, err := c.Checkpoint(ctx); err != nil {
		return nil, err
	}
	log, err := c.logFiles()
	if err != nil {
		return nil, err
	}
	out.Stats, err = site.Write(out.Dir, append(files, log...))
	return out, err
}

// enterManifest logs what is published; building the same site again adds nothing.
func (c *Campaign) enterManifest(tx *store.Tx, wave int, manifest inspect.Digest) error {
	entries, err := tx.Entries()
	if err != nil {
		return err
	}
	for _, e := range slices.Backward(entries) {
		var last struct {
			Manifest inspect.Digest `json:"manifest"`
		}
		if e.Kind != "published" || json.Unmarshal(e.Body, &last) != nil || last.Manifest == (inspect.Digest{}) {
			continue
		}
		if last.Manifest == manifest {
			return nil
		}
		break
	}
	return tx.Append(c.Now(), "published", map[string]any{"wave": wave, "manifest": manifest})
}

// manifestDigest is the digest of the file that lists all others.
func manifestDigest(files []site.File) inspect.Digest {
	i := slices.IndexFunc(files, func(f site.File) bool { return f.Path == "manifest.json" })
	return inspect.DigestOf(files[i].Data)
}

// tablesWorkbook is the open data as a workbook.
func tablesWorkbook(p release.Public) ([]byte, error) {
	tables, err := site.Tables(p)
	if err != nil {
		return nil, err
	}
	var sheets []workbook.Table
	for _, t := range tables {
		sheet := workbook.Table{Name: t.Name, Rows: t.Rows}
		for _, f := range t.Fields {
			sheet.Columns = append(sheet.Columns, workbook.Column{Name: f.Name})
		}
		sheets = append(sheets, sheet)
	}
	var out bytes.Buffer
	err = workbook.WriteTable(&out, sheets)
	return out.Bytes(), err
}

// public is everything known, sent through the airlock.
func (c *Campaign) public(tx *store.Tx, wave int) (release.Public, []string, error) {
	w, _, err := c.wave(tx, wave)
	if err != nil {
		return release.Public{}, nil, err
	}
	result, at, err := lastScore(tx, wave)
	if err != nil {
		return release.Public{}, nil, err
	}
	k := release.Known{Score: result, ScoredAt: at, MinCount: c.Config.Publish.MinCount, Campaign: c.publicCampaign(w)}
	if k.Campaign.LogKey, err = tx.Meta(logMeta); err != nil {
		return release.Public{}, nil, err
	}
	if k.Checklist, err = c.checklistOf(tx, wave); err != nil {
		return release.Public{}, nil, err
	}
	f, digests, err := c.openFrame(nil)
	if err != nil {
		return release.Public{}, nil, err
	}
	k.Frame = publicFrame(f, digests)
	if k.Waves, k.Open, err = c.publicWaves(tx, wave, result.National.Visits); err != nil {
		return release.Public{}, nil, err
	}
	if k.Findings, err = approvedFindings(tx, wave); err != nil {
		return release.Public{}, nil, err
	}
	var drafts []string
	if k.Documents, drafts, err = c.signed(tx); err != nil {
		return release.Public{}, nil, err
	}
	if k.Sealed, err = c.sealedNames(tx); err != nil {
		return release.Public{}, nil, err
	}
	p, err := release.Build(k)
	return p, drafts, err
}

// publicWaves are all committed waves: one that was never revealed shows as exactly that. Only
// the open legs of the wave whose results are published hold them up.
func (c *Campaign) publicWaves(tx *store.Tx, current, scored int) (waves []release.Wave, open []int, err error) {
	numbers, err := tx.Waves()
	if err != nil {
		return nil, nil, err
	}
	for _, no := range numbers {
		w, st, err := c.wave(tx, no)
		if err != nil {
			return nil, nil, err
		}
		pub, legs, err := c.publicWave(tx, w, st)
		if err != nil {
			return nil, nil, err
		}
		if no == current {
			pub.Scored, open = scored, legs
		}
		waves = append(waves, pub)
	}
	return waves, open, nil
}

func (c *Campaign) publicCampaign(w *Wave) release.Campaign {
	t, body := c.Config.Campaign, c.Config.office(w.Window.From)
	return release.Campaign{ID: t.ID, TitleZh: t.TitleZh, TitleEn: t.TitleEn, Notice: t.Notice, OfficeZh: body.NameZh, OfficeEn: body.NameEn,
		Hotline: c.Config.Publish.Hotline, Column: c.Config.Publish.ColumnNameZh, Demo: t.Demo, FeedMax: c.Config.Publish.FeedEntries}
}

// publicWave counts a wave's legs and visits and names the legs that are still open.
func (c *Campaign) publicWave(tx *store.Tx, w *Wave, st store.Wave) (release.Wave, []int, error) {
	_, r, err := c.committed(tx, w.No)
	if err != nil {
		return release.Wave{}, nil, err
	}
	out := release.Wave{No: w.No, Kind: w.Kind, Window: w.Window, Commit: inspect.DigestOf(st.Record), Beacon: st.Beacon,
		Committed: st.Committed, Drawn: st.Drawn, Design: w.Design}
	out.RevealBy = r.RevealBy
	for _, p := range r.Parties {
		out.Parties = append(out.Parties, p.Name)
	}
	legs, err := tx.Legs(w.No)
	if err != nil {
		return release.Wave{}, nil, err
	}
	if out.Proof, err = c.proof(tx, st, r, legs); err != nil {
		return release.Wave{}, nil, err
	}
	revealed, err := tx.Reveals(w.No)
	if err != nil {
		return release.Wave{}, nil, err
	}
	out.Revealed = revealed[inspect.StageCounty] != nil && revealed[inspect.StageAssign] != nil
	var open []int
	for _, l := range legs {
		if l.Closed.IsZero() {
			open = append(open, l.No)
		}
		if !l.Primary() {
			out.Overlap++
			continue
		}
		out.Legs++
		out.Planned += l.Visits
		out.Approved += l.Approved
	}
	return out, open, nil
}

func approvedFindings(tx *store.Tx, wave int) ([]inspect.Finding, error) {
	all, err := tx.Findings(wave)
	return slices.DeleteFunc(all, func(f inspect.Finding) bool { return f.State == inspect.FindingDraft }), err
}
