package document

import (
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"zhicha/inspect"
)

// required is what every front matter must hold.
var required = []string{"title", "date", "issuer", "summary"}

var (
	slug    = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	topic   = regexp.MustCompile(`^[A-Z][0-9]+$`)
	number  = regexp.MustCompile(`^\S+〔[0-9]{4}〕[1-9][0-9]*号$`)
	secret  = regexp.MustCompile(`^[\s\pP]*(秘密|机密|绝密)[\s\pP]*(★.*)?$`)
	blank   = regexp.MustCompile(`〔待填[^〕]*〕`)
	oneLine = regexp.MustCompile(`[\r\n]`)
)

// Check returns what stands between the document and a signature: missing or malformed fields,
// blanks a draft left open, markings that do not belong on a public text, and Markdown that
// would not reach the page. An empty result says nothing about privacy, which the airlock judges.
func Check(d *Document) inspect.Problems {
	if KindOf(d.Kind).Name == "" {
		return inspect.Problems{inspect.Reject("document.kind", d.At("kind"), "Kind", d.Kind)}
	}
	ps := append(d.checkRequired(), d.checkForm()...)
	ps = append(ps, d.checkLines()...)
	return append(ps, d.checkMarkdown()...)
}

// values are the front matter as text; a number that is not set is empty.
func (d *Document) values() map[string]string {
	v := map[string]string{"title": d.Title, "date": string(d.Date), "issuer": d.Issuer, "to": d.To,
		"summary": d.Summary, "id": d.ID, "region": d.Region, "topic": d.Topic,
		"confirmed": string(d.Confirmed), "consent": string(d.Consent)}
	if d.Year > 0 {
		v["year"] = "set"
	}
	if d.No > 0 {
		v["no"] = "set"
	}
	return v
}

func (d *Document) checkRequired() (ps inspect.Problems) {
	v := d.values()
	for _, f := range slices.Concat(required, KindOf(d.Kind).Required) {
		if strings.TrimSpace(v[f]) == "" {
			ps = append(ps, inspect.Reject("document.required", d.At(f), "Field", f))
		}
	}
	for _, f := range fields {
		if oneLine.MatchString(strings.TrimSpace(v[f])) {
			ps = append(ps, inspect.Reject("document.line", d.At(f), "Field", f))
		}
	}
	return ps
}

func (d *Document) checkForm() (ps inspect.Problems) {
	bad := func(rule, field, value string) {
		ps = append(ps, inspect.Reject(rule, d.At(field), "Value", value))
	}
	days := []struct {
		field string
		day   inspect.Date
	}{{"date", d.Date}, {"confirmed", d.Confirmed}, {"consent", d.Consent}}
	for _, x := range days {
		if _, err := inspect.ParseDate(string(x.day)); x.day != "" && err != nil {
			bad("document.date", x.field, string(x.day))
		}
	}
	if d.Number != "" && !number.MatchString(d.Number) {
		bad("document.number", "number", d.Number)
	}
	if !KindOf(d.Kind).Slug {
		return ps
	}
	if d.ID != "" && !slug.MatchString(d.ID) {
		bad("document.slug", "id", d.ID)
	}
	if d.Topic != "" && !topic.MatchString(d.Topic) {
		bad("document.topic", "topic", d.Topic)
	}
	return ps
}

// checkLines finds what is wrong whatever the Markdown means: open blanks and secrecy markings.
func (d *Document) checkLines() (ps inspect.Problems) {
	if strings.TrimSpace(d.Body) == "" {
		return inspect.Problems{inspect.Reject("document.empty", inspect.Place{File: d.File, Line: d.BodyLine})}
	}
	for f, v := range map[string]string{"title": d.Title, "summary": d.Summary} {
		if m := blank.FindString(v); m != "" {
			ps = append(ps, inspect.Reject("document.blank", d.At(f), "Text", m))
		}
	}
	for i, line := range strings.Split(d.Body, "\n") {
		at := inspect.Place{File: d.File, Line: d.BodyLine + i}
		if m := blank.FindString(line); m != "" {
			ps = append(ps, inspect.Reject("document.blank", at, "Text", m))
		}
		if m := secret.FindStringSubmatch(line); m != nil {
			ps = append(ps, inspect.Reject("document.secret", at, "Mark", m[1]))
		}
	}
	return ps
}

// checkMarkdown finds markup that the page would lose, and headings out of place.
func (d *Document) checkMarkdown() (ps inspect.Problems) {
	src := []byte(d.Body)
	headings := map[string]bool{}
	add := func(n ast.Node, rule string) {
		ps = append(ps, inspect.Reject(rule, inspect.Place{File: d.File, Line: d.lineOf(n)}))
	}
	_ = ast.Walk(markdown.Parser().Parse(text.NewReader(src)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			headings[strings.TrimSpace(string(n.Lines().Value(src)))] = true
			if n.Level == 1 {
				add(n, "document.heading")
			}
		case *ast.HTMLBlock, *ast.RawHTML:
			add(n, "document.html")
		case *ast.Image:
			add(n, "document.image")
		}
		return ast.WalkContinue, nil
	})
	for _, part := range KindOf(d.Kind).Parts {
		if !headings[part] {
			ps = append(ps, inspect.Reject("document.part", inspect.Place{File: d.File, Line: d.BodyLine}, "Part", part))
		}
	}
	return ps
}

// lineOf is the line of the file on which the block around n begins.
func (d *Document) lineOf(n ast.Node) int {
	for n != nil && n.Type() != ast.TypeBlock {
		n = n.Parent()
	}
	if n == nil || n.Lines() == nil || n.Lines().Len() == 0 {
		return d.BodyLine
	}
	return d.BodyLine + strings.Count(d.Body[:n.Lines().At(0).Start], "\n")
}
