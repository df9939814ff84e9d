package release

import (
	"zhicha/inspect"
)

// MaySign refuses a part in a document to somebody who had another one: drafter, reviewer and signer
// are three people, whatever roles they hold. acts are all acts so far; digest is of the present text,
// and a review or a signature of another text counts for nothing.
func MaySign(acts []inspect.Signature, name string, digest inspect.Digest, by, role string) error {
	reviewed, drafted := false, false
	for _, a := range acts {
		if a.Document != name {
			continue
		}
		drafted = drafted || a.Role == inspect.RoleDrafter
		if a.By == by && a.Role != role {
			return inspect.Refuse("campaign.same-person", "ID", by, "File", name, "Role", a.Role)
		}
		same := a.Digest == digest.String()
		if same && a.Role == role {
			return inspect.Refuse("campaign.done-already", "File", name, "Role", role, "ID", a.By)
		}
		reviewed = reviewed || same && a.Role == inspect.RoleReviewer
	}
	if !drafted {
		return inspect.Refuse("publish.no-drafter", "File", name)
	}
	if role == inspect.RoleSigner && !reviewed {
		return inspect.Refuse("release.not-reviewed")
	}
	return nil
}
