package main

import (
	"cmp"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/prepare"
	"zhicha/inspect/say"
)

func (a *app) planCommand() *cobra.Command {
	cmd := a.command("plan", nil, nil)
	var county string
	preview := a.sub(cmd, "preview", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			if county != "" {
				return a.showCounty(c, county)
			}
			p, err := prepare.PreviewWave(a.ctx, c, a.wave)
			if err != nil {
				return err
			}
			land, err := c.Territory(a.wave)
			if err != nil {
				return err
			}
			a.print(p, func(w io.Writer) { a.showPreview(w, &land, p) })
			return nil
		})
	})
	preview.Flags().StringVar(&county, "county", "", a.say.Text("flag.county"))
	party := a.command("party", nil, nil)
	cmd.AddCommand(party)
	a.partyCommands(party)
	a.sub(cmd, "commit", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			d, err := ceremony.Commit(a.ctx, c, a.who(c), a.wave)
			if err != nil {
				return err
			}
			a.print(map[string]any{"wave": a.wave, "commit": d}, func(w io.Writer) {
				fmt.Fprintln(w, a.say.Text("plan.commit", "Wave", a.wave, "D", d.String(), "Fingerprint", d.Fingerprint()))
			})
			return nil
		})
	})
	a.sub(cmd, "beacon VALUE", cobra.ExactArgs(1), func(args []string) error {
		return a.with(func(c *campaign.Campaign) error {
			stands, err := ceremony.Beacon(a.ctx, c, a.who(c), a.wave, args[0])
			if err != nil {
				return err
			}
			id := "plan.beacon-first"
			if stands {
				id = "plan.beacon"
			}
			a.print(map[string]any{"wave": a.wave, "stands": stands}, func(w io.Writer) { fmt.Fprintln(w, a.say.Text(id, "Value", args[0])) })
			return nil
		})
	})
	var to, reason string
	postpone := a.bothSub(cmd, "postpone", cobra.NoArgs, func(c *campaign.Campaign, _ []string, with campaign.Actor) error {
		at, err := time.Parse(time.RFC3339, to)
		if err != nil {
			return inspect.Misuse("plan.postpone-to", "Value", to)
		}
		b, err := ceremony.Postpone(a.ctx, c, a.who(c), with, a.wave, at, reason)
		if err != nil {
			return err
		}
		a.print(map[string]any{"wave": a.wave, "issue": b.Issue, "at": b.At}, func(w io.Writer) {
			fmt.Fprintln(w, a.say.Text("plan.postpone", "Wave", a.wave, "Issue", b.Issue, "At", b.At.Format(time.DateTime)))
		})
		return nil
	})
	postpone.Flags().StringVar(&to, "to", "", a.say.Text("flag.postpone-to"))
	postpone.Flags().StringVar(&reason, "reason", "", a.say.Text("flag.postpone-reason"))
	postpone.MarkFlagRequired("to")
	postpone.MarkFlagRequired("reason")
	a.drawCommands(cmd)
	a.auditCommand(cmd)
	return cmd
}

// drawCommands are the draw itself and, when all is over, the reveal.
func (a *app) drawCommands(plan *cobra.Command) {
	var keys, stages []string
	drawing := a.sub(plan, "draw", cobra.NoArgs, func([]string) error {
		if tuned() { // a draw fills large buffers once: pages it touched before cost less than fresh ones
			debug.SetGCPercent(50)
		}
		return a.withKeys(&keys, func(c *campaign.Campaign, keys campaign.Custody) error {
			d, err := ceremony.Draw(a.ctx, c, a.who(c), a.wave, keys)
			if err != nil {
				return err
			}
			a.print(d, func(w io.Writer) {
				fmt.Fprintln(w, a.say.Text("plan.draw", "Legs", d.Legs, "Overlap", d.Overlap, "Plan", d.Plan.String()))
				for _, f := range d.Sealed {
					fmt.Fprintln(w, "  "+say.OneLine(f))
				}
			})
			return nil
		})
	})
	reveal := a.sub(plan, "reveal", cobra.NoArgs, func([]string) error {
		return a.withKeys(&keys, func(c *campaign.Campaign, keys campaign.Custody) error {
			var list []inspect.Stage
			for _, s := range stages {
				list = append(list, inspect.Stage(s))
			}
			if err := ceremony.Reveal(a.ctx, c, a.who(c), a.wave, list, keys); err != nil {
				return err
			}
			a.print(map[string]any{"wave": a.wave, "revealed": list}, func(w io.Writer) {
				fmt.Fprintln(w, a.say.Text("plan.reveal", "Wave", a.wave, "Stages", strings.Join(stages, ", ")))
			})
			return nil
		})
	})
	reveal.Flags().StringSliceVar(&stages, "stage", []string{"county", "assign"}, a.say.Text("flag.stage"))
	for _, c := range []*cobra.Command{drawing, reveal} {
		c.Flags().StringSliceVar(&keys, "key", nil, a.say.Text("flag.deposit-key"))
	}
}

// partyCommands are what a party does: make its secret and sign, on a device of its own or in the
// campaign folder; and what the office does with the files it brings.
func (a *app) partyCommands(party *cobra.Command) {
	var out, id, secret, record string
	fresh := a.sub(party, "new ID", cobra.ExactArgs(1), func(args []string) error {
		if id != "" {
			return a.newParty(out, id, args[0])
		}
		return a.with(func(c *campaign.Campaign) error {
			if !c.Config.Campaign.Demo { // what a party keeps is made where the party is
				return inspect.Refuse("plan.party-elsewhere", "Campaign", c.Config.Campaign.ID, "Party", args[0])
			}
			return a.newParty(cmp.Or(out, c.SecretsDir()), c.Config.Campaign.ID, args[0])
		})
	})
	fresh.Flags().StringVar(&out, "out", "", a.say.Text("flag.out"))
	fresh.Flags().StringVar(&id, "campaign", "", a.say.Text("flag.campaign"))
	a.sub(party, "add FILE…", cobra.MinimumNArgs(1), func(args []string) error {
		return a.with(func(c *campaign.Campaign) error {
			if err := ceremony.AddPartyFiles(a.ctx, c, a.who(c), a.wave, args); err != nil {
				return err
			}
			a.print(map[string]any{"wave": a.wave, "added": args}, func(w io.Writer) { fmt.Fprintln(w, a.say.Text("plan.party-added", "N", len(args))) })
			return nil
		})
	})
	var keys []string
	check := a.sub(party, "check", cobra.NoArgs, func([]string) error {
		return a.withKeys(&keys, func(c *campaign.Campaign, keys campaign.Custody) error {
			parties, err := ceremony.CheckDeposits(a.ctx, c, a.wave, keys)
			if err != nil {
				return err
			}
			a.print(map[string]any{"wave": a.wave, "deposits": parties}, func(w io.Writer) {
				fmt.Fprintln(w, a.say.Text("plan.party-checked", "Parties", strings.Join(parties, a.say.Pick("、", ", "))))
			})
			return nil
		})
	})
	a.keyFlag(check, &keys)
	var signedTo string
	sign := a.sub(party, "sign", cobra.NoArgs, func([]string) error {
		files, d, err := ceremony.SignCommit(record, secret, signedTo)
		if err != nil {
			return err
		}
		a.print(map[string]any{"commit": d, "files": files}, func(w io.Writer) {
			fmt.Fprintln(w, a.say.Text("plan.party-sign", "D", d.String(), "Fingerprint", d.Fingerprint(), "Files", strings.Join(files, " ")))
		})
		return nil
	})
	var broughtTo string
	share := a.sub(party, "share", cobra.NoArgs, func([]string) error {
		file, err := ceremony.BringShares(record, secret, broughtTo)
		if err != nil {
			return err
		}
		a.print(map[string]any{"file": file}, func(w io.Writer) { fmt.Fprintln(w, a.say.Text("plan.party-share", "File", file)) })
		return nil
	})
	share.Flags().StringVar(&broughtTo, "out", ".", a.say.Text("flag.out"))
	for _, c := range []*cobra.Command{sign, share} {
		c.Flags().StringVar(&record, "record", "", a.say.Text("flag.record"))
		c.Flags().StringVar(&secret, "secret", "", a.say.Text("flag.secret"))
		c.MarkFlagRequired("record")
		c.MarkFlagRequired("secret")
	}
	sign.Flags().StringVar(&signedTo, "out", ".", a.say.Text("flag.out"))
}

func (a *app) newParty(dir, id, party string) error {
	secret, public, err := ceremony.NewParty(a.rand, dir, id, a.wave, party)
	if err != nil {
		return err
	}
	a.print(map[string]any{"id": party, "wave": a.wave, "secret": secret, "public": public}, func(w io.Writer) {
		fmt.Fprintln(w, a.say.Text("plan.party", "ID", party, "File", secret, "Public", public))
	})
	return nil
}

// showCounty says in words why a county can or cannot be chosen.
func (a *app) showCounty(c *campaign.Campaign, which string) error {
	found, err := prepare.Chances(a.ctx, c, a.wave, which)
	if err != nil {
		return err
	}
	a.print(found, func(w io.Writer) {
		for _, x := range found {
			fmt.Fprintln(w, a.say.Text("preview.county", "Name", x.Name, "ID", x.ID, "Stratum", x.Stratum, "Of", x.Of, "Drawn", x.Drawn,
				"Size", x.Size, "Chance", fmt.Sprintf("%.2f%%", 100*x.Chance), "Pi", x.Pi))
			for _, why := range []struct {
				id string
				is bool
			}{{"certain", x.Certain}, {"capped", x.Capped}, {"floored", x.Floored}} {
				if why.is {
					fmt.Fprintln(w, "  "+a.say.Text("preview.county-"+why.id))
				}
			}
		}
	})
	return nil
}

func (a *app) showPreview(w io.Writer, land *inspect.Territory, p *prepare.Preview) {
	name := a.say.Pick(land.NameZh, land.NameEn)
	fmt.Fprintln(w, a.say.Text("preview.legs", "Wave", p.Wave, "Legs", p.Legs, "Overlap", p.Overlap, "Strata", p.Strata))
	for _, k := range inspect.Kinds {
		fmt.Fprintln(w, a.say.Text("preview.visits", "Kind", a.say.Text("kind."+string(k)), "N", p.Visits[k]))
	}
	fmt.Fprintln(w, a.say.Text("preview.cost", "Total", p.Total, "Hours", p.Minutes/60, "Days", p.InspectorDays))
	fmt.Fprintln(w, a.say.Text("preview.teams", "Needed", p.TeamsNeeded, "Teams", p.Teams))
	if p.Trials > 0 {
		fmt.Fprintln(w, a.say.Text("preview.trials", "Kept", p.Kept, "N", p.Trials))
	}
	if len(p.Alone) > 0 {
		fmt.Fprintln(w, a.say.Text("preview.alone", "N", len(p.Alone), "Strata", strings.Join(p.Alone, ", ")))
	}
	fmt.Fprintln(w, a.say.Text("preview.pi", "Min", fmt.Sprintf("%.2f%%", 100*p.PiMin), "Max", fmt.Sprintf("%.2f%%", 100*p.PiMax), "Certain", p.Certain, "TakeAll", p.TakeAll))
	fmt.Fprintln(w, a.say.Text("preview.precision", "Confidence", p.Confidence, "Land", name, "National", fmt.Sprintf("%.1f", p.NationalHalf), "Region", fmt.Sprintf("%.1f", p.RegionHalf)))
	verdict := "preview.supports-regions"
	if p.RegionHalf > float64(p.BandHalf) {
		verdict = "preview.supports-national"
	}
	fmt.Fprintln(w, a.say.Text(verdict, "Land", name, "Half", p.BandHalf, "Counties", p.BandCounties))
}
