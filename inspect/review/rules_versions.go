package review

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"zhicha/inspect"
)

// resolves says which version holds, or refuses to settle it.
func resolves(v *inspect.StandingVisit, history []inspect.Version, version int, by, reason string, frozen bool) (*inspect.Version, error) {
	waits := slices.ContainsFunc(history, func(h inspect.Version) bool { return h.State == "held" })
	i := slices.IndexFunc(history, func(h inspect.Version) bool { return h.Version == version })
	switch {
	case strings.TrimSpace(reason) == "":
		return nil, inspect.Misuse("visit.reason")
	case !waits:
		return nil, inspect.Refuse("visit.not-held", "ID", v.ID, "State", string(v.State))
	case i < 0:
		return nil, inspect.Misuse("visit.no-version", "ID", v.ID, "Version", version)
	case frozen:
		return nil, inspect.Refuse("visit.frozen", "ID", v.ID)
	case slices.ContainsFunc(history, func(h inspect.Version) bool { return slices.Contains(h.Report.Inspectors, by) }):
		return nil, inspect.Refuse("visit.own", "ID", v.ID, "Person", by)
	case v.State == inspect.VisitApproved && history[i].State != "current" && history[i].Report.Correction == "":
		return nil, inspect.Refuse("visit.no-correction", "ID", v.ID, "Version", version)
	}
	return &history[i], nil
}

// Difference is a field in which two versions of a report differ: an item's code, or a field's JSON name.
type Difference struct {
	Field string `json:"field"`
	Old   string `json:"old,omitempty"`
	New   string `json:"new,omitempty"`
}

// Compare lists what two versions of a report say differently: presence, times and household first, then
// answers by item, then observations in order. What means the same in another order is no difference.
func Compare(old, new *inspect.Report) (out []Difference) {
	differ := func(field, a, b string) {
		if a != b {
			out = append(out, Difference{field, a, b})
		}
	}
	people := func(list []string) string { return strings.Join(slices.Sorted(slices.Values(list)), " ") }
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(inspect.Beijing).Format("2006-01-02 15:04:05")
	}
	differ("inspectors", people(old.Inspectors), people(new.Inspectors))
	differ("arrived", at(old.Arrived), at(new.Arrived))
	differ("left", at(old.Left), at(new.Left))
	differ("present", people(old.Present), people(new.Present))
	differ("escort", old.Escort, new.Escort)
	differ("register", number(old.Register), number(new.Register))
	differ("household", number(old.Household), number(new.Household))
	differ("substitution", old.Substitution, new.Substitution)
	given := func(r *inspect.Report, item string) string {
		var all []string
		for _, a := range r.Answers {
			if a.Item == item {
				all = append(all, joinedText(" | ", a.Value, a.Method, a.Reason, a.Note))
			}
		}
		return strings.Join(all, "; ")
	}
	var items []string
	for _, a := range slices.Concat(old.Answers, new.Answers) {
		items = append(items, a.Item)
	}
	slices.Sort(items)
	for _, item := range slices.Compact(items) {
		differ(item, given(old, item), given(new, item))
	}
	seen := func(r *inspect.Report, i int) string {
		if i >= len(r.Observations) {
			return ""
		}
		o := &r.Observations[i]
		fixed := ""
		if o.Fixed {
			fixed = "fixed"
		}
		return joinedText(" | ", string(o.Kind), o.Severity, o.Item, o.Fact, fixed)
	}
	for i := range max(len(old.Observations), len(new.Observations)) {
		differ("observations["+number(i+1)+"]", seen(old, i), seen(new, i))
	}
	return out
}

// Change is a version beside the one it would take the place of, or took.
type Change struct {
	Old         int          `json:"old"` // versions
	New         int          `json:"new"`
	Correction  string       `json:"correction,omitempty"` // why, as the team says
	Differences []Difference `json:"differences"`
}

// changes are what a reviewer has to see: every version that waits beside the current one, and the current
// one beside the one before it.
func changes(history []inspect.Version) (out []Change) {
	add := func(old, new *inspect.Version) {
		out = append(out, Change{old.Version, new.Version, new.Report.Correction, Compare(&old.Report, &new.Report)})
	}
	current := slices.IndexFunc(history, func(h inspect.Version) bool { return h.State == "current" })
	if current < 0 {
		return nil
	}
	if current > 0 {
		add(&history[current-1], &history[current])
	}
	for i := range history {
		if history[i].State == "held" {
			add(&history[current], &history[i])
		}
	}
	return out
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// joinedText joins the parts that say something.
func joinedText(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), sep)
}
