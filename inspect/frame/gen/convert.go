package main

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/frame"
)

// division is a row of the division table. The key is (level, code): some codes stand at two or
// three levels, and there the parent equals the code.
type division struct {
	code, name string
	level      int // 1 province … 5 village
	parent     string
}

// source is what the frame is made from.
type source struct {
	divisions []division
	children  map[string]int64 // children 0–14 by county code
}

// result is the frame before it is checked, and the small tables beside it.
type result struct {
	counties []*county
	below    []inspect.Unit // townships and villages
	areas    [][]string
	notes    [][]string
}

type county struct {
	inspect.Unit
	committees int64
}

// excluded are the areas left out of every frame: a county and a prefecture. The reasons are printed
// with the frame.
var excluded = []struct{ code, name, why string }{
	{"350527000000", "金门县", "暂不具备实地检查条件"},
	{"460300000000", "三沙市", "暂不具备实地检查条件"},
}

// unnamed is the one regiment in an ordinary county whose name lacks 兵团: 第十师一八四团.
const unnamed = "654226500000"

// convert turns divisions into units: reporting units, exclusions, the XPCC's counties, sizes.
func convert(src source) *result {
	r := &result{areas: [][]string{{"code", "name", "level"}}, notes: [][]string{{"kind", "id", "name", "note", "size", "detail"}}}
	var level [6][]division
	for _, d := range src.divisions {
		level[d.level] = append(level[d.level], d)
	}
	city := map[string]string{}
	for _, d := range slices.Concat(level[1], level[2]) {
		r.areas = append(r.areas, []string{d.code, d.name, strconv.Itoa(d.level)})
		city[d.code[:4]] = d.name
	}
	for _, x := range excluded {
		r.notes = append(r.notes, note(inspect.CO, x.code, x.name, frame.Excluded, 0, x.why))
	}
	counties := map[string]*county{}
	for _, d := range level[3] {
		if !left(d.code) {
			r.county(counties, d, reporting(d.code))
		}
	}
	townships := map[string]inspect.Unit{}
	for _, d := range level[4] {
		c := counties[d.parent]
		if c == nil {
			continue // under an excluded county
		}
		if corps(d, c) {
			c = r.garrison(counties, d.code[:4], city[d.code[:4]])
		}
		u := inspect.Unit{Kind: inspect.TS, ID: d.code, Name: d.name, AreaCode: d.code,
			ReportingUnit: c.ReportingUnit, County: c.ID, Township: d.code}
		townships[d.code] = u
		r.below = append(r.below, u)
	}
	for _, d := range level[5] {
		t, ok := townships[d.parent]
		if !ok {
			continue
		}
		counties[t.County].committees++
		t.Kind, t.ID, t.Name, t.AreaCode = inspect.VC, d.code, d.name, d.code
		r.below = append(r.below, t)
	}
	r.sizes(src.children)
	r.flagZones()
	return r
}

// left reports whether a county-level code is excluded.
func left(code string) bool {
	return slices.ContainsFunc(excluded, func(x struct{ code, name, why string }) bool {
		return strings.HasPrefix(code, strings.TrimRight(x.code, "0"))
	})
}

// reporting returns who answers for a county: the XPCC for its cities, listed under 6590.
func reporting(code string) string {
	if strings.HasPrefix(code, "6590") {
		return inspect.XPCC
	}
	return code[:2]
}

// corps reports whether a township of an ordinary Xinjiang county is one of the XPCC's regiments.
func corps(d division, c *county) bool {
	return c.ReportingUnit == "65" && (strings.Contains(d.name, "兵团") || d.code == unnamed)
}

func (r *result) county(all map[string]*county, d division, unit string) *county {
	c := &county{Unit: inspect.Unit{Kind: inspect.CO, ID: d.code, Name: d.name, AreaCode: d.code, ReportingUnit: unit, County: d.code}}
	all[d.code] = c
	r.counties = append(r.counties, c)
	return c
}

// garrison returns the county of the XPCC that holds its regiments in one prefecture; its office is
// the division's.
func (r *result) garrison(all map[string]*county, prefecture, name string) *county {
	id := inspect.XPCC + prefecture
	if c := all[id]; c != nil {
		return c
	}
	c := r.county(all, division{code: id, name: "新疆生产建设兵团驻" + name + "团场"}, inspect.XPCC)
	c.AreaCode = prefecture + "00000000"
	return c
}

// ratio is children and committees of the counties that have both.
type ratio struct{ children, committees int64 }

// sizes gives every county its size: children 0–14; where the census has none, committees × children
// per committee in the same prefecture, else in the reporting unit; for the XPCC committees
// throughout, so that size measures are never mixed inside a stratum. Committees are those of
// the frame, regiments apart, on both sides of the ratio.
func (r *result) sizes(children map[string]int64) {
	by := map[string]ratio{}
	for _, c := range r.counties {
		if n := children[c.ID]; n > 0 && c.ReportingUnit != inspect.XPCC {
			c.Size = n
			for _, key := range []string{c.Prefecture(), c.ReportingUnit} {
				by[key] = ratio{by[key].children + n, by[key].committees + c.committees}
			}
		}
	}
	for _, c := range r.counties {
		switch {
		case c.ReportingUnit == inspect.XPCC:
			c.Size = c.committees
			r.notes = append(r.notes, note(inspect.CO, c.ID, c.Name, frame.SizeCommittees, c.Size, "以村（居）民委员会数为规模"))
		case c.Size == 0:
			key, where := c.Prefecture(), "同一地级行政区"
			if by[key].committees == 0 {
				key, where = c.ReportingUnit, "同一报告单位"
			}
			c.Size = impute(c.committees, by[key])
			r.notes = append(r.notes, note(inspect.CO, c.ID, c.Name, frame.SizeImputed, c.Size,
				fmt.Sprintf("%d × %d ÷ %d（%s）", c.committees, by[key].children, by[key].committees, where)))
		}
	}
}

// impute is committees × children ÷ committees of the ratio, rounded half up, at least 1.
func impute(committees int64, by ratio) int64 {
	if by.committees == 0 {
		return 1
	}
	return max(1, (2*committees*by.children+by.committees)/(2*by.committees))
}

// flagZones notes the county-level rows that are no administrative divisions. The division table gives
// development zones, parks and administered areas the third pair 71–79, and no county.
func (r *result) flagZones() {
	for _, c := range r.counties {
		if c.ReportingUnit != inspect.XPCC && c.ID[4:6] >= "71" && c.ID[4:6] <= "79" {
			r.notes = append(r.notes, note(inspect.CO, c.ID, c.Name, frame.DevelopmentZone, 0, "统计用区划中的功能区，不是行政区划"))
		}
	}
	slices.SortStableFunc(r.notes[1+len(excluded):], func(a, b []string) int { return cmp.Compare(a[1], b[1]) })
}

// rows hands the units to frame.Build.
func (r *result) rows() iter.Seq2[frame.Row, error] {
	return func(yield func(frame.Row, error) bool) {
		line := 0
		emit := func(u *inspect.Unit) bool {
			line++
			size := ""
			if u.Size > 0 {
				size = strconv.FormatInt(u.Size, 10)
			}
			return yield(frame.Row{At: inspect.Place{File: "divisions", Line: line}, Fields: []string{string(u.Kind), u.ID, u.Name,
				u.AreaCode, u.ReportingUnit, u.County, u.Township, size, ""}}, nil)
		}
		for _, c := range r.counties {
			if !emit(&c.Unit) {
				return
			}
		}
		for i := range r.below {
			if !emit(&r.below[i]) {
				return
			}
		}
	}
}
