package campaign_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/rehearsal"
)

// A sparse giant is refused by its size, and a file without one is read no further than the limit.
func TestReadIsBounded(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "giant")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size, rule := range map[int64]string{0: "", campaign.Small: "", campaign.Small + 1: "campaign.too-large", 1 << 40: "campaign.too-large"} {
		if err := f.Truncate(size); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		data, err := campaign.Read(name, campaign.Small)
		runtime.ReadMemStats(&after)
		if rehearsal.RuleOf(err) != rule || err == nil && int64(len(data)) != size || err != nil && inspect.ExitStatus(err) != 5 {
			t.Errorf("%d bytes: %d, %v", size, len(data), err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 4*campaign.Small {
			t.Errorf("%d bytes: %d allocated", size, n)
		}
	}
	if _, err := campaign.Read(dir, campaign.Small); rehearsal.RuleOf(err) != "campaign.not-a-file" {
		t.Errorf("a folder: %v", err)
	}
	if _, err := campaign.Read(filepath.Join(dir, "none"), campaign.Small); !os.IsNotExist(unwrapped(err)) {
		t.Errorf("no file: %v", err)
	}
	if runtime.GOOS != "windows" { // /proc and /dev have files whose size says nothing
		if _, err := campaign.Read("/dev/zero", campaign.Small); rehearsal.RuleOf(err) != "campaign.not-a-file" {
			t.Errorf("a device: %v", err)
		}
	}
}

func unwrapped(err error) error {
	if p := inspect.ProblemsOf(err); len(p) > 0 {
		return p[0].Cause
	}
	return err
}
