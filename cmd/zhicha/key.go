package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
)

func (a *app) keyCommand() *cobra.Command {
	cmd := a.command("key", nil, nil)
	var id, body, out string
	var roles []string
	var open bool
	fresh := a.sub(cmd, "new", cobra.NoArgs, func([]string) error {
		var passphrase string
		var err error
		if !open {
			if passphrase, err = a.newPassphrase(out); err != nil {
				return err
			}
		}
		line, err := campaign.NewKey(a.rand, out, id, roles, body, passphrase)
		if err != nil {
			return err
		}
		a.tell("key.done", "File", out)
		a.print(map[string]any{"file": out, "line": line, "key": line[strings.LastIndexByte(line, ' ')+1:]}, func(w io.Writer) { fmt.Fprintln(w, line) })
		return nil
	})
	flags := fresh.Flags()
	flags.StringVar(&id, "id", "", a.say.Text("flag.key-id"))
	flags.StringSliceVar(&roles, "role", nil, a.say.Text("flag.role"))
	flags.StringVar(&body, "body", "", a.say.Text("flag.body"))
	flags.StringVar(&out, "out", "", a.say.Text("flag.key-out"))
	flags.BoolVar(&open, "no-passphrase", false, a.say.Text("flag.no-passphrase"))
	for _, f := range []string{"id", "role", "out"} {
		fresh.MarkFlagRequired(f)
	}
	a.bothSub(cmd, "replace ID KEY", cobra.ExactArgs(2), func(c *campaign.Campaign, args []string, with campaign.Actor) error {
		return a.tellPerson(args[0], c.ReplaceKey(a.ctx, args[0], args[1], a.who(c), with), a.say.Text("person.replaced", "ID", args[0]))
	})
	return cmd
}

// newPassphrase asks for the passphrase of a key that is to be made, twice where it is typed.
func (a *app) newPassphrase(file string) (string, error) {
	first, err := a.passphrase(file)
	if err != nil || a.passFile != "" {
		return first, err
	}
	again, err := a.typed(file, a.say.Text("key.passphrase-again", "File", file))
	if err == nil && again != first {
		return "", inspect.Misuse("key.passphrase-differs")
	}
	return first, err
}

// passphrase is the passphrase of a key file: the first line of --passphrase-file, else what is typed.
func (a *app) passphrase(file string) (string, error) {
	if a.passFile == "" {
		return a.typed(file, a.say.Text("key.passphrase-ask", "File", file))
	}
	raw, err := campaign.ReadKeyFile(a.passFile)
	if len(inspect.ProblemsOf(err)) > 0 {
		return "", err
	} else if err != nil {
		return "", inspect.Fail("campaign.read", err, "File", a.passFile)
	}
	line, _, _ := bytes.Cut(raw, []byte("\n"))
	if line = bytes.TrimRight(line, "\r"); len(line) == 0 {
		return "", inspect.Misuse("key.passphrase-none", "File", a.passFile)
	}
	return string(line), nil
}

// typed asks on the terminal, without showing what is typed.
func (a *app) typed(file, prompt string) (string, error) {
	in, ok := a.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return "", inspect.Misuse("key.no-terminal", "File", file)
	}
	fmt.Fprint(a.stderr, prompt)
	line, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(a.stderr)
	if err == nil && strings.TrimSpace(string(line)) == "" {
		err = inspect.Misuse("key.passphrase-none", "File", file)
	}
	return string(line), err
}
