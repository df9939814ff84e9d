package publish_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/checklist"
	"zhicha/inspect/publish"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/release"
	"zhicha/inspect/results"
	"zhicha/inspect/review"
	"zhicha/inspect/score"
	"zhicha/inspect/store"
	"zhicha/site"
)

const reason = "演示数据：一处检查不是应查的对象，不再计分"

// A correction of two people shows with the next build, before and after, on the pages of whom it
// concerns; what was found at a visit that it sends back is counted no more; and the file of all that is
// published gives the same pages' content again.
func TestCorrectionIsPublished(t *testing.T) {
	t.Parallel()
	o := rehearsal.NewOffice(t, 41)
	o.Draw(1)
	legs := rehearsal.Must(o.Legs(t.Context(), 1))
	primary := legs[slices.IndexFunc(legs, func(l inspect.StandingLeg) bool { return l.Primary() })].No
	o.Report(1, func(v *inspect.Visit, item *checklist.Item) string {
		if v.Kind == inspect.CO && v.Leg == primary && item.Answer.Type == checklist.YesPartlyNo {
			return "no"
		}
		return rehearsal.Best(v, item)
	})
	visits := o.Visits(1, primary)
	worst := visits[slices.IndexFunc(visits, func(v inspect.StandingVisit) bool { return v.Kind == inspect.CO })].ID
	o.Tx(func(tx *store.Tx) error { // what the reports found, as review left it
		var found []inspect.Finding
		for n := range 12 {
			found = append(found, inspect.Finding{ID: fmt.Sprintf("%s-%d", worst, n+1), Visit: worst, Region: "64", Unit: inspect.CO, Kind: inspect.ProblemFound,
				Severity: "S3", Fact: "演示数据", Origin: "inspector", State: inspect.FindingSubmitted})
		}
		return tx.ReplaceFindings(worst, found)
	})
	o.CloseAll(1)
	_, err := results.Freeze(t.Context(), o.Campaign, o.Who("score-1"), 1)
	o.OK(err)
	before := built(o)
	if n := counted(before); n != 12 || len(before.Corrections) != 0 || len(before.Scores) != 1 {
		t.Fatalf("before: %d problems, %d corrections, %d scores", n, len(before.Corrections), len(before.Scores))
	}
	_, err = results.Propose(t.Context(), o.Campaign, o.Who("score-1"), 1, []results.Change{{Visit: worst, Decision: review.Returned}}, reason)
	o.OK(err)
	if p := built(o); len(p.Corrections) != 0 || counted(p) != 12 {
		t.Errorf("a proposal is published: %+v", p.Corrections)
	}
	_, err = results.Confirm(t.Context(), o.Campaign, o.Who("sign-1"), 1, 1)
	o.OK(err)
	after := built(o)
	if len(after.Corrections) != 1 || len(after.Scores) != 2 || after.Corrections[0].Text != reason || counted(after) != 0 || after.National.Visits != before.National.Visits-1 {
		t.Fatalf("after: %+v, %d problems", after.Corrections, counted(after))
	}
	moves := after.Corrections[0].Of("64")
	if len(moves) != 1 || moves[0].Before.Score >= moves[0].After.Score || moves[0].After.Visits != moves[0].Before.Visits-1 {
		t.Fatalf("moves %+v", moves)
	}
	for _, name := range []string{"regions/64.html", "methods/1.html", "corrections.html"} {
		page := string(rehearsal.Must(os.ReadFile(o.Path(campaign.PublicDir, name))))
		for _, part := range []string{"第1号更正", reason, fmt.Sprintf("<b>%.1f分</b>", moves[0].Before.Score), fmt.Sprintf("<b>%.1f分</b>", moves[0].After.Score),
			fmt.Sprintf("计分%d处", moves[0].Before.Visits), fmt.Sprintf("计分%d处", moves[0].After.Visits)} {
			if !strings.Contains(page, part) {
				t.Errorf("%s: %q is missing", name, part)
			}
		}
		if strings.Contains(page, worst) || strings.Contains(page, "score-1") || strings.Contains(page, "sign-1") {
			t.Errorf("%s tells which visit, or who", name)
		}
	}
	list := rehearsal.Must(o.Checklist())
	for i := range after.Scores {
		o.OK(score.Recompute(&after.Scores[i].Result, list))
	}
	shown := after // from what was read, everything shown is made again
	shown.Regions, shown.Corrections = slices.Clone(after.Regions), slices.Clone(after.Corrections)
	shown.National, shown.Corrections[0].Moves = release.Estimate{}, nil
	for i := range shown.Regions {
		shown.Regions[i].Estimate, shown.Regions[i].Bands = release.Estimate{}, nil
	}
	release.Show(&shown, list)
	if a, b := rehearsal.Must(json.Marshal(shown)), rehearsal.Must(json.Marshal(after)); !bytes.Equal(a, b) {
		t.Errorf("shown again:\n%s\n%s", a, b)
	}
}

// built is what a new build publishes, as read from its file, which must be written again to the byte.
func built(o *rehearsal.Office) (p release.Public) {
	o.T.Helper()
	_, err := publish.BuildSite(o.T.Context(), o.Campaign, o.Who("publish-1"), 1)
	o.OK(err)
	data := rehearsal.Must(os.ReadFile(o.Path(campaign.PublicDir, site.PublicData)))
	o.OK(json.Unmarshal(data, &p))
	if again := rehearsal.Must(json.Marshal(p)); !bytes.Equal(append(again, '\n'), data) {
		o.T.Error("what is published is not written again as it was")
	}
	return p
}

// counted are the problems of severity S3 that are published of 64.
func counted(p release.Public) int {
	for _, r := range p.Regions {
		for _, c := range r.Findings {
			if r.Code == "64" && c.Kind == "problem" && c.Severity == "S3" {
				return c.N
			}
		}
	}
	return -1
}
