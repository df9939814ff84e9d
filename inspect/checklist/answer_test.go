package checklist

import (
	"testing"

	"zhicha/inspect"
)

func TestCheckAnswer(t *testing.T) {
	for _, tc := range []struct {
		item, value, method, reason string
		rule                        string // empty: the answer is good
	}{
		{"A1-01", "yes", "INT-C", "", ""},
		{"A1-01", "no", "INT-G", "", ""},
		{"A1-02", "0", "INT-C", "", ""},
		{"A1-02", "4", "INT-C", "", ""},
		{"A1-03", "0/7", "X", "", ""},
		{"A1-03", "7/7", "SYS", "", ""},
		{"A1-01", "na", "", "no_such_case", ""},
		{"A1-01", "unverified", "", "no_access", ""},
		{"A1-01", "", "", "", "checklist.blank"},
		{"A1-01", "", "INT-C", "no_access", "checklist.blank"},
		{"A1-01", "maybe", "INT-C", "", "checklist.option-unknown"},
		{"A1-01", " yes", "INT-C", "", "checklist.option-unknown"},
		{"A1-01", "yes", "", "", "checklist.method-missing"},
		{"A1-01", "yes", "DOC", "", "checklist.method-unfit"},
		{"A1-01", "yes", "ORAL", "", "checklist.oral"},
		{"A1-01", "unverified", "ORAL", "out_of_time", "checklist.oral"},
		{"A1-01", "na", "", "", "checklist.reason-missing"},
		{"A1-01", "unverified", "", "", "checklist.reason-missing"},
		{"A1-01", "na", "", "because", "checklist.reason-unfit"},
		{"A1-01", "na", "", "out_of_time", "checklist.reason-unfit"},
		{"A1-01", "unverified", "", "no_such_case", "checklist.reason-unfit"},
		{"A1-01", "yes", "INT-C", "no_access", "checklist.reason-idle"},
		{"A1-02", "5", "INT-C", "", "checklist.count-over"},
		{"A1-02", "-1", "INT-C", "", "checklist.negative"},
		{"A1-02", "NaN", "INT-C", "", "checklist.count-malformed"},
		{"A1-02", "2.5", "INT-C", "", "checklist.count-malformed"},
		{"A1-02", "99999999999999999999", "INT-C", "", "checklist.count-malformed"},
		{"A1-03", "8/7", "X", "", "checklist.ratio-over"},
		{"A1-03", "0/0", "X", "", "checklist.ratio-zero"},
		{"A1-03", "-1/7", "X", "", "checklist.negative"},
		{"A1-03", "7", "X", "", "checklist.ratio-malformed"},
		{"A1-03", "/7", "X", "", "checklist.ratio-malformed"},
		{"A1-03", "1/2/3", "X", "", "checklist.ratio-malformed"},
	} {
		a := inspect.Answer{Item: tc.item, Value: tc.value, Method: tc.method, Reason: tc.reason}
		p := Default().Item(tc.item).CheckAnswer(a)
		got := ""
		if p != nil {
			got = p.Rule
			if p.Field != tc.item {
				t.Errorf("%+v: reported at field %q", a, p.Field)
			}
		}
		if got != tc.rule {
			t.Errorf("%+v: %q, want %q", a, got, tc.rule)
		}
	}
}

func TestReasonsFor(t *testing.T) {
	na, unverified := ReasonsFor(inspect.NotApplicable), ReasonsFor(inspect.NotVerified)
	if len(na) == 0 || len(unverified) == 0 || len(na)+len(unverified) != len(inspect.AnswerReasons) {
		t.Errorf("%d and %d reasons of %d", len(na), len(unverified), len(inspect.AnswerReasons))
	}
	if len(na) != len(naReasons) {
		t.Errorf("a reason of %v is not among inspect.AnswerReasons", naReasons)
	}
	if ReasonsFor("yes") != nil {
		t.Error("an answer needs a reason")
	}
}

func TestFraction(t *testing.T) {
	for _, tc := range []struct {
		item, value string
		num, den    int64
		ok          bool
	}{
		{"A1-01", "yes", 1, 1, true},
		{"A1-01", "partly", 1, 2, true},
		{"A1-01", "no", 0, 1, true},
		{"A1-07", "called_back_30min", 3, 5, true},
		{"A2-01", "weak_unsupported", 3, 10, true},
		{"A1-02", "0", 0, 1, true},
		{"A1-02", "3", 3, 4, true},
		{"A1-02", "4", 1, 1, true},
		{"A6-06", "1", 1, 3, true},
		{"A1-03", "7/10", 0, 1, true}, // at zero_at 70
		{"A1-03", "71/100", 1, 30, true},
		{"A1-03", "17/20", 1, 2, true}, // half way
		{"A1-03", "10/10", 1, 1, true},
		{"A1-03", "1/10", 0, 1, true},
		{"A1-04", "19/20", 1, 1, true}, // at full_at 95
		{"A1-04", "20/20", 1, 1, true},
		{"A1-04", "3/5", 0, 1, true}, // at zero_at 60
		{"A1-04", "18/20", 6, 7, true},
		{"A5-05", "99/100", 0, 1, true}, // at zero_at 99
		{"A5-05", "199/200", 1, 2, true},
		{"A5-05", "1/1", 1, 1, true},
		{"A5-05", "1000000/1000000", 1, 1, true},
		{"A1-01", "na", 0, 1, false},
		{"A1-01", "unverified", 0, 1, false},
		{"A1-02", "na", 0, 1, false},
		{"A1-02", "5", 0, 1, false},
		{"A1-03", "unverified", 0, 1, false},
		{"A1-03", "0/0", 0, 1, false},
		{"A1-03", "2/1", 0, 1, false},
		{"A1-01", "", 0, 1, false},
	} {
		num, den, ok := Default().Item(tc.item).Fraction(inspect.Answer{Item: tc.item, Value: tc.value})
		if num != tc.num || den != tc.den || ok != tc.ok {
			t.Errorf("%s %q: %d/%d %v, want %d/%d %v", tc.item, tc.value, num, den, ok, tc.num, tc.den, tc.ok)
		}
	}
}

func TestSeverityOf(t *testing.T) {
	for _, tc := range []struct {
		severity string
		num, den int64
		want     string
	}{
		{"S4", 0, 1, "S4"}, {"S4", 1, 2, "S3"}, {"S4", 1, 1, ""},
		{"S3", 99, 100, "S2"}, {"S2", 1, 100, "S1"},
		{"S1", 0, 1, "S1"}, {"S1", 1, 2, "S1"}, {"S1", 1, 1, ""},
	} {
		it := &Item{Severity: tc.severity}
		if got := it.SeverityOf(tc.num, tc.den); got != tc.want {
			t.Errorf("%s at %d/%d: %q, want %q", tc.severity, tc.num, tc.den, got, tc.want)
		}
	}
}
