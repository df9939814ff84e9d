package workbook

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"zhicha/inspect"
)

const rosterSheet = "名录库"

// Columns of the roster.
const (
	rosterID = iota
	rosterName
	rosterTeam
	rosterHome
	rosterKind
	rosterSex
	rosterLanguages
	rosterRecusals
	rosterFrom
	rosterTo
)

var rosterColumns = []string{"编号", "姓名", "检查组", "派出地区", "类别", "性别", "语言", "回避地区", "可出行起", "可出行止"}
var rosterWidths = []float64{12, 12, 8, 22, 18, 8, 20, 34, 13, 13}

var teamKinds = []inspect.Coded{
	{Code: string(inspect.Provincial), Zh: "省级", En: "provincial"},
	{Code: string(inspect.ThirdParty), Zh: "第三方", En: "third party"},
	{Code: string(inspect.National), Zh: "国家级", En: "national"},
}

const woman, man = "女", "男"

// rosterRoom is how many empty rows a template has below the people already in it.
const rosterRoom = 300

var rosterNotes = []string{
	"每人一行。编号由组织单位编排，不含姓名、身份证号码；检查结果中只出现编号。",
	"检查组填数字；同组人员的派出地区、类别须相同，每组不少于两人，其中至少一名女性。",
	"派出地区、类别、性别从列表中选择；国家级和第三方检查组可以不填派出地区。",
	"语言、回避地区可填多个，用顿号分隔；回避地区包括亲属所在地、现任或近年任职地、曾检查过的地区，不写原因。",
	"日期如 2023-01-08；不限日期的留空。",
	"本表含个人信息，只在组织单位内部使用，不得公布。",
}

// regions are reporting units as a roster names them.
func regions(units []inspect.Region) []inspect.Coded {
	out := make([]inspect.Coded, len(units))
	for i, r := range units {
		out[i] = inspect.Coded{Code: r.Code, Zh: r.NameZh, En: r.NameEn}
	}
	return out
}

// WriteRosterTemplate writes the workbook in which the roster is kept, with the people given
// already in it: none for an empty template. units are what can be chosen as home and recusal; demo marks it 演示数据.
func WriteRosterTemplate(w io.Writer, people []inspect.Inspector, units []inspect.Region, demo bool) error {
	b, err := newBook()
	if err != nil {
		return fmt.Errorf("roster: %w", err)
	}
	defer b.f.Close()
	s := b.sheet(sheetSpec{name: rosterSheet, widths: rosterWidths, freeze: 1, landscape: true, demo: demo, footer: "检查人员名录库"})
	s.row(24, texts(b.st.head, rosterColumns...)...)
	for i := range people {
		s.row(18, rosterRow(b.st, &people[i], regions(units))...)
	}
	for range rosterRoom {
		s.row(18, texts(b.st.input, make([]string, len(rosterColumns))...)...)
	}
	for column, values := range map[int][]string{
		rosterHome: shownAll(regions(units)), rosterKind: shownAll(teamKinds), rosterSex: {woman, man},
	} {
		name := cellName(column+1, 2)
		b.list(rosterColumns[column], values)
		s.check(b.refs[rosterColumns[column]], name+":"+cellName(column+1, s.line()))
	}
	notes := b.sheet(sheetSpec{name: "填写说明", widths: []float64{6, 84}, demo: demo})
	if demo {
		notes.row(22, texts(b.st.banner, "演示数据", "")...)
	}
	for i, line := range rosterNotes {
		notes.row(0, cell(b.st.code, strconv.Itoa(i+1)), cell(b.st.text, line))
	}
	if err := b.write(w); err != nil {
		return fmt.Errorf("roster: %w", err)
	}
	return nil
}

func rosterRow(st *styles, p *inspect.Inspector, units []inspect.Coded) []excelize.Cell {
	sex := man
	if p.Woman {
		sex = woman
	}
	named := func(list []inspect.Coded, codes ...string) string {
		var out []string
		for _, code := range codes {
			text := code
			for _, c := range list {
				if c.Code == code {
					text = shown(c.Code, c.Zh)
				}
			}
			out = append(out, text)
		}
		return strings.Join(out, "、")
	}
	return texts(st.input, p.ID, p.Name, strconv.Itoa(p.Team), named(units, p.Home), named(teamKinds, string(p.Kind)), sex,
		strings.Join(p.Languages, "、"), named(units, p.Recusals...), string(p.From), string(p.To))
}

// ReadRoster reads the roster back. Columns are found by their names; empty rows are skipped. The
// error is an inspect.Problems of everything that is wrong, each with its cell: nobody is read
// from a roster that has any.
func ReadRoster(name string, data []byte, units []inspect.Region) ([]inspect.Inspector, error) {
	f, err := openForm(name, data)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for _, sheet := range f.GetSheetList() {
		at := inspect.Place{File: name, Sheet: sheet}
		g, err := scanWith(f, at)
		if err != nil {
			return nil, err
		}
		for r := range min(len(g), 20) {
			if cols := columnsOf(g[r], rosterColumns); len(cols) > 1 && cols[rosterColumns[rosterID]] != nil {
				rr := &rosterReader{g: g, at: at, cols: cols, units: units, ids: map[string]string{}}
				return rr.read(r + 1)
			}
		}
	}
	return nil, inspect.Reject("workbook.roster-header", inspect.Place{File: name}, "Columns", strings.Join(rosterColumns, " "))
}

// columnsOf finds the columns with these labels in a row.
func columnsOf(row []string, labels []string) map[string]*int {
	out := map[string]*int{}
	for c, text := range row {
		for _, label := range labels {
			if tidy(text) == label && out[label] == nil {
				out[label] = &c
			}
		}
	}
	return out
}

type rosterReader struct {
	g    grid
	at   inspect.Place
	cols map[string]*int

	units []inspect.Region  // that can be named
	ids   map[string]string // id → the cell it stands in
	row   int
	ps    inspect.Problems
}

func (rr *rosterReader) read(from int) ([]inspect.Inspector, error) {
	for _, label := range rosterColumns {
		if rr.cols[label] == nil {
			rr.ps = append(rr.ps, inspect.Reject("workbook.roster-column", rr.at, "Column", label))
		}
	}
	if err := rr.ps.Err(); err != nil {
		return nil, err
	}
	var out []inspect.Inspector
	for rr.row = from; rr.row < len(rr.g); rr.row++ {
		if tidy(strings.Join(rr.g[rr.row], "")) != "" {
			out = append(out, rr.person())
		}
	}
	if len(out) == 0 {
		rr.ps = append(rr.ps, inspect.Reject("workbook.roster-empty", rr.at))
	}
	if err := rr.ps.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

func (rr *rosterReader) text(column int) string {
	return tidy(rr.g.at(rr.row, *rr.cols[rosterColumns[column]]))
}

func (rr *rosterReader) reject(column int, rule string, args ...any) {
	at := rr.at
	at.Cell = cellName(*rr.cols[rosterColumns[column]]+1, rr.row+1)
	at.Field = rosterColumns[column]
	rr.ps = append(rr.ps, inspect.Reject(rule, at, args...))
}

func (rr *rosterReader) person() inspect.Inspector {
	p := inspect.Inspector{
		ID: rr.text(rosterID), Name: rr.text(rosterName), Languages: split(rr.text(rosterLanguages)),
		From: rr.day(rosterFrom), To: rr.day(rosterTo),
	}
	here := cellName(*rr.cols[rosterColumns[rosterID]]+1, rr.row+1)
	switch first := rr.ids[p.ID]; {
	case p.ID == "":
		rr.reject(rosterID, "workbook.roster-blank", "Column", rosterColumns[rosterID])
	case first != "":
		rr.reject(rosterID, "workbook.roster-id-twice", "ID", p.ID, "First", first)
	default:
		rr.ids[p.ID] = here
	}
	var err error
	if p.Team, err = strconv.Atoi(numberOf(rr.text(rosterTeam))); err != nil || p.Team < 1 {
		rr.reject(rosterTeam, "workbook.number", "Value", rr.text(rosterTeam))
	}
	if home := rr.text(rosterHome); home != "" {
		p.Home = rr.region(rosterHome, home)
	}
	for _, part := range split(rr.text(rosterRecusals)) {
		p.Recusals = append(p.Recusals, rr.region(rosterRecusals, part))
	}
	p.Kind = inspect.TeamKind(rr.choice(rosterKind, teamKinds))
	p.Woman = rr.choice(rosterSex, []inspect.Coded{{Code: woman, Zh: woman}, {Code: man, Zh: man}}) == woman
	if p.From != "" && p.To != "" && p.To < p.From {
		rr.reject(rosterTo, "workbook.roster-days", "From", string(p.From), "To", string(p.To))
	}
	return p
}

// region reads a reporting unit by its code or name.
func (rr *rosterReader) region(column int, text string) string {
	code := codeOf(text, regions(rr.units))
	for _, r := range rr.units {
		if code == r.Code || code == r.Short {
			return r.Code
		}
	}
	rr.reject(column, "workbook.roster-region", "Value", text)
	return ""
}

func (rr *rosterReader) choice(column int, options []inspect.Coded) string {
	text := rr.text(column)
	code := codeOf(text, options)
	for _, o := range options {
		if o.Code == code {
			return code
		}
	}
	rr.reject(column, "workbook.roster-choice", "Value", text, "Options", strings.Join(shownAll(options), "，"))
	return ""
}

func (rr *rosterReader) day(column int) inspect.Date {
	text := rr.text(column)
	if text == "" {
		return ""
	}
	m, err := parseMoment(text, "", false)
	if err != nil || m.day == "" {
		rr.reject(column, "workbook.roster-date", "Value", text)
	}
	return m.day
}

// split takes a list apart that was written into one cell.
func split(text string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("、,;/", r) }) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
