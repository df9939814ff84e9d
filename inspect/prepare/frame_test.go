package prepare_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"zhicha/inspect/campaign"
	"zhicha/inspect/prepare"
	"zhicha/inspect/rehearsal"
)

// A refused import leaves what was there.
func TestImportIsAllOrNothing(t *testing.T) {
	c := rehearsal.NewCampaign(t, "draw-1 drawer")
	good, bad := filepath.Join(t.TempDir(), "good.csv"), filepath.Join(t.TempDir(), "bad.csv")
	head := "kind,id,name,area_code,reporting_unit,county,township,size,risk\n"
	county := "CO,640104000000,兴庆区,640104000000,64,640104000000,,141118,\n"
	if err := errors.Join(os.WriteFile(good, []byte(head+county), 0o600), os.WriteFile(bad, []byte(head+county+county), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := prepare.ImportFrame(t.Context(), c, rehearsal.Who(c, "draw-1"), []string{good}, false); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(c.Path(campaign.FrameFile))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := prepare.ImportFrame(t.Context(), c, rehearsal.Who(c, "draw-1"), []string{bad}, false); rehearsal.RuleOf(err) != "frame.twice" {
		t.Errorf("a county twice: %v", err)
	}
	after, err := os.ReadFile(c.Path(campaign.FrameFile))
	if err != nil || !slices.Equal(before, after) {
		t.Errorf("the frame was replaced: %v", err)
	}
	if left, _ := filepath.Glob(c.Path(".new-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
