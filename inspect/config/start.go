package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"zhicha/inspect"
)

// Start is what a new campaign says of itself before anything else is known; what is empty stays as the reference has it.
type Start struct {
	Demo     bool
	ID       string // of the campaign
	Title    string // Chinese
	Office   string // Chinese name of who runs it
	Scope    string // code of the province or prefecture that is covered; empty: the nation
	From, To inspect.Date
}

// counties is how many counties a prefecture of a province has drawn, alone how many one that is checked by itself: there a band
// takes at least six.
const (
	counties = 4
	alone    = 8
)

// Begin fills in a reference configuration, comments and all. What only the office can know stays open.
func Begin(reference []byte, s Start) []byte {
	text := string(reference)
	set := func(line, value string) { // of a key that stands once at that depth
		at := regexp.MustCompile(`(?m)^(` + line + `: )("[^"]*"|[^\n#]*?)( +#.*)?$`)
		if m := at.FindStringSubmatch(text); value != "" && m != nil {
			comment := strings.TrimLeft(m[3], " ")
			if comment != "" { // stays where it was
				comment = strings.Repeat(" ", max(1, len(m[2])+len(m[3])-len(comment)-len(value))) + comment
			}
			text = strings.Replace(text, m[0], m[1]+value+comment, 1)
		}
	}
	quote := func(v string) string {
		if v == "" {
			return ""
		}
		return strconv.Quote(v)
	}
	if s.Demo {
		text = strings.Replace(text, "demo: false ", "demo: true  ", 1)
	}
	set("  id", s.ID)
	set("  title_zh", quote(s.Title))
	set("  - name_zh", quote(s.Office))
	if s.Title != "" { // what nobody has translated is not in English
		set("  title_en", quote(s.Title))
	}
	if s.Office != "" {
		set("    name_en", quote(s.Office))
		set("    document_prefix", `""`)
		text = regexp.MustCompile(`(?m)^(    from: 2021-01-01)\n    to: .*$`).ReplaceAllString(text, "${1}")
	}
	if s.Scope != "" {
		level, drawn := "province", counties
		if len(strings.Fields(s.Scope)[0]) > 2 {
			level, drawn = "prefecture", alone
		}
		set("  level", level)
		set("  area", quote(s.Scope))
		set("      stratum", "prefecture")
		set("      region", "prefecture")
		set("      counties", strconv.Itoa(drawn))
		text = strings.Replace(text, "lonely: fail", "lonely: average", 1) // some prefectures have one county
	}
	if s.From != "" {
		text = strings.Replace(text, "window: {from: 2023-01-07, to: 2023-01-20}", fmt.Sprintf("window: {from: %s, to: %s}", s.From, s.To), 1)
		set("        at", `"`+string(s.From.Add(-2))+`T21:15:00+08:00"`)
		set("        issue", `""`)
		set("      reveal_by", string(s.To.Add(39)))
	}
	return []byte(text)
}
