package ledger

import (
	"fmt"
	"strconv"

	"zhicha/inspect"
)

// The rows under the salted roots, written once for who enters them and who audits them.

// DecisionRows are those of visit-approved, visit-returned, visit-resolved, return-judged and corrected: for each decision its visit,
// the digest of the report, what was decided, by whom and why.
func DecisionRows(all []inspect.Decision) (rows [][]string) {
	for _, d := range all {
		rows = append(rows, []string{d.Visit, d.Digest, d.Decision, d.By, d.Reason})
	}
	return rows
}

// LegActRow is that of leg-suspended, leg-resumed and leg-excluded.
func LegActRow(kind Kind, wave, leg int, by, reason string) []string {
	return []string{string(kind), strconv.Itoa(wave), strconv.Itoa(leg), by, reason}
}

// ClosingRows are those of leg-closed for one leg: who closed it and why, and each of its visits with
// its state and the digest of its report, which is empty where there is none.
func ClosingRows(wave, leg int, by, reason string, visits []inspect.StandingVisit) [][]string {
	rows := [][]string{LegActRow(LegClosed, wave, leg, by, reason)}
	for _, v := range visits {
		rows = append(rows, []string{v.ID, string(v.State), v.Digest})
	}
	return rows
}

// AccessRow is that of access-bound.
func AccessRow(lines int, head inspect.Digest) []string {
	return []string{"access", strconv.Itoa(lines), head.String()}
}

// DecidedText is what whoever decided signs: which root an entry of what kind carries.
func DecidedText(campaign string, kind Kind, wave int, root inspect.Digest) string {
	return fmt.Sprintf("zhicha/1 decided\n%s\n%s\n%d\n%s\n", campaign, kind, wave, root)
}
