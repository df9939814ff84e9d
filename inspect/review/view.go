package review

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/checklist"
	"zhicha/inspect/form"
	"zhicha/inspect/intake"
	"zhicha/inspect/plan"
	"zhicha/inspect/returns"
	"zhicha/inspect/store"
)

// VisitRow is a visit as a reviewer chooses from a list.
type VisitRow struct {
	inspect.StandingVisit
	Warnings int `json:"warnings"` // what intake asks a reviewer to look at again
}

// VisitFilter narrows a list down; its zero value lets everything through.
type VisitFilter struct {
	Leg   int
	State inspect.VisitState
	Grade inspect.Grade
}

// List lists visits of a wave with what a reviewer needs to choose.
func List(ctx context.Context, c *campaign.Campaign, wave int, f VisitFilter) ([]VisitRow, error) {
	if f.State != "" && !slices.Contains(inspect.VisitStates, f.State) {
		return nil, inspect.Misuse("visit.filter", "Value", string(f.State), "Allowed", joined(inspect.VisitStates))
	}
	if f.Grade != "" && !slices.Contains(inspect.Grades, f.Grade) {
		return nil, inspect.Misuse("visit.filter", "Value", string(f.Grade), "Allowed", joined(inspect.Grades))
	}
	list, err := c.Checklist()
	if err != nil {
		return nil, err
	}
	visits, err := c.Visits(ctx, wave, f.Leg)
	if err != nil {
		return nil, err
	}
	legs, err := c.Legs(ctx, wave)
	if err != nil {
		return nil, err
	}
	byLeg := map[int][]inspect.StandingVisit{}
	for _, v := range visits {
		byLeg[v.Leg] = append(byLeg[v.Leg], v)
	}
	rows := []VisitRow{}
	for _, l := range legs {
		known := beside(c, &l, byLeg[l.No], list)
		for _, v := range byLeg[l.No] {
			if f.State != "" && v.State != f.State || f.Grade != "" && v.Grade != f.Grade {
				continue
			}
			row := VisitRow{StandingVisit: v}
			row.Places, row.Unit = inspect.Places{}, "" // Show tells them, and keeps who asked
			if v.Report != nil {
				row.Warnings = len(intake.Warnings(v.Report, known))
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func joined[T ~string](list []T) string {
	out := ""
	for i, x := range list {
		if i > 0 {
			out += ", "
		}
		out += string(x)
	}
	return out
}

// beside is what intake judges a report of a leg against: the others that are there.
func beside(c *campaign.Campaign, l *inspect.StandingLeg, visits []inspect.StandingVisit, list *checklist.Checklist) intake.Known {
	known := intake.Known{Campaign: c.Config.Campaign.ID, Wave: l.Wave, Checklist: list, Leg: l.Leg, Current: map[string]intake.Current{}, Now: c.Now()}
	for _, v := range visits {
		if v.State == inspect.VisitSubstituted {
			continue
		}
		known.Visits = append(known.Visits, v.Visit)
		if v.Report != nil {
			known.Current[v.ID] = intake.Current{Report: *v.Report}
		}
	}
	return known
}

// VisitView is everything a reviewer is shown of a visit.
type VisitView struct {
	Visit     inspect.StandingVisit `json:"visit"`
	Why       []string              `json:"why,omitempty"` // why the evidence grade is no better: codes of intake.GradeWhy
	Warnings  inspect.Problems      `json:"-"`
	History   []inspect.Version     `json:"history"`
	Changes   []Change              `json:"changes,omitempty"` // between versions: what waits, and what the current one changed
	Decisions []inspect.Decision    `json:"decisions"`         // oldest first; without what must not be seen yet
	Photos    []VisitPhoto          `json:"photos"`
	Missing   []string              `json:"missing,omitempty"` // returns that are no longer below evidence/
	Closed    []string              `json:"closed,omitempty"`  // returns that this person's key does not open, or nobody's was shown
	Alarms    []inspect.Alarm       `json:"alarms"`            // mandatory reports
	Findings  []inspect.Finding     `json:"findings"`
	kept      []store.KeptPhoto
}

// VisitPhoto is a photo of a visit: kept under its digest below evidence/. Without a key that opens what it
// came in, type and size are not known.
type VisitPhoto struct {
	SHA256 inspect.Digest `json:"sha256"`
	Type   string         `json:"type,omitempty"`
	Size   int            `json:"size,omitempty"` // bytes
	At     time.Time      `json:"at"`
}

// Show returns one visit with everything received for it, as the person as, who may be nobody, may
// see it: of two reviewers' decisions none shows before both are there, but to who made it. Which
// place it is stays out unless places asks for it: a reviewer judges evidence, not a region (R19). That somebody
// was shown places, or a file, is on record before they are.
func Show(ctx context.Context, c *campaign.Campaign, who campaign.Actor, id string, places bool) (*VisitView, error) {
	var p *campaign.Acting
	if who.ID != "" || places {
		var err error
		if p, err = c.Acts(who, inspect.RoleReviewer); err != nil {
			return nil, err
		}
	}
	list, err := c.Checklist()
	if err != nil {
		return nil, err
	}
	view := &VisitView{}
	err = c.View(ctx, func(tx *store.Tx) error { return gather(c, tx, view, who.ID, id, list) })
	if err != nil {
		return nil, err
	}
	if err := photos(ctx, c, p, view); err != nil {
		return nil, err
	}
	if places {
		if err := c.Saw(ctx, p, inspect.SawPlaces, id); err != nil {
			return nil, err
		}
	} else {
		view.Visit.Places, view.Visit.Unit = inspect.Places{}, ""
		for i := range view.Findings {
			view.Findings[i].Region = ""
		}
	}
	return view, nil
}

func gather(c *campaign.Campaign, tx *store.Tx, view *VisitView, as, id string, list *checklist.Checklist) (err error) {
	v, ok, err := tx.Visit(id)
	if err != nil || !ok {
		return cmp.Or[error](err, inspect.Misuse("visit.unknown", "ID", id))
	}
	if err := asFiled(&v); err != nil {
		return err
	}
	view.Visit = v
	if v.Report != nil {
		_, view.Why = intake.GradeWhy(v.Report, v.Kind, list)
		leg, err := plan.LegOf(tx, v.Wave, v.Leg)
		if err != nil {
			return err
		}
		visits, err := tx.LegVisits(v.Wave, v.Leg)
		if err != nil {
			return err
		}
		view.Warnings = intake.Warnings(v.Report, beside(c, &leg, visits, list))
	}
	if view.History, err = tx.History(id); err != nil {
		return err
	}
	view.Changes = changes(view.History)
	for _, h := range view.History {
		if h.Clear && h.State != "superseded" {
			view.Warnings = append(view.Warnings, inspect.Reject("intake.clear", inspect.Place{File: h.File}))
		}
	}
	if view.kept, err = tx.VisitPhotos(id); err != nil {
		return err
	}
	if view.Alarms, err = tx.Alarms(id); err != nil {
		return err
	}
	if view.Decisions, err = decisionsFor(tx, &v, as); err != nil {
		return err
	}
	view.Findings, err = tx.VisitFindings(id)
	return err
}

// decisionsFor are the decisions about a visit that a person may see.
func decisionsFor(tx *store.Tx, v *inspect.StandingVisit, as string) ([]inspect.Decision, error) {
	codings, err := tx.VisitCodings(v.ID)
	if err != nil {
		return nil, err
	}
	reviews, err := tx.Reviews(v.ID)
	return visible(v, codings, reviews, as), err
}

// photos reads what the forms that were sent in for a visit enclosed, as p's key opens it. A return that is
// gone from evidence/ is named, and one that stays closed: the report itself stands in the database.
func photos(ctx context.Context, c *campaign.Campaign, p *campaign.Acting, view *VisitView) error {
	view.Photos = []VisitPhoto{}
	seen := map[string]bool{}
	for _, h := range view.History {
		if seen[h.Returned] {
			continue
		}
		seen[h.Returned] = true
		data, err := c.OpenEvidence(ctx, p, h.Returned)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			view.Missing = append(view.Missing, h.Returned)
			continue
		case errors.Is(err, campaign.ErrClosed):
			view.Closed = append(view.Closed, h.Returned)
			for _, known := range view.kept {
				if known.Returned == h.Returned {
					view.Photos = append(view.Photos, VisitPhoto{SHA256: known.Digest, At: known.At})
				}
			}
			continue
		case err != nil:
			return err
		}
		if !form.Is(data) {
			continue
		}
		_, enclosed, err := returns.ReadForm(c, h.File, data, view.Visit.Wave)
		if err != nil {
			return err
		}
		for _, p := range enclosed.Photos {
			if p.Visit == view.Visit.ID {
				view.Photos = append(view.Photos, VisitPhoto{p.SHA256, p.Type, p.Size, p.At})
			}
		}
	}
	return nil
}
