package form

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/seal"
)

// Form is the version of the questions' layout; the workbook has the same, since both give the
// same report.
const Form = "zhicha-form/1"

// The rungs 层级 that an unlock code opens, from the outside in.
const (
	Province = "province" // the evening before: the reporting unit and the days of travel
	County   = "county"   // at departure
	Village  = "village"  // on arrival in the county: every visit and the form
)

// Packet 检查包 is what goes into the file of one leg.
type Packet struct {
	Campaign  string // id
	Title     string // of the campaign
	Office    string // who sends it
	Lang      string // language it opens in: zh (also when empty) or en
	Demo      bool   // 演示数据 on every screen
	Leg       inspect.Leg
	Region    inspect.Region            // the reporting unit that is checked
	Visits    []inspect.Visit           // in the order in which they are made
	Salts     map[string]inspect.Digest // village → salt of its leaf among the committed household orders; may be nil
	Team      []string                  // the inspectors' roster ids
	Checklist *checklist.Checklist
}

// Secrets are what a packet is closed with.
type Secrets struct {
	Province, County, Village seal.Code
	Return                    [32]byte // seal.ReturnKey of the packet
}

// Lengths are the bytes to which the text of each rung is padded.
type Lengths struct{ Province, County, Village int }

// Max is the longer of two, rung by rung: all packets of a wave are padded to the Max over their
// Measures, so that a file's length tells nothing.
func (l Lengths) Max(o Lengths) Lengths {
	return Lengths{max(l.Province, o.Province), max(l.County, o.County), max(l.Village, o.Village)}
}

// Receivers are those to whom a child in danger is reported (Law on the Protection of Minors, art. 11).
var Receivers = []inspect.Coded{
	{Code: "police", Zh: "公安机关（110）", En: "police (110)"},
	{Code: "civil_affairs", Zh: "民政部门", En: "civil affairs"},
	{Code: "education", Zh: "教育部门", En: "education authority"},
	{Code: "emergency", Zh: "急救（120）", En: "ambulance (120)"},
}

// word is a code with its text, as the page reads it.
type word struct {
	Code string `json:"code"`
	Zh   string `json:"zh"`
	En   string `json:"en"`
}

func words(list []inspect.Coded) []word {
	out := make([]word, 0, len(list))
	for _, c := range list {
		out = append(out, word(c))
	}
	return out
}

type provinceText struct {
	Campaign string       `json:"campaign"`
	Title    string       `json:"title"`
	Office   string       `json:"office"`
	Lang     string       `json:"lang"`
	Demo     bool         `json:"demo"`
	Wave     int          `json:"wave"`
	Packet   int          `json:"packet"`
	Region   word         `json:"region"`
	From     inspect.Date `json:"from"`
	To       inspect.Date `json:"to"`
	HourFrom string       `json:"hourFrom"`
	HourTo   string       `json:"hourTo"`
	Team     []string     `json:"team"`
}

type countyText struct {
	County string `json:"county"`
}

type villageText struct {
	Form          string                    `json:"form"`
	Checklist     inspect.Digest            `json:"checklist"`
	Return        string                    `json:"return"` // keys in base64
	Store         string                    `json:"store"`
	Visits        []visitText               `json:"visits"`
	Orders        map[string][]int          `json:"orders"` // village → register lines in the drawn order
	Salts         map[string]inspect.Digest `json:"salts,omitempty"`
	Items         []itemText                `json:"items"`
	Methods       []word                    `json:"methods"`
	Severities    []word                    `json:"severities"`
	Escalations   []escalationText          `json:"escalations"`
	Reasons       map[string][]word         `json:"reasons"`
	Capacities    []capacityText            `json:"capacities"`
	Substitutions []word                    `json:"substitutions"`
	Escorts       []word                    `json:"escorts"`
	FindingKinds  []word                    `json:"findingKinds"`
	Receivers     []word                    `json:"receivers"`
}

type visitText struct {
	ID     string         `json:"id"`
	Seq    int            `json:"seq"`
	Kind   inspect.Kind   `json:"kind"`
	Unit   string         `json:"unit"`
	Day    inspect.Date   `json:"day"`
	Slot   int            `json:"slot"`
	Places inspect.Places `json:"places"`
}

type itemText struct {
	word
	Section    string                          `json:"section"`
	Question   checklist.Text                  `json:"question"`
	QuestionAt map[inspect.Kind]checklist.Text `json:"questionAt,omitempty"`
	Basis      string                          `json:"basis"`
	Kinds      []inspect.Kind                  `json:"kinds"`
	Methods    []string                        `json:"methods"`
	Answer     answerText                      `json:"answer"`
	Rule       checklist.Text                  `json:"rule"`
	Escalation string                          `json:"escalation,omitempty"`
}

// answerText leaves out what an answer is worth: an inspector records, the office scores.
type answerText struct {
	Type        checklist.Type   `json:"type"`
	Options     []word           `json:"options,omitempty"`
	Max         int              `json:"max,omitempty"`
	Unit        checklist.Text   `json:"unit,omitzero"`
	Counted     []checklist.Text `json:"counted,omitempty"`
	Numerator   checklist.Text   `json:"numerator,omitzero"`
	Denominator checklist.Text   `json:"denominator,omitzero"`
}

type escalationText struct {
	word
	Action checklist.Text `json:"action"`
	Law    string         `json:"law"`
}

type capacityText struct {
	word
	Level int `json:"level"`
}

func (p *Packet) province() provinceText {
	lang := "zh"
	if p.Lang == "en" {
		lang = "en"
	}
	return provinceText{
		Campaign: p.Campaign, Title: p.Title, Office: p.Office, Lang: lang, Demo: p.Demo, Wave: p.Leg.Wave, Packet: p.Leg.No,
		Region: word{p.Region.Code, p.Region.NameZh, p.Region.NameEn}, From: p.Leg.Start, To: p.Leg.Start.Add(max(p.Leg.Days, 1) - 1),
		HourFrom: p.Leg.HourFrom, HourTo: p.Leg.HourTo, Team: p.Team,
	}
}

func (p *Packet) county() countyText {
	if len(p.Visits) == 0 {
		return countyText{}
	}
	return countyText{p.Visits[0].Places.County}
}

func (p *Packet) village(returnKey, storeKey [32]byte) villageText {
	cl := p.Checklist
	out := villageText{
		Form: Form, Checklist: cl.Digest(), Orders: map[string][]int{}, Salts: p.Salts,
		Return: base64.StdEncoding.EncodeToString(returnKey[:]), Store: base64.StdEncoding.EncodeToString(storeKey[:]),
		Reasons:       map[string][]word{},
		Substitutions: words(inspect.SubstitutionReasons), Escorts: words(inspect.EscortReasons),
		FindingKinds: words(inspect.FindingKinds), Receivers: words(Receivers),
	}
	var kinds []inspect.Kind
	for i := range p.Visits {
		v := &p.Visits[i]
		out.Visits = append(out.Visits, visitText{v.ID, v.Seq, v.Kind, v.Unit, v.Day, v.Slot, v.Places})
		if v.Kind == inspect.HH && len(v.Order) > 0 {
			out.Orders[v.Unit] = v.Order
		}
		kinds = append(kinds, v.Kind)
	}
	for i := range cl.Items {
		if it := &cl.Items[i]; slices.ContainsFunc(it.Kinds, func(k inspect.Kind) bool { return slices.Contains(kinds, k) }) {
			out.Items = append(out.Items, textOf(it))
		}
	}
	for _, m := range cl.Methods {
		out.Methods = append(out.Methods, word{m.Code, m.Zh, m.En})
	}
	for _, s := range cl.Severities {
		out.Severities = append(out.Severities, word{s.Code, s.Code + " " + s.Zh, s.Code + " " + s.En})
	}
	for _, e := range cl.Escalations {
		out.Escalations = append(out.Escalations, escalationText{word{e.Code, e.Zh, e.En}, e.Action, e.Law})
	}
	for _, value := range []string{inspect.NotApplicable, inspect.NotVerified} {
		out.Reasons[value] = words(checklist.ReasonsFor(value))
	}
	for _, c := range inspect.Capacities {
		out.Capacities = append(out.Capacities, capacityText{word(c.Coded), c.Level})
	}
	return out
}

func textOf(it *checklist.Item) itemText {
	d := &it.Answer
	out := itemText{
		word: word{it.Code, it.Zh, it.En}, Section: it.Section, Question: it.Question, QuestionAt: it.QuestionAt, Basis: it.Basis,
		Kinds: it.Kinds, Methods: it.Methods, Rule: it.Rule, Escalation: it.Escalation,
		Answer: answerText{Type: d.Type, Max: d.Max, Unit: d.Unit, Counted: d.Counted, Numerator: d.Numerator, Denominator: d.Denominator},
	}
	for i := range d.Options {
		out.Answer.Options = append(out.Answer.Options, word{d.Options[i].Code, d.Options[i].Zh, d.Options[i].En})
	}
	return out
}

// texts are the three rungs' JSON before padding.
func (p *Packet) texts(returnKey, storeKey [32]byte) (out [3][]byte, err error) {
	for i, v := range []any{p.province(), p.county(), p.village(returnKey, storeKey)} {
		if out[i], err = json.Marshal(v); err != nil {
			return out, fmt.Errorf("packet %d: %w", p.Leg.No, err)
		}
	}
	return out, nil
}

// Measure returns the shortest lengths to which the packet can be padded.
func Measure(p Packet) (Lengths, error) {
	texts, err := p.texts([32]byte{}, [32]byte{})
	if err != nil {
		return Lengths{}, err
	}
	return Lengths{len(texts[0]), len(texts[1]), len(texts[2])}, nil
}

// sealed are the nested layers: each holds its own text, padded, and the next layer.
func (p *Packet) sealed(rand io.Reader, s *Secrets, pad Lengths) ([]byte, error) {
	var storeKey [32]byte
	if _, err := io.ReadFull(rand, storeKey[:]); err != nil {
		return nil, fmt.Errorf("packet %d: %w", p.Leg.No, err)
	}
	texts, err := p.texts(s.Return, storeKey)
	if err != nil {
		return nil, err
	}
	var inner []byte
	for i, rung := range []struct {
		name string
		code seal.Code
		pad  int
	}{{Village, s.Village, pad.Village}, {County, s.County, pad.County}, {Province, s.Province, pad.Province}} {
		text, err := seal.PadTo(texts[2-i], rung.pad)
		if err != nil {
			return nil, fmt.Errorf("packet %d, %s: %w", p.Leg.No, rung.name, err)
		}
		plain := binary.BigEndian.AppendUint32(nil, uint32(len(text)))
		plain = append(append(plain, text...), inner...)
		if inner, err = seal.SealLayer(rand, rung.code, seal.LayerAAD(p.Leg.No, rung.name), plain); err != nil {
			return nil, fmt.Errorf("packet %d, %s: %w", p.Leg.No, rung.name, err)
		}
	}
	return inner, nil
}
