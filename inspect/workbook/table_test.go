package workbook

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"zhicha/inspect"
)

var table = []Table{
	{Name: "地区", Columns: []Column{{Name: "代码"}, {Name: "名称", Width: 20}, {Name: "得分"}, {Name: "n"}},
		Rows: [][]any{{"11", "北京市", 87.5, 72}, {"BT", "=1+1", nil, int64(0)}}},
	{Name: "说明", Columns: []Column{{Name: "说明"}}, Rows: [][]any{{"演示数据"}}},
	{Name: "空", Columns: []Column{{Name: "a"}, {Name: "b"}}},
}

func TestTable(t *testing.T) {
	var a, b bytes.Buffer
	if err := errors.Join(WriteTable(&a, table), WriteTable(&b, table)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two writes of the same tables differ")
	}
	var got []string
	for row, err := range ReadGrid("t.xlsx", a.Bytes()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(row.Sheet, row.Line, row.Cells))
	}
	want := []string{"地区1 [代码 名称 得分 n]", "地区2 [11 北京市 87.5 72]", "地区3 [BT '=1+1  0]"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestGrid(t *testing.T) {
	var buf bytes.Buffer
	err := WriteTable(&buf, []Table{{Name: "frame", Columns: []Column{{Name: "id"}, {Name: "n"}},
		Rows: [][]any{{"110101001001", 3}, {"1.10101E+11", 4}, {nil, nil}, {int64(110101001003), 5}}}})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	var wrong inspect.Problems
	for row, err := range ReadGrid("f.xlsx", buf.Bytes()) {
		ids = append(ids, fmt.Sprint(row.Line, row.Cells[0]))
		wrong = append(wrong, inspect.ProblemsOf(err)...)
	}
	if !slices.Equal(ids, []string{"1id", "2110101001001", "31.10101E+11", "5110101001003"}) {
		t.Errorf("rows %q", ids)
	}
	if len(wrong) != 1 || wrong[0].Rule != "workbook.number-damage" || wrong[0].Cell != "A3" || wrong[0].Line != 3 {
		t.Errorf("problems %v", wrong)
	}
	for row, err := range ReadGrid("f.csv", []byte("id,n\n")) {
		if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != "workbook.not-xlsx" || row.Line != 0 {
			t.Errorf("a csv: %v", err)
		}
	}
	for range ReadGrid("f.xlsx", buf.Bytes()) {
		break // stopping early must not panic
	}
}

func TestGridReportsAPanicOfItsConsumer(t *testing.T) {
	var buf bytes.Buffer
	if err := WriteTable(&buf, table); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("the consumer's panic was swallowed")
		}
	}()
	for range ReadGrid("f.xlsx", buf.Bytes()) {
		panic("consumer")
	}
}
