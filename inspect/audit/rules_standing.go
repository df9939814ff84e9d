package audit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/document"
	"zhicha/inspect/ledger"
)

// compareSignatures holds the parts that people had in documents against their keys, and the reviewers' and signers'
// against the log.
func (p *played) compareSignatures() {
	type text struct {
		logged
		ledger.Publication
	}
	published := map[string]text{} // not yet found, by document and who signed
	var texts []text
	for _, e := range p.entries {
		if b, err := ledger.Decode[ledger.Publication](e.Body); e.Kind == string(ledger.Published) && err == nil && len(b.By) == 2 {
			texts = append(texts, text{e, b})
			published[b.Document.String()+" "+p.register.ID(b.By[1])] = texts[len(texts)-1]
		}
	}
	t, lines := p.stands["signature"], p.accessLines()
	names, drafters, reviewed := map[string]string{}, map[string]string{}, map[string]bool{}
	for _, row := range t.rows {
		name, digest, role, by, signed := t.cell(row, "document"), t.cell(row, "digest"), t.cell(row, "role"), t.cell(row, "by"), t.cell(row, "note")
		at, err := time.Parse(time.RFC3339, t.cell(row, "time"))
		roles, want := []string{role}, []string(nil)
		reason, withdrawn := strings.CutPrefix(role, "withdraw ")
		switch {
		case withdrawn:
			roles = []string{inspect.RoleSigner, inspect.RoleReviewer}
			reason, _, _ = strings.Cut(reason, " ")
			want = p.register.Withdrawals(digest, reason)
		case role == inspect.RoleDrafter: // of the text as it was drafted, which is edited before it is reviewed
			want, drafters[name] = []string{document.DraftedText(p.campaign, name, digest)}, by
		case role == inspect.RoleReviewer:
			want, reviewed[digest+" "+by] = p.register.Reviews(digest), true
		}
		note, ok := p.register.Signed(by, inspect.Digest{}, at, roles, signed)
		if role == inspect.RoleSigner {
			k := digest + " " + by
			x, logged := published[k]
			ok = ok && logged && t.cell(row, "time") == x.Time.Format(time.RFC3339) && p.said(note, x.logged, 0, x.Document, lines)
			delete(published, k)
			names[digest] = name
		} else {
			ok = ok && slices.Contains(want, note)
		}
		if !ok || err != nil {
			p.add("audit.cell", "Table", "signature", "Row", name, "Column", "note")
		}
	}
	for _, x := range texts { // drafted, reviewed and signed by three
		digest := x.Document.String()
		drafter, reviewer, signer := drafters[names[digest]], p.register.ID(x.By[0]), p.register.ID(x.By[1])
		if drafter == "" || drafter == reviewer || reviewer == signer || signer == drafter || !reviewed[digest+" "+reviewer] {
			p.add("audit.row-missing", "Table", "signature", "Row", digest)
		}
	}
	for k := range published {
		p.add("audit.row-missing", "Table", "signature", "Row", k)
	}
}

// compareAccess holds the record of who was shown what against how far the log says it had come: its lines
// are a chain, so that one hash binds all before it.
func (p *played) compareAccess() {
	hashes := p.accessLines()
	for _, e := range p.entries {
		b, err := ledger.Decode[ledger.AccessHead](e.Body)
		if e.Kind != string(ledger.AccessBound) || err != nil {
			continue
		}
		var head inspect.Digest
		if head.UnmarshalText([]byte(hashes[b.Lines])) != nil || !sameRows(p.openings[b.Root], [][]string{ledger.AccessRow(b.Lines, head)}) {
			p.add("audit.access", "Seq", e.Seq, "N", b.Lines)
		}
	}
}

// compareKnown holds what somebody who decided signed of how far log and access record had come against both as
// they stand: what no witness has cosigned cannot be rewritten without them.
func (p *played) compareKnown(said ledger.Decided, lines map[int]string) {
	head, line := inspect.Digest{}, inspect.Digest{}
	if n := int(said.Log); n > 0 && n <= len(p.heads) {
		head = p.heads[n-1]
	}
	if said.Log > int64(len(p.heads)) || head != said.Head || said.Log > 0 && p.entries[said.Log-1].Time.After(said.At) {
		p.add("audit.rewritten", "Table", "entry", "N", said.Log)
	}
	if said.Lines > 0 && line.UnmarshalText([]byte(lines[said.Lines])) != nil || line != said.Access {
		p.add("audit.rewritten", "Table", "access", "N", said.Lines)
	}
	p.known = append(p.known, said)
	if said.Entry == ledger.ScoreFrozen && said.Wave == p.wave && p.frozen.Entry == "" {
		p.frozen = said
	}
}

// accessLines are the hashes of the access record by the numbers of its lines.
func (p *played) accessLines() map[int]string {
	t, out := p.stands["access"], map[int]string{}
	for _, row := range t.rows {
		n, _ := strconv.Atoi(t.raw(row, "seq"))
		out[n] = t.cell(row, "hash")
	}
	return out
}

// first is a decision of which no entry tells before a second one, and after which entry it was taken.
type first struct {
	inspect.Decision
	after int64
}

// firsts holds such decisions against the signatures of those who took them, and returns the good ones in the order
// in which they were taken.
func (p *played) firsts(all []inspect.Decision) (out []first) {
	lines := p.accessLines()
	for _, d := range all {
		said, ok := p.register.Decided(p.wave, d)
		if !ok {
			p.add("audit.first-undecided", "ID", cmp.Or(d.Visit, d.Digest), "Person", d.By)
			continue
		}
		p.compareKnown(said, lines)
		p.since = append(p.since, since{inspect.DidDecide, inspect.Kept(p.wave, inspect.DigestOf([]byte(d.Note)).String()), said.Log})
		out = append(out, first{d, said.Log})
	}
	slices.SortStableFunc(out, func(a, b first) int { return cmp.Compare(a.after, b.after) })
	return out
}

// compareKept holds what the access record tells of decisions and returns of which no entry tells against what
// there is: none of them can be taken away once somebody signed how far that record had come, and none is made up.
func (p *played) compareKept(unproven []inspect.Unproven, codings []inspect.Decision) {
	record, lines := p.stands["access"], map[string]int{}
	for _, row := range record.rows {
		act, object := record.cell(row, "act"), record.cell(row, "object")
		if strings.HasPrefix(object, fmt.Sprintf("%d/", p.wave)) {
			lines[act+" "+object]++
		}
	}
	kept := func(act, digest, of string) {
		k := act + " " + inspect.Kept(p.wave, digest)
		if lines[k] != 1 {
			p.add("audit.kept-extra", "ID", of)
		}
		delete(lines, k)
	}
	decided := func(d inspect.Decision) {
		kept(inspect.DidDecide, inspect.DigestOf([]byte(d.Note)).String(), cmp.Or(d.Visit, d.Digest))
	}
	apart := map[string]bool{}
	for _, u := range unproven {
		apart[u.Digest] = true
		kept(inspect.KeptApart, u.Digest, u.Digest)
		for _, d := range u.Acts {
			decided(d)
		}
	}
	for _, d := range codings {
		decided(d)
	}
	waiting, returned, alarms := p.stands["waiting"].of(p.wave), p.stands["returned"].of(p.wave), p.stands["alarm"].of(p.wave)
	for _, row := range waiting.rows {
		kept(inspect.KeptWaiting, waiting.cell(row, "digest"), waiting.cell(row, "digest"))
	}
	told := map[string]bool{}
	for _, row := range alarms.rows {
		told[alarms.cell(row, "returned")] = true
	}
	for digest := range told {
		kept(inspect.KeptAlarm, digest, digest)
	}
	for k := range lines {
		act, object, _ := strings.Cut(k, " ")
		_, digest, _ := strings.Cut(object, "/")
		switch act {
		case inspect.DidDecide, inspect.KeptApart, inspect.KeptAlarm:
			p.add("audit.kept-gone", "Object", object)
		case inspect.KeptWaiting: // what waited was judged: kept, set apart, or refused
			in := slices.ContainsFunc(returned.rows, func(row []string) bool { return returned.cell(row, "digest") == digest })
			if !in && !apart[digest] {
				p.waited = append(p.waited, digest)
			}
		}
	}
}

// compareJudged holds what was decided about returns that did not prove where they come from against what the
// log binds: nobody admits one unseen. judge says who agreed first with the last of those who decided, and refuses what two
// people cannot have decided.
func (p *played) compareJudged(all []inspect.Unproven, judge func(*inspect.Unproven) (first inspect.Decision, good bool, err error)) error {
	bound, by := map[string][][]string{}, map[string][]inspect.Digest{}
	for _, e := range p.entries {
		b, err := ledger.Decode[ledger.Judgement](e.Body)
		if e.Kind == string(ledger.ReturnJudged) && err == nil && b.Wave == p.wave {
			if rows := p.openings[b.Root]; len(rows) > 0 && len(rows[0]) > 1 {
				bound[rows[0][1]], by[rows[0][1]] = rows, b.By
			}
		}
	}
	for i := range all {
		u := &all[i]
		first, good, err := judge(u)
		if err != nil {
			return err
		}
		if u.Decision != "" {
			good = good && len(u.Acts) > 0 && sameRows(bound[u.Digest], ledger.DecisionRows(u.Acts)) && len(by[u.Digest]) == 2 &&
				p.register.ID(by[u.Digest][0]) == first.By && p.register.ID(by[u.Digest][1]) == u.Acts[len(u.Acts)-1].By
			delete(bound, u.Digest)
		}
		if !good {
			p.add("audit.unproven", "File", u.Digest)
		}
	}
	for digest := range bound {
		p.add("audit.unproven", "File", digest)
	}
	return nil
}

// compareStanding holds what the ceremony put into the database against the log.
func (p *played) compareStanding() {
	cell := func(ok bool, name, row, column string) {
		if !ok {
			p.add("audit.cell", "Table", name, "Row", row, "Column", column)
		}
	}
	var commit ledger.Commit
	var beacon ledger.BeaconValue
	var drawn ledger.Draw
	reveals, told, books := map[string]ledger.Reveal{}, map[string]bool{}, map[string]bool{}
	var committed, drawnAt time.Time
	for _, e := range p.entries {
		switch ledger.Kind(e.Kind) {
		case ledger.DrawCommitted:
			if b, err := ledger.Decode[ledger.Commit](e.Body); err == nil && b.Wave == p.wave {
				commit, committed = b, e.Time
			}
		case ledger.Beacon:
			if b, err := ledger.Decode[ledger.BeaconValue](e.Body); err == nil && b.Wave == p.wave {
				beacon = b
			}
		case ledger.Drawn:
			if b, err := ledger.Decode[ledger.Draw](e.Body); err == nil && b.Wave == p.wave {
				drawn, drawnAt = b, e.Time
			}
		case ledger.Revealed:
			if b, err := ledger.Decode[ledger.Reveal](e.Body); err == nil && b.Wave == p.wave {
				reveals[string(b.Stage)] = b
			}
		case ledger.RungReleased:
			if b, err := ledger.Decode[ledger.Release](e.Body); err == nil && b.Wave == p.wave {
				if b.Book != "" {
					books[fmt.Sprint(b.Book, " ", b.Rung)] = true
				}
				for _, leg := range b.Told {
					told[fmt.Sprint(leg, " ", b.Rung)] = true
				}
			}
		}
	}
	p.compareAccess()
	e := p.stands["entry"]
	for i, row := range e.rows {
		cell(i < len(p.heads) && e.cell(row, "chain") == p.heads[i].String(), "entry", e.raw(row, "seq"), "chain")
	}
	w := p.stands["wave"]
	for _, row := range w.rows {
		if w.raw(row, "no") != fmt.Sprint(p.wave) {
			continue
		}
		no := fmt.Sprint(p.wave)
		cell(inspect.DigestOf(w.blob(row, "record")) == commit.Record, "wave", no, "record")
		cell(w.cell(row, "beacon") == beacon.Value, "wave", no, "beacon")
		cell(w.cell(row, "plan") == drawn.Plan.String(), "wave", no, "plan")
		cell(w.cell(row, "drawn") == drawnAt.Format(time.RFC3339), "wave", no, "drawn")
		at, err := time.Parse(time.RFC3339, w.cell(row, "committed"))
		cell(err == nil && !at.After(committed), "wave", no, "committed")
		opened, err := time.Parse(time.RFC3339, w.cell(row, "opened"))
		made := p.madeAt()
		cell((made != nil) == (err == nil) && (made == nil || !opened.After(*made)), "wave", no, "opened")
		cell(w.raw(row, "legs") == fmt.Sprint(drawn.Legs+drawn.Overlap), "wave", no, "legs")
	}
	t := p.stands["party"].of(p.wave)
	for _, row := range t.rows {
		id := t.cell(row, "id")
		cell(inspect.DigestOf([]byte(t.cell(row, "signature"))) == commit.Signatures[id], "party", id, "signature")
	}
	cell(len(t.rows) == len(commit.Signatures), "party", "", "id")
	t = p.stands["beacon"].of(p.wave)
	agreed := 0
	for _, row := range t.rows {
		if t.cell(row, "value") == beacon.Value {
			agreed++
		}
	}
	cell(beacon.Value == "" || agreed >= 2, "beacon", fmt.Sprint(p.wave), "value")
	t = p.stands["reveal"].of(p.wave)
	for _, row := range t.rows {
		var shares map[string]string
		stage := t.cell(row, "stage")
		want, ok := reveals[stage]
		err := json.Unmarshal(t.blob(row, "body"), &shares)
		same := err == nil && len(shares) == len(want.Shares)
		for party, share := range shares {
			same = same && want.Shares[party] == share
		}
		cell(ok && same, "reveal", stage, "body")
		delete(reveals, stage)
	}
	for stage := range reveals {
		p.add("audit.row-missing", "Table", "reveal", "Row", stage)
	}
	t = p.stands["book"].of(p.wave)
	for _, row := range t.rows {
		b := fmt.Sprint(t.cell(row, "day"), " ", t.cell(row, "rung"))
		cell(books[b], "book", b, "rung")
		delete(books, b)
	}
	for b := range books {
		p.add("audit.row-missing", "Table", "book", "Row", b)
	}
	t = p.stands["release"].of(p.wave)
	for _, row := range t.rows {
		k := t.raw(row, "leg") + " " + t.cell(row, "rung")
		cell(told[k], "release", k, "rung")
		delete(told, k)
	}
	for k := range told {
		p.add("audit.row-missing", "Table", "release", "Row", k)
	}
	for _, x := range []struct{ table, column, member string }{ // what a row is known by is what it says
		{"county", "id", "county"}, {"substitution", "no", "no"}, {"leg", "no", "no"}, {"visit", "id", "id"},
	} {
		t = p.stands[x.table].of(p.wave)
		for _, row := range t.rows {
			var body map[string]any
			json.Unmarshal(t.blob(row, "body"), &body)
			known := t.cell(row, x.column)
			cell(fmt.Sprint(body[x.member]) == known, x.table, known, x.column)
		}
	}
	p.compareSignatures()
	t = p.stands["import"]
	for _, row := range t.rows {
		var f struct{ Export json.RawMessage }
		ok := json.Unmarshal(t.blob(row, "body"), &f) == nil && inspect.DigestOf(f.Export).String() == t.cell(row, "digest")
		cell(ok, "import", t.cell(row, "digest"), "body")
	}
}
