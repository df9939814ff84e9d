package ceremony_test

import (
	"slices"
	"testing"

	"zhicha/inspect/ceremony"
)

// What changed since the commit is named, also what was added or is gone.
func TestChangedParts(t *testing.T) {
	got := ceremony.ChangedParts([]byte(`{"a":1,"b":2,"d":4}`), []byte(`{"a":1,"b":3,"c":5}`))
	if !slices.Equal(got, []string{"b", "c", "d"}) {
		t.Errorf("changed parts are %q", got)
	}
}
