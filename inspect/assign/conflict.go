package assign

import (
	"strings"

	"zhicha/inspect"
)

// conflict names rules and regions that cannot be kept together under the first seating, found by
// a deletion filter: whatever can be dropped while the rest stays impossible is dropped, so that
// lifting any one of those named would do. The round table is dropped first where that is
// possible; then the conflict stands under every seating.
func (w *wave) conflict(overlap map[string]bool) error {
	d := w.seat(0).demand(overlap)
	kept := every
	for _, r := range ruleNames {
		if !d.feasible(kept &^ r.rule) {
			kept &^= r.rule
		}
	}
	var regions []string
	for i, name := range d.regions {
		primary, second := d.primary[i], d.second[i]
		if primary == 0 {
			continue
		}
		if d.primary[i], d.second[i] = 0, 0; d.feasible(kept) {
			d.primary[i], d.second[i] = primary, second
			regions = append(regions, name)
		}
	}
	ps := inspect.Problems{inspect.Refuse("assign.conflict", regionArgs(regions)...)}
	for _, r := range ruleNames {
		if kept&r.rule != 0 {
			ps = append(ps, inspect.Refuse("assign.conflict-"+r.name, w.ruleArgs()...))
		}
	}
	return ps
}

// regionArgs gives the regions by name in both languages; where they are prefectures or counties,
// by code.
func regionArgs(codes []string) []any {
	zh, en := make([]string, len(codes)), make([]string, len(codes))
	for i, code := range codes {
		zh[i], en[i] = code, code
		if r, ok := inspect.Nation.Unit(code); ok {
			zh[i], en[i] = r.NameZh, r.NameEn
		}
	}
	return []any{"Codes", strings.Join(codes, " "), "Zh", strings.Join(zh, "、"), "En", strings.Join(en, ", "), "N", len(codes), "Seatings", Seatings}
}

func (w *wave) ruleArgs() []any {
	return []any{"TeamMin", w.Rule.TeamMin, "WomenMin", w.Rule.WomenMin, "LegsMax", w.Rule.LegsPerTeamMax, "LegDays", w.LegDays,
		"ThirdParty", w.Rule.ThirdPartyPercent, "Overlap", w.Rule.OverlapPercent, "Teams", len(w.Teams), "Legs", len(w.Legs)}
}
