package document

import (
	"bytes"
	"fmt"
	"regexp"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// markdown is CommonMark with tables and Chinese emphasis. Raw HTML is off, and a line break
// between two Chinese characters leaves no space.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.NewTable(
		extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))),
	goldmark.WithParserOptions(parser.WithInlineParsers(util.Prioritized(emphasis{}, 450))),
	goldmark.WithRendererOptions(html.WithEastAsianLineBreaks(html.EastAsianLineBreaksCSS3Draft)),
)

// policy is what may reach a page: text, and neither pictures nor styles nor scripts.
var policy = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em",
		"blockquote", "code", "pre", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|center|right)$`)).OnElements("th", "td")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,4}$`)).OnElements("ol")
	p.AllowAttrs("href").OnElements("a")
	p.AllowRelativeURLs(true)
	p.AllowURLSchemes("https", "tel")
	p.RequireNoReferrerOnLinks(true)
	return p
}()

// Render turns a document's Markdown into HTML that is safe to set into a page.
func Render(source []byte) ([]byte, error) {
	var b bytes.Buffer
	source = bytes.ToValidUTF8(source, []byte("\ufffd")) // goldmark's line breaks panic on the rest
	if err := markdown.Convert(source, &b); err != nil {
		return nil, fmt.Errorf("render markdown: %w", err)
	}
	return policy.SanitizeBytes(b.Bytes()), nil
}
