package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"zhicha/inspect/campaign"
	"zhicha/inspect/publish"
)

func (a *app) initCommand() *cobra.Command {
	demo := false
	cmd := a.command("init DIR", cobra.ExactArgs(1), func(args []string) error {
		var text []byte
		if demo {
			text = campaign.Demonstration()
		}
		if err := campaign.Init(a.ctx, args[0], text, a.env(a.now)); err != nil {
			return err
		}
		if err := publish.MakeFolders(args[0]); err != nil {
			return err
		}
		a.print(map[string]string{"dir": args[0]}, func(w io.Writer) { fmt.Fprintln(w, a.say.Text("init.done", "Dir", args[0])) })
		return nil
	})
	cmd.Flags().BoolVar(&demo, "demo", false, a.say.Text("flag.init-demo"))
	return cmd
}

func (a *app) personCommand() *cobra.Command {
	cmd := a.command("person", nil, nil)
	var roles []string
	var body string
	add := a.sub(cmd, "new ID", cobra.ExactArgs(1), func(args []string) error {
		return a.with(func(c *campaign.Campaign) error {
			key, err := c.NewPerson(args[0], roles, body)
			if err != nil {
				return err
			}
			a.print(map[string]any{"id": args[0], "roles": roles, "key": key}, func(w io.Writer) {
				fmt.Fprintln(w, a.say.Text("person.done", "ID", args[0], "Key", key))
			})
			return nil
		})
	})
	add.Flags().StringSliceVar(&roles, "role", nil, a.say.Text("flag.role"))
	add.Flags().StringVar(&body, "body", "", a.say.Text("flag.body"))
	add.MarkFlagRequired("role")
	return cmd
}
