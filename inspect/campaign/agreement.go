package campaign

import (
	"context"
	"math"

	"zhicha/inspect"
	"zhicha/inspect/estimate"
	"zhicha/inspect/store"
)

// Agreement is how far a wave's own findings and an imported wave's agree on the units that both
// checked: the grade of the check itself (R06). Internal.
type Agreement struct {
	Wave   int         `json:"wave"`
	Import string      `json:"import"`
	Units  int         `json:"units"` // checked by both
	All    Agreed      `json:"all"`   // over all items
	Items  []ItemAgree `json:"items"` // in checklist order; only those both graded
}

// Agreed is one agreement, rounded for people.
type Agreed struct {
	N       int      `json:"n"`       // grades given by both; what either could not verify is left out
	Alike   int      `json:"alike"`   //
	Percent float64  `json:"percent"` // one decimal
	Kappa   *float64 `json:"kappa"`   // two decimals; null where there is none to compute
	Small   bool     `json:"small"`   // too few to say much
}

// ItemAgree is the agreement on one item.
type ItemAgree struct {
	Item string `json:"item"`
	Agreed
}

// WaveAgreement compares a wave with an import: the one whose id begins with from, or else the one
// the wave was drawn from, or the only one there is.
func (c *Campaign) WaveAgreement(ctx context.Context, wave int, from string) (*Agreement, error) {
	list, err := c.Checklist()
	if err != nil {
		return nil, err
	}
	out := &Agreement{Wave: wave}
	var theirs *Export
	var ours []ExportedUnit
	err = c.View(ctx, func(tx *store.Tx) error {
		if err := c.allOpen(tx, wave); err != nil {
			return err
		}
		if from == "" {
			if from, err = tx.Meta(importKey(wave)); err != nil {
				return err
			}
		}
		if theirs, out.Import, err = importOf(tx, from); err != nil {
			return err
		}
		ours, err = found(tx, wave, list)
		return err
	})
	if err != nil {
		return nil, err
	}
	byItem := map[string][]estimate.Judged{}
	if out.Units = pair(ours, theirs.Units, byItem); out.Units == 0 {
		return nil, inspect.Refuse("wave.none-both", "Wave", wave)
	}
	var all []estimate.Judged
	for i := range list.Items {
		if judged := byItem[list.Items[i].Code]; len(judged) > 0 {
			all = append(all, judged...)
			out.Items = append(out.Items, ItemAgree{list.Items[i].Code, agreed(judged)})
		}
	}
	out.All = agreed(all)
	return out, nil
}

// pair gathers by item what both graded, and returns how many units both checked. What either
// could not verify is no grade.
func pair(ours, theirs []ExportedUnit, byItem map[string][]estimate.Judged) (units int) {
	other := map[inspect.UnitKey]map[string]string{}
	for _, u := range theirs {
		other[inspect.UnitKey{Kind: u.Kind, ID: u.Unit}] = u.Grades
	}
	for _, u := range ours {
		grades, both := other[inspect.UnitKey{Kind: u.Kind, ID: u.Unit}]
		if !both {
			continue
		}
		units++
		for item, mine := range u.Grades {
			if their, ok := grades[item]; ok && mine != inspect.NotVerified && their != inspect.NotVerified {
				byItem[item] = append(byItem[item], estimate.Judged{A: mine, B: their})
			}
		}
	}
	return units
}

func agreed(judged []estimate.Judged) Agreed {
	a := estimate.Agree(judged)
	out := Agreed{N: a.N, Alike: a.Agreed, Percent: math.Round(10*a.Percent()) / 10, Small: a.Small}
	if a.Known {
		kappa := math.Round(100*a.Kappa) / 100
		out.Kappa = &kappa
	}
	return out
}
