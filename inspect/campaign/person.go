package campaign

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/seal"
)

// NewPerson adds a person with roles to config.yaml and makes the key pair: the public half goes
// into the configuration, the secret half into secrets/ID.key, which its owner takes away. A
// custodian gets an age key and needs a body; everybody else gets a signing key.
func (c *Campaign) NewPerson(id string, roles []string, body string) (keyFile string, err error) {
	if slices.ContainsFunc(c.Config.People, func(p Person) bool { return p.ID == id }) {
		return "", inspect.Misuse("campaign.person-exists", "ID", id)
	}
	custodian := slices.Contains(roles, "custodian")
	if custodian && body == "" {
		return "", inspect.Misuse("campaign.custodian-body", "ID", id)
	}
	var secret, public string
	if custodian {
		secret, public, err = seal.NewKey(c.Rand)
	} else {
		secret, public, err = note.GenerateKey(c.Rand, id)
	}
	if err != nil {
		return "", err
	}
	keyFile = c.path(secretsDir, id+".key")
	if _, err := os.Stat(keyFile); err == nil {
		return "", inspect.Misuse("campaign.key-exists", "File", keyFile)
	}
	cfg, err := c.editConfig(func(name string, data []byte) (*Config, []byte, error) {
		return AddPerson(name, data, Person{ID: id, Roles: roles, Body: body, Key: public})
	})
	if err != nil {
		return "", err
	}
	if err := writeFile(keyFile, []byte(secret+"\n"), 0o600); err != nil {
		return "", err
	}
	c.Config = cfg
	return keyFile, nil
}

// editConfig applies change to config.yaml and replaces the file in one step.
func (c *Campaign) editConfig(change func(name string, data []byte) (*Config, []byte, error)) (*Config, error) {
	data, err := os.ReadFile(c.path(configFile))
	if err != nil {
		return nil, err
	}
	cfg, out, err := change(configFile, data)
	if err != nil {
		return nil, err
	}
	return cfg, writeFile(c.path(configFile), out, 0o600)
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

// sign signs text with the person's key from secrets/ as a signed note.
func (c *Campaign) sign(p *Person, text string) (string, error) {
	raw, err := os.ReadFile(c.path(secretsDir, p.ID+".key"))
	if err != nil {
		return "", inspect.Refuse("campaign.no-key", "ID", p.ID)
	}
	signer, err := note.NewSigner(strings.TrimSpace(string(raw)))
	if err != nil {
		return "", inspect.Refuse("campaign.bad-key", "ID", p.ID)
	}
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return "", fmt.Errorf("sign as %q: %w", p.ID, err)
	}
	if verifier, err := note.NewVerifier(p.Key); err != nil {
		return "", inspect.Refuse("campaign.bad-key", "ID", p.ID)
	} else if _, err := note.Open(signed, note.VerifierList(verifier)); err != nil {
		return "", inspect.Refuse("campaign.other-key", "ID", p.ID)
	}
	return string(signed), nil
}
