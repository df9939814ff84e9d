package workbook

import (
	"strings"
	"testing"
)

func TestWidest(t *testing.T) {
	for part, want := range map[string]int{
		"": 0, "<row><c/><c/></row><row><c/></row>": 2, "<x:row><x:c r=\"A1\"><x:v>1</x:v></x:c></x:row>": 1,
		"<!-- <c/> --><row/>": 0, "<row>" + strings.Repeat("<c><v>1</v></c>", 5000) + "</row>": 5000,
	} {
		if got := widest([]byte(part)); got != want {
			t.Errorf("%.40s: %d, want %d", part, got, want)
		}
	}
}
