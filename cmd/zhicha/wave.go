package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/estimate"
	"zhicha/inspect/prepare"
	"zhicha/inspect/results"
)

func (a *app) waveCommand() *cobra.Command {
	cmd := a.command("wave", nil, nil)
	a.waveNew(cmd)
	a.waveExchange(cmd)
	var from string
	agreement := a.sub(cmd, "agreement N", cobra.ExactArgs(1), func(args []string) error {
		no, err := waveNumber(args[0])
		if err != nil {
			return err
		}
		return a.with(func(c *campaign.Campaign) error {
			got, err := results.AgreementOf(a.ctx, c, no, from)
			if err != nil {
				return err
			}
			a.print(got, func(w io.Writer) { a.showAgreement(w, got) })
			return nil
		})
	})
	agreement.Flags().StringVar(&from, "import", "", a.say.Text("flag.agreement-import"))
	return cmd
}

func waveNumber(arg string) (int, error) {
	no, err := strconv.Atoi(arg)
	if err != nil {
		return 0, inspect.Misuse("wave.not-a-number", "Value", arg)
	}
	return no, nil
}

func (a *app) waveNew(wave *cobra.Command) {
	var n prepare.NewWave
	var from, to string
	fresh := a.sub(wave, "new", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			n.From, n.To = inspect.Date(from), inspect.Date(to)
			made, err := prepare.AddWave(a.ctx, c, a.who(c), n)
			if err != nil {
				return err
			}
			a.print(made, func(w io.Writer) {
				fmt.Fprintln(w, a.say.Text("wave.made", "No", made.No, "From", made.Window.From, "To", made.Window.To))
				if u := made.Units; u != nil {
					fmt.Fprintln(w, a.say.Text("wave.own-frame", "File", made.Frame, "Counties", u.Counties, "Townships", u.Townships,
						"Villages", u.Villages, "Institutions", u.Institutions))
				}
				if n.Issue == "" {
					fmt.Fprintln(w, a.say.Text("wave.issue-open"))
				}
			})
			return nil
		})
	})
	flags := fresh.Flags()
	flags.StringVar(&n.Kind, "kind", "", a.say.Text("flag.wave-kind"))
	flags.IntVar(&n.No, "no", 0, a.say.Text("flag.wave-no"))
	flags.StringVar(&n.Reason, "reason", "", a.say.Text("flag.reason"))
	flags.StringVar(&n.Units, "units", "", a.say.Text("flag.units"))
	flags.StringVar(&n.Import, "from-import", "", a.say.Text("flag.from-import"))
	flags.StringVar(&from, "from", "", a.say.Text("flag.wave-from"))
	flags.StringVar(&to, "to", "", a.say.Text("flag.wave-to"))
	flags.StringVar(&n.Issue, "issue", "", a.say.Text("flag.issue"))
	fresh.MarkFlagRequired("kind")
}

// waveExchange hands what a wave found to another office, and takes in what one hands over.
func (a *app) waveExchange(wave *cobra.Command) {
	var out, key string
	export := a.sub(wave, "export N", cobra.ExactArgs(1), func(args []string) error {
		no, err := waveNumber(args[0])
		if err != nil {
			return err
		}
		return a.with(func(c *campaign.Campaign) error {
			e, err := results.ExportWave(a.ctx, c, a.who(c), no, out)
			if err != nil {
				return err
			}
			a.print(e, func(w io.Writer) {
				fmt.Fprintln(w, a.say.Text("wave.exported", "File", e.File, "Units", e.Units, "ID", e.ID[:12], "Key", e.Key))
			})
			return nil
		})
	})
	export.Flags().StringVar(&out, "out", "", a.say.Text("flag.export-out"))
	export.MarkFlagRequired("out")
	take := a.sub(wave, "import FILE", cobra.ExactArgs(1), func(args []string) error {
		return a.with(func(c *campaign.Campaign) error {
			e, err := results.ImportWave(a.ctx, c, a.who(c), args[0], key)
			if err != nil {
				return err
			}
			id := "wave.imported"
			if e.Known {
				id = "wave.imported-before"
			}
			a.print(e, func(w io.Writer) {
				fmt.Fprintln(w, a.say.Text(id, "Campaign", e.Campaign, "Wave", e.Wave, "Units", e.Units, "ID", e.ID[:12], "Key", e.Key))
			})
			return nil
		})
	})
	take.Flags().StringVar(&key, "key", "", a.say.Text("flag.import-key"))
}

func (a *app) showAgreement(w io.Writer, g *results.Agreement) {
	fmt.Fprintln(w, a.say.Text("wave.agreement", "Wave", g.Wave, "Import", g.Import[:12], "Units", g.Units))
	rows := newTable(a.say.Text("wave.col.item"), a.say.Text("wave.col.n"), a.say.Text("wave.col.percent"), a.say.Text("wave.col.kappa"), "")
	add := func(item string, x estimate.Agreed) {
		kappa, note := "–", ""
		if x.Kappa != nil {
			kappa = fmt.Sprintf("%.2f", *x.Kappa)
		}
		if x.Small {
			note = a.say.Text("wave.small")
		}
		rows.add(item, x.N, fmt.Sprintf("%.1f%%", x.Percent), kappa, note)
	}
	for _, item := range g.Items {
		add(item.Item, item.Agreed)
	}
	add(a.say.Text("wave.all-items"), g.All)
	rows.write(w)
}
