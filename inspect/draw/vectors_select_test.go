package draw_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
)

// selectInput is a frame, stage keys, and designs to draw under.
type selectInput struct {
	Counties  []string                         `json:"counties"` // lines of the canonical tables
	Townships []string                         `json:"townships"`
	Units     []string                         `json:"units"`
	Keys      map[inspect.Stage]inspect.Digest `json:"keys"`
	Leg       inspect.Leg                      `json:"leg"` // of the visits shown
	Cases     []selectCase                     `json:"cases"`
}

type selectCase struct {
	Name   string         `json:"name"`
	Design inspect.Design `json:"design"`
}

type selectWant struct {
	Digests frame.Digests `json:"digests"`
	Cases   []sampleWant  `json:"cases"`
}

// sampleWant is a sample with everything that follows from it.
type sampleWant struct {
	Strata   []stratumWant               `json:"strata"`
	Pi       map[string]string           `json:"pi"` // by county, in lowest terms
	Counties []countyWant                `json:"counties"`
	Reserves []inspect.Reserve           `json:"reserves"`
	Counts   map[inspect.Kind]int        `json:"counts"`
	Trees    map[inspect.Stage]treeWant  `json:"trees"`
	Proofs   map[inspect.Stage]proofWant `json:"proofs"` // of one unit of each stage that drew any
	Visits   []inspect.Visit             `json:"visits"` // of the first county, without orders
	Plan     string                      `json:"plan"`   // canonical JSON of the counties and reserves alone
}

type stratumWant struct {
	Code   string `json:"code"`
	N      int    `json:"n"`
	Drawn  int    `json:"drawn"`
	Capped int    `json:"capped"`
}

type countyWant struct {
	County         string         `json:"county"`
	Stratum        string         `json:"stratum"`
	Order          int            `json:"order"`
	TownshipsOf    int            `json:"townshipsOf"`
	Townships      []townshipWant `json:"townships"`
	InstitutionsOf int            `json:"institutionsOf"`
	Institutions   []string       `json:"institutions"`
}

type townshipWant struct {
	Township   string        `json:"township"`
	VillagesOf int           `json:"villagesOf"`
	Villages   []villageWant `json:"villages"`
}

type villageWant struct {
	Village string         `json:"village"`
	First   []int          `json:"first"`          // twelve lines of the order
	Order   inspect.Digest `json:"order,omitzero"` // SHA-256 of its canonical JSON
}

type treeWant struct {
	Size   int            `json:"size"`
	Root   inspect.Digest `json:"root"`
	Logged inspect.Digest `json:"logged"` // the commitment to both
}

type proofWant struct {
	Unit  string         `json:"unit"`
	Salt  inspect.Digest `json:"salt"`
	Leaf  inspect.Digest `json:"leaf"`
	Proof draw.Proof     `json:"proof"`
}

// freshSelect makes a frame of 27 counties in four reporting units: three in 11 (fewer than are
// drawn), six in 65 (fewer than twice as many, two of them so large that they are certain), four
// of the XPCC in the same prefectures, fourteen in 44 with one at the cap and some below the floor.
func freshSelect() selectInput {
	in := selectInput{Keys: map[inspect.Stage]inspect.Digest{}, Leg: inspect.Leg{No: 7, Wave: 1, Start: "2023-01-30", Days: 4}}
	for _, s := range inspect.Stages[:5] {
		in.Keys[s] = made("key " + string(s))
	}
	for i := range 3 {
		in.addCounty(fmt.Sprintf("11010%d", i+1), "11", 1000+i, 2+i)
	}
	for i := range 14 {
		in.addCounty(fmt.Sprintf("44%02d%02d", 1+i/5, 2+i%5), "44", []int{90000, 12000, 8000, 1, 3000, 3000, 500}[i%7]+i/7*100, 1+i%4)
	}
	for i, size := range []int{500000, 400000, 20000, 10000, 10000, 9} {
		in.addCounty(fmt.Sprintf("65%02d2%d", 30+i/3, i%3+1), "65", size, i%3)
	}
	for i := range 2 {
		in.addCounty(fmt.Sprintf("65900%d", i+1), "BT", 60+10*i, 3)
	}
	for i := range 2 {
		in.Counties = append(in.Counties, fmt.Sprintf("CO,BT65%d0,演示师%d,65%d00000000,BT,BT65%d0,,%d,2", 30+i, i, 30+i, 30+i, 15+i))
	}
	for i, w := range []struct{ region, area, county string }{
		{"11", "110100000000", "110101000000"}, {"44", "440100000000", "440102000000"}, {"44", "440100000000", "440103000000"},
		{"44", "440100000000", "440103000000"}, {"65", "653000000000", "653021000000"}, {"BT", "653100000000", "BT65310"},
	} {
		in.Units = append(in.Units, fmt.Sprintf("WI,demo-wi-%d,演示机构%d,%s,%s,%s,,,", i+1, i+1, w.area, w.region, w.county))
	}
	for _, table := range []*[]string{&in.Counties, &in.Townships, &in.Units} {
		slices.SortFunc(*table, func(a, b string) int { // by kind and id; a comma sorts before every letter and digit
			return strings.Compare(strings.Join(strings.Split(a, ",")[:2], ","), strings.Join(strings.Split(b, ",")[:2], ","))
		})
		*table = append([]string{strings.Join(frame.Columns, ",")}, *table...)
	}
	base := inspect.Design{Stratum: "reporting_unit", Counties: 4, Townships: 2, Villages: 1, Households: 3, Institutions: 1, Reserves: 2}
	risk, prefecture, bare := base, base, base
	risk.Risk, risk.Villages, risk.Institutions = true, 2, 2
	prefecture.Stratum, prefecture.Counties, prefecture.Reserves = "prefecture", 2, 0
	bare.Stratum, bare.Townships, bare.Villages, bare.Households = "county", 0, 0, 0
	in.Cases = []selectCase{{"by reporting unit", base}, {"with risk", risk}, {"by prefecture, without reserves", prefecture}, {"every county, offices and institutions alone", bare}}
	return in
}

// addCounty adds a county of n townships with 1, 2, … villages.
func (in *selectInput) addCounty(code, region string, size, n int) {
	id := code + "000000"
	in.Counties = append(in.Counties, fmt.Sprintf("CO,%s,演示县%s,%s,%s,%s,,%d,%d", id, code, id, region, id, size, 1+size%4))
	for i := range n {
		town := fmt.Sprintf("%s%03d000", code, 1+i)
		in.Townships = append(in.Townships, fmt.Sprintf("TS,%s,演示乡%d,%s,%s,%s,%s,,", town, 1+i, town, region, id, town))
		for j := range 1 + i {
			village := fmt.Sprintf("%s%03d", town[:9], 201+j)
			in.Units = append(in.Units, fmt.Sprintf("VC,%s,演示村%d,%s,%s,%s,%s,,", village, 1+j, village, region, id, town))
		}
	}
}

// selectOf draws from the input's frame under a design.
func selectOf(t *testing.T, in *selectInput, d inspect.Design) (*draw.Sample, func(inspect.Stage) inspect.Key) {
	t.Helper()
	f, _ := in.frame(t)
	keys := func(s inspect.Stage) inspect.Key { return inspect.Key(in.Keys[s]) }
	s, err := draw.Select(f.Counties, f, d, keys)
	if err != nil {
		t.Fatal(err)
	}
	return s, keys
}

func (in *selectInput) frame(t *testing.T) (*frame.Frame, frame.Digests) {
	t.Helper()
	lines := slices.Concat(in.Counties, in.Townships, in.Units)
	f, digests, err := frame.Read("frame", strings.NewReader(strings.Join(lines, "\n")+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return f, digests
}

func computeSelect(t *testing.T, in selectInput) (out selectWant) {
	f, digests := in.frame(t)
	out.Digests = digests
	for _, c := range in.Cases {
		preview, err := draw.PreviewOf(f.Counties, f, c.Design)
		if err != nil {
			t.Fatal(err)
		}
		s, keys := selectOf(t, &in, c.Design)
		w := sampleWant{Pi: map[string]string{}, Reserves: s.Reserves, Counts: s.Counts()}
		for _, x := range preview.Strata {
			w.Strata = append(w.Strata, stratumWant{x.Code, x.Counties, x.Drawn, x.Capped})
		}
		all, err := draw.InclusionProbabilities(f.Counties, c.Design)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range all {
			w.Pi[x.Unit.ID] = x.Pi.String()
		}
		plan := inspect.Plan{Wave: 1, Reserves: s.Reserves}
		for i := range s.Counties {
			w.Counties = append(w.Counties, countyOf(t, &s.Counties[i]))
			plan.Counties = append(plan.Counties, s.Counties[i].Draw())
		}
		w.Plan = canonical(t, plan)
		w.Visits = s.Counties[0].Visits(in.Leg)
		for i := range w.Visits {
			w.Visits[i].Order = nil
		}
		w.Trees, w.Proofs = treesOf(t, s, keys)
		out.Cases = append(out.Cases, w)
	}
	return out
}

func countyOf(t *testing.T, c *draw.County) countyWant {
	w := countyWant{County: c.Unit.ID, Stratum: c.Stratum, Order: c.Order, TownshipsOf: c.TownshipsOf, InstitutionsOf: c.InstitutionsOf}
	for _, town := range c.Townships {
		x := townshipWant{Township: town.Unit.ID, VillagesOf: town.VillagesOf}
		for _, v := range town.Villages {
			y := villageWant{Village: v.Unit.ID, First: v.Order[:min(12, len(v.Order))]}
			if v.Order != nil {
				y.Order = digestOf(t, v.Order)
			}
			x.Villages = append(x.Villages, y)
		}
		w.Townships = append(w.Townships, x)
	}
	for _, i := range c.Institutions {
		w.Institutions = append(w.Institutions, i.ID)
	}
	return w
}

// treesOf returns size and root of every tree, and the proof of one unit in each that is not empty.
func treesOf(t *testing.T, s *draw.Sample, keys func(inspect.Stage) inspect.Key) (map[inspect.Stage]treeWant, map[inspect.Stage]proofWant) {
	trees, proofs := map[inspect.Stage]treeWant{}, map[inspect.Stage]proofWant{}
	built := s.Trees(keys)
	for stage, tree := range built {
		trees[stage] = treeWant{tree.Size(), tree.Root(), tree.Commitment(stage)}
	}
	prove := func(stage inspect.Stage, id string, order []int) {
		p, err := built[stage].Proof(id)
		if err != nil {
			t.Fatal(err)
		}
		salt := draw.Salt(keys(stage), id)
		w := proofWant{id, inspect.Digest(salt), draw.Leaf(salt, built[stage].Kind, id, order), p}
		if err := draw.CheckProof(built[stage].Root(), w.Leaf, p); err != nil {
			t.Fatal(err)
		}
		proofs[stage] = w
	}
	for _, c := range s.Counties {
		prove("county", c.Unit.ID, nil)
		for _, w := range c.Institutions {
			prove("institution", w.ID, nil)
		}
		for _, town := range c.Townships {
			prove("township", town.Unit.ID, nil)
			for _, v := range town.Villages {
				prove("village", v.Unit.ID, nil)
				if v.Order != nil {
					prove("household", v.Unit.ID, v.Order)
				}
			}
		}
	}
	return trees, proofs
}
