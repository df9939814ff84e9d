package chart

import (
	"encoding/xml"
	"fmt"
	"html/template"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"zhicha/inspect"
)

var bands = []Band{{"excellent", "优秀", 90}, {"good", "良好", 80}, {"pass", "合格", 60}, {"fail", "不合格", 0}}

func regions() (out []Region) {
	for i, r := range inspect.Regions {
		x := Region{Code: r.Code, Name: r.NameZh, Short: r.Short, Href: "regions/" + r.Code + ".html", Known: i != 3,
			Score: 55 + float64(i), Low: 50 + float64(i), High: 60 + float64(i), Bands: []string{"pass"}}
		switch i {
		case 0:
			x.Bands = []string{"pass", "fail"}
		case 3, 4:
			x.Bands = nil
		}
		out = append(out, x)
	}
	return out
}

// element is one node of a figure, with the texts inside it.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []element  `xml:",any"`
	Text     string     `xml:",chardata"`
}

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (e element) all(name string) (out []element) {
	for _, c := range e.Children {
		if c.XMLName.Local == name {
			out = append(out, c)
		}
		out = append(out, c.all(name)...)
	}
	return out
}

func parse(t *testing.T, svg template.HTML, err error) element {
	t.Helper()
	var e element
	if err == nil {
		err = xml.NewDecoder(strings.NewReader(string(svg))).Decode(&e)
	}
	if err != nil && err != io.EOF {
		t.Fatalf("%v\n%s", err, svg)
	}
	if len(e.all("title")) == 0 || len(e.all("desc")) != 1 || len(e.all("style"))+len(e.all("script")) > 0 ||
		regexp.MustCompile(`\s(style|on[a-z]+)=|data:|NaN|Inf`).MatchString(string(svg)) {
		t.Errorf("no title or description, or a style in it:\n%s", svg)
	}
	return e
}

// The map stands as agreed: rows from north to south, columns 1 to 8.
const agreed = `8黑 | 8吉 | 5内蒙古 6京 7津 8辽 | 1兵团 2新 3甘 4宁 5晋 6冀 7鲁 | 2藏 3青 4陕 5豫 6皖 7苏 8沪 |
3川 4渝 5鄂 6赣 7浙 | 3滇 4黔 5湘 6粤 7闽 8台 | 5桂 6澳 7港 | 5琼`

func TestTileGrid(t *testing.T) {
	svg, err := TileGrid(regions(), bands)
	e := parse(t, svg, err)
	var got []string
	links := e.all("a")
	if len(links) != 32 {
		t.Fatalf("%d tiles with a link", len(links))
	}
	lastY := "0"
	for _, g := range e.Children {
		if g.XMLName.Local != "a" && g.XMLName.Local != "g" {
			continue
		}
		r, name := g.all("rect")[0], g.all("text")[0]
		if y := r.attr("y"); y != lastY {
			got, lastY = append(got, "|"), y
		}
		x, _ := strconv.Atoi(r.attr("x"))
		got = append(got, fmt.Sprint(x/(tileW+gap)+1)+name.Text)
		dashed := strings.Contains(fmt.Sprint(g.all("rect")[len(g.all("rect"))-1].Attrs), "dasharray")
		if g.XMLName.Local == "a" && dashed != (name.Text == "兵团") {
			t.Errorf("%s: dashed %v", name.Text, dashed)
		}
		if g.XMLName.Local == "g" && g.all("text")[1].Text != "未纳入" {
			t.Errorf("%s is not shown as outside", name.Text)
		}
	}
	if want := strings.Join(strings.Fields(agreed), " "); strings.Join(got, " ") != want {
		t.Errorf("map is\n%s\nwant\n%s", strings.Join(got, " "), want)
	}
	for i, r := range regions() {
		for _, a := range links {
			if a.attr("href") != r.Href {
				continue
			}
			var words []string
			for _, x := range a.all("text")[1:] {
				words = append(words, x.Text)
			}
			want := map[int]string{0: "55.0 合格 不合格", 3: "— 样本不足", 4: "59.0 不评等次", 5: "60.0 合格"}[i]
			if want != "" && strings.Join(words, " ") != want {
				t.Errorf("%s: tile says %v, want %s", r.Name, words, want)
			}
		}
	}
}

// The interval plot keeps the order it is given and places scores on one scale.
func TestIntervals(t *testing.T) {
	svg, err := Intervals(regions(), bands)
	e := parse(t, svg, err)
	rows := e.all("a")
	if len(rows) != 32 || len(e.all("circle")) != 31 {
		t.Fatalf("%d rows, %d dots", len(rows), len(e.all("circle")))
	}
	last := -1.0
	for i, r := range regions() {
		if got := rows[i].all("text")[0].Text; got != r.Name {
			t.Errorf("row %d is %s, want %s", i, got, r.Name)
		}
		if !r.Known {
			continue
		}
		x, err := strconv.ParseFloat(rows[i].all("circle")[0].attr("cx"), 64)
		if err != nil || x <= last || x > 406 {
			t.Errorf("%s: dot at %v after %v", r.Name, x, last)
		}
		last = x
	}
}

func TestBars(t *testing.T) {
	svg, err := Bars("全国", "<甲>", []Bar{{Name: "走访", Known: true, NationalKnown: true, Score: 50, Low: 40, High: 60, National: 75}, {Name: "监护"}})
	e := parse(t, svg, err)
	rects := e.all("rect")
	if len(rects) != 1 || rects[0].attr("width") != "120" {
		t.Errorf("bars: %+v", rects)
	}
	if got := e.all("title")[0].Text; got != "<甲>各项工作得分" {
		t.Errorf("title %q", got)
	}
}

// Every colour carries its text at 4.5 : 1 (WCAG AA), and in grey print the bands still differ.
func TestPalette(t *testing.T) {
	var light []float64
	for _, b := range bands {
		c := palette[b.Code]
		fill, ink := luminance(t, c[0]), luminance(t, c[1])
		if ratio := (max(fill, ink) + .05) / (min(fill, ink) + .05); ratio < 4.5 {
			t.Errorf("%s: contrast %.1f", b.Word, ratio)
		}
		light = append(light, 116*math.Cbrt(fill)-16)
	}
	for i, a := range light {
		for j, b := range light[:i] {
			if math.Abs(a-b) < 12 {
				t.Errorf("%s and %s are the same grey: %.0f, %.0f", bands[i].Word, bands[j].Word, a, b)
			}
		}
	}
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	part := func(shift uint) float64 {
		c := float64(n>>shift&255) / 255
		if c <= .03928 {
			return c / 12.92
		}
		return math.Pow((c+.055)/1.055, 2.4)
	}
	return .2126*part(16) + .7152*part(8) + .0722*part(0)
}
