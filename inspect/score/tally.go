package score

import (
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/privacy"
)

// Tally counts findings of one kind and severity; Hidden replaces a count under the minimum.
type Tally struct {
	Kind     string `json:"kind"`     // problem, hazard, practice
	Severity string `json:"severity"` // S1–S4; empty: all
	N        int    `json:"n"`
	Hidden   bool   `json:"hidden"` // fewer than the minimum, or derivable; N is 0 then
}

// tallied are the kinds and severities that are counted, in the order in which they are published.
var tallied = []Tally{{Kind: "problem", Severity: "S4"}, {Kind: "problem", Severity: "S3"}, {Kind: "problem", Severity: "S2"}, {Kind: "problem", Severity: "S1"},
	{Kind: "hazard", Severity: "S4"}, {Kind: "hazard", Severity: "S3"}, {Kind: "hazard", Severity: "S2"}, {Kind: "hazard", Severity: "S1"}, {Kind: "practice"}}

// Count counts the findings of approved visits by kind and severity, for the nation and for each reporting unit.
// Counts under minCount are hidden, and so are those that could be had from the others by subtraction.
func (p *Published) Count(findings []inspect.Finding, minCount int) {
	table := make([][]int, len(p.Regions))
	for i := range table {
		table[i] = make([]int, len(tallied))
	}
	for _, f := range findings {
		col := slices.IndexFunc(tallied, func(t Tally) bool { return t.Kind == string(f.Kind) && t.Severity == f.Severity })
		row := slices.IndexFunc(p.Regions, func(r PublishedRegion) bool { return r.Code == f.Region })
		if row >= 0 && col >= 0 {
			table[row][col]++
		}
	}
	shown := privacy.SuppressSmall(table, minCount)
	p.Findings = slices.Clone(tallied)
	for row := range p.Regions {
		p.Regions[row].Findings = slices.Clone(tallied)
		for col := range tallied {
			p.Findings[col].N += table[row][col]
			p.Regions[row].Findings[col].show(table[row][col], shown.Cells[row][col])
		}
	}
	for col := range tallied {
		p.Findings[col].show(p.Findings[col].N, len(table) == 0 || shown.Columns[col])
	}
}

func (t *Tally) show(n int, shown bool) {
	if t.N, t.Hidden = n, !shown; t.Hidden {
		t.N = 0
	}
}

// counts holds counts of findings: every kind is there, what is hidden tells no number, and the nation's count is
// the sum of its parts where all of them are shown.
func (c *recomputer) counts(own []Tally, parts []PublishedRegion) {
	ok := len(own) == len(tallied)
	for i := 0; ok && i < len(own); i++ {
		t := own[i]
		ok = t.Kind == tallied[i].Kind && t.Severity == tallied[i].Severity && t.N >= 0 && (t.N == 0 || !t.Hidden)
		sum, hidden := 0, false
		for _, r := range parts {
			if len(r.Findings) == len(own) {
				sum, hidden = sum+r.Findings[i].N, hidden || r.Findings[i].Hidden
			}
		}
		ok = ok && (parts == nil || t.Hidden || t.N == sum || hidden && t.N > sum)
	}
	c.hold(ok, "findings")
}
