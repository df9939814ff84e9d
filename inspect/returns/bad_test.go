package returns_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zhicha/inspect/campaign"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/returns"
)

var update = flag.Bool("update", false, "write testdata/bad/packet.xlsx anew; testdata/bad/make.py makes the rest of it")

// badReturn is a file of testdata/bad and what intake must make of it, alone or after others.
type badReturn struct {
	files  string   // the last one is judged
	says   []string // the rules with sheet, cell and field of problems, then of warnings, in order
	visits string   // outcomes of the reports, in the order of states' names
}

const none = ""

// badReturns are the bad inputs a workbook can bring, by their numbers in the list. Number 22 has no
// field in a return, 33 to 35 belong to rectification; 30, 41 to 44 come in a form's file only.
var badReturns = []badReturn{
	{"00-libreoffice.xlsx", nil, "accepted=4"},
	{"00-openpyxl.xlsx", nil, "accepted=4"},
	{"01-csv-bom.xlsx", []string{"workbook.not-xlsx"}, none},
	{"01-csv-gbk.xlsx", []string{"workbook.not-xlsx"}, none},
	{"01-csv-utf16.xlsx", []string{"workbook.not-xlsx"}, none},
	{"01-ods.xlsx", []string{"workbook.not-xlsx"}, none},
	{"01-xls.xlsx", []string{"workbook.legacy"}, none},
	{"02-password.xlsx", []string{"workbook.encrypted"}, none},
	{"03-nested.zip", []string{"in.zip intake.archive-nested"}, "accepted=4"},
	{"04-cut.xlsx", []string{"workbook.damaged"}, none},
	{"04-cut.zip", []string{"intake.archive-damaged"}, none},
	{"06-far-cell.xlsx", []string{"workbook.far-cell 01 家庭!XFD1048576"}, "accepted=3"},
	{"07-rows.xlsx", []string{"workbook.disorder 01 家庭!A9"}, "accepted=3"},
	{"07-cells.xlsx", []string{"workbook.disorder 01 家庭!C10"}, "accepted=3"},
	{"07-twice.xlsx", []string{"workbook.disorder 01 家庭!A10"}, "accepted=3"},
	{"08-sheet-missing.xlsx", []string{"intake.sheet-missing"}, "accepted=3"},
	{"08-sheet-renamed-hidden.xlsx", nil, "accepted=4"},
	{"08-sheet-twice.xlsx", []string{"workbook.visit-twice 01 家庭!B1", "workbook.visit-twice 01 家庭 Copy!B1"}, "accepted=3 refused=2"},
	{"08-meta-missing.xlsx", []string{"workbook.not-a-packet"}, none},
	{"09-older-form.xlsx", []string{"workbook.form-version"}, none},
	{"10-id-edited.xlsx", []string{"intake.unproven", "intake.sheet-missing"}, "accepted=3 without-proof=1"},
	{"10-meta-edited.xlsx", []string{"workbook.meta-edited meta"}, none},
	{"11-columns.xlsx", nil, "accepted=4"},
	{"12-merged.xlsx", []string{"workbook.merged 01 家庭!D35"}, "accepted=3 refused=1"},
	{"13-bom.xlsx", nil, "accepted=4"},
	{"13-gbk.xlsx", nil, "accepted=4"},
	{"13-gbk-unsaid.xlsx", []string{"workbook.encoding 01 家庭"}, "accepted=3"},
	{"13-utf16.xlsx", []string{"workbook.encoding 01 家庭"}, "accepted=3"},
	{"14-zip.zip", []string{"说明.txt workbook.not-xlsx"}, "accepted=4"},
	{"14-7z.zip", []string{"说明.txt workbook.not-xlsx"}, "accepted=4"},
	{"14-locked.zip", []string{"说明.txt intake.archive-encrypted"}, none},
	{"14-names.zip", []string{"../../P-007.xlsx workbook.not-xlsx", "P-007.XLSX workbook.not-xlsx", "p-007.xlsx workbook.not-xlsx"}, "accepted=4"},
	{"15-pasted.xlsx", []string{"checklist.option-unknown 01 家庭!D34 A1-01"}, "accepted=3 refused=1"},
	{"16-odd-characters.xlsx", nil, "accepted=4"},
	{"17-id-number.xlsx", []string{"intake.unproven", "intake.sheet-missing"}, "accepted=3 without-proof=1"},
	{"17-inspector-number.xlsx", []string{"workbook.number-damage 01 家庭!D12"}, "accepted=3 refused=1"},
	{"18-dates.xlsx", nil, "accepted=4"},
	{"18-dates-1904.xlsx", nil, "accepted=4"},
	{"18-no-date.xlsx", []string{"workbook.time 01 家庭!D8"}, "accepted=3 refused=1"},
	{"19-future.xlsx", []string{"intake.future 01 家庭!D10 left"}, "accepted=3 refused=1"},
	{"19-before.xlsx", []string{"intake.before-leg 01 家庭!D9 arrived"}, "accepted=3 refused=1"},
	{"20-formula.xlsx", []string{"workbook.formula 01 家庭!D34"}, "accepted=3 refused=1"},
	{"20-ref.xlsx", []string{"workbook.formula 01 家庭!D34"}, "accepted=3 refused=1"},
	{"21-formula-text.xlsx", nil, "accepted=4"},
	{"23-no-reason.xlsx", []string{"checklist.reason-missing 01 家庭!H34 A1-01"}, "accepted=3 refused=1"},
	{"24-blank.xlsx", []string{"checklist.blank 01 家庭!D34 A1-01"}, "accepted=3 refused=1"},
	{"24-irrelevant.xlsx", []string{"intake.answer-irrelevant 01 家庭!D34 B1-01", "intake.answer-missing 01 家庭 A1-01"}, "accepted=3 refused=1"},
	{"25-over.xlsx", []string{"checklist.ratio-over 03 村（居）委会!E21 A1-03"}, "accepted=3 refused=1"},
	{"25-negative.xlsx", []string{"checklist.negative 03 村（居）委会!E21 A1-03"}, "accepted=3 refused=1"},
	{"25-nan.xlsx", []string{"checklist.ratio-malformed 03 村（居）委会!E21 A1-03"}, "accepted=3 refused=1"},
	{"26-other-packet.xlsx", []string{"intake.unproven"}, "without-proof=4"},
	{"26-other-campaign.xlsx", []string{"intake.unproven"}, "without-proof=4"},
	{"26-other-wave.xlsx", []string{"intake.unproven"}, "without-proof=4"},
	{"26-other-checklist.xlsx", []string{"intake.checklist"}, "refused=4"},
	{"packet.xlsx packet.xlsx", nil, none},
	{"packet.xlsx 00-openpyxl.xlsx", nil, "unchanged=4"},
	{"packet.xlsx 28-conflict.xlsx", []string{"intake.conflict 封面!B10 revision"}, "held=1 unchanged=3"},
	{"packet.xlsx 29-second.xlsx", []string{"intake.newer 封面!B10 revision"}, "held=1 unchanged=3"},
	{"packet.xlsx 29-second.xlsx 29-third.xlsx 29-stale.xlsx", []string{"intake.newer 封面!B10 revision"}, "held=1 unchanged=3"},
	{"packet.xlsx 29-second.xlsx 00-openpyxl.xlsx", nil, "unchanged=4"},
	{"31-other-leg.xlsx", []string{"intake.unproven", "intake.sheet-missing"}, "accepted=3 without-proof=1"},
	{"32-left-first.xlsx", []string{"intake.left-before-arrived 01 家庭!D10 left"}, "accepted=3 refused=1"},
	{"32-two-places.xlsx", []string{"intake.two-places 01 家庭!D9 arrived", "intake.two-places 02 家庭!D9 arrived"}, "accepted=4"},
	{"32-office-first.xlsx", []string{"intake.order-upwards 04 未保办!D9 arrived"}, "accepted=4"},
	{"36-oral.xlsx", []string{"checklist.oral 01 家庭!G34 A1-01"}, "accepted=3 refused=1"},
	{"37-official.xlsx", []string{"intake.official-present 01 家庭!D15 present[1]", "intake.escort-unexplained 01 家庭!D19 escort"}, "accepted=4"},
	{"38-skipped.xlsx", []string{"intake.household-skipped 02 家庭!D32 substitution"}, "accepted=3 refused=1"},
	{"39-copied.xlsx", []string{"intake.copied 02 家庭!I34 A1-01.note"}, "accepted=4"},
	{"40-personal.xlsx", []string{"intake.personal 01 家庭!I34 A1-01.note"}, "accepted=4"},
	{"45-no-time.xlsx", []string{"intake.time-missing 01 家庭!D9 arrived"}, "accepted=4"},
}

// Every bad return is refused or flagged where it is bad, and what is good in it is kept.
func TestBadReturns(t *testing.T) {
	const dir = "testdata/bad"
	plan := rehearsal.FieldPlan(8)
	if packet := filepath.Join(dir, "packet.xlsx"); *update {
		rehearsal.FieldPacket(t, packet, plan, 7)
		rehearsal.FieldFill(t, packet)
	}
	tested := map[string]bool{}
	for _, b := range badReturns {
		files := strings.Fields(b.files)
		t.Run(b.files, func(t *testing.T) {
			t.Parallel()
			c := rehearsal.Fieldwork(t, 8)
			var taken []returns.Taken
			for i, f := range files {
				began := time.Now()
				var err error
				if taken, err = returns.TakeIn(t.Context(), c, rehearsal.Who(c, "draw-1"), 1, []string{filepath.Join(dir, f)}); err != nil {
					t.Fatal(err)
				}
				if i < len(files)-1 && len(taken[0].Problems) > 0 {
					t.Fatalf("%s: %v %v", f, taken[0].Problems, taken[0].Warnings)
				}
				t.Logf("%s: %s", f, time.Since(began).Round(time.Millisecond))
			}
			if says := saysAll(taken, filepath.Join(dir, files[len(files)-1])); !slices.Equal(says, b.says) {
				t.Errorf("says %q\nwant %q", says, b.says)
			}
			if got := outcomesOf(taken); got != b.visits {
				t.Errorf("visits %q, want %q", got, b.visits)
			}
			if files[0] == "packet.xlsx" {
				return
			}
			if filed := filedOf(t, c); filed != b.kept() {
				t.Errorf("%d visits are filed, want %d", filed, b.kept())
			}
		})
		for _, f := range files {
			tested[f] = true
		}
	}
	there, err := filepath.Glob(filepath.Join(dir, "*.*[xp]")) // xlsx, zip
	for _, f := range there {
		if f = filepath.Base(f); !tested[f] && !strings.HasSuffix(f, ".py") {
			t.Errorf("%s is not tested, %v", f, err)
		}
	}
}

// kept is how many reports of the file are sound.
func (b badReturn) kept() (n int) {
	fmt.Sscanf(b.visits, "accepted=%d", &n)
	return n
}

func filedOf(t *testing.T, c *campaign.Campaign) (n int) {
	t.Helper()
	visits, err := c.Visits(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range visits {
		if v.Report != nil {
			n++
		}
	}
	return n
}

// saysAll are the rules of every problem and warning with their places, files without the one given.
func saysAll(taken []returns.Taken, file string) (out []string) {
	for _, t := range taken {
		for _, p := range slices.Concat(t.Problems, t.Warnings) {
			if p.Rule == "intake.clear" { // every file here but one is; TestClear looks at it
				continue
			}
			at := p.Sheet
			if p.Cell != "" {
				at += "!" + p.Cell
			}
			inner := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(p.File, file), "/"), "第七组/")
			out = append(out, strings.Join(strings.Fields(strings.Join([]string{inner, p.Rule, at, p.Field}, " ")), " "))
		}
	}
	return out
}

func outcomesOf(taken []returns.Taken) string {
	totals := map[string]int{}
	var out []string
	for _, t := range taken {
		for state, n := range t.Visits {
			totals[state] += n
		}
	}
	for state, n := range totals {
		out = append(out, fmt.Sprintf("%s=%d", state, n))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// Files nobody can read cost little: each bomb is answered at once, and its neighbour is read.
func TestBadReturnBesideGood(t *testing.T) {
	c := rehearsal.Fieldwork(t, 8)
	dir := t.TempDir()
	good, err := os.ReadFile("testdata/bad/packet.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"a.zip": packed(t, entry{"bomb", make([]byte, returns.MaxReturn+1)}, entry{"P-007.xlsx", good}), "b.xlsx": packed(t, entry{"xl/workbook.xml", make([]byte, returns.MaxReturn+1)})} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	taken, err := returns.TakeIn(t.Context(), c, rehearsal.Who(c, "draw-1"), 1, []string{dir})
	if err != nil || outcomesOf(taken) != "accepted=4" {
		t.Fatalf("%s, %v", outcomesOf(taken), err)
	}
	var rules []string
	for _, x := range taken {
		rules = append(rules, rehearsal.RuleOf(x.Problems.Err()))
	}
	if want := []string{"intake.too-large", "", "workbook.too-large"}; !slices.Equal(rules, want) {
		t.Errorf("rules %q, want %q", rules, want)
	}
	if awaited, err := returns.Awaited(t.Context(), c, 1); err != nil || !slices.Equal(awaited, []int{1, 2, 3, 4, 5, 6, 8}) {
		t.Errorf("awaited %v, %v", awaited, err)
	}
}
