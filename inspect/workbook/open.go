package workbook

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"zhicha/inspect"
)

// Caps on what is read. A packet's workbook unpacks to about 2 MB.
const (
	fileMax  = 64 << 20 // bytes as received
	unzipMax = 64 << 20 // bytes unpacked
	partsMax = 4096     // files inside
	// bytes of one part of a return other than a picture: read, it takes many times as much memory, and
	// no form's part has a tenth of it
	returnPart = 2 << 20
	rowsMax    = 4000 // rows of a form's sheet
	columnMax  = 64   // columns of a form's sheet
)

var oleMagic = []byte{0xD0, 0xCF, 0x11, 0xE0}

// open opens a workbook under the caps, partMax for each part that is no picture. Whatever is wrong with it as a container comes back as an
// *inspect.Problem.
func open(name string, data []byte, partMax uint64) (f *excelize.File, err error) {
	at := inspect.Place{File: name}
	if err := checkContainer(at, data, partMax); err != nil {
		return nil, err
	}
	defer guard(at, &err)
	f, err = excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: unzipMax, UnzipXMLSizeLimit: unzipMax, RawCellValue: true,
	})
	if err != nil {
		return nil, damaged(at, err)
	}
	return f, nil
}

// guard turns a panic of the reader into a Problem: malformed parts have made it panic before.
func guard(at inspect.Place, err *error) {
	if r := recover(); r != nil {
		*err = damaged(at, fmt.Errorf("reader: %v", r))
	}
}

// damaged is the Problem of a part that cannot be read; a Problem already made is kept.
func damaged(at inspect.Place, cause error) *inspect.Problem {
	if known := inspect.ProblemsOf(cause); len(known) > 0 {
		return known[0]
	}
	p := inspect.Reject("workbook.damaged", at)
	p.Cause = cause
	return p
}

// checkContainer tells by content, never by name, what a file is.
func checkContainer(at inspect.Place, data []byte, partMax uint64) error {
	switch {
	case len(data) == 0:
		return inspect.Reject("workbook.empty", at)
	case len(data) > fileMax:
		return inspect.Reject("workbook.too-large", at, "MB", fileMax>>20)
	case bytes.HasPrefix(data, oleMagic):
		// A password-protected workbook and an old .xls are both OLE files.
		if Encrypted(data) {
			return inspect.Reject("workbook.encrypted", at)
		}
		return inspect.Reject("workbook.legacy", at)
	case !bytes.HasPrefix(data, []byte("PK")):
		return inspect.Reject("workbook.not-xlsx", at)
	}
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return damaged(at, err)
	}
	var total, text uint64
	book := false
	for _, part := range zr.File {
		if total += part.UncompressedSize64; total > unzipMax || part.UncompressedSize64 > unzipMax {
			return inspect.Reject("workbook.too-large", at, "MB", unzipMax>>20)
		}
		picture := strings.HasPrefix(strings.ToLower(part.Name), "xl/media/")
		if !picture {
			text += part.UncompressedSize64
		}
		if !picture && (part.UncompressedSize64 > partMax || text > 5*partMax) {
			return inspect.Reject("workbook.part-large", at, "Part", path.Base(part.Name), "MB", partMax>>20)
		}
		book = book || strings.EqualFold(strings.ReplaceAll(part.Name, `\`, "/"), "xl/workbook.xml")
	}
	switch {
	case len(zr.File) > partsMax:
		return inspect.Reject("workbook.too-large", at, "MB", unzipMax>>20)
	case !book:
		return inspect.Reject("workbook.not-xlsx", at)
	}
	return nil
}

func utf16le(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

// grid is what a form's sheet holds, row by row; grid[r][c] stands in row r+1, column c+1.
type grid [][]string

// scan reads a form's sheet under the caps; part is its XML. A cell far out is a Problem and ends the reading.
func scan(f *excelize.File, part []byte, at inspect.Place) (g grid, err error) {
	if g, ok := plainCells(part, sharedOf(f)); ok {
		return g, nil
	}
	return scanWith(f, at)
}

// scanWith is scan as the library reads a sheet.
func scanWith(f *excelize.File, at inspect.Place) (g grid, err error) {
	defer guard(at, &err)
	rows, err := f.Rows(at.Sheet)
	if err != nil {
		return nil, damaged(at, err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		row, err := rows.Columns()
		if err != nil {
			return nil, damaged(at, err)
		}
		n++
		if len(row) == 0 && n > rowsMax {
			continue // formatted to the bottom, but empty
		}
		if len(row) > columnMax || n > rowsMax {
			far := at
			far.Cell = cellName(max(len(row), 1), n)
			return nil, inspect.Reject("workbook.far-cell", far, "Rows", rowsMax, "Columns", columnMax)
		}
		g = append(g, row)
	}
	if err := rows.Error(); err != nil {
		return nil, damaged(at, err)
	}
	return g, nil
}

// at returns the text of a cell by 0-based row and column.
func (g grid) at(r, c int) string {
	if r < 0 || r >= len(g) || c < 0 || c >= len(g[r]) {
		return ""
	}
	return g[r][c]
}
