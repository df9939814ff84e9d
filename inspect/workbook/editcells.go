package workbook

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"maps"
	"math"
	"slices"
	"strconv"
)

// textCell and numberCell are what a cell holds, as XML from the end of its other attributes on.
func textCell(text string) string {
	var b bytes.Buffer
	b.WriteString(` t="inlineStr"><is><t xml:space="preserve">`)
	_ = xml.EscapeText(&b, []byte(text)) // into memory
	b.WriteString("</t></is></c>")
	return b.String()
}

func numberCell(n int) string { return "><v>" + strconv.Itoa(n) + "</v></c>" }

// withCells is a sheet with other contents of some cells, by row and column from 1; empty ones are cleared. Cells keep
// their looks. ok is false for a sheet that plainCells leaves to the library.
func withCells(part []byte, cells map[[2]int]string) (out []byte, ok bool) {
	start := bytes.Index(part, []byte("<sheetData"))
	if start < 0 {
		return nil, false
	}
	left := slices.SortedFunc(maps.Keys(cells), func(a, b [2]int) int { return cmp.Or(a[0]-b[0], a[1]-b[1]) })
	x, row, from := &plainXML{rest: part[start:]}, 0, 0
	put := func(style string, at [2]int) {
		out = append(out, `<c r="`+cellName(at[1], at[0])+`"`+style...)
		if content := cells[at]; content != "" {
			out = append(out, content...)
		} else {
			out = append(out, "/>"...)
		}
	}
	// insert puts the cells before a row and column where there were none, up to what stands at an offset
	insert := func(offset, r, column int) {
		for len(left) > 0 && (left[0][0] < r || left[0][0] == r && left[0][1] < column) {
			at := left[0]
			out = append(out, part[from:offset]...)
			from, left = offset, left[1:]
			if at[0] == row {
				put("", at)
				continue
			}
			out = append(out, `<row r="`+strconv.Itoa(at[0])+`">`...)
			put("", at)
			for ; len(left) > 0 && left[0][0] == at[0]; left = left[1:] {
				put("", left[0])
			}
			out = append(out, "</row>"...)
		}
	}
	for {
		before := len(part) - len(x.rest)
		if !x.next() {
			return nil, false
		}
		tag := before + len(x.text)
		switch string(x.name) {
		case "sheetData":
			if x.closing {
				row = 0
				insert(tag, math.MaxInt, 0)
				return append(out, part[from:]...), true
			}
		case "row":
			if x.closing {
				insert(tag, row, math.MaxInt)
				row = 0
				continue
			}
			n, ok := 0, false
			x.attributes(func(name, value []byte) {
				if string(name) == "r" {
					n, ok = number(value)
				}
			})
			if !ok {
				return nil, false
			}
			insert(tag, n, 0)
			if row = n; x.empty {
				if len(left) > 0 && left[0][0] == n {
					return nil, false
				}
				row = 0
			}
		case "c":
			column, style := 0, ""
			x.attributes(func(name, value []byte) {
				switch string(name) {
				case "r":
					column, _ = coordinates(value)
				case "s":
					style = ` s="` + string(value) + `"`
				}
			})
			if column == 0 {
				return nil, false
			}
			insert(tag, row, column)
			if !x.skip(8) {
				return nil, false
			}
			if at := [2]int{row, column}; len(left) > 0 && left[0] == at {
				out = append(out, part[from:tag]...)
				put(style, at)
				from, left = len(part)-len(x.rest), left[1:]
			}
		default:
			return nil, false
		}
	}
}
