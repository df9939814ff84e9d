package inspect

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// CanonicalJSON encodes v as RFC 8785 (JCS) restricted to strings, integers, booleans, null,
// arrays and objects with ASCII keys: sorted keys, no white space. A fractional number is an
// error, since floats have no place in anything that is signed or digested.
func CanonicalJSON(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("canonical json: %w", err)
	}
	c := canonicaliser{in: raw}
	return c.value(make([]byte, 0, len(raw)))
}

// canonicaliser rewrites what json.Marshal wrote, which is well formed and has no white space, so
// that only the order of keys, the form of strings and the range of numbers are left to see to. It
// works on the bytes, since a plan holds hundreds of thousands of numbers.
type canonicaliser struct {
	in      []byte
	pos     int
	members []member // of the objects that are open, outermost first
	scratch []byte
}

// member is a member of an object: its name in UTF-8, and where it was written.
type member struct {
	name     []byte
	from, to int
}

func (c *canonicaliser) value(out []byte) ([]byte, error) {
	switch c.in[c.pos] {
	case '{':
		return c.object(out)
	case '[':
		return c.array(out)
	case '"':
		return c.text(out)
	}
	start, plain := c.pos, true // plain: digits only, as json.Marshal writes a natural number
	for ; c.pos < len(c.in); c.pos++ {
		b := c.in[c.pos]
		if b == ',' || b == ']' || b == '}' {
			break
		}
		plain = plain && b >= '0' && b <= '9'
	}
	word := c.in[start:c.pos]
	if plain && len(word) <= 15 { // always below 2⁵³
		return append(out, word...), nil
	}
	if b := word[0]; b == '-' || b >= '0' && b <= '9' {
		n, err := strconv.ParseInt(string(word), 10, 64)
		if err != nil || n > 1<<53-1 || n < -(1<<53-1) {
			return nil, fmt.Errorf("canonical json: invalid integer %q", word)
		}
		return strconv.AppendInt(out, n, 10), nil
	}
	return append(out, word...), nil
}

func (c *canonicaliser) array(out []byte) ([]byte, error) {
	for closed := false; !closed; {
		out = append(out, c.in[c.pos]) // the bracket, or the comma before the next element
		if c.pos++; c.in[c.pos] == ']' {
			break
		}
		var err error
		if out, err = c.value(out); err != nil {
			return nil, err
		}
		closed = c.in[c.pos] == ']'
	}
	c.pos++
	return append(out, ']'), nil
}

// object writes the members as they come and then, if need be, puts them in order.
func (c *canonicaliser) object(out []byte) ([]byte, error) {
	start, first := len(out), len(c.members)
	out = append(out, '{')
	for closed := false; !closed; {
		if c.pos++; c.in[c.pos] == '}' {
			break
		}
		var err error
		m := member{from: len(out)}
		if out, err = c.text(out); err != nil {
			return nil, err
		}
		m.name = slices.Clone(out[m.from+1 : len(out)-1])
		if i := bytes.IndexFunc(m.name, func(r rune) bool { return r >= utf8.RuneSelf }); i >= 0 {
			return nil, fmt.Errorf("canonical json: key \"%s\" is not ascii", m.name)
		}
		if bytes.IndexByte(m.name, '\\') >= 0 { // keys are ordered as they read, not as they are escaped
			var s string
			if err := json.Unmarshal(out[m.from:], &s); err != nil {
				return nil, fmt.Errorf("canonical json: %w", err)
			}
			m.name = []byte(s)
		}
		c.pos++ // the colon
		if out, err = c.value(append(out, ':')); err != nil {
			return nil, err
		}
		m.to = len(out)
		c.members = append(c.members, m)
		if closed = c.in[c.pos] == '}'; !closed {
			out = append(out, ',')
		}
	}
	c.pos++
	own := c.members[first:]
	byName := func(a, b member) int { return bytes.Compare(a.name, b.name) }
	if !slices.IsSortedFunc(own, byName) {
		slices.SortFunc(own, byName)
		c.scratch = append(c.scratch[:0], out[start:]...)
		out = out[:start]
		for i, m := range own {
			out = append(append(out, "{,"[min(i, 1)]), c.scratch[m.from-start:m.to-start]...)
		}
	}
	c.members = c.members[:first]
	return append(out, '}'), nil
}

// text rewrites a string; one without an escape stands as it is.
func (c *canonicaliser) text(out []byte) ([]byte, error) {
	start, escaped := c.pos, false
	for c.pos++; c.in[c.pos] != '"'; c.pos++ {
		if c.in[c.pos] == '\\' {
			escaped = true
			c.pos++
		}
	}
	c.pos++
	if !escaped {
		return append(out, c.in[start:c.pos]...), nil
	}
	var s string
	if err := json.Unmarshal(c.in[start:c.pos], &s); err != nil {
		return nil, fmt.Errorf("canonical json: %w", err)
	}
	return appendCanonicalString(out, s), nil
}

func appendCanonicalString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\b':
			b = append(b, `\b`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\f':
			b = append(b, `\f`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r < 0x20:
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}

// Digest is a SHA-256, shown and stored as 64 lower-case hexadecimal digits.
type Digest [32]byte

// DigestOf returns the SHA-256 of b.
func DigestOf(b []byte) Digest { return sha256.Sum256(b) }

// String returns the digest in lower-case hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Fingerprint is the digest's first 32 digits in groups of four, for reading aloud and comparing
// with paper. Fewer would not do: whoever composes what is digested can look for two texts that
// share a fingerprint, which takes as many tries as half its bits.
func (d Digest) Fingerprint() string {
	s, groups := d.String(), make([]string, 8)
	for i := range groups {
		groups[i] = s[4*i : 4*i+4]
	}
	return strings.Join(groups, " ")
}

// MarshalText writes the digest in lower-case hexadecimal.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads exactly 64 lower-case hexadecimal digits.
func (d *Digest) UnmarshalText(b []byte) error {
	var out Digest
	if len(b) != 64 || !bytes.Equal(b, bytes.ToLower(b)) {
		return fmt.Errorf("malformed digest %q", b)
	}
	if _, err := hex.Decode(out[:], b); err != nil {
		return fmt.Errorf("malformed digest %q", b)
	}
	*d = out
	return nil
}
