package assign

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zhicha/inspect"
)

// national is a plausible wave: every reporting unit has the same number of legs and teams.
func national(legs, teams int) Input {
	in := Input{
		Wave: 1, LegDays: 3,
		Window: inspect.Window{From: "2023-01-07", To: "2023-01-20"},
		Hours:  []inspect.Hours{{Regions: []string{"65", "BT"}, From: "12:00", To: "19:00"}, {From: "10:00", To: "17:00"}},
		Rule: inspect.AssignRule{TeamMin: 2, WomenMin: 1, ThirdPartyPercent: 10, OverlapPercent: 10, LegsPerTeamMax: 7,
			Languages: []inspect.Language{{Regions: []string{"54"}, Language: "bo"}}},
		Assign: inspect.Key{1}, Schedule: inspect.Key{2},
	}
	for i := range legs {
		r := inspect.Regions[i%len(inspect.Regions)].Code
		in.Legs = append(in.Legs, LegNeed{County: fmt.Sprintf("%s-%04d", r, i), Region: r})
	}
	for i := range teams {
		t := inspect.Team{No: i + 1, Kind: inspect.Provincial, Home: inspect.Regions[i%32].Code, Inspectors: 2, Women: 1, Capacity: 7, Languages: []string{"bo"}}
		if i%6 == 5 {
			t.Kind, t.Home = inspect.ThirdParty, ""
		}
		in.Teams = append(in.Teams, t)
	}
	return in
}

// random draws an input in which rules bind but mostly can be kept.
func random(t *rapid.T) Input {
	in := national(rapid.IntRange(1, 70).Draw(t, "legs"), rapid.IntRange(20, 40).Draw(t, "teams"))
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	for i := range in.Teams {
		team := &in.Teams[i]
		team.Capacity = 2 + rng.IntN(5)
		team.Forbidden = []string{inspect.Regions[rng.IntN(32)].Code}
		team.LastRegion = []string{inspect.Regions[rng.IntN(32)].Code}
		if rng.IntN(4) == 0 {
			team.Women = 0
		}
		if rng.IntN(3) == 0 {
			team.Languages = nil
		}
		if rng.IntN(5) == 0 {
			team.From = "2023-01-10"
		}
		if i%7 == 3 {
			team.Kind, team.Home = inspect.National, ""
		}
	}
	in.Closed = []inspect.Date{"2023-01-14"}
	in.LegDays = 1 + rng.IntN(3)
	in.Rule.LegsPerTeamMax = 4
	in.Rule.OverlapPercent = []int{0, 10, 40}[rng.IntN(3)]
	rng.Shuffle(len(in.Legs), func(i, j int) { in.Legs[i], in.Legs[j] = in.Legs[j], in.Legs[i] })
	for i := range in.Assign {
		in.Assign[i], in.Schedule[i] = byte(rng.Uint32()), byte(rng.Uint32())
	}
	return in
}

func TestEveryRuleIsKept(t *testing.T) {
	solved := 0
	rapid.Check(t, func(t *rapid.T) {
		in := random(t)
		res, err := Assign(in)
		if err != nil {
			if ps := inspect.ProblemsOf(err); len(ps) == 0 || ps[0].Class != inspect.Refused {
				t.Fatal(err)
			}
			return
		}
		solved++
		checkMatching(t, in, res)
		checkSchedule(t, in, res)
	})
	if solved < 50 && !testing.Short() { // a short run tries a fifth
		t.Fatalf("only %d inputs could be assigned: the property was hardly tried", solved)
	}
}

func checkMatching(t *rapid.T, in Input, res *Result) {
	teams, checks := map[int]inspect.Team{}, map[[2]string]bool{}
	for _, team := range in.Teams {
		teams[team.No] = team
	}
	load, third, primaries, twins := map[int]int{}, 0, map[string]inspect.Leg{}, map[string]inspect.Leg{}
	for _, l := range res.Legs {
		team := teams[l.Team]
		load[l.Team]++
		if team.Kind == inspect.ThirdParty {
			third++
		}
		if l.Primary() {
			primaries[l.County] = l
		} else {
			twins[l.County] = l
		}
		if team.Home != "" {
			checks[[2]string{team.Home, l.Region}] = true
		}
		if team.Home == l.Region || slices.Contains(team.Forbidden, l.Region) || slices.Contains(team.LastRegion, l.Region) ||
			team.Inspectors < 2 || team.Women < 1 || l.Region == "54" && !slices.Contains(team.Languages, "bo") {
			t.Fatalf("team %+v may not check %s", team, l.Region)
		}
	}
	for c := range checks {
		if checks[[2]string{c[1], c[0]}] {
			t.Fatalf("%s and %s check each other", c[0], c[1])
		}
	}
	for no, n := range load {
		if n > min(teams[no].Capacity, in.Rule.LegsPerTeamMax) {
			t.Fatalf("team %d has %d legs", no, n)
		}
	}
	if len(primaries) != len(in.Legs) || len(twins) != percentUp(in.Rule.OverlapPercent, len(in.Legs)) || third*100 < 10*len(res.Legs) {
		t.Fatalf("%d primaries, %d twins, %d of %d by third parties", len(primaries), len(twins), third, len(res.Legs))
	}
	for county, twin := range twins {
		if p := primaries[county]; p.Team == twin.Team || p.Start != twin.Start || twin.Twin != p.No {
			t.Fatalf("twins %+v and %+v", p, twin)
		}
	}
}

func checkSchedule(t *rapid.T, in Input, res *Result) {
	teams, busy := map[int]inspect.Team{}, map[string]bool{}
	for _, team := range in.Teams {
		teams[team.No] = team
	}
	for i, l := range res.Legs {
		if l.No != i+1 || l.Wave != in.Wave || l.Days != in.LegDays {
			t.Fatalf("leg %+v at place %d", l, i)
		}
		if want := map[bool]string{true: "12:00", false: "10:00"}[l.Region == "65" || l.Region == "BT"]; l.HourFrom != want {
			t.Fatalf("leg %+v starts its days at %s", l, l.HourFrom)
		}
		for d := range l.Days {
			day := l.Start.Add(d)
			slot := fmt.Sprint(l.Team, day)
			if busy[slot] || day < in.Window.From || day > in.Window.To || slices.Contains(in.Closed, day) || day < teams[l.Team].From {
				t.Fatalf("leg %+v cannot be visited on %s", l, day)
			}
			busy[slot] = true
		}
	}
}

func TestOrderOfInputDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := random(t)
		a, errA := Assign(in)
		slices.Reverse(in.Legs)
		slices.Reverse(in.Teams)
		b, errB := Assign(in)
		if !reflect.DeepEqual(a, b) || fmt.Sprint(errA) != fmt.Sprint(errB) {
			t.Fatal("the reversed input gave another result")
		}
	})
}

// TestOptimum compares the flow with an exhaustive search over every way to send the teams.
func TestOptimum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := national(rapid.IntRange(2, 5).Draw(t, "legs"), 0)
		in.Rule = inspect.AssignRule{OverlapPercent: 20, ThirdPartyPercent: 20}
		in.Assign[5] = rapid.Byte().Draw(t, "key")
		for i := range in.Legs {
			in.Legs[i].Region = []string{"11", "12", "13"}[rapid.IntRange(0, 2).Draw(t, "region")]
		}
		for no := 1; no <= 4; no++ {
			team := inspect.Team{No: no, Kind: []inspect.TeamKind{inspect.ThirdParty, inspect.National, inspect.Provincial, inspect.Provincial}[no-1],
				Capacity: rapid.IntRange(1, 4).Draw(t, "capacity")}
			if team.Kind == inspect.Provincial {
				team.Home = []string{"14", "15"}[no-3]
			}
			if rapid.Bool().Draw(t, "bar") {
				team.Forbidden = []string{"12"}
			}
			in.Teams = append(in.Teams, team)
		}
		w := newWave(in)
		d := w.seat(0).demand(w.overlaps())
		best := exhaustive(d)
		if (best != nil) != d.feasible(every) {
			t.Fatalf("feasible is %v, an exhaustive search says %v", d.feasible(every), best != nil)
		}
		if best != nil && price(d, d.cheapest()).Cmp(best) != 0 {
			t.Fatalf("cost %v, least cost %v", price(d, d.cheapest()), best)
		}
	})
}

// price is the cost of a plan by the definition in the package comment, in plain big integers.
func price(d *demand, x [][]int) *big.Int {
	sum := new(big.Int)
	for i, row := range x {
		load := 0
		for r, n := range row {
			load += n
			u := new(big.Int).SetUint64(d.Assign.Ticket("tie", d.try(d.regions[r]), "team", strconv.Itoa(d.Teams[i].No)).U())
			sum.Add(sum, u.Mul(u, big.NewInt(int64(n))))
		}
		sum.Add(sum, new(big.Int).Lsh(big.NewInt(int64(load*load)), 80))
		if d.Teams[i].Kind == inspect.National {
			sum.Add(sum, new(big.Int).Lsh(big.NewInt(int64(load)), 112))
		}
	}
	return sum
}

func exhaustive(d *demand) *big.Int {
	x := make([][]int, len(d.Teams))
	for i := range x {
		x[i] = make([]int, len(d.regions))
	}
	var best *big.Int
	var try func(cell int)
	try = func(cell int) {
		if cell == len(x)*len(d.regions) {
			if allowed(d, x) {
				if c := price(d, x); best == nil || c.Cmp(best) < 0 {
					best = c
				}
			}
			return
		}
		i, r := cell/len(d.regions), cell%len(d.regions)
		for n := 0; n <= d.primary[r]; n++ {
			if n > 0 && !d.may(&d.Teams[i], d.regions[r], every) {
				break
			}
			x[i][r] = n
			try(cell + 1)
		}
		x[i][r] = 0
	}
	try(0)
	return best
}

func allowed(d *demand, x [][]int) bool {
	column, third, total := make([]int, len(d.regions)), 0, 0
	for i, row := range x {
		load := 0
		for r, n := range row {
			column[r] += n
			load += n
		}
		total += load
		if d.Teams[i].Kind == inspect.ThirdParty {
			third += load
		}
		if load > d.Teams[i].Capacity || load > d.blocks(d.free(&d.Teams[i])) {
			return false
		}
	}
	for r, n := range column {
		if n != d.primary[r]+d.second[r] {
			return false
		}
	}
	return third*100 >= 20*total
}

func TestLoadIsBalanced(t *testing.T) {
	in := national(192, 96)
	res, err := Assign(in)
	if err != nil {
		t.Fatal(err)
	}
	load := map[int]int{}
	for _, l := range res.Legs {
		load[l.Team]++
	}
	for _, team := range in.Teams { // 212 legs, 96 teams that can take 4 each
		if load[team.No] < 2 || load[team.No] > 3 {
			t.Errorf("team %d has %d legs", team.No, load[team.No])
		}
	}
}

func TestNationalTeamsAreReserve(t *testing.T) {
	in := national(64, 64)
	for i := range 5 {
		in.Teams = append(in.Teams, inspect.Team{No: 100 + i, Kind: inspect.National, Inspectors: 2, Women: 1, Capacity: 7})
	}
	res, err := Assign(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range res.Legs {
		if l.Team >= 100 {
			t.Errorf("national team %d was sent to %s though others had room", l.Team, l.Region)
		}
	}
}

// TestMatchIgnoresScheduleKey: a stranger who holds the assign key alone must find the same teams.
func TestMatchIgnoresScheduleKey(t *testing.T) {
	in := national(192, 96)
	a, err := Assign(in)
	if err != nil {
		t.Fatal(err)
	}
	in.Schedule = inspect.Key{9}
	m, err := Match(in)
	if err != nil || len(m.Pairs) != 192 || !slices.Equal(m.Seating, a.Seating) || m.Counter != a.Counter {
		t.Fatalf("match %+v, %v", m, err)
	}
	for _, p := range m.Pairs {
		if !slices.ContainsFunc(a.Legs, func(l inspect.Leg) bool { return l.Primary() && l.County == p.County && l.Team == p.Team }) {
			t.Errorf("the legs know nothing of %+v", p)
		}
	}
	b, err := Assign(in)
	if err != nil {
		t.Fatal(err)
	}
	who := func(res *Result) map[string]int {
		out := map[string]int{}
		for _, l := range res.Legs {
			out[fmt.Sprint(l.County, l.Primary())] = l.Team
		}
		return out
	}
	if !reflect.DeepEqual(who(a), who(b)) {
		t.Error("another schedule key sent other teams")
	}
	if reflect.DeepEqual(a.Legs, b.Legs) {
		t.Error("another schedule key gave the same days and numbers")
	}
}

// TestPackedSchedule leaves little room: four legs, each visited by two of four teams that take two
// each, in nine days. A schedule must always be found, and always the same.
func TestPackedSchedule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := national(4, 0)
		in.Window.To, in.Rule = "2023-01-15", inspect.AssignRule{OverlapPercent: 100}
		in.Schedule[0], in.Assign[0] = rapid.Byte().Draw(t, "schedule"), rapid.Byte().Draw(t, "assign")
		for no := 1; no <= 4; no++ {
			in.Teams = append(in.Teams, inspect.Team{No: no, Kind: inspect.ThirdParty, Capacity: 2})
		}
		res, err := Assign(in)
		if err != nil {
			t.Fatal(err)
		}
		checkSchedule(t, in, res)
		again, _ := Assign(in)
		if !reflect.DeepEqual(res, again) {
			t.Fatal("the same input gave another result")
		}
	})
}

func TestConflictIsIrreducible(t *testing.T) {
	for name, spoil := range map[string]struct {
		do   func(*Input)
		want []string
	}{
		"nobody speaks the language": {func(in *Input) {
			for i := range in.Teams {
				in.Teams[i].Languages = nil
			}
		}, []string{"assign.conflict", "assign.conflict-language"}},
		"no woman anywhere": {func(in *Input) {
			for i := range in.Teams {
				in.Teams[i].Women = 0
			}
		}, []string{"assign.conflict", "assign.conflict-women-min"}},
		"too few places": {func(in *Input) {
			for i := range in.Teams {
				in.Teams[i].Capacity = 1
			}
		}, []string{"assign.conflict", "assign.conflict-capacity"}},
		"no third party": {func(in *Input) {
			for i := range in.Teams {
				in.Teams[i].Kind, in.Teams[i].Home = inspect.Provincial, "11"
				if i%2 == 0 {
					in.Teams[i].Home = "44"
				}
				in.Teams[i].Forbidden = nil
			}
			in.Legs = in.Legs[:1]
			in.Legs[0].Region = "50"
			in.Rule.OverlapPercent = 0
		}, []string{"assign.conflict", "assign.conflict-third-party"}},
		"everybody stays at home": {func(in *Input) {
			in.Rule.ThirdPartyPercent = 0
			for i := range in.Teams {
				in.Teams[i].Kind, in.Teams[i].Home = inspect.Provincial, "11"
			}
			in.Legs = []LegNeed{{"11-1", "11"}}
			in.Rule.OverlapPercent = 0
		}, []string{"assign.conflict", "assign.conflict-table"}},
	} {
		t.Run(name, func(t *testing.T) {
			in := national(96, 48)
			spoil.do(&in)
			_, err := Assign(in)
			var got []string
			for _, p := range inspect.ProblemsOf(err) {
				got = append(got, p.Rule)
			}
			if !slices.Equal(got, spoil.want) || inspect.ExitStatus(err) != int(inspect.Refused) {
				t.Errorf("got %v, want %v", got, spoil.want)
			}
		})
	}
}

// TestConflictNeedsEveryPart checks against the definition: the named rules and regions cannot be
// kept together, and without any one of them they can.
func TestConflictNeedsEveryPart(t *testing.T) {
	seen := 0
	rapid.Check(t, func(t *rapid.T) {
		in := random(t)
		in.Teams = in.Teams[:rapid.IntRange(1, 12).Draw(t, "left")]
		w := newWave(in)
		overlap := w.overlaps()
		if w.seat(0).demand(overlap).feasible(every) {
			return
		}
		seen++
		ps := inspect.ProblemsOf(w.conflict(overlap))
		codes := strings.Fields(ps[0].Args["Codes"].(string))
		var kept rule
		for _, r := range ruleNames {
			if slices.ContainsFunc(ps, func(p *inspect.Problem) bool { return p.Rule == "assign.conflict-"+r.name }) {
				kept |= r.rule
			}
		}
		without := func(drop string, kept rule) bool {
			d := w.seat(0).demand(overlap)
			for i, name := range d.regions {
				if name == drop || !slices.Contains(codes, name) {
					d.primary[i], d.second[i] = 0, 0
				}
			}
			return d.feasible(kept)
		}
		if without("", kept) {
			t.Fatalf("no conflict: %v", ps)
		}
		for _, code := range codes {
			if !without(code, kept) {
				t.Fatalf("region %s is not needed: %v", code, ps)
			}
		}
		for _, r := range ruleNames {
			if kept&r.rule != 0 && !without("", kept&^r.rule) {
				t.Fatalf("rule %s is not needed: %v", r.name, ps)
			}
		}
	})
	if seen < 20 && !testing.Short() {
		t.Fatalf("only %d conflicts seen", seen)
	}
}

// TestGolden pins the algorithm: on any processor these keys give these legs.
func TestGolden(t *testing.T) {
	in := national(192, 96)
	res, err := Assign(in)
	if err != nil {
		t.Fatal(err)
	}
	b, err := inspect.CanonicalJSON(res.Legs)
	if err != nil {
		t.Fatal(err)
	}
	if got := inspect.DigestOf(b).Fingerprint(); got != "9598 f26e c5ca e138 aa2d f737 d3fb 08da" {
		t.Errorf("legs have the fingerprint %s", got)
	}
}

func TestConflictNamesTheRegion(t *testing.T) {
	in := national(96, 48)
	for i := range in.Teams {
		in.Teams[i].Languages = nil
	}
	_, err := Assign(in)
	if ps := inspect.ProblemsOf(err); len(ps) == 0 || ps[0].Args["Codes"] != "54" || ps[0].Args["Zh"] != "西藏自治区" {
		t.Errorf("got %v", err)
	}
}

func TestNoScheduleIsSaid(t *testing.T) {
	in := national(2, 0)
	in.Rule = inspect.AssignRule{OverlapPercent: 50}
	in.Legs[1].Region = in.Legs[0].Region
	for no, team := range map[int]inspect.Team{1: {To: "2023-01-09"}, 2: {From: "2023-01-10", To: "2023-01-12"}, 3: {From: "2023-01-13", To: "2023-01-15"}} {
		team.No, team.Kind, team.Capacity = no, inspect.ThirdParty, 1
		in.Teams = append(in.Teams, team)
	}
	_, err := Assign(in)
	if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != "assign.schedule" {
		t.Errorf("teams that never meet: %v", err)
	}
}

// TestOddCircleHasNoSchedule: three teams that share three legs pairwise need three dates, and the
// window has room for two.
func TestOddCircleHasNoSchedule(t *testing.T) {
	in := national(3, 0)
	in.Window.To, in.Rule = "2023-01-12", inspect.AssignRule{OverlapPercent: 100}
	for i := range in.Legs {
		in.Legs[i].Region = "11"
	}
	for no := 1; no <= 3; no++ {
		in.Teams = append(in.Teams, inspect.Team{No: no, Kind: inspect.ThirdParty, Capacity: 2})
	}
	if ps := inspect.ProblemsOf(func() error { _, err := Assign(in); return err }()); len(ps) != 1 || ps[0].Rule != "assign.schedule" {
		t.Errorf("got %v", ps)
	}
	in.Window.To = "2023-01-15"
	if _, err := Assign(in); err != nil {
		t.Errorf("with room for three: %v", err)
	}
}

func TestBadInput(t *testing.T) {
	for want, spoil := range map[string]func(*Input){
		"assign.team-no":       func(in *Input) { in.Teams[3].No = 1 },
		"assign.team-kind":     func(in *Input) { in.Teams[3].Kind = "local" },
		"assign.team-home":     func(in *Input) { in.Teams[0].Home = "" },
		"assign.national-home": func(in *Input) { in.Teams[0].Kind = inspect.National },
		"assign.leg":           func(in *Input) { in.Legs[1] = in.Legs[0] },
		"assign.hours":         func(in *Input) { in.Hours = in.Hours[:1] },
		"assign.no-teams":      func(in *Input) { in.Teams = nil },
		"assign.no-legs":       func(in *Input) { in.Legs = nil },
		"assign.percent":       func(in *Input) { in.Rule.OverlapPercent = 101 },
		"assign.window":        func(in *Input) { in.Window.To = "2023-1-9" },
	} {
		in := national(32, 32)
		spoil(&in)
		_, err := Assign(in)
		if ps := inspect.ProblemsOf(err); len(ps) == 0 || ps[0].Rule != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// BenchmarkAssign3000x600 is the aim of the design: under a second with every rule.
func BenchmarkAssign3000x600(b *testing.B) {
	in := national(3000, 600)
	in.Window.To = "2023-02-06" // 3,300 legs of 3 days in 31 days
	for b.Loop() {
		if _, err := Assign(in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAssign192x96(b *testing.B) {
	in := national(192, 96)
	for b.Loop() {
		if _, err := Assign(in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkConflict3000x600(b *testing.B) {
	in := national(3000, 600)
	in.Window.To = "2023-02-06"
	for i := range in.Teams {
		in.Teams[i].Languages = nil
	}
	for b.Loop() {
		if _, err := Assign(in); err == nil {
			b.Fatal("assigned")
		}
	}
}
