package document

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"zhicha/inspect"
)

// Document is one parsed file. The fields up to Consent are its front matter.
type Document struct {
	Kind      string       `yaml:"kind"`
	ID        string       `yaml:"id"` // practices: a slug; empty otherwise
	Title     string       `yaml:"title"`
	Date      inspect.Date `yaml:"date"`
	Year      int          `yaml:"year"`   // notices and briefings
	No        int          `yaml:"no"`     // notices and briefings: number within the year
	Number    string       `yaml:"number"` // of the office's approval system, entered back; may be empty
	Issuer    string       `yaml:"issuer"`
	To        string       `yaml:"to"`     // 主送, notices
	Region    string       `yaml:"region"` // practices: reporting unit
	Topic     string       `yaml:"topic"`  // practices: section code
	Summary   string       `yaml:"summary"`
	Confirmed inspect.Date `yaml:"confirmed"` // practices: day of the independent confirmation
	Consent   inspect.Date `yaml:"consent"`   // practices: day on which the place agreed to be named

	Source   []byte         `yaml:"-"` // the whole file as it was read
	Body     string         `yaml:"-"` // Markdown
	File     string         `yaml:"-"` // name given to Parse, for problems
	BodyLine int            `yaml:"-"` // 1-based line of the file on which Body begins
	Digest   inspect.Digest `yaml:"-"` // of the whole file, which is what people sign
	lines    map[string]int // front matter field → line
}

// fields are the keys a front matter may hold, in the order in which drafts write them.
var fields = []string{"kind", "id", "title", "date", "year", "no", "number", "issuer", "to",
	"region", "topic", "summary", "confirmed", "consent"}

// yamlLine finds the line in an error of the YAML library.
var yamlLine = regexp.MustCompile(`line (\d+): `)

// Parse reads one file; name is used in problems only. Its errors are inspect.Problems about
// the form of the file; whether the content is fit to be signed is for Check.
func Parse(name string, data []byte) (*Document, error) {
	if !utf8.Valid(data) {
		return nil, inspect.Reject("document.encoding", inspect.Place{File: name, Line: 1})
	}
	text := strings.ReplaceAll(string(bytes.TrimPrefix(data, []byte("\ufeff"))), "\r\n", "\n")
	head, body, ok := splitFront(text)
	if !ok {
		return nil, inspect.Reject("document.front", inspect.Place{File: name, Line: 1})
	}
	var node yaml.Node
	d := &Document{File: name, Source: data, Body: body, Digest: inspect.DigestOf(data), lines: map[string]int{}}
	d.BodyLine = strings.Count(text[:len(text)-len(body)], "\n") + 1
	if err := yaml.Unmarshal([]byte(head), &node); err != nil {
		return nil, yamlProblem(name, err)
	}
	if len(node.Content) != 1 || node.Content[0].Kind != yaml.MappingNode {
		return nil, inspect.Reject("document.front", inspect.Place{File: name, Line: 1})
	}
	var ps inspect.Problems
	pairs := node.Content[0].Content
	for i := 0; i < len(pairs); i += 2 {
		key := pairs[i]
		d.lines[key.Value] = key.Line + 1 // the fence is line 1
		if !slices.Contains(fields, key.Value) {
			ps = append(ps, inspect.Reject("document.field", d.At(key.Value), "Known", strings.Join(fields, ", ")))
		}
	}
	if err := node.Decode(d); err != nil {
		return nil, append(ps, yamlProblem(name, err))
	}
	return d, ps.Err()
}

// splitFront cuts the text at its two fences of three hyphens.
func splitFront(text string) (head, body string, ok bool) {
	if !strings.HasPrefix(text, "---\n") {
		return "", "", false
	}
	head, body, ok = strings.Cut(text[4:], "\n---\n")
	if !ok && strings.HasSuffix(text, "\n---") {
		return strings.TrimSuffix(text[4:], "\n---"), "", true
	}
	return head, body, ok
}

func yamlProblem(name string, err error) *inspect.Problem {
	at := inspect.Place{File: name, Line: 1}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		n, _ := strconv.Atoi(m[1])
		at.Line = n + 1
	}
	p := inspect.Reject("document.yaml", at, "Cause", strings.TrimPrefix(err.Error(), "yaml: "))
	p.Cause = err
	return p
}

// at is the place of a front matter field; a missing field stands at the opening fence.
func (d *Document) At(field string) inspect.Place {
	return inspect.Place{File: d.File, Line: max(1, d.lines[field]), Field: field}
}

// Key names the document within its kind: its slug, or year/no.
func (d *Document) Key() string {
	if KindOf(d.Kind).Slug {
		return d.ID
	}
	return fmt.Sprintf("%d/%d", d.Year, d.No)
}
