package estimate_test

import (
	"testing"

	"zhicha/inspect/estimate"
)

// What two offices could not verify is no disagreement.
func TestAgreed(t *testing.T) {
	got := estimate.Summarise([]estimate.Judged{{A: "1/1", B: "1/1"}, {A: "1/2", B: "1/1"}, {A: "na", B: "na"}})
	if got.N != 3 || got.Alike != 2 || got.Percent != 66.7 || got.Kappa == nil || *got.Kappa != 0.5 || !got.Small {
		t.Errorf("%+v", got)
	}
}
