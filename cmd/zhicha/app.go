package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/say"
)

// app is one call of the command: what it may touch and how it speaks.
type app struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer // main wraps both: nothing reaches a terminal but through say.Plain
	terminal       *os.File  // standard error, for the bar
	now            func() time.Time
	rand           io.Reader
	getenv         func(string) string
	environ        []string

	dir, as, lang, at string
	keyFile, passFile string
	wave              int
	json, quiet       bool
	say               *say.Speaker
}

// main runs the command line args and returns the exit status.
func (a *app) main(args []string) int {
	a.terminal, _ = a.stderr.(*os.File)
	a.stdout, a.stderr = say.Plain(a.stdout), say.Plain(a.stderr)
	log.SetOutput(a.stderr) // of a server, about what came over the network
	a.lang = chooseLanguage(args, a.getenv)
	var err error
	if a.say, err = say.New(a.lang); err != nil {
		fmt.Fprintln(a.stderr, "zhicha:", err)
		return int(inspect.Usage)
	}
	a.say.OnTerminal()
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	cmd, err := root.ExecuteContextC(a.ctx)
	if err == nil {
		return 0
	}
	a.report(cmd, err)
	if len(inspect.ProblemsOf(err)) == 0 && isUsage(err) {
		return int(inspect.Usage)
	}
	return inspect.ExitStatus(err)
}

// chooseLanguage finds the language before the flags are parsed, since help is written in it: --lang,
// then ZHICHA_LANG, then Chinese.
func chooseLanguage(args []string, getenv func(string) string) string {
	for i, arg := range args {
		if v, ok := strings.CutPrefix(arg, "--lang="); ok {
			return v
		}
		if arg == "--lang" && i+1 < len(args) {
			return args[i+1]
		}
	}
	if v := getenv("ZHICHA_LANG"); v != "" {
		return v
	}
	return "zh-CN"
}

// usageError marks what cobra says about flags and arguments.
type usageError struct{ error }

func isUsage(err error) bool {
	var u usageError
	// cobra's own complaints about an unknown subcommand and a missing flag have no type
	return errors.As(err, &u) || strings.HasPrefix(err.Error(), "unknown command") || strings.HasPrefix(err.Error(), "required flag") ||
		strings.HasPrefix(err.Error(), "at least one of the flags") || strings.HasPrefix(err.Error(), "if any flags in the group")
}

// report tells what went wrong, each problem with its way out, on standard error; with --json as
// one object per problem on standard output.
func (a *app) report(cmd *cobra.Command, err error) {
	problems := inspect.ProblemsOf(err)
	if len(problems) == 0 {
		rule := "failed"
		if isUsage(err) {
			rule = "usage"
		}
		problems = inspect.Problems{{Rule: "command." + rule, Class: inspect.Class(1), Args: map[string]any{
			"Cause": err.Error(), "Command": cmd.CommandPath()}}}
		if rule == "usage" {
			problems[0].Class = inspect.Usage
		}
	}
	const shown = 20
	for i, p := range problems {
		if a.json {
			a.printJSON(map[string]any{"error": a.say.Problem(p)})
			continue
		}
		if i == shown {
			fmt.Fprintln(a.stderr, a.say.Text("command.more-problems", "N", len(problems)-shown))
			break
		}
		said := a.say.Problem(p)
		fmt.Fprintf(a.stderr, "zhicha: %s%s  [%s]\n", said.At, said.Message, p.Rule)
		if said.WayOut != "" {
			fmt.Fprintf(a.stderr, "        → %s\n", said.WayOut)
		}
	}
}

func (a *app) printJSON(v any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.Encode(v)
	a.stdout.Write(say.EscapeJSON(b.Bytes()))
}

// print shows a result: v as JSON with --json, else the lines text makes of it.
func (a *app) print(v any, text func(w io.Writer)) {
	if a.json {
		a.printJSON(v)
		return
	}
	text(a.stdout)
}

// tell says something on the way, on standard error.
func (a *app) tell(id string, args ...any) {
	if !a.quiet && !a.json {
		fmt.Fprintln(a.stderr, a.say.Text(id, args...))
	}
}

// env is what use cases get of the outside world; long work shows a bar on a terminal.
func (a *app) env(now func() time.Time) campaign.Env {
	env := campaign.Env{Now: now, Rand: a.rand}
	if f := a.terminal; f != nil && !a.quiet && !a.json && term.IsTerminal(int(f.Fd())) {
		var bar *progressbar.ProgressBar
		env.Progress = func(done, total int) {
			if bar == nil || done <= 1 {
				bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(f), progressbar.OptionSetWidth(30),
					progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionShowCount())
			}
			bar.Set(done)
		}
	}
	return env
}

// with opens the campaign folder, runs f and closes it. --now is for demonstrations only.
func (a *app) with(f func(c *campaign.Campaign) error) error {
	now := a.now
	if a.at != "" {
		at, err := time.Parse(time.RFC3339, a.at)
		if err != nil {
			return inspect.Misuse("command.now", "Value", a.at)
		}
		now = func() time.Time { return at }
	}
	c, err := campaign.Open(a.ctx, a.dir, a.env(now))
	if err != nil {
		return err
	}
	defer c.Close()
	if a.at != "" && !c.Config.Campaign.Demo {
		return inspect.Refuse("command.now-demo-only")
	}
	return f(c)
}

// who is the person behind --as, with the key of --key-file, else the one in the campaign's secrets.
func (a *app) who(c *campaign.Campaign) campaign.Actor { return a.actor(c, a.as, a.keyFile) }

func (a *app) actor(c *campaign.Campaign, id, keyFile string) campaign.Actor {
	if keyFile != "" {
		return campaign.BringActor(keyFile, id, a.passphrase)
	}
	return campaign.ReadActor(c.SecretsDir(), id, a.passphrase)
}

// withKeys is with, for what needs the keys of two custodians, read from files.
func (a *app) withKeys(files *[]string, f func(c *campaign.Campaign, keys campaign.Custody) error) error {
	return a.with(func(c *campaign.Campaign) error {
		keys, err := campaign.ReadCustody(*files, a.passphrase)
		if err != nil {
			return err
		}
		return f(c, keys)
	})
}
