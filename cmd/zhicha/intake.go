package main

import (
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/returns"
	"zhicha/inspect/review"
	"zhicha/inspect/say"
)

func (a *app) intakeCommand() *cobra.Command {
	cmd := a.command("intake PATH…", cobra.MinimumNArgs(1), func(args []string) error {
		return a.with(func(c *campaign.Campaign) error { return a.takeIn(c, args) })
	})
	var keep int
	var reason string
	resolve := a.sub(cmd, "resolve ID", cobra.ExactArgs(1), func(args []string) error {
		return a.with(func(c *campaign.Campaign) error {
			if err := review.Resolve(a.ctx, c, a.who(c), args[0], keep, reason); err != nil {
				return err
			}
			a.print(map[string]any{"visit": args[0], "version": keep}, func(w io.Writer) {
				fmt.Fprintln(w, a.say.Text("intake.resolved", "ID", args[0], "Version", keep))
			})
			return nil
		})
	})
	resolve.Flags().IntVar(&keep, "keep", 0, a.say.Text("flag.keep"))
	resolve.Flags().StringVar(&reason, "reason", "", a.say.Text("flag.reason"))
	resolve.MarkFlagRequired("keep")
	return cmd
}

// softMemory is what the collector keeps intake below, in bytes: the bound for any file is 256 MiB.
const softMemory = 192 << 20

// outcomes are what can become of a report, then of a file, in the order in which they are told.
var outcomes = []string{"accepted", "superseded", "unchanged", "held", "refused", "repeated", "waiting", "refused-files"}

// takeIn acknowledges each file once it is on disk, a line or an object to a file, then sums up: first
// the children in danger, then what became of everything, then what is still to come. What was
// refused is the error it ends with.
func (a *app) takeIn(c *campaign.Campaign, paths []string) error {
	// what a heavy file left is collected before the next one is read, not when the heap has doubled
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(softMemory))
	if tuned() {
		debug.SetGCPercent(400)
	}
	var bad inspect.Problems
	var alarms []map[string]any
	totals := map[string]int{}
	files := 0
	err := returns.TakeInEach(a.ctx, c, a.wave, paths, func(t returns.Taken) error {
		files++
		bad = append(bad, t.Problems...)
		for state, n := range t.Visits {
			totals[state] += n
		}
		if t.Repeated {
			totals["repeated"]++
		}
		if t.Waiting {
			totals["waiting"]++
		}
		if t.Kept() == 0 && len(t.Problems) > 0 {
			totals["refused-files"]++
		}
		for _, visit := range t.Alarms {
			alarms = append(alarms, map[string]any{"visit": visit, "file": t.File})
		}
		a.print(map[string]any{"file": t.File, "packet": t.Packet, "repeated": t.Repeated, "waiting": t.Waiting, "visits": t.Visits, "alarms": t.Alarms,
			"problems": a.saidAll(t.Problems), "warnings": a.saidAll(t.Warnings)}, func(w io.Writer) { a.showTaken(w, &t) })
		return nil
	})
	if err != nil {
		return err
	}
	awaited, err := returns.Awaited(a.ctx, c, a.wave)
	if err != nil {
		return err
	}
	a.print(map[string]any{"files": files, "totals": totals, "alarms": alarms, "awaited": awaited}, func(w io.Writer) {
		for _, al := range alarms {
			fmt.Fprintln(w, a.say.Text("intake.alarm", "Visit", al["visit"], "File", al["file"]))
		}
		fmt.Fprintln(w, a.say.Text("intake.files", "N", files))
		for _, state := range outcomes {
			if totals[state] > 0 {
				fmt.Fprintln(w, "  "+a.say.Text("intake."+state, "N", totals[state]))
			}
		}
		if len(awaited) > 0 {
			fmt.Fprintln(w, a.say.Text("intake.awaited", "N", len(awaited), "Legs", strings.Trim(fmt.Sprint(awaited), "[]")))
		}
	})
	return bad.Err()
}

// showTaken is a file's line, and below it what a reviewer should look at.
func (a *app) showTaken(w io.Writer, t *returns.Taken) {
	var parts []string
	for _, state := range outcomes {
		if n := t.Visits[state]; n > 0 {
			parts = append(parts, a.say.Text("intake."+state, "N", n))
		}
	}
	if t.Repeated {
		parts = append(parts, a.say.Text("intake.before"))
	} else if t.Waiting {
		parts = append(parts, a.say.Text("intake.waits"))
	} else if len(parts) == 0 {
		parts = append(parts, a.say.Text("intake.nothing"))
	}
	fmt.Fprintln(w, a.say.Text("intake.file", "File", t.File, "Outcome", strings.Join(parts, a.say.Pick("，", ", "))))
	for _, s := range a.saidAll(t.Warnings) {
		fmt.Fprintln(w, "  "+a.say.Text("intake.warning", "Text", s.At+s.Message))
	}
}

func (a *app) saidAll(ps inspect.Problems) []say.Said {
	out := make([]say.Said, 0, len(ps))
	for _, p := range ps {
		out = append(out, a.say.Problem(p))
	}
	return out
}
