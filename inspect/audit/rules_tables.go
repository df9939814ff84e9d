package audit

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/ledger"
	"zhicha/inspect/results"
)

// table is a table of a database, every cell as SQL writes it.
type table struct {
	columns []string
	rows    [][]string
}

// raw is a cell as SQL writes it.
func (t *table) raw(row []string, column string) string {
	if i := slices.Index(t.columns, column); i >= 0 {
		return row[i]
	}
	return ""
}

// cell is a cell's text.
func (t *table) cell(row []string, column string) string {
	s := t.raw(row, column)
	if len(s) >= 2 && s[0] == '\'' {
		return strings.ReplaceAll(s[1:len(s)-1], "''", "'")
	}
	return s
}

// blob is a cell's bytes.
func (t *table) blob(row []string, column string) []byte {
	s := t.raw(row, column)
	if strings.HasPrefix(s, "X'") {
		b, _ := hex.DecodeString(s[2 : len(s)-1])
		return b
	}
	return []byte(t.cell(row, column))
}

// of are the rows of one wave: by their wave, or by the visit they speak of.
func (t table) of(wave int) table {
	no, visit := fmt.Sprint(wave), fmt.Sprintf("%d-", wave)
	out := table{columns: t.columns}
	for _, row := range t.rows {
		switch {
		case slices.Contains(t.columns, "wave"):
			if t.raw(row, "wave") != no {
				continue
			}
		case slices.Contains(t.columns, "visit"):
			if !strings.HasPrefix(t.cell(row, "visit"), visit) {
				continue
			}
		}
		out.rows = append(out.rows, row)
	}
	return out
}

// logged is an entry of the log.
type logged struct {
	Seq  int64
	Time time.Time
	Kind string
	Body json.RawMessage
}

// comparing says how a table that stands is held against the one that was played: by which columns a row is
// known, and which are not compared, since they decide nothing or are compared elsewhere.
type comparing struct {
	key  []string
	skip []string
}

// replayed are the tables that follow from the files as they came, the decisions bound by the log, and the
// rules. What the draw and the ceremony put into the others is compared by the audit of the draw.
var replayed = map[string]comparing{
	"returned":     {key: []string{"digest"}},
	"report":       {key: []string{"visit", "version"}, skip: []string{"received"}}, // the second in which a row was written
	"photo":        {key: []string{"digest", "visit"}},
	"alarm":        {key: []string{"visit", "at", "returned"}},
	"finding":      {key: []string{"id"}},
	"coding":       {key: []string{"visit", "digest", "by"}},
	"review":       {key: []string{"visit", "digest", "decision", "by", "time"}},
	"visit":        {key: []string{"id"}, skip: []string{"body", "seq", "kind", "leg"}}, // as drawn: rules_visits.go
	"leg":          {key: []string{"wave", "no"}, skip: []string{"body"}},
	"leg_act":      {key: []string{"wave", "leg", "act", "time"}},
	"score":        {key: []string{"wave", "correction"}, skip: []string{"no"}},
	"unproven":     {key: []string{"wave", "digest"}},
	"unproven_act": {key: []string{"wave", "digest", "by"}},
}

// compare names every cell that is not what the replay gives. again are the entries that it made.
func (p *played) compare(again []logged) {
	for _, name := range slices.Sorted(maps.Keys(replayed)) {
		p.compareTable(name, replayed[name])
	}
	p.compareEntries(again)
	p.compareCorrections()
	p.compareStanding()
}

func (p *played) compareTable(name string, how comparing) {
	stands, again := p.stands[name].of(p.wave), p.again[name].of(p.wave)
	key := func(t *table, row []string) string {
		var parts []string
		for _, k := range how.key {
			parts = append(parts, t.cell(row, k))
		}
		return strings.Join(parts, " ")
	}
	played := map[string][][]string{}
	for _, row := range again.rows {
		k := key(&again, row)
		played[k] = append(played[k], row)
	}
	for _, row := range stands.rows {
		k := key(&stands, row)
		if len(played[k]) == 0 {
			p.add("audit.row-extra", "Table", name, "Row", k)
			continue
		}
		other := played[k][0]
		played[k] = played[k][1:]
		for i, column := range stands.columns {
			if row[i] != other[i] && !slices.Contains(how.skip, column) {
				p.add("audit.cell", "Table", name, "Row", k, "Column", column)
			}
		}
	}
	for k, rows := range played {
		for range rows {
			p.add("audit.row-missing", "Table", name, "Row", k)
		}
	}
}

// compareEntries holds the receipts and scores of the log against those that the replay entered.
func (p *played) compareEntries(again []logged) {
	var want [][]byte
	for _, e := range again {
		want = append(want, bare(e))
	}
	for _, e := range p.entries {
		var b struct {
			Wave int `json:"wave"`
		}
		if k := ledger.Kind(e.Kind); k != ledger.ReturnReceived && k != ledger.ScoreFrozen || json.Unmarshal(e.Body, &b) != nil || b.Wave != p.wave {
			continue
		}
		if len(want) == 0 || string(want[0]) != string(bare(e)) {
			p.add("audit.entry", "Seq", e.Seq, "Kind", e.Kind)
		}
		if len(want) > 0 {
			want = want[1:]
		}
	}
	if len(want) > 0 {
		p.add("audit.entries", "N", len(want))
	}
	// what became of every visit planned
	for _, e := range p.entries {
		b, err := ledger.Decode[ledger.Score](e.Body)
		if e.Kind != string(ledger.ScoreFrozen) || err != nil || b.Wave != p.wave {
			continue
		}
		i := slices.IndexFunc(again, func(x logged) bool {
			y, err := ledger.Decode[ledger.Score](x.Body)
			return x.Kind == e.Kind && err == nil && y.No == b.No
		})
		if i < 0 {
			continue
		}
		y, _ := ledger.Decode[ledger.Score](again[i].Body)
		if !sameRows(p.openings[b.Reports], rowsOf(p.again["root"], y.Reports)) {
			p.add("audit.account", "Seq", e.Seq)
		}
	}
}

func rowsOf(t table, root inspect.Digest) (out [][]string) {
	for _, row := range t.rows {
		if t.cell(row, "root") == root.String() {
			json.Unmarshal([]byte(t.cell(row, "rows")), &out)
		}
	}
	return out
}

// bare is an entry without what differs by the salt of a root.
func bare(e logged) []byte {
	if e.Kind == string(ledger.ScoreFrozen) {
		if b, err := ledger.Decode[ledger.Score](e.Body); err == nil {
			b.Reports = inspect.Digest{}
			raw, _ := inspect.CanonicalJSON(b)
			return append(raw, e.Kind...)
		}
	}
	return append(slices.Clone([]byte(e.Body)), e.Kind...)
}

// compareCorrections holds confirmed corrections against their entries.
func (p *played) compareCorrections() {
	t := p.stands["correction"].of(p.wave)
	access, proposed := p.stands["access"], map[int]string{} // last, by number: an earlier one was given up
	for _, row := range access.rows {
		var wave, no int
		var digest string
		if n, _ := fmt.Sscanf(access.cell(row, "object"), "%d/%d/%s", &wave, &no, &digest); n == 3 && wave == p.wave && access.cell(row, "act") == inspect.DidPropose {
			proposed[no] = digest
		}
	}
	logged := map[int]ledger.Correction{}
	times, seqs := map[int]time.Time{}, map[int]int64{}
	for _, e := range p.entries {
		if b, err := ledger.Decode[ledger.Correction](e.Body); e.Kind == string(ledger.Corrected) && err == nil && b.Wave == p.wave {
			logged[b.No], times[b.No], seqs[b.No] = b, e.Time, e.Seq
		}
	}
	for _, row := range t.rows {
		var body struct {
			No            int
			Reason        string
			Before, After inspect.Digest
			Proposed, Key string
			Signed        string
		}
		no := 0
		fmt.Sscan(t.raw(row, "no"), &no)
		b, ok := logged[no]
		confirmed := t.raw(row, "confirmed") != "NULL"
		delete(logged, no)
		if json.Unmarshal(t.blob(row, "body"), &body) != nil || ok != confirmed || ok && (body.No != no || inspect.DigestOf([]byte(body.Reason)) != b.Text ||
			body.Before != b.Before || body.After != b.After || inspect.DigestOf([]byte(body.Key)) != b.By[0] || t.cell(row, "confirmed") != times[no].Format(time.RFC3339)) {
			p.add("audit.cell", "Table", "correction", "Row", fmt.Sprint(no), "Column", "body")
			continue
		}
		if !ok {
			continue
		}
		// who proposed it signed all of it, as a scorer then; who confirmed it signed rows that give the same reason
		text, signed, err := results.Proposed(p.campaign, t.blob(row, "body"))
		said, held := p.register.SignedBefore(seqs[no], "", b.By[0], []string{inspect.RoleScorer}, signed)
		reasons := slices.ContainsFunc(p.openings[b.Root], func(r []string) bool { return len(r) != 5 || r[4] != body.Reason })
		two := p.register.ID(b.By[0]) == body.Proposed && body.Proposed != "" && body.Proposed != p.register.ID(b.By[1])
		if err != nil || !held || said != text || reasons || !two || proposed[no] != inspect.DigestOf([]byte(body.Signed)).String() {
			p.add("audit.cell", "Table", "correction", "Row", fmt.Sprint(no), "Column", "body")
		}
	}
	for no := range logged {
		p.add("audit.row-missing", "Table", "correction", "Row", fmt.Sprint(no))
	}
}
