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
	in  []byte
	pos int
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
	start := c.pos
	for c.pos < len(c.in) && !bytes.ContainsRune([]byte(",]}"), rune(c.in[c.pos])) {
		c.pos++
	}
	word := c.in[start:c.pos]
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

func (c *canonicaliser) object(out []byte) ([]byte, error) {
	type member struct {
		name string
		all  []byte // key, colon and value
	}
	var members []member
	for closed := false; !closed; {
		if c.pos++; c.in[c.pos] == '}' {
			break
		}
		key, err := c.text(nil)
		if err != nil {
			return nil, err
		}
		if i := bytes.IndexFunc(key, func(r rune) bool { return r >= utf8.RuneSelf }); i >= 0 {
			return nil, fmt.Errorf("canonical json: key %s is not ascii", key)
		}
		c.pos++ // the colon
		all, err := c.value(append(slices.Clip(key), ':'))
		if err != nil {
			return nil, err
		}
		name := string(key[1 : len(key)-1])
		if strings.Contains(name, `\`) { // keys are ordered as they read, not as they are escaped
			if err := json.Unmarshal(key, &name); err != nil {
				return nil, fmt.Errorf("canonical json: %w", err)
			}
		}
		members = append(members, member{name, all})
		closed = c.in[c.pos] == '}'
	}
	c.pos++
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	out = append(out, '{')
	for i, m := range members {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, m.all...)
	}
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
