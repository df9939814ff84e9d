package workbook

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// plainCells reads the cells of a sheet off its XML, many times as fast as the library does, where it is written as
// spreadsheet programmes write it. ok is false for whatever else: then the library has to read the sheet, whose
// judgement of it counts. part is UTF-8. The two are held against each other by TestPlainCells and FuzzPlainCells.
func plainCells(part []byte, shared func(int) string) (g grid, ok bool) {
	start := bytes.Index(part, []byte("<sheetData"))
	if start < 0 || !isText(part) || !plainHead(part[:start]) {
		return nil, false
	}
	x := &plainXML{rest: part[start:]}
	if !x.next() || x.closing {
		return nil, false
	}
	if x.empty {
		return nil, true
	}
	open := false
	for row, column := 0, 0; x.next(); {
		switch string(x.name) {
		case "sheetData":
			return g, x.closing && !open && !rowsBehind(x.rest)
		case "row":
			if x.closing && !open || open && !x.closing {
				return nil, false
			}
			if open = !x.closing && !x.empty; x.closing {
				continue
			}
			n, ok := row+1, true
			x.attributes(func(name, value []byte) {
				if string(name) == "r" {
					n, ok = number(value)
				}
			})
			if !ok || x.odd || n <= row {
				return nil, false
			}
			for row, column = n, 0; len(g) < min(n, rowsMax); {
				g = append(g, nil)
			}
		case "c":
			if x.closing || !open {
				return nil, false
			}
			c, text, filled, ok := x.cell(row, column+1, shared)
			if !ok || c <= column || filled && (c > columnMax || row > rowsMax) {
				return nil, false
			}
			if column = c; filled {
				for len(g[row-1]) < c {
					g[row-1] = append(g[row-1], "")
				}
				g[row-1][c-1] = text
			}
		default:
			return nil, false
		}
	}
	return nil, false
}

// rowsBehind reports whether rows stand behind the cells of a sheet, where the library would go on reading.
func rowsBehind(rest []byte) bool {
	return bytes.Count(rest, []byte("<row")) != bytes.Count(rest, []byte("<rowBreaks")) || bytes.Contains(rest, []byte(":row"))
}

// plainHead reports whether what stands before the cells of a sheet is in order: one element is open, and rows are
// none of those that were closed.
func plainHead(head []byte) bool {
	if bytes.Contains(head, []byte("<!")) || foreignEncoding(head) {
		return false
	}
	d, depth, cells := xml.NewDecoder(io.MultiReader(bytes.NewReader(head), strings.NewReader("<sheetData/>"))), 0, false
	for {
		token, err := d.Token()
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local == "row" {
				return false
			}
			cells = depth == 1 && token.Name.Local == "sheetData"
			depth++
		case xml.EndElement:
			depth--
		}
		if err != nil { // one element is not closed
			return cells && depth == 1
		}
	}
}

// sharedOf are the texts that a workbook's cells share; nil until the library has read a sheet.
func sharedOf(f *excelize.File) func(int) string {
	if f.SharedStrings == nil {
		return nil
	}
	all := f.SharedStrings.SI
	return func(i int) string {
		if i < 0 || i >= len(all) {
			return ""
		}
		return all[i].String()
	}
}

// sharedTexts are the texts of a part that holds what cells share.
func sharedTexts(part []byte) func(int) string {
	var list struct {
		Items []struct {
			Text string   `xml:"t"`
			Runs []string `xml:"r>t"`
		} `xml:"si"`
	}
	_ = xml.Unmarshal(part, &list) // a text that is not there is empty
	return func(i int) string {
		if i < 0 || i >= len(list.Items) {
			return ""
		}
		return list.Items[i].Text + strings.Join(list.Items[i].Runs, "")
	}
}
