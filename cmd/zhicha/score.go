package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/results"
	"zhicha/inspect/review"
	"zhicha/inspect/score"
)

func (a *app) scoreCommand() *cobra.Command {
	cmd := a.command("score", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			r, err := results.Compute(a.ctx, c, a.wave)
			if err != nil {
				return err
			}
			_, d, err := r.Freeze()
			if err != nil {
				return err
			}
			return a.printScores(c, r, d, a.say.Text("score.not-frozen"))
		})
	})
	a.sub(cmd, "freeze", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			r, err := results.Freeze(a.ctx, c, a.who(c), a.wave)
			if err != nil {
				return err
			}
			return a.printScores(c, r.Result, r.Digest, a.say.Text("score.is-frozen"))
		})
	})
	a.correctCommand(cmd)
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

// printScores shows a result; state is the sentence that says whether it is frozen.
func (a *app) printScores(c *campaign.Campaign, r *score.Result, d inspect.Digest, state string) error {
	land, err := c.Territory(a.wave)
	if err != nil {
		return err
	}
	a.print(map[string]any{"digest": d, "national": r.National.Estimate, "regions": r.Regions}, func(w io.Writer) {
		a.showScores(w, &land, r, d)
		fmt.Fprintln(w, state)
	})
	return nil
}

// landName is what a territory is called: the nation as one calls one's own.
func (a *app) landName(land *inspect.Territory) string {
	if land.Area == "" {
		return a.say.Text("score.national")
	}
	return a.say.Pick(land.NameZh, land.NameEn)
}

// correctCommand corrects a frozen score: one person proposes, another confirms.
func (a *app) correctCommand(parent *cobra.Command) {
	var visits []string
	var decision, reason string
	var leg, confirm, version int
	cmd := a.sub(parent, "correct", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) (err error) {
			if confirm == 0 && len(visits) == 0 && leg == 0 && reason == "" {
				return a.listCorrections(c)
			}
			var x *results.Correction
			if confirm > 0 {
				x, err = results.Confirm(a.ctx, c, a.who(c), a.wave, confirm)
			} else {
				var changes []results.Change
				for _, id := range visits {
					changes = append(changes, results.Change{Visit: id, Version: version, Decision: decision})
				}
				if leg > 0 {
					changes = append(changes, results.Change{Leg: leg, Decision: score.LegExcluded})
				}
				x, err = results.Propose(a.ctx, c, a.who(c), a.wave, changes, reason)
			}
			if err != nil {
				return err
			}
			land, err := c.Territory(a.wave)
			if err != nil {
				return err
			}
			a.print(x, func(w io.Writer) { a.showCorrection(w, &land, x) })
			return nil
		})
	})
	cmd.Flags().StringSliceVar(&visits, "visit", nil, a.say.Text("flag.correct-visit"))
	cmd.Flags().StringVar(&decision, "decision", review.Returned, a.say.Text("flag.correct-decision"))
	cmd.Flags().IntVar(&version, "version", 0, a.say.Text("flag.correct-version"))
	cmd.Flags().IntVar(&leg, "exclude-leg", 0, a.say.Text("flag.exclude-leg"))
	cmd.Flags().StringVar(&reason, "reason", "", a.say.Text("flag.reason"))
	cmd.Flags().IntVar(&confirm, "confirm", 0, a.say.Text("flag.confirm"))
}

// listCorrections shows those in force and the one that waits, so that who confirms it sees first what it
// changes.
func (a *app) listCorrections(c *campaign.Campaign) error {
	all, err := results.AllCorrections(a.ctx, c, a.wave)
	if err != nil {
		return err
	}
	land, err := c.Territory(a.wave)
	if err != nil {
		return err
	}
	a.print(map[string]any{"corrections": append([]results.Correction{}, all...)}, func(w io.Writer) {
		for i := range all {
			a.showCorrection(w, &land, &all[i])
		}
		if len(all) == 0 {
			fmt.Fprintln(w, a.say.Text("score.corrections-none"))
		}
	})
	return nil
}

// showCorrection tells what a correction changes for whom, and what comes next.
func (a *app) showCorrection(w io.Writer, land *inspect.Territory, x *results.Correction) {
	fmt.Fprintln(w, a.say.Text("score.correction", "No", x.No, "Visits", x.Visits, "Reason", x.Reason))
	for _, ch := range x.Changes {
		fmt.Fprintln(w, "  "+a.say.Text("score.change", "Visit", ch.Visit, "Leg", ch.Leg, "Decision", ch.Decision))
	}
	rows := newTable(a.say.Text("score.col.region"), a.say.Text("score.col.before"), a.say.Text("score.col.after"))
	for _, m := range x.Moves {
		name := a.landName(land)
		if region, ok := land.Unit(m.Region); ok {
			name = m.Region + " " + a.say.Pick(region.NameZh, region.NameEn)
		}
		rows.add(name, a.showing(m.Before), a.showing(m.After))
	}
	if len(x.Moves) > 0 {
		rows.write(w)
	} else {
		fmt.Fprintln(w, a.say.Text("score.no-moves"))
	}
	if x.By == "" {
		fmt.Fprintln(w, a.say.Text("score.correct-next", "No", x.No))
	} else {
		fmt.Fprintln(w, a.say.Text("score.corrected", "Digest", x.After.String()))
	}
}

// showing is how a result shows in a line.
func (a *app) showing(s score.Showing) string {
	if !s.Known {
		return "–"
	}
	return fmt.Sprintf("%s (%s–%s) n=%d %s", one(s.Score), one(s.Low), one(s.High), s.Visits, a.bandNames(s.Bands))
}

func (a *app) bandNames(bands []string) string {
	var names []string
	for _, b := range bands {
		names = append(names, a.say.Text("band."+b))
	}
	return strings.Join(names, a.say.Pick("或", " or "))
}

func (a *app) showScores(w io.Writer, land *inspect.Territory, r *score.Result, d inspect.Digest) {
	rows := newTable(a.say.Text("score.col.region"), a.say.Text("score.col.score"), a.say.Text("score.col.interval"),
		a.say.Text("score.col.visits"), a.say.Text("score.col.counties"), a.say.Text("score.col.band"))
	n := r.National
	rows.add(a.landName(land), one(n.Score), one(n.Low)+"–"+one(n.High), n.Visits, n.Counties, "")
	for i := range r.Regions {
		s := &r.Regions[i]
		region, _ := land.Unit(s.Code)
		band := a.say.Text("score.reason." + s.Reason)
		if s.Reason == "" {
			band = a.bandNames(s.Bands)
		}
		rows.add(s.Code+" "+a.say.Pick(region.NameZh, region.NameEn), one(s.Score), one(s.Low)+"–"+one(s.High), s.Visits, s.Counties, band)
	}
	rows.write(w)
	fmt.Fprintln(w, a.say.Text("score.sample-only"))
	fmt.Fprintln(w, a.say.Text("score.digest", "Digest", d.String()))
}
