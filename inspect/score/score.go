package score

import (
	"math"
	"strconv"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/estimate"
)

// Input is all that scores are made from. Order never matters.
type Input struct {
	Checklist   *checklist.Checklist
	Counties    []inspect.CountyDraw // every county drawn, visited or not
	Visits      []Visit              // approved visits of primary legs of random waves
	Planned     map[string]int       // region → visits planned
	Excluded    []Unscored           // approved visits of excluded legs
	RedLines    []RedLine            // confirmed ones only
	Adjustments map[string]Adjustment
	Rules       Rules
}

// Visit is an approved visit with its report.
type Visit struct {
	inspect.Visit
	Region string // reporting unit
	County string // id of the CO
	Report inspect.Report
	Grade  inspect.Grade
}

// RedLine is an item whose failure at a visit was confirmed: by two inspectors, evidence, a
// reviewer, and after the region's reply.
type RedLine struct {
	Visit string
	Item  string
}

// Adjustment shifts a region's score and both ends of its interval, in points, both at least 0
// and at most what the checklist allows.
type Adjustment struct {
	Bonus, Penalty float64
}

// Rules are what the office decides about precision. Weights, bands and caps are the checklist's.
type Rules struct {
	Confidence  int             `json:"confidence"` // percent, 50 to 99
	Variance    string          `json:"variance"`   // WithReplacement
	Lonely      estimate.Lonely `json:"lonely"`     // a region with one county
	MinCounties int             `json:"minCounties"`
	MinVisits   int             `json:"minVisits"`
	MaxHalf     int             `json:"maxHalf"` // half-width of the interval, points
}

// WithReplacement is the published variance: counties as drawn with replacement.
const WithReplacement = "with_replacement"

// DefaultRules are those the method names.
func DefaultRules() Rules {
	return Rules{Confidence: 95, Variance: WithReplacement, Lonely: estimate.Fail, MinCounties: 6, MinVisits: 8, MaxHalf: 10}
}

// Decimal is a number that is written as text with six decimals, so that it can stand in
// canonical JSON and be digested.
type Decimal float64

// MarshalText writes six decimals, and never a negative zero.
func (d Decimal) MarshalText() ([]byte, error) {
	b := strconv.AppendFloat(nil, float64(d), 'f', 6, 64)
	if string(b) == "-0.000000" {
		b = b[1:]
	}
	return b, nil
}

// UnmarshalText reads what MarshalText writes.
func (d *Decimal) UnmarshalText(b []byte) error {
	f, err := strconv.ParseFloat(string(b), 64)
	*d = Decimal(f)
	return err
}

// Round1 is d with one decimal, half away from zero: the last thing done to a number before a
// person sees it. It starts from the six decimals that are frozen and published, so that whoever
// has these gets the same.
func (d Decimal) Round1() float64 {
	var frozen Decimal
	b, _ := d.MarshalText()
	_ = frozen.UnmarshalText(b) // a number as it was just written
	return math.Round(math.Round(float64(frozen)*1e6)/1e5) / 10
}

// Estimate is a score on 0–100 with its interval. Where Known is false nothing was scored and
// the rest is zero. With DF 0 nothing is known of the precision: the interval is 0–100, SE 0.
type Estimate struct {
	Known       bool    `json:"known"`
	Score       Decimal `json:"score"`
	Low         Decimal `json:"low"`
	High        Decimal `json:"high"`
	Half        Decimal `json:"half"` // half-width before clipping to 0–100
	SE          Decimal `json:"se"`
	DF          int     `json:"df"`
	Visits      int     `json:"visits"`
	Planned     int     `json:"planned"`     // 0 for items and sections
	Counties    int     `json:"counties"`    // with data
	Substituted Decimal `json:"substituted"` // share of scored household visits that were substitutes, 0–1; 0 for items and sections
}

// Region is the result of one reporting unit, or of the nation.
type Region struct {
	Code string `json:"code"` // National for the nation
	Estimate
	Left     int       `json:"left"`    // approved visits left out
	Missing  int       `json:"missing"` // planned visits without an approved report; planned is scored, left out and missing
	Sample   Decimal   `json:"sample"`  // score before bonus and penalty; 100 less the points lost
	Bonus    Decimal   `json:"bonus"`
	Penalty  Decimal   `json:"penalty"`
	Bands    []string  `json:"bands"`   // one, or two neighbours, the better first; none where Reason says why
	Reason   string    `json:"reason"`  // why there is no band; empty otherwise
	Lowered  bool      `json:"lowered"` // a confirmed red line lowered the band
	Items    []Item    `json:"items"`   // every item, in checklist order
	Sections []Section `json:"sections"`
}

// National is the code of the nation's result.
const National = ""

// Section is a section's part of a result.
type Section struct {
	Code string `json:"code"`
	Estimate
	Weight Decimal `json:"weight"` // points of 100 it carried once empty cells had dropped out
	Lost   Decimal `json:"lost"`   // points of the total lost here
}

// Item is an item's part of a result.
type Item struct {
	Code    string `json:"code"`
	Section string `json:"section"`
	Estimate
	Mean   Decimal `json:"mean"`   // fraction earned, 0–1
	Weight Decimal `json:"weight"` // points of 100 it carried once empty cells had dropped out
	Lost   Decimal `json:"lost"`   // points of the total lost here
}

// County is what a stranger needs to recompute a variance: with n counties in the region,
// V = n/(n−1)·Σ(Z − Z̄)². Internal, since it names the county.
type County struct {
	Region string  `json:"region"`
	Code   string  `json:"code"`
	Name   string  `json:"name"`
	G      Decimal `json:"g"`      // size/π
	Z      Decimal `json:"z"`      // linearised composite of its region, ẑ/π, points
	Nation Decimal `json:"nation"` // the same for the nation
	Visits int     `json:"visits"` // scored
}

// Unit is the score of one visit by itself. Internal.
type Unit struct {
	Visit  string  `json:"visit"`
	Score  Decimal `json:"score"`
	Capped bool    `json:"capped"` // by a confirmed red line
}

// Unscored is a visit that was left out, and why. Internal.
type Unscored struct {
	Visit  string `json:"visit"`
	Region string `json:"region"`
	Reason string `json:"reason"`
}

// The reasons a visit is left out.
const (
	Incomplete  = "incomplete" // more than a quarter of its remaining weight is unverified
	NoRegister  = "register"   // a household whose village register was not counted has no weight
	NothingDue  = "nothing"    // every item was not applicable
	LegExcluded = "excluded"   // its leg was
)

// Result is a whole computation. Its JSON is canonical but for key order; see Freeze.
type Result struct {
	Checklist inspect.Digest `json:"checklist"`
	Rules     Rules          `json:"rules"`
	National  Region         `json:"national"`
	Regions   []Region       `json:"regions"`  // official order
	Counties  []County       `json:"counties"` // by region, then id
	Units     []Unit         `json:"units"`    // by visit
	Unscored  []Unscored     `json:"unscored"` // by visit

	sample *sample
}

// Region returns the result of a reporting unit, or of the nation for National.
func (r *Result) Region(code string) (*Region, bool) {
	if code == National {
		return &r.National, true
	}
	for i := range r.Regions {
		if r.Regions[i].Code == code {
			return &r.Regions[i], true
		}
	}
	return nil, false
}

// Freeze returns the result as canonical JSON and its digest. Internal: it names counties.
func (r *Result) Freeze() ([]byte, inspect.Digest, error) {
	b, err := inspect.CanonicalJSON(r)
	if err != nil {
		return nil, inspect.Digest{}, err
	}
	return b, inspect.DigestOf(b), nil
}
