package checklist

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"zhicha/inspect"
)

// Parse reads a checklist strictly: an unknown or repeated field is an error. The error is an
// inspect.Problems of everything that is wrong, each with its line and field, in line order;
// name stands for the file in them.
func Parse(name string, data []byte) (*Checklist, error) {
	k := &checker{file: name, lines: map[string]int{}}
	if k.decode(data) {
		k.check()
	}
	slices.SortStableFunc(k.problems, func(a, b *inspect.Problem) int { return cmp.Compare(a.Line, b.Line) })
	if err := k.problems.Err(); err != nil {
		return nil, err
	}
	return &k.c, nil
}

// checker gathers what is wrong with one checklist.
type checker struct {
	c        Checklist
	file     string
	lines    map[string]int // path of a field, e.g. items[3].weight, to its line
	problems inspect.Problems
}

// reject notes a problem at the field with that path, or at the nearest one around it.
func (k *checker) reject(path, rule string, args ...any) {
	line := 0
	for p := path; line == 0 && p != ""; p = p[:max(strings.LastIndexAny(p, ".["), 0)] {
		line = k.lines[p]
	}
	at := inspect.Place{File: k.file, Line: max(line, 1), Field: path}
	k.problems = append(k.problems, inspect.Reject(rule, at, args...))
}

// decode fills the checklist and the lines; it reports whether checking is worth while.
func (k *checker) decode(data []byte) bool {
	var root yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	switch err := d.Decode(&root); {
	case errors.Is(err, io.EOF):
		k.reject("", "checklist.empty")
		return false
	case err != nil:
		k.syntax(err)
		return false
	}
	switch err := d.Decode(new(yaml.Node)); {
	case err == nil:
		k.reject("", "checklist.documents")
		return false
	case !errors.Is(err, io.EOF):
		k.syntax(err)
		return false
	}
	if root.Content[0].Kind != yaml.MappingNode {
		k.reject("", "checklist.not-structure", "Value", root.Content[0].Value)
		return false
	}
	k.locate("", &root)
	strict := yaml.NewDecoder(bytes.NewReader(data))
	strict.KnownFields(true)
	err := strict.Decode(&k.c)
	var wrong *yaml.TypeError
	if err != nil && !errors.As(err, &wrong) {
		k.syntax(err)
		return false
	}
	if wrong != nil {
		for _, message := range wrong.Errors {
			k.mismatch(message)
		}
	}
	return true
}

// locate notes the line of every field under n. It refuses aliases: a checklist is frozen and
// printed as it is written, so that it is written in full.
func (k *checker) locate(path string, n *yaml.Node) {
	switch n.Kind {
	case yaml.DocumentNode:
		k.locate(path, n.Content[0])
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			p := strings.TrimPrefix(path+"."+n.Content[i].Value, ".")
			k.lines[p] = n.Content[i].Line
			k.locate(p, n.Content[i+1])
		}
	case yaml.SequenceNode:
		for i, e := range n.Content {
			p := fmt.Sprintf("%s[%d]", path, i)
			k.lines[p] = e.Line
			k.locate(p, e)
		}
	case yaml.AliasNode:
		k.reject(path, "checklist.alias", "Name", n.Value)
	}
}

var (
	lineIn = regexp.MustCompile(`line (\d+): ?`)
	// ofParser tells the errors whose line the yaml package counts from 0, unlike its scanner's.
	ofParser = regexp.MustCompile(`^did not find expected (key|node content|'|<)`)
)

func (k *checker) syntax(err error) {
	detail := strings.TrimPrefix(err.Error(), "yaml: ")
	at := inspect.Place{File: k.file, Line: 1}
	if m := lineIn.FindStringSubmatch(detail); m != nil {
		at.Line, _ = strconv.Atoi(m[1])
		detail = strings.Replace(detail, m[0], "", 1)
		if ofParser.MatchString(detail) {
			at.Line++
		}
	}
	k.problems = append(k.problems, inspect.Reject("checklist.syntax", at, "Detail", detail))
}

var (
	unknownField = regexp.MustCompile(`(?s)^field (.*) not found in type `)
	repeated     = regexp.MustCompile(`(?s)^mapping key "(.*)" already defined at line (\d+)`)
	wrongType    = regexp.MustCompile(`(?s)^cannot unmarshal !!\S+ ?(.*) into (\S+)$`)
)

// mismatch turns one message of the decoder, which speaks of Go types, into a problem.
func (k *checker) mismatch(message string) {
	at := inspect.Place{File: k.file, Line: 1}
	if m := lineIn.FindStringSubmatch(message); m != nil {
		at.Line, _ = strconv.Atoi(m[1])
		message = strings.TrimPrefix(message, m[0])
	}
	rule, args := "checklist.syntax", []any{"Detail", message}
	if m := unknownField.FindStringSubmatch(message); m != nil {
		at.Field = m[1]
		rule, args = "checklist.field-unknown", []any{"Name", m[1]}
	} else if m := repeated.FindStringSubmatch(message); m != nil {
		at.Field = m[1]
		rule, args = "checklist.field-twice", []any{"Name", m[1], "First", m[2]}
	} else if m := wrongType.FindStringSubmatch(message); m != nil {
		rule, args = "checklist.not-structure", []any{"Value", strings.Trim(m[1], "`")}
		switch m[2] {
		case "int":
			rule = "checklist.not-integer"
		case "bool":
			rule = "checklist.not-boolean"
		case "string", "inspect.Kind", "checklist.Type":
			rule = "checklist.not-text"
		}
	}
	k.problems = append(k.problems, inspect.Reject(rule, at, args...))
}

// UnmarshalYAML reads a decimal from 0 to 1 of at most two places, exactly: no float is involved.
// Anything else becomes -1, which the check of the options reports with its place.
func (p *Percent) UnmarshalYAML(n *yaml.Node) error {
	*p = -1
	whole, places, _ := strings.Cut(n.Value, ".")
	places = strings.TrimRight(places, "0")
	if n.Kind != yaml.ScalarNode || whole != "0" && whole != "1" || len(places) > 2 {
		return nil
	}
	if v, ok := parseCount(whole + (places + "00")[:2]); ok && v <= 100 {
		*p = Percent(v)
	}
	return nil
}
