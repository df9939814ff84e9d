package ledger

import (
	"bytes"
	"unicode/utf8"
)

const (
	maxDepth   = 32        // objects and arrays inside one another, the body being the first
	maxInteger = 1<<53 - 1 // what every JSON reader holds exactly
)

// scanner steps over JSON that is already in canonical form and stops at the first byte that is
// not. It does in one pass and without memory what decoding, encoding again and comparing would
// do, which is what lets a million entries be judged in a second.
type scanner struct {
	b []byte
	i int // where the scanner stands; the offending byte after a failure
}

func (s *scanner) literal(lit string) bool {
	if len(s.b)-s.i < len(lit) || string(s.b[s.i:s.i+len(lit)]) != lit {
		return false
	}
	s.i += len(lit)
	return true
}

func (s *scanner) byte(c byte) bool {
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

func (s *scanner) value(depth int) bool {
	if s.i == len(s.b) {
		return false
	}
	switch s.b[s.i] {
	case '{':
		return s.object(depth)
	case '[':
		return s.array(depth)
	case '"':
		return s.text()
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	}
	_, ok := s.integer()
	return ok
}

func (s *scanner) object(depth int) bool {
	if depth == 0 || !s.byte('{') {
		return false
	}
	if s.byte('}') {
		return true
	}
	var last []byte
	for first := true; ; first = false {
		key, ok := s.key()
		if !ok || !first && bytes.Compare(last, key) >= 0 || !s.byte(':') || !s.value(depth-1) {
			return false
		}
		if last = key; !s.byte(',') {
			return s.byte('}')
		}
	}
}

func (s *scanner) array(depth int) bool {
	if depth == 0 || !s.byte('[') {
		return false
	}
	if s.byte(']') {
		return true
	}
	for s.value(depth - 1) {
		if !s.byte(',') {
			return s.byte(']')
		}
	}
	return false
}

// key accepts printable ASCII that needs no escape, so that byte order is the order of RFC 8785.
func (s *scanner) key() ([]byte, bool) {
	if !s.byte('"') {
		return nil, false
	}
	for start := s.i; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return s.b[start : s.i-1], true
		case c < ' ' || c == '\\' || c > '~':
			return nil, false
		}
	}
	return nil, false
}

func (s *scanner) text() bool {
	if !s.byte('"') {
		return false
	}
	for s.i < len(s.b) {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return true
		case c < ' ':
			return false
		case c == '\\':
			if !s.escape() {
				return false
			}
		case c < utf8.RuneSelf:
			s.i++
		default:
			r, n := utf8.DecodeRune(s.b[s.i:])
			if r == utf8.RuneError && n == 1 {
				return false
			}
			s.i += n
		}
	}
	return false
}

// escape accepts the one spelling each character has: a letter where JSON has one, \u00xx in
// lower case for the other control characters, and no escape where none is needed.
func (s *scanner) escape() bool {
	rest := s.b[s.i+1:]
	if len(rest) > 0 && bytes.IndexByte([]byte(`"\bfnrt`), rest[0]) >= 0 {
		s.i += 2
		return true
	}
	if len(rest) < 5 || string(rest[:3]) != "u00" || rest[3] != '0' && rest[3] != '1' {
		return false
	}
	if bytes.IndexByte([]byte("0123456789abcdef"), rest[4]) < 0 ||
		rest[3] == '0' && bytes.IndexByte([]byte("89acd"), rest[4]) >= 0 {
		return false
	}
	s.i += 6
	return true
}

func (s *scanner) integer() (int64, bool) {
	negative := s.byte('-')
	start, n := s.i, int64(0)
	for ; s.i < len(s.b) && '0' <= s.b[s.i] && s.b[s.i] <= '9'; s.i++ {
		if n = n*10 + int64(s.b[s.i]-'0'); n > maxInteger {
			return 0, false
		}
	}
	digits := s.i - start
	if digits == 0 || s.b[start] == '0' && (digits > 1 || negative) {
		return 0, false
	}
	if negative {
		n = -n
	}
	return n, true
}
