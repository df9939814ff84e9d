package privacy

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// Type is a kind of personal data, or of secret, that was found.
type Type string

// The types. Their names in both languages stand in the locale catalogues as privacy.<type>.
const (
	ResidentID Type = "resident-id" // also masked, and with 15 digits
	Mobile     Type = "mobile"
	Landline   Type = "landline"
	BankCard   Type = "bank-card"
	Passport   Type = "passport" // and permits to travel
	Email      Type = "email"
	QQ         Type = "qq"
	WeChat     Type = "wechat"
	Plate      Type = "plate"
	BirthDate  Type = "birth-date"
	Age        Type = "age"
	Name       Type = "name"
	School     Type = "school"
	Address    Type = "address"
	Health     Type = "health" // or a case, near any of the others
	DrawnName  Type = "drawn-name"
	DrawnCode  Type = "drawn-code"
)

// Hit is a stretch of the text that looks like personal data.
type Hit struct {
	Start, End int // byte offsets in the text as given, End excluded
	Type       Type
	Text       string // text[Start:End]
}

// Context is what must not appear because of where it comes from: the drawn part of the frame.
type Context struct {
	Names    []string // of drawn units below county, in full
	Codes    []string // of drawn units below county
	Counties []string // of the counties they lie in: a two-character stem counts beside one of these
}

// Scan returns what looks like personal data in text, in order. A hit inside another is left out.
func Scan(text string, ctx Context) []Hit {
	v := normalise(text)
	spans := v.numbers()
	spans = append(spans, v.patterns()...)
	spans = append(spans, v.names()...)
	spans = append(spans, v.drawn(ctx)...)
	spans = append(spans, v.health(spans)...)
	slices.SortFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to), cmp.Compare(a.kind, b.kind))
	})
	var hits []Hit
	end := 0
	for _, s := range spans {
		if s.to <= end {
			continue
		}
		end = s.to
		h := Hit{Start: v.start[s.from], End: v.end[s.to-1], Type: s.kind}
		h.Text = text[h.Start:h.End]
		hits = append(hits, h)
	}
	return hits
}

// span is a stretch of the normalised text, in bytes.
type span struct {
	from, to int
	kind     Type
}

// around is the text from before runes ahead of from up to after runes behind to, cut at line ends.
func (v *view) around(from, to, before, after int) string {
	a, b := from, to
	for ; before > 0 && a > 0 && v.text[a-1] != '\n'; before-- {
		_, n := utf8.DecodeLastRuneInString(v.text[:a])
		a -= n
	}
	for ; after > 0 && b < len(v.text) && v.text[b] != '\n'; after-- {
		_, n := utf8.DecodeRuneInString(v.text[b:])
		b += n
	}
	return v.text[a:b]
}
