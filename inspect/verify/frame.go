package verify

import (
	"zhicha/inspect"
	"zhicha/inspect/frame"
)

// maxRows is how many differing counties are named one by one; the rest is counted.
const maxRows = 50

// checkFrame compares the published table of counties with the official one, which this program
// carries. Of a table that holds most of it every difference is wrong: an office could make a county
// likelier to be drawn, or leave it out. Another table is a province's or an office's own; what can
// be compared of it is, and told.
func (r *round) checkFrame(c *Check) {
	if r.counties == nil {
		c.skip()
		return
	}
	official, err := frame.OfficialCounties()
	if err != nil {
		r.broken("frame", err)
		return
	}
	want := make(map[string]*inspect.Unit, len(official))
	for i := range official {
		want[official[i].ID] = &official[i]
	}
	listed := 0
	for i := range r.counties {
		if want[r.counties[i].ID] != nil {
			listed++
		}
	}
	national := 2*listed > len(official)
	known, extra, other := 0, 0, 0
	var differs Check
	fail := func(rule string, args ...any) {
		if national {
			differs.fail(rule, r.dir+"counties.csv", args...)
		}
	}
	for i := range r.counties {
		u := &r.counties[i]
		o := want[u.ID]
		delete(want, u.ID)
		switch {
		case o == nil:
			extra++
			fail("verify.frame-extra", "County", u.ID, "Name", u.Name, "Size", u.Size)
			continue
		case o.Name != u.Name || o.AreaCode != u.AreaCode || o.ReportingUnit != u.ReportingUnit:
			other++
			fail("verify.frame-row", "County", u.ID, "Name", u.Name, "Want", o.Name)
		case o.Size != u.Size:
			other++
			fail("verify.frame-size", "County", u.ID, "Name", u.Name, "Size", u.Size, "Want", o.Size)
		}
		known++
	}
	for i := range official {
		if u := &official[i]; want[u.ID] != nil {
			fail("verify.frame-missing", "County", u.ID, "Name", u.Name)
		}
	}
	c.say("N", known)
	c.say("Of", len(official))
	if !national {
		r.frames = append(r.frames, Caveat{"frame", r.no, map[string]any{"N": len(r.counties), "Known": known, "Other": other, "Extra": extra}})
		return
	}
	if n := len(differs.Problems); n > maxRows {
		differs.Problems = differs.Problems[:maxRows]
		fail("verify.frame-more", "N", n-maxRows)
	}
	c.Problems = differs.Problems
}
