package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"zhicha/inspect/audit"
	"zhicha/inspect/campaign"
	"zhicha/inspect/say"
)

// auditCommand opens the deeper stages to an auditor.
func (a *app) auditCommand(plan *cobra.Command) {
	var keys []string
	var mismatch, none bool
	cmd := a.sub(plan, "audit", cobra.NoArgs, func([]string) error {
		return a.withKeys(&keys, func(c *campaign.Campaign, keys campaign.Custody) error {
			sign := audit.SignMatch
			switch {
			case mismatch:
				sign = audit.SignAny
			case none:
				sign = audit.SignNothing
			}
			found, err := audit.Run(a.ctx, c, a.who(c), a.wave, keys, sign)
			if found != nil {
				a.showAudit(found)
			}
			return err
		})
	})
	cmd.Flags().StringSliceVar(&keys, "key", nil, a.say.Text("flag.key"))
	cmd.Flags().BoolVar(&mismatch, "sign-mismatch", false, a.say.Text("flag.sign-mismatch"))
	cmd.Flags().BoolVar(&none, "no-sign", false, a.say.Text("flag.no-sign"))
	cmd.MarkFlagsMutuallyExclusive("sign-mismatch", "no-sign")
	cmd.MarkFlagRequired("key")
}

// showAudit tells the auditor, and nobody else, what was compared and every mismatch by its place.
func (a *app) showAudit(x *audit.Report) {
	mismatches := a.saidAll(x.Mismatches)
	a.print(struct {
		*audit.Report
		Mismatches []say.Said `json:"mismatches"`
	}{x, mismatches}, func(w io.Writer) {
		fmt.Fprintln(w, a.say.Text("plan.audit", "Wave", x.Wave, "Legs", x.Legs, "Visits", x.Visits, "Households", x.Households,
			"Substitutions", x.Substitutions, "Mismatches", len(x.Mismatches), "Plan", x.Plan.String()))
		for _, s := range mismatches {
			fmt.Fprintln(w, "  ✗ "+s.Message)
			fmt.Fprintln(w, "    → "+s.WayOut)
		}
		if x.Signed {
			fmt.Fprintln(w, a.say.Text("plan.audit-signed", "Outcome", a.say.Text("audit.outcome."+x.Outcome), "Fingerprint", x.Fingerprint))
		} else {
			fmt.Fprintln(w, a.say.Text("plan.audit-unsigned"))
		}
	})
}
