package privacy

import (
	"strings"

	"zhicha/inspect"
)

// Check is Scan for a text that is to be published: each hit as a problem (release.personal) at its place.
// Where at has a line, it is that of the text's first.
func Check(text string, ctx Context, at inspect.Place) (ps inspect.Problems) {
	for _, h := range Scan(text, ctx) {
		p := inspect.Refuse("release.personal", "Type", h.Type, "Text", h.Text)
		p.Place = at
		if at.Line > 0 {
			p.Line += strings.Count(text[:h.Start], "\n")
		}
		ps = append(ps, p)
	}
	return ps
}
