package intake_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/intake"
	"zhicha/inspect/workbook"
)

// packet is a leg with one visit of every kind.
func packet() workbook.Packet {
	p := workbook.Packet{
		Campaign: "winter-care-2023", Title: "演示活动", Office: "抽查办公室", Demo: true,
		Leg:  inspect.Leg{No: 12, Wave: 1, Team: 3, Start: "2023-01-08", Days: 5, HourFrom: "10:00", HourTo: "17:00"},
		Team: []string{"I-0301", "I-0302"}, Checklist: checklist.Default(),
	}
	for i, k := range inspect.Kinds {
		v := inspect.Visit{ID: fmt.Sprintf("1-012-%02d", i+1), Wave: 1, Leg: 12, Seq: i + 1, Kind: k, Unit: "u", Day: p.Leg.Start}
		if k == inspect.HH {
			v.Slot = 1
			for n := 999; n > 0; n-- {
				v.Order = append(v.Order, n)
			}
		}
		p.Visits = append(p.Visits, v)
	}
	return p
}

// fillIn plays an inspector who sees the workbook only.
func fillIn(t *testing.T, e *workbook.Editor) {
	t.Helper()
	for i, v := range e.Visits() {
		at := v.Day.Time().Add(10*time.Hour + time.Duration(i)*time.Hour)
		rep := inspect.Report{Inspectors: e.Team(), Arrived: at, Left: at.Add(40 * time.Minute), Present: []string{"staff"}}
		if v.Kind == inspect.HH {
			rep.Register, rep.Household = 37, v.Order(37)[0]
		}
		if err := e.SetHeader(v.ID, &rep); err != nil {
			t.Fatal(err)
		}
		for _, it := range v.Items {
			a := inspect.Answer{Item: it.Code, Value: it.Options[0].Code, Method: it.Methods[0].Code}
			switch it.Type {
			case checklist.Count:
				a.Value = fmt.Sprint(it.Max)
			case checklist.Ratio:
				a.Value = "0/5"
			}
			if err := e.SetAnswer(v.ID, a); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.AddFinding(v.ID, inspect.Observation{Kind: inspect.Practice, Fact: "演示：邻里值守表上墙"}); err != nil {
			t.Fatal(err)
		}
	}
}

// judge reads the file and judges it.
func judge(t *testing.T, path string, known intake.Known) intake.Verdict {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ret, err := workbook.ReadReturn(filepath.Base(path), data, known.Checklist, nil)
	if err != nil {
		t.Fatal(err)
	}
	return intake.Judge(ret, known)
}

// A packet is written, filled in, read and judged; then the same file comes again, and then a
// correction of it.
func TestWriteFillReadJudge(t *testing.T) {
	p := packet()
	known := intake.Known{
		Campaign: p.Campaign, Wave: 1, Form: workbook.Form, Checklist: p.Checklist, Leg: p.Leg, Visits: p.Visits, Team: p.Team,
		Current: map[string]intake.Current{}, Now: p.Leg.Start.Add(3).Time(),
	}
	path := filepath.Join(t.TempDir(), workbook.RungFileName(p.Leg.No, inspect.RungVillage))
	var buf bytes.Buffer
	if err := workbook.WritePacket(&buf, p); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	edit := func(change func(e *workbook.Editor)) {
		e, err := workbook.OpenEditor(path, "")
		if err != nil {
			t.Fatal(err)
		}
		change(e)
		if err := e.Save(nil, path); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(step string, want ...intake.State) {
		v := judge(t, path, known)
		if len(v.Problems) > 0 || len(v.Visits) != len(want) {
			t.Fatalf("%s: %v, %d decisions", step, v.Problems, len(v.Visits))
		}
		for i, d := range v.Visits {
			if d.State != want[i] || (want[i] == intake.Accepted && len(d.Warnings)+len(d.Problems) > 0) {
				t.Errorf("%s: %s is %s: %v %v", step, d.Report.Visit, d.State, d.Problems, d.Warnings)
			}
			if d.State == intake.Accepted || d.State == intake.Superseded {
				known.Current[d.Report.Visit] = intake.Current{Report: d.Report, Digest: d.Digest}
			}
		}
	}
	const a, u = intake.Accepted, intake.Unchanged
	edit(func(e *workbook.Editor) { fillIn(t, e) })
	expect("first", a, a, a, a, a)
	expect("again", u, u, u, u, u)
	edit(func(e *workbook.Editor) {
		v := e.Visits()[1]
		if err := e.SetAnswer(v.ID, inspect.Answer{Item: v.Items[0].Code, Value: inspect.NotVerified, Reason: "no_access"}); err != nil {
			t.Fatal(err)
		}
	})
	expect("changed without saying so", u, intake.Held, u, u, u)
	edit(func(e *workbook.Editor) {
		if err := e.SetRevision(2, "核对名册后更正"); err != nil {
			t.Fatal(err)
		}
	})
	expect("corrected", u, intake.Held, u, u, u)
	if mode, err := os.Stat(path); err != nil || mode.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", mode.Mode(), err)
	}
}
