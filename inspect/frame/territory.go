package frame

import (
	"slices"
	"strings"

	"zhicha/inspect"
)

// Territory is what a campaign over an area covers, drawn in strata of a level: the nation as the notice names it, or else every
// reporting unit in which the frame has counties. Names are the official ones of provinces and prefectures, and the frame's of
// counties.
func (f *Frame) Territory(area, level string) inspect.Territory {
	if area == "" && level == "reporting_unit" {
		return inspect.Nation
	}
	t := inspect.Territory{Area: area, NameZh: inspect.Nation.NameZh, NameEn: inspect.Nation.NameEn}
	if area != "" {
		var zh, en []string
		for _, code := range strings.Fields(area) {
			a, b := f.division(code)
			zh, en = append(zh, a), append(en, b)
		}
		t.NameZh, t.NameEn = strings.Join(zh, "、"), strings.Join(en, ", ")
	}
	seen := map[string]bool{}
	for i := range f.Counties {
		u := &f.Counties[i]
		code := u.Stratum(level)
		if seen[code] {
			continue
		}
		seen[code] = true
		r := inspect.Region{Code: code, NameZh: u.Name, NameEn: u.Name, Short: u.Name}
		if level != "county" {
			r.NameZh, r.NameEn = f.division(code)
			r.Short = short(r.NameZh)
			if known, ok := inspect.Nation.Unit(code); ok {
				r = known
			}
		}
		t.Units = append(t.Units, r)
	}
	slices.SortFunc(t.Units, func(a, b inspect.Region) int { return strings.Compare(a.Code, b.Code) })
	return t
}

// division names a division of the frame, a county too.
func (f *Frame) division(code string) (zh, en string) {
	if zh, en, ok := Division(code); ok {
		return zh, en
	}
	if u := find(f.Counties, code+strings.Repeat("0", max(0, 12-len(code)))); u != nil {
		return u.Name, u.Name
	}
	return code, code
}

// Division names a province or a prefecture by its code, cut after it: 44, 4401, BT or BT6590. What the official table calls by no
// name of its own, as the districts of a municipality, is told with its province.
func Division(code string) (zh, en string, ok bool) {
	if r, ok := inspect.Nation.Unit(code); ok {
		return r.NameZh, r.NameEn, true
	}
	prefix := ""
	if rest, ok := strings.CutPrefix(code, inspect.XPCC); ok {
		corps, _ := inspect.Nation.Unit(inspect.XPCC)
		prefix, code = corps.Short, rest
	}
	areas := embeddedAreas()
	i := slices.IndexFunc(areas, func(a Area) bool { return a.Level == 2 && a.Code == code+"00000000" })
	if i < 0 {
		return "", "", false
	}
	name := areas[i].Name
	if slices.Contains([]string{"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}, name) {
		province, _ := inspect.Nation.Unit(code[:2])
		name = province.NameZh + name
	}
	return prefix + name, prefix + name, true
}

// short is a name without what it has in common with others of its kind.
func short(name string) string {
	for _, kind := range []string{"自治州", "地区", "市", "盟", "县"} {
		if s, ok := strings.CutSuffix(name, kind); ok && s != "" {
			return s
		}
	}
	return name
}
