package workbook

import (
	"bytes"
	"testing"

	"github.com/xuri/excelize/v2"

	"zhicha/inspect"
)

// Every rung of a wave has one length, whatever is in it, and opens with its code alone.
func TestRungs(t *testing.T) {
	long, short := packet(7), packet(8)
	short.Visits = short.Visits[:1]
	for _, r := range inspect.Rungs {
		size, err := RungSize(long, r)
		if err != nil {
			t.Fatal(err)
		}
		lengths := map[int]bool{}
		for _, p := range []Packet{long, short} {
			var out bytes.Buffer
			if err := WriteRung(chance(t.Name()), &out, p, r, "12345678901234567890", size); err != nil {
				t.Fatal(err)
			}
			lengths[out.Len()] = true
			if got, err := excelize.Decrypt(out.Bytes(), &excelize.Options{Password: "12345678901234567891"}); err == nil && bytes.HasPrefix(got, []byte("PK")) {
				t.Errorf("%s opens with another code", r)
			}
			plain, err := excelize.Decrypt(out.Bytes(), &excelize.Options{Password: "12345678901234567890"})
			if err != nil {
				t.Fatalf("%s: %v", r, err)
			}
			f, err := excelize.OpenReader(bytes.NewReader(plain))
			if err != nil {
				t.Fatalf("%s: %v", r, err)
			}
			rows, err := f.GetRows(coverSheet)
			if err != nil || rows[0][0] != p.Title {
				t.Errorf("%s: the cover says %v, %v", r, rows, err)
			}
			if told := containsText(rows, p.Visits[0].Places.Village); told {
				t.Errorf("%s tells of the village on its cover", r)
			}
			if told := containsText(rows, p.Visits[0].Places.County); told != (r == inspect.RungCounty) {
				t.Errorf("%s: the county is told: %v", r, told)
			}
		}
		if len(lengths) != 1 {
			t.Errorf("%s has lengths %v", r, lengths)
		}
	}
}

func containsText(rows [][]string, text string) bool {
	for _, row := range rows {
		for _, c := range row {
			if text != "" && c == text {
				return true
			}
		}
	}
	return false
}
