package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"zhicha/inspect"
)

// a file of the folder, never a path
var holidaysFile = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*\.csv$`)

// codes of areas, by the level of a scope
var (
	nothing        = regexp.MustCompile(`^$`)
	provinceCode   = regexp.MustCompile(`^([1-9][0-9]|BT)$`)
	prefectureCode = regexp.MustCompile(`^(BT)?[1-9][0-9]{3}$`)
	countyCode     = regexp.MustCompile(`^[1-9][0-9]{5}([0-9]{6})?$`)
)

// apart reports whether the codes of an area have that shape, and none lies in another.
func apart(area string, shape *regexp.Regexp) bool {
	codes := strings.Fields(area)
	if len(codes) == 0 {
		return shape.MatchString("")
	}
	for i, code := range codes {
		if !shape.MatchString(code) || slices.ContainsFunc(codes[:i], func(other string) bool { return inspect.Within(code, other) || inspect.Within(other, code) }) {
			return false
		}
	}
	return true
}

func (c *Config) check(name string) inspect.Problems {
	var ps inspect.Problems
	bad := func(rule, field string, args ...any) {
		ps = append(ps, inspect.Reject(rule, inspect.Place{File: name, Field: field}, args...))
	}
	if c.Schema != "zhicha-config/1" {
		bad("config.schema", "schema", "Schema", c.Schema)
	}
	if !inspect.IsID(c.Campaign.ID) {
		bad("config.id", "campaign.id", "ID", c.Campaign.ID)
	}
	if !slices.Contains([]string{"national", "province", "prefecture", "county"}, c.Scope.Level) {
		bad("config.one-of", "scope.level", "Value", c.Scope.Level, "Allowed", "national, province, prefecture, county")
	}
	if shape := map[string]*regexp.Regexp{"national": nothing, "province": provinceCode, "prefecture": prefectureCode, "county": countyCode}[c.Scope.Level]; shape != nil && !apart(c.Scope.Area, shape) {
		bad("config.scope", "scope.area", "Value", c.Scope.Area, "Level", c.Scope.Level)
	}
	if on := c.Authority.ApprovedOn; on != "" {
		if _, err := inspect.ParseDate(on); err != nil {
			bad("config.date", "authority.approved_on", "Value", on)
		}
	}
	for _, later := range []struct {
		path, value string
		only        []string
	}{ // what the program does not do yet is not accepted as if it did
		{"red_line_authority", c.RedLineAuthority, []string{""}}, {"review.lookback_percent", strconv.Itoa(c.Review.LookbackPercent), []string{"20", "0"}},
		{"score.interval", c.Score.Interval, []string{"t", ""}}, {"publish.english", strconv.FormatBool(c.Publish.English), []string{"false"}},
		{"publish.archive", strings.Join(c.Publish.Archive, " "), []string{""}},
	} {
		if !slices.Contains(later.only, later.value) {
			bad("config.not-yet", later.path, "Value", later.value, "Only", later.only[0])
		}
	}
	if !holidaysFile.MatchString(c.Holidays) {
		bad("config.file", "holidays", "Value", c.Holidays)
	}
	if len(c.Office) == 0 {
		bad("config.empty", "office")
	}
	if c.Publish.MinCount < 10 {
		bad("config.min-count", "publish.min_count", "Value", c.Publish.MinCount)
	}
	if p := c.Review.SecondCoderPercent; p < 0 || p > 100 {
		bad("config.range", "review.second_coder_percent", "Value", p, "Min", 0, "Max", 100)
	}
	if c.Score.ConfidencePercent < 80 || c.Score.ConfidencePercent > 99 {
		bad("config.range", "score.confidence_percent", "Value", c.Score.ConfidencePercent, "Min", 80, "Max", 99)
	}
	ps = append(ps, c.checkPeople(name)...)
	seen := map[int]bool{}
	for i := range c.Waves {
		w := &c.Waves[i]
		if w.No < 1 || w.No > inspect.MaxWave || seen[w.No] {
			bad("config.wave-no", fmt.Sprintf("waves[%d].no", i), "No", w.No)
		}
		seen[w.No] = true
		ps = append(ps, w.check(name, fmt.Sprintf("waves[%d].", i))...)
	}
	return ps
}

func (c *Config) checkPeople(name string) inspect.Problems {
	var ps inspect.Problems
	ids, keys := map[string]bool{}, map[string]string{}
	for _, p := range c.People {
		at := inspect.Place{File: name, Field: "people." + p.ID}
		ps = append(ps, p.check(at)...)
		if ids[p.ID] {
			ps = append(ps, inspect.Reject("config.person-twice", at, "ID", p.ID))
		}
		if other := keys[p.Key]; p.Key != "" && other != "" {
			ps = append(ps, inspect.Reject("config.key-twice", at, "ID", p.ID, "Other", other))
		}
		ids[p.ID], keys[p.Key] = true, p.ID
		for _, pair := range c.Separate {
			if len(pair) == 2 && slices.Contains(p.Roles, pair[0]) && slices.Contains(p.Roles, pair[1]) {
				ps = append(ps, inspect.Reject("config.separate", at, "ID", p.ID, "A", pair[0], "B", pair[1]))
			}
		}
	}
	return ps
}

// CheckPerson returns what is wrong with a person by themselves.
func CheckPerson(p Person) error { return p.check(inspect.Place{}).Err() }

func (p *Person) check(at inspect.Place) (ps inspect.Problems) {
	if !inspect.IsID(p.ID) {
		ps = append(ps, inspect.Reject("config.id", at, "ID", p.ID))
	}
	if p.Body != "" && !inspect.IsID(p.Body) {
		ps = append(ps, inspect.Reject("config.id", at, "ID", p.Body))
	}
	for _, r := range p.Roles {
		if !slices.Contains(inspect.Roles, r) {
			ps = append(ps, inspect.Reject("config.one-of", at, "Value", r, "Allowed", strings.Join(inspect.Roles, ", ")))
		}
	}
	return ps
}

func (w *Wave) check(name, at string) inspect.Problems {
	var ps inspect.Problems
	bad := func(rule, field string, args ...any) {
		ps = append(ps, inspect.Reject(rule, inspect.Place{File: name, Field: at + field}, args...))
	}
	if !slices.Contains([]string{"random", "lookback", "topup", "redraw"}, w.Kind) {
		bad("config.one-of", "kind", "Value", w.Kind, "Allowed", "random, lookback, topup, redraw")
	}
	if (w.Kind == "redraw" || w.Kind == "topup") && w.Reason == "" {
		bad("config.wave-reason", "reason", "Kind", w.Kind)
	}
	if w.Window.From == "" || w.Window.To < w.Window.From {
		bad("config.window", "window", "From", w.Window.From, "To", w.Window.To)
	}
	d := w.Design
	if !slices.Contains([]string{"reporting_unit", "prefecture", "county"}, d.Stratum) {
		bad("config.one-of", "design.stratum", "Value", d.Stratum, "Allowed", "reporting_unit, prefecture, county")
	}
	if w.Assign.Region != d.Stratum { // teams are exchanged between those to whom the results are told
		bad("config.assign-region", "assign.region", "Value", w.Assign.Region, "Want", d.Stratum)
	}
	for _, f := range []struct {
		field     string
		v, lo, hi int
	}{
		{"design.counties", d.Counties, 2, 400}, {"design.townships", d.Townships, 1, 50}, {"design.villages", d.Villages, 1, 50},
		{"design.households", d.Households, 0, 30}, {"design.institutions", d.Institutions, 0, 10}, {"design.reserves", d.Reserves, 0, 20},
		{"assign.team_min", w.Assign.TeamMin, 2, 20}, {"assign.women_min", w.Assign.WomenMin, 0, 20},
		{"assign.third_party_percent", w.Assign.ThirdPartyPercent, 0, 100}, {"assign.overlap_percent", w.Assign.OverlapPercent, 0, 100},
		{"assign.legs_per_team_max", w.Assign.LegsPerTeamMax, 1, 50}, {"assign.leg_days", w.Assign.LegDays, 1, 30},
	} {
		if f.v < f.lo || f.v > f.hi {
			bad("config.range", f.field, "Value", f.v, "Min", f.lo, "Max", f.hi)
		}
	}
	if len(w.Ceremony.Parties) < 3 {
		bad("config.parties", "ceremony.parties", "N", len(w.Ceremony.Parties))
	}
	for i, p := range w.Ceremony.Parties {
		if !inspect.IsID(p.ID) {
			bad("config.id", fmt.Sprintf("ceremony.parties[%d].id", i), "ID", p.ID)
		}
	}
	if _, err := regexp.Compile(w.Ceremony.Beacon.Rule); err != nil || w.Ceremony.Beacon.Rule == "" {
		bad("config.beacon-rule", "ceremony.beacon.rule", "Value", w.Ceremony.Beacon.Rule)
	}
	return ps
}
