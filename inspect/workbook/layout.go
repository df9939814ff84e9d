package workbook

import (
	"fmt"
	"slices"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
)

// Form is the version of the workbook's layout. A return of another version is not read.
const Form = "zhicha-form/1"

const (
	coverSheet = "封面"
	metaSheet  = "meta"
)

// Keys of the meta sheet.
const (
	metaForm      = "form"
	metaCampaign  = "campaign"
	metaWave      = "wave"
	metaPacket    = "packet"
	metaChecklist = "checklist"
	metaFrom      = "from"
	metaTo        = "to"
	metaSecret    = "secret" // the packet's; followed by a space and its id, a visit's
)

// Labels by which cells are found on the way back: a moved or inserted column does no harm.
const (
	labelVisit        = "检查编号"
	labelRevision     = "更正序号"
	labelCorrection   = "更正原因"
	labelKind         = "对象类别"
	labelPlace        = "所在地"
	labelDay          = "计划日期"
	labelDate         = "检查日期"
	labelArrived      = "到达时间"
	labelLeft         = "离开时间"
	labelInspector    = "检查员"
	labelPresent      = "在场人员"
	labelEscort       = "陪同理由"
	labelRegister     = "名册户数"
	labelHousehold    = "走访户序号"
	labelSubstitution = "替补原因"
	labelOrder        = "户序"
)

// Columns of the item table, in the order in which they are written.
const (
	colCode = iota
	colName
	colQuestion
	colAnswer
	colNumber
	colOf
	colMethod
	colReason
	colNote
)

var itemColumns = []string{"代码", "检查内容", "问题与选项", "答案", "数量/分子", "分母", "取证方式", "不适用/未核实原因", "备注"}
var itemWidths = []float64{8, 16, 46, 22, 9, 8, 14, 17, 20}

// Columns of the block of findings.
const (
	findNo = iota
	findKind
	findFact
	findItem
	findSeverity
	findFixed
)

var findColumns = []string{"序号", "类别", "事实(何时、何处、何情形)", "相关指标", "严重程度", "当场消除"}

const (
	inspectorRows = 3
	presentRows   = 5
	findingRows   = 5
	householdBand = "二、按户序确定走访家庭（本村第%d户）"
	yes           = "是"
	no            = "否"
)

// orderBands are upper ends of register counts. The order is printed once for each, because the
// first numbers of a permutation of 1…999 hardly hold any that a village of ten households has.
var orderBands = []int{10, 20, 40, 80, 160, 320, 640, 999}

// orderShown is how many numbers a band prints; at least half of them lie within any count of it.
const orderShown = 30

// bandOf returns the numbers up to upper, in the order of the permutation, orderShown at most.
func bandOf(order []int, upper int) []int {
	var out []int
	for _, n := range order {
		if n <= upper && len(out) < orderShown {
			out = append(out, n)
		}
	}
	return out
}

// specials are the two answers every item takes besides its own.
var specials = []inspect.Coded{
	{Code: inspect.NotApplicable, Zh: "不适用", En: "not applicable"},
	{Code: inspect.NotVerified, Zh: "未核实", En: "not verified"},
}

// shown is how a code stands in a drop-down: the code first, so that reading takes the code.
func shown(code, zh string) string { return code + " " + zh }

func shownAll(list []inspect.Coded) []string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = shown(c.Code, c.Zh)
	}
	return out
}

// capacities are the inspect.Capacities without their levels.
func capacities() []inspect.Coded {
	out := make([]inspect.Coded, len(inspect.Capacities))
	for i, c := range inspect.Capacities {
		out[i] = c.Coded
	}
	return out
}

// answersOf are the options an item's answer cell offers.
func answersOf(it *checklist.Item) []inspect.Coded {
	var out []inspect.Coded
	for _, o := range it.Answer.Options {
		out = append(out, inspect.Coded{Code: o.Code, Zh: o.Zh, En: o.En})
	}
	return append(out, specials...)
}

// methodsOf are the ways in which an item may be learned.
func methodsOf(cl *checklist.Checklist, it *checklist.Item) []inspect.Coded {
	var out []inspect.Coded
	for _, code := range it.Methods {
		if m := cl.Method(code); m != nil {
			out = append(out, inspect.Coded{Code: code, Zh: m.Zh, En: m.En})
		}
	}
	return out
}

// severitiesOf are the severities a finding may have, mildest first.
func severitiesOf(cl *checklist.Checklist) []inspect.Coded {
	var out []inspect.Coded
	for _, s := range cl.Severities {
		out = append(out, inspect.Coded{Code: s.Code, Zh: s.Zh, En: s.En})
	}
	return out
}

// isNumeric reports whether an answer of that type goes into the number columns.
func isNumeric(t checklist.Type) bool { return t == checklist.Count || t == checklist.Ratio }

// ask is the text of the question column: the question and what may be answered, so that the
// sheet is enough on paper too.
func ask(it *checklist.Item, k inspect.Kind) string {
	var b strings.Builder
	b.WriteString(it.QuestionFor(k).Zh)
	d := &it.Answer
	switch d.Type {
	case checklist.Count:
		fmt.Fprintf(&b, "\n填 0–%d（%s）", d.Max, d.Unit.Zh)
		for _, c := range d.Counted {
			b.WriteString("\n□ " + c.Zh)
		}
	case checklist.Ratio:
		fmt.Fprintf(&b, "\n分子：%s\n分母：%s", d.Numerator.Zh, d.Denominator.Zh)
	default:
		for _, o := range d.Options {
			b.WriteString("\n□ " + o.Zh)
		}
	}
	return b.String()
}

// sheetName is a visit's sheet: its number and its kind, never a place.
func sheetName(v *inspect.Visit) string { return fmt.Sprintf("%02d %s", v.Seq, shortKind[v.Kind]) }

var shortKind = map[inspect.Kind]string{
	inspect.HH: "家庭", inspect.VC: "村（居）委会", inspect.TS: "工作站", inspect.WI: "机构", inspect.CO: "未保办",
}

// kindOf finds the kind of unit whose items a sheet holds, by its locked text.
func kindOf(text string) (inspect.Kind, bool) {
	code, _, _ := strings.Cut(tidy(text), " ")
	k := inspect.Kind(code)
	return k, slices.Contains(inspect.Kinds, k)
}
