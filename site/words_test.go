package site

import (
	"strings"
	"testing"

	"zhicha/inspect/release"
	"zhicha/inspect/say"
)

// Every note the airlock can hand out has its sentence in both languages, and the page says it.
func TestNotesInWords(t *testing.T) {
	english, err := say.New("en")
	if err != nil {
		t.Fatal(err)
	}
	p := sample()
	for code, want := range map[string]string{
		"no-data":         "样本不足，不评等次：没有可计分的检查记录。",
		"few-counties":    "样本不足，不评等次：抽中县区少于规定数量。",
		"few-visits":      "样本不足，不评等次：计分的现场检查少于规定次数。",
		"wide":            "样本不足，不评等次：得分区间过宽。",
		"two-cuts":        "样本不足，不评等次：得分区间跨越两个以上等次。",
		release.Unsampled: "本批次未抽查。",
		release.Lowered:   "经确认的红线项使等次下调一档。",
	} {
		p.Regions[0].BandNote = code
		s, err := plan(p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.pages {
			if s.pages[i].Path != "regions/"+p.Regions[0].Code+".html" {
				continue
			}
			f, err := s.pages[i].render()
			if err != nil || !strings.Contains(string(f.Data), `<p class="note">`+want+`</p>`) {
				t.Errorf("%s is not said as %q: %v", code, want, err)
			}
		}
		if _, ok := english.Lookup("release.note."+code, nil); !ok {
			t.Errorf("%s has no English", code)
		}
	}
}

// A share is shown in per cent, an interval with both ends, and what is not known as a dash.
func TestNumbersInWords(t *testing.T) {
	percent := funcs["percent"].(func(float64) string)
	for share, want := range map[float64]string{0: "0.0%", .064: "6.4%", .333: "33.3%", 1: "100.0%"} {
		if got := percent(share); got != want {
			t.Errorf("%v: %s, want %s", share, got, want)
		}
	}
	if got := interval(release.Estimate{Known: true, Score: 80, Low: 78.2, High: 81.3}); got != "78.2～81.3" {
		t.Errorf("interval %s", got)
	}
	if got := interval(release.Estimate{Low: 78.2, High: 81.3}); got != "—" {
		t.Errorf("unknown interval %s", got)
	}
}
