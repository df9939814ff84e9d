package inspect

// Stage names a step of the draw that has a key of its own.
type Stage string

// The stages, in the order in which they are used.
const (
	StageCounty      Stage = "county"
	StageTownship    Stage = "township"
	StageVillage     Stage = "village"
	StageInstitution Stage = "institution"
	StageHousehold   Stage = "household"
	StageAssign      Stage = "assign"
	StageSchedule    Stage = "schedule"
)

// Stages lists every stage in order.
var Stages = []Stage{StageCounty, StageTownship, StageVillage, StageInstitution, StageHousehold, StageAssign, StageSchedule}

// Design is the sampling design 抽样设计 of a wave. Its canonical JSON gives the design digest.
type Design struct {
	Stratum      string `json:"stratum" mapstructure:"stratum" yaml:"stratum"`                // reporting_unit, prefecture or county
	Counties     int    `json:"counties" mapstructure:"counties" yaml:"counties"`             // per stratum, at least 2
	Townships    int    `json:"townships" mapstructure:"townships" yaml:"townships"`          // per county
	Villages     int    `json:"villages" mapstructure:"villages" yaml:"villages"`             // per township
	Households   int    `json:"households" mapstructure:"households" yaml:"households"`       // per village
	Institutions int    `json:"institutions" mapstructure:"institutions" yaml:"institutions"` // per county, where there is one
	Reserves     int    `json:"reserves" mapstructure:"reserves" yaml:"reserves"`             // kept ready at every stage
	Risk         bool   `json:"risk" mapstructure:"risk" yaml:"risk"`                         // sizes are multiplied by risk
}

// AssignRule says what an assignment of teams to legs must keep.
type AssignRule struct {
	Region            string     `json:"region" mapstructure:"region" yaml:"region"` // what home and reciprocal are counted in
	TeamMin           int        `json:"team_min" mapstructure:"team_min" yaml:"team_min"`
	WomenMin          int        `json:"women_min" mapstructure:"women_min" yaml:"women_min"`
	ThirdPartyPercent int        `json:"third_party_percent" mapstructure:"third_party_percent" yaml:"third_party_percent"`
	OverlapPercent    int        `json:"overlap_percent" mapstructure:"overlap_percent" yaml:"overlap_percent"`
	LegsPerTeamMax    int        `json:"legs_per_team_max" mapstructure:"legs_per_team_max" yaml:"legs_per_team_max"`
	LegDays           int        `json:"leg_days" mapstructure:"leg_days" yaml:"leg_days"` // consecutive days a leg takes, travel included
	Languages         []Language `json:"languages,omitempty" mapstructure:"languages" yaml:"languages,omitempty"`
}

// Language is a tongue that a leg in any of the regions needs.
type Language struct {
	Regions  []string `json:"regions" mapstructure:"regions" yaml:"regions"`
	Language string   `json:"language" mapstructure:"language" yaml:"language"`
}

// Hours are the hours of the day in which households and offices of some regions are visited.
type Hours struct {
	Regions []string `json:"reporting_units,omitempty" mapstructure:"reporting_units" yaml:"reporting_units,omitempty"` // empty: every region
	From    string   `json:"from" mapstructure:"from" yaml:"from"`                                                      // 15:04
	To      string   `json:"to" mapstructure:"to" yaml:"to"`
}

// TeamKind says who sends a team.
type TeamKind string

// The three kinds of team.
const (
	Provincial TeamKind = "provincial"
	ThirdParty TeamKind = "third_party"
	National   TeamKind = "national"
)

// Team 检查组 is a row of the public team table: what the assignment may know and the public
// sees at the reveal. Nobody can be told from it.
type Team struct {
	No         int      `json:"no"`                   // 1, 2, 3 …
	Home       string   `json:"home"`                 // reporting unit; empty for national and third-party teams without one
	Kind       TeamKind `json:"kind"`                 //
	Inspectors int      `json:"inspectors"`           //
	Women      int      `json:"women"`                //
	Capacity   int      `json:"capacity"`             // legs at most
	From       Date     `json:"from"`                 // first day on which it can travel
	To         Date     `json:"to"`                   // last day
	Languages  []string `json:"languages,omitempty"`  // sorted
	Forbidden  []string `json:"forbidden,omitempty"`  // regions it may not check, sorted, without reasons
	LastRegion []string `json:"lastRegion,omitempty"` // regions it checked in the wave before, sorted
}

// Inspector 检查员 is a row of the private roster. ID is the only thing other files may carry.
type Inspector struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Team      int      `json:"team"`
	Home      string   `json:"home"` // reporting unit
	Kind      TeamKind `json:"kind"`
	Woman     bool     `json:"woman"`
	Languages []string `json:"languages"`
	Recusals  []string `json:"recusals"` // regions: kin, a present or recent post, a previous visit
	From      Date     `json:"from"`     // first day on which they can travel
	To        Date     `json:"to"`       // last day
}

// Leg 线路 is one drawn county visited by one team: the scope of a packet.
type Leg struct {
	No       int    `json:"no"`     // packet number: the order of schedule tickets, so it tells nothing
	Wave     int    `json:"wave"`   //
	Region   string `json:"region"` // reporting unit that is checked
	County   string `json:"county"` // unit id of the CO
	Team     int    `json:"team"`   //
	Twin     int    `json:"twin"`   // for an overlap leg, the number of the primary leg it repeats; else 0
	Start    Date   `json:"start"`
	Days     int    `json:"days"`
	HourFrom string `json:"hourFrom"` // 15:04
	HourTo   string `json:"hourTo"`
}

// Primary reports whether the leg is the one that is scored.
func (l *Leg) Primary() bool { return l.Twin == 0 }

// Visit 现场检查 is one unit to be visited once by one team.
type Visit struct {
	ID     string `json:"id"` // wave-leg-number, e.g. 1-007-03
	Wave   int    `json:"wave"`
	Leg    int    `json:"leg"`
	Seq    int    `json:"seq"`  // 1-based, in the order of visits, bottom-up
	Kind   Kind   `json:"kind"` //
	Unit   string `json:"unit"` // unit id; for HH the village's
	Day    Date   `json:"day"`
	Places Places `json:"places"`

	Slot  int   `json:"slot,omitempty"`  // HH: which of the village's households, 1-based
	Order []int `json:"order,omitempty"` // HH: register lines in the order they are tried, numbers above the count skipped

	WeightNum int64 `json:"weightNum"` // weight within the county: units of this kind it stands for,
	WeightDen int64 `json:"weightDen"` // as a fraction; for HH without the factor of the village's register

	// judged by two reviewers, blind to each other (R19); never set in a plan, which is sealed without it
	Second bool `json:"second,omitempty"`
}

// Places are the names an inspector needs to find a unit.
type Places struct {
	Region   string `json:"region"`
	County   string `json:"county"`
	Township string `json:"township,omitempty"`
	Village  string `json:"village,omitempty"`
	Name     string `json:"name"` // the unit's own name
}

// UnitKey names a unit; the unit of a household's visit is its village.
type UnitKey struct {
	Kind Kind
	ID   string
}

// UnitKey is where the visit goes.
func (v *Visit) UnitKey() UnitKey {
	if v.Kind == HH {
		return UnitKey{VC, v.Unit}
	}
	return UnitKey{v.Kind, v.Unit}
}

// CountyDraw is what the draw fixed about one drawn county; scores need it.
type CountyDraw struct {
	Region string `json:"region"`
	County string `json:"county"`
	Name   string `json:"name"`
	Size   int64  `json:"size"`  // frame size
	PiNum  string `json:"piNum"` // inclusion probability as a fraction of big integers, decimal
	PiDen  string `json:"piDen"`
	Order  int    `json:"order"` // 1-based place in the order of selection
}

// Reserve is a unit next in order, opened only by a substitution with a reason.
type Reserve struct {
	Kind   Kind   `json:"kind"`
	Unit   string `json:"unit"`
	Within string `json:"within"` // region, county, township or prefecture it stands in for
	Order  int    `json:"order"`
}

// Plan is everything one draw produced. After the draw it exists only sealed.
type Plan struct {
	Wave     int          `json:"wave"`
	Counties []CountyDraw `json:"counties"`
	Legs     []Leg        `json:"legs"`
	Visits   []Visit      `json:"visits"`
	Reserves []Reserve    `json:"reserves"`
}

// PrimaryVisits are the visits of the legs that are scored.
func (p *Plan) PrimaryVisits() (out []Visit) {
	primary := map[int]bool{}
	for i := range p.Legs {
		primary[p.Legs[i].No] = p.Legs[i].Primary()
	}
	for _, v := range p.Visits {
		if primary[v.Leg] {
			out = append(out, v)
		}
	}
	return out
}

// SpreadOrders gives every household visit the order of its village, which a sealed plan carries on
// the first of them only.
func (p *Plan) SpreadOrders() {
	orders := map[village][]int{}
	for _, v := range p.Visits {
		if len(v.Order) > 0 {
			orders[village{v.Leg, v.Unit}] = v.Order
		}
	}
	for i := range p.Visits {
		if v := &p.Visits[i]; v.Kind == HH {
			v.Order = orders[village{v.Leg, v.Unit}]
		}
	}
}

// FoldOrders undoes SpreadOrders.
func (p *Plan) FoldOrders() {
	carried := map[village]bool{}
	for i := range p.Visits {
		v := &p.Visits[i]
		if at := (village{v.Leg, v.Unit}); carried[at] {
			v.Order = nil
		} else {
			carried[at] = len(v.Order) > 0
		}
	}
}

// village is where one leg goes by one household order.
type village struct {
	leg  int
	unit string
}
