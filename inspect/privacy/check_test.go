package privacy

import (
	"fmt"
	"strings"
	"testing"
)

// The weights of a resident id are the powers of two modulo 11 (ISO 7064, MOD 11-2), and the check
// character stands for twelve less the sum.
func TestResidentWeights(t *testing.T) {
	for i := range 17 {
		weight := 1
		for range 17 - i {
			weight = weight * 2 % 11
		}
		for _, digit := range []int{1, 2, 9} {
			id := []byte(strings.Repeat("0", 17))
			id[i] = byte('0' + digit)
			want := "0123456789X"[(12-weight*digit%11)%11]
			for _, c := range "0123456789X" {
				if got := residentCheck(string(id) + string(c)); got != (c == rune(want)) {
					t.Errorf("%s%c: %v", id, c, got)
				}
			}
		}
	}
}

// Those of a credit code are the powers of three modulo 31, over an alphabet without I, O, S, V
// and Z.
func TestCreditWeights(t *testing.T) {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	weight := 1
	for i := range 17 {
		for _, at := range []int{1, 10, 30} {
			code := []byte(strings.Repeat("0", 17))
			code[i] = alphabet[at]
			want := alphabet[(31-at*weight%31)%31]
			for _, c := range alphabet {
				if got := creditCheck(string(code) + string(c)); got != (c == rune(want)) {
					t.Errorf("%s%c: %v", code, c, got)
				}
			}
		}
		weight = weight * 3 % 31
	}
}

// A resident id begins with one of the 34 codes of provinces, or that of the residence permit of
// Taiwan, and with no other.
func TestProvinces(t *testing.T) {
	known := map[int]bool{}
	for _, span := range [][2]int{{11, 15}, {21, 23}, {31, 37}, {41, 46}, {50, 54}, {61, 65}, {71, 71}, {81, 83}} {
		for n := span[0]; n <= span[1]; n++ {
			known[n] = true
		}
	}
	for n := range 100 {
		if got := province(fmt.Sprintf("%02d0000", n)); got != known[n] {
			t.Errorf("%02d: %v", n, got)
		}
	}
}

// Characters nobody sees do not break a number up, wherever they stand.
func TestInvisible(t *testing.T) {
	for _, r := range []rune{'\u00ad', '\u200b', '\u200d', '\u2060', '\ufeff', '\ufe0f', '\U000e0100', '\u034f', '\u115f', '\u1160', '\u3164'} {
		text := "138" + string(r) + "1234" + string(r) + string(r) + "5678"
		if hits := Scan("电话"+text+"。", Context{}); len(hits) != 1 || hits[0].Type != Mobile || hits[0].Text != text {
			t.Errorf("%U: %+v", r, hits)
		}
	}
	if hits := Scan("138一1234一5678", Context{}); len(hits) != 0 {
		t.Errorf("a character that is seen: %+v", hits)
	}
}

// A plan with an empty name or code has nothing that could be found, and a text may end anywhere.
func TestNothingToLookFor(t *testing.T) {
	empty := Context{Names: []string{""}, Codes: []string{""}, Counties: []string{""}}
	for text, want := range map[string]int{"": 0, "向阳村委会": 0, "11010519491231002": 0, "1": 0, "村": 0} {
		if hits := Scan(text, empty); len(hits) != want {
			t.Errorf("%q: %+v, want %d", text, hits, want)
		}
	}
}
