package draw

import (
	"fmt"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/frame"
)

// TestNationalDraw draws from the real frame: 32 strata of 6 counties, nobody certain.
func TestNationalDraw(t *testing.T) {
	t.Parallel()
	f, err := frame.National()
	if err != nil {
		t.Fatal(err)
	}
	p, err := PreviewOf(f.Counties, f, design)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Select(f.Counties, f, design, keysOf(1))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Counties) != p.Legs || p.Legs != 192 || p.Certain != 0 || p.TakeAll != 0 {
		t.Errorf("%d counties drawn, preview %+v", len(s.Counties), p)
	}
	visits := map[inspect.Kind]int{}
	for i := range s.Counties {
		for _, v := range s.Counties[i].Visits(inspect.Leg{No: 1, Wave: 1, Start: "2023-01-07", Days: 3}) {
			if visits[v.Kind]++; v.Places.Region == "" || v.Places.County == "" || v.Places.Name == "" {
				t.Fatalf("visit %s has no names: %+v", v.ID, v.Places)
			}
		}
	}
	if fmt.Sprint(visits[inspect.HH], visits[inspect.VC], visits[inspect.TS], visits[inspect.CO]) == "0 0 0 192" || visits[inspect.TS] > 384 || visits[inspect.HH] != 3*visits[inspect.VC] {
		t.Errorf("visits %v", visits)
	}
	t.Logf("preview %d legs, visits %v, π %s–%s; drawn %v, %d reserves", p.Legs, p.Visits, p.Smallest.FloatString(4), p.Largest.FloatString(4), visits, len(s.Reserves))
}

// BenchmarkSelectNational draws all stages from the national frame, household orders included.
func BenchmarkSelectNational(b *testing.B) {
	f, err := frame.National()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Select(f.Counties, f, design, keysOf(1)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPreviewNational(b *testing.B) {
	f, err := frame.National()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := PreviewOf(f.Counties, f, design); err != nil {
			b.Fatal(err)
		}
	}
}
