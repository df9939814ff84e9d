// Package chart draws the site's figures as SVG: the tile-grid map, the interval plot and the
// section bars.
//
// It serves the pages, which put a table with the same numbers behind each figure. It must never
// draw an outline map, sort regions by score, carry a style attribute, or use colour as the only
// sign of anything.
package chart

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"zhicha/templates"
)

// Region is one reporting unit as a figure shows it.
type Region struct {
	Code, Name, Short, Href string
	Known                   bool    // false: the sample is too small for a score
	Score, Low, High        float64 // 0–100
	Bands                   []string
}

// Band is a band's code, its word and the lowest score that reaches it.
type Band struct {
	Code, Word string
	Min        float64
}

// palette survives the common colour blindnesses (blue against orange) and a grey print (the four
// differ in lightness); the word stands beside the colour everywhere.
var palette = map[string][2]string{
	"excellent": {"#123f6b", "#ffffff"},
	"good":      {"#86b6d6", "#14181c"},
	"pass":      {"#f3e3b3", "#14181c"},
	"fail":      {"#a8401a", "#ffffff"},
	"":          {"#efece6", "#4a4640"},
}

var drawings = template.Must(template.New("").Funcs(template.FuncMap{
	"one": func(x float64) string { return fmt.Sprintf("%.1f", x) },
	"add": func(a, b float64) float64 { return a + b },
	"sub": func(a, b float64) float64 { return a - b },
}).ParseFS(templates.FS, "svg/*.svg"))

func draw(name string, data any) (template.HTML, error) {
	var b bytes.Buffer
	if err := drawings.ExecuteTemplate(&b, name, data); err != nil {
		return "", fmt.Errorf("chart %q: %w", name, err)
	}
	return template.HTML(b.String()), nil // html/template escaped every value in it
}

// sentence says of a region what its tile or row shows, for those who cannot see it.
func sentence(r Region, words string) string {
	if !r.Known {
		return r.Name + "：样本不足，不评等次"
	}
	return fmt.Sprintf("%s：%.1f分，区间%.1f～%.1f，%s", r.Name, r.Score, r.Low, r.High, cmp.Or(words, "不评等次"))
}

// wordsOf joins the words of a region's bands, and returns them one by one as well.
func wordsOf(r Region, bands []Band) (joined string, each []Band) {
	var words []string
	for _, code := range r.Bands {
		for _, b := range bands {
			if b.Code == code {
				words, each = append(words, b.Word), append(each, b)
			}
		}
	}
	return strings.Join(words, "或"), each
}

// format writes a score without a needless decimal.
func format(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
