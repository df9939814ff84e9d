package workbook

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

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

// plainXML reads tags one after the other; odd is set, and nothing more is read, at the first thing that is
// neither a plain tag nor text.
type plainXML struct {
	rest           []byte
	text           []byte // before the tag
	name           []byte
	attrs          []byte
	closing, empty bool // </name>, <name/>
	odd            bool
	reading        bool // the text before the next tag is read
}

func (x *plainXML) next() bool {
	i := bytes.IndexByte(x.rest, '<')
	if i < 0 || x.odd {
		return false
	}
	x.text, x.rest = x.rest[:i], x.rest[i+1:]
	end := bytes.IndexByte(x.rest, '>')
	if end <= 0 {
		return false
	}
	tag := x.rest[:end]
	x.rest = x.rest[end+1:]
	if x.closing = tag[0] == '/'; x.closing {
		tag = tag[1:]
	}
	if x.empty = len(tag) > 0 && tag[len(tag)-1] == '/'; x.empty {
		tag = tag[:len(tag)-1]
	}
	n := 0
	for n < len(tag) && (tag[n] >= 'a' && tag[n] <= 'z' || tag[n] >= 'A' && tag[n] <= 'Z') {
		n++
	}
	x.name, x.attrs = tag[:n], tag[n:]
	x.odd = n == 0 || !x.reading && bytes.IndexByte(x.text, '&') >= 0 || x.closing && (x.empty || len(x.attrs) > 0) || len(x.attrs) > 0 && !isSpace(x.attrs[0])
	if !x.odd && len(x.attrs) > 0 && string(x.name) != "c" && string(x.name) != "row" { // theirs are looked at in any case
		x.attributes(func(_, _ []byte) {})
	}
	return !x.odd
}

// isText reports whether bytes hold neither a character that XML 1.0 does not know nor the end of a CDATA section.
func isText(part []byte) bool {
	for _, b := range part {
		if b < ' ' && !isSpace(b) {
			return false
		}
	}
	for _, odd := range []string{"\uFFFE", "\uFFFF", "]]>"} {
		if bytes.Contains(part, []byte(odd)) {
			return false
		}
	}
	return true
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

// attributes hands on those of the tag, in double quotes and without references.
func (x *plainXML) attributes(each func(name, value []byte)) {
	rest := x.attrs
	for {
		n := 0
		for n < len(rest) && isSpace(rest[n]) {
			n++
		}
		if rest = rest[n:]; len(rest) == 0 {
			return
		}
		name, after, found := bytes.Cut(rest, []byte(`="`))
		value, last, closed := bytes.Cut(after, []byte(`"`))
		if !found || !closed || n == 0 || !isName(name) || bytes.ContainsAny(value, "<&") {
			x.odd = true
			return
		}
		each(name, value)
		rest = last
	}
}

// isName reports whether text is a name as programmes write them.
func isName(text []byte) bool {
	for i, b := range text {
		if letter := b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'; !letter && (i == 0 || (b < '0' || b > '9') && b != ':') {
			return false
		}
	}
	return len(text) > 0 && text[len(text)-1] != ':'
}

// skip reads up to the end of the element whose tag was read last, which is not nested deep.
func (x *plainXML) skip(depth int) bool {
	if x.empty {
		return true
	}
	for name := string(x.name); x.next(); {
		if x.closing {
			return string(x.name) == name
		}
		if depth == 0 || !x.skip(depth-1) {
			return false
		}
	}
	return false
}

// word reads the text of the element whose tag was read last, which holds nothing else.
func (x *plainXML) word() (string, bool) {
	if x.empty {
		return "", true
	}
	name := string(x.name)
	x.reading = true
	ok := x.next()
	x.reading = false
	if !ok || !x.closing || string(x.name) != name {
		return "", false
	}
	return plainText(x.text)
}

// cell reads a cell of a row from its tag on; column is that of one that does not say.
func (x *plainXML) cell(row, column int, shared func(int) string) (c int, text string, filled, ok bool) {
	c, ok = column, true
	kind, value, inline := "", "", ""
	x.attributes(func(name, value []byte) {
		switch string(name) {
		case "r":
			r := 0
			if c, r = coordinates(value); r != row {
				ok = false
			}
		case "s":
			_, digits := number(value)
			ok = ok && digits
		case "t":
			kind = string(value)
		}
	})
	if !ok || x.odd {
		return 0, "", false, false
	}
	if x.empty {
		return c, "", false, true
	}
	var v, f, is bool
	for {
		if !x.next() {
			return 0, "", false, false
		}
		name := string(x.name)
		if x.closing {
			if name != "c" {
				return 0, "", false, false
			}
			break
		}
		good := false
		switch { // each once
		case name == "v" && !v:
			value, good = x.word()
			v = true
		case name == "f" && !f:
			_, good = x.word()
			f = true
		case name == "is" && !is:
			inline, good = x.item()
			is = true
		}
		if !good {
			return 0, "", false, false
		}
	}
	switch text = value; {
	case kind == "inlineStr" && is:
		text = inline
	case kind == "s" && value != "":
		i, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || shared == nil {
			return 0, "", false, false
		}
		text = shared(i)
	}
	return c, text, text != "" || f, true
}

// item reads a text that may be written in runs, each with its own looks; how it is pronounced is no part of it.
func (x *plainXML) item() (string, bool) {
	if x.empty {
		return "", true
	}
	var text strings.Builder
	words, runs, inRun := 0, 0, false
	for x.next() {
		switch name := string(x.name); {
		case x.closing && name == "is":
			s := text.String()
			return s, !inRun && !strings.Contains(s, "_x")
		case x.closing && name == "r" && inRun:
			inRun = false
		case x.closing:
			return "", false
		case name == "t":
			s, ok := x.word()
			if words++; !ok || words > 1 || !inRun && runs > 0 {
				return "", false
			}
			text.WriteString(s)
		case name == "r" && !inRun:
			inRun, words = !x.empty, 0
			runs++
		case name == "rPr" && inRun, name == "rPh" && !inRun, name == "phoneticPr" && !inRun:
			if !x.skip(8) {
				return "", false
			}
		default:
			return "", false
		}
	}
	return "", false
}

// plainText is the text that characters and references stand for.
func plainText(raw []byte) (string, bool) {
	for _, b := range raw {
		if b == '&' || b == '\r' {
			return referring(raw)
		}
	}
	return string(raw), true
}

var references = map[string]string{"amp": "&", "lt": "<", "gt": ">", "quot": `"`, "apos": "'"}

func referring(raw []byte) (string, bool) {
	var out strings.Builder
	for len(raw) > 0 {
		r, n := utf8.DecodeRune(raw)
		switch {
		case r == '&':
			name, _, ok := bytes.Cut(raw[1:], []byte(";"))
			text, known := references[string(name)]
			if !known { // by number, or odd
				digits, numeric := strings.CutPrefix(string(name), "#")
				base := 10
				if hex, is := strings.CutPrefix(digits, "x"); is {
					digits, base = hex, 16
				}
				code, err := strconv.ParseUint(digits, base, 31)
				if text = string(rune(code)); !numeric || err != nil || !isChar(rune(code)) {
					return "", false
				}
			}
			if !ok {
				return "", false
			}
			out.WriteString(text)
			n = len(name) + 2
		case r == '\r': // a line ends in one character
			out.WriteByte('\n')
			if len(raw) > 1 && raw[1] == '\n' {
				n = 2
			}
		default:
			out.Write(raw[:n])
		}
		raw = raw[n:]
	}
	return out.String(), true
}

// isChar reports whether XML 1.0 knows the character.
func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

// number reads a number of at most nine digits.
func number(text []byte) (n int, ok bool) {
	for _, b := range text {
		if b < '0' || b > '9' {
			return 0, false
		}
		n = 10*n + int(b-'0')
	}
	return n, len(text) > 0 && len(text) < 10
}

// coordinates reads the name of a cell: its column and row; zeros where it is none.
func coordinates(name []byte) (column, row int) {
	i := 0
	for i < len(name) && i < 3 && name[i] >= 'A' && name[i] <= 'Z' {
		column = 26*column + int(name[i]-'A') + 1
		i++
	}
	row, ok := number(name[i:])
	if !ok || i == 0 || column > excelize.MaxColumns || row > excelize.TotalRows || row == 0 {
		return 0, 0
	}
	return column, row
}

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
