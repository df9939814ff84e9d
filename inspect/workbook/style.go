package workbook

import "github.com/xuri/excelize/v2"

// One accent colour, a tint of it for headings, a warm tint for every cell that is to be filled.
const (
	accent    = "1F4E79"
	tint      = "E8EEF5"
	inputFill = "FFF9E5"
	idleFill  = "F2F2F2"
	lineColor = "BFC7D1"
	warnColor = "B42318"
	fontName  = "宋体"
)

const textFormat = 49 // Excel's built-in format "@"

// styles are the cell styles of one workbook; all sheets share them.
type styles struct {
	title, banner, head, band, label, code, text, cell, input, number, idle int
}

func newStyles(f *excelize.File) (*styles, error) {
	var (
		s   styles
		err error
	)
	define := func(id *int, st excelize.Style) {
		if err == nil {
			*id, err = f.NewStyle(&st)
		}
	}
	border := func() []excelize.Border {
		var b []excelize.Border
		for _, side := range []string{"left", "top", "right", "bottom"} {
			b = append(b, excelize.Border{Type: side, Color: lineColor, Style: 1})
		}
		return b
	}
	fill := func(c string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{c}}
	}
	font := func(size float64, bold bool, color string) *excelize.Font {
		return &excelize.Font{Family: fontName, Size: size, Bold: bold, Color: color}
	}
	at := func(horizontal string) *excelize.Alignment {
		a := &excelize.Alignment{Horizontal: horizontal, Vertical: "center", WrapText: true}
		if horizontal == "left" {
			a.Indent = 1
		}
		return a
	}
	open := &excelize.Protection{Locked: false}
	define(&s.title, excelize.Style{Font: font(14, true, accent), Alignment: at("left")})
	define(&s.banner, excelize.Style{Font: font(11, true, warnColor), Alignment: at("left")})
	define(&s.head, excelize.Style{Font: font(10, true, "FFFFFF"), Fill: fill(accent), Border: border(), Alignment: at("center")})
	define(&s.band, excelize.Style{Font: font(11, true, accent), Fill: fill(tint), Alignment: at("left")})
	define(&s.label, excelize.Style{Font: font(10, true, "000000"), Border: border(), Alignment: at("left")})
	define(&s.code, excelize.Style{Font: font(10, false, accent), Border: border(), Alignment: at("center"), NumFmt: textFormat})
	define(&s.text, excelize.Style{Font: font(10, false, "000000"), Border: border(), Alignment: at("left"), NumFmt: textFormat})
	define(&s.cell, excelize.Style{Font: font(10, false, "000000"), Border: border(), Alignment: at("right")})
	define(&s.input, excelize.Style{Font: font(10, false, "000000"), Fill: fill(inputFill), Border: border(), Alignment: at("left"), NumFmt: textFormat, Protection: open})
	define(&s.number, excelize.Style{Font: font(10, false, "000000"), Fill: fill(inputFill), Border: border(), Alignment: at("center"), Protection: open})
	define(&s.idle, excelize.Style{Font: font(10, false, "000000"), Fill: fill(idleFill), Border: border()})
	return &s, err
}
