package inspect

import (
	"bufio"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"
)

// Beijing is the one clock of a campaign: UTC+08:00, everywhere and not configurable.
var Beijing = time.FixedZone("UTC+08:00", 8*60*60)

// Date is a calendar day written 2006-01-02. The zero value is the empty string.
type Date string

// DateOf returns the day of t in Beijing.
func DateOf(t time.Time) Date { return Date(t.In(Beijing).Format(time.DateOnly)) }

// ParseDate reads 2006-01-02 strictly.
func ParseDate(s string) (Date, error) {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", fmt.Errorf("malformed date %q", s)
	}
	return Date(s), nil
}

// Time is midnight in Beijing at the start of the day.
func (d Date) Time() time.Time {
	t, _ := time.ParseInLocation(time.DateOnly, string(d), Beijing)
	return t
}

// Add returns the day n days later.
func (d Date) Add(n int) Date { return DateOf(d.Time().AddDate(0, 0, n)) }

// Days returns how many days later other is; negative when it is earlier.
func (d Date) Days(other Date) int { return int(other.Time().Sub(d.Time()) / (24 * time.Hour)) }

// Window is a span of days, both ends included.
type Window struct {
	From Date `json:"from" mapstructure:"from" yaml:"from"`
	To   Date `json:"to" mapstructure:"to" yaml:"to"`
}

// Calendar knows which days the State Council's yearly notice moved: off or work.
type Calendar struct {
	moved map[Date]bool // true: work
	years map[string]bool
}

// ParseCalendar reads holidays.csv: a header `date,kind`, then a day and `off` or `work` a line.
func ParseCalendar(name string, r io.Reader) (*Calendar, error) {
	c := &Calendar{moved: map[Date]bool{}, years: map[string]bool{}}
	var ps Problems
	sc := bufio.NewScanner(r)
	for line := 1; sc.Scan(); line++ {
		text := strings.TrimSpace(strings.TrimPrefix(sc.Text(), "\ufeff"))
		if text == "" || line == 1 && strings.EqualFold(text, "date,kind") {
			continue
		}
		day, kind, _ := strings.Cut(text, ",")
		d, err := ParseDate(day)
		if err != nil || kind != "off" && kind != "work" {
			ps = append(ps, Reject("calendar.row", Place{File: name, Line: line}, "Row", text))
			continue
		}
		if _, twice := c.moved[d]; twice {
			ps = append(ps, Reject("calendar.twice", Place{File: name, Line: line}, "Date", day))
			continue
		}
		c.moved[d], c.years[day[:4]] = kind == "work", true
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("calendar %q: %w", name, err)
	}
	if err := ps.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

// Knows reports whether the calendar has rows for the year of d. Without, Monday to Friday
// count as working days and the caller owes a warning.
func (c *Calendar) Knows(d Date) bool { return c.years[string(d[:4])] }

// Working reports whether d is a working day.
func (c *Calendar) Working(d Date) bool {
	if work, moved := c.moved[d]; moved {
		return work
	}
	wd := d.Time().Weekday()
	return wd != time.Saturday && wd != time.Sunday
}

// Deadline is the end of the n-th working day after the day of from, that day not counted.
func (c *Calendar) Deadline(from Date, n int) time.Time {
	d := from
	for n > 0 {
		if d = d.Add(1); c.Working(d) {
			n--
		}
	}
	return d.Add(1).Time().Add(-time.Second)
}

// Canonical is the calendar as sorted CSV, for digesting.
func (c *Calendar) Canonical() []byte {
	days := make([]string, 0, len(c.moved))
	for d := range c.moved {
		days = append(days, string(d))
	}
	sort.Strings(days)
	out := []byte("date,kind\n")
	for _, d := range days {
		kind := "off"
		if c.moved[Date(d)] {
			kind = "work"
		}
		out = append(out, d+","+kind+"\n"...)
	}
	return out
}
