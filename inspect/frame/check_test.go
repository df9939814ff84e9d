package frame

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"zhicha/inspect"
)

func TestBadRows(t *testing.T) {
	for _, c := range []struct {
		name, old, new string // what to replace in small
		rule           string
		line           int
		field          string
	}{
		{"kind", "TS,130102001000", "XX,130102001000", "frame.kind", 3, "kind"},
		{"household", "VC,130102001001", "HH,130102001001", "frame.kind", 4, "kind"},
		{"code too short", "VC,130102001001,甲一社区居委会,130102001001", "VC,13010200101,甲一社区居委会,130102001001", "frame.code", 4, "id"},
		{"full-width code", "VC,130102001001,甲一社区居委会,130102001001", "VC,１30102001001,甲一社区居委会,130102001001", "frame.code", 4, "id"},
		{"code as number", "VC,130102001001", "VC,1.30102E+11", "frame.code-number", 4, "id"},
		{"code with decimals", "VC,130102001001", "VC,130102001001.0", "frame.code-number", 4, "id"},
		{"area as number", "甲一社区居委会,130102001001", "甲一社区居委会,1.1E+17", "frame.code-number", 4, "area_code"},
		{"village code of a township", "VC,130102001001,甲一社区居委会,130102001001", "VC,130102001000,甲一社区居委会,130102001000", "frame.code", 4, "id"},
		{"county code of a township", "CO,441900000000", "CO,441900003000", "frame.code", 7, "id"},
		{"institution id", "WI,W-2", "WI,W 2", "frame.code", 6, "id"},
		{"institution id as number", "WI,W-2", "WI,1.1E+17", "frame.code-number", 6, "id"},
		{"area of somebody else", "甲一社区居委会,130102001001", "甲一社区居委会,130102001002", "frame.area", 4, "area_code"},
		{"name missing", "甲一社区居委会", "", "frame.name", 4, "name"},
		{"name with a lost character", "甲一社区居委会", "甲一\ufffd居委会", "frame.name", 4, "name"},
		{"name with a tab inside", "甲一社区居委会", "甲一\t居委会", "frame.name", 4, "name"},
		{"unknown reporting unit", "甲一社区居委会,130102001001,13", "甲一社区居委会,130102001001,71", "frame.reporting-unit", 4, "reporting_unit"},
		{"area and reporting unit", "东社区,441900003001,44", "东社区,441900003001,45", "frame.region", 9, "reporting_unit"},
		{"XPCC outside Xinjiang", "丙救助站（演示数据）,659001001000", "丙救助站（演示数据）,110100000000", "frame.region", 18, "reporting_unit"},
		{"corps id elsewhere", "CO,BT6501,兵团驻某市团场,650100000000,BT", "CO,BT6501,兵团驻某市团场,650100000000,65", "frame.code", 10, "id"},
		{"orphan township", "13,130102000000,130102001000,,\nVC,130102001001", "13,130102990000,130102001000,,\nVC,130102001001", "frame.orphan", 3, "county"},
		{"county of another lineage", "13,130102000000,130102001000,,\nVC,130102001001", "13,130103000000,130102001000,,\nVC,130102001001", "frame.lineage", 3, "county"},
		{"orphan village", "TS,441900003000,东街道,441900003000,44,441900000000,441900003000,,\n", "\n", "frame.orphan", 9, "township"},
		{"village of another lineage", "441900000000,441900003000,,\nCO,BT", "441900000000,441900004000,,\nCO,BT", "frame.lineage", 9, "township"},
		{"orphan institution", "BT,659001000000,,,3", "BT,659002000000,,,3", "frame.orphan", 18, "county"},
		{"village's county is not its township's", "BT,BT6501,650103501000,,\nTS,650106", "BT,659001000000,650103501000,,\nTS,650106", "frame.parent-county", 12, "county"},
		{"who answers differs from the parent's", "TS,650106501000,兵团二团,650106501000,BT", "TS,650106501000,兵团二团,650106501000,65", "frame.parent-region", 13, "reporting_unit"},
		{"county with a township", "44,441900000000,,5000", "44,441900000000,441900003000,5000", "frame.fixed-field", 7, "township"},
		{"county of another county", "44,441900000000,,5000", "44,130102000000,,5000", "frame.fixed-field", 7, "county"},
		{"size missing", ",,5000,", ",,,", "frame.size-missing", 7, "size"},
		{"size a word", ",,5000,", ",,很多,", "frame.size", 7, "size"},
		{"size negative", ",,5000,", ",,-5,", "frame.size", 7, "size"},
		{"size zero", ",,5000,", ",,0,", "frame.size", 7, "size"},
		{"size with a fraction", ",,5000,", ",,5.0,", "frame.size", 7, "size"},
		{"size with a leading zero", ",,5000,", ",,05000,", "frame.size", 7, "size"},
		{"size too large", ",,5000,", ",,1000000001,", "frame.size", 7, "size"},
		{"size beyond 64 bits", ",,5000,", ",,99999999999999999999,", "frame.size", 7, "size"},
		{"risk", ",,900,2", ",,900,5", "frame.risk", 2, "risk"},
		{"risk zero", ",,900,2", ",,900,0", "frame.risk", 2, "risk"},
		{"too few fields", ",,900,2", ",,900", "frame.fields", 2, ""},
		{"too many fields", ",,900,2", ",,900,2,", "frame.fields", 2, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(small, c.old, c.new, 1)
			if text == small {
				t.Fatal("nothing was replaced")
			}
			_, err := Build(rowsOf(t, text))
			for _, p := range inspect.ProblemsOf(err) {
				if p.Rule == c.rule && p.Place == (inspect.Place{File: "f.csv", Line: c.line, Field: c.field}) && p.Class == inspect.Rejected {
					return
				}
			}
			t.Errorf("got %v", inspect.ProblemsOf(err))
		})
	}
}

// A bad row is reported once and does not make orphans of its children.
func TestNoEchoes(t *testing.T) {
	_, err := Build(rowsOf(t, strings.Replace(small, ",,5000,", ",,x,", 1)))
	if ps := inspect.ProblemsOf(err); len(ps) != 1 {
		t.Errorf("got %v", ps)
	}
}

func TestTwice(t *testing.T) {
	again := "VC,130102001002,又一村,130102001002,13,130102000000,130102001000,,\n"
	_, err := Build(rowsOf(t, small+again))
	ps := inspect.ProblemsOf(err)
	if len(ps) != 1 || ps[0].Rule != "frame.twice" || ps[0].Line != 19 || ps[0].Args["First"] != "f.csv:5" {
		t.Errorf("got %v", ps)
	}
	// The same id may stand at two kinds: the key is (kind, id).
	if _, err := Build(rowsOf(t, small+"WI,130102001002,某机构,130102001002,13,130102000000,,,\n")); err != nil {
		t.Error(err)
	}
}

// What is wrong is told as it stood, whatever it holds.
func TestFieldsOfAnyText(t *testing.T) {
	again := "CO,\"4,\n4\",甲,441900000000,44,,,1,\n"
	orphan := "WI,W-3,乙,441900000000,44,\"13,\n1\",,,\n"
	_, err := Build(rowsOf(t, small+again+again+orphan))
	var told []string
	for _, p := range inspect.ProblemsOf(err) {
		told = append(told, p.Error())
	}
	for _, want := range []string{
		"frame.twice at f.csv:21:id: first=f.csv:19, id=4,\n4, kind=CO", "frame.orphan at f.csv:23:county: id=W-3, parent=13,\n1",
	} {
		if !slices.Contains(told, want) {
			t.Errorf("want %q among %q", want, told)
		}
	}
}

func TestAllProblemsButNotEndlessly(t *testing.T) {
	var b strings.Builder
	b.WriteString(small)
	for i := range 250 {
		fmt.Fprintf(&b, "VC,4419000039%02d,村,441900003%03d,44,441900000000,441900003000,,9x\n", i%100, i)
	}
	_, err := Build(rowsOf(t, b.String()))
	ps := inspect.ProblemsOf(err)
	if len(ps) != maxPrinted+1 || ps[maxPrinted].Rule != "frame.more" || ps[maxPrinted].Args["N"].(int) < 150 {
		t.Errorf("%d problems, last %v", len(ps), ps[len(ps)-1])
	}
	if inspect.ExitStatus(err) != 5 {
		t.Errorf("exit status %d", inspect.ExitStatus(err))
	}
}

func TestForeignErrorsEndTheWork(t *testing.T) {
	broken := errors.New("disk")
	var seq iter.Seq2[Row, error] = func(yield func(Row, error) bool) { yield(Row{}, broken) }
	if _, err := Build(seq); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestEmptyFrame(t *testing.T) {
	_, err := Build(rowsOf(t, header))
	if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != "frame.empty" {
		t.Errorf("got %v", err)
	}
}

func TestSheetsAreNamed(t *testing.T) {
	at := inspect.Place{File: "f.xlsx", Sheet: "抽样框", Line: 7}
	seq := func(yield func(Row, error) bool) {
		yield(Row{at, []string{"TS", "130102001000", "甲", "130102001000", "13", "130102000000", "", "", ""}}, nil)
	}
	_, err := Build(rowsOf(t, strings.Join(strings.SplitAfter(small, "\n")[:2], "")), seq, seq)
	ps := inspect.ProblemsOf(err)
	at.Field = "id"
	if len(ps) != 1 || ps[0].Place != at || ps[0].Rule != "frame.twice" {
		t.Errorf("got %v", ps)
	}
}
