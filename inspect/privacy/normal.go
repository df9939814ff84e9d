package privacy

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// view is a text in normal form, with the way back: byte i of text came from bytes start[i] to
// end[i] of the original.
type view struct {
	text       string
	start, end []int
}

// normalise applies NFKC and drops characters of no width, which are used to break up numbers.
func normalise(text string) *view {
	out := make([]byte, 0, len(text))
	v := &view{start: make([]int, 0, len(text)), end: make([]int, 0, len(text))}
	var it norm.Iter
	it.InitString(norm.NFKC, text)
	for !it.Done() {
		from := it.Pos()
		segment := it.Next()
		to := it.Pos()
		for len(segment) > 0 {
			r, n := utf8.DecodeRune(segment)
			if !invisible(r) {
				out = append(out, segment[:n]...)
				for range n {
					v.start, v.end = append(v.start, from), append(v.end, to)
				}
			}
			segment = segment[n:]
		}
	}
	v.text = string(out)
	return v
}

// invisible reports format characters, variation selectors and the like.
func invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) || r == '\u034f' || r == '\u115f' || r == '\u1160' || r == '\u3164'
}
