package workbook

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"zhicha/inspect"
)

// listSheet holds the drop-down lists, one a row: its key in column A, its values from B on.
const listSheet = "lists"

// book is a workbook being written. Its sheets are gathered first and streamed at the end: a
// sheet's dimension stands before its rows, and excelize would read streamed sheets back to hide
// one of them.
type book struct {
	f      *excelize.File
	st     *styles
	sheets []*sheet
	lists  []list
	refs   map[string]string
}

type list struct {
	key    string
	values []string
}

func newBook() (*book, error) {
	f := excelize.NewFile()
	f.SetZipWriter(newSortedZip)
	// Fixed dates, since the same content must give the same bytes.
	const epoch = "2006-01-02T00:00:00Z"
	if err := f.SetDocProps(&excelize.DocProperties{Creator: "Zhicha 直查", Created: epoch, Modified: epoch}); err != nil {
		return nil, err
	}
	st, err := newStyles(f)
	return &book{f: f, st: st, refs: map[string]string{}}, err
}

// list stores a drop-down list once and returns the formula that refers to it. A sheet is used
// because a comma inside a value would split a list written into the validation itself.
func (b *book) list(key string, values []string) string {
	if ref, ok := b.refs[key]; ok {
		return ref
	}
	b.lists = append(b.lists, list{key, values})
	n := len(b.lists)
	last, _ := excelize.ColumnNumberToName(max(len(values), 1) + 1)
	b.refs[key] = fmt.Sprintf("%s!$B$%d:$%s$%d", listSheet, n, last, n)
	return b.refs[key]
}

// hide adds a sheet of text that people do not see.
func (b *book) hide(name string, rows [][]string) {
	s := b.sheet(sheetSpec{name: name, widths: []float64{16, 40}, hidden: true})
	for _, row := range rows {
		s.row(15, texts(b.st.text, row...)...)
	}
}

// write adds the lists, streams the sheets and writes the workbook.
func (b *book) write(w io.Writer) error {
	if len(b.lists) > 0 {
		rows := make([][]string, len(b.lists))
		for i, l := range b.lists {
			rows[i] = append([]string{l.key}, l.values...)
		}
		b.hide(listSheet, rows)
	}
	for _, s := range b.sheets {
		if s.spec.hidden {
			s.keep(b.f.SetSheetVisible(s.spec.name, false, true))
		}
	}
	for _, s := range b.sheets {
		if err := s.stream(); err != nil {
			return err
		}
	}
	_, err := b.f.WriteTo(w)
	return err
}

// sheetSpec is what must be known of a sheet before its first row is written.
type sheetSpec struct {
	name      string
	widths    []float64
	freeze    int  // rows that stay in view, and repeat on every printed page
	landscape bool //
	protect   bool // lock what is not an input; without a password, it guards against slips only
	hidden    bool // very hidden: not offered for showing
	footer    string
	demo      bool
}

// sheet is one sheet being written.
type sheet struct {
	b       *book
	spec    sheetSpec
	heights []float64
	rows    [][]any
	merges  [][2]string
	checks  []check
	err     error
}

// check is a data validation and the cells it holds for; one for all cells of a column opens
// faster than one for each.
type check struct {
	list  string // formula of a drop-down; empty: whole numbers from 0 on
	cells []string
}

// sheet adds a sheet. What goes wrong with it is kept until it is streamed.
func (b *book) sheet(spec sheetSpec) *sheet {
	s := &sheet{b: b, spec: spec}
	if len(b.sheets) == 0 {
		s.keep(b.f.SetSheetName("Sheet1", spec.name))
	} else {
		_, err := b.f.NewSheet(spec.name)
		s.keep(err)
	}
	b.sheets = append(b.sheets, s)
	return s
}

// set writes what concerns the sheet as a whole.
func (s *sheet) set() {
	f, name := s.b.f, s.spec.name
	yes, a4, one, none := true, 9, 1, 0
	orientation := "portrait"
	if s.spec.landscape {
		orientation = "landscape"
	}
	s.keep(f.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &yes}))
	s.keep(f.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &a4, Orientation: &orientation, FitToWidth: &one, FitToHeight: &none}))
	s.keep(f.SetHeaderFooter(name, headerFooter(s.spec)))
	if s.spec.protect {
		s.keep(f.ProtectSheet(name, &excelize.SheetProtectionOptions{
			SelectLockedCells: true, SelectUnlockedCells: true, FormatRows: true, FormatColumns: true,
		}))
	}
	if s.spec.freeze > 0 {
		s.keep(f.SetDefinedName(&excelize.DefinedName{
			Name: "_xlnm.Print_Titles", Scope: name, RefersTo: fmt.Sprintf("'%s'!$1:$%d", name, s.spec.freeze),
		}))
	}
	for _, c := range s.checks {
		dv := excelize.NewDataValidation(true)
		dv.SetSqref(strings.Join(c.cells, " "))
		if c.list == "" {
			s.keep(dv.SetRange(0, 999999, excelize.DataValidationTypeWhole, excelize.DataValidationOperatorBetween))
			dv.SetError(excelize.DataValidationErrorStyleStop, "请填整数", "此处只能填写不小于 0 的整数。")
		} else {
			dv.SetSqrefDropList(c.list)
			dv.SetError(excelize.DataValidationErrorStyleStop, "请从列表中选择", "请点击单元格右侧箭头，从列表中选择。")
		}
		s.keep(f.AddDataValidation(name, dv))
	}
}

// stream writes the sheet into the workbook.
func (s *sheet) stream() error {
	s.set()
	columns := len(s.spec.widths)
	for _, row := range s.rows {
		columns = max(columns, len(row))
	}
	s.keep(s.b.f.SetSheetDimension(s.spec.name, "A1:"+cellName(columns, max(1, len(s.rows)))))
	sw, err := s.b.f.NewStreamWriter(s.spec.name)
	if s.keep(err); s.err != nil {
		return s.err
	}
	for i, w := range s.spec.widths {
		s.keep(sw.SetColWidth(i+1, i+1, w))
	}
	if n := s.spec.freeze; n > 0 {
		s.keep(sw.SetPanes(&excelize.Panes{
			Freeze: true, YSplit: n, TopLeftCell: cellName(1, n+1), ActivePane: "bottomLeft",
		}))
	}
	for i, row := range s.rows {
		s.keep(sw.SetRow(cellName(1, i+1), row, excelize.RowOpts{Height: s.heights[i]}))
	}
	for _, m := range s.merges {
		s.keep(sw.MergeCell(m[0], m[1]))
	}
	if s.err == nil {
		s.keep(sw.Flush())
	}
	return s.err
}

func headerFooter(spec sheetSpec) *excelize.HeaderFooterOptions {
	hf := &excelize.HeaderFooterOptions{OddFooter: "&L" + spec.footer + "&R第 &P 页，共 &N 页"}
	if spec.demo {
		hf.OddHeader = "&R演示数据"
	}
	return hf
}

func (s *sheet) keep(err error) {
	if s.err == nil && err != nil {
		s.err = fmt.Errorf("sheet %q: %w", s.spec.name, err)
	}
}

// line is the number of the row last written, 1-based.
func (s *sheet) line() int { return len(s.rows) }

// row writes the next row. Height is in points; 0 fits it to the text.
func (s *sheet) row(height float64, cells ...excelize.Cell) {
	if height == 0 {
		height = s.fit(cells)
	}
	values := make([]any, len(cells))
	for i := range cells {
		if text, ok := cells[i].Value.(string); ok && !s.spec.hidden { // what is hidden is read by ourselves, as it was
			cells[i].Value = inspect.SafeCell(text)
		}
		values[i] = &cells[i]
	}
	s.rows, s.heights = append(s.rows, values), append(s.heights, height)
}

// fit estimates the height that wrapped text of 10 points needs, because programmes do not agree
// on fitting rows when they open a file.
func (s *sheet) fit(cells []excelize.Cell) float64 {
	lines := 1
	for i, c := range cells {
		if text, ok := c.Value.(string); ok && i < len(s.spec.widths) {
			lines = max(lines, wrapped(text, s.spec.widths[i]-2)) // less indent and padding
		}
	}
	return min(float64(lines)*13.8+6, 400)
}

// wrapped is the number of lines text takes in a column of that width, a Chinese character
// counting two.
func wrapped(text string, width float64) int {
	lines := 0
	for part := range strings.SplitSeq(text, "\n") {
		units := 0
		for _, r := range part {
			units++
			if r > 0x2000 {
				units++
			}
		}
		lines += max(1, (units+int(width)-1)/max(1, int(width)))
	}
	return lines
}

// merge joins the cells from column a to b (1-based) of the row just written.
func (s *sheet) merge(a, b int) {
	s.merges = append(s.merges, [2]string{cellName(a, s.line()), cellName(b, s.line())})
}

// choose puts a drop-down on cells of the row just written.
func (s *sheet) choose(list string, columns ...int) {
	for _, c := range columns {
		s.check(list, cellName(c, s.line()))
	}
}

// whole allows only whole numbers from 0 on in a cell of the row just written.
func (s *sheet) whole(column int) { s.check("", cellName(column, s.line())) }

func (s *sheet) check(list, cells string) {
	for i := range s.checks {
		if s.checks[i].list == list {
			s.checks[i].cells = append(s.checks[i].cells, cells)
			return
		}
	}
	s.checks = append(s.checks, check{list, []string{cells}})
}

// cellName is the A1 name of a 1-based column and row.
func cellName(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		return ""
	}
	return name
}

func cell(style int, value any) excelize.Cell { return excelize.Cell{StyleID: style, Value: value} }

// texts are cells of one style.
func texts(style int, values ...string) []excelize.Cell {
	out := make([]excelize.Cell, len(values))
	for i, v := range values {
		out[i] = cell(style, v)
	}
	return out
}
