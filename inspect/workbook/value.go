package workbook

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"zhicha/inspect"
)

// tidy brings a value that is compared or parsed into one form: full-width letters, digits and
// punctuation become half-width, invisible characters go, white space is single.
func tidy(s string) string {
	if isTidy(s) {
		return s
	}
	return strings.Join(strings.Fields(visible(norm.NFKC.String(visible(s)))), " ")
}

// isTidy spares the work for ASCII that is tidy already, as codes and numbers are.
func isTidy(s string) bool {
	space := true // before the first
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && space {
			return false
		}
		space = s[i] == ' '
	}
	return s == "" || !space
}

// prose tidies free text, which keeps its Chinese punctuation and its line breaks.
func prose(s string) string {
	return strings.TrimFunc(visible(strings.ReplaceAll(s, "\r\n", "\n")), unicode.IsSpace)
}

// visible drops format characters (zero-width ones, byte order marks), soft hyphens and controls.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == unicode.ReplacementChar, unicode.Is(unicode.Cf, r), unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// codeOf turns what stands in a choice cell into a code of options: the code itself, the code
// followed by its text as drop-downs show it, or the text alone, whole or up to its colon. What
// fits none is returned as it stands, for the judge to refuse.
func codeOf(text string, options []inspect.Coded) string {
	text = tidy(text)
	if text == "" {
		return ""
	}
	head := strings.TrimRight(text, ".。")
	if i := strings.IndexFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(":、,", r) }); i > 0 {
		head = text[:i]
	}
	for _, o := range options {
		if strings.EqualFold(head, o.Code) {
			return o.Code
		}
	}
	for _, o := range options {
		zh, en := tidy(o.Zh), tidy(o.En)
		short, _, _ := strings.Cut(zh, ":")
		if text == zh || text == short || strings.EqualFold(text, en) {
			return o.Code
		}
	}
	if code, ok := plainWords[text]; ok && slices.ContainsFunc(options, func(o inspect.Coded) bool { return o.Code == code }) {
		return code
	}
	return text
}

// plainWords are what people write instead of choosing.
var plainWords = map[string]string{
	"是": "yes", "有": "yes", "√": "yes", "y": "yes", "Y": "yes",
	"部分": "partly", "部分是": "partly", "基本": "partly",
	"否": "no", "无": "no", "没有": "no", "×": "no", "n": "no", "N": "no",
	"不适用": inspect.NotApplicable, "N/A": inspect.NotApplicable, "n/a": inspect.NotApplicable,
	"未核实": inspect.NotVerified, "无法核实": inspect.NotVerified,
}

// oral are the ways in which people say that they only listened to a report.
var oral = []string{"听汇报", "口头汇报", "汇报", "听取汇报", "oral"}

// methodOf reads a method. An oral report keeps its name, so that the judge can say what is wrong.
func methodOf(text string, options []inspect.Coded, oralCode string) string {
	code := codeOf(text, options)
	if slices.Contains(oral, strings.ToLower(code)) || strings.HasPrefix(strings.ToUpper(code), oralCode) {
		return oralCode
	}
	return code
}

// numberOf brings a number into plain digits where it is one (３ → 3, 3.0 → 3, 1,200 → 1200, 三十 →
// 30) and otherwise returns the text as it stands.
func numberOf(text string) string {
	s := tidy(text)
	plain := strings.ReplaceAll(s, ",", "")
	if f, err := strconv.ParseFloat(plain, 64); err == nil && f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatInt(int64(f), 10)
	}
	if n, ok := chineseNumber(s); ok {
		return strconv.Itoa(n)
	}
	return s
}

var chineseDigits = map[rune]int{'〇': 0, '零': 0, '一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9}

// chineseNumber reads Chinese numerals: digit by digit (二〇二六) or up to 99 with 十.
func chineseNumber(s string) (int, bool) {
	tens, n, digits := 0, 0, 0
	for i, r := range s {
		if d, ok := chineseDigits[r]; ok {
			n, digits = n*10+d, digits+1
			if digits > 4 {
				return 0, false
			}
		} else if r == '十' && tens == 0 && digits <= 1 && (i == 0 || n > 0) {
			tens, n, digits = max(n, 1)*10, 0, 0
		} else {
			return 0, false
		}
	}
	if s == "" || tens > 0 && digits > 1 {
		return 0, false
	}
	return tens + n, true
}

var numerals = regexp.MustCompile(`[〇零一二三四五六七八九十]+`)

// moment is a day, a time of day, or both, as somebody wrote them.
type moment struct {
	day      inspect.Date // empty where only a time was written
	clock    time.Duration
	hasClock bool
}

var (
	dayText   = regexp.MustCompile(`^(?:(\d{4})\s?[-/.年]\s?)?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?:日|号)?(?:[ T]|$)`)
	dayDigits = regexp.MustCompile(`^(20\d\d)(\d\d)(\d\d)$`)
	clockText = regexp.MustCompile(`^(上午|早上|中午|下午|晚上|[AaPp][Mm])?\s?(\d{1,2})\s?[:时点]\s?(?:(\d{1,2})分?)?(?::(\d{1,2})(?:\.\d+)?)?\s?([AaPp][Mm])?$`)
	weekday   = regexp.MustCompile(`\(?(星期|周)[一二三四五六日天]\)?`)
)

// parseMoment reads a date, a time or both: 2023-01-08 10:30, 2023/1/8, 2023.1.8, 20230108,
// 1月8日10:30, 二〇二三年一月八日, 上午10点30分, 1030, and the serial numbers spreadsheets keep
// (counted from 1904 where the workbook says so). A date without a year takes the year that
// brings it closest to near.
func parseMoment(text string, near inspect.Date, from1904 bool) (moment, error) {
	s := tidy(text)
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return parseNumber(s, f, from1904)
	}
	s = strings.TrimSpace(weekday.ReplaceAllString(s, " "))
	s = numerals.ReplaceAllStringFunc(s, func(n string) string {
		if v, ok := chineseNumber(n); ok {
			return strconv.Itoa(v)
		}
		return n
	})
	s = strings.Join(strings.Fields(s), " ")
	var m moment
	rest := s
	if loc := strings.IndexAny(s, "日号"); loc > 0 { // 1月8日10:30 has no space to split at
		size := len("日")
		rest = s[:loc+size] + " " + strings.TrimSpace(s[loc+size:])
		rest = strings.TrimSpace(rest)
	}
	if g := dayText.FindStringSubmatch(rest); g != nil {
		day, err := civil(g[1], g[2], g[3], near)
		if err != nil {
			return moment{}, fmt.Errorf("invalid date %q", text)
		}
		m.day, rest = day, strings.TrimSpace(rest[len(g[0]):])
	}
	if rest == "" && m.day != "" {
		return m, nil
	}
	clock, err := parseClock(rest)
	if err != nil {
		return moment{}, fmt.Errorf("malformed date or time %q", text)
	}
	m.clock, m.hasClock = clock, true
	return m, nil
}

// parseNumber reads what a spreadsheet keeps as a number: 20230108, 1030, or a serial.
func parseNumber(s string, f float64, from1904 bool) (moment, error) {
	if g := dayDigits.FindStringSubmatch(s); g != nil {
		day, err := civil(g[1], g[2], g[3], "")
		return moment{day: day}, err
	}
	if from1904 && f >= 1 {
		f += 1462
	}
	switch {
	case len(s) >= 3 && len(s) <= 4 && f == math.Trunc(f) && f >= 0 && f < 2400 && int(f)%100 < 60:
		return moment{clock: time.Duration(int(f)/100)*time.Hour + time.Duration(int(f)%100)*time.Minute, hasClock: true}, nil
	case f >= 0 && f < 1:
		return moment{clock: ofDay(f), hasClock: true}, nil
	case f >= 36526 && f < 73051: // 2000-01-01 to 2099-12-31
		whole, part := math.Modf(f)
		clock := ofDay(part)
		day := inspect.Date("1899-12-30").Add(int(whole))
		if clock == 24*time.Hour {
			day, clock = day.Add(1), 0
		}
		return moment{day: day, clock: clock, hasClock: part > 0}, nil
	}
	return moment{}, fmt.Errorf("malformed date or time %q", s)
}

// ofDay is a share of a day, to the second.
func ofDay(f float64) time.Duration { return time.Duration(math.Round(f*86400)) * time.Second }

// civil is a day that exists, from its digits.
func civil(year, month, day string, near inspect.Date) (inspect.Date, error) {
	mo, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	if year != "" {
		y, _ := strconv.Atoi(year)
		return inspect.ParseDate(fmt.Sprintf("%04d-%02d-%02d", y, mo, d))
	}
	if near == "" {
		return "", fmt.Errorf("date %s-%s without a year", month, day)
	}
	var best inspect.Date
	for y := near.Time().Year() - 1; y <= near.Time().Year()+1; y++ {
		if c, err := inspect.ParseDate(fmt.Sprintf("%04d-%02d-%02d", y, mo, d)); err == nil &&
			(best == "" || abs(near.Days(c)) < abs(near.Days(best))) {
			best = c
		}
	}
	if best == "" {
		return "", fmt.Errorf("invalid date %s-%s", month, day)
	}
	return best, nil
}

func abs(n int) int { return max(n, -n) }

// parseClock reads 10:30, 10:30:15, 10时30分, 10点, 下午2:30, 2:30 PM.
func parseClock(s string) (time.Duration, error) {
	g := clockText.FindStringSubmatch(s)
	if g == nil {
		return 0, fmt.Errorf("malformed time %q", s)
	}
	h, _ := strconv.Atoi(g[2])
	m, _ := strconv.Atoi(g[3])
	sec, _ := strconv.Atoi(g[4])
	half := strings.ToLower(g[1] + g[5])
	switch {
	case (half == "下午" || half == "晚上" || half == "pm") && h < 12, half == "中午" && h < 3:
		h += 12
	case (half == "上午" || half == "早上" || half == "am") && h == 12:
		h = 0
	}
	if h > 23 || m > 59 || sec > 59 {
		return 0, fmt.Errorf("invalid time %q", s)
	}
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(sec)*time.Second, nil
}
