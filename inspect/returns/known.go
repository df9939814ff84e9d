package returns

import (
	"context"
	"maps"
	"slices"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/checklist"
	"zhicha/inspect/intake"
	"zhicha/inspect/store"
	"zhicha/inspect/workbook"
)

// knownPlan is what intake judges returns against, but for the reports already there.
type knownPlan struct {
	wave       int
	list       *checklist.Checklist
	calendar   *inspect.Calendar
	legs       map[int]inspect.StandingLeg
	packets    map[string]int // visit → packet
	all        int            // how many packets the wave has, sealed ones among them
	codes      map[int]map[inspect.Rung]string
	released   map[int]map[inspect.Rung]time.Time
	returned   map[string]int   // digest of a file taken in before, all of it → packet
	inspectors map[int][]string // team → roster ids
}

func planFor(ctx context.Context, c *campaign.Campaign, wave int) (*knownPlan, error) {
	k := &knownPlan{wave: wave, legs: map[int]inspect.StandingLeg{}, inspectors: map[int][]string{}}
	var err error
	if k.list, err = c.CommittedChecklist(ctx, wave); err != nil {
		return nil, err
	}
	if k.calendar, err = c.Calendar(); err != nil {
		return nil, err
	}
	legs, err := c.Legs(ctx, wave)
	if err != nil {
		return nil, err
	}
	for _, l := range legs {
		k.legs[l.No] = l
	}
	inspectors, _, err := c.Roster(wave)
	if err != nil {
		return nil, err
	}
	for _, i := range inspectors {
		k.inspectors[i.Team] = append(k.inspectors[i.Team], i.ID)
	}
	return k, c.View(ctx, func(tx *store.Tx) error {
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

// known gives intake the leg, its visits and what there is already, of the leg and of whoever
// visits it.
func known(c *campaign.Campaign, tx *store.Tx, k *knownPlan, ret *inspect.Return) (intake.Known, map[string]inspect.StandingVisit, error) {
	known := intake.Known{Campaign: c.Config.Campaign.ID, Wave: k.wave, Form: workbook.Form, Checklist: k.list, Elsewhere: k.packets, Now: c.Now()}
	visits := map[string]inspect.StandingVisit{}
	leg, ok := k.legs[ret.Packet]
	if !ok {
		return known, visits, nil
	}
	known.Leg, known.Team, known.Current = leg.Leg, k.inspectors[leg.Team], map[string]intake.Current{}
	list, err := tx.LegVisits(k.wave, leg.No)
	if err != nil {
		return known, nil, err
	}
	versions, err := tx.Versions(k.wave, leg.No)
	if err != nil {
		return known, nil, err
	}
	for _, v := range list {
		if v.State == inspect.VisitSubstituted {
			continue
		}
		visits[v.ID] = v
		known.Visits = append(known.Visits, v.Visit)
		if v.Report == nil {
			continue
		}
		cur := intake.Current{Report: *v.Report, Digest: intake.ContentDigest(v.Report), Approved: v.State == inspect.VisitApproved}
		for _, old := range versions[v.ID] {
			cur.Past = append(cur.Past, intake.Version{Digest: old.Digest, Revision: old.Revision, Held: old.Held && v.State == inspect.VisitHeld})
		}
		known.Current[v.ID] = cur
	}
	if known.Others, err = otherLegs(c, tx, k, leg); err != nil {
		return known, nil, err
	}
	known.Photos = map[inspect.Digest]string{}
	for i := range ret.Photos {
		d := ret.Photos[i].SHA256
		other, ok, err := tx.PhotoVisit(d.String(), ret.Photos[i].Visit)
		if err != nil {
			return known, nil, err
		}
		if ok {
			known.Photos[d] = other
		}
	}
	return known, visits, nil
}

// otherLegs are the reports of the other legs that the leg's team visits.
func otherLegs(c *campaign.Campaign, tx *store.Tx, k *knownPlan, leg inspect.StandingLeg) (out []inspect.Report, err error) {
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
