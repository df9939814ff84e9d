package estimate

import (
	"math"
	"math/rand/v2"
	"testing"
)

func judged(table [][]int) (out []Judged) {
	for i, row := range table {
		for j, n := range row {
			for range n {
				out = append(out, Judged{string(rune('a' + i)), string(rune('a' + j))})
			}
		}
	}
	return out
}

func TestAgree(t *testing.T) {
	for _, c := range []struct {
		name   string
		table  [][]int
		agreed int
		kappa  float64
		known  bool
		small  bool
	}{
		{"nobody", nil, 0, 0, false, true},
		{"one category", [][]int{{30}}, 30, 0, false, false},
		{"wholly", [][]int{{10, 0}, {0, 10}}, 20, 1, true, false},
		{"never", [][]int{{0, 10}, {10, 0}}, 0, -1, true, false},
		{"chance alone", [][]int{{9, 3}, {3, 1}}, 10, 0, true, false},
		{"few", [][]int{{3, 0}, {0, 4}}, 7, 1, true, true},
		{"three categories", [][]int{{6, 0, 0}, {0, 6, 0}, {0, 0, 5}}, 17, 1, true, true},
		{"two raters, two categories", [][]int{{20, 5}, {10, 15}}, 35, 0.4, true, false}, // pₒ 0.7, pₑ 0.5
		{"three by three", [][]int{{44, 5, 1}, {7, 20, 3}, {9, 5, 6}}, 70, 29.0 / 59, true, false},
	} {
		got := Agree(judged(c.table))
		if got.Agreed != c.agreed || got.Known != c.known || got.Small != c.small || math.Abs(got.Kappa-c.kappa) > 1e-12 {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	if got := Agree(judged([][]int{{20, 5}, {10, 15}})).Percent(); got != 70 {
		t.Errorf("percent is %v", got)
	}
}

// The order of the objects and the names of the categories decide nothing; nor does who is first.
func TestAgreeOrder(t *testing.T) {
	all := judged([][]int{{12, 3, 2}, {1, 9, 4}, {0, 2, 7}})
	want := Agree(all)
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if got := Agree(all); got != want {
			t.Fatalf("%+v, want %+v", got, want)
		}
	}
	for i := range all {
		all[i] = Judged{"x" + all[i].B, "x" + all[i].A}
	}
	if got := Agree(all); got != want {
		t.Errorf("swapped: %+v, want %+v", got, want)
	}
}
