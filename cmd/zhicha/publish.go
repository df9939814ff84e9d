package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/publish"
	"zhicha/site"
)

func (a *app) draftCommand() *cobra.Command {
	cmd := a.command("draft", nil, nil)
	var from publish.PracticeSource
	for _, k := range publish.Kinds {
		kind := k.Name
		sub := a.sub(cmd, kind, cobra.NoArgs, func([]string) error {
			return a.with(func(c *campaign.Campaign) error {
				path, err := publish.Draft(a.ctx, c, a.who(c), kind, a.wave, from)
				if err != nil {
					return err
				}
				a.print(map[string]string{"file": path}, func(w io.Writer) { fmt.Fprintln(w, a.say.Text("draft.done", "File", path)) })
				return nil
			})
		})
		if k.Slug { // drafted from a finding
			sub.Flags().StringVar(&from.Finding, "finding", "", a.say.Text("flag.finding"))
			sub.Flags().StringVar(&from.Slug, "id", "", a.say.Text("flag.slug"))
			sub.Flags().StringVar(&from.Title, "title", "", a.say.Text("flag.title"))
			sub.MarkFlagRequired("finding")
			sub.MarkFlagRequired("id")
		}
	}
	return cmd
}

func (a *app) publishCommand() *cobra.Command {
	cmd := a.command("publish", nil, nil)
	for _, act := range []struct {
		use string
		do  func(c *campaign.Campaign, path string) error
	}{
		{"check", func(c *campaign.Campaign, path string) error { return publish.Check(a.ctx, c, path) }},
		{"review", func(c *campaign.Campaign, path string) error { return publish.Review(a.ctx, c, a.who(c), path) }},
		{"sign", func(c *campaign.Campaign, path string) error { return publish.Sign(a.ctx, c, a.who(c), path) }},
	} {
		a.sub(cmd, act.use+" FILE", cobra.ExactArgs(1), func(args []string) error {
			return a.with(func(c *campaign.Campaign) error {
				if err := act.do(c, args[0]); err != nil {
					return err
				}
				a.print(map[string]string{"file": args[0], act.use: "ok"}, func(w io.Writer) {
					fmt.Fprintln(w, a.say.Text("publish."+act.use, "File", args[0], "By", a.as))
				})
				return nil
			})
		})
	}
	var reason string
	withdraw := a.sub(cmd, "withdraw DIGEST", cobra.ExactArgs(1), func(args []string) error {
		var digest inspect.Digest
		if err := digest.UnmarshalText([]byte(args[0])); err != nil {
			return inspect.Misuse("publish.withdraw-digest", "Digest", args[0])
		}
		return a.with(func(c *campaign.Campaign) error {
			done, err := publish.Withdraw(a.ctx, c, a.who(c), digest, reason)
			if err != nil {
				return err
			}
			a.print(map[string]any{"document": digest, "withdrawn": done}, func(w io.Writer) {
				fmt.Fprintln(w, a.say.Text("publish.withdraw", "Digest", digest.Fingerprint(), "By", a.as, "Done", done))
			})
			return nil
		})
	})
	withdraw.Flags().StringVar(&reason, "reason", "", a.say.Text("flag.withdraw-reason"))
	withdraw.MarkFlagRequired("reason")
	return cmd
}

func (a *app) siteCommand() *cobra.Command {
	cmd := a.command("site", nil, nil)
	a.sub(cmd, "build", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			b, err := publish.BuildSite(a.ctx, c, a.who(c), a.wave)
			if err != nil {
				return err
			}
			for _, d := range b.Drafts {
				a.tell("site.unsigned", "File", d)
			}
			a.print(b, func(w io.Writer) {
				fmt.Fprintln(w, a.say.Text("site.built", "Dir", b.Dir, "Written", b.Written, "Unchanged", b.Unchanged, "Removed", b.Removed))
			})
			return nil
		})
	})
	var addr string
	serve := a.sub(cmd, "serve", cobra.NoArgs, func([]string) error { return a.serve(a.dir, addr) })
	serve.Flags().StringVar(&addr, "addr", defaultAddr, a.say.Text("flag.addr"))
	return cmd
}

const defaultAddr = "127.0.0.1:8080"

// serve serves the campaign's built site until interrupted.
func (a *app) serve(dir, addr string) error {
	public := filepath.Join(dir, "public")
	if _, err := os.Stat(filepath.Join(public, "index.html")); err != nil {
		return inspect.Misuse("site.not-built", "Dir", public)
	}
	ln, err := new(net.ListenConfig).Listen(a.ctx, "tcp", addr)
	if err != nil {
		return inspect.Fail("site.listen", err, "Addr", addr)
	}
	a.print(map[string]string{"url": "http://" + ln.Addr().String() + "/"}, func(w io.Writer) {
		fmt.Fprintln(w, a.say.Text("site.serving", "URL", "http://"+ln.Addr().String()+"/"))
	})
	return site.Serve(a.ctx, ln, public)
}
