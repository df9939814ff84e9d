package campaign

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/config"
)

// Actor is somebody at work: who they say they are, and the key they show for it. It is a value, so
// that a use case does not know whether the key came from a folder or a stick.
type Actor struct {
	ID     string
	Secret string // signing key as golang.org/x/mod/sumdb/note writes it; empty where none was shown

	refused error // why the key they brought is not taken; Shows says so
}

// ReadActor is the person whose key lies in dir as ID.key. A key that cannot be read is none: what
// somebody may do without it Acts decides. A key that others may read is none either.
func ReadActor(dir, id string, ask Ask) Actor {
	if !inspect.IsID(id) {
		return Actor{ID: id}
	}
	who := BringActor(filepath.Join(dir, id+".key"), id, ask)
	if errors.Is(who.refused, fs.ErrNotExist) {
		who.refused = nil
	}
	return who
}

// BringActor is a person with the key they bring in a file of their own, from a stick.
func BringActor(file, id string, ask Ask) Actor {
	secret, err := ReadKey(file, ask)
	var refused *inspect.Problem
	if err != nil && !errors.As(err, &refused) {
		err = inspect.Fail("campaign.read", err, "File", file)
	}
	return Actor{ID: id, Secret: secret, refused: err}
}

// Acting is a person of the campaign who has shown their key.
type Acting struct {
	*config.Person
	Secret string // signing key; for acts that are signed in a form of their own
}

// Acts returns the person behind who, who must hold role and show the key registered for them: an id
// alone could be typed by anybody.
func (c *Campaign) Acts(who Actor, role string) (*Acting, error) {
	if who.ID == "" {
		return nil, inspect.Misuse("campaign.as", "Role", role)
	}
	p, err := c.Appointed(who.ID)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(p.Roles, role) {
		return nil, inspect.Refuse("campaign.role", "ID", who.ID, "Role", role)
	}
	return c.Shows(p, who)
}

// Appointed is the person with that id. Once the log is begun, one who is not in config.yaml as its
// entries have them is refused: whoever can write to a file appoints nobody.
func (c *Campaign) Appointed(id string) (*config.Person, error) {
	i := slices.IndexFunc(c.Config.People, func(p config.Person) bool { return p.ID == id })
	if i < 0 {
		return nil, inspect.Misuse("campaign.unknown-person", "ID", id)
	}
	return &c.Config.People[i], asEntered(&c.Config.People[i], c.people)
}

// People are all who are appointed, in the order of config.yaml; who retired is not among them.
func (c *Campaign) People() (out []*config.Person, err error) {
	for i := range c.Config.People {
		p := &c.Config.People[i]
		if gone(p, c.people) {
			continue
		}
		if err := asEntered(p, c.people); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// Shows refuses a key that is not the one registered for the person.
func (c *Campaign) Shows(p *config.Person, who Actor) (*Acting, error) {
	if who.refused != nil {
		return nil, who.refused
	}
	a := &Acting{Person: p, Secret: who.Secret}
	_, err := a.Sign("zhicha/1 act\n" + c.Config.Campaign.ID + "\n")
	return a, err
}

// Sign signs text with the person's key as a signed note.
func (p *Acting) Sign(text string) (string, error) {
	if p.Secret == "" {
		return "", inspect.Refuse("campaign.no-key", "ID", p.ID)
	}
	signer, err := note.NewSigner(p.Secret)
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

// PersonHash stands for a person in the ledger: the digest of the key, never a name.
func PersonHash(p *config.Person) inspect.Digest { return inspect.DigestOf([]byte(p.Key)) }
