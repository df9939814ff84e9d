package workbook

import (
	"bytes"
	"encoding/xml"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"zhicha/inspect"
)

// source is what is looked up in a sheet's XML itself, because the reader passes over it in silence:
// it drops rows that stand out of order, and whole sheets in UTF-16.
type source struct {
	merges [][4]int // first column, first row, last column, last row; 1-based
}

// sourceOf looks through the XML of a sheet. The error is an *inspect.Problem.
func sourceOf(part []byte, at inspect.Place) (s source, err error) {
	head := part[:min(len(part), 200)]
	declared, _, _ := bytes.Cut(head, []byte("?>"))
	if bytes.IndexByte(head, 0) >= 0 || !foreignEncoding(declared) && !utf8.Valid(part) {
		return s, inspect.Reject("workbook.encoding", at)
	}
	row, col := 0, 0
	for tag := range tags(part) {
		switch string(tagName(tag)) {
		case "row":
			n := row + 1
			if ref := attribute(tag, "r"); ref != "" {
				n, _ = strconv.Atoi(ref)
			}
			if n <= row {
				at.Cell = cellName(1, max(n, 1))
				return s, inspect.Reject("workbook.disorder", at)
			}
			row, col = n, 0
		case "c":
			c, r, ref := col+1, row, attribute(tag, "r")
			if ref != "" {
				c, r, _ = excelize.CellNameToCoordinates(ref)
			}
			if c <= col || r != row {
				at.Cell = ref
				return s, inspect.Reject("workbook.disorder", at)
			}
			col = c
		case "mergeCell":
			from, to, _ := strings.Cut(attribute(tag, "ref"), ":")
			c1, r1, err1 := excelize.CellNameToCoordinates(from)
			c2, r2, err2 := excelize.CellNameToCoordinates(to)
			if err1 == nil && err2 == nil {
				s.merges = append(s.merges, [4]int{c1, r1, c2, r2})
			}
		}
	}
	return s, nil
}

// foreignEncoding tells whether an XML declaration names another encoding than UTF-8; the reader
// converts those.
func foreignEncoding(declaration []byte) bool {
	_, after, found := bytes.Cut(bytes.ToLower(declaration), []byte("encoding="))
	return found && !bytes.HasPrefix(bytes.Trim(after, `"'`), []byte("utf-8"))
}

// tags are the opening tags of an XML text, without their angle brackets. Comments and character data
// are passed over.
func tags(part []byte) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for {
			i := bytes.IndexByte(part, '<')
			if i < 0 {
				return
			}
			part = part[i+1:]
			end := ">"
			for _, skip := range [][2]string{{"!--", "-->"}, {"![CDATA[", "]]>"}} {
				if bytes.HasPrefix(part, []byte(skip[0])) {
					end = skip[1]
				}
			}
			n := bytes.Index(part, []byte(end))
			if n < 0 {
				return
			}
			if c := part[0]; c != '!' && c != '/' && c != '?' && !yield(part[:n]) {
				return
			}
			part = part[n+len(end):]
		}
	}
}

// tagName is a tag's name without the prefix some programmes write.
func tagName(tag []byte) []byte {
	if i := bytes.IndexAny(tag, " \t\r\n/"); i >= 0 {
		tag = tag[:i]
	}
	return tag[bytes.IndexByte(tag, ':')+1:]
}

func attribute(tag []byte, name string) string {
	for {
		before, after, ok := bytes.Cut(tag, []byte(name+"="))
		if !ok || len(after) == 0 {
			return ""
		}
		if n := len(before); n > 0 && bytes.IndexByte([]byte(" \t\r\n"), before[n-1]) >= 0 && (after[0] == '"' || after[0] == '\'') {
			value, _, _ := bytes.Cut(after[1:], after[:1])
			return string(value)
		}
		tag = after
	}
}

// covered is the first cell of a merge that covers the cell, and was not meant to: one that takes it
// from another row, or from left of the answers. ok is false where there is none.
func (s source) covered(r, c, answers int) (cell string, ok bool) {
	for _, m := range s.merges {
		inside := c+1 >= m[0] && c+1 <= m[2] && r+1 >= m[1] && r+1 <= m[3]
		if inside && (m[1] != r+1 || m[0] < answers+1) {
			return cellName(m[0], m[1]), true
		}
	}
	return "", false
}

// sheetFile is a sheet and the part that holds it.
type sheetFile struct{ name, file string }

// sheetFiles are the sheets of a workbook in their order, by its parts.
func sheetFiles(part func(name string) []byte) (out []sheetFile) {
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	_ = xml.Unmarshal(part(bookPart), &book) // a sheet that is not found is read as the library reads it
	rels := relationships(part(bookRels))
	for _, s := range book.Sheets {
		for _, r := range rels {
			if r.ID != s.ID {
				continue
			}
			name := strings.TrimPrefix(r.Target, "/")
			if !strings.HasPrefix(name, "xl/") {
				name = "xl/" + name
			}
			out = append(out, sheetFile{s.Name, path.Clean(name)})
		}
	}
	return out
}

// sheetParts maps the sheets of a workbook to their parts.
func sheetParts(f *excelize.File) map[string][]byte {
	load := func(name string) []byte {
		part, _ := f.Pkg.Load(name)
		raw, _ := part.([]byte)
		return raw
	}
	out := map[string][]byte{}
	for _, s := range sheetFiles(load) {
		if raw := load(s.file); raw != nil {
			out[s.name] = raw
		}
	}
	return out
}
