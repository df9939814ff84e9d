package campaign

import (
	"cmp"
	"errors"
	"os"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/config"
)

// configEdit changes the text of config.yaml, and returns what it then says.
type configEdit = func(name string, data []byte) (*config.Config, []byte, error)

// NewPerson adds a person with roles to config.yaml and makes the key pair: the public half goes
// into the configuration, the secret half into secrets/ID.key, which its owner takes away. A
// custodian gets an age key and needs a body; everybody else gets a signing key.
func (c *Campaign) NewPerson(id string, roles []string, body string) (keyFile string, err error) {
	for _, x := range []string{id, cmp.Or(body, id)} {
		if !inspect.IsID(x) {
			return "", inspect.Reject("config.id", inspect.Place{File: ConfigFile, Field: "people." + id}, "ID", x)
		}
	}
	if c.people.Begun() {
		return "", inspect.Refuse("campaign.person-two-add", "ID", id)
	}
	if slices.ContainsFunc(c.Config.People, func(p config.Person) bool { return p.ID == id }) {
		return "", inspect.Misuse("campaign.person-exists", "ID", id)
	}
	p := config.Person{ID: id, Roles: roles, Body: body}
	secret, public, err := newPair(c.Rand, &p)
	if err != nil {
		return "", err
	}
	p.Key = public
	keyFile = c.Path(SecretsDir, id+".key")
	if _, err := os.Stat(keyFile); err == nil {
		return "", inspect.Misuse("campaign.key-exists", "File", keyFile)
	}
	undo, err := c.EditConfig(func(name string, data []byte) (*config.Config, []byte, error) {
		return config.AddPerson(name, data, p)
	})
	if err != nil {
		return "", err
	}
	if err := WriteFile(keyFile, []byte(secret+"\n"), 0o600); err != nil {
		return "", errors.Join(err, undo())
	}
	return keyFile, nil
}

// EditConfig applies change to config.yaml, replaces the file in one step and goes on with the new
// configuration. undo puts back what was there.
func (c *Campaign) EditConfig(change configEdit) (undo func() error, err error) {
	data, err := Read(c.Path(ConfigFile), Small)
	if err != nil {
		return nil, err
	}
	cfg, out, err := change(ConfigFile, data)
	if err != nil {
		return nil, err
	}
	if err := WriteFile(c.Path(ConfigFile), out, 0o600); err != nil {
		return nil, err
	}
	before := c.Config
	c.Config = cfg
	return func() error {
		c.Config = before
		return WriteFile(c.Path(ConfigFile), data, 0o600)
	}, nil
}
