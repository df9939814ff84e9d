package site

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"

	"zhicha/inspect"
)

// feedDefault is how many entries the feed holds where the office sets no number.
const feedDefault = 50

// feed is the Atom feed (RFC 4287) of all documents, newest first and capped. Entries carry the
// summary alone, since whole texts once made such a feed larger than the site.
func (s *site) feed() File {
	docs := slices.Clone(s.Documents)
	slices.SortStableFunc(docs, newestFirst)
	docs = docs[:min(len(docs), cmp.Or(max(0, s.Campaign.FeedMax), feedDefault))]
	updated := s.AsOf
	var entries bytes.Buffer
	for _, d := range docs {
		t := d.Date.Time()
		if t.After(updated) {
			updated = t
		}
		fmt.Fprintf(&entries, "<entry><id>%s</id><title>%s</title><updated>%s</updated><author><name>%s</name></author>"+
			"<category term=%q/><link rel=\"alternate\" type=\"text/html\" href=\"%s\"/><summary>%s</summary></entry>\n",
			s.urn(docPath(d)), esc(d.Title), t.Format(time.RFC3339), esc(d.Issuer), d.Kind, esc(s.address("../", docPath(d))), esc(d.Summary))
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"zh-CN\">\n"+
		"<id>%s</id><title>%s</title><updated>%s</updated><author><name>%s</name></author>\n"+
		"<link rel=\"self\" href=\"%s\"/><link rel=\"alternate\" type=\"text/html\" href=\"%s\"/>\n%s</feed>\n",
		s.urn("feeds/all.atom"), esc(s.demoTitle()), updated.In(inspect.Beijing).Format(time.RFC3339), esc(s.Campaign.OfficeZh),
		esc(s.address("../", "feeds/all.atom")), esc(s.address("../", "index.html")), entries.String())
	return File{"feeds/all.atom", b.Bytes()}
}

// siteMap lists the pages in the form of sitemaps.org. Without a base address its places are
// relative, which people and Check can follow but search engines do not accept.
func (s *site) siteMap() File {
	var b bytes.Buffer
	b.WriteString("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n")
	for _, p := range s.pages {
		if p.Path == "404.html" {
			continue
		}
		last := day(s.AsOf)
		if p.Article != nil {
			last = p.Article.Published
		}
		fmt.Fprintf(&b, "<url><loc>%s</loc><lastmod>%s</lastmod></url>\n", esc(s.address("", p.Path)), last)
	}
	b.WriteString("</urlset>\n")
	return File{"sitemap.xml", b.Bytes()}
}

// address is a path under the base address or, without one, relative by way of up.
func (s *site) address(up, path string) string {
	if s.Base != "" {
		return strings.TrimSuffix(s.Base, "/") + "/" + path
	}
	return up + path
}

// urn is a lasting identifier of a path of this campaign: a version 8 UUID (RFC 9562) of its digest.
func (s *site) urn(path string) string {
	d := inspect.DigestOf([]byte("zhicha/" + s.Campaign.ID + "/" + path))
	d[6], d[8] = d[6]&0x0f|0x80, d[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", d[0:4], d[4:6], d[6:8], d[8:10], d[10:16])
}

func esc(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
	return b.String()
}
