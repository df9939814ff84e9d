package inspect

import (
	"maps"
	"slices"
)

// TeamTable derives the public team table from the private roster: a row for each team, ordered
// by number, from which nobody can be told. A team has its inspectors' languages together, may
// not check any region that one of them may not, and travels on the days they have in common.
//
// The error is a Problems: an id used twice, a region that is unknown, a team with more than one
// home or kind, with fewer inspectors or women than the rule asks for, or with no day in common.
// Regions are reporting units of the territory.
func TeamTable(people []Inspector, rule AssignRule, within *Territory) ([]Team, error) {
	var ps Problems
	reject := func(id, rule string, args ...any) { ps = append(ps, Reject(rule, Place{Field: id}, args...)) }
	seen := map[string]bool{}
	byTeam := map[int][]*Inspector{}
	for i := range people {
		p := &people[i]
		if seen[p.ID] {
			reject(p.ID, "roster.id-twice", "ID", p.ID)
		}
		seen[p.ID] = true
		if p.Team < 1 {
			reject(p.ID, "roster.team-number", "ID", p.ID, "Team", p.Team)
			continue
		}
		for _, code := range append(slices.Clone(p.Recusals), p.Home) {
			if _, known := within.Unit(code); !known && code != "" {
				reject(p.ID, "roster.region-unknown", "ID", p.ID, "Region", code, "Zh", within.NameZh, "En", within.NameEn)
			}
		}
		byTeam[p.Team] = append(byTeam[p.Team], p)
	}
	var out []Team
	for _, no := range slices.Sorted(maps.Keys(byTeam)) {
		t, wrong := team(no, byTeam[no], &rule)
		out, ps = append(out, t), append(ps, wrong...)
	}
	if err := ps.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

// team joins the members of one team into its row.
func team(no int, members []*Inspector, rule *AssignRule) (Team, Problems) {
	first := members[0]
	t := Team{No: no, Home: first.Home, Kind: first.Kind, Capacity: max(rule.LegsPerTeamMax, 1), From: first.From, To: first.To}
	languages, forbidden := map[string]bool{}, map[string]bool{}
	var ps Problems
	reject := func(rule string, args ...any) {
		ps = append(ps, Reject(rule, Place{Field: first.ID}, append(args, "Team", no)...))
	}
	for _, p := range members {
		if p.Home != t.Home {
			reject("roster.homes-mixed", "Home", t.Home, "Other", p.Home)
		}
		if p.Kind != t.Kind {
			reject("roster.kinds-mixed", "Kind", string(t.Kind), "Other", string(p.Kind))
		}
		t.Inspectors++
		if p.Woman {
			t.Women++
		}
		t.From, t.To = max(t.From, p.From), earlier(t.To, p.To)
		for _, l := range p.Languages {
			languages[l] = true
		}
		for _, r := range p.Recusals {
			forbidden[r] = true
		}
	}
	switch {
	case t.Kind == Provincial && t.Home == "":
		reject("roster.home-missing")
	case t.Inspectors < rule.TeamMin:
		reject("roster.team-small", "Count", t.Inspectors, "Min", rule.TeamMin)
	case t.Women < rule.WomenMin:
		reject("roster.women-few", "Count", t.Women, "Min", rule.WomenMin)
	}
	if t.From != "" && t.To != "" && t.To < t.From {
		reject("roster.no-common-day", "From", string(t.From), "To", string(t.To))
	}
	t.Languages, t.Forbidden = slices.Sorted(maps.Keys(languages)), slices.Sorted(maps.Keys(forbidden))
	return t, ps
}

// earlier is the earlier of two last days; an empty one sets no limit.
func earlier(a, b Date) Date {
	if a == "" || b != "" && b < a {
		return b
	}
	return a
}
