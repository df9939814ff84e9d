package campaign

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"zhicha/inspect"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
	"zhicha/inspect/store"
)

// LegReasons are why a unit gives way to the next in order. Burden is also given by the tool
// itself, when a plan is opened.
var LegReasons = []inspect.Coded{
	{Code: "no_such_unit", Zh: "对象不存在或已撤并", En: "the unit does not exist or was merged"},
	{Code: "road_blocked", Zh: "道路中断", En: "road blocked"},
	{Code: "disaster", Zh: "自然灾害或事故", En: "natural disaster or accident"},
	{Code: "epidemic", Zh: "疫情管控", En: "epidemic control"},
	{Code: "unsafe", Zh: "前往或停留不安全", En: "going or staying there is not safe"},
	{Code: "leak_suspected", Zh: "疑似泄露", En: "suspected leak"},
	{Code: burden, Zh: "十四日内已受其他批次检查", En: "checked by another wave within fourteen days"},
}

// approverRoles may approve a substitution: people who neither draw nor travel. Only the drawer
// carries it out, so nobody approves what they do themselves.
var approverRoles = []string{reviewer, "privacy_officer", "auditor"}

// stages name the kinds of unit in the ledger.
var stages = map[inspect.Kind]inspect.Stage{inspect.CO: inspect.StageCounty, inspect.TS: inspect.StageTownship,
	inspect.VC: inspect.StageVillage, inspect.WI: inspect.StageInstitution}

// SubstituteAct asks that a unit of a leg give way to its reserve.
type SubstituteAct struct {
	Wave, Leg int
	Unit      string   // id of a county, township, village or institution on the leg
	Reason    string   // a code of LegReasons
	Keys      []string // key files of two custodians of different bodies
	Approvers []string // person ids: two for a county, one for what lies below
}

// Substituted is what a substitution changed.
type Substituted struct {
	No       int          `json:"no"` // counts the wave's substitutions
	Legs     []int        `json:"legs"`
	Kind     inspect.Kind `json:"kind"`
	Reason   string       `json:"reason"`
	Replaced []string     `json:"replaced"` // visit ids
	Visits   []string     `json:"visits"`   // visit ids
	Packets  []string     `json:"packets"`
}

// Substitute puts the next reserve in the place of a unit that cannot be visited. The approvals
// are signed and in the ledger before the sealed plan, and with it the reserve, is opened. It is
// refused once a report for the unit was accepted. An overlap leg goes along with its primary.
func (c *Campaign) Substitute(ctx context.Context, as string, a SubstituteAct) (*Substituted, error) {
	drawer, err := c.actor(as, "drawer")
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(LegReasons, func(r inspect.Coded) bool { return r.Code == a.Reason }) {
		return nil, inspect.Misuse("leg.reason-unknown", "Reason", a.Reason, "Allowed", codes(LegReasons))
	}
	r, f, err := c.openedWave(ctx, a.Wave)
	if err != nil {
		return nil, err
	}
	if err := fitKeys(r, a.Keys); err != nil {
		return nil, err
	}
	s := inspect.Substitution{Wave: a.Wave, Replaced: a.Unit, Reason: a.Reason}
	if err := c.Update(ctx, func(tx *store.Tx) error { return c.approveSubstitution(tx, f, drawer, a, &s) }); err != nil {
		return nil, err
	}
	plan, err := c.openPlan(ctx, a.Wave, a.Keys)
	if err != nil {
		return nil, err
	}
	taken, busy, err := c.standingElsewhere(ctx, a.Wave, r.Kind, a.Keys)
	if err != nil {
		return nil, err
	}
	design, err := c.committedDesign(r)
	if err != nil {
		return nil, err
	}
	pool := newReserves(plan, f, design, taken, busy)
	var out *Substituted
	err = c.Update(ctx, func(tx *store.Tx) error {
		g, err := giving(tx, f, a.Wave, a.Leg, a.Unit)
		if err != nil {
			return err
		}
		ch, ok, err := workOut(pool, g, s, inspect.DateOf(c.Now()), c.Rand)
		if err != nil || !ok {
			return cmp.Or[error](err, inspect.Refuse("leg.no-reserve", "Leg", a.Leg, "Kind", string(g.gone.Kind)))
		}
		if err := putChange(tx, ch, c.Now()); err != nil {
			return err
		}
		if ch.Kind == inspect.CO {
			if err := moveCounty(tx, pool, g, ch.after); err != nil {
				return err
			}
		}
		out = substituted(ch, g)
		return tx.Append(c.Now(), "leg-substituted", map[string]any{"wave": ch.Wave, "leg": ch.Leg, "no": ch.No,
			"stage": stages[ch.Kind], "change": changeDigest(&ch.Substitution)})
	})
	if err != nil {
		return nil, err
	}
	out.Packets, err = c.rewritePackets(ctx, f, a.Wave, out.Legs)
	return out, err
}

func substituted(ch *change, g *departure) *Substituted {
	out := &Substituted{No: ch.No, Kind: ch.Kind, Reason: ch.Reason, Replaced: ch.Gone}
	for _, l := range g.legs {
		out.Legs = append(out.Legs, l.No)
	}
	for i := range ch.Added {
		out.Visits = append(out.Visits, ch.Added[i].ID)
	}
	return out
}

// openedWave returns the record and the frame of a wave whose plan was opened.
func (c *Campaign) openedWave(ctx context.Context, wave int) (*draw.Record, *frame.Frame, error) {
	var r *draw.Record
	err := c.View(ctx, func(tx *store.Tx) (err error) {
		if err = c.made(tx, wave); err == nil {
			_, r, err = c.committed(tx, wave)
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	f, err := c.readFrozen(wave, r.Frame)
	return r, f, err
}

func codes(list []inspect.Coded) string {
	var out []string
	for _, x := range list {
		out = append(out, x.Code)
	}
	return strings.Join(out, ", ")
}

// fitKeys refuses keys that are not those of two committed custodians of different bodies, without
// opening anything.
func fitKeys(r *draw.Record, keyFiles []string) error {
	if len(keyFiles) != 2 {
		return inspect.Misuse("packet.two-keys", "N", len(keyFiles))
	}
	bodies := map[string]bool{}
	for _, name := range keyFiles {
		raw, err := os.ReadFile(name)
		if err != nil {
			return inspect.Fail("campaign.read", err, "File", name)
		}
		key, err := age.ParseX25519Identity(strings.TrimSpace(string(raw)))
		if err != nil {
			return inspect.Refuse("seal.key")
		}
		for _, x := range r.Custodians {
			if x.Recipient == key.Recipient().String() {
				bodies[x.Body] = true
			}
		}
	}
	if len(bodies) != 2 {
		return inspect.Refuse("seal.cannot-open")
	}
	return nil
}

// approveSubstitution has the approvers sign and enters their approval in the ledger. Which place
// it concerns stays out of it.
func (c *Campaign) approveSubstitution(tx *store.Tx, f *frame.Frame, drawer *Person, a SubstituteAct, s *inspect.Substitution) error {
	g, err := giving(tx, f, a.Wave, a.Leg, a.Unit)
	if err != nil {
		return err
	}
	before, err := tx.Substitutions(a.Wave)
	if err != nil {
		return err
	}
	s.No, s.Leg, s.Kind = len(before)+1, g.legs[0].No, g.gone.Kind
	need := 1
	if s.Kind == inspect.CO {
		need = 2
	}
	ids := slices.Clone(a.Approvers)
	slices.Sort(ids)
	if ids = slices.Compact(ids); len(ids) < need {
		return inspect.Refuse("leg.approvals", "Need", need, "Have", len(ids))
	}
	text := substitutionText(c.Config.Campaign.ID, s)
	var by []inspect.Digest
	for _, id := range ids {
		i := slices.IndexFunc(c.Config.People, func(p Person) bool { return p.ID == id })
		if i < 0 {
			return inspect.Misuse("campaign.unknown-person", "ID", id)
		}
		p := &c.Config.People[i]
		if p.ID == drawer.ID || !slices.ContainsFunc(p.Roles, func(r string) bool { return slices.Contains(approverRoles, r) }) {
			return inspect.Refuse("leg.approver", "ID", id, "Roles", strings.Join(approverRoles, ", "))
		}
		signed, err := c.sign(p, text)
		if err != nil {
			return err
		}
		s.Approvals, by = append(s.Approvals, signed), append(by, personHash(p))
	}
	return tx.Append(c.Now(), "leg-substituted", map[string]any{"wave": s.Wave, "leg": s.Leg, "no": s.No,
		"stage": stages[s.Kind], "reason": s.Reason, "approvals": by})
}

// substitutionText is what an approver signs.
func substitutionText(campaign string, s *inspect.Substitution) string {
	return fmt.Sprintf("zhicha/1 substitute\n%s\n%d\n%d\n%s\n%s\n%s\n", campaign, s.Wave, s.Leg, s.Kind, s.Replaced, s.Reason)
}

// newReserves readies a plan's reserves; taken are the units visited so far, whatever became of
// them, and busy is when other waves visit townships.
func newReserves(plan *inspect.Plan, f *frame.Frame, design inspect.Design, taken []inspect.Visit, busy map[string][]inspect.Date) *reserves {
	r := &reserves{plan: plan, frame: f, design: design, taken: map[inspect.UnitKey]bool{}, busy: busy}
	for _, list := range [][]inspect.Visit{plan.Visits, taken} {
		for i := range list {
			r.taken[list[i].UnitKey()] = true
		}
	}
	return r
}

// change is a substitution worked out: which visits give way, and which come in their place.
type change struct {
	inspect.Substitution
	Gone  []string        `json:"gone"`
	Added []inspect.Visit `json:"added"`
	after *draw.County    // the county as it stands then
}

// workOut finds the reserve for a departing unit and what it means for every leg concerned; not ok
// where no reserve is left. Nothing is stored yet.
func workOut(pool *reserves, g *departure, s inspect.Substitution, today inspect.Date, rand io.Reader) (*change, bool, error) {
	first := g.legs[0]
	pool.when = inspect.Window{From: first.Start, To: first.Start.Add(max(first.Days, 1) - 1)}
	after, reserve, ok := pool.substitute(pool.standing(plain(g.visits[first.No])), g.gone)
	if !ok {
		return nil, false, nil
	}
	ch := &change{Substitution: s, after: after}
	for _, l := range g.legs {
		for i := range g.visits[l.No] {
			if v := &g.visits[l.No][i]; g.under(&v.Visit) {
				ch.Gone = append(ch.Gone, v.ID)
			}
		}
		added := fresh(after, plain(g.visits[l.No]), l.Leg, g.last[l.No], today)
		for i := range added {
			pool.taken[added[i].UnitKey()] = true
		}
		ch.Added = append(ch.Added, added...)
	}
	var salt [32]byte
	if _, err := io.ReadFull(rand, salt[:]); err != nil {
		return nil, false, err
	}
	ch.Kind, ch.Replaced, ch.Reserve, ch.Salt = g.gone.Kind, g.gone.ID, reserve.Unit, hex.EncodeToString(salt[:])
	return ch, true, nil
}

// putChange stores a change; it leaves the ledger to the caller.
func putChange(tx *store.Tx, ch *change, now time.Time) error {
	for _, id := range ch.Gone {
		if err := tx.SetVisitState(id, inspect.VisitSubstituted); err != nil {
			return err
		}
	}
	if err := tx.AddVisits(ch.Added); err != nil {
		return err
	}
	return tx.PutSubstitution(&ch.Substitution, now)
}

func plain(visits []inspect.StandingVisit) []inspect.Visit {
	out := make([]inspect.Visit, len(visits))
	for i, v := range visits {
		out[i] = v.Visit
	}
	return out
}

// moveCounty sends the legs to the reserve county, which is scored with its own probability.
func moveCounty(tx *store.Tx, pool *reserves, g *departure, after *draw.County) error {
	all, err := draw.InclusionProbabilities(pool.frame.Counties, pool.design)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(x draw.Inclusion) bool { return x.Unit.ID == after.Unit.ID })
	after.Pi = all[i].Pi
	if err := tx.ReplaceCounty(pool.plan.Wave, g.gone.ID, after.Draw()); err != nil {
		return err
	}
	for _, l := range g.legs {
		l.County = after.Unit.ID
		if err := tx.MoveLeg(l.Leg); err != nil {
			return err
		}
	}
	return nil
}

// changeDigest commits the ledger to a substitution without telling the places:
//
//	SHA-256(LP("zhicha/1 substituted", salt, kind, replaced, reserve))
//
// with the salt as its 32 raw bytes. A county's is opened by the reveal.
func changeDigest(s *inspect.Substitution) inspect.Digest {
	salt, _ := hex.DecodeString(s.Salt)
	return inspect.DigestOf(inspect.LP("zhicha/1 substituted", string(salt), string(s.Kind), s.Replaced, s.Reserve))
}

// countySubstitutions is what the reveal of the county stage opens: drawn ∪ reserves = reported.
func countySubstitutions(tx *store.Tx, wave int) ([]map[string]any, error) {
	all, err := tx.Substitutions(wave)
	var out []map[string]any
	for _, s := range all {
		if s.Kind == inspect.CO {
			out = append(out, map[string]any{"no": s.No, "leg": s.Leg, "replaced": s.Replaced, "reserve": s.Reserve, "salt": s.Salt})
		}
	}
	return out, err
}
