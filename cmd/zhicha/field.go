package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/field"
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
				rows := newTable(a.say.Text("leg.col.no"), a.say.Text("leg.col.team"), a.say.Text("leg.col.start"), a.say.Text("leg.col.visits"),
					a.say.Text("leg.col.filed"), a.say.Text("leg.col.approved"), a.say.Text("leg.col.state"))
				for _, l := range legs {
					state := a.say.Text("leg.open")
					if !l.Closed.IsZero() {
						state = a.say.Text("leg.done") + " " + l.Reason
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
			if err := field.CloseLegs(a.ctx, c, a.who(c), a.wave, numbers, reason); err != nil {
				return err
			}
			a.print(map[string]any{"closed": numbers}, func(w io.Writer) { fmt.Fprintln(w, a.say.Text("leg.closed-now", "N", len(numbers))) })
			return nil
		})
	})
	cl.Flags().StringVar(&reason, "reason", "", a.say.Text("flag.reason"))
	return cmd
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
				rows := newTable(a.say.Text("finding.col.id"), a.say.Text("finding.col.kind"), a.say.Text("finding.col.severity"), a.say.Text("finding.col.state"), a.say.Text("finding.col.due"), a.say.Text("finding.col.fact"))
				for _, f := range shown {
					due := ""
					if !f.Due.IsZero() {
						due = f.Due.In(inspect.Beijing).Format("01-02 15:04")
					}
					rows.add(f.ID, a.say.Text("finding.kind."+string(f.Kind)), f.Severity, a.say.Text("finding.state."+string(f.State)), due, f.Fact)
				}
				rows.write(w)
				fmt.Fprintln(w, a.say.Text("finding.total", "N", len(shown)))
			})
			return nil
		})
	})
	list.Flags().StringVar(&kind, "kind", "", a.say.Text("flag.finding-kind"))
	list.Flags().StringVar(&region, "region", "", a.say.Text("flag.region"))
	return cmd
}
