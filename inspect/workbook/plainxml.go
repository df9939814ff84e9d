package workbook

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

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
