package say

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// hostile tells what must not reach a terminal as it is: control characters, what turns the line around
// or ends it, and what is no text at all (r is utf8.RuneError of one byte). Names of files, cells of
// workbooks and rows of the database may hold any of it.
func hostile(r rune) bool {
	switch {
	case unicode.IsControl(r), r == '\u2028', r == '\u2029', r == '\u061c', r == '\u200e', r == '\u200f',
		r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
		return true
	}
	return false
}

// Plain wraps what a command writes to: of text that came from elsewhere nothing can move a cursor, hide
// or turn a line. Line feeds pass, tabs become spaces; a value that must stay on its line is for OneLine.
func Plain(w io.Writer) io.Writer { return &plain{w: w} }

type plain struct {
	w    io.Writer
	rest []byte // a character that the last call did not finish
}

func (p *plain) Write(data []byte) (int, error) {
	in := append(p.rest, data...)
	p.rest = nil
	var out bytes.Buffer
	for len(in) > 0 {
		r, n := utf8.DecodeRune(in)
		switch {
		case r == utf8.RuneError && n == 1 && !utf8.FullRune(in):
			p.rest, n = bytes.Clone(in), len(in)
		case r == utf8.RuneError && n == 1:
		case r == '\t':
			out.WriteByte(' ')
		case r == '\n' || !hostile(r):
			out.Write(in[:n])
		}
		in = in[n:]
	}
	if _, err := p.w.Write(out.Bytes()); err != nil {
		return 0, err
	}
	return len(data), nil
}

// OneLine is a value as it may stand within a line of a terminal.
func OneLine(s string) string {
	if strings.IndexFunc(s, hostile) < 0 && utf8.ValidString(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case hostile(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// EscapeJSON writes what must not reach a terminal as JSON escapes, which only stand inside texts; the
// line feeds between them stay. What is read is the same.
func EscapeJSON(raw []byte) []byte {
	var out bytes.Buffer
	for _, r := range string(raw) {
		if r != '\n' && hostile(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.Bytes()
}
