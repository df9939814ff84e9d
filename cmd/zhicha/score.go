package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/results"
	"zhicha/inspect/score"
)

func (a *app) scoreCommand() *cobra.Command {
	cmd := a.command("score", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			r, d, err := results.Score(a.ctx, c, a.who(c), a.wave)
			if err != nil {
				return err
			}
			a.print(map[string]any{"digest": d, "national": r.National.Estimate, "regions": r.Regions}, func(w io.Writer) { a.showScores(w, r, d) })
			return nil
		})
	})
	a.sub(cmd, "explain REGION", cobra.ExactArgs(1), func(args []string) error {
		return a.with(func(c *campaign.Campaign) error {
			e, err := results.Explain(a.ctx, c, a.wave, args[0])
			if err != nil {
				return err
			}
			list, err := c.Checklist()
			if err != nil {
				return err
			}
			a.print(e, func(w io.Writer) {
				fmt.Fprintln(w, a.say.Text("score.explain", "Region", args[0], "Score", one(e.Sample)))
				rows := newTable(a.say.Text("score.col.item"), a.say.Text("score.col.lost"), a.say.Text("score.col.cells"), a.say.Text("score.col.name"))
				for _, item := range e.Items {
					var cells []string
					for _, cell := range item.Cells {
						cells = append(cells, fmt.Sprintf("%s %s/%s", cell.Kind, one(cell.Lost), one(cell.Weight)))
					}
					rows.add(item.Item, one(item.Lost), strings.Join(cells, "  "), list.Item(item.Item).In(a.lang))
				}
				rows.write(w)
				for _, u := range e.Left {
					fmt.Fprintln(w, a.say.Text("score.left-out", "Visit", u.Visit, "Reason", a.say.Text("score.unscored."+u.Reason)))
				}
				fmt.Fprintln(w, a.say.Text("score.internal"))
			})
			return nil
		})
	})
	return cmd
}

func one(d score.Decimal) string { return fmt.Sprintf("%.1f", d.Round1()) }

func (a *app) showScores(w io.Writer, r *score.Result, d inspect.Digest) {
	rows := newTable(a.say.Text("score.col.region"), a.say.Text("score.col.score"), a.say.Text("score.col.interval"),
		a.say.Text("score.col.visits"), a.say.Text("score.col.counties"), a.say.Text("score.col.band"))
	n := r.National
	rows.add(a.say.Text("score.national"), one(n.Score), one(n.Low)+"–"+one(n.High), n.Visits, n.Counties, "")
	for i := range r.Regions {
		s := &r.Regions[i]
		region, _ := inspect.RegionByCode(s.Code)
		band := a.say.Text("score.reason." + s.Reason)
		if s.Reason == "" {
			var names []string
			for _, b := range s.Bands {
				names = append(names, a.say.Text("band."+b))
			}
			band = strings.Join(names, a.say.Pick("或", " or "))
		}
		rows.add(s.Code+" "+a.say.Pick(region.NameZh, region.NameEn), one(s.Score), one(s.Low)+"–"+one(s.High), s.Visits, s.Counties, band)
	}
	rows.write(w)
	fmt.Fprintln(w, a.say.Text("score.sample-only"))
	fmt.Fprintln(w, a.say.Text("score.digest", "Digest", d.String()))
}
