// Package demo plays the people of a campaign: it walks the embedded national frame through every
// step, from an empty folder to a published site, by the same use cases as the commands.
//
// It serves newcomers, who see in a minute what the tool does, and the tests. Nothing in it may
// take a short cut: parties keep secrets in files, inspectors fill in the workbooks of their
// packets and know nothing else, and whatever is made up is marked 演示数据. The same seed and the
// same first instant give the same site, byte for byte.
package demo

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/field"
)

// Options are what a demonstration is made from.
type Options struct {
	Dir      string
	Scope    string // code of the area it covers; empty: the nation
	Seed     uint64
	Now      time.Time        // the instant at which it begins; zero: four days before the reference window
	Told     func(Step)       // told after every step
	Wall     func() time.Time // times the steps
	Progress func(done, total int)
}

// Step is one thing that was done. Its sentence stands in the catalogue under "demo." + ID.
type Step struct {
	ID      string           `json:"step"`
	Args    []any            `json:"-"`
	Took    time.Duration    `json:"took"`
	Left    []string         `json:"left"` // what it left on disk, below the folder
	Refused inspect.Problems `json:"-"`    // what was refused on purpose, or by mistake of the simulated people
}

// Start is when a demonstration begins unless told otherwise: four days before the first visit.
var Start = time.Date(2023, 1, 3, 9, 0, 0, 0, inspect.Beijing)

const wave = 1

type demo struct {
	Options
	clock time.Time
	rand  *rand.ChaCha8
	c     *campaign.Campaign
	codes map[int]map[inspect.Rung]field.Told // as told to the teams, by packet
	world world
}

// Run plays a whole campaign in the folder Options.Dir, which must be empty or not there yet.
func Run(ctx context.Context, o Options) error {
	if o.Now.IsZero() {
		o.Now = Start
	}
	d := &demo{Options: o, clock: o.Now, world: world{seed: o.Seed}}
	d.rand = rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "zhicha demonstration %d", o.Seed)))
	if err := d.setUp(ctx); err != nil {
		return err
	}
	defer func() { d.c.Close() }()
	for _, step := range []struct {
		id  string
		run func(context.Context, *Step) error
	}{
		{"people", d.people}, {"frame", d.frame}, {"checklist", d.checklist}, {"roster", d.roster}, {"preview", d.preview},
		{"commit", d.commit}, {"beacon", d.beacon}, {"draw", d.draw}, {"redraw", d.secondDraw}, {"packets", d.packets}, {"release", d.release},
		{"visits", d.visits}, {"intake", d.intake}, {"corrections", d.corrections}, {"review", d.review}, {"reveal", d.reveal},
		{"score", d.score}, {"audit", d.audit}, {"documents", d.documents}, {"site", d.site},
	} {
		if err := d.step(ctx, step.id, step.run); err != nil {
			return fmt.Errorf("demonstration, step %q: %w", step.id, err)
		}
	}
	return nil
}

func (d *demo) step(ctx context.Context, id string, run func(context.Context, *Step) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s := Step{ID: id}
	began := d.Wall()
	err := run(ctx, &s)
	s.Took = d.Wall().Sub(began)
	if err == nil && d.Told != nil {
		d.Told(s)
	}
	return err
}

// setUp makes the folder from the reference configuration, as an office would edit it.
func (d *demo) setUp(ctx context.Context) error {
	return d.step(ctx, "init", func(ctx context.Context, s *Step) error {
		env := campaign.Env{Now: func() time.Time { return d.clock }, Rand: d.rand, Progress: d.Progress}
		text, _, err := campaign.Reference(campaign.Start{Scope: d.Scope})
		if err != nil {
			return err
		}
		if err := campaign.Init(ctx, d.Dir, configuration(text, d.Now), env); err != nil {
			return err
		}
		s.Left = []string{"config.yaml", "checklist.yaml", "holidays.csv", "campaign.db"}
		c, err := campaign.Open(ctx, d.Dir, env)
		d.c = c
		return err
	})
}

// at moves the demonstration's own clock: to a time of day on the n-th day after it began.
func (d *demo) at(day int, clock string) {
	on := string(inspect.DateOf(d.Now).Add(day))
	d.clock, _ = time.ParseInLocation("2006-01-02 15:04", on+" "+clock, inspect.Beijing)
}
