package form

import (
	"fmt"
	"html/template"
	"io"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/templates"
)

// orderBands are upper ends of register counts. The order is printed once for each, since paper
// cannot wait for the count; each row holds as many lines as a village can use.
var orderBands = []int{10, 20, 40, 80, 160, 320, 640, 999}

const (
	orderShown   = 30
	findingLines = 3
	passLines    = 5
)

// paper is what the template fills in.
type paper struct {
	Name, Lang, Urgent, Law, Policy                                   string
	Demo                                                              bool
	Style                                                             template.CSS
	Sheets                                                            []sheet
	Team, Capacities, Escorts, Substitutions, FindingKinds, Receivers []string
	Severities, Lines, Passes                                         []string
}

type sheet struct {
	Visit                      inspect.Visit
	Kind, Place                string
	Household                  bool
	NotApplicable, NotVerified []coded
	Items                      []paperItem
	Bands                      []band
}

type paperItem struct {
	Code, Question, Count, Part, Whole string
	Counted                            []string
	Options, Methods                   []coded
}

// coded is a choice to tick, with the code that form and workbook give it.
type coded struct{ Code, Text string }

type band struct{ Range, Lines string }

// WritePaper writes the leg's visits as a printable A4 page with the same items, answers and codes
// as the form, for a day without a phone. Household orders stand on pages of their own. It is not
// encrypted: whoever prints it answers for it, and it must not leave the office before the rung.
func WritePaper(w io.Writer, p Packet) error {
	say := inText(p.Lang)
	text, err := templates.FS.ReadFile("form/paper.html")
	if err != nil {
		return fmt.Errorf("paper: %w", err)
	}
	css, err := templates.FS.ReadFile("form/paper.css")
	if err != nil {
		return fmt.Errorf("paper: %w", err)
	}
	page, err := template.New("paper").Funcs(template.FuncMap{"t": say}).Parse(string(text))
	if err != nil {
		return fmt.Errorf("paper: %w", err)
	}
	cl, style := p.Checklist, string(css)+margins(say, p)
	out := paper{Name: name(p.Leg.No), Lang: say("zh-CN", "en"), Demo: p.Demo, Style: template.CSS(style), Team: p.Team,
		Lines: make([]string, findingLines), Passes: make([]string, passLines),
		Policy:  "default-src 'none'; style-src " + hash(style) + "; base-uri 'none'; form-action 'none'",
		Escorts: labels(say, inspect.EscortReasons), Substitutions: labels(say, inspect.SubstitutionReasons),
		FindingKinds: labels(say, inspect.FindingKinds), Receivers: labels(say, Receivers)}
	for _, c := range inspect.Capacities {
		out.Capacities = append(out.Capacities, say(c.Zh, c.En))
	}
	for _, s := range cl.Severities {
		out.Severities = append(out.Severities, s.Code+" "+say(s.Zh, s.En))
	}
	if e := cl.Escalation("E1"); e != nil {
		out.Urgent, out.Law = say(e.Action.Zh, e.Action.En), e.Law
	}
	for i := range p.Visits {
		out.Sheets = append(out.Sheets, paperSheet(say, cl, &p.Visits[i]))
	}
	if err := page.Execute(w, out); err != nil {
		return fmt.Errorf("paper %s: %w", out.Name, err)
	}
	return nil
}

// inText picks a language's text.
func inText(lang string) func(zh, en string) string {
	return func(zh, en string) string {
		if lang == "en" {
			return en
		}
		return zh
	}
}

func labels(say func(zh, en string) string, list []inspect.Coded) (out []string) {
	for _, c := range list {
		out = append(out, say(c.Zh, c.En))
	}
	return out
}

// codes are the reasons for leaving an item out, in either of its ways.
func codes(say func(zh, en string) string, list []inspect.Coded) (out []coded) {
	for _, c := range list {
		out = append(out, coded{c.Code, say(c.Zh, c.En)})
	}
	return out
}

// margins puts the packet's number, the visit's and the count of pages on the edge of every page, so
// that loose sheets can be put together again.
func margins(say func(zh, en string) string, p Packet) string {
	var b strings.Builder
	mark := ""
	if p.Demo {
		mark = `@top-center{content:"演示数据　Demonstration data"}`
	}
	fmt.Fprintf(&b, `@page{@top-left{content:"%s"}%s@bottom-left{content:"%s"}@bottom-right{content:%s}}`+"\n", name(p.Leg.No), mark,
		say("内部资料　检查结束前不得向被检查地区透露", "Internal. Not to be disclosed to the region before the check is over."),
		say(`"第 " counter(page) " 页，共 " counter(pages) " 页"`, `"page " counter(page) " of " counter(pages)`))
	plain := strings.NewReplacer(`"`, "", `\`, "", "<", "") // an id has none of them; no style may be ended by one that had
	for i := range p.Visits {
		fmt.Fprintf(&b, `.v%d{page:v%d}@page v%d{@top-right{content:"%s"}}`+"\n", i, i, i, plain.Replace(p.Visits[i].ID))
	}
	return b.String()
}

func paperSheet(say func(zh, en string) string, cl *checklist.Checklist, v *inspect.Visit) sheet {
	s := sheet{Visit: *v, Household: v.Kind == inspect.HH,
		NotApplicable: codes(say, checklist.ReasonsFor(inspect.NotApplicable)), NotVerified: codes(say, checklist.ReasonsFor(inspect.NotVerified))}
	if k := cl.Kind(v.Kind); k != nil {
		s.Kind = say(k.Zh, k.En)
	}
	at := v.Places
	s.Place = strings.Join(strings.Fields(strings.Join([]string{at.Region, at.County, at.Township, at.Village}, " ")), " ")
	for _, it := range cl.ItemsFor(v.Kind) {
		q, d := it.QuestionFor(v.Kind), &it.Answer
		row := paperItem{Code: it.Code, Question: say(q.Zh, q.En), Part: say(d.Numerator.Zh, d.Numerator.En), Whole: say(d.Denominator.Zh, d.Denominator.En)}
		for i := range d.Options {
			row.Options = append(row.Options, coded{d.Options[i].Code, say(d.Options[i].Zh, d.Options[i].En)})
		}
		if d.Type == checklist.Count {
			row.Count = fmt.Sprintf("%s (0–%d)", say(d.Unit.Zh, d.Unit.En), d.Max)
		}
		for _, c := range d.Counted {
			row.Counted = append(row.Counted, say(c.Zh, c.En))
		}
		for _, code := range it.Methods {
			if m := cl.Method(code); m != nil {
				row.Methods = append(row.Methods, coded{code, say(m.Zh, m.En)})
			}
		}
		s.Items = append(s.Items, row)
	}
	if s.Household {
		s.Bands = bands(say, v.Order)
	}
	return s
}

// bands print the order once for every span of counts, without the lines beyond its upper end.
func bands(say func(zh, en string) string, order []int) (out []band) {
	lower := 1
	for _, upper := range orderBands {
		var lines []string
		for _, n := range order {
			if n <= upper && len(lines) < orderShown {
				lines = append(lines, fmt.Sprint(n))
			}
		}
		out = append(out, band{fmt.Sprintf(say("%d–%d户", "%d–%d"), lower, upper), strings.Join(lines, "　")})
		lower = upper + 1
	}
	return out
}
