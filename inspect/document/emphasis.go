package document

import (
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// emphasis is goldmark's parser for stars, with the flanking rule of CommonMark widened for
// Chinese. CommonMark tells an opening star from a closing one by the spaces around words;
// Chinese has none, so that `**整改要求：**各地` and `推进**“双随机”**检查` stay literal there.
//
// Two changes bring them to life and leave text without Chinese as it is: Chinese punctuation
// counts as a letter, and a Chinese character beside a star counts as a space on that side.
// Underscores keep CommonMark's rule.
type emphasis struct{}

// Trigger says that only stars are looked at.
func (emphasis) Trigger() []byte { return []byte{'*'} }

// Parse pushes a run of stars as a delimiter for goldmark to pair.
func (e emphasis) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	node := parser.ScanDelimiter(line, before, 1, e)
	if node == nil {
		return nil
	}
	after := ' '
	if node.OriginalLength < len(line) {
		after = util.ToRune(line, node.OriginalLength)
	}
	node.CanOpen = node.CanOpen || flanks(after, before)
	node.CanClose = node.CanClose || flanks(before, after)
	node.Segment = segment.WithStop(segment.Start + node.OriginalLength)
	block.Advance(node.OriginalLength)
	pc.PushDelimiter(node)
	return node
}

// flanks reports whether a star between the two may belong to the text on the side of inner.
func flanks(inner, outer rune) bool {
	if util.IsSpaceRune(inner) {
		return false
	}
	return !util.IsPunctRune(inner) || chinesePunct(inner) || chinese(outer)
}

// IsDelimiter is part of parser.DelimiterProcessor.
func (emphasis) IsDelimiter(b byte) bool { return b == '*' }

// CanOpenCloser is part of parser.DelimiterProcessor.
func (emphasis) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	return opener.Char == closer.Char
}

// OnMatch is part of parser.DelimiterProcessor.
func (emphasis) OnMatch(consumes int) ast.Node { return ast.NewEmphasis(consumes) }

func chinese(r rune) bool { return unicode.Is(unicode.Han, r) || chinesePunct(r) }

// chinesePunct covers the full-width blocks and the marks Chinese shares with Latin script.
func chinesePunct(r rune) bool {
	switch {
	case r >= 0x3001 && r <= 0x303F, r >= 0xFF01 && r <= 0xFF65, r >= 0xFE30 && r <= 0xFE4F:
		return true
	}
	switch r {
	case '“', '”', '‘', '’', '—', '…', '·':
		return true
	}
	return false
}
