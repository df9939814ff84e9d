package main

import (
	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/say"
)

// root builds the whole command tree in the user's language.
func (a *app) root() *cobra.Command {
	cmd := a.command("zhicha", nil, nil)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.CompletionOptions.DisableDefaultCmd = true
	cmd.SetUsageTemplate(a.say.Text("command.usage-template"))
	cmd.SetHelpTemplate("{{.Long}}\n\n{{.UsageString}}")
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	cmd.InitDefaultHelpFlag()
	flags := cmd.PersistentFlags()
	flags.StringVar(&a.dir, "dir", ".", a.say.Text("flag.dir"))
	flags.StringVar(&a.as, "as", "", a.say.Text("flag.as"))
	flags.StringVar(&a.keyFile, "key-file", "", a.say.Text("flag.key-file"))
	flags.StringVar(&a.passFile, "passphrase-file", "", a.say.Text("flag.passphrase-file"))
	flags.StringVar(&a.lang, "lang", a.lang, a.say.Text("flag.lang"))
	flags.IntVar(&a.wave, "wave", 1, a.say.Text("flag.wave"))
	flags.BoolVar(&a.json, "json", false, a.say.Text("flag.json"))
	flags.BoolVar(&a.quiet, "quiet", false, a.say.Text("flag.quiet"))
	flags.StringVar(&a.at, "now", "", a.say.Text("flag.now"))
	cmd.AddCommand(
		a.demoCommand(), a.initCommand(), a.keyCommand(), a.personCommand(), a.statusCommand(),
		a.frameCommand(), a.rosterCommand(), a.checklistCommand(),
		a.planCommand(), a.packetCommand(), a.legCommand(),
		a.intakeCommand(), a.visitCommand(), a.findingCommand(),
		a.scoreCommand(), a.draftCommand(), a.publishCommand(), a.siteCommand(), a.ledgerCommand(), a.accessCommand(), a.verifyCommand(), a.waveCommand(),
		a.versionCommand(), a.completionCommand(),
	)
	localizeHelpFlags(cmd, a.say)
	return cmd
}

// command makes a command whose texts stand in the catalogue under "command.<use>": one line,
// and under ".long" and ".example" the help. A nil run makes a group that asks for a subcommand.
func (a *app) command(use string, args cobra.PositionalArgs, run func(args []string) error) *cobra.Command {
	id := "command." + commandID(use)
	cmd := &cobra.Command{
		Use:     use,
		Short:   a.say.Text(id),
		Example: a.optional(id + ".example"),
		Args: func(c *cobra.Command, got []string) error {
			if args == nil {
				args = cobra.NoArgs
			}
			if run == nil && len(got) > 0 {
				return inspect.Misuse("command.unknown", "Name", got[0], "Parent", c.CommandPath())
			}
			if err := args(c, got); err != nil {
				return usageError{err}
			}
			return nil
		},
	}
	if run == nil {
		cmd.Annotations = map[string]string{"group": "yes"} // the usage template shows no call of a group alone
	}
	if cmd.Long = a.optional(id + ".long"); cmd.Long == "" {
		cmd.Long = cmd.Short
	}
	cmd.RunE = func(c *cobra.Command, got []string) error {
		if err := campaign.CheckVariables(a.environ); err != nil {
			return err
		}
		if run == nil {
			c.Help()
			return inspect.Misuse("command.subcommand", "Command", c.CommandPath())
		}
		return run(got)
	}
	return cmd
}

// sub makes a subcommand; its texts stand under "command.<parent>-<use>".
func (a *app) sub(parent *cobra.Command, use string, args cobra.PositionalArgs, run func(args []string) error) *cobra.Command {
	cmd := a.command(parent.Name()+"-"+use, args, run)
	cmd.Use = use
	parent.AddCommand(cmd)
	return cmd
}

func (a *app) optional(id string) string {
	s, _ := a.say.Lookup(id, nil)
	return s
}

// commandID is the first word of a use line.
func commandID(use string) string {
	for i := range len(use) {
		if use[i] == ' ' {
			return use[:i]
		}
	}
	return use
}

func localizeHelpFlags(cmd *cobra.Command, speaker *say.Speaker) {
	cmd.InitDefaultHelpFlag()
	if f := cmd.Flags().Lookup("help"); f != nil {
		f.Usage = speaker.Text("flag.help")
	}
	for _, c := range cmd.Commands() {
		localizeHelpFlags(c, speaker)
	}
}
