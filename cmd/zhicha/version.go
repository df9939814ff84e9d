package main

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/site"
)

// build is what this program was made from: two people who compare what they compute compare this first.
type build struct {
	Version      string   `json:"version"`            // of the module; (devel) where it was built from a checkout
	Revision     string   `json:"revision,omitempty"` // of the source, where it is known
	Time         string   `json:"time,omitempty"`     // of that revision
	Modified     bool     `json:"modified"`           // the source was not just that revision
	Go           string   `json:"go"`
	Platform     string   `json:"platform"`
	Site         string   `json:"site"` // in what way pages are made
	Dependencies []module `json:"dependencies"`
}

type module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
}

func buildOf(info *debug.BuildInfo) build {
	b := build{Version: info.Main.Version, Go: info.GoVersion, Platform: runtime.GOOS + "/" + runtime.GOARCH, Site: site.Edition, Dependencies: []module{}}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	for _, d := range info.Deps {
		if d.Replace != nil {
			d = d.Replace
		}
		b.Dependencies = append(b.Dependencies, module{d.Path, d.Version})
	}
	return b
}

func (a *app) versionCommand() *cobra.Command {
	return a.command("version", cobra.NoArgs, func([]string) error {
		info, ok := debug.ReadBuildInfo()
		if !ok { // a program of Go built without modules
			info = &debug.BuildInfo{GoVersion: runtime.Version()}
		}
		b := buildOf(info)
		a.print(b, func(w io.Writer) {
			fmt.Fprintln(w, a.say.Text("version.line", "Version", b.Version, "Revision", b.Revision, "Modified", b.Modified, "Go", b.Go, "Platform", b.Platform, "Site", b.Site))
			for _, d := range b.Dependencies {
				fmt.Fprintln(w, "  "+d.Path+" "+d.Version)
			}
		})
		return nil
	})
}

// completionCommand writes what a shell needs to complete commands and flags.
func (a *app) completionCommand() *cobra.Command {
	shells := map[string]func(*cobra.Command, io.Writer) error{
		"bash":       func(c *cobra.Command, w io.Writer) error { return c.GenBashCompletionV2(w, true) },
		"zsh":        (*cobra.Command).GenZshCompletion,
		"fish":       func(c *cobra.Command, w io.Writer) error { return c.GenFishCompletion(w, true) },
		"powershell": (*cobra.Command).GenPowerShellCompletionWithDesc,
	}
	var cmd *cobra.Command
	cmd = a.command("completion SHELL", cobra.ExactArgs(1), func(args []string) error {
		write := shells[args[0]]
		if write == nil {
			return inspect.Misuse("command.shell", "Value", args[0])
		}
		var out bytes.Buffer
		if err := write(cmd.Root(), &out); err != nil {
			return err
		}
		_, err := a.stdout.Write(out.Bytes())
		return err
	})
	cmd.ValidArgs = []string{"bash", "zsh", "fish", "powershell"}
	return cmd
}
