package campaign

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/document"
	"zhicha/inspect/privacy"
	"zhicha/inspect/release"
	"zhicha/inspect/store"
)

// folders are where the kinds of document live below content/.
var folders = map[string]string{document.Notice: "notices", document.Practice: "practices", document.Briefing: "briefings"}

// The parts people take in a document, in order.
const (
	drafter  = "drafter"
	reviewer = "reviewer"
	signer   = "signer"
)

// Draft writes a document of the kind from the wave's newest score for people to edit, and notes
// who drafted it. It returns the file's path below the campaign folder.
func (c *Campaign) Draft(ctx context.Context, kind, as string, wave int, practice PracticeSource) (path string, err error) {
	p, err := c.actor(as, drafter)
	if err != nil {
		return "", err
	}
	err = c.Update(ctx, func(tx *store.Tx) error {
		facts, err := c.facts(tx, kind, wave, practice)
		if err != nil {
			return err
		}
		text, err := document.Draft(kind, facts)
		if err != nil {
			return err
		}
		d, err := document.Parse(kind, text)
		if err != nil {
			return err
		}
		name := filepath.Join(folders[kind], strings.ReplaceAll(d.Key(), "/", "-")+".md")
		if err := c.act(tx, p, drafter, name, d.Digest); err != nil {
			return err
		}
		path = filepath.Join(contentDir, name)
		return createFile(c.path(path), text)
	})
	return path, err
}

// content reads every document below content/, in order of path. Paths are relative to it.
func (c *Campaign) content() (map[string]*document.Document, []string, error) {
	docs := map[string]*document.Document{}
	var names []string
	var ps inspect.Problems
	for _, folder := range folders {
		files, err := matching(c.path(contentDir, folder, "*.md"))
		if err != nil {
			return nil, nil, err
		}
		for _, f := range files {
			name := filepath.Join(folder, filepath.Base(f))
			d, err := c.document(name)
			if err != nil {
				if found := inspect.ProblemsOf(err); found != nil {
					ps = append(ps, found...)
					continue
				}
				return nil, nil, err
			}
			docs[name], names = d, append(names, name)
		}
	}
	slices.Sort(names)
	return docs, names, ps.Err()
}

// document reads one document by its path below content/.
func (c *Campaign) document(name string) (*document.Document, error) {
	data, err := os.ReadFile(c.path(contentDir, name))
	if err != nil {
		return nil, inspect.Fail("campaign.read", err, "File", filepath.Join(contentDir, name))
	}
	return document.Parse(filepath.Join(contentDir, name), data)
}

// contentName turns a path as a person types it into one below content/.
func (c *Campaign) contentName(path string) (string, error) {
	root, err1 := filepath.Abs(c.path(contentDir))
	full, err2 := filepath.Abs(path)
	if err := errors.Join(err1, err2); err != nil {
		return "", err
	}
	// relative to where the person stands, or to the campaign folder
	for _, at := range []string{full, filepath.Join(filepath.Dir(root), path)} {
		if name, err := filepath.Rel(root, at); err == nil && filepath.IsLocal(name) {
			return name, nil
		}
	}
	return "", inspect.Misuse("campaign.not-content", "File", path)
}

// PublishCheck returns what stands between a document and its signature.
func (c *Campaign) PublishCheck(ctx context.Context, path string) error {
	return c.View(ctx, func(tx *store.Tx) error {
		_, _, err := c.checked(tx, path)
		return err
	})
}

func (c *Campaign) checked(tx *store.Tx, path string) (string, *document.Document, error) {
	name, err := c.contentName(path)
	if err != nil {
		return "", nil, err
	}
	d, err := c.document(name)
	if err != nil {
		return "", nil, err
	}
	sealed, err := c.sealedNames(tx)
	if err != nil {
		return "", nil, err
	}
	return name, d, release.CheckDocument(d, sealed).Err()
}

// PublishReview notes that a person other than the drafter found the present text fit.
func (c *Campaign) PublishReview(ctx context.Context, path, as string) error {
	return c.Update(ctx, func(tx *store.Tx) error { return c.approve(tx, path, as, reviewer) })
}

// PublishSign notes that a third person signed the present text, once it was reviewed.
func (c *Campaign) PublishSign(ctx context.Context, path, as string) error {
	return c.Update(ctx, func(tx *store.Tx) error { return c.approve(tx, path, as, signer) })
}

func (c *Campaign) approve(tx *store.Tx, path, as, role string) error {
	p, err := c.actor(as, role)
	if err != nil {
		return err
	}
	name, d, err := c.checked(tx, path)
	if err != nil {
		return err
	}
	acts, err := tx.Signatures()
	if err != nil {
		return err
	}
	reviewed, drafted := false, false
	for _, a := range acts {
		if a.Document != name {
			continue
		}
		drafted = drafted || a.Role == drafter
		if a.By == p.ID && a.Role != role {
			return inspect.Refuse("campaign.same-person", "ID", p.ID, "File", name, "Role", a.Role)
		}
		same := a.Digest == d.Digest.String()
		if same && a.Role == role {
			return inspect.Refuse("campaign.done-already", "File", name, "Role", role, "ID", a.By)
		}
		reviewed = reviewed || same && a.Role == reviewer
	}
	if !drafted {
		return inspect.Refuse("publish.no-drafter", "File", name)
	}
	if role == signer && !reviewed {
		return inspect.Refuse("release.not-reviewed")
	}
	return c.act(tx, p, role, name, d.Digest)
}

// act stores a person's signed part in one version of a document; a signature is an entry.
func (c *Campaign) act(tx *store.Tx, p *Person, role, name string, digest inspect.Digest) error {
	signed, err := c.sign(p, fmt.Sprintf("zhicha/1 document\n%s\n%s\n%s\n%s\n", c.Config.Campaign.ID, role, filepath.ToSlash(name), digest))
	if err != nil {
		return err
	}
	now := c.Now()
	s := inspect.Signature{Document: name, Digest: digest.String(), Role: role, By: p.ID, Time: now, Note: signed}
	if err := tx.PutSignature(s); err != nil {
		return err
	}
	if role != signer {
		return nil
	}
	return tx.Append(now, "published", map[string]any{"document": digest, "signature": inspect.DigestOf([]byte(signed))})
}

// signed returns the documents with the state of their signatures; those only drafted are left
// out and named in drafts, so that nothing is dropped in silence.
func (c *Campaign) signed(tx *store.Tx) (out []release.Signed, drafts []string, err error) {
	docs, names, err := c.content()
	if err != nil {
		return nil, nil, err
	}
	acts, err := tx.Signatures()
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		s := release.Signed{Document: docs[name]}
		for _, a := range acts {
			if a.Document == name && a.Digest == docs[name].Digest.String() {
				s.Reviewed = s.Reviewed || a.Role == reviewer
				s.Signed = s.Signed || a.Role == signer
			}
		}
		if s.Signed {
			out = append(out, s)
		} else {
			drafts = append(drafts, name)
		}
	}
	slices.SortFunc(out, func(a, b release.Signed) int {
		return cmp.Or(cmp.Compare(b.Document.Date, a.Document.Date), cmp.Compare(a.Document.Kind, b.Document.Kind), cmp.Compare(a.Document.Key(), b.Document.Key()))
	})
	return out, drafts, nil
}

// sealedNames are the names and codes below county that a wave drew: none may be published.
func (c *Campaign) sealedNames(tx *store.Tx) (privacy.Context, error) {
	var ctx privacy.Context
	waves, err := tx.Waves()
	if err != nil {
		return ctx, err
	}
	for _, no := range waves {
		visits, err := tx.Visits(no)
		if err != nil {
			return ctx, err
		}
		for _, v := range visits {
			if v.Kind == inspect.CO {
				continue
			}
			ctx.Codes, ctx.Counties = append(ctx.Codes, v.Unit), append(ctx.Counties, v.Places.County)
			ctx.Names = append(ctx.Names, v.Places.Township, v.Places.Village, v.Places.Name)
		}
	}
	for _, list := range []*[]string{&ctx.Names, &ctx.Codes, &ctx.Counties} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
		*list = slices.DeleteFunc(*list, func(s string) bool { return s == "" })
	}
	return ctx, nil
}
