package workbook

import (
	"archive/zip"
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"zhicha/inspect"
)

// bookWith is a workbook of one sheet with these cells, and a few texts to share.
func bookWith(t testing.TB, sheet []byte) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetCellStr("Sheet1", "A1", "x"); err != nil {
		t.Fatal(err)
	}
	var plain, out bytes.Buffer
	if err := f.Write(&plain); err != nil {
		t.Fatal(err)
	}
	zr, err := zip.NewReader(bytes.NewReader(plain.Bytes()), int64(plain.Len()))
	if err != nil {
		t.Fatal(err)
	}
	zw := zip.NewWriter(&out)
	for _, part := range zr.File {
		w, err := zw.Create(part.Name)
		if err != nil {
			t.Fatal(err)
		}
		switch part.Name {
		case "xl/worksheets/sheet1.xml":
			w.Write(sheet)
		case sharedPart:
			w.Write([]byte(`<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>甲</t></si><si><r><rPr><b/></rPr><t xml:space="preserve">乙 </t></r><r><t>&amp;c</t></r><rPh sb="0" eb="1"><t>yi</t></rPh></si></sst>`))
		default:
			r, err := part.Open()
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			b.ReadFrom(r)
			w.Write(b.Bytes())
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// bothWays reads a sheet off its XML and through the library, and reports whether the first was possible.
func bothWays(t testing.TB, sheet []byte) bool {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(bookWith(t, sheet)), excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := scanWith(f, inspect.Place{Sheet: "Sheet1"})
	got, ok := plainCells(sheet, sharedOf(f))
	if !ok {
		return false
	}
	if err != nil {
		t.Fatalf("read, and yet the library refuses it: %v\n%s", err, sheet)
	}
	same(t, want, got, string(sheet))
	return true
}

func same(t testing.TB, want, got grid, what string) {
	t.Helper()
	for r := range max(len(want), len(got)) {
		for c := range columnMax + 1 {
			if want.at(r, c) != got.at(r, c) {
				t.Fatalf("%s: %q, the library %q\n%s", cellName(c+1, r+1), got.at(r, c), want.at(r, c), what)
			}
		}
	}
}

func sheetOf(rows string) []byte {
	return []byte(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1"/><sheetData>` + rows + `</sheetData><mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells></worksheet>`)
}

// plain are rows as spreadsheet programmes write them, odd are others, which the library has to read.
var (
	plain = []string{
		``, `<row r="3"/>`, `<row r="1"></row>`, `<row r="2" spans="1:3" x14ac:dyDescent="0.2"><c r="B2" s="4"/><c r="C2" t="s"><v>0</v></c></row>`,
		`<row r="1"><c r="A1" t="s"><v>1</v></c><c r="D1"><v>12.50</v></c></row>`, `<row><c t="n"><v>1</v></c><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c></row><row><c r="B2"><v>2</v></c></row>`,
		`<row r="1"><c r="A1" t="inlineStr"><is><t xml:space="preserve"> a&lt;b&#x4e59;&#10;
</t></is></c><c r="B1" t="inlineStr"><is><r><t>一</t></r><r><rPr><strike/></rPr><t>二</t></r><phoneticPr fontId="1"/></is></c></row>`,
		`<row r="1"><c r="A1" t="str"><f>B1&amp;"x"</f><v>x</v></c><c r="B1"><f ca="1">1+1</f></c><c r="C1"/><c r="D1" t="d"><v>2023-01-20T00:00:00Z</v></c></row>`,
		`<row r="1"><c r="A1" t="s"><v>99</v></c><c r="B1" t="s"><v></v></c><c r="C1" t="s"/><c r="D1" t="inlineStr"><v>v</v></c><c r="E1" t="inlineStr"><is/></c></row>`,
		"<row r=\"1\">\r\n <c r=\"A1\"><v>7</v></c>\r\n</row>", "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>a\r\nb\rc</v></c></row>",
		`<row r="4001"/><row r="9999"><c r="A9999" s="1"/></row>`, `<row r="1"><c r="ZZ1" s="1"/></row>`,
	}
	odd = []string{
		`<row r="1"><c r="A1" t="s"><v>x</v></c></row>`, `<row r="1"><c r="A1"><v><![CDATA[7]]></v></c></row>`, `<!-- --><row r="1"/>`, `<x:row r="1"/>`, `<row r='1'/>`,
		`<row r="2"/><row r="1"/>`, `<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>2</v></c></row>`, `<row r="1"><c r="A2"><v>1</v></c></row>`, `<row r="1"><c r="a1"><v>1</v></c></row>`,
		`<row r="1"><c r="A1"><v>1</v><v>2</v></c></row>`, `<row r="1"><c r="A1" t="str"><v>&nbsp;</v></c></row>`, `<row r="1"><c r="A1" t="str"><v>&#0;</v></c></row>`, `<row r="1"><c r="A1"`,
		`<row r="1"><c r="A1" t="inlineStr"><is><t>_x4E59_</t></is></c></row>`, `<row r="1"><c r="A1" t="inlineStr"><is><t>a</t><t>b</t></is></c></row>`,
		`<row r="4001"><c r="A4001"><v>1</v></c></row>`, `<row r="1"><c r="ZZ1"><v>1</v></c></row>`, "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>\x01</v></c></row>", `<row r="1"><c r="A1" s="x"><v>1</v></c></row>`,
		`<row r="1"><extLst><ext/></extLst></row>`, `<row r="1" r ="2"/>`,
		// what the fuzz test found: the library ends there in silence, or reads on
		"<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><r><rPr><b/>\x1e</rPr><t>x</t></r></is></c></row>", `<row r="1"><c r="A1" ="x"><v>1</v></c></row>`,
		`<row r="1"><c r="A1" t="inlineStr"><is><r><rPr><b/></rPs><t>x</t></r></is></c></row>`, `<row r="1"><c r="A1"><v>7]]></v></c></row>`,
		`<row r="1"><c r="A1" t="inlineStr"><is><r>&/t></r></is></c></row>`, `<row r="1"><c r="A1"><v>1</v></c></row></sheetData><more><row><c><v>2</v></c></row>`,
	}
)

func TestPlainCells(t *testing.T) {
	for _, rows := range plain {
		if !bothWays(t, sheetOf(rows)) {
			t.Errorf("left to the library: %s", rows)
		}
	}
	for _, rows := range odd {
		if _, ok := plainCells(sheetOf(rows), func(int) string { return "" }); ok {
			t.Errorf("read: %s", rows)
		}
	}
	for _, sheet := range []string{"", "<worksheet/>", `<?xml version="1.0"?F<worksheet><sheetData></sheetData></worksheet>`, `<worksheet><dimension ref="A1<sheetData></sheetData></worksheet>`,
		`<worksheet><a></b><c><sheetData></sheetData></worksheet>`, `<?xml version="1.0" encoding="GBK"?><worksheet><sheetData></sheetData></worksheet>`, `<worksheet><!-- <sheetData></sheetData> --><sheetData></sheetData></worksheet>`} {
		if _, ok := plainCells([]byte(sheet), nil); ok {
			t.Errorf("read: %s", sheet)
		}
	}
}

// What a packet's sheets hold is read alike, as it was made and as somebody filled it in.
func TestPlainPacket(t *testing.T) {
	path := blank(t, packet(2))
	for _, filled := range []bool{false, true} {
		if filled {
			fill(t, path)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := openForm(path, data)
		if err != nil {
			t.Fatal(err)
		}
		parts := sheetParts(f)
		for i, name := range f.GetSheetList() {
			want, err := scanWith(f, inspect.Place{Sheet: name})
			if err != nil {
				t.Fatal(err)
			}
			got, ok := plainCells(parts[name], sharedOf(f))
			if i > 0 && (!ok || len(want) < 3) {
				t.Errorf("%s is left to the library", name)
			}
			same(t, want, got, name)
		}
		f.Close()
	}
}

func FuzzPlainCells(f *testing.F) {
	for _, rows := range append(plain, odd...) {
		f.Add(sheetOf(rows))
	}
	f.Fuzz(func(t *testing.T, sheet []byte) {
		if len(sheet) > 1<<16 || strings.Contains(string(sheet), "encoding=") && !bytes.Contains(sheet, []byte(`encoding="UTF-8"`)) {
			return
		}
		if _, err := sourceOf(sheet, inspect.Place{}); err != nil { // such a sheet is refused before
			return
		}
		if _, ok := plainCells(sheet, func(int) string { return "" }); ok {
			bothWays(t, sheet)
		}
	})
}
