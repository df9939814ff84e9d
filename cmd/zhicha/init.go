package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/publish"
)

func (a *app) initCommand() *cobra.Command {
	var s campaign.Start
	var from, to string
	cmd := a.command("init DIR", cobra.ExactArgs(1), func(args []string) error {
		s.From, s.To = inspect.Date(from), inspect.Date(to)
		text, holidays, err := campaign.Reference(s)
		if err != nil {
			return err
		}
		if err := campaign.Init(a.ctx, args[0], text, a.env(a.now)); err != nil {
			return err
		}
		if err := publish.MakeFolders(args[0]); err != nil {
			return err
		}
		a.print(map[string]any{"dir": args[0], "holidays": holidays}, func(w io.Writer) {
			fmt.Fprintln(w, a.say.Text("init.done", "Dir", args[0]))
			if !holidays {
				fmt.Fprintln(w, a.say.Text("init.holidays", "From", from, "To", to))
			}
		})
		return nil
	})
	cmd.Flags().BoolVar(&s.Demo, "demo", false, a.say.Text("flag.init-demo"))
	cmd.Flags().StringVar(&s.Scope, "scope", "", a.say.Text("flag.init-scope"))
	cmd.Flags().StringVar(&s.Title, "title", "", a.say.Text("flag.init-title"))
	cmd.Flags().StringVar(&s.Office, "office", "", a.say.Text("flag.init-office"))
	cmd.Flags().StringVar(&s.ID, "id", "", a.say.Text("flag.init-id"))
	cmd.Flags().StringVar(&from, "from", "", a.say.Text("flag.init-from"))
	cmd.Flags().StringVar(&to, "to", "", a.say.Text("flag.init-to"))
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
	a.bothSub(cmd, "add LINE", cobra.ExactArgs(1), func(c *campaign.Campaign, args []string, with campaign.Actor) error {
		id, err := c.AddPerson(a.ctx, args[0], a.who(c), with)
		return a.tellPerson(id, err, a.say.Text("person.added", "ID", id))
	})
	a.bothSub(cmd, "role ID ROLE,…", cobra.ExactArgs(2), func(c *campaign.Campaign, args []string, with campaign.Actor) error {
		err := c.ChangeRoles(a.ctx, args[0], strings.Split(args[1], ","), a.who(c), with)
		return a.tellPerson(args[0], err, a.say.Text("person.changed", "ID", args[0], "Roles", args[1]))
	})
	a.bothSub(cmd, "retire ID", cobra.ExactArgs(1), func(c *campaign.Campaign, args []string, with campaign.Actor) error {
		return a.tellPerson(args[0], c.RetirePerson(a.ctx, args[0], a.who(c), with), a.say.Text("person.retired", "ID", args[0]))
	})
	a.sub(cmd, "list", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			people := c.ListPeople()
			a.print(map[string]any{"people": people}, func(w io.Writer) {
				for _, p := range people {
					fmt.Fprintln(w, a.say.Text("person.line", "ID", p.ID, "Roles", strings.Join(p.Roles, ","), "Body", p.Body, "State", p.State,
						"Since", p.Since.Format(time.DateTime), "Until", p.Until.Format(time.DateTime)))
				}
			})
			return nil
		})
	})
	return cmd
}

// bothSub makes a subcommand by which two people act: --as and --with.
func (a *app) bothSub(parent *cobra.Command, use string, args cobra.PositionalArgs, run func(c *campaign.Campaign, args []string, with campaign.Actor) error) *cobra.Command {
	var with, keyFile string
	cmd := a.sub(parent, use, args, func(args []string) error {
		return a.with(func(c *campaign.Campaign) error { return run(c, args, a.actor(c, with, keyFile)) })
	})
	cmd.Flags().StringVar(&with, "with", "", a.say.Text("flag.with"))
	cmd.Flags().StringVar(&keyFile, "with-key-file", "", a.say.Text("flag.with-key-file"))
	return cmd
}

// tellPerson says what became of a person, unless it did not.
func (a *app) tellPerson(id string, err error, text string) error {
	if err == nil {
		a.print(map[string]any{"id": id}, func(w io.Writer) { fmt.Fprintln(w, text) })
	}
	return err
}
