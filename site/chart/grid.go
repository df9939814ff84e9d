package chart

import (
	"html/template"
	"strings"
)

// rows is the tile-grid map from north to south: column, then code. The codes in outside are
// shown as not taking part.
var rows = [][]struct {
	col  int
	code string
}{
	{{8, "23"}},
	{{8, "22"}},
	{{5, "15"}, {6, "11"}, {7, "12"}, {8, "21"}},
	{{1, "BT"}, {2, "65"}, {3, "62"}, {4, "64"}, {5, "14"}, {6, "13"}, {7, "37"}},
	{{2, "54"}, {3, "63"}, {4, "61"}, {5, "41"}, {6, "34"}, {7, "32"}, {8, "31"}},
	{{3, "51"}, {4, "50"}, {5, "42"}, {6, "36"}, {7, "33"}},
	{{3, "53"}, {4, "52"}, {5, "43"}, {6, "44"}, {7, "35"}, {8, "71"}},
	{{5, "45"}, {6, "82"}, {7, "81"}},
	{{5, "46"}},
}

var outside = map[string][2]string{"71": {"台", "台湾省"}, "81": {"港", "香港特别行政区"}, "82": {"澳", "澳门特别行政区"}}

// tile sizes, in units of the drawing.
const (
	tileW, tileH, gap = 76, 92, 4
	barTop, barH      = 51, 41
)

type tile struct {
	Region
	X, Y     int
	Mid      int // x of the centre
	NameY    int
	ScoreY   int
	Label    string
	Dashed   bool
	Outside  bool
	BandBars []bandBar
}

type bandBar struct {
	Word, Fill, Ink string
	Y, H, TextY     int
	Small           bool
}

// TileGrid draws the map: every reporting unit a tile of the same size with its short name, its
// score and its band in a word. Regions may come in any order; one that is missing is left out.
func TileGrid(regions []Region, bands []Band) (template.HTML, error) {
	byCode := map[string]Region{}
	for _, r := range regions {
		byCode[r.Code] = r
	}
	var tiles []tile
	for y, row := range rows {
		for _, c := range row {
			t := tile{X: (c.col - 1) * (tileW + gap), Y: y * (tileH + gap)}
			t.Mid, t.NameY, t.ScoreY = t.X+tileW/2, t.Y+24, t.Y+45
			if name, out := outside[c.code]; out {
				t.Outside, t.Region, t.Label = true, Region{Short: name[0], Name: name[1]}, name[1]+"：未纳入"
				tiles = append(tiles, t)
				continue
			}
			r, ok := byCode[c.code]
			if !ok {
				continue
			}
			t.Region, t.Dashed = r, c.code == "BT"
			words, each := wordsOf(r, bands)
			t.Label, t.BandBars = sentence(r, words), t.bars(each)
			tiles = append(tiles, t)
		}
	}
	var words []string
	for _, b := range bands {
		words = append(words, b.Word)
	}
	return draw("grid.svg", struct {
		W, H  int
		Tiles []tile
		Bands string
	}{8 * (tileW + gap), len(rows) * (tileH + gap), tiles, strings.Join(words, "、")})
}

// bars stacks one bar for each band of the tile, or a single grey one that says why there is none.
func (t tile) bars(each []Band) []bandBar {
	if len(each) == 0 {
		each = []Band{{Word: "不评等次"}}
		if !t.Known {
			each[0].Word = "样本不足"
		}
	}
	h := barH / len(each)
	var out []bandBar
	for i, b := range each {
		c, ok := palette[b.Code]
		if !ok {
			c = palette[""]
		}
		y := t.Y + barTop + i*h
		out = append(out, bandBar{b.Word, c[0], c[1], y, h, y + h/2 + 6, len(each) > 1 || len(b.Word) > 9})
	}
	return out
}
