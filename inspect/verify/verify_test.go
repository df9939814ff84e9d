package verify

import (
	"encoding/json"
	"testing"
)

func TestSoundFolder(t *testing.T) {
	w := newWorld(t, tiny)
	folder := w.publish()
	r := judge(t, folder, Options{Anchors: []string{w.d.Fingerprint()}, Key: w.log.public})
	for _, c := range r.Checks {
		if c.State != OK {
			t.Errorf("%s %d: %s %v", c.ID, c.Wave, c.State, c.Problems)
		}
	}
	if !r.Verified || len(r.Checks) != 16 || len(r.Waves) != 1 || !r.Waves[0].Anchored || r.Waves[0].Commit != w.d || r.Entries != 12 {
		raw, _ := json.MarshalIndent(r, "", " ")
		t.Errorf("%s", raw)
	}
}
