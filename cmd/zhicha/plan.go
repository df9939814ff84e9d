package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
)

func (a *app) planCommand() *cobra.Command {
	cmd := a.command("plan", nil, nil)
	a.sub(cmd, "preview", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			p, err := c.PlanPreview(a.ctx, a.wave)
			if err != nil {
				return err
			}
			a.print(p, func(w io.Writer) { a.showPreview(w, p) })
			return nil
		})
	})
	party := a.command("party", nil, nil)
	cmd.AddCommand(party)
	a.sub(party, "new ID", cobra.ExactArgs(1), func(args []string) error {
		return a.with(func(c *campaign.Campaign) error {
			file, err := c.NewParty(a.ctx, args[0], a.wave)
			if err != nil {
				return err
			}
			a.print(map[string]any{"id": args[0], "wave": a.wave, "secret": file}, func(w io.Writer) {
				fmt.Fprintln(w, a.say.text("plan.party", "ID", args[0], "File", file))
			})
			return nil
		})
	})
	a.sub(cmd, "commit", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			d, err := c.Commit(a.ctx, a.as, a.wave)
			if err != nil {
				return err
			}
			a.print(map[string]any{"wave": a.wave, "commit": d}, func(w io.Writer) {
				fmt.Fprintln(w, a.say.text("plan.commit", "Wave", a.wave, "D", d.String(), "Fingerprint", d.Fingerprint()))
			})
			return nil
		})
	})
	a.sub(cmd, "beacon VALUE", cobra.ExactArgs(1), func(args []string) error {
		return a.with(func(c *campaign.Campaign) error {
			stands, err := c.Beacon(a.ctx, a.as, a.wave, args[0])
			if err != nil {
				return err
			}
			id := "plan.beacon-first"
			if stands {
				id = "plan.beacon"
			}
			a.print(map[string]any{"wave": a.wave, "stands": stands}, func(w io.Writer) { fmt.Fprintln(w, a.say.text(id, "Value", args[0])) })
			return nil
		})
	})
	a.sub(cmd, "draw", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			d, err := c.Draw(a.ctx, a.as, a.wave)
			if err != nil {
				return err
			}
			a.print(d, func(w io.Writer) {
				fmt.Fprintln(w, a.say.text("plan.draw", "Legs", d.Legs, "Overlap", d.Overlap, "Visits", sum(d.Visits), "Plan", d.Plan.String()))
				for _, f := range d.Sealed {
					fmt.Fprintln(w, "  "+f)
				}
			})
			return nil
		})
	})
	return cmd
}

func sum(visits map[inspect.Kind]int) (n int) {
	for _, v := range visits {
		n += v
	}
	return n
}

func (a *app) showPreview(w io.Writer, p *campaign.Preview) {
	fmt.Fprintln(w, a.say.text("preview.legs", "Wave", p.Wave, "Legs", p.Legs, "Overlap", p.Overlap, "Strata", p.Strata))
	for _, k := range inspect.Kinds {
		fmt.Fprintln(w, a.say.text("preview.visits", "Kind", a.say.text("kind."+string(k)), "N", p.Visits[k]))
	}
	fmt.Fprintln(w, a.say.text("preview.cost", "Total", p.Total, "Hours", p.Minutes/60, "Days", p.InspectorDays))
	fmt.Fprintln(w, a.say.text("preview.teams", "Needed", p.TeamsNeeded, "Teams", p.Teams))
	fmt.Fprintln(w, a.say.text("preview.pi", "Min", fmt.Sprintf("%.2f%%", 100*p.PiMin), "Max", fmt.Sprintf("%.2f%%", 100*p.PiMax), "Certain", p.Certain, "TakeAll", p.TakeAll))
	fmt.Fprintln(w, a.say.text("preview.precision", "Confidence", p.Confidence, "National", fmt.Sprintf("%.1f", p.NationalHalf), "Region", fmt.Sprintf("%.1f", p.RegionHalf)))
	verdict := "preview.supports-regions"
	if p.RegionHalf > float64(p.BandHalf) {
		verdict = "preview.supports-national"
	}
	fmt.Fprintln(w, a.say.text(verdict, "Half", p.BandHalf, "Counties", p.BandCounties))
}
