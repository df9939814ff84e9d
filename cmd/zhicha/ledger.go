package main

import (
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
)

func (a *app) ledgerCommand() *cobra.Command {
	cmd := a.command("ledger", nil, nil)
	a.sub(cmd, "show", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			entries, err := c.Entries(a.ctx)
			if err != nil {
				return err
			}
			a.print(entries, func(w io.Writer) {
				for _, e := range entries {
					fmt.Fprintf(w, "%5d  %s  %-16s %s\n", e.Seq, e.Time.Format("2006-01-02 15:04:05"), e.Kind, e.Body)
				}
			})
			return nil
		})
	})
	a.sub(cmd, "checkpoint", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			head, err := c.Checkpoint(a.ctx)
			if err != nil {
				return err
			}
			a.print(head, func(w io.Writer) { fmt.Fprint(w, head.Checkpoint) })
			return nil
		})
	})
	var out string
	prove := a.sub(cmd, "prove NUMBER", cobra.ExactArgs(1), func(args []string) error {
		seq, err := strconv.ParseInt(args[0], 10, 64)
		if err != nil {
			return inspect.Misuse("ledger.number", "Value", args[0])
		}
		return a.with(func(c *campaign.Campaign) error {
			proof, err := c.Prove(a.ctx, seq)
			if err != nil {
				return err
			}
			if out != "" {
				return os.WriteFile(out, proof, 0o644)
			}
			a.print(map[string]any{"seq": seq, "proof": string(proof)}, func(w io.Writer) { w.Write(proof) })
			return nil
		})
	})
	prove.Flags().StringVar(&out, "out", "", a.say.Text("flag.proof-out"))
	var w witness
	cosign := a.sub(cmd, "cosign [PATH]", cobra.MaximumNArgs(1), func(args []string) error {
		if w.add != "" {
			return a.addCosigned(w.add)
		}
		if len(args) == 1 {
			return a.attend(args[0], w)
		}
		return a.with(func(c *campaign.Campaign) error {
			file, text, err := c.Cosign(a.ctx, a.who(c))
			if err != nil {
				return err
			}
			a.print(map[string]any{"file": file, "checkpoint": text}, func(w io.Writer) {
				fmt.Fprintln(w, a.say.Text("ledger.cosigned", "By", a.as, "File", file))
			})
			return nil
		})
	})
	cosign.Flags().StringVar(&w.add, "add", "", a.say.Text("flag.cosign-add"))
	cosign.Flags().StringVar(&w.state, "state", "", a.say.Text("flag.cosign-state"))
	cosign.Flags().StringVar(&w.secret, "secret", "", a.say.Text("flag.cosign-secret"))
	cosign.Flags().StringVar(&w.logKey, "log-key", "", a.say.Text("flag.cosign-log-key"))
	cosign.Flags().StringVar(&w.out, "out", "", a.say.Text("flag.cosign-out"))
	cosign.MarkFlagsMutuallyExclusive("add", "state")
	cosign.MarkFlagsRequiredTogether("state", "secret", "out")
	return cmd
}

// witness is what somebody brings who cosigns a published folder, or the file they made.
type witness struct{ add, state, secret, logKey, out string }

// addCosigned takes in what a witness brought.
func (a *app) addCosigned(file string) error {
	text, err := campaign.Read(file, campaign.Small)
	if err != nil {
		return inspect.Misuse("ledger.no-file", "File", file)
	}
	return a.with(func(c *campaign.Campaign) error {
		name, err := c.AddCosigned(a.ctx, text)
		if err != nil {
			return err
		}
		a.print(map[string]string{"witness": name}, func(w io.Writer) { fmt.Fprintln(w, a.say.Text("ledger.cosigned-added", "Name", name)) })
		return nil
	})
}

// attend cosigns the head of a published folder, for a witness outside the office.
func (a *app) attend(folder string, w witness) error {
	if w.state == "" {
		return inspect.Misuse("ledger.witness-state")
	}
	name, err := campaign.Attend(folder, w.state, w.secret, w.out, w.logKey, a.passphrase, a.now())
	if err != nil {
		return err
	}
	a.print(map[string]string{"file": w.out}, func(out io.Writer) { fmt.Fprintln(out, a.say.Text("ledger.cosigned", "By", name, "File", w.out)) })
	return nil
}
