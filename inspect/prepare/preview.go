package prepare

import (
	"context"
	"math"
	"math/big"

	"zhicha/inspect"
	"zhicha/inspect/assign"
	"zhicha/inspect/campaign"
	"zhicha/inspect/config"
	"zhicha/inspect/draw"
	"zhicha/inspect/estimate"
	"zhicha/inspect/frame"
	"zhicha/inspect/plan"
	"zhicha/inspect/score"
)

// Preview is what a wave would cost and what it could tell, before anything is drawn.
type Preview struct {
	Wave          int                  `json:"wave"`
	Legs          int                  `json:"legs"`
	Overlap       int                  `json:"overlap"`
	Visits        map[inspect.Kind]int `json:"visits"` // of primary legs, expected
	Total         int                  `json:"total"`
	Minutes       int                  `json:"minutes"` // on the spot, overlap legs included
	InspectorDays int                  `json:"inspectorDays"`
	Trials        int                  `json:"trials"` // how often an assignment of these teams was tried
	Kept          int                  `json:"kept"`   // in how many of them every rule could be kept
	Alone         []string             `json:"alone"`  // strata of which one county is drawn, from which no variance can be told
	Teams         int                  `json:"teams"`  // in the roster; 0 where there is none yet
	TeamsNeeded   int                  `json:"teamsNeeded"`
	PiMin         float64              `json:"piMin"` // inclusion probabilities of counties
	PiMax         float64              `json:"piMax"`
	Certain       int                  `json:"certain"` // counties drawn whatever happens
	TakeAll       int                  `json:"takeAll"` // strata with no more counties than are drawn
	Strata        int                  `json:"strata"`
	RegionHalf    float64              `json:"regionHalf"`   // expected half-width for a typical region, points
	NationalHalf  float64              `json:"nationalHalf"` // and for the nation
	BandHalf      int                  `json:"bandHalf"`     // the half-width a band allows
	BandCounties  int                  `json:"bandCounties"` // counties a region would need for it
	Confidence    int                  `json:"confidence"`
}

// PreviewWave computes what the wave's design means on the campaign's frame.
func PreviewWave(ctx context.Context, c *campaign.Campaign, wave int) (*Preview, error) {
	w, err := c.Config.Wave(wave)
	if err != nil {
		return nil, err
	}
	f, _, err := c.OpenFrame(w)
	if err != nil {
		return nil, err
	}
	d, err := draw.PreviewOf(f.Counties, f, w.Design)
	if err != nil {
		return nil, err
	}
	p := &Preview{Wave: wave, Legs: d.Legs, Visits: d.Visits, Certain: d.Certain, TakeAll: d.TakeAll, Strata: len(d.Strata),
		PiMin: approx(d.Smallest), PiMax: approx(d.Largest), Confidence: c.Config.Score.ConfidencePercent, BandHalf: score.DefaultRules().MaxHalf}
	p.Overlap = (p.Legs*w.Assign.OverlapPercent + 99) / 100
	for _, n := range d.Visits {
		p.Total += n
	}
	for _, m := range c.Config.Preview.VisitMinutes {
		p.Minutes += m.N * d.Visits[m.Unit]
	}
	p.Minutes += p.Minutes * p.Overlap / max(p.Legs, 1)
	p.InspectorDays = (p.Legs + p.Overlap) * w.Assign.LegDays * w.Assign.TeamMin
	p.TeamsNeeded = assign.TeamsNeeded(p.Legs+p.Overlap, w.Assign, w.Window, len(w.ClosedDays))
	if roster, err := c.RosterNow(ctx, wave); err == nil {
		p.Teams, p.Trials = len(roster.Teams), plan.Trials
		if p.Kept, _, err = plan.Try(f.Counties, w.Design, assign.Input{Wave: wave, Teams: roster.Teams, Rule: w.Assign, Hours: w.Hours, Window: w.Window, Closed: w.ClosedDays, LegDays: w.Assign.LegDays}); err != nil {
			return nil, err
		}
	}
	p.Alone = append([]string{}, plan.Alone(f.Counties, w.Design)...)
	precision(c, p, w, d, f)
	return p, nil
}

func approx(r *big.Rat) float64 {
	x, _ := r.Float64()
	return math.Round(x*1e4) / 1e4
}

// precision expects what the intervals will be, from the configured variation of scores.
func precision(c *campaign.Campaign, p *Preview, w *config.Wave, d *draw.Preview, f *frame.Frame) {
	e := estimate.Expected{SD: float64(c.Config.Preview.VisitSD), ICC: float64(c.Config.Preview.ICCPercent) / 100}
	confidence := float64(p.Confidence) / 100
	visits := float64(p.Total) / float64(max(p.Legs, 1))
	p.RegionHalf = e.HalfWidth(w.Design.Counties, visits, confidence)
	p.BandCounties = e.CountiesFor(float64(p.BandHalf), visits, confidence)
	size, total := map[string]float64{}, 0.0
	for i := range f.Counties {
		u := &f.Counties[i]
		size[u.Stratum(w.Design.Stratum)] += float64(u.Size)
		total += float64(u.Size)
	}
	v, df := 0.0, 0
	for _, s := range d.Strata {
		share := size[s.Code] / total
		v += share * share * e.CountyVariance(visits) / float64(max(s.Drawn, 1))
		df += s.Drawn - 1
	}
	p.NationalHalf = estimate.T(confidence, max(df, 1)) * math.Sqrt(v)
}

// CountyChance says why a county can or cannot be chosen.
type CountyChance struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Stratum string  `json:"stratum"`
	Of      int     `json:"of"`    // counties in its stratum
	Drawn   int     `json:"drawn"` // drawn from them
	Size    int64   `json:"size"`  // its size measure
	Pi      string  `json:"pi"`    // inclusion probability as a fraction
	Chance  float64 `json:"chance"`
	Capped  bool    `json:"capped"`  // held at the cap of 3/4
	Certain bool    `json:"certain"` // its whole stratum is taken
	Floored bool    `json:"floored"` // its size is below a quarter of the stratum's mean and counts as that
}

// Chances explains the chance of one county, by id or by name. A county outside the frame is a
// Problem that says so, with the reason where it was left out.
func Chances(_ context.Context, c *campaign.Campaign, wave int, which string) ([]CountyChance, error) {
	w, err := c.Config.Wave(wave)
	if err != nil {
		return nil, err
	}
	f, _, err := c.OpenFrame(w)
	if err != nil {
		return nil, err
	}
	all, err := draw.InclusionProbabilities(f.Counties, w.Design)
	if err != nil {
		return nil, err
	}
	var out []CountyChance
	for _, x := range draw.Chances(all, w.Design) {
		if x.Unit.ID == which || x.Unit.Name == which {
			out = append(out, CountyChance{ID: x.Unit.ID, Name: x.Unit.Name, Stratum: x.Stratum, Of: x.Of, Drawn: x.Drawn, Size: x.Unit.Size,
				Pi: x.Pi.RatString(), Chance: approx(x.Pi), Certain: x.Certain, Capped: x.Capped, Floored: x.Floored})
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	for _, n := range f.Notes {
		if n.Note == frame.Excluded && (n.ID == which || n.Name == which) {
			return nil, inspect.Refuse("plan.county-excluded", "County", n.Name, "Reason", n.Detail)
		}
	}
	return nil, inspect.Misuse("plan.county-unknown", "County", which)
}
