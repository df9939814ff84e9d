package draw

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"zhicha/inspect"
)

// land is a made-up frame: what Select reads of one.
type land struct {
	counties                        []inspect.Unit
	townships, villages, institutes map[string][]inspect.Unit
}

func (l *land) TownshipsOf(c string) []inspect.Unit    { return l.townships[c] }
func (l *land) VillagesOf(t string) []inspect.Unit     { return l.villages[t] }
func (l *land) InstitutionsOf(p string) []inspect.Unit { return l.institutes[p] }

// newLand makes `counties` counties in each of the regions, with sizes and children from rng.
func newLand(rng *rand.Rand, counties int, regions ...string) *land {
	l := &land{nil, map[string][]inspect.Unit{}, map[string][]inspect.Unit{}, map[string][]inspect.Unit{}}
	for _, region := range regions {
		for i := range counties {
			prefecture := fmt.Sprintf("%s%02d", map[bool]string{true: "65", false: region}[region == inspect.XPCC], 1+i/8)
			c := inspect.Unit{Kind: inspect.CO, ID: fmt.Sprintf("%s%04d", region, i), AreaCode: prefecture + "00000000", ReportingUnit: region, Size: 1 + rng.Int64N(100000), Risk: 1 + rng.IntN(4)}
			l.counties = append(l.counties, c)
			for j := range rng.IntN(6) {
				t := inspect.Unit{Kind: inspect.TS, ID: fmt.Sprintf("%s-%02d", c.ID, j), ReportingUnit: region, County: c.ID}
				l.townships[c.ID] = append(l.townships[c.ID], t)
				for k := range rng.IntN(5) {
					l.villages[t.ID] = append(l.villages[t.ID], inspect.Unit{Kind: inspect.VC, ID: fmt.Sprintf("%s-%02d", t.ID, k), ReportingUnit: region, County: c.ID, Township: t.ID})
				}
			}
			if i%3 == 0 {
				l.institutes[prefecture] = append(l.institutes[prefecture], inspect.Unit{Kind: inspect.WI, ID: "WI" + c.ID, AreaCode: c.AreaCode, ReportingUnit: region})
			}
		}
	}
	return l
}

var design = inspect.Design{Stratum: "reporting_unit", Counties: 6, Townships: 2, Villages: 1, Households: 3, Institutions: 1, Reserves: 2}

// keysOf derives distinct stage keys from one byte, without a ceremony.
func keysOf(b byte) func(inspect.Stage) inspect.Key {
	return func(s inspect.Stage) inspect.Key {
		return inspect.Key(inspect.DigestOf([]byte(string(s) + string(rune(b)))))
	}
}

func TestInclusionProbabilities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, size := rapid.IntRange(2, 12).Draw(t, "n"), rapid.IntRange(1, 60).Draw(t, "N")
		d := design
		d.Counties, d.Risk = n, rapid.Bool().Draw(t, "risk")
		var counties []inspect.Unit
		for i := range size {
			counties = append(counties, inspect.Unit{Kind: inspect.CO, ID: fmt.Sprint(i), ReportingUnit: "11", Risk: rapid.IntRange(1, 4).Draw(t, "r"),
				Size: rapid.SampledFrom([]int64{1, 7, 900, 40000, 1 << 40}).Draw(t, "size")})
		}
		got, err := InclusionProbabilities(counties, d)
		if err != nil {
			t.Fatal(err)
		}
		kappa := big.NewRat(3, 4)
		if size < 2*n {
			kappa.SetInt64(1)
		}
		sum := new(big.Rat)
		for _, x := range got {
			sum.Add(sum, x.Pi)
			if x.Pi.Sign() <= 0 || x.Pi.Cmp(kappa) > 0 {
				t.Fatalf("π of %s is %v, cap %v", x.Unit.ID, x.Pi, kappa)
			}
		}
		if sum.Cmp(big.NewRat(int64(min(n, size)), 1)) != 0 {
			t.Fatalf("Σπ = %v, want %d", sum, min(n, size))
		}
		proportional(t, got, kappa, d.Risk)
	})
}

// proportional checks that below the cap π is in proportion to max(m, mean/4) × risk, and that
// nobody at the cap would have been below it.
func proportional(t *rapid.T, got []Inclusion, kappa *big.Rat, risk bool) {
	total := new(big.Rat)
	for _, x := range got {
		total.Add(total, big.NewRat(x.Unit.Size, 1))
	}
	floor := total.Quo(total, big.NewRat(int64(4*len(got)), 1))
	size := func(u inspect.Unit) *big.Rat {
		d := big.NewRat(u.Size, 1)
		if d.Cmp(floor) < 0 {
			d.Set(floor)
		}
		if risk {
			d.Mul(d, big.NewRat(int64(u.Risk), 1))
		}
		return d
	}
	var rate *big.Rat // π per size below the cap
	for _, x := range got {
		if x.Pi.Cmp(kappa) < 0 {
			r := new(big.Rat).Quo(x.Pi, size(x.Unit))
			if rate != nil && rate.Cmp(r) != 0 {
				t.Fatalf("π/d is %v and %v", rate, r)
			}
			rate = r
		}
	}
	for _, x := range got {
		if rate != nil && x.Pi.Cmp(kappa) == 0 && new(big.Rat).Mul(rate, size(x.Unit)).Cmp(kappa) < 0 {
			t.Fatalf("%s stands at the cap but is too small for it", x.Unit.ID)
		}
	}
}

// TestInclusionByHand has one county far above the cap: 3/4 for it, 5/4 shared by the others, of
// which the smallest is lifted to a quarter of the mean.
func TestInclusionByHand(t *testing.T) {
	var counties []inspect.Unit
	for i, size := range []int64{10000, 1000, 1000, 1} {
		counties = append(counties, inspect.Unit{ID: fmt.Sprint(i), ReportingUnit: "11", Size: size})
	}
	got, err := InclusionProbabilities(counties, inspect.Design{Stratum: "reporting_unit", Counties: 2})
	if err != nil {
		t.Fatal(err)
	}
	// mean/4 = 12001/16; d = 10000, 1000, 1000, 12001/16 = 160000, 16000, 16000, 12001 sixteenths
	for i, want := range []string{"3/4", "20000/44001", "20000/44001", "60005/176004"} {
		if got[i].Pi.String() != want {
			t.Errorf("π of %d is %v, want %s", i, got[i].Pi, want)
		}
	}
}

// TestOrderFollowsTheDefinition sorts by q = U(1−π)/((2⁶⁴−U)π) in plain rational numbers.
func TestOrderFollowsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLand(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2)), rapid.IntRange(2, 40).Draw(t, "N"), "11")
		strata, err := strataOf(l.counties, design)
		if err != nil {
			t.Fatal(err)
		}
		s, key := strata[0], inspect.Key{rapid.Byte().Draw(t, "key")}
		q := func(i int) *big.Rat {
			u := new(big.Int).SetUint64(key.Ticket("ticket", "11", "CO", s.units[i].ID).U())
			rest := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 64), u)
			odds := new(big.Rat).Quo(new(big.Rat).Sub(big.NewRat(1, 1), s.pi(i)), s.pi(i))
			return odds.Mul(odds, new(big.Rat).SetFrac(u, rest))
		}
		order := s.order(key)
		for j := 1; j < len(order); j++ {
			if q(order[j-1]).Cmp(q(order[j])) > 0 {
				t.Fatalf("place %d has a greater q than place %d", j, j+1)
			}
		}
	})
}

// TestGolden pins the algorithm: on any processor these keys give this sample.
func TestGolden(t *testing.T) {
	l := newLand(rand.New(rand.NewPCG(21, 21)), 40, "11", "44", "65", "BT")
	s, err := Select(l.counties, l, design, keysOf(3))
	if err != nil {
		t.Fatal(err)
	}
	plan := inspect.Plan{Reserves: s.Reserves}
	for i := range s.Counties {
		plan.Counties = append(plan.Counties, s.Counties[i].Draw())
		plan.Visits = append(plan.Visits, s.Counties[i].Visits(inspect.Leg{Wave: 1, No: i + 1, Start: "2023-01-07", Days: 3})...)
	}
	b, err := inspect.CanonicalJSON(plan)
	if err != nil {
		t.Fatal(err)
	}
	if got := inspect.DigestOf(b).Fingerprint(); got != "49ef 262d 26e3 4b13 2188 131c c761 094a" {
		t.Errorf("the sample has the fingerprint %s", got)
	}
}

// TestAchievedFrequencies draws 6 of 20 sixty thousand times: how often each county comes up
// must match its π within 0.005 (Pareto's own bias is smaller; the keys are fixed, so the test cannot flicker).
func TestAchievedFrequencies(t *testing.T) {
	t.Parallel()
	const draws = 60_000
	rng := rand.New(rand.NewPCG(7, 7))
	l := newLand(rng, 20, "11")
	strata, err := strataOf(l.counties, design)
	if err != nil {
		t.Fatal(err)
	}
	s, hits := strata[0], make([]int, 20)
	for i := range draws {
		for _, u := range s.order(inspect.Key{byte(i), byte(i >> 8), byte(i >> 16)})[:s.take] {
			hits[u]++
		}
	}
	for i, h := range hits {
		pi, _ := s.pi(i).Float64()
		if diff := float64(h)/draws - pi; diff > 0.005 || diff < -0.005 {
			t.Errorf("county %d was drawn with frequency %.4f, π is %.4f", i, float64(h)/draws, pi)
		}
	}
}

func TestSample(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		l := newLand(rng, rapid.IntRange(1, 30).Draw(t, "counties"), "11", "65", "BT")
		d := design
		d.Counties, d.Townships, d.Villages = rapid.IntRange(2, 8).Draw(t, "n"), rng.IntN(4)+1, rng.IntN(3)+1
		d.Stratum = rapid.SampledFrom([]string{"reporting_unit", "prefecture", "county"}).Draw(t, "stratum")
		d.Households = 0 // household orders have a test of their own
		key := rapid.Byte().Draw(t, "key")
		s, err := Select(l.counties, l, d, keysOf(key))
		if err != nil {
			t.Fatal(err)
		}
		checkSizes(t, l, d, s)
		checkReserves(t, l, s)
		shuffle := func(us []inspect.Unit) { rng.Shuffle(len(us), func(i, j int) { us[i], us[j] = us[j], us[i] }) }
		shuffle(l.counties)
		for _, m := range []map[string][]inspect.Unit{l.townships, l.villages, l.institutes} {
			for _, us := range m {
				shuffle(us)
			}
		}
		if again, _ := Select(l.counties, l, d, keysOf(key)); !reflect.DeepEqual(s, again) {
			t.Fatal("the same frame in another order gave another sample")
		}
	})
}

func checkSizes(t *rapid.T, l *land, d inspect.Design, s *Sample) {
	strata, drawn := map[string]int{}, map[string]int{}
	for _, u := range l.counties {
		strata[u.Stratum(d.Stratum)]++
	}
	for _, c := range s.Counties {
		drawn[c.Stratum]++
		if c.Order != drawn[c.Stratum] || c.TownshipsOf != len(l.townships[c.Unit.ID]) || len(c.Townships) != min(d.Townships, c.TownshipsOf) {
			t.Fatalf("county %+v", c)
		}
		for _, town := range c.Townships {
			if town.Unit.County != c.Unit.ID || town.VillagesOf != len(l.villages[town.Unit.ID]) || len(town.Villages) != min(d.Villages, town.VillagesOf) {
				t.Fatalf("township %+v", town)
			}
		}
		if len(c.Institutions) != min(d.Institutions, c.InstitutionsOf) {
			t.Fatalf("county %s has %d institutions of %d", c.Unit.ID, len(c.Institutions), c.InstitutionsOf)
		}
		for _, w := range c.Institutions {
			if w.ReportingUnit != c.Unit.ReportingUnit || w.Prefecture() != c.Unit.Prefecture() {
				t.Fatalf("county %+v got institution %+v", c.Unit, w)
			}
		}
	}
	for code, n := range strata {
		if drawn[code] != min(d.Counties, n) {
			t.Fatalf("stratum %s: %d of %d drawn, design %d", code, drawn[code], n, d.Counties)
		}
	}
}

// checkReserves checks that no unit is in the sample or in reserve twice, and that reserves are
// numbered from 1 within each set.
func checkReserves(t *rapid.T, l *land, s *Sample) {
	seen, next := map[string]bool{}, map[string]int{}
	once := func(kind inspect.Kind, id string) {
		if seen[string(kind)+id] {
			t.Fatalf("%s %s twice", kind, id)
		}
		seen[string(kind)+id] = true
	}
	institutions := map[string]int{}
	for _, c := range s.Counties {
		once(inspect.CO, c.Unit.ID)
		for _, town := range c.Townships {
			once(inspect.TS, town.Unit.ID)
			for _, v := range town.Villages {
				once(inspect.VC, v.Unit.ID)
			}
		}
		for _, w := range c.Institutions {
			institutions[w.ID]++
		}
	}
	for id, n := range institutions { // a second time only when the pool is exhausted
		seen["WI"+id] = true
		for _, c := range s.Counties {
			for _, w := range l.institutes[c.Unit.Prefecture()] {
				if n > 1 && w.ReportingUnit == c.Unit.ReportingUnit && slices.ContainsFunc(c.Institutions, func(x inspect.Unit) bool { return x.ID == id }) && institutions[w.ID] == 0 {
					t.Fatalf("institution %s is visited %d times, %s never", id, n, w.ID)
				}
			}
		}
	}
	for _, r := range s.Reserves {
		once(r.Kind, r.Unit)
		set := string(r.Kind) + r.Within
		if r.Kind == inspect.WI { // 65 and BT share prefectures
			u := r.Unit[2:4]
			set += u
		}
		if next[set]++; r.Order != next[set] {
			t.Fatalf("reserve %+v is number %d of its set", r, next[set])
		}
	}
}

func TestHouseholdOrderIsAPermutation(t *testing.T) {
	l := newLand(rand.New(rand.NewPCG(3, 3)), 30, "11", "44")
	s, err := Select(l.counties, l, design, keysOf(1))
	if err != nil {
		t.Fatal(err)
	}
	orders := map[string]bool{}
	for _, c := range s.Counties {
		for _, town := range c.Townships {
			for _, v := range town.Villages {
				sorted := slices.Sorted(slices.Values(v.Order))
				if len(sorted) != Lines || sorted[0] != 1 || sorted[Lines-1] != Lines || len(slices.Compact(sorted)) != Lines {
					t.Fatalf("village %s has no permutation of 1…%d", v.Unit.ID, Lines)
				}
				for i := 1; i < Lines; i++ {
					a, b := line(v, i-1), line(v, i)
					if a.Compare(b) >= 0 {
						t.Fatalf("village %s: line %s stands before line %s", v.Unit.ID, a.ID, b.ID)
					}
				}
				orders[fmt.Sprint(v.Order[:10])] = true
			}
		}
	}
	if len(orders) < 12 {
		t.Fatalf("only %d different orders", len(orders))
	}
}

// line is the ticket of the i-th register line in a village's order, by the general definition.
func line(v Village, i int) inspect.Ticket {
	return keysOf(1)(inspect.StageHousehold).Ticket("perm", v.Unit.ID, "HH", fmt.Sprint(v.Order[i]))
}

func TestVisits(t *testing.T) {
	l := newLand(rand.New(rand.NewPCG(5, 5)), 12, "11", "BT")
	s, err := Select(l.counties, l, design, keysOf(2))
	if err != nil {
		t.Fatal(err)
	}
	leg := inspect.Leg{No: 7, Wave: 1, Start: "2023-01-30", Days: 3}
	for i := range s.Counties {
		c := &s.Counties[i]
		visits := c.Visits(leg)
		rank, day, weight := 0, leg.Start, map[inspect.Kind]*big.Rat{}
		for j, v := range visits {
			if v.ID != fmt.Sprintf("1-007-%02d", j+1) || v.Seq != j+1 || v.Leg != 7 || slices.Index(inspect.Kinds, v.Kind) < rank || v.Day < day || v.Day > "2023-02-01" {
				t.Fatalf("visit %+v after rank %d on %s", v, rank, day)
			}
			if (v.Slot > 0) != (v.Kind == inspect.HH) || (len(v.Order) == Lines) != (v.Slot == 1) {
				t.Fatalf("visit %s of a %s: slot %d with %d lines", v.ID, v.Kind, v.Slot, len(v.Order))
			}
			rank, day = slices.Index(inspect.Kinds, v.Kind), v.Day
			if weight[v.Kind] == nil {
				weight[v.Kind] = new(big.Rat)
			}
			weight[v.Kind].Add(weight[v.Kind], big.NewRat(v.WeightNum, v.WeightDen))
		}
		if visits[len(visits)-1].Kind != inspect.CO {
			t.Fatal("the county office is not last")
		}
		// what the drawn units stand for is what there is
		for kind, n := range map[inspect.Kind]int{inspect.CO: 1, inspect.TS: c.TownshipsOf, inspect.WI: c.InstitutionsOf} {
			if w := weight[kind]; w != nil && w.Cmp(big.NewRat(int64(n), 1)) != 0 {
				t.Errorf("county %s: the weights of %s sum to %v, there are %d", c.Unit.ID, kind, w, n)
			}
		}
		if hh, vc := weight[inspect.HH], weight[inspect.VC]; vc != nil && hh.Cmp(vc) != 0 {
			t.Errorf("households weigh %v, their villages %v", hh, vc)
		}
		draw := c.Draw()
		if pi, ok := new(big.Rat).SetString(draw.PiNum + "/" + draw.PiDen); !ok || pi.Cmp(c.Pi) != 0 || draw.Size != c.Unit.Size {
			t.Errorf("county draw %+v", draw)
		}
	}
}

func TestPreviewMatchesTheDraws(t *testing.T) {
	l := newLand(rand.New(rand.NewPCG(9, 9)), 14, "11", "65", "BT")
	p, err := PreviewOf(l.counties, l, design)
	if err != nil {
		t.Fatal(err)
	}
	if p.Legs != 18 || p.Certain != 0 || len(p.Strata) != 3 || p.Visits[inspect.CO] != 18 {
		t.Fatalf("preview %+v", p)
	}
	quiet := design
	quiet.Households = 0
	sum, draws := map[inspect.Kind]int{}, 200
	for i := range draws {
		s, err := Select(l.counties, l, quiet, keysOf(byte(i)))
		if err != nil {
			t.Fatal(err)
		}
		for j := range s.Counties {
			for _, v := range s.Counties[j].Visits(inspect.Leg{Start: "2023-01-07"}) {
				sum[v.Kind]++
			}
		}
	}
	for _, kind := range []inspect.Kind{inspect.TS, inspect.VC, inspect.WI} {
		if mean := float64(sum[kind]) / float64(draws); mean < float64(p.Visits[kind])-1 || mean > float64(p.Visits[kind])+1 {
			t.Errorf("%s: %d visits expected, %.1f drawn on average", kind, p.Visits[kind], mean)
		}
	}
	small := newLand(rand.New(rand.NewPCG(9, 9)), 5, "11")
	if p, err = PreviewOf(small.counties, small, design); err != nil || p.TakeAll != 1 || p.Certain != 5 || p.Smallest.Cmp(big.NewRat(1, 1)) != 0 {
		t.Errorf("take-all preview %+v, %v", p, err)
	}
}

func TestBadDesignAndSizes(t *testing.T) {
	for want, spoil := range map[string]func(*inspect.Design, *land){
		"draw.stratum":   func(d *inspect.Design, _ *land) { d.Stratum = "province" },
		"draw.counties":  func(d *inspect.Design, _ *land) { d.Counties = 1 },
		"draw.size":      func(d *inspect.Design, _ *land) { d.Townships = 0 },
		"draw.unit-size": func(_ *inspect.Design, l *land) { l.counties[3].Size = -1 },
		"draw.unit-risk": func(d *inspect.Design, l *land) { d.Risk, l.counties[3].Risk = true, 0 },
		"draw.no-sizes": func(_ *inspect.Design, l *land) {
			for i := range l.counties {
				l.counties[i].Size = 0
			}
		},
	} {
		d, l := design, newLand(rand.New(rand.NewPCG(1, 1)), 12, "11")
		spoil(&d, l)
		_, err := Select(l.counties, l, d, keysOf(1))
		if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
