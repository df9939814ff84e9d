package draw

import (
	"cmp"
	"regexp"
	"slices"
	"time"

	"zhicha/inspect"
)

// CheckRecord returns every reason for which nobody should sign r, or nil.
func CheckRecord(r *Record) error {
	c := &checker{}
	c.refuse(r.Plan != "", "draw.no-authority")
	c.reject(r.Algorithm == Algorithm, "draw.algorithm", "algorithm", "Algorithm", r.Algorithm)
	c.reject(inspect.IsID(r.Campaign), "draw.campaign", "campaign", "Campaign", r.Campaign)
	c.reject(r.Wave >= 1, "draw.wave", "wave", "Wave", r.Wave)
	c.reject(slices.Contains([]string{"random", "lookback", "topup", "redraw"}, r.Kind), "draw.kind", "kind", "Kind", r.Kind)
	for _, f := range []struct {
		field  string
		digest inspect.Digest
	}{
		{"frame", r.Frame.Frame}, {"frame.counties", r.Frame.Counties}, {"frame.townships", r.Frame.Townships},
		{"frame.units", r.Frame.Units}, {"design", r.Design}, {"checklist", r.Checklist}, {"teams", r.Teams}, {"calendar", r.Calendar},
	} {
		c.reject(f.digest != inspect.Digest{}, "draw.no-digest", f.field)
	}
	c.dates(r)
	c.rules(&r.Rules)
	c.parties(r.Parties)
	c.custodians(r.Custodians)
	_, err := regexp.Compile(r.Beacon.Rule)
	c.reject(err == nil && r.Beacon.Rule != "" && r.Beacon.Event != "" && r.Beacon.Issue != "" && !r.Beacon.At.IsZero(), "draw.beacon", "beacon")
	_, offset := r.Beacon.At.Zone()
	c.reject(offset == 8*60*60 && r.Beacon.At.Nanosecond() == 0, "draw.beacon-zone", "beacon.at")
	return c.found.Err()
}

type checker struct{ found inspect.Problems }

func (c *checker) reject(ok bool, rule, field string, args ...any) {
	if !ok {
		c.found = append(c.found, inspect.Reject(rule, inspect.Place{Field: field}, args...))
	}
}

func (c *checker) refuse(ok bool, rule string, args ...any) {
	if !ok {
		c.found = append(c.found, inspect.Refuse(rule, args...))
	}
}

func (c *checker) dates(r *Record) {
	valid := func(d inspect.Date) bool { _, err := inspect.ParseDate(string(d)); return err == nil }
	clock := func(s string) bool { _, err := time.Parse("15:04", s); return err == nil && len(s) == 5 }
	windowOK := valid(r.Window.From) && valid(r.Window.To) && r.Window.From <= r.Window.To
	c.reject(windowOK, "draw.window", "window", "From", r.Window.From, "To", r.Window.To)
	c.reject(valid(r.RevealBy) && r.RevealBy > r.Window.To, "draw.reveal-by", "revealBy", "Date", r.RevealBy)
	if windowOK {
		c.reject(r.Beacon.At.Before(r.Window.From.Time()), "draw.beacon-late", "beacon.at")
	}
	c.reject(!slices.ContainsFunc(r.Closed, func(d inspect.Date) bool { return !valid(d) }) && ascending(r.Closed), "draw.closed", "closed")
	a := &r.Assign
	c.reject(slices.Contains(levels, a.Region) && a.ThirdPartyPercent >= 0 && a.ThirdPartyPercent <= 100 && a.OverlapPercent >= 0 && a.OverlapPercent <= 100 &&
		a.TeamMin >= 0 && a.WomenMin >= 0 && a.LegsPerTeamMax >= 0, "draw.assign", "assign")
	c.reject(r.LegDays >= 1, "draw.leg-days", "legDays", "Days", r.LegDays)
	c.reject(len(r.Hours) > 0, "draw.hours", "hours", "From", "", "To", "")
	for _, h := range r.Hours {
		c.reject(clock(h.From) && clock(h.To) && h.From < h.To, "draw.hours", "hours", "From", h.From, "To", h.To)
	}
}

// levels are what counties can be drawn and teams exchanged by.
var levels = []string{"reporting_unit", "prefecture", "county"}

// rules that no number could be made by, or that would publish a count too small.
func (c *checker) rules(r *inspect.Rules) {
	c.reject(r.Confidence >= 50 && r.Confidence <= 99 && r.Variance != "" && r.Lonely != "" && r.MinCounties >= 2 && r.MinVisits >= 1 && r.MaxHalf >= 1 &&
		r.SecondCoder >= 0 && r.SecondCoder <= 100 && r.MinCount >= 10, "draw.rules", "rules")
}

// parties also finds a commitment that stands twice: one party would be echoing another.
func (c *checker) parties(ps []Party) {
	c.refuse(len(ps) >= 3, "draw.few-parties", "N", len(ps))
	ids, keys := make([]string, len(ps)), make([]string, len(ps))
	seen := map[inspect.Digest]bool{{}: true}
	for i, p := range ps {
		ids[i], keys[i] = p.ID, p.Key
		c.reject(inspect.IsID(p.ID) && p.Key != "", "draw.party", "parties", "Party", p.ID)
		c.reject(len(p.Commitments) == len(inspect.Stages), "draw.commitments", "parties", "Party", p.ID)
		for _, s := range inspect.Stages {
			c.reject(!seen[p.Commitments[s]], "draw.commitment", "parties", "Party", p.ID, "Stage", s)
			seen[p.Commitments[s]] = true
		}
	}
	c.reject(ascending(ids), "draw.order", "parties")
	slices.Sort(keys)
	c.refuse(ascending(keys), "draw.same-key")
}

func (c *checker) custodians(cs []Custodian) {
	ids, bodies := make([]string, len(cs)), map[string]bool{}
	for i, x := range cs {
		ids[i], bodies[x.Body] = x.ID, true
		c.reject(inspect.IsID(x.ID) && inspect.IsID(x.Body) && x.Recipient != "", "draw.custodian", "custodians", "ID", x.ID)
	}
	c.reject(ascending(ids), "draw.order", "custodians")
	c.refuse(len(bodies) >= 2, "draw.few-bodies")
}

// ascending reports whether each element is greater than the one before: sorted, none twice.
func ascending[T cmp.Ordered](s []T) bool {
	for i := 1; i < len(s); i++ {
		if s[i-1] >= s[i] {
			return false
		}
	}
	return true
}

// CheckDesign returns every reason for which nothing can be drawn under d, or nil.
func CheckDesign(d inspect.Design) error {
	c := &checker{}
	c.reject(slices.Contains(levels, d.Stratum), "draw.stratum", "stratum", "Stratum", d.Stratum)
	c.reject(d.Counties >= 2, "draw.counties", "counties", "N", d.Counties)
	for _, f := range []struct {
		field string
		n     int
		of    int // the size above it: without townships there is no village to draw
	}{
		{"townships", d.Townships, 1}, {"villages", d.Villages, d.Townships}, {"households", d.Households, d.Villages},
		{"institutions", d.Institutions, 1}, {"reserves", d.Reserves, 1},
	} {
		c.reject(f.n >= 0 && f.n <= Lines && (f.n == 0 || f.of > 0), "draw.size", f.field, "N", f.n)
	}
	return c.found.Err()
}
