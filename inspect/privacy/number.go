package privacy

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	// groups of digits with at most two separators between them, and a check letter
	digitRuns = regexp.MustCompile(`[0-9]+(?:[ \-‐‑‒–—().·]{1,2}[0-9]+)*`)
	digits    = regexp.MustCompile(`[0-9]+`)
	hexToken  = regexp.MustCompile(`[0-9a-f]{32,}`)
	token18   = regexp.MustCompile(`[0-9A-HJ-NPQRTUWXY]{18,}`)
	masked    = regexp.MustCompile(`[0-9]{6}[*•●×]{4,8}[0-9]{3}[0-9Xx]`)
	mobile    = regexp.MustCompile(`^(?:(?:00)?86)?1[3-9][0-9]{9}$`)
	areaCode  = regexp.MustCompile(`^(?:010|02[0-9]|0[3-9][0-9]{2})$`)
	landline  = regexp.MustCompile(`^(?:010|02[0-9]|0[3-9][0-9]{2})[2-9][0-9]{6,7}$`)
	idContext = regexp.MustCompile(`身份证|证件号|公民身份号码|身份号码|户口簿`)
)

// numbersMax is how many digits the longest number looked for has.
const numbersMax = 19

// group is a maximal run of digits.
type group struct{ from, to int }

// numbers tries every sequence of neighbouring digit groups as one number, since separators
// inside it mean nothing; the longest fitting sequence from a group wins.
func (v *view) numbers() (out []span) {
	for _, m := range masked.FindAllStringIndex(v.text, -1) {
		out = append(out, span{m[0], m[1], ResidentID})
	}
	exempt := v.exempt()
	for _, m := range digitRuns.FindAllStringIndex(v.text, -1) {
		var groups []group
		for _, g := range digits.FindAllStringIndex(v.text[m[0]:m[1]], -1) {
			groups = append(groups, group{m[0] + g[0], m[0] + g[1]})
		}
		for i := 0; i < len(groups); {
			s, used := v.longest(groups[i:])
			if used == 0 || within(exempt, s) {
				i++
				continue
			}
			out = append(out, s)
			i += used
		}
	}
	return out
}

// longest returns the longest number that starts with the first group, and how many it took.
func (v *view) longest(groups []group) (out span, used int) {
	number := ""
	for n, g := range groups {
		if number += v.text[g.from:g.to]; len(number) > numbersMax {
			break
		}
		if n > 2 && v.gap(groups, n) != v.gap(groups, n-1) {
			break // figures in a row of text, not one number
		}
		s := span{from: groups[0].from, to: g.to}
		if s.to < len(v.text) && len(number) == 17 && strings.ContainsRune("Xx", rune(v.text[s.to])) {
			s.to++
		}
		if s.kind = v.kindOf(number, s, groups[:n+1]); s.kind != "" {
			out, used = s, n+1
		}
	}
	return out, used
}

func (v *view) gap(groups []group, n int) string { return v.text[groups[n-1].to:groups[n].from] }

// kindOf says what a number is, or "".
func (v *view) kindOf(number string, s span, groups []group) Type {
	first := groups[0].to - groups[0].from
	switch {
	case s.to-groups[len(groups)-1].to == 1, len(number) == 18 && residentDate(number):
		if residentDate(number) {
			return ResidentID
		}
	case len(number) == 15 && province(number) && realDate("19"+number[6:12]) && idContext.MatchString(v.around(s.from, s.to, 20, 20)):
		return ResidentID
	case mobile.MatchString(number) && !figures(groups):
		return Mobile
	case landline.MatchString(number) && (len(groups) == 1 || areaCode.MatchString(number[:first])):
		return Landline
	case len(number) >= 16 && luhn(number) && quartered(groups):
		return BankCard
	}
	return ""
}

// figures reports whether the groups are of one and two digits mixed, like a list of figures
// and unlike any way of writing one number down.
func figures(groups []group) bool {
	one, two := false, false
	for _, g := range groups {
		switch g.to - g.from {
		case 1:
			one = true
		case 2:
			two = true
		default:
			return false
		}
	}
	return one && two
}

// quartered reports whether a number stands in one piece or in fours, as on a card.
func quartered(groups []group) bool {
	for _, g := range groups[:len(groups)-1] {
		if g.to-g.from != 4 {
			return false
		}
	}
	return true
}

// residentDate reports whether 17 or more digits begin as a resident id does: a province and a
// real date. A wrong check digit does not clear a number; it may be a slip of the pen.
func residentDate(number string) bool { return province(number) && realDate(number[6:14]) }

func province(number string) bool {
	switch n, _ := strconv.Atoi(number[:2]); n {
	case 11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83:
		return true
	}
	return false
}

func realDate(s string) bool {
	t, err := time.Parse("20060102", s)
	return err == nil && t.Year() >= 1800 && t.Year() < 2100
}

// residentCheck is the check of GB 11643 over 18 characters.
func residentCheck(id string) bool {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(id[i]-'0')
	}
	return "10X98765432"[sum%11] == id[17]
}

// luhn is the check of ISO/IEC 7812-1.
func luhn(number string) bool {
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// exempt are digests in hexadecimal and organisations' credit codes, which are public. A number
// that is a whole resident id as well is not exempt.
func (v *view) exempt() (out []span) {
	for _, m := range hexToken.FindAllStringIndex(v.text, -1) {
		out = append(out, span{from: m[0], to: m[1]})
	}
	for _, m := range token18.FindAllStringIndex(v.text, -1) {
		code := v.text[m[0]:m[1]]
		if len(code) == 18 && creditCheck(code) && !wholeResident(code) {
			out = append(out, span{from: m[0], to: m[1]})
		}
	}
	return out
}

func wholeResident(s string) bool {
	for i := range 17 {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return residentDate(s) && residentCheck(s)
}

// creditCheck is the check of GB 32100: weights 3ⁱ mod 31 over 17 characters.
func creditCheck(code string) bool {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	sum, weight := 0, 1
	for i := range 17 {
		at := strings.IndexByte(alphabet, code[i])
		if at < 0 {
			return false
		}
		sum += at * weight
		weight = weight * 3 % 31
	}
	return alphabet[(31-sum%31)%31] == code[17]
}

func within(outer []span, s span) bool {
	for _, o := range outer {
		if o.from <= s.from && s.to <= o.to {
			return true
		}
	}
	return false
}
