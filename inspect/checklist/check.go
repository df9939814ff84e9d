package checklist

import (
	"fmt"
	"regexp"
	"strings"

	"zhicha/inspect"
)

// check looks at everything in a checklist but its items, and calls checkItem for each of them.
func (k *checker) check() {
	c := &k.c
	whole := len(k.problems) == 0 // else sums would only repeat what the decoder said
	if c.Schema != Schema {
		k.reject("schema", "checklist.schema", "Schema", c.Schema, "Want", Schema)
	}
	k.checkCode("id", c.ID)
	k.checkRange("version", c.Version, 1, 9999)
	k.checkText("title", c.Title)
	k.checkText("provenance", c.Provenance)
	k.checkFilled("source.title", c.Source.Title)
	k.checkSource()
	checkNames(k, "kinds", c.Kinds, func(n Named) Named { return n })
	checkNames(k, "methods", c.Methods, func(m Method) Named { return m.Named })
	checkNames(k, "forbidden_methods", c.Forbidden, func(f Forbidden) Named { return f.Named })
	checkNames(k, "severities", c.Severities, func(s Severity) Named { return s.Named })
	checkNames(k, "escalations", c.Escalations, func(e Escalation) Named { return e.Named })
	checkNames(k, "bands", c.Bands, func(b Band) Named { return b.Named })
	checkNames(k, "sections", c.Sections, func(s Section) Named { return s.Named })
	checkNames(k, "items", c.Items, func(it Item) Named { return it.Named })
	k.checkKinds()
	k.checkMethods()
	k.checkSeverities()
	k.checkEscalations()
	k.checkBands()
	k.checkRange("red_line_cap", c.RedLineCap, 1, 100)
	k.checkRange("bonus_max", c.BonusMax, 0, 100)
	k.checkRange("penalty_max", c.PenaltyMax, 0, 100)
	for i := range c.Items {
		k.checkItem(fmt.Sprintf("items[%d]", i), &c.Items[i])
	}
	for i, s := range c.Sections {
		k.checkFilled(fmt.Sprintf("sections[%d].ref", i), s.Ref)
		k.checkRange(fmt.Sprintf("sections[%d].weight", i), s.Weight, 1, 100)
	}
	if whole {
		k.checkSums()
	}
}

// checkSums holds the weights together: sections to 100, items to 100 and to their section's.
func (k *checker) checkSums() {
	sections, items, of := 0, 0, map[string]int{}
	for _, it := range k.c.Items {
		items += it.Weight
		of[it.Section] += it.Weight
	}
	for i, s := range k.c.Sections {
		sections += s.Weight
		if of[s.Code] != s.Weight {
			k.reject(fmt.Sprintf("sections[%d].weight", i), "checklist.section-sum", "Section", s.Code, "Sum", of[s.Code], "Want", s.Weight)
		}
	}
	if sections != 100 {
		k.reject("sections", "checklist.sections-sum", "Sum", sections)
	}
	if items != 100 {
		k.reject("items", "checklist.items-sum", "Sum", items)
	}
}

// checkSource settles which text the items cite: the file's own, or the embedded notice.
func (k *checker) checkSource() {
	k.checkFilled("source.doc_no", k.c.Source.DocNo)
	if k.cited() == "" {
		k.reject("source", "checklist.notice-missing", "DocNo", k.c.Source.DocNo)
	}
}

// cited is the text every basis must stand in, or "" where there is none.
func (k *checker) cited() string {
	s := k.c.Source
	if s.Text == "" && s.DocNo != "" && strings.Contains(notice, "\n"+s.DocNo+"\n") {
		return notice
	}
	return s.Text
}

func (k *checker) checkKinds() {
	if len(k.c.Kinds) == 0 {
		k.reject("kinds", "checklist.missing", "Name", "kinds")
	}
	for i, n := range k.c.Kinds {
		if !inspect.Kind(n.Code).Known() {
			k.reject(fmt.Sprintf("kinds[%d].code", i), "checklist.kind-unknown", "Kind", n.Code)
		}
	}
}

func (k *checker) checkMethods() {
	for i, m := range k.c.Methods {
		if m.Code == Oral || k.forbidden(m.Code) {
			k.reject(fmt.Sprintf("methods[%d].code", i), "checklist.method-oral", "Method", m.Code)
		}
	}
	for i, f := range k.c.Forbidden {
		k.checkText(fmt.Sprintf("forbidden_methods[%d].reason", i), f.Reason)
	}
}

func (k *checker) forbidden(method string) bool { return find(k.c.Forbidden, method) != nil }

func (k *checker) checkSeverities() {
	var codes []string
	for i, s := range k.c.Severities {
		codes = append(codes, s.Code)
		path := fmt.Sprintf("severities[%d]", i)
		set := 0
		for _, given := range []bool{s.WorkingDays != 0, s.Hours != 0, s.NextWave} {
			if given {
				set++
			}
		}
		if set != 1 {
			k.reject(path, "checklist.deadline", "Code", s.Code)
		}
		k.checkRange(path+".working_days", s.WorkingDays, 0, 250)
		k.checkRange(path+".hours", s.Hours, 0, 8760)
		k.checkRange(path+".written_within_hours", s.WrittenWithinHours, 0, 8760)
	}
	if got := strings.Join(codes, " "); got != "S1 S2 S3 S4" {
		k.reject("severities", "checklist.severities", "Codes", got)
	}
}

func (k *checker) checkEscalations() {
	for i, e := range k.c.Escalations {
		path := fmt.Sprintf("escalations[%d]", i)
		k.checkText(path+".action", e.Action)
		k.checkRange(path+".within_hours", e.WithinHours, 0, 8760)
		if (e.WithinHours != 0) == e.SameDay {
			k.reject(path, "checklist.escalation-deadline", "Code", e.Code)
		}
	}
}

// checkBands wants them to cover 0 to 100, best first.
func (k *checker) checkBands() {
	above := 101
	for i, b := range k.c.Bands {
		if b.Min >= above || b.Min < 0 {
			k.reject(fmt.Sprintf("bands[%d].min", i), "checklist.bands-order", "Code", b.Code, "Min", b.Min)
		}
		above = b.Min
	}
	if above != 0 {
		k.reject("bands", "checklist.bands-floor")
	}
}

// codePattern keeps codes fit for file names, addresses and identifiers.
var codePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$`)

func (k *checker) checkCode(path, code string) {
	if code == "" {
		k.reject(path, "checklist.missing", "Name", lastOf(path))
	} else if !codePattern.MatchString(code) {
		k.reject(path, "checklist.code", "Code", code)
	}
}

// checkNames wants codes well formed and unique, and names in both languages.
func checkNames[T any](k *checker, path string, list []T, named func(T) Named) {
	seen := map[string]bool{}
	for i, e := range list {
		n, at := named(e), fmt.Sprintf("%s[%d]", path, i)
		k.checkCode(at+".code", n.Code)
		k.checkText(at, n.Text)
		if seen[n.Code] && n.Code != "" {
			k.reject(at+".code", "checklist.code-twice", "Code", n.Code)
		}
		seen[n.Code] = true
	}
}

// checkText wants a text in both languages.
func (k *checker) checkText(path string, t Text) {
	k.checkFilled(path+".zh", t.Zh)
	k.checkFilled(path+".en", t.En)
}

func (k *checker) checkFilled(path, s string) {
	if strings.TrimSpace(s) == "" {
		k.reject(path, "checklist.missing", "Name", lastOf(path))
	}
}

func (k *checker) checkRange(path string, v, low, high int) {
	if v < low || v > high {
		k.reject(path, "checklist.range", "Name", lastOf(path), "Value", v, "Low", low, "High", high)
	}
}

// lastOf is the field at the end of a path.
func lastOf(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }
