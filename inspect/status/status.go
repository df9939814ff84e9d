package status

import (
	"context"
	"os"
	"slices"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/field"
	"zhicha/inspect/frame"
	"zhicha/inspect/prepare"
	"zhicha/inspect/publish"
	"zhicha/inspect/review"
	"zhicha/inspect/store"
)

// Status is where a campaign stands.
type Status struct {
	Campaign  string              `json:"campaign"`
	Demo      bool                `json:"demo"`
	Wave      WaveStatus          `json:"wave"`
	Frame     *FrameStatus        `json:"frame"` // null: none imported
	Teams     int                 `json:"teams"`
	Legs      Progress            `json:"legs"`   // closed of all
	Sealed    int                 `json:"sealed"` // legs whose code book is closed still
	BooksDue  bool                `json:"booksDue"`
	ToRelease int                 `json:"toRelease"` // open legs under way whose last rung is not released
	Waiting   int                 `json:"waiting"`   // returns that wait for it
	Visits    VisitStatus         `json:"visits"`    //
	Second    review.SecondCoding `json:"second"`    // of the sample that two reviewers judge
	Returns   int                 `json:"returns"`   // files taken in
	Reports   int                 `json:"reports"`   // visits with a report
	Findings  int                 `json:"findings"`
	Scored    *time.Time          `json:"scored"`
	Proposed  int                 `json:"proposed"`  // number of a correction that waits for a second person; 0: none
	Documents Progress            `json:"documents"` // signed of all
	Published bool                `json:"published"` // the site stands, and shows the last score
	Entries   int                 `json:"entries"`
	Next      string              `json:"next"` // what comes next: the end of a catalogue id "status.next.…"
}

// WaveStatus is how far the wave's draw has come.
type WaveStatus struct {
	No        int            `json:"no"`
	Kind      string         `json:"kind"`
	Window    inspect.Window `json:"window"`
	Parties   Progress       `json:"parties"`
	Owed      []string       `json:"owed,omitempty"`   // signatures and deposits that are not there yet
	Commit    string         `json:"commit,omitempty"` // D
	Revealed  bool           `json:"revealed"`
	RevealBy  inspect.Date   `json:"revealBy"`
	Overdue   bool           `json:"overdue"`           // committed, and not revealed by then
	Secrets   []string       `json:"secrets,omitempty"` // of the parties, left by a draw that was killed at its end
	Audits    []AuditStatus  `json:"audits,omitempty"`
	Committed *time.Time     `json:"committed"`
	Beacon    string         `json:"beacon,omitempty"`
	BeaconAt  time.Time      `json:"beaconAt"`
	Drawn     *time.Time     `json:"drawn"`
	Opened    *time.Time     `json:"opened"`
}

// AuditStatus is what one auditor signed.
type AuditStatus struct {
	Fingerprint string    `json:"fingerprint"` // of the auditor's key
	At          time.Time `json:"at"`
	Visits      int       `json:"visits"`
	Mismatches  int       `json:"mismatches"`
}

// FrameStatus is the frame as imported.
type FrameStatus struct {
	Digest inspect.Digest `json:"digest"`
	Rows   frame.Count    `json:"rows"` // per level
	Frozen bool           `json:"frozen"`
}

// Progress is how many of all are done.
type Progress struct {
	Done int `json:"done"`
	All  int `json:"all"`
}

// VisitStatus is how many visits stand where.
type VisitStatus struct {
	Planned  int `json:"planned"`
	Filed    int `json:"filed"`
	Approved int `json:"approved"`
	Held     int `json:"held"`
}

// Of tells where the campaign stands and what comes next.
func Of(ctx context.Context, c *campaign.Campaign, wave int) (*Status, error) {
	w, err := c.Config.Wave(wave)
	if err != nil {
		return nil, err
	}
	s := &Status{Campaign: c.Config.Campaign.ID, Demo: c.Config.Campaign.Demo,
		Wave: WaveStatus{No: wave, Kind: w.Kind, Window: w.Window, Parties: Progress{All: len(w.Ceremony.Parties)}, BeaconAt: w.Ceremony.Beacon.At.In(inspect.Beijing), RevealBy: w.Ceremony.RevealBy}}
	if f, err := prepare.KnownFrame(ctx, c); err == nil {
		s.Frame = &FrameStatus{Digest: f.Digests.Frame, Rows: f.Total, Frozen: f.Frozen}
	}
	if roster, err := c.RosterNow(ctx, wave); err == nil {
		s.Teams = len(roster.Teams)
	}
	if _, err := os.Stat(c.Path(campaign.PublicDir, "index.html")); err == nil {
		s.Published = true
	}
	err = c.View(ctx, func(tx *store.Tx) error { return statusOf(c, tx, s) })
	s.Next = s.next()
	return s, err
}

func statusOf(c *campaign.Campaign, tx *store.Tx, s *Status) error {
	parties, err := tx.Parties(s.Wave.No)
	if err != nil {
		return err
	}
	s.Wave.Parties.Done = len(parties)
	entries, err := tx.Entries()
	if err != nil {
		return err
	}
	s.Entries = len(entries)
	if err := documentStatus(c, tx, s); err != nil {
		return err
	}
	st, ok, err := tx.Wave(s.Wave.No)
	if err != nil || !ok {
		return err
	}
	s.Wave.Commit, s.Wave.Beacon = inspect.DigestOf(st.Record).String(), st.Beacon
	_, r, err := c.Committed(tx, s.Wave.No)
	if err != nil {
		return err
	}
	if s.Wave.Owed, err = ceremony.Missing(c, tx, r); err != nil {
		return err
	}
	revealed, err := tx.Reveals(s.Wave.No)
	if err != nil {
		return err
	}
	s.Wave.Revealed = revealed[inspect.StageCounty] != nil && revealed[inspect.StageAssign] != nil
	s.Wave.Overdue = !s.Wave.Revealed && inspect.DateOf(c.Now()) > s.Wave.RevealBy
	if err := aftermath(c, tx, &s.Wave, !st.Drawn.IsZero()); err != nil {
		return err
	}
	s.Wave.Committed, s.Wave.Drawn, s.Wave.Opened = instant(st.Committed), instant(st.Drawn), instant(st.Opened)
	return fieldStatus(c, tx, s)
}

// aftermath is what a draw left behind and what auditors stated of it.
func aftermath(c *campaign.Campaign, tx *store.Tx, w *WaveStatus, drawn bool) (err error) {
	if drawn {
		if w.Secrets, err = ceremony.SecretsLeft(c, w.No); err != nil {
			return err
		}
	}
	audits, err := publish.PublicAudits(tx, w.No)
	for _, x := range audits {
		w.Audits = append(w.Audits, AuditStatus{x.Fingerprint, x.At, x.Visits, x.Mismatches})
	}
	return err
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func documentStatus(c *campaign.Campaign, tx *store.Tx, s *Status) error {
	signed, drafts, err := publish.SignedDocuments(c, tx)
	if err != nil {
		return err
	}
	s.Documents = Progress{Done: len(signed), All: len(signed) + len(drafts)}
	return nil
}

func fieldStatus(c *campaign.Campaign, tx *store.Tx, s *Status) error {
	legs, err := tx.Legs(s.Wave.No)
	if err != nil {
		return err
	}
	if err := ladderStatus(c, tx, s, legs); err != nil {
		return err
	}
	for _, l := range legs {
		if !l.Closed.IsZero() {
			s.Legs.Done++
		}
		s.Visits.Planned += l.Visits
		s.Visits.Filed += l.Filed
		s.Visits.Approved += l.Approved
	}
	s.Reports = s.Visits.Filed
	states, _, err := tx.VisitCounts(s.Wave.No)
	if err != nil {
		return err
	}
	s.Visits.Held = states[inspect.VisitHeld]
	second, err := review.SecondOf(tx, s.Wave.No)
	if err != nil {
		return err
	}
	s.Second = *second
	if s.Returns, err = tx.CountReturned(s.Wave.No); err != nil {
		return err
	}
	if s.Findings, err = tx.CountFindings(s.Wave.No); err != nil {
		return err
	}
	last, ok, err := tx.LastScore(s.Wave.No)
	if err != nil || !ok {
		return err
	}
	s.Scored = &last.At
	corrections, err := tx.Corrections(s.Wave.No)
	for _, x := range corrections {
		if x.Confirmed.IsZero() {
			s.Proposed = x.No
		}
	}
	if err != nil || !s.Published {
		return err
	}
	at, _, err := publish.LastSite(tx)
	s.Published = !at.Before(last.At)
	return err
}

// ladderStatus is how much of the wave is sealed, and what may be opened now.
func ladderStatus(c *campaign.Campaign, tx *store.Tx, s *Status, legs []inspect.StandingLeg) error {
	st, _, err := tx.Wave(s.Wave.No)
	if err != nil || st.Opened.IsZero() {
		return err
	}
	s.Legs.All, s.Sealed = max(st.Legs, len(legs)), st.Legs
	for i := range legs {
		if !legs[i].Sealed() {
			s.Sealed = max(s.Sealed-1, 0)
		}
	}
	closed, err := field.ClosedBooks(c, tx, s.Wave.No)
	if err != nil {
		return err
	}
	now := c.Now()
	s.BooksDue = s.Sealed > 0 && slices.ContainsFunc(closed, func(b inspect.Book) bool { return b.Asked(inspect.DateOf(now), "") })
	released, err := tx.Releases(s.Wave.No)
	if err != nil {
		return err
	}
	for i := range legs {
		if legs[i].Closed.IsZero() && legs[i].Suspended == "" && released[legs[i].No][inspect.RungVillage].IsZero() && !now.Before(legs[i].Due(inspect.RungProvince)) {
			s.ToRelease++
		}
	}
	waiting, err := tx.Waiting(s.Wave.No)
	s.Waiting = len(waiting)
	return err
}
