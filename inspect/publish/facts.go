package publish

import (
	"cmp"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/document"
	"zhicha/inspect/release"
	"zhicha/inspect/results"
	"zhicha/inspect/store"
)

// PracticeSource is the finding a practice is drafted from, and the slug it is published under.
type PracticeSource struct{ Finding, Slug, Title string }

// facts gathers what a draft is written from: only what has been through the airlock.
func facts(c *campaign.Campaign, tx *store.Tx, kind string, wave int, practice PracticeSource) (document.Facts, error) {
	w, st, err := c.Wave(tx, wave)
	if err != nil {
		return document.Facts{}, err
	}
	today := inspect.DateOf(c.Now())
	f := document.Facts{Campaign: c.Config.Campaign.TitleZh, Notice: c.Config.Campaign.Notice, Office: c.Config.OfficeOn(w.Window.From).NameZh,
		Date: today, Year: today.Time().Year(), Window: w.Window, ReplyDays: c.Config.Review.ReplyWorkingDays}
	if kind == document.Practice {
		f.Practice, err = practiceFacts(c, tx, practice)
		return f, err
	}
	docs, _, err := content(c)
	if err != nil {
		return f, err
	}
	for _, d := range docs {
		if d.Kind == kind && d.Year == f.Year {
			f.No = max(f.No, d.No)
		}
		if d.Kind == document.Practice {
			f.Practices = append(f.Practices, d.Title)
		}
	}
	slices.Sort(f.Practices)
	f.No++
	result, _, err := results.LastScore(tx, wave)
	if err != nil {
		return f, err
	}
	f.Confidence = result.Rules.Confidence
	pub, _, err := publicWave(c, tx, w, st)
	if err != nil {
		return f, err
	}
	f.Planned, f.Approved, f.Counties = pub.Planned, pub.Approved, len(result.Counties)
	list, err := c.Checklist()
	if err != nil {
		return f, err
	}
	land, err := c.Territory(wave)
	if err != nil {
		return f, err
	}
	return release.Facts(f, result, list, &land), nil
}

// practiceFacts takes over where a practice was seen, and nothing an inspector wrote: who is
// described agrees to every word first, so the drafter starts from blanks.
func practiceFacts(c *campaign.Campaign, tx *store.Tx, from PracticeSource) (document.PracticeFacts, error) {
	out := document.PracticeFacts{ID: from.Slug, Title: from.Title}
	all, err := findingByID(tx, from.Finding)
	if err != nil {
		return out, err
	}
	if all.Kind != inspect.Practice || all.State == inspect.FindingDraft {
		return out, inspect.Refuse("publish.not-practice", "ID", from.Finding, "Kind", string(all.Kind), "State", string(all.State))
	}
	list, err := c.Checklist()
	if err != nil {
		return out, err
	}
	land, err := c.Land()
	if err != nil {
		return out, err
	}
	region, _ := land.Unit(all.Region)
	out.Region, out.RegionName = region.Code, region.NameZh
	if item := list.Item(all.Item); item != nil {
		out.Topic, out.TopicName = item.Section, list.Section(item.Section).Zh
	}
	return out, nil
}

func findingByID(tx *store.Tx, id string) (inspect.Finding, error) {
	f, ok, err := tx.Finding(id)
	if err != nil || !ok {
		return f, cmp.Or[error](err, inspect.Misuse("finding.unknown", "ID", id))
	}
	return f, nil
}
