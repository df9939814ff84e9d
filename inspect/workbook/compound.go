package workbook

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
)

// A compound file is a small file system in sectors of 512 bytes. This writer follows [MS-CFB] for
// files of version 3: the header (2.2), the FAT (2.3), the mini FAT (2.4) and the DIFAT (2.5), the
// directory and its red-black trees (2.6). Streams below 4096 bytes lie in the mini stream, in sectors
// of 64 bytes. The same content gives the same bytes: classes and times are left at zero.
const (
	sectorSize = 512
	miniSize   = 64
	miniCutoff = 4096
	dirSize    = 128
	perSector  = sectorSize / 4 // sector numbers
	perDIFAT   = perSector - 1  // the last one leads to the next sector of the DIFAT
	headerFATs = 109            // sectors of the FAT that the header lists; the DIFAT lists the others
)

// Marks in place of the number of a sector or of a directory entry (2.1, 2.6.1).
const (
	difatSector = 0xFFFFFFFC
	fatSector   = 0xFFFFFFFD
	endOfChain  = 0xFFFFFFFE
	none        = 0xFFFFFFFF
)

// node is a stream or, where it has children, a storage. Names are in ASCII and at most 31 long, and
// those of siblings that are equally long begin with capitals: nothing here folds letters to compare them.
type node struct {
	name     string
	data     []byte
	children []node
}

// writeCompound writes a compound file with these nodes in its root.
func writeCompound(root ...node) []byte {
	c := compound{full: sectorTable{size: sectorSize}, mini: sectorTable{size: miniSize}, dir: make([][]byte, 1)}
	dirStart := c.full.add(make([]byte, dirSize*(1+count(root)))) // first, so that a file cut off still tells what it was
	top := c.add(root)
	c.dir[0] = dirEntry("Root Entry", kindRoot, c.full.add(c.mini.body), len(c.mini.body))
	link(c.dir[0], black, none, none, top)
	miniFAT := numbers(nil, c.mini.next, perSector)
	miniFATStart := c.full.add(miniFAT)
	for len(c.dir)%(sectorSize/dirSize) > 0 {
		spare := make([]byte, dirSize)
		link(spare, red, none, none, none)
		c.dir = append(c.dir, spare)
	}
	copy(c.full.body[dirStart*sectorSize:], slices.Concat(c.dir...))
	fats, difats := c.full.close()
	difatStart := uint32(endOfChain)
	if len(difats) > 0 {
		difatStart = difats[0]
	}

	out := make([]byte, 0, sectorSize*(1+len(c.full.next)))
	out = append(out, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"...)
	out = append(out, make([]byte, 16)...)                       // class
	for _, v := range []uint16{0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0} { // version, byte order, sizes of sectors as powers of 2
		out = binary.LittleEndian.AppendUint16(out, v)
	}
	out = numbers(out, []uint32{0, uint32(len(fats)), dirStart, 0, miniCutoff,
		miniFATStart, uint32(len(miniFAT) / sectorSize), difatStart, uint32(len(difats))}, 1)
	listed := min(len(fats), headerFATs)
	out = numbers(out, fats[:listed], headerFATs)
	out = append(out, c.full.body...)
	out = numbers(out, c.full.next, perSector)
	for i, fats := 0, fats[listed:]; i < len(difats); i++ {
		n := min(len(fats), perDIFAT)
		out = numbers(out, fats[:n], perDIFAT)
		out = numbers(out, append(difats, endOfChain)[i+1:i+2], 1)
		fats = fats[n:]
	}
	return out
}

// count is how many entries nodes and what is below them take.
func count(nodes []node) int {
	n := len(nodes)
	for i := range nodes {
		n += count(nodes[i].children)
	}
	return n
}

// numbers writes sector numbers, and marks of free ones up to whole groups of that many.
func numbers(out []byte, list []uint32, group int) []byte {
	for _, n := range list {
		out = binary.LittleEndian.AppendUint32(out, n)
	}
	for range sectors(len(list), group)*group - len(list) {
		out = binary.LittleEndian.AppendUint32(out, none)
	}
	return out
}

// sectors is how many of a size n bytes take.
func sectors(n, size int) int { return (n + size - 1) / size }

// sectorTable gives out sectors of one size, and keeps which one follows which.
type sectorTable struct {
	size int
	body []byte
	next []uint32
}

// add stores data in a chain of its own and returns the number of its first sector.
func (t *sectorTable) add(data []byte) uint32 {
	if len(data) == 0 {
		return endOfChain
	}
	first, n := len(t.next), sectors(len(data), t.size)
	for i := range n - 1 {
		t.next = append(t.next, uint32(first+i+1))
	}
	t.next = append(t.next, endOfChain)
	t.body = append(t.body, data...)
	t.body = append(t.body, make([]byte, n*t.size-len(data))...)
	return uint32(first)
}

// close gives out the last sectors: those of the FAT, which has room for itself, and of the DIFAT.
func (t *sectorTable) close() (fats, difats []uint32) {
	used, nf, nd := len(t.next), 0, 0
	for nf*perSector < used+nf+nd {
		nf++
		nd = sectors(max(nf-headerFATs, 0), perDIFAT)
	}
	for range nf {
		fats, t.next = append(fats, uint32(len(t.next))), append(t.next, fatSector)
	}
	for range nd {
		difats, t.next = append(difats, uint32(len(t.next))), append(t.next, difatSector)
	}
	return fats, difats
}

// compound is a compound file being written.
type compound struct {
	full, mini sectorTable
	dir        [][]byte // the entries; the first is the root's
}

// Kinds and colours of directory entries.
const (
	kindStorage, kindStream, kindRoot = 1, 2, 5
	red, black                        = 0, 1
)

// add stores siblings and what is below them, and returns the entry at the top of their tree. The tree
// is as flat as it can be, and its lowest row is red, so that all ways down it pass as many black ones.
func (c *compound) add(siblings []node) uint32 {
	siblings = slices.SortedFunc(slices.Values(siblings), func(a, b node) int {
		return cmp.Or(cmp.Compare(len(a.name), len(b.name)), cmp.Compare(a.name, b.name))
	})
	lowest := bits.Len(uint(len(siblings))) - 1
	var tree func(part []node, depth int) uint32
	tree = func(part []node, depth int) uint32 {
		if len(part) == 0 {
			return none
		}
		n, middle := len(c.dir), len(part)/2
		top, below := part[middle], uint32(none)
		if len(top.children) == 0 {
			store := &c.full
			if len(top.data) < miniCutoff {
				store = &c.mini
			}
			c.dir = append(c.dir, dirEntry(top.name, kindStream, store.add(top.data), len(top.data)))
		} else {
			c.dir = append(c.dir, dirEntry(top.name, kindStorage, 0, 0))
			below = c.add(top.children)
		}
		colour := byte(black)
		if depth == lowest && depth > 0 {
			colour = red
		}
		link(c.dir[n], colour, tree(part[:middle], depth+1), tree(part[middle+1:], depth+1), below)
		return uint32(n)
	}
	return tree(siblings, 0)
}

// dirEntry is an entry of the directory that is linked to no other (2.6.1).
func dirEntry(name string, kind byte, start uint32, size int) []byte {
	e := make([]byte, dirSize)
	copy(e, utf16le(name))
	binary.LittleEndian.PutUint16(e[64:], uint16(2*len(name)+2))
	e[66] = kind
	binary.LittleEndian.PutUint32(e[116:], start)
	binary.LittleEndian.PutUint32(e[120:], uint32(size))
	return e
}

func link(entry []byte, colour byte, left, right, below uint32) {
	entry[67] = colour
	for i, n := range []uint32{left, right, below} {
		binary.LittleEndian.PutUint32(entry[68+4*i:], n)
	}
}
