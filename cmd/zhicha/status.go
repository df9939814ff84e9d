package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/status"
)

func (a *app) statusCommand() *cobra.Command {
	return a.command("status", cobra.NoArgs, func([]string) error {
		return a.with(func(c *campaign.Campaign) error {
			s, err := status.Of(a.ctx, c, a.wave)
			if err != nil {
				return err
			}
			a.print(s, func(w io.Writer) { a.showStatus(w, s) })
			return nil
		})
	})
}

func (a *app) showStatus(w io.Writer, s *status.Status) {
	line := func(id string, args ...any) { fmt.Fprintln(w, a.say.Text("status."+id, args...)) }
	line("campaign", "Campaign", s.Campaign, "Demo", s.Demo)
	if s.Frame == nil {
		line("no-frame")
	} else {
		r := s.Frame.Rows
		line("frame", "Counties", r.Counties, "Townships", r.Townships, "Villages", r.Villages, "Institutions", r.Institutions,
			"Frozen", s.Frame.Frozen, "Digest", s.Frame.Digest.Fingerprint())
	}
	line("roster", "Teams", s.Teams)
	line("wave", "No", s.Wave.No, "From", s.Wave.Window.From, "To", s.Wave.Window.To, "Done", s.Wave.Parties.Done, "All", s.Wave.Parties.All)
	for _, x := range []struct {
		id string
		at *time.Time
	}{{"committed", s.Wave.Committed}, {"drawn", s.Wave.Drawn}, {"opened", s.Wave.Opened}, {"scored", s.Scored}} {
		if x.at != nil {
			line(x.id, "At", x.at.In(inspect.Beijing).Format("2006-01-02 15:04"))
		}
	}
	if len(s.Wave.Owed) > 0 {
		line("owed", "Files", strings.Join(s.Wave.Owed, a.say.Pick("、", ", ")))
	}
	if s.Wave.Overdue {
		line("overdue", "By", s.Wave.RevealBy)
	}
	if len(s.Wave.Secrets) > 0 {
		line("secrets", "Files", strings.Join(s.Wave.Secrets, a.say.Pick("、", ", ")))
	}
	for _, x := range s.Wave.Audits {
		line("audited", "At", x.At.Format("2006-01-02 15:04"), "Fingerprint", x.Fingerprint, "Visits", x.Visits, "Mismatches", x.Mismatches)
	}
	if s.Legs.All > 0 {
		line("field", "Legs", s.Legs.All, "Sealed", s.Sealed, "Waiting", s.Waiting, "Closed", s.Legs.Done, "Visits", s.Visits.Planned, "Filed", s.Visits.Filed,
			"Approved", s.Visits.Approved, "Held", s.Visits.Held, "Returns", s.Returns, "Findings", s.Findings)
	}
	a.showSecond(w, &s.Second)
	line("documents", "Done", s.Documents.Done, "All", s.Documents.All, "Published", s.Published)
	fmt.Fprintln(w, a.say.Text("status.next")+a.say.Text("status.next."+s.Next))
}
