package config

import (
	"bytes"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"zhicha/inspect"
)

// edit applies change to the document tree of a configuration, keeping comments, and checks the
// outcome.
func edit(name string, data []byte, change func(root *yaml.Node)) (*Config, []byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, nil, inspect.Reject("config.syntax", inspect.Place{File: name}, "Cause", err.Error())
	}
	change(doc.Content[0])
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(&doc); err != nil {
		return nil, nil, err
	}
	cfg, err := Parse(name, out.Bytes())
	return cfg, out.Bytes(), err
}

// AddPerson adds a person to a configuration and returns it with its new text.
func AddPerson(name string, data []byte, p Person) (*Config, []byte, error) {
	return edit(name, data, func(root *yaml.Node) {
		people := field(root, "people")
		people.Kind, people.Tag, people.Style, people.Value = yaml.SequenceNode, "", 0, ""
		people.Content = append(people.Content, personNode(p))
	})
}

// ChangePerson replaces the roles and the key of the person with p's id; a key given up is kept beside it.
func ChangePerson(name string, data []byte, p Person) (*Config, []byte, error) {
	return edit(name, data, func(root *yaml.Node) {
		for _, n := range field(root, "people").Content {
			if field(n, "id").Value == p.ID {
				*field(n, "roles") = *field(personNode(p), "roles")
				key := field(n, "key")
				if key.Value != p.Key {
					former := field(n, "former")
					former.Kind, former.Tag, former.Style, former.Value = yaml.SequenceNode, "", yaml.FlowStyle, ""
					former.Content = append(former.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key.Value})
				}
				key.SetString(p.Key)
			}
		}
	})
}

// AddWave adds a wave to a configuration and returns it with its new text.
func AddWave(name string, data []byte, w NewWave) (*Config, []byte, error) {
	return edit(name, data, func(root *yaml.Node) { appendWave(root, w) })
}

// field returns the value node of key in mapping n, adding an empty one where it is missing.
func field(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	v := &yaml.Node{Kind: yaml.ScalarNode}
	n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, v)
	return v
}

func personNode(p Person) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	set := func(k, v string) { field(n, k).SetString(v) }
	set("id", p.ID)
	rs := field(n, "roles")
	rs.Kind, rs.Style = yaml.SequenceNode, yaml.FlowStyle
	for _, r := range p.Roles {
		rs.Content = append(rs.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: r})
	}
	if p.Body != "" {
		set("body", p.Body)
	}
	set("name", "")
	set("key", p.Key)
	return n
}

// NewWave is what a further wave has of its own; the rest is copied from the last one.
type NewWave struct {
	No           int
	Kind, Reason string
	From, To     inspect.Date
	Issue        string // of the beacon
	PrivateFrame bool
}

// appendWave copies the last wave under its new number. Dates move with the window. The beacon's
// issue is never copied: an issue that is over would let any later one pass for it.
func appendWave(root *yaml.Node, n NewWave) {
	waves := field(root, "waves")
	w := cloneNode(waves.Content[len(waves.Content)-1])
	set := func(n *yaml.Node, key, value string) { field(n, key).Value = value }
	set(w, "no", strconv.Itoa(n.No))
	set(w, "kind", n.Kind)
	field(w, "reason").SetString(n.Reason)
	*field(w, "private_frame") = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(n.PrivateFrame)}
	ceremony := field(w, "ceremony")
	field(field(ceremony, "beacon"), "issue").SetString(n.Issue)
	if n.From != "" {
		window := field(w, "window")
		moved := inspect.Date(field(window, "from").Value).Days(n.From)
		set(window, "from", string(n.From))
		set(window, "to", string(n.To))
		at := field(field(ceremony, "beacon"), "at")
		if t, err := time.Parse(time.RFC3339, at.Value); err == nil {
			at.Value = t.In(inspect.Beijing).AddDate(0, 0, moved).Format(time.RFC3339)
		}
		if by := field(ceremony, "reveal_by"); by.Value != "" {
			by.Value = string(inspect.Date(by.Value).Add(moved))
		}
	}
	waves.Content = append(waves.Content, w)
}

// cloneNode copies a tree without its comments: they explain the first wave.
func cloneNode(n *yaml.Node) *yaml.Node {
	out := *n
	out.HeadComment, out.LineComment, out.FootComment, out.Content = "", "", "", nil
	for _, child := range n.Content {
		out.Content = append(out.Content, cloneNode(child))
	}
	return &out
}
