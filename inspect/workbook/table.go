package workbook

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// Table is one sheet of a workbook for download.
type Table struct {
	Name    string // of the sheet: at most 31 characters, none of : \ / ? * [ ]
	Columns []Column
	Rows    [][]any // string, int, int64, float64, bool or nil, in the order of Columns
}

// Column is a column of a Table.
type Column struct {
	Name  string
	Width float64 // in characters; 0 for a width of 14
}

// WriteTable writes tables as a workbook, a sheet each, with a frozen header. Text stays text: a
// value that would begin a formula stands as inspect.SafeCell has it. The same tables give the same bytes.
func WriteTable(w io.Writer, sheets []Table) error {
	b, err := newBook()
	if err != nil {
		return fmt.Errorf("table: %w", err)
	}
	defer b.f.Close()
	for i := range sheets {
		t := &sheets[i]
		spec := sheetSpec{name: t.Name, freeze: 1, landscape: len(t.Columns) > 6, footer: t.Name}
		head := make([]excelize.Cell, len(t.Columns))
		for c, col := range t.Columns {
			spec.widths = append(spec.widths, col.Width)
			if col.Width == 0 {
				spec.widths[c] = 14
			}
			head[c] = cell(b.st.head, col.Name)
		}
		s := b.sheet(spec)
		s.row(0, head...)
		for _, row := range t.Rows {
			cells := make([]excelize.Cell, len(row))
			for c, value := range row {
				style := b.st.cell
				if _, ok := value.(string); ok {
					style = b.st.text
				}
				cells[c] = cell(style, value)
			}
			s.row(0, cells...)
		}
	}
	if err := b.write(w); err != nil {
		return fmt.Errorf("table: %w", err)
	}
	return nil
}
