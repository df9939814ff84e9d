package campaign

import (
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/config"
	"zhicha/inspect/ledger"
)

// mayTogether says who appoints and retires people and replaces keys once the frame is frozen: two with
// different ids and different keys, of whom one at least is of those who neither draw, visit, judge nor
// count (inspect.MayAppoint).
func mayTogether(first, second *config.Person) error {
	switch {
	case first.ID == second.ID || first.Key == second.Key:
		return inspect.Refuse("campaign.person-alone", "ID", second.ID)
	case !inspect.MayAppoint(first.Roles) && !inspect.MayAppoint(second.Roles):
		return inspect.Refuse("campaign.person-office", "ID", first.ID, "With", second.ID)
	}
	return nil
}

// asEntered refuses a person who is not as the log has them: with this key, these roles and this body.
// Before the log is begun everybody is as they are.
func asEntered(p *config.Person, log *ledger.People) error {
	if !log.Begun() {
		return nil
	}
	known, ok := log.Of(PersonHash(p))
	switch {
	case ok && !known.Until.IsZero():
		return inspect.Refuse("campaign.person-retired", "ID", p.ID, "At", known.Until.In(inspect.Beijing).Format("2006-01-02 15:04"))
	case !ok || !named(p) || known.Key != ledger.PublicKey(p.Key) || !slices.Equal(known.Roles, rolesOf(p)) || known.Body != bodyOf(p):
		return inspect.Refuse("campaign.person-altered", "ID", p.ID)
	}
	return nil
}

// gone reports whether the log says that a person has retired.
func gone(p *config.Person, log *ledger.People) bool {
	known, ok := log.Of(PersonHash(p))
	return ok && !known.Until.IsZero()
}
