package privacy

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSuppressSmall(t *testing.T) {
	for _, c := range []struct {
		name  string
		table [][]int
		cells [][]bool
		rows  []bool
		cols  []bool
	}{
		{"nothing small", [][]int{{10, 20}, {30, 0}}, [][]bool{{true, true}, {true, true}}, []bool{true, true}, []bool{true, true}},
		// 3 is small; 20 goes with it in its row, 40 in its column, and then 50 to close the square
		{"a small cell", [][]int{{3, 20, 60}, {40, 50, 70}}, [][]bool{{false, false, true}, {false, false, true}}, []bool{true, true}, []bool{true, true, true}},
		// two small cells of one row add up to 5, which subtraction would show: 20 joins them
		{"a small sum", [][]int{{2, 3, 20, 90}, {40, 50, 60, 90}}, [][]bool{{false, false, false, true}, {false, false, false, true}}, []bool{true, true}, []bool{true, true, true, true}},
	} {
		s := SuppressSmall(c.table, 10)
		for r := range c.cells {
			if !slices.Equal(s.Cells[r], c.cells[r]) {
				t.Errorf("%s: row %d %v, want %v", c.name, r, s.Cells[r], c.cells[r])
			}
		}
		if !slices.Equal(s.Rows, c.rows) || !slices.Equal(s.Columns, c.cols) || !s.Total {
			t.Errorf("%s: rows %v columns %v total %v", c.name, s.Rows, s.Columns, s.Total)
		}
	}
	if s := SuppressSmall(nil, 10); len(s.Cells) != 0 || !s.Total {
		t.Errorf("empty table: %+v", s)
	}
	if s := SuppressSmall([][]int{{4}}, 10); s.Cells[0][0] || s.Rows[0] || s.Columns[0] || s.Total {
		t.Errorf("a single small count: %+v", s)
	}
}

// No count from 1 to 9 is shown, and no line of the table gives one away: what is hidden in it is
// either at least two counts that make 10, or hidden together with its total.
func TestSuppressionLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, columns := rapid.IntRange(1, 6).Draw(t, "rows"), rapid.IntRange(1, 6).Draw(t, "columns")
		table := make([][]int, rows)
		for r := range table {
			table[r] = rapid.SliceOfN(rapid.IntRange(0, 40), columns, columns).Draw(t, "row")
		}
		s := SuppressSmall(table, 10)
		check := func(counts []int, shown []bool, total bool) {
			hidden, sum, all := 0, 0, 0
			for i, n := range counts {
				all += n
				if shown[i] && n > 0 && n < 10 {
					t.Fatalf("%v shows %d", table, n)
				}
				if !shown[i] {
					hidden++
					sum += n
				}
			}
			if total && (all > 0 && all < 10 || hidden == 1 || hidden > 0 && sum < 10) || !total && hidden == 0 {
				t.Fatalf("%v: line %v with %v, total %v gives a count away", table, counts, shown, total)
			}
		}
		sums := make([]int, rows)
		for r, row := range table {
			check(row, s.Cells[r], s.Rows[r])
			for _, n := range row {
				sums[r] += n
			}
		}
		totals := make([]int, columns)
		for c := range columns {
			var column []int
			var shown []bool
			for r := range rows {
				column, shown = append(column, table[r][c]), append(shown, s.Cells[r][c])
				totals[c] += table[r][c]
			}
			check(column, shown, s.Columns[c])
		}
		check(sums, s.Rows, s.Total)
		check(totals, s.Columns, s.Total)
	})
}
