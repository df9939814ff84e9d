package workbook

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
)

// Packet is what goes into the workbook of one leg.
type Packet struct {
	Campaign  string // id
	Title     string // of the campaign, Chinese
	Office    string // who sends it, Chinese
	Demo      bool   // 演示数据 on every sheet
	Leg       inspect.Leg
	Region    inspect.Region  // the reporting unit that is checked
	Visits    []inspect.Visit // in the order in which they are made
	Team      []string        // the inspectors' roster ids
	Checklist *checklist.Checklist
	Secrets   map[string]string // what proves a return: by visit; the packet's own under ""
}

// WritePacket writes the workbook of one leg: a cover, a sheet per visit, the hidden lists behind
// the drop-downs and a hidden sheet that says what the workbook belongs to and brings back its secrets. The same packet gives
// the same bytes.
func WritePacket(w io.Writer, p Packet) error {
	b, err := newBook()
	if err != nil {
		return fmt.Errorf("packet %d: %w", p.Leg.No, err)
	}
	defer b.f.Close()
	writeCover(b, &p)
	for i := range p.Visits {
		writeVisit(b, &p, &p.Visits[i])
	}
	for i := range p.Checklist.Items {
		it := &p.Checklist.Items[i]
		b.list("type:"+it.Code, []string{string(it.Answer.Type), strconv.Itoa(it.Answer.Max)})
	}
	meta := [][]string{
		{metaForm, Form},
		{metaCampaign, p.Campaign},
		{metaWave, strconv.Itoa(p.Leg.Wave)},
		{metaPacket, strconv.Itoa(p.Leg.No)},
		{metaChecklist, p.Checklist.Digest().String()},
		{metaFrom, string(p.Leg.Start)},
		{metaTo, string(lastDay(&p.Leg))},
		{metaSecret, p.Secrets[""]},
	}
	for i := range p.Visits {
		meta = append(meta, []string{metaSecret + " " + p.Visits[i].ID, p.Secrets[p.Visits[i].ID]})
	}
	b.hide(metaSheet, meta)
	if err := b.write(w); err != nil {
		return fmt.Errorf("packet %d: %w", p.Leg.No, err)
	}
	return nil
}

func lastDay(l *inspect.Leg) inspect.Date { return l.Start.Add(max(l.Days, 1) - 1) }

// howTo stands on the cover.
var howTo = []string{
	"只填浅黄色单元格；其余单元格已锁定，请勿改动编号、表名和表头。",
	"有下拉箭头的，请从列表中选择；时间按24小时制填写，如 2023-01-08、10:30。",
	"按检查编号顺序自下而上进行：先家庭，再村（居）委会、工作站、机构，最后到未保办。",
	"每项答案须注明取证方式；只听汇报不作为取证方式，请选“未核实”并写明原因。",
	"选“不适用”或“未核实”的，须选择原因。",
	"不填写任何人的姓名、身份证号码、电话和家庭住址。",
	"发现儿童正处于危险的，立即报警并报告民政部门，再继续检查。",
	"当日填写，当日回传；文件名可以改变，不影响接收。未开展的检查，其表留空即可。",
	"回传后需要更正的，在原表上修改，更正序号加1，并写明更正原因。",
}

func writeCover(b *book, p *Packet) {
	s := writeHead(b, p, RungFileName(p.Leg.No, inspect.RungVillage))
	st := b.st
	writePair(s, "检查员", strings.Join(p.Team, "、"))
	writePair(s, "检查点数", strconv.Itoa(len(p.Visits)))
	s.row(22, texts(st.band, "更正（首次回传不改）", "")...)
	s.merge(1, 2)
	s.row(22, cell(st.label, labelRevision), cell(st.input, "1"))
	s.row(22, cell(st.label, labelCorrection), cell(st.input, ""))
	s.row(22, texts(st.band, "填写说明", "")...)
	s.merge(1, 2)
	for i, line := range howTo {
		s.row(0, cell(st.code, strconv.Itoa(i+1)), cell(st.text, line))
	}
}

// writeHead begins the cover of a rung's workbook.
func writeHead(b *book, p *Packet, footer string) *sheet {
	s := b.sheet(sheetSpec{name: coverSheet, widths: []float64{16, 76}, protect: true, demo: p.Demo, footer: footer})
	s.row(34, texts(b.st.title, p.Title, "")...)
	s.merge(1, 2)
	banner := "内部资料，检查结束前不得向被检查地区透露"
	if p.Demo {
		banner = "演示数据　" + banner
	}
	s.row(22, texts(b.st.banner, banner, "")...)
	s.merge(1, 2)
	writePair(s, "组织单位", p.Office)
	writePair(s, "检查包编号", fmt.Sprintf("第%d批次　P-%03d", p.Leg.Wave, p.Leg.No))
	writePair(s, "出行日期", fmt.Sprintf("%s 至 %s", p.Leg.Start, lastDay(&p.Leg)))
	writePair(s, "检查时段", fmt.Sprintf("%s–%s", p.Leg.HourFrom, p.Leg.HourTo))
	return s
}

func writePair(s *sheet, label, text string) {
	s.row(0, cell(s.b.st.label, label), cell(s.b.st.text, text))
}
