package workbook

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/xuri/excelize/v2"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
)

var filledOnce sync.Once
var filledBytes []byte

// filled is a packet of three visits (household, village, office), filled in.
func filled(t testing.TB) []byte {
	t.Helper()
	filledOnce.Do(func() {
		p := packet(7)
		p.Visits = []inspect.Visit{p.Visits[0], p.Visits[3], p.Visits[len(p.Visits)-1]}
		path := blank(t, p)
		fill(t, path)
		f, err := excelize.OpenFile(path) // and saved as programmes do, with texts that cells share
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for _, sheet := range f.GetSheetList() {
			text, err := f.GetCellValue(sheet, "A1")
			if err == nil {
				err = f.SetCellStr(sheet, "A1", text)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Save(); err != nil {
			t.Fatal(err)
		}
		filledBytes, _ = os.ReadFile(path)
	})
	return filledBytes
}

// edited is the filled packet after a change made in a spreadsheet programme.
func edited(t testing.TB, change func(f *excelize.File) error) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(filled(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := change(f); err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if _, err := f.WriteTo(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// cells are where things stand on the sheets of the filled packet.
func cells(t testing.TB) (household, village *inspect.Report) {
	t.Helper()
	ret, err := ReadReturn("P-007.xlsx", filled(t), checklist.Default(), nil)
	if err != nil || len(ret.Reports) != 3 {
		t.Fatalf("%v, %d reports", err, len(ret.Reports))
	}
	return &ret.Reports[0], &ret.Reports[1]
}

func TestBadCells(t *testing.T) {
	hh, vc := cells(t)
	for _, c := range []struct {
		name, sheet, cell, value, rule string
	}{
		{"a time that is none", hh.Sheet, hh.Cells["arrived"], "上午", "workbook.time"},
		{"a date where a time belongs", hh.Sheet, hh.Cells["left"], "2023-01-08", "workbook.time"},
		{"a date that does not exist", hh.Sheet, hh.Cells["date"], "2023-02-30", "workbook.time"},
		{"a time without a date", vc.Sheet, vc.Cells["date"], "", "workbook.date-missing"},
		{"a register that is no number", hh.Sheet, hh.Cells["register"], "十几户", "workbook.number"},
		{"a negative household", hh.Sheet, hh.Cells["household"], "-3", "workbook.number"},
		{"an error value", hh.Sheet, hh.Cells["A1-01"], "#REF!", "workbook.formula"},
		{"a number where a choice belongs", hh.Sheet, strings.Replace(hh.Cells["A1-01"], "D", "E", 1), "4", "workbook.number-idle"},
		{"a revision that is no number", coverSheet, "B10", "二次", "workbook.number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := edited(t, func(f *excelize.File) error { return f.SetCellStr(c.sheet, c.cell, c.value) })
			ret, err := ReadReturn("x.xlsx", data, checklist.Default(), nil)
			if err != nil {
				t.Fatal(err)
			}
			var got inspect.Problems
			for _, rep := range ret.Reports {
				got = append(got, rep.Problems...)
			}
			if !slices.ContainsFunc(got, func(p *inspect.Problem) bool {
				return p.Rule == c.rule && p.Sheet == c.sheet && p.Cell == c.cell && p.File == "x.xlsx"
			}) {
				t.Errorf("want %s at %s!%s, got %v", c.rule, c.sheet, c.cell, got)
			}
			if len(ret.Reports) != 3 {
				t.Errorf("%d reports are left", len(ret.Reports))
			}
		})
	}
}

func TestFormulaIsNoAnswer(t *testing.T) {
	hh, _ := cells(t)
	data := edited(t, func(f *excelize.File) error { return f.SetCellFormula(hh.Sheet, hh.Cells["A1-01"], "A1&B1") })
	ret, err := ReadReturn("x.xlsx", data, checklist.Default(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if ps := ret.Reports[0].Problems; len(ps) != 1 || ps[0].Rule != "workbook.formula" || ps[0].Cell != hh.Cells["A1-01"] {
		t.Error(ps)
	}
}

// Whatever people do to a workbook without changing what it says must change nothing.
func TestHarmlessChanges(t *testing.T) {
	hh, vc := cells(t)
	set := func(sheet, cell, value string) func(*excelize.File) error {
		return func(f *excelize.File) error { return f.SetCellStr(sheet, cell, value) }
	}
	for name, change := range map[string]func(*excelize.File) error{
		"sheet renamed":        func(f *excelize.File) error { return f.SetSheetName(hh.Sheet, "改过名的表") },
		"sheet hidden":         func(f *excelize.File) error { return f.SetSheetVisible(vc.Sheet, false) },
		"sheet moved":          func(f *excelize.File) error { return f.MoveSheet(vc.Sheet, coverSheet) },
		"sheet added":          func(f *excelize.File) error { _, err := f.NewSheet("草稿"); return err },
		"column inserted":      func(f *excelize.File) error { return f.InsertCols(hh.Sheet, "D", 1) },
		"row inserted":         func(f *excelize.File) error { return f.InsertRows(hh.Sheet, 20, 1) },
		"code alone":           set(hh.Sheet, hh.Cells["A1-01"], "ｙｅｓ"),
		"plain word":           set(hh.Sheet, hh.Cells["A1-01"], "是 \u200b"),
		"full-width digits":    set(hh.Sheet, hh.Cells["register"], "１４"),
		"time with seconds":    set(hh.Sheet, hh.Cells["arrived"], "10：00：00"),
		"time with its day":    set(hh.Sheet, hh.Cells["arrived"], "1月8日 10:00"),
		"date with dots":       set(hh.Sheet, hh.Cells["date"], "2023.1.8"),
		"formatted far down":   func(f *excelize.File) error { return f.SetRowHeight(hh.Sheet, 9000, 20) },
		"date as serial":       func(f *excelize.File) error { return f.SetCellInt(hh.Sheet, hh.Cells["date"], 44934) },
		"time as serial":       func(f *excelize.File) error { return f.SetCellFloat(hh.Sheet, hh.Cells["arrived"], 10.0/24, -1, 64) },
		"lower-case item code": set(hh.Sheet, strings.Replace(hh.Cells["A1-01"], "D", "A", 1), "a1-01"),
	} {
		t.Run(name, func(t *testing.T) {
			ret, err := ReadReturn("P-07(1).xlsx", edited(t, change), checklist.Default(), nil)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(ret.Reports, func(r inspect.Report) bool { return r.Visit == hh.Visit })
			if len(ret.Reports) != 3 || len(ret.Problems) > 0 || i < 0 {
				t.Fatalf("%d reports, problems %v", len(ret.Reports), ret.Problems)
			}
			got := &ret.Reports[i]
			if len(got.Problems) > 0 || !got.Arrived.Equal(hh.Arrived) || got.Register != hh.Register || !slices.Equal(got.Answers, hh.Answers) {
				t.Errorf("the report changed: %+v", got)
			}
		})
	}
}

func TestDates1904(t *testing.T) {
	hh, _ := cells(t)
	data := edited(t, func(f *excelize.File) error {
		on := true
		if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &on}); err != nil {
			return err
		}
		return f.SetCellInt(hh.Sheet, hh.Cells["date"], 44934-1462)
	})
	ret, err := ReadReturn("x.xlsx", data, checklist.Default(), nil)
	if err != nil || !ret.Reports[0].Arrived.Equal(hh.Arrived) {
		t.Errorf("%v: %v", err, ret.Reports[0].Arrived)
	}
}

func TestOralReportKeepsItsName(t *testing.T) {
	hh, _ := cells(t)
	data := edited(t, func(f *excelize.File) error { return f.SetCellStr(hh.Sheet, hh.Cells["A1-01.method"], "听汇报") })
	ret, err := ReadReturn("x.xlsx", data, checklist.Default(), nil)
	if err != nil || ret.Reports[0].Answers[0].Method != checklist.Oral {
		t.Errorf("%v: %+v", err, ret.Reports[0].Answers[0])
	}
}

func TestVisitOnTwoSheets(t *testing.T) {
	hh, _ := cells(t)
	data := edited(t, func(f *excelize.File) error {
		i, err := f.NewSheet(hh.Sheet + " (2)")
		if err != nil {
			return err
		}
		from, _ := f.GetSheetIndex(hh.Sheet)
		return f.CopySheet(from, i)
	})
	ret, err := ReadReturn("x.xlsx", data, checklist.Default(), nil)
	if err != nil || len(ret.Reports) != 4 {
		t.Fatalf("%v, %d reports", err, len(ret.Reports))
	}
	for _, i := range []int{0, 3} {
		if ps := ret.Reports[i].Problems; len(ps) != 1 || ps[0].Rule != "workbook.visit-twice" || ps[0].Cell != "B1" {
			t.Errorf("%s: %v", ret.Reports[i].Sheet, ps)
		}
	}
}

func TestRevisionOnCover(t *testing.T) {
	data := edited(t, func(f *excelize.File) error {
		if err := f.SetCellStr(coverSheet, "B10", "２"); err != nil {
			return err
		}
		return f.SetCellStr(coverSheet, "B11", "到达时间填错")
	})
	ret, err := ReadReturn("x.xlsx", data, checklist.Default(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, rep := range ret.Reports {
		if rep.Revision != 2 || rep.Correction != "到达时间填错" || rep.Cells["revision"] != coverSheet+"!B10" {
			t.Errorf("%s: revision %d %q %q", rep.Visit, rep.Revision, rep.Correction, rep.Cells["revision"])
		}
	}
}

func TestBadContainers(t *testing.T) {
	good := filled(t)
	ole := func(stream string) []byte {
		return append(append(slices.Clone(oleMagic), make([]byte, 512)...), utf16le(stream)...)
	}
	zipped := func(name string, size int) []byte {
		var buf bytes.Buffer
		zw := zip.NewWriter(&buf)
		w, _ := zw.Create(name)
		io.CopyN(w, zeros{}, int64(size))
		zw.Close()
		return buf.Bytes()
	}
	far := edited(t, func(f *excelize.File) error { return f.SetCellStr(metaSheet, "XFD1048576", "x") })
	for name, c := range map[string]struct {
		data []byte
		rule string
	}{
		"empty":                {nil, "workbook.empty"},
		"csv renamed":          {[]byte("编号,姓名\n1,2\n"), "workbook.not-xlsx"},
		"old xls":              {ole("Workbook"), "workbook.legacy"},
		"password":             {ole("EncryptedPackage"), "workbook.encrypted"},
		"truncated":            {good[:len(good)/2], "workbook.damaged"},
		"another zip":          {zipped("readme.txt", 10), "workbook.not-xlsx"},
		"zip bomb":             {zipped("xl/workbook.xml", unzipMax+1), "workbook.too-large"},
		"xml that is none":     {zipped("xl/workbook.xml", 10), "workbook.damaged"},
		"another workbook":     {edited(t, func(f *excelize.File) error { return f.SetSheetName(metaSheet, "x") }), "workbook.not-a-packet"},
		"older form":           {edited(t, func(f *excelize.File) error { return f.SetCellStr(metaSheet, "B1", "zhicha-form/0") }), "workbook.form-version"},
		"hidden id edited":     {edited(t, func(f *excelize.File) error { return f.SetCellStr(metaSheet, "B4", "七") }), "workbook.meta-edited"},
		"a cell far out":       {far, "workbook.far-cell"},
		"a member of any type": {append([]byte("PK\x03\x04"), make([]byte, 100)...), "workbook.damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			ret, err := ReadReturn("P-007.xlsx", c.data, checklist.Default(), nil)
			ps := inspect.ProblemsOf(err)
			if ret != nil || len(ps) != 1 || ps[0].Rule != c.rule || ps[0].File != "P-007.xlsx" || ps[0].Class != inspect.Rejected {
				t.Errorf("want %s, got %v", c.rule, err)
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func FuzzReadReturn(f *testing.F) {
	good := filled(f)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte("PK\x03\x04"))
	f.Add(slices.Concat(oleMagic, make([]byte, 64)))
	f.Fuzz(func(t *testing.T, data []byte) {
		ret, err := ReadReturn("x.xlsx", data, checklist.Default(), nil)
		if (ret == nil) == (err == nil) {
			t.Fatal("a return and an error exclude each other")
		}
		if err != nil && len(inspect.ProblemsOf(err)) == 0 {
			t.Fatalf("not a problem: %v", err)
		}
	})
}
