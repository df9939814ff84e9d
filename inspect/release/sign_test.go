package release

import (
	"testing"

	"zhicha/inspect"
)

func TestMaySign(t *testing.T) {
	d := inspect.DigestOf([]byte("text"))
	act := func(by, role string, of inspect.Digest) inspect.Signature {
		return inspect.Signature{Document: "notices/1.md", Digest: of.String(), Role: role, By: by}
	}
	drafted := act("a", inspect.RoleDrafter, d)
	reviewed := act("b", inspect.RoleReviewer, d)
	old := act("b", inspect.RoleReviewer, inspect.DigestOf([]byte("before")))
	elsewhere := reviewed
	elsewhere.Document = "notices/2.md"
	for what, c := range map[string]struct {
		acts     []inspect.Signature
		by, role string
		rule     string
	}{
		"nobody drafted it":          {nil, "b", inspect.RoleReviewer, "publish.no-drafter"},
		"reviewed":                   {[]inspect.Signature{drafted}, "b", inspect.RoleReviewer, ""},
		"reviewed by the drafter":    {[]inspect.Signature{drafted}, "a", inspect.RoleReviewer, "campaign.same-person"},
		"reviewed twice":             {[]inspect.Signature{drafted, reviewed}, "x", inspect.RoleReviewer, "campaign.done-already"},
		"an edited text is reviewed": {[]inspect.Signature{drafted, old}, "b", inspect.RoleReviewer, ""},
		"signed unreviewed":          {[]inspect.Signature{drafted}, "c", inspect.RoleSigner, "release.not-reviewed"},
		"another text was reviewed":  {[]inspect.Signature{drafted, old}, "c", inspect.RoleSigner, "release.not-reviewed"},
		"another paper was reviewed": {[]inspect.Signature{drafted, elsewhere}, "c", inspect.RoleSigner, "release.not-reviewed"},
		"signed":                     {[]inspect.Signature{drafted, reviewed}, "c", inspect.RoleSigner, ""},
		"signed by the reviewer":     {[]inspect.Signature{drafted, reviewed}, "b", inspect.RoleSigner, "campaign.same-person"},
		"signed by the drafter":      {[]inspect.Signature{drafted, reviewed}, "a", inspect.RoleSigner, "campaign.same-person"},
		"by who reviewed it before":  {[]inspect.Signature{drafted, old, act("x", inspect.RoleReviewer, d)}, "b", inspect.RoleSigner, "campaign.same-person"},
	} {
		err := MaySign(c.acts, "notices/1.md", d, c.by, c.role)
		got := ""
		if ps := inspect.ProblemsOf(err); len(ps) == 1 {
			got = ps[0].Rule
		}
		if got != c.rule || (err == nil) != (c.rule == "") {
			t.Errorf("%s: %v, want %q", what, err, c.rule)
		}
	}
}
