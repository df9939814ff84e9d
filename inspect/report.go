package inspect

import "time"

// Unverified and NotApplicable are the two answers every item has besides its own.
const (
	NotApplicable = "na"         // 不适用: leaves the denominator, needs a reason
	NotVerified   = "unverified" // 未核实: the inspector could not check, needs a reason
)

// Answer is what an inspector recorded for one item.
type Answer struct {
	Item   string `json:"item"`             // e.g. A1-01
	Value  string `json:"value"`            // option code, a count in digits, `num/den`, na or unverified
	Method string `json:"method,omitempty"` // OBS INT-C INT-G SYS CALL X DEMO DOC; an oral report does not exist
	Reason string `json:"reason,omitempty"` // for na and unverified: a code of AnswerReasons
	Note   string `json:"note,omitempty"`
}

// Coded is a code with its text in both languages.
type Coded struct{ Code, Zh, En string }

// AnswerReasons are why an item is not applicable or could not be checked.
var AnswerReasons = []Coded{
	{"no_such_case", "本点无此类情形", "no such case here"},
	{"no_condition", "不具备条件且非强制", "conditions absent and not required"},
	{"first_round", "首轮检查，无可复查事项", "first round, nothing to re-check"},
	{"not_applied", "本年度未发生", "did not arise this year"},
	{"no_access", "无法进入或无人在场", "no access, or nobody there"},
	{"system_down", "系统无法登录查询", "the system could not be reached"},
	{"unsafe", "继续核查对儿童或检查员不安全", "going on was unsafe for the child or the inspector"},
	{"out_of_time", "时间不足", "ran out of time"},
}

// Capacities are in what capacity somebody was present; Level says from which rung upwards they
// are officials: 1 village, 2 township, 3 county, 4 above; 0 is nobody's official.
var Capacities = []struct {
	Coded
	Level int
}{
	{Coded{"child", "儿童本人", "the child"}, 0},
	{Coded{"guardian", "监护人", "guardian"}, 0},
	{Coded{"carer", "受委托照料人", "entrusted carer"}, 0},
	{Coded{"resident", "群众", "resident"}, 0},
	{Coded{"staff", "机构或站点工作人员", "staff of the institution or station"}, 0},
	{Coded{"interpreter", "翻译", "interpreter"}, 0},
	{Coded{"police", "公安民警", "police officer"}, 0},
	{Coded{"child_director", "儿童主任", "child director"}, 1},
	{Coded{"village_cadre", "村（居）干部", "village cadre"}, 1},
	{Coded{"child_supervisor", "儿童督导员", "child supervisor"}, 2},
	{Coded{"township_official", "乡镇（街道）干部", "township official"}, 2},
	{Coded{"county_official", "县级工作人员", "county official"}, 3},
	{Coded{"higher_official", "市级以上工作人员", "official above the county"}, 4},
}

// SubstitutionReasons are why a household was passed over for the next in order (R14).
var SubstitutionReasons = []Coded{
	{"nobody_home", "无人在家", "nobody at home"},
	{"away", "外出", "away"},
	{"refused", "拒访", "refused"},
	{"road_blocked", "道路中断", "road blocked"},
	{"not_eligible", "不属于困境儿童家庭", "not a household in difficulty"},
}

// EscortReasons are the only grounds on which an escort is allowed (R13).
var EscortReasons = []Coded{
	{"child_protection", "儿童保护处置需要", "child-protection action"},
	{"safety_terrain", "安全或地形原因", "safety or terrain"},
	{"interpreter", "语言翻译需要", "interpreter"},
	{"border_epidemic", "边境或疫情管理规定", "border or epidemic rule"},
}

// FindingKinds are the kinds of finding an inspector can add by hand.
var FindingKinds = []Coded{
	{string(ProblemFound), "问题", "problem"},
	{string(Hazard), "风险隐患", "hazard"},
	{string(Practice), "好做法", "good practice"},
	{string(Lead), "线索", "lead"},
}

// Observation is a finding as the inspector wrote it down in a return.
type Observation struct {
	Item     string      `json:"item,omitempty"`
	Kind     FindingKind `json:"kind"`
	Severity string      `json:"severity,omitempty"` // S1–S4; empty for practice and lead
	Fact     string      `json:"fact"`
	Fixed    bool        `json:"fixed,omitempty"` // a hazard made safe on the spot
}

// Report 检查记录 is one visit as filed: answers, presence, times.
type Report struct {
	Visit        string        `json:"visit"`
	Inspectors   []string      `json:"inspectors"` // roster ids
	Arrived      time.Time     `json:"arrived"`
	Left         time.Time     `json:"left"`
	Present      []string      `json:"present"`                // codes of Capacities
	Escort       string        `json:"escort,omitempty"`       // code of EscortReasons where an escort came along
	Register     int           `json:"register,omitempty"`     // HH: lines of the village's register
	Household    int           `json:"household,omitempty"`    // HH: the register line visited
	Substitution string        `json:"substitution,omitempty"` // HH: why earlier lines were passed over
	Answers      []Answer      `json:"answers"`
	Observations []Observation `json:"observations,omitempty"`
	Revision     int           `json:"revision"`   // 1 at first; a correction counts up
	Correction   string        `json:"correction"` // why, from revision 2 on
	Cells        Cells         `json:"-"`          // where each field stood, for messages
	Problems     Problems      `json:"-"`          // what the reader of the file found wrong
	Sheet        string        `json:"-"`          // the sheet it stood on
}

// Cells maps a field (an item code, or a field's JSON name) to its cell in A1 notation.
type Cells map[string]string

// Return 回传包 is one file as it came back, before judgement.
type Return struct {
	File      string // its name as received; never relied on
	Digest    Digest // of the file's bytes
	Campaign  string
	Wave      int
	Packet    int // leg number
	Form      string
	Checklist Digest
	Authentic bool              // it opened under its packet's own key, which covers every byte of it
	Secrets   map[string]string // what it brought back of its packet's secret (under "") and its visits'
	Clear     bool              // it came without encryption
	Made      time.Time         // when it was written, by the inspectors' clock; zero where the file does not say
	Reports   []Report
	Blank     []string // visits whose sheet is there and was not filled in; nil where a file names only what it holds
	Photos    []Photo  // what came with the reports, as far as it is sound
	Problems  Problems // wrong with the file as a whole
}

// Photo is what is known of a photo without looking at it.
type Photo struct {
	Visit  string
	SHA256 Digest    // of its bytes as taken
	At     time.Time // when it was taken, by the telephone's clock; zero: not known
	Field  string    // where the return lists it
}

// Grade is the strength of a report's evidence: A a primary method and nobody official present;
// B an official present, or time or place missing; C no primary method.
type Grade string

// The grades.
const (
	GradeA Grade = "A"
	GradeB Grade = "B"
	GradeC Grade = "C"
)

// Grades lists every grade, the best first.
var Grades = []Grade{GradeA, GradeB, GradeC}

// VisitState is where a visit stands.
type VisitState string

// The states of a visit.
const (
	VisitOpen      VisitState = "open"      // nothing came back yet
	VisitSubmitted VisitState = "submitted" // a report was accepted
	VisitHeld      VisitState = "held"      // two reports conflict
	VisitCoded     VisitState = "coded"     // one of two reviewers has decided, and the other does not know what
	VisitDisputed  VisitState = "disputed"  // the two decided differently: a third one decides
	VisitSentBack  VisitState = "returned"  // the reviewer sent it back
	VisitApproved  VisitState = "approved"

	VisitSubstituted VisitState = "substituted" // its unit gave way to a reserve; kept, never made
)

// VisitStates lists every state.
var VisitStates = []VisitState{VisitOpen, VisitSubmitted, VisitHeld, VisitCoded, VisitDisputed, VisitSentBack, VisitApproved, VisitSubstituted}
