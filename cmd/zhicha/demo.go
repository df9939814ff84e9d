package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/demo"
)

func (a *app) demoCommand() *cobra.Command {
	var noServe bool
	var addr, scope string
	var seed uint64
	var cmd *cobra.Command
	cmd = a.command("demo", cobra.NoArgs, func([]string) error {
		if !cmd.Flags().Changed("dir") && !cmd.InheritedFlags().Changed("dir") {
			a.dir = "demo-campaign"
		}
		o := demo.Options{Dir: a.dir, Scope: scope, Seed: seed, Wall: time.Now, Told: a.toldStep, Progress: a.env(a.now).Progress}
		if a.at != "" {
			at, err := time.Parse(time.RFC3339, a.at)
			if err != nil {
				return inspect.Misuse("command.now", "Value", a.at)
			}
			o.Now = at
		}
		workbooks()
		a.tell("demo.begin", "Dir", a.dir, "Seed", seed)
		if err := demo.Run(a.ctx, o); err != nil {
			return err
		}
		a.tell("demo.end", "Dir", a.dir)
		if noServe {
			return nil
		}
		return a.serve(a.dir, addr)
	})
	cmd.Flags().StringVar(&scope, "scope", "", a.say.Text("flag.init-scope"))
	cmd.Flags().BoolVar(&noServe, "no-serve", false, a.say.Text("flag.no-serve"))
	cmd.Flags().StringVar(&addr, "addr", defaultAddr, a.say.Text("flag.addr"))
	cmd.Flags().Uint64Var(&seed, "seed", 1, a.say.Text("flag.seed"))
	return cmd
}

// toldStep shows a step: what was done, how long it took, what it left on disk, what it refused.
func (a *app) toldStep(s demo.Step) {
	refused := a.saidAll(s.Refused)
	if a.json {
		a.printJSON(map[string]any{"step": s.ID, "text": a.say.Text("demo."+s.ID, s.Args...), "ms": s.Took.Milliseconds(), "left": s.Left, "refused": refused})
		return
	}
	fmt.Fprintf(a.stdout, "%6.2fs  %s\n", s.Took.Seconds(), a.say.Text("demo."+s.ID, s.Args...))
	if len(s.Left) > 0 {
		fmt.Fprintf(a.stdout, "         ↳ %s\n", strings.Join(s.Left, a.say.Pick("、", ", ")))
	}
	const shown = 4
	for i, p := range refused {
		if i == shown {
			fmt.Fprintln(a.stdout, "         "+a.say.Text("demo.more-refused", "N", len(refused)-shown))
			break
		}
		fmt.Fprintf(a.stdout, "         ✗ %s%s\n", p.At, p.Message)
	}
}
