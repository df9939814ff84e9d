package document

import (
	"fmt"
	"path/filepath"
	"slices"
)

// The kinds of document that have a name in the code: one that is numbered needs none.
const (
	Notice   = "notice"   // 通报
	Practice = "practice" // 好做法
	Briefing = "briefing" // 工作简报
)

// Kind is a sort of document: all that tells it from another. To add one, add a row here, the draft it
// begins as in templates/markdown, and the words of its command in templates/locale.
type Kind struct {
	Name     string   // in the front matter, and of the command that drafts it
	Folder   string   // below content/ and of the site
	Title    string   // of its column on the site
	Required []string // front matter beside what every document needs
	Parts    []string // headings without which it is not fit to be signed
	Slug     bool     // called by a slug, in sections of the checklist; else numbered by year
}

// Kinds lists them in the order of the site's navigation.
var Kinds = []Kind{
	{Name: Notice, Folder: "notices", Title: "通报", Required: []string{"year", "no", "to"}},
	{Name: Practice, Folder: "practices", Title: "好做法", Slug: true, Required: []string{"id", "region", "topic", "confirmed", "consent"},
		// without these others cannot judge or copy it
		Parts: []string{"主要做法", "受益对象", "所需投入", "复制条件", "核实情况"}},
	{Name: Briefing, Folder: "briefings", Title: "工作简报", Required: []string{"year", "no"}},
}

// KindOf is the kind with that name; its name is empty where there is none.
func KindOf(name string) Kind {
	i := slices.IndexFunc(Kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}
	}
	return Kinds[i]
}

// DraftedText is what a drafter signs: one text, by the digest of its file. What its reviewer and its signer do goes
// into the log; see ledger.Publication.
func DraftedText(campaign, name, digest string) string {
	return fmt.Sprintf("zhicha/1 document\n%s\ndrafter\n%s\n%s\n", campaign, filepath.ToSlash(name), digest)
}
