package inspect

import (
	"reflect"
	"slices"
	"testing"
)

func team1() []Inspector {
	return []Inspector{
		{ID: "a", Team: 2, Home: "52", Kind: Provincial, Woman: true, Languages: []string{"藏语"}, Recusals: []string{"53"}, From: "2023-01-07", To: "2023-01-20"},
		{ID: "b", Team: 2, Home: "52", Kind: Provincial, Languages: []string{"彝语", "藏语"}, Recusals: []string{"11"}, From: "2023-01-09"},
		{ID: "c", Team: 1, Kind: National, Woman: true},
		{ID: "d", Team: 1, Kind: National},
	}
}

var teamRule = AssignRule{Region: "reporting_unit", TeamMin: 2, WomenMin: 1, LegsPerTeamMax: 4}

func TestTeamTable(t *testing.T) {
	got, err := TeamTable(team1(), teamRule, &Nation)
	if err != nil {
		t.Fatal(err)
	}
	want := []Team{
		{No: 1, Kind: National, Inspectors: 2, Women: 1, Capacity: 4},
		{No: 2, Home: "52", Kind: Provincial, Inspectors: 2, Women: 1, Capacity: 4, From: "2023-01-09", To: "2023-01-20", Languages: []string{"彝语", "藏语"}, Forbidden: []string{"11", "53"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestTeamTableProblems(t *testing.T) {
	for rule, change := range map[string]func(p []Inspector) []Inspector{
		"roster.id-twice":       func(p []Inspector) []Inspector { p[1].ID = "a"; return p },
		"roster.team-number":    func(p []Inspector) []Inspector { return append(p, Inspector{ID: "e"}) },
		"roster.region-unknown": func(p []Inspector) []Inspector { p[0].Recusals = []string{"81"}; return p },
		"roster.homes-mixed":    func(p []Inspector) []Inspector { p[1].Home = "53"; return p },
		"roster.kinds-mixed":    func(p []Inspector) []Inspector { p[3].Kind = ThirdParty; return p },
		"roster.home-missing":   func(p []Inspector) []Inspector { p[0].Home, p[1].Home = "", ""; return p },
		"roster.team-small":     func(p []Inspector) []Inspector { return p[:3] },
		"roster.women-few":      func(p []Inspector) []Inspector { p[2].Woman = false; return p },
		"roster.no-common-day":  func(p []Inspector) []Inspector { p[1].From = "2023-01-21"; return p },
	} {
		teams, err := TeamTable(change(slices.Clone(team1())), teamRule, &Nation)
		if ps := ProblemsOf(err); teams != nil || len(ps) != 1 || ps[0].Rule != rule || ps[0].Field == "" {
			t.Errorf("want %s, got %v", rule, err)
		}
	}
}
