package checklist

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"zhicha/inspect"
)

var itemNumber = regexp.MustCompile(`^-[0-9]{2}$`)

func (k *checker) checkItem(path string, it *Item) {
	if find(k.c.Sections, it.Section) == nil {
		k.reject(path+".section", "checklist.section-unknown", "Item", it.Code, "Section", it.Section)
	} else if n, ok := strings.CutPrefix(it.Code, it.Section); !ok || !itemNumber.MatchString(n) {
		k.reject(path+".code", "checklist.prefix", "Item", it.Code, "Section", it.Section)
	}
	k.checkText(path+".question", it.Question)
	k.checkText(path+".rule", it.Rule)
	k.checkFilled(path+".basis_ref", it.BasisRef)
	if cited := k.cited(); it.Basis == "" || cited != "" && !strings.Contains(cited, it.Basis) {
		k.reject(path+".basis", "checklist.basis", "Item", it.Code, "Basis", it.Basis)
	}
	k.checkRange(path+".weight", it.Weight, 1, 100)
	if find(k.c.Severities, it.Severity) == nil {
		k.reject(path+".severity", "checklist.severity-unknown", "Item", it.Code, "Severity", it.Severity)
	}
	if it.Escalation != "" && find(k.c.Escalations, it.Escalation) == nil {
		k.reject(path+".escalation", "checklist.escalation-unknown", "Item", it.Code, "Escalation", it.Escalation)
	}
	if it.RedLine != nil {
		k.checkText(path+".red_line", *it.RedLine)
	}
	if it.Note != nil {
		k.checkText(path+".note", *it.Note)
	}
	for i, e := range it.Evidence {
		k.checkText(fmt.Sprintf("%s.evidence[%d]", path, i), e)
	}
	k.checkItemKinds(path, it)
	k.checkItemMethods(path, it)
	k.checkDomain(path+".answer", it)
}

func (k *checker) checkItemKinds(path string, it *Item) {
	if len(it.Kinds) == 0 {
		k.reject(path+".kinds", "checklist.kinds-none", "Item", it.Code)
	}
	for i, kind := range it.Kinds {
		at := fmt.Sprintf("%s.kinds[%d]", path, i)
		if k.c.Kind(kind) == nil {
			k.reject(at, "checklist.kind-undeclared", "Item", it.Code, "Kind", kind)
		}
		if slices.Contains(it.Kinds[:i], kind) {
			k.reject(at, "checklist.code-twice", "Code", kind)
		}
		if len(it.KindWeights) > 0 {
			k.checkRange(fmt.Sprintf("%s.kind_weights.%s", path, kind), it.KindWeights[kind], 1, 100)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(it.KindWeights)) {
		k.checkOwnKind(path+".kind_weights", it, kind)
	}
	for _, kind := range slices.Sorted(maps.Keys(it.QuestionAt)) {
		k.checkOwnKind(path+".question_at", it, kind)
		k.checkText(path+".question_at."+string(kind), it.QuestionAt[kind])
	}
}

func (k *checker) checkOwnKind(path string, it *Item, kind inspect.Kind) {
	if !slices.Contains(it.Kinds, kind) {
		k.reject(path+"."+string(kind), "checklist.kind-foreign", "Item", it.Code, "Kind", kind)
	}
}

func (k *checker) checkItemMethods(path string, it *Item) {
	if len(it.Methods) == 0 {
		k.reject(path+".methods", "checklist.methods-none", "Item", it.Code)
	}
	for i, m := range it.Methods {
		at := fmt.Sprintf("%s.methods[%d]", path, i)
		switch {
		case m == Oral || k.forbidden(m):
			k.reject(at, "checklist.method-oral", "Method", m)
		case find(k.c.Methods, m) == nil:
			k.reject(at, "checklist.method-unknown", "Item", it.Code, "Method", m)
		case slices.Contains(it.Methods[:i], m):
			k.reject(at, "checklist.code-twice", "Code", m)
		}
	}
}

// checkDomain wants exactly the fields of the answer's type, and those sound.
func (k *checker) checkDomain(path string, it *Item) {
	d := &it.Answer
	if !slices.Contains([]Type{YesPartlyNo, Choice, Count, Ratio}, d.Type) {
		k.reject(path+".type", "checklist.answer-type", "Item", it.Code, "Type", string(d.Type))
		return
	}
	for _, f := range []struct {
		name  string
		given bool
		types []Type
	}{
		{"options", len(d.Options) > 0, []Type{YesPartlyNo, Choice}},
		{"max", d.Max != 0, []Type{Count}},
		{"unit", d.Unit != Text{}, []Type{Count}},
		{"counted", len(d.Counted) > 0, []Type{Count}},
		{"numerator", d.Numerator != Text{}, []Type{Ratio}},
		{"denominator", d.Denominator != Text{}, []Type{Ratio}},
		{"full_at", d.FullAt != 0, []Type{Ratio}},
		{"zero_at", d.ZeroAt != 0, []Type{Ratio}},
	} {
		if f.given && !slices.Contains(f.types, d.Type) {
			k.reject(path+"."+f.name, "checklist.answer-field", "Item", it.Code, "Name", f.name, "Type", string(d.Type))
		}
	}
	switch d.Type {
	case Count:
		k.checkCountDomain(path, it)
	case Ratio:
		k.checkText(path+".numerator", d.Numerator)
		k.checkText(path+".denominator", d.Denominator)
		if d.ZeroAt < 0 || d.ZeroAt >= d.FullAt || d.FullAt > 100 {
			k.reject(path+".full_at", "checklist.thresholds", "Item", it.Code, "Zero", d.ZeroAt, "Full", d.FullAt)
		}
	default:
		k.checkOptions(path+".options", it)
	}
}

func (k *checker) checkCountDomain(path string, it *Item) {
	d := &it.Answer
	k.checkRange(path+".max", d.Max, 1, 1000)
	k.checkText(path+".unit", d.Unit)
	if n := len(d.Counted); n > 0 && n != d.Max {
		k.reject(path+".counted", "checklist.counted", "Item", it.Code, "N", n, "Max", d.Max)
	}
	for i, t := range d.Counted {
		k.checkText(fmt.Sprintf("%s.counted[%d]", path, i), t)
	}
}

// checkOptions wants at least two, the first worth everything, the last nothing, none worth more
// than the one before it.
func (k *checker) checkOptions(path string, it *Item) {
	options := it.Answer.Options
	checkNames(k, path, options, func(o Option) Named { return o.Named })
	above := Percent(100)
	for i, o := range options {
		at := fmt.Sprintf("%s[%d]", path, i)
		if o.Code == inspect.NotApplicable || o.Code == inspect.NotVerified {
			k.reject(at+".code", "checklist.option-reserved", "Item", it.Code, "Code", o.Code)
		}
		switch {
		case o.Fraction < 0 || k.lines[at+".fraction"] == 0:
			k.reject(at+".fraction", "checklist.fraction", "Item", it.Code, "Code", o.Code)
			continue
		case i == 0 && o.Fraction != 100, i == len(options)-1 && o.Fraction != 0, o.Fraction > above:
			k.reject(at+".fraction", "checklist.options-order", "Item", it.Code, "Code", o.Code)
		}
		above = o.Fraction
	}
	if len(options) < 2 {
		k.reject(path, "checklist.options-few", "Item", it.Code)
	}
	if codes := it.Answer.codes(); it.Answer.Type == YesPartlyNo && codes != "yes partly no" {
		k.reject(path, "checklist.ypn", "Item", it.Code, "Codes", codes)
	}
}
