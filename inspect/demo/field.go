package demo

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"zhicha/inspect"
	"zhicha/inspect/audit"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/checklist"
	"zhicha/inspect/field"
	"zhicha/inspect/results"
	"zhicha/inspect/returns"
	"zhicha/inspect/review"
	"zhicha/inspect/workbook"
)

// Where the simulated teams hand in their files, below the folder.
const (
	firstRound  = "returns/第一次"
	secondRound = "returns/第二次"
)

// unfiled is the packet whose second household nobody could reach.
const unfiled = 11

// mishaps are what teams get wrong, by packet number: the first round shows how each is refused.
var mishaps = []struct {
	every, at int
	spoil     func(e *workbook.Editor, v *workbook.FormVisit) error
}{
	{17, 3, func(e *workbook.Editor, v *workbook.FormVisit) error { // more than there are
		return e.SetAnswer(v.ID, inspect.Answer{Item: firstOf(v, checklist.Ratio), Value: "9/5"})
	}},
	{23, 5, func(e *workbook.Editor, v *workbook.FormVisit) error { // listened to a report
		return e.SetAnswer(v.ID, inspect.Answer{Item: v.Items[0].Code, Value: v.Items[0].Options[0].Code, Method: "听取汇报"})
	}},
	{29, 8, func(e *workbook.Editor, v *workbook.FormVisit) error { // left before they came
		day := v.Day.Time()
		return e.SetHeader(v.ID, &inspect.Report{Arrived: day.Add(15 * 3600e9), Left: day.Add(14 * 3600e9), Inspectors: e.Team()[:2]})
	}},
	{31, 13, func(e *workbook.Editor, v *workbook.FormVisit) error { // went on typing past the drop-down
		return e.SetAnswer(v.ID, inspect.Answer{Item: v.Items[0].Code, Value: "还可以"})
	}},
}

func firstOf(v *workbook.FormVisit, t checklist.Type) string {
	i := slices.IndexFunc(v.Items, func(it workbook.FormItem) bool { return it.Type == t })
	return v.Items[max(i, 0)].Code
}

// packetFiles lists the packets as they lie ready.
func (d *demo) packetFiles() ([]string, error) {
	return filepath.Glob(filepath.Join(d.Dir, "packets", "P-*-3.xlsx"))
}

// visits lets every team fill in its packet and hand it in.
func (d *demo) visits(ctx context.Context, s *Step) error {
	files, err := d.packetFiles()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(d.Dir, firstRound), 0o700); err != nil {
		return err
	}
	var done, sheets atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, f := range files {
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			n, err := d.fill(f, filepath.Join(d.Dir, firstRound, filepath.Base(f)), true, nil)
			sheets.Add(int64(n))
			if d.Progress != nil {
				d.Progress(int(done.Add(1)), len(files))
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if err := d.spoilFiles(); err != nil {
		return err
	}
	s.Args, s.Left = []any{"N", len(files), "Visits", int(sheets.Load())}, []string{firstRound + "/*"}
	return nil
}

// fill fills in the packet at from and saves it to to; in the first round with the team's
// mistakes. after is called before saving.
func (d *demo) fill(from, to string, mistakes bool, after func(*workbook.Editor) error) (visits int, err error) {
	no := packetNumber(from)
	e, err := workbook.OpenEditor(from, string(d.codes[no][inspect.RungVillage].Code))
	if err != nil {
		return 0, err
	}
	day, register := agenda{}, map[string]int{}
	for i := range e.Visits() {
		v := &e.Visits()[i]
		if no == unfiled && i == 1 {
			continue
		}
		if err := d.world.visit(e, v, day, register); err != nil {
			return 0, fmt.Errorf("fill %q: %w", from, err)
		}
		visits++
	}
	for _, m := range mishaps {
		if mistakes && no%m.every == m.at {
			vs := e.Visits()
			if err := m.spoil(e, &vs[len(vs)-1]); err != nil {
				return 0, fmt.Errorf("fill %q: %w", from, err)
			}
		}
	}
	if no%10 > 0 { // most people take the password off before they hand in
		e.RemovePassword()
	}
	if after != nil {
		if err := after(e); err != nil {
			return 0, err
		}
	}
	seed := sha256.Sum256(fmt.Appendf(nil, "zhicha demonstration %d, %s/%s", d.Seed, filepath.Base(filepath.Dir(to)), filepath.Base(to)))
	return visits, e.Save(rand.NewChaCha8(seed), to)
}

func packetNumber(path string) int {
	n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "P-"), "-3.xlsx"))
	return n
}

// spoilFiles does to a few files what happens to files: cut off on the way, sent twice by a
// messenger that renames, a table saved as text, a packet of another campaign.
func (d *demo) spoilFiles() error {
	in := func(name string) string { return filepath.Join(d.Dir, firstRound, name) }
	whole, err := os.ReadFile(in("P-002-3.xlsx"))
	if err != nil {
		return err
	}
	twin, err := os.ReadFile(in("P-004-3.xlsx"))
	if err != nil {
		return err
	}
	foreign := func(e *workbook.Editor) error { return e.SetCell("meta", "B2", "winter-care-2022") }
	_, ferr := d.fill(filepath.Join(d.Dir, "packets", "P-006-3.xlsx"), in("P-006-3.xlsx"), false, foreign)
	return errors.Join(ferr,
		os.WriteFile(in("P-002-3.xlsx"), whole[:len(whole)/3], 0o600),
		os.WriteFile(in("P-004-3(1).xlsx"), twin, 0o600),
		os.WriteFile(in("汇总.xlsx"), []byte("检查编号,结果\n1-001-01,是\n"), 0o600))
}

// intake takes in what came back and shows what was refused.
func (d *demo) intake(ctx context.Context, s *Step) error {
	d.at(leadDays+14, "09:00")
	return d.takeIn(ctx, s, firstRound)
}

func (d *demo) takeIn(ctx context.Context, s *Step, folder string) error {
	taken, err := returns.TakeIn(ctx, d.c, d.who("draw-1"), wave, []string{filepath.Join(d.Dir, filepath.FromSlash(folder))})
	if err != nil {
		return err
	}
	totals := map[string]int{}
	for _, t := range taken {
		for state, n := range t.Visits {
			totals[state] += n
		}
		if t.Repeated {
			totals["repeated"]++
		}
		s.Refused = append(s.Refused, t.Problems...)
	}
	s.Args = []any{"Files", len(taken), "Accepted", totals["accepted"], "Superseded", totals["superseded"], "Unchanged", totals["unchanged"],
		"Held", totals["held"], "Refused", totals["refused"], "Repeated", totals["repeated"],
		"Unproven", totals[returns.Unproven]}
	s.Left = []string{"campaign.db", "evidence/*"}
	return nil
}

// corrections: the teams mend what was refused and hand in again; one of them corrects an answer
// of its own with a reason, another sends different content without one; both wait for a reviewer.
func (d *demo) corrections(ctx context.Context, s *Step) error {
	d.at(leadDays+15, "09:00")
	if err := os.MkdirAll(filepath.Join(d.Dir, secondRound), 0o700); err != nil {
		return err
	}
	legs, err := d.c.Legs(ctx, wave)
	if err != nil {
		return err
	}
	for _, l := range legs {
		name := workbook.RungFileName(l.No, inspect.RungVillage)
		var after func(*workbook.Editor) error
		switch {
		case l.No == 19:
			after = correction(2, "更正：补记回访结果")
		case l.No == 21:
			after = correction(1, "")
		case l.Filed == l.Visits || l.No == unfiled:
			continue
		}
		if _, err := d.fill(filepath.Join(d.Dir, "packets", name), filepath.Join(d.Dir, secondRound, name), false, after); err != nil {
			return err
		}
	}
	return d.takeIn(ctx, s, secondRound)
}

// correction changes the office's first answer.
func correction(revision int, reason string) func(*workbook.Editor) error {
	return func(e *workbook.Editor) error {
		vs := e.Visits()
		office := &vs[len(vs)-1]
		if err := e.SetRevision(revision, reason); err != nil {
			return err
		}
		for _, item := range office.Items {
			if item.Type == checklist.YesPartlyNo {
				a := inspect.Answer{Item: item.Code, Value: "partly", Method: item.Methods[0].Code, Note: "演示数据：回访后更正"}
				return e.SetAnswer(office.ID, a)
			}
		}
		return nil
	}
}

// review settles what waits, approves what was filed and closes the legs.
func (d *demo) review(ctx context.Context, s *Step) error {
	d.at(leadDays+16, "10:00")
	visits, err := d.c.Visits(ctx, wave, 0)
	if err != nil {
		return err
	}
	var ids []string
	for _, v := range visits {
		if v.State == inspect.VisitHeld {
			if err := d.resolve(ctx, v.ID); err != nil {
				return err
			}
		}
		if v.State == inspect.VisitHeld || v.State == inspect.VisitSubmitted {
			ids = append(ids, v.ID)
		}
	}
	if err := review.Approve(ctx, d.c, d.who("review-1"), ids); err != nil {
		return err
	}
	if err := d.secondCoder(ctx); err != nil {
		return err
	}
	if err := d.unproven(ctx); err != nil {
		return err
	}
	legs, err := d.c.Legs(ctx, wave)
	if err != nil {
		return err
	}
	var closed []int
	for _, l := range legs {
		if l.Approved == l.Visits {
			closed = append(closed, l.No)
			continue
		}
		if err := field.CloseLegs(ctx, d.c, d.who("review-1"), wave, []int{l.No}, "演示数据：道路中断，一户未能走访"); err != nil {
			return err
		}
	}
	if err := field.CloseLegs(ctx, d.c, d.who("review-1"), wave, closed, ""); err != nil {
		return err
	}
	findings, err := d.c.Findings(ctx, wave)
	s.Args = []any{"Visits", len(ids), "Legs", len(legs), "Findings", len(findings)}
	return err
}

// unproven lets two reviewers put aside what does not prove where it comes from: a packet of another campaign.
func (d *demo) unproven(ctx context.Context) error {
	all, err := returns.UnprovenOf(ctx, d.c, wave)
	for _, u := range all {
		for _, id := range []string{"review-1", "review-2"} {
			_, again := returns.Settle(ctx, d.c, d.who(id), wave, u.Digest, returns.Dismissed, "演示数据：是另一次活动的检查包")
			err = errors.Join(err, again)
		}
	}
	return err
}

// resolve settles which version of a report holds: a correction that says why, and otherwise the first.
func (d *demo) resolve(ctx context.Context, id string) error {
	seen, err := review.Show(ctx, d.c, d.who("review-1"), id, false)
	if err != nil {
		return err
	}
	keep, reason := 1, "演示数据：以首次提交为准"
	if last := seen.History[len(seen.History)-1]; last.Report.Correction != "" {
		keep, reason = last.Version, "演示数据：更正属实"
	}
	return review.Resolve(ctx, d.c, d.who("review-1"), id, keep, reason)
}

// secondCoder judges, blind to the first, what waits for two decisions.
func (d *demo) secondCoder(ctx context.Context) error {
	rows, err := review.List(ctx, d.c, wave, review.VisitFilter{State: inspect.VisitCoded})
	if err != nil {
		return err
	}
	var ids []string
	for _, v := range rows {
		ids = append(ids, v.ID)
	}
	return review.Approve(ctx, d.c, d.who("review-2"), ids)
}

// reveal publishes what anyone needs to recompute the counties and the teams.
func (d *demo) reveal(ctx context.Context, s *Step) error {
	err := ceremony.Reveal(ctx, d.c, d.who("draw-1"), wave, []inspect.Stage{inspect.StageTownship}, campaign.Custody{})
	if s.Refused = inspect.ProblemsOf(err); s.Refused == nil {
		return errors.Join(err, errors.New("the township stage was revealed"))
	}
	return ceremony.Reveal(ctx, d.c, d.who("draw-1"), wave, []inspect.Stage{inspect.StageCounty, inspect.StageAssign}, d.custodians())
}

// audit opens the deeper stages to an auditor, who draws again, compares and signs, once.
func (d *demo) audit(ctx context.Context, s *Step) error {
	found, err := audit.Run(ctx, d.c, d.who("audit-1"), wave, d.custodians(), audit.SignMatch)
	if err != nil {
		return err
	}
	s.Args = []any{"Visits", found.Visits, "Substitutions", found.Substitutions, "Mismatches", len(found.Mismatches)}
	_, err = audit.Run(ctx, d.c, d.who("audit-1"), wave, d.custodians(), audit.SignMatch)
	if s.Refused = inspect.ProblemsOf(err); s.Refused == nil {
		return errors.Join(err, errors.New("a second statement was accepted"))
	}
	return nil
}

// score computes the results.
func (d *demo) score(ctx context.Context, s *Step) error {
	d.at(leadDays+17, "09:00")
	r, err := results.Freeze(ctx, d.c, d.who("score-1"), wave)
	if err != nil {
		return err
	}
	banded := 0
	for i := range r.Regions {
		if len(r.Regions[i].Bands) > 0 {
			banded++
		}
	}
	n := r.National
	land, err := d.c.Land()
	if err != nil {
		return err
	}
	s.Args = []any{"Zh", land.NameZh, "En", land.NameEn, "Score", n.Score.Round1(), "Low", n.Low.Round1(), "High", n.High.Round1(), "Visits", n.Visits, "Banded", banded, "Digest", r.Digest.Fingerprint()}
	return nil
}
