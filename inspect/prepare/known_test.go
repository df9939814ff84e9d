package prepare_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zhicha/inspect/campaign"
	"zhicha/inspect/prepare"
	"zhicha/inspect/rehearsal"
)

// What is known of a frame is what reading it finds, and a file or a scope that changed is read again.
func TestKnownFrame(t *testing.T) {
	c := rehearsal.NewCampaign(t, "draw-1 drawer")
	source := filepath.Join(t.TempDir(), "frame.csv")
	head := "kind,id,name,area_code,reporting_unit,county,township,size,risk\n"
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(source, head+"CO,640104000000,兴庆区,640104000000,64,640104000000,,141118,\n")
	if _, err := prepare.ImportFrame(t.Context(), c, rehearsal.Who(c, "draw-1"), []string{source}, false); err != nil {
		t.Fatal(err)
	}
	same := func(what string) {
		t.Helper()
		known, err1 := prepare.KnownFrame(t.Context(), c)
		read, err2 := prepare.CheckFrame(t.Context(), c)
		if diff := cmp.Diff(read, known); diff != "" || rehearsal.RuleOf(err1) != rehearsal.RuleOf(err2) {
			t.Errorf("%s: %v, %v\n%s", what, err1, err2, diff)
		}
	}
	same("as imported")
	if _, err := prepare.FreezeFrame(t.Context(), c, rehearsal.Who(c, "draw-1")); err != nil {
		t.Fatal(err)
	}
	same("frozen")
	c.Config.Scope.Area = "11"
	same("another scope")
	c.Config.Scope.Area = "64"
	write(c.Path(campaign.FrameFile), head)
	same("another file")
	if err := os.Remove(c.Path(campaign.FrameFile)); err != nil {
		t.Fatal(err)
	}
	same("no file")
}
