package draw_test

import (
	"fmt"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/assign"
)

// assignInput is one assignment a case.
type assignInput struct {
	Cases []assignCase `json:"cases"`
}

// assignCase is an assign.Input in JSON.
type assignCase struct {
	Name     string             `json:"name"`
	Wave     int                `json:"wave"`
	Legs     []legNeed          `json:"legs"`
	Teams    []inspect.Team     `json:"teams"`
	Rule     inspect.AssignRule `json:"rule"`
	Hours    []inspect.Hours    `json:"hours"`
	Window   inspect.Window     `json:"window"`
	Closed   []inspect.Date     `json:"closed"`
	LegDays  int                `json:"legDays"`
	Assign   inspect.Digest     `json:"assign"` // keys
	Schedule inspect.Digest     `json:"schedule"`
}

type legNeed struct {
	County string `json:"county"`
	Region string `json:"region"`
}

func (c *assignCase) input() assign.Input {
	in := assign.Input{Wave: c.Wave, Teams: c.Teams, Rule: c.Rule, Hours: c.Hours, Window: c.Window, Closed: c.Closed,
		LegDays: c.LegDays, Assign: inspect.Key(c.Assign), Schedule: inspect.Key(c.Schedule)}
	for _, l := range c.Legs {
		in.Legs = append(in.Legs, assign.LegNeed{County: l.County, Region: l.Region})
	}
	return in
}

// assignWant is the result, or that there is none.
type assignWant struct {
	Refused bool          `json:"refused"`
	Teams   string        `json:"teams"` // canonical JSON of the team table
	Counter int           `json:"counter"`
	Seating []string      `json:"seating"`
	Pairs   []pairWant    `json:"pairs"`
	Legs    []inspect.Leg `json:"legs"`
}

type pairWant struct {
	County string `json:"county"`
	Team   int    `json:"team"`
	Second int    `json:"second"`
}

func computeAssign(t *testing.T, in assignInput) (out []assignWant) {
	for _, c := range in.Cases {
		w := assignWant{Teams: canonical(t, c.Teams)}
		res, err := assign.Assign(c.input())
		if err != nil {
			if ps := inspect.ProblemsOf(err); len(ps) == 0 || ps[0].Class != inspect.Refused {
				t.Fatalf("%s: %v", c.Name, err)
			}
			out = append(out, assignWant{Refused: true, Teams: w.Teams})
			continue
		}
		m, err := assign.Match(c.input())
		if err != nil {
			t.Fatal(err)
		}
		w.Counter, w.Seating, w.Legs = res.Counter, res.Seating, res.Legs
		for _, p := range m.Pairs {
			w.Pairs = append(w.Pairs, pairWant{p.County, p.Team, p.Second})
		}
		out = append(out, w)
	}
	return out
}

// freshAssign makes waves of growing tightness: with room to spare; one whose overlap legs find no
// common day at first, so that teams are dealt again and the third seating counts; one whose days
// take 103 steps back and a second beginning; one that cannot be assigned at all.
func freshAssign() assignInput {
	conflict := roomyWave()
	conflict.Name = "no woman in any team"
	for i := range conflict.Teams {
		conflict.Teams[i].Women = 0
	}
	return assignInput{[]assignCase{roomyWave(), halvesWave(), tightWave(), conflict}}
}

// halvesWave has teams that are free either in the first or in the second half of the window.
func halvesWave() assignCase {
	c := bareWave("teams of two halves", 3, 6, 12, 10)
	c.LegDays, c.Window.To, c.Rule.OverlapPercent = 3, "2023-01-20", 20
	for i := range c.Teams {
		team := &c.Teams[i]
		if i%7 < 6 {
			team.Kind, team.Home = inspect.Provincial, []string{"12", "13", "31", "11", "44", "65"}[i%7]
		}
		if team.Capacity = 3; i%2 == 0 {
			team.To = "2023-01-15"
		} else {
			team.From = "2023-01-14"
		}
	}
	return c
}

// tightWave has hardly more days than its overlap legs need.
func tightWave() assignCase {
	c := bareWave("days that hardly suffice", 1, 6, 14, 9)
	c.LegDays, c.Window.To, c.Rule.OverlapPercent, c.Rule.LegsPerTeamMax = 3, "2023-01-16", 60, 0
	for i := range c.Teams {
		team := &c.Teams[i]
		if team.Capacity = []int{3, 2, 3}[i%3]; i%3 == 1 {
			team.From = "2023-01-08"
		}
		if i%4 == 2 {
			team.To = "2023-01-15"
		}
	}
	return c
}

// bareWave is legs in four regions and third-party teams without a home.
func bareWave(name string, assign, schedule, legs, teams int) assignCase {
	c := assignCase{Name: name, Wave: 1, LegDays: 3, Window: inspect.Window{From: "2023-01-07"},
		Hours:  []inspect.Hours{{From: "10:00", To: "17:00"}},
		Rule:   inspect.AssignRule{Region: "reporting_unit", TeamMin: 2, WomenMin: 1, LegsPerTeamMax: 3, LegDays: 3},
		Assign: made(fmt.Sprint("assign ", assign)), Schedule: made(fmt.Sprint("schedule ", schedule))}
	for i := range legs {
		region := []string{"11", "44", "65", "BT"}[i%4]
		c.Legs = append(c.Legs, legNeed{fmt.Sprintf("%s%02d", region, i), region})
	}
	for i := range teams {
		c.Teams = append(c.Teams, inspect.Team{No: i + 1, Kind: inspect.ThirdParty, Inspectors: 2, Women: 1})
	}
	return c
}

// roomyWave is 15 legs and 14 teams from seven regions, with an instance of every rule.
func roomyWave() assignCase {
	c := bareWave("with room to spare", 0, 0, 15, 0)
	c.Window.To, c.Closed = "2023-01-20", []inspect.Date{"2023-01-14"}
	c.Hours = []inspect.Hours{{Regions: []string{"65", "BT"}, From: "12:00", To: "19:00"}, {From: "10:00", To: "17:00"}}
	c.Rule.ThirdPartyPercent, c.Rule.OverlapPercent = 10, 20
	c.Rule.Languages = []inspect.Language{{Regions: []string{"65"}, Language: "ug"}}
	for i := range 14 {
		home := []string{"12", "13", "31", "11", "44", "65", "BT"}[i%7]
		team := inspect.Team{No: i + 1, Home: home, Kind: inspect.Provincial, Inspectors: 2 + i%2, Women: 1, Capacity: 3, Languages: []string{"ug"}}
		switch i {
		case 0, 7:
			team.Languages = nil
		case 1:
			team.From = "2023-01-10"
		case 2:
			team.Women = 0
		case 3:
			team.Forbidden = []string{"44"}
		case 4:
			team.LastRegion = []string{"65", "BT"}
		case 5:
			team.To = "2023-01-12"
		case 10, 11:
			team.Kind, team.Home = inspect.ThirdParty, ""
		case 12:
			team.Kind = inspect.ThirdParty
		case 13:
			team.Kind, team.Home = inspect.National, ""
		}
		c.Teams = append(c.Teams, team)
	}
	return c
}
