package audit

import (
	"encoding/json"
	"fmt"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
)

// deciders are the roles in which people decide what the entries of a kind bind.
var deciders = map[ledger.Kind][]string{
	ledger.VisitApproved: {inspect.RoleReviewer}, ledger.VisitReturned: {inspect.RoleReviewer}, ledger.VisitResolved: {inspect.RoleReviewer},
	ledger.ReturnJudged: {inspect.RoleReviewer}, ledger.LegSuspended: {inspect.RoleReviewer}, ledger.LegResumed: {inspect.RoleReviewer},
	ledger.LegExcluded: {inspect.RoleReviewer}, ledger.LegClosed: {inspect.RoleReviewer}, ledger.Corrected: {inspect.RoleSigner},
	ledger.ScoreFrozen: {inspect.RoleScorer}, // after a correction the signer who confirmed it
}

// lastOf is the person an entry names, or the last of those it names: who decided, beside whoever proposed.
func lastOf(by json.RawMessage) (person inspect.Digest) {
	var all []inspect.Digest
	if json.Unmarshal(by, &person) != nil && json.Unmarshal(by, &all) == nil && len(all) > 0 {
		person = all[len(all)-1]
	}
	return person
}

// open opens the roots of the log's entries: each has its rows, and there are no others.
func (p *played) open() {
	p.openings = map[inspect.Digest][][]string{}
	t, used := p.stands["root"], map[string]bool{}
	rows, notes, lines := map[string][][]string{}, map[string]string{}, p.accessLines()
	for _, row := range t.rows {
		var salt ledger.Salt
		var opened [][]string
		root := t.cell(row, "root")
		raw := t.blob(row, "salt")
		if len(raw) != len(salt) || ledger.Salt(raw) == salt || json.Unmarshal([]byte(t.cell(row, "rows")), &opened) != nil || ledger.Root(ledger.Salt(raw), opened).String() != root {
			p.add("audit.root", "Root", root)
			continue
		}
		rows[root], notes[root] = opened, t.cell(row, "note")
	}
	for _, e := range p.entries {
		var b struct {
			Wave    int             `json:"wave"`
			No      int             `json:"no"`
			By      json.RawMessage `json:"by"`
			Root    inspect.Digest  `json:"root"`
			Reports inspect.Digest  `json:"reports"`
		}
		if json.Unmarshal(e.Body, &b) != nil {
			continue
		}
		by := ""
		if e.Kind == string(ledger.ScoreFrozen) {
			b.Root, by = b.Reports, p.scoredBy(b.Wave, b.No)
		}
		if b.Root == (inspect.Digest{}) {
			continue
		}
		root := b.Root.String()
		used[root] = true
		opened, ok := rows[root]
		if !ok {
			p.add("audit.root-closed", "Seq", e.Seq)
			continue
		}
		p.openings[b.Root] = opened
		if roles := deciders[ledger.Kind(e.Kind)]; roles != nil {
			if e.Kind == string(ledger.ScoreFrozen) && b.No > 0 {
				roles = deciders[ledger.Corrected]
			}
			text, _ := p.register.SignedBefore(e.Seq, by, lastOf(b.By), roles, notes[root])
			if !p.said(text, e, b.Wave, b.Root, lines) {
				p.add("audit.undecided", "Seq", e.Seq, "Kind", e.Kind)
			}
		} else if notes[root] != "" {
			p.add("audit.cell", "Table", "root", "Row", root, "Column", "note")
		}
	}
	for root := range rows {
		if !used[root] {
			p.add("audit.root-unused", "Root", root)
		}
	}
}

// said reports whether what somebody signed is that they decide what an entry of a wave binds, at its time and in its
// place; how far log and access record had come by it is compared then.
func (p *played) said(text string, e logged, wave int, root inspect.Digest, lines map[int]string) bool {
	said, ok := ledger.ReadDecided(text)
	if !ok || said.First || said.Campaign != p.campaign || said.Entry != ledger.Kind(e.Kind) || said.Wave != wave || said.Root != root || !said.At.Equal(e.Time) || said.Log != e.Seq-1 {
		return false
	}
	p.compareKnown(said, lines)
	return true
}

// scoredBy is who froze a score, as the database has it.
func (p *played) scoredBy(wave, correction int) string {
	t := p.stands["score"].of(wave)
	for _, row := range t.rows {
		if t.raw(row, "correction") == fmt.Sprint(correction) {
			return t.cell(row, "by")
		}
	}
	return ""
}
