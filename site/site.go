package site

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"zhicha/inspect"
	"zhicha/inspect/document"
	"zhicha/inspect/release"
	"zhicha/site/chart"
	"zhicha/templates"
)

// File is one file of the site; Path is relative to its root, with slashes.
type File struct {
	Path string
	Data []byte
}

// Options are what a build needs beside the public data.
type Options struct {
	// Base is the address under which the folder will stand, ending in a slash, for the site map
	// and the feed, which want whole addresses. Where it is empty they stay relative.
	Base string
}

// site is a build in progress: the public data and what the pages look up in it.
type site struct {
	release.Public
	Base     string
	byKind   map[string][]release.Document // newest first
	bands    []chart.Band
	sections map[string]release.Section
	pages    []page
}

// page is one HTML page and what its template is given.
type page struct {
	*site
	Path    string
	Name    string // of the template
	Nav     string // entry of the navigation it stands under
	Title   string
	Crumbs  []crumb
	Article *article
	Body    any
	inner   func(p *page) (template.HTML, error) // makes Inner; called when the page is rendered, in parallel
	Inner   template.HTML                        // the page's figure, or a document's text
}

// crumb is a step of the way from the home page; the last has no Path.
type crumb struct{ Path, Text string }

// article fills the meta tags that government sites carry on a text.
type article struct {
	Published string
	Source    string
}

// Root is the way from the page to the site's root: "", "../" or "../../".
func (p *page) Root() string { return strings.Repeat("../", strings.Count(p.Path, "/")) }

var (
	plain = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`) // may name a file
	raw   = template.Must(template.New("").Funcs(funcs).ParseFS(templates.FS, "html/*.html"))
)

// Build returns every file of the site, sorted by path. It is pure: the same input gives the same
// bytes on any number of cores.
func Build(p release.Public, o Options) ([]File, error) {
	s, err := plan(p, o)
	if err != nil {
		return nil, err
	}
	files, err := s.render()
	if err != nil {
		return nil, err
	}
	for _, f := range []string{"css/site.css", "svg/icon.svg"} {
		data, err := templates.FS.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("site: %w", err)
		}
		files = append(files, File{f[strings.Index(f, "/")+1:], data})
	}
	tables, err := s.tables()
	if err != nil {
		return nil, err
	}
	proofs, err := s.proofs()
	if err != nil {
		return nil, err
	}
	files = slices.Concat(files, tables, proofs, []File{s.feed(), s.siteMap()})
	slices.SortFunc(files, byPath)
	for i := 1; i < len(files); i++ {
		if files[i].Path == files[i-1].Path {
			return nil, inspect.Reject("site.twice", inspect.Place{File: files[i].Path})
		}
	}
	manifest, err := s.manifest(files)
	if err != nil {
		return nil, err
	}
	files = append(files, manifest)
	slices.SortFunc(files, byPath)
	return files, nil
}

func byPath(a, b File) int { return cmp.Compare(a.Path, b.Path) }

// plan checks the input and lists the pages.
func plan(p release.Public, o Options) (*site, error) {
	s := &site{Public: p, Base: o.Base, byKind: map[string][]release.Document{}, sections: map[string]release.Section{}}
	s.Documents = slices.SortedFunc(slices.Values(p.Documents), newestFirst)
	if err := s.index(); err != nil {
		return nil, err
	}
	s.planPages()
	return s, nil
}

// index checks what will name files and sorts the documents.
func (s *site) index() error {
	var ps inspect.Problems
	name := func(what, n string) {
		if !plain.MatchString(n) {
			ps = append(ps, inspect.Reject("site.name", inspect.Place{Field: what}, "Name", n))
		}
	}
	for _, r := range s.Regions {
		name("region", r.Code)
	}
	for _, i := range s.Items {
		name("item", i.Code)
	}
	name("method", s.Method.Version)
	for _, sec := range s.Sections {
		s.sections[sec.Code] = sec
	}
	for _, b := range s.Method.Bands {
		s.bands = append(s.bands, chart.Band{Code: b.Code, Word: b.Zh, Min: b.Min})
	}
	for _, d := range s.Documents {
		switch {
		case document.KindOf(d.Kind).Name == "":
			ps = append(ps, inspect.Reject("site.kind", inspect.Place{Field: "kind"}, "Kind", d.Kind))
		case document.KindOf(d.Kind).Slug:
			name(d.Kind, d.ID)
		case d.Year <= 0 || d.No <= 0 || d.ID != fmt.Sprintf("%d/%d", d.Year, d.No):
			ps = append(ps, inspect.Reject("site.number", inspect.Place{Field: d.Kind}, "Title", d.Title))
		}
		s.byKind[d.Kind] = append(s.byKind[d.Kind], d)
	}
	return ps.Err()
}

func newestFirst(a, b release.Document) int {
	return cmp.Or(cmp.Compare(b.Date, a.Date), cmp.Compare(b.No, a.No), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
}

// render fills every page, on as many cores as there are; each writes only its own place.
func (s *site) render() ([]File, error) {
	files, errs := make([]File, len(s.pages)), make([]error, len(s.pages))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(s.pages)) {
		wg.Go(func() {
			for i := range next {
				files[i], errs[i] = s.pages[i].render()
			}
		})
	}
	for i := range s.pages {
		next <- i
	}
	close(next)
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

func (p *page) render() (File, error) {
	if p.inner != nil {
		var err error
		if p.Inner, err = p.inner(p); err != nil {
			return File{}, fmt.Errorf("site: page %q: %w", p.Path, err)
		}
	}
	var b bytes.Buffer
	for _, part := range []string{"head", p.Name, "foot"} {
		if err := raw.ExecuteTemplate(&b, part, p); err != nil {
			return File{}, fmt.Errorf("site: page %q: %w", p.Path, err)
		}
	}
	return File{p.Path, squeeze(b.Bytes())}, nil
}

// squeeze drops the indentation and the empty lines templates leave. No page has a pre element
// of its own, and those of documents keep their line breaks.
func squeeze(html []byte) []byte {
	out := html[:0:0]
	inPre := false
	for line := range bytes.Lines(html) {
		if !inPre {
			line = append(bytes.TrimSpace(line), '\n')
		}
		if bytes.Contains(line, []byte("<pre>")) {
			inPre = true
		}
		if bytes.Contains(line, []byte("</pre>")) {
			inPre = false
		}
		if len(line) > 1 || inPre {
			out = append(out, line...)
		}
	}
	return out
}

// Edition names the way in which pages are made of the public data. It is counted up with every landing that
// changes a byte for the same data, so that a folder built before is not held against other pages.
const Edition = "zhicha site 4"

// Manifest is manifest.json: what the site is and the SHA-256 of every other file in it, those of
// the ledger below log/ excepted.
type Manifest struct {
	Campaign  string                    `json:"campaign"`
	Log       string                    `json:"log,omitempty"`       // verifier key of the ledger below log/
	Cosigners []string                  `json:"cosigners,omitempty"` // verifier keys of who is to cosign its checkpoint
	AsOf      string                    `json:"asOf"`
	Demo      bool                      `json:"demo"`
	Site      string                    `json:"site"` // Edition of who built it
	Files     map[string]inspect.Digest `json:"files"`
}

func (s *site) manifest(files []File) (File, error) {
	m := Manifest{s.Campaign.ID, s.Campaign.LogKey, s.Campaign.Witnesses, s.AsOf.In(inspect.Beijing).Format("2006-01-02T15:04:05-07:00"), s.Campaign.Demo, Edition, map[string]inspect.Digest{}}
	for _, f := range files {
		m.Files[f.Path] = inspect.DigestOf(f.Data)
	}
	data, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return File{}, fmt.Errorf("site: manifest: %w", err)
	}
	return File{ManifestFile, append(data, '\n')}, nil
}

// ManifestFile is its name.
const ManifestFile = "manifest.json"

// years lists the years of documents, newest first.
func years(docs []release.Document) []int {
	seen := map[int]bool{}
	for _, d := range docs {
		seen[d.Year] = true
	}
	return slices.SortedFunc(maps.Keys(seen), func(a, b int) int { return b - a })
}
