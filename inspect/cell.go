package inspect

import "strings"

// SafeCell is a text as a cell of a table that spreadsheets open: one that they would take for a formula
// stands behind an apostrophe, which they show as text. Numbers are no texts and are never given to it.
// Every writer of CSV and of workbooks puts its texts through here.
func SafeCell(s string) string {
	for _, lead := range []string{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(s, lead) {
			return "'" + s
		}
	}
	return s
}
