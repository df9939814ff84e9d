package workbook

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
)

// writeVisit writes the sheet of one visit. All of it is one table with one frozen header: what
// is asked on the left, what is filled in on the right, so that it scrolls on a telephone.
func writeVisit(b *book, p *Packet, v *inspect.Visit) {
	s := b.sheet(sheetSpec{
		name: sheetName(v), widths: itemWidths, freeze: 2, landscape: true, protect: true, demo: p.Demo,
		footer: RungFileName(p.Leg.No, inspect.RungVillage) + "　" + v.ID,
	})
	st := b.st
	title := "现场检查记录　" + kindName(p.Checklist, v.Kind)
	if p.Demo {
		title += "　【演示数据】"
	}
	s.row(28, cell(st.label, labelVisit), cell(st.code, v.ID), cell(st.title, title))
	s.merge(colQuestion+1, len(itemColumns))
	s.row(30, texts(st.head, itemColumns...)...)
	writeHeader(s, p, v)
	if v.Kind == inspect.HH {
		writeHousehold(s, v)
	}
	s.band("三、检查指标")
	for _, it := range p.Checklist.ItemsFor(v.Kind) {
		writeItem(s, p.Checklist, it, v.Kind)
	}
	writeFindings(s, p.Checklist, v.Kind)
}

func kindName(cl *checklist.Checklist, k inspect.Kind) string {
	if n := cl.Kind(k); n != nil {
		return n.Zh
	}
	return shortKind[k]
}

// band writes a heading across the table.
func (s *sheet) band(text string) {
	s.row(20, texts(s.b.st.band, text, "", "", "", "", "", "", "", "")...)
	s.merge(1, len(itemColumns))
}

// field writes a row that asks for one header field.
func (s *sheet) field(label, hint string, style int) {
	s.row(0, cell(s.b.st.code, ""), cell(s.b.st.label, label), cell(s.b.st.text, hint), cell(style, nil))
}

func writeHeader(s *sheet, p *Packet, v *inspect.Visit) {
	st := s.b.st
	fixed := func(label, text string) {
		s.row(0, cell(st.code, ""), cell(st.label, label), cell(st.text, text))
	}
	s.band("一、基本情况")
	at := v.Places
	fixed(labelKind, shown(string(v.Kind), kindName(p.Checklist, v.Kind)))
	fixed("检查对象", at.Name)
	fixed(labelPlace, strings.Join(strings.Fields(strings.Join([]string{at.Region, at.County, at.Township, at.Village}, " ")), " "))
	fixed(labelDay, fmt.Sprintf("%s　%s–%s", v.Day, p.Leg.HourFrom, p.Leg.HourTo))
	s.field(labelDate, "如 "+string(v.Day), st.input)
	s.field(labelArrived, "24小时制，如 10:30", st.input)
	s.field(labelLeft, "24小时制，如 11:05", st.input)
	team := s.b.list("team", p.Team)
	for i := range inspectorRows {
		s.field(labelInspector+strconv.Itoa(i+1), "名录库编号，至少两人", st.input)
		s.choose(team, colAnswer+1)
	}
	present := s.b.list("capacity", shownAll(capacities()))
	for i := range presentRows {
		s.field(labelPresent+strconv.Itoa(i+1), "谈话或查看时在场者的身份，逐行选择；不写姓名", st.input)
		s.choose(present, colAnswer+1)
	}
	s.field(labelEscort, "仅限列表所列情形；无人陪同的留空", st.input)
	s.choose(s.b.list("escort", shownAll(inspect.EscortReasons)), colAnswer+1)
}

// writeHousehold prints the drawn order of register lines and asks which one was visited.
func writeHousehold(s *sheet, v *inspect.Visit) {
	st := s.b.st
	s.band(fmt.Sprintf(householdBand, v.Slot))
	s.field(labelRegister, "到村后先清点困境儿童家庭名册，填总户数", st.number)
	s.whole(colAnswer + 1)
	s.row(20, cell(st.code, ""), cell(st.label, "户序用法"),
		cell(st.text, "在名册户数所在的一行，从左到右依次走访；大于名册户数的序号跳过；本村其他家庭已用的序号不再用。"))
	s.merge(colQuestion+1, len(itemColumns))
	lower := 1
	for _, upper := range orderBands {
		var b strings.Builder
		for _, n := range bandOf(v.Order, upper) {
			fmt.Fprintf(&b, "%d　", n)
		}
		s.row(20, cell(st.code, labelOrder), cell(st.label, fmt.Sprintf("%d–%d户", lower, upper)), cell(st.text, strings.TrimSuffix(b.String(), "　")))
		s.merge(colQuestion+1, len(itemColumns))
		lower = upper + 1
	}
	s.field(labelHousehold, "实际走访家庭在名册上的序号", st.number)
	s.whole(colAnswer + 1)
	s.field(labelSubstitution, "前面的序号未能走访时选择，否则留空", st.input)
	s.choose(s.b.list("substitution", shownAll(inspect.SubstitutionReasons)), colAnswer+1)
}

func writeItem(s *sheet, cl *checklist.Checklist, it *checklist.Item, k inspect.Kind) {
	st, d := s.b.st, &it.Answer
	number, of := st.idle, st.idle
	if isNumeric(d.Type) {
		number = st.number
	}
	if d.Type == checklist.Ratio {
		of = st.number
	}
	s.row(0, cell(st.code, it.Code), cell(st.text, it.Zh), cell(st.text, ask(it, k)), cell(st.input, nil),
		cell(number, nil), cell(of, nil), cell(st.input, nil), cell(st.input, nil), cell(st.input, nil))
	if number == st.number {
		s.whole(colNumber + 1)
	}
	if of == st.number {
		s.whole(colOf + 1)
	}
	s.choose(s.b.list("answer:"+it.Code, shownAll(answersOf(it))), colAnswer+1)
	s.choose(s.b.list("method:"+it.Code, shownAll(methodsOf(cl, it))), colMethod+1)
	s.choose(s.b.list("reason", shownAll(inspect.AnswerReasons)), colReason+1)
}

func writeFindings(s *sheet, cl *checklist.Checklist, k inspect.Kind) {
	st := s.b.st
	s.band("四、发现的问题、风险隐患、好做法和线索（没有的留空；与上表答案相同的不必重复填写）")
	s.row(22, texts(st.head, findColumns...)...)
	var items []string
	for _, it := range cl.ItemsFor(k) {
		items = append(items, shown(it.Code, it.Zh))
	}
	kinds := s.b.list("finding", shownAll(inspect.FindingKinds))
	about := s.b.list("items:"+string(k), items)
	severity := s.b.list("severity", shownAll(severitiesOf(cl)))
	fixed := s.b.list("fixed", []string{yes, no})
	for i := range findingRows {
		row := []excelize.Cell{cell(st.code, strconv.Itoa(i+1))}
		for range len(findColumns) - 1 {
			row = append(row, cell(st.input, nil))
		}
		s.row(32, row...)
		s.choose(kinds, findKind+1)
		s.choose(about, findItem+1)
		s.choose(severity, findSeverity+1)
		s.choose(fixed, findFixed+1)
	}
}
