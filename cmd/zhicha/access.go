package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

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
	return cmd
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
