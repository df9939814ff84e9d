package privacy

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// committee ends the official name of a village or community; people leave it out.
var committee = regexp.MustCompile(`(?:社区)?(?:村民委员会|居民委员会|村委会|居委会|社区)$`)

// besideRunes is how near a county or township makes a two-character stem a name.
const besideRunes = 12

// drawn finds what the plan holds: codes exactly, names with and without what says committee. A
// stem of two characters is a word too often, and counts only beside a county or township.
func (v *view) drawn(ctx Context) (out []span) {
	for _, code := range ctx.Codes {
		for _, s := range v.every(code, DrawnCode) {
			if !digitAt(v.text, s.from-1) && !digitAt(v.text, s.to) {
				out = append(out, s)
			}
		}
	}
	var beside []string
	var short []string
	for _, name := range ctx.Names {
		name = normalise(name).text
		stem := committee.ReplaceAllString(name, "")
		if stem == name {
			beside = append(beside, name) // a township, or an institution
		}
		switch n := utf8.RuneCountInString(stem); {
		case n > 2:
			out = append(out, v.every(stem, DrawnName)...)
		case n == 2:
			short = append(short, stem)
		}
		if strings.HasSuffix(name, stem+"村委会") {
			out = append(out, v.every(stem+"村", DrawnName)...)
		}
		if stem != name {
			out = append(out, v.every(name, DrawnName)...)
		}
	}
	for _, county := range ctx.Counties {
		beside = append(beside, normalise(county).text)
	}
	for _, stem := range short {
		for _, s := range v.every(stem, DrawnName) {
			if containsAny(v.around(s.from, s.to, besideRunes, besideRunes), beside) {
				out = append(out, s)
			}
		}
	}
	return out
}

// every finds all places where s stands.
func (v *view) every(s string, kind Type) (out []span) {
	if s == "" {
		return nil
	}
	for from := 0; ; {
		i := strings.Index(v.text[from:], s)
		if i < 0 {
			return out
		}
		out = append(out, span{from + i, from + i + len(s), kind})
		from += i + len(s)
	}
}

func digitAt(s string, i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }

func containsAny(s string, list []string) bool {
	for _, x := range list {
		if x != "" && strings.Contains(s, x) {
			return true
		}
	}
	return false
}
