package inspect

import "slices"

// Roles a person may hold in a campaign. Which of them exclude each other the configuration says.
const (
	RoleDrawer         = "drawer"          // runs the draw and the field, takes returns in
	RoleWitness        = "witness"         // types the beacon, cosigns the log
	RoleCustodian      = "custodian"       // holds a key to what is sealed
	RoleInspector      = "inspector"       // visits
	RoleReviewer       = "reviewer"        // decides about reports, reads documents
	RoleScorer         = "scorer"          // computes and freezes the scores
	RoleDrafter        = "drafter"         // writes documents
	RoleSigner         = "signer"          // signs documents, and what goes to another office
	RolePublisher      = "publisher"       // builds the public site
	RolePrivacyOfficer = "privacy_officer" // answers for personal data
	RoleAuditor        = "auditor"         // draws again and compares
)

// Roles lists them.
var Roles = []string{RoleDrawer, RoleWitness, RoleCustodian, RoleInspector, RoleReviewer, RoleScorer, RoleDrafter, RoleSigner,
	RolePublisher, RolePrivacyOfficer, RoleAuditor}

// MayAppoint reports whether somebody with these roles may appoint and retire people and replace keys,
// together with a second person: none of them draws, visits, judges or counts.
func MayAppoint(roles []string) bool {
	return slices.ContainsFunc(roles, func(r string) bool {
		return r == RolePrivacyOfficer || r == RoleSigner || r == RoleAuditor
	})
}
