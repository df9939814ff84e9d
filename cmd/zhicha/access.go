package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
)

// accessCommand is about who can open what is kept, and who did.
func (a *app) accessCommand() *cobra.Command {
	cmd := a.command("access", nil, nil)
	a.sub(cmd, "grant", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			granted, err := c.Grant(a.ctx, a.who(c))
			if granted != nil {
				a.showGranted(granted)
			}
			return err
		})
	})
	var person string
	list := a.sub(cmd, "list", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			rows, err := c.Accesses(a.ctx, a.who(c), person)
			if rows != nil {
				a.showAccesses(rows, err == nil)
			}
			return err
		})
	})
	list.Flags().StringVar(&person, "person", "", a.say.Text("flag.access-person"))
	return cmd
}

func (a *app) showAccesses(rows []inspect.Access, whole bool) {
	a.print(rows, func(w io.Writer) {
		for _, r := range rows {
			fmt.Fprintf(w, "%5d  %s  %s  %s %s\n", r.Seq, r.Time.Format("2006-01-02 15:04:05"), r.Person, a.say.Text("access.act."+r.Act), r.Object)
		}
		if whole {
			fmt.Fprintln(w, a.say.Text("access.chain", "N", len(rows)))
		}
	})
}

func (a *app) showGranted(g *campaign.Granted) {
	a.print(g, func(w io.Writer) {
		fmt.Fprintln(w, a.say.Text("access.granted", "N", g.Files, "Holders", strings.Join(g.Holders, " ")))
		for _, digest := range g.Altered {
			fmt.Fprintln(w, a.say.Text("access.altered", "Digest", digest))
		}
		for _, digest := range g.Closed {
			fmt.Fprintln(w, a.say.Text("access.closed", "Digest", digest))
		}
	})
}
