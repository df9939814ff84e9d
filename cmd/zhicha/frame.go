package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/prepare"
)

func (a *app) frameCommand() *cobra.Command {
	cmd := a.command("frame", nil, nil)
	var national bool
	imp := a.sub(cmd, "import [FILE…]", cobra.ArbitraryArgs, func(args []string) error {
		tables(args)
		return a.with(func(c *campaign.Campaign) error {
			return a.showFrame(prepare.ImportFrame(a.ctx, c, a.who(c), args, national))
		})
	})
	imp.Flags().BoolVar(&national, "national", false, a.say.Text("flag.national"))
	a.sub(cmd, "check", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error { return a.showFrame(prepare.CheckFrame(a.ctx, c)) })
	})
	a.sub(cmd, "freeze", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			s, err := prepare.FreezeFrame(a.ctx, c, a.who(c))
			if err == nil && s.Total.Institutions == 0 {
				a.tell("frame.no-institutions")
			}
			return a.showFrame(s, err)
		})
	})
	return cmd
}

// showFrame prints what is in a frame, with the counts per reporting unit that R02 wants signed.
func (a *app) showFrame(s *prepare.FrameState, err error) error {
	if err != nil {
		return err
	}
	a.print(s, func(w io.Writer) {
		for _, file := range slices.Sorted(maps.Keys(s.Encodings)) {
			fmt.Fprintln(w, a.say.Text("frame.file", "File", file, "Encoding", s.Encodings[file]))
		}
		t := s.Total
		fmt.Fprintln(w, a.say.Text("frame.total", "Provinces", t.Provinces, "Prefectures", t.Prefectures, "Counties", t.Counties,
			"Townships", t.Townships, "Villages", t.Villages, "Institutions", t.Institutions))
		rows := newTable(a.say.Text("frame.col.unit"), a.say.Text("frame.col.counties"), a.say.Text("frame.col.townships"),
			a.say.Text("frame.col.villages"), a.say.Text("frame.col.institutions"))
		for _, u := range s.Units {
			r, _ := inspect.Nation.Unit(u.ReportingUnit)
			rows.add(u.ReportingUnit+" "+a.say.Pick(r.NameZh, r.NameEn), u.Counties, u.Townships, u.Villages, u.Institutions)
		}
		rows.write(w)
		if s.Left > 0 {
			fmt.Fprintln(w, a.say.Text("frame.left", "N", s.Left))
		}
		for _, note := range slices.Sorted(maps.Keys(s.Notes)) {
			fmt.Fprintln(w, a.say.Text("frame.note."+note, "N", s.Notes[note]))
		}
		fmt.Fprintln(w, a.say.Text("frame.digest", "Digest", s.Digests.Frame.String(), "Frozen", s.Frozen))
	})
	return nil
}

func (a *app) rosterCommand() *cobra.Command {
	cmd := a.command("roster", nil, nil)
	a.sub(cmd, "template FILE", cobra.ExactArgs(1), func(args []string) error {
		return a.with(func(c *campaign.Campaign) error {
			if err := prepare.WriteRosterTemplate(c, a.wave, args[0]); err != nil {
				return err
			}
			a.print(map[string]string{"file": args[0]}, func(w io.Writer) { fmt.Fprintln(w, a.say.Text("roster.template", "File", args[0])) })
			return nil
		})
	})
	a.sub(cmd, "import FILE", cobra.ExactArgs(1), func(args []string) error {
		return a.with(func(c *campaign.Campaign) error {
			return a.showTeams(prepare.ImportRoster(a.ctx, c, a.who(c), args[0], a.wave))
		})
	})
	a.sub(cmd, "check", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			roster, err := c.RosterNow(a.ctx, a.wave)
			return a.showTeams(roster.Teams, err)
		})
	})
	return cmd
}

// showTeams prints the public team table: what the draw reads, and the public sees at the reveal.
func (a *app) showTeams(teams []inspect.Team, err error) error {
	if err != nil {
		return err
	}
	a.print(teams, func(w io.Writer) {
		rows := newTable(a.say.Text("roster.col.team"), a.say.Text("roster.col.home"), a.say.Text("roster.col.kind"),
			a.say.Text("roster.col.inspectors"), a.say.Text("roster.col.women"), a.say.Text("roster.col.capacity"), a.say.Text("roster.col.days"))
		for _, t := range teams {
			rows.add(t.No, t.Home, a.say.Text("team."+string(t.Kind)), t.Inspectors, t.Women, t.Capacity, string(t.From)+"…"+string(t.To))
		}
		rows.write(w)
		fmt.Fprintln(w, a.say.Text("roster.total", "N", len(teams)))
	})
	return nil
}
