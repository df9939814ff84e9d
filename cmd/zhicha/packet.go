package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/field"
)

func (a *app) packetCommand() *cobra.Command {
	cmd := a.command("packet", nil, nil)
	a.packetMake(cmd)
	a.packetOpen(cmd)
	a.packetRelease(cmd)
	a.packetCodes(cmd)
	a.sub(cmd, "paper NUMBER…", cobra.MinimumNArgs(1), func(args []string) error {
		numbers, err := legNumbers(args)
		if err != nil {
			return err
		}
		return a.with(func(c *campaign.Campaign) error {
			files, err := field.WritePaper(a.ctx, c, a.who(c), a.wave, numbers)
			if err != nil {
				return err
			}
			a.print(map[string]any{"files": files}, func(w io.Writer) { fmt.Fprintln(w, a.say.Text("packet.paper", "Files", strings.Join(files, " "))) })
			return nil
		})
	})
	return cmd
}

// keyFlag asks for the key files of two custodians.
func (a *app) keyFlag(cmd *cobra.Command, keys *[]string) {
	cmd.Flags().StringSliceVar(keys, "key", nil, a.say.Text("flag.key"))
	cmd.MarkFlagRequired("key")
}

func (a *app) packetMake(parent *cobra.Command) {
	var keys, formats []string
	cmd := a.sub(parent, "make [NUMBER…]", cobra.ArbitraryArgs, func(args []string) error {
		numbers, err := legNumbers(args)
		if err != nil {
			return err
		}
		return a.withKeys(&keys, func(c *campaign.Campaign, keys campaign.Custody) error {
			workbooks()
			made, err := field.MakePackets(a.ctx, c, a.who(c), field.MakeAct{Wave: a.wave, Only: numbers, Formats: formats, Keys: keys})
			if err != nil {
				return err
			}
			a.print(made, func(w io.Writer) {
				if n := len(made.Files); n > 0 {
					fmt.Fprintln(w, a.say.Text("packet.done", "N", n, "First", made.Files[0], "Last", made.Files[n-1]))
				}
				if len(made.Held) > 0 {
					fmt.Fprintln(w, a.say.Text("packet.held", "Numbers", a.listed(made.Held)))
				}
			})
			return nil
		})
	})
	a.keyFlag(cmd, &keys)
	cmd.Flags().StringSliceVar(&formats, "format", nil, a.say.Text("flag.format"))
}

func (a *app) packetOpen(parent *cobra.Command) {
	var keys []string
	var day, rung string
	cmd := a.sub(parent, "open", cobra.NoArgs, func([]string) error {
		if _, err := inspect.ParseDate(day); day != "" && err != nil {
			return inspect.Misuse("packet.day", "Value", day)
		}
		return a.withKeys(&keys, func(c *campaign.Campaign, keys campaign.Custody) error {
			packets, err := field.OpenBooks(a.ctx, c, a.who(c), a.wave, inspect.Date(day), inspect.Rung(rung), keys)
			if err != nil {
				return err
			}
			a.print(map[string]any{"wave": a.wave, "opened": append([]int{}, packets...)}, func(w io.Writer) {
				id := "packet.opened"
				if len(packets) == 0 {
					id = "packet.opened-none"
				}
				fmt.Fprintln(w, a.say.Text(id, "N", len(packets), "Numbers", a.listed(packets)))
			})
			return nil
		})
	})
	a.keyFlag(cmd, &keys)
	cmd.Flags().StringVar(&day, "day", "", a.say.Text("flag.day"))
	cmd.Flags().StringVar(&rung, "rung", "", a.say.Text("flag.open-rung"))
}

func (a *app) packetRelease(parent *cobra.Command) {
	var rung string
	cmd := a.sub(parent, "release NUMBER…", cobra.MinimumNArgs(1), func(args []string) error {
		numbers, err := legNumbers(args)
		if err != nil {
			return err
		}
		return a.with(func(c *campaign.Campaign) error {
			told, err := field.ReleaseRung(a.ctx, c, a.who(c), a.wave, numbers, inspect.Rung(rung))
			if err != nil {
				return err
			}
			a.print(told, func(w io.Writer) {
				rows := newTable(a.say.Text("packet.col.no"), a.say.Text("packet.col.rung"), a.say.Text("packet.col.code"))
				for _, t := range told {
					rows.add(t.Packet, a.say.Text("rung."+string(t.Rung)), t.Code)
				}
				rows.write(w)
			})
			return nil
		})
	})
	cmd.Flags().StringVar(&rung, "rung", "", a.say.Text("flag.rung"))
	cmd.MarkFlagRequired("rung")
}

func (a *app) packetCodes(parent *cobra.Command) {
	var keys []string
	var offline bool
	cmd := a.sub(parent, "codes NUMBER…", cobra.MinimumNArgs(1), func(args []string) error {
		numbers, err := legNumbers(args)
		if err != nil {
			return err
		}
		if !offline {
			return inspect.Misuse("packet.codes-offline")
		}
		return a.withKeys(&keys, func(c *campaign.Campaign, keys campaign.Custody) error {
			spares, err := field.SpareCodes(a.ctx, c, a.who(c), a.wave, numbers, keys)
			if err != nil {
				return err
			}
			a.print(spares, func(w io.Writer) {
				rows := newTable(a.say.Text("packet.col.no"), a.say.Text("packet.col.start"), a.say.Text("packet.col.rung"), a.say.Text("packet.col.code"))
				for _, s := range spares {
					for _, rung := range inspect.Rungs {
						rows.add(s.Packet, s.Start, a.say.Text("rung."+string(rung)), s.Codes[rung])
					}
				}
				rows.write(w)
			})
			return nil
		})
	})
	a.keyFlag(cmd, &keys)
	cmd.Flags().BoolVar(&offline, "offline", false, a.say.Text("flag.offline"))
}

// listed writes numbers one after another.
func (a *app) listed(numbers []int) string {
	out := ""
	for i, n := range numbers {
		if i > 0 {
			out += a.say.Pick("、", ", ")
		}
		out += fmt.Sprint(n)
	}
	return out
}
