package privacy

// Shown says which counts of a table may be published.
type Shown struct {
	Cells   [][]bool
	Rows    []bool // row totals
	Columns []bool // column totals
	Total   bool
}

// SuppressSmall hides every count above 0 and under minimum in a table with its row and column
// totals, and then as many others as it takes that no hidden count, and no sum of hidden counts
// under minimum, can be had by subtraction in any row or column. What is hidden second is the
// smallest count of the line, a total only where nothing else is left. Zero tells of nobody and
// stays, and all rows are as long as the first.
func SuppressSmall(table [][]int, minimum int) Shown {
	g := newGrid(table)
	for r := range g.n {
		for c, n := range g.n[r] {
			g.hidden[r][c] = n > 0 && n < minimum
		}
	}
	for changed := true; changed; {
		changed = false
		for _, line := range g.lines() {
			if g.leaks(line, minimum) {
				g.hide(line)
				changed = true
			}
		}
	}
	return g.shown()
}

// grid is a table with its totals as last row and column.
type grid struct {
	n      [][]int
	hidden [][]bool
}

type at struct{ row, col int }

func newGrid(table [][]int) *grid {
	columns := 0
	if len(table) > 0 {
		columns = len(table[0])
	}
	g := &grid{}
	for range len(table) + 1 {
		g.n, g.hidden = append(g.n, make([]int, columns+1)), append(g.hidden, make([]bool, columns+1))
	}
	for r, row := range table {
		for c, n := range row {
			g.n[r][c] = n
			g.n[r][columns] += n
			g.n[len(table)][c] += n
			g.n[len(table)][columns] += n
		}
	}
	return g
}

// lines are all rows and columns; the last place of each is the sum of the others.
func (g *grid) lines() (out [][]at) {
	for r := range g.n {
		var line []at
		for c := range g.n[r] {
			line = append(line, at{r, c})
		}
		out = append(out, line)
	}
	for c := range g.n[0] {
		var line []at
		for r := range g.n {
			line = append(line, at{r, c})
		}
		out = append(out, line)
	}
	return out
}

// leaks reports whether a line's equation gives away a hidden count or a small sum of them.
func (g *grid) leaks(line []at, minimum int) bool {
	count, sum := 0, 0
	for _, p := range line[:len(line)-1] {
		if g.hidden[p.row][p.col] {
			count++
			sum += g.n[p.row][p.col]
		}
	}
	if total := line[len(line)-1]; g.hidden[total.row][total.col] {
		return count == 0
	}
	return count == 1 || sum > 0 && sum < minimum
}

// hide hides one more count of a line that leaks; its total may be all there is.
func (g *grid) hide(line []at) {
	total := line[len(line)-1]
	best := total
	for _, p := range line[:len(line)-1] {
		n := g.n[p.row][p.col]
		if !g.hidden[p.row][p.col] && n > 0 && (best == total || n < g.n[best.row][best.col]) {
			best = p
		}
	}
	g.hidden[best.row][best.col] = true
}

func (g *grid) shown() Shown {
	last := len(g.n) - 1
	s := Shown{Cells: make([][]bool, last)}
	for r := range g.n {
		var cells []bool
		for _, hidden := range g.hidden[r] {
			cells = append(cells, !hidden)
		}
		columns := len(cells) - 1
		if r == last {
			s.Columns, s.Total = cells[:columns], cells[columns]
		} else {
			s.Cells[r], s.Rows = cells[:columns], append(s.Rows, cells[columns])
		}
	}
	return s
}
