package plan

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"zhicha/inspect"
	"zhicha/inspect/assign"
	"zhicha/inspect/draw"
	"zhicha/inspect/frame"
)

// Make is the draw itself: selection, assignment, visits. stages commits to what each stage chose.
// It reads what was committed and nothing else, so that an auditor draws the same plan years later.
func Make(r *draw.Record, keys map[inspect.Stage]inspect.Key, f *frame.Frame, design inspect.Design, teams []inspect.Team) (plan *inspect.Plan, salt [32]byte, stages map[inspect.Stage]*draw.StageTree, err error) {
	key := func(s inspect.Stage) inspect.Key { return keys[s] }
	sample, err := draw.Select(f.Counties, f, design, key)
	if err != nil {
		return nil, salt, nil, err
	}
	var grown map[inspect.Stage]*draw.StageTree
	var trees sync.WaitGroup // they are grown while the legs are assigned
	trees.Go(func() { grown = sample.Trees(key) })
	defer trees.Wait()
	in := assign.Input{Wave: r.Wave, Teams: teams, Rule: r.Assign, Hours: r.Hours, Window: r.Window, Closed: r.Closed,
		LegDays: r.LegDays, Assign: keys[inspect.StageAssign], Schedule: keys[inspect.StageSchedule]}
	plan = &inspect.Plan{Wave: r.Wave, Reserves: sample.Reserves}
	byID := map[string]*draw.County{}
	for i := range sample.Counties {
		county := &sample.Counties[i]
		byID[county.Unit.ID] = county
		plan.Counties = append(plan.Counties, county.Draw())
		in.Legs = append(in.Legs, assign.LegNeed{County: county.Unit.ID, Region: county.Stratum})
	}
	assigned, err := assign.Assign(in)
	if err != nil {
		return nil, salt, nil, err
	}
	plan.Legs = assigned.Legs
	for _, leg := range assigned.Legs {
		plan.Visits = append(plan.Visits, byID[leg.County].Visits(leg)...)
	}
	trees.Wait()
	return plan, draw.Salt(keys[inspect.StageSchedule], "plan"), grown, nil
}

// Sealed is what is sealed and logged by digest: the plan, and a salt that follows from the
// schedule key, so that nobody finds out a small plan by trying.
type Sealed struct {
	Plan *inspect.Plan `json:"plan"`
	Salt string        `json:"salt"`
}

// SealedText is what the plan's digest is taken of.
func SealedText(plan *inspect.Plan, salt [32]byte) ([]byte, error) {
	bare := *plan
	bare.Visits = nil
	half := len(plan.Visits) / 2
	if half == 0 {
		bare.Visits = plan.Visits
	}
	var frame, first, second []byte
	var halves errgroup.Group // the visits are nearly all of it: they are encoded on two cores
	for _, x := range []struct {
		of   any
		into *[]byte
	}{{plan.Visits[:half], &first}, {plan.Visits[half:], &second}} {
		halves.Go(func() (err error) {
			*x.into, err = inspect.CanonicalJSON(x.of)
			return err
		})
	}
	frame, err := inspect.CanonicalJSON(Sealed{&bare, hex.EncodeToString(salt[:])})
	if err := errors.Join(err, halves.Wait()); err != nil || half == 0 {
		return frame, err
	}
	const place = `"visits":null` // quotes inside a string are escaped, so that it stands nowhere else
	before, after, _ := bytes.Cut(frame, []byte(place))
	return slices.Concat(before, []byte(`"visits":`), first[:len(first)-1], []byte(","), second[1:], after), nil
}

// Room is more bytes than any plan of the design with that many legs takes, so that a sealed
// plan's length tells nothing of what was drawn.
func Room(d inspect.Design, legs int) int {
	const visit, order, reserve, leg = 500, 4096, 120, 500
	villages := d.Townships * d.Villages
	visits := villages*(d.Households+1) + d.Townships + d.Institutions + 1
	reserves := d.Reserves * (3 + d.Reserves) * (1 + d.Townships + villages)
	return (1 + legs) * (leg + visits*visit + villages*order + reserves*reserve)
}
