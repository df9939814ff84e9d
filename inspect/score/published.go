package score

import (
	"math"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/estimate"
)

// Published is the part of a result that is published, and from which every score, interval and band
// of the reporting units and of the nation can be computed again; see Recompute. It names no county.
type Published struct {
	Checklist inspect.Digest    `json:"checklist"`
	Rules     Rules             `json:"rules"`
	National  Region            `json:"national"`
	Regions   []PublishedRegion `json:"regions"`  // official order
	Findings  []Tally           `json:"findings"` // of the nation
}

// PublishedRegion is a reporting unit with the linearised values of the counties drawn in it, in
// points: of its own composite and of the nation's. Each list is sorted by itself, and so tells
// neither which county a value is of nor which two belong together.
type PublishedRegion struct {
	Region
	Z        []Decimal `json:"z"`
	Nation   []Decimal `json:"nation"`
	Findings []Tally   `json:"findings"`
}

// Published is what is published of a result, but for the counts of findings; see Count.
func (r *Result) Published() Published {
	p := Published{Checklist: r.Checklist, Rules: r.Rules, National: r.National}
	for i := range r.Regions {
		out := PublishedRegion{Region: r.Regions[i], Z: []Decimal{}, Nation: []Decimal{}}
		for _, c := range r.Counties {
			if c.Region == out.Code {
				out.Z, out.Nation = append(out.Z, c.Z), append(out.Nation, c.Nation)
			}
		}
		slices.Sort(out.Z)
		slices.Sort(out.Nation)
		p.Regions = append(p.Regions, out)
	}
	return p
}

// Digest is the digest of what is published, hidden by a salt until the salt is published with it:
// before the reveal nobody may learn from the log which regions were visited.
func (p *Published) Digest(salt [32]byte) (inspect.Digest, error) {
	raw, err := inspect.CanonicalJSON(p)
	return inspect.DigestOf(inspect.LP("zhicha/1 score", string(salt[:]), string(raw))), err
}

// near is how far a number computed from published ones may lie from the one published: these have
// six decimals, and at most some hundreds of them are added up.
const near = 1e-4

func alike(a, b Decimal) bool { return math.Abs(float64(a-b)) <= near }

// Recompute computes again what is published of a result and names every number that does not follow:
// points of sections and of the whole from the items, precision from the counties' values, intervals,
// bands, and the sums of visits. What rests on more than is published, an item's mean and interval and
// a section's interval, is only held to make sense.
func Recompute(p *Published, list *checklist.Checklist) error {
	var ps inspect.Problems
	if p.Checklist != list.Digest() {
		ps = append(ps, inspect.Reject("score.published-checklist", inspect.Place{}, "Have", list.Digest().Fingerprint(), "Want", p.Checklist.Fingerprint()))
	}
	in := Input{Checklist: list, Rules: p.Rules, Adjustments: map[string]Adjustment{}, Planned: map[string]int{}}
	if err := in.check(); err != nil {
		return append(ps, inspect.ProblemsOf(err)...).Err()
	}
	var units []estimate.PSU
	var all Region
	var nation []Decimal
	equal := true // the same number of visits was planned in every region
	for i := range p.Regions {
		r := &p.Regions[i]
		equal = equal && r.Planned == p.Regions[0].Planned
		nation = append(nation, r.Nation...)
		all.Planned, all.Visits, all.Left, all.Missing, all.Counties = all.Planned+r.Planned, all.Visits+r.Visits, all.Left+r.Left, all.Missing+r.Missing, all.Counties+r.Counties
		units = append(units, psus(r.Code, r.Nation, r.Counties)...)
	}
	for i := range p.Regions {
		r := &p.Regions[i]
		c := recomputer{in: &in, list: list, r: &r.Region}
		c.hold(i == 0 || p.Regions[i-1].Code < r.Code, "region") // by code, those of the XPCC last
		c.sums(len(r.Z) >= r.Counties && len(r.Z) == len(r.Nation) && balanced(r.Z))
		c.whole(psus(r.Code, r.Z, r.Counties), estimate.Certainty)
		c.band(equal)
		c.counts(r.Findings, nil)
		ps = append(ps, c.ps...)
	}
	c := recomputer{in: &in, list: list, r: &p.National}
	n := &p.National
	c.sums(n.Planned == all.Planned && n.Visits == all.Visits && n.Left == all.Left && n.Missing == all.Missing && n.Counties == all.Counties && n.Code == National && balanced(nation))
	c.whole(units, p.Rules.Lonely)
	c.band(false)
	c.counts(p.Findings, p.Regions)
	return append(ps, c.ps...).Err()
}

// psus are the values of a region's counties, of which so many have data: which ones does not matter.
func psus(region string, values []Decimal, in int) (out []estimate.PSU) {
	for i, z := range values {
		out = append(out, estimate.PSU{Stratum: region, E: float64(z), In: i < in})
	}
	return out
}

// balanced reports whether linearised values add up to nothing, as they do by their making: an error in one
// of them shows here even where it moves no variance.
func balanced(values []Decimal) bool {
	var sum Decimal
	for _, z := range values {
		sum += z
	}
	return alike(sum, 0)
}

// recomputer names what does not follow in one region, or in the nation.
type recomputer struct {
	in   *Input
	list *checklist.Checklist
	r    *Region
	ps   inspect.Problems
}

func (c *recomputer) hold(ok bool, what string) {
	if !ok {
		c.ps = append(c.ps, inspect.Reject("score.published", inspect.Place{}, "Region", c.r.Code, "What", what))
	}
}

// sums holds what is counted, and the points of items, sections and the whole.
func (c *recomputer) sums(ok bool) {
	r := c.r
	c.hold(ok && min(r.Visits, r.Left, r.Missing, r.Counties) >= 0 && r.Planned == r.Visits+r.Left+r.Missing, "visits")
	c.hold(len(r.Items) == len(c.list.Items) && len(r.Sections) == len(c.list.Sections), "items")
	if len(c.ps) > 0 {
		return
	}
	weight, earned := map[string]Decimal{}, map[string]Decimal{}
	for i := range r.Items {
		it := &r.Items[i]
		c.hold(it.Code == c.list.Items[i].Code && it.Section == c.list.Items[i].Section, it.Code)
		c.hold(it.Known || it.Weight == 0 && it.Mean == 0 && it.Score == 0, it.Code)
		c.hold(it.Mean >= 0 && it.Mean <= 1 && it.Weight >= 0 && alike(it.Score, 100*it.Mean) && alike(it.Lost, it.Weight*(1-it.Mean)), it.Code)
		c.hold(c.ordered(it.Estimate), it.Code)
		weight[it.Section] += it.Weight
		earned[it.Section] += it.Weight * it.Mean
	}
	c.hold(r.Substituted >= 0 && r.Substituted <= 1, "substituted")
	var points, sum Decimal
	for i := range r.Sections {
		s := &r.Sections[i]
		w := weight[s.Code]
		c.hold(s.Code == c.list.Sections[i].Code && alike(s.Weight, w) && alike(s.Lost, w-earned[s.Code]), s.Code)
		c.hold(s.Known == (w > 0) && (w == 0 || alike(s.Score*w/100, earned[s.Code])) && c.ordered(s.Estimate), s.Code)
		points, sum = points+earned[s.Code], sum+w
	}
	c.hold(r.Known == (sum > 0) && (!r.Known || alike(sum, 100)), "weight")
	c.hold(alike(r.Sample, points), "sample")
}

// ordered reports whether the estimate of a part makes sense: its interval holds its score, it has no more
// data than the whole, a part that nothing is known of says nothing, and what is told of the whole only
// is not told of it.
func (c *recomputer) ordered(e Estimate) bool {
	if !e.Known {
		return e == Estimate{}
	}
	df := e.DF >= 0 && e.DF < e.Counties
	if c.r.Code != National { // one stratum
		df = e.DF == e.Counties-1
	}
	return df && e.Low <= e.Score && e.Score <= e.High && e.Low >= 0 && e.High <= 100 && e.Half >= 0 && e.SE >= 0 && (e.DF > 0 || e.SE == 0) &&
		1 <= e.Counties && e.Counties <= e.Visits && e.Counties <= c.r.Counties && e.Visits <= c.r.Visits && e.Planned == 0 && e.Substituted == 0
}

// whole holds the interval of the whole against the counties' values.
func (c *recomputer) whole(units []estimate.PSU, lonely estimate.Lonely) {
	r := c.r
	if !r.Known {
		c.hold(r.Estimate == Estimate{Planned: r.Planned} && r.Sample == 0 && r.Bonus == 0 && r.Penalty == 0, "score")
		return
	}
	v, df, err := estimate.Variance(units, lonely)
	if err != nil || df < 1 {
		v, df = 0, 0
	}
	iv := estimate.TInterval(float64(r.Sample), v, df, float64(c.in.Rules.Confidence)/100, 0, 100)
	c.hold(r.DF == df && alike(r.SE, Decimal(math.Sqrt(v))) && alike(r.Half, Decimal(iv.Half)), "precision")
	shift := r.Bonus - r.Penalty
	moved := func(d float64) Decimal { return min(max(Decimal(d)+shift, 0), 100) }
	c.hold(alike(r.Score, moved(float64(r.Sample))) && alike(r.Low, moved(iv.Low)) && alike(r.High, moved(iv.High)), "score")
	c.hold(r.Bonus >= 0 && r.Bonus <= Decimal(c.list.BonusMax) && r.Penalty >= 0 && r.Penalty <= Decimal(c.list.PenaltyMax), "adjustment")
}

// band holds the band against the score as published. mayLower says whether a red line can have
// lowered it.
func (c *recomputer) band(mayLower bool) {
	want := *c.r
	want.Bands, want.Reason = nil, ""
	want = c.in.graded(want)
	if c.r.Lowered {
		want.Bands = c.in.lower(want.Bands)
	}
	c.hold((!c.r.Lowered || mayLower && len(c.r.Bands) > 0) && slices.Equal(c.r.Bands, want.Bands) && c.r.Reason == want.Reason, "band")
}
