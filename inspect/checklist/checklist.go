package checklist

import (
	_ "embed"
	"fmt"
	"slices"
	"sync"

	"zhicha/inspect"
)

// Schema is the format this package reads.
const Schema = "checklist/1"

// Oral is the method that does not exist: an officials' oral report.
const Oral = "ORAL"

// Text is one text in both languages.
type Text struct {
	Zh string `yaml:"zh" json:"zh"`
	En string `yaml:"en" json:"en"`
}

// In returns the text in lang: English for "en", Chinese for everything else.
func (t Text) In(lang string) string {
	if lang == "en" {
		return t.En
	}
	return t.Zh
}

// Named is a code with its name.
type Named struct {
	Code string `yaml:"code" json:"code"`
	Text `yaml:",inline"`
}

func (n *Named) code() string { return n.Code }

// Checklist is one version of everything that is asked and how it counts. It is read-only once
// parsed; pointers handed out point into it.
type Checklist struct {
	Schema      string       `yaml:"schema" json:"schema"`
	ID          string       `yaml:"id" json:"id"`
	Version     int          `yaml:"version" json:"version"` // 1 at first; a wave uses one version
	Title       Text         `yaml:"title" json:"title"`
	Source      Source       `yaml:"source" json:"source"`
	Provenance  Text         `yaml:"provenance" json:"provenance"` // which parts are the office's own judgement
	Kinds       []Named      `yaml:"kinds" json:"kinds"`           // codes are those of inspect.Kind
	Methods     []Method     `yaml:"methods" json:"methods"`
	Forbidden   []Forbidden  `yaml:"forbidden_methods,omitempty" json:"forbidden,omitempty"` // documentation only
	Severities  []Severity   `yaml:"severities" json:"severities"`                           // S1 to S4, mildest first
	Escalations []Escalation `yaml:"escalations,omitempty" json:"escalations,omitempty"`
	Bands       []Band       `yaml:"bands" json:"bands"`             // best first, the last from 0
	RedLineCap  int          `yaml:"red_line_cap" json:"redLineCap"` // highest score of a unit with a confirmed red line
	BonusMax    int          `yaml:"bonus_max" json:"bonusMax"`      // points
	PenaltyMax  int          `yaml:"penalty_max" json:"penaltyMax"`  // points
	Sections    []Section    `yaml:"sections" json:"sections"`       // weights sum to 100
	Items       []Item       `yaml:"items" json:"items"`             // weights sum to their section's
}

// Source is the document the checklist is drawn from. Every item cites a phrase of it.
type Source struct {
	DocNo string `yaml:"doc_no" json:"docNo"`
	Title string `yaml:"title" json:"title"`
	Text  string `yaml:"text,omitempty" json:"text,omitempty"` // in full; may be left out for the embedded notice
}

// Section is a part of the notice with the items drawn from it.
type Section struct {
	Named  `yaml:",inline"`
	Ref    string `yaml:"ref" json:"ref"`       // place in the notice, e.g. 二（一）
	Weight int    `yaml:"weight" json:"weight"` // points of 100
}

// Method is a way of learning an answer. A primary one does not rest on the unit's own paper.
type Method struct {
	Named   `yaml:",inline"`
	Primary bool `yaml:"primary" json:"primary"`
}

// Forbidden is a method no form offers, with the reason.
type Forbidden struct {
	Named  `yaml:",inline"`
	Reason Text `yaml:"reason" json:"reason"`
}

// Severity is how bad a finding is and by when it must be put right. Exactly one of WorkingDays,
// Hours and NextWave is set.
type Severity struct {
	Named              `yaml:",inline"`
	WorkingDays        int  `yaml:"working_days,omitempty" json:"workingDays,omitempty"`
	Hours              int  `yaml:"hours,omitempty" json:"hours,omitempty"`
	WrittenWithinHours int  `yaml:"written_within_hours,omitempty" json:"writtenWithinHours,omitempty"`
	NextWave           bool `yaml:"next_wave,omitempty" json:"nextWave,omitempty"`
}

// Escalation is whom a grave answer is reported to, without waiting for review.
type Escalation struct {
	Named       `yaml:",inline"`
	Action      Text   `yaml:"action" json:"action"`
	WithinHours int    `yaml:"within_hours,omitempty" json:"withinHours,omitempty"`
	SameDay     bool   `yaml:"same_day,omitempty" json:"sameDay,omitempty"`
	Law         string `yaml:"law,omitempty" json:"law,omitempty"`
}

// Band 等次 is a span of scores, from Min up to the band above.
type Band struct {
	Named `yaml:",inline"`
	Min   int `yaml:"min" json:"min"`
}

// Item is one indicator: a question, the domain of its answer, and what the answer is worth.
// Besides its own domain every item takes inspect.NotApplicable and inspect.NotVerified.
type Item struct {
	Named            `yaml:",inline"`
	Section          string                `yaml:"section" json:"section"`
	Question         Text                  `yaml:"question" json:"question"`
	QuestionAt       map[inspect.Kind]Text `yaml:"question_at,omitempty" json:"questionAt,omitempty"` // other wordings at some kinds
	Basis            string                `yaml:"basis" json:"basis"`                                // verbatim phrase of the notice
	BasisRef         string                `yaml:"basis_ref" json:"basisRef"`
	Kinds            []inspect.Kind        `yaml:"kinds" json:"kinds"`                                  // where it is asked
	KindWeights      map[inspect.Kind]int  `yaml:"kind_weights,omitempty" json:"kindWeights,omitempty"` // shares of the weight; absent: equal
	Methods          []string              `yaml:"methods" json:"methods"`
	Answer           Domain                `yaml:"answer" json:"answer"`
	Rule             Text                  `yaml:"rule" json:"rule"`         // how points are deducted
	Weight           int                   `yaml:"weight" json:"weight"`     // points of 100
	Severity         string                `yaml:"severity" json:"severity"` // when nothing is earned
	RedLine          *Text                 `yaml:"red_line,omitempty" json:"redLine,omitempty"`
	Escalation       string                `yaml:"escalation,omitempty" json:"escalation,omitempty"`
	Evidence         []Text                `yaml:"evidence" json:"evidence"`
	Note             *Text                 `yaml:"note,omitempty" json:"note,omitempty"`
	CampaignSpecific string                `yaml:"campaign_specific,omitempty" json:"campaignSpecific,omitempty"` // the campaign year it is tied to
}

// Type is the kind of answer an item takes.
type Type string

// The types of answer. Yes/partly/no is a choice with fixed codes.
const (
	YesPartlyNo Type = "ypn"
	Choice      Type = "choice"
	Count       Type = "count" // 0 … Max
	Ratio       Type = "ratio" // numerator/denominator
)

// Domain is what an answer may be and the credit it earns.
type Domain struct {
	Type        Type     `yaml:"type" json:"type"`
	Options     []Option `yaml:"options,omitempty" json:"options,omitempty"`        // ypn, choice: best first
	Max         int      `yaml:"max,omitempty" json:"max,omitempty"`                // count: earns full credit
	Unit        Text     `yaml:"unit,omitempty" json:"unit,omitzero"`               // count
	Counted     []Text   `yaml:"counted,omitempty" json:"counted,omitempty"`        // count: what is counted, one each; may be empty
	Numerator   Text     `yaml:"numerator,omitempty" json:"numerator,omitzero"`     // ratio
	Denominator Text     `yaml:"denominator,omitempty" json:"denominator,omitzero"` // ratio
	FullAt      int      `yaml:"full_at,omitempty" json:"fullAt,omitempty"`         // ratio: percent from which credit is full
	ZeroAt      int      `yaml:"zero_at,omitempty" json:"zeroAt,omitempty"`         // ratio: percent up to which there is none
}

// Option is one choice. The file states its fraction as a decimal of at most two places.
type Option struct {
	Named    `yaml:",inline"`
	Fraction Percent `yaml:"fraction" json:"percent"`
}

// Percent is a share in whole percent.
type Percent int

var (
	//go:embed winter-care-2023.yaml
	embedded []byte
	//go:embed notice.txt
	notice string
)

// Embedded returns the winter-care checklist of 2023 as a file.
func Embedded() []byte { return slices.Clone(embedded) }

// Notice returns the text of the founding notice (国未保办发〔2022〕13号).
func Notice() string { return notice }

// Default returns the winter-care checklist of 2023. All callers share it and may not change it.
var Default = sync.OnceValue(func() *Checklist {
	c, err := Parse("winter-care-2023.yaml", embedded)
	if err != nil {
		panic(fmt.Sprintf("embedded checklist: %v", err))
	}
	return c
})

// Digest is the SHA-256 of the checklist's canonical JSON: of its meaning, so that comments,
// white space and the order of keys in the file do not matter.
func (c *Checklist) Digest() inspect.Digest {
	b, err := inspect.CanonicalJSON(c)
	if err != nil {
		panic(fmt.Sprintf("checklist %q: %v", c.ID, err)) // no field of a Checklist can cause it
	}
	return inspect.DigestOf(b)
}

// Item returns the item with that code, or nil.
func (c *Checklist) Item(code string) *Item { return find(c.Items, code) }

// Section returns the section with that code, or nil.
func (c *Checklist) Section(code string) *Section { return find(c.Sections, code) }

// Kind returns the name of a kind of unit, or nil where the checklist does not visit it.
func (c *Checklist) Kind(k inspect.Kind) *Named { return find(c.Kinds, string(k)) }

// Method returns the method with that code, or nil.
func (c *Checklist) Method(code string) *Method { return find(c.Methods, code) }

// Severity returns the severity with that code, or nil.
func (c *Checklist) Severity(code string) *Severity { return find(c.Severities, code) }

// Escalation returns the escalation with that code, or nil.
func (c *Checklist) Escalation(code string) *Escalation { return find(c.Escalations, code) }

// ItemsFor returns the items asked at a kind of unit, in checklist order.
func (c *Checklist) ItemsFor(k inspect.Kind) []*Item {
	var out []*Item
	for i := range c.Items {
		if slices.Contains(c.Items[i].Kinds, k) {
			out = append(out, &c.Items[i])
		}
	}
	return out
}

// find returns a pointer to the element of list with that code, or nil.
func find[T any, P interface {
	*T
	code() string
}](list []T, code string) P {
	for i := range list {
		if p := P(&list[i]); p.code() == code {
			return p
		}
	}
	return nil
}

// QuestionFor returns the question as it is put at a kind of unit.
func (it *Item) QuestionFor(k inspect.Kind) Text {
	if q, ok := it.QuestionAt[k]; ok {
		return q
	}
	return it.Question
}

// KindWeight is the part of the item's weight that its cell at k carries, as a reduced fraction
// of points: an equal split over its kinds unless the checklist says otherwise; 0/1 at a kind it
// is not asked at.
func (it *Item) KindWeight(k inspect.Kind) (num, den int64) {
	if !slices.Contains(it.Kinds, k) {
		return 0, 1
	}
	share, all := 1, len(it.Kinds)
	if len(it.KindWeights) > 0 {
		share, all = it.KindWeights[k], 0
		for _, w := range it.KindWeights {
			all += w
		}
	}
	return reduce(int64(it.Weight)*int64(share), int64(all))
}

// Option returns the option with that code, or nil.
func (d *Domain) Option(code string) *Option { return find(d.Options, code) }
