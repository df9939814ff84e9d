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
	a.sub(cmd, "cosign", cobra.NoArgs, func([]string) error {
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
	return cmd
}
