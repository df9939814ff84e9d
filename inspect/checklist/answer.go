package checklist

import (
	"slices"
	"strconv"
	"strings"

	"zhicha/inspect"
)

// countMax bounds a stated number, so that credit never overflows 64 bits.
const countMax = 1_000_000

// naReasons are the answer reasons that belong to "not applicable"; the others say why the
// inspector could not check. Mixing them up would let a skipped question leave the denominator.
var naReasons = []string{"no_such_case", "no_condition", "first_round", "not_applied"}

// ReasonsFor returns the reasons an answer inspect.NotApplicable or inspect.NotVerified may give;
// none for any other value.
func ReasonsFor(value string) []inspect.Coded {
	if value != inspect.NotApplicable && value != inspect.NotVerified {
		return nil
	}
	var out []inspect.Coded
	for _, r := range inspect.AnswerReasons {
		if slices.Contains(naReasons, r.Code) == (value == inspect.NotApplicable) {
			out = append(out, r)
		}
	}
	return out
}

// CheckAnswer returns what is wrong with an answer to the item, or nil: a method the item knows
// (required for a real answer, an oral report never), a reason exactly where one belongs, and a
// value within the domain. Values are compared as they stand; tidying them is the reader's work.
func (it *Item) CheckAnswer(a inspect.Answer) *inspect.Problem {
	if p := it.checkMethod(a); p != nil {
		return p
	}
	if a.Value == "" {
		return it.reject("checklist.blank")
	}
	if p := it.checkReason(a); p != nil || ReasonsFor(a.Value) != nil {
		return p
	}
	switch it.Answer.Type {
	case Count:
		return it.checkCount(a.Value)
	case Ratio:
		return it.checkRatio(a.Value)
	}
	if it.Answer.Option(a.Value) == nil {
		return it.reject("checklist.option-unknown", "Value", a.Value, "Options", it.Answer.codes())
	}
	return nil
}

func (it *Item) checkMethod(a inspect.Answer) *inspect.Problem {
	switch {
	case a.Method == Oral:
		return it.reject("checklist.oral")
	case a.Method != "" && !slices.Contains(it.Methods, a.Method):
		return it.reject("checklist.method-unfit", "Method", a.Method, "Methods", strings.Join(it.Methods, " "))
	case a.Method == "" && a.Value != "" && a.Value != inspect.NotApplicable && a.Value != inspect.NotVerified:
		return it.reject("checklist.method-missing", "Methods", strings.Join(it.Methods, " "))
	}
	return nil
}

func (it *Item) checkReason(a inspect.Answer) *inspect.Problem {
	fit := ReasonsFor(a.Value)
	var codes []string
	for _, r := range fit {
		codes = append(codes, r.Code)
	}
	switch {
	case fit == nil && a.Reason != "":
		return it.reject("checklist.reason-idle", "Value", a.Value, "Reason", a.Reason)
	case fit != nil && a.Reason == "":
		return it.reject("checklist.reason-missing", "Value", a.Value, "Reasons", strings.Join(codes, " "))
	case fit != nil && !slices.Contains(codes, a.Reason):
		return it.reject("checklist.reason-unfit", "Value", a.Value, "Reason", a.Reason, "Reasons", strings.Join(codes, " "))
	}
	return nil
}

func (it *Item) checkCount(value string) *inspect.Problem {
	n, ok := parseCount(value)
	switch {
	case strings.HasPrefix(value, "-"):
		return it.reject("checklist.negative", "Value", value)
	case !ok:
		return it.reject("checklist.count-malformed", "Value", value, "Max", it.Answer.Max)
	case n > int64(it.Answer.Max):
		return it.reject("checklist.count-over", "Value", value, "Max", it.Answer.Max)
	}
	return nil
}

func (it *Item) checkRatio(value string) *inspect.Problem {
	num, den, ok := parseRatio(value)
	switch {
	case strings.Contains(value, "-"):
		return it.reject("checklist.negative", "Value", value)
	case !ok:
		return it.reject("checklist.ratio-malformed", "Value", value)
	case den == 0:
		return it.reject("checklist.ratio-zero", "Value", value)
	case num > den:
		return it.reject("checklist.ratio-over", "Value", value)
	}
	return nil
}

// reject leaves file, sheet and cell to the caller, who knows them.
func (it *Item) reject(rule string, args ...any) *inspect.Problem {
	return inspect.Reject(rule, inspect.Place{Field: it.Code}, append(args, "Item", it.Code)...)
}

// Fraction is the exact share, 0 to 1 in lowest terms, of the item's credit that an answer
// earns. A count earns value/Max; a ratio rises linearly from ZeroAt to FullAt percent. It is not
// ok for inspect.NotApplicable, inspect.NotVerified and values outside the domain.
func (it *Item) Fraction(a inspect.Answer) (num, den int64, ok bool) {
	d := &it.Answer
	switch d.Type {
	case YesPartlyNo, Choice:
		o := d.Option(a.Value)
		if o == nil {
			return 0, 1, false
		}
		num, den = reduce(int64(o.Fraction), 100)
	case Count:
		n, valid := parseCount(a.Value)
		if !valid || n > int64(d.Max) {
			return 0, 1, false
		}
		num, den = reduce(n, int64(d.Max))
	case Ratio:
		n, of, valid := parseRatio(a.Value)
		if !valid || of == 0 || n > of {
			return 0, 1, false
		}
		den = int64(d.FullAt-d.ZeroAt) * of
		num, den = reduce(min(max(100*n-int64(d.ZeroAt)*of, 0), den), den)
	default:
		return 0, 1, false
	}
	return num, den, true
}

// SeverityOf is the severity of an answer that earned num/den: the item's at 0, one lower (S1
// stays S1) above 0, and "" at 1.
func (it *Item) SeverityOf(num, den int64) string {
	switch {
	case num >= den:
		return ""
	case num <= 0 || it.Severity == "S1":
		return it.Severity
	}
	return "S" + string(it.Severity[1]-1)
}

// codes lists the option codes, for messages.
func (d *Domain) codes() string {
	var out []string
	for i := range d.Options {
		out = append(out, d.Options[i].Code)
	}
	return strings.Join(out, " ")
}

// parseCount reads plain digits up to countMax.
func parseCount(s string) (int64, bool) {
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n <= countMax
}

// parseRatio reads num/den.
func parseRatio(s string) (num, den int64, ok bool) {
	a, b, cut := strings.Cut(s, "/")
	num, okNum := parseCount(a)
	den, okDen := parseCount(b)
	return num, den, cut && okNum && okDen
}

// reduce returns num/den in lowest terms; den > 0.
func reduce(num, den int64) (int64, int64) {
	a, b := num, den
	for b != 0 {
		a, b = b, a%b
	}
	return num / a, den / a
}
