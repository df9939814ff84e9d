package results_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/checklist"
	"zhicha/inspect/field"
	"zhicha/inspect/ledger"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/results"
	"zhicha/inspect/review"
	"zhicha/inspect/score"
	"zhicha/inspect/store"
)

const why = "演示数据：一处检查不是应查的对象，不再计分"

// frozen is an office whose first wave is over and scored; offices answer worse than anybody else.
func frozen(t *testing.T, seed byte) *rehearsal.Office {
	t.Helper()
	o := rehearsal.NewOffice(t, seed)
	for _, p := range [][2]string{{"score-2", inspect.RoleScorer}, {"both-1", inspect.RoleScorer + " " + inspect.RoleSigner}, {"sign-2", inspect.RoleSigner}} {
		o.Appoint(p[0], p[1], "")
	}
	o.Draw(1)
	o.Report(1, func(v *inspect.Visit, item *checklist.Item) string {
		if v.Kind == inspect.CO && item.Answer.Type == checklist.YesPartlyNo && v.Leg%2 == 0 {
			return "no"
		}
		return rehearsal.Best(v, item)
	})
	o.Refused("while a leg is open", "release.open-legs", func() error { return freeze(o, "score-1") })
	o.Refused("nothing was frozen", "score.none", func() error { return propose(o, "score-1", why, returned(o)) })
	o.CloseAll(1)
	o.Refused("by a reviewer", "campaign.role", func() error { return freeze(o, "review-1") })
	o.OK(freeze(o, "score-1"))
	return o
}

func freeze(o *rehearsal.Office, id string) error {
	_, err := results.Freeze(o.T.Context(), o.Campaign, o.Who(id), 1)
	return err
}

func propose(o *rehearsal.Office, id, reason string, changes ...results.Change) error {
	_, err := results.Propose(o.T.Context(), o.Campaign, o.Who(id), 1, changes, reason)
	return err
}

func confirm(o *rehearsal.Office, id string, no int) error {
	_, err := results.Confirm(o.T.Context(), o.Campaign, o.Who(id), 1, no)
	return err
}

// scored are the visits of a kind that count, in order.
func scored(o *rehearsal.Office, kind inspect.Kind) (out []inspect.StandingVisit) {
	o.T.Helper()
	legs, err := o.Legs(o.T.Context(), 1)
	o.OK(err)
	for _, v := range o.Visits(1, 0) {
		if v.Kind == kind && v.State == inspect.VisitApproved && slices.ContainsFunc(legs, func(l inspect.StandingLeg) bool { return l.No == v.Leg && l.Primary() }) {
			out = append(out, v)
		}
	}
	return out
}

// returned sends back the first office of an even leg, which answered worst.
func returned(o *rehearsal.Office) results.Change {
	all := scored(o, inspect.CO)
	i := max(slices.IndexFunc(all, func(v inspect.StandingVisit) bool { return v.Leg%2 == 0 }), 0)
	return results.Change{Visit: all[i].ID, Decision: review.Returned}
}

// opened are the rows under a root of the ledger, which must be what the root was made from.
func opened(o *rehearsal.Office, root inspect.Digest) (rows [][]string) {
	o.T.Helper()
	o.Tx(func(tx *store.Tx) error {
		salt, got, ok, err := tx.Root(root)
		if err != nil || !ok || ledger.Root(ledger.Salt(salt), got) != root {
			o.T.Errorf("root %s does not open: %v, %v", root, ok, err)
		}
		rows = got
		return nil
	})
	return rows
}

// bodies are the bodies of one kind of entry.
func bodies[T ledger.Body](o *rehearsal.Office) (out []T) {
	o.T.Helper()
	o.Tx(func(tx *store.Tx) error {
		out = nil
		return campaign.EachBody(tx, func(_ time.Time, b T) { out = append(out, b) })
	})
	return out
}

// A score is frozen once, accounts for every visit planned, and holds the wave still.
func TestFreezeOnce(t *testing.T) {
	t.Parallel()
	o := frozen(t, 31)
	before := o.Tree()
	o.Now = o.Now.Add(time.Hour)
	again, err := results.Freeze(t.Context(), o.Campaign, o.Who("score-2"), 1)
	o.OK(err)
	if after := o.Tree(); !again.At.Before(o.Now) || before["database"] != after["database"] {
		t.Errorf("frozen a second time at %v", again.At)
	}
	entry := bodies[ledger.Score](o)
	if len(entry) != 1 || entry[0].No != 0 || entry[0].Score != again.Digest || entry[0].Planned != again.National.Planned {
		t.Fatalf("entries %+v", entry)
	}
	how := map[string]int{}
	seen := map[string]bool{}
	for _, row := range opened(o, entry[0].Reports) {
		how[row[1]]++
		if seen[row[0]] {
			t.Errorf("visit %s stands twice", row[0])
		}
		seen[row[0]] = true
		i := slices.IndexFunc(o.Visits(1, 0), func(v inspect.StandingVisit) bool { return v.ID == row[0] })
		if v := o.Visits(1, 0)[i]; v.Digest != row[2] || string(v.Grade) != row[3] {
			t.Errorf("row %q of %+v", row, v)
		}
	}
	if len(seen) != entry[0].Planned || how[score.Counted] != entry[0].Scored || how[score.Missing] != entry[0].Missing ||
		len(seen)-how[score.Counted]-how[score.Missing] != entry[0].Left {
		t.Errorf("%d visits %v for %+v", len(seen), how, entry[0])
	}
	for _, body := range o.Entries(string(ledger.ScoreFrozen)) { // it tells no unit, no visit, no reporting unit
		for _, hidden := range []string{"1-00", `"64"`} {
			if strings.Contains(body, hidden) {
				t.Errorf("the entry tells %s: %s", hidden, body)
			}
		}
	}
	id := scored(o, inspect.CO)[0].ID
	o.Refused("sent back", "score.frozen", func() error {
		_, err := review.Decide(t.Context(), o.Campaign, o.Who("review-1"), []string{id}, review.Returned, "演示数据")
		return err
	})
	o.Refused("a leg excluded", "score.frozen", func() error {
		return field.ExcludeLeg(t.Context(), o.Campaign, o.Who("review-1"), 1, 1, "演示数据")
	})
	for what, change := range map[string]string{
		"a state":   "UPDATE visit SET state = 'returned' WHERE id = '" + id + "'",
		"an answer": rehearsal.SetJSON("report", "$.answers[0].value", "'unverified'", "visit = '"+id+"'"),
	} {
		copied := o.Copied(t)
		if copied.SQL(change) == 0 {
			t.Fatalf("%s: nothing changed", what)
		}
		copied.Refused(what+", frozen again", "score.bent", func() error { return freeze(copied, "score-1") })
		copied.Refused(what+", corrected", "score.bent", func() error {
			return propose(copied, "score-1", why, results.Change{Visit: scored(copied, inspect.CO)[1].ID, Decision: review.Returned})
		})
	}
}

// A correction is proposed by one person and confirmed by another, who sees the same.
func TestCorrect(t *testing.T) {
	t.Parallel()
	o := frozen(t, 32)
	ch := returned(o)
	for what, c := range map[string]struct {
		rule, who, reason string
		changes           []results.Change
	}{
		"by a signer":             {"campaign.role", "sign-1", why, []results.Change{ch}},
		"without a reason":        {"score.correct-empty", "score-1", "", []results.Change{ch}},
		"without a change":        {"score.correct-empty", "score-1", why, nil},
		"an unknown visit":        {"score.correct-change", "score-1", why, []results.Change{{Visit: "1-999-01", Decision: review.Returned}}},
		"an unknown decision":     {"score.correct-change", "score-1", why, []results.Change{{Visit: ch.Visit, Decision: "raise"}}},
		"as it stands":            {"score.correct-change", "score-1", why, []results.Change{{Visit: ch.Visit, Decision: review.Approved}}},
		"the same twice":          {"score.correct-change", "score-1", why, []results.Change{ch, ch}},
		"an unknown leg":          {"score.correct-change", "score-1", why, []results.Change{{Leg: 99, Decision: score.LegExcluded}}},
		"back and forth":          {"score.correct-nothing", "score-1", why, []results.Change{ch, {Visit: ch.Visit, Decision: review.Approved}}},
		"with a telephone number": {"release.personal", "score-1", why + "，电话13800138000", []results.Change{ch}},
		"with a drawn village":    {"release.personal", "score-1", "演示数据：" + scored(o, inspect.VC)[0].Places.Village + "查错了", []results.Change{ch}},
	} {
		o.Refused(what, c.rule, func() error { return propose(o, c.who, c.reason, c.changes...) })
	}
	o.Refused("confirmed before it was proposed", "score.correct-unknown", func() error { return confirm(o, "sign-1", 1) })
	logged := len(rehearsal.Must(o.Campaign.Entries(t.Context())))
	o.OK(propose(o, "score-2", "演示数据：第一稿", results.Change{Visit: scored(o, inspect.CO)[0].ID, Decision: review.Returned}))
	o.OK(propose(o, "both-1", why, ch)) // in its place
	o.Tx(func(tx *store.Tx) error {
		all, confirmed, err := results.Corrections(tx, 1)
		if len(all) != 1 || all[0].Reason != why || all[0].Proposed != "both-1" || !confirmed[0].IsZero() || all[0].Visits != 1 || len(all[0].Moves) != 2 {
			t.Errorf("proposed: %+v", all)
		}
		return err
	})
	if n := len(rehearsal.Must(o.Campaign.Entries(t.Context()))); n != logged {
		t.Errorf("a proposal is logged: %d entries, then %d", logged, n)
	}
	o.Refused("by who proposed it", "score.correct-same", func() error { return confirm(o, "both-1", 1) })
	o.Refused("by a scorer", "campaign.role", func() error { return confirm(o, "score-1", 1) })
	o.Refused("another number", "score.correct-unknown", func() error { return confirm(o, "sign-1", 2) })

	bent := o.Copied(t)
	bent.SQL(rehearsal.SetJSON("report", "$.answers[0].value", "'no'", "visit = '"+scored(o, inspect.HH)[0].ID+"'"))
	bent.Refused("after something moved", "score.bent", func() error { return confirm(bent, "sign-1", 1) })
	for what, c := range map[string][2]string{
		"another visit than was proposed": {"$.changes[0].visit", scored(o, inspect.VC)[0].ID},
		"another reason":                  {"$.reason", "演示数据：改过的理由"},
		"another proposer":                {"$.proposed", "score-1"},
		"another signature":               {"$.signed", "x"},
	} {
		bent := o.Copied(t)
		bent.SQL(rehearsal.SetJSON("correction", c[0], "'"+c[1]+"'", "no = 1"))
		bent.Refused(what, "score.correct-unsigned", func() error { return confirm(bent, "sign-1", 1) })
	}
	forged := o.Copied(t) // who can write to the database is not two people
	key := rehearsal.Must(forged.Acts(forged.Who("score-2"), inspect.RoleScorer)).Key
	forged.SQL(rehearsal.SetJSON("correction", "$.proposed", "'score-2'", "no = 1"))
	forged.SQL(rehearsal.SetJSON("correction", "$.key", "'"+key+"'", "no = 1"))
	forged.Refused("by one person in the name of two", "score.correct-unsigned", func() error { return confirm(forged, "both-1", 1) })

	old := rehearsal.Must(results.Compute(t.Context(), o.Campaign, 1))
	o.Now = o.Now.Add(time.Hour)
	x, err := results.Confirm(t.Context(), o.Campaign, o.Who("sign-1"), 1, 1)
	o.OK(err)
	held(o, x, ch, old)

	o.Refused("twice", "score.correct-unknown", func() error { return confirm(o, "sign-2", 1) })
	o.OK(freeze(o, "score-1")) // nothing has changed since
	if n := len(bodies[ledger.Score](o)); n != 2 {
		t.Errorf("%d scores were entered", n)
	}
	legs, err := o.Legs(t.Context(), 1)
	o.OK(err)
	leg := legs[slices.IndexFunc(legs, func(l inspect.StandingLeg) bool { return l.Primary() })]
	o.OK(propose(o, "score-1", "演示数据：一条线路消息外泄，整条不计分", results.Change{Leg: leg.No, Decision: score.LegExcluded}))
	o.OK(confirm(o, "sign-2", 2))
	entry, fixed := bodies[ledger.Score](o), bodies[ledger.Correction](o)
	if len(entry) != 3 || len(fixed) != 2 || entry[2].No != 2 || fixed[1].No != 2 || fixed[1].Before != entry[1].Score || fixed[1].After != entry[2].Score || fixed[1].Visits != leg.Visits {
		t.Errorf("the second: %+v, %+v", fixed, entry)
	}
	if rows := opened(o, fixed[1].Root); len(rows) != 1 || rows[0][0] != string(ledger.LegExcluded) || rows[0][2] != fmt.Sprint(leg.No) {
		t.Errorf("rows %q", rows)
	}
	o.OK(propose(o, "score-1", "演示数据：核实后恢复计分", results.Change{Visit: ch.Visit, Decision: review.Approved}))
}

// held holds a correction in force against the ledger and the wave.
func held(o *rehearsal.Office, x *results.Correction, ch results.Change, old *score.Result) {
	o.T.Helper()
	entries := rehearsal.Must(o.Campaign.Entries(o.T.Context()))
	last := entries[len(entries)-2:]
	if last[0].Kind != string(ledger.Corrected) || last[1].Kind != string(ledger.ScoreFrozen) {
		o.T.Errorf("entered %s and %s", last[0].Kind, last[1].Kind)
	}
	fixed, entry := bodies[ledger.Correction](o), bodies[ledger.Score](o)
	if len(fixed) != 1 || len(entry) != 2 || fixed[0].No != 1 || entry[1].No != 1 || fixed[0].Before != entry[0].Score || fixed[0].After != entry[1].Score ||
		entry[1].Scored != entry[0].Scored-1 || entry[1].Missing != entry[0].Missing+1 || entry[1].Planned != entry[0].Planned || fixed[0].Text != inspect.DigestOf([]byte(why)) {
		o.T.Fatalf("entered %+v, then %+v", fixed, entry)
	}
	if fixed[0].By[0] == fixed[0].By[1] || fixed[0].By[1] != campaign.PersonHash(rehearsal.Must(o.Acts(o.Who("sign-1"), inspect.RoleSigner)).Person) {
		o.T.Errorf("by %v", fixed[0].By)
	}
	rows := opened(o, fixed[0].Root)
	if len(rows) != 1 || rows[0][0] != ch.Visit || rows[0][2] != review.Returned || rows[0][3] != "sign-1" || rows[0][4] != why {
		o.T.Errorf("rows %q", rows)
	}
	if i := slices.IndexFunc(opened(o, entry[1].Reports), func(r []string) bool { return r[0] == ch.Visit && r[1] == score.Missing }); i < 0 {
		o.T.Error("the visit is not accounted for as missing")
	}
	now := rehearsal.Must(results.Compute(o.T.Context(), o.Campaign, 1))
	if moves := score.Moves(old.Published(), now.Published()); fmt.Sprint(moves) != fmt.Sprint(x.Moves) || len(moves) == 0 {
		o.T.Errorf("moves %+v, computed %+v", x.Moves, moves)
	}
	o.Tx(func(tx *store.Tx) error { // what is published opens the entries
		all, err := tx.Scores(1)
		for i, s := range all {
			var p score.Published
			o.OK(json.Unmarshal(s.Public, &p))
			salt, err := hex.DecodeString(s.Salt)
			o.OK(err)
			if d, err := p.Digest(ledger.Salt(salt)); err != nil || d != entry[i].Public {
				o.T.Errorf("score %d: what is published is %s, entered %s: %v", i, d, entry[i].Public, err)
			}
		}
		return err
	})
}
