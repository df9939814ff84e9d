package results_test

import (
	"testing"

	"zhicha/inspect/rehearsal"
	"zhicha/inspect/results"
)

// A configuration that was changed after the commit changes no number: nothing is scored by it, and scores
// follow the rules that were committed.
func TestScoreByCommittedRules(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 14)
	o.Draw(1)
	o.Report(1, rehearsal.Best)
	o.CloseAll(1)
	was := *o.Config
	o.Config.Score.ConfidencePercent, o.Config.Score.Lonely = 80, "average"
	o.Refused("by other rules", "plan.setting-changed", func() error {
		_, err := results.Freeze(t.Context(), o.Campaign, o.Who("score-1"), 1)
		return err
	})
	*o.Config = was
	r, err := results.Freeze(t.Context(), o.Campaign, o.Who("score-1"), 1)
	o.OK(err)
	if r.Rules.Confidence != 95 || r.Rules.Lonely != "fail" || r.Rules.MinVisits != 8 {
		t.Errorf("scored by %+v", r.Rules)
	}
}
