package release

import (
	"cmp"
	"slices"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/document"
	"zhicha/inspect/privacy"
	"zhicha/inspect/score"
)

// Known is everything the airlock is handed. Only what Build copies out of it can be published.
type Known struct {
	Campaign  Campaign
	Waves     []Wave
	Territory inspect.Territory
	Open      []int // numbers of legs that are not closed; none may remain
	Frame     Frame
	Checklist []byte   // as the wave committed to it
	Scores    []Scores // as frozen, the oldest first; there is one
	Corrected []Corrected
	Documents []Signed
	Withdrawn []Withdrawn
	MinCount  int             // smallest count that may be shown
	Sealed    privacy.Context // names and codes below county that were drawn: none may appear
}

// Corrected says why a score was frozen anew.
type Corrected struct {
	No     int
	At     time.Time
	Reason string
}

// Signed is a document with the state of its signatures.
type Signed struct {
	Document *document.Document
	Reviewed bool // the present text was reviewed by somebody other than its drafter
	Signed   bool // and signed by a third person
}

// Build lets out what may be published, or refuses with every reason.
func Build(k Known) (Public, error) {
	var ps inspect.Problems
	if len(k.Open) > 0 {
		ps = append(ps, inspect.Refuse("release.open-legs", "N", len(k.Open), "First", k.Open[0]))
	}
	list, err := checklist.Parse("checklist.yaml", k.Checklist)
	if err != nil {
		return Public{}, err
	}
	p := Public{Campaign: k.Campaign, Territory: told(k.Territory), Waves: k.Waves, Frame: k.Frame, Scores: k.Scores, Checklist: k.Checklist, Withdrawn: k.Withdrawn, Method: Method{MinCount: k.MinCount}}
	for _, d := range k.Documents {
		ps = append(ps, checkDocument(d, &k.Territory, k.Sealed)...)
		p.Documents = append(p.Documents, PublicDocument(d.Document))
	}
	for _, c := range k.Corrected {
		ps = append(ps, privacy.Check(c.Reason, k.Sealed, inspect.Place{Field: "reason"})...)
		p.Corrections = append(p.Corrections, Correction{No: c.No, Date: inspect.DateOf(c.At), Text: c.Reason})
	}
	slices.Reverse(p.Corrections)
	if err := ps.Err(); err != nil {
		return Public{}, err
	}
	Show(&p, list)
	return p, nil
}

// told is the territory as it is published: that of the nation every program knows.
func told(t inspect.Territory) *inspect.Territory {
	if t.Area == "" && slices.Equal(t.Units, inspect.Nation.Units) {
		return nil
	}
	return &t
}

// Land is what the campaign covers.
func (p *Public) Land() *inspect.Territory { return cmp.Or(p.Territory, &inspect.Nation) }

// Show makes all that is shown of scores from what was frozen of them, and from nothing else: whoever
// has the one can hold the other against it.
func Show(p *Public, list *checklist.Checklist) {
	r := p.Result()
	p.AsOf = p.Scores[len(p.Scores)-1].At
	p.National = estimateOf(r.National.Estimate)
	p.Sections = sectionsOf(list, &r.National)
	p.Items = itemsOf(list, &r.National)
	p.Findings, p.Regions = r.Findings, regionsOf(p.Land().Units, r, list)
	p.Method = methodOf(r, list, p.Method.MinCount)
	p.Corrections = slices.Clone(p.Corrections) // a copy of p may share them
	for i := range p.Corrections {
		p.Corrections[i].Moves = movesOf(p.Land(), p.Scores, p.Corrections[i].No, list)
	}
}

// movesOf is what a correction changed: between the score that has its number and the one before.
func movesOf(land *inspect.Territory, all []Scores, no int, list *checklist.Checklist) []Move {
	out := []Move{}
	i := slices.IndexFunc(all, func(s Scores) bool { return s.No == no })
	if i < 1 {
		return out
	}
	for _, m := range score.Moves(all[i-1].Result, all[i].Result) {
		region, _ := land.Unit(m.Region)
		if m.Region == score.National && land != &inspect.Nation { // whose name pages know
			region.NameZh = land.NameZh
		}
		out = append(out, Move{m.Region, region.NameZh, showingOf(m.Before, list), showingOf(m.After, list)})
	}
	return out
}

func showingOf(s score.Showing, list *checklist.Checklist) Showing {
	out := Showing{s.Known, s.Score.Round1(), s.Low.Round1(), s.High.Round1(), s.Visits, []string{}}
	for _, b := range list.Bands {
		if slices.Contains(s.Bands, b.Code) {
			out.Bands = append(out.Bands, b.Zh)
		}
	}
	return out
}

// CheckDocument returns why a document may not be published, or be signed, with line and rule.
func CheckDocument(d *document.Document, land *inspect.Territory, sealed privacy.Context) inspect.Problems {
	ps := document.Check(d)
	if _, known := land.Unit(d.Region); d.Region != "" && !known {
		ps = append(ps, inspect.Reject("release.region", d.At("region"), "Value", d.Region, "Zh", land.NameZh, "En", land.NameEn))
	}
	return slices.Concat(ps, privacy.Check(d.Title, sealed, inspect.Place{File: d.File, Field: "title"}),
		privacy.Check(d.Summary, sealed, inspect.Place{File: d.File, Field: "summary"}),
		privacy.Check(d.Body, sealed, inspect.Place{File: d.File, Line: d.BodyLine}))
}

func checkDocument(s Signed, land *inspect.Territory, sealed privacy.Context) inspect.Problems {
	ps := CheckDocument(s.Document, land, sealed)
	switch {
	case !s.Reviewed:
		ps = append(ps, inspect.Refuse("release.not-reviewed"))
		ps[len(ps)-1].File = s.Document.File
	case !s.Signed:
		ps = append(ps, inspect.Refuse("release.not-signed"))
		ps[len(ps)-1].File = s.Document.File
	}
	return ps
}

// PublicDocument is what is published of a document: all of it follows from the signed text.
func PublicDocument(d *document.Document) Document {
	return Document{Kind: d.Kind, ID: d.Key(), Year: d.Year, No: d.No, Number: d.Number, Title: d.Title, Date: d.Date,
		Issuer: d.Issuer, To: d.To, Region: d.Region, Topic: d.Topic, Summary: d.Summary, Markdown: d.Body, Source: d.Source, Digest: d.Digest}
}

func estimateOf(e score.Estimate) Estimate {
	return Estimate{Known: e.Known, Score: e.Score.Round1(), Low: e.Low.Round1(), High: e.High.Round1(),
		Visits: e.Visits, Planned: e.Planned, Counties: e.Counties, Substituted: (e.Substituted * 100).Round1() / 100}
}

func sectionsOf(cl *checklist.Checklist, r *score.Region) []Section {
	out := make([]Section, 0, len(r.Sections))
	for _, s := range r.Sections {
		sec := cl.Section(s.Code)
		out = append(out, Section{Code: s.Code, NameZh: sec.Zh, NameEn: sec.En, Ref: sec.Ref,
			Weight: s.Weight.Round1(), Estimate: estimateOf(s.Estimate), Lost: s.Lost.Round1()})
	}
	return out
}

func itemsOf(cl *checklist.Checklist, r *score.Region) []Item {
	out := make([]Item, 0, len(r.Items))
	for _, i := range r.Items {
		it := cl.Item(i.Code)
		o := Item{Code: it.Code, Section: it.Section, NameZh: it.Zh, NameEn: it.En, QuestionZh: it.Question.Zh,
			Basis: it.Basis, BasisRef: it.BasisRef, Rule: it.Rule.Zh, Severity: it.Severity, RedLine: it.RedLine != nil,
			Weight: i.Weight.Round1(), Estimate: estimateOf(i.Estimate), Lost: i.Lost.Round1()}
		for _, k := range it.Kinds {
			o.Kinds = append(o.Kinds, cl.Kind(k).Zh)
		}
		for _, m := range it.Methods {
			o.Methods = append(o.Methods, cl.Method(m).Zh)
		}
		out = append(out, o)
	}
	return out
}

// regionsOf lists all reporting units in official order; those outside the campaign's sample are
// there without a score, so that an absence shows.
func regionsOf(units []inspect.Region, result *score.Published, list *checklist.Checklist) []Region {
	var out []Region
	for _, r := range units {
		p := Region{Code: r.Code, NameZh: r.NameZh, NameEn: r.NameEn, Short: r.Short}
		if i := slices.IndexFunc(result.Regions, func(s score.PublishedRegion) bool { return s.Code == r.Code }); i >= 0 {
			s := &result.Regions[i].Region
			p.Estimate, p.Bands = estimateOf(s.Estimate), s.Bands
			p.Sections, p.Items = sectionsOf(list, s), itemsOf(list, s)
			p.BandNote, p.Findings = bandNote(s), result.Regions[i].Findings
		} else {
			p.BandNote = Unsampled
		}
		out = append(out, p)
	}
	return out
}

func methodOf(result *score.Published, cl *checklist.Checklist, minCount int) Method {
	r := result.Rules
	m := Method{Version: "1", Checklist: cl.Digest(), Confidence: r.Confidence, Variance: r.Variance, Lonely: string(r.Lonely),
		MinCounty: r.MinCounties, MinVisits: r.MinVisits, MaxHalf: float64(r.MaxHalf), BonusMax: float64(cl.BonusMax),
		PenaltyMax: float64(cl.PenaltyMax), RedLineCap: float64(cl.RedLineCap), MinCount: minCount}
	for _, b := range cl.Bands {
		m.Bands = append(m.Bands, BandCut{b.Code, b.Zh, b.En, float64(b.Min)})
	}
	return m
}
