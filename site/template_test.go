package site

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"text/template/parse"

	"zhicha/inspect/release"
)

// TestTemplateTypes follows every field of every page template through the types it is given, so
// that a misspelt one is found even in a branch no sample takes. A type that cannot be known
// (the values of a dict, builtin functions) is not followed further.
func TestTemplateTypes(t *testing.T) {
	bodies := map[string]any{"region": regionBody{}, "indicator": indicatorBody{}, "indicators": []itemGroup{},
		"list": listBody{}, "document": documentBody{}, "round": release.Wave{}}
	s, err := plan(sample(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{"head": true, "foot": true}
	for _, p := range s.pages {
		names[p.Name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		c := &typeCheck{t: t, name: name, body: reflect.TypeOf(bodies[name]), vars: map[string]reflect.Type{}}
		dot := reflect.TypeFor[*page]()
		c.vars["$"] = dot
		c.list(raw.Lookup(name).Tree.Root, dot)
	}
}

// The checker itself finds a misspelt field, also in a branch.
func TestTemplateTypesFindsFault(t *testing.T) {
	for _, text := range []string{"{{.Campaign.Titel}}", "{{range .Regions}}{{if .Known}}{{.Scor}}{{end}}{{end}}", "{{with .Waves}}{{range .}}{{$.Rot}}{{end}}{{end}}"} {
		trees, err := parse.Parse("x", text, "", "", map[string]any{})
		if err != nil {
			t.Fatal(err)
		}
		c := &typeCheck{name: "x", vars: map[string]reflect.Type{"$": reflect.TypeFor[*page]()}}
		c.list(trees["x"].Root, reflect.TypeFor[*page]())
		if len(c.faults) != 1 {
			t.Errorf("%s: %v", text, c.faults)
		}
	}
}

type typeCheck struct {
	t      *testing.T
	name   string
	body   reflect.Type
	vars   map[string]reflect.Type
	faults []string
}

func (c *typeCheck) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
	if c.t != nil {
		c.t.Errorf("template %s: "+format, append([]any{c.name}, args...)...)
	}
}

func (c *typeCheck) list(l *parse.ListNode, dot reflect.Type) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			c.pipe(n.Pipe, dot)
		case *parse.IfNode:
			c.pipe(n.Pipe, dot)
			c.list(n.List, dot)
			c.list(n.ElseList, dot)
		case *parse.WithNode:
			c.list(n.List, c.pipe(n.Pipe, dot))
			c.list(n.ElseList, dot)
		case *parse.RangeNode:
			c.list(n.List, elem(c.pipe(n.Pipe, dot)))
			c.list(n.ElseList, dot)
		case *parse.TemplateNode:
			given := c.pipe(n.Pipe, dot)
			vars := c.vars
			c.vars = map[string]reflect.Type{"$": given}
			c.list(raw.Lookup(n.Name).Tree.Root, given)
			c.vars = vars
		}
	}
}

func elem(t reflect.Type) reflect.Type {
	if t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) {
		return t.Elem()
	}
	return nil
}

// pipe returns the type a pipeline yields, nil where it cannot be known.
func (c *typeCheck) pipe(p *parse.PipeNode, dot reflect.Type) (out reflect.Type) {
	if p == nil {
		return nil
	}
	for _, cmd := range p.Cmds {
		for i, arg := range cmd.Args {
			if got := c.arg(arg, dot); i == 0 {
				out = got
			}
		}
	}
	for i, v := range p.Decl {
		switch {
		case len(p.Decl) == 2 && i == 0:
			c.vars[v.Ident[0]] = reflect.TypeFor[int]()
		case len(p.Decl) == 2:
			c.vars[v.Ident[0]] = elem(out)
		default:
			c.vars[v.Ident[0]] = out
		}
	}
	return out
}

func (c *typeCheck) arg(n parse.Node, dot reflect.Type) reflect.Type {
	switch n := n.(type) {
	case *parse.DotNode:
		return dot
	case *parse.FieldNode:
		return c.fields(dot, n.Ident)
	case *parse.VariableNode:
		return c.fields(c.vars[n.Ident[0]], n.Ident[1:])
	case *parse.PipeNode:
		return c.pipe(n, dot)
	case *parse.ChainNode:
		return c.fields(c.arg(n.Node, dot), n.Field)
	case *parse.IdentifierNode:
		if f, ok := funcs[n.Ident]; ok && n.Ident != "dict" {
			return reflect.TypeOf(f).Out(0)
		}
	}
	return nil
}

func (c *typeCheck) fields(t reflect.Type, names []string) reflect.Type {
	for _, name := range names {
		if t == nil || t.Kind() == reflect.Map {
			return nil
		}
		if name == "Body" && t == reflect.TypeFor[*page]() {
			t = c.body
			continue
		}
		if m, ok := method(t, name); ok {
			t = m
			continue
		}
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		f, ok := reflect.StructField{}, false
		if t.Kind() == reflect.Struct {
			f, ok = t.FieldByName(name)
		}
		if !ok || !f.IsExported() {
			c.fault("%s has no %s", t, strings.Join(names, "."))
			return nil
		}
		t = f.Type
	}
	return t
}

func method(t reflect.Type, name string) (reflect.Type, bool) {
	m, ok := t.MethodByName(name)
	if !ok {
		return nil, false
	}
	return m.Type.Out(0), true
}
