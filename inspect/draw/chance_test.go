package draw

import (
	"testing"

	"zhicha/inspect"
)

// Eight counties of which two are drawn: a giant is held at the cap, a place of just a quarter of the
// mean is what it is, one below counts as a quarter; where all are taken nobody is capped or lifted.
func TestChances(t *testing.T) {
	county := func(id, unit string, size int64) inspect.Unit {
		return inspect.Unit{Kind: inspect.CO, ID: id, Name: id, AreaCode: id, ReportingUnit: unit, Size: size}
	}
	var units []inspect.Unit
	for i, size := range []int64{2400, 100, 101, 99, 100, 100, 200, 100} { // sum 3200: the mean is 400, its quarter 100
		units = append(units, county("1101"+string(rune('1'+i))+"0000000", "11", size))
	}
	units = append(units, county("120101000000", "12", 900), county("120102000000", "12", 1))
	d := inspect.Design{Stratum: "reporting_unit", Counties: 2}
	all, err := InclusionProbabilities(units, d)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range Chances(all, d) {
		if c.Stratum == "12" {
			if !c.Certain || c.Capped || c.Floored || c.Of != 2 || c.Drawn != 2 || c.Pi.RatString() != "1" {
				t.Errorf("of a stratum that is taken whole: %+v", c)
			}
			continue
		}
		if c.Certain || c.Of != 8 || c.Drawn != 2 || c.Capped != (c.Unit.Size == 2400) || c.Floored != (c.Unit.Size < 100) {
			t.Errorf("size %d: %+v", c.Unit.Size, c)
		}
		if c.Capped && c.Pi.RatString() != "3/4" {
			t.Errorf("the giant has %s", c.Pi.RatString())
		}
	}
}
