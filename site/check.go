package site

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html"

	"zhicha/inspect"
)

// The budgets of design: bytes after gzip, and requests a page causes, itself included.
const (
	regionBudget  = 14 << 10
	styleBudget   = 6 << 10
	requestBudget = 3
)

// Check finds what must not stand in a site: dead links and missing anchors, styles and scripts
// inside pages, anything loaded from elsewhere, pages over their budget, pages of a
// demonstration that do not say so, and files that differ from the manifest.
func Check(files []File) inspect.Problems {
	c := &checker{files: map[string][]byte{}, pages: map[string]*pageFacts{}}
	for _, f := range files {
		c.files[f.Path] = f.Data
	}
	var m Manifest
	if err := json.Unmarshal(c.files[ManifestFile], &m); err != nil {
		return inspect.Problems{inspect.Reject("site.manifest", inspect.Place{File: ManifestFile}, "Path", ManifestFile)}
	}
	for _, f := range files {
		if f.Path != ManifestFile && m.Files[f.Path] != inspect.DigestOf(f.Data) {
			c.add("site.manifest", f.Path, "", "Path", f.Path)
		}
		if strings.HasSuffix(f.Path, ".html") {
			c.pages[f.Path] = c.read(f)
		}
		if strings.HasSuffix(f.Path, ".css") {
			c.weigh(f, styleBudget)
		}
	}
	for name := range m.Files {
		if _, ok := c.files[name]; !ok {
			c.add("site.manifest", name, "", "Path", name)
		}
	}
	for _, f := range files {
		if p := c.pages[f.Path]; p != nil {
			c.judge(f, p, m.Demo)
		}
	}
	return c.problems
}

type checker struct {
	files    map[string][]byte
	pages    map[string]*pageFacts
	problems inspect.Problems
}

// pageFacts is what one page contains.
type pageFacts struct {
	ids      map[string]bool
	links    []string
	requests map[string]bool
	demo     bool
	policy   bool
}

func (c *checker) add(rule, file, field string, args ...any) {
	c.problems = append(c.problems, inspect.Reject(rule, inspect.Place{File: file, Field: field}, args...))
}

// weigh compares a file with its budget.
func (c *checker) weigh(f File, budget int) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(f.Data) // a bytes.Buffer does not fail
	_ = z.Close()
	if b.Len() > budget {
		c.add("site.weight", f.Path, "", "Bytes", b.Len(), "Budget", budget)
	}
}

// read walks a page once, and reports at once what is wrong in itself.
func (c *checker) read(f File) *pageFacts {
	p := &pageFacts{ids: map[string]bool{}, requests: map[string]bool{}}
	root, err := html.Parse(bytes.NewReader(f.Data))
	if err != nil {
		c.add("site.html", f.Path, "", "Cause", err.Error())
		return p
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			c.element(f, p, n)
		}
		if n.Type == html.TextNode && n.Parent.Data == "strong" && n.Data == "演示数据" {
			p.demo = true
		}
	}
	return p
}

func (c *checker) element(f File, p *pageFacts, n *html.Node) {
	if n.Data == "style" || n.Data == "script" && attr(n, "src") == "" || n.Data == "base" || n.Data == "use" || n.Data == "iframe" {
		c.add("site.inline", f.Path, n.Data, "What", n.Data)
	}
	if n.Data == "meta" && strings.EqualFold(attr(n, "http-equiv"), "Content-Security-Policy") {
		p.policy = attr(n, "content") == policy
	}
	for _, a := range n.Attr {
		switch {
		case a.Key == "id":
			if p.ids[a.Val] {
				c.add("site.id", f.Path, a.Val, "ID", a.Val)
			}
			p.ids[a.Val] = true
		case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
			c.add("site.inline", f.Path, a.Key, "What", a.Key)
		case a.Key == "src" || a.Key == "href" && n.Data == "link":
			if c.reference(f, p, a.Val, false) && attr(n, "rel") != "alternate" {
				p.requests[a.Val] = true
			}
		case a.Key == "href":
			c.reference(f, p, a.Val, n.Data == "a")
		}
	}
}

// reference sorts an address: what a page loads must be its own; what it links to may be the
// site, a telephone, or an https page elsewhere. It reports whether the address is the site's own.
func (c *checker) reference(f File, p *pageFacts, to string, link bool) bool {
	u, err := url.Parse(to)
	switch {
	case err != nil:
		c.add("site.link", f.Path, "", "To", to)
	case u.Scheme == "" && u.Host == "":
		p.links = append(p.links, to)
		return true
	case !link || u.Scheme != "https" && u.Scheme != "tel":
		c.add("site.external", f.Path, "", "To", to)
	}
	return false
}

// judge looks at a page with all others known.
func (c *checker) judge(f File, p *pageFacts, demo bool) {
	for _, to := range p.links {
		u, _ := url.Parse(to) // parsed before
		target := f.Path
		if u.Path != "" {
			target = path.Join(path.Dir(f.Path), u.Path)
		}
		if _, ok := c.files[target]; !ok || strings.HasPrefix(u.Path, "/") {
			c.add("site.link", f.Path, "", "To", to)
		} else if other := c.pages[target]; u.Fragment != "" && (other == nil || !other.ids[u.Fragment]) {
			c.add("site.anchor", f.Path, "", "To", to)
		}
	}
	if demo && !p.demo {
		c.add("site.demo", f.Path, "")
	}
	if !p.policy {
		c.add("site.policy", f.Path, "")
	}
	if n := 1 + len(p.requests); n > requestBudget {
		c.add("site.requests", f.Path, "", "N", n, "Budget", requestBudget)
	}
	if strings.HasPrefix(f.Path, "regions/") && f.Path != "regions/index.html" {
		c.weigh(f, regionBudget)
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
