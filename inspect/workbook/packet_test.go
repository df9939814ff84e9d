package workbook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
)

// order is a fixed permutation of 1…999: multiplication by 7 modulo 1000 would hit 0 only for 0,
// and by a prime modulo 1009 with the large ones left out keeps every number once.
func order() []int {
	var out []int
	for i := 1; i < 1009; i++ {
		if n := i * 358 % 1009; n <= 999 {
			out = append(out, n)
		}
	}
	return out
}

// packet is a leg like those of the default design: six households, two villages, two stations,
// an institution and the office.
func packet(leg int) Packet {
	p := Packet{
		Campaign: "winter-care-2023", Title: "2023年寒假春节期间困境儿童关爱服务活动抽查检查", Office: "抽查办公室（演示）", Demo: true,
		Leg:       inspect.Leg{No: leg, Wave: 1, Region: "52", County: "520123000000", Team: 3, Start: "2023-01-08", Days: 5, HourFrom: "10:00", HourTo: "17:00"},
		Team:      []string{"I-0301", "I-0302", "I-0303"},
		Checklist: checklist.Default(),
	}
	add := func(k inspect.Kind, unit, name string, slot int) {
		n := len(p.Visits) + 1
		v := inspect.Visit{
			ID: fmt.Sprintf("1-%03d-%02d", leg, n), Wave: 1, Leg: leg, Seq: n, Kind: k, Unit: unit, Day: inspect.Date("2023-01-08").Add(n / 4), Slot: slot,
			Places: inspect.Places{Region: "演示省", County: "演示县", Township: "演示镇", Village: "演示村", Name: name},
		}
		if k == inspect.HH {
			v.Order = order()
		}
		p.Visits = append(p.Visits, v)
	}
	for village := range 2 {
		unit := fmt.Sprintf("52012310020%d", village)
		for slot := range 3 {
			add(inspect.HH, unit, fmt.Sprintf("演示村%d 家庭", village+1), slot+1)
		}
		add(inspect.VC, unit, "演示村村民委员会", 0)
		add(inspect.TS, "520123100000", "演示镇工作站", 0)
	}
	add(inspect.WI, "W1", "演示机构", 0)
	add(inspect.CO, "520123000000", "演示县未保办", 0)
	return p
}

func blank(t testing.TB, p Packet) string {
	t.Helper()
	var buf bytes.Buffer
	if err := WritePacket(&buf, p); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), RungFileName(p.Leg.No, inspect.RungVillage))
	if err := os.WriteFile(path, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// fill answers everything on a packet, well, and saves it in place.
func fill(t testing.TB, path string) []inspect.Report {
	t.Helper()
	e, err := OpenEditor(path, "")
	if err != nil {
		t.Fatal(err)
	}
	var out []inspect.Report
	for n, v := range e.Visits() {
		arrived := v.Day.Time().Add(10*time.Hour + time.Duration(n%4)*90*time.Minute)
		rep := inspect.Report{
			Visit: v.ID, Inspectors: e.Team()[:2], Arrived: arrived, Left: arrived.Add(35 * time.Minute),
			Present: []string{"guardian", "child"}, Revision: 1,
		}
		if v.Kind == inspect.HH {
			rep.Register = 14
			rep.Household = v.Order(14)[v.Slot-1]
		}
		if err := e.SetHeader(v.ID, &rep); err != nil {
			t.Fatal(err)
		}
		for i, it := range v.Items {
			a := inspect.Answer{Item: it.Code, Value: it.Options[0].Code, Method: it.Methods[0].Code, Note: "门口核对，无异常"}
			switch {
			case it.Type == checklist.Count:
				a.Value = fmt.Sprint(min(i%3, it.Max))
			case it.Type == checklist.Ratio:
				a.Value = "3/4"
			}
			if i == 5 {
				a = inspect.Answer{Item: it.Code, Value: inspect.NotApplicable, Reason: "no_such_case"}
			}
			if err := e.SetAnswer(v.ID, a); err != nil {
				t.Fatal(err)
			}
			rep.Answers = append(rep.Answers, a)
		}
		rep.Observations = []inspect.Observation{{Item: v.Items[0].Code, Kind: inspect.Hazard, Severity: "S2", Fact: "演示：插线板破损，已更换", Fixed: true}}
		if err := e.AddFinding(v.ID, rep.Observations[0]); err != nil {
			t.Fatal(err)
		}
		out = append(out, rep)
	}
	if err := e.Save(nil, path); err != nil {
		t.Fatal(err)
	}
	return out
}

func read(t testing.TB, path string) *inspect.Return {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ret, err := ReadReturn(filepath.Base(path), data, checklist.Default(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return ret
}

func TestRoundTrip(t *testing.T) {
	p := packet(7)
	path := blank(t, p)
	if ret := read(t, path); len(ret.Reports)+len(ret.Problems) != 0 {
		t.Fatalf("a blank packet gave %d reports and problems %v", len(ret.Reports), ret.Problems)
	}
	want := fill(t, path)
	ret := read(t, path)
	if ret.Campaign != p.Campaign || ret.Wave != 1 || ret.Packet != 7 || ret.Form != Form || ret.Checklist != p.Checklist.Digest() {
		t.Errorf("return claims %+v", ret)
	}
	if len(ret.Problems) > 0 {
		t.Error(ret.Problems)
	}
	ignore := cmpopts.IgnoreFields(inspect.Report{}, "Cells", "Sheet")
	if d := cmp.Diff(want, ret.Reports, ignore); d != "" {
		t.Error(d)
	}
	for _, rep := range ret.Reports {
		if len(rep.Cells) < len(rep.Answers) || rep.Sheet == "" {
			t.Errorf("%s: cells %v", rep.Visit, rep.Cells)
		}
	}
}

func TestPacketIsDeterministic(t *testing.T) {
	var a, b bytes.Buffer
	if err := errors.Join(WritePacket(&a, packet(7)), WritePacket(&b, packet(7))); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two writes of one packet differ")
	}
}

func BenchmarkWritePacket(b *testing.B) {
	p := packet(7)
	for b.Loop() {
		if err := WritePacket(io.Discard, p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFillPacket(b *testing.B) {
	data, _ := os.ReadFile(blank(b, packet(7)))
	path := filepath.Join(b.TempDir(), "P-007.xlsx")
	for b.Loop() {
		os.WriteFile(path, data, 0o600)
		fill(b, path)
	}
}

func BenchmarkReadReturn(b *testing.B) {
	path := blank(b, packet(7))
	fill(b, path)
	data, _ := os.ReadFile(path)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := ReadReturn("P-007.xlsx", data, checklist.Default(), nil); err != nil {
			b.Fatal(err)
		}
	}
}
