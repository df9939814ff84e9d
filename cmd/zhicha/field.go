package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
)

// legNumbers reads the numbers of legs, which are those of their packets.
func legNumbers(args []string) (numbers []int, err error) {
	for _, arg := range args {
		n, err := strconv.Atoi(arg)
		if err != nil {
			return nil, inspect.Misuse("leg.number", "Value", arg)
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}

func (a *app) legCommand() *cobra.Command {
	cmd := a.command("leg", nil, nil)
	a.sub(cmd, "list", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			legs, err := c.Legs(a.ctx, a.wave)
			if err != nil {
				return err
			}
			a.print(legs, func(w io.Writer) {
				rows := newTable(a.say.text("leg.col.no"), a.say.text("leg.col.team"), a.say.text("leg.col.start"), a.say.text("leg.col.visits"),
					a.say.text("leg.col.filed"), a.say.text("leg.col.approved"), a.say.text("leg.col.state"))
				for _, l := range legs {
					state := a.say.text("leg.open")
					if !l.Closed.IsZero() {
						state = a.say.text("leg.done") + " " + l.Reason
					}
					state += a.legMarks(l.Suspended, l.Excluded)
					rows.add(l.No, l.Team, l.Start, l.Visits, l.Filed, l.Approved, state)
				}
				rows.write(w)
			})
			return nil
		})
	})
	a.legDecisions(cmd)
	var reason string
	cl := a.sub(cmd, "close NUMBER…", cobra.MinimumNArgs(1), func(args []string) error {
		numbers, err := legNumbers(args)
		if err != nil {
			return err
		}
		return a.with(func(c *campaign.Campaign) error {
			if err := c.LegClose(a.ctx, a.as, a.wave, numbers, reason); err != nil {
				return err
			}
			a.print(map[string]any{"closed": numbers}, func(w io.Writer) { fmt.Fprintln(w, a.say.text("leg.closed-now", "N", len(numbers))) })
			return nil
		})
	})
	cl.Flags().StringVar(&reason, "reason", "", a.say.text("flag.reason"))
	return cmd
}

func (a *app) visitCommand() *cobra.Command {
	cmd := a.command("visit", nil, nil)
	var leg int
	list := a.sub(cmd, "list", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			visits, err := c.Visits(a.ctx, a.wave, leg)
			if err != nil {
				return err
			}
			a.print(visits, func(w io.Writer) {
				rows := newTable(a.say.text("visit.col.id"), a.say.text("visit.col.kind"), a.say.text("visit.col.day"), a.say.text("visit.col.state"), a.say.text("visit.col.grade"))
				for _, v := range visits {
					rows.add(v.ID, a.say.text("kind."+string(v.Kind)), v.Day, a.say.text("visit.state."+string(v.State)), v.Grade)
				}
				rows.write(w)
			})
			return nil
		})
	})
	list.Flags().IntVar(&leg, "leg", 0, a.say.text("flag.leg"))
	a.sub(cmd, "show ID", cobra.ExactArgs(1), func(args []string) error {
		return a.with(func(c *campaign.Campaign) error { return a.showVisit(c, args[0]) })
	})
	var approveLeg int
	approve := a.sub(cmd, "approve [ID…]", cobra.ArbitraryArgs, func(args []string) error {
		return a.with(func(c *campaign.Campaign) error {
			ids := args
			if approveLeg != 0 {
				visits, err := c.Visits(a.ctx, a.wave, approveLeg)
				if err != nil {
					return err
				}
				for _, v := range visits {
					if v.State == inspect.VisitSubmitted {
						ids = append(ids, v.ID)
					}
				}
			}
			if len(ids) == 0 {
				return inspect.Misuse("visit.none")
			}
			if err := c.VisitApprove(a.ctx, a.as, ids); err != nil {
				return err
			}
			a.print(map[string]any{"approved": ids}, func(w io.Writer) { fmt.Fprintln(w, a.say.text("visit.approved", "N", len(ids))) })
			return nil
		})
	})
	approve.Flags().IntVar(&approveLeg, "leg", 0, a.say.text("flag.approve-leg"))
	var reason string
	back := a.sub(cmd, "return ID…", cobra.MinimumNArgs(1), func(args []string) error {
		return a.with(func(c *campaign.Campaign) error {
			if err := c.VisitReturn(a.ctx, a.as, args, reason); err != nil {
				return err
			}
			a.print(map[string]any{"returned": args}, func(w io.Writer) { fmt.Fprintln(w, a.say.text("visit.returned", "N", len(args))) })
			return nil
		})
	})
	back.Flags().StringVar(&reason, "reason", "", a.say.text("flag.reason"))
	return cmd
}

func (a *app) showVisit(c *campaign.Campaign, id string) error {
	v, history, findings, err := c.Visit(a.ctx, id)
	if err != nil {
		return err
	}
	list, err := c.Checklist()
	if err != nil {
		return err
	}
	a.print(map[string]any{"visit": v, "history": history, "findings": findings}, func(w io.Writer) {
		fmt.Fprintln(w, a.say.text("visit.head", "ID", v.ID, "Kind", a.say.text("kind."+string(v.Kind)), "Day", v.Day, "State", a.say.text("visit.state."+string(v.State)), "Grade", v.Grade))
		fmt.Fprintln(w, strings.Join([]string{v.Places.Region, v.Places.County, v.Places.Township, v.Places.Village, v.Places.Name}, " "))
		for _, h := range history {
			fmt.Fprintln(w, a.say.text("visit.version", "N", h.Version, "State", a.say.text("report.state."+h.State), "Received", h.Received.Format("2006-01-02 15:04"), "Revision", h.Report.Revision, "Correction", h.Report.Correction))
		}
		if v.Report != nil {
			rows := newTable(a.say.text("visit.col.item"), a.say.text("visit.col.answer"), a.say.text("visit.col.method"), a.say.text("visit.col.name"))
			for _, ans := range v.Report.Answers {
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
		for _, f := range findings {
			fmt.Fprintln(w, a.say.text("visit.finding", "ID", f.ID, "Severity", f.Severity, "Fact", f.Fact))
		}
	})
	return nil
}

func (a *app) findingCommand() *cobra.Command {
	cmd := a.command("finding", nil, nil)
	var kind, region string
	list := a.sub(cmd, "list", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			all, err := c.Findings(a.ctx, a.wave)
			if err != nil {
				return err
			}
			shown := all[:0]
			for _, f := range all {
				if (kind == "" || string(f.Kind) == kind) && (region == "" || f.Region == region) {
					shown = append(shown, f)
				}
			}
			a.print(shown, func(w io.Writer) {
				rows := newTable(a.say.text("finding.col.id"), a.say.text("finding.col.kind"), a.say.text("finding.col.severity"), a.say.text("finding.col.state"), a.say.text("finding.col.due"), a.say.text("finding.col.fact"))
				for _, f := range shown {
					due := ""
					if !f.Due.IsZero() {
						due = f.Due.In(inspect.Beijing).Format("01-02 15:04")
					}
					rows.add(f.ID, a.say.text("finding.kind."+string(f.Kind)), f.Severity, a.say.text("finding.state."+string(f.State)), due, f.Fact)
				}
				rows.write(w)
				fmt.Fprintln(w, a.say.text("finding.total", "N", len(shown)))
			})
			return nil
		})
	})
	list.Flags().StringVar(&kind, "kind", "", a.say.text("flag.finding-kind"))
	list.Flags().StringVar(&region, "region", "", a.say.text("flag.region"))
	return cmd
}
