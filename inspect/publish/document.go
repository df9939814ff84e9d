package publish

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/config"
	"zhicha/inspect/document"
	"zhicha/inspect/ledger"
	"zhicha/inspect/release"
	"zhicha/inspect/store"
)

// Kinds are the kinds of document that can be drafted.
var Kinds = document.Kinds

// MakeFolders makes the folders of a new campaign's documents, for people to find.
func MakeFolders(dir string) error {
	for _, k := range Kinds {
		if err := os.MkdirAll(filepath.Join(dir, campaign.ContentDir, k.Folder), 0o700); err != nil {
			return err
		}
	}
	return nil
}

// Draft writes a document of the kind from the wave's newest score for people to edit, and notes
// who drafted it. It returns the file's path below the campaign folder.
func Draft(ctx context.Context, c *campaign.Campaign, who campaign.Actor, kind string, wave int, practice PracticeSource) (path string, err error) {
	p, err := c.Acts(who, inspect.RoleDrafter)
	if err != nil {
		return "", err
	}
	facts, err := campaign.View(ctx, c, func(tx *store.Tx) (document.Facts, error) { return facts(c, tx, kind, wave, practice) })
	if err != nil {
		return "", err
	}
	text, err := document.Draft(kind, facts)
	if err != nil {
		return "", err
	}
	d, err := document.Parse(kind, text)
	if err != nil {
		return "", err
	}
	name := filepath.Join(document.KindOf(kind).Folder, strings.ReplaceAll(d.Key(), "/", "-")+".md")
	path = filepath.Join(campaign.ContentDir, name)
	if err := os.MkdirAll(filepath.Dir(c.Path(path)), 0o700); err != nil {
		return "", err
	}
	if err := campaign.CreateFile(c.Path(path), text); err != nil {
		return "", err
	}
	// who drafted is noted of a file that is there; where that fails there is no draft
	if err := c.Update(ctx, func(tx *store.Tx) error { return drafted(c, tx, p, name, d.Digest) }); err != nil {
		return "", errors.Join(err, os.Remove(c.Path(path)))
	}
	return path, nil
}

// content reads every document below content/, in order of path. Paths are relative to it.
func content(c *campaign.Campaign) (map[string]*document.Document, []string, error) {
	docs, names, bad, err := readContent(c)
	var ps inspect.Problems
	for _, name := range slices.Sorted(maps.Keys(bad)) {
		ps = append(ps, bad[name]...)
	}
	return docs, names, cmp.Or(err, ps.Err())
}

// readContent is content with what is no document apart, by name.
func readContent(c *campaign.Campaign) (docs map[string]*document.Document, names []string, bad map[string]inspect.Problems, err error) {
	docs, bad = map[string]*document.Document{}, map[string]inspect.Problems{}
	for _, kind := range document.Kinds {
		files, err := campaign.Matching(c.Path(campaign.ContentDir, kind.Folder, "*.md"))
		if err != nil {
			return nil, nil, nil, err
		}
		for _, f := range files {
			name := filepath.Join(kind.Folder, filepath.Base(f))
			d, err := readDocument(c, name)
			if err != nil {
				if found := inspect.ProblemsOf(err); found != nil {
					bad[name] = found
					continue
				}
				return nil, nil, nil, err
			}
			docs[name], names = d, append(names, name)
		}
	}
	slices.Sort(names)
	return docs, names, bad, nil
}

// document reads one document by its path below content/.
func readDocument(c *campaign.Campaign, name string) (*document.Document, error) {
	data, err := campaign.Read(c.Path(campaign.ContentDir, name), campaign.Text)
	if err != nil {
		return nil, err
	}
	return document.Parse(filepath.Join(campaign.ContentDir, name), data)
}

// contentName turns a path as a person types it into one below content/.
func contentName(c *campaign.Campaign, path string) (string, error) {
	root, err1 := filepath.Abs(c.Path(campaign.ContentDir))
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

// Check returns what stands between a document and its signature.
func Check(ctx context.Context, c *campaign.Campaign, path string) error {
	return c.View(ctx, func(tx *store.Tx) error {
		_, _, err := checked(c, tx, path)
		return err
	})
}

func checked(c *campaign.Campaign, tx *store.Tx, path string) (string, *document.Document, error) {
	name, err := contentName(c, path)
	if err != nil {
		return "", nil, err
	}
	d, err := readDocument(c, name)
	if err != nil {
		return "", nil, err
	}
	sealed, err := campaign.SealedNames(tx)
	if err != nil {
		return "", nil, err
	}
	land, err := c.Land()
	if err != nil {
		return "", nil, err
	}
	return name, d, release.CheckDocument(d, &land, sealed).Err()
}

// Review notes that a person other than the drafter found the present text fit.
func Review(ctx context.Context, c *campaign.Campaign, who campaign.Actor, path string) error {
	return c.Update(ctx, func(tx *store.Tx) error { return approve(c, tx, who, path, inspect.RoleReviewer) })
}

// Sign notes that a third person signed the present text, once it was reviewed.
func Sign(ctx context.Context, c *campaign.Campaign, who campaign.Actor, path string) error {
	return c.Update(ctx, func(tx *store.Tx) error { return approve(c, tx, who, path, inspect.RoleSigner) })
}

func approve(c *campaign.Campaign, tx *store.Tx, who campaign.Actor, path, role string) error {
	p, err := c.Acts(who, role)
	if err != nil {
		return err
	}
	name, d, err := checked(c, tx, path)
	if err != nil {
		return err
	}
	acts, err := tx.Signatures()
	if err != nil {
		return err
	}
	people, err := campaign.PeopleOf(tx)
	if err != nil {
		return err
	}
	acts = slices.DeleteFunc(acts, func(a inspect.Signature) bool { // by somebody who left since, or has another key
		_, ok := reviewed(c, people, a)
		return a.Role == inspect.RoleReviewer && !ok
	})
	if err := release.MaySign(acts, name, d.Digest, p.ID, role); err != nil {
		return err
	}
	text, err := people.Text(ledger.TextPublished(d.Digest, ledger.Signed{}))
	if err != nil {
		return err
	}
	signed, err := p.Sign(text)
	if err != nil {
		return err
	}
	if role == inspect.RoleReviewer {
		return put(tx, p, role, name, d.Digest, c.Now(), signed)
	}
	var by ledger.Signed
	for _, a := range acts {
		if first, ok := reviewed(c, people, a); ok && a.Document == name && a.Digest == d.Digest.String() {
			if by, err = campaign.With(ledger.Signed{}, first, a.Note); err != nil {
				return err
			}
		}
	}
	if by, err = campaign.With(by, p.Person, signed); err != nil {
		return err
	}
	// the entry has what both signed; kept is how far the log had come when the second did
	said, at, err := c.SignHead(tx, p, c.Now(), ledger.Published, 0, d.Digest)
	if err != nil {
		return err
	}
	if err := put(tx, p, role, name, d.Digest, at, said); err != nil {
		return err
	}
	return campaign.EnterSigned(tx, people, at, ledger.TextPublished(d.Digest, by))
}

// reviewed reports whether an act is a review that would count in an entry now, and by whom.
func reviewed(c *campaign.Campaign, people *ledger.People, a inspect.Signature) (*config.Person, bool) {
	p, err := c.Appointed(a.By)
	var digest inspect.Digest
	if err != nil || a.Role != inspect.RoleReviewer || !slices.Contains(p.Roles, inspect.RoleReviewer) || digest.UnmarshalText([]byte(a.Digest)) != nil {
		return nil, false
	}
	by, err := campaign.With(ledger.Signed{}, p, a.Note)
	return p, err == nil && people.Signed(ledger.TextPublished(digest, by))
}

// drafted stores who drafted a document.
func drafted(c *campaign.Campaign, tx *store.Tx, p *campaign.Acting, name string, digest inspect.Digest) error {
	signed, err := p.Sign(document.DraftedText(c.Config.Campaign.ID, name, digest.String()))
	if err != nil {
		return err
	}
	return put(tx, p, inspect.RoleDrafter, name, digest, c.Now(), signed)
}

// put stores a person's signed part in one version of a document.
func put(tx *store.Tx, p *campaign.Acting, role, name string, digest inspect.Digest, at time.Time, signed string) error {
	return tx.PutSignature(inspect.Signature{Document: name, Digest: digest.String(), Role: role, By: p.ID, Time: at, Note: signed})
}

// SignedDocuments returns the documents with the state of their signatures; those only drafted are left
// out and named in drafts, so that nothing is dropped in silence. So are a text that was withdrawn and one that somebody has
// begun to write; one that was signed and can no longer be read is a Problem.
func SignedDocuments(c *campaign.Campaign, tx *store.Tx) (out []release.Signed, drafts []string, err error) {
	docs, names, bad, err := readContent(c)
	if err != nil {
		return nil, nil, err
	}
	acts, err := tx.Signatures()
	if err != nil {
		return nil, nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(bad)) {
		if slices.ContainsFunc(acts, func(a inspect.Signature) bool { return a.Document == name && a.Role == inspect.RoleSigner }) {
			return nil, nil, bad[name].Err()
		}
		drafts = append(drafts, name)
	}
	left, err := standing(tx)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		s := release.Signed{Document: docs[name]}
		for _, a := range acts {
			if a.Document == name && a.Digest == docs[name].Digest.String() {
				s.Reviewed = s.Reviewed || a.Role == inspect.RoleReviewer
				s.Signed = s.Signed || a.Role == inspect.RoleSigner
			}
		}
		if s.Signed && slices.Contains(left, s.Document.Digest) {
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
