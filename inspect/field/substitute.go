package field

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
	"zhicha/inspect/ledger"
	"zhicha/inspect/plan"
	"zhicha/inspect/store"
)

// SubstituteAct asks that a unit of a leg give way to its reserve.
type SubstituteAct struct {
	Wave, Leg int
	Unit      string           // id of a county, township, village or institution on the leg
	Reason    string           // a code of LegReasons
	Keys      campaign.Custody // of two custodians of different bodies
	Approvers []campaign.Actor // two for a county, one for what lies below
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
func Substitute(ctx context.Context, c *campaign.Campaign, who campaign.Actor, a SubstituteAct) (*Substituted, error) {
	drawer, err := c.Acts(who, inspect.RoleDrawer)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(plan.LegReasons, func(r inspect.Coded) bool { return r.Code == a.Reason }) {
		return nil, inspect.Misuse("leg.reason-unknown", "Reason", a.Reason, "Allowed", plan.ReasonCodes(plan.LegReasons))
	}
	r, f, err := openedWave(ctx, c, a.Wave)
	if err != nil {
		return nil, err
	}
	if err := a.Keys.Fits(r); err != nil {
		return nil, err
	}
	s, err := campaign.Update(ctx, c, func(tx *store.Tx) (inspect.Substitution, error) {
		return approveSubstitution(c, tx, f, drawer, a)
	})
	if err != nil {
		return nil, err
	}
	drawn, err := OpenPlan(ctx, c, a.Wave, a.Keys)
	if err != nil {
		return nil, err
	}
	taken, busy, err := StandingElsewhere(ctx, c, a.Wave, r.Kind, a.Keys)
	if err != nil {
		return nil, err
	}
	design, err := c.CommittedDesign(r)
	if err != nil {
		return nil, err
	}
	out, err := campaign.Update(ctx, c, func(tx *store.Tx) (*Substituted, error) {
		pool := plan.NewReserves(drawn, f, design, taken, busy)
		g, err := plan.DepartureOf(tx, f, a.Wave, a.Leg, a.Unit)
		if err != nil {
			return nil, err
		}
		ch, ok, err := plan.WorkOut(pool, g, s, inspect.DateOf(c.Now()), c.Rand)
		if err != nil || !ok {
			return nil, cmp.Or[error](err, inspect.Refuse("leg.no-reserve", "Leg", a.Leg, "Kind", string(g.Gone.Kind)))
		}
		if err := putChange(tx, ch, c.Now()); err != nil {
			return nil, err
		}
		if ch.Kind == inspect.CO {
			if err := moveCounty(tx, pool, g, ch.After); err != nil {
				return nil, err
			}
		}
		return substituted(ch, g), campaign.Enter(tx, c.Now(), ledger.SubstitutionMade(ch.Wave, ch.Leg, ch.No, plan.StageOf[ch.Kind], plan.ChangeDigest(&ch.Substitution)))
	})
	if err != nil {
		return nil, err
	}
	out.Packets, err = rewritePackets(ctx, c, f, a.Wave, out.Legs)
	return out, err
}

func substituted(ch *plan.Change, g *plan.Departure) *Substituted {
	out := &Substituted{No: ch.No, Kind: ch.Kind, Reason: ch.Reason, Replaced: ch.Gone}
	for _, l := range g.Legs {
		out.Legs = append(out.Legs, l.No)
	}
	for i := range ch.Added {
		out.Visits = append(out.Visits, ch.Added[i].ID)
	}
	return out
}

// openedWave returns the record and the frame of a wave whose plan was opened.
func openedWave(ctx context.Context, c *campaign.Campaign, wave int) (*draw.Record, *frame.Frame, error) {
	var r *draw.Record
	err := c.View(ctx, func(tx *store.Tx) (err error) {
		if err = c.Made(tx, wave); err == nil {
			_, r, err = c.Committed(tx, wave)
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	f, err := c.ReadFrozen(wave, r.Frame)
	return r, f, err
}

// approveSubstitution has the approvers sign and enters their approval in the ledger. Which place
// it concerns stays out of it.
func approveSubstitution(c *campaign.Campaign, tx *store.Tx, f *frame.Frame, drawer *campaign.Acting, a SubstituteAct) (s inspect.Substitution, err error) {
	s = inspect.Substitution{Wave: a.Wave, Replaced: a.Unit, Reason: a.Reason}
	g, err := plan.DepartureOf(tx, f, a.Wave, a.Leg, a.Unit)
	if err != nil {
		return s, err
	}
	before, err := tx.Substitutions(a.Wave)
	if err != nil {
		return s, err
	}
	s.No, s.Leg, s.Kind = len(before)+1, g.Legs[0].No, g.Gone.Kind
	need := plan.ApprovalsNeeded(s.Kind)
	approvers := slices.Clone(a.Approvers)
	slices.SortFunc(approvers, func(x, y campaign.Actor) int { return cmp.Compare(x.ID, y.ID) })
	approvers = slices.CompactFunc(approvers, func(x, y campaign.Actor) bool { return x.ID == y.ID })
	if len(approvers) < need {
		return s, inspect.Refuse("leg.approvals", "Need", need, "Have", len(approvers))
	}
	text := plan.SubstitutionText(c.Config.Campaign.ID, &s)
	var by []inspect.Digest
	for _, who := range approvers {
		p, err := c.Appointed(who.ID)
		if err != nil {
			return s, err
		}
		if !plan.MayApprove(p.ID, p.Roles, drawer.ID) {
			return s, inspect.Refuse("leg.approver", "ID", who.ID, "Roles", strings.Join(plan.ApproverRoles, ", "))
		}
		shown, err := c.Shows(p, who)
		if err != nil {
			return s, err
		}
		signed, err := shown.Sign(text)
		if err != nil {
			return s, err
		}
		s.Approvals, by = append(s.Approvals, signed), append(by, campaign.PersonHash(p))
	}
	return s, campaign.Enter(tx, c.Now(), ledger.SubstitutionApproved(s.Wave, s.Leg, s.No, plan.StageOf[s.Kind], s.Reason, by))
}

// putChange stores a change; it leaves the ledger to the caller.
func putChange(tx *store.Tx, ch *plan.Change, now time.Time) error {
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

// moveCounty sends the legs to the reserve county, which is scored with its own probability.
func moveCounty(tx *store.Tx, pool *plan.Reserves, g *plan.Departure, after *draw.County) error {
	all, err := draw.InclusionProbabilities(pool.Frame.Counties, pool.Design)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(x draw.Inclusion) bool { return x.Unit.ID == after.Unit.ID })
	after.Pi = all[i].Pi
	if err := tx.ReplaceCounty(pool.Plan.Wave, g.Gone.ID, after.Draw()); err != nil {
		return err
	}
	for _, l := range g.Legs {
		l.County = after.Unit.ID
		if err := tx.MoveLeg(l.Leg); err != nil {
			return err
		}
	}
	return nil
}
