package workbook

import (
	"errors"
	"iter"
	"regexp"
	"strings"

	"github.com/xuri/excelize/v2"

	"zhicha/inspect"
)

// GridRow is one row of a plain table.
type GridRow struct {
	Sheet string
	Line  int // 1-based
	Cells []string
}

// gridColumns is the widest table ReadGrid takes.
const gridColumns = 256

// ReadGrid reads the first sheet that holds anything, row by row, every cell as text; empty rows
// are left out. A row in which an id has been turned into a rounded number (1.1E+17) comes with a
// Problem that names the cell; a workbook that cannot be read gives a single empty row with its
// Problem.
func ReadGrid(name string, data []byte) iter.Seq2[GridRow, error] {
	return func(yield func(GridRow, error) bool) {
		if err := readGrid(name, data, yield); err != nil {
			yield(GridRow{}, err)
		}
	}
}

func readGrid(name string, data []byte, yield func(GridRow, error) bool) error {
	f, err := open(name, data, unzipMax)
	if err != nil {
		return err
	}
	defer f.Close()
	for sheet, part := range sheetParts(f) { // the reader lays out a whole row before anybody can look at it
		if cells := widest(part); cells > 4*gridColumns {
			return inspect.Reject("workbook.far-cell", inspect.Place{File: name, Sheet: sheet}, "Rows", excelize.TotalRows, "Columns", gridColumns)
		}
	}
	for _, sheet := range f.GetSheetList() {
		at := inspect.Place{File: name, Sheet: sheet}
		rows, err := f.Rows(sheet)
		if err != nil {
			return damaged(at, err)
		}
		found := false
		for line := 1; ; line++ {
			row, ok, err := nextRow(rows, at)
			if err != nil || !ok {
				if err := errors.Join(err, rows.Close()); err != nil {
					return damaged(at, err)
				}
				break
			}
			if strings.Join(row, "") == "" {
				continue
			}
			found = true
			if !yield(GridRow{Sheet: sheet, Line: line, Cells: row}, checkRow(row, line, at)) {
				return rows.Close()
			}
		}
		if found {
			return nil
		}
	}
	return inspect.Reject("workbook.no-rows", inspect.Place{File: name})
}

// widest is how many cells are written in the longest row of a sheet's XML.
func widest(part []byte) (most int) {
	n := 0
	for tag := range tags(part) {
		switch string(tagName(tag)) {
		case "row":
			n = 0
		case "c":
			n++
			most = max(most, n)
		}
	}
	return most
}

// nextRow guards the reader, and it alone: a panic of whoever takes the rows is not ours to hide.
func nextRow(rows *excelize.Rows, at inspect.Place) (row []string, ok bool, err error) {
	defer guard(at, &err)
	if !rows.Next() {
		return nil, false, nil
	}
	row, err = rows.Columns()
	return row, true, err
}

// scientific is how spreadsheet programmes show a number that is too wide for its column; saved
// as text, the digits behind it are gone.
var scientific = regexp.MustCompile(`^\d(\.\d+)?[eE]\+?\d+$`)

// checkRow tidies a row in place and returns what is wrong with it, nil or an inspect.Problems.
func checkRow(row []string, line int, at inspect.Place) error {
	var ps inspect.Problems
	at.Line = line
	if len(row) > gridColumns {
		at.Cell = cellName(len(row), line)
		return append(ps, inspect.Reject("workbook.far-cell", at, "Rows", excelize.TotalRows, "Columns", gridColumns))
	}
	for c, text := range row {
		row[c] = prose(text)
		if scientific.MatchString(row[c]) {
			at.Cell = cellName(c+1, line)
			ps = append(ps, inspect.Reject("workbook.number-damage", at, "Value", row[c]))
		}
	}
	return ps.Err()
}
