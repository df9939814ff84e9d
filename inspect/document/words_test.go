package document

import (
	"strings"
	"testing"
	"zhicha/inspect/say"
)

// Each sort of limit puts in its own numbers and no other, in both languages.
func TestDeadlineInWords(t *testing.T) {
	for _, c := range []struct {
		limit string
		zh    string
		en    []string // numbers, in the order of the sentence
	}{
		{LimitWritten, "立即处置，2小时内书面报告，24小时内跟进到位", []string{"2", "24"}},
		{LimitHours, "立即处置，24小时内报告", []string{"24"}},
		{LimitDays, "10个工作日内整改到位", []string{"10"}},
		{LimitWave, "下一批次检查前整改到位", nil},
	} {
		d := Deadline{Limit: c.limit, Hours: 24, Written: 2, Days: 10}
		if got, err := deadline(d); err != nil || got != c.zh {
			t.Errorf("%s: %q, %v; want %q", c.limit, got, err, c.zh)
		}
		english, err := say.New("en")
		if err != nil {
			t.Fatal(err)
		}
		text := english.Text("release.deadline."+c.limit, "Written", d.Written, "Hours", d.Hours, "Days", d.Days)
		numbers := strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
		if strings.Join(numbers, " ") != strings.Join(c.en, " ") {
			t.Errorf("%s puts %q into %q, want %q", c.limit, numbers, text, c.en)
		}
	}
}

// A code without words stops the draft instead of leaving a hole in it.
func TestNoWordsNoDraft(t *testing.T) {
	f := facts()
	f.Deadlines[0].Limit = "some-day"
	if text, err := Draft(Notice, f); err == nil {
		t.Errorf("drafted:\n%s", text)
	}
}

func TestEither(t *testing.T) {
	for want, names := range map[string][]string{"优秀": {"优秀"}, "良好或合格": {"良好", "合格"}} {
		if got, err := either(names); err != nil || got != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
}
