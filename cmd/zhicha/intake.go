package main

import (
	"fmt"
	"io"
	"runtime/debug"
	"slices"
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
	a.intakeResolve(cmd)
	a.sub(cmd, "waiting", cobra.NoArgs, func([]string) error { return a.with(a.showWaiting) })
	return cmd
}

func (a *app) intakeResolve(cmd *cobra.Command) {
	var keep int
	var admit, dismiss bool
	var reason string
	resolve := a.sub(cmd, "resolve ID", cobra.ExactArgs(1), func(args []string) error {
		return a.with(func(c *campaign.Campaign) error {
			if admit || dismiss {
				decision := returns.Dismissed
				if admit {
					decision = returns.Admitted
				}
				return a.settle(c, args[0], decision, reason)
			}
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
	resolve.Flags().BoolVar(&admit, "admit", false, a.say.Text("flag.admit"))
	resolve.Flags().BoolVar(&dismiss, "dismiss", false, a.say.Text("flag.dismiss"))
	resolve.MarkFlagsOneRequired("keep", "admit", "dismiss")
	resolve.MarkFlagsMutuallyExclusive("keep", "admit", "dismiss")
}

// settle takes one of two decisions about a file that does not prove where it comes from; what was wrong with
// one that was admitted is the error it ends with.
func (a *app) settle(c *campaign.Campaign, digest, decision, reason string) error {
	s, err := returns.Settle(a.ctx, c, a.who(c), a.wave, digest, decision, reason)
	if err != nil {
		return err
	}
	var problems, warnings inspect.Problems
	if s.Taken != nil {
		problems, warnings = s.Taken.Problems, s.Taken.Warnings
	}
	a.print(struct {
		*returns.Settled
		Problems []say.Said `json:"problems"`
		Warnings []say.Said `json:"warnings"`
	}{s, a.saidAll(problems), a.saidAll(warnings)}, func(w io.Writer) {
		id := "intake.settled"
		if s.Decision != "" {
			id += "." + s.Decision
		}
		fmt.Fprintln(w, a.say.Text(id, "Digest", s.Digest))
		if s.Taken != nil {
			a.showTaken(w, s.Taken)
		}
	})
	return problems.Err()
}

// showWaiting lists what waits for a release, for two people, or for a reviewer.
func (a *app) showWaiting(c *campaign.Campaign) error {
	early, err := returns.WaitingOf(a.ctx, c, a.wave)
	if err != nil {
		return err
	}
	unproven, err := returns.UnprovenOf(a.ctx, c, a.wave)
	if err != nil {
		return err
	}
	unproven = slices.DeleteFunc(unproven, func(u inspect.Unproven) bool { return u.Decision != "" })
	held, err := review.Held(a.ctx, c, a.wave)
	if err != nil {
		return err
	}
	a.print(map[string]any{"sealed": append([]inspect.Waiting{}, early...), "unproven": append([]inspect.Unproven{}, unproven...), "versions": append([]inspect.HeldVersion{}, held...)}, func(w io.Writer) {
		const minutes = "2006-01-02 15:04"
		for _, x := range early {
			fmt.Fprintln(w, a.say.Text("intake.waiting.file", "Digest", x.Digest[:12], "Name", x.Name, "Received", x.Received.Format(minutes), "By", x.By))
		}
		for _, x := range unproven {
			fmt.Fprintln(w, a.say.Text("intake.waiting.proof", "Digest", x.Digest[:12], "Name", x.Name, "Received", x.Received.Format(minutes), "By", x.By, "N", x.Reports, "Packet", x.Packet))
			for _, d := range x.Acts {
				fmt.Fprintln(w, a.say.Text("intake.waiting.act", "At", d.Time.Format(minutes), "By", d.By, "Decision", a.say.Text("unproven."+d.Decision), "Reason", d.Reason))
			}
		}
		for _, x := range held {
			fmt.Fprintln(w, a.say.Text("intake.waiting.version", "Visit", x.Visit, "Version", x.Version, "Received", x.Received.Format(minutes)))
		}
		if len(early)+len(unproven)+len(held) == 0 {
			fmt.Fprintln(w, a.say.Text("intake.waiting.none"))
		}
	})
	return nil
}

// softMemory is what the collector keeps intake below, in bytes: the bound for any file is 256 MiB.
const softMemory = 192 << 20

// outcomes are what can become of a report, then of a file, in the order in which they are told.
var outcomes = []string{"accepted", "superseded", "unchanged", "held", "without-proof", "refused", "repeated", "waiting", "refused-files"}

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
	err := returns.TakeInEach(a.ctx, c, a.who(c), a.wave, paths, func(t returns.Taken) error {
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
		a.print(map[string]any{"file": t.File, "packet": t.Packet, "repeated": t.Repeated, "waiting": t.Waiting, "clear": t.Clear, "visits": t.Visits, "alarms": t.Alarms,
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
