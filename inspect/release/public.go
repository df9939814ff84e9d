package release

import (
	"encoding/json"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/score"
)

// Public is all that may be published of a campaign, and the only thing the site ever sees.
type Public struct {
	Campaign  Campaign           `json:"campaign"`
	Territory *inspect.Territory `json:"territory,omitempty"` // nil: the nation
	AsOf      time.Time          `json:"asOf"`                // when the scores were computed
	Waves     []Wave             `json:"waves"`
	Frame     Frame              `json:"frame"`
	National  Estimate           `json:"national"`
	Regions   []Region           `json:"regions"`  // the reporting units in official order, scored or not
	Sections  []Section          `json:"sections"` // national, in checklist order
	Items     []Item             `json:"items"`    // national, in checklist order
	Findings  []score.Tally      `json:"findings"` // national counts, small cells suppressed
	Documents []Document         `json:"documents"`
	Method    Method             `json:"method"`

	Withdrawn   []Withdrawn  `json:"withdrawn,omitempty"` // in the order of the log
	Corrections []Correction `json:"corrections"`         // since the scores were frozen, newest first
	Scores      []Scores     `json:"scores"`              // as frozen, the oldest first; what is shown is the last
	Checklist   []byte       `json:"checklist"`           // as the wave committed to it
}

// Scores are what a frozen result publishes of itself, from which all that is shown is made.
type Scores struct {
	No     int             `json:"no"`   // of the correction it follows; 0: the first
	At     time.Time       `json:"at"`   // when it was frozen
	Salt   string          `json:"salt"` // opens the digest in the ledger: 64 hexadecimal digits
	Result score.Published `json:"result"`
}

// Result is the one that is shown; one that says nothing where none was frozen.
func (p *Public) Result() *score.Published {
	if len(p.Scores) == 0 {
		return &score.Published{}
	}
	return &p.Scores[len(p.Scores)-1].Result
}

// Campaign says whose site it is.
type Campaign struct {
	ID        string   `json:"id"`
	TitleZh   string   `json:"titleZh"`
	TitleEn   string   `json:"titleEn"`
	Notice    string   `json:"notice"` // document number of the founding notice
	OfficeZh  string   `json:"officeZh"`
	OfficeEn  string   `json:"officeEn"`
	Hotline   string   `json:"hotline"`
	Column    string   `json:"column"`    // name of the column in the office's portal; may be empty
	LogKey    string   `json:"logKey"`    // verifier key of the ledger; empty: none is published
	Witnesses []string `json:"witnesses"` // verifier keys of who is to cosign the ledger
	Demo      bool     `json:"demo"`      // 演示数据 on every page
	FeedMax   int      `json:"feedMax"`
}

// Wave is the public face of one draw. Nothing in it names a place.
type Wave struct {
	No        int            `json:"no"`
	Kind      string         `json:"kind"` // random, lookback, topup, redraw
	Window    inspect.Window `json:"window"`
	Commit    inspect.Digest `json:"commit"` // D, the anchor
	Beacon    string         `json:"beacon"`
	Committed time.Time      `json:"committed"`
	Drawn     time.Time      `json:"drawn"`
	Design    inspect.Design `json:"design"`
	Parties   []string       `json:"parties"` // their public names, in byte order of id
	Legs      int            `json:"legs"`    // primary legs
	Overlap   int            `json:"overlap"` // legs visited by two teams
	Planned   int            `json:"planned"` // visits of primary legs
	Approved  int            `json:"approved"`
	Scored    int            `json:"scored"`
	Revealed  bool           `json:"revealed"`
	RevealBy  inspect.Date   `json:"revealBy"`
	Proof     *Proof         `json:"proof"` // nil before the reveal
}

// Proof is what a stranger needs to recompute which counties a wave drew and whose teams went
// there. It reaches down to the county and no further.
type Proof struct {
	Record     json.RawMessage                     `json:"record"`     // the commit record, canonical JSON
	Signatures map[string]string                   `json:"signatures"` // party → signed note on D
	Shares     map[inspect.Stage]map[string]string `json:"shares"`     // of the county and assign stages: party → 64 hexadecimal digits
	Teams      []inspect.Team                      `json:"teams"`      // the public team table
	Counties   []byte                              `json:"counties"`   // the frame's canonical table of counties
	Salt       string                              `json:"salt"`       // of that table where the frame is not public: 64 hexadecimal digits
	Legs       []Leg                               `json:"legs"`       // by number
	Audits     []Audit                             `json:"audits"`     // in the order of the ledger
}

// Audit is what an auditor, to whom the deeper stages were opened, stated and signed. Who it was
// is told by the fingerprint of a key and no more.
type Audit struct {
	Fingerprint   string    `json:"fingerprint"`
	At            time.Time `json:"at"`
	Visits        int       `json:"visits"`        // compared with those drawn
	Substitutions int       `json:"substitutions"` // accounted for
	Returns       int       `json:"returns"`       // judged again as they came
	Scored        bool      `json:"scored"`        // the score that stands was computed again too
	Mismatches    int       `json:"mismatches"`
}

// Leg is a county that was visited, and by which team.
type Leg struct {
	No     int    `json:"no"`
	Region string `json:"region"` // reporting unit that was checked
	County string `json:"county"` // 12 digits, or an id such as BT6501
	Name   string `json:"name"`
	Team   int    `json:"team"`
	Home   string `json:"home"` // reporting unit the team comes from; empty: none
	Twin   int    `json:"twin"` // for an overlap leg, the primary leg it repeats
}

// Frame is the public face of the frame: its digest and how many rows stand at each level.
type Frame struct {
	Digest     inspect.Digest `json:"digest"`
	Rows       []Count        `json:"rows"`
	Exclusions []Exclusion    `json:"exclusions"`
}

// Exclusion is a county-level area left out of the frame, with the reason.
type Exclusion struct {
	Code   string `json:"code"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Count is a labelled number.
type Count struct {
	Code    string `json:"code"`
	LabelZh string `json:"labelZh"`
	LabelEn string `json:"labelEn"`
	N       int    `json:"n"`
}

// Estimate is a score on 0–100 with its design-based interval, rounded to one decimal, half away
// from zero.
type Estimate struct {
	Known       bool    `json:"known"` // false: 样本不足
	Score       float64 `json:"score"`
	Low         float64 `json:"low"`
	High        float64 `json:"high"`
	Visits      int     `json:"visits"`      // n
	Planned     int     `json:"planned"`     // visits planned
	Counties    int     `json:"counties"`    // counties drawn and scored
	Substituted float64 `json:"substituted"` // share of household visits that were substitutes, 0–1
}

// Region is one reporting unit's result.
type Region struct {
	Code     string        `json:"code"`
	NameZh   string        `json:"nameZh"`
	NameEn   string        `json:"nameEn"`
	Short    string        `json:"short"`
	Estimate               // overall
	Bands    []string      `json:"bands"`    // one, or two where the interval crosses a cut; codes excellent good pass fail; empty: 样本不足，不评等次
	BandNote string        `json:"bandNote"` // code of why there is none, or why it was lowered; may be empty
	Sections []Section     `json:"sections"`
	Items    []Item        `json:"items"`
	Findings []score.Tally `json:"findings"`
	Reply    string        `json:"reply"` // the region's reply, signed text only; may be empty
}

// Section is a section's result.
type Section struct {
	Code     string  `json:"code"`
	NameZh   string  `json:"nameZh"`
	NameEn   string  `json:"nameEn"`
	Ref      string  `json:"ref"` // place in the notice
	Weight   float64 `json:"weight"`
	Estimate         // on 0–100
	Lost     float64 `json:"lost"` // points of the total lost in this section
}

// Item is an indicator's result.
type Item struct {
	Code       string   `json:"code"`
	Section    string   `json:"section"`
	NameZh     string   `json:"nameZh"`
	NameEn     string   `json:"nameEn"`
	QuestionZh string   `json:"questionZh"`
	Basis      string   `json:"basis"` // verbatim phrase of the notice
	BasisRef   string   `json:"basisRef"`
	Rule       string   `json:"rule"`  // the deduction rule, Chinese
	Kinds      []string `json:"kinds"` // Chinese names of the kinds of unit it is asked at
	Methods    []string `json:"methods"`
	Severity   string   `json:"severity"`
	RedLine    bool     `json:"redLine"`
	Weight     float64  `json:"weight"`
	Estimate            // on 0–100
	Lost       float64  `json:"lost"` // points of the total lost on this item
}

// Document is a signed text: front matter, Markdown, and who took which part by role only.
type Document struct {
	Kind     string         `json:"kind"` // notice, practice, briefing
	ID       string         `json:"id"`   // practices: a slug; notices and briefings: year/no
	Year     int            `json:"year"`
	No       int            `json:"no"`
	Number   string         `json:"number"` // document number of the office's approval system; may be empty
	Title    string         `json:"title"`
	Date     inspect.Date   `json:"date"`
	Issuer   string         `json:"issuer"`
	To       string         `json:"to"`      // 主送; may be empty
	Region   string         `json:"region"`  // practices: reporting unit
	Topic    string         `json:"topic"`   // practices: section code
	Summary  string         `json:"summary"` // one sentence
	Markdown string         `json:"markdown"`
	Source   []byte         `json:"source"` // the signed file as it is
	Digest   inspect.Digest `json:"digest"` // of the signed file
}

// Withdrawn is a signed text that two people took back. It holds no title: that could be what had to go.
type Withdrawn struct {
	Document inspect.Digest `json:"document"` // of the text as it was signed
	Signed   inspect.Date   `json:"signed"`   // when it was last entered in the log
	Date     inspect.Date   `json:"date"`     // when it was withdrawn
	Reason   string         `json:"reason"`   // error, privacy, superseded
}

// Correction 更正 is a numbered change to results that had been frozen.
type Correction struct {
	No    int          `json:"no"`
	Date  inspect.Date `json:"date"`
	Text  string       `json:"text"`  // why, as two people signed for it
	Moves []Move       `json:"moves"` // what changed for whom
}

// Of is what a correction changed for one reporting unit.
func (c *Correction) Of(code string) (out []Move) {
	for _, m := range c.Moves {
		if m.Region == code {
			out = append(out, m)
		}
	}
	return out
}

// Move is what a correction changed for a reporting unit, or for the nation.
type Move struct {
	Region string  `json:"region"` // empty: the nation
	Name   string  `json:"name"`
	Before Showing `json:"before"`
	After  Showing `json:"after"`
}

// Showing is a result as it shows, rounded to one decimal.
type Showing struct {
	Known  bool     `json:"known"`
	Score  float64  `json:"score"`
	Low    float64  `json:"low"`
	High   float64  `json:"high"`
	Visits int      `json:"visits"`
	Bands  []string `json:"bands"` // their Chinese names
}

// Method is what a reader needs to judge and recompute the scores.
type Method struct {
	Version    string         `json:"version"`
	Checklist  inspect.Digest `json:"checklist"`
	Confidence int            `json:"confidence"` // percent
	Variance   string         `json:"variance"`   // with_replacement
	Lonely     string         `json:"lonely"`
	Bands      []BandCut      `json:"bands"` // best first
	MinCounty  int            `json:"minCounty"`
	MinVisits  int            `json:"minVisits"`
	MaxHalf    float64        `json:"maxHalf"` // half-width of the interval, points
	BonusMax   float64        `json:"bonusMax"`
	PenaltyMax float64        `json:"penaltyMax"`
	RedLineCap float64        `json:"redLineCap"`
	MinCount   int            `json:"minCount"` // smallest published count
}

// BandCut is the lowest score of a band.
type BandCut struct {
	Code string  `json:"code"`
	Zh   string  `json:"zh"`
	En   string  `json:"en"`
	Min  float64 `json:"min"`
}
