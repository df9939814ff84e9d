package chart

import (
	"html/template"
	"math"
)

// scale maps scores to x; both plots share it.
type scale struct{ from, to, left, width float64 }

func (s scale) x(v float64) float64 {
	x := s.left + s.width*(min(max(v, s.from), s.to)-s.from)/(s.to-s.from)
	return math.Round(x*10) / 10
}

// tick is a labelled vertical line.
type tick struct {
	X    float64
	Text string
}

type row struct {
	Region
	Y, TextY     float64
	X1, X2, X    float64
	Label, Value string
	Even         bool
	Width        float64 // of a bar
	National     float64 // x of the national result
	HasNational  bool
}

// Intervals draws each region's score as a dot on its interval, in the order given, with the
// cuts of the bands as lines.
func Intervals(regions []Region, bands []Band) (template.HTML, error) {
	const rowH, top = 24.0, 26.0
	low := 100.0
	for _, r := range regions {
		if r.Known {
			low = min(low, r.Low)
		}
	}
	s := scale{from: min(50, math.Floor(low/10)*10), to: 100, left: 124, width: 282}
	end := top + rowH*float64(len(regions))
	var cuts []tick
	for _, b := range bands {
		if b.Min > s.from {
			cuts = append(cuts, tick{s.x(b.Min), format(b.Min)})
		}
	}
	var list []row
	for i, r := range regions {
		words, _ := wordsOf(r, bands)
		y := top + rowH*(float64(i)+.5)
		x := row{Region: r, Y: y, TextY: y + 4.5, Label: sentence(r, words), Even: i%2 == 0}
		x.X1, x.X2, x.X = s.x(r.Low), s.x(r.High), s.x(r.Score)
		list = append(list, x)
	}
	return draw("intervals.svg", struct {
		H, End, From, To, RowH float64
		Cuts, Ends             []tick
		Rows                   []row
	}{end + 6, end, s.left, s.left + s.width, rowH, cuts,
		[]tick{{s.left, format(s.from)}, {s.left + s.width, format(s.to)}}, list})
}

// Bar is one section of a region's result beside the national one.
type Bar struct {
	Name                       string
	Known, NationalKnown       bool
	Score, Low, High, National float64
}

// Bars draws a region's sections as bars with intervals, and the result of the whole land as a mark.
func Bars(land, region string, bars []Bar) (template.HTML, error) {
	const rowH, top = 32.0, 8.0
	s := scale{from: 0, to: 100, left: 168, width: 240}
	var list []row
	for i, b := range bars {
		y := top + rowH*(float64(i)+.5)
		x := row{Y: y, TextY: y + 4.5, Region: Region{Name: b.Name, Known: b.Known, Score: b.Score}}
		x.X1, x.X2, x.Width = s.x(b.Low), s.x(b.High), math.Round(10*(s.x(b.Score)-s.left))/10
		x.National, x.HasNational = s.x(b.National), b.NationalKnown
		x.Label = sentence(Region{Name: b.Name, Known: b.Known, Score: b.Score, Low: b.Low, High: b.High}, land+format(b.National)+"分")
		list = append(list, x)
	}
	end := top + rowH*float64(len(bars))
	var ticks []tick
	for _, v := range []float64{0, 50, 100} {
		ticks = append(ticks, tick{s.x(v), format(v)})
	}
	return draw("bars.svg", struct {
		Land, Region      string
		H, End, Left, Top float64
		Ticks             []tick
		Rows              []row
	}{land, region, end + 22, end, s.left, top, ticks, list})
}
