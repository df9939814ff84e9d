package score

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/estimate"
)

// planned is an input as an office has it: every visit was planned, and some more came to nothing.
func planned(t *rapid.T) Input {
	in := anyInput(t)
	in.Rules.MinCounties, in.Rules.MinVisits = rapid.IntRange(1, 4).Draw(t, "min counties"), rapid.IntRange(1, 12).Draw(t, "min visits")
	in.Planned, in.Adjustments = map[string]int{}, map[string]Adjustment{}
	for _, v := range in.Visits {
		in.Planned[v.Region]++
	}
	missing := rapid.IntRange(0, 3).Draw(t, "missing")
	level := rapid.Bool().Draw(t, "level")
	for code, n := range in.Planned {
		if in.Planned[code] = n + missing; level {
			in.Planned[code] = 30
		}
		in.Adjustments[code] = Adjustment{Bonus: rapid.Float64Range(0, 3).Draw(t, "bonus"), Penalty: rapid.Float64Range(0, 5).Draw(t, "penalty")}
	}
	r, err := Compute(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range r.Units { // only a scored visit has a confirmed red line
		if rapid.IntRange(0, 9).Draw(t, "red") == 0 {
			in.RedLines = append(in.RedLines, RedLine{u.Visit, "T1-01"})
		}
	}
	return in
}

// thawed is a result as it is read again from the text that was frozen.
func thawed(t testing.TB, r *Result) *Result {
	t.Helper()
	raw, _, err := r.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	var out Result
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return &out
}

// What is published of any result follows from itself, in memory, from the frozen text, and after the
// text that is published was read; and all three show alike.
func TestPublishedFollows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := planned(t)
		r, err := Compute(in)
		if err != nil {
			t.Fatal(err)
		}
		raw, _, err := r.Freeze()
		if err != nil {
			t.Fatal(err)
		}
		var kept Result
		if err := json.Unmarshal(raw, &kept); err != nil {
			t.Fatal(err)
		}
		p, frozen := r.Published(), kept.Published()
		p.Count(nil, 10)
		frozen.Count(nil, 10)
		text, err := inspect.CanonicalJSON(frozen)
		if err != nil {
			t.Fatal(err)
		}
		var read Published
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		a, err := p.Digest([32]byte{1})
		b, err2 := read.Digest([32]byte{1})
		if err != nil || err2 != nil || a != b {
			t.Fatalf("digests %v and %v: %v, %v", a, b, err, err2)
		}
		for what, p := range map[string]*Published{"in memory": &p, "frozen": &frozen, "published": &read} {
			if err := Recompute(p, in.Checklist); err != nil {
				t.Fatalf("%s: %v", what, inspect.ProblemsOf(err))
			}
		}
		if moves := Moves(p, read); len(moves) > 0 {
			t.Fatalf("frozen it shows otherwise: %+v", moves)
		}
		for i := range r.Regions {
			if k := &kept.Regions[i]; !slices.Equal(r.Regions[i].Bands, k.Bands) || !slices.Equal(in.graded(bare(*k)).Bands, in.graded(bare(r.Regions[i])).Bands) {
				t.Fatalf("%s: bands %v in memory, %v frozen", k.Code, r.Regions[i].Bands, k.Bands)
			}
		}
	})
}

// bare is a region without its band.
func bare(r Region) Region {
	r.Bands, r.Reason = nil, ""
	return r
}

// A number has the same decimal and so the same band in memory and frozen, at the edges too.
func TestRoundedAsFrozen(t *testing.T) {
	in := Input{Checklist: small(), Rules: DefaultRules()}
	rapid.Check(t, func(t *rapid.T) {
		edge := float64(rapid.IntRange(0, 1000).Draw(t, "edge"))/10 + .05
		ulps := rapid.IntRange(-40, 40).Draw(t, "ulps")
		for _, d := range []Decimal{
			Decimal(edge + float64(ulps)*1e-7/8),
			Decimal(edge) - .0000005 + Decimal(float64(ulps)*(math.Nextafter(edge, 200)-edge)),
			Decimal(rapid.Float64Range(0, 100).Draw(t, "any")),
		} {
			text, _ := d.MarshalText()
			var frozen Decimal
			if err := frozen.UnmarshalText(text); err != nil {
				t.Fatal(err)
			}
			if d.Round1() != frozen.Round1() || in.band(d) != in.band(frozen) {
				t.Fatalf("%.17g is %v, frozen as %s it is %v", float64(d), d.Round1(), text, frozen.Round1())
			}
		}
	})
}

// shown is a result with all that can be published: a band lowered, two bands, reasons, bonus and
// penalty, an item that nobody answered, counties that answer differently.
func shown(t testing.TB) (Published, *checklist.Checklist) {
	t.Helper()
	in := Input{Checklist: small(), Rules: DefaultRules(), Planned: map[string]int{"11": 20, "12": 20, "31": 20, "64": 20}}
	for region, office := range map[string][]string{"11": {"yes", "partly"}, "12": {"yes", "yes", "partly"}, "31": {"yes", "no", "partly"}} {
		counties, visits := even(region, 7, office...)
		in.Counties, in.Visits = append(in.Counties, counties...), append(in.Visits, visits...)
	}
	in.Visits[0].Report.Substitution = "away"
	in.RedLines = []RedLine{{"12-00-1", "T1-01"}}
	in.Adjustments = map[string]Adjustment{"11": {Bonus: 1, Penalty: 2}}
	p := thawed(t, compute(t, in)).Published()
	p.Count([]inspect.Finding{{Region: p.Regions[0].Code, Kind: inspect.ProblemFound, Severity: "S2"}}, 1)
	if err := Recompute(&p, in.Checklist); err != nil {
		t.Fatal(inspect.ProblemsOf(err))
	}
	return p, in.Checklist
}

// free are the members that what is published cannot give, and why: whoever changes one of these alone
// is found by the digest in the ledger, not by Recompute. The path has no indices.
var free = map[string]string{
	"Findings.Hidden": "a count of nothing may be hidden", "Regions.Findings.Hidden": "the same",
	"Rules.Lonely":                   "it matters only where a region has one county; the wave's record holds it",
	"Rules.MinCounties":              "it matters only at the border; the wave's record holds it",
	"Rules.MinVisits":                "the same",
	"Rules.MaxHalf":                  "the same",
	"National.Substituted":           "households are not published",
	"Regions.Region.Substituted":     "the same",
	"National.Items.Low":             "an item's interval rests on its own values by county",
	"National.Items.High":            "the same",
	"National.Items.Half":            "the same",
	"National.Items.SE":              "the same",
	"National.Items.DF":              "which counties answered it is not published",
	"National.Items.Visits":          "which visits answered it is not published",
	"National.Items.Counties":        "the same",
	"National.Sections.Low":          "a section's interval rests on its own values by county",
	"National.Sections.High":         "the same",
	"National.Sections.Half":         "the same",
	"National.Sections.SE":           "the same",
	"National.Sections.DF":           "which counties answered it is not published",
	"National.Sections.Visits":       "which visits answered it is not published",
	"National.Sections.Counties":     "the same",
	"Regions.Region.Items.Low":       "as the nation's",
	"Regions.Region.Items.High":      "as the nation's",
	"Regions.Region.Items.Half":      "as the nation's",
	"Regions.Region.Items.SE":        "as the nation's",
	"Regions.Region.Items.Visits":    "as the nation's",
	"Regions.Region.Sections.Low":    "as the nation's",
	"Regions.Region.Sections.High":   "as the nation's",
	"Regions.Region.Sections.Half":   "as the nation's",
	"Regions.Region.Sections.SE":     "as the nation's",
	"Regions.Region.Sections.Visits": "as the nation's",
	"Regions.Region.Code":            "another unit's code in the same place of the order; the legs of the wave's proof name the units",
}

// leaves calls do for every value below v that can be changed alone, with its path and the way to
// change it, and puts it back.
func leaves(v reflect.Value, path string, do func(path string)) {
	try := func(set func()) {
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		set()
		do(path)
		v.Set(old)
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if name == "Estimate" { // its members are those of what it stands in
				leaves(v.Field(i), path, do)
				continue
			}
			leaves(v.Field(i), strings.TrimPrefix(path+"."+name, "."), do)
		}
	case reflect.Slice:
		for i := range v.Len() {
			leaves(v.Index(i), path, do)
		}
		try(func() {
			v.Set(reflect.Append(reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, 0), v), reflect.Zero(v.Type().Elem())))
		})
		if v.Len() > 0 {
			try(func() { v.Set(v.Slice(0, v.Len()-1)) })
		}
	case reflect.Array:
		leaves(v.Index(0), path, do)
	case reflect.Float64:
		for _, d := range []float64{-.0011, .0011, 1} {
			try(func() { v.SetFloat(v.Float() + d) })
		}
	case reflect.Int:
		for _, d := range []int64{-1, 1} {
			try(func() { v.SetInt(v.Int() + d) })
		}
	case reflect.Uint8:
		try(func() { v.SetUint(v.Uint() ^ 1) })
	case reflect.Bool:
		try(func() { v.SetBool(!v.Bool()) })
	case reflect.String:
		for _, s := range []string{"", "good", Wide, "99", string(estimate.Certainty)} {
			if s != v.String() {
				try(func() { v.SetString(s) })
			}
		}
	default:
		panic(fmt.Sprintf("%s is a %s", path, v.Type()))
	}
}

// Every single change of what is published is found, but for members that nothing published gives; and
// each of these is one that somebody can change unseen here, so that the list stays true.
func TestEveryChangeIsFound(t *testing.T) {
	p, list := shown(t)
	passed, tried := map[string]bool{}, 0
	leaves(reflect.ValueOf(&p).Elem(), "", func(path string) {
		tried++
		if Recompute(&p, list) == nil {
			passed[path] = true
		}
	})
	for path := range passed {
		if free[path] == "" {
			t.Errorf("a change of %s passes", path)
		}
	}
	for path := range free {
		if !passed[path] && path != "Regions.Region.Code" {
			t.Errorf("%s: every change is found, and it is listed as free", path)
		}
	}
	if tried < 1000 {
		t.Errorf("%d changes tried", tried)
	}
	if err := Recompute(&p, list); err != nil {
		t.Errorf("not put back: %v", err)
	}
}

// Changes that agree with each other pass, by design: the published part alone cannot tell a mean that
// was never found. Its digest in the ledger does.
func TestAgreedChangesPassAndTheDigestDoesNot(t *testing.T) {
	p, list := shown(t)
	before, err := p.Digest([32]byte{7})
	if err != nil {
		t.Fatal(err)
	}
	r := &p.Regions[0].Region
	it, s := &r.Items[0], &r.Sections[0]
	const d = Decimal(-.01)
	it.Mean, it.Score, it.Lost = it.Mean+d, it.Score+100*d, it.Lost-it.Weight*d
	it.Low = min(it.Low, it.Score)
	points := it.Weight * d
	s.Lost, s.Score, s.Low = s.Lost-points, s.Score+100*points/s.Weight, 0
	r.Sample, r.Score, r.Low, r.High = r.Sample+points, r.Score+points, max(r.Sample+points-r.Half, 0)-1, min(r.Sample+points+r.Half, 100)-1 // 1 is the penalty less the bonus
	if err := Recompute(&p, list); err != nil {
		t.Fatalf("changes that agree: %v", inspect.ProblemsOf(err))
	}
	if after, err := p.Digest([32]byte{7}); err != nil || after == before {
		t.Errorf("the digest is the same: %v", err)
	}
	if other, err := p.Digest([32]byte{8}); err != nil || other == before {
		t.Errorf("another salt: %v", err)
	}
}

// Pairs of counts that cancel are found too.
func TestPairsOfChanges(t *testing.T) {
	for what, change := range map[string]func(p *Published){
		"a missing visit called left out": func(p *Published) { p.Regions[0].Missing--; p.Regions[0].Left++ },
		"a plan moved between units": func(p *Published) {
			p.Regions[0].Planned--
			p.Regions[0].Missing--
			p.Regions[2].Planned++
			p.Regions[2].Missing++
		},
		"two values of a unit":     func(p *Published) { p.Regions[0].Z[0] -= .01; p.Regions[0].Z[6] += .01 },
		"two values of the nation": func(p *Published) { p.Regions[0].Nation[0] -= .01; p.Regions[2].Nation[6] += .01 },
		"a unit left out":          func(p *Published) { p.Regions = slices.Delete(p.Regions, 3, 4) },
		"a unit twice":             func(p *Published) { p.Regions = append(p.Regions, p.Regions[3]) },
		"two units exchanged":      func(p *Published) { p.Regions[0], p.Regions[1] = p.Regions[1], p.Regions[0] },
		"a county taken out":       func(p *Published) { r := &p.Regions[0]; r.Z, r.Nation = r.Z[1:], r.Nation[1:] },
		"score and band": func(p *Published) {
			r := &p.Regions[0]
			r.Score, r.Low, r.High, r.Bands = 95, 92, 98, []string{"excellent"}
		},
		"interval narrowed":           func(p *Published) { r := &p.Regions[2]; r.Half, r.SE, r.Low, r.High = 1, .4, r.Score-1, r.Score+1 },
		"a band lowered that was not": func(p *Published) { r := &p.Regions[2]; r.Lowered = !r.Lowered },
		"a red line forgotten":        func(p *Published) { p.Regions[1].Lowered = false },
		"a bonus beyond the checklist": func(p *Published) {
			r := &p.Regions[2]
			r.Bonus, r.Score, r.Low, r.High = 4, min(r.Sample+4, 100), min(r.Sample-r.Half+4, 100), min(r.Sample+r.Half+4, 100)
		},
		"a score where nothing was seen": func(p *Published) { p.Regions[3].Known, p.Regions[3].Score = true, 80 },
		"NaN":                            func(p *Published) { p.Regions[0].Score = Decimal(math.NaN()) },
		"infinite":                       func(p *Published) { p.Regions[0].Z[0] = Decimal(math.Inf(1)) },
		"rules":                          func(p *Published) { p.Rules = Rules{Lonely: estimate.Fail} },
	} {
		p, list := shown(t)
		change(&p)
		if what == "a missing visit called left out" { // it must be called so for the nation too; then it passes, and only the digest holds it
			if Recompute(&p, list) == nil {
				t.Errorf("%s: passes against the nation's count", what)
			}
			p.National.Missing--
			p.National.Left++
			if err := Recompute(&p, list); err != nil {
				t.Errorf("%s, everywhere: %v", what, err)
			}
			continue
		}
		if Recompute(&p, list) == nil {
			t.Errorf("%s: passes", what)
		}
	}
	if _, ok := shownWithoutData(t); !ok {
		t.Error("a unit without a visit has a score")
	}
}

func shownWithoutData(t *testing.T) (Region, bool) {
	p, _ := shown(t)
	r := p.Regions[3].Region
	return r, !r.Known && r.Missing == 20 && r.Reason == NoData
}

// A move is what a person would see: the first decimal, the visits, the bands; and nothing else.
func TestMoves(t *testing.T) {
	region := func(code string, score, low, high Decimal, visits int, bands ...string) Region {
		return Region{Code: code, Estimate: Estimate{Known: true, Score: score, Low: low, High: high, Visits: visits}, Bands: bands}
	}
	of := func(national Region, regions ...Region) (p Published) {
		p.National = national
		for _, r := range regions {
			p.Regions = append(p.Regions, PublishedRegion{Region: r})
		}
		return p
	}
	before := of(region("", 80, 78, 82, 100), region("11", 79.95, 70, 90, 12, "good"))
	for what, c := range map[string]struct {
		after Region
		moves bool
	}{
		"nothing":                    {region("11", 79.95, 70, 90, 12, "good"), false},
		"behind the first decimal":   {region("11", 80.049999, 70.049999, 89.95, 12, "good"), false},
		"at the edge of the score":   {region("11", 79.949999, 70, 90, 12, "good"), true},
		"within the frozen decimals": {region("11", 79.9499999, 70, 90, 12, "good"), false},
		"upwards at the edge":        {region("11", 80.05, 70, 90, 12, "good"), true},
		"the lower end":              {region("11", 79.95, 69.949999, 90, 12, "good"), true},
		"the upper end":              {region("11", 79.95, 70, 90.05, 12, "good"), true},
		"a visit":                    {region("11", 79.95, 70, 90, 11, "good"), true},
		"a band beside it":           {region("11", 79.95, 70, 90, 12, "good", "pass"), true},
		"no band":                    {region("11", 79.95, 70, 90, 12), true},
		"no score":                   {Region{Code: "11"}, true},
	} {
		moves := Moves(before, of(before.National, c.after))
		if (len(moves) == 1) != c.moves || len(moves) > 1 {
			t.Errorf("%s: %+v", what, moves)
		}
		if len(moves) == 1 && (moves[0].Region != "11" || moves[0].Before.Score != 79.95 || moves[0].After.Visits != c.after.Visits) {
			t.Errorf("%s: %+v", what, moves[0])
		}
	}
	both := Moves(before, of(region("", 80.1, 78, 82, 100), region("11", 1, 0, 2, 3)))
	if len(both) != 2 || both[0].Region != National || both[1].Region != "11" {
		t.Errorf("the nation is not first: %+v", both)
	}
}
