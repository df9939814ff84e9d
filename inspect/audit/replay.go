package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/config"
	"zhicha/inspect/ledger"
	"zhicha/inspect/results"
	"zhicha/inspect/returns"
	"zhicha/inspect/review"
	"zhicha/inspect/store"
)

// played is what stands of a wave beside what comes of playing it once more: from the files as they came
// and the decisions that the signed log binds, by the code that took them in, judged and scored.
type played struct {
	wave     int
	campaign string
	register *campaign.Register
	stands   map[string]table // by name
	again    map[string]table
	entries  []logged
	openings map[inspect.Digest][][]string // rows under the roots
	differs  inspect.Problems
	returns  int
	score    inspect.Digest   // of the last entry of a frozen score
	heads    []inspect.Digest // of the log after each of its entries, chained
	since    []since          // lines of the access record that have a place in the log
	frozen   ledger.Decided   // what whoever froze the first score knew
	known    []ledger.Decided // what people signed who decided: how many entries and lines there were
	waited   []string         // digests of returns that waited once, and of which nothing was kept
}

func (p *played) add(rule string, args ...any) {
	x := inspect.Refuse(rule, args...)
	x.Class = inspect.Unverified
	p.differs = append(p.differs, x)
}

// play plays a wave once more in a copy of the database, which is gone afterwards.
func play(ctx context.Context, c *campaign.Campaign, who *campaign.Acting, wave int) (*played, error) {
	p := &played{wave: wave, campaign: c.Config.Campaign.ID}
	var files, alarms []file
	var unproven []inspect.Unproven
	var scores []store.Score
	var codings []inspect.Decision
	var log string
	var entries []store.Entry
	err := c.View(ctx, func(tx *store.Tx) (err error) {
		if p.stands, err = tables(tx); err != nil {
			return err
		}
		if entries, err = tx.Entries(); err != nil {
			return err
		}
		if unproven, err = tx.Unproven(wave); err != nil {
			return err
		}
		if codings, err = tx.Codings(wave); err != nil {
			return err
		}
		if scores, err = tx.Scores(wave); err != nil {
			return err
		}
		log, err = tx.Meta(campaign.LogMeta)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := c.CheckLog(entries, log); inspect.ProblemsOf(err) != nil {
		p.differs = append(p.differs, inspect.ProblemsOf(unproved(err))...)
	} else if err != nil {
		return nil, err
	}
	p.entries = loggedOf(entries)
	var head inspect.Digest
	for i := range entries {
		head = entries[i].Chained(head)
		p.heads = append(p.heads, head)
	}
	p.register = c.Register(entries)
	if p.untouched() { // it was cancelled before anything went out
		return p, nil
	}
	dir, err := os.MkdirTemp("", "zhicha-audit-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	others, err := c.OtherSchema(ctx, filepath.Join(dir, "fresh.db"))
	if err != nil {
		return nil, err
	}
	for _, name := range others {
		p.add("audit.schema", "Name", name)
	}
	if len(others) > 0 { // what it is played in would be of the same make
		return p, nil
	}
	files, alarms = filesOf(p.stands, wave)
	p.open()
	if w := p.stands["wave"]; slices.ContainsFunc(w.rows, func(r []string) bool { return w.raw(r, "no") == fmt.Sprint(wave) && w.raw(r, "opened") == "NULL" }) {
		p.compareStanding() // which says so; where packets are denied there is nothing to play
		return p, nil
	}
	if p.madeAt() == nil { // and yet something came of them
		p.add("audit.no-packets", "Wave", wave)
		p.compareStanding()
		return p, nil
	}
	var clock time.Time
	scratch, err := c.Scratch(ctx, filepath.Join(dir, campaign.DatabaseFile), func() time.Time { return clock })
	if err != nil {
		return nil, err
	}
	defer scratch.Close()
	if err := scratch.Update(ctx, func(tx *store.Tx) error { return tx.Rewind() }); err != nil {
		return nil, err
	}
	replay, err := returns.NewReplay(ctx, scratch, wave)
	if err != nil {
		return nil, err
	}
	err = p.compareJudged(unproven, func(u *inspect.Unproven) (first inspect.Decision, good bool, err error) {
		data, err := c.ReadEvidence(who, u.Digest)
		if errors.Is(err, campaign.ErrClosed) { // nothing is wrong with it: another holder has to grant it first
			return first, false, err
		}
		if err == nil {
			first, err = replay.Judged(u, data)
		}
		return first, err == nil, nil
	})
	if err != nil {
		return nil, err
	}
	p.compareRosters()
	p.compareKept(unproven, codings)
	p.comparePending(unproven)
	for _, u := range unproven {
		p.firsts(u.Acts)
	}
	coded := p.firsts(codings)
	p.compareOrder()
	found := len(p.differs)
	err = scratch.Update(ctx, func(tx *store.Tx) error { // all of it anew, should it run again
		p.differs, p.returns, p.score = p.differs[:found], 0, inspect.Digest{}
		player := &player{played: p, ctx: ctx, c: c, scratch: scratch, tx: tx, who: who, replay: replay, files: slices.Clone(files), scores: scores, coded: coded, settled: map[string]inspect.Decision{}, clock: &clock, unproven: unproven, aside: map[string]bool{}}
		return player.all(slices.Clone(alarms))
	})
	if err != nil {
		return nil, err
	}
	return p, scratch.View(ctx, func(tx *store.Tx) (err error) {
		if p.again, err = tables(tx); err != nil {
			return err
		}
		again, err := tx.Entries()
		p.compare(loggedOf(again))
		return err
	})
}

// madeAt is when the packets of the wave were made, as the log says, whatever the database does; nil: never.
func (p *played) madeAt() *time.Time {
	for _, e := range p.entries {
		b, err := ledger.Decode[ledger.Release](e.Body)
		if e.Kind == string(ledger.RungReleased) && err == nil && b.Wave == p.wave && b.Packets != nil && b.Book == "" {
			return &e.Time
		}
	}
	return nil
}

// untouched reports whether nothing of the wave left the office, as the log says and the database.
func (p *played) untouched() bool {
	for _, name := range []string{"returned", "report", "unproven", "waiting", "alarm", "leg", "visit"} {
		t := p.stands[name].of(p.wave)
		if len(t.rows) > 0 {
			return false
		}
	}
	return !slices.ContainsFunc(p.entries, func(e logged) bool {
		var b struct {
			Wave int `json:"wave"`
		}
		return slices.Contains(afterPackets, ledger.Kind(e.Kind)) && json.Unmarshal(e.Body, &b) == nil && b.Wave == p.wave
	})
}

// afterPackets are the kinds of entries that a wave has once its packets were made.
var afterPackets = []ledger.Kind{ledger.RungReleased, ledger.ReturnReceived, ledger.VisitApproved, ledger.VisitReturned, ledger.VisitResolved, ledger.ReturnJudged,
	ledger.LegSuspended, ledger.LegResumed, ledger.LegExcluded, ledger.LegClosed, ledger.ScoreFrozen, ledger.Corrected}

// loggedOf are entries as values.
func loggedOf(entries []store.Entry) []logged {
	out := make([]logged, len(entries))
	for i, e := range entries {
		out[i] = logged{e.Seq, e.Time, e.Kind, json.RawMessage(e.Body)}
	}
	return out
}

// tables are all tables of a database.
func tables(tx *store.Tx) (map[string]table, error) {
	names, err := tx.Tables()
	if err != nil {
		return nil, err
	}
	out := map[string]table{}
	for _, name := range names {
		var t table
		if t.columns, t.rows, err = tx.Table(name); err != nil {
			return nil, err
		}
		out[name] = t
	}
	return out, nil
}

// player drives a replay.
type player struct {
	*played
	ctx     context.Context
	c       *campaign.Campaign // whose evidence is read
	scratch *campaign.Campaign
	tx      *store.Tx // of the copy
	who     *campaign.Acting
	replay  *returns.Replay
	files   []file // not yet read
	ready   []file // read, not yet taken
	taken   []file // the last first
	scores  []store.Score
	coded   []first                     // not yet taken
	settled map[string]inspect.Decision // by visit, by the second of two; no entry has told of it yet
	clock   *time.Time

	unproven []inspect.Unproven
	aside    map[string]bool // of them, by digest
}

// all plays every entry of the log in order.
func (p *player) all(alarms []file) error {
	for _, e := range p.entries {
		if err := p.codings(e.Seq); err != nil {
			return err
		}
		if err := p.entry(e); err != nil {
			return err
		}
		p.scratch.Worked(int(e.Seq), len(p.entries))
	}
	if err := p.codings(math.MaxInt64); err != nil {
		return err
	}
	for _, d := range p.settled { // two agreed, and no entry tells of it
		p.add("audit.coding", "ID", d.Visit, "Person", d.By)
	}
	for _, f := range append(p.ready, p.files...) {
		p.add("audit.return-unlogged", "File", f.digest)
	}
	for i := range alarms {
		f := &alarms[i]
		if p.read(f); f.err == nil {
			f.err = p.replay.Alarms(p.tx, f.name, f.data)
		}
		if f.err != nil {
			p.add("audit.return-unread", "File", f.digest, "Cause", f.err.Error())
		}
	}
	for _, digest := range p.waited { // refused, and so it would be again
		refused, f := false, file{digest: digest, name: digest}
		if p.read(&f); f.err == nil {
			refused, f.err = p.replay.Refused(p.tx, &config.Person{}, f.name, f.data)
		}
		if errors.Is(f.err, campaign.ErrClosed) {
			return f.err
		}
		if !refused {
			p.add("audit.kept-gone", "Object", inspect.Kept(p.wave, digest))
		}
	}
	for i := range p.unproven {
		if err := p.apart(&p.unproven[i]); err != nil {
			return err
		}
	}
	return nil
}

// entry plays one entry, where it is one of the wave's after the draw.
func (p *player) entry(e logged) error {
	*p.clock = e.Time
	switch ledger.Kind(e.Kind) {
	case ledger.ReturnReceived:
		return each(e, func(b ledger.Receipt) error {
			if b.Wave != p.wave {
				return nil
			}
			return p.receive(e, b)
		})
	case ledger.ReturnJudged:
		return each(e, func(b ledger.Judgement) error {
			rows := p.openings[b.Root]
			i := slices.IndexFunc(p.unproven, func(u inspect.Unproven) bool { return len(rows) > 0 && len(rows[0]) > 1 && rows[0][1] == u.Digest })
			if b.Wave != p.wave || i < 0 {
				return nil // it is named elsewhere
			}
			return p.apart(&p.unproven[i])
		})
	case ledger.VisitApproved:
		return each(e, func(b ledger.Approval) error { return p.decide(e, b.Wave, b.Visits, b.Root, review.Approved) })
	case ledger.VisitReturned:
		return each(e, func(b ledger.SentBack) error { return p.decide(e, b.Wave, b.Visits, b.Root, review.Returned) })
	case ledger.VisitResolved:
		return each(e, func(b ledger.Resolved) error { return p.decide(e, b.Wave, b.Visits, b.Root, review.Resolved) })
	case ledger.LegSuspended:
		return each(e, func(b ledger.Suspension) error { return p.leg(e, b.LegAct) })
	case ledger.LegResumed:
		return each(e, func(b ledger.Resumption) error { return p.leg(e, b.LegAct) })
	case ledger.LegExcluded:
		return each(e, func(b ledger.Exclusion) error { return p.leg(e, b.LegAct) })
	case ledger.LegClosed:
		return each(e, func(b ledger.Closing) error { return p.closing(e, b) })
	case ledger.ScoreFrozen:
		return each(e, func(b ledger.Score) error { return p.freeze(e, b) })
	case ledger.Corrected:
		return each(e, func(b ledger.Correction) error { return p.correct(e, b) })
	}
	return nil
}

// each reads an entry's body.
func each[T ledger.Body](e logged, do func(T) error) error {
	b, err := ledger.Decode[T](e.Body)
	if err != nil {
		return unproved(err)
	}
	return do(b)
}

// codings plays what either of two reviewers had decided before an entry was added.
func (p *player) codings(before int64) error {
	for len(p.coded) > 0 && p.coded[0].after < before {
		d := p.coded[0].Decision
		p.coded = p.coded[1:]
		settled, err := review.Code(p.tx, d)
		if inspect.ProblemsOf(err) != nil {
			p.add("audit.coding", "ID", d.Visit, "Person", d.By)
		} else if err != nil {
			return err
		} else if settled {
			p.settled[d.Visit] = d
		}
	}
	return nil
}

// decide plays decisions about visits: of the rows about a visit that of whoever signed the entry settled it.
func (p *player) decide(e logged, wave, visits int, root inspect.Digest, decision string) error {
	rows, ok := p.openings[root]
	if wave != p.wave || !ok {
		return nil // a root that nothing opens is named elsewhere
	}
	all := map[string][][]string{}
	var order []string
	for _, row := range rows {
		if len(row) != 5 {
			p.add("audit.rows", "Seq", e.Seq)
			return nil
		}
		if all[row[0]] == nil {
			order = append(order, row[0])
		}
		all[row[0]] = append(all[row[0]], row)
	}
	if len(order) != visits {
		p.add("audit.rows", "Seq", e.Seq)
	}
	var b struct {
		By json.RawMessage `json:"by"`
	}
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	by, key := p.register.Whose(lastOf(b.By)) // the order of the rows is bound by nothing
	for _, id := range order {
		var row []string
		for _, r := range all[id] {
			if r[3] == by && (row == nil || r[2] == decision) { // one of two who differ may have coded otherwise before
				row = r
			}
		}
		if row == nil {
			p.add("audit.rows", "Seq", e.Seq)
			continue
		}
		d := inspect.Decision{Visit: id, Digest: row[1], Decision: row[2], By: row[3], Key: ledger.KeyFingerprint(key), Reason: row[4], Time: e.Time}
		if ok, err := p.judged(all[id], d); err != nil {
			return err
		} else if !ok || d.Decision != decision {
			p.add("audit.rows", "Seq", e.Seq)
			continue
		}
		if err := p.again(e, d); err != nil {
			return err
		}
	}
	return nil
}

// judged reports whether the rows about a visit are just the decisions that reviewers took about its present report, and
// whether the last of them may have settled it: the second of two who agree, or one that needs no other.
func (p *player) judged(rows [][]string, last inspect.Decision) (bool, error) {
	if last.Decision == review.Resolved {
		return len(rows) == 1, nil // again judges it
	}
	codings, err := p.tx.VisitCodings(last.Visit)
	if err != nil {
		return false, err
	}
	want := ledger.DecisionRows(slices.DeleteFunc(codings, func(d inspect.Decision) bool { return d.Digest != last.Digest }))
	if two, ok := p.settled[last.Visit]; ok {
		delete(p.settled, last.Visit)
		return sameRows(rows, want) && slices.Equal(ledger.DecisionRows([]inspect.Decision{two})[0], ledger.DecisionRows([]inspect.Decision{last})[0]), nil
	}
	if err := review.Judged(p.tx, last); inspect.ProblemsOf(err) != nil {
		return false, nil
	} else if err != nil {
		return false, err
	}
	return sameRows(rows, append(want, ledger.DecisionRows([]inspect.Decision{last})...)), nil
}

// again carries out one decision.
func (p *player) again(e logged, d inspect.Decision) error {
	v, ok, err := p.tx.Visit(d.Visit)
	if err != nil {
		return err
	}
	if !ok || v.Digest != d.Digest && d.Decision != review.Resolved && d.Decision != review.Adopted {
		p.add("audit.decision", "Seq", e.Seq, "ID", d.Visit)
		return nil
	}
	if err := review.Again(p.scratch, p.tx, d); inspect.ProblemsOf(err) != nil {
		p.add("audit.decision", "Seq", e.Seq, "ID", d.Visit)
	} else if err != nil {
		return err
	}
	return nil
}

// leg plays what was decided about one leg.
func (p *player) leg(e logged, b ledger.LegAct) error {
	rows, ok := p.openings[b.Root]
	if b.Wave != p.wave || !ok {
		return nil
	}
	if len(rows) != 1 || len(rows[0]) != 5 || !slices.Equal(rows[0], ledger.LegActRow(ledger.Kind(e.Kind), b.Wave, b.Leg, rows[0][3], rows[0][4])) {
		p.add("audit.rows", "Seq", e.Seq)
		return nil
	}
	by, reason := rows[0][3], rows[0][4]
	if by != p.register.ID(b.By) {
		p.add("audit.rows", "Seq", e.Seq)
	}
	switch ledger.Kind(e.Kind) {
	case ledger.LegSuspended:
		return p.tx.SuspendLeg(b.Wave, b.Leg, reason, by, reason, e.Time)
	case ledger.LegResumed:
		return p.tx.SuspendLeg(b.Wave, b.Leg, "", by, reason, e.Time)
	}
	return p.tx.ExcludeLeg(b.Wave, b.Leg, reason, by, e.Time)
}

// closing plays the closing of legs, and holds the visits as they stood against those that the entry binds.
func (p *player) closing(e logged, b ledger.Closing) error {
	rows, ok := p.openings[b.Root]
	if b.Wave != p.wave || !ok {
		return nil
	}
	legs, err := p.tx.Legs(b.Wave)
	if err != nil {
		return err
	}
	var want [][]string
	var told ledger.Closing // its counts, as the rows give them
	for _, row := range rows {
		if len(row) != 5 {
			continue
		}
		if row[3] != p.register.ID(b.By) {
			p.add("audit.rows", "Seq", e.Seq)
		}
		no := 0
		fmt.Sscan(row[2], &no)
		if i := slices.IndexFunc(legs, func(l inspect.StandingLeg) bool { return l.No == no }); i >= 0 {
			told.Legs, told.Visits, told.Approved = append(told.Legs, no), told.Visits+legs[i].Visits, told.Approved+legs[i].Approved
		}
		if err := p.tx.CloseLeg(b.Wave, no, row[3], row[4], e.Time); err != nil {
			return err
		}
		visits, err := p.tx.LegVisits(b.Wave, no)
		if err != nil {
			return err
		}
		want = append(want, ledger.ClosingRows(b.Wave, no, row[3], row[4], visits)...)
	}
	slices.Sort(told.Legs)
	if !sameRows(rows, want) || !slices.Equal(told.Legs, b.Legs) || told.Visits != b.Visits || told.Approved != b.Approved {
		p.add("audit.closing", "Seq", e.Seq)
	}
	return nil
}

// freeze computes the score as it was frozen.
func (p *player) freeze(e logged, b ledger.Score) error {
	if b.Wave != p.wave {
		return nil
	}
	i := slices.IndexFunc(p.scores, func(s store.Score) bool { return s.Correction == b.No })
	if i < 0 {
		p.add("audit.no-score", "Seq", e.Seq)
		return nil
	}
	var err error
	if p.score, err = b.Digest(); err != nil {
		return err
	}
	if err := results.Again(p.scratch, p.tx, p.scores[i], e.Time); inspect.ProblemsOf(err) != nil {
		p.add("audit.score-fails", "Seq", e.Seq, "Cause", err.Error())
	} else if err != nil {
		return err
	}
	return nil
}

// correct carries out what a correction decided anew.
func (p *player) correct(e logged, b ledger.Correction) error {
	rows, ok := p.openings[b.Root]
	if b.Wave != p.wave || !ok {
		return nil
	}
	want, err := p.proposed(b) // who confirms a correction confirms what was proposed, no more and no less
	if err != nil || !sameRows(rows, want) {
		p.add("audit.rows", "Seq", e.Seq)
		return nil
	}
	for _, row := range rows {
		if row[0] != string(ledger.LegExcluded) {
			if err := p.again(e, inspect.Decision{Visit: row[0], Digest: row[1], Decision: row[2], By: row[3], Reason: row[4], Time: e.Time}); err != nil {
				return err
			}
			continue
		}
		no := 0
		fmt.Sscan(row[2], &no)
		if err := p.tx.ExcludeLeg(b.Wave, no, row[4], row[3], e.Time); err != nil {
			return err
		}
	}
	return nil
}

// proposed are the rows of a correction as they follow from what its proposer signed.
func (p *player) proposed(b ledger.Correction) ([][]string, error) {
	t := p.stands["correction"].of(b.Wave)
	for _, row := range t.rows {
		if t.raw(row, "no") != fmt.Sprint(b.No) {
			continue
		}
		var x results.Correction
		if err := json.Unmarshal(t.blob(row, "body"), &x); err != nil {
			return nil, err
		}
		if x.Visits != b.Visits {
			return nil, errors.New("another number of visits")
		}
		return x.Rows(p.tx, p.register.ID(b.By[1]))
	}
	return nil, nil
}

// sameRows reports whether two lists hold the same rows in whatever order.
func sameRows(a, b [][]string) bool {
	key := func(rows [][]string) []string {
		out := make([]string, len(rows))
		for i, r := range rows {
			out[i] = strings.Join(r, "\x00")
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(key(a), key(b))
}
