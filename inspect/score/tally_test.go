package score

import (
	"slices"
	"testing"

	"zhicha/inspect"
)

// counted publishes so many findings of one sort per reporting unit.
func counted(kind inspect.FindingKind, severity string, n map[string]int) *Published {
	p := &Published{}
	var found []inspect.Finding
	for _, code := range []string{"11", "12", "13", "14"} {
		p.Regions = append(p.Regions, PublishedRegion{Region: Region{Code: code}})
	}
	for code, n := range n {
		found = append(found, slices.Repeat([]inspect.Finding{{Region: code, Kind: kind, Severity: severity}}, n)...)
	}
	for range 20 { // of another sort, or of a unit that is not in the sample
		found = append(found, inspect.Finding{Region: "99", Kind: kind, Severity: severity}, inspect.Finding{Region: "11", Kind: inspect.Lead}, inspect.Finding{Region: "11", Kind: kind, Severity: "S9"})
	}
	p.Count(found, 10)
	return p
}

func tallyOf(t *testing.T, list []Tally, kind inspect.FindingKind, severity string) Tally {
	t.Helper()
	i := slices.IndexFunc(list, func(c Tally) bool { return c.Kind == string(kind) && c.Severity == severity })
	if i < 0 || len(list) != 9 {
		t.Fatalf("no cell for %s %s in %v", kind, severity, list)
	}
	return list[i]
}

// Ten findings may be shown and nine may not, in a unit as in the nation; findings of another sort, or of a unit
// that is not in the sample, are in no count.
func TestCountsAtTheLimit(t *testing.T) {
	for _, c := range []Tally{{Kind: "problem", Severity: "S4"}, {Kind: "problem", Severity: "S1"}, {Kind: "hazard", Severity: "S4"}, {Kind: "hazard", Severity: "S1"}, {Kind: "practice"}} {
		for n, hidden := range map[int]bool{0: false, 1: true, 9: true, 10: false, 11: false} {
			kind := inspect.FindingKind(c.Kind)
			p := counted(kind, c.Severity, map[string]int{"11": n})
			want := Tally{c.Kind, c.Severity, n, hidden}
			if hidden {
				want.N = 0
			}
			if got := tallyOf(t, p.Regions[0].Findings, kind, c.Severity); got != want {
				t.Errorf("unit with %d of %s %s: %+v", n, c.Kind, c.Severity, got)
			}
			if got := tallyOf(t, p.Findings, kind, c.Severity); got != want {
				t.Errorf("nation with %d of %s %s: %+v", n, c.Kind, c.Severity, got)
			}
		}
	}
}

// One hidden cell is not left alone in its column: the smallest other one goes with it, so that the national
// count may stand. A count of nothing stays.
func TestNoCountBySubtraction(t *testing.T) {
	for name, x := range map[string]struct {
		n      map[string]int
		hidden []string
	}{
		"four":          {map[string]int{"11": 9, "12": 30, "13": 20, "14": 10}, []string{"11", "14"}},
		"with nothing":  {map[string]int{"11": 40, "12": 30, "13": 3}, []string{"12", "13"}},
		"none is small": {map[string]int{"11": 40, "12": 30}, nil},
	} {
		p, sum := counted(inspect.ProblemFound, "S3", x.n), 0
		var hidden []string
		for _, r := range p.Regions {
			sum += x.n[r.Code]
			c := tallyOf(t, r.Findings, inspect.ProblemFound, "S3")
			if c.Hidden {
				hidden = append(hidden, r.Code)
			}
			if c.Hidden && c.N != 0 || !c.Hidden && c.N != x.n[r.Code] {
				t.Errorf("%s: %s: %+v", name, r.Code, c)
			}
		}
		if c := tallyOf(t, p.Findings, inspect.ProblemFound, "S3"); !slices.Equal(hidden, x.hidden) || c.Hidden || c.N != sum {
			t.Errorf("%s: hidden in %v, want %v; nation %+v", name, hidden, x.hidden, c)
		}
	}
}

// A count that is not the sum of its parts, a number behind a hidden one, and a kind left out do not pass.
func TestCountsThatDoNotFollow(t *testing.T) {
	for name, bend := range map[string]func(p *Published){
		"as it is": func(p *Published) {},
		"one more": func(p *Published) { p.Findings[1].N++ },
		"fewer than shown": func(p *Published) {
			p.Regions[2].Findings[1].Hidden, p.Regions[2].Findings[1].N = true, 0
			p.Findings[1].N = 9
		},
		"a number all the same": func(p *Published) { p.Regions[0].Findings[0].Hidden, p.Regions[0].Findings[0].N = true, 4 },
		"a kind less":           func(p *Published) { p.Regions[0].Findings = p.Regions[0].Findings[1:] },
		"two change places": func(p *Published) {
			p.Regions[0].Findings[0], p.Regions[0].Findings[1] = p.Regions[0].Findings[1], p.Regions[0].Findings[0]
		},
		"fewer than none": func(p *Published) { p.Regions[3].Findings[8].N = -1 },
	} {
		p := counted(inspect.ProblemFound, "S3", map[string]int{"11": 40, "12": 30, "13": 12})
		bend(p)
		c := recomputer{r: &p.National}
		c.counts(p.Findings, p.Regions)
		for i := range p.Regions {
			c.counts(p.Regions[i].Findings, nil)
		}
		if ok := len(c.ps) == 0; ok != (name == "as it is") {
			t.Errorf("%s: %v", name, c.ps)
		}
	}
}
