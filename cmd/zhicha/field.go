package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
)

func (a *app) packetCommand() *cobra.Command {
	cmd := a.command("packet", nil, nil)
	var keys []string
	mk := a.sub(cmd, "make", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			files, err := c.PacketMake(a.ctx, a.as, a.wave, keys)
			if err != nil {
				return err
			}
			a.print(map[string]any{"packets": files}, func(w io.Writer) {
				fmt.Fprintln(w, a.say.text("packet.done", "N", len(files), "First", files[0], "Last", files[len(files)-1]))
			})
			return nil
		})
	})
	forms := a.sub(cmd, "form [NUMBER…]", cobra.ArbitraryArgs, func(args []string) error {
		numbers, err := legNumbers(args)
		if err != nil {
			return err
		}
		return a.with(func(c *campaign.Campaign) error {
			files, err := c.PacketForms(a.ctx, a.as, a.wave, numbers, keys)
			if err != nil {
				return err
			}
			a.print(map[string]any{"packets": files}, func(w io.Writer) {
				fmt.Fprintln(w, a.say.text("packet.forms", "N", len(files), "First", files[0], "Last", files[len(files)-1]))
			})
			return nil
		})
	})
	codes := a.sub(cmd, "codes [NUMBER…]", cobra.ArbitraryArgs, func(args []string) error {
		numbers, err := legNumbers(args)
		if err != nil {
			return err
		}
		return a.with(func(c *campaign.Campaign) error {
			list, err := c.PacketCodesOf(a.ctx, a.as, a.wave, numbers, keys)
			if err != nil {
				return err
			}
			a.print(list, func(w io.Writer) {
				rows := newTable(a.say.text("packet.col.no"), a.say.text("packet.col.start"), a.say.text("packet.col.province"), a.say.text("packet.col.county"), a.say.text("packet.col.village"))
				for _, p := range list {
					rows.add(p.Packet, p.Start, p.Province, p.County, p.Village)
				}
				rows.write(w)
			})
			return nil
		})
	})
	for _, c := range []*cobra.Command{mk, forms, codes} {
		c.Flags().StringSliceVar(&keys, "key", nil, a.say.text("flag.key"))
		c.MarkFlagRequired("key")
	}
	return cmd
}

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

func (a *app) intakeCommand() *cobra.Command {
	cmd := a.command("intake PATH…", cobra.MinimumNArgs(1), func(args []string) error {
		return a.with(func(c *campaign.Campaign) error {
			taken, err := c.Intake(a.ctx, a.wave, args)
			if err != nil {
				return err
			}
			return a.showTaken(taken)
		})
	})
	var keep int
	var reason string
	resolve := a.sub(cmd, "resolve ID", cobra.ExactArgs(1), func(args []string) error {
		return a.with(func(c *campaign.Campaign) error {
			if err := c.Resolve(a.ctx, a.as, args[0], keep, reason); err != nil {
				return err
			}
			a.print(map[string]any{"visit": args[0], "version": keep}, func(w io.Writer) {
				fmt.Fprintln(w, a.say.text("intake.resolved", "ID", args[0], "Version", keep))
			})
			return nil
		})
	})
	resolve.Flags().IntVar(&keep, "keep", 0, a.say.text("flag.keep"))
	resolve.Flags().StringVar(&reason, "reason", "", a.say.text("flag.reason"))
	resolve.MarkFlagRequired("keep")
	return cmd
}

// showTaken sums up what intake did; what was refused is the error it ends with.
func (a *app) showTaken(taken []campaign.Taken) error {
	var bad, warnings inspect.Problems
	totals := map[string]int{}
	files := make([]map[string]any, 0, len(taken))
	for _, t := range taken {
		for state, n := range t.Visits {
			totals[state] += n
		}
		if t.Repeated {
			totals["repeated"]++
		}
		totals["alarms"] += t.Alarms
		bad, warnings = append(bad, t.Problems...), append(warnings, t.Warnings...)
		files = append(files, map[string]any{"file": t.File, "packet": t.Packet, "repeated": t.Repeated, "visits": t.Visits, "alarms": t.Alarms,
			"problems": a.saidAll(t.Problems), "warnings": a.saidAll(t.Warnings)})
	}
	a.print(map[string]any{"files": files, "totals": totals}, func(w io.Writer) {
		fmt.Fprintln(w, a.say.text("intake.files", "N", len(taken)))
		for _, state := range []string{"accepted", "superseded", "unchanged", "held", "refused", "repeated", "alarms"} {
			if totals[state] > 0 {
				fmt.Fprintln(w, "  "+a.say.text("intake."+state, "N", totals[state]))
			}
		}
		for _, s := range a.saidAll(warnings) {
			fmt.Fprintln(w, "  "+a.say.text("intake.warning", "Text", s.At+s.Message))
		}
	})
	return bad.Err()
}

func (a *app) saidAll(ps inspect.Problems) []said {
	out := make([]said, 0, len(ps))
	for _, p := range ps {
		out = append(out, a.say.problem(p))
	}
	return out
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
