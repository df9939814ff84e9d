package workbook

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/xuri/excelize/v2"

	"zhicha/inspect"
)

var people = []inspect.Inspector{
	{ID: "I-0101", Name: "演示甲", Team: 1, Home: "52", Kind: inspect.Provincial, Woman: true, Languages: []string{"藏语"}, Recusals: []string{"53", "BT"}, From: "2023-01-07", To: "2023-01-20"},
	{ID: "I-0102", Name: "演示乙", Team: 1, Home: "52", Kind: inspect.Provincial},
	{ID: "I-0201", Name: "演示丙", Team: 2, Kind: inspect.ThirdParty, Woman: true, From: "2023-01-07"},
}

func roster(t testing.TB, people []inspect.Inspector, change func(f *excelize.File)) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := WriteRosterTemplate(&buf, people, inspect.Regions, true); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&buf)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if change != nil {
		change(f)
	}
	var out bytes.Buffer
	if _, err := f.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRosterRoundTrip(t *testing.T) {
	got, err := ReadRoster("roster.xlsx", roster(t, people, nil), inspect.Regions)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(people, got, cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
	_, err = ReadRoster("roster.xlsx", roster(t, nil, nil), inspect.Regions)
	if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != "workbook.roster-empty" {
		t.Errorf("an empty template: %v", err)
	}
}

func TestRosterTolerates(t *testing.T) {
	got, err := ReadRoster("roster.xlsx", roster(t, people, func(f *excelize.File) {
		f.SetCellStr(rosterSheet, "C2", "１")
		f.SetCellStr(rosterSheet, "D2", "贵州省")
		f.SetCellStr(rosterSheet, "E2", "provincial")
		f.SetCellStr(rosterSheet, "H2", "滇；兵团")
		f.SetCellStr(rosterSheet, "I2", "2023.1.7")
		f.SetCellInt(rosterSheet, "J2", 44946)
	}), inspect.Regions)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(people, got, cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
}

func TestBadRoster(t *testing.T) {
	for _, c := range []struct{ cell, value, rule string }{
		{"A2", "", "workbook.roster-blank"},
		{"A3", "I-0101", "workbook.roster-id-twice"},
		{"C2", "一组", "workbook.number"},
		{"D2", "99 某省", "workbook.roster-region"},
		{"H2", "云南省、火星", "workbook.roster-region"},
		{"E2", "县级", "workbook.roster-choice"},
		{"F2", "", "workbook.roster-choice"},
		{"I2", "下周", "workbook.roster-date"},
		{"J2", "2023-01-01", "workbook.roster-days"},
	} {
		got, err := ReadRoster("r.xlsx", roster(t, people, func(f *excelize.File) { f.SetCellStr(rosterSheet, c.cell, c.value) }), inspect.Regions)
		ps := inspect.ProblemsOf(err)
		if got != nil || len(ps) != 1 || ps[0].Rule != c.rule || ps[0].Cell != c.cell || ps[0].Sheet != rosterSheet {
			t.Errorf("%s = %q: want %s, got %v", c.cell, c.value, c.rule, err)
		}
	}
	_, err := ReadRoster("r.xlsx", roster(t, people, func(f *excelize.File) { f.SetCellStr(rosterSheet, "F1", "") }), inspect.Regions)
	if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != "workbook.roster-column" {
		t.Errorf("a missing column: %v", err)
	}
	_, err = ReadRoster("r.xlsx", filled(t), inspect.Regions)
	if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != "workbook.roster-header" {
		t.Errorf("another workbook: %v", err)
	}
}
