package campaign

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/finding"
	"zhicha/inspect/form"
	"zhicha/inspect/intake"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
	"zhicha/inspect/workbook"
)

func cores() int { return runtime.GOMAXPROCS(0) }

// maxReturn is the largest file intake looks into, in bytes.
const maxReturn = 64 << 20

// Taken is what intake did with one file.
type Taken struct {
	File     string           `json:"file"`
	Packet   int              `json:"packet,omitempty"`
	Repeated bool             `json:"repeated,omitempty"` // the same file was taken in before
	Visits   map[string]int   `json:"visits,omitempty"`   // outcome → how many
	Problems inspect.Problems `json:"-"`                  // by whole file or by visit; what was good was kept
	Warnings inspect.Problems `json:"-"`                  // worth a reviewer's look
	Alarms   int              `json:"alarms,omitempty"`   // children reported in danger: somebody must act today
}

// Refused reports whether anything of the file was not taken in.
func (t *Taken) Refused() bool {
	return slices.ContainsFunc(t.Problems, func(p *inspect.Problem) bool { return p.Class == inspect.Rejected })
}

// Intake takes in what came back, workbooks and the form's files, from files and folders. What is good is on disk when it
// returns; what is not is named, cell by cell, and changes nothing. It can be repeated.
func (c *Campaign) Intake(ctx context.Context, wave int, paths []string) ([]Taken, error) {
	files, err := collect(paths)
	if err != nil {
		return nil, err
	}
	list, err := c.committedChecklist(ctx, wave)
	if err != nil {
		return nil, err
	}
	calendar, err := c.Calendar()
	if err != nil {
		return nil, err
	}
	known, err := c.knownPlan(ctx, wave, list)
	if err != nil {
		return nil, err
	}
	type read struct {
		ret      *inspect.Return
		enclosed *form.Enclosed
		data     []byte
		err      error
	}
	out := make([]Taken, 0, len(files))
	// files are read a batch at a time on all cores and stored one after another in order of
	// name, so that memory stays flat and a repetition gives the same history
	for batch := range slices.Chunk(files, 4*cores()) {
		reads := make([]read, len(batch))
		err := inParallel(ctx, slices.Collect(indexes(len(batch))), func(i int) error {
			reads[i].data, reads[i].err = readReturnFile(batch[i])
			if reads[i].err == nil {
				reads[i].ret, reads[i].enclosed, reads[i].err = c.readAny(batch[i], reads[i].data, wave, list)
			}
			return nil
		})
		if err != nil {
			return out, err
		}
		for i, name := range batch {
			if reads[i].err != nil {
				ps := inspect.ProblemsOf(reads[i].err)
				if ps == nil {
					return out, reads[i].err
				}
				out = append(out, Taken{File: name, Problems: ps})
				continue
			}
			t, err := c.take(ctx, reads[i].ret, reads[i].enclosed, reads[i].data, known, list, calendar)
			if err != nil {
				return out, err
			}
			out = append(out, t)
			c.env.progress(len(out), len(files))
		}
	}
	return out, nil
}

// readAny reads a return by what the file is: what a form sent back, or a workbook.
func (c *Campaign) readAny(name string, data []byte, wave int, list *checklist.Checklist) (*inspect.Return, *form.Enclosed, error) {
	if form.Is(data) {
		return c.readForm(name, data, wave)
	}
	ret, err := workbook.ReadReturn(name, data, list)
	return ret, nil, err
}

func indexes(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// collect lists the files under paths in order of name, leaving out what file systems and office
// programs leave behind.
func collect(paths []string) ([]string, error) {
	var files []string
	for _, p := range paths {
		err := filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return inspect.Fail("campaign.read", err, "File", path)
			}
			if d.IsDir() || path != p && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "~$")) {
				return nil
			}
			files = append(files, path)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

func readReturnFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, inspect.Fail("campaign.read", err, "File", path)
	}
	if info.Size() > maxReturn {
		return nil, inspect.Reject("intake.too-large", inspect.Place{File: path}, "Bytes", info.Size(), "Max", maxReturn)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, inspect.Fail("campaign.read", err, "File", path)
	}
	return data, nil
}

// knownPlan is what intake judges returns against, but for the reports already there.
type knownPlan struct {
	wave       int
	list       *checklist.Checklist
	legs       map[int]store.Leg
	inspectors map[int][]string // team → roster ids
}

func (c *Campaign) knownPlan(ctx context.Context, wave int, list *checklist.Checklist) (*knownPlan, error) {
	legs, err := c.Legs(ctx, wave)
	if err != nil {
		return nil, err
	}
	inspectors, _, err := c.Roster(wave)
	if err != nil {
		return nil, err
	}
	k := &knownPlan{wave: wave, list: list, legs: map[int]store.Leg{}, inspectors: map[int][]string{}}
	for _, l := range legs {
		k.legs[l.No] = l
	}
	for _, i := range inspectors {
		k.inspectors[i.Team] = append(k.inspectors[i.Team], i.ID)
	}
	return k, nil
}

// take judges one return and stores what is good of it, all in one transaction; the file itself
// is kept under its digest first.
func (c *Campaign) take(ctx context.Context, ret *inspect.Return, enclosed *form.Enclosed, data []byte, k *knownPlan, list *checklist.Checklist, calendar *inspect.Calendar) (Taken, error) {
	t := Taken{File: ret.File, Packet: ret.Packet, Visits: map[string]int{}}
	err := c.db.Update(ctx, func(tx *store.Tx) error {
		digest := ret.Digest.String()
		var err error
		if t.Repeated, err = tx.Returned(digest); err != nil || t.Repeated {
			return err
		}
		known, visits, err := c.known(tx, k, ret)
		if err != nil {
			return err
		}
		if leg, ok := k.legs[ret.Packet]; ok && !leg.Closed.IsZero() && known.Campaign == ret.Campaign && known.Wave == ret.Wave {
			t.Problems = inspect.Problems{inspect.Refuse("intake.leg-closed", "Leg", leg.No, "At", leg.Closed.Format(time.DateTime))}
			t.Problems[0].File = ret.File
			return nil
		}
		verdict := intake.Judge(ret, known)
		t.Problems = verdict.Problems
		kept := 0
		if enclosed != nil { // even when the visit itself is refused: a child in danger waits for nobody
			t.Alarms = len(enclosed.Alarms)
			for _, a := range enclosed.Alarms {
				if err := tx.PutAlarm(a.Visit, a.At, a.To, a.Receipt, digest); err != nil {
					return err
				}
			}
		}
		for _, d := range verdict.Visits {
			t.Visits[string(d.State)]++
			t.Problems = append(t.Problems, d.Problems...)
			t.Warnings = append(t.Warnings, d.Warnings...)
			if isKept(d.State) {
				kept++
			}
		}
		if kept == 0 {
			return nil
		}
		if err := c.keepEvidence(ret.Digest, data); err != nil {
			return err
		}
		if enclosed != nil {
			for _, p := range enclosed.Photos {
				if err := c.keepEvidence(p.SHA256, p.Data); err != nil {
					return err
				}
			}
		}
		now := c.env.Now()
		complete := !slices.ContainsFunc(verdict.Visits, func(d intake.Decision) bool { return d.State == intake.Refused }) && len(t.Problems) == 0
		if err := tx.PutReturned(digest, filepath.Base(ret.File), k.wave, ret.Packet, complete, now); err != nil {
			return err
		}
		for i := range verdict.Visits {
			if err := c.keepReport(tx, &verdict.Visits[i], visits, k, ret, calendar); err != nil {
				return err
			}
		}
		return tx.Append(now, "return-received", map[string]any{"wave": k.wave, "packet": ret.Packet, "reports": contentOf(verdict), "visits": kept})
	})
	return t, err
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

// known gives intake the leg, its visits and the reports there are.
func (c *Campaign) known(tx *store.Tx, k *knownPlan, ret *inspect.Return) (intake.Known, map[string]store.Visit, error) {
	known := intake.Known{Campaign: c.Config.Campaign.ID, Wave: k.wave, Form: workbook.Form, Checklist: k.list, Now: c.env.Now()}
	visits := map[string]store.Visit{}
	leg, ok := k.legs[ret.Packet]
	if !ok {
		return known, visits, nil
	}
	known.Leg, known.Team = leg.Leg, k.inspectors[leg.Team]
	list, err := tx.LegVisits(k.wave, leg.No)
	if err != nil {
		return known, nil, err
	}
	known.Current = map[string]intake.Current{}
	for _, v := range list {
		if v.State == inspect.VisitSubstituted {
			continue
		}
		visits[v.ID] = v
		known.Visits = append(known.Visits, v.Visit)
		if v.Report != nil {
			known.Current[v.ID] = intake.Current{Report: *v.Report, Digest: intake.ContentDigest(v.Report), Approved: v.State == inspect.VisitApproved}
		}
	}
	return known, visits, nil
}

// keepEvidence keeps a file as it came, under its SHA-256.
func (c *Campaign) keepEvidence(d inspect.Digest, data []byte) error {
	path := c.path(evidenceDir, d.String()[:2], d.String())
	if _, err := os.Stat(path); err == nil {
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return writeFile(path, data, 0o600)
}

// keepReport stores one judged report; a superseded one takes its draft findings with it.
func (c *Campaign) keepReport(tx *store.Tx, d *intake.Decision, visits map[string]store.Visit, k *knownPlan, ret *inspect.Return, calendar *inspect.Calendar) error {
	if !isKept(d.State) {
		return nil
	}
	held := d.State == intake.Held
	if err := tx.PutReport(&d.Report, held, d.Digest.String(), d.Grade, ret.Digest.String(), c.env.Now()); err != nil {
		return err
	}
	if held {
		return tx.SetVisitState(d.Report.Visit, inspect.VisitHeld)
	}
	return c.current(tx, visits[d.Report.Visit].Visit, d.Report, k.legs[ret.Packet].Region, k.list, calendar)
}

// current makes a report the visit's current one and drafts its findings.
func (c *Campaign) current(tx *store.Tx, visit inspect.Visit, r inspect.Report, region string, list *checklist.Checklist, calendar *inspect.Calendar) error {
	if err := tx.SetVisitState(visit.ID, inspect.VisitSubmitted); err != nil {
		return err
	}
	return tx.ReplaceFindings(visit.ID, finding.Draft(visit, region, r, list, calendar))
}

// Resolve settles a conflict: the reviewer names the version of the report that holds, and why.
// The other stays in the history.
func (c *Campaign) Resolve(ctx context.Context, as, id string, version int, reason string) error {
	p, err := c.actor(as, reviewer)
	if err != nil {
		return err
	}
	if reason == "" {
		return inspect.Misuse("visit.reason")
	}
	list, err := c.Checklist()
	if err != nil {
		return err
	}
	calendar, err := c.Calendar()
	if err != nil {
		return err
	}
	return c.db.Update(ctx, func(tx *store.Tx) error {
		v, ok, err := tx.Visit(id)
		if err != nil || !ok {
			return orElse(err, inspect.Misuse("visit.unknown", "ID", id))
		}
		if v.State != inspect.VisitHeld {
			return inspect.Refuse("visit.not-held", "ID", id, "State", string(v.State))
		}
		chosen, ok, err := tx.SetCurrent(id, version)
		if err != nil || !ok {
			return orElse(err, inspect.Misuse("visit.no-version", "ID", id, "Version", version))
		}
		leg, err := legOf(tx, v.Wave, v.Leg)
		if err != nil {
			return err
		}
		if err := tx.PutReview(id, chosen.Digest, "resolved", p.ID, reason, c.env.Now()); err != nil {
			return err
		}
		return c.current(tx, v.Visit, chosen.Report, leg.Region, list, calendar)
	})
}

func legOf(src legSource, wave, no int) (store.Leg, error) {
	legs, err := src.Legs(wave)
	i := slices.IndexFunc(legs, func(l store.Leg) bool { return l.No == no })
	if err != nil || i < 0 {
		return store.Leg{}, orElse(err, inspect.Misuse("leg.unknown", "Leg", no, "Wave", wave))
	}
	return legs[i], nil
}

// readForm reads what a form sent back.
func (c *Campaign) readForm(name string, data []byte, wave int) (*inspect.Return, *form.Enclosed, error) {
	return form.ReadReturn(name, data, func(campaign string, w, packet int) (key [32]byte, ok bool) {
		if campaign != c.Config.Campaign.ID || w != wave {
			return key, false
		}
		if _, err := os.Stat(c.path(secretsDir, fmt.Sprintf("return-%d.key", w))); err != nil {
			return key, false
		}
		master, err := c.returnMaster(w)
		if err != nil {
			return key, false
		}
		key, err = seal.ReturnKey(master, campaign, w, packet)
		return key, err == nil
	})
}
