package campaign

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"zhicha/inspect"
	"zhicha/inspect/config"
	"zhicha/inspect/ledger"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
)

// rolesOf are a person's roles as the log writes them.
func rolesOf(p *config.Person) []string {
	return slices.Compact(slices.Sorted(slices.Values(p.Roles)))
}

// bodyOf stands for the body that sent a person; zero where none did.
func bodyOf(p *config.Person) inspect.Digest {
	if p.Body == "" {
		return inspect.Digest{}
	}
	return inspect.DigestOf([]byte(p.Body))
}

// named reports whether a person's key is one of theirs: a signing key says whose it is.
func named(p *config.Person) bool {
	if slices.Contains(p.Roles, inspect.RoleCustodian) {
		return seal.IsRecipient(p.Key)
	}
	v, err := note.NewVerifier(p.Key)
	return err == nil && v.Name() == p.ID
}

// appointment is the entry that appoints a person. One whose key is none, or another's, is refused.
func appointment(p *config.Person) (ledger.Appointment, error) {
	if !named(p) {
		return ledger.Appointment{}, inspect.Refuse("campaign.person-key", "ID", p.ID)
	}
	return ledger.Appointment{Person: PersonHash(p), Key: ledger.PublicKey(p.Key), Roles: rolesOf(p), Body: bodyOf(p)}, nil
}

// Everybody is what the log begins with: all who are in config.yaml, whoever freezes the frame first.
func (c *Campaign) Everybody(by *config.Person) (out []ledger.Appointment, err error) {
	everybody := []*config.Person{by}
	for i := range c.Config.People {
		if p := &c.Config.People[i]; p.ID != by.ID {
			everybody = append(everybody, p)
		}
	}
	for _, p := range everybody {
		body, err := appointment(p)
		if err != nil {
			return nil, err
		}
		out = append(out, body)
	}
	return out, nil
}

// EnterPeople enters everybody right after the log's first entry, each under the signature of who freezes
// the frame: from here on they are what it says.
func (c *Campaign) EnterPeople(tx *store.Tx, at time.Time, everybody []ledger.Appointment, by *Acting) error {
	people, err := PeopleOf(tx)
	for _, body := range everybody {
		if err == nil {
			err = together(tx, people, at, body, by)
		}
	}
	if err == nil {
		tx.After(func() error { c.people = people; return nil })
	}
	return err
}

// PeopleOf reads who holds which roles from the log's entries. One that those whom it names did not sign
// makes the log unsound.
func PeopleOf(tx *store.Tx) (*ledger.People, error) {
	entries, err := tx.EntriesOf(peopleKinds...)
	people := &ledger.People{}
	for _, e := range entries {
		body, err := ledger.ReadBody(ledger.Kind(e.Kind), e.Body)
		if err == nil {
			err = people.Take(e.Seq, e.Time, body)
		}
		if err != nil {
			return nil, inspect.Refuse("ledger.damaged", "Cause", err.Error())
		}
	}
	return people, err
}

// Together enters what people decide, under the signature of each.
func Together(tx *store.Tx, at time.Time, body ledger.Joint, by ...*Acting) (*ledger.People, error) {
	people, err := PeopleOf(tx)
	if err != nil {
		return nil, err
	}
	return people, together(tx, people, at, body, by...)
}

func together(tx *store.Tx, people *ledger.People, at time.Time, body ledger.Joint, by ...*Acting) error {
	text, err := people.Text(body)
	if err != nil {
		return err
	}
	var s ledger.Signed
	for _, p := range by {
		note, err := p.Sign(text)
		if err != nil {
			return err
		}
		if s, err = With(s, p.Person, note); err != nil {
			return err
		}
	}
	return EnterSigned(tx, people, at, body.Under(s))
}

// With adds a person, by the note they signed.
func With(s ledger.Signed, p *config.Person, note string) (ledger.Signed, error) {
	signature, err := ledger.Nameless(note)
	return ledger.Signed{By: append(s.By, PersonHash(p)), Signatures: append(s.Signatures, signature)}, err
}

// EnterSigned enters what people have signed, once it is judged as everybody will judge it who has the log.
func EnterSigned(tx *store.Tx, people *ledger.People, at time.Time, body ledger.Joint) error {
	head, err := tx.Head(at)
	if err != nil {
		return err
	}
	if err := people.Take(head.Size+1, head.Next, body); err != nil { // as the entry will have it
		for _, p := range inspect.ProblemsOf(err) {
			p.Class = inspect.Refused // the log would be unsound; it is not yet
		}
		return err
	}
	return Enter(tx, at, body)
}

func (c *Campaign) readPeople(ctx context.Context) (err error) {
	c.people, err = View(ctx, c, PeopleOf)
	return err
}

// AddPerson adds a person who made their key themselves, by the line that they handed over; see
// PersonLine. Before the frame is frozen the office does so, afterwards two people.
func (c *Campaign) AddPerson(ctx context.Context, line string, who, with Actor) (id string, err error) {
	p, err := parsePerson(line)
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(c.Config.People, func(x config.Person) bool { return x.ID == p.ID }) {
		return "", inspect.Misuse("campaign.person-exists", "ID", p.ID)
	}
	change := func(name string, data []byte) (*config.Config, []byte, error) {
		return config.AddPerson(name, data, *p)
	}
	if !c.people.Begun() {
		if _, err := appointment(p); err != nil {
			return "", err
		}
		_, err = c.EditConfig(change)
		return p.ID, err
	}
	return p.ID, c.together(ctx, who, with, change, func() (ledger.Joint, error) { return appointment(p) })
}

// ChangeRoles gives a person these roles and no others.
func (c *Campaign) ChangeRoles(ctx context.Context, id string, roles []string, who, with Actor) error {
	p, err := c.Appointed(id)
	if err != nil {
		return err
	}
	after := *p
	after.Roles = roles
	return c.together(ctx, who, with, change(&after), func() (ledger.Joint, error) { return appointment(&after) })
}

// RetirePerson ends what a person may do. They stay in config.yaml: what they did is judged by their key.
func (c *Campaign) RetirePerson(ctx context.Context, id string, who, with Actor) error {
	p, err := c.Appointed(id)
	if err != nil {
		return err
	}
	return c.together(ctx, who, with, nil, func() (ledger.Joint, error) { return ledger.Retirement{Person: PersonHash(p)}, nil })
}

// ReplaceKey puts a new public key in the place of a person's key.
func (c *Campaign) ReplaceKey(ctx context.Context, id, key string, who, with Actor) error {
	p, err := c.Appointed(id)
	if err != nil {
		return err
	}
	before, after := PersonHash(p), *p
	if after.Key = key; !named(&after) {
		return inspect.Refuse("campaign.person-key", "ID", id)
	}
	return c.together(ctx, who, with, change(&after), func() (ledger.Joint, error) {
		return ledger.Replacement{Before: before, After: PersonHash(&after), Key: ledger.PublicKey(key)}, nil
	})
}

// change is the edit of config.yaml after which p stands there.
func change(p *config.Person) configEdit {
	return func(name string, data []byte) (*config.Config, []byte, error) {
		return config.ChangePerson(name, data, *p)
	}
}

// together enters what two people decide about a third and then changes config.yaml to it. Where the
// machine stops in between, the entry holds, and the person is refused until the act, or the file, is
// brought to it.
func (c *Campaign) together(ctx context.Context, who, with Actor, edit configEdit, body func() (ledger.Joint, error)) error {
	if !c.people.Begun() {
		return inspect.Misuse("campaign.person-open")
	}
	by, err := c.Two(who, with)
	if err != nil {
		return err
	}
	b, err := body()
	if err != nil {
		return err
	}
	if edit != nil { // a file that could not be is found before the entry, which cannot be taken back
		data, err := Read(c.Path(ConfigFile), Small)
		if err != nil {
			return err
		}
		if _, _, err := edit(ConfigFile, data); err != nil {
			return err
		}
	}
	at := c.Now()
	people, err := Update(ctx, c, func(tx *store.Tx) (*ledger.People, error) { return Together(tx, at, b, by...) })
	if err != nil {
		return err
	}
	if c.people = people; edit != nil {
		_, err = c.EditConfig(edit)
	}
	return err
}

// Two are two people who act together on what the office cannot decide by itself: each by the key they
// show, one of them with a role of inspect.MayAppoint.
func (c *Campaign) Two(who, with Actor) (by []*Acting, err error) {
	for _, a := range []Actor{who, with} {
		if a.ID == "" {
			return nil, inspect.Misuse("campaign.person-two")
		}
		p, err := c.Appointed(a.ID)
		if err != nil {
			return nil, err
		}
		acting, err := c.Shows(p, a)
		if err != nil {
			return nil, err
		}
		by = append(by, acting)
	}
	return by, mayTogether(by[0].Person, by[1].Person)
}

// parsePerson reads what PersonLine writes.
func parsePerson(line string) (*config.Person, error) {
	f := strings.Fields(line)
	if len(f) != 3 && len(f) != 4 {
		return nil, inspect.Misuse("campaign.person-line")
	}
	p := &config.Person{ID: f[0], Roles: strings.Split(f[1], ","), Key: f[len(f)-1]}
	if len(f) == 4 {
		p.Body = f[2]
	}
	if slices.Contains(p.Roles, inspect.RoleCustodian) && p.Body == "" {
		return nil, inspect.Misuse("campaign.custodian-body", "ID", p.ID)
	}
	return p, config.CheckPerson(*p)
}

// Standing is a person as config.yaml has them and as the log does.
type Standing struct {
	ID    string    `json:"id"`
	Roles []string  `json:"roles"`
	Body  string    `json:"body,omitempty"`
	Key   string    `json:"key"`
	State string    `json:"state"` // open before the frame is frozen, then appointed, retired or altered
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

// ListPeople tells of everybody in config.yaml.
func (c *Campaign) ListPeople() (out []Standing) {
	for i := range c.Config.People {
		p := &c.Config.People[i]
		known, _ := c.people.Of(PersonHash(p))
		s := Standing{ID: p.ID, Roles: p.Roles, Body: p.Body, Key: p.Key, State: "open", Since: known.Since, Until: known.Until}
		switch {
		case !c.people.Begun():
		case gone(p, c.people):
			s.State = "retired"
		case asEntered(p, c.people) != nil:
			s.State = "altered"
		default:
			s.State = "appointed"
		}
		out = append(out, s)
	}
	return out
}
