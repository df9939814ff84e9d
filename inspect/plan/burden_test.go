package plan

import (
	"testing"

	"zhicha/inspect"
)

// A township rests for fourteen days: a visit on the fourteenth day comes too soon, one on the
// fifteenth does not, on either side of a leg of several days.
func TestTooSoon(t *testing.T) {
	leg := inspect.Window{From: "2023-02-01", To: "2023-02-03"}
	for day, want := range map[inspect.Date]bool{
		"2023-01-17": false, "2023-01-18": true, "2023-02-02": true, "2023-02-17": true, "2023-02-18": false,
	} {
		if got := tooSoon([]inspect.Date{day}, leg); got != want {
			t.Errorf("visited on %s: %v", day, got)
		}
	}
	if tooSoon(nil, leg) {
		t.Error("a township nobody visits")
	}
	if !tooSoon([]inspect.Date{"2022-01-01", "2023-02-10"}, leg) {
		t.Error("one of several visits is near")
	}
}

func TestTooNear(t *testing.T) {
	a := inspect.Window{From: "2023-02-01", To: "2023-02-10"}
	for b, want := range map[inspect.Window]bool{
		{From: "2023-01-01", To: "2023-01-17"}: false, {From: "2023-01-01", To: "2023-01-18"}: true, {From: "2023-02-05", To: "2023-02-05"}: true,
		{From: "2023-02-24", To: "2023-03-01"}: true, {From: "2023-02-25", To: "2023-03-01"}: false,
	} {
		if TooNear(a, b) != want || TooNear(b, a) != want {
			t.Errorf("%v: %v, %v", b, TooNear(a, b), TooNear(b, a))
		}
	}
}

func TestApprovals(t *testing.T) {
	for kind, want := range map[inspect.Kind]int{inspect.CO: 2, inspect.TS: 1, inspect.VC: 1, inspect.WI: 1} {
		if got := ApprovalsNeeded(kind); got != want {
			t.Errorf("%s needs %d", kind, got)
		}
	}
	for _, c := range []struct {
		id   string
		role string
		want bool
	}{
		{"review-1", inspect.RoleReviewer, true}, {"privacy-1", inspect.RolePrivacyOfficer, true}, {"audit-1", inspect.RoleAuditor, true},
		{"draw-1", inspect.RoleReviewer, false}, {"score-1", inspect.RoleScorer, false}, {"insp-1", inspect.RoleInspector, false}, {"sign-1", inspect.RoleSigner, false},
	} {
		if got := MayApprove(c.id, []string{c.role}, "draw-1"); got != c.want {
			t.Errorf("%s, %s: %v", c.id, c.role, got)
		}
	}
}
