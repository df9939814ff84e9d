package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/field"
	"zhicha/inspect/plan"
)

// legDecisions are what people decide about a leg on its way: that a unit gives way to its
// reserve, that nothing more is handed out, that it is not scored.
func (a *app) legDecisions(leg *cobra.Command) {
	act := field.SubstituteAct{}
	var keys, approvers []string
	sub := a.legSub(leg, "substitute", func(no int) error {
		return a.withKeys(&keys, func(c *campaign.Campaign, keys campaign.Custody) error {
			act.Wave, act.Leg, act.Keys, act.Approvers = a.wave, no, keys, nil
			for _, id := range approvers {
				act.Approvers = append(act.Approvers, campaign.ReadActor(c.SecretsDir(), id, a.passphrase))
			}
			done, err := field.Substitute(a.ctx, c, a.who(c), act)
			if err != nil {
				return err
			}
			a.print(done, func(w io.Writer) {
				fmt.Fprintln(w, a.say.Text("wave.substituted", "No", done.No, "Kind", a.say.Text("kind."+string(done.Kind)),
					"Replaced", len(done.Replaced), "Visits", strings.Join(done.Visits, " "), "Packets", strings.Join(done.Packets, " ")))
			})
			return nil
		})
	})
	var reasons []string
	for _, r := range plan.LegReasons {
		reasons = append(reasons, r.Code+" "+a.say.Pick(r.Zh, r.En))
	}
	sub.Flags().StringVar(&act.Unit, "unit", "", a.say.Text("flag.substitute-unit"))
	sub.Flags().StringVar(&act.Reason, "reason", "", a.say.Text("flag.substitute-reason", "Reasons", strings.Join(reasons, a.say.Pick("，", ", "))))
	sub.Flags().StringSliceVar(&keys, "key", nil, a.say.Text("flag.key"))
	sub.Flags().StringSliceVar(&approvers, "approve", nil, a.say.Text("flag.approve"))
	for _, f := range []string{"unit", "reason", "key", "approve"} {
		sub.MarkFlagRequired(f)
	}
	var reason string
	var lift bool
	suspend := a.legSub(leg, "suspend", func(no int) error {
		id := "wave.suspended"
		if lift {
			id = "wave.resumed"
		}
		return a.decideLeg(id, no, func(c *campaign.Campaign) error {
			return field.SuspendLeg(a.ctx, c, a.who(c), a.wave, no, reason, lift)
		})
	})
	suspend.Flags().BoolVar(&lift, "lift", false, a.say.Text("flag.lift"))
	exclude := a.legSub(leg, "exclude", func(no int) error {
		id := "wave.excluded"
		return a.decideLeg(id, no, func(c *campaign.Campaign) error { return field.ExcludeLeg(a.ctx, c, a.who(c), a.wave, no, reason) })
	})
	for _, cmd := range []*cobra.Command{suspend, exclude} {
		cmd.Flags().StringVar(&reason, "reason", "", a.say.Text("flag.reason"))
	}
}

// legSub makes a subcommand on one leg, by its number.
func (a *app) legSub(parent *cobra.Command, name string, run func(no int) error) *cobra.Command {
	return a.sub(parent, name+" NUMBER", cobra.ExactArgs(1), func(args []string) error {
		no, err := strconv.Atoi(args[0])
		if err != nil {
			return inspect.Misuse("leg.number", "Value", args[0])
		}
		return run(no)
	})
}

func (a *app) decideLeg(id string, no int, decide func(*campaign.Campaign) error) error {
	return a.with(func(c *campaign.Campaign) error {
		if err := decide(c); err != nil {
			return err
		}
		a.print(map[string]any{"wave": a.wave, "leg": no, "state": strings.TrimPrefix(id, "wave.")}, func(w io.Writer) {
			fmt.Fprintln(w, a.say.Text(id, "Leg", no))
		})
		return nil
	})
}

// legMarks says in the list of legs what was decided about one.
func (a *app) legMarks(suspended, excluded string) string {
	marks := ""
	if suspended != "" {
		marks += "  " + a.say.Text("wave.mark-suspended", "Reason", suspended)
	}
	if excluded != "" {
		marks += "  " + a.say.Text("wave.mark-excluded", "Reason", excluded)
	}
	return marks
}
