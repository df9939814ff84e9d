package results

import (
	"context"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/estimate"
	"zhicha/inspect/exchange"
	"zhicha/inspect/store"
)

// Agreement is how far a wave's own findings and an imported wave's agree on the units that both
// checked: the grade of the check itself (R06). Internal.
type Agreement struct {
	Wave   int             `json:"wave"`
	Import string          `json:"import"`
	Units  int             `json:"units"` // checked by both
	All    estimate.Agreed `json:"all"`   // over all items
	Items  []ItemAgree     `json:"items"` // in checklist order; only those both graded
}

// ItemAgree is the agreement on one item.
type ItemAgree struct {
	Item string `json:"item"`
	estimate.Agreed
}

// AgreementOf compares a wave with an import: the one whose id begins with from, or else the one
// the wave was drawn from, or the only one there is.
func AgreementOf(ctx context.Context, c *campaign.Campaign, wave int, from string) (*Agreement, error) {
	list, err := c.Checklist()
	if err != nil {
		return nil, err
	}
	out := &Agreement{Wave: wave}
	var theirs *exchange.Export
	var ours []exchange.Unit
	err = c.View(ctx, func(tx *store.Tx) error {
		if err := c.AllOpen(tx, wave); err != nil {
			return err
		}
		if from == "" {
			if from, err = tx.Meta(campaign.ImportKey(wave)); err != nil {
				return err
			}
		}
		if theirs, out.Import, err = ImportOf(tx, from); err != nil {
			return err
		}
		ours, err = found(tx, wave, list)
		return err
	})
	if err != nil {
		return nil, err
	}
	byItem := map[string][]estimate.Judged{}
	if out.Units = exchange.Pair(ours, theirs.Units, byItem); out.Units == 0 {
		return nil, inspect.Refuse("wave.none-both", "Wave", wave)
	}
	var all []estimate.Judged
	for i := range list.Items {
		if judged := byItem[list.Items[i].Code]; len(judged) > 0 {
			all = append(all, judged...)
			out.Items = append(out.Items, ItemAgree{list.Items[i].Code, estimate.Summarise(judged)})
		}
	}
	out.All = estimate.Summarise(all)
	return out, nil
}
