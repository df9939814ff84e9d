package ceremony

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
	"time"

	"rsc.io/qr"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/draw"
	"zhicha/templates"
)

var sheets = template.Must(template.ParseFS(templates.FS, "sheet/*.html"))

// sheet fills a printable page for signature or safekeeping.
func sheet(name string, data map[string]any) ([]byte, error) {
	style, err := templates.FS.ReadFile("sheet/sheet.css")
	if err != nil {
		return nil, err
	}
	data["Style"] = template.CSS(style)
	var out bytes.Buffer
	if err := sheets.ExecuteTemplate(&out, name, data); err != nil {
		return nil, fmt.Errorf("sheet %q: %w", name, err)
	}
	return out.Bytes(), nil
}

// code draws text as a QR code in SVG, with the four modules of quiet zone the standard asks for.
func code(text string) (template.HTML, error) {
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("code: %w", err)
	}
	var path strings.Builder
	for y := range c.Size {
		for x := range c.Size {
			if c.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+4, y+4)
			}
		}
	}
	n := c.Size + 8
	return template.HTML(fmt.Sprintf(`<svg viewBox="0 0 %d %d" role="img" aria-label="二维码"><path d="%s"/></svg>`, n, n, path.String())), nil
}

// commitSheet is the commit for people to sign and keep.
func commitSheet(c *campaign.Campaign, r *draw.Record, d inspect.Digest) ([]byte, error) {
	scan, err := code("zhicha/1 commit " + r.Campaign + " " + fmt.Sprint(r.Wave) + " " + d.String())
	if err != nil {
		return nil, err
	}
	return sheet("commit.html", map[string]any{"Title": c.Config.Campaign.TitleZh, "Demo": c.Config.Campaign.Demo, "Record": r, "D": d,
		"Approver": c.Config.Authority.Approver, "ApprovedOn": c.Config.Authority.ApprovedOn, "Code": scan, "At": r.Beacon.At.Format("2006-01-02 15:04")})
}

// stageNames name the stages on paper.
var stageNames = map[inspect.Stage]string{
	inspect.StageCounty: "县", inspect.StageTownship: "乡镇（街道）", inspect.StageVillage: "村（居）",
	inspect.StageInstitution: "机构", inspect.StageHousehold: "户序", inspect.StageAssign: "分派", inspect.StageSchedule: "日程",
}

// drawSheet is the record of the draw for those present to sign. It names no place.
func drawSheet(c *campaign.Campaign, r *draw.Record, d inspect.Digest, beacon string, drawn *Drawn, stages map[inspect.Stage]*draw.StageTree, at time.Time) ([]byte, error) {
	type stage struct {
		Name   string
		Digest inspect.Digest
	}
	var list []stage
	for _, s := range inspect.Stages {
		if stages[s] != nil {
			list = append(list, stage{stageNames[s], stages[s].Commitment(s)})
		}
	}
	return sheet("draw.html", map[string]any{"Title": c.Config.Campaign.TitleZh, "Demo": c.Config.Campaign.Demo, "Record": r, "D": d,
		"Beacon": beacon, "Drawn": drawn, "Stages": list, "At": at.In(inspect.Beijing).Format("2006-01-02 15:04")})
}

// sheet is the secret on paper: digits in groups with a check on every line, and the whole file
// as a code to scan.
func (s *partySecret) sheet() ([]byte, error) {
	scan, err := code(s.format())
	if err != nil {
		return nil, err
	}
	type line struct {
		Groups []string
		Check  string
	}
	var lines []line
	digits := fmt.Sprintf("%x", s.secret[:])
	for i := 0; i < len(digits); i += 16 {
		row := digits[i : i+16]
		lines = append(lines, line{[]string{row[:4], row[4:8], row[8:12], row[12:]}, inspect.DigestOf([]byte(row)).String()[:2]})
	}
	return sheet("secret.html", map[string]any{"Campaign": s.campaign, "Wave": s.wave, "Party": s.party, "Lines": lines, "Code": scan})
}
