package inspect

import (
	"slices"
	"strings"
)

// Territory 检查范围 is the area a campaign covers, and the reporting units 报告单位 in it: those to whom its results are
// told, in which it draws, between which its teams are exchanged.
type Territory struct {
	Area   string   `json:"area"` // code of the division, as far as it goes, or several with spaces between; empty: the nation
	NameZh string   `json:"nameZh"`
	NameEn string   `json:"nameEn"`
	Units  []Region `json:"units"` // official order: by code, those of the XPCC last
}

// Nation is the territory of a national campaign.
var Nation = Territory{NameZh: "全国", NameEn: "the nation", Units: Regions}

// Unit returns the reporting unit with that code.
func (t *Territory) Unit(code string) (Region, bool) {
	if i := slices.IndexFunc(t.Units, func(r Region) bool { return r.Code == code }); i >= 0 {
		return t.Units[i], true
	}
	return Region{}, false
}

// Stratum is the code of the reporting unit to which a county belongs, which is the stratum in which it is drawn. level is the
// design's stratum: reporting_unit, prefecture or county. The XPCC lies inside Xinjiang's prefectures but has size measures
// of its own, so its prefectures are kept apart by the prefix BT.
func (u *Unit) Stratum(level string) string {
	switch {
	case level == "county":
		return u.ID
	case level == "prefecture" && u.ReportingUnit == XPCC:
		return XPCC + u.Prefecture()
	case level == "prefecture":
		return u.Prefecture()
	}
	return u.ReportingUnit
}

// InArea reports whether a unit that lies under an area code, and for which a reporting unit answers, is part of an area: of one of
// several, where their codes are separated by spaces. What answers to the XPCC is part of BT alone.
func InArea(unit, code, area string) bool {
	if unit == XPCC {
		code = XPCC + code
	}
	return area == "" || slices.ContainsFunc(strings.Fields(area), func(a string) bool { return Within(code, a) })
}

// Within reports whether a code is that of an area or of one inside it: 4401 lies within 44, BT6590 within BT.
func Within(code, area string) bool { return strings.HasPrefix(code, area) }
