package ledger

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	height  = 8           // of a tile
	width   = 1 << height // hashes in a full tile, entries in a full bundle
	bundles = -1          // the level of entry bundles
)

// tile names one file of the tree: hashes of a level, or at level bundles the entries themselves.
type tile struct {
	level int
	n     int64
	w     int // 1 to width
}

// name is the tile's path in C2SP tlog-tiles, which unlike tlog.Tile.Path has no height in it.
func (t tile) name() string {
	n, path := t.n, fmt.Sprintf("%03d", t.n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	level := "entries"
	if t.level != bundles {
		level = strconv.Itoa(t.level)
	}
	if t.w < width {
		return fmt.Sprintf("tile/%s/%s.p/%d", level, path, t.w)
	}
	return "tile/" + level + "/" + path
}

// parseTile reads a path strictly: a tile has exactly one.
func parseTile(name string) (t tile, ok bool) {
	rest, ok := strings.CutPrefix(name, "tile/")
	if !ok {
		return t, false
	}
	level, rest, _ := strings.Cut(rest, "/")
	if t.level, t.w = bundles, width; level != "entries" {
		t.level, _ = strconv.Atoi(level)
	}
	if full, w, partial := strings.Cut(rest, ".p/"); partial {
		rest = full
		t.w, _ = strconv.Atoi(w)
	}
	for part := range strings.SplitSeq(rest, "/") {
		digits := strings.TrimPrefix(part, "x")
		n, err := strconv.ParseUint(digits, 10, 10)
		if err != nil || t.n > (1<<62)/1000 {
			return t, false
		}
		t.n = t.n*1000 + int64(n)
	}
	return t, t.level <= 63 && t.w >= 1 && t.w <= width && t.name() == name
}

// in reports whether a log of that size has the tile.
func (t tile) in(size int64) bool {
	hashes := size >> (height * max(t.level, 0))
	if t.w == width {
		return t.n < hashes>>height
	}
	return t.n == hashes>>height && int64(t.w) == hashes%width
}

// partials are the partial tiles and the partial bundle of a log of that size.
func partials(size int64) []tile {
	var out []tile
	for level := bundles; level <= 0 || size>>(height*level) > 0; level++ {
		hashes := size >> (height * max(level, 0))
		if w := int(hashes % width); w > 0 {
			out = append(out, tile{level, hashes >> height, w})
		}
	}
	return out
}
