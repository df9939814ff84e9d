package draw

import (
	"fmt"

	"zhicha/inspect"
)

// Draw returns what the scores need to know of the county.
func (c *County) Draw() inspect.CountyDraw {
	return inspect.CountyDraw{
		Region: c.Stratum, County: c.Unit.ID, Name: c.Unit.Name, Size: c.Unit.Size,
		PiNum: c.Pi.Num().String(), PiDen: c.Pi.Denom().String(), Order: c.Order,
	}
}

// Visits lists what a leg visits in the county, bottom-up: households, village committees,
// township stations, institutions, and the county office last (R11). They are spread evenly, in
// this order, over the leg's days. Calling it for an overlap leg gives the same units under the
// other leg's number.
//
// The households of a village share one order; it stands on the visit of slot 1 only. Weights
// are N/n at every stage below the county; a household's lacks the factor of its village's
// register, the number of lines it turns out to have.
func (c *County) Visits(leg inspect.Leg) []inspect.Visit {
	b := c.itinerary()
	for i := range b.visits {
		v := &b.visits[i]
		v.Wave, v.Leg, v.Seq = leg.Wave, leg.No, i+1
		v.ID = fmt.Sprintf("%d-%03d-%02d", leg.Wave, leg.No, v.Seq)
		v.Day = leg.Start.Add(i * max(leg.Days, 1) / len(b.visits))
	}
	return b.visits
}

type itinerary struct {
	visits []inspect.Visit
	places inspect.Places
}

// add appends a visit that stands for num/den units.
func (b *itinerary) add(kind inspect.Kind, unit, name string, num, den int) *inspect.Visit {
	g := gcd(num, den)
	p := b.places
	p.Name = name
	b.visits = append(b.visits, inspect.Visit{Kind: kind, Unit: unit, Places: p, WeightNum: int64(num / g), WeightDen: int64(den / g)})
	return &b.visits[len(b.visits)-1]
}

func (c *County) itinerary() *itinerary {
	region, _ := inspect.Nation.Unit(c.Unit.ReportingUnit)
	b := &itinerary{places: inspect.Places{Region: region.NameZh, County: c.Unit.Name}}
	top := b.places
	c.eachVillage(func(t *Township, v *Village) {
		b.places.Township, b.places.Village = t.Unit.Name, v.Unit.Name
		for slot := 1; slot <= c.Households; slot++ {
			visit := b.add(inspect.HH, v.Unit.ID, fmt.Sprintf("第%d户", slot),
				c.TownshipsOf*t.VillagesOf, len(c.Townships)*len(t.Villages)*c.Households)
			visit.Slot = slot
			if slot == 1 {
				visit.Order = v.Order
			}
		}
	})
	c.eachVillage(func(t *Township, v *Village) {
		b.places.Township, b.places.Village = t.Unit.Name, v.Unit.Name
		b.add(inspect.VC, v.Unit.ID, v.Unit.Name, c.TownshipsOf*t.VillagesOf, len(c.Townships)*len(t.Villages))
	})
	b.places.Village = ""
	for i := range c.Townships {
		t := &c.Townships[i]
		b.places.Township = t.Unit.Name
		b.add(inspect.TS, t.Unit.ID, t.Unit.Name, c.TownshipsOf, len(c.Townships))
	}
	b.places = top
	for _, w := range c.Institutions {
		b.add(inspect.WI, w.ID, w.Name, c.InstitutionsOf, len(c.Institutions))
	}
	b.add(inspect.CO, c.Unit.ID, c.Unit.Name, 1, 1)
	return b
}

func (c *County) eachVillage(do func(*Township, *Village)) {
	for i := range c.Townships {
		for j := range c.Townships[i].Villages {
			do(&c.Townships[i], &c.Townships[i].Villages[j])
		}
	}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
