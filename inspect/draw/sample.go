package draw

import (
	"cmp"
	"math/big"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"zhicha/inspect"
)

// Lines is the highest register line a household order can name.
const Lines = 999

// Sample is what a draw chose.
type Sample struct {
	Design   inspect.Design
	Counties []County          // stratum by stratum in byte order of code, each in order of selection
	Reserves []inspect.Reserve // see Select
}

// County is a drawn county with everything to be visited in it. Its office always is.
type County struct {
	Unit           inspect.Unit
	Stratum        string
	Pi             *big.Rat // inclusion probability
	Order          int      // 1-based place in the order of selection
	TownshipsOf    int      // N: how many townships the county has
	Townships      []Township
	InstitutionsOf int // K: how many institutions its prefecture has for the same reporting unit
	Institutions   []inspect.Unit
	Households     int // per village
}

// Township is a drawn township.
type Township struct {
	Unit       inspect.Unit
	VillagesOf int // N: how many villages the township has
	Villages   []Village
}

// Village is a drawn village with the order in which the lines of its register are tried.
type Village struct {
	Unit  inspect.Unit
	Order []int // a permutation of 1…Lines; nil where the design visits no household
}

// Below gives the units below a county; a frame does.
type Below interface {
	TownshipsOf(county string) []inspect.Unit
	VillagesOf(township string) []inspect.Unit
	InstitutionsOf(prefecture string) []inspect.Unit
}

// Nothing is a frame whose counties have nothing below them: for whoever draws the counties alone.
type Nothing struct{}

func (Nothing) TownshipsOf(string) []inspect.Unit    { return nil }
func (Nothing) VillagesOf(string) []inspect.Unit     { return nil }
func (Nothing) InstitutionsOf(string) []inspect.Unit { return nil }

// Select draws a sample. Within each stratum the counties are taken by Pareto sampling; townships,
// villages and institutions with equal probability, smallest ticket first. The set a ticket is
// drawn in (the stratum of its HMAC) is the stratum's code for a county, the county's id for a
// township, the township's id for a village, and the prefecture for an institution.
//
// The drawn counties of one prefecture and reporting unit share its institutions: in byte order of
// stratum, then order of selection, each takes the next k in ticket order, around the end to the
// beginning, so that no institution is visited twice while another is left, and each county's k
// are still a simple random sample of the K.
//
// Reserves are the next in order at every stage, Design.Reserves of them. A reserve unit comes
// with the order of the units below it (Reserve.Within is then the reserve's own id), so that a
// substitution never needs a key again; its villages take over the household orders of those
// they stand in for.
func Select(counties []inspect.Unit, below Below, d inspect.Design, keys func(inspect.Stage) inspect.Key) (*Sample, error) {
	if err := CheckDesign(d); err != nil {
		return nil, err
	}
	strata, err := strataOf(counties, d)
	if err != nil {
		return nil, err
	}
	s := &selection{below: below, keys: map[inspect.Stage]inspect.Key{}, Sample: Sample{Design: d}}
	for _, stage := range inspect.Stages[:5] { // county to household
		s.keys[stage] = keys(stage)
	}
	for _, st := range strata {
		order := st.order(s.keys[inspect.StageCounty])
		for place, i := range order[:st.take] {
			s.county(st, i, place+1)
		}
		for place, i := range order[st.take:min(st.take+d.Reserves, len(order))] {
			s.reserve(inspect.CO, st.units[i].ID, st.code, place+1)
			s.reserveTownships(shuffled(s.keys[inspect.StageTownship], st.units[i].ID, inspect.TS, below.TownshipsOf(st.units[i].ID)), st.units[i].ID, d.Townships)
			s.pool(&st.units[i])
		}
	}
	s.institutions()
	s.households()
	return &s.Sample, nil
}

// households gives every drawn village its order. It is half the work of a draw and the villages
// do not touch each other, so every core takes a part.
func (s *selection) households() {
	if s.Design.Households == 0 {
		return
	}
	var villages []*Village
	for i := range s.Counties {
		s.Counties[i].eachVillage(func(_ *Township, v *Village) { villages = append(villages, v) })
	}
	var wg sync.WaitGroup
	n := runtime.GOMAXPROCS(0)
	for part := range n {
		wg.Go(func() {
			var sorter lineSorter
			for i := part; i < len(villages); i += n {
				villages[i].Order = sorter.order(s.keys[inspect.StageHousehold], villages[i].Unit.ID)
			}
		})
	}
	wg.Wait()
}

// selection is a draw in progress.
type selection struct {
	Sample
	below Below
	keys  map[inspect.Stage]inspect.Key
	pools []*pool
}

// county draws below the i-th unit of a stratum.
func (s *selection) county(st *stratum, i, place int) {
	u := st.units[i]
	townships := shuffled(s.keys[inspect.StageTownship], u.ID, inspect.TS, s.below.TownshipsOf(u.ID))
	c := County{Unit: u, Stratum: st.code, Pi: st.pi(i), Order: place, TownshipsOf: len(townships), Households: s.Design.Households}
	take := min(s.Design.Townships, len(townships))
	for _, t := range townships[:take] {
		c.Townships = append(c.Townships, s.township(t))
	}
	s.reserveTownships(townships[take:], u.ID, 0)
	s.Counties = append(s.Counties, c)
	p := s.pool(&u)
	p.counties = append(p.counties, len(s.Counties)-1)
}

func (s *selection) township(u inspect.Unit) Township {
	villages := s.villages(u.ID)
	t := Township{Unit: u, VillagesOf: len(villages)}
	take := min(s.Design.Villages, len(villages))
	for _, v := range villages[:take] {
		t.Villages = append(t.Villages, Village{Unit: v})
	}
	s.reserveUnits(villages[take:], u.ID, s.Design.Reserves)
	return t
}

func (s *selection) villages(township string) []inspect.Unit {
	return shuffled(s.keys[inspect.StageVillage], township, inspect.VC, s.below.VillagesOf(township))
}

// lineSorter keeps what the orders of many villages can share.
type lineSorter struct {
	tickets [Lines]inspect.Ticket
	lines   [Lines]struct { // the first 64 bits decide almost always, and little is moved
		u    uint64
		line int
	}
}

// names are the register lines' numbers as text.
var names = func() (names [Lines]string) {
	for i := range names {
		names[i] = strconv.Itoa(i + 1)
	}
	return names
}()

// order sorts the register lines 1…Lines by their tickets under the label perm, the village being
// the set they are drawn in. It is drawn for a whole village at once: its first household is the
// first eligible line, its second the next eligible one, and so on.
func (s *lineSorter) order(key inspect.Key, village string) []int {
	ticket := key.Tickets("perm", village, string(inspect.HH))
	for i, name := range names {
		s.tickets[i] = ticket(name)
		s.lines[i].u, s.lines[i].line = s.tickets[i].U(), i+1
	}
	slices.SortFunc(s.lines[:], func(a, b struct {
		u    uint64
		line int
	}) int {
		if a.u != b.u {
			return cmp.Compare(a.u, b.u)
		}
		return s.tickets[a.line-1].Compare(s.tickets[b.line-1])
	})
	out := make([]int, Lines)
	for i := range s.lines {
		out[i] = s.lines[i].line
	}
	return out
}

// reserveTownships notes the next townships in order, each with the order of its villages. drawn
// is how many the design draws here besides the reserves: none where they are drawn already.
func (s *selection) reserveTownships(next []inspect.Unit, county string, drawn int) {
	next = next[:min(drawn+s.Design.Reserves, len(next))]
	s.reserveUnits(next, county, len(next))
	for _, t := range next {
		s.reserveUnits(s.villages(t.ID), t.ID, s.Design.Villages+s.Design.Reserves)
	}
}

func (s *selection) reserveUnits(next []inspect.Unit, within string, n int) {
	for i, u := range next[:min(n, len(next))] {
		s.reserve(u.Kind, u.ID, within, i+1)
	}
}

func (s *selection) reserve(kind inspect.Kind, unit, within string, order int) {
	s.Reserves = append(s.Reserves, inspect.Reserve{Kind: kind, Unit: unit, Within: within, Order: order})
}

// pool is the institutions of one prefecture that answer to one reporting unit, and the drawn
// counties that share them.
type pool struct {
	prefecture, region string
	counties           []int // indexes into Sample.Counties, in order
}

// pool finds or makes the pool of a county.
func (s *selection) pool(u *inspect.Unit) *pool {
	for _, p := range s.pools {
		if p.prefecture == u.Prefecture() && p.region == u.ReportingUnit {
			return p
		}
	}
	p := &pool{prefecture: u.Prefecture(), region: u.ReportingUnit}
	s.pools = append(s.pools, p)
	return p
}

// institutions deals every pool to its counties; what nobody took is in reserve, as many as the
// design keeps and, for a county that may yet be substituted, as many as one county takes.
func (s *selection) institutions() {
	k := s.Design.Institutions
	if k == 0 {
		return
	}
	slices.SortFunc(s.pools, func(a, b *pool) int {
		return strings.Compare(a.prefecture+a.region, b.prefecture+b.region)
	})
	for _, p := range s.pools {
		all := slices.DeleteFunc(slices.Clone(s.below.InstitutionsOf(p.prefecture)), func(u inspect.Unit) bool { return u.ReportingUnit != p.region })
		all = shuffled(s.keys[inspect.StageInstitution], p.prefecture, inspect.WI, all)
		for j, i := range p.counties {
			c := &s.Counties[i]
			c.InstitutionsOf = len(all)
			for n := range min(k, len(all)) {
				c.Institutions = append(c.Institutions, all[(j*k+n)%len(all)])
			}
		}
		s.reserveUnits(all[min(len(p.counties)*k, len(all)):], p.prefecture, k+s.Design.Reserves)
	}
}
