package score

import "slices"

// Move is what changes for one reporting unit, or for the nation, from one frozen score to the next.
type Move struct {
	Region string  `json:"region"` // National for the nation
	Before Showing `json:"before"`
	After  Showing `json:"after"`
}

// Showing is how a result shows.
type Showing struct {
	Known  bool     `json:"known"`
	Score  Decimal  `json:"score"`
	Low    Decimal  `json:"low"`
	High   Decimal  `json:"high"`
	Visits int      `json:"visits"`
	Bands  []string `json:"bands"`
}

// Moves are the differences of two results of one wave as people see them, the nation first.
func Moves(before, after Published) (out []Move) {
	add := func(code string, a, b *Region) {
		x, y := showing(a), showing(b)
		if x.Known != y.Known || x.Score.Round1() != y.Score.Round1() || x.Low.Round1() != y.Low.Round1() || x.High.Round1() != y.High.Round1() ||
			x.Visits != y.Visits || !slices.Equal(x.Bands, y.Bands) {
			out = append(out, Move{code, x, y})
		}
	}
	add(National, &before.National, &after.National)
	for i := range after.Regions {
		b := &after.Regions[i].Region
		for k := range before.Regions {
			if a := &before.Regions[k].Region; a.Code == b.Code {
				add(b.Code, a, b)
			}
		}
	}
	return out
}

// showing has no band for the nation: none is shown.
func showing(r *Region) Showing {
	if r.Code == National {
		return Showing{r.Known, r.Score, r.Low, r.High, r.Visits, []string{}}
	}
	return Showing{r.Known, r.Score, r.Low, r.High, r.Visits, r.Bands}
}
