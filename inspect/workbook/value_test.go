package workbook

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
)

func TestParseMoment(t *testing.T) {
	const near = inspect.Date("2023-01-08")
	for _, c := range []struct {
		in   string
		y04  bool
		want string // "day clock", either may be missing; empty: an error
	}{
		{in: "2023-01-08 10:30", want: "2023-01-08 10h30m0s"},
		{in: "２０２３－０１－０８　１０：３０", want: "2023-01-08 10h30m0s"},
		{in: "2023/1/8", want: "2023-01-08"},
		{in: "2023.1.8", want: "2023-01-08"},
		{in: "20230108", want: "2023-01-08"},
		{in: "2023年1月8日10时30分", want: "2023-01-08 10h30m0s"},
		{in: "1月8日 10:30", want: "2023-01-08 10h30m0s"},
		{in: "1月8日10:30", want: "2023-01-08 10h30m0s"},
		{in: "12月31日", want: "2022-12-31"},
		{in: "二〇二三年一月八日", want: "2023-01-08"},
		{in: "二〇二三年十二月二十三日", want: "2023-12-23"},
		{in: "2023-01-08（星期日）", want: "2023-01-08"},
		{in: "\u200b10:30\ufeff", want: "10h30m0s"},
		{in: "10：05：20", want: "10h5m20s"},
		{in: "1030", want: "10h30m0s"},
		{in: "下午2:30", want: "14h30m0s"},
		{in: "2:30 PM", want: "14h30m0s"},
		{in: "上午10点", want: "10h0m0s"},
		{in: "44934", want: "2023-01-08"},
		{in: "44934.4375", want: "2023-01-08 10h30m0s"},
		{in: "0.4375", want: "10h30m0s"},
		{in: "0.43749999999", want: "10h30m0s"},
		{in: "43472.4375", y04: true, want: "2023-01-08 10h30m0s"},
		{in: "2023-02-30"}, {in: "25:00"}, {in: "10:75"}, {in: "NaN"}, {in: "1e300"}, {in: "-1"}, {in: "明天"}, {in: "10点半左右"}, {in: "1030.5"}, {in: "2023-13-01"},
	} {
		m, err := parseMoment(c.in, near, c.y04)
		got := string(m.day)
		if m.hasClock {
			got = strings.TrimSpace(got + " " + m.clock.String())
		}
		if (err != nil) != (c.want == "") || got != c.want {
			t.Errorf("parseMoment(%q) = %q, %v; want %q", c.in, got, err, c.want)
		}
	}
}

func TestNumberOf(t *testing.T) {
	for in, want := range map[string]string{
		"３": "3", " 3 ": "3", "3.0": "3", "1,200": "1200", "1，200": "1200", "三十": "30", "十二": "12", "二十三": "23", "-2": "-2", "0": "0",
		"3户": "3户", "NaN": "NaN", "2.5": "2.5", "": "", "十十": "十十", "一二三四五": "一二三四五",
	} {
		if got := numberOf(in); got != want {
			t.Errorf("numberOf(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCodeOf(t *testing.T) {
	options := append([]inspect.Coded{{Code: "yes", Zh: "是：当面走访", En: "met"}, {Code: "no", Zh: "否，没有人来过", En: "nobody came"}, {Code: "within_7_days", Zh: "最近7天内"}}, specials...)
	for in, want := range map[string]string{
		"yes 是：当面走访": "yes", "yes": "yes", "YES": "yes", "ｙｅｓ": "yes", "是：当面走访": "yes", "是": "yes", "是:当面走访 ": "yes",
		"否，没有人来过": "no", "否": "no", "no": "no", "nobody came": "no", "within_7_days 最近7天内": "within_7_days", "最近7天内": "within_7_days",
		"不适用": "na", "na 不适用": "na", "未核实": "unverified", "\u200byes": "yes", "": "", "也许": "也许", "yesterday": "yesterday",
	} {
		if got := codeOf(in, options); got != want {
			t.Errorf("codeOf(%q) = %q, want %q", in, got, want)
		}
	}
	if got := methodOf("听汇报", nil, "ORAL"); got != "ORAL" {
		t.Errorf("an oral report became %q", got)
	}
}

func TestProseKeepsPunctuation(t *testing.T) {
	if got := prose("\ufeff 门口，“插线板”破损；\r\n已更换。\u200b "); got != "门口，“插线板”破损；\n已更换。" {
		t.Errorf("prose = %q", got)
	}
}

func FuzzParseMoment(f *testing.F) {
	for _, s := range []string{"2023-01-08 10:30", "44934.4375", "1月8日10:30", "二〇二三年一月八日", "下午2:30", "", "1e400", "日号"} {
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, from1904 bool) {
		m, err := parseMoment(s, "2023-01-08", from1904)
		if err != nil {
			return
		}
		if m.day == "" && !m.hasClock {
			t.Errorf("%q gave neither a day nor a time", s)
		}
		if m.day != "" {
			if _, err := inspect.ParseDate(string(m.day)); err != nil {
				t.Errorf("%q gave the day %q", s, m.day)
			}
		}
		if m.clock < 0 || m.clock > 24*time.Hour {
			t.Errorf("%q gave the time %v", s, m.clock)
		}
	})
}

func FuzzNumberOf(f *testing.F) {
	for _, s := range []string{"３", "三十", "1,200", "NaN", "1e15", "-0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if once := numberOf(s); numberOf(once) != once {
			t.Errorf("numberOf(%q) = %q, and again %q", s, once, numberOf(once))
		}
	})
}

func FuzzCodeOf(f *testing.F) {
	f.Add("yes 是")
	f.Add("\u200b不适用：")
	f.Fuzz(func(t *testing.T, s string) {
		if code := codeOf(s, specials); strings.ContainsFunc(code, func(r rune) bool { return r == '\u200b' || r == '\ufeff' }) {
			t.Errorf("codeOf(%q) = %s", s, fmt.Sprintf("%q", code))
		}
	})
}
