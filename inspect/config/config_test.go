package config_test

import (
	"strings"
	"testing"

	"zhicha"
	"zhicha/inspect"
	"zhicha/inspect/config"
)

// One change to the reference configuration gives one problem, at its line.
func TestConfigProblems(t *testing.T) {
	if _, err := config.Parse("config.yaml", zhicha.Config); err != nil {
		t.Fatalf("the reference configuration: %v", err)
	}
	for _, c := range []struct{ old, new, rule, field string }{
		{"  townships: 2 ", "  townshps: 2 ", "config.unknown-key", "waves.design.townshps"},
		{"  townships: 2 ", "  townships: two ", "config.value", "waves[0].design.townships"},
		{"  townships: 2 ", "  townships: 99 ", "config.range", "waves[0].design.townships"},
		{"  counties: 6 ", "  counties: 1 ", "config.range", "waves[0].design.counties"},
		{"id: winter-care-2023 ", "id: Winter-Care-2023 ", "config.id", "campaign.id"},
		{"id: winter-care-2023 ", "id: com1 ", "config.id", "campaign.id"},
		{"id: office, ", "id: ../office, ", "config.id", "waves[0].ceremony.parties[0].id"},
		{"holidays: holidays.csv ", "holidays: ../holidays.csv ", "config.file", "holidays"},
		{"people: []", "people: [{id: ../a}]", "config.id", "people.../a"},
		{"people: []", "people: [{id: a-1, body: nul}]", "config.id", "people.a-1"},
		{"no: 1", "no: 10000", "config.wave-no", "waves[0].no"},
		{"level: national ", "level: galaxy ", "config.one-of", "scope.level"},
		{"kind: random ", "kind: chosen ", "config.one-of", "waves[0].kind"},
		{"kind: random ", "kind: redraw ", "config.wave-reason", "waves[0].reason"},
		{"from: 2023-01-07, to: 2023-01-20", "from: 2023-01-20, to: 2023-01-07", "config.window", "waves[0].window"},
		{"from: 2023-01-07, to: 2023-01-20", "from: 2023-01-07, to: 2023-02-30", "config.value", "waves[0].window.to"},
		{"min_count: 10", "min_count: 9", "config.min-count", "publish.min_count"},
		{"confidence_percent: 95", "confidence_percent: 100", "config.range", "score.confidence_percent"},
		{"rule: \"ssq/[0-9]{7}", "rule: \"(ssq/[0-9]{7}", "config.beacon-rule", "waves[0].ceremony.beacon.rule"},
		{"        - {id: evaluator,  name_zh: 第三方评估, key: \"\"}\n", "", "config.parties", "waves[0].ceremony.parties"},
		{"no: 1", "no: 0", "config.wave-no", "waves[0].no"},
		{"people: []", "people: [{id: a-1, roles: [reviewer, signer]}]", "config.separate", "people.a-1"},
		{"people: []", "people: [{id: a-1, key: k}, {id: a-2, key: k}]", "config.key-twice", "people.a-2"},
		{"people: []", "people: [{id: a-1}, {id: a-1}]", "config.person-twice", "people.a-1"},
		{"schema: zhicha-config/1", "schema: zhicha-config/9", "config.schema", "schema"},
		{"schema: zhicha-config/1", "schema: [", "config.syntax", ""},
	} {
		text := strings.Replace(string(zhicha.Config), c.old, c.new, 1)
		if text == string(zhicha.Config) {
			t.Fatalf("%q does not stand in the reference configuration", c.old)
		}
		_, err := config.Parse("config.yaml", []byte(text))
		ps := inspect.ProblemsOf(err)
		if len(ps) != 1 || ps[0].Rule != c.rule || ps[0].Field != c.field || ps[0].Class != inspect.Rejected {
			t.Errorf("%q: want %s at %s, got %v", c.new, c.rule, c.field, err)
			continue
		}
		// the line may only differ from that of the edit where what is named stands further up
		want := 1 + strings.Count(text[:max(0, strings.Index(text, strings.TrimSpace(c.new)))], "\n")
		if c.rule != "config.syntax" && c.new != "" && c.rule != "config.wave-reason" && ps[0].Line != want {
			t.Errorf("%q: line %d, want %d", c.new, ps[0].Line, want)
		}
	}
}

// The nearest known key is the nearest by edit distance, and the same whenever it is asked.
func TestNearestKey(t *testing.T) {
	for key, want := range map[string]string{"campain": "campaign", "wave": "waves", "peple": "people", "Scope": "scope", "redline_authority": "red_line_authority"} {
		_, err := config.Parse("config.yaml", []byte(key+": {}\n"))
		ps := inspect.ProblemsOf(err)
		if len(ps) != 1 || ps[0].Line != 1 || ps[0].Args["Nearest"] != want {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// The office's name is the one of the day.
func TestOfficeOfTheDay(t *testing.T) {
	c := &config.Config{Office: []config.Body{{NameZh: "甲", To: "2023-03-31"}, {NameZh: "乙", From: "2023-04-01", To: "2024-12-31"}, {NameZh: "丙", From: "2025-01-01"}}}
	for day, want := range map[inspect.Date]string{"2022-12-22": "甲", "2023-03-31": "甲", "2023-04-01": "乙", "2025-06-01": "丙"} {
		if got := c.OfficeOn(day).NameZh; got != want {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
	}
}
