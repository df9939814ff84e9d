package assign

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"zhicha/inspect"
)

// Seatings is how many round tables are tried before the rules are said to be in conflict.
const Seatings = 64

// LegNeed is a drawn county that needs a team.
type LegNeed struct {
	County string
	Region string // in the terms of AssignRule.Region, as Team.Home is
}

// Input is everything an assignment reads. The order of its lists does not matter, but for
// Hours, where the first match wins.
type Input struct {
	Wave     int
	Legs     []LegNeed
	Teams    []inspect.Team
	Rule     inspect.AssignRule
	Hours    []inspect.Hours
	Window   inspect.Window
	Closed   []inspect.Date // days without visits
	LegDays  int            // days of a leg, at least 1
	Assign   inspect.Key    // decides who goes where
	Schedule inspect.Key    // decides days and packet numbers; Match does not read it
}

// Result is who goes where, and when.
type Result struct {
	Seating []string // the regions in their order around the table
	Counter int      // of the seating, 0–63
	Legs    []inspect.Leg
}

// Matching is the part of a Result that a stranger can recompute once the assign key is public.
type Matching struct {
	Seating []string
	Counter int
	Pairs   []Pair // in byte order of county
}

// Pair is who goes to one county.
type Pair struct {
	County string
	Region string
	Team   int
	Second int // the second team of an overlap leg, else 0
}

// Assign matches teams with legs and draws days and packet numbers. The legs come in the order
// of their numbers. The error is inspect.Problems: what is wrong with the input, or which rules
// and regions are in conflict.
func Assign(in Input) (*Result, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	w := newWave(in)
	m, err := w.match()
	if err != nil {
		return nil, err
	}
	starts, ok := w.place(m.Pairs, in.Schedule)
	if !ok { // match has seen to it that under its own key there is a schedule
		starts, _ = w.place(m.Pairs, in.Assign)
	}
	return &Result{m.Seating, m.Counter, w.number(m.Pairs, starts)}, nil
}

// Match decides who goes where: the first seating under which every rule can be kept.
func Match(in Input) (*Matching, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	return newWave(in).match()
}

// wave is a checked input with its lists in one order, so that theirs cannot matter.
type wave struct {
	Input
	days []inspect.Date // of the window
	open []bool         // by day: not closed
}

func newWave(in Input) *wave {
	in.Legs = slices.SortedFunc(slices.Values(in.Legs), func(a, b LegNeed) int { return strings.Compare(a.County, b.County) })
	in.Teams = slices.SortedFunc(slices.Values(in.Teams), func(a, b inspect.Team) int { return cmp.Compare(a.No, b.No) })
	w := &wave{Input: in}
	for i := range in.Window.From.Days(in.Window.To) + 1 {
		d := in.Window.From.Add(i)
		w.days = append(w.days, d)
		w.open = append(w.open, !slices.Contains(in.Closed, d))
	}
	return w
}

func (w *wave) match() (*Matching, error) {
	overlap := w.overlaps()
	matched := false
	for counter := range Seatings {
		t := w.seat(counter)
		d := t.demand(overlap)
		if !d.feasible(every) {
			continue
		}
		matched = true
		if pairs, ok := d.deal(d.cheapest(), overlap); ok {
			if _, ok := w.place(pairs, w.Assign); ok {
				return &Matching{t.seats, counter, pairs}, nil
			}
		}
	}
	if matched {
		return nil, inspect.Problems{inspect.Refuse("assign.schedule", "Legs", len(w.Legs), "Overlap", len(overlap), "Days", w.LegDays)}
	}
	return nil, w.conflict(overlap)
}

// overlaps draws the counties that get a second team: those with the smallest tickets (label
// ticket, stratum overlap, kind CO), as many as the percentage says, rounded up.
func (w *wave) overlaps() map[string]bool {
	ts := make([]inspect.Ticket, len(w.Legs))
	for i, l := range w.Legs {
		ts[i] = w.Assign.Ticket("ticket", "overlap", string(inspect.CO), l.County)
	}
	slices.SortFunc(ts, inspect.Ticket.Compare)
	out := map[string]bool{}
	for _, t := range ts[:percentUp(w.Rule.OverlapPercent, len(ts))] {
		out[t.ID] = true
	}
	return out
}

// percentUp is p percent of n, rounded up.
func percentUp(p, n int) int { return (p*n + 99) / 100 }

// number turns pairs into legs, numbered by ticket (schedule key, label ticket, stratum leg, kind
// primary or twin), so that a number tells nothing.
func (w *wave) number(pairs []Pair, starts []inspect.Date) []inspect.Leg {
	type numbered struct {
		ticket inspect.Ticket
		leg    inspect.Leg
	}
	var ls []numbered
	for i, p := range pairs {
		hours, _ := w.hours(p.Region)
		leg := inspect.Leg{Wave: w.Wave, Region: p.Region, County: p.County, Team: p.Team, Start: starts[i], Days: w.LegDays, HourFrom: hours.From, HourTo: hours.To}
		ls = append(ls, numbered{w.Schedule.Ticket("ticket", "leg", "primary", p.County), leg})
		if p.Second != 0 {
			leg.Team, leg.Twin = p.Second, 1
			ls = append(ls, numbered{w.Schedule.Ticket("ticket", "leg", "twin", p.County), leg})
		}
	}
	slices.SortFunc(ls, func(a, b numbered) int { return a.ticket.Compare(b.ticket) })
	primary := make(map[string]int, len(pairs))
	for i := range ls {
		if ls[i].leg.No = i + 1; ls[i].leg.Primary() {
			primary[ls[i].leg.County] = i + 1
		}
	}
	out := make([]inspect.Leg, len(ls))
	for i, l := range ls {
		if out[i] = l.leg; !l.leg.Primary() {
			out[i].Twin = primary[l.leg.County]
		}
	}
	return out
}

// hours returns the visiting hours of a region: the first entry that names it, or names none.
func (in *Input) hours(region string) (inspect.Hours, bool) {
	for _, h := range in.Hours {
		if len(h.Regions) == 0 || slices.ContainsFunc(h.Regions, func(r string) bool { return inspect.Within(region, r) }) {
			return h, true
		}
	}
	return inspect.Hours{}, false
}

// check finds what is wrong with the input before anything is assigned.
func (in *Input) check() error {
	var ps inspect.Problems
	add := func(ok bool, rule string, args ...any) {
		if !ok {
			ps = append(ps, inspect.Reject(rule, inspect.Place{}, args...))
		}
	}
	nos, counties := map[int]bool{}, map[string]bool{}
	for _, t := range in.Teams {
		add(t.No >= 1 && !nos[t.No], "assign.team-no", "Team", t.No)
		add(slices.Contains([]inspect.TeamKind{inspect.Provincial, inspect.ThirdParty, inspect.National}, t.Kind), "assign.team-kind", "Team", t.No, "Kind", t.Kind)
		add(t.Kind != inspect.Provincial || t.Home != "", "assign.team-home", "Team", t.No)
		add(t.Kind != inspect.National || t.Home == "", "assign.national-home", "Team", t.No, "Home", t.Home)
		nos[t.No] = true
	}
	for _, l := range in.Legs {
		add(l.County != "" && l.Region != "" && !counties[l.County], "assign.leg", "County", l.County)
		_, ok := in.hours(l.Region)
		add(ok, "assign.hours", "Region", l.Region)
		counties[l.County] = true
	}
	add(len(in.Teams) > 0, "assign.no-teams")
	add(len(in.Legs) > 0, "assign.no-legs")
	add(percent(in.Rule.ThirdPartyPercent), "assign.percent", "Name", "third_party_percent", "N", in.Rule.ThirdPartyPercent)
	add(percent(in.Rule.OverlapPercent), "assign.percent", "Name", "overlap_percent", "N", in.Rule.OverlapPercent)
	_, from := inspect.ParseDate(string(in.Window.From))
	_, to := inspect.ParseDate(string(in.Window.To))
	add(from == nil && to == nil && in.LegDays >= 1 && in.Window.From <= in.Window.To && in.Window.From.Days(in.Window.To) < 366, "assign.window",
		"From", in.Window.From, "To", in.Window.To, "Days", strconv.Itoa(in.LegDays))
	return ps.Err()
}

func percent(n int) bool { return n >= 0 && n <= 100 }
