package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/checklist"
)

func (a *app) checklistCommand() *cobra.Command {
	cmd := a.command("checklist", nil, nil)
	a.sub(cmd, "check FILE", cobra.ExactArgs(1), func(args []string) error {
		data, err := campaign.Read(args[0], campaign.Small)
		if err != nil {
			return err
		}
		list, err := checklist.Parse(args[0], data)
		if err != nil {
			return err
		}
		perVisit := map[inspect.Kind]int{}
		for _, k := range inspect.Kinds {
			perVisit[k] = len(list.ItemsFor(k))
		}
		a.print(map[string]any{"id": list.ID, "version": list.Version, "digest": list.Digest(), "items": len(list.Items), "perVisit": perVisit}, func(w io.Writer) {
			fmt.Fprintln(w, a.say.Text("checklist.ok", "Title", list.Title.In(a.lang), "Items", len(list.Items), "Sections", len(list.Sections)))
			for _, k := range inspect.Kinds {
				fmt.Fprintln(w, a.say.Text("checklist.per-visit", "Kind", list.Kind(k).In(a.lang), "N", perVisit[k]))
			}
			fmt.Fprintln(w, a.say.Text("checklist.digest", "Digest", list.Digest().String()))
		})
		return nil
	})
	return cmd
}
