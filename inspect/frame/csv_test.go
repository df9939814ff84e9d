package frame

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"zhicha/inspect"
)

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestEncodings(t *testing.T) {
	want := mustBuild(t, small).Digests()
	gbk, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(small)) // holds one character beyond GBK
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		data []byte
		enc  Encoding
	}{
		{"plain", []byte(small), UTF8},
		{"BOM", []byte("\ufeff" + small), UTF8BOM},
		{"GBK", gbk, GBK},
		{"gzip", gzipped(t, []byte(small)), UTF8},
		{"gzip of BOM", gzipped(t, []byte("\ufeff"+small)), UTF8BOM},
		{"gzip of GBK", gzipped(t, gbk), GBK},
		{"CRLF", []byte(strings.ReplaceAll(small, "\n", "\r\n")), UTF8},
		{"no last line feed", []byte(strings.TrimSuffix(small, "\n")), UTF8},
		{"blank lines", []byte(strings.ReplaceAll(small, "\nTS", "\n\n,,,,,,,,\nTS")), UTF8},
		{"quoted", []byte(strings.ReplaceAll(small, "东莞市", `"东莞市"`)), UTF8},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, enc, err := ReadCSV("f.csv", bytes.NewReader(c.data))
			if err != nil || enc != c.enc {
				t.Fatalf("encoding %q, %v", enc, err)
			}
			f, err := Build(rows)
			if err != nil {
				t.Fatal(err)
			}
			if f.Digests() != want {
				t.Error("the digest depends on the encoding")
			}
		})
	}
}

func TestColumnsInAnyOrder(t *testing.T) {
	text := "RISK, name,id,kind,size,area_code,county,township,reporting_unit\n,东莞市,441900000000,CO,5000,441900000000,,,44\n"
	u := mustBuild(t, text).Counties[0]
	if want := (inspect.Unit{Kind: inspect.CO, ID: "441900000000", Name: "东莞市", AreaCode: "441900000000", ReportingUnit: "44", County: "441900000000", Size: 5000}); u != want {
		t.Errorf("got %+v", u)
	}
}

func TestUnreadable(t *testing.T) {
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	zipped := gzipped(t, []byte(strings.Repeat(small, 50)))
	for _, c := range []struct {
		name string
		data []byte
		rule string
		line int
	}{
		{"nothing", nil, "frame.empty", 0},
		{"UTF-16", utf16, "frame.not-text", 1},
		{"workbook", []byte("PK\x03\x04\x14\x00\x06\x00"), "frame.not-text", 1},
		{"garbled", []byte(header + "CO,1,\xff\xfe\xfd,,,,,,\n"), "frame.encoding", 2},
		{"BOM and then not UTF-8", []byte("\ufeff" + header + "CO,1,\xb6\xab,,,,,,\n"), "frame.encoding", 1},
		{"truncated gzip", zipped[:len(zipped)/2], "frame.gzip", 0},
		{"column missing", []byte(strings.Replace(header, ",risk", "", 1)), "frame.column-missing", 1},
		{"column unknown", []byte(strings.Replace(header, "risk", "风险", 1)), "frame.column-unknown", 1},
		{"column twice", []byte(strings.Replace(header, "risk", "size", 1)), "frame.column-twice", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := ReadCSV("f.csv", bytes.NewReader(c.data))
			ps := inspect.ProblemsOf(err)
			if len(ps) == 0 || ps[0].Rule != c.rule || ps[0].Line != c.line || ps[0].File != "f.csv" {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestBrokenQuote(t *testing.T) {
	_, err := Build(rowsOf(t, strings.Replace(small, "东莞市", `"东莞市`, 1)))
	if ps := inspect.ProblemsOf(err); len(ps) == 0 || ps[0].Rule != "frame.quote" || ps[0].Line == 0 {
		t.Errorf("got %v", err)
	}
}

func TestQuotedCommaIsNoName(t *testing.T) {
	_, err := Build(rowsOf(t, strings.Replace(small, "东莞市", `"东,莞"`, 1)))
	if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != "frame.name" || ps[0].Line != 7 {
		t.Errorf("got %v", err)
	}
}

// A frozen frame can be handed to ReadCSV like any table: its repeated headers are skipped.
func TestFrozenIsACSV(t *testing.T) {
	f := mustBuild(t, small)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	rows, _, err := ReadCSV("frame.csv.gz", &b)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Build(rows)
	if err != nil || again.Digests() != f.Digests() {
		t.Errorf("got %v", err)
	}
}

func TestHeaderOfASheet(t *testing.T) {
	h, err := ParseHeader(inspect.Place{Sheet: "抽样框", Line: 1}, Columns)
	if err != nil || h.Len() != len(Columns) {
		t.Fatal(h.Len(), err)
	}
	if _, err := h.Row(inspect.Place{Line: 2}, []string{"CO"}); inspect.ProblemsOf(err)[0].Rule != "frame.fields" {
		t.Error(err)
	}
}

// A row is as long as it may be, quoted or not, and is named by the line it begins in where it is longer.
func TestLongRow(t *testing.T) {
	for _, quote := range []string{"", "\""} {
		for _, n := range []int{maxRow, maxRow + 1} {
			row := "CO,110101000000," + quote
			end := quote + ",110101000000,11,110101000000,,5,"
			row += strings.Repeat("y", n-len(row)-len(end)) + end
			rows, _, err := ReadCSV("frame.csv", strings.NewReader(strings.Join(Columns, ",")+"\n"+row+"\n"))
			var ps inspect.Problems
			if err == nil {
				for _, err := range rows {
					ps = append(ps, inspect.ProblemsOf(err)...)
				}
			} else {
				ps = inspect.ProblemsOf(err)
			}
			long := len(ps) == 1 && ps[0].Rule == "frame.row-long" && ps[0].Line == 2
			if long != (n > maxRow) || !long && len(ps) > 0 {
				t.Errorf("%d bytes, quoted by %q: %v", n, quote, ps)
			}
		}
	}
}
