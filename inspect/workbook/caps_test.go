package workbook

import (
	"archive/zip"
	"bytes"
	"io"
	"maps"
	"strings"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
)

// partsOf are a workbook's parts by name.
func partsOf(t testing.TB, data []byte) map[string]string {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, part := range zr.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[part.Name] = string(b)
	}
	return parts
}

// packed is the workbook of some parts, not compressed.
func packed(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	for name, text := range parts {
		w, err := zw.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, text)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// before puts n times unit before the last mark of a text.
func before(mark, unit string, n int) func(string) string {
	return func(s string) string {
		i := strings.LastIndex(s, mark)
		return s[:i] + strings.Repeat(unit, n) + s[i:]
	}
}

// What would take a hundred times its size in memory is refused unread, and what a large packet
// holds is not.
func TestFormCaps(t *testing.T) {
	const sheet = sheetsFolder + "sheet2.xml"
	whole := func(s string) func(string) string { return func(string) string { return s } }
	for _, c := range []struct {
		name   string
		change map[string]func(string) string
		rule   string
	}{
		{"shared texts", map[string]func(string) string{sharedPart: before("</sst>", "<si/>", sharedTags)}, "workbook.too-large"},
		{"some shared texts", map[string]func(string) string{sharedPart: before("</sst>", "<si/>", sharedTags/2)}, ""},
		{"styles", map[string]func(string) string{"xl/styles.xml": before("</cellXfs>", "<xf/>", otherTags)}, "workbook.too-large"},
		{"sheets", map[string]func(string) string{bookPart: before("</sheets>", "<sheet/>", bookTags)}, "workbook.too-large"},
		{"parts", map[string]func(string) string{bookRels: before("</Relationships>", "<Relationship/>", bookTags)}, "workbook.too-large"},
		{"cells", map[string]func(string) string{sheet: before("</row>", "<c/>", sheetTags)}, "workbook.too-large"},
		{"some cells", map[string]func(string) string{sheet: before("</row>", "<c/>", sheetTags/2)}, ""},
		{"text", map[string]func(string) string{sheet: before("</sheetData>", " ", returnPart*3/4), sheetsFolder + "sheet1.xml": before("</sheetData>", " ", returnPart*3/4),
			sheetsFolder + "sheet3.xml": before("</sheetData>", " ", returnPart*3/4), sheetsFolder + "sheet4.xml": before("</sheetData>", " ", returnPart*3/4),
			sharedPart: before("</sst>", " ", returnPart*3/4), "docProps/app.xml": before("</", " ", returnPart*3/4)}, "workbook.too-large"},
		{"some text", map[string]func(string) string{sheet: before("</sheetData>", " ", returnPart*3/4)}, ""},
		{"a workbook among the sheets", map[string]func(string) string{rootRels: func(s string) string {
			return strings.Replace(s, bookPart, sheet, 1)
		}}, "workbook.damaged"},
		{"two sheets of one part", map[string]func(string) string{bookRels: func(s string) string {
			return strings.Replace(s, "sheet3.xml", "sheet2.xml", 1)
		}}, "workbook.damaged"},
		{"photos", map[string]func(string) string{"xl/media/image1.jpeg": whole("\xff\xd8\xff" + strings.Repeat("<", 2*otherTags))}, ""},
		{"a part that is no picture", map[string]func(string) string{"xl/media/image1.jpeg": whole(strings.Repeat("<", 2*otherTags))}, "workbook.too-large"},
		{"a far empty cell beside a formula", map[string]func(string) string{sheet: before("</sheetData>", `<row r="3900"><c r="J3900"><f>1</f></c><c r="XFD3900"/></row>`, 1)}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			parts := partsOf(t, filled(t))
			for name, f := range c.change {
				parts[name] = f(parts[name])
			}
			ret, err := ReadReturn("x.xlsx", packed(t, parts), checklist.Default(), nil)
			ps := inspect.ProblemsOf(err)
			if c.rule == "" && (err != nil || len(ret.Reports) != 3) || c.rule != "" && (len(ps) != 1 || ps[0].Rule != c.rule) {
				t.Errorf("want %q, got %v", c.rule, err)
			}
		})
	}
}

func TestFormulas(t *testing.T) {
	got := formulas([]byte(`<worksheet><sheetData><row r="2"><c r="B2"><f>A1</f><v>1</v></c><c><f t="shared" si="0">A$1+1</f></c></row>` +
		`<row><c r="C3"><f t="shared" si="0"/></c><c><v>f</v></c><c><x:f>1</x:f></c></row></sheetData></worksheet>`))
	want := map[string]string{"B2": "A1", "C2": "A$1+1", "C3": "A$1+1", "E3": "1"}
	if len(got) != len(want) {
		t.Errorf("got %v", got)
	}
	for cell, formula := range want {
		if got[cell] != formula {
			t.Errorf("%s: %q, want %q", cell, got[cell], formula)
		}
	}
	if formulas([]byte(`<worksheet><sheetData><row><c><v>f</v></c></row></sheetData></worksheet>`)) != nil {
		t.Error("a formula was found where none is")
	}
}

// FuzzForm feeds the parts of a sound container, which bytes changed at random hardly ever leave.
func FuzzForm(f *testing.F) {
	parts := partsOf(f, filled(f))
	for name := range parts { // a small workbook is read often
		if n := strings.TrimPrefix(name, sheetsFolder+"sheet"); n != name && n != "1.xml" && n != "2.xml" && !strings.Contains(parts[name], Form) {
			parts[name] = "<worksheet/>"
		}
	}
	names := []string{sheetsFolder + "sheet2.xml", sharedPart, bookPart, bookRels, "xl/styles.xml", "[Content_Types].xml", rootRels}
	for i, name := range names {
		text := parts[name]
		f.Add(uint8(i), text[:min(len(text), 4000)])
	}
	f.Add(uint8(0), `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>检查编号</t></is></c><c t="s"><v>0</v></c><c><f>1</f></c></row></sheetData></worksheet>`)
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		name := names[int(which)%len(names)]
		changed := maps.Clone(parts)
		changed[name] = text
		ret, err := ReadReturn("x.xlsx", packed(t, changed), checklist.Default(), nil)
		if (ret == nil) == (err == nil) {
			t.Fatal("a return and an error exclude each other")
		}
		if err != nil && len(inspect.ProblemsOf(err)) == 0 {
			t.Fatalf("not a problem: %v", err)
		}
	})
}
