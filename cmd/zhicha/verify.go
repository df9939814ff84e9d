package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/verify"
)

// verifyCommand needs no campaign: it is for anyone who holds a copy of the published folder.
func (a *app) verifyCommand() *cobra.Command {
	var o verify.Options
	var since string
	cmd := a.command("verify PATH", cobra.ExactArgs(1), func(args []string) error {
		if info, err := os.Stat(args[0]); err != nil || !info.IsDir() {
			return inspect.Misuse("verify.no-folder", "Path", args[0])
		}
		var err error
		if since != "" {
			if o.Since, err = readSince(since); err != nil {
				return err
			}
		}
		r, err := verify.Folder(os.DirFS(args[0]), o)
		if err != nil {
			return err
		}
		a.print(r, func(w io.Writer) { a.showReport(w, r) })
		return a.worded(r.Problems()).Err()
	})
	cmd.Flags().StringArrayVar(&o.Anchors, "anchor", nil, a.say.Text("flag.anchor"))
	cmd.Flags().StringVar(&o.Key, "key", "", a.say.Text("flag.log-key"))
	cmd.Flags().StringArrayVar(&o.Witnesses, "witness", nil, a.say.Text("flag.verify-witness"))
	cmd.Flags().IntVar(&o.Quorum, "quorum", 0, a.say.Text("flag.quorum"))
	cmd.Flags().StringVar(&since, "since", "", a.say.Text("flag.since"))
	return cmd
}

// readSince is the checkpoint of an earlier edition: a file of its own, or a published folder's.
func readSince(path string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "log", "checkpoint")
	}
	text, err := campaign.Read(path, campaign.Small)
	if err != nil || len(text) == 0 {
		return nil, inspect.Misuse("verify.no-checkpoint", "Path", path)
	}
	return text, nil
}

// worded names entries of the log as people do.
func (a *app) worded(ps inspect.Problems) (out inspect.Problems) {
	for _, p := range ps {
		q := *p
		q.Args = maps.Clone(p.Args)
		for _, arg := range []string{"Kind", "Later", "Before"} {
			if word, ok := a.say.Lookup(fmt.Sprintf("verify.kind.%v", q.Args[arg]), nil); ok {
				q.Args[arg] = word
			}
		}
		out = append(out, &q)
	}
	return out
}

// showReport prints a line per check, what was not proved, and the verdict last.
func (a *app) showReport(w io.Writer, r *verify.Report) {
	fmt.Fprintln(w, a.say.Text("verify.title", "Campaign", r.Campaign, "AsOf", r.AsOf, "Demo", r.Demo))
	failed, skipped := 0, 0
	for _, c := range r.Checks {
		args := append(values(c.Args), "Wave", c.Wave)
		mark, said := "✓", a.say.Text("verify.ok."+c.ID, args...)
		switch c.State {
		case verify.Failed:
			failed++
			mark, said = "✗", a.say.Text("verify.failed", "N", len(c.Problems))
		case verify.Skipped:
			skipped++
			mark, said = "–", a.say.Text("verify.skipped")
		}
		fmt.Fprintf(w, "  %s %s%s\n", mark, a.say.Text("verify.check."+c.ID, "Wave", c.Wave), said)
	}
	fmt.Fprintln(w, a.say.Text("verify.caveats"))
	for _, c := range r.Caveats {
		fmt.Fprintf(w, "  · %s\n", a.say.Text("verify.caveat."+c.ID, append(values(c.Args), "Wave", c.Wave)...))
	}
	verdict := "verify.verdict.failed"
	if r.Verified {
		verdict = "verify.verdict.whole"
	}
	unanchored := false
	for _, wave := range r.Waves {
		if r.Verified && wave.Revealed {
			verdict = "verify.verdict.ok"
		}
		unanchored = unanchored || !wave.Anchored
	}
	fmt.Fprintln(w, a.say.Text(verdict, "Failed", failed, "Skipped", skipped, "Demo", r.Demo, "Unanchored", unanchored))
}

// values are a map's names and values in turn.
func values(m map[string]any) (out []any) {
	for name, value := range m {
		out = append(out, name, value)
	}
	return out
}
