package returns

import (
	"context"
	"maps"
	"slices"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/checklist"
	"zhicha/inspect/config"
	"zhicha/inspect/intake"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
	"zhicha/inspect/workbook"
)

// knownPlan is what intake judges returns against, but for the reports already there.
type knownPlan struct {
	wave     int
	list     *checklist.Checklist
	calendar *inspect.Calendar
	legs     map[int]inspect.StandingLeg
	packets  map[string]int // visit → packet
	all      int            // how many packets the wave has, sealed ones among them
	codes    map[int]map[inspect.Rung]string
	released map[int]map[inspect.Rung]time.Time
	returned map[string]int    // digest of a file taken in before, all of it → packet
	rosters  []campaign.Roster // in the order in which they came to hold
	by       *config.Person    // who takes in
	secret   intake.Secret
}

func planFor(ctx context.Context, c *campaign.Campaign, wave int) (*knownPlan, error) {
	k := &knownPlan{wave: wave, legs: map[int]inspect.StandingLeg{}}
	var err error
	if k.list, err = c.CommittedChecklist(ctx, wave); err != nil {
		return nil, err
	}
	legs, err := c.Legs(ctx, wave)
	if err != nil {
		return nil, err
	}
	for _, l := range legs {
		k.legs[l.No] = l
	}
	master, ok := masterOf(c, wave)
	k.secret = func(campaign string, wave, packet int, visit string) string {
		if !ok {
			return ""
		}
		return seal.ReturnSecret(master, campaign, wave, packet, visit)
	}
	return k, c.View(ctx, func(tx *store.Tx) error {
		if k.calendar, err = c.Calendar(tx, wave); err != nil {
			return err
		}
		if k.rosters, err = c.Roster(tx, wave); err != nil {
			return err
		}
		if k.packets, err = tx.VisitLegs(wave); err != nil {
			return err
		}
		if k.returned, err = tx.ReturnedFiles(wave); err != nil {
			return err
		}
		st, _, err := tx.Wave(wave)
		if err != nil {
			return err
		}
		k.all = st.Legs
		if k.codes, err = tx.Codes(wave); err != nil {
			return err
		}
		k.released, err = tx.Releases(wave)
		return err
	})
}

// inspectors are the roster ids of a team when the log had so many entries.
func (k *knownPlan) inspectors(team int, logged int64) (ids []string) {
	for i, r := range slices.Backward(k.rosters) {
		if r.After > logged && i > 0 {
			continue
		}
		for _, p := range r.Inspectors {
			if p.Team == team {
				ids = append(ids, p.ID)
			}
		}
		break
	}
	return ids
}

// sight is what a return is judged against: what the plan holds of its leg and what is there already.
type sight struct {
	known  intake.Known
	visits map[string]inspect.StandingVisit // of the leg, by id
}

// gather reads what is known of the leg, its visits and what there is already, of the leg and of
// whoever visits it.
func gather(c *campaign.Campaign, tx *store.Tx, k *knownPlan, ret *inspect.Return) (s sight, err error) {
	s.known = intake.Known{Campaign: c.Config.Campaign.ID, Wave: k.wave, Form: workbook.Form, Checklist: k.list, Elsewhere: k.packets, Now: c.Now()}
	s.visits = map[string]inspect.StandingVisit{}
	if ret.Campaign == s.known.Campaign && ret.Wave == k.wave {
		if s.known.Closed, err = tx.LegClosed(k.wave, ret.Packet); err != nil {
			return s, err
		}
	}
	if _, s.known.Frozen, err = tx.LastScore(k.wave); err != nil {
		return s, err
	}
	leg, ok := k.legs[ret.Packet]
	if !ok {
		return s, nil
	}
	head, err := tx.Head(s.known.Now)
	if err != nil {
		return s, err
	}
	s.known.Leg, s.known.Team = leg.Leg, k.inspectors(leg.Team, head.Size)
	if err := s.gatherVisits(tx, k, leg.No); err != nil {
		return s, err
	}
	if s.known.Others, err = otherLegs(tx, k, leg); err != nil {
		return s, err
	}
	s.known.Photos = map[inspect.Digest]string{}
	for i := range ret.Photos {
		d := ret.Photos[i].SHA256
		other, ok, err := tx.PhotoVisit(d.String(), ret.Photos[i].Visit)
		if err != nil {
			return s, err
		}
		if ok {
			s.known.Photos[d] = other
		}
	}
	return s, nil
}

// gatherVisits reads the visits of the leg with every version of their reports.
func (s *sight) gatherVisits(tx *store.Tx, k *knownPlan, leg int) error {
	s.known.Current = map[string]intake.Current{}
	list, err := tx.LegVisits(k.wave, leg)
	if err != nil {
		return err
	}
	versions, err := tx.Versions(k.wave, leg)
	if err != nil {
		return err
	}
	for _, v := range list {
		if v.State == inspect.VisitSubstituted {
			continue
		}
		s.visits[v.ID] = v
		s.known.Visits = append(s.known.Visits, v.Visit)
		if v.Report == nil && len(versions[v.ID]) == 0 {
			continue
		}
		cur := intake.Current{Approved: v.State == inspect.VisitApproved, SentBack: v.State == inspect.VisitSentBack}
		if v.Report != nil {
			cur.Report, cur.Digest = *v.Report, intake.ContentDigest(v.Report)
		}
		for _, old := range versions[v.ID] {
			cur.Past = append(cur.Past, intake.Version{Digest: old.Digest, Revision: old.Revision, Held: old.Held})
		}
		s.known.Current[v.ID] = cur
	}
	return nil
}

// otherLegs are the reports of the other legs that the leg's team visits.
func otherLegs(tx *store.Tx, k *knownPlan, leg inspect.StandingLeg) (out []inspect.Report, err error) {
	for _, no := range slices.Sorted(maps.Keys(k.legs)) {
		if o := k.legs[no]; o.Team != leg.Team || o.No == leg.No {
			continue
		}
		visits, err := tx.LegVisits(k.wave, no)
		if err != nil {
			return nil, err
		}
		for _, v := range visits {
			if v.Report != nil {
				out = append(out, *v.Report)
			}
		}
	}
	return out, nil
}

// Awaited are the open legs of a wave of which nothing has come back yet, by number.
func Awaited(ctx context.Context, c *campaign.Campaign, wave int) ([]int, error) {
	legs, err := c.Legs(ctx, wave)
	out := []int{}
	for _, l := range legs {
		if l.Closed.IsZero() && l.Filed == 0 {
			out = append(out, l.No)
		}
	}
	return out, err
}
