package intake

import (
	"testing"

	"zhicha/inspect"
)

// Two texts are alike where they share nine in ten of their pairs of letters.
func TestLikeAtTheLimit(t *testing.T) {
	pairs := func(shared, own int, letter rune) map[[2]rune]int {
		return map[[2]rune]int{{'共', '同'}: shared, {letter, letter}: own}
	}
	for shared, want := range map[int]bool{0: false, 80: false, 89: false, 90: true, 91: true, 100: true} {
		if got := like(pairs(shared, 100-shared, '甲'), pairs(shared, 100-shared, '乙')); got != want {
			t.Errorf("%d in 100 shared: %v", shared, got)
		}
	}
	for shared, want := range map[int]bool{896: false, 899: false, 900: true} {
		if got := like(pairs(shared, 1000-shared, '甲'), pairs(shared, 1000-shared, '乙')); got != want {
			t.Errorf("%d in 1000 shared: %v", shared, got)
		}
	}
	if like(pairs(100, 0, '甲'), pairs(50, 0, '乙')) {
		t.Error("a text and half of it are alike")
	}
}

// letters are the first n of as many different characters.
func letters(n int) []rune {
	var out []rune
	for i := range n {
		out = append(out, rune(0x5000+i))
	}
	return out
}

// Of 41 letters, 40 pairs, two changed letters inside leave 36 pairs shared, which is nine in ten;
// a third leaves 34, which is not enough, though it is more than eight in ten.
func TestCopiedAtTheLimit(t *testing.T) {
	changed := func(n, places int) string {
		out := letters(n)
		for i := range places {
			out[5+10*i] = rune(0x6000 + i)
		}
		return string(out)
	}
	for name, c := range map[string]struct {
		a, b string
		want bool
	}{
		"two of forty changed":   {changed(41, 0), changed(41, 2), true},
		"three of forty changed": {changed(41, 0), changed(41, 3), false},
		"twenty letters":         {changed(20, 0), changed(20, 0), true},
		"nineteen letters":       {changed(19, 0), changed(19, 0), false},
		"figures are no letters": {changed(19, 0) + "2023", changed(19, 0) + "2023", false},
	} {
		said := func(i int, text string) inspect.Report {
			return with(i, func(r *inspect.Report) { r.Observations = []inspect.Observation{{Kind: inspect.Practice, Fact: text}} })
		}
		got, _ := warned(t, known(), said(0, c.a), said(3, c.b))
		if (got["intake.copied"] != nil) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Copied texts are counted, each by the item it belongs to.
func TestCopiedIsCounted(t *testing.T) {
	note := func(i int, texts ...string) inspect.Report {
		return with(i, func(r *inspect.Report) {
			for n, text := range texts {
				r.Answers[n].Note = text
			}
		})
	}
	a, b := string(letters(30)), string(letters(60)[30:])
	for name, c := range map[string]struct {
		own   inspect.Report
		count any // nil: no warning
	}{
		"both":               {note(1, a, b), 2},
		"one":                {note(1, a), 1},
		"under another item": {note(1, b, a), nil},
	} {
		got, _ := warned(t, known(), note(0, a, b), c.own)
		w := got["intake.copied"]
		if (w != nil) != (c.count != nil) || w != nil && w.Args["Count"] != c.count {
			t.Errorf("%s: %v", name, w)
		}
	}
}

// Five visits in a row with five full answers each are worth a look; four of either are not.
func TestFullMarksAtTheLimit(t *testing.T) {
	c := &check{judge: &judge{known: &Known{Checklist: cl}}}
	for n, want := range map[int]bool{0: false, 4: false, 5: true, 6: true} {
		rep := full(0)
		rep.Answers = rep.Answers[:n]
		if got := c.allFull(&rep); got != want {
			t.Errorf("%d full answers: %v", n, got)
		}
	}
	rep := full(0)
	rep.Answers = append(rep.Answers[:5:5], inspect.Answer{Item: "A9-99", Value: "no"}, inspect.Answer{Item: rep.Answers[5].Item, Value: inspect.NotApplicable})
	if !c.allFull(&rep) {
		t.Error("an unknown item and one that is not applicable count as a shortcoming")
	}
	rep.Answers = rep.Answers[1:]
	if c.allFull(&rep) {
		t.Error("an unknown item and one that is not applicable count as full answers")
	}
	// a run of which only the end is in this return is told there, with where it began
	k := known()
	for _, i := range []int{1, 2, 3, 4} {
		k.Current[full(i).Visit] = Current{Report: full(i)}
	}
	if got, _ := warned(t, k, full(5)); got["intake.full-marks"] == nil || got["intake.full-marks"].Args["Count"] != 5 ||
		got["intake.full-marks"].Args["First"] != "1-007-02" || got["intake.full-marks"].Args["Last"] != "1-007-06" {
		t.Errorf("%v", got)
	}
	if got, _ := warned(t, k, full(0)); got["intake.full-marks"] == nil || got["intake.full-marks"].Args["Last"] != "1-007-05" {
		t.Errorf("%v", got)
	}
	delete(k.Current, full(1).Visit)
	if got, _ := warned(t, k, full(5)); len(got) != 0 {
		t.Errorf("four in a row: %v", got)
	}
}
