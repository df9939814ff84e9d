package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/checklist"
	"zhicha/inspect/review"
	"zhicha/inspect/say"
)

func (a *app) visitCommand() *cobra.Command {
	cmd := a.command("visit", nil, nil)
	var filter review.VisitFilter
	var state, grade string
	list := a.sub(cmd, "list", cobra.NoArgs, func([]string) error {
		filter.State, filter.Grade = inspect.VisitState(state), inspect.Grade(grade)
		return a.with(func(c *campaign.Campaign) error { return a.listVisits(c, filter) })
	})
	list.Flags().IntVar(&filter.Leg, "leg", 0, a.say.Text("flag.leg"))
	list.Flags().StringVar(&state, "state", "", a.say.Text("flag.visit-state"))
	list.Flags().StringVar(&grade, "grade", "", a.say.Text("flag.visit-grade"))
	var places bool
	show := a.sub(cmd, "show ID", cobra.ExactArgs(1), func(args []string) error {
		return a.with(func(c *campaign.Campaign) error { return a.showVisit(c, args[0], places) })
	})
	show.Flags().BoolVar(&places, "places", false, a.say.Text("flag.places"))
	a.reviewCommands(cmd)
	return cmd
}

// reviewCommands are what a reviewer decides.
func (a *app) reviewCommands(visit *cobra.Command) {
	var leg int
	var reason string
	approve := a.sub(visit, "approve [ID…]", cobra.ArbitraryArgs, func(ids []string) error {
		return a.with(func(c *campaign.Campaign) error {
			if leg != 0 {
				more, err := review.ToReview(a.ctx, c, a.who(c), a.wave, leg)
				if err != nil {
					return err
				}
				ids = append(ids, more...)
			}
			if len(ids) == 0 {
				return inspect.Misuse("visit.none")
			}
			return a.review(c, ids, review.Approved, reason)
		})
	})
	approve.Flags().IntVar(&leg, "leg", 0, a.say.Text("flag.approve-leg"))
	approve.Flags().StringVar(&reason, "reason", "", a.say.Text("flag.dispute-reason"))
	var why string
	back := a.sub(visit, "return ID…", cobra.MinimumNArgs(1), func(ids []string) error {
		return a.with(func(c *campaign.Campaign) error { return a.review(c, ids, review.Returned, why) })
	})
	back.Flags().StringVar(&why, "reason", "", a.say.Text("flag.reason"))
}

func (a *app) review(c *campaign.Campaign, ids []string, decision, reason string) error {
	done, err := review.Decide(a.ctx, c, a.who(c), ids, decision, reason)
	if err != nil {
		return err
	}
	a.print(done, func(w io.Writer) {
		for _, x := range []struct {
			text string
			n    int
		}{
			{a.say.Text("visit.approved", "N", len(done.Approved)), len(done.Approved)},
			{a.say.Text("visit.returned", "N", len(done.Returned)), len(done.Returned)},
			{a.say.Text("visit.waiting", "IDs", strings.Join(done.Waiting, " ")), len(done.Waiting)},
			{a.say.Text("visit.disputed", "IDs", strings.Join(done.Disputed, " ")), len(done.Disputed)},
		} {
			if x.n > 0 {
				fmt.Fprintln(w, x.text)
			}
		}
	})
	return nil
}

func (a *app) listVisits(c *campaign.Campaign, filter review.VisitFilter) error {
	visits, err := review.List(a.ctx, c, a.wave, filter)
	if err != nil {
		return err
	}
	second, err := review.Second(a.ctx, c, a.wave)
	if err != nil {
		return err
	}
	a.print(visits, func(w io.Writer) {
		rows := newTable(a.say.Text("visit.col.id"), a.say.Text("visit.col.kind"), a.say.Text("visit.col.day"), a.say.Text("visit.col.state"),
			a.say.Text("visit.col.grade"), a.say.Text("visit.col.warnings"), a.say.Text("visit.col.second"))
		for _, v := range visits {
			warnings, mark := "", ""
			if v.Warnings > 0 {
				warnings = fmt.Sprint(v.Warnings)
			}
			if v.Second {
				mark = a.say.Text("visit.second-mark")
			}
			rows.add(v.ID, a.say.Text("kind."+string(v.Kind)), v.Day, a.say.Text("visit.state."+string(v.State)), v.Grade, warnings, mark)
		}
		rows.write(w)
		a.showSecond(w, second)
	})
	return nil
}

// showSecond tells how far the two coders of the sample agree.
func (a *app) showSecond(w io.Writer, s *review.SecondCoding) {
	if s.Marked == 0 {
		return
	}
	kappa := "–"
	if s.Agreed.Kappa != nil {
		kappa = fmt.Sprintf("%.2f", *s.Agreed.Kappa)
	}
	fmt.Fprintln(w, a.say.Text("visit.second", "Marked", s.Marked, "Waiting", s.Waiting, "Disputed", s.Disputed, "N", s.Agreed.N,
		"Percent", fmt.Sprintf("%.1f%%", s.Agreed.Percent), "Kappa", kappa, "Small", s.Agreed.Small))
}

func (a *app) showVisit(c *campaign.Campaign, id string, places bool) error {
	v, err := review.Show(a.ctx, c, a.who(c), id, places)
	if err != nil {
		return err
	}
	list, err := c.Checklist()
	if err != nil {
		return err
	}
	a.print(struct {
		*review.VisitView
		Warnings []say.Said `json:"warnings"`
	}{v, a.saidAll(v.Warnings)}, func(w io.Writer) {
		a.showHead(w, v, places)
		if v.Visit.Report != nil {
			a.showFiled(w, v, list)
		}
		a.showRest(w, v)
	})
	return nil
}

// showHead says what the visit is and where it stands.
func (a *app) showHead(w io.Writer, v *review.VisitView, places bool) {
	x := v.Visit
	fmt.Fprintln(w, a.say.Text("visit.head", "ID", x.ID, "Kind", a.say.Text("kind."+string(x.Kind)), "Day", x.Day, "State", a.say.Text("visit.state."+string(x.State)), "Grade", x.Grade))
	if places {
		fmt.Fprintln(w, say.OneLine(strings.Join([]string{x.Places.Region, x.Places.County, x.Places.Township, x.Places.Village, x.Places.Name}, " ")))
	}
	if x.Second {
		fmt.Fprintln(w, a.say.Text("visit.for-second"))
	}
	for _, code := range v.Why {
		fmt.Fprintln(w, a.say.Text("visit.why", "Grade", x.Grade, "Why", a.say.Text("visit.why."+code)))
	}
	for _, s := range a.saidAll(v.Warnings) {
		fmt.Fprintln(w, a.say.Text("visit.warning", "Text", s.Message))
	}
}

// showFiled shows the current report: who was there, when, and the answers.
func (a *app) showFiled(w io.Writer, v *review.VisitView, list *checklist.Checklist) {
	r := v.Visit.Report
	const minutes = "2006-01-02 15:04"
	fmt.Fprintln(w, a.say.Text("visit.times", "Arrived", r.Arrived.In(inspect.Beijing).Format(minutes), "Left", r.Left.In(inspect.Beijing).Format(minutes),
		"Minutes", int(r.Left.Sub(r.Arrived).Minutes()), "Inspectors", strings.Join(r.Inspectors, " ")))
	var present []string
	for _, code := range r.Present {
		for _, c := range inspect.Capacities {
			if c.Code == code {
				present = append(present, a.say.Pick(c.Zh, c.En))
			}
		}
	}
	fmt.Fprintln(w, a.say.Text("visit.present", "Who", strings.Join(present, a.say.Pick("、", ", "))))
	if r.Escort != "" {
		fmt.Fprintln(w, a.say.Text("visit.escort", "Reason", a.coded(inspect.EscortReasons, r.Escort)))
	}
	if r.Substitution != "" {
		fmt.Fprintln(w, a.say.Text("visit.substitution", "Reason", a.coded(inspect.SubstitutionReasons, r.Substitution)))
	}
	rows := newTable(a.say.Text("visit.col.item"), a.say.Text("visit.col.answer"), a.say.Text("visit.col.method"), a.say.Text("visit.col.name"))
	for _, ans := range r.Answers {
		value := ans.Value
		if ans.Reason != "" {
			value += " (" + ans.Reason + ")"
		}
		name := ""
		if item := list.Item(ans.Item); item != nil {
			name = item.In(a.lang)
		}
		rows.add(ans.Item, value, ans.Method, name)
	}
	rows.write(w)
}

// coded is a code in words.
func (a *app) coded(list []inspect.Coded, code string) string {
	for _, c := range list {
		if c.Code == code {
			return a.say.Pick(c.Zh, c.En)
		}
	}
	return code
}

// showRest shows what belongs to the report: its history, who decided what, photos, mandatory
// reports and findings.
func (a *app) showRest(w io.Writer, v *review.VisitView) {
	const minutes = "2006-01-02 15:04"
	for _, h := range v.History {
		fmt.Fprintln(w, a.say.Text("visit.version", "N", h.Version, "State", a.say.Text("report.state."+h.State), "Received", h.Received.Format(minutes),
			"By", strings.Join(h.Report.Inspectors, " "), "File", h.File, "Revision", h.Report.Revision, "Correction", h.Report.Correction))
	}
	for _, ch := range v.Changes {
		fmt.Fprintln(w, a.say.Text("visit.change", "Old", ch.Old, "New", ch.New, "N", len(ch.Differences), "Correction", ch.Correction))
		rows := newTable(a.say.Text("visit.col.field"), a.say.Text("visit.col.version", "N", ch.Old), a.say.Text("visit.col.version", "N", ch.New))
		for _, d := range ch.Differences {
			rows.add(d.Field, d.Old, d.New)
		}
		rows.write(w)
	}
	for _, d := range v.Decisions {
		fmt.Fprintln(w, a.say.Text("visit.decision", "At", d.Time.Format(minutes), "By", d.By, "Decision", a.say.Text("visit.decision."+d.Decision), "Reason", d.Reason))
	}
	for _, p := range v.Photos {
		if p.Type == "" {
			fmt.Fprintln(w, a.say.Text("visit.photo-closed", "Digest", p.SHA256.String()))
			continue
		}
		fmt.Fprintln(w, a.say.Text("visit.photo", "Digest", p.SHA256.String(), "Type", p.Type, "Size", p.Size))
	}
	for _, digest := range v.Missing {
		fmt.Fprintln(w, a.say.Text("visit.missing", "Digest", digest))
	}
	for _, digest := range v.Closed {
		fmt.Fprintln(w, a.say.Text("visit.closed", "Digest", digest))
	}
	for _, x := range v.Alarms {
		fmt.Fprintln(w, a.say.Text("visit.alarm", "At", x.At.Format(minutes), "Told", strings.Join(x.Told, " "), "Receipt", x.Receipt))
	}
	for _, f := range v.Findings {
		fmt.Fprintln(w, a.say.Text("visit.finding", "ID", f.ID, "Severity", f.Severity, "Fact", f.Fact))
	}
}
