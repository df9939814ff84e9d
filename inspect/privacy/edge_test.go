package privacy

import (
	"slices"
	"strings"
	"testing"
)

// gap is a stretch of n characters in which nothing can be found.
func gap(n int) string { return strings.Repeat("。", n) }

type edge struct {
	text  string
	kind  Type
	found bool
}

func checkEdges(t *testing.T, ctx Context, edges []edge) {
	t.Helper()
	for _, e := range edges {
		hits := Scan(e.text, ctx)
		if got := slices.ContainsFunc(hits, func(h Hit) bool { return h.Type == e.kind }); got != e.found {
			t.Errorf("%q: %s found %v, want %v (%+v)", e.text, e.kind, got, e.found, hits)
		}
	}
}

// Words beside a number or name count up to a distance, and one character further they do not:
// the word itself must lie within 20 characters of a passport or an old id, 10 of a date of birth,
// 30 of an age and 12 of a short name; a word on health within 30 of another hit.
func TestDistances(t *testing.T) {
	checkEdges(t, drawnPart, []edge{
		{"护照" + gap(18) + "E12345678", Passport, true},
		{"护照" + gap(19) + "E12345678", Passport, false},
		{"passport E12345678", Passport, true}, // from the first character on
		{"E12345678" + gap(18) + "护照", Passport, true},
		{"E12345678" + gap(19) + "护照", Passport, false},
		{"身份证" + gap(17) + "110105491231002", ResidentID, true},
		{"身份证" + gap(18) + "110105491231002", ResidentID, false},
		{"110105491231002" + gap(17) + "身份证", ResidentID, true},
		{"110105491231002" + gap(18) + "身份证", ResidentID, false},
		{"2015年3月5日" + gap(8) + "出生", BirthDate, true},
		{"2015年3月5日" + gap(9) + "出生", BirthDate, false},
		{"出生" + gap(8) + "2015年3月5日", BirthDate, true},
		{"出生" + gap(9) + "2015年3月5日", BirthDate, false},
		{"8岁" + gap(29) + "村", Age, true},
		{"8岁" + gap(30) + "村", Age, false},
		{"村" + gap(29) + "8岁", Age, true},
		{"村" + gap(30) + "8岁", Age, false},
		{"修文县" + gap(9) + "向阳", DrawnName, true},
		{"修文县" + gap(10) + "向阳", DrawnName, false},
		{"向阳" + gap(9) + "修文县", DrawnName, true},
		{"向阳" + gap(10) + "修文县", DrawnName, false},
		{"向阳" + gap(9) + "双河镇", DrawnName, true}, // itself drawn, whatever the distance
		{"残疾" + gap(29) + "13812345678", Health, true},
		{"残疾" + gap(30) + "13812345678", Health, false},
		{"13812345678" + gap(29) + "残疾", Health, true},
		{"13812345678" + gap(30) + "残疾", Health, false},
		{"修文县\n向阳", DrawnName, false}, // what stands on another line is not beside it
	})
	if hits := Scan("向阳"+gap(10)+"双河镇", drawnPart); len(hits) != 1 {
		t.Errorf("a short name far from its township: %+v", hits)
	}
}

// A bound on age is nobody's age: a word for it within three characters takes the hit away.
func TestAgeBounds(t *testing.T) {
	checkEdges(t, Context{}, []edge{
		{"村里一名8岁男孩", Age, true},
		{"村里满8岁的", Age, false},
		{"村里满  8岁的", Age, false},
		{"村里满   8岁的", Age, true},
		{"村里8岁以上的", Age, false},
		{"村里8岁 以上的", Age, false},
		{"村里8岁  以上的", Age, true},
		{"村里6至8岁的", Age, false},
		{"村里108岁的", Age, true}, // 08岁
		{"村里十二岁的", Age, true},
	})
}

// Numbers have the length of what they are and no other.
func TestLengths(t *testing.T) {
	checkEdges(t, Context{}, []edge{
		{"号11010519491231002X。", ResidentID, true},
		{"号1101051949123100X。", ResidentID, false},   // 16 and a letter
		{"号110105194912310021。", ResidentID, true},   // a wrong check digit is a slip of the pen
		{"号1101051949123100211。", ResidentID, false}, // 19
		{"号110105179912310021。", ResidentID, false},  // born 1799
		{"号110105180001010021。", ResidentID, true},
		{"号110105209912310021。", ResidentID, true},
		{"号110105210001010021。", ResidentID, false},
		{"号110105194902290021。", ResidentID, false}, // no leap year
		{"号160105194912310021。", ResidentID, false}, // no such province
		{"身份证11010549123100", ResidentID, false},    // 14
		{"身份证110105491331002", ResidentID, false},   // month 13
		{"身份证160105491231002", ResidentID, false},
		{"520123***1234", ResidentID, false},
		{"520123****1234", ResidentID, true},
		{"520123********1234", ResidentID, true},
		{"520123*********1234", ResidentID, false},
		{"52012****1234", ResidentID, false},
		{"13812345678", Mobile, true},
		{"12812345678", Mobile, false},
		{"1381234567", Mobile, false},
		{"138123456789", Mobile, false},
		{"8613812345678", Mobile, true},
		{"008613812345678", Mobile, true},
		{"0086-138-1234-5678", Mobile, true},
		{"8713812345678", Mobile, false},
		{"138  12345678", Mobile, true},   // two characters between
		{"138   12345678", Mobile, false}, // three
		{"08512345678", Landline, true},
		{"0851-2345678", Landline, true},
		{"0851-234567", Landline, false},
		{"0851-23456789", Landline, true},
		{"0851-234567890", Landline, false},
		{"0851-1234567", Landline, false}, // begins with 1
		{"010-62345678", Landline, true},
		{"02-62345678", Landline, false},
		{"0100-2345678", Landline, false},
		{"08512-345678", Landline, false}, // the area code is a group by itself, or there is one group
		{"4111111111111111", BankCard, true},
		{"378282246310005", BankCard, false}, // 15
		{"6222021234567890128", BankCard, true},
		{"62220212345678901234", BankCard, false}, // 20, though the check holds
		{"41111 1111 1111 111", BankCard, false},  // not in fours
		{"4111111111111112", BankCard, false},     // the check fails
	})
}

// Accounts, plates and permits likewise.
func TestLengthsOfCodes(t *testing.T) {
	checkEdges(t, Context{}, []edge{
		{"QQ：1234", QQ, false},
		{"QQ：12345", QQ, true},
		{"QQ：01234", QQ, false},
		{"微信号：abcde", WeChat, false},
		{"微信号：abcdef", WeChat, true},
		{"微信号：1bcdef", WeChat, false},
		{"贵A1234", Plate, false},
		{"贵A12345", Plate, true},
		{"贵AD12345", Plate, true},
		{"贵I12345", Plate, false},
		{"护照E1234567", Passport, false},
		{"护照E12345678", Passport, true},
		{"护照E123456789", Passport, false},
		{"护照EI1234567", Passport, false},
		{"通行证H123456789", Passport, false},
		{"通行证H1234567890", Passport, true},
		{"台胞证12345678", Passport, true},
		{"台胞证1234567", Passport, false},
		{"河西村12345组", Address, false},
		{"河西村1234组", Address, true},
		{"河村3组", Address, false}, // one character names no village
		{"a@b.c", Email, false},
		{"a@b.cn", Email, true},
	})
}

// A name of one character is never looked for, one of two beside its place, one of three anywhere;
// a code only where no digit stands beside it.
func TestDrawnLengths(t *testing.T) {
	ctx := Context{Names: []string{"甲村委会", "甲乙村委会", "甲乙丙社区居委会", "丁戊"}, Codes: []string{"520123105204"}, Counties: []string{"修文县"}}
	checkEdges(t, ctx, []edge{
		{"修文县甲", DrawnName, false},
		{"修文县的甲村", DrawnName, true},
		{"甲村委会", DrawnName, true},
		{"甲乙", DrawnName, false},
		{"修文县甲乙", DrawnName, true},
		{"甲乙村", DrawnName, true},
		{"甲乙丙", DrawnName, true},
		{"丁戊甲乙", DrawnName, true}, // beside its township, which is no committee
		{"520123105204", DrawnCode, true},
		{"1520123105204", DrawnCode, false},
		{"5201231052041", DrawnCode, false},
		{"9520123105204", DrawnCode, false},
		{"0520123105204", DrawnCode, false},
		{"5201231052049", DrawnCode, false},
		{"5201231052040", DrawnCode, false},
		{"a520123105204a", DrawnCode, true},
	})
}

// Groups of one and of two digits mixed are figures in a row; the same gap is kept within one
// number from the third group on.
func TestFiguresAreNoNumber(t *testing.T) {
	checkEdges(t, Context{}, []edge{
		{"1 3 8 1 2 3 4 5 6 7 8", Mobile, true},
		{"13 81 23 45 67 8", Mobile, false},
		{"138 123 456 78", Mobile, true},
		{"138-1234-5678", Mobile, true},
		{"138-1234 5678", Mobile, true}, // the second gap is still free
		{"138-12 34 5678", Mobile, true},
		{"138-123-45 678", Mobile, false},
	})
}

// An organisation's credit code and a digest are public; a resident id inside its form is not.
func TestExempt(t *testing.T) {
	checkEdges(t, Context{}, []edge{
		{"91350100M000100Y43", Mobile, false},
		{"3f786850e387550fdab836ed7e6dc88113812345678a", Mobile, false},
		{"3f786850e387550fda13812345678", Mobile, true}, // too short for a digest
		{"13812345678" + strings.Repeat("a", 21), Mobile, false},
		{strings.Repeat("a", 21) + "13812345678", Mobile, false},
		{strings.Repeat("a", 20) + "13812345678", Mobile, true},
		{strings.Repeat("a", 32) + "与13812345678", Mobile, true}, // beside a digest, not in it
		{"13812345678与" + strings.Repeat("a", 32), Mobile, true},
		{"904090161033962170", BankCard, false}, // a credit code, though the check of cards holds
		{"904090161033962170 ", BankCard, false},
		{"9040901610339621706", BankCard, false},
		{"520123200905124955", ResidentID, true}, // a credit code as well
		{"号11010519491231002X", ResidentID, true},
	})
	for code, want := range map[string]bool{"91350100M000100Y43": true, "91350100M000100Y44": false, "91350100M000100I43": false} {
		if creditCheck(code) != want {
			t.Errorf("credit code %s: %v", code, !want)
		}
	}
	for id, want := range map[string]bool{"11010519491231002X": true, "110105194912310021": false, "1101051949123100AX": false, "16010519491231002X": false,
		"52012320090512A002": false, "520123200905120A04": false, "5201232009051200A5": false} {
		if wholeResident(id) != want {
			t.Errorf("resident id %s: %v", id, !want)
		}
	}
	for number, want := range map[string]bool{"4111111111111111": true, "4111111111111112": false, "79927398713": true, "79927398710": false, "0": true} {
		if luhn(number) != want {
			t.Errorf("luhn %s: %v", number, !want)
		}
	}
}

// A name is told from where it begins, and once, however often the plan has it.
func TestToldOnce(t *testing.T) {
	if hits := Scan("在红旗小学", Context{}); len(hits) != 1 || hits[0].Text != "红旗小学" {
		t.Errorf("%+v", hits)
	}
	if hits := Scan("双河镇", Context{Names: []string{"双河镇", "双河镇"}}); len(hits) != 1 {
		t.Errorf("%+v", hits)
	}
	if s := SuppressSmall(nil, 10); len(s.Columns) != 0 || len(s.Rows) != 0 {
		t.Errorf("an empty table: %+v", s)
	}
}

// Ten is shown and nine is not; a sum of hidden counts that makes ten gives nothing away, one of
// nine does; what is hidden second is the smallest count that is not zero.
func TestSuppressionAtTheLimit(t *testing.T) {
	for _, c := range []struct {
		name    string
		table   [][]int
		minimum int
		cells   [][]bool
		columns []bool
	}{
		{"ten", [][]int{{10, 10}, {10, 10}}, 10, [][]bool{{true, true}, {true, true}}, []bool{true, true}},
		{"eleven is the least", [][]int{{10, 11}, {10, 11}}, 11, [][]bool{{false, false}, {false, false}}, []bool{true, true}},
		{"two fives in a column", [][]int{{5}, {5}, {40}}, 10, [][]bool{{false}, {false}, {true}}, []bool{true}},
		{"five and four", [][]int{{5}, {4}, {40}}, 10, [][]bool{{false}, {false}, {false}}, []bool{true}},
		{"the smallest goes too", [][]int{{9}, {30}, {20}, {25}}, 10, [][]bool{{false}, {true}, {false}, {true}}, []bool{true}},
		{"the first of equals", [][]int{{9}, {20}, {20}}, 10, [][]bool{{false}, {false}, {true}}, []bool{true}},
		{"never a zero", [][]int{{9}, {0}, {20}}, 10, [][]bool{{false}, {true}, {false}}, []bool{true}},
		{"nothing else is left", [][]int{{9}, {0}, {0}}, 10, [][]bool{{false}, {true}, {true}}, []bool{false}},
		{"all zero", [][]int{{0}, {0}}, 10, [][]bool{{true}, {true}}, []bool{true}},
	} {
		s := SuppressSmall(c.table, c.minimum)
		for r := range c.cells {
			if !slices.Equal(s.Cells[r], c.cells[r]) {
				t.Errorf("%s: row %d %v, want %v", c.name, r, s.Cells[r], c.cells[r])
			}
		}
		if !slices.Equal(s.Columns, c.columns) {
			t.Errorf("%s: columns %v, want %v", c.name, s.Columns, c.columns)
		}
	}
}
