package document

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/template"

	"zhicha/inspect"
	"zhicha/templates"
)

// Facts is what a draft is written from: results at the level at which they may be published,
// nothing below county and nobody's name. Names are Chinese and final.
type Facts struct {
	Campaign   string // title of the campaign
	Notice     string // document number of the founding notice
	Office     string // who issues
	Land       string // what the campaign covers
	To         string // whom a notice is addressed to
	Date       inspect.Date
	Year, No   int
	Window     inspect.Window // of the visits
	Regions    int            // reporting units checked
	Counties   int            // counties drawn
	Planned    int            // visits
	Approved   int            // visits
	Confidence int            // percent
	National   Measure
	Sections   []Result // in checklist order
	Problems   []Result // items that lost most, most first
	Bands      []Band   // best first
	Unbanded   []string // reporting units without a band, official order
	Deadlines  []Deadline
	ReplyDays  int      // working days in which a region sends its rectification plan
	Practices  []string // titles of practices to be mentioned in a briefing
	Practice   PracticeFacts
}

// Measure is a score on 0–100 with its interval; Known is false where the sample is too small.
type Measure struct {
	Known            bool
	Score, Low, High float64
}

// Result is the national result of a section or an item.
type Result struct {
	Name    string
	Section string // of an item
	Measure
	Lost    float64 // points of the total of 100
	Regions int     // reporting units whose own result is under 60; items only
}

// Band is one band with the reporting units in it, in official order. A unit whose interval
// crosses a cut stands under both names, the better first (良好或合格).
type Band struct {
	Names   []string
	Regions []string
}

// Deadline is how long a problem of one severity may stand: a code that says which sort of limit
// it is, and its numbers, of which the words put in those they need.
type Deadline struct {
	Severity string // 紧急（重大）
	Limit    string
	Hours    int // from finding to safety, or to the report
	Written  int // hours to the written report
	Days     int // working days
}

// The sorts of limit. The words stand in the locale catalogues as release.deadline.<code>.
const (
	LimitWritten = "written" // acted on at once, Written hours to the written report, Hours to safety
	LimitHours   = "hours"   // acted on at once, Hours to the report
	LimitDays    = "days"    // Days working days
	LimitWave    = "wave"    // before the next wave
)

// PracticeFacts is what inspectors recorded of a practice. An empty part becomes a blank that
// must be filled before the document can be signed.
type PracticeFacts struct {
	ID, Title, Region, RegionName, Topic, TopicName string

	What, Benefits, Cost, Conditions, Confirmation string
}

var drafts = template.Must(template.New("").Funcs(template.FuncMap{
	"yaml":     strconv.Quote, // a Go string is a YAML double-quoted scalar
	"md":       escapeMarkdown,
	"one":      func(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) },
	"day":      chineseDay,
	"inc":      func(i int) int { return i + 1 },
	"list":     func(names []string) string { return escapeMarkdown(strings.Join(names, "、")) },
	"either":   either,
	"deadline": deadline,
	"fill":     orBlank,
}).ParseFS(templates.FS, "markdown/*.md"))

// Draft writes a document of the kind for people to edit. The same facts give the same bytes.
func Draft(kind string, f Facts) ([]byte, error) {
	if KindOf(kind).Name == "" {
		return nil, inspect.Misuse("document.kind", "Kind", kind)
	}
	var b bytes.Buffer
	if err := drafts.ExecuteTemplate(&b, kind+".md", f); err != nil {
		return nil, fmt.Errorf("draft %q: %w", kind, err)
	}
	return b.Bytes(), nil
}

var special = regexp.MustCompile("[\\\\`*_\\[\\]<>|#]")

// escapeMarkdown keeps a fact from being read as markup; it also ends no table cell early.
func escapeMarkdown(s string) string {
	return special.ReplaceAllString(strings.Join(strings.Fields(s), " "), `\$0`)
}

// orBlank leaves a blank that Check finds where a fact is missing.
func orBlank(what, s string) string {
	if strings.TrimSpace(s) == "" {
		return "〔待填：" + what + "〕"
	}
	return s
}

// chineseDay writes a day as official documents do: Arabic figures without leading zeros.
func chineseDay(d inspect.Date) string {
	if d == "" {
		return "〔待填：日期〕"
	}
	return d.Time().Format("2006年1月2日")
}
