package returns

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/checklist"
	"zhicha/inspect/config"
	"zhicha/inspect/finding"
	"zhicha/inspect/form"
	"zhicha/inspect/intake"
	"zhicha/inspect/ledger"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
	"zhicha/inspect/workbook"
)

// Taken is what intake did with one file.
type Taken struct {
	File     string           `json:"file"`
	Packet   int              `json:"packet,omitempty"`
	Repeated bool             `json:"repeated,omitempty"` // the same file was taken in before
	Clear    bool             `json:"clear,omitempty"`    // it came without encryption
	Waiting  bool             `json:"waiting,omitempty"`  // kept until its rung is released
	Visits   map[string]int   `json:"visits,omitempty"`   // outcome → how many
	Problems inspect.Problems `json:"-"`                  // by whole file or by visit; what was good was kept
	Warnings inspect.Problems `json:"-"`                  // worth a reviewer's look
	Alarms   []string         `json:"alarms,omitempty"`   // visits at which a child was reported in danger: somebody must act today
}

// Refused reports whether anything of the file was not taken in.
func (t *Taken) Refused() bool {
	return slices.ContainsFunc(t.Problems, func(p *inspect.Problem) bool { return p.Class == inspect.Rejected })
}

// Kept is how many of the file's reports are stored, now or from before.
func (t *Taken) Kept() int {
	n := 0
	for state, reports := range t.Visits {
		if state != string(intake.Refused) {
			n += reports
		}
	}
	return n
}

// TakeIn is TakeInEach with everything told at the end.
func TakeIn(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int, paths []string) ([]Taken, error) {
	var out []Taken
	err := TakeInEach(ctx, c, who, wave, paths, func(t Taken) error {
		out = append(out, t)
		return nil
	})
	return out, err
}

// TakeInEach takes in what came back, workbooks and the form's files, from files, folders and zip
// archives. What is good of a file is on disk when told hears of it; what is not is named, cell by
// cell, and changes nothing. It can be repeated, cut off at any moment, and run twice at once. Whoever
// runs the field takes in: a drawer, who decides nothing about a report.
func TakeInEach(ctx context.Context, c *campaign.Campaign, who campaign.Actor, wave int, paths []string, told func(Taken) error) error {
	p, err := c.Acts(who, inspect.RoleDrawer)
	if err != nil {
		return err
	}
	files, err := returnFiles(paths)
	if err != nil {
		return err
	}
	k, err := planFor(ctx, c, wave)
	if err != nil {
		return err
	}
	k.by = p.Person
	waiting, err := releasedSince(ctx, c, p, k)
	if err != nil {
		return err
	}
	files = append(waiting, files...)
	// files are read a batch at a time on all cores and stored one after another in order of
	// name, so that memory stays flat and a repetition gives the same history
	for _, batch := range batches(files, 4*campaign.Cores()) {
		reads := make([]received, len(batch))
		err := campaign.InParallel(ctx, len(batch), func(i int) error {
			reads[i] = readAny(c, batch[i], k)
			return nil
		})
		if err != nil {
			return err
		}
		for i := range reads {
			t, err := takeOrName(ctx, c, &reads[i], k)
			if err != nil {
				return err
			}
			if err := told(t); err != nil {
				return err
			}
			reads[i] = received{} // its memory is free for the next
		}
	}
	return nil
}

// received is a file as read.
type received struct {
	name     string
	data     []byte
	waited   bool // it lay in the evidence, open to whoever takes in
	ret      *inspect.Return
	enclosed *form.Enclosed // nil for a workbook
	before   int            // packet, where the same file was taken in before and need not be read
	err      error
}

// readAny reads a return by what the file is: what a form sent back, or a workbook.
func readAny(c *campaign.Campaign, f returnFile, k *knownPlan) received {
	r := received{name: f.Name, waited: f.Waited}
	if r.data, r.err = f.Read(); r.err != nil {
		return r
	}
	if r.before = k.returned[inspect.DigestOf(r.data).String()]; r.before != 0 {
		return r
	}
	if form.Is(r.data) {
		r.ret, r.enclosed, r.err = ReadForm(c, f.Name, r.data, k.wave)
	} else {
		r.ret, r.err = workbook.ReadReturn(f.Name, r.data, k.list, k.codesFor(f.Name))
	}
	return r
}

// ReadForm reads what a form sent back.
func ReadForm(c *campaign.Campaign, name string, data []byte, wave int) (*inspect.Return, *form.Enclosed, error) {
	return form.ReadReturn(name, data, func(id string, w, packet int) (key [32]byte, ok bool) {
		if id != c.Config.Campaign.ID || w != wave {
			return key, false
		}
		master, ok := masterOf(c, w)
		if !ok {
			return key, false
		}
		key, err := seal.ReturnKey(master, id, w, packet)
		return key, err == nil
	})
}

// masterOf is the key from which what a wave's packets carry follows; false where none was made.
func masterOf(c *campaign.Campaign, wave int) (master [32]byte, ok bool) {
	if _, err := os.Stat(c.Path(campaign.SecretsDir, fmt.Sprintf("return-%d.key", wave))); err != nil {
		return master, false
	}
	master, err := c.ReturnMaster(wave)
	return master, err == nil
}

// takeOrName takes a file in, or names why it could not be read.
func takeOrName(ctx context.Context, c *campaign.Campaign, r *received, k *knownPlan) (Taken, error) {
	switch {
	case r.before != 0:
		return Taken{File: r.name, Packet: r.before, Repeated: true}, nil
	case r.err == nil:
		return take(ctx, c, r, k)
	}
	ps := inspect.ProblemsOf(r.err)
	if ps == nil {
		return Taken{}, r.err
	}
	if k.locked(ps) {
		return waitLocked(ctx, c, r, k)
	}
	return Taken{File: r.name, Problems: ps}, nil
}

// take takes one return in, in one transaction: what is known of its leg is gathered, the return is
// judged against it, and what is good is recorded. A child in danger waits for nothing: the report of
// it is kept whatever becomes of the visit. What does not prove where it comes from is set apart before
// anything is looked up, so that nothing said of it can tell of the plan.
func take(ctx context.Context, c *campaign.Campaign, r *received, k *knownPlan) (Taken, error) {
	t, err := campaign.Update(ctx, c, func(tx *store.Tx) (Taken, error) { return takeWith(c, tx, r, k) })
	if err == nil && r.waited && !t.Waiting {
		err = c.Judged(ctx, r.ret.Digest, r.data)
	}
	return t, err
}

// takeWith is take in a transaction that is under way.
func takeWith(c *campaign.Campaign, tx *store.Tx, r *received, k *knownPlan) (Taken, error) {
	t := Taken{File: r.name, Packet: r.ret.Packet, Clear: r.ret.Clear, Visits: map[string]int{}}
	digest := r.ret.Digest.String()
	var err error
	if t.Repeated, err = tx.Returned(digest); err != nil || t.Repeated {
		return t, err
	}
	if t.Alarms, err = keepAlarms(c, tx, r, k.by); err != nil {
		return t, err
	}
	ret, unproven, err := setApart(c, tx, r, k)
	if err != nil {
		return t, err
	}
	if unproven != nil {
		t.Visits[string(Unproven)], t.Problems = unproven.reports, inspect.Problems{unproven.says}
		if err := tx.DropWaiting(digest); err != nil || ret == nil {
			return t, err
		}
	}
	if r.ret.Campaign == c.Config.Campaign.ID && r.ret.Wave == k.wave && k.sealed(r.ret.Packet) {
		t.Waiting = true
		return t, wait(c, tx, r, k, r.ret.Packet)
	}
	if err := tx.DropWaiting(digest); err != nil {
		return t, err
	}
	s, err := gather(c, tx, k, ret)
	if err != nil {
		return t, err
	}
	verdict := s.judge(r, ret, k)
	t.Problems, t.Warnings = append(verdict.Problems, t.Problems...), verdict.Warnings
	if ret.Clear {
		t.Warnings = append(t.Warnings, inspect.Reject("intake.clear", inspect.Place{File: r.name}))
	}
	for _, d := range verdict.Visits {
		t.Visits[string(d.State)]++
		t.Problems = append(t.Problems, d.Problems...)
		t.Warnings = append(t.Warnings, d.Warnings...)
	}
	complete := t.Visits[string(intake.Refused)] == 0 && len(t.Problems) == 0
	return t, record(c, tx, r, k, verdict, &s, complete)
}

// judge is the verdict on a return, with what intake warns of when codes and clocks do not agree.
func (s *sight) judge(r *received, ret *inspect.Return, k *knownPlan) intake.Verdict {
	verdict := intake.Judge(ret, s.known)
	if r.enclosed != nil {
		verdict.Warnings = append(verdict.Warnings, intake.CheckOpened(r.name, r.enclosed.OpenedAt(), k.released[r.ret.Packet])...)
	}
	return verdict
}

// keepAlarms keeps the mandatory reports of a file, and the file with them, and names their visits.
func keepAlarms(c *campaign.Campaign, tx *store.Tx, r *received, by *config.Person) (visits []string, err error) {
	if r.enclosed == nil || len(r.enclosed.Alarms) == 0 {
		return nil, nil
	}
	kept := false
	for _, a := range r.enclosed.Alarms {
		visits = append(visits, a.Visit)
		fresh, err := tx.PutAlarm(a.Visit, a.At, a.To, a.Receipt, r.ret.Digest.String())
		if err != nil {
			return nil, err
		}
		kept = kept || fresh
	}
	if kept { // it is never taken away again, whatever becomes of the file
		if err := c.Seen(tx, &campaign.Acting{Person: by}, inspect.KeptAlarm, inspect.Kept(r.ret.Wave, r.ret.Digest.String())); err != nil {
			return nil, err
		}
	}
	return visits, c.KeepEvidence(r.ret.Digest, r.data)
}

// record stores what the verdict lets in: the file under its digest before whatever speaks of it.
func record(c *campaign.Campaign, tx *store.Tx, r *received, k *knownPlan, verdict intake.Verdict, s *sight, complete bool) error {
	kept := 0
	for _, d := range verdict.Visits {
		if isKept(d.State) {
			kept++
		}
	}
	if kept == 0 {
		return nil
	}
	if err := c.KeepEvidence(r.ret.Digest, r.data); err != nil {
		return err
	}
	now, digest := c.Now(), r.ret.Digest.String()
	file := inspect.Returned{Digest: digest, Name: filepath.Base(r.name), Wave: k.wave, Leg: r.ret.Packet, Received: now, Complete: complete, By: k.by.ID, Clear: r.ret.Clear}
	if err := tx.PutReturned(file); err != nil {
		return err
	}
	if r.enclosed != nil {
		for _, p := range r.enclosed.Photos {
			if err := errors.Join(c.KeepEvidence(p.SHA256, p.Data), tx.PutPhoto(p.SHA256.String(), p.Visit, p.At, digest)); err != nil {
				return err
			}
		}
	}
	for i := range verdict.Visits {
		if err := keepReport(c, tx, &verdict.Visits[i], s, k, r.ret); err != nil {
			return err
		}
	}
	return campaign.Enter(tx, now, ledger.Receipt{Wave: k.wave, Packet: r.ret.Packet, Reports: contentOf(verdict), Visits: kept, By: campaign.PersonHash(k.by)})
}

// contentOf is one digest over the content of every report kept, in the order of their visits; the
// file's own bytes prove nothing, since a spreadsheet programme rewrites them at every save.
func contentOf(v intake.Verdict) inspect.Digest {
	var parts []string
	for _, d := range v.Visits {
		if isKept(d.State) {
			parts = append(parts, d.Report.Visit+" "+d.Digest.String())
		}
	}
	slices.Sort(parts)
	return inspect.DigestOf(inspect.LP(parts...))
}

// isKept reports whether a report in that state is stored.
func isKept(s intake.State) bool {
	return s == intake.Accepted || s == intake.Superseded || s == intake.Held
}

// keepReport stores one judged report; a superseded one takes its draft findings with it. One that is held
// stops its visit from being approved; what is approved, or scored, stays so until somebody decides.
func keepReport(c *campaign.Campaign, tx *store.Tx, d *intake.Decision, s *sight, k *knownPlan, ret *inspect.Return) error {
	if !isKept(d.State) {
		return nil
	}
	held := d.State == intake.Held
	if err := tx.PutReport(&d.Report, held, d.Digest.String(), d.Grade, ret.Digest.String(), c.Now()); err != nil {
		return err
	}
	visit := s.visits[d.Report.Visit]
	if held && (s.known.Frozen || visit.State == inspect.VisitApproved) {
		return nil
	}
	if held {
		return tx.SetVisitState(d.Report.Visit, inspect.VisitHeld)
	}
	return MakeCurrent(c, tx, visit.Visit, d.Report, k.legs[ret.Packet].Region, k.list, k.calendar)
}

// MakeCurrent makes a report the visit's current one and drafts its findings.
func MakeCurrent(c *campaign.Campaign, tx *store.Tx, visit inspect.Visit, r inspect.Report, region string, list *checklist.Checklist, calendar *inspect.Calendar) error {
	if err := tx.SetVisitState(visit.ID, inspect.VisitSubmitted); err != nil {
		return err
	}
	return tx.ReplaceFindings(visit.ID, finding.Draft(visit, region, r, list, calendar))
}
