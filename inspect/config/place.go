package config

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"go.yaml.in/yaml/v3"

	"zhicha/inspect"
)

// valueProblems are the values of the configuration that could not be read, each with its field.
func valueProblems(name string, err error) inspect.Problems {
	var ps inspect.Problems
	var walk func(err error)
	walk = func(err error) {
		var all interface{ Unwrap() []error }
		var one *mapstructure.DecodeError
		switch {
		case errors.As(err, &all):
			for _, e := range all.Unwrap() {
				walk(e)
			}
		case errors.As(err, &one):
			ps = append(ps, inspect.Reject("config.value", inspect.Place{File: name, Field: one.Name()}, "Cause", one.Unwrap().Error()))
		default:
			ps = append(ps, inspect.Reject("config.value", inspect.Place{File: name}, "Cause", err.Error()))
		}
	}
	walk(err)
	return ps
}

// located gives every problem that names a field the line on which the field, or what it would
// stand in, is written.
func located(ps inspect.Problems, root *yaml.Node) inspect.Problems {
	for _, p := range ps {
		if p.Line == 0 && p.Field != "" {
			p.Line = lineOf(root, p.Field)
		}
	}
	return ps
}

var step = regexp.MustCompile(`[^.\[\]]+`)

// lineOf follows a path like waves[0].design.counties, or people.draw-1, as far as it leads.
func lineOf(n *yaml.Node, path string) int {
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	line := 0
	for _, s := range step.FindAllString(path, -1) {
		next, at := child(n, s)
		if next == nil {
			break
		}
		n, line = next, at
	}
	return line
}

// child finds a key of a mapping, or an element of a sequence by its place or by its id.
func child(n *yaml.Node, name string) (*yaml.Node, int) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if strings.EqualFold(n.Content[i].Value, name) {
				return n.Content[i+1], n.Content[i].Line
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(name); err == nil && i < len(n.Content) {
			return n.Content[i], n.Content[i].Line
		}
		for _, e := range n.Content {
			if id, _ := child(e, "id"); id != nil && id.Value == name {
				return e, e.Line
			}
		}
	}
	return nil, 0
}
