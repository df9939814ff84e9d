package ledger

import (
	"fmt"
	"strconv"
	"strings"
	"time"

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

// KindOf is the kind of the entry that binds a decision.
func KindOf(decision string) Kind {
	switch decision {
	case "approved":
		return VisitApproved
	case "returned":
		return VisitReturned
	case "admitted", "dismissed":
		return ReturnJudged
	}
	return VisitResolved
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

// Decided is what whoever decides signs: which root an entry of what kind carries, when that was, and how far
// ledger and access record had come then. What nobody has cosigned yet, nobody can rewrite without them.
type Decided struct {
	First    bool // of two decisions: no entry tells of it before the second
	Campaign string
	Entry    Kind // of the entry that binds it
	Wave     int
	Root     inspect.Digest
	At       time.Time
	Log      int64          // entries before
	Head     inspect.Digest // of the last of them, chained
	Lines    int            // of the access record
	Access   inspect.Digest // hash of the last of them
}

// Text is the text that is signed.
func (d Decided) Text() string {
	first := ""
	if d.First {
		first = " first"
	}
	return fmt.Sprintf("zhicha/1 decided%s\n%s\n%s\n%d\n%s\n%s\n%d %s\n%d %s\n", first, d.Campaign, d.Entry, d.Wave, d.Root,
		d.At.In(inspect.Beijing).Format(time.RFC3339), d.Log, d.Head, d.Lines, d.Access)
}

// ReadDecided reads what Text wrote, and nothing else.
func ReadDecided(text string) (d Decided, ok bool) {
	lines := strings.Split(text, "\n")
	if len(lines) != 9 {
		return d, false
	}
	var head, access string
	var err error
	if d.At, err = time.Parse(time.RFC3339, lines[5]); err != nil {
		return d, false
	}
	d.First, d.Campaign, d.Entry = lines[0] == "zhicha/1 decided first", lines[1], Kind(lines[2])
	fmt.Sscan(lines[3], &d.Wave)
	fmt.Sscan(lines[6], &d.Log, &head)
	fmt.Sscan(lines[7], &d.Lines, &access)
	for _, err := range []error{d.Root.UnmarshalText([]byte(lines[4])), d.Head.UnmarshalText([]byte(head)), d.Access.UnmarshalText([]byte(access))} {
		if err != nil {
			return d, false
		}
	}
	return d, d.Text() == text
}
